//! An export from beginning to end.

mod batch_encoder;
mod prepare;
mod publish;
mod run;
mod sink;
mod source_queues;
mod writer;

use crate::{
    EncodeOptions, ExportError, ExportProgress, ExportTarget, OnPartial, PartitionBy, Shape,
    TimeTexts,
};
use callfold_reader::{Query, Source, SourceSummary};
use callfold_unify::model::Call;
use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

/// The name of the data file of an export to one file.
const SINGLE_FILE: &str = "calls";

/// Calls are boxed because they are large and moved several times.
type Calls = Vec<Box<Call>>;

/// An export of the calls of several sources to one target.
///
/// The result is built in a directory beside the target, named after it with `.partial`. The target
/// is replaced in one step once the result is complete. An interrupted export can be resumed, and
/// then produces the same bytes as an uninterrupted one, unless the lists changed or a source failed
/// in between (then its calls come last). In formats whose files cannot be appended to, such as
/// Parquet, the calls are the same, but their grouping can differ.
#[must_use]
pub struct Job {
    sources: Vec<Arc<dyn Source>>,
    query: Query,
    time_texts: TimeTexts,
    target: ExportTarget,
    shape: Shape,
    options: EncodeOptions,
    partition: Vec<PartitionBy>,
    on_partial: OnPartial,
    overwrite: bool,
    accept_partial: bool,
    staging: Option<PathBuf>,
    commit_every: Option<Duration>,
    progress: ExportProgress,
}

impl Job {
    /// An export of the calls of `sources` that match `query`. The order and the limit of the query
    /// are ignored: calls are written as they are read, one page of each source in turn.
    pub fn new(
        sources: Vec<Arc<dyn Source>>,
        query: Query,
        target: ExportTarget,
        shape: Shape,
    ) -> Self {
        Self {
            sources,
            query,
            time_texts: TimeTexts::default(),
            target,
            shape,
            options: EncodeOptions::default(),
            partition: Vec::new(),
            on_partial: OnPartial::Refuse,
            overwrite: false,
            accept_partial: false,
            staging: None,
            commit_every: None,
            progress: ExportProgress::default(),
        }
    }

    /// How to encode calls. The compression is that of the shape.
    pub fn options(mut self, options: EncodeOptions) -> Self {
        self.options = options;
        self
    }

    /// The texts of relative times: an export with the same texts resumes with the instants of the
    /// first run.
    pub fn time_texts(mut self, texts: TimeTexts) -> Self {
        self.time_texts = texts;
        self
    }

    /// Writes a partitioned set: files in directories named after values.
    pub fn partition(mut self, by: Vec<PartitionBy>) -> Self {
        self.partition = by;
        self
    }

    /// What to do about an unfinished export to the same target.
    pub fn on_partial(mut self, on_partial: OnPartial) -> Self {
        self.on_partial = on_partial;
        self
    }

    /// Replaces a file that callfold did not write, moves such a directory aside, or adds to the
    /// objects of a store, instead of failing.
    pub fn overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// Publishes the result even if a source failed.
    pub fn accept_partial(mut self, accept: bool) -> Self {
        self.accept_partial = accept;
        self
    }

    /// The directory in which an export to an object store is built before the upload. The default
    /// is in the system's temporary directory.
    pub fn staging(mut self, directory: impl Into<PathBuf>) -> Self {
        self.staging = Some(directory.into());
        self
    }

    /// How often to make the written data durable. The default depends on the cost: half a second
    /// for one appendable file, 5 seconds for many of them, and 15 minutes or 250,000 calls if a
    /// commit ends a file.
    pub fn commit_every(mut self, every: Duration) -> Self {
        self.commit_every = Some(every);
        self
    }

    /// Listens to progress.
    pub fn progress(mut self, progress: ExportProgress) -> Self {
        self.progress = progress;
        self
    }

    /// Reads, writes and publishes. Once `cancel` completes, nothing more is read, what was written
    /// is made durable, and the outcome is [`ExportEnd::Interrupted`]. Needs a Tokio runtime with
    /// time and I/O enabled.
    ///
    /// # Errors
    ///
    /// [`ExportError::kind`] says what a caller can do. A source that fails is not an error: its
    /// summary says so.
    pub async fn run(
        self,
        cancel: impl Future<Output = ()> + Send,
    ) -> Result<ExportOutcome, ExportError> {
        run::run(self, cancel).await
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("target", &self.target)
            .field("shape", &self.shape)
            .finish_non_exhaustive()
    }
}

/// The outcome of an export.
#[derive(Debug)]
#[non_exhaustive]
pub struct ExportOutcome {
    /// How it ended.
    pub end: ExportEnd,
    /// The summary of each source, in the order of the sources; `None` if it was not read.
    pub summaries: Vec<Option<SourceSummary>>,
    /// Calls written, including those before a resume.
    pub calls: u64,
    /// Bytes of the result.
    pub bytes: u64,
    /// Files of the result.
    pub files: u64,
    /// Whether it resumed an earlier run.
    pub resumed: bool,
}

/// How an export ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExportEnd {
    /// The target holds the result.
    Published {
        /// Where a previous directory that callfold did not write was moved.
        aside: Option<PathBuf>,
    },
    /// It was interrupted.
    Interrupted(Leftover),
    /// A source failed, and the target is unchanged.
    SourceFailed(Leftover),
}

/// What an unfinished export leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Leftover {
    /// A directory to resume from.
    Resumable(PathBuf),
    /// Nothing, because nothing was read.
    None,
    /// What was written to a stream.
    Streamed,
}
