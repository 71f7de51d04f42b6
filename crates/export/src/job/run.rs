//! Reads, encodes and writes concurrently, then publishes.

use super::{
    ExportEnd, ExportOutcome, Job, Leftover,
    prepare::{PreparedJob, prepare},
    publish::publish,
    source_queues::SourceQueues,
    writer::ExportWriter,
};
use crate::ExportError;
use callfold_reader::{SourceSummary, Verdict};
use futures_util::{FutureExt, future::FusedFuture};
use std::{
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
};
use tokio::{runtime::Handle, sync::mpsc, task::spawn_blocking};

/// Most batches that wait for the writer.
const MAX_WAITING_BATCHES: usize = 2;

pub(super) async fn run(
    job: Job,
    cancel: impl Future<Output = ()> + Send,
) -> Result<ExportOutcome, ExportError> {
    let mut cancel = pin!(cancel.fuse());
    let sources = job.sources.len();
    let (mut prepared, writer) = tokio::select! {
        prepared = prepare(job) => prepared?,
        () = &mut cancel => {
            let end = ExportEnd::Interrupted(Leftover::None);
            let summaries = vec![None; sources];
            return Ok(ExportOutcome { end, summaries, calls: 0, bytes: 0, files: 0, resumed: false });
        }
    };
    let read = read(&mut prepared, writer, cancel.as_mut()).await;
    let staged = prepared.staged.take();
    let (writer, summaries, is_cancelled) = match read {
        Ok(read) => read,
        Err(error) => {
            if let Some(staged) = staged {
                staged.staging.remove_if_empty();
            }
            return Err(error);
        }
    };
    let (bytes, files) = writer.sink.size();
    let calls = writer.calls;
    let has_failed = has_failed(&summaries, calls, prepared.accept_partial);
    let resumed = prepared.resumed;
    let outcome = |end| ExportOutcome { end, summaries, calls, bytes, files, resumed };
    let unfinished = match (is_cancelled, has_failed) {
        (true, _) => Some(ExportEnd::Interrupted as fn(Leftover) -> ExportEnd),
        (_, true) => Some(ExportEnd::SourceFailed as fn(Leftover) -> ExportEnd),
        _ => None,
    };
    let Some(staged) = staged else {
        let published = ExportEnd::Published { aside: None };
        return Ok(outcome(unfinished.map_or(published, |end| end(Leftover::Streamed))));
    };
    let ExportWriter { log, sink, .. } = writer;
    drop(sink);
    let journal = log.map(|log| log.journal);
    if let Some(end) = unfinished {
        let has_data =
            journal.is_some_and(|journal| journal.checkpoints.iter().any(Option::is_some));
        let leftover = match has_data {
            true => Leftover::Resumable(staged.staging.directory().to_owned()),
            false => {
                staged.staging.remove()?;
                Leftover::None
            }
        };
        return Ok(outcome(end(leftover)));
    }
    let committed = journal.map(|journal| journal.committed).unwrap_or_default();
    let published = publish(&prepared, staged, committed, (calls, bytes, files), cancel).await?;
    let outcome = outcome(ExportEnd::Published { aside: published.aside });
    Ok(ExportOutcome { bytes: published.bytes, files: published.files, ..outcome })
}

/// Whether the result must not be published: a source failed or was skipped. With
/// `accept_partial`, only if all did and there is no call.
fn has_failed(summaries: &[Option<SourceSummary>], calls: u64, accept_partial: bool) -> bool {
    let failed = |summary: &Option<SourceSummary>| match summary {
        Some(summary) => match summary.verdict {
            Verdict::Unsupported | Verdict::InProgress => true,
            _ => summary.is_failed(),
        },
        None => true,
    };
    let mut summaries = summaries.iter();
    if accept_partial && (calls > 0 || !summaries.clone().all(failed)) {
        return false;
    }
    summaries.any(failed)
}

/// Reads until all sources have ended, the export is cancelled, or writing fails. Returns the
/// writer, the summaries, and whether it was cancelled.
async fn read(
    job: &mut PreparedJob,
    writer: ExportWriter,
    mut cancel: Pin<&mut (impl FusedFuture<Output = ()> + Send)>,
) -> Result<(ExportWriter, Vec<Option<SourceSummary>>, bool), ExportError> {
    let resume = std::mem::take(&mut job.resume);
    let mut queues = SourceQueues::start(job, resume);
    let (sender, batches) = mpsc::channel(MAX_WAITING_BATCHES);
    let complete = Arc::new(AtomicBool::new(false));
    let (runtime, is_complete) = (Handle::current(), complete.clone());
    let writing =
        spawn_blocking(move || writer.write_all(batches, || is_complete.load(SeqCst), &runtime));
    let (mut is_ended, mut is_cancelled, mut failure) = (false, false, None);
    while !(is_ended || is_cancelled) {
        tokio::select! {
            biased;
            () = &mut cancel, if !cancel.is_terminated() => is_cancelled = true,
            batch = queues.next() => match batch {
                Some(Ok(batch)) => {
                    if sender.send(*batch).await.is_err() {
                        break;
                    }
                }
                Some(Err(error)) => {
                    failure = Some(error);
                    break;
                }
                None => is_ended = true,
            },
        }
    }
    complete.store(is_ended && !is_cancelled && failure.is_none(), SeqCst);
    drop(sender);
    let mut summaries = queues.summaries();
    drop(queues);
    for (summary, before) in summaries.iter_mut().zip(&job.missing_details) {
        if let Some(summary) = summary {
            summary.without_detail += before.calls;
            let reason = summary.detail_reason.take();
            summary.detail_reason = reason.or_else(|| before.reason.clone());
        }
    }
    let writer = writing.await.map_err(|error| ExportError::panicked(&error))??;
    match failure {
        Some(error) => Err(error),
        None => Ok((writer, summaries, is_cancelled)),
    }
}
