//! All sources at once, read ahead in bounded memory, and taken in turn.
//!
//! Whose turn it is depends on nothing but how many batches each source has:
//! batch 1 of each, then batch 2 of each, and a source that has ended drops
//! out. So the order of the calls depends on the lists only.

use super::{
    Calls,
    encoding::{Desk, Encoding},
    error::ExportError,
    keeper::Parcel,
};
use crate::journal::Lacking;
use crate::progress::{Event, Progress, SourceProgress};
use callfold_reader::{
    Batch, Enriched, Enricher, MAX_CONCURRENT_LOOKUPS, Query, ResumeState, Source, SourceSummary,
    read_batches,
};
use futures_util::{StreamExt, future, stream};
use serde_json::value::RawValue;
use std::sync::Arc;
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinHandle,
};

/// Bytes that the batches of all sources may take while they wait.
const WAITING: usize = 8 << 20;
/// Batches of a source that wait at most.
const BATCHES: usize = 4;
/// What a permit stands for.
const UNIT: usize = 1 << 10;

enum Step {
    Batch(Box<Parcel>, SourceSummary),
    /// A batch could not be encoded.
    Failed(ExportError),
    /// It has ended, well or not.
    End(SourceSummary),
}

struct SourceQueue {
    steps: mpsc::Receiver<Step>,
    task: JoinHandle<()>,
    summary: Option<SourceSummary>,
    ended: bool,
}

/// The sources of an export. Dropping it ends all requests.
pub(crate) struct Feed {
    lanes: Vec<SourceQueue>,
    turn: usize,
}

impl Feed {
    /// Begins to read, each source where it was left.
    pub(crate) fn start(
        sources: &[Arc<dyn Source>],
        query: &Query,
        encoding: &Encoding,
        resume: Vec<Option<ResumeState>>,
        turn: usize,
        progress: &Progress,
    ) -> Self {
        let units = (WAITING / UNIT / sources.len().max(1)).max(1);
        let start =
            |(index, (source, resume)): (usize, (&Arc<dyn Source>, Option<ResumeState>))| {
                let (sender, steps) = mpsc::channel(BATCHES);
                let reader = Reader {
                    index,
                    source: source.clone(),
                    query: query.clone(),
                    desk: encoding.desk(),
                    room: Arc::new(Semaphore::new(units)),
                    units,
                    progress: progress.clone(),
                };
                let task = tokio::spawn(reader.read(resume, sender));
                SourceQueue { steps, task, summary: None, ended: false }
            };
        let lanes = sources.iter().zip(resume).enumerate().map(start).collect();
        Self { lanes, turn }
    }

    /// The next batch; `None` when all sources have ended. It can be dropped
    /// while it waits, and nothing is lost.
    pub(crate) async fn next(&mut self) -> Option<Result<Box<Parcel>, ExportError>> {
        let count = self.lanes.len();
        while self.lanes.iter().any(|lane| !lane.ended) {
            let turn = self.turn % count;
            let lane = &mut self.lanes[turn];
            if lane.ended {
                self.turn = turn + 1;
                continue;
            }
            let step = lane.steps.recv().await;
            self.turn = turn + 1;
            match step {
                Some(Step::Batch(parcel, summary)) => {
                    lane.summary = Some(summary);
                    return Some(Ok(parcel));
                }
                Some(Step::Failed(error)) => return Some(Err(error)),
                Some(Step::End(summary)) => {
                    lane.summary = Some(summary);
                    lane.ended = true;
                }
                None => lane.ended = true,
            }
        }
        None
    }

    /// What became of each source, as far as its batches were taken; `None`
    /// where none was.
    pub(crate) fn summaries(&self) -> Vec<Option<SourceSummary>> {
        self.lanes.iter().map(|lane| lane.summary.clone()).collect()
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        for lane in &self.lanes {
            lane.task.abort();
        }
    }
}

struct Reader {
    index: usize,
    source: Arc<dyn Source>,
    query: Query,
    desk: Desk,
    room: Arc<Semaphore>,
    units: usize,
    progress: Progress,
}

impl Reader {
    async fn read(mut self, resume: Option<ResumeState>, steps: mpsc::Sender<Step>) {
        let mut batches = read_batches(self.source.as_ref(), &self.query, resume);
        let completer = batches.enricher();
        let mut total = None;
        while let Some(batch) = batches.next().await {
            total = batch.total.or(total);
            let (checkpoint, seen) = (batch.checkpoint.clone(), batch.seen.clone());
            let (calls, lacking) = self.completed(batch, completer.as_ref()).await;
            let summary = batches.summary();
            self.tell(&summary, total);
            let count = calls.len() as u64;
            // At once, while the calls are in the processor's cache.
            let content = match self.desk.encode(calls) {
                Ok(content) => content,
                Err(error) => {
                    let _ = steps.send(Step::Failed(error)).await;
                    return;
                }
            };
            let units = content.weight().div_ceil(UNIT).clamp(1, self.units);
            let wanted = u32::try_from(units).unwrap_or(u32::MAX);
            let Ok(room) = self.room.clone().acquire_many_owned(wanted).await else { return };
            let parcel = Parcel {
                source: self.index,
                content,
                calls: count,
                lacking,
                seen,
                checkpoint,
                room,
            };
            if steps.send(Step::Batch(Box::new(parcel), summary)).await.is_err() {
                return;
            }
        }
        let summary = batches.summary();
        self.tell(&summary, total);
        // Where nobody takes it any more, nobody wants it.
        let _ = steps.send(Step::End(summary)).await;
    }

    /// The calls of a batch, with what only a request for each of them tells.
    async fn completed(&self, batch: Batch, completer: Option<&Enricher>) -> (Calls, Lacking) {
        let Some(complete) = completer else {
            let calls = batch.calls.into_iter().map(|one| one.call).collect();
            return (calls, Lacking::default());
        };
        let raw = self.query.raw;
        let calls = stream::iter(batch.calls).map(|one| {
            if one.is_enriched {
                return future::Either::Left(future::ready((one.call, None)));
            }
            let completing = complete(one.call);
            future::Either::Right(async move {
                let Enriched { mut call, missing, .. } = completing.await;
                if !raw {
                    call.raw = RawValue::NULL.to_owned();
                }
                (call, missing.filter(|missing| !missing.is_absent))
            })
        });
        let completed: Vec<_> = calls.buffered(MAX_CONCURRENT_LOOKUPS).collect().await;
        let mut lacking = Lacking::default();
        let calls = completed.into_iter().map(|(call, missing)| {
            if let Some(missing) = missing {
                lacking.add(&Lacking { calls: 1, reason: Some(missing.reason) });
            }
            call
        });
        (calls.collect(), lacking)
    }

    fn tell(&self, summary: &SourceSummary, total: Option<u64>) {
        let retries = self.source.stats().retries;
        let summary = summary.clone();
        let progress = SourceProgress { index: self.index, summary, total, retries };
        self.progress.tell(Event::Source(Box::new(progress)));
    }
}
