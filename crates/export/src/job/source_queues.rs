//! Reads all sources concurrently into bounded queues, and takes their batches round robin.
//!
//! The order depends only on the number of batches of each source: the first batch of each, then the
//! second of each, and so on. So the sequence of the calls depends only on the lists.

use super::{Calls, batch_encoder::BatchEncoder, prepare::PreparedJob, writer::EncodedBatch};
use crate::{
    ExportError,
    journal::MissingDetails,
    progress::{ExportEvent, ExportProgress, SourceProgress},
};
use callfold_reader::{
    Batch, Enriched, Enricher, MAX_CONCURRENT_LOOKUPS, Query, ResumeState, Source, SourceSummary,
    read_batches,
};
use callfold_transport::BufferPool;
use futures_util::{StreamExt, future, stream};
use serde_json::value::RawValue;
use std::sync::Arc;
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinHandle,
};

/// Most bytes of waiting batches of all sources.
const MAX_WAITING_BYTES: usize = 8 << 20;
/// Most waiting batches of a source.
const MAX_WAITING_BATCHES: usize = 4;
/// Bytes per permit.
const BYTES_PER_PERMIT: usize = 1 << 10;

enum QueueItem {
    Batch(Box<EncodedBatch>, SourceSummary),
    /// A batch could not be encoded.
    Failed(ExportError),
    /// The source has ended, successfully or not.
    End(SourceSummary),
}

struct SourceQueue {
    items: mpsc::Receiver<QueueItem>,
    task: JoinHandle<()>,
    summary: Option<SourceSummary>,
    is_ended: bool,
}

/// The queues of all sources. Dropping them ends all requests.
pub(super) struct SourceQueues {
    queues: Vec<SourceQueue>,
    next_source: usize,
}

impl SourceQueues {
    /// Starts to read each source, or resumes it.
    pub(super) fn start(job: &PreparedJob, resume: Vec<Option<ResumeState>>) -> Self {
        let permits = MAX_WAITING_BYTES / BYTES_PER_PERMIT / job.sources.len().max(1);
        let permits = permits.max(1);
        let pool = BufferPool::default();
        let start =
            |(index, (source, resume)): (usize, (&Arc<dyn Source>, Option<ResumeState>))| {
                let (sender, items) = mpsc::channel(MAX_WAITING_BATCHES);
                let producer = BatchProducer {
                    index,
                    source: source.clone(),
                    query: job.query.clone(),
                    encoder: BatchEncoder::new(&job.config, &job.layout, &pool),
                    room: Arc::new(Semaphore::new(permits)),
                    permits,
                    progress: job.progress.clone(),
                };
                let task = tokio::spawn(producer.read(resume, sender));
                SourceQueue { items, task, summary: None, is_ended: false }
            };
        let queues = job.sources.iter().zip(resume).enumerate().map(start).collect();
        Self { queues, next_source: job.next_source }
    }

    /// The next batch; `None` when all sources have ended. Cancel safe.
    pub(super) async fn next(&mut self) -> Option<Result<Box<EncodedBatch>, ExportError>> {
        while self.queues.iter().any(|queue| !queue.is_ended) {
            let index = self.next_source % self.queues.len();
            let queue = &mut self.queues[index];
            let item = match queue.is_ended {
                true => None,
                false => queue.items.recv().await,
            };
            self.next_source = index + 1;
            match item {
                Some(QueueItem::Batch(batch, summary)) => {
                    queue.summary = Some(summary);
                    return Some(Ok(batch));
                }
                Some(QueueItem::Failed(error)) => return Some(Err(error)),
                Some(QueueItem::End(summary)) => {
                    queue.summary = Some(summary);
                    queue.is_ended = true;
                }
                None => queue.is_ended = true,
            }
        }
        None
    }

    /// The summary of each source up to its last batch that was taken; `None` without any.
    pub(super) fn summaries(&self) -> Vec<Option<SourceSummary>> {
        self.queues.iter().map(|queue| queue.summary.clone()).collect()
    }
}

impl Drop for SourceQueues {
    fn drop(&mut self) {
        for queue in &self.queues {
            queue.task.abort();
        }
    }
}

struct BatchProducer {
    index: usize,
    source: Arc<dyn Source>,
    query: Query,
    encoder: BatchEncoder,
    room: Arc<Semaphore>,
    permits: usize,
    progress: ExportProgress,
}

impl BatchProducer {
    async fn read(mut self, resume: Option<ResumeState>, queue: mpsc::Sender<QueueItem>) {
        let mut batches = read_batches(self.source.as_ref(), &self.query, resume);
        let enricher = batches.enricher();
        let mut total = None;
        while let Some(batch) = batches.next().await {
            total = batch.total.or(total);
            let (checkpoint, seen) = (batch.checkpoint.clone(), batch.seen.clone());
            let (calls, missing_details) = self.enrich(batch, enricher.as_ref()).await;
            let summary = batches.summary();
            self.report(&summary, total);
            let count = calls.len() as u64;
            // Encode now, while the calls are in the processor's cache.
            let content = match self.encoder.encode(calls) {
                Ok(content) => content,
                Err(error) => {
                    let _ = queue.send(QueueItem::Failed(error)).await;
                    return;
                }
            };
            let permits = content.memory_size().div_ceil(BYTES_PER_PERMIT).clamp(1, self.permits);
            let permits = u32::try_from(permits).unwrap_or(u32::MAX);
            let Ok(room) = self.room.clone().acquire_many_owned(permits).await else { return };
            let batch = EncodedBatch {
                source: self.index,
                content,
                calls: count,
                missing_details,
                seen,
                checkpoint,
                room,
            };
            if queue.send(QueueItem::Batch(Box::new(batch), summary)).await.is_err() {
                return;
            }
        }
        let summary = batches.summary();
        self.report(&summary, total);
        // Without a receiver the export has ended.
        let _ = queue.send(QueueItem::End(summary)).await;
    }

    /// The calls of a batch, with details that need a request per call.
    async fn enrich(&self, batch: Batch, enricher: Option<&Enricher>) -> (Calls, MissingDetails) {
        let Some(enrich) = enricher else {
            let calls = batch.calls.into_iter().map(|one| one.call).collect();
            return (calls, MissingDetails::default());
        };
        let raw = self.query.raw;
        let calls = stream::iter(batch.calls).map(|one| {
            if one.is_enriched {
                return future::Either::Left(future::ready((one.call, None)));
            }
            let enriching = enrich(one.call);
            future::Either::Right(async move {
                let Enriched { mut call, missing, .. } = enriching.await;
                if !raw {
                    call.raw = RawValue::NULL.to_owned();
                }
                (call, missing.filter(|missing| !missing.is_absent))
            })
        });
        let enriched: Vec<_> = calls.buffered(MAX_CONCURRENT_LOOKUPS).collect().await;
        let mut missing_details = MissingDetails::default();
        let calls = enriched.into_iter().map(|(call, missing)| {
            if let Some(missing) = missing {
                missing_details.add(&MissingDetails { calls: 1, reason: Some(missing.reason) });
            }
            call
        });
        (calls.collect(), missing_details)
    }

    fn report(&self, summary: &SourceSummary, total: Option<u64>) {
        let retries = self.source.stats().retries;
        let summary = summary.clone();
        let progress = SourceProgress { index: self.index, summary, total, retries };
        self.progress.report(ExportEvent::Source(Box::new(progress)));
    }
}
