//! A database that is open for one sync.

use crate::{
    StoreError, Target, Written,
    cell::time_text,
    datum::Datum,
    postgres::Postgres,
    sqlite::Sqlite,
    store::{Backend, Page, Statement},
};
use callfold_unify::model::Timestamp;
use std::{fmt, time::Duration};

/// Runs that the table of runs holds: the newest.
const KEPT_RUNS: i64 = 5_000;

/// A database that is open, locked, and has the present tables.
pub struct Database {
    pub(crate) backend: Box<dyn Backend>,
    shown: String,
}

impl Database {
    /// Opens a database, makes its tables where there are none, and brings
    /// those of an older version up to date. No other sync can use it
    /// meanwhile; one that does now is waited for, at most `wait`.
    ///
    /// # Errors
    ///
    /// Any kind but `Name` and `Broken`, with what to do.
    pub async fn open(target: &Target, wait: Duration) -> Result<Self, StoreError> {
        let backend: Box<dyn Backend> = match target {
            Target::Sqlite(path) => Box::new(Sqlite::open(path, wait).await?),
            Target::Postgres(server) => Box::new(Postgres::open(server, wait).await?),
        };
        Ok(Self { backend, shown: target.to_string() })
    }

    /// Lets go of the database; what was written is kept whether or not this
    /// is called.
    ///
    /// # Errors
    ///
    /// `Broken`, when it fails even now.
    pub async fn close(self) -> Result<(), StoreError> {
        self.backend.close().await
    }

    /// Begins a run: its number.
    pub(crate) async fn begin_run(
        &self,
        at: Timestamp,
        options: String,
    ) -> Result<i64, StoreError> {
        let last = Statement::new("SELECT coalesce(max(id), 0) FROM runs", Vec::new());
        let last = self.backend.query(last).await?;
        let run = last.first().map_or(Ok(0), |row| row.int(0))? + 1;
        // Whoever wrote `running` is not at work any more: the database is locked.
        let killed = "UPDATE runs SET outcome = 'killed' WHERE outcome = 'running'";
        let begin = "INSERT INTO runs (id, started_at, outcome, version, options, new_calls, \
                     changed_calls, unchanged_calls, missing_calls, statements) \
                     VALUES ($1, $2, 'running', $3, $4, 0, 0, 0, 0, '[]')";
        let version = env!("CARGO_PKG_VERSION");
        let prune = "DELETE FROM runs WHERE id <= $1";
        let notes = vec![
            Statement::new(killed, Vec::new()),
            Statement::new(prune, vec![(run - KEPT_RUNS).into()]),
            Statement::new(begin, vec![run.into(), at.into(), version.into(), options.into()]),
        ];
        self.write(Page { run, at, notes, ..Page::default() }).await?;
        Ok(run)
    }

    /// Writes a page, and waits until it is kept.
    pub(crate) async fn write(&self, page: Page) -> Result<Written, StoreError> {
        self.backend.take(page).await?.kept().await
    }

    /// Writes statements that change no call, in one step.
    pub(crate) async fn note(
        &self,
        run: i64,
        at: Timestamp,
        notes: Vec<Statement>,
    ) -> Result<(), StoreError> {
        self.write(Page { run, at, notes, ..Page::default() }).await.map(drop)
    }

    pub(crate) async fn query(
        &self,
        sql: &'static str,
        parameters: Vec<Datum>,
    ) -> Result<Vec<crate::datum::Record>, StoreError> {
        self.backend.query(Statement::new(sql, parameters)).await
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Database({})", self.shown)
    }
}

/// An instant as a message shows it.
pub(crate) fn shown(at: Timestamp) -> String {
    time_text(at).map_or_else(|| at.to_rfc3339(), |text| format!("{}Z", &text[..19]))
}
