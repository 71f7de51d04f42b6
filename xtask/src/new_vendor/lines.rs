//! The lines that a vendor needs in files that all vendors share.

use super::fill;

/// File and line; lines of one file stand together.
pub(super) const LINES: &[(&str, &str)] = &[
    ("crates/unify/Cargo.toml", r#"{{name}} = ["dep:callfold-{{name}}"]"#),
    ("crates/unify/Cargo.toml", DEPENDENCY),
    ("crates/unify/src/lib.rs", "pub mod {{name}};"),
    ("crates/unify/src/lib.rs", r#"{{name}} "{{name}}""#),
    ("crates/reader/Cargo.toml", r#""{{name}}","#),
    (
        "crates/reader/Cargo.toml",
        r#"{{name}} = ["dep:callfold-{{name}}", "callfold-{{name}}/client", "callfold-unify/{{name}}"]"#,
    ),
    ("crates/reader/Cargo.toml", DEPENDENCY),
    ("crates/reader/src/lib.rs", "pub mod {{name}};"),
];

const DEPENDENCY: &str = r#"callfold-{{name}} = { path = "../clients/{{name}}", version = "0.1.0", default-features = false, optional = true }"#;

/// The text of a file with the vendor's line among those of the present vendors.
///
/// # Errors
///
/// If a present vendor has no such line.
pub(super) fn insert(
    path: &str,
    text: &str,
    line: &str,
    vendors: &[String],
    name: &str,
) -> Result<String, String> {
    let mut lines: Vec<&str> = text.lines().collect();
    let mut peers = Vec::new();
    for vendor in vendors {
        let known = fill(line, vendor);
        let place = lines.iter().position(|found| found.trim() == known);
        peers.push(place.ok_or_else(|| {
            format!("{path} has no line `{known}`; add it, or add `{}` by hand", fill(line, name))
        })?);
    }
    let Some(first) = peers.first().copied() else {
        return Err(format!(
            "there is no vendor whose lines in {path} show where a new one belongs"
        ));
    };
    // Between two dependencies on vendors may stand others of ours.
    let is_dependency = |line: &&str| line.starts_with("callfold-");
    if is_dependency(&line) {
        let before = lines[..first].iter().rev().take_while(|line| is_dependency(line)).count();
        let after = lines[first..].iter().take_while(|line| is_dependency(line)).count();
        peers = (first - before..first + after).collect();
    }
    let last = peers.iter().max().copied().unwrap_or(first);
    let place = peers.into_iter().find(|place| lines[*place].trim() > fill(line, name).as_str());
    let indent = lines[first].len() - lines[first].trim_start().len();
    let added = format!("{}{}", &lines[first][..indent], fill(line, name));
    lines.insert(place.unwrap_or(last + 1), &added);
    Ok(lines.join("\n") + "\n")
}
