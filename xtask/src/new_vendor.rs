//! The skeleton of a new vendor.
//!
//! The files hold a complete, working vendor: a made-up API with one list and
//! one record. Replace it with the vendor's real API, the spec first.

mod lines;
mod names;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::ValueEnum;
use serde_json::value::RawValue;

use crate::workspace::Workspace;

/// How the made-up vendor's list is paged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PagingStyle {
    /// By a page number.
    Page,
    /// By a number of records to skip.
    Offset,
    /// By a token from the page before.
    Token,
    /// By the start of the last call of the page before.
    Key,
}

impl PagingStyle {
    /// The word for it in the spec and in the skeleton.
    fn word(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Offset => "offset",
            Self::Token => "token",
            Self::Key => "key",
        }
    }

    /// The lines of a template for this style: those between `{{if STYLE …}}` and the next
    /// `{{if …}}` or `{{end}}` are for the styles named there, all others for every style.
    fn select_lines(self, text: &str) -> String {
        let mut is_selected = true;
        let mut selected = String::new();
        for line in text.split_inclusive('\n') {
            match line.trim_end().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")) {
                Some("end") => is_selected = true,
                Some(rest) if rest.starts_with("if ") => {
                    is_selected = rest.split(' ').skip(1).any(|style| style == self.word());
                }
                _ if is_selected => selected.push_str(line),
                _ => {}
            }
        }
        selected
    }
}

/// Path from the root and text of each file; `{{name}}` and `{{Name}}` stand for the vendor.
const FILES: &[(&str, &str)] = &[
    ("specs/{{name}}.yaml", include_str!("../skeleton/spec.yaml.in")),
    ("crates/clients/{{name}}/Cargo.toml", include_str!("../skeleton/Cargo.toml.in")),
    ("crates/clients/{{name}}/README.md", include_str!("../skeleton/README.md.in")),
    ("crates/clients/{{name}}/build.rs", include_str!("../skeleton/build.rs.in")),
    ("crates/clients/{{name}}/src/lib.rs", include_str!("../skeleton/lib.rs.in")),
    (
        "crates/clients/{{name}}/examples/recipes/main.rs",
        include_str!("../skeleton/recipes_main.rs.in"),
    ),
    (
        "crates/clients/{{name}}/examples/recipes/readme.rs",
        include_str!("../skeleton/recipes.rs.in"),
    ),
    ("crates/unify/src/{{name}}.rs", include_str!("../skeleton/unify.rs.in")),
    ("crates/reader/src/{{name}}.rs", include_str!("../skeleton/reader.rs.in")),
    (
        "crates/sandbox/src/vendors/{{name}}/profile.rs",
        include_str!("../skeleton/sandbox_profile.rs.in"),
    ),
    ("crates/sandbox/src/vendors/{{name}}/mod.rs", include_str!("../skeleton/sandbox.rs.in")),
    ("tests/exchange/{{name}}.rs", include_str!("../skeleton/exchange.rs.in")),
    ("tests/operations/{{name}}.rs", include_str!("../skeleton/operations.rs.in")),
    ("tests/readme/{{name}}.rs", include_str!("../skeleton/example.rs.in")),
    ("tests/wire/callers/{{name}}.rs", include_str!("../skeleton/caller.rs.in")),
];

/// The fixtures by their names, as one JSON object.
const FIXTURES: &str = include_str!("../skeleton/fixtures.json.in");

/// The snapshots, each after a line with its name; `tests/new_vendor.sh --record` writes them.
const SNAPSHOTS: &str = include_str!("../skeleton/snapshots.in");

/// What a new vendor changes.
struct Plan {
    /// Paths from the root and texts of the new files.
    files: Vec<(String, String)>,
    /// Path from the root and target of a link to the spec.
    link: (String, String),
    /// Paths from the root, new and old texts of the shared files.
    edited: Vec<(String, String, String)>,
}

/// Writes the skeleton and returns what is left to do; with `apply` also edits the shared files.
pub(crate) fn new_vendor(
    workspace: &Workspace,
    name: &str,
    style: PagingStyle,
    apply: bool,
) -> Result<String, String> {
    let vendors = workspace.vendors()?;
    names::check(workspace, &vendors, name)?;
    let plan = Plan::new(workspace, &vendors, name, style, apply)?;
    let existing = plan.new_paths().filter(|path| workspace.path(path).exists());
    let existing = existing.collect::<Vec<_>>();
    if !existing.is_empty() {
        return Err(format!(
            "`{name}` exists already: {}; choose another name, or remove them first",
            existing.join(", ")
        ));
    }
    plan.write(workspace)?;
    let mut report: String = plan.new_paths().map(|path| format!("{path}: written\n")).collect();
    if apply {
        for (file, line) in lines::LINES {
            report.push_str(&format!("{file}: `{}` added\n", fill(line, name)));
        }
    } else {
        report.push_str("\nadd these lines, each in the order of the vendors' names:\n");
        let mut file = "";
        for (path, line) in lines::LINES {
            if *path != file {
                report.push_str(&format!("  {path}\n"));
                file = path;
            }
            report.push_str(&format!("    {}\n", fill(line, name)));
        }
    }
    report.push_str(&format!(
        "\nThe written vendor is made up, and passes its tests. Next:\n\
         1. Write what the vendor's pages say into specs/{name}.yaml, and run `cargo xtask codegen {name}`.\n\
         2. Keep the vendor's samples as tests/fixtures/{name}/OPERATION.SCENARIO.json.\n\
         3. Correct crates/unify/src/{name}.rs, crates/reader/src/{name}.rs and crates/sandbox/src/vendors/{name},\n   \
            then {name}.rs under tests/, as `cargo test -p callfold-unify -p callfold-reader -p callfold-tests --all-features` \
         shows.\n\
         4. Review the snapshots in tests/snapshots/{name}.\n"
    ));
    Ok(report)
}

impl Plan {
    fn new(
        workspace: &Workspace,
        vendors: &[String],
        name: &str,
        style: PagingStyle,
        apply: bool,
    ) -> Result<Self, String> {
        let mut files = Vec::new();
        for (path, text) in FILES {
            let (path, text) = (fill(path, name), fill(&style.select_lines(text), name));
            let text = if path.ends_with(".rs") { formatted(&text)? } else { text };
            files.push((path, text));
        }
        for (file, text) in client(&files[0].1, name)? {
            files.push((format!("crates/clients/{name}/src/{file}"), text));
        }
        let fixtures = style.select_lines(FIXTURES);
        let fixtures: BTreeMap<String, &RawValue> = serde_json::from_str(&fixtures)
            .map_err(|cause| format!("the skeleton's fixtures are not JSON ({cause})"))?;
        for (fixture, content) in fixtures {
            let text = content.get().replace("\n  ", "\n") + "\n";
            files.push((format!("tests/fixtures/{name}/{fixture}.json"), fill(&text, name)));
        }
        for snapshot in style.select_lines(SNAPSHOTS).split("=== ").skip(1) {
            let (title, text) = snapshot.split_once('\n').unwrap_or((snapshot, ""));
            files.push((format!("tests/snapshots/{name}/{title}.snap"), fill(text, name)));
        }
        let link =
            (format!("crates/clients/{name}/{name}.yaml"), format!("../../../specs/{name}.yaml"));
        let mut edited: Vec<(String, String, String)> = Vec::new();
        for (path, line) in lines::LINES.iter().filter(|_| apply) {
            if edited.last().is_none_or(|(last, ..)| last != path) {
                let text = fs::read_to_string(workspace.path(path))
                    .map_err(|cause| format!("{path} cannot be read ({cause})"))?;
                edited.push(((*path).to_owned(), text.clone(), text));
            }
            if let Some((_, text, _)) = edited.last_mut() {
                *text = lines::insert(path, text, line, vendors, name)?;
            }
        }
        Ok(Self { files, link, edited })
    }

    fn new_paths(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|(path, _)| path.as_str()).chain([self.link.0.as_str()])
    }

    /// Writes everything, or nothing.
    fn write(&self, workspace: &Workspace) -> Result<(), String> {
        let mut made: Vec<PathBuf> = Vec::new();
        let outcome = self.write_new(workspace, &mut made).and_then(|()| {
            self.edited.iter().try_for_each(|(path, text, _)| {
                fs::write(workspace.path(path), text)
                    .map_err(|cause| format!("{path} cannot be written ({cause})"))
            })
        });
        if outcome.is_err() {
            // The first error is reported even if the rollback fails too.
            for path in made.iter().rev() {
                drop(if path.is_dir() { fs::remove_dir(path) } else { fs::remove_file(path) });
            }
            for (path, _, before) in &self.edited {
                drop(fs::write(workspace.path(path), before));
            }
        }
        outcome
    }

    /// Writes the new files; adds their paths to `made`.
    fn write_new(&self, workspace: &Workspace, made: &mut Vec<PathBuf>) -> Result<(), String> {
        let failed = |path: &str, cause| format!("{path} cannot be written ({cause})");
        for (path, text) in &self.files {
            let target = workspace.path(path);
            make_directory(target.parent(), made).map_err(|cause| failed(path, cause))?;
            made.push(target.clone());
            fs::write(target, text).map_err(|cause| failed(path, cause))?;
        }
        let (path, to) = &self.link;
        made.push(workspace.path(path));
        std::os::unix::fs::symlink(to, workspace.path(path)).map_err(|cause| failed(path, cause))
    }
}

/// Creates a directory and its parents; adds the new ones to `made`.
fn make_directory(path: Option<&Path>, made: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let Some(path) = path.filter(|path| !path.exists()) else { return Ok(()) };
    make_directory(path.parent(), made)?;
    fs::create_dir(path)?;
    made.push(path.to_owned());
    Ok(())
}

/// The files of the client that is generated from a spec.
fn client(spec: &str, name: &str) -> Result<Vec<(String, String)>, String> {
    let failed = |cause| format!("no temporary directory for the spec ({cause})");
    let directory = tempfile::tempdir().map_err(failed)?;
    let path = directory.path().join(format!("{name}.yaml"));
    fs::write(&path, spec).map_err(failed)?;
    let sources = callfold_codegen::generate(&path).map_err(|error| {
        let diagnostics = error.diagnostics().iter().map(ToString::to_string);
        format!("the skeleton's spec is wrong:\n{}", diagnostics.collect::<Vec<_>>().join("\n"))
    })?;
    Ok(sources.files().into_iter().map(|(file, text)| (file.to_owned(), text.to_owned())).collect())
}

/// Formatted Rust: the order of imports depends on the vendor's name.
fn formatted(text: &str) -> Result<String, String> {
    let failed = |cause: &dyn std::fmt::Display| format!("rustfmt fails ({cause})");
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", "--config-path"])
        .arg(Workspace::here().path(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|cause| failed(&cause))?;
    let written = rustfmt.stdin.take().map(|mut input| input.write_all(text.as_bytes()));
    let output = rustfmt.wait_with_output().map_err(|cause| failed(&cause))?;
    match written {
        Some(Ok(())) if output.status.success() => {
            String::from_utf8(output.stdout).map_err(|cause| failed(&cause))
        }
        _ => Err(failed(&output.status)),
    }
}

/// A template with the vendor's name in it.
fn fill(text: &str, name: &str) -> String {
    let title = name[..1].to_ascii_uppercase() + &name[1..];
    // Starts of calls in the sandbox lie on a grid of their own.
    let hash = name.bytes().fold(0_u32, |hash, byte| hash.wrapping_mul(31) + u32::from(byte));
    text.replace("{{name}}", name)
        .replace("{{Name}}", &title)
        .replace("{{phase}}", &(hash % 1_000 * 10 + 7).to_string())
}

#[cfg(test)]
#[path = "new_vendor/tests.rs"]
mod tests;
