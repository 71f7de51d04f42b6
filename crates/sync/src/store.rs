//! What a sync writes, and what it needs of a database.

use crate::{
    StoreError,
    diff::{Bookkeeping, StoredState},
    packed_rows::PackedRows,
    row::PreparedCall,
    schema::{Dialect, View},
    sql_value::{SqlRow, SqlValue},
};
use callfold_unify::{RejectedRecord, model::Timestamp};
use std::borrow::Cow;

/// One statement in SQL that both databases accept. Parameters are `$1` and so
/// on.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) sql: &'static str,
    pub(crate) parameters: Vec<SqlValue<'static>>,
}

impl Statement {
    pub(crate) fn new(sql: &'static str, parameters: Vec<SqlValue<'static>>) -> Self {
        Self { sql, parameters }
    }
}

/// The status queries for tables of a version.
pub(crate) type Queries = fn(i64) -> Vec<&'static str>;

/// What is written in one transaction, or not at all.
#[derive(Debug, Default)]
pub(crate) struct WriteBatch {
    /// The index of its source, if pages of that source depend on each other.
    pub(crate) source: Option<usize>,
    pub(crate) run: i64,
    pub(crate) at: Timestamp,
    pub(crate) calls: Vec<PreparedCall>,
    pub(crate) rejected: Vec<RejectedRecord>,
    /// Executed after the calls are written: the state after the page.
    pub(crate) statements: Vec<Statement>,
}

/// The rows of one call to write.
pub(crate) struct CallWrite<'a> {
    pub(crate) id: &'a str,
    pub(crate) rows: Cow<'a, PackedRows>,
    pub(crate) bookkeeping: Bookkeeping,
    pub(crate) run: i64,
    pub(crate) at: Timestamp,
    /// Whether rows of the call are stored, and replaced by these.
    pub(crate) is_stored: bool,
}

/// A connection to a database, with the tables of the present version. The write
/// algorithm (`write.rs`) and transactions (`writer.rs`) are written once, over this trait.
pub(crate) trait RowStore: Send {
    const DIALECT: Dialect;
    /// Begins a transaction that writes.
    const BEGIN: &'static str;

    /// What is stored of each of these calls; `None` if nothing is. Ids are
    /// distinct.
    fn stored_states(
        &mut self,
        ids: &[&str],
    ) -> impl Future<Output = Result<Vec<Option<StoredState>>, StoreError>> + Send;

    /// Writes the rows of calls, each of which comes once.
    fn put(
        &mut self,
        calls: &[CallWrite<'_>],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Executes a statement, and returns how many rows it changed.
    fn execute(
        &mut self,
        statement: &Statement,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// The rows that a statement returns.
    fn query(
        &mut self,
        statement: &Statement,
    ) -> impl Future<Output = Result<Vec<SqlRow>, StoreError>> + Send;

    /// Executes SQL without parameters, such as `COMMIT`.
    fn batch(&mut self, sql: &str) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Called after each commit, with the number of calls it wrote.
    fn committed(&mut self, _calls: usize) -> Result<(), StoreError> {
        Ok(())
    }

    /// Called after a rollback, of the transaction or to a savepoint.
    fn rolled_back(&mut self) {}

    /// Builds the indexes that were deferred because a first sync is faster
    /// without them.
    fn build_indexes(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Creates a view, or replaces it if it lacks a column.
    fn create_view(&mut self, view: &View) -> impl Future<Output = Result<(), StoreError>> + Send;
}
