//! PostgreSQL: one connection, rows by COPY into staging tables.

mod connect;
mod copy;
mod error_map;
mod rows;
mod server;
mod status_queries;
mod stored;
mod tls;
mod value;
mod views;

pub use server::Server;
pub(crate) use status_queries::run_status_queries;
pub(crate) use stored::read_stored;

use crate::{
    StoreError,
    diff::StoredState,
    record_hash::Hash,
    row::DetailParts,
    schema::{Dialect, View},
    sql_value::{SqlRow, SqlValue},
    store::{CallWrite, RowStore, Statement},
    writer::{WriterCommand, run_writer},
};
use error_map::store_error;
use futures_util::{FutureExt, future::BoxFuture};
use std::{collections::HashMap, time::Duration};
use tokio::sync::mpsc::Receiver;
use tokio_postgres::{Client, Error, Row, types::ToSql};

/// Connects, waits at most `wait` for another sync to release the database, and
/// executes commands in a task. The result resolves when the connection is closed.
pub(crate) async fn open(
    server: &Server,
    wait: Duration,
    commands: Receiver<WriterCommand>,
) -> Result<BoxFuture<'static, Result<(), StoreError>>, StoreError> {
    let (client, connection) = connect::connect(server).await?;
    connect::expect_session(&client, server).await?;
    connect::lock(&client, wait, server).await?;
    connect::migrate(&client, server).await?;
    views::create_all(&client).await?;
    let statements = rows::prepare(&client).await.map_err(store_error)?;
    let store = PostgresStore { client, statements, prepared: HashMap::new(), is_staged: false };
    let writer = tokio::spawn(async move { drop(run_writer(store, commands).await) });
    Ok(async move {
        let _ended = writer.await;
        // The server releases the lock when the connection ends.
        let _ended = connection.await;
        Ok(())
    }
    .boxed())
}

/// A connection to a database of the present version.
struct PostgresStore {
    client: Client,
    statements: rows::Statements,
    prepared: HashMap<&'static str, tokio_postgres::Statement>,
    /// Whether the staging tables hold rows of this transaction.
    is_staged: bool,
}

impl PostgresStore {
    /// The statement, prepared once.
    async fn prepare(&mut self, sql: &'static str) -> Result<tokio_postgres::Statement, Error> {
        if let Some(prepared) = self.prepared.get(sql) {
            return Ok(prepared.clone());
        }
        let statement = self.client.prepare(sql).await?;
        self.prepared.insert(sql, statement.clone());
        Ok(statement)
    }
}

impl RowStore for PostgresStore {
    const DIALECT: Dialect = Dialect::Postgres;
    const BEGIN: &'static str = "BEGIN";

    async fn stored_states(
        &mut self,
        ids: &[&str],
    ) -> Result<Vec<Option<StoredState>>, StoreError> {
        let sql = "SELECT id, content_hash, list_hash, detail, detail_stale, \
                   missing_since_run IS NOT NULL, links_hash FROM calls WHERE id = ANY ($1)";
        let statement = self.prepare(sql).await.map_err(store_error)?;
        let rows = self.client.query(&statement, &[&ids]).await.map_err(store_error)?;
        let mut states = HashMap::with_capacity(rows.len());
        for row in &rows {
            let (id, state) = stored_state(row).map_err(store_error)?;
            states.insert(id, state);
        }
        Ok(ids.iter().map(|id| states.get(id).copied()).collect())
    }

    async fn put(&mut self, calls: &[CallWrite<'_>]) -> Result<(), StoreError> {
        if std::mem::replace(&mut self.is_staged, true) {
            rows::empty(&self.client).await.map_err(store_error)?;
        }
        rows::put(&self.client, &self.statements, calls).await.map_err(store_error)
    }

    async fn execute(&mut self, statement: &Statement) -> Result<u64, StoreError> {
        let prepared = self.prepare(statement.sql).await.map_err(store_error)?;
        let parameters = parameters(statement);
        self.client.execute(&prepared, &parameters).await.map_err(store_error)
    }

    async fn query(&mut self, statement: &Statement) -> Result<Vec<SqlRow>, StoreError> {
        let prepared = self.prepare(statement.sql).await.map_err(store_error)?;
        let parameters = parameters(statement);
        let rows = self.client.query(&prepared, &parameters).await.map_err(store_error)?;
        rows.iter().map(sql_row).collect()
    }

    async fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        self.client.batch_execute(sql).await.map_err(store_error)
    }

    fn committed(&mut self, _calls: usize) -> Result<(), StoreError> {
        // The tables are emptied by the commit.
        self.is_staged = false;
        Ok(())
    }

    async fn create_view(&mut self, view: &View) -> Result<(), StoreError> {
        views::create(&self.client, view).await
    }
}

fn stored_state(row: &Row) -> Result<(&str, StoredState), Error> {
    let hash = |bytes: &[u8]| Hash::try_from(bytes).unwrap_or_default();
    let state = StoredState {
        content: hash(row.try_get(1)?),
        list_hash: row.try_get::<_, Option<&[u8]>>(2)?.map(hash),
        detail: DetailParts::from_text(row.try_get(3)?),
        stale: row.try_get(4)?,
        missing: row.try_get(5)?,
        links: row.try_get::<_, Option<&[u8]>>(6)?.map(hash),
    };
    Ok((row.try_get(0)?, state))
}

fn sql_row(row: &Row) -> Result<SqlRow, StoreError> {
    let values = (0..row.len()).map(|at| row.try_get::<_, SqlValue<'static>>(at));
    values.collect::<Result<_, _>>().map(SqlRow).map_err(store_error)
}

fn parameters(statement: &Statement) -> Vec<&(dyn ToSql + Sync)> {
    statement.parameters.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}
