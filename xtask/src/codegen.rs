//! The vendors' clients from their specs.

use callfold_codegen::Diagnostic;

use crate::files::{WriteResult, ensure_file_contents};
use crate::workspace::Workspace;

/// Writes, or checks, the clients of the requested vendors.
///
/// Processes every vendor, so that one run reports all problems.
pub(crate) fn codegen(
    workspace: &Workspace,
    requested: &[String],
    check: bool,
) -> Result<String, String> {
    let mut report = String::new();
    let mut problems = Vec::new();
    for vendor in workspace.chosen(requested)? {
        match client(workspace, &vendor, check) {
            Ok(line) => report.push_str(&line),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(report) } else { Err(format!("{}\n{report}", problems.join("\n"))) }
}

/// Checks the specs of the requested vendors against the dialect.
pub(crate) fn lint(workspace: &Workspace, requested: &[String]) -> Result<String, String> {
    let mut report = String::new();
    let mut problems = Vec::new();
    for vendor in workspace.chosen(requested)? {
        let spec = workspace.spec(&vendor);
        let diagnostics = callfold_codegen::lint(&spec);
        if diagnostics.is_empty() {
            report.push_str(&format!("{}: in the dialect\n", workspace.shown(&spec)));
        }
        problems.extend(diagnostics.iter().map(|diagnostic| shown(workspace, diagnostic)));
    }
    if problems.is_empty() { Ok(report) } else { Err(problems.join("\n")) }
}

fn client(workspace: &Workspace, vendor: &str, check: bool) -> Result<String, String> {
    let sources = callfold_codegen::generate(&workspace.spec(vendor)).map_err(|error| {
        let diagnostics = error.diagnostics().iter().map(|diagnostic| shown(workspace, diagnostic));
        diagnostics.collect::<Vec<_>>().join("\n")
    })?;
    let mut report = String::new();
    for (file, text) in sources.files() {
        let target = workspace.path(&format!("crates/clients/{vendor}/src/{file}"));
        let name = workspace.shown(&target);
        let fate = ensure_file_contents(&target, &name, text, check, "cargo xtask codegen")?;
        report.push_str(&match fate {
            WriteResult::Written => format!("{name}: written\n"),
            WriteResult::Unchanged => format!("{name}: unchanged\n"),
        });
    }
    Ok(report)
}

/// The diagnostic with its file as seen from the workspace's root.
fn shown(workspace: &Workspace, diagnostic: &Diagnostic) -> String {
    let file = workspace.shown(&diagnostic.file).into();
    Diagnostic { file, ..diagnostic.clone() }.to_string()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use callfold_codegen::ErrorKind;
    use insta::assert_snapshot;

    use super::*;

    const EXAMPLE: &str = include_str!("../../crates/codegen/tests/example.yaml");

    /// A workspace with the specs of two invented vendors.
    fn two_vendors() -> (tempfile::TempDir, Workspace) {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("specs")).unwrap();
        for vendor in ["one", "two"] {
            fs::write(root.path().join(format!("specs/{vendor}.yaml")), EXAMPLE).unwrap();
        }
        let workspace = Workspace::at(root.path());
        (root, workspace)
    }

    #[test]
    fn only_the_changed_vendor_is_written() {
        let (_root, workspace) = two_vendors();
        assert_snapshot!(codegen(&workspace, &[], false).unwrap(), @"
        crates/clients/one/src/types.rs: written
        crates/clients/one/src/client.rs: written
        crates/clients/two/src/types.rs: written
        crates/clients/two/src/client.rs: written
        ");
        let longer = EXAMPLE.replace("Lists calls, or the latest one.", "Lists calls or one call.");
        fs::write(workspace.spec("two"), longer).unwrap();
        let stale = codegen(&workspace, &[], true).unwrap_err();
        assert_snapshot!(stale.lines().next().unwrap(), @"crates/clients/two/src/client.rs is stale; run `cargo xtask codegen`");
        assert_eq!(
            codegen(&workspace, &["one".to_owned()], true),
            Ok("crates/clients/one/src/types.rs: unchanged\ncrates/clients/one/src/client.rs: unchanged\n".to_owned())
        );
        assert_snapshot!(codegen(&workspace, &[], false).unwrap(), @"
        crates/clients/one/src/types.rs: unchanged
        crates/clients/one/src/client.rs: unchanged
        crates/clients/two/src/types.rs: unchanged
        crates/clients/two/src/client.rs: written
        ");
        assert_snapshot!(codegen(&workspace, &[], true).unwrap(), @"
        crates/clients/one/src/types.rs: unchanged
        crates/clients/one/src/client.rs: unchanged
        crates/clients/two/src/types.rs: unchanged
        crates/clients/two/src/client.rs: unchanged
        ");
    }

    #[test]
    fn diagnostics_name_the_file_from_the_root() {
        let (_root, workspace) = two_vendors();
        fs::write(workspace.spec("two"), EXAMPLE.replace("openapi: 3.0.3", "openapi: 3.1.0"))
            .unwrap();
        assert_snapshot!(lint(&workspace, &[]).unwrap_err(), @"specs/two.yaml:1: /openapi: OpenAPI 3.1.0; write `openapi: 3.0.3`, and the document in that version's forms");
        assert_snapshot!(lint(&workspace, &["one".to_owned()]).unwrap(), @"specs/one.yaml: in the dialect");
        assert_snapshot!(codegen(&workspace, &["two".to_owned()], false).unwrap_err(), @"specs/two.yaml:1: /openapi: OpenAPI 3.1.0; write `openapi: 3.0.3`, and the document in that version's forms");
    }

    #[test]
    fn committed_clients_are_fresh() {
        let outcome = codegen(&Workspace::here(), &[], true);
        assert!(outcome.is_ok(), "{}", outcome.unwrap_err());
    }

    /// Removes one line of a real spec at a time: what is left generates, or names what is missing.
    #[test]
    fn spec_without_a_line_is_a_client_or_a_diagnostic() {
        let root = tempfile::tempdir().unwrap();
        let spec = root.path().join("vendor.yaml");
        for vendor in Workspace::here().vendors().unwrap() {
            let text = fs::read_to_string(Workspace::here().spec(&vendor)).unwrap();
            let lines = text.lines().collect::<Vec<_>>();
            for removed in (0..lines.len()).step_by(STEP) {
                let kept = [&lines[..removed], &lines[removed + 1..]].concat().join("\n");
                fs::write(&spec, kept).unwrap();
                if let Err(error) = callfold_codegen::generate(&spec) {
                    let place = format!("{vendor}, line {}: {error}", removed + 1);
                    assert_ne!(error.kind(), ErrorKind::Generator, "{place}");
                }
            }
        }
    }

    /// Every line would take half a minute; a prime meets every kind of line.
    const STEP: usize = 11;
}
