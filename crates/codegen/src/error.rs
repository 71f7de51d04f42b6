//! What goes wrong between a spec and its Rust source.
//!
//! Every problem is a [`Diagnostic`]: the file, the line, the place in the
//! document, what is wrong there and what to write instead.

use std::fmt;
use std::path::{Path, PathBuf};

/// One problem in a spec.
///
/// Displays as one line: `FILE:LINE: POINTER: PROBLEM; HELP`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
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
    pub help: String,
}

impl Diagnostic {
    /// A diagnostic about a whole file, which has neither line nor pointer.
    pub(crate) fn about_file(
        file: &Path,
        problem: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            file: file.to_owned(),
            line: None,
            pointer: String::new(),
            problem: problem.into(),
            help: help.into(),
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        if !self.pointer.is_empty() {
            write!(f, " {}:", self.pointer)?;
        }
        write!(f, " {}; {}", self.problem, self.help)
    }
}

/// Why a spec gave no source.
///
/// Displays as one line: the first diagnostic and how many follow. All of them
/// are in [`diagnostics`](Error::diagnostics).
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    diagnostics: Vec<Diagnostic>,
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
    pub(crate) fn new(kind: ErrorKind, diagnostics: Vec<Diagnostic>) -> Self {
        debug_assert!(!diagnostics.is_empty(), "an error names what is wrong");
        Self { kind, diagnostics }
    }

    /// What kind of failure it was.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Every problem found, in the order of the file; never empty.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// The same, by value.
    pub(crate) fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }
}

impl From<Diagnostic> for Error {
    /// A failure of the generator, the only one that is met one at a time.
    fn from(diagnostic: Diagnostic) -> Self {
        Self::new(ErrorKind::Generator, vec![diagnostic])
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.diagnostics.as_slice() {
            [] => write!(f, "the spec is not usable"),
            [only] => write!(f, "{only}"),
            [first, rest @ ..] => write!(f, "{first} (and {} more)", rest.len()),
        }
    }
}

impl std::error::Error for Error {}
