//! The thread that has the connection: pages into transactions.
//!
//! Pages that come while others are written go into the same transaction, and
//! are all answered for when it is committed. Where they come slowly, each has
//! its own.

use super::{ahead::Ahead, keys, open, problem::problem, write::write};
use crate::{
    StoreError, Written,
    store::{Asked, Done, TOGETHER},
};
use rusqlite::Connection;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{Receiver, error::TryRecvError};

/// How long a transaction goes on while pages keep coming.
const LONGEST: Duration = Duration::from_millis(500);

/// What the thread is asked to do.
pub(super) enum Job {
    Write(Asked),
    Other(Box<dyn FnOnce(&mut Worker) + Send>),
}

/// The connection, and what is written but not committed.
pub(super) struct Worker {
    pub(super) connection: Connection,
    ahead: Option<Ahead>,
    /// Whether rows are found by their keys.
    is_settled: bool,
    waiting: Vec<(Done, Written)>,
    /// How many calls are waiting, and since when the first.
    calls: usize,
    since: Instant,
    /// What went wrong: nothing may be written after it, as what is missing
    /// would be taken for read.
    failed: Option<StoreError>,
}

impl Worker {
    pub(super) fn new(connection: Connection) -> Self {
        Self {
            connection,
            ahead: None,
            is_settled: true,
            waiting: Vec::new(),
            calls: 0,
            since: Instant::now(),
            failed: None,
        }
    }

    /// Works until nobody can ask for anything any more.
    pub(super) fn work(mut self, mut jobs: Receiver<Job>) {
        loop {
            let job = match self.waiting.is_empty() {
                true => jobs.blocking_recv(),
                false => match jobs.try_recv() {
                    Ok(job) => Some(job),
                    Err(TryRecvError::Disconnected) => None,
                    Err(TryRecvError::Empty) => {
                        self.commit();
                        continue;
                    }
                },
            };
            match job {
                Some(Job::Write(asked)) => self.write(asked),
                Some(Job::Other(job)) => job(&mut self),
                None => break,
            }
        }
        self.commit();
        // Copies what is in the log into the file, and removes the log.
        drop(self.connection);
    }

    /// Brings the tables to the present version.
    pub(super) fn migrate(&mut self) -> Result<(), StoreError> {
        open::migrate(&mut self.connection)?;
        self.ahead = Ahead::of(&self.connection);
        self.is_settled = keys::missing(&self.connection).map_err(problem)?.is_empty();
        self.set_foreign_keys()
    }

    /// Makes what was put off.
    pub(super) fn settle(&mut self) -> Result<(), StoreError> {
        self.commit();
        if self.is_settled || self.failed.is_some() {
            return Ok(());
        }
        // Each in a transaction of its own: the log stays short, and what is made is made.
        keys::make(&self.connection).map_err(problem)?;
        self.is_settled = true;
        self.set_foreign_keys()
    }

    /// While rows are only added, each call before its parts, there is nothing
    /// to be checked.
    fn set_foreign_keys(&self) -> Result<(), StoreError> {
        let set = self.connection.pragma_update(None, "foreign_keys", self.is_settled);
        set.map_err(problem)
    }

    fn write(&mut self, asked: Asked) {
        let Asked { page, done } = asked;
        if let Some(error) = &self.failed {
            // Nobody waits any more where the sync was given up.
            let _ = done.send(Err(error.clone()));
            return;
        }
        let begun = match self.waiting.is_empty() {
            true => {
                (self.calls, self.since) = (0, Instant::now());
                self.connection.execute_batch("BEGIN IMMEDIATE")
            }
            false => Ok(()),
        };
        let written = begun.and_then(|()| write(&self.connection, &page, &mut self.is_settled));
        self.calls += page.calls.len();
        self.waiting.push((done, written.as_ref().copied().unwrap_or_default()));
        match written {
            Err(error) => self.fail(problem(error)),
            Ok(_) if self.calls >= TOGETHER || self.since.elapsed() >= LONGEST => self.commit(),
            Ok(_) => {}
        }
    }

    /// Commits what is written, and answers for it.
    fn commit(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        if let Err(error) = self.connection.execute_batch("COMMIT") {
            return self.fail(problem(error));
        }
        if let Some(ahead) = &mut self.ahead {
            ahead.committed(self.calls);
        }
        for (done, written) in self.waiting.drain(..) {
            let _ = done.send(Ok(written));
        }
    }

    fn fail(&mut self, error: StoreError) {
        // After some failures SQLite has done it already.
        let _ = self.connection.execute_batch("ROLLBACK");
        for (done, _) in self.waiting.drain(..) {
            let _ = done.send(Err(error.clone()));
        }
        self.failed = Some(error);
    }
}
