//! The first inputs: the vendors' documented responses.

use callfold_test_support::fixtures;
use callfold_test_support::json_tree::Node;
use std::collections::BTreeSet;

/// Every response of a vendor as it goes over the wire, errors included.
pub(crate) fn responses(vendor: &str) -> Vec<Vec<u8>> {
    let bodies = fixtures::load(vendor).into_iter();
    bodies.map(|fixture| compact(fixture.payload()).into_bytes()).collect()
}

/// Inputs that once failed.
pub(crate) fn regressions(target: &str) -> Vec<Vec<u8>> {
    let directory = fixtures::root().join("fuzz/regressions").join(target);
    let entries = std::fs::read_dir(directory).into_iter().flatten();
    let paths = entries.map(|entry| entry.expect("a readable directory").path());
    paths.map(|path| std::fs::read(path).expect("a readable file")).collect()
}

/// The text without the spaces of the file it is from: a short input is
/// changed more often where it matters.
fn compact(text: &str) -> String {
    match serde_json::from_str::<serde::de::IgnoredAny>(text) {
        Ok(_) => Node::parse(text.trim()).text(),
        Err(_) => text.to_owned(),
    }
}

/// The members of a vendor's responses, and values of every kind.
pub(crate) fn names(vendor: &str) -> Vec<String> {
    let mut names = BTreeSet::new();
    for fixture in fixtures::load(vendor) {
        if let Some(body) = &fixture.body {
            collect(&Node::parse(body.get().trim()), &mut names);
        }
    }
    names.into_iter().chain(values()).collect()
}

fn collect(node: &Node, names: &mut BTreeSet<String>) {
    match node {
        Node::Text(text) if text.len() < 24 => drop(names.insert(text.clone())),
        Node::Text(_) => {}
        Node::Array(items) => items.iter().for_each(|item| collect(item, names)),
        Node::Object(members) => {
            for (name, value) in members {
                names.insert(format!("{name}:"));
                collect(value, names);
            }
        }
    }
}

/// Values that are easily mistaken.
pub(crate) fn values() -> Vec<String> {
    const VALUES: [&str; 26] = [
        "null",
        "true",
        "[]",
        "{}",
        "\"\"",
        "1e999",
        "-0.0",
        "18446744073709551616",
        "\"\\ud800\"",
        "\"\\u0000\"",
        "\"\\u001b[2J\"",
        "\u{feff}",
        "\u{202e}",
        "\u{301}",
        "+262142-12-31T23:59:59Z",
        "-262143-01-01T00:00:00Z",
        "2026-04-21T12:00:00+05:30",
        "2016-12-31T23:59:60Z",
        "00:01:30",
        "+1 (919) 555-0100",
        "=cmd|' /C calc'!A0",
        "'; DROP TABLE calls; --",
        "%2e%2e%2f",
        "../",
        "9223372036854775807",
        "253402300800000",
    ];
    VALUES.map(str::to_owned).into()
}
