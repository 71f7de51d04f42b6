//! Views: created, and replaced if they lack a column.

use super::error_map::store_error;
use crate::{
    StoreError,
    schema::{Dialect, View},
};
use tokio_postgres::{Client, Error, error::SqlState};

/// Creates the views of this version: `call_facts`, and one for each vendor that
/// was read.
pub(super) async fn create_all(client: &Client) -> Result<(), StoreError> {
    create(client, &View::call_facts(Dialect::Postgres)).await?;
    let sql = "SELECT DISTINCT vendor FROM sync_state";
    for row in client.query(sql, &[]).await.map_err(store_error)? {
        if let Some(view) = View::of_vendor(row.get(0)) {
            create(client, &view).await?;
        }
    }
    Ok(())
}

/// Creates a view. A view of the user's own with this name stays.
pub(super) async fn create(client: &Client, view: &View) -> Result<(), StoreError> {
    try_create(client, view).await.map_err(store_error)
}

async fn try_create(client: &Client, view: &View) -> Result<(), Error> {
    let View { name, select } = view;
    let sql = "SELECT CASE relkind WHEN 'v' THEN pg_get_viewdef(oid) END FROM pg_class \
               WHERE relnamespace = current_schema()::regnamespace AND relname = $1";
    let Some(row) = client.query_opt(sql, &[name]).await? else {
        return client.batch_execute(&format!("CREATE VIEW {name} AS {select}")).await;
    };
    let definition: Option<String> = row.get(0);
    if !definition.is_some_and(|definition| view.is_defined_by(&definition)) {
        return Ok(());
    }
    let columns = |statement: tokio_postgres::Statement| {
        let names = statement.columns().iter().map(|column| column.name().to_owned());
        names.collect::<Vec<_>>()
    };
    let present = client.prepare(&format!("SELECT * FROM {name}")).await.map(columns)?;
    if !View::lacks(&client.prepare(select).await.map(columns)?, &present) {
        return Ok(());
    }
    tracing::info!(name, "replacing a view that lacks columns");
    // If columns are only appended, views that depend on it can stay.
    let replace = format!("CREATE OR REPLACE VIEW {name} AS {select}");
    if client.batch_execute(&replace).await.is_ok() {
        return Ok(());
    }
    let again = format!("BEGIN; DROP VIEW {name}; CREATE VIEW {name} AS {select}; COMMIT");
    let Err(error) = client.batch_execute(&again).await else { return Ok(()) };
    client.batch_execute("ROLLBACK").await?;
    if error.code() != Some(&SqlState::DEPENDENT_OBJECTS_STILL_EXIST) {
        return Err(error);
    }
    tracing::warn!(
        "the view {name} lacks new columns, because a view of your own depends on it: drop \
         yours, sync, and create it again"
    );
    Ok(())
}
