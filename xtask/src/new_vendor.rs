//! The skeleton of a new vendor.
//!
//! The files hold a whole, working vendor: an invented API with one list and
//! one record. What is invented is then replaced by what the vendor's pages
//! say, the spec first.

use std::path::PathBuf;

use crate::codegen::codegen;
use crate::files::ensure_file_contents;
use crate::workspace::Workspace;

/// Path from the root and text of each file; `{{name}}` and `{{Name}}` stand for the vendor.
const FILES: &[(&str, &str)] = &[
    ("specs/{{name}}.yaml", include_str!("../skeleton/spec.yaml.in")),
    ("crates/{{name}}/Cargo.toml", include_str!("../skeleton/Cargo.toml.in")),
    ("crates/{{name}}/README.md", include_str!("../skeleton/README.md.in")),
    ("crates/{{name}}/build.rs", include_str!("../skeleton/build.rs.in")),
    ("crates/{{name}}/src/lib.rs", include_str!("../skeleton/lib.rs.in")),
    ("crates/{{name}}/src/list.rs", include_str!("../skeleton/list.rs.in")),
    ("crates/unify/src/{{name}}.rs", include_str!("../skeleton/unify.rs.in")),
    ("crates/reader/src/{{name}}.rs", include_str!("../skeleton/reader.rs.in")),
    ("tests/exchange/{{name}}.rs", include_str!("../skeleton/exchange.rs.in")),
    ("tests/readme/{{name}}.rs", README_EXAMPLE),
    (
        "tests/fixtures/{{name}}/list_calls.first_page.json",
        include_str!("../skeleton/fixture.json.in"),
    ),
];

/// The example of the vendor crate's README, which is run as a test too.
const README_EXAMPLE: &str = include_str!("../skeleton/readme.rs.in");

/// Lines that the vendor needs in files that all vendors share: file, place, line.
const LINES: &[(&str, &str, &str)] = &[
    (
        "Cargo.toml",
        "[workspace.dependencies]",
        r#"callfold-{{name}} = { path = "crates/{{name}}", version = "0.1.0" }"#,
    ),
    ("crates/unify/Cargo.toml", "[features]", r#"{{name}} = ["dep:callfold-{{name}}"]"#),
    (
        "crates/unify/Cargo.toml",
        "[dependencies]",
        "callfold-{{name}} = { workspace = true, optional = true }",
    ),
    ("crates/unify/src/lib.rs", "the features", r#"feature = "{{name}}""#),
    ("crates/unify/src/lib.rs", "the modules", r#"#[cfg(feature = "{{name}}")] pub mod {{name}};"#),
    ("crates/unify/src/lib.rs", "mappings()", r#"#[cfg(feature = "{{name}}")] {{name}}::MAPPING,"#),
    (
        "crates/reader/Cargo.toml",
        "[features]",
        r#"{{name}} = ["dep:callfold-{{name}}", "callfold-unify/{{name}}"]"#,
    ),
    (
        "crates/reader/Cargo.toml",
        "[dependencies]",
        "callfold-{{name}} = { workspace = true, optional = true }",
    ),
    ("crates/reader/src/lib.rs", "the modules", r#"#[cfg(feature = "{{name}}")] mod {{name}};"#),
    ("crates/reader/src/lib.rs", "vendors()", r#"#[cfg(feature = "{{name}}")] &{{name}}::ENTRY,"#),
    ("crates/cli/Cargo.toml", "features of callfold-reader", r#""{{name}}""#),
    ("tests/Cargo.toml", "[dev-dependencies]", "callfold-{{name}}.workspace = true"),
    ("tests/Cargo.toml", "features of callfold-unify", r#""{{name}}""#),
    ("tests/exchange/mod.rs", "the modules", "mod {{name}};"),
    (
        "tests/exchange/mod.rs",
        "the match on the vendor",
        r#""{{name}}" => {{name}}::run(&base_url, operation"#,
    ),
    ("tests/readme/mod.rs", "the modules", "mod {{name}};"),
];

/// Names of crates that are no vendors.
const TAKEN: [&str; 8] =
    ["callfold", "cli", "codegen", "reader", "sandbox", "tests", "transport", "unify"];

/// Writes the skeleton and says what is left to do.
pub(crate) fn new_vendor(workspace: &Workspace, name: &str) -> Result<String, String> {
    check_name(name)?;
    let files = FILES.iter().map(|(path, text)| (fill(path, name), fill(text, name)));
    let files = files.collect::<Vec<(String, String)>>();
    let existing = files.iter().map(|(path, _)| path.as_str());
    let existing = existing.filter(|path| workspace.path(path).exists()).collect::<Vec<_>>();
    if !existing.is_empty() {
        return Err(format!(
            "`{name}` exists already: {}; choose another name, or remove them first",
            existing.join(", ")
        ));
    }
    let mut report = String::new();
    for (path, text) in &files {
        let target: PathBuf = workspace.path(path);
        ensure_file_contents(&target, path, text, false, "cargo xtask new-vendor")?;
        report.push_str(&format!("{path}: written\n"));
    }
    report.push_str(&codegen(workspace, &[name.to_owned()], false)?);
    report.push_str("\nadd these lines, each in the order of the vendors' names:\n");
    let mut file = "";
    for (path, place, line) in LINES {
        if *path != file {
            report.push_str(&format!("  {path}\n"));
            file = path;
        }
        report.push_str(&format!("    {place}: {}\n", fill(line, name)));
    }
    report.push_str(&format!(
        "\nthen run `cargo fmt`, write what the vendor's pages say into specs/{name}.yaml, run `cargo \
         xtask codegen {name}`, and let `cargo test --workspace --all-features` name what is missing; \
         the README's example is run in tests/readme/mod.rs, against the vendor faked in \
         crates/sandbox/src/{name}.rs\n"
    ));
    Ok(report)
}

fn check_name(name: &str) -> Result<(), String> {
    let starts_well = name.starts_with(|c: char| c.is_ascii_lowercase());
    let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    if !starts_well || !plain || name.len() > 32 {
        return Err(format!(
            "`{name}` is no name for a vendor; write lower-case letters and digits, a letter \
             first, as in `vaani`"
        ));
    }
    if TAKEN.contains(&name) || is_keyword(name) {
        return Err(format!("`{name}` means something else here; choose another name"));
    }
    Ok(())
}

/// Whether Rust reads the word as something other than a name.
fn is_keyword(word: &str) -> bool {
    const KEYWORDS: &str = "abstract as async await become box break const continue crate do dyn \
        else enum extern false final fn for gen if impl in let loop macro match mod move mut \
        override priv pub ref return self static struct super trait true try type typeof union \
        unsafe unsized use virtual where while yield";
    KEYWORDS.split_whitespace().any(|keyword| keyword == word)
}

fn fill(text: &str, name: &str) -> String {
    let title = name[..1].to_ascii_uppercase() + &name[1..];
    text.replace("{{readme.rs}}", README_EXAMPLE)
        .replace("{{name}}", name)
        .replace("{{Name}}", &title)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use insta::assert_snapshot;

    use super::*;

    fn empty_workspace() -> (tempfile::TempDir, Workspace) {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("specs")).unwrap();
        let workspace = Workspace::at(root.path());
        (root, workspace)
    }

    #[test]
    fn skeleton_is_written_once_and_its_client_generated() {
        let (_root, workspace) = empty_workspace();
        assert_snapshot!(new_vendor(&workspace, "acme").unwrap(), @r#"
        specs/acme.yaml: written
        crates/acme/Cargo.toml: written
        crates/acme/README.md: written
        crates/acme/build.rs: written
        crates/acme/src/lib.rs: written
        crates/acme/src/list.rs: written
        crates/unify/src/acme.rs: written
        crates/reader/src/acme.rs: written
        tests/exchange/acme.rs: written
        tests/readme/acme.rs: written
        tests/fixtures/acme/list_calls.first_page.json: written
        crates/acme/src/generated.rs: written

        add these lines, each in the order of the vendors' names:
          Cargo.toml
            [workspace.dependencies]: callfold-acme = { path = "crates/acme", version = "0.1.0" }
          crates/unify/Cargo.toml
            [features]: acme = ["dep:callfold-acme"]
            [dependencies]: callfold-acme = { workspace = true, optional = true }
          crates/unify/src/lib.rs
            the features: feature = "acme"
            the modules: #[cfg(feature = "acme")] pub mod acme;
            mappings(): #[cfg(feature = "acme")] acme::MAPPING,
          crates/reader/Cargo.toml
            [features]: acme = ["dep:callfold-acme", "callfold-unify/acme"]
            [dependencies]: callfold-acme = { workspace = true, optional = true }
          crates/reader/src/lib.rs
            the modules: #[cfg(feature = "acme")] mod acme;
            vendors(): #[cfg(feature = "acme")] &acme::ENTRY,
          crates/cli/Cargo.toml
            features of callfold-reader: "acme"
          tests/Cargo.toml
            [dev-dependencies]: callfold-acme.workspace = true
            features of callfold-unify: "acme"
          tests/exchange/mod.rs
            the modules: mod acme;
            the match on the vendor: "acme" => acme::run(&base_url, operation
          tests/readme/mod.rs
            the modules: mod acme;

        then run `cargo fmt`, write what the vendor's pages say into specs/acme.yaml, run `cargo xtask codegen acme`, and let `cargo test --workspace --all-features` name what is missing; the README's example is run in tests/readme/mod.rs, against the vendor faked in crates/sandbox/src/acme.rs
        "#);
        assert_snapshot!(new_vendor(&workspace, "acme").unwrap_err(), @"`acme` exists already: specs/acme.yaml, crates/acme/Cargo.toml, crates/acme/README.md, crates/acme/build.rs, crates/acme/src/lib.rs, crates/acme/src/list.rs, crates/unify/src/acme.rs, crates/reader/src/acme.rs, tests/exchange/acme.rs, tests/readme/acme.rs, tests/fixtures/acme/list_calls.first_page.json; choose another name, or remove them first");
        for (path, _) in FILES {
            let text = fs::read_to_string(workspace.path(&fill(path, "acme"))).unwrap();
            assert!(!text.contains("{{"), "{path}");
        }
    }

    #[test]
    fn names_are_checked() {
        let (_root, workspace) = empty_workspace();
        for name in ["", "Acme", "acme-x", "9acme", "acme_x", "ac.me", "../acme", "akmé"] {
            let error = new_vendor(&workspace, name).unwrap_err();
            assert!(error.contains("is no name for a vendor"), "{error}");
        }
        for name in ["type", "reader", "gen"] {
            let error = new_vendor(&workspace, name).unwrap_err();
            assert!(error.contains("means something else"), "{error}");
        }
    }

    /// The lines to add are those that the present vendors have.
    #[test]
    fn lines_to_add_are_the_present_vendors_lines() {
        let workspace = Workspace::here();
        let plain = |text: &str| text.split_whitespace().collect::<String>();
        for vendor in workspace.vendors().unwrap() {
            for (path, _, line) in LINES {
                let text = plain(&fs::read_to_string(workspace.path(path)).unwrap());
                assert!(
                    text.contains(&plain(&fill(line, &vendor))),
                    "{path} has no {line} for {vendor}"
                );
            }
        }
    }

    #[test]
    fn skeleton_has_the_files_that_the_present_vendors_have() {
        let workspace = Workspace::here();
        for vendor in workspace.vendors().unwrap() {
            let shared = FILES.iter().filter(|(path, _)| !path.contains("fixtures"));
            for (path, _) in shared {
                let path = fill(path, &vendor);
                assert!(workspace.path(&path).exists(), "{path}");
            }
        }
    }
}
