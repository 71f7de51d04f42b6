//! No circles of imports between the modules of a crate.

use crate::architecture::{root, rust_files};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The modules that each top-level module of a crate imports, by name.
type Imports = BTreeMap<String, BTreeSet<String>>;

/// Reads `crate::` and `super::` paths; tests and `lib.rs` do not count.
fn imports(src: &Path) -> Imports {
    let files: Vec<_> = rust_files(src)
        .into_iter()
        .filter_map(|file| {
            let path: Vec<String> = file
                .strip_prefix(src)
                .expect("a file below src")
                .iter()
                .map(|part| part.to_string_lossy().trim_end_matches(".rs").to_owned())
                .collect();
            let is_code =
                !path.iter().any(|part| part == "tests") && path[0] != "lib" && path[0] != "main";
            is_code.then(|| (path, source(&file)))
        })
        .collect();
    let modules: BTreeSet<&str> = files.iter().map(|(path, _)| path[0].as_str()).collect();
    let mut imports = Imports::new();
    for (path, text) in &files {
        let own = imports.entry(path[0].clone()).or_default();
        // The number of `super` that leads to the root of the crate.
        let depth = path.len() - usize::from(path.last().is_some_and(|name| name == "mod"));
        for prefix in ["crate::".to_owned(), "super::".repeat(depth)] {
            own.extend(names_after(text, &prefix).filter(|name| modules.contains(name.as_str())));
        }
        own.remove(&path[0]);
    }
    imports
}

/// Code without comments, strings and inline tests.
fn source(file: &Path) -> String {
    let text = fs::read_to_string(file).expect("a source file");
    let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    let lines = text[..end].lines().map(|line| line.split("//").next().unwrap_or_default());
    let code = lines.collect::<Vec<_>>().join("\n");
    code.split('"').step_by(2).collect::<Vec<_>>().join("\"")
}

/// The first names of the paths after each `prefix`, several from a group in braces.
fn names_after<'a>(text: &'a str, prefix: &'a str) -> impl Iterator<Item = String> + 'a {
    let starts = text
        .match_indices(prefix)
        .filter(|(at, _)| !text[..*at].ends_with("::") && !text[..*at].ends_with(is_name_part));
    starts.flat_map(move |(at, _)| {
        let rest = &text[at + prefix.len()..];
        let (group, is_group) = match rest.strip_prefix('{') {
            Some(group) => (group, true),
            None => (rest, false),
        };
        let mut depth = 0;
        let end = group.find(|c| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            if is_group { depth < 0 } else { !is_name_part(c) }
        });
        let mut depth = 0;
        let items = group[..end.unwrap_or(group.len())].split(move |c| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            c == ',' && depth == 0
        });
        items
            .map(|item| {
                item.trim().split(|c| !is_name_part(c)).next().unwrap_or_default().to_owned()
            })
            .collect::<Vec<_>>()
    })
}

fn is_name_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Everything that can be reached from a module.
fn reachable<'a>(imports: &'a Imports, from: &str) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let mut left = vec![from];
    while let Some(module) = left.pop() {
        for next in imports.get(module).into_iter().flatten() {
            if seen.insert(next.as_str()) {
                left.push(next);
            }
        }
    }
    seen
}

/// Groups of modules of which each reaches all others.
fn circles(imports: &Imports) -> BTreeSet<Vec<&str>> {
    let circle = |module: &String| {
        let reached = reachable(imports, module);
        let members: Vec<&str> = reached
            .iter()
            .copied()
            .filter(|other| reachable(imports, other).contains(module.as_str()))
            .collect();
        (members.len() > 1).then_some(members)
    };
    imports.keys().filter_map(circle).collect()
}

#[test]
fn modules_import_each_other_in_one_direction() {
    let mut problems = Vec::new();
    for krate in ["cli", "codegen", "export", "reader", "report", "sandbox", "sync"] {
        let imports = imports(&root().join("crates").join(krate).join("src"));
        for circle in circles(&imports) {
            let edges = circle.iter().flat_map(|from| {
                imports[*from]
                    .iter()
                    .filter(|to| circle.contains(&to.as_str()))
                    .map(move |to| format!("{from} -> {to}"))
            });
            let edges = edges.collect::<Vec<_>>().join(", ");
            problems.push(format!("crates/{krate}: a circle of imports: {edges}"));
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn circles_are_found_in_every_spelling_of_an_import() {
    let rows = [
        ("use crate::beta::Thing;", "crate::", vec!["beta"]),
        ("use crate::{alpha, beta::{self, Thing}};", "crate::", vec!["alpha", "beta"]),
        ("let x = crate::beta::make();", "crate::", vec!["beta"]),
        ("use super::super::beta;", "super::super::", vec!["beta"]),
        ("use super::super::beta;", "super::", vec!["super"]),
        ("use other_crate::beta;", "crate::", vec![]),
    ];
    for (text, prefix, expected) in rows {
        let found: Vec<String> = names_after(text, prefix).collect();
        assert_eq!(found, expected, "{text}");
    }
    let edge = |from: &str, to: &str| (from.to_owned(), BTreeSet::from([to.to_owned()]));
    let imports = Imports::from([edge("a", "b"), edge("b", "c"), edge("c", "b")]);
    assert_eq!(circles(&imports), BTreeSet::from([vec!["b", "c"]]));
}
