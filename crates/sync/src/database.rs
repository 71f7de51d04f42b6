//! A database that is open for one sync.

use crate::{
    DatabaseTarget, StoreError, WriteCounts,
    diff::StoredState,
    postgres,
    schema::View,
    sql_value::{SqlRow, SqlValue, time_text},
    sqlite,
    store::{Statement, WriteBatch},
    stored_query::{StoredCall, StoredQuery},
    writer::{MAX_WAITING_COMMANDS, Reply, WriterCommand, ended},
};
use callfold_unify::model::Timestamp;
use futures_util::future::BoxFuture;
use std::{fmt, time::Duration};
use tokio::sync::{mpsc, oneshot};

/// The newest runs that the table of runs keeps.
const KEPT_RUNS: i64 = 5_000;

/// A database that is open, locked, and has the tables of the present version.
pub struct Database {
    commands: mpsc::Sender<WriterCommand>,
    closed: BoxFuture<'static, Result<(), StoreError>>,
    name: String,
}

/// A page on its way to the database.
#[derive(Debug)]
pub(crate) struct PendingWrite(oneshot::Receiver<Result<WriteCounts, StoreError>>);

impl PendingWrite {
    /// Waits for the commit: what the page changed.
    pub(crate) async fn committed(self) -> Result<WriteCounts, StoreError> {
        self.0.await.map_err(|_| ended())?
    }
}

impl Database {
    /// Opens a database, creates its tables if there are none, and migrates those
    /// of an older version. Locks out other syncs; if one is at work now, waits at
    /// most `wait` for it.
    ///
    /// # Errors
    ///
    /// Any kind but `Name` and `Broken`, with what to do.
    pub async fn open(target: &DatabaseTarget, wait: Duration) -> Result<Self, StoreError> {
        let (commands, receiver) = mpsc::channel(MAX_WAITING_COMMANDS);
        let closed = match target {
            DatabaseTarget::Sqlite(path) => sqlite::open(path, wait, receiver).await?,
            DatabaseTarget::Postgres(server) => postgres::open(server, wait, receiver).await?,
        };
        Ok(Self { commands, closed, name: target.to_string() })
    }

    /// Closes the database. Committed pages are kept whether or not this is called.
    ///
    /// # Errors
    ///
    /// `Broken`, when closing fails.
    pub async fn close(self) -> Result<(), StoreError> {
        drop(self.commands);
        self.closed.await
    }

    /// Begins a run: its number.
    pub(crate) async fn begin_run(
        &self,
        at: Timestamp,
        options: String,
    ) -> Result<i64, StoreError> {
        let last = self.query("SELECT coalesce(max(id), 0) FROM runs", Vec::new()).await?;
        let run = last.first().map_or(Ok(0), |row| row.int(0))? + 1;
        // The database is locked: a run that is still `running` was killed.
        let killed = "UPDATE runs SET outcome = 'killed' WHERE outcome = 'running'";
        let begin = "INSERT INTO runs (id, started_at, outcome, version, options, new_calls, \
                     changed_calls, unchanged_calls, missing_calls, source_reports) \
                     VALUES ($1, $2, 'running', $3, $4, 0, 0, 0, 0, '[]')";
        let version = env!("CARGO_PKG_VERSION");
        let prune = "DELETE FROM runs WHERE id <= $1";
        let statements = vec![
            Statement::new(killed, Vec::new()),
            Statement::new(prune, vec![(run - KEPT_RUNS).into()]),
            Statement::new(begin, vec![run.into(), at.into(), version.into(), options.into()]),
        ];
        self.execute(run, at, statements).await?;
        Ok(run)
    }

    /// Queues a page; pages commit in order, possibly several in one transaction.
    /// Waits while too many are queued.
    pub(crate) async fn enqueue(&self, page: WriteBatch) -> Result<PendingWrite, StoreError> {
        let (reply, result) = oneshot::channel();
        self.commands.send(WriterCommand::Write(page, reply)).await.map_err(|_| ended())?;
        Ok(PendingWrite(result))
    }

    /// Writes a page, and waits for the commit.
    pub(crate) async fn write(&self, page: WriteBatch) -> Result<WriteCounts, StoreError> {
        self.enqueue(page).await?.committed().await
    }

    /// Executes statements in one transaction.
    pub(crate) async fn execute(
        &self,
        run: i64,
        at: Timestamp,
        statements: Vec<Statement>,
    ) -> Result<(), StoreError> {
        self.write(WriteBatch { run, at, statements, ..WriteBatch::default() }).await.map(drop)
    }

    pub(crate) async fn query(
        &self,
        sql: &'static str,
        parameters: Vec<SqlValue<'static>>,
    ) -> Result<Vec<SqlRow>, StoreError> {
        self.send(|reply| WriterCommand::Query(Statement::new(sql, parameters), reply)).await
    }

    /// What is stored of each of these calls; `None` if nothing is.
    pub(crate) async fn stored_states(
        &self,
        ids: Vec<String>,
    ) -> Result<Vec<Option<StoredState>>, StoreError> {
        self.send(|reply| WriterCommand::StoredStates(ids, reply)).await
    }

    /// Creates the view of a vendor's calls.
    pub(crate) async fn create_view(&self, vendor: &str) -> Result<(), StoreError> {
        let Some(view) = View::of_vendor(vendor) else { return Ok(()) };
        self.send(|reply| WriterCommand::CreateView(view, reply)).await
    }

    /// Builds the indexes that were deferred during a first sync.
    pub(crate) async fn build_indexes(&self) -> Result<(), StoreError> {
        self.send(WriterCommand::BuildIndexes).await
    }

    async fn send<T>(
        &self,
        command: impl FnOnce(Reply<T>) -> WriterCommand,
    ) -> Result<T, StoreError> {
        let (reply, result) = oneshot::channel();
        self.commands.send(command(reply)).await.map_err(|_| ended())?;
        result.await.map_err(|_| ended())?
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Database({})", self.name)
    }
}

/// A time as messages show it, to the second.
pub(crate) fn shown(at: Timestamp) -> String {
    time_text(at).map_or_else(|| at.to_rfc3339(), |text| format!("{}Z", &text[..19]))
}

/// Reads calls, and hands each to `visit`.
///
/// # Errors
///
/// Any kind but `Busy`, with what to do.
pub async fn read_stored(
    target: &DatabaseTarget,
    query: &StoredQuery,
    visit: &mut dyn FnMut(StoredCall),
) -> Result<(), StoreError> {
    match target {
        DatabaseTarget::Sqlite(path) => sqlite::read_stored(path, query, visit),
        DatabaseTarget::Postgres(server) => postgres::read_stored(server, query, visit).await,
    }
}
