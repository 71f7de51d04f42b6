//! Looks up the calls in progress that are due.

use crate::{
    StoreError,
    missing::mark,
    owed::RetryQueue,
    row::{DetailParts, PreparedCall, RecordOrigin, key},
    schedule::open_calls,
    store::WriteBatch,
    sync_run::{SourceSync, SyncRun},
};
use callfold_reader::{MAX_CONCURRENT_LOOKUPS, ReadError};
use callfold_unify::model::Call;
use futures_util::{StreamExt, stream};
use std::sync::Arc;

/// Calls of one page.
const PAGE_SIZE: usize = 25;
/// After so many failures in a row, no more calls are looked up.
const MAX_FAILURES: u64 = 3;

/// The result of a lookup.
type LookupResult = (String, Result<Option<Call>, ReadError>);

impl SourceSync<'_> {
    /// Looks up the calls in progress that are due and that this run did not
    /// list.
    pub(crate) async fn look_up_open_calls(&mut self) -> Result<(), StoreError> {
        let open = open_calls(self.run, &self.state).await?;
        self.report.open_expired = open.expired;
        self.report.open = open.calls.len() as u64;
        let source = self.source;
        let mut due = open.calls;
        due.retain(|call| {
            source.capability().lookup.is_by_id()
                && call.is_due
                && !self.listed_open.contains(&call.id)
        });
        let lookups = due.into_iter().map(|call| {
            let result = source.get(&call.call_id);
            async move { (call.id, result.await) }
        });
        let lookups = stream::iter(lookups).buffered(MAX_CONCURRENT_LOOKUPS);
        let mut chunks = lookups.ready_chunks(PAGE_SIZE);
        let mut failures = 0;
        while failures < MAX_FAILURES {
            let Some(chunk) = self.run.stop.run_until_cancelled(chunks.next()).await else {
                self.report.stopped = true;
                return Ok(());
            };
            let Some(chunk) = chunk else { break };
            self.write_lookups(chunk, &mut failures).await?;
        }
        if self.report.error.is_none() {
            let SyncRun { database, run, at, .. } = *self.run;
            self.state.lookups_at = Some(at);
            database.execute(run, at, vec![self.state.save(run)]).await?;
        }
        Ok(())
    }

    async fn write_lookups(
        &mut self,
        results: Vec<LookupResult>,
        failures: &mut u64,
    ) -> Result<(), StoreError> {
        let SyncRun { database, run, at, .. } = *self.run;
        let (mut calls, mut statements) = (Vec::new(), Vec::new());
        for (id, result) in results {
            self.report.lookups += 1;
            match result {
                Ok(Some(call)) if key(&call) == id => {
                    calls.push(PreparedCall::new(&call, RecordOrigin::Single, DetailParts::ALL));
                }
                // The vendor no longer knows the call, or has another under this id.
                Ok(_) => statements.push(mark(&id, run)),
                Err(error) => {
                    self.report.lookups_failed += 1;
                    *failures += 1;
                    self.report.error = Some(Arc::new(error));
                    continue;
                }
            }
            *failures = 0;
        }
        let gone = statements.len() as u64;
        // A single record holds all details.
        statements.extend(calls.iter().map(|new| RetryQueue::resolve_details(&new.id)));
        let ended = calls.iter().filter(|new| new.is_final).count() as u64;
        self.report.missing += gone;
        self.report.open = self.report.open.saturating_sub(gone + ended);
        let page = WriteBatch { run, at, calls, statements, ..WriteBatch::default() };
        self.report.written += database.write(page).await?;
        self.written.notify_one();
        Ok(())
    }
}
