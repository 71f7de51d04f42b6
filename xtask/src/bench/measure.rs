//! One run of a program, and what the operating system says it took.

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use serde::{Deserialize, Serialize};
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// The vendors of the sandbox.
pub(super) const VENDORS: usize = 5;

/// What a run took.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Usage {
    /// From the start of the program to its end, in seconds.
    pub(super) seconds: f64,
    /// Processor time, of all threads, in seconds.
    pub(super) cpu: f64,
    /// Peak memory, in bytes.
    pub(super) peak: u64,
}

/// A program and how it is called.
#[derive(Clone, Debug)]
pub(super) struct Program {
    /// What it is called in the report.
    pub(super) name: &'static str,
    /// How many vendors' calls it reads.
    pub(super) vendors: usize,
    pub(super) words: Vec<OsString>,
}

impl Program {
    pub(super) fn new(name: &'static str, path: &Path) -> Self {
        Self { name, vendors: VENDORS, words: vec![path.into()] }
    }

    /// Adds words to the call.
    pub(super) fn with<W: AsRef<OsStr>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        self.words.extend(words.into_iter().map(|word| word.as_ref().to_owned()));
        self
    }

    /// Runs it once in a directory. It is started by a process that does
    /// nothing else, whose only child it is: so what its children took is what
    /// it took.
    pub(super) fn run(&self, directory: &Path) -> Result<Usage, String> {
        let shown = self.words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>();
        let failed = |problem: String| format!("`{}`: {problem}", shown.join(" "));
        let this = std::env::current_exe().map_err(|cause| failed(cause.to_string()))?;
        let ran = Command::new(this)
            .arg("measured")
            .args(&self.words)
            .current_dir(directory)
            .stdin(Stdio::null())
            .output()
            .map_err(|cause| failed(cause.to_string()))?;
        if !ran.status.success() {
            return Err(failed(String::from_utf8_lossy(&ran.stderr).trim_end().to_owned()));
        }
        serde_json::from_slice(&ran.stdout).map_err(|cause| failed(cause.to_string()))
    }
}

/// Runs a program, throws away what it writes to its standard output, and says
/// what it took.
pub(crate) fn measured(words: &[OsString]) -> Result<String, String> {
    let (program, arguments) = words.split_first().ok_or("which program?")?;
    let begun = Instant::now();
    let ended = Command::new(program).args(arguments).stdout(Stdio::null()).output();
    let seconds = begun.elapsed().as_secs_f64();
    let ended = ended.map_err(|cause| cause.to_string())?;
    if !ended.status.success() {
        return Err(format!("{}\n{}", ended.status, String::from_utf8_lossy(&ended.stderr)));
    }
    let took = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|cause| cause.to_string())?;
    let micros = took.user_time().num_microseconds() + took.system_time().num_microseconds();
    // macOS counts bytes, everybody else counts kilobytes.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    let peak = u64::try_from(took.max_rss()).unwrap_or_default() * unit;
    let usage = Usage { seconds, cpu: micros as f64 / 1e6, peak };
    serde_json::to_string(&usage).map_err(|cause| cause.to_string())
}
