//! Why an export came to nothing, and what to do about it.

use crate::EncodeError;
use std::{error::Error, fmt, io, path::Path};

/// An export failed.
///
/// `Display` is one line that names the file or object and holds nothing that
/// is secret or belongs to a person.
#[derive(Debug)]
pub struct ExportError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ExportErrorKind,
    problem: String,
    cure: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What a caller can do about an [`ExportError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExportErrorKind {
    /// What is asked for does not fit together: ask for something else.
    Usage,
    /// A partial export of the same target is there: resume it, or restart.
    PartialExists,
    /// The partial export was begun with other options: use those, or restart.
    Changed,
    /// Another export writes to the same target.
    Locked,
    /// What stands at the target is not ours to replace.
    InTheWay,
    /// A file, a directory or an object cannot be read or written. What was
    /// kept before can be resumed.
    Io,
    /// Whoever read the stream has gone away.
    Closed,
    /// Ended while the result was carried to its place: resume.
    Interrupted,
    /// Calls could not be turned into bytes.
    Encode,
}

impl ExportError {
    pub(crate) fn new(
        kind: ExportErrorKind,
        problem: impl Into<String>,
        cure: impl Into<String>,
    ) -> Self {
        let (problem, cure) = (problem.into(), cure.into());
        Self(Box::new(Inner { kind, problem, cure, source: None }))
    }

    pub(crate) fn usage(problem: impl Into<String>, cure: impl Into<String>) -> Self {
        Self::new(ExportErrorKind::Usage, problem, cure)
    }

    pub(crate) fn caused(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Adds to what is said.
    pub(crate) fn explain(&mut self, more: &str) {
        self.0.problem.push_str(more);
    }

    /// A file system says no.
    pub(crate) fn io(doing: &str, path: &Path, error: io::Error) -> Self {
        let problem = format!("{} cannot be {doing}: {}", path.display(), reason(&error));
        let cure = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                "make room on that disk, then go on by --resume: what was written before is kept"
            }
            io::ErrorKind::FileTooLarge => {
                "allow larger files there, then go on by --resume: what was written before is kept"
            }
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                "name a place that you can write to"
            }
            io::ErrorKind::NotFound => "create the directory, or name another",
            _ => "",
        };
        Self::new(ExportErrorKind::Io, problem, cure).caused(error)
    }

    /// A stream cannot be written.
    pub(crate) fn stream(error: io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::BrokenPipe => ExportErrorKind::Closed,
            _ => ExportErrorKind::Io,
        };
        let problem = format!("standard output cannot be written: {}", reason(&error));
        Self::new(kind, problem, "").caused(error)
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ExportErrorKind {
        self.0.kind
    }

    /// What to do about it; empty where nothing is known to help.
    pub fn cure(&self) -> &str {
        &self.0.cure
    }
}

/// What the system says, without its number.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}

impl From<EncodeError> for ExportError {
    fn from(error: EncodeError) -> Self {
        let kind = match error.kind() {
            crate::EncodeErrorKind::Options => ExportErrorKind::Usage,
            crate::EncodeErrorKind::Io => ExportErrorKind::Io,
            _ => ExportErrorKind::Encode,
        };
        Self::new(kind, error.to_string(), "").caused(error)
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
