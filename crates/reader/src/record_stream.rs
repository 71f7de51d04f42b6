//! Several sources read as one stream.

use crate::{
    ListedRecord, MAX_CONCURRENT_LOOKUPS, Query, ReadError, Source, SourcePlan, SourceSummary,
    enrichment::counting_enricher,
    fingerprint::FingerprintKey,
    merge::Merge,
    ordered_reader::{OrderedItem, OrderedReader, SortKey},
    source_reader::SourceReader,
    summary::SharedSummary,
};
use callfold_unify::{RejectedRecord, model::Call};
use futures_util::{
    FutureExt, Stream, StreamExt,
    future::{self, join_all},
    stream::{self, BoxStream},
};
use std::{
    pin::{Pin, pin},
    task::{Context, Poll},
};

/// The calls and rejected records of all sources, as they are read.
///
/// The sources are read side by side, each a bounded number of records ahead of
/// what was taken from the stream. Dropping the stream ends all requests. A
/// source that fails does not keep the others from being read:
/// [`summaries`](Self::summaries) has its error.
pub struct RecordStream<'a> {
    items: BoxStream<'a, ListedRecord>,
    summaries: Vec<SharedSummary>,
}

/// Reads every source.
///
/// The calls come in the order of the query. A call that only a second pass
/// over a changed list finds can come out of order;
/// [`SourceSummary::out_of_order`] counts these.
pub fn read<'a>(sources: &'a [Box<dyn Source>], query: &'a Query) -> RecordStream<'a> {
    let (mut streams, mut enrichers, mut summaries) = (Vec::new(), Vec::new(), Vec::new());
    for source in sources {
        let (plan, summary) = (source.plan(query), SharedSummary::new(source.as_ref()));
        enrichers.push(counting_enricher(source.as_ref(), &plan, query, &summary));
        streams.push(ordered_items(source.as_ref(), plan, query, summary.clone()));
        summaries.push(summary);
    }
    let merged = Merge::new(streams, query.order, query.limit.unwrap_or(usize::MAX));
    if enrichers.iter().all(Option::is_none) {
        return RecordStream { items: merged.map(|(_, item)| item.into()).boxed(), summaries };
    }
    let items = merged.map(move |(source, item)| match (item, &enrichers[source]) {
        (OrderedItem::Call(_, call), Some(enrich)) if !call.is_enriched => {
            enrich(call.call).map(|enriched| ListedRecord::Call(enriched.call)).left_future()
        }
        (item, _) => future::ready(item.into()).right_future(),
    });
    RecordStream { items: items.buffered(MAX_CONCURRENT_LOOKUPS).boxed(), summaries }
}

impl From<OrderedItem> for ListedRecord {
    fn from(item: OrderedItem) -> Self {
        match item {
            OrderedItem::Call(_, call) => Self::Call(call.call),
            OrderedItem::Rejected(record) => Self::Rejected(record),
        }
    }
}

/// The items of one source, in the order of the query as far as the plan promises.
fn ordered_items<'a>(
    source: &'a dyn Source,
    plan: SourcePlan,
    query: &Query,
    summary: SharedSummary,
) -> BoxStream<'a, OrderedItem> {
    let key = FingerprintKey::random();
    let reader = SourceReader::new(source, plan, query.clone(), summary.clone(), key);
    let reader = Box::new(OrderedReader::new(reader, query, summary));
    stream::unfold(reader, |mut reader| async move { Some((reader.next().await?, reader)) }).boxed()
}

/// All that the sources have for a query.
#[derive(Debug)]
#[non_exhaustive]
pub struct QueryResult {
    /// The calls, exactly in the order of the query and at most as many as its
    /// limit.
    pub calls: Vec<Call>,
    /// The records that are not calls, as they have no usable id.
    pub rejected: Vec<RejectedRecord>,
    /// One summary for each source, in the order of the sources.
    pub sources: Vec<SourceSummary>,
}

/// Reads every source to its end.
pub async fn read_calls(sources: &[Box<dyn Source>], query: &Query) -> QueryResult {
    read_calls_until(sources, query, future::pending()).await
}

/// Reads every source to its end, or until `end` completes. Sources that are
/// still being read then have the verdict
/// [`InProgress`](crate::Verdict::InProgress).
pub async fn read_calls_until(
    sources: &[Box<dyn Source>],
    query: &Query,
    end: impl Future<Output = ()>,
) -> QueryResult {
    let mut records = read(sources, query);
    let (mut calls, mut rejected) = (Vec::new(), Vec::new());
    let end = pin!(end);
    let mut items = (&mut records).take_until(end);
    while let Some(item) = items.next().await {
        match item {
            ListedRecord::Call(call) => calls.push(*call),
            ListedRecord::Rejected(record) => rejected.push(record),
        }
    }
    // In order already, except for calls that came out of order.
    calls.sort_by_cached_key(|call| SortKey::new(call, query.order));
    QueryResult { calls, rejected, sources: records.summaries() }
}

/// How each source would answer `query`. Sends no request.
pub fn plans(sources: &[Box<dyn Source>], query: &Query) -> Vec<SourcePlan> {
    sources.iter().map(|source| source.plan(query)).collect()
}

impl RecordStream<'_> {
    /// The summary of each source so far, in the order of the sources; final
    /// once the stream has ended. A source that was not read to its end then,
    /// because others reached the limit, is complete for the query.
    pub fn summaries(&self) -> Vec<SourceSummary> {
        self.summaries.iter().map(|summary| summary.get().clone()).collect()
    }
}

impl RecordStream<'_> {
    /// The next call or rejected record; `None` when all sources are read.
    pub async fn next(&mut self) -> Option<ListedRecord> {
        StreamExt::next(&mut self.items).await
    }
}

impl Stream for RecordStream<'_> {
    type Item = ListedRecord;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<ListedRecord>> {
        let polled = self.items.as_mut().poll_next(cx);
        if let Poll::Ready(None) = polled {
            for summary in &self.summaries {
                summary.get().end();
            }
        }
        polled
    }
}

impl std::fmt::Debug for RecordStream<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordStream").field("summaries", &self.summaries()).finish_non_exhaustive()
    }
}

/// Looks for the call with the vendor's id `id` in every source. Two vendors
/// can use the same id: all calls found are returned.
pub async fn find_call(sources: &[Box<dyn Source>], id: &str) -> (Vec<Call>, Vec<ReadError>) {
    let (mut calls, mut errors) = (Vec::new(), Vec::new());
    for answer in join_all(sources.iter().map(|source| source.get(id))).await {
        match answer {
            Ok(call) => calls.extend(call),
            Err(error) => errors.push(error),
        }
    }
    (calls, errors)
}

#[cfg(test)]
#[path = "tests/record_stream.rs"]
mod tests;
