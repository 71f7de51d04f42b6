//! The calls of one source in the order of the query.

use crate::{
    BatchCall, Order, OrderStrategy, Query, ReadError,
    error::ReadErrorKind,
    source_reader::{ReadEvent, SourceReader},
    summary::SharedSummary,
};
use callfold_unify::{
    RejectedRecord,
    model::{Call, CallId, Timestamp},
};
use std::collections::{BTreeMap, VecDeque};

/// What an [`OrderedReader`] emits.
pub(crate) enum OrderedItem {
    Call(SortKey, BatchCall),
    Rejected(RejectedRecord),
}

/// Where a call stands in an order: the smaller key comes first. Calls without
/// a start come last; ties are broken by id, so that the order does not depend
/// on which source responds first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SortKey {
    has_no_start: bool,
    /// The start in nanoseconds, negative where the newest call is first.
    nanos: i128,
    id: Option<CallId>,
}

impl SortKey {
    /// All keys are equal where no order is wanted.
    pub(crate) fn new(call: &Call, order: Order) -> Self {
        let nanos = call.started_at.map(|at| {
            i128::from(at.timestamp()) * 1_000_000_000 + i128::from(at.timestamp_subsec_nanos())
        });
        let sign = match order {
            Order::AsRead => return Self { has_no_start: false, nanos: 0, id: None },
            Order::NewestFirst => -1,
            Order::OldestFirst => 1,
        };
        let id = Some(call.id.clone());
        Self { has_no_start: nanos.is_none(), nanos: sign * nanos.unwrap_or(0), id }
    }
}

/// Reads a source and emits its calls in the order of the query, as the plan's
/// [`OrderStrategy`] says. Ends reading once the limit is reached.
pub(crate) struct OrderedReader<'a> {
    reader: SourceReader<'a>,
    summary: SharedSummary,
    order: Order,
    limit: Option<usize>,
    max_sorted: usize,
    /// The reorder buffer: calls that others may still come before.
    waiting: BTreeMap<SortKey, BatchCall>,
    ready: VecDeque<OrderedItem>,
    emitted: usize,
    /// The key of the last call that was emitted in order.
    last_key: Option<SortKey>,
}

impl<'a> OrderedReader<'a> {
    pub(crate) fn new(reader: SourceReader<'a>, query: &Query, summary: SharedSummary) -> Self {
        Self {
            reader,
            summary,
            order: query.order,
            limit: query.limit,
            max_sorted: query.max_sorted.unwrap_or(crate::MAX_SORTED),
            waiting: BTreeMap::new(),
            ready: VecDeque::new(),
            emitted: 0,
            last_key: None,
        }
    }

    /// The next call or rejected record; `None` once all are emitted.
    pub(crate) async fn next(&mut self) -> Option<OrderedItem> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Some(item);
            }
            match self.reader.next().await {
                Some(ReadEvent::Call(call)) => self.add_call(call),
                Some(ReadEvent::Rejected(record)) => return Some(OrderedItem::Rejected(record)),
                Some(ReadEvent::PageEnd) => self.end_page(),
                None if self.waiting.is_empty() => return None,
                None => {
                    while let Some((key, call)) = self.waiting.pop_first() {
                        self.emit(key, call);
                    }
                }
            }
        }
    }

    fn add_call(&mut self, call: BatchCall) {
        let key = SortKey::new(&call.call, self.order);
        if self.reader.plan().order == OrderStrategy::Unordered {
            return self.emit(key, call);
        }
        self.waiting.insert(key, call);
        let wanted = self.limit.map(|limit| limit.saturating_sub(self.emitted));
        let held = self.waiting.len();
        if held > wanted.unwrap_or(self.max_sorted) {
            self.waiting.pop_last();
            if wanted.is_none() {
                let plan = self.reader.plan();
                let error = ReadError::new(
                    plan.vendor,
                    &plan.account,
                    ReadErrorKind::TooManyToSort(self.max_sorted),
                );
                self.reader.fail(error);
            }
        }
        let is_full = wanted.is_some_and(|wanted| held >= wanted);
        self.reader.set_limit_bound(self.last_start().filter(|_| is_full));
    }

    /// The start of the last call that waits.
    fn last_start(&self) -> Option<Timestamp> {
        self.waiting.last_key_value()?.1.call.started_at
    }

    /// Emits the calls that no later one can come before. A whole page is
    /// needed: its order shows in all its rows. A list that breaks its order
    /// is held to its end.
    fn end_page(&mut self) {
        if let OrderStrategy::StreamSorted { overlap_s } = self.reader.plan().order
            && self.reader.is_initial_pass()
        {
            while let Some((_, first)) = self.waiting.first_key_value()
                && let Some(at) = first.call.started_at
                && self.reader.order().is_in_order(self.order)
                && self.reader.order().is_past(self.order, at, overlap_s)
                && let Some((key, call)) = self.waiting.pop_first()
            {
                self.emit(key, call);
            }
        }
        if self.limit.is_some_and(|limit| self.emitted >= limit) {
            self.reader.stop();
        }
    }

    fn emit(&mut self, key: SortKey, call: BatchCall) {
        if self.last_key.as_ref().is_some_and(|last| key < *last) {
            self.summary.get().out_of_order += 1;
        } else {
            self.last_key = Some(key.clone());
        }
        self.emitted += 1;
        self.ready.push_back(OrderedItem::Call(key, call));
    }
}
