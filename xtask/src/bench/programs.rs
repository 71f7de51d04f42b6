//! The programs that are measured, built the way they are released.

use crate::workspace::Workspace;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where the programs are.
pub(super) struct Programs {
    pub(super) callfold: PathBuf,
    pub(super) baseline: PathBuf,
    pub(super) library: PathBuf,
    pub(super) sandbox: PathBuf,
}

impl Programs {
    /// Builds what is not built yet, or takes the callfold that is given.
    pub(super) fn build(workspace: &Workspace, callfold: Option<PathBuf>) -> Result<Self, String> {
        let root = workspace.path("");
        let callfold = match callfold {
            Some(program) => {
                program.canonicalize().map_err(|cause| format!("{}: {cause}", program.display()))?
            }
            None => one(&root, &["--package", "callfold"], "callfold")?,
        };
        let example =
            |name| one(&root, &["--package", "callfold-benches", "--example", name], name);
        let [baseline, library, sandbox] = ["baseline", "library", "sandbox"].map(example);
        Ok(Self { callfold, baseline: baseline?, library: library?, sandbox: sandbox? })
    }
}

/// Builds one program as it is shipped; returns its path.
fn one(root: &Path, what: &[&str], name: &str) -> Result<PathBuf, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--profile", "dist", "--message-format", "json-render-diagnostics"])
        .args(what)
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|cause| format!("cargo cannot be run: {cause}"))?;
    if !built.status.success() {
        return Err(format!("{name} does not build"));
    }
    let messages = String::from_utf8_lossy(&built.stdout);
    let executable = |line: &str| {
        let message: Value = serde_json::from_str(line).ok()?;
        let is_it = message["target"]["name"] == name;
        message["executable"].as_str().filter(|_| is_it).map(PathBuf::from)
    };
    let found = messages.lines().rev().find_map(executable);
    found.ok_or_else(|| format!("cargo does not say where {name} is"))
}
