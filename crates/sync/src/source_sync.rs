//! One source in one run: its walks, and what has to be asked for besides.

use crate::{
    Database, Progress, ScanKind, ScanReport, SourceReport, Stop, StoreError, SyncOptions, Written,
    hosts::Hosts,
    missing::{Scope, mark_missing},
    open_calls::{OpenCall, open_calls},
    owed::Ledger,
    ready::{Details, Ready, ready},
    row::Parts,
    state::{Scan, State},
    store::Page,
    verified::{self, VerifiedPart, proof},
};
use callfold_reader::{Order, Query, Source, Verdict, read_batches};
use callfold_unify::model::Timestamp;
use chrono::TimeDelta;
use futures_util::{StreamExt, future, stream::FuturesOrdered};
use std::{collections::HashSet, pin::pin};
use tokio::sync::{Notify, mpsc};

/// Batches that are made ready while others are written.
const AT_ONCE: usize = 2;
/// Runs that go on with a walk and get no page, before it begins anew.
const STUCK: i64 = 2;

/// What every lane of a run has in common.
pub(crate) struct Run<'a> {
    pub(crate) database: &'a Database,
    pub(crate) options: &'a SyncOptions,
    pub(crate) run: i64,
    /// When the run began.
    pub(crate) at: Timestamp,
    pub(crate) stop: &'a Stop,
    pub(crate) progress: &'a (dyn Fn(&Progress) + Sync),
}

/// One source.
pub(crate) struct SourceSync<'a> {
    pub(crate) run: &'a Run<'a>,
    /// Which of the run's sources it is.
    pub(crate) index: usize,
    pub(crate) source: &'a dyn Source,
    pub(crate) state: State,
    pub(crate) report: SourceReport,
    /// Calls that are not over and were listed in this run.
    pub(crate) listed_open: HashSet<String>,
    /// Pages and records that were written in this run.
    pub(crate) kept: (u64, u64),
    /// Told when calls were written.
    pub(crate) written: &'a Notify,
    /// What is owed, and which hosts are left alone.
    pub(crate) ledger: &'a Ledger,
    pub(crate) hosts: &'a Hosts,
    /// Requests of the source before this run.
    pub(crate) requests_before: u64,
}

/// A batch that is written.
struct Kept {
    written: Written,
    /// The ids of its calls that are not over.
    open: Vec<String>,
    records: usize,
    total: Option<u64>,
}

/// How a walk ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// As far as the query needs.
    Read,
    /// To its end, but records may be missing.
    Unverified,
    Failed,
    Stopped,
    /// Not at all: the stored checkpoint belongs to another query.
    Unusable,
}

impl SourceSync<'_> {
    /// Requests of the source in this run.
    pub(crate) fn requests(&self) -> u64 {
        self.source.stats().requests.saturating_sub(self.requests_before)
    }

    /// Reads the source.
    pub(crate) async fn read(&mut self) -> Result<(), StoreError> {
        let Run { database, options, run, .. } = *self.run;
        database.backend.make_view(self.source.vendor()).await?;
        let mut full = options.full;
        loop {
            let pending = self.state.walk.take().filter(|walk| {
                walk.checkpoint.is_some()
                    && walk.stuck < STUCK
                    && (!full || walk.kind == ScanKind::Full)
            });
            let walk = match pending {
                Some(walk) => walk,
                None => self.begin(full).await?,
            };
            let (resumed, kind) = (walk.run != run, walk.kind);
            self.state.walk = Some(walk);
            match self.walk(resumed).await? {
                Ended::Read | Ended::Unverified => {}
                Ended::Unusable => {
                    self.state.walk = None;
                    continue;
                }
                Ended::Failed => return Ok(()),
                Ended::Stopped => {
                    self.report.stopped = true;
                    return Ok(());
                }
            }
            full &= kind != ScanKind::Full;
            // What was begun by an earlier run says nothing about what came since.
            if !resumed {
                return Ok(());
            }
        }
    }

    /// A new walk, stored before its first request.
    async fn begin(&self, full: bool) -> Result<Scan, StoreError> {
        let Run { database, options, run, at, .. } = *self.run;
        let (kind, lookback_floor) = match self.state.high_water {
            None => (ScanKind::First, None),
            Some(_) if full => (ScanKind::Full, None),
            Some(high_water) => {
                let lookback = TimeDelta::from_std(options.lookback).unwrap_or(TimeDelta::MAX);
                let lookback_floor = high_water.checked_sub_signed(lookback);
                (ScanKind::Recent, self.widened(lookback_floor).await?)
            }
        };
        let walk = Scan {
            kind,
            lookback_floor,
            run,
            at,
            newest: None,
            batches: 0,
            stuck: 0,
            checkpoint: None,
        };
        let state = State { walk: Some(walk.clone()), ..self.state.clone() };
        database.note(run, at, vec![state.forget_seen(), state.save(run)]).await?;
        Ok(walk)
    }

    /// As far back as calls go on that can only be found in the list.
    async fn widened(
        &self,
        lookback_floor: Option<Timestamp>,
    ) -> Result<Option<Timestamp>, StoreError> {
        let Some(lookback_floor) = lookback_floor else { return Ok(None) };
        let mut oldest = Some(lookback_floor);
        let open = open_calls(self.run, self.source, &self.state).await?;
        let in_list = |call: &&OpenCall| call.is_due && call.lookup.is_none();
        for call in open.calls.iter().filter(in_list) {
            oldest = oldest.zip(call.started_at).map(|(oldest, at)| oldest.min(at));
        }
        Ok(oldest)
    }

    async fn walk(&mut self, resumed: bool) -> Result<Ended, StoreError> {
        let Some(walk) = self.state.walk.clone() else { return Ok(Ended::Read) };
        let Run { database, options, run, at, .. } = *self.run;
        let query = Query {
            lookback_floor: walk.lookback_floor,
            detail: options.detail,
            order: Order::AsRead,
            raw: true,
            ..Query::default()
        };
        let resume = self.state.resume(database).await?;
        let mut batches = read_batches(self.source, &query, resume);
        let wanted = Parts::from(options.detail);
        let (plan, completer) = (batches.plan(), batches.enricher());
        let of = (self.ledger, self.hosts);
        let details = Details::new(wanted, plan, completer, of, options.clock);
        let before = walk.batches;

        let (send, mut receive) = mpsc::channel::<Ready>(AT_ONCE);
        let stop = self.run.stop;
        // Tells whether it was ended before all that was read was handed on.
        let reading = async {
            let send = send;
            let making = |batch| ready(batch, &details, database);
            let mut made = pin!(batches.by_ref().map(making).buffered(AT_ONCE));
            loop {
                let next = tokio::select! {
                    biased;
                    () = stop.wait() => return Ok(true),
                    next = made.next() => next,
                };
                let Some(next) = next else { return Ok(false) };
                if send.send(next?).await.is_err() {
                    return Ok(true);
                }
            }
        };
        let writing = async {
            // Ends the reading as well, when writing fails.
            let mut receive = std::mem::replace(&mut receive, mpsc::channel(1).1);
            let (mut waiting, mut more) = (FuturesOrdered::new(), true);
            while more || !waiting.is_empty() {
                tokio::select! {
                    next = receive.recv(), if more => match next {
                        Some(next) => waiting.push_back(self.hand_over(next).await?),
                        None => more = false,
                    },
                    Some(kept) = waiting.next() => self.note_kept(kept?),
                }
            }
            Ok::<_, StoreError>(())
        };
        let (read, wrote) = future::join(reading, writing).await;
        let is_cut = wrote.and(read)?;

        let mut summary = batches.summary();
        drop(batches);
        if summary.error.as_ref().is_some_and(|error| error.is_checkpoint_mismatch()) {
            tracing::info!("a walk that was interrupted cannot be gone on with: it begins anew");
            return Ok(Ended::Unusable);
        }
        if is_cut && !summary.is_failed() {
            // The list may have been read to its end, but what came last of it is not stored.
            summary.verdict = Verdict::InProgress;
        }
        let ended = match summary.verdict {
            _ if is_cut => Ended::Stopped,
            _ if summary.is_failed() => Ended::Failed,
            // A list that is short was read twice, with the same result.
            Verdict::Complete
            | Verdict::StoppedEarly
            | Verdict::Unverifiable
            | Verdict::ShortBy { .. } => Ended::Read,
            Verdict::Unverified => Ended::Unverified,
            _ => Ended::Failed,
        };
        let (kind, lookback_floor) = (walk.kind, walk.lookback_floor);
        let is_empty = !resumed && summary.records == 0;
        // Only a read that is proved says that what it did not list is gone.
        let is_proved = summary.verdict == Verdict::Complete && !is_empty;
        let is_doubtful = is_empty
            && matches!(ended, Ended::Read | Ended::Unverified)
            && !self.explains_empty(lookback_floor, None).await?;
        if is_doubtful {
            summary.verdict = Verdict::Unverified;
            self.report.newest_unlisted = true;
        }
        let proof = proof(summary.verdict);
        self.report.walks.push(ScanReport { kind, lookback_floor, resumed, summary });
        match ended {
            Ended::Stopped | Ended::Unusable => {}
            Ended::Failed => {
                if let Some(walk) = &mut self.state.walk
                    && resumed
                    && walk.batches == before
                {
                    walk.stuck += 1;
                    database.note(run, at, vec![self.state.save(run)]).await?;
                }
            }
            Ended::Read | Ended::Unverified => {
                if is_proved && kind == ScanKind::Full {
                    let listed = self.state.listed(database).await?.into_iter().collect();
                    self.report.missing +=
                        mark_missing(self.run, &self.state, &listed, Scope::All).await?;
                }
                self.end(ended == Ended::Read && !is_doubtful, proof).await?;
            }
        }
        Ok(ended)
    }

    /// Hands a batch over to be written, with the state after it.
    async fn hand_over(
        &mut self,
        next: Ready,
    ) -> Result<impl Future<Output = Result<Kept, StoreError>> + use<>, StoreError> {
        let Run { database, run, at, .. } = *self.run;
        let (records, total) = (next.records, next.total);
        let Ready { calls, set_aside, seen, ids, open, newest, checkpoint, mut notes, .. } = next;
        let mut ids = Some(ids);
        if let Some(walk) = &mut self.state.walk {
            walk.checkpoint = Some(checkpoint);
            walk.newest = walk.newest.max(newest);
            walk.batches += 1;
            walk.stuck = 0;
            ids = ids.filter(|_| walk.kind == ScanKind::Full);
        }
        notes.extend(self.hosts.take_changes());
        notes.extend([self.state.save(run), self.state.keep_seen(&seen, ids)]);
        let page = Page { source: Some(self.index), run, at, calls, set_aside, notes };
        let taken = database.backend.take(page).await?;
        Ok(async move { Ok(Kept { written: taken.kept().await?, open, records, total }) })
    }

    /// A batch is written.
    fn note_kept(&mut self, kept: Kept) {
        let Kept { written, open, records, total } = kept;
        self.report.written += written;
        self.listed_open.extend(open);
        self.written.notify_one();
        self.kept = (self.kept.0 + 1, self.kept.1 + records as u64);
        (self.run.progress)(&Progress {
            index: self.index,
            vendor: self.state.vendor,
            account: &self.state.account,
            pages: self.kept.0,
            records: self.kept.1,
            total,
            written: self.report.written,
        });
    }

    /// The walk is over: only now is it known up to when everything was read.
    /// `proof` says how sure that is, where something was proved.
    async fn end(&mut self, is_read: bool, proof: Option<&str>) -> Result<(), StoreError> {
        let Run { database, run, at, .. } = *self.run;
        let mut notes = Vec::new();
        let walk = self.state.walk.take().filter(|_| is_read);
        if let Some(walk) = &walk {
            // A start after the walk began says nothing about what came before it.
            let reached = walk.newest.map(|newest| newest.min(walk.at));
            self.state.high_water = self.state.high_water.max(reached);
        }
        if let Some((walk, proof)) = walk.zip(proof) {
            let part = VerifiedPart {
                from: walk.lookback_floor,
                to: walk.at,
                verified_at: walk.at,
                proof: proof.to_owned(),
                run: walk.run,
            };
            let name = (self.state.vendor, self.state.account.as_str());
            notes = verified::record(database, name, part).await?;
            if walk.kind != ScanKind::Recent {
                notes.extend(self.note_full_read(walk.at).await?);
            }
        }
        notes.extend([self.state.forget_seen(), self.state.save(run)]);
        database.note(run, at, notes).await
    }
}
