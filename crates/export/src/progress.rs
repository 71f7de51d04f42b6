//! What a running export tells about itself.

use callfold_reader::{SourceSummary, Verdict};
use std::{fmt, sync::Arc};

/// What has just changed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A page of a source was read, or the source has ended.
    Source(Box<SourceProgress>),
    /// Calls were written.
    Written(Written),
    /// A file was carried to the object store.
    Uploaded(Uploaded),
}

/// How far a source is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SourceProgress {
    /// Which of the sources, from 0.
    pub index: usize,
    /// What is known of it so far; what was read before a resume is counted in.
    pub summary: SourceSummary,
    /// All records of the list that is being read, as the vendor announces;
    /// `None` when it does not.
    pub total: Option<u64>,
    /// Requests that were sent again after a failure, in this run.
    pub retries: u64,
}

impl SourceProgress {
    /// Whether nothing more comes of it.
    pub fn is_finished(&self) -> bool {
        self.summary.verdict != Verdict::InProgress
    }
}

/// How much was written; what was written before a resume is counted in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// Calls.
    pub calls: u64,
    /// Bytes, as far as they have left the encoders.
    pub bytes: u64,
    /// Files.
    pub files: u64,
}

/// How much was carried to an object store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Uploaded {
    /// Bytes.
    pub bytes: u64,
    /// All bytes there are to carry.
    pub of: u64,
}

/// Whoever wants to know. It is called from several threads, for each page and
/// each batch that was written, and must not wait for anything.
#[derive(Clone)]
pub struct Progress(Arc<dyn Fn(Event) + Send + Sync>);

impl Progress {
    /// Tells `listener`.
    pub fn new(listener: impl Fn(Event) + Send + Sync + 'static) -> Self {
        Self(Arc::new(listener))
    }

    pub(crate) fn tell(&self, event: Event) {
        (self.0)(event);
    }
}

impl Default for Progress {
    /// Tells nobody.
    fn default() -> Self {
        Self::new(|_| {})
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Progress")
    }
}
