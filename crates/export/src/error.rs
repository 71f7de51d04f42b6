//! What can go wrong while calls become bytes.

use std::{error, fmt};

/// Why calls could not be encoded.
#[derive(Debug)]
pub struct EncodeError {
    kind: EncodeErrorKind,
    what: String,
    source: Option<Box<dyn error::Error + Send + Sync>>,
}

/// What a caller can do about an [`EncodeError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EncodeErrorKind {
    /// The options do not fit together: ask for something else.
    Options,
    /// A file given to read is not what it has to be: write it again.
    Segment,
    /// Bytes could not be read or written: the source tells why.
    Io,
    /// The encoder failed, which is a fault of this program.
    Encoder,
}

impl EncodeError {
    pub(crate) fn new(kind: EncodeErrorKind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), source: None }
    }

    pub(crate) fn caused(
        kind: EncodeErrorKind,
        what: impl Into<String>,
        source: impl Into<Box<dyn error::Error + Send + Sync>>,
    ) -> Self {
        Self { kind, what: what.into(), source: Some(source.into()) }
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> EncodeErrorKind {
        self.kind
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl error::Error for EncodeError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}
