//! The rules of ARCHITECTURE.md, checked against manifests and sources.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests crate lies in the workspace root")
        .to_owned()
}

/// The vendors: one for each spec.
pub(crate) fn vendors() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(root().join("specs"))
        .expect("specs/ exists")
        .filter_map(|entry| {
            let path = entry.expect("specs/ is readable").path();
            (path.extension()? == "yaml").then(|| path.file_stem()?.to_str().map(str::to_owned))?
        })
        .collect();
    names.sort();
    names
}

/// The directory of one of our crates.
fn directory(krate: &str) -> PathBuf {
    let crates = root().join("crates");
    let client = crates.join("clients").join(krate);
    if client.is_dir() { client } else { crates.join(krate) }
}

fn manifest(krate: &str) -> toml::Table {
    let path = directory(krate).join("Cargo.toml");
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.parse().unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The `callfold-*` packages a crate depends on outside its tests.
fn own_dependencies(krate: &str) -> BTreeSet<String> {
    let manifest = manifest(krate);
    ["dependencies", "build-dependencies"]
        .iter()
        .filter_map(|table| manifest.get(*table)?.as_table())
        .flat_map(|table| table.keys())
        .filter_map(|name| name.strip_prefix("callfold-"))
        .map(str::to_owned)
        .collect()
}

pub(crate) fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display())) {
        let path = entry.expect("a readable directory").path();
        if path.is_dir() && !path.ends_with("target") {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Source text without comments and without what follows `#[cfg(test)]`:
/// docs may cite a vendor as an example, tests may use one.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let end = text.find("#[cfg(test)]\nmod ").unwrap_or(text.len());
    text[..end]
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
        .to_lowercase()
}

/// The vendors that the code of `path` names, except on lines with a feature, the
/// line of its module, and its line in the list of vendors.
fn named_vendors(path: &Path) -> Vec<String> {
    let code = code(path);
    let names = |vendor: &str| {
        let own = [
            format!("mod {vendor};"),
            format!("pub mod {vendor};"),
            format!("{vendor} \"{vendor}\""),
        ];
        let kept = code.lines().filter(|line| {
            !line.contains("feature = \"") && !own.iter().any(|known| known == line.trim())
        });
        kept.into_iter().any(|line| line.contains(vendor))
    };
    vendors().into_iter().filter(|vendor| names(vendor)).collect()
}

fn assert_depends_on(krate: &str, allowed: &[&str]) {
    let allowed: BTreeSet<String> = allowed.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(own_dependencies(krate), allowed, "{krate}/Cargo.toml");
}

#[test]
fn each_part_depends_only_on_allowed_parts() {
    assert_depends_on("record", &[]);
    assert_depends_on("codegen", &[]);
    assert_depends_on("transport", &["record"]);
    assert_depends_on("model", &["record"]);
    let vendors = vendors();
    for vendor in &vendors {
        assert_depends_on(vendor, &["codegen", "record", "transport"]);
    }
    let mut below: Vec<&str> = vendors.iter().map(String::as_str).collect();
    below.extend(["model", "record"]);
    assert_depends_on("unify", &below);
    let allowed: BTreeSet<&str> = below.into_iter().chain(["transport", "unify"]).collect();
    let known = own_dependencies("reader");
    assert!(known.iter().all(|name| allowed.contains(name.as_str())), "{known:?}");
}

/// Mapping records and reading exported calls needs no network stack.
#[test]
fn model_and_mapping_build_without_a_network_crate() {
    let tree = |package: &str, features: &str| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = std::process::Command::new(cargo)
            .current_dir(root())
            .args(["tree", "--offline", "--locked", "--edges", "normal", "--prefix", "none"])
            .args(["--package", package, "--no-default-features", "--features", features])
            .output()
            .expect("cargo runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("a tree")
    };
    let mut trees = vec![tree("callfold-model", "")];
    trees.extend(vendors().iter().map(|vendor| tree("callfold-unify", vendor)));
    for tree in trees {
        assert!(tree.contains("serde_json"), "{tree}");
        for network in ["reqwest ", "tokio ", "rustls ", "hyper ", "callfold-transport "] {
            assert!(!tree.lines().any(|line| line.starts_with(network)), "{network}in\n{tree}");
        }
    }
}

#[test]
fn shared_layers_name_no_vendor() {
    for krate in ["record", "transport", "codegen", "model", "tables", "report", "export"] {
        for file in rust_files(&root().join("crates").join(krate).join("src")) {
            let named = named_vendors(&file);
            assert!(named.is_empty(), "{} names {named:?}", file.display());
        }
    }
}

#[test]
fn vendor_files_name_one_vendor_and_others_none() {
    for krate in ["unify", "reader"] {
        let src = root().join("crates").join(krate).join("src");
        for file in rust_files(&src) {
            let within = file.strip_prefix(&src).expect("a file below src");
            if within.starts_with("tests") {
                continue;
            }
            let owner = within
                .components()
                .next()
                .and_then(|first| {
                    Path::new(first.as_os_str()).file_stem()?.to_str().map(str::to_owned)
                })
                .filter(|stem| vendors().contains(stem));
            let foreign: Vec<String> = named_vendors(&file)
                .into_iter()
                .filter(|vendor| Some(vendor) != owner.as_ref())
                .collect();
            assert!(foreign.is_empty(), "{} names {foreign:?}", file.display());
        }
    }
}

#[test]
fn cli_names_no_vendor() {
    for file in rust_files(&root().join("crates/cli/src")) {
        let named = named_vendors(&file);
        assert!(named.is_empty(), "{} names {named:?}", file.display());
    }
}

#[test]
fn vendor_lib_is_at_most_80_lines() {
    for vendor in vendors() {
        let path = directory(&vendor).join("src/lib.rs");
        let lines = fs::read_to_string(&path).expect("a vendor crate has a lib.rs").lines().count();
        assert!(lines <= 80, "{} has {lines} lines", path.display());
    }
}

/// The files of each vendor, and the scenarios with a fixture.
#[test]
fn every_spec_has_its_crate_mapping_features_and_fixtures() {
    const SCENARIOS: [&str; 8] = [
        "first_page",
        "last_page",
        "empty",
        "in_progress",
        "unknown_word",
        "unknown_field",
        "wrong_type",
        "error_401",
    ];
    let root = root();
    let mut missing = Vec::new();
    for vendor in vendors() {
        for file in [
            format!("crates/clients/{vendor}/Cargo.toml"),
            format!("crates/clients/{vendor}/README.md"),
            format!("crates/clients/{vendor}/build.rs"),
            format!("crates/clients/{vendor}/src/lib.rs"),
            format!("crates/clients/{vendor}/src/types.rs"),
            format!("crates/clients/{vendor}/src/client.rs"),
            format!("crates/clients/{vendor}/{vendor}.yaml"),
            format!("crates/unify/src/{vendor}.rs"),
            format!("crates/reader/src/{vendor}.rs"),
        ] {
            let directory = root.join(file.trim_end_matches(".rs"));
            if !root.join(&file).is_file() && !directory.is_dir() {
                missing.push(file);
            }
        }
        for krate in ["unify", "reader"] {
            let manifest = manifest(krate);
            let features = manifest.get("features").and_then(|f| f.as_table());
            if !features.is_some_and(|table| table.contains_key(&vendor)) {
                missing.push(format!("feature {vendor} in crates/{krate}/Cargo.toml"));
            }
        }
        let fixtures: Vec<String> = fs::read_dir(root.join("tests/fixtures").join(&vendor))
            .map(|dir| dir.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect())
            .unwrap_or_default();
        for scenario in SCENARIOS {
            if !fixtures.iter().any(|name| name.ends_with(&format!(".{scenario}.json"))) {
                missing.push(format!("tests/fixtures/{vendor}/<operation>.{scenario}.json"));
            }
        }
    }
    assert!(missing.is_empty(), "missing:\n  {}", missing.join("\n  "));
}

/// Macros declare the modules of these files, so `cargo fmt` does not see them.
#[test]
fn files_of_vendors_that_macros_declare_are_formatted() {
    let directories = [
        "crates/sandbox/src/vendors",
        "tests/exchange",
        "tests/operations",
        "tests/readme",
        "tests/wire/callers",
    ];
    let files = directories.iter().flat_map(|directory| rust_files(&root().join(directory)));
    let output = std::process::Command::new("rustfmt")
        .current_dir(root())
        .args(["--check", "--edition", "2024"])
        .args(files)
        .output()
        .expect("rustfmt runs");
    let difference = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "run `rustfmt --edition 2024` on these:\n{difference}");
}

#[test]
fn list_of_vendors_is_that_of_the_specs() {
    macro_rules! names {
        ($($vendor:ident $name:tt)*) => { [$((stringify!($vendor), $name)),*] };
    }
    let listed = callfold_unify::each_vendor!(names);
    assert!(listed.iter().all(|(word, name)| word == name), "{listed:?}");
    assert!(listed.iter().map(|(_, name)| *name).eq(vendors()), "{listed:?}");
    let read = callfold_reader::vendors().iter().map(|entry| entry.name);
    assert!(read.eq(vendors()), "callfold-reader's feature `all-vendors` lacks one");
    let mapped = callfold_unify::mappings().iter().map(|mapping| mapping.vendor);
    assert!(mapped.eq(vendors()), "callfold-unify lacks one");
    let mut faked: Vec<_> = callfold_sandbox::vendors().collect();
    faked.sort_unstable();
    assert!(faked.iter().copied().eq(vendors()), "callfold-sandbox lacks one: {faked:?}");
}
