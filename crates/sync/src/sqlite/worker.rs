//! The thread that has the connection: pages into transactions.
//!
//! Pages that come while others are written go into the same transaction, and
//! are all answered for when it is committed. Where they come slowly, each has
//! its own.

use super::{
    ahead::Ahead,
    keys, open,
    opened::Opened,
    problem::{is_about_values, problem},
    write::write,
};
use crate::{
    StoreError, Written,
    store::{Asked, Done, Failures, Page, TOGETHER},
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
    /// The file as it was when it was opened.
    opened: Option<Opened>,
    /// Whether rows are found by their keys.
    is_settled: bool,
    /// Whether references between rows are checked; `None` before that is set.
    foreign_keys: Option<bool>,
    waiting: Vec<(Done, Written)>,
    /// How many calls are waiting, and since when the first.
    calls: usize,
    since: Instant,
    failures: Failures,
}

impl Worker {
    pub(super) fn new(connection: Connection) -> Self {
        Self {
            connection,
            ahead: None,
            opened: None,
            is_settled: true,
            foreign_keys: None,
            waiting: Vec::new(),
            calls: 0,
            since: Instant::now(),
            failures: Failures::default(),
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
        self.opened = Opened::new(&self.connection);
        self.is_settled = keys::missing(&self.connection).map_err(problem)?.is_empty();
        self.set_foreign_keys()
    }

    /// Makes what was put off.
    pub(super) fn settle(&mut self) -> Result<(), StoreError> {
        self.commit();
        if let Some(error) = self.failures.of_all() {
            return Err(error.clone());
        }
        if !self.is_settled {
            // Each in a transaction of its own: the log stays short, and what is made is made.
            keys::make(&self.connection).map_err(problem)?;
            self.is_settled = true;
        }
        self.set_foreign_keys()
    }

    /// While rows are only added, each call before its parts, there is nothing
    /// to be checked. Within a transaction SQLite does not change it.
    fn set_foreign_keys(&mut self) -> Result<(), StoreError> {
        if self.foreign_keys != Some(self.is_settled) {
            let set = self.connection.pragma_update(None, "foreign_keys", self.is_settled);
            set.map_err(problem)?;
            self.foreign_keys = Some(self.is_settled);
        }
        Ok(())
    }

    fn write(&mut self, asked: Asked) {
        let Asked { page, done } = asked;
        if let Some(error) = self.failures.of(&page) {
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
        match written {
            Err(error) if is_about_values(&error) && !self.connection.is_autocommit() => {
                // Nothing of the page is left; what came before it is committed.
                let error = self.failures.add(&page, problem(error), true);
                let _ = done.send(Err(error));
                if self.waiting.is_empty() {
                    let _ = self.connection.execute_batch("ROLLBACK");
                }
            }
            Err(error) => {
                self.waiting.push((done, Written::default()));
                let error = self.failures.add(&page, problem(error), false);
                self.fail(error);
            }
            Ok(written) => {
                self.waiting.push((done, written));
                if self.calls >= TOGETHER || self.since.elapsed() >= LONGEST {
                    self.commit();
                }
            }
        }
    }

    /// Commits what is written, and answers for it.
    pub(super) fn commit(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let committed = self.connection.execute_batch("COMMIT").map_err(problem);
        let committed = committed.and_then(|()| self.opened.as_ref().map_or(Ok(()), Opened::check));
        if let Err(error) = committed.and_then(|()| self.set_foreign_keys()) {
            self.failures.add(&Page::default(), error.clone(), false);
            return self.fail(error);
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        row::{Parts, Prepared, Shape},
        store::Page,
    };
    use callfold_unify::model::{Call, CallId};
    use tempfile::tempdir;

    fn page(summary: &str) -> Page {
        let mut call = Call::new(CallId::new("acme", "main", "1"));
        call.summary = Some(summary.to_owned());
        let calls = vec![Prepared::new(&call, Shape::List, Parts::default())];
        Page { calls, ..Page::default() }
    }

    fn write(worker: &mut Worker, page: Page) -> Result<Written, StoreError> {
        let (asked, taken) = Asked::new(page);
        worker.write(asked);
        worker.commit();
        futures_util::FutureExt::now_or_never(taken.kept()).unwrap()
    }

    #[test]
    fn references_are_checked_once_rows_have_their_keys() {
        let directory = tempdir().unwrap();
        let path = open::whole_path(&directory.path().join("calls.sqlite")).unwrap();
        let mut worker = Worker::new(open::connect(&path).unwrap());
        worker.migrate().unwrap();
        write(&mut worker, page("one")).unwrap();
        let orphan = "INSERT INTO warnings VALUES ('nobody', 0, 'a', 'b', 'c')";
        assert!(!worker.is_settled, "a new file is filled first");
        // A call that changed is looked for by its key.
        assert_eq!(write(&mut worker, page("two")).unwrap().changed, 1);
        assert!(worker.is_settled);
        assert!(worker.connection.execute(orphan, []).is_err(), "nobody is no call");
        worker.settle().unwrap();
        assert!(worker.connection.execute(orphan, []).is_err(), "nobody is no call");
    }
}
