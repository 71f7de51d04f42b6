//! How a run can end.

use crate::config::ConfigError;
use crate::output::Stderr;
use std::{fmt, io, process};

/// How a run ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything asked for was done.
    Complete,
    /// Some of it.
    Partial,
    /// Nothing of it, and the reasons were told.
    Failed,
    /// It was interrupted, and left in order.
    Interrupted,
}

impl Outcome {
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
    /// The command line cannot be obeyed: the problem and its cure.
    Usage(String, String),
    /// The configuration is wrong.
    Config(ConfigError),
    /// It was tried in vain: the problem and its cure.
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
    /// Only writing to standard output gives an input/output error of its own.
    fn from(error: io::Error) -> Self {
        Self::Stdout(error)
    }
}

impl Failure {
    /// Tells the reason, and gives the exit code.
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
            Self::Usage(problem, cure) | Self::Failed(problem, cure) => {
                write!(f, "{problem}")?;
                if cure.is_empty() { Ok(()) } else { write!(f, "\n  help: {cure}") }
            }
            Self::Config(error) => write!(f, "{error}"),
            Self::Stdout(error) => {
                write!(f, "standard output cannot be written: {}", reason(error))
            }
        }
    }
}

/// What the system says, without its number.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}

/// Ends the process as Ctrl-C does.
pub(crate) fn interrupted() -> ! {
    crate::config::end_running_command();
    process::exit(130)
}
