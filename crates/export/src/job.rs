//! An export from its beginning to its end.

pub(crate) mod asked;
mod begin;
mod encoding;
pub(crate) mod error;
mod feed;
mod keeper;
mod publish;
mod run;
pub(crate) mod sink;

use crate::{Begin, EncodeOptions, ExportError, PartitionBy, Progress, Shape, Target, TimeWords};
use callfold_reader::{Query, Source, SourceSummary};
use callfold_unify::model::Call;
use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

/// Calls as the reader hands them on: they are large, and moved several times.
pub(crate) type Calls = Vec<Box<Call>>;

/// Calls of several sources, to be written to one target.
///
/// What is written grows beside the target, in a directory with the target's
/// name and `.partial`; the target is replaced in one step once it is whole.
/// An export that was cut off at any moment can be resumed, and then gives the
/// same bytes as one that was not, unless the lists moved or a source failed
/// meanwhile (then its calls come after those of the others). Of formats
/// whose files are whole only with their end, such as Parquet, the calls are
/// the same, and how they are grouped can differ.
#[must_use]
pub struct Job {
    sources: Vec<Arc<dyn Source>>,
    query: Query,
    words: TimeWords,
    target: Target,
    shape: Shape,
    options: EncodeOptions,
    partition: Vec<PartitionBy>,
    begin: Begin,
    overwrite: bool,
    accept_partial: bool,
    staging: Option<PathBuf>,
    commit_every: Option<Duration>,
    progress: Progress,
}

impl Job {
    /// Writes the calls of `sources` that match `query` to `target`. The order
    /// and the limit of the query are not looked at: calls come as they are
    /// read, a page of each source in turn.
    pub fn new(sources: Vec<Arc<dyn Source>>, query: Query, target: Target, shape: Shape) -> Self {
        Self {
            sources,
            query,
            words: TimeWords::default(),
            target,
            shape,
            options: EncodeOptions::default(),
            partition: Vec::new(),
            begin: Begin::New,
            overwrite: false,
            accept_partial: false,
            staging: None,
            commit_every: None,
            progress: Progress::default(),
        }
    }

    /// How calls are encoded. The compression is the shape's.
    pub fn options(mut self, options: EncodeOptions) -> Self {
        self.options = options;
        self
    }

    /// How the bounds of time were worded: an export that was asked for with
    /// the same words is resumed with the instants they stood for then.
    pub fn words(mut self, words: TimeWords) -> Self {
        self.words = words;
        self
    }

    /// Writes a data set of many files, in directories named after values.
    pub fn partition(mut self, by: Vec<PartitionBy>) -> Self {
        self.partition = by;
        self
    }

    /// What to do about a partial export of the same target.
    pub fn begin(mut self, begin: Begin) -> Self {
        self.begin = begin;
        self
    }

    /// Moves a directory aside that callfold did not write, or writes beside
    /// its objects, instead of refusing to.
    pub fn overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// Puts the result in its place although a source failed.
    pub fn accept_partial(mut self, accept: bool) -> Self {
        self.accept_partial = accept;
        self
    }

    /// Where an export to an object store grows before it is carried there.
    /// The default is a directory of the system's for temporary files.
    pub fn staging(mut self, directory: impl Into<PathBuf>) -> Self {
        self.staging = Some(directory.into());
        self
    }

    /// How often what was written is made to outlast a crash. The default
    /// depends on what that takes: half a second for one file of a format
    /// whose parts stand by themselves, 15 minutes or 250,000 calls where a
    /// file has to be ended.
    pub fn commit_every(mut self, every: Duration) -> Self {
        self.commit_every = Some(every);
        self
    }

    /// Who is told how far it is.
    pub fn progress(mut self, progress: Progress) -> Self {
        self.progress = progress;
        self
    }

    /// Reads, writes and puts the result in its place. Once `cancel` ends,
    /// nothing more is read: what is being written is made durable, and the
    /// outcome says that it was interrupted. Runs on Tokio, with time and
    /// input/output enabled.
    ///
    /// # Errors
    ///
    /// [`ExportError::kind`] says what a caller can do. A source that fails is
    /// no error: its summary says so.
    pub async fn run(
        self,
        cancel: impl Future<Output = ()> + Send,
    ) -> Result<Outcome, ExportError> {
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

/// What came of an export.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// What became of each source, in the order they were given; `None` of
    /// one that was not come to.
    pub summaries: Vec<Option<SourceSummary>>,
    /// Calls written, before a resume and after it.
    pub calls: u64,
    /// Bytes of the result.
    pub bytes: u64,
    /// Files of the result.
    pub files: u64,
    /// Whether it went on with what an earlier run had kept.
    pub resumed: bool,
}

/// How an export ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum End {
    /// The result is in its place.
    Published {
        /// Where what stood there before was moved, when it was not ours.
        aside: Option<PathBuf>,
    },
    /// It was interrupted.
    Interrupted(Left),
    /// A source failed, and the target is as it was.
    SourceFailed(Left),
}

/// What an export left that is not whole.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Left {
    /// What was read, in this directory, to be resumed.
    Partial(PathBuf),
    /// Nothing, as nothing was read.
    Nothing,
    /// What a stream was given, which cannot be taken back or resumed.
    Given,
}
