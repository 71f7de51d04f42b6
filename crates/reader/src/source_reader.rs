//! One source's answer, page by page: reads its lists, drops what comes twice,
//! compares each call with the query, and reads again when a list moved.

mod ends;
mod resume;

pub(crate) use resume::State;
use resume::is_refused;

use crate::{
    Item, ListCursor, ListStart, Order, OrderStrategy, PageInfo, Query, ReadError, Restart, Source,
    SourcePlan, SourceSummary, Verdict,
    change::ChangeDetector,
    deduplicator::Deduplicator,
    enriched_record::{EnrichedRecord, Part, Parts, parts},
    fingerprint::{Fingerprint, FingerprintKey, known_by},
    order_tracker::OrderTracker,
    ordered_call::OrderedCall,
    plan::Bound,
    reorder_buffer::ReorderBuffer,
};
use callfold_unify::{
    RejectedRecord,
    model::{Call, WarningCode},
};
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A source's summary, which grows while it is read.
#[derive(Clone, Debug)]
pub(crate) struct SharedSummary(Arc<Mutex<SourceSummary>>);

impl SharedSummary {
    pub(crate) fn new(source: &dyn Source) -> Self {
        Self(Arc::new(Mutex::new(SourceSummary::new(source.vendor(), source.account()))))
    }

    pub(crate) fn get(&self) -> MutexGuard<'_, SourceSummary> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a lane hands on.
pub(crate) enum Found {
    Call(OrderedCall),
    SetAside(RejectedRecord),
}

/// What a page, or a part of it, brought.
#[derive(Default)]
pub(crate) struct Step {
    /// In the order of the query as far as the plan promises.
    pub(crate) found: Vec<Found>,
    /// What was seen for the first time.
    pub(crate) seen: Vec<Fingerprint>,
    /// Whether the page ends with it.
    pub(crate) ends: bool,
}

/// Which reading of a list it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReadPass {
    #[serde(alias = "first")]
    Initial,
    /// Once more, because the first reading may have missed records.
    #[serde(alias = "again", alias = "arrivals")]
    Verify,
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// To make sure that the list is as it was left.
    Resuming,
    Reading,
    /// To decide what to make of a list that was read: to its end, or as far
    /// as it is of use.
    Listed {
        settled: bool,
    },
    Done,
}

/// The reading of one source.
pub(crate) struct SourceReader<'a> {
    source: &'a dyn Source,
    plan: SourcePlan,
    query: Query,
    summary: SharedSummary,
    key: FingerprintKey,
    phase: Phase,
    input: Option<Parts>,
    walk: ListStart,
    pass: ReadPass,
    /// Whether only the head of the list is read, after its end: records that
    /// arrived or moved there meanwhile.
    head_only: bool,
    /// Records of the head that were read again.
    head_records: u64,
    order: OrderTracker,
    held: ReorderBuffer,
    seen: Deduplicator,
    changes: ChangeDetector,
    /// All records that the first reading of the list showed.
    initial_all: Fingerprint,
    /// Whether nothing from the last record on can be wanted.
    can_stop: bool,
    /// Whether no page came yet since reading was resumed.
    is_resumed: bool,
    /// Where the list was begun again.
    restart: Option<Restart>,
    page: OnePage,
    found: Vec<Found>,
}

/// The page that is being read.
#[derive(Default)]
struct OnePage {
    info: PageInfo,
    prints: Vec<Fingerprint>,
    /// Records that the list did not have before.
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
        Self {
            phase: Phase::Reading,
            input: None,
            walk: ListStart::default(),
            pass: ReadPass::Initial,
            head_only: false,
            head_records: 0,
            order: OrderTracker::new(&plan, false),
            held: ReorderBuffer::new(&plan, &query),
            seen: Deduplicator::new(key, plan.expected.lists),
            changes: ChangeDetector::default(),
            initial_all: Fingerprint::default(),
            can_stop: false,
            is_resumed: false,
            restart: None,
            page: OnePage::default(),
            found: Vec::new(),
            source,
            plan,
            query,
            summary,
            key,
        }
    }

    /// The page that the last step was a part of.
    pub(crate) fn page_info(&self) -> &PageInfo {
        &self.page.info
    }

    /// Reads on, by a page or a part of it; `None` once all is read.
    pub(crate) async fn step(&mut self) -> Option<Step> {
        loop {
            match self.phase {
                Phase::Done if self.found.is_empty() => return None,
                Phase::Done => return Some(self.hand_out(false)),
                Phase::Listed { settled } => self.end_of_list(settled),
                Phase::Resuming => self.look_back().await,
                Phase::Reading => {
                    if let Some(step) = self.read().await {
                        return Some(step);
                    }
                }
            }
        }
    }

    async fn read(&mut self) -> Option<Step> {
        if let Some(field) = self.plan.impossible.first() {
            let error = ReadError::unanswerable(self.plan.vendor, &self.plan.account, *field);
            let mut summary = self.summary.get();
            summary.error = Some(Arc::new(error));
            summary.verdict = Verdict::Unsupported;
            self.phase = Phase::Done;
            return None;
        }
        let mut input = match self.input.take() {
            Some(input) => input,
            None => {
                let bounded = self.bounded_plan();
                let plan = bounded.as_ref().unwrap_or(&self.plan);
                let pages = self.source.pages(plan, self.walk.clone());
                parts(self.source, &self.plan, &self.query, pages)
            }
        };
        let part = input.next().await;
        self.input = Some(input);
        match part {
            Some(Ok(part)) => {
                self.is_resumed = false;
                return self.take(part);
            }
            Some(Err(error)) if self.is_resumed && is_refused(&error) => self.begin_again(),
            Some(Err(error)) => self.fail(error),
            None => self.list_ends(false),
        }
        None
    }

    fn take(&mut self, part: Part) -> Option<Step> {
        let shared = self.summary.clone();
        let mut summary = shared.get();
        if let Some(info) = part.begins {
            self.take_page(info, &mut summary);
        }
        let mut failure = None;
        for candidate in part.records {
            if let Err(at_most) = self.take_record(candidate, &mut summary) {
                failure = Some(at_most);
                break;
            }
        }
        if let Some(at_most) = failure {
            drop(summary);
            self.fail(ReadError::too_many(self.plan.vendor, &self.plan.account, at_most));
            return Some(self.hand_out(true));
        }
        if part.ends {
            self.page_ends(&mut summary);
        }
        drop(summary);
        Some(self.hand_out(part.ends))
    }

    fn take_page(&mut self, mut page: PageInfo, summary: &mut SourceSummary) {
        if let Some(Restart::Time { .. }) = self.restart {
            // That of a part of the list.
            page.total = None;
        }
        summary.pages += 1;
        if !self.head_only {
            self.changes.page(&page);
            self.order.page(page.newest_first);
            // Whoever resumes from there does not know what a second reading found.
            let at = page.next.clone().filter(|_| self.pass == ReadPass::Initial);
            summary.cursor = at.map(|at| ListCursor { list: self.walk.list, at });
        }
        self.page.prints.clear();
        self.page.new_records = 0;
        self.page.info = page;
    }

    /// After the last record of a page: whether its rows are in order is known.
    fn page_ends(&mut self, summary: &mut SourceSummary) {
        if self.head_only {
            let new_records = self.page.new_records;
            self.changes.changed |= new_records > 0;
            self.head_records += self.page.prints.len() as u64;
            // As far as the list was seen to have moved on, at least.
            let mut at_least = self.changes.arrived;
            if !self.plan.paging.can_shift() {
                // Whoever resumes has to get beyond the last page that brought
                // any, and beyond what arrives before it.
                if new_records > 0 {
                    at_least = (at_least + new_records).max(self.head_records);
                    self.changes.arrived = at_least;
                }
                at_least += 1;
            }
            if new_records == 0 && self.head_records >= at_least {
                self.list_ends(false);
            }
            return;
        }
        self.changes.records(self.key, &self.page.prints);
        if self.pass == ReadPass::Initial {
            let found = &mut self.found;
            self.held.release(&self.order, |call| found.push(Found::Call(call)));
        }
        if self.held.is_full() || self.can_stop {
            summary.relies_on_order |= self.plan.order != OrderStrategy::AsRead || self.can_stop;
            self.list_ends(true);
        }
    }

    /// Takes the next record.
    ///
    /// # Errors
    ///
    /// The bound, when more calls would have to be held.
    fn take_record(
        &mut self,
        candidate: EnrichedRecord,
        summary: &mut SourceSummary,
    ) -> Result<(), usize> {
        let print = self.print(&candidate.item);
        self.page.prints.push(print);
        let sight = self.seen.see(print);
        let is_expected = self.head_only || self.restart.is_some();
        self.changes.changed |= sight.twice_in_list && !is_expected;
        self.page.new_records += u64::from(!sight.twice_in_list);
        if !sight.twice_in_list {
            self.changes.all = self.changes.all.with(print);
        }
        self.count(sight.is_new, summary);
        match candidate.item {
            Item::Call(call) => {
                if !self.head_only && !sight.twice_in_list {
                    self.check_order(&call);
                }
                if sight.is_new {
                    self.take_call(call, candidate.is_enriched, candidate.undecided, summary)?;
                }
            }
            Item::SetAside(record) if sight.is_new => {
                summary.set_aside += 1;
                self.found.push(Found::SetAside(record));
            }
            Item::SetAside(_) => {}
        }
        Ok(())
    }

    fn print(&self, item: &Item) -> Fingerprint {
        let (of, text) = known_by(item);
        self.key.print(of, text)
    }

    fn count(&self, is_new: bool, summary: &mut SourceSummary) {
        if !is_new {
            summary.duplicates += u64::from(
                self.pass == ReadPass::Initial && !self.head_only && self.restart.is_none(),
            );
            return;
        }
        summary.records += 1;
        if let (ReadPass::Verify, Some(recovered)) = (self.pass, &mut summary.found_on_reread) {
            *recovered += 1;
        }
    }

    fn take_call(
        &mut self,
        mut call: Box<Call>,
        is_enriched: bool,
        undecided: bool,
        summary: &mut SourceSummary,
    ) -> Result<(), usize> {
        let is_salvaged =
            call.warnings.iter().any(|warning| warning.code == WarningCode::FieldDropped);
        summary.partly_decoded += u64::from(is_salvaged);
        if undecided {
            summary.undecided += 1;
            return Ok(());
        }
        if !self.query.matches(&call) {
            summary.filtered += 1;
            return Ok(());
        }
        summary.matched += 1;
        if !self.query.raw && call.raw.get() != RawValue::NULL.get() {
            call.raw = RawValue::NULL.to_owned();
        }
        let ranked = OrderedCall::new(call, self.query.order, summary.matched, is_enriched);
        let found = &mut self.found;
        self.held.offer(ranked, |call| found.push(Found::Call(call)))
    }

    /// Notes whether no call after `call` can be wanted.
    fn check_order(&mut self, call: &Call) {
        let Some(at) = call.started_at else { return };
        self.order.row(at);
        let (query, held) = (&self.query, &self.held);
        self.can_stop = self.order.can_stop(&self.plan.early_stop, |bound| match bound {
            Bound::Since => query.since.map(|at| (Order::NewestFirst, at)),
            Bound::LookbackFloor => query.lookback_floor.map(|at| (Order::NewestFirst, at)),
            Bound::Until => query.until.map(|at| (Order::OldestFirst, at)),
            Bound::Limit => held.worst_of_full().map(|at| (query.order, at)),
        });
    }

    fn hand_out(&mut self, ends: bool) -> Step {
        Step { found: std::mem::take(&mut self.found), seen: self.seen.take_fresh(), ends }
    }
}
