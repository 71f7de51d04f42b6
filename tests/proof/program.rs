//! The program under test, run as a user runs it.

use crate::Error;
use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::{process::Command, time::timeout};

/// A run that takes longer hangs.
const RUN_TIMEOUT: Duration = Duration::from_secs(120);

/// The commands that read calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reader {
    List,
    Export,
    Sync,
}

impl Reader {
    pub(crate) const ALL: [Self; 3] = [Self::List, Self::Export, Self::Sync];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Export => "export",
            Self::Sync => "sync",
        }
    }

    /// The file it writes its calls to, in a directory of its own.
    pub(crate) fn file(self) -> &'static str {
        match self {
            Self::List => "list.jsonl",
            Self::Export => "export.jsonl",
            Self::Sync => "sync.sqlite",
        }
    }

    fn arguments(self) -> Vec<&'static str> {
        match self {
            Self::List => vec!["list", "--order", "read", "--output", "jsonl"],
            Self::Export => vec!["export", "--to", self.file(), "--progress", "none"],
            Self::Sync => vec!["sync", "--db", self.file(), "--progress", "none"],
        }
    }
}

/// The program.
#[derive(Clone, Debug)]
pub(crate) struct Program(PathBuf);

/// How a run ended.
#[derive(Debug)]
pub(crate) struct ProgramExit {
    pub(crate) code: i32,
    pub(crate) stderr: String,
}

impl Program {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(std::path::absolute(&path).unwrap_or(path))
    }

    /// Runs a command in `dir` with the configuration there. Its report is
    /// `report.json`.
    pub(crate) async fn run(
        &self,
        reader: Reader,
        extra_args: &[&str],
        dir: &Path,
    ) -> Result<ProgramExit, Error> {
        let mut command = Command::new(&self.0);
        command.args(reader.arguments()).args(["--report", "report.json"]).args(extra_args);
        command.current_dir(dir).kill_on_drop(true).stdin(Stdio::null()).stderr(Stdio::piped());
        match reader {
            Reader::List => command.stdout(std::fs::File::create(dir.join(reader.file()))?),
            _ => command.stdout(Stdio::null()),
        };
        let done = timeout(RUN_TIMEOUT, command.spawn()?.wait_with_output()).await;
        let output =
            done.map_err(|_| format!("{} ran longer than {RUN_TIMEOUT:?}", reader.name()))??;
        Ok(ProgramExit {
            code: output.status.code().unwrap_or(-1),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }
}
