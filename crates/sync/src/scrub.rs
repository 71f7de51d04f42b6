//! A slice of the history, read again in each run: what one reading of a list
//! that moves cannot prove, time can.
//!
//! Where the vendor's server filters by time, a slice is a span of time, and
//! its reading proves whether it is whole. Where it does not, a slice is some
//! pages of the list: it begins with some records of the last slice, moved on by
//! the calls that have arrived since, and the list is proven when it was gone
//! through from its beginning to its end without a gap.

mod pages;
mod state;

use crate::{
    StoreError,
    context::{Run, SourceSync},
    missing::{Scope, mark_missing},
    prepare::{DetailPlan, PreparedBatch, prepare},
    record_hash::Hash,
    row::Parts,
    store::{Page, Statement},
    verified::{self, VerifiedPart, proof},
};
use callfold_reader::{Field, Order, Query, Verdict, read_slice};
use callfold_unify::model::Timestamp;
use futures_util::StreamExt;
use serde::Serialize;
use state::Progress;
use std::collections::HashSet;

/// Pages that one run reads again at most.
const MOST: u64 = 500;
/// Pages of a span of time that turns out to hold far more than is stored: so
/// many times as were expected. What is read is stored, so that the next slice
/// is smaller.
const SURPRISE: u64 = 4;

/// Which share of a run's requests goes into reading old calls again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScrubShare(f64);

impl ScrubShare {
    /// None: nothing is read again.
    pub const OFF: Self = Self(0.0);

    /// Of a text such as `5%`; `0` and `0%` turn it off.
    ///
    /// # Errors
    ///
    /// What to write instead.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let help = "write a share from 0% to 100%, such as 5%, or 0 to turn it off";
        let text = text.trim();
        let number = text.strip_suffix('%');
        let percent: f64 = number.unwrap_or(text).trim_end().parse().map_err(|_| help)?;
        let is_share = (0.0..=100.0).contains(&percent) && (number.is_some() || percent == 0.0);
        is_share.then_some(Self(percent / 100.0)).ok_or(help)
    }

    /// Whether nothing is read again.
    pub fn is_off(self) -> bool {
        self.0 <= 0.0
    }

    /// Pages to read again in a run of so many requests.
    fn pages(self, requests: u64) -> u64 {
        ((requests as f64 * self.0) as u64).clamp(1, MOST)
    }

    /// In percent.
    pub(crate) fn percent(self) -> f64 {
        self.0 * 100.0
    }
}

impl Default for ScrubShare {
    fn default() -> Self {
        Self(0.05)
    }
}

/// What reading old calls again came to.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct ScrubReport {
    /// Pages that were read again.
    pub pages: u64,
    /// Records on them.
    pub records: u64,
    /// Calls that were not stored.
    pub recovered: u64,
    /// Calls that had changed.
    pub changed: u64,
    /// Calls that the vendor lists no longer.
    pub missing: u64,
    /// The span of time that was read; `None` where the slice is a part of a
    /// list.
    pub from: Option<Timestamp>,
    /// Its end.
    pub to: Option<Timestamp>,
    /// Whether a span of time, or a list from its beginning to its end, was
    /// proven to be whole.
    pub proven: bool,
    /// Why it could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Seconds by which a span may be asked for wider than it is, and still be
/// cheaper than pages of the list.
const WIDEST_S: u32 = 3_600;

impl SourceSync<'_> {
    /// Notes that everything was read, by the run that began at `at`.
    pub(crate) async fn note_full_read(&self, at: Timestamp) -> Result<Vec<Statement>, StoreError> {
        let progress = Progress::load(self).await?;
        Ok(Progress { full_read_at: Some(at), ..progress }.save(self))
    }

    /// Reads a slice again, of so many pages as the run's requests allow.
    pub(crate) async fn scrub(&mut self) -> Result<(), StoreError> {
        let pages = self.run.options.scrub.pages(self.requests());
        let progress = Progress::load(self).await?;
        let everything = Query { order: Order::AsRead, raw: true, ..Query::default() };
        let detail = self.run.options.detail;
        let span = Query {
            since: Some(self.run.at),
            until: Some(self.run.at),
            detail,
            ..everything.clone()
        };
        let plan = self.source.plan(&span);
        let bounds = plan.pushed.iter().filter(|pushed| pushed.field == Field::StartedAt);
        let wider: u32 = bounds.clone().map(|bound| bound.widen_by_s).sum();
        self.report.scrub = Some(ScrubReport::default());
        match bounds.count() >= 2 && wider <= WIDEST_S && plan.expected.lists == 1 {
            true => {
                let size = u64::from(plan.expected.page_size);
                self.scrub_span(progress, pages, size, everything).await
            }
            false => self.scrub_pages(progress, pages, Query { detail, ..everything }).await,
        }
    }

    /// Reads a span of time that holds about so many pages, and marks what the
    /// vendor lists no longer where it was proven to be whole.
    async fn scrub_span(
        &mut self,
        mut progress: Progress,
        pages: u64,
        size: u64,
        everything: Query,
    ) -> Result<(), StoreError> {
        let Run { database, options, run, at, .. } = *self.run;
        let from = progress.next_from;
        let sql = "SELECT started_at FROM calls WHERE vendor = $1 AND account = $2 \
                   AND started_at > $3 AND started_at < $4 ORDER BY started_at LIMIT 1 OFFSET $5";
        let mut parameters = self.key();
        let first = from.or_else(|| "0001-01-01T00:00:00Z".parse().ok());
        // Room is left for what is sent beyond the bounds, and for what is not stored.
        let calls = (pages * size * 9 / 10).max(1);
        parameters.extend([first.into(), at.into(), calls.into()]);
        let rows = database.query(sql, parameters).await?;
        let end = rows.first().map(|row| row.time(0)).transpose()?.flatten();
        let to = end.unwrap_or(at);
        let query = Query { since: from, until: Some(to), detail: options.detail, ..everything };
        let mut batches = read_slice(self.source, &query, 0, None);
        let wanted = Parts::from(options.detail);
        let (plan, enricher) = (batches.plan(), batches.enricher());
        let of = (self.retries, self.hosts);
        let details = DetailPlan::new(wanted, plan, enricher, of, options.clock).without_backfill();
        let mut listed: HashSet<Hash> = HashSet::new();
        let mut is_whole = true;
        loop {
            let next = tokio::select! {
                biased;
                () = self.run.stop.cancelled() => {
                    self.report.stopped = true;
                    return Ok(());
                }
                next = batches.next() => next,
            };
            let Some(batch) = next else { break };
            let slice = prepare(batch, &details, database).await?;
            listed.extend(slice.ids.as_chunks::<16>().0);
            self.heal(slice, Vec::new()).await?;
            let read = self.report.scrub.as_ref().map_or(0, |report| report.pages);
            if read >= pages.saturating_mul(SURPRISE).max(SURPRISE * 2) {
                is_whole = false;
                break;
            }
        }
        let mut summary = batches.summary();
        drop(batches);
        if summary.records == 0 && !self.explains_empty(from, Some(to)).await? {
            // As of an empty list, nothing is concluded.
            summary.verdict = Verdict::Unverified;
        }
        let report = self.report.scrub.get_or_insert_default();
        (report.from, report.to) = (from, Some(to));
        if let Some(error) = &summary.error {
            report.error = Some(error.reason());
            return Ok(());
        }
        if !is_whole {
            // Of what is stored now the next slice holds less.
            return Ok(());
        }
        let mut statements = Vec::new();
        if let Some(proof) = proof(summary.verdict) {
            report.proven = true;
            let part = VerifiedPart {
                from,
                to,
                verified_at: (options.clock)(),
                proof: proof.to_owned(),
                run,
            };
            let name = (self.source.vendor(), self.source.account());
            statements = verified::record(database, name, part).await?;
        }
        if summary.verdict == Verdict::Complete {
            let scope = Scope::Span(from, to);
            let missing = mark_missing(self.run, &self.state, &listed, scope).await?;
            self.report.missing += missing;
            self.report.scrub.get_or_insert_default().missing = missing;
        }
        // Behind the last span comes the first.
        progress.next_from = end;
        statements.extend(progress.save(self));
        database.execute(run, at, statements).await
    }

    /// Writes what a page has that is not stored, or is stored otherwise.
    async fn heal(&mut self, slice: PreparedBatch, more: Vec<Statement>) -> Result<(), StoreError> {
        let Run { database, run, at, .. } = *self.run;
        let PreparedBatch { calls, set_aside, mut statements, records, .. } = slice;
        statements.extend(self.hosts.take_changes());
        statements.extend(more);
        let page = Page { source: Some(self.index), run, at, calls, set_aside, statements };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn share_is_a_percentage_or_nothing() {
        for (text, percent) in
            [("5%", 5.0), ("2.5 %", 2.5), ("0", 0.0), ("0%", 0.0), ("100%", 100.0)]
        {
            assert_eq!(ScrubShare::parse(text).map(ScrubShare::percent), Ok(percent), "{text}");
        }
        for text in ["", "5", "-1%", "101%", "five", "NaN%", "%", "inf%"] {
            assert!(ScrubShare::parse(text).is_err(), "{text}");
        }
        assert!(ScrubShare::OFF.is_off() && !ScrubShare::default().is_off());
    }

    #[test]
    fn share_of_few_requests_is_one_page() {
        let pages = |requests| ScrubShare::default().pages(requests);
        assert_eq!((pages(0), pages(10), pages(100), pages(1_000_000)), (1, 1, 5, MOST));
    }
}
