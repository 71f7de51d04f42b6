//! Why an export failed, and what to do about it.

use crate::EncodeError;
use callfold_reader::text::io_reason;
use std::{error::Error, fmt, io, path::Path};

/// An export failed.
///
/// `Display` is one line that names the file or object. It holds no secret and no personal data.
#[derive(Debug)]
pub struct ExportError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ExportErrorKind,
    problem: String,
    help: String,
    is_resumable: bool,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What a caller can do about an [`ExportError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExportErrorKind {
    /// The options do not fit together: use others.
    Usage,
    /// There is an unfinished export to the same target: set
    /// [`OnPartial`](crate::OnPartial) to resume or discard it.
    PartialExists,
    /// The unfinished export was started with other options: use those, or discard it.
    Changed,
    /// The unfinished export is damaged or from another version: discard it.
    NotResumable,
    /// Another export writes to the same target.
    Locked,
    /// The target holds something that callfold did not write: use another, or set
    /// [`Job::overwrite`](crate::Job::overwrite).
    InTheWay,
    /// The path of the staging directory holds something else: move it away, or use another target.
    StagingInTheWay,
    /// A file, a directory or an object cannot be read or written.
    Io,
    /// The reader of the stream has closed it.
    Closed,
    /// Interrupted during the upload of the result: resume.
    Interrupted,
    /// Calls could not be encoded.
    Encode,
}

impl ExportError {
    pub(crate) fn new(
        kind: ExportErrorKind,
        problem: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        let (problem, help) = (problem.into(), help.into());
        Self(Box::new(Inner { kind, problem, help, is_resumable: false, source: None }))
    }

    pub(crate) fn usage(problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(ExportErrorKind::Usage, problem, help)
    }

    pub(crate) fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Resuming helps, once the help is followed.
    pub(crate) fn resumable(mut self) -> Self {
        self.0.is_resumable = true;
        self
    }

    /// Appends to the problem.
    pub(crate) fn explain(&mut self, more: &str) {
        self.0.problem.push_str(more);
    }

    /// A file system operation failed.
    pub(crate) fn io(doing: &str, path: &Path, error: io::Error) -> Self {
        let problem = format!("{} cannot be {doing}: {}", path.display(), io_reason(&error));
        let (help, is_resumable) = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                ("make room on that disk", true)
            }
            io::ErrorKind::FileTooLarge => ("allow larger files there", true),
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                ("name a place that you can write to", false)
            }
            io::ErrorKind::NotFound => ("create the directory, or name another", false),
            _ => ("", false),
        };
        let mut new = Self::new(ExportErrorKind::Io, problem, help).caused_by(error);
        new.0.is_resumable = is_resumable;
        new
    }

    /// Writing to a stream failed.
    pub(crate) fn stream(error: io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::BrokenPipe => ExportErrorKind::Closed,
            _ => ExportErrorKind::Io,
        };
        let problem = format!("cannot write to standard output: {}", io_reason(&error));
        Self::new(kind, problem, "").caused_by(error)
    }

    /// A task of the export panicked.
    pub(crate) fn panicked(error: &tokio::task::JoinError) -> Self {
        let problem = format!("a part of the export failed: {error}");
        Self::new(ExportErrorKind::Encode, problem, "report this bug").resumable()
    }

    /// The kind of failure.
    pub fn kind(&self) -> ExportErrorKind {
        self.0.kind
    }

    /// What to do about it; empty if nothing is known to help beyond what
    /// [`kind`](Self::kind) documents.
    pub fn help(&self) -> &str {
        &self.0.help
    }

    /// Whether a later run with [`OnPartial::Resume`](crate::OnPartial) can continue, once the help
    /// is followed.
    pub fn is_resumable(&self) -> bool {
        self.0.is_resumable
    }
}

impl From<EncodeError> for ExportError {
    fn from(error: EncodeError) -> Self {
        let kind = match error.kind() {
            crate::EncodeErrorKind::Options => ExportErrorKind::Usage,
            crate::EncodeErrorKind::Io => ExportErrorKind::Io,
            _ => ExportErrorKind::Encode,
        };
        Self::new(kind, error.to_string(), "").caused_by(error)
    }
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.problem)
    }
}

impl Error for ExportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_ref().map(|source| &**source as _)
    }
}
