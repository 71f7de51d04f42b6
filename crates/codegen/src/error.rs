//! What goes wrong between a spec and its Rust source.
//!
//! Every problem is a [`Finding`]: the file, the line, the place in the
//! document, what is wrong there and what to write instead.

use std::fmt;
use std::path::{Path, PathBuf};

/// One problem in a spec.
///
/// Displays as one line: `FILE:LINE: POINTER: PROBLEM; CURE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The spec, as the caller named it.
    pub file: PathBuf,
    /// Line of the problem, counted from 1. `None` when no line is at fault, as when the file
    /// cannot be read.
    pub line: Option<u32>,
    /// JSON pointer of the problem; empty for the whole document.
    pub pointer: String,
    /// What is wrong.
    pub problem: String,
    /// What to write or do instead.
    pub cure: String,
}

impl Finding {
    /// A finding about a whole file, which has neither line nor pointer.
    pub(crate) fn about_file(
        file: &Path,
        problem: impl Into<String>,
        cure: impl Into<String>,
    ) -> Self {
        Self {
            file: file.to_owned(),
            line: None,
            pointer: String::new(),
            problem: problem.into(),
            cure: cure.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        if !self.pointer.is_empty() {
            write!(f, " {}:", self.pointer)?;
        }
        write!(f, " {}; {}", self.problem, self.cure)
    }
}

/// Why a spec gave no source.
///
/// Displays as one line: the first finding and how many follow. All of them
/// are in [`findings`](Error::findings).
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    findings: Vec<Finding>,
}

/// What kind of failure it was: who has to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A file or directory could not be read or written, or the build did not say where it is.
    Io,
    /// The file is not YAML.
    Syntax,
    /// The document is YAML but not in the dialect that `specs/README.md` describes.
    Dialect,
    /// The document is in the dialect, and yet the generator refused it.
    Generator,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, findings: Vec<Finding>) -> Self {
        debug_assert!(!findings.is_empty(), "an error names what is wrong");
        Self { kind, findings }
    }

    /// What kind of failure it was.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Every problem found, in the order of the file; never empty.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The same, by value.
    pub(crate) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}

impl From<Finding> for Error {
    /// A failure of the generator, the only one that is met one at a time.
    fn from(finding: Finding) -> Self {
        Self::new(ErrorKind::Generator, vec![finding])
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.findings.as_slice() {
            [] => write!(f, "the spec is not usable"),
            [only] => write!(f, "{only}"),
            [first, rest @ ..] => write!(f, "{first} (and {} more)", rest.len()),
        }
    }
}

impl std::error::Error for Error {}
