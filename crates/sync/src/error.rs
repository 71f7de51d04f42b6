//! Why a database could not be used.

use std::{error::Error, fmt, sync::Arc};

/// Using the database failed. `Display` is one line; it holds no password and
/// nothing of a call.
#[derive(Clone, Debug)]
pub struct StoreError(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    kind: StoreErrorKind,
    problem: String,
    help: String,
    refusal: Option<String>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The name of the database cannot be understood.
    Name,
    /// It cannot be reached or opened.
    Unreachable,
    /// It refuses the credentials.
    Refused,
    /// Another sync is at work on it.
    Busy,
    /// It is another program's, or none at all.
    Foreign,
    /// A newer version of this program made it.
    Newer,
    /// There is no room for more.
    Full,
    /// It went away, or failed, while it was used.
    Broken,
}

impl StoreError {
    pub(crate) fn new(
        kind: StoreErrorKind,
        problem: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        let (problem, help) = (problem.into(), help.into());
        Self(Box::new(Inner { kind, problem, help, refusal: None, source: None }))
    }

    pub(crate) fn caused_by(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Arc::new(source));
        self
    }

    /// Marks that the database refused values, not the statement or the
    /// connection. `reason` holds none of them.
    pub(crate) fn refused(mut self, reason: String) -> Self {
        self.0.refusal = Some(reason);
        self
    }

    /// Why the database refused values.
    pub(crate) fn refusal(&self) -> Option<&str> {
        self.0.refusal.as_deref()
    }

    pub(crate) fn is_refusal(&self) -> bool {
        self.0.refusal.is_some()
    }

    /// The same, when no other value could be written either.
    pub(crate) fn into_fatal(mut self) -> Self {
        self.0.refusal = None;
        self
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> StoreErrorKind {
        self.0.kind
    }

    /// What to do about it; empty where nothing in particular helps.
    pub fn help(&self) -> &str {
        &self.0.help
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.problem)
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
