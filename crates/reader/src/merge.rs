//! Several sources, one answer: reads them side by side, checks every call
//! against the query, and puts the calls of all in one order.

use crate::{Item, Query, ReadError, Source, rank::Ranked};
use callfold_unify::model::Call;
use futures_util::{StreamExt, future::join_all};
use serde_json::value::RawValue;
use std::collections::{BinaryHeap, HashSet};

/// The answer of all sources to one query.
#[derive(Debug)]
pub struct Reading {
    /// The calls, in the order of the query and at most as many as its limit.
    pub calls: Vec<Call>,
    /// What became of each source, in the order they were given.
    pub sources: Vec<SourceReport>,
}

/// What became of one source.
#[derive(Debug)]
pub struct SourceReport {
    /// The vendor's name.
    pub vendor: &'static str,
    /// The name the user gave the source.
    pub account: String,
    /// Pages read.
    pub pages: u64,
    /// Records read, whatever became of them.
    pub records: u64,
    /// Calls that match the query, before its limit.
    pub matched: u64,
    /// Calls that do not.
    pub filtered: u64,
    /// Calls that were read before; a page had moved.
    pub duplicates: u64,
    /// Records that are no call, because they have no usable id.
    pub set_aside: u64,
    /// The number of records the vendor announced last; `None` when it does not.
    pub total: Option<u64>,
    /// Whether reading ended before the list did, because no later call could
    /// be among the wanted ones.
    pub stopped_early: bool,
    /// Why reading ended, when it failed. The calls read until then count.
    pub error: Option<ReadError>,
}

/// Asks every source and waits for all of them. One that fails keeps nobody
/// else from answering: its report says why.
pub async fn read_calls(sources: &[Box<dyn Source>], query: &Query) -> Reading {
    let answers = join_all(sources.iter().map(|source| read_source(source.as_ref(), query))).await;
    let mut ranked = Vec::new();
    let mut reports = Vec::with_capacity(answers.len());
    for (heap, report) in answers {
        ranked.extend(heap);
        reports.push(report);
    }
    if query.order != crate::Order::AsRead {
        ranked.sort_unstable();
    }
    ranked.truncate(query.limit.unwrap_or(usize::MAX));
    Reading { calls: ranked.into_iter().map(|ranked| *ranked.call).collect(), sources: reports }
}

async fn read_source(source: &dyn Source, query: &Query) -> (Vec<Ranked>, SourceReport) {
    let mut report = SourceReport {
        vendor: source.vendor(),
        account: source.account().to_owned(),
        pages: 0,
        records: 0,
        matched: 0,
        filtered: 0,
        duplicates: 0,
        set_aside: 0,
        total: None,
        stopped_early: false,
        error: None,
    };
    let silent_on = source.capability().silent_on;
    if let Some(field) = query.fields().find(|field| silent_on.contains(field)) {
        report.error = Some(ReadError::unanswerable(source.vendor(), source.account(), field));
        return (Vec::new(), report);
    }
    let mut first = First::new(source, query);
    let mut seen = HashSet::new();
    let mut items = source.calls(query);
    while let Some(item) = items.next().await {
        match item {
            Ok(Item::Page(page)) => {
                report.pages += 1;
                report.total = page.total.or(report.total);
            }
            Ok(Item::SetAside(_)) => {
                report.records += 1;
                report.set_aside += 1;
            }
            Ok(Item::Call(call)) => {
                report.records += 1;
                if !seen.insert(call.id.call_id.clone()) {
                    report.duplicates += 1;
                    continue;
                }
                if first.is_settled_by(&call) {
                    report.stopped_early = true;
                    break;
                }
                if query.matches(&call) {
                    report.matched += 1;
                    first.offer(call);
                } else {
                    report.filtered += 1;
                }
            }
            Err(error) => {
                report.error = Some(error);
                break;
            }
        }
    }
    (first.into_calls(), report)
}

/// The first calls of one source in the order of a query, as many as its limit.
struct First<'a> {
    query: &'a Query,
    /// The worst of the kept calls is at the top.
    kept: BinaryHeap<Ranked>,
    arrivals: u64,
    /// Whether the list promises the order of the query and has kept it so far.
    ordered: bool,
    last: Option<callfold_unify::model::Timestamp>,
}

impl<'a> First<'a> {
    fn new(source: &dyn Source, query: &'a Query) -> Self {
        let ordered =
            query.order == crate::Order::NewestFirst && source.capability().order.newest_first();
        Self { query, kept: BinaryHeap::new(), arrivals: 0, ordered, last: None }
    }

    /// Whether no call from `call` on can be among the wanted ones: the limit
    /// is reached, and the list, newest first without exception so far, has
    /// come to calls older than all that are kept.
    fn is_settled_by(&mut self, call: &Call) -> bool {
        let Some(at) = call.started_at else {
            return false;
        };
        self.ordered &= self.last.is_none_or(|last| at <= last);
        self.last = Some(at);
        let full = self.query.limit.is_some_and(|limit| self.kept.len() >= limit);
        let worst = self.kept.peek().map(|worst| worst.call.started_at);
        match (full, worst) {
            (true, None) => true,
            (true, Some(worst)) => self.ordered && worst.is_some_and(|worst| at < worst),
            (false, _) => false,
        }
    }

    fn offer(&mut self, mut call: Box<Call>) {
        if !self.query.raw {
            call.raw = RawValue::NULL.to_owned();
        }
        self.kept.push(Ranked::new(call, self.query.order, self.arrivals));
        self.arrivals += 1;
        if self.query.limit.is_some_and(|limit| self.kept.len() > limit) {
            self.kept.pop();
        }
    }

    fn into_calls(self) -> Vec<Ranked> {
        self.kept.into_sorted_vec()
    }
}

/// Looks for the call with the vendor's id `id` in every source. An id can be
/// in use at two vendors: all that are found are given.
pub async fn find_call(sources: &[Box<dyn Source>], id: &str) -> (Vec<Call>, Vec<ReadError>) {
    let mut calls = Vec::new();
    let mut errors = Vec::new();
    for answer in join_all(sources.iter().map(|source| source.get(id))).await {
        match answer {
            Ok(call) => calls.extend(call),
            Err(error) => errors.push(error),
        }
    }
    (calls, errors)
}

#[cfg(test)]
#[path = "tests/merge.rs"]
mod tests;
