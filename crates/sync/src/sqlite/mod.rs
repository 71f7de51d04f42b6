//! SQLite: one file, one connection, on a thread of its own.

mod deferred_indexes;
mod error_map;
mod file_identity;
mod lock;
mod open;
mod rows;
mod status_queries;
mod stored;
mod views;
mod wal_flusher;

pub(crate) use status_queries::run_status_queries;
pub(crate) use stored::read_stored;

use crate::{
    StoreError, StoreErrorKind,
    diff::StoredState,
    record_hash::Hash,
    row::DetailParts,
    schema::{Dialect, View},
    sql_value::{SqlRow, SqlValue, time_text},
    store::{CallWrite, RowStore, Statement},
    writer::{WriterCommand, run_writer},
};
use error_map::store_error;
use file_identity::FileIdentity;
use futures_util::{FutureExt, future::BoxFuture};
use rusqlite::{
    Connection, ToSql,
    types::{ToSqlOutput, Value, ValueRef},
};
use std::{path::Path, thread, time::Duration};
use tokio::{
    runtime::Handle,
    sync::{mpsc::Receiver, oneshot},
};
use wal_flusher::WalFlusher;

/// Opens the file, which is created if there is none, waits at most `wait` for
/// another sync to release it, and executes commands on a thread. The result
/// resolves when the file is closed.
pub(crate) async fn open(
    path: &Path,
    wait: Duration,
    commands: Receiver<WriterCommand>,
) -> Result<BoxFuture<'static, Result<(), StoreError>>, StoreError> {
    let path = open::whole_path(path)?;
    let connection = open::connect(&path)?;
    let lock = lock::Lock::take(&path, wait).await?;
    let (opened, result) = oneshot::channel();
    let runtime = Handle::current();
    let work = move || match SqliteStore::open(connection) {
        Ok(store) => {
            let _ = opened.send(Ok(()));
            // Closing copies the WAL into the file, and removes it.
            drop(runtime.block_on(run_writer(store, commands)));
        }
        Err(error) => drop(opened.send(Err(error))),
    };
    let thread = thread::Builder::new().name("callfold-sqlite".to_owned()).spawn(work);
    let thread = thread.map_err(|error| {
        let problem = format!("cannot start a thread for the database: {error}");
        StoreError::new(StoreErrorKind::Unreachable, problem, "")
    })?;
    let broken = || StoreError::new(StoreErrorKind::Broken, "the database's thread panicked", "");
    result.await.map_err(|_| broken())?.map_err(|error| open::named(&path, error))?;
    Ok(async move {
        let ended = tokio::task::spawn_blocking(move || thread.join().is_ok()).await;
        drop(lock);
        if matches!(ended, Ok(true)) { Ok(()) } else { Err(broken()) }
    }
    .boxed())
}

/// A connection to a file of the present version.
pub(crate) struct SqliteStore {
    connection: Connection,
    wal: Option<WalFlusher>,
    /// Identifies the file on disk when the database was opened.
    file: Option<FileIdentity>,
    /// Whether all indexes are there.
    is_indexed: bool,
    /// Whether foreign keys are checked; `None` before that is set.
    foreign_keys: Option<bool>,
}

impl SqliteStore {
    /// Migrates the tables to the present version.
    fn open(mut connection: Connection) -> Result<Self, StoreError> {
        open::migrate(&mut connection)?;
        let mut store = Self {
            wal: WalFlusher::new(&connection),
            file: FileIdentity::new(&connection),
            connection,
            is_indexed: false,
            foreign_keys: None,
        };
        store.rolled_back();
        store.set_foreign_keys()?;
        Ok(store)
    }

    /// Foreign keys are checked once the indexes are there: until then rows are
    /// only added, each call before its parts. SQLite ignores the change within a
    /// transaction.
    fn set_foreign_keys(&mut self) -> Result<(), StoreError> {
        if self.foreign_keys != Some(self.is_indexed) && self.connection.is_autocommit() {
            let set = self.connection.pragma_update(None, "foreign_keys", self.is_indexed);
            set.map_err(store_error)?;
            self.foreign_keys = Some(self.is_indexed);
        }
        Ok(())
    }
}

impl RowStore for SqliteStore {
    const DIALECT: Dialect = Dialect::Sqlite;
    const BEGIN: &'static str = "BEGIN IMMEDIATE";

    async fn stored_states(
        &mut self,
        ids: &[&str],
    ) -> Result<Vec<Option<StoredState>>, StoreError> {
        stored_states(&self.connection, ids).map_err(store_error)
    }

    async fn put(&mut self, calls: &[CallWrite<'_>]) -> Result<(), StoreError> {
        if calls.iter().any(|call| call.is_stored) {
            self.build_indexes()?;
        }
        rows::put(&self.connection, calls, self.is_indexed).map_err(store_error)
    }

    async fn execute(&mut self, statement: &Statement) -> Result<u64, StoreError> {
        let execute = || {
            let mut prepared = self.connection.prepare_cached(&numbered(statement.sql))?;
            for (at, value) in statement.parameters.iter().enumerate() {
                prepared.raw_bind_parameter(at + 1, value)?;
            }
            prepared.raw_execute()
        };
        execute().map(|rows| rows as u64).map_err(store_error)
    }

    async fn query(&mut self, statement: &Statement) -> Result<Vec<SqlRow>, StoreError> {
        query(&self.connection, statement).map_err(store_error)
    }

    async fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        self.connection.execute_batch(sql).map_err(store_error)
    }

    fn committed(&mut self, calls: usize) -> Result<(), StoreError> {
        self.file.as_ref().map_or(Ok(()), FileIdentity::check)?;
        if let Some(wal) = &mut self.wal {
            wal.committed(calls);
        }
        self.set_foreign_keys()
    }

    fn rolled_back(&mut self) {
        let missing = deferred_indexes::missing(&self.connection);
        self.is_indexed = missing.is_ok_and(|missing| missing.is_empty());
    }

    fn build_indexes(&mut self) -> Result<(), StoreError> {
        if !self.is_indexed {
            // Outside of a transaction each has its own: the WAL stays short.
            deferred_indexes::build(&self.connection).map_err(store_error)?;
            self.is_indexed = true;
        }
        self.set_foreign_keys()
    }

    async fn create_view(&mut self, view: &View) -> Result<(), StoreError> {
        views::create(&self.connection, view)
    }
}

fn stored_states(
    connection: &Connection,
    ids: &[&str],
) -> rusqlite::Result<Vec<Option<StoredState>>> {
    let sql = "SELECT content_hash, list_hash, detail, detail_stale, missing_since_run, \
               links_hash FROM calls WHERE id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let mut states = Vec::with_capacity(ids.len());
    for id in ids {
        let mut rows = statement.query([id])?;
        states.push(match rows.next()? {
            None => None,
            Some(row) => Some(StoredState {
                content: row.get::<_, Hash>(0)?,
                list_hash: row.get(1)?,
                detail: DetailParts::from_text(row.get_ref(2)?.as_str()?),
                stale: row.get(3)?,
                missing: row.get::<_, Option<i64>>(4)?.is_some(),
                links: row.get(5)?,
            }),
        });
    }
    Ok(states)
}

/// SQL with parameters as SQLite numbers them: `$1` would be a name there.
fn numbered(sql: &str) -> String {
    sql.replace('$', "?")
}

fn query(connection: &Connection, statement: &Statement) -> rusqlite::Result<Vec<SqlRow>> {
    let mut prepared = connection.prepare_cached(&numbered(statement.sql))?;
    let columns = prepared.column_count();
    for (at, value) in statement.parameters.iter().enumerate() {
        prepared.raw_bind_parameter(at + 1, value)?;
    }
    let mut rows = prepared.raw_query();
    let mut results = Vec::new();
    while let Some(row) = rows.next()? {
        let values = (0..columns).map(|column| {
            Ok(match row.get_ref(column)? {
                ValueRef::Null | ValueRef::Real(_) => SqlValue::Null,
                ValueRef::Integer(number) => number.into(),
                ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned().into(),
                ValueRef::Blob(bytes) => bytes.to_vec().into(),
            })
        });
        results.push(SqlRow(values.collect::<rusqlite::Result<_>>()?));
    }
    Ok(results)
}

impl ToSql for SqlValue<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Value::Null),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Int(number) => ToSqlOutput::Owned(Value::Integer(*number)),
            Self::Flag(flag) => ToSqlOutput::Owned(Value::Integer((*flag).into())),
            Self::Time(at) => ToSqlOutput::Owned(time_text(*at).map_or(Value::Null, Value::Text)),
            Self::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        row::{PreparedCall, RecordOrigin},
        store::WriteBatch,
        write::write_pages,
    };
    use callfold_unify::model::{Call, CallId};
    use tempfile::tempdir;

    fn page(summary: &str) -> WriteBatch {
        let mut call = Call::new(CallId::new("acme", "main", "1"));
        call.summary = Some(summary.to_owned());
        let calls = vec![PreparedCall::new(&call, RecordOrigin::List, DetailParts::default())];
        WriteBatch { calls, ..WriteBatch::default() }
    }

    async fn write(store: &mut SqliteStore, page: WriteBatch) -> crate::WriteCounts {
        store.batch(SqliteStore::BEGIN).await.unwrap();
        let counts = write_pages(store, &[&page]).await.unwrap();
        store.batch("COMMIT").await.unwrap();
        store.committed(1).unwrap();
        counts[0]
    }

    #[tokio::test]
    async fn foreign_keys_are_checked_once_indexes_are_built() {
        let directory = tempdir().unwrap();
        let path = open::whole_path(&directory.path().join("calls.sqlite")).unwrap();
        let mut store = SqliteStore::open(open::connect(&path).unwrap()).unwrap();
        write(&mut store, page("one")).await;
        let orphan = "INSERT INTO warnings VALUES ('nobody', 0, 'a', 'b', 'c')";
        assert!(!store.is_indexed, "a new file is filled first");
        // A changed call is found by its key.
        assert_eq!(write(&mut store, page("two")).await.changed, 1);
        assert!(store.is_indexed);
        assert!(store.connection.execute(orphan, []).is_err(), "no call has this key");
        store.build_indexes().unwrap();
        assert!(store.connection.execute(orphan, []).is_err(), "no call has this key");
    }
}
