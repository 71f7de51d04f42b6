//! Why a text could not be taken for a vendor's calls.

use std::{error, fmt};

/// A text that holds no calls of the vendor.
///
/// `Display` names the shape that was found and those that are known, never a
/// value.
#[derive(Debug)]
pub struct Error {
    vendor: &'static str,
    kind: ErrorKind,
    found: String,
    known: &'static str,
    source: Option<serde_json::Error>,
}

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// It is not valid JSON. Usual cause: a cut file, or several records one
    /// after the other; pass them one at a time.
    NotJson,
    /// It is JSON of another shape than the vendor's records and pages. Usual
    /// cause: another vendor's file, or an error body in place of a page.
    UnknownShape,
}

impl Error {
    pub(crate) fn not_json(vendor: &'static str, source: serde_json::Error) -> Self {
        Self {
            vendor,
            kind: ErrorKind::NotJson,
            found: String::new(),
            known: "",
            source: Some(source),
        }
    }

    pub(crate) fn unknown_shape(vendor: &'static str, found: String, known: &'static str) -> Self {
        Self { vendor, kind: ErrorKind::UnknownShape, found, known, source: None }
    }

    /// What is wrong.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The vendor whose calls were looked for.
    pub fn vendor(&self) -> &'static str {
        self.vendor
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.kind, &self.source) {
            (ErrorKind::NotJson, Some(source)) => write!(
                f,
                "{}: the text is not valid JSON from line {}, column {}",
                self.vendor,
                source.line(),
                source.column()
            ),
            (ErrorKind::NotJson, None) => write!(f, "{}: the text is not valid JSON", self.vendor),
            (ErrorKind::UnknownShape, _) => {
                write!(f, "{}: {}; expected {}", self.vendor, self.found, self.known)
            }
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
