//! Writes batches in order on one thread, and commits them to the journal.

use super::sink::{CommitCost, EncodedContent, Sink};
use crate::{
    ExportError,
    journal::{CommittedFiles, FingerprintLog, Journal, MissingDetails},
    progress::{ExportEvent, ExportProgress, WriteProgress},
};
use callfold_reader::{Checkpoint, Fingerprint};
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, mpsc},
    time::timeout,
};

/// Most calls between two commits that end files.
const MAX_CALLS_PER_FILE: u64 = 250_000;

/// An encoded batch of one source.
pub(super) struct EncodedBatch {
    pub(super) source: usize,
    pub(super) content: EncodedContent,
    pub(super) calls: u64,
    pub(super) missing_details: MissingDetails,
    pub(super) seen: Vec<Fingerprint>,
    pub(super) checkpoint: Checkpoint,
    /// Released once the batch is written.
    pub(super) room: OwnedSemaphorePermit,
}

/// What makes an export resumable; a stream has none.
pub(super) struct ResumeLog {
    pub(super) directory: PathBuf,
    pub(super) journal: Journal,
    pub(super) seen: FingerprintLog,
}

/// Writes batches to a sink, in order.
pub(super) struct ExportWriter {
    pub(super) sink: Box<dyn Sink>,
    pub(super) log: Option<ResumeLog>,
    pub(super) sources: usize,
    pub(super) calls: u64,
    pub(super) commit_every: Option<Duration>,
    pub(super) progress: ExportProgress,
}

impl ExportWriter {
    /// Writes all batches. At the end of the channel, `is_complete` says whether these were all
    /// calls.
    pub(super) fn write_all(
        mut self,
        mut batches: mpsc::Receiver<EncodedBatch>,
        is_complete: impl FnOnce() -> bool,
        runtime: &Handle,
    ) -> Result<Self, ExportError> {
        let (default, max_calls) = match self.sink.commit_cost() {
            CommitCost::Cheap => (Duration::from_millis(500), u64::MAX),
            CommitCost::Moderate => (Duration::from_secs(5), u64::MAX),
            CommitCost::EndsFile => (Duration::from_secs(15 * 60), MAX_CALLS_PER_FILE),
        };
        let interval = self.commit_every.unwrap_or(default);
        let (mut last_commit, mut uncommitted) = (Instant::now(), None);
        loop {
            let next = match uncommitted {
                None => runtime.block_on(batches.recv()),
                // A slow source must not delay the commit of what is written.
                Some(_) => {
                    let left = interval.saturating_sub(last_commit.elapsed());
                    match runtime.block_on(async { timeout(left, batches.recv()).await }) {
                        Ok(next) => next,
                        Err(_) => {
                            self.commit()?;
                            (last_commit, uncommitted) = (Instant::now(), None);
                            continue;
                        }
                    }
                }
            };
            let Some(batch) = next else { break };
            let calls = uncommitted.unwrap_or(0) + batch.calls;
            if let Err(error) = self.write(batch) {
                // Commit the batches before it, if possible. A file that cannot be appended to may
                // hold half a batch.
                if self.sink.commit_cost() == CommitCost::Cheap {
                    let _ = self.commit();
                }
                return Err(error);
            }
            uncommitted = Some(calls);
            if last_commit.elapsed() >= interval || calls >= max_calls {
                self.commit()?;
                (last_commit, uncommitted) = (Instant::now(), None);
            }
        }
        let committed = if is_complete() { self.sink.finish()? } else { self.sink.commit()? };
        self.log_commit(committed)?;
        self.report();
        Ok(self)
    }

    fn write(&mut self, batch: EncodedBatch) -> Result<(), ExportError> {
        let EncodedBatch { source, content, calls, missing_details, seen, checkpoint, room } =
            batch;
        self.sink.put(content)?;
        self.calls += calls;
        if let Some(ResumeLog { journal, seen: log, .. }) = &mut self.log {
            log.append(source, &seen)?;
            journal.checkpoints[source] = Some(checkpoint);
            journal.next_source = (source + 1) % self.sources.max(1);
            journal.calls = self.calls;
            journal.missing_details[source].add(&missing_details);
        }
        drop(room);
        self.report();
        Ok(())
    }

    fn commit(&mut self) -> Result<(), ExportError> {
        let committed = self.sink.commit()?;
        self.log_commit(committed)
    }

    /// Commits the fingerprints and then the journal, after the data.
    fn log_commit(&mut self, committed: CommittedFiles) -> Result<(), ExportError> {
        let Some(ResumeLog { directory, journal, seen }) = &mut self.log else { return Ok(()) };
        journal.committed = committed;
        seen.commit(journal)?;
        journal.store(directory)
    }

    fn report(&self) {
        let (bytes, files) = self.sink.size();
        self.progress.report(ExportEvent::Written(WriteProgress {
            calls: self.calls,
            bytes,
            files,
        }));
    }
}
