//! Errors of encoding.

use std::{error, fmt};

/// Calls could not be encoded.
#[derive(Debug)]
pub struct EncodeError {
    kind: EncodeErrorKind,
    problem: String,
    source: Option<Box<dyn error::Error + Send + Sync>>,
}

/// What a caller can do about an [`EncodeError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EncodeErrorKind {
    /// The options do not fit together: use others.
    Options,
    /// A segment to merge is not valid: write it again.
    Segment,
    /// Bytes could not be read or written: see the source.
    Io,
    /// The encoder failed: a bug.
    Encoder,
}

impl EncodeError {
    pub(crate) fn new(kind: EncodeErrorKind, problem: impl Into<String>) -> Self {
        Self { kind, problem: problem.into(), source: None }
    }

    pub(crate) fn caused_by(
        kind: EncodeErrorKind,
        problem: impl Into<String>,
        source: impl Into<Box<dyn error::Error + Send + Sync>>,
    ) -> Self {
        Self { kind, problem: problem.into(), source: Some(source.into()) }
    }

    /// The kind of failure.
    pub fn kind(&self) -> EncodeErrorKind {
        self.kind
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

impl error::Error for EncodeError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}
