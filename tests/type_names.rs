//! One meaning for each type name, across all crates.

use crate::architecture::{root, rust_files};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

/// Names that mean the same in each crate that has them.
const SHARED: [(&str, &str); 5] = [
    ("Error", "why a function of this crate failed"),
    ("ErrorKind", "the kind of that error"),
    ("Inner", "the private fields of an error, in a box"),
    ("Builder", "the request builder of a vendor's list"),
    ("PagingStyle", "how the pages of a list are addressed: in a spec, and in a client"),
];

/// The name of a type that is declared at the top of a module.
fn declared(line: &str) -> Option<&str> {
    let item = match line.strip_prefix("pub(") {
        Some(rest) => rest.split_once(") ")?.1,
        None => line.strip_prefix("pub ").unwrap_or(line),
    };
    let kinds = ["struct ", "enum ", "trait ", "type "];
    let name = kinds.iter().find_map(|kind| item.strip_prefix(kind))?;
    name.split(|c: char| !c.is_alphanumeric() && c != '_').next()
}

#[test]
fn type_name_stands_for_one_thing_in_all_crates() {
    let mut crates_of: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for krate in fs::read_dir(root().join("crates")).expect("the crates") {
        let krate = krate.expect("a crate").path();
        // Clients are generated: each has its vendor's names.
        if krate.ends_with("clients") {
            continue;
        }
        for file in rust_files(&krate.join("src")) {
            let is_test = file.components().any(|part| part.as_os_str() == "tests")
                || file.ends_with("tests.rs");
            let text =
                if is_test { String::new() } else { fs::read_to_string(&file).expect("text") };
            for name in text.lines().filter_map(declared) {
                let krate = krate.file_name().expect("a name").to_string_lossy().into_owned();
                crates_of.entry(name.to_owned()).or_default().insert(krate);
            }
        }
    }
    let is_shared = |name: &str| SHARED.iter().any(|(shared, _)| *shared == name);
    let problems: Vec<_> = crates_of
        .iter()
        .filter(|(name, crates)| crates.len() > 1 && !is_shared(name))
        .map(|(name, crates)| format!("{name} is a type of {crates:?}: rename one"))
        .collect();
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn declarations_are_found_with_every_visibility() {
    let rows = [
        ("struct Page {", Some("Page")),
        ("pub struct Page<'a, R> {", Some("Page")),
        ("pub(crate) enum Kind {", Some("Kind")),
        ("pub(super) trait Store: Send {", Some("Store")),
        ("type Next = Option<u8>;", Some("Next")),
        ("    type Item = u8;", None),
        ("let struct_name = 1;", None),
    ];
    for (line, name) in rows {
        assert_eq!(declared(line), name, "{line}");
    }
}
