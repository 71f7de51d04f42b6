//! Proofs that run the program against a sandbox with faults.

use std::process::Command;

use crate::workspace::Workspace;

/// Builds the program and the proof, and runs it with these arguments.
pub(crate) fn proof(workspace: &Workspace, name: &str, more: &[String]) -> Result<String, String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let run = |program: &str, arguments: &[&str], more: &[String]| {
        let mut command = Command::new(program);
        let status = command.args(arguments).args(more).current_dir(workspace.path("")).status();
        let status = status.map_err(|error| format!("{program} cannot be run: {error}"))?;
        if status.success() { Ok(()) } else { Err(format!("the {name} failed; see above")) }
    };
    run(&cargo, &["build", "--quiet", "--release", "--bin", "callfold"], &[])?;
    // As the tests are built, so that nothing is built twice.
    let proof = ["--workspace", "--all-features", "--bin", "callfold-proof"];
    run(&cargo, &[&["build", "--quiet"], &proof[..]].concat(), &[])?;
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned());
    let built = |profile: &str, name: &str| format!("{target}/{profile}/{name}");
    let (program, proof) = (built("release", "callfold"), built("debug", "callfold-proof"));
    run(&proof, &["--program", &program, name], more)?;
    Ok(String::new())
}
