//! Scans of one source: its lists are read, compared with what is stored, and
//! written page by page.

use crate::{
    PageProgress, ScanKind, ScanReport, StoreError, WriteCounts,
    missing::{MissingScope, mark_missing},
    prepare::{DetailPlan, PreparedBatch, prepare},
    schedule::open_calls,
    state::{Scan, State},
    store::WriteBatch,
    sync_run::{SourceSync, SyncRun},
    verified::{self, VerifiedSpan, proof},
};
use callfold_reader::{Order, Pace, Query, SourceSummary, Verdict, read_batches};
use callfold_unify::model::Timestamp;
use chrono::TimeDelta;
use futures_util::{StreamExt, future, stream::FuturesOrdered};
use std::pin::pin;
use tokio::sync::mpsc;

/// Batches that are prepared while others are written.
const MAX_PREPARED: usize = 2;
/// A scan that got no page in so many runs in a row is restarted.
const MAX_STALLED_RUNS: i64 = 2;

/// A batch that is committed.
struct CommittedBatch {
    written: WriteCounts,
    /// The ids of its calls in progress.
    open: Vec<String>,
    records: usize,
    total: Option<u64>,
}

/// How a scan ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ScanEnd {
    /// It was read as far as the query needs.
    Read,
    /// It was read to its end, but records may be missing.
    Unverified,
    Failed,
    Stopped,
    /// The stored checkpoint belongs to another query.
    Unusable,
}

impl ScanEnd {
    /// How a scan ended that nobody stopped.
    fn of(summary: &SourceSummary) -> Self {
        match summary.verdict {
            _ if summary.is_failed() => Self::Failed,
            // The next run may list what is missing.
            Verdict::ShortBy { .. } if summary.has_gap => Self::Unverified,
            // A list that is too short was read twice, with the same result.
            Verdict::Complete
            | Verdict::StoppedEarly
            | Verdict::Unverifiable
            | Verdict::ShortBy { .. } => Self::Read,
            Verdict::Unverified => Self::Unverified,
            _ => Self::Failed,
        }
    }
}

impl SourceSync<'_> {
    /// Scans the source: resumes a scan that an earlier run left, then begins one.
    pub(crate) async fn scan_lists(&mut self) -> Result<(), StoreError> {
        let SyncRun { database, options, run, .. } = *self.run;
        database.create_view(self.source.vendor()).await?;
        let mut full = options.full;
        loop {
            let pending = self.state.scan.take().filter(|scan| {
                scan.checkpoint.is_some()
                    && scan.stalled_runs < MAX_STALLED_RUNS
                    && (!full || scan.kind == ScanKind::Full)
            });
            let scan = match pending {
                Some(scan) => scan,
                None => self.begin(full).await?,
            };
            let (resumed, kind) = (scan.run != run, scan.kind);
            self.state.scan = Some(scan);
            match self.scan(resumed).await? {
                ScanEnd::Read | ScanEnd::Unverified => {}
                ScanEnd::Unusable => {
                    self.state.scan = None;
                    continue;
                }
                ScanEnd::Failed => return Ok(()),
                ScanEnd::Stopped => {
                    self.report.stopped = true;
                    return Ok(());
                }
            }
            full &= kind != ScanKind::Full;
            // A scan that an earlier run began misses what came since.
            if !resumed {
                return Ok(());
            }
        }
    }

    /// Begins a scan, stored before its first request.
    async fn begin(&self, full: bool) -> Result<Scan, StoreError> {
        let SyncRun { database, options, run, at, .. } = *self.run;
        let (kind, lookback_floor) = match self.state.high_water {
            None => (ScanKind::Initial, None),
            Some(_) if full => (ScanKind::Full, None),
            Some(high_water) => {
                let lookback = TimeDelta::from_std(options.lookback).unwrap_or(TimeDelta::MAX);
                let lookback_floor = high_water.checked_sub_signed(lookback);
                (ScanKind::Incremental, self.widen(lookback_floor).await?)
            }
        };
        let scan = Scan {
            kind,
            lookback_floor,
            run,
            at,
            newest: None,
            batches: 0,
            stalled_runs: 0,
            checkpoint: None,
        };
        let state = State { scan: Some(scan.clone()), ..self.state.clone() };
        database.execute(run, at, vec![state.delete_seen(), state.save(run)]).await?;
        Ok(scan)
    }

    /// The floor, or the start of the oldest call in progress that only the list
    /// returns.
    async fn widen(
        &self,
        lookback_floor: Option<Timestamp>,
    ) -> Result<Option<Timestamp>, StoreError> {
        if lookback_floor.is_none() || self.source.capability().lookup.is_by_id() {
            return Ok(lookback_floor);
        }
        let mut oldest = lookback_floor;
        let open = open_calls(self.run, &self.state).await?;
        for call in open.calls.iter().filter(|call| call.is_due) {
            oldest = oldest.zip(call.started_at).map(|(oldest, at)| oldest.min(at));
        }
        Ok(oldest)
    }

    async fn scan(&mut self, resumed: bool) -> Result<ScanEnd, StoreError> {
        let Some(scan) = self.state.scan.clone() else { return Ok(ScanEnd::Read) };
        let SyncRun { database, options, run, at, .. } = *self.run;
        let query = Query {
            lookback_floor: scan.lookback_floor,
            detail: options.detail,
            order: Order::AsRead,
            raw: true,
            ..Query::default()
        };
        let resume = self.state.resume(database).await?;
        let mut batches = read_batches(self.source, &query, resume);
        let details = DetailPlan::new(self, &batches);
        let before = scan.batches;

        let (send, mut receive) = mpsc::channel::<PreparedBatch>(MAX_PREPARED);
        let stop = self.run.stop;
        // Whether it was cut off before everything that was read was passed on.
        let reading = async {
            let send = send;
            let prepare = |batch| prepare(batch, &details, database);
            let mut prepared = pin!(batches.by_ref().map(prepare).buffered(MAX_PREPARED));
            loop {
                let next = stop.run_until_cancelled(prepared.next()).await;
                let Some(next) = next else { return Ok(true) };
                let Some(next) = next else { return Ok(false) };
                if send.send(next?).await.is_err() {
                    return Ok(true);
                }
            }
        };
        let writing = async {
            // Dropped when writing fails, which ends reading.
            let mut receive = std::mem::replace(&mut receive, mpsc::channel(1).1);
            let (mut waiting, mut more) = (FuturesOrdered::new(), true);
            while more || !waiting.is_empty() {
                tokio::select! {
                    next = receive.recv(), if more => match next {
                        Some(next) => waiting.push_back(self.queue_batch(next).await?),
                        None => more = false,
                    },
                    Some(batch) = waiting.next() => self.record_committed(batch?),
                }
            }
            Ok::<_, StoreError>(())
        };
        let (read, wrote) = future::join(reading, writing).await;
        let is_cut = wrote.and(read)?;

        let mut summary = batches.summary();
        drop(batches);
        if summary.error.as_ref().is_some_and(|error| error.is_checkpoint_mismatch()) {
            tracing::info!("the stored checkpoint is of another query: restarting the scan");
            return Ok(ScanEnd::Unusable);
        }
        if is_cut && !summary.is_failed() {
            // The list may have been read to its end, but its last batches are not stored.
            summary.verdict = Verdict::InProgress;
        }
        let ended = if is_cut { ScanEnd::Stopped } else { ScanEnd::of(&summary) };
        let (kind, lookback_floor) = (scan.kind, scan.lookback_floor);
        let is_empty = !resumed && summary.records == 0;
        // Only a complete read proves that calls it did not list are gone.
        let is_proved = summary.verdict == Verdict::Complete && !is_empty;
        let is_doubtful = is_empty
            && matches!(ended, ScanEnd::Read | ScanEnd::Unverified)
            && !self.explains_empty(lookback_floor, None).await?;
        if is_doubtful {
            summary.verdict = Verdict::Unverified;
            self.report.newest_unlisted = true;
        }
        let proof = proof(summary.verdict);
        self.report.scans.push(ScanReport { kind, lookback_floor, resumed, summary });
        match ended {
            ScanEnd::Stopped | ScanEnd::Unusable => {}
            ScanEnd::Failed => {
                if let Some(scan) = &mut self.state.scan
                    && resumed
                    && scan.batches == before
                {
                    scan.stalled_runs += 1;
                    database.execute(run, at, vec![self.state.save(run)]).await?;
                }
            }
            ScanEnd::Read | ScanEnd::Unverified => {
                if is_proved && kind == ScanKind::Full {
                    let listed = self.state.listed(database).await?.into_iter().collect();
                    self.report.missing +=
                        mark_missing(self.run, &self.state, &listed, MissingScope::All).await?;
                }
                self.end(ended == ScanEnd::Read && !is_doubtful, proof).await?;
            }
        }
        Ok(ended)
    }

    /// Queues a batch with the state after it; both commit in one transaction.
    async fn queue_batch(
        &mut self,
        next: PreparedBatch,
    ) -> Result<impl Future<Output = Result<CommittedBatch, StoreError>> + use<>, StoreError> {
        let SyncRun { database, run, at, .. } = *self.run;
        let (records, total) = (next.records, next.total);
        let PreparedBatch {
            calls,
            rejected,
            seen,
            ids,
            open,
            newest,
            checkpoint,
            mut statements,
            ..
        } = next;
        let mut ids = Some(ids);
        if let Some(scan) = &mut self.state.scan {
            scan.checkpoint = Some(checkpoint);
            scan.newest = scan.newest.max(newest);
            scan.batches += 1;
            scan.stalled_runs = 0;
            ids = ids.filter(|_| scan.kind == ScanKind::Full);
        }
        statements.extend(self.hosts.take_changes());
        statements.extend([self.state.save(run), self.state.store_seen(&seen, ids)]);
        let page = WriteBatch { source: Some(self.index), run, at, calls, rejected, statements };
        let pending = database.enqueue(page).await?;
        Ok(async move {
            Ok(CommittedBatch { written: pending.committed().await?, open, records, total })
        })
    }

    /// Counts and reports a committed batch.
    fn record_committed(&mut self, batch: CommittedBatch) {
        let CommittedBatch { written, open, records, total } = batch;
        self.report.written += written;
        self.listed_open.extend(open);
        self.written.notify_one();
        self.pages += 1;
        self.records += records as u64;
        (self.run.progress)(&PageProgress {
            index: self.index,
            vendor: self.state.vendor,
            account: &self.state.account,
            pages: self.pages,
            records: self.records,
            total,
            pace: self.source.pace().filter(Pace::has_changed),
            written: self.report.written,
        });
    }

    /// Ends the scan: the high-water mark moves only now. `proof` is what the read
    /// proves, if anything.
    async fn end(&mut self, is_read: bool, proof: Option<&str>) -> Result<(), StoreError> {
        let SyncRun { database, run, at, .. } = *self.run;
        let mut statements = Vec::new();
        let scan = self.state.scan.take().filter(|_| is_read);
        if let Some(scan) = &scan {
            // Calls that started after the scan began may be listed before older ones.
            let reached = scan.newest.map(|newest| newest.min(scan.at));
            self.state.high_water = self.state.high_water.max(reached);
        }
        if let Some((scan, proof)) = scan.zip(proof) {
            let span = VerifiedSpan {
                from: scan.lookback_floor,
                to: scan.at,
                verified_at: scan.at,
                proof: proof.to_owned(),
                run: scan.run,
            };
            let name = (self.state.vendor, self.state.account.as_str());
            statements = verified::record(database, name, span).await?;
            if scan.kind != ScanKind::Incremental {
                statements.extend(self.record_full_read(scan.at).await?);
            }
        }
        statements.extend([self.state.delete_seen(), self.state.save(run)]);
        database.execute(run, at, statements).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_list_counts_as_read_only_if_its_pages_continued_each_other() {
        let end = |verdict, has_gap| {
            let mut summary = SourceSummary::default();
            (summary.verdict, summary.has_gap) = (verdict, has_gap);
            ScanEnd::of(&summary)
        };
        let short = Verdict::ShortBy { records: 100 };
        assert_eq!((end(short, false), end(short, true)), (ScanEnd::Read, ScanEnd::Unverified));
        assert_eq!(end(Verdict::StoppedEarly, true), ScanEnd::Read);
        assert_eq!(end(Verdict::Unverified, true), ScanEnd::Unverified);
        assert_eq!(end(Verdict::InProgress, false), ScanEnd::Failed);
    }
}
