//! What the parts of a run share.

use crate::{
    Database, PageProgress, SourceReport, SyncOptions, hosts::Hosts, owed::RetryQueue,
    sql_value::SqlValue, state::State,
};
use callfold_reader::Source;
use callfold_unify::model::Timestamp;
use std::collections::HashSet;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// One run over all sources.
pub(crate) struct SyncRun<'a> {
    pub(crate) database: &'a Database,
    pub(crate) options: &'a SyncOptions,
    /// Its number.
    pub(crate) run: i64,
    /// When it began.
    pub(crate) at: Timestamp,
    pub(crate) stop: &'a CancellationToken,
    pub(crate) progress: &'a (dyn Fn(&PageProgress) + Sync),
}

/// One source in one run.
pub(crate) struct SourceSync<'a> {
    pub(crate) run: &'a SyncRun<'a>,
    /// The index of the source.
    pub(crate) index: usize,
    pub(crate) source: &'a dyn Source,
    pub(crate) state: State,
    pub(crate) report: SourceReport,
    /// Calls in progress that this run listed.
    pub(crate) listed_open: HashSet<String>,
    /// Pages and records that this run wrote.
    pub(crate) pages: u64,
    pub(crate) records: u64,
    /// Notified when calls were written.
    pub(crate) written: &'a Notify,
    pub(crate) retries: &'a RetryQueue,
    pub(crate) hosts: &'a Hosts,
    /// Requests of the source before this run.
    pub(crate) requests_before: u64,
}

impl SourceSync<'_> {
    /// Requests of the source in this run.
    pub(crate) fn requests(&self) -> u64 {
        self.source.stats().requests.saturating_sub(self.requests_before)
    }

    /// The first two parameters of most statements.
    pub(crate) fn key(&self) -> Vec<SqlValue<'static>> {
        vec![self.source.vendor().into(), self.source.account().into()]
    }
}
