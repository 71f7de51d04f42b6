//! One source, batch by batch, for whoever keeps what was read.

use crate::{
    Checkpoint, Enricher, Fingerprint, Order, Query, Source, SourcePlan, SourceSummary,
    checkpoint::question,
    fingerprint::FingerprintKey,
    ordered_call::OrderedCall,
    read::completer,
    source_reader::{Found, SharedSummary, SourceReader},
};
use callfold_transport::{Cursor, PageWarning};
use callfold_unify::{RejectedRecord, model::Call};
use futures_util::{Stream, StreamExt, stream, stream::BoxStream};
use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

/// The calls of one source that match a query, batch by batch: what each page
/// of its lists brought.
///
/// Ends after the last batch, or after an error:
/// [`summary`](Self::summary) tells which. Reading is a bounded number of
/// pages ahead of what was taken; dropping the stream ends all requests.
pub struct Batches<'a> {
    batches: BoxStream<'a, Batch>,
    summary: SharedSummary,
    plan: SourcePlan,
    completer: Option<Enricher>,
}

/// What one page brought.
#[derive(Debug)]
#[non_exhaustive]
pub struct Batch {
    /// The calls that match the query and were not given before, in the order
    /// of the list.
    pub calls: Vec<BatchCall>,
    /// The records that are no calls, because they have no usable id, and were
    /// not given before.
    pub set_aside: Vec<RejectedRecord>,
    /// The prints of all records that were seen here for the first time,
    /// whatever became of them: to keep beside the calls, and to give back in
    /// [`Resume`].
    pub seen: Vec<Fingerprint>,
    /// Where to go on after this batch.
    pub checkpoint: Checkpoint,
    /// The position behind the last record of this page, which may lie before
    /// the page that is asked for next; `None` at the end of the list.
    pub reached: Option<Cursor>,
    /// Whether the list ends with this page.
    pub ends_list: bool,
    /// Whether records may be missing between the page before and this one.
    /// Always so on the first page of a slice that begins amid a list, unless the
    /// list is paged by token or key.
    pub gap_before: bool,
    /// Records on the page, whatever became of them.
    pub records: usize,
    /// All records of the list that is being read, as the vendor announces;
    /// `None` when it does not.
    pub total: Option<u64>,
}

/// A call of a batch.
#[derive(Debug)]
pub struct BatchCall {
    /// The call.
    pub call: Box<Call>,
    /// Whether its single record was asked for already, because only that
    /// tells what the query filters by: [`Batches::completer`] would add
    /// nothing.
    pub is_enriched: bool,
}

/// Where to go on.
#[derive(Clone, Debug)]
pub struct Resume {
    /// The checkpoint of the last batch that was kept.
    pub checkpoint: Checkpoint,
    /// The prints of all batches that were kept, in any order.
    pub seen: Vec<Fingerprint>,
}

/// Reads the lists of one source batch by batch.
///
/// The calls come in the order of the lists: [`Query::order`] and
/// [`Query::limit`] are not looked at. A list that moved while it was read is
/// read again, and the calls that only this finds come in later batches.
///
/// With `resume`, reading goes on where the batch of that checkpoint ended and
/// gives what was not given before; where the list did not move meanwhile,
/// these are exactly the batches that would have come. A checkpoint of another
/// source, or of another question, is an error.
pub fn read_batches<'a>(
    source: &'a dyn Source,
    query: &'a Query,
    resume: Option<Resume>,
) -> Batches<'a> {
    let query = Query { order: Order::AsRead, limit: None, ..query.clone() };
    let plan = source.plan(&query);
    let key = resume.as_ref().map_or_else(FingerprintKey::random, |resume| resume.checkpoint.key());
    let mut reading = Reading::new(source, plan.clone(), &query, key);
    if let Some(Resume { checkpoint, seen }) = resume {
        match checkpoint.open(&plan, &query) {
            Ok(state) => reading.lane.restore(state, seen),
            Err(error) => reading.lane.fail(error),
        }
    }
    reading.into_batches(source, &query)
}

/// Reads a part of one of a source's lists, one page after the other: from
/// `from` on, or from its beginning.
///
/// As [`read_batches`], for whoever looks at a part of a list and takes no more
/// pages than wanted: no page is asked for before the one before it was taken.
/// Where it begins amid a list it cannot tell whether the whole was read:
/// dropping it at the end of the list, which [`Batch::ends_list`] tells, keeps it
/// from reading the list again.
pub fn read_slice<'a>(
    source: &'a dyn Source,
    query: &'a Query,
    list: usize,
    from: Option<Cursor>,
) -> Batches<'a> {
    let query = Query { order: Order::AsRead, limit: None, ..query.clone() };
    let mut plan = source.plan(&query);
    plan.expected.at_once = 1;
    let mut reading = Reading::new(source, plan, &query, FingerprintKey::random());
    reading.lane.begin_at(list, from);
    reading.into_batches(source, &query)
}

/// A source that is being read.
struct Reading<'a> {
    lane: SourceReader<'a>,
    plan: SourcePlan,
    summary: SharedSummary,
    question: Fingerprint,
    key: FingerprintKey,
}

impl<'a> Reading<'a> {
    fn new(source: &'a dyn Source, plan: SourcePlan, query: &Query, key: FingerprintKey) -> Self {
        let summary = SharedSummary::new(source);
        let question = question(key, &plan, query);
        let lane = SourceReader::new(source, plan.clone(), query.clone(), summary.clone(), key);
        Self { lane, plan, summary, question, key }
    }

    fn into_batches(self, source: &dyn Source, query: &Query) -> Batches<'a> {
        let (plan, summary) = (self.plan.clone(), self.summary.clone());
        let completer = completer(source, &plan, query, &summary);
        let batches = stream::unfold(Box::new(self), |mut reading| async move {
            let batch = reading.next().await?;
            Some((batch, reading))
        });
        Batches { batches: batches.fuse().boxed(), summary, plan, completer }
    }

    async fn next(&mut self) -> Option<Batch> {
        let (mut calls, mut set_aside, mut seen) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            let step = self.lane.step().await?;
            calls.reserve(step.found.len());
            for found in step.found {
                match found {
                    Found::Call(OrderedCall { call, is_enriched, .. }) => {
                        calls.push(BatchCall { call, is_enriched });
                    }
                    Found::SetAside(record) => set_aside.push(record),
                }
            }
            if seen.is_empty() {
                seen = step.seen;
            } else {
                seen.extend(step.seen);
            }
            if step.ends {
                break;
            }
        }
        let (state, page) = (self.lane.state(), self.lane.page_info());
        let checkpoint = Checkpoint::new(&self.plan, self.question, self.key, state);
        let (records, total, ends_list) = (page.records, page.total, page.next.is_none());
        let reached = page.at.as_ref().zip(page.next.as_ref());
        let reached = reached.map(|(at, next)| at.behind(records as u64, next));
        let gap_before = page.gap_before || page.notes.contains(&PageWarning::Gap);
        Some(Batch {
            calls,
            set_aside,
            seen,
            checkpoint,
            reached,
            ends_list,
            gap_before,
            records,
            total,
        })
    }
}

impl Batches<'_> {
    /// What became of the source so far, final once the stream has ended.
    /// What was counted before a resume is counted in.
    pub fn summary(&self) -> SourceSummary {
        self.summary.get().clone()
    }

    /// Adds to a call what the query asks for and only a request of its own
    /// tells; `None` where no such request is needed. What could not be had is
    /// counted in [`SourceSummary::without_detail`], of this run only.
    pub fn enricher(&self) -> Option<Enricher> {
        self.completer.clone()
    }

    /// What reading follows.
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
