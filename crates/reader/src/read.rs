//! Several sources, one answer, as a stream.

use crate::{
    Enricher, MAX_CONCURRENT_LOOKUPS, OrderStrategy, Query, ReadError, Source, SourcePlan,
    SourceSummary,
    fingerprint::FingerprintKey,
    merge::Merge,
    ordered_call::OrderedCall,
    source_reader::{Found, SharedSummary, SourceReader},
};
use callfold_unify::{RejectedRecord, model::Call};
use futures_util::{
    FutureExt, Stream, StreamExt,
    future::{self, join_all},
    stream::{self, BoxStream},
};
use serde_json::value::RawValue;
use std::{
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
};

/// What reading yields.
#[derive(Debug)]
#[non_exhaustive]
pub enum Entry {
    /// A call that matches the query.
    Call(Box<Call>),
    /// A record that is no call, because it has no usable id.
    SetAside(RejectedRecord),
}

/// The answer of all sources to one query, as it is read.
///
/// The sources are read side by side. Each is read a bounded number of records
/// ahead of what was taken from the stream, and no further; dropping the
/// stream ends all requests. A source that fails keeps nobody else from
/// answering: [`summaries`](Self::summaries) says why.
pub struct Reading<'a> {
    entries: BoxStream<'a, Entry>,
    tallies: Vec<SharedSummary>,
}

/// Asks every source.
///
/// The calls come in the order of the query. Records that only reading a list
/// again finds, after it moved, can come after their place; their number is in
/// [`SourceSummary::late`].
pub fn read<'a>(sources: &'a [Box<dyn Source>], query: &'a Query) -> Reading<'a> {
    let mut lanes = Vec::new();
    let mut tallies = Vec::new();
    let mut completers = Vec::new();
    for source in sources {
        let (plan, summary) = (source.plan(query), SharedSummary::new(source.as_ref()));
        let complete = completer(source.as_ref(), &plan, query, &summary);
        lanes.push(stream_of(source.as_ref(), plan, query, summary.clone()));
        completers.push(complete);
        tallies.push(summary);
    }
    let limit = query.limit.unwrap_or(usize::MAX);
    let merged = Merge::new(lanes, query.order, limit);
    if completers.iter().all(Option::is_none) {
        let entries = merged.map(|(_, found)| found.into_entry()).boxed();
        return Reading { entries, tallies };
    }
    let entries = merged
        .map(move |(lane, found)| match (found, &completers[lane]) {
            (Found::Call(ranked), Some(complete)) if !ranked.is_enriched => {
                complete(ranked.call).map(|completed| Entry::Call(completed.call)).boxed()
            }
            (found, _) => future::ready(found.into_entry()).boxed(),
        })
        .buffered(MAX_CONCURRENT_LOOKUPS)
        .boxed();
    Reading { entries, tallies }
}

/// What a source has for a query, in its order as far as the plan promises.
fn stream_of<'a>(
    source: &'a dyn Source,
    plan: SourcePlan,
    query: &Query,
    summary: SharedSummary,
) -> BoxStream<'a, Found> {
    let lane =
        Box::new(SourceReader::new(source, plan, query.clone(), summary, FingerprintKey::random()));
    let steps = stream::unfold(lane, |mut lane| async move {
        let step = lane.step().await?;
        Some((stream::iter(step.found), lane))
    });
    steps.flatten().boxed()
}

impl Found {
    fn into_entry(self) -> Entry {
        match self {
            Self::Call(ranked) => Entry::Call(ranked.call),
            Self::SetAside(record) => Entry::SetAside(record),
        }
    }
}

/// The source's completer, if the plan needs it; what it cannot have is
/// counted.
pub(crate) fn completer(
    source: &dyn Source,
    plan: &SourcePlan,
    query: &Query,
    summary: &SharedSummary,
) -> Option<Enricher> {
    let complete = source.enricher(plan).filter(|_| plan.needs_enrichment())?;
    let (summary, raw) = (summary.clone(), query.raw);
    summary.get().detail_part = Some(plan.part_per_call());
    Some(Arc::new(move |call| {
        let (completing, summary) = (complete(call), summary.clone());
        async move {
            let mut completed = completing.await;
            if let Some(missing) = &completed.missing {
                let mut summary = summary.get();
                if missing.is_absent {
                    summary.detail_absent += 1;
                } else {
                    summary.without_detail += 1;
                    summary.detail_reason = Some(missing.reason.clone());
                }
            }
            if !raw {
                completed.call.raw = RawValue::NULL.to_owned();
            }
            completed
        }
        .boxed()
    }))
}

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    /// The calls, exactly in the order of the query and at most as many as its
    /// limit.
    pub calls: Vec<Call>,
    /// The records that are no calls.
    pub set_aside: Vec<RejectedRecord>,
    /// What became of each source, in the order they were given.
    pub sources: Vec<SourceSummary>,
}

/// Asks every source and waits for all of them.
pub async fn read_calls(sources: &[Box<dyn Source>], query: &Query) -> Answer {
    read_calls_until(sources, query, future::pending()).await
}

/// Asks every source and waits for all of them, or until `end` does. What was
/// not read then is in no answer, and its sources are not read to their end.
pub async fn read_calls_until(
    sources: &[Box<dyn Source>],
    query: &Query,
    end: impl Future<Output = ()>,
) -> Answer {
    let mut reading = read(sources, query);
    let (mut ranked, mut set_aside) = (Vec::new(), Vec::new());
    let end = pin!(end);
    let mut entries = (&mut reading).take_until(end);
    while let Some(entry) = entries.next().await {
        match entry {
            Entry::Call(call) => {
                let arrival = ranked.len() as u64;
                ranked.push(OrderedCall::new(call, query.order, arrival, true));
            }
            Entry::SetAside(record) => set_aside.push(record),
        }
    }
    // In order already, but for calls that came late.
    ranked.sort();
    let calls = ranked.into_iter().map(|ranked| *ranked.call).collect();
    Answer { calls, set_aside, sources: reading.summaries() }
}

/// How each source would answer `query`; no request is made.
pub fn plans(sources: &[Box<dyn Source>], query: &Query) -> Vec<SourcePlan> {
    sources.iter().map(|source| source.plan(query)).collect()
}

impl Reading<'_> {
    /// What became of each source so far, in the order they were given; final
    /// once the stream has ended. A source that was not read to its end then,
    /// because others filled the limit, is complete for the question.
    pub fn summaries(&self) -> Vec<SourceSummary> {
        self.tallies.iter().map(|summary| summary.get().clone()).collect()
    }
}

impl Stream for Reading<'_> {
    type Item = Entry;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Entry>> {
        let polled = self.entries.as_mut().poll_next(cx);
        if let Poll::Ready(None) = polled {
            for summary in &self.tallies {
                summary.get().end();
            }
        }
        polled
    }
}

impl std::fmt::Debug for Reading<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reading").field("summaries", &self.summaries()).finish_non_exhaustive()
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

/// Whether a plan gives its calls as they are read, without holding them all.
pub fn streams(plan: &SourcePlan) -> bool {
    !matches!(plan.order, OrderStrategy::Sorting { .. })
}

#[cfg(test)]
#[path = "tests/read.rs"]
mod tests;
