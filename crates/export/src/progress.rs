//! Progress events of an export.

use callfold_reader::{SourceSummary, Verdict};
use serde::Serialize;
use std::{fmt, sync::Arc};

/// A progress event.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ExportEvent {
    /// A page of a source was read, or the source ended.
    Source(Box<SourceProgress>),
    /// Calls were written.
    Written(WriteProgress),
    /// A part was uploaded to the object store.
    Uploaded(UploadProgress),
}

/// The progress of a source.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SourceProgress {
    /// The index of the source, from 0.
    pub index: usize,
    /// The summary so far, including what was read before a resume.
    pub summary: SourceSummary,
    /// The number of records in the list; `None` if the vendor does not announce it.
    pub total: Option<u64>,
    /// Retried requests in this run.
    pub retries: u64,
}

impl SourceProgress {
    /// Whether the source has ended.
    pub fn is_finished(&self) -> bool {
        self.summary.verdict != Verdict::InProgress
    }
}

/// What was written, including before a resume.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WriteProgress {
    /// Calls.
    pub calls: u64,
    /// Bytes that the encoders have returned.
    pub bytes: u64,
    /// Files.
    pub files: u64,
}

/// What was uploaded to an object store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UploadProgress {
    /// Bytes.
    pub bytes: u64,
    /// All bytes to upload.
    pub of: u64,
}

/// A listener to progress events. It is called from several threads, for each page and each written
/// batch, and must not block.
#[derive(Clone)]
pub struct ExportProgress(Arc<dyn Fn(ExportEvent) + Send + Sync>);

impl ExportProgress {
    /// Calls `listener` with each event.
    pub fn new(listener: impl Fn(ExportEvent) + Send + Sync + 'static) -> Self {
        Self(Arc::new(listener))
    }

    pub(crate) fn report(&self, event: ExportEvent) {
        (self.0)(event);
    }
}

impl Default for ExportProgress {
    /// Ignores all events.
    fn default() -> Self {
        Self::new(|_| {})
    }
}

impl fmt::Debug for ExportProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Progress")
    }
}
