//! What the packages say of themselves: dependencies, and how to depend on them.

use crate::architecture::root;
use std::{collections::BTreeSet, fs, path::PathBuf};

fn table(path: PathBuf) -> toml::Table {
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.parse().unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The directories of the workspace's packages.
fn packages() -> Vec<PathBuf> {
    let root = root();
    let mut packages: Vec<_> = ["benches", "tests", "xtask"].map(|name| root.join(name)).into();
    for parent in ["crates", "crates/clients"] {
        let entries = fs::read_dir(root.join(parent)).expect("the crates");
        packages.extend(entries.map(|entry| entry.expect("a crate").path()));
    }
    packages.retain(|package| package.join("Cargo.toml").exists());
    packages
}

/// The names in a manifest's tables of dependencies, but our own.
fn dependencies(manifest: &toml::Table) -> BTreeSet<String> {
    let kinds = ["dependencies", "build-dependencies", "dev-dependencies"];
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let targets = targets.into_iter().flat_map(|targets| targets.values());
    let tables = targets.filter_map(toml::Value::as_table).chain([manifest]);
    let names = tables
        .flat_map(|table| kinds.iter().filter_map(|kind| table.get(*kind)?.as_table()))
        .flat_map(|table| table.keys());
    names.filter(|name| !name.starts_with("callfold")).cloned().collect()
}

#[test]
fn each_direct_dependency_has_a_reason_in_the_docs() {
    let page = fs::read_to_string(root().join("docs/dependencies.md")).expect("the page");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let documented: BTreeSet<String> = rows.map(|(name, _)| name.to_owned()).collect();
    let used = packages().into_iter().map(|package| table(package.join("Cargo.toml")));
    let used: BTreeSet<String> = used.flat_map(|manifest| dependencies(&manifest)).collect();
    assert_eq!(documented, used);
}

#[test]
fn each_published_crate_says_how_to_depend_on_it() {
    let workspace = table(root().join("Cargo.toml"));
    let version = workspace["workspace"]["package"]["version"].as_str().expect("a version");
    let (compatible, _) = version.rsplit_once('.').expect("three numbers");
    for package in packages() {
        let manifest = table(package.join("Cargo.toml"));
        let manifest = manifest["package"].as_table().expect("a package");
        if manifest.get("publish").and_then(toml::Value::as_bool) == Some(false) {
            continue;
        }
        let name = manifest["name"].as_str().expect("a name");
        let readme = fs::read_to_string(package.join("README.md"))
            .unwrap_or_else(|e| panic!("README.md of {name}: {e}"));
        let wanted = match name {
            "callfold" => vec!["cargo install callfold".to_owned()],
            // Nobody depends on it but through a vendor's crate.
            "callfold-transport" => vec![format!("callfold-vaani = \"{compatible}\"")],
            _ => vec![
                format!("{name} = \"{compatible}\""),
                format!("{name} = {{ version = \"{compatible}\""),
            ],
        };
        assert!(wanted.iter().any(|line| readme.contains(line)), "{name}: none of {wanted:?}");
    }
}
