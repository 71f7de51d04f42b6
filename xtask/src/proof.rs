//! Proofs that run the program against a sandbox that misbehaves.

use std::process::Command;

use crate::workspace::Workspace;

/// Builds the program and the proof, and runs it with what was said on the
/// command line.
pub(crate) fn proof(workspace: &Workspace, name: &str, more: &[String]) -> Result<String, String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let run = |arguments: &[&str], more: &[String]| {
        let status = Command::new(&cargo)
            .args(arguments)
            .args(more)
            .current_dir(workspace.path(""))
            .status();
        let status = status.map_err(|error| format!("{cargo} cannot be run: {error}"))?;
        let failed = || format!("the {name} failed; see above");
        if status.success() { Ok(()) } else { Err(failed()) }
    };
    let packages = ["--package", "callfold", "--package", "callfold-tests", "--bins"];
    run(&[&["build", "--quiet", "--release"], &packages[..]].concat(), &[])?;
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned());
    let program = format!("{target}/release/callfold");
    let proof = ["run", "--quiet", "--release", "--package", "callfold-tests", "--bin"];
    let proof = [&proof[..], &["callfold-proof", "--", "--program", &program, name]].concat();
    run(&proof, more)?;
    Ok(String::new())
}
