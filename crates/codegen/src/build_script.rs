//! The whole of a vendor crate's build script.

use std::env;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Finding};

/// Generates `OUT_DIR/generated.rs` of the crate that is being built.
///
/// The spec is `specs/NAME.yaml` in the workspace, `NAME` being the name of the
/// crate's directory. Each problem becomes one error of the build, with the
/// spec's file and line.
pub fn build() {
    let outcome = spec_path().and_then(|spec| {
        tell(&format!("rerun-if-changed={}", spec.display()));
        write_client(&spec)
    });
    if let Err(error) = outcome {
        for finding in error.findings() {
            tell(&format!("error={finding}"));
        }
    }
}

fn write_client(spec: &Path) -> Result<(), Error> {
    let target = directory("OUT_DIR")?.join("generated.rs");
    let text = crate::generate(spec)?;
    std::fs::write(&target, text).map_err(|cause| {
        let problem = format!("the client cannot be written ({cause})");
        io_error(&target, problem, "make the build directory writable")
    })
}

fn spec_path() -> Result<PathBuf, Error> {
    let package = directory("CARGO_MANIFEST_DIR")?;
    let root = package.parent().and_then(Path::parent);
    match (root, package.file_name()) {
        (Some(root), Some(name)) => Ok(root.join("specs").join(name).with_extension("yaml")),
        _ => Err(io_error(
            &package,
            "the crate is not two directories below the workspace's root".to_owned(),
            "build it without the feature `codegen`; the committed client needs no spec",
        )),
    }
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

fn io_error(file: &Path, problem: String, cure: &str) -> Error {
    Error::new(ErrorKind::Io, vec![Finding::about_file(file, problem, cure)])
}

/// A build script speaks to cargo on its standard output.
#[expect(clippy::print_stdout, reason = "cargo reads a build script's standard output")]
fn tell(instruction: &str) {
    println!("cargo::{instruction}");
}
