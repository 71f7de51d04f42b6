//! One source, batch by batch, for whoever keeps what was read.

use crate::{
    Checkpoint, Completeness, Completer, Order, Print, Query, Source, SourcePlan,
    checkpoint::question,
    lane::{Found, Lane, Tally},
    print::PrintKey,
    rank::Ranked,
    read::completer,
};
use callfold_unify::{SetAside, model::Call};
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
/// [`statement`](Self::statement) tells which. Reading is a bounded number of
/// pages ahead of what was taken; dropping the stream ends all requests.
pub struct Batches<'a> {
    batches: BoxStream<'a, Batch>,
    tally: Tally,
    plan: SourcePlan,
    completer: Option<Completer>,
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
    pub set_aside: Vec<SetAside>,
    /// The prints of all records that were seen here for the first time,
    /// whatever became of them: to keep beside the calls, and to give back in
    /// [`Resume`].
    pub seen: Vec<Print>,
    /// Where to go on after this batch.
    pub checkpoint: Checkpoint,
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
    pub complete: bool,
}

/// Where to go on.
#[derive(Clone, Debug)]
pub struct Resume {
    /// The checkpoint of the last batch that was kept.
    pub checkpoint: Checkpoint,
    /// The prints of all batches that were kept, in any order.
    pub seen: Vec<Print>,
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
    let (plan, tally) = (source.plan(&query), Tally::new(source));
    let completer = completer(source, &plan, &query, &tally);
    let key = resume.as_ref().map_or_else(PrintKey::random, |resume| resume.checkpoint.key());
    let question = question(key, &plan, &query);
    let mut lane = Lane::new(source, plan.clone(), query.clone(), tally.clone(), key);
    if let Some(Resume { checkpoint, seen }) = resume {
        match checkpoint.open(&plan, &query) {
            Ok(state) => lane.restore(state, seen),
            Err(error) => lane.fail(error),
        }
    }
    let reading = Reading { lane, plan: plan.clone(), question, key };
    let batches = stream::unfold(Box::new(reading), |mut reading| async move {
        let batch = reading.next().await?;
        Some((batch, reading))
    });
    Batches { batches: batches.fuse().boxed(), tally, plan, completer }
}

/// A source that is being read.
struct Reading<'a> {
    lane: Lane<'a>,
    plan: SourcePlan,
    question: Print,
    key: PrintKey,
}

impl Reading<'_> {
    async fn next(&mut self) -> Option<Batch> {
        let (mut calls, mut set_aside, mut seen) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            let step = self.lane.step().await?;
            calls.reserve(step.found.len());
            for found in step.found {
                match found {
                    Found::Call(Ranked { call, complete, .. }) => {
                        calls.push(BatchCall { call, complete });
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
        let (records, total) = (page.records, page.total);
        Some(Batch { calls, set_aside, seen, checkpoint, records, total })
    }
}

impl Batches<'_> {
    /// What became of the source so far, final once the stream has ended.
    /// What was counted before a resume is counted in.
    pub fn statement(&self) -> Completeness {
        self.tally.get().clone()
    }

    /// Adds to a call what the query asks for and only a request of its own
    /// tells; `None` where no such request is needed. What could not be had is
    /// counted in [`Completeness::without_detail`], of this run only.
    pub fn completer(&self) -> Option<Completer> {
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
        f.debug_struct("Batches").field("statement", &self.statement()).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "tests/batches.rs"]
mod tests;
