//! What a database has to be able to do.

use crate::{
    StoreError, Written,
    datum::{Datum, Record},
    decide::Known,
    row::Prepared,
};
use callfold_unify::{SetAside, model::Timestamp};
use futures_util::future::BoxFuture;

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
    pub(crate) run: i64,
    pub(crate) at: Timestamp,
    pub(crate) calls: Vec<Prepared>,
    pub(crate) set_aside: Vec<SetAside>,
    /// What is noted in the same step, after the calls.
    pub(crate) notes: Vec<Statement>,
}

/// A database that is open, locked for this sync, and of the present version.
pub(crate) trait Backend: Send + Sync {
    /// What is known of the calls with these ids; `None` for those not stored.
    fn known(&self, ids: Vec<String>) -> BoxFuture<'_, Result<Vec<Option<Known>>, StoreError>>;

    /// Writes a page in one transaction.
    fn write(&self, page: Page) -> BoxFuture<'_, Result<Written, StoreError>>;

    /// The rows that a statement gives.
    fn query(&self, statement: Statement) -> BoxFuture<'_, Result<Vec<Record>, StoreError>>;

    /// Makes the view of a vendor's calls.
    fn make_view(&self, vendor: &str) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Lets go of the database: what was written is safe when this returns.
    fn close(self: Box<Self>) -> BoxFuture<'static, Result<(), StoreError>>;
}
