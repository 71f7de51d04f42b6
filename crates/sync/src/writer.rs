//! The task that owns the connection: it groups pages into transactions, and
//! executes queries between them.

use crate::{
    StoreError, StoreErrorKind, WriteCounts,
    diff::StoredState,
    schema::View,
    sql_value::SqlRow,
    store::{RowStore, Statement, WriteBatch},
    write::{write_accepted, write_pages},
};
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};
use tokio::sync::{
    mpsc::{Receiver, error::TryRecvError},
    oneshot,
};

/// How many commands may wait.
pub(crate) const MAX_WAITING_COMMANDS: usize = 3;
/// Calls of one transaction, about.
const MAX_CALLS: usize = 500;
/// How long a transaction stays open while more pages come.
const MAX_OPEN_TIME: Duration = Duration::from_millis(500);

/// Where the result of a command goes. Nobody receives it if the sync was cancelled.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// A command to the writer.
pub(crate) enum WriterCommand {
    /// Pages are written in the order of their commands. The reply is sent after the
    /// commit. After a page that failed, no later one of its source is written.
    Write(WriteBatch, Reply<WriteCounts>),
    StoredStates(Vec<String>, Reply<Vec<Option<StoredState>>>),
    Query(Statement, Reply<Vec<SqlRow>>),
    CreateView(View, Reply<()>),
    BuildIndexes(Reply<()>),
}

/// Executes commands until all senders are dropped. Pages that wait go into one
/// transaction; if they come slowly, each has its own.
pub(crate) async fn run_writer<S: RowStore>(store: S, mut commands: Receiver<WriterCommand>) -> S {
    let mut writer = Writer::new(store);
    let mut next = None;
    loop {
        let command = match next.take() {
            Some(command) => Ok(command),
            None if writer.is_open => commands.try_recv(),
            None => commands.recv().await.ok_or(TryRecvError::Disconnected),
        };
        match command {
            Ok(WriterCommand::Write(page, reply)) => {
                let (mut calls, mut batch) = (page.calls.len(), vec![(page, reply)]);
                while calls < MAX_CALLS && next.is_none() {
                    match commands.try_recv() {
                        Ok(WriterCommand::Write(page, reply)) => {
                            calls += page.calls.len();
                            batch.push((page, reply));
                        }
                        Ok(other) => next = Some(other),
                        Err(_) => break,
                    }
                }
                writer.write(batch).await;
            }
            Ok(other) => {
                writer.commit().await;
                writer.execute(other).await;
            }
            Err(TryRecvError::Empty) => writer.commit().await,
            Err(TryRecvError::Disconnected) => break,
        }
    }
    writer.commit().await;
    writer.store
}

/// Errors after which pages are not written: a later page would claim that what
/// is missing was read.
#[derive(Debug, Default)]
struct Failures {
    all: Option<StoreError>,
    sources: HashMap<usize, StoreError>,
}

impl Failures {
    fn of(&self, page: &WriteBatch) -> Option<StoreError> {
        let own = page.source.and_then(|source| self.sources.get(&source));
        self.all.as_ref().or(own).cloned()
    }
}

struct Writer<S> {
    store: S,
    /// Whether a transaction is open, since when, and with how many calls.
    is_open: bool,
    opened: Instant,
    calls: usize,
    /// Pages that are written and not committed.
    waiting: Vec<(Reply<WriteCounts>, WriteCounts)>,
    failures: Failures,
}

impl<S: RowStore> Writer<S> {
    fn new(store: S) -> Self {
        let (is_open, opened, calls) = (false, Instant::now(), 0);
        Self { store, is_open, opened, calls, waiting: Vec::new(), failures: Failures::default() }
    }

    async fn write(&mut self, batch: Vec<(WriteBatch, Reply<WriteCounts>)>) {
        let (batch, failed): (Vec<_>, Vec<_>) =
            batch.into_iter().partition(|(page, _)| self.failures.of(page).is_none());
        for (page, reply) in failed {
            let _ = reply.send(Err(self.failures.of(&page).unwrap_or_else(ended)));
        }
        if batch.is_empty() {
            return;
        }
        if !self.is_open {
            (self.opened, self.calls) = (Instant::now(), 0);
            if let Err(error) = self.store.batch(S::BEGIN).await {
                return self.fail(error, batch).await;
            }
            self.is_open = true;
        }
        self.calls += batch.iter().map(|(page, _)| page.calls.len()).sum::<usize>();
        let pages: Vec<_> = batch.iter().map(|(page, _)| page).collect();
        match write_pages(&mut self.store, &pages).await {
            Ok(counts) => {
                let replies = batch.into_iter().map(|(_, reply)| reply);
                self.waiting.extend(replies.zip(counts));
            }
            Err(error) if error.is_refusal() => self.write_each(batch).await,
            Err(error) => return self.fail(error, batch).await,
        }
        if self.calls >= MAX_CALLS || self.opened.elapsed() >= MAX_OPEN_TIME {
            self.commit().await;
        }
    }

    /// Writes each page by itself, because the database refuses something of
    /// them.
    async fn write_each(&mut self, batch: Vec<(WriteBatch, Reply<WriteCounts>)>) {
        let mut batch = batch.into_iter();
        while let Some((page, reply)) = batch.next() {
            let written = match self.failures.of(&page) {
                Some(error) => Err(error),
                None => write_accepted(&mut self.store, &page).await,
            };
            match written {
                Ok(counts) => self.waiting.push((reply, counts)),
                Err(error) if error.is_refusal() => {
                    // Nothing of the page is left in the transaction.
                    if let Some(source) = page.source {
                        self.failures.sources.entry(source).or_insert_with(|| error.clone());
                    }
                    let _ = reply.send(Err(error));
                }
                Err(error) => {
                    let rest = [(page, reply)].into_iter().chain(batch).collect();
                    return self.fail(error, rest).await;
                }
            }
        }
    }

    async fn execute(&mut self, command: WriterCommand) {
        let store = &mut self.store;
        match command {
            WriterCommand::Write(page, reply) => self.write(vec![(page, reply)]).await,
            WriterCommand::StoredStates(ids, reply) => {
                let ids: Vec<_> = ids.iter().map(String::as_str).collect();
                let _ = reply.send(store.stored_states(&ids).await);
            }
            WriterCommand::Query(statement, reply) => {
                let _ = reply.send(store.query(&statement).await);
            }
            WriterCommand::CreateView(view, reply) => {
                let _ = reply.send(store.create_view(&view).await);
            }
            WriterCommand::BuildIndexes(reply) => {
                let failed = self.failures.all.clone();
                let _ = reply.send(failed.map_or_else(|| store.build_indexes(), Err));
            }
        }
    }

    async fn commit(&mut self) {
        if !self.is_open {
            return;
        }
        let committed = self.store.batch("COMMIT").await;
        if let Err(error) = committed.and_then(|()| self.store.committed(self.calls)) {
            return self.fail(error, Vec::new()).await;
        }
        self.is_open = false;
        for (reply, counts) in self.waiting.drain(..) {
            let _ = reply.send(Ok(counts));
        }
    }

    /// Rolls back, and lets no page be written any more.
    async fn fail(&mut self, error: StoreError, batch: Vec<(WriteBatch, Reply<WriteCounts>)>) {
        // It fails if the transaction or the connection is gone.
        let _ = self.store.batch("ROLLBACK").await;
        self.store.rolled_back();
        self.is_open = false;
        let batch = batch.into_iter().map(|(_, reply)| reply);
        for reply in self.waiting.drain(..).map(|(reply, _)| reply).chain(batch) {
            let _ = reply.send(Err(error.clone()));
        }
        self.failures.all = Some(error);
    }
}

/// The writer is gone.
pub(crate) fn ended() -> StoreError {
    StoreError::new(StoreErrorKind::Broken, "the task that writes to the database ended", "")
}
