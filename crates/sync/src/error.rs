//! Errors of a database.

use crate::schema::VERSION;
use std::{error::Error, fmt, sync::Arc};

/// Using the database failed. `Display` is one line, without a password or any
/// value of a call.
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

/// The kind of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The name of the database is invalid.
    Name,
    /// It cannot be reached or opened.
    Unreachable,
    /// It rejects the credentials.
    Refused,
    /// Another sync is at work on it.
    Busy,
    /// Another program keeps it locked.
    Locked,
    /// It is another program's, or not a database.
    Foreign,
    /// A newer version of callfold migrated it.
    Newer,
    /// There is no space left.
    Full,
    /// It failed while it was used.
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

    /// Another sync is at work.
    pub(crate) fn busy(problem: String) -> Self {
        Self::new(StoreErrorKind::Busy, problem, "try again when it is done")
    }

    /// The tables are of a newer version than this program knows.
    pub(crate) fn newer(name: impl fmt::Display, version: i64) -> Self {
        let problem = format!(
            "{name} is of version {version}, and this callfold knows versions up to {VERSION}"
        );
        let help = "use the callfold that wrote it, or a newer one";
        Self::new(StoreErrorKind::Newer, problem, help)
    }

    pub(crate) fn caused_by(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Arc::new(source));
        self
    }

    /// Marks with `Some` that the database refused values, not the statement or
    /// the connection. The reason holds none of them.
    pub(crate) fn refused(mut self, reason: Option<String>) -> Self {
        self.0.refusal = reason;
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

    /// The kind of the failure.
    pub fn kind(&self) -> StoreErrorKind {
        self.0.kind
    }

    /// What to do about it; empty if nothing in particular helps.
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
