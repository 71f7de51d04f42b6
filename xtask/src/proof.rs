//! Tests and proofs that cargo builds and runs.

use std::process::Command;

use crate::{codegen, workspace::Workspace};

/// Builds the program and the proof, and runs it with these arguments.
pub(crate) fn proof(workspace: &Workspace, name: &str, more: &[String]) -> Result<String, String> {
    let failure = format!("the {name} failed; see above");
    // As `cargo test` builds them, so that nothing is built twice.
    let build = ["build", "--quiet", "--bin", "callfold", "--bin", "callfold-proof"];
    cargo(workspace, &build, &failure)?;
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned());
    let built = |name: &str| format!("{target}/debug/{name}");
    let (program, proof) = (built("callfold"), built("callfold-proof"));
    let more = more.iter().map(String::as_str);
    let arguments: Vec<_> = ["--program", &program, name].into_iter().chain(more).collect();
    run(workspace, &proof, &arguments, &failure)?;
    Ok(String::new())
}

/// Checks a vendor's spec and client, and runs the tests that a change of them can break.
pub(crate) fn test(workspace: &Workspace, vendor: &str) -> Result<String, String> {
    let requested = [vendor.to_owned()];
    let lint = codegen::lint(workspace, &requested)?;
    let generated = codegen::codegen(workspace, &requested, true)?;
    let client = format!("callfold-{vendor}");
    let packages =
        [&client, "callfold-unify", "callfold-reader", "callfold-sandbox", "callfold-tests"];
    let mut arguments = vec!["test", "--quiet", "--all-features", "--no-fail-fast"];
    arguments.extend(packages.iter().flat_map(|package| ["--package", package]));
    // Its own tests, and those that go over all vendors' files.
    arguments.extend(["--lib", "--tests", "--", vendor, "exchange::", "specs::", "readme::"]);
    cargo(workspace, &arguments, &format!("tests of {vendor} failed; see above"))?;
    Ok(format!("{lint}{generated}tests of {vendor}: passed"))
}

fn cargo(workspace: &Workspace, arguments: &[&str], failure: &str) -> Result<(), String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    run(workspace, &cargo, arguments, failure)
}

fn run(
    workspace: &Workspace,
    program: &str,
    arguments: &[&str],
    failure: &str,
) -> Result<(), String> {
    let mut command = Command::new(program);
    let status = command.args(arguments).current_dir(workspace.path("")).status();
    let status = status.map_err(|error| format!("{program} cannot be run: {error}"))?;
    if status.success() { Ok(()) } else { Err(failure.to_owned()) }
}
