//! Re-reads a slice of the history in each run, to find calls that an earlier read
//! of a changing list missed.
//!
//! If the vendor's server filters by time, a slice is a span of time, and reading it
//! proves whether it is complete. If not, a slice is some pages of the list: it
//! overlaps the last slice, moved by the calls that have arrived since, and the list
//! is proven when it was read from its beginning to its end without a gap.

mod pages;
mod state;

use crate::{
    ScrubReport, StoreError,
    missing::{MissingScope, mark_missing},
    prepare::{DetailPlan, PreparedBatch, prepare},
    record_hash::Hash,
    store::{Statement, WriteBatch},
    sync_run::{SourceSync, SyncRun},
    verified::{self, VerifiedSpan, proof},
};
use callfold_reader::{FilterField, Order, Query, Verdict, read_slice};
use callfold_unify::model::Timestamp;
use state::ScrubState;
use std::collections::HashSet;

/// A span that holds this many times the expected pages is not read to its end.
/// What was read is stored, so that the next slice is smaller.
const MAX_EXCESS: u64 = 4;

/// A span that is requested with more margin than this, in seconds, costs more than
/// pages of the list.
const MAX_MARGIN_S: u32 = 3_600;

impl SourceSync<'_> {
    /// The statements that store that everything was read, since `at`.
    pub(crate) async fn record_full_read(
        &self,
        at: Timestamp,
    ) -> Result<Vec<Statement>, StoreError> {
        let progress = ScrubState::load(self).await?;
        Ok(ScrubState { full_read_at: Some(at), ..progress }.save(self))
    }

    /// Re-reads a slice, of as many pages as the run's requests allow.
    pub(crate) async fn scrub(&mut self) -> Result<(), StoreError> {
        let pages = self.run.options.scrub.pages(self.requests());
        let progress = ScrubState::load(self).await?;
        let everything = Query { order: Order::AsRead, raw: true, ..Query::default() };
        let detail = self.run.options.detail;
        let span = Query {
            since: Some(self.run.at),
            until: Some(self.run.at),
            detail,
            ..everything.clone()
        };
        let plan = self.source.plan(&span);
        let bounds = plan.pushed.iter().filter(|pushed| pushed.field == FilterField::StartedAt);
        let wider: u32 = bounds.clone().map(|bound| bound.widen_by_s).sum();
        self.report.scrub = Some(ScrubReport::default());
        match bounds.count() >= 2 && wider <= MAX_MARGIN_S && plan.expected.lists == 1 {
            true => {
                let size = u64::from(plan.expected.page_size);
                self.scrub_span(progress, pages, size, everything).await
            }
            false => self.scrub_pages(progress, pages, Query { detail, ..everything }).await,
        }
    }

    /// Re-reads a span of time that holds about so many pages. If it is proven to be
    /// complete, marks calls that the vendor no longer lists.
    async fn scrub_span(
        &mut self,
        mut progress: ScrubState,
        pages: u64,
        size: u64,
        everything: Query,
    ) -> Result<(), StoreError> {
        let SyncRun { database, options, run, at, .. } = *self.run;
        let from = progress.next_from;
        let sql = "SELECT started_at FROM calls WHERE vendor = $1 AND account = $2 \
                   AND started_at > $3 AND started_at < $4 ORDER BY started_at LIMIT 1 OFFSET $5";
        let mut parameters = self.key();
        let first = from.or_else(|| "0001-01-01T00:00:00Z".parse().ok());
        // Less than the pages hold, for the margin and for calls that are not stored.
        let calls = (pages * size * 9 / 10).max(1);
        parameters.extend([first.into(), at.into(), calls.into()]);
        let rows = database.query(sql, parameters).await?;
        let end = rows.first().map(|row| row.time(0)).transpose()?.flatten();
        let to = end.unwrap_or(at);
        let query = Query { since: from, until: Some(to), detail: options.detail, ..everything };
        let mut batches = read_slice(self.source, &query, 0, None);
        let details = DetailPlan::new(self, &batches).without_backfill();
        let mut listed: HashSet<Hash> = HashSet::new();
        let mut is_whole = true;
        loop {
            let Some(next) = self.run.stop.run_until_cancelled(batches.next()).await else {
                self.report.stopped = true;
                return Ok(());
            };
            let Some(batch) = next else { break };
            let slice = prepare(batch, &details, database).await?;
            listed.extend(slice.ids.as_chunks::<16>().0);
            self.write_slice(slice, Vec::new()).await?;
            let read = self.report.scrub.as_ref().map_or(0, |report| report.pages);
            if read >= pages.saturating_mul(MAX_EXCESS).max(MAX_EXCESS * 2) {
                is_whole = false;
                break;
            }
        }
        let mut summary = batches.summary();
        drop(batches);
        if summary.records == 0 && !self.explains_empty(from, Some(to)).await? {
            // An empty list proves nothing.
            summary.verdict = Verdict::Unverified;
        }
        let report = self.report.scrub.get_or_insert_default();
        (report.from, report.to) = (from, Some(to));
        if let Some(error) = &summary.error {
            report.error = Some(error.reason());
            return Ok(());
        }
        if !is_whole {
            // The next slice is smaller, as more calls are stored now.
            return Ok(());
        }
        let mut statements = Vec::new();
        if let Some(proof) = proof(summary.verdict) {
            report.proven = true;
            let span = VerifiedSpan {
                from,
                to,
                verified_at: (options.clock)(),
                proof: proof.to_owned(),
                run,
            };
            let name = (self.source.vendor(), self.source.account());
            statements = verified::record(database, name, span).await?;
        }
        if summary.verdict == Verdict::Complete {
            let scope = MissingScope::Span(from, to);
            let missing = mark_missing(self.run, &self.state, &listed, scope).await?;
            self.report.missing += missing;
            self.report.scrub.get_or_insert_default().missing = missing;
        }
        // The last span is followed by the first.
        progress.next_from = end;
        statements.extend(progress.save(self));
        database.execute(run, at, statements).await
    }

    /// Writes the new and changed calls of a page.
    async fn write_slice(
        &mut self,
        slice: PreparedBatch,
        more: Vec<Statement>,
    ) -> Result<(), StoreError> {
        let SyncRun { database, run, at, .. } = *self.run;
        let PreparedBatch { calls, rejected, mut statements, records, .. } = slice;
        statements.extend(self.hosts.take_changes());
        statements.extend(more);
        let page = WriteBatch { source: Some(self.index), run, at, calls, rejected, statements };
        let written = database.write(page).await?;
        self.report.written += written;
        let report = self.report.scrub.get_or_insert_default();
        report.pages += 1;
        report.records += records as u64;
        report.recovered += written.new;
        report.changed += written.changed;
        self.written.notify_one();
        Ok(())
    }
}
