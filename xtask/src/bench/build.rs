//! What building costs from nothing: one vendor's crate beside what anybody
//! needs who writes such a client.

use super::measure::{Program, Usage};
use super::report::{BenchReport, Figure, median};
use crate::workspace::Workspace;
use std::fs;
use std::path::Path;

/// The vendor whose crate is built: the one with the largest spec.
const VENDOR: &str = "vapi";

/// What a client written by hand depends on: reqwest as it is by default, with
/// the TLS that callfold uses.
const BY_HAND: &str = r#"
chrono = { version = "0.4", features = ["serde"] }
reqwest = { version = "0.13", default-features = false, features = ["charset", "http2", "json", "query", "rustls-no-provider", "system-proxy"] }
rustls = { version = "0.23", default-features = false, features = ["std", "ring", "tls12"] }
serde_json = "1"
tokio = { version = "1", features = ["full"] }
"#;

/// How often each of them is built; they take turns.
const REPETITIONS: usize = 2;

pub(super) fn measure(workspace: &Workspace, report: &mut BenchReport) -> Result<(), String> {
    let directory = tempfile::tempdir().map_err(|cause| format!("no directory: {cause}"))?;
    let path = workspace.path("crates/clients").join(VENDOR);
    let ours = format!("callfold-{VENDOR} = {{ path = {:?} }}\n", path.display().to_string());
    let packages = [("by-hand", BY_HAND), ("one-vendor", ours.as_str())];
    for (name, dependencies) in packages {
        write(workspace, &directory.path().join(name), name, dependencies)?;
    }
    let mut ratios = (Vec::new(), Vec::new());
    let mut seconds = (Vec::new(), Vec::new());
    for _ in 0..REPETITIONS {
        let build = |(name, _)| build(&directory.path().join(name));
        let [by_hand, ours] = packages.map(build);
        let (by_hand, ours) = (by_hand?, ours?);
        ratios.0.push(ours.seconds / by_hand.seconds);
        ratios.1.push(ours.cpu / by_hand.cpu);
        seconds.0.push(by_hand.seconds);
        seconds.1.push(ours.seconds);
    }
    let (time, cpu) = (median(ratios.0), median(ratios.1));
    let (by_hand, ours) = (median(seconds.0), median(seconds.1));
    report.facts.push(Figure {
        name: "cold debug build of one vendor's crate".to_owned(),
        value: format!("{ours:.1} s, {time:.2} x ({cpu:.2} x the CPU)"),
        goal: format!("at most 1.25 x the {by_hand:.1} s of what it needs"),
        met: time <= 1.25,
    });
    Ok(())
}

/// A package outside the workspace with these dependencies, in the versions
/// that the workspace has.
fn write(
    workspace: &Workspace,
    directory: &Path,
    name: &str,
    dependencies: &str,
) -> Result<(), String> {
    let failed = |cause: std::io::Error| format!("{}: {cause}", directory.display());
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [workspace]\n\n[dependencies]\n{dependencies}"
    );
    fs::create_dir_all(directory.join("src")).map_err(failed)?;
    fs::write(directory.join("src/lib.rs"), "").map_err(failed)?;
    fs::write(directory.join("Cargo.toml"), manifest).map_err(failed)?;
    fs::copy(workspace.path("Cargo.lock"), directory.join("Cargo.lock")).map_err(failed)?;
    cargo(["fetch", "--quiet"]).run(directory).map(|_| ())
}

/// Builds a package from nothing.
fn build(directory: &Path) -> Result<Usage, String> {
    let target = directory.join("target");
    if target.exists() {
        fs::remove_dir_all(&target).map_err(|cause| format!("{}: {cause}", target.display()))?;
    }
    cargo(["build", "--quiet", "--target-dir", "target"]).run(directory)
}

fn cargo<const N: usize>(words: [&str; N]) -> Program {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    Program::new("cargo", Path::new(&cargo)).with(words)
}
