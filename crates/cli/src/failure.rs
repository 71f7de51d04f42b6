//! How a run ends.

use crate::config::ConfigError;
use crate::output::Stderr;
use callfold_reader::text::io_reason;
use std::{fmt, io, process};

/// How a run ended that reported its problems itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExitOutcome {
    /// Everything was done.
    Complete,
    /// A part was done.
    Partial,
    /// Nothing was done.
    Failed,
    /// Interrupted, and finished in order.
    Interrupted,
}

impl ExitOutcome {
    /// The outcome of `total` parts of which `failed` failed.
    pub(crate) fn of(total: usize, failed: usize) -> Self {
        match failed {
            0 => Self::Complete,
            _ if failed >= total => Self::Failed,
            _ => Self::Partial,
        }
    }

    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::Complete => 0,
            Self::Failed => 1,
            Self::Partial => 3,
            Self::Interrupted => 130,
        }
    }
}

/// Why a run ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line is wrong: the problem, and help.
    Usage(String, String),
    /// The configuration is wrong.
    Config(ConfigError),
    /// An operation failed: the problem, and help.
    Failed(String, String),
    /// Standard output cannot be written.
    Stdout(io::Error),
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl From<io::Error> for Failure {
    /// Only writes to standard output return a plain I/O error.
    fn from(error: io::Error) -> Self {
        Self::Stdout(error)
    }
}

impl Failure {
    pub(crate) fn usage(problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage(problem.into(), help.into())
    }

    pub(crate) fn failed(problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Failed(problem.into(), help.into())
    }

    /// Prints the failure and returns the exit code.
    pub(crate) fn report(&self, stderr: &Stderr) -> u8 {
        if let Self::Stdout(error) = self
            && error.kind() == io::ErrorKind::BrokenPipe
        {
            // The reader has what it wanted: `callfold list | head`.
            return 0;
        }
        stderr.error(self);
        match self {
            Self::Usage(..) | Self::Config(_) => 2,
            Self::Failed(..) | Self::Stdout(_) => 1,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(problem, help) | Self::Failed(problem, help) => {
                write!(f, "{problem}")?;
                if help.is_empty() { Ok(()) } else { write!(f, "\n  help: {help}") }
            }
            Self::Config(error) => write!(f, "{error}"),
            Self::Stdout(error) => {
                write!(f, "cannot write to standard output: {}", io_reason(error))
            }
        }
    }
}

/// Exits as Ctrl-C does.
pub(crate) fn exit_interrupted() -> ! {
    crate::config::kill_running_command();
    process::exit(130)
}
