//! The build script of a vendor crate.

use std::env;
use std::path::{Path, PathBuf};

use crate::error::{Diagnostic, Error, ErrorKind};

/// Generates `types.rs` and `client.rs` into `OUT_DIR` of the crate that is being built.
///
/// The spec is `NAME.yaml` beside the manifest of the package `callfold-NAME`, a
/// link to `specs/NAME.yaml` in the workspace. Each problem becomes one error of the build, with the
/// spec's file and line.
pub fn build() {
    let outcome = spec_path().and_then(|spec| {
        print_instruction(&format!("rerun-if-changed={}", spec.display()));
        write_client(&spec)
    });
    if let Err(error) = outcome {
        for diagnostic in error.diagnostics() {
            print_instruction(&format!("error={diagnostic}"));
        }
    }
}

fn write_client(spec: &Path) -> Result<(), Error> {
    let directory = directory("OUT_DIR")?;
    for (name, text) in crate::generate(spec)?.files() {
        let target = directory.join(name);
        std::fs::write(&target, text).map_err(|cause| {
            let problem = format!("the client cannot be written ({cause})");
            io_error(&target, problem, "make the build directory writable")
        })?;
    }
    Ok(())
}

/// The spec that the package carries: `NAME.yaml` in the package `callfold-NAME`.
fn spec_path() -> Result<PathBuf, Error> {
    let package = directory("CARGO_MANIFEST_DIR")?;
    let name = directory("CARGO_PKG_NAME")?;
    let name = name.to_string_lossy();
    let name = name.strip_prefix("callfold-").unwrap_or(&name);
    Ok(package.join(name).with_extension("yaml"))
}

fn directory(variable: &str) -> Result<PathBuf, Error> {
    env::var_os(variable).map(PathBuf::from).ok_or_else(|| {
        io_error(
            Path::new("build.rs"),
            format!("cargo did not set {variable}"),
            "call `callfold_codegen::build` in a build script only",
        )
    })
}

fn io_error(file: &Path, problem: String, help: &str) -> Error {
    Error::new(ErrorKind::Io, vec![Diagnostic::about_file(file, problem, help)])
}

/// A build script speaks to cargo on its standard output.
#[expect(clippy::print_stdout, reason = "cargo reads a build script's standard output")]
fn print_instruction(instruction: &str) {
    println!("cargo::{instruction}");
}
