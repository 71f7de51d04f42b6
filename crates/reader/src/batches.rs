//! One source read batch by batch, for callers that store what was read.

use crate::{
    Checkpoint, Enricher, Fingerprint, Order, Query, Source, SourcePlan, SourceSummary,
    checkpoint::query_fingerprint,
    enrichment::counting_enricher,
    fingerprint::FingerprintKey,
    source_reader::{ReadEvent, SourceReader},
    summary::SharedSummary,
};
use callfold_transport::{Cursor, PageWarning};
use callfold_unify::{RejectedRecord, model::Call};
use futures_util::{Stream, StreamExt, stream, stream::BoxStream};
use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

/// The calls of one source that match a query, one [`Batch`] for each page.
///
/// Ends after the last batch or after an error; [`summary`](Self::summary)
/// has the error. Reading is a bounded number of pages ahead of what was taken.
/// Dropping the stream ends all requests.
pub struct Batches<'a> {
    batches: BoxStream<'a, Batch>,
    summary: SharedSummary,
    plan: SourcePlan,
    enricher: Option<Enricher>,
}

/// What one page brought.
#[derive(Debug)]
#[non_exhaustive]
pub struct Batch {
    /// The calls that match the query and were in no earlier batch, in the
    /// order of the list.
    pub calls: Vec<BatchCall>,
    /// The records without a usable id that were in no earlier batch.
    pub rejected: Vec<RejectedRecord>,
    /// The fingerprints of all records that were read for the first time,
    /// whether they match or not: to store with the calls, and to return in
    /// [`ResumeState`].
    pub seen: Vec<Fingerprint>,
    /// Where to resume after this batch.
    pub checkpoint: Checkpoint,
    /// The position behind the last record of this page, which may lie before
    /// the next page that is requested; `None` at the end of the list.
    pub reached: Option<Cursor>,
    /// Whether the list ends with this page.
    pub ends_list: bool,
    /// Whether records may be missing between the previous page and this one.
    /// Always so on the first page of a slice that begins inside a list, unless
    /// the list is paged by token or key.
    pub gap_before: bool,
    /// Records on the page, whether they match or not.
    pub records: usize,
    /// All records of the list, as the vendor announces; `None` when it does not.
    pub total: Option<u64>,
}

/// A call of a batch.
#[derive(Debug)]
pub struct BatchCall {
    /// The call.
    pub call: Box<Call>,
    /// Whether it has its details already, because the query filters by one of
    /// them: [`Batches::enricher`] would add nothing.
    pub is_enriched: bool,
}

/// Where to resume.
#[derive(Clone, Debug)]
pub struct ResumeState {
    /// The checkpoint of the last batch that was stored.
    pub checkpoint: Checkpoint,
    /// The fingerprints of all batches that were stored, in any order.
    pub seen: Vec<Fingerprint>,
}

/// Reads the lists of one source batch by batch.
///
/// The calls come in the order of the lists; [`Query::order`] and
/// [`Query::limit`] are ignored. A list that changed while it was read is read
/// again, and calls that only this finds come in later batches.
///
/// With `resume`, reading starts behind the batch of that checkpoint and
/// returns what no earlier batch had. Where the list did not change meanwhile,
/// these are exactly the batches that would have followed. A checkpoint of
/// another source or query is an error.
pub fn read_batches<'a>(
    source: &'a dyn Source,
    query: &Query,
    resume: Option<ResumeState>,
) -> Batches<'a> {
    let query = unordered(query);
    let plan = source.plan(&query);
    let key = resume.as_ref().map_or_else(FingerprintKey::random, |resume| resume.checkpoint.key());
    let state = resume.filter(|_| plan.unsupported.is_empty());
    let state = state.map(|resume| (resume.checkpoint.open(&plan, &query), resume.seen));
    Batches::new(source, plan, query, key, |reader| match state {
        None => {}
        Some((Ok(state), seen)) => reader.restore(state, seen),
        Some((Err(error), _)) => reader.fail(error),
    })
}

/// Reads one of a source's lists from `from` on, or from its beginning, and
/// requests no page before the previous one was taken.
///
/// For callers that need part of a list. Where reading begins inside a list,
/// nothing tells whether the list was read completely: drop the stream at
/// [`Batch::ends_list`], or the list is read again.
pub fn read_slice<'a>(
    source: &'a dyn Source,
    query: &Query,
    list: usize,
    from: Option<Cursor>,
) -> Batches<'a> {
    let query = unordered(query);
    let mut plan = source.plan(&query);
    plan.expected.prefetch = 1;
    Batches::new(source, plan, query, FingerprintKey::random(), |reader| {
        reader.begin_at(list, from);
    })
}

fn unordered(query: &Query) -> Query {
    Query { order: Order::AsRead, limit: None, ..query.clone() }
}

/// Groups what a source reader emits by page.
struct BatchReader<'a> {
    reader: SourceReader<'a>,
    query: Fingerprint,
    key: FingerprintKey,
}

impl BatchReader<'_> {
    async fn next(&mut self) -> Option<Batch> {
        let (mut calls, mut rejected) = (Vec::new(), Vec::new());
        loop {
            match self.reader.next().await? {
                ReadEvent::Call(call) => calls.push(call),
                ReadEvent::Rejected(record) => rejected.push(record),
                ReadEvent::PageEnd => break,
            }
        }
        let seen = self.reader.drain_new();
        let state = self.reader.state();
        let page = self.reader.page_info();
        let reached = page.at.as_ref().zip(page.next.as_ref());
        Some(Batch {
            calls,
            rejected,
            seen,
            checkpoint: Checkpoint::new(self.reader.plan(), self.query, self.key, state),
            reached: reached.map(|(at, next)| at.behind(page.records as u64, next)),
            ends_list: page.next.is_none(),
            gap_before: page.gap_before || page.notes.contains(&PageWarning::Gap),
            records: page.records,
            total: page.total,
        })
    }
}

impl<'a> Batches<'a> {
    /// `begin` chooses where the reader starts.
    fn new(
        source: &'a dyn Source,
        plan: SourcePlan,
        query: Query,
        key: FingerprintKey,
        begin: impl FnOnce(&mut SourceReader<'a>),
    ) -> Self {
        let summary = SharedSummary::new(source);
        let enricher = counting_enricher(source, &plan, &query, &summary);
        let fingerprint = query_fingerprint(key, &plan, &query);
        let mut reader = SourceReader::new(source, plan.clone(), query, summary.clone(), key);
        begin(&mut reader);
        let reader = Box::new(BatchReader { reader, query: fingerprint, key });
        let batches =
            stream::unfold(
                reader,
                |mut reader| async move { Some((reader.next().await?, reader)) },
            );
        Self { batches: batches.fuse().boxed(), summary, plan, enricher }
    }
}

impl Batches<'_> {
    /// The next batch; `None` at the end of the source.
    pub async fn next(&mut self) -> Option<Batch> {
        StreamExt::next(&mut self.batches).await
    }

    /// The summary of the source so far, final once the stream has ended. It
    /// includes what earlier runs counted.
    pub fn summary(&self) -> SourceSummary {
        self.summary.get().clone()
    }

    /// Adds to a call what the query asks for and only a request for each call
    /// returns; `None` where no such request is needed. What could not be
    /// fetched is counted in [`SourceSummary::without_detail`], in this run only.
    pub fn enricher(&self) -> Option<Enricher> {
        self.enricher.clone()
    }

    /// The plan that is executed.
    pub fn plan(&self) -> &SourcePlan {
        &self.plan
    }
}

impl Stream for Batches<'_> {
    type Item = Batch;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Batch>> {
        self.batches.as_mut().poll_next(cx)
    }
}

impl fmt::Debug for Batches<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batches").field("summary", &self.summary()).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "tests/batches.rs"]
mod tests;
