//! Views: created, and replaced if they lack a column.

use super::error_map::store_error;
use crate::{StoreError, schema::View};
use rusqlite::{Connection, OptionalExtension};

/// Creates a view. A view of the user's own with this name stays.
pub(super) fn create(connection: &Connection, view: &View) -> Result<(), StoreError> {
    try_create(connection, view).map_err(store_error)
}

fn try_create(connection: &Connection, view: &View) -> rusqlite::Result<()> {
    let View { name, select } = view;
    let columns = |sql: &str| {
        let names = |prepared: rusqlite::Statement<'_>| {
            prepared.column_names().map(str::to_owned).collect::<Vec<_>>()
        };
        connection.prepare(sql).map(names)
    };
    let sql = "SELECT type, sql FROM sqlite_schema WHERE name = ?1 COLLATE NOCASE";
    let pair = |row: &rusqlite::Row<'_>| {
        Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?.unwrap_or_default()))
    };
    if let Some((kind, definition)) = connection.query_row(sql, [name], pair).optional()? {
        let is_ours = kind == "view" && view.is_defined_by(&definition);
        // One that cannot be read lacks all columns.
        let present = columns(&format!("SELECT * FROM {name}")).unwrap_or_default();
        if !is_ours || !View::lacks(&columns(select)?, &present) {
            return Ok(());
        }
        tracing::info!(name, "replacing a view that lacks columns");
    }
    let sql = format!(
        "SAVEPOINT view; DROP VIEW IF EXISTS {name}; CREATE VIEW {name} AS {select}; RELEASE view"
    );
    connection.execute_batch(&sql)
}
