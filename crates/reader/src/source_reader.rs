//! Reads one source: page by page through its lists, each record once, each
//! call compared with the query. A list that changed is read again.
//!
//! Calls come in the order of the lists; [`ordered_reader`](crate::ordered_reader) sorts them.

mod list_end;
mod state;

pub(crate) use state::ReaderState;
use state::is_position_refused;

use crate::{
    BatchCall, ListStart, ListedRecord, Order, OrderStrategy, PageInfo, Query, ReadError, Restart,
    Source, SourcePlan, SourceSummary, StopBound, Verdict,
    change_detector::ChangeDetector,
    deduplicator::Deduplicator,
    enrichment::{ChunkStream, PageChunk, page_chunks},
    error::ReadErrorKind,
    fingerprint::{Fingerprint, FingerprintKey, record_key},
    order_tracker::OrderTracker,
    summary::SharedSummary,
};
use callfold_transport::{Pace, PageWarning};
use callfold_unify::{
    RejectedRecord,
    model::{Call, Timestamp, WarningCode},
};
use futures_util::StreamExt;
use serde_json::value::RawValue;
use std::{mem, sync::Arc, vec};

/// What reading brings next.
pub(crate) enum ReadEvent {
    /// A call that matches the query, for the first time.
    Call(BatchCall),
    /// A record without a usable id, for the first time.
    Rejected(RejectedRecord),
    /// The end of a page.
    PageEnd,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ReadPhase {
    /// Check that the list is as the earlier run left it.
    Resuming,
    Reading,
    /// Decide what follows a list: it was read to its end, or stopped early.
    ListEnd {
        stopped_early: bool,
    },
    Done,
}

/// Reads one source.
pub(crate) struct SourceReader<'a> {
    source: &'a dyn Source,
    plan: SourcePlan,
    query: Query,
    summary: SharedSummary,
    key: FingerprintKey,
    phase: ReadPhase,
    chunks: Option<ChunkStream>,
    chunk: CurrentChunk,
    start: ListStart,
    /// Whether the list was read to its end and only its head is read again,
    /// for records that arrived or moved there meanwhile.
    head_only: bool,
    /// Records of the head that were read again.
    head_records: u64,
    order: OrderTracker,
    seen: Deduplicator,
    changes: ChangeDetector,
    /// All records that the pass before this one listed.
    previous_all: Fingerprint,
    /// How many passes may follow this one.
    passes_left: u8,
    /// Whether no record after the last one can match.
    can_stop: bool,
    /// The start of the last call within the limit, once there are as many.
    limit_bound: Option<Timestamp>,
    /// Whether the limit is reached: no further list is read.
    has_enough: bool,
    /// Whether no page has come since reading was resumed.
    is_resumed: bool,
    /// Where the list was restarted.
    restart: Option<Restart>,
    page: CurrentPage,
}

/// The rest of the chunk that is being read.
#[derive(Default)]
struct CurrentChunk {
    items: vec::IntoIter<ListedRecord>,
    is_enriched: bool,
    is_undecided: bool,
    ends_page: bool,
}

/// The page that is being read.
#[derive(Default)]
struct CurrentPage {
    info: PageInfo,
    fingerprints: Vec<Fingerprint>,
    /// Records that this pass had not listed before.
    new_records: u64,
}

impl<'a> SourceReader<'a> {
    pub(crate) fn new(
        source: &'a dyn Source,
        plan: SourcePlan,
        query: Query,
        summary: SharedSummary,
        key: FingerprintKey,
    ) -> Self {
        let mut reader = Self {
            phase: ReadPhase::Reading,
            chunks: None,
            chunk: CurrentChunk::default(),
            start: ListStart::default(),
            head_only: false,
            head_records: 0,
            order: OrderTracker::new(&plan, false),
            seen: Deduplicator::new(key, plan.expected.lists),
            changes: ChangeDetector::default(),
            previous_all: Fingerprint::default(),
            passes_left: 1,
            can_stop: false,
            limit_bound: None,
            has_enough: false,
            is_resumed: false,
            restart: None,
            page: CurrentPage::default(),
            source,
            plan,
            query,
            summary,
            key,
        };
        if let Some(field) = reader.plan.unsupported.first() {
            let kind = ReadErrorKind::Unsupported(*field);
            reader.fail(ReadError::new(reader.plan.vendor, source.account(), kind));
            reader.summary.get().verdict = Verdict::Unsupported;
        }
        reader
    }

    pub(crate) fn plan(&self) -> &SourcePlan {
        &self.plan
    }

    /// The page that is being read, or that ended last.
    pub(crate) fn page_info(&self) -> &PageInfo {
        &self.page.info
    }

    /// The order of the list so far.
    pub(crate) fn order(&self) -> &OrderTracker {
        &self.order
    }

    /// Whether calls come in the order of the list: nothing is read again.
    pub(crate) fn is_initial_pass(&self) -> bool {
        self.seen.pass() == 0 && !self.head_only
    }

    /// Calls beyond `start` are beyond the limit.
    pub(crate) fn set_limit_bound(&mut self, start: Option<Timestamp>) {
        self.limit_bound = start;
    }

    /// Ends reading after this page, as the limit is reached.
    pub(crate) fn stop(&mut self) {
        self.summary.get().relies_on_order |= self.plan.order != OrderStrategy::Unordered;
        self.has_enough = true;
        self.end_list(true);
    }

    /// Reads on; `None` once all is read, or after an error.
    pub(crate) async fn next(&mut self) -> Option<ReadEvent> {
        loop {
            match self.phase {
                ReadPhase::Done => return None,
                ReadPhase::ListEnd { stopped_early } => self.after_list(stopped_early),
                ReadPhase::Resuming => self.verify_position().await,
                ReadPhase::Reading => {
                    if let Some(event) = self.next_record() {
                        return Some(event);
                    }
                    self.next_chunk().await;
                }
            }
        }
    }

    fn next_record(&mut self) -> Option<ReadEvent> {
        while let Some(item) = self.chunk.items.next() {
            let event = self.process_record(item);
            if event.is_some() {
                return event;
            }
        }
        mem::take(&mut self.chunk.ends_page).then(|| {
            self.end_page();
            ReadEvent::PageEnd
        })
    }

    async fn next_chunk(&mut self) {
        let chunks = match &mut self.chunks {
            Some(chunks) => chunks,
            None => {
                let bounded = self.plan_since_restart();
                let pages =
                    self.source.pages(bounded.as_ref().unwrap_or(&self.plan), self.start.clone());
                self.chunks.insert(page_chunks(self.source, &self.plan, &self.query, pages))
            }
        };
        match chunks.next().await {
            Some(Ok(chunk)) => {
                self.is_resumed = false;
                let PageChunk { info, items, is_enriched, is_undecided, ends_page } = chunk;
                if let Some(info) = info {
                    self.begin_page(info);
                }
                let items = items.into_iter();
                self.chunk = CurrentChunk { items, is_enriched, is_undecided, ends_page };
            }
            Some(Err(error)) if self.is_resumed && is_position_refused(&error) => {
                self.restart_list();
            }
            Some(Err(error)) if self.source.ends_history(&error) => {
                self.summary.get().history_ended = true;
                self.end_list(false);
            }
            Some(Err(error)) => self.fail(error),
            None => self.end_list(false),
        }
    }

    fn begin_page(&mut self, mut page: PageInfo) {
        if let Some(Restart::Time { .. }) = self.restart {
            // It counts only the part of the list since the restart.
            page.total = None;
        }
        let mut summary = self.summary.get();
        summary.pages += 1;
        summary.pace = self.source.pace().filter(Pace::has_changed);
        if self.head_only {
            self.changes.gap |= page.notes.contains(&PageWarning::Gap);
        } else {
            self.changes.page(&page);
            self.order.page(page.newest_first);
            // A run that resumes there does not know what a second pass found.
            let at = page.next.clone().filter(|_| self.seen.pass() == 0);
            let list = self.start.list;
            summary.cursor = at.map(|at| ListStart { list, from: Some(at) });
        }
        self.page = CurrentPage { info: page, ..CurrentPage::default() };
    }

    fn end_page(&mut self) {
        if self.head_only {
            return self.end_head_page();
        }
        self.changes.records(self.key, &self.page.fingerprints);
        if self.can_stop {
            self.summary.get().relies_on_order = true;
            self.end_list(true);
        }
    }

    /// Ends reading the head once a page brings nothing new and the head is
    /// read a page further than the list is known to have moved: some records may have
    /// moved there.
    fn end_head_page(&mut self) {
        let new_records = self.page.new_records;
        self.changes.changed |= new_records > 0;
        self.head_records += self.page.fingerprints.len() as u64;
        let can_shift = self.plan.paging.can_shift();
        if new_records > 0 {
            // A resumed run has to read beyond this page too. In a list that does not shift,
            // nothing else tells what arrives before it.
            let before = if can_shift { 0 } else { self.changes.arrived + new_records };
            self.changes.arrived = self.changes.arrived.max(before).max(self.head_records);
        }
        let further = match self.changes.arrived {
            0 => u64::from(!can_shift),
            _ => self.plan.expected.page_size.into(),
        };
        if new_records == 0 && self.head_records >= self.changes.arrived + further {
            self.end_list(false);
        }
    }

    fn process_record(&mut self, item: ListedRecord) -> Option<ReadEvent> {
        let fingerprint = self.fingerprint(&item);
        self.page.fingerprints.push(fingerprint);
        let status = self.seen.insert(fingerprint);
        if status.is_new_in_list {
            self.page.new_records += 1;
            self.changes.all = self.changes.all.with(fingerprint);
        } else if !self.head_only && self.restart.is_none() {
            self.changes.changed = true;
        }
        if let ListedRecord::Call(call) = &item
            && status.is_new_in_list
            && !self.head_only
        {
            self.check_order(call);
        }
        let summary = self.summary.clone();
        let mut summary = summary.get();
        if !status.is_new {
            let is_duplicate = self.is_initial_pass() && self.restart.is_none();
            summary.duplicates += u64::from(is_duplicate);
            return None;
        }
        summary.records += 1;
        if self.seen.pass() > 0
            && let Some(found) = &mut summary.found_on_reread
        {
            *found += 1;
        }
        match item {
            ListedRecord::Call(call) => self.process_call(call, &mut summary).map(ReadEvent::Call),
            ListedRecord::Rejected(record) => {
                summary.set_aside += 1;
                Some(ReadEvent::Rejected(record))
            }
        }
    }

    fn process_call(&self, mut call: Box<Call>, summary: &mut SourceSummary) -> Option<BatchCall> {
        let is_partly_decoded =
            call.warnings.iter().any(|warning| warning.code == WarningCode::FieldDropped);
        summary.partly_decoded += u64::from(is_partly_decoded);
        if self.chunk.is_undecided {
            summary.undecided += 1;
            return None;
        }
        if !self.query.matches(&call) {
            summary.filtered += 1;
            return None;
        }
        summary.matched += 1;
        if !self.query.raw && call.raw.get() != RawValue::NULL.get() {
            call.raw = RawValue::NULL.to_owned();
        }
        Some(BatchCall { call, is_enriched: self.chunk.is_enriched })
    }

    /// Notes whether no call after `call` can match.
    fn check_order(&mut self, call: &Call) {
        let Some(at) = call.started_at else { return };
        self.order.row(at);
        let (query, limit) = (&self.query, self.limit_bound);
        self.can_stop = self.order.can_stop(&self.plan.early_stop, |bound| match bound {
            StopBound::Since => query.since.map(|at| (Order::NewestFirst, at)),
            StopBound::LookbackFloor => query.lookback_floor.map(|at| (Order::NewestFirst, at)),
            StopBound::Until => query.until.map(|at| (Order::OldestFirst, at)),
            StopBound::Limit => limit.map(|at| (query.order, at)),
        });
    }

    /// The fingerprints of the records that came for the first time since the
    /// last call of this method.
    pub(crate) fn drain_new(&mut self) -> Vec<Fingerprint> {
        self.seen.drain_new()
    }

    fn fingerprint(&self, item: &ListedRecord) -> Fingerprint {
        let (domain, text) = record_key(item);
        self.key.fingerprint(domain, text)
    }

    fn end_list(&mut self, stopped_early: bool) {
        self.close_list();
        self.phase = ReadPhase::ListEnd { stopped_early };
    }

    fn close_list(&mut self) {
        (self.chunks, self.chunk) = (None, CurrentChunk::default());
    }

    /// Ends reading with an error.
    pub(crate) fn fail(&mut self, error: ReadError) {
        self.close_list();
        self.phase = ReadPhase::Done;
        let mut summary = self.summary.get();
        summary.total = self.changes.total.or(summary.total);
        summary.verdict = Verdict::Partial;
        summary.error = Some(Arc::new(error));
    }
}
