//! What a database has to be able to do.

use crate::{
    StoreError, StoreErrorKind, Written,
    datum::{Datum, Record},
    decide::Known,
    row::Prepared,
};
use callfold_unify::{RejectedRecord, model::Timestamp};
use futures_util::future::BoxFuture;
use std::collections::HashMap;
use tokio::sync::oneshot;

/// One statement, in SQL that every database understands: parameters are `$1`
/// and so on, and come in this order.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) sql: &'static str,
    pub(crate) parameters: Vec<Datum>,
}

impl Statement {
    pub(crate) fn new(sql: &'static str, parameters: Vec<Datum>) -> Self {
        Self { sql, parameters }
    }
}

/// What is written in one step, or not at all.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// Which of the run's sources it is of, where the pages of one depend on
    /// those before.
    pub(crate) source: Option<usize>,
    pub(crate) run: i64,
    pub(crate) at: Timestamp,
    pub(crate) calls: Vec<Prepared>,
    pub(crate) set_aside: Vec<RejectedRecord>,
    /// What is noted in the same step, after the calls.
    pub(crate) notes: Vec<Statement>,
}

/// Pages that are on their way to a database at once.
pub(crate) const ON_THEIR_WAY: usize = 6;
/// Calls that are written in one transaction, about.
pub(crate) const TOGETHER: usize = 4_000;

/// A page on its way, and who waits for it.
pub(crate) struct Asked {
    pub(crate) page: Page,
    pub(crate) done: Done,
}

/// Why no more pages are written: what is missing would be taken for read.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    all: Option<StoreError>,
    sources: HashMap<usize, StoreError>,
}

impl Failures {
    /// Why this page is not written.
    pub(crate) fn of(&self, page: &Page) -> Option<&StoreError> {
        let own = page.source.and_then(|source| self.sources.get(&source));
        self.all.as_ref().or(own)
    }

    /// A page could not be written, for a reason that is its own or one that
    /// any page meets.
    pub(crate) fn add(&mut self, page: &Page, error: StoreError, is_its_own: bool) -> StoreError {
        match page.source {
            _ if !is_its_own => self.all = Some(error.clone()),
            Some(source) => drop(self.sources.insert(source, error.clone())),
            None => {}
        }
        error
    }

    /// Why nothing can be written at all.
    pub(crate) fn of_all(&self) -> Option<&StoreError> {
        self.all.as_ref()
    }
}

/// Tells what became of a page.
pub(crate) type Done = oneshot::Sender<Result<Written, StoreError>>;

/// A page that was taken.
#[derive(Debug)]
pub(crate) struct Taken(oneshot::Receiver<Result<Written, StoreError>>);

impl Asked {
    pub(crate) fn new(page: Page) -> (Self, Taken) {
        let (done, taken) = oneshot::channel();
        (Self { page, done }, Taken(taken))
    }
}

impl Taken {
    /// Waits until the page cannot be lost any more: what it changed.
    pub(crate) async fn kept(self) -> Result<Written, StoreError> {
        self.0.await.map_err(|_| gone())?
    }
}

/// Whoever writes has ended.
pub(crate) fn gone() -> StoreError {
    StoreError::new(StoreErrorKind::Broken, "what writes to the database ended", "")
}

/// A database that is open, locked for this sync, and of the present version.
pub(crate) trait Backend: Send + Sync {
    /// What is known of the calls with these ids; `None` for those not stored.
    fn known(&self, ids: Vec<String>) -> BoxFuture<'_, Result<Vec<Option<Known>>, StoreError>>;

    /// Takes a page, to be written in one transaction, alone or with others
    /// that come meanwhile. Pages are written in the order in which they are
    /// taken; after one that fails no other of its source is. Waits while too
    /// many are on their way.
    fn take(&self, page: Page) -> BoxFuture<'_, Result<Taken, StoreError>>;

    /// The rows that a statement gives.
    fn query(&self, statement: Statement) -> BoxFuture<'_, Result<Vec<Record>, StoreError>>;

    /// Makes sure that rows are found by their keys, where that was put off
    /// because it makes the first reading faster.
    fn settle(&self) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Makes the view of a vendor's calls.
    fn make_view(&self, vendor: &str) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Lets go of the database: what was written is safe when this returns.
    fn close(self: Box<Self>) -> BoxFuture<'static, Result<(), StoreError>>;
}
