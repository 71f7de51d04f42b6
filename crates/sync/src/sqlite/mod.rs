//! SQLite: one file, one connection on a thread of its own.

mod ahead;
mod keys;
mod lock;
mod look;
mod open;
mod opened;
mod problem;
mod rows;
mod views;
mod worker;
mod write;

pub(crate) use lock::{busy_cure, reason};
pub(crate) use look::look;

use crate::{
    StoreError, StoreErrorKind,
    datum::{Datum, Record},
    decide::Known,
    schema::View,
    store::{Asked, Backend, ON_THEIR_WAY, Page, Statement, Taken, gone},
};
use futures_util::{FutureExt, future::BoxFuture};
use problem::problem;
use rusqlite::{
    Connection, ToSql,
    types::{ToSqlOutput, Value as Sql, ValueRef},
};
use std::{
    path::Path,
    thread::{self, JoinHandle},
    time::Duration,
};
use tokio::sync::{mpsc, oneshot};
use worker::{Job, Worker};

/// An SQLite database that is open.
pub(crate) struct Sqlite {
    jobs: mpsc::Sender<Job>,
    thread: JoinHandle<()>,
    /// Held as long as the database is used.
    lock: lock::Lock,
}

impl Sqlite {
    /// Opens the database at `path`, which is made if there is none, and waits
    /// at most `wait` for another sync to let go of it.
    pub(crate) async fn open(path: &Path, wait: Duration) -> Result<Self, StoreError> {
        let path = open::whole_path(path)?;
        let connection = open::connect(&path)?;
        let lock = lock::Lock::take(&path, wait).await?;
        let (jobs, work) = mpsc::channel(ON_THEIR_WAY);
        let name = "callfold-sqlite".to_owned();
        let thread =
            thread::Builder::new().name(name).spawn(move || Worker::new(connection).work(work));
        let thread = thread.map_err(|error| {
            let problem = format!("no thread could be started for the database: {error}");
            StoreError::new(StoreErrorKind::Unreachable, problem, "")
        })?;
        let store = Self { jobs, thread, lock };
        store.run(Worker::migrate).await.map_err(|error| open::named(&path, error))?;
        Ok(store)
    }

    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Worker) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (done, result) = oneshot::channel();
        let job = Box::new(move |worker: &mut Worker| {
            // Nobody waits any more where the sync was given up.
            let _ = done.send(job(worker));
        });
        self.jobs.send(Job::Other(job)).await.map_err(|_| gone())?;
        result.await.map_err(|_| gone())?
    }
}

impl Backend for Sqlite {
    fn known(&self, ids: Vec<String>) -> BoxFuture<'_, Result<Vec<Option<Known>>, StoreError>> {
        self.run(move |worker| {
            let known = |id: &String| write::known(&worker.connection, id);
            ids.iter().map(known).collect::<Result<_, _>>()
        })
        .boxed()
    }

    fn take(&self, page: Page) -> BoxFuture<'_, Result<Taken, StoreError>> {
        async move {
            let (asked, taken) = Asked::new(page);
            self.jobs.send(Job::Write(asked)).await.map_err(|_| gone())?;
            Ok(taken)
        }
        .boxed()
    }

    fn query(&self, statement: Statement) -> BoxFuture<'_, Result<Vec<Record>, StoreError>> {
        self.run(move |worker| query(&worker.connection, &statement)).boxed()
    }

    fn settle(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        self.run(Worker::settle).boxed()
    }

    fn make_view(&self, vendor: &str) -> BoxFuture<'_, Result<(), StoreError>> {
        let view = View::of_vendor(vendor);
        self.run(move |worker| {
            worker.commit();
            view.map_or(Ok(()), |view| views::make(&worker.connection, &view))
        })
        .boxed()
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, Result<(), StoreError>> {
        let Self { jobs, thread, lock } = *self;
        async move {
            drop(jobs);
            let ended = tokio::task::spawn_blocking(move || thread.join().is_ok()).await;
            drop(lock);
            match ended {
                Ok(true) => Ok(()),
                _ => {
                    Err(StoreError::new(StoreErrorKind::Broken, "the database's thread broke", ""))
                }
            }
        }
        .boxed()
    }
}

/// A statement with parameters as SQLite numbers them: to it `$1` is a name,
/// and counts from where it stands.
fn numbered(sql: &str) -> String {
    sql.replace('$', "?")
}

fn query(connection: &Connection, statement: &Statement) -> Result<Vec<Record>, StoreError> {
    let mut prepared = connection.prepare_cached(&numbered(statement.sql)).map_err(problem)?;
    let columns = prepared.column_count();
    for (at, datum) in statement.parameters.iter().enumerate() {
        prepared.raw_bind_parameter(at + 1, datum).map_err(problem)?;
    }
    let mut rows = prepared.raw_query();
    let mut records = Vec::new();
    while let Some(row) = rows.next().map_err(problem)? {
        let values = (0..columns).map(|column| Ok(datum(row.get_ref(column)?)));
        records.push(Record(values.collect::<rusqlite::Result<_>>().map_err(problem)?));
    }
    Ok(records)
}

fn datum(value: ValueRef<'_>) -> Datum {
    match value {
        ValueRef::Null | ValueRef::Real(_) => Datum::Null,
        ValueRef::Integer(number) => Datum::Int(number),
        ValueRef::Text(text) => Datum::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Datum::Bytes(bytes.to_vec()),
    }
}

impl ToSql for Datum {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Sql::Null),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Int(number) => ToSqlOutput::Owned(Sql::Integer(*number)),
            Self::Flag(flag) => ToSqlOutput::Owned(Sql::Integer((*flag).into())),
            Self::Time(at) => match crate::cell::time_text(*at) {
                Some(text) => ToSqlOutput::Owned(Sql::Text(text)),
                None => ToSqlOutput::Owned(Sql::Null),
            },
            Self::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}
