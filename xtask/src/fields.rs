//! The published table of where each field of a call comes from.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use callfold_unify::{mappings, schema::call_schema};

use crate::files::{Fate, ensure_file_contents};
use crate::workspace::Workspace;

/// Where the table is published, from the workspace's root.
const TARGET: &str = "docs/fields.md";

const HEAD: &str = "\
# Where each field of a call comes from

One row for each field of `Call`, one column for each vendor: the fields of the vendor's record that fill it, as JSON
pointers (`*` stands for every member or item). An empty cell means that the vendor's record has no such field.
A field that the vendor's spec does not know, and a value that cannot be read, is in `facts` under its pointer.

Made by `cargo xtask fields` from the tables `FIELDS` of the mappings, which the tests hold against their behaviour.
What each field means is in the documentation of `callfold_model::Call`.
";

/// Writes the table, or checks it.
pub(crate) fn fields(workspace: &Workspace, check: bool) -> Result<String, String> {
    let target = workspace.path(TARGET);
    let fate = ensure_file_contents(&target, TARGET, &table(), check, "cargo xtask fields")?;
    Ok(match fate {
        Fate::Written => format!("{TARGET}: written\n"),
        Fate::Unchanged => format!("{TARGET}: unchanged\n"),
    })
}

fn table() -> String {
    let mut text = HEAD.to_owned();
    let vendors = mappings().iter().map(|mapping| mapping.vendor);
    let _ = write!(text, "\n| Field |");
    vendors.for_each(|vendor| text.push_str(&format!(" {vendor} |")));
    let _ = write!(text, "\n|---|{}\n", "---|".repeat(mappings().len()));
    for field in call_fields() {
        let cells: Vec<String> = mappings()
            .iter()
            .map(|mapping| {
                let sources = mapping
                    .fields
                    .iter()
                    .filter(|(_, targets)| targets.split(", ").any(|target| target == field));
                let sources: Vec<_> = sources.map(|(pointer, _)| format!("`{pointer}`")).collect();
                sources.join(" ")
            })
            .collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            let _ = writeln!(text, "| `{field}` | {} |", cells.join(" | "));
        }
    }
    let _ = write!(text, "\n## Kept in `raw` only\n\n| Vendor | Field | Why |\n|---|---|---|\n");
    for mapping in mappings() {
        for (pointer, target) in mapping.fields {
            if let Some(reason) = target.strip_prefix("raw:") {
                let _ = writeln!(text, "| {} | `{pointer}` | {} |", mapping.vendor, reason.trim());
            }
        }
    }
    text
}

/// The fields of a serialised call, in the order of the alphabet.
fn call_fields() -> Vec<String> {
    let schema = call_schema();
    let properties = schema["properties"].as_object().cloned().unwrap_or_default();
    properties.into_iter().collect::<BTreeMap<_, _>>().into_keys().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_of_a_mapping_is_a_field_of_the_table() {
        let fields = call_fields();
        for mapping in mappings() {
            for (pointer, targets) in mapping.fields {
                let mut targets = targets.split(", ").filter(|_| !targets.starts_with("raw:"));
                let unknown = targets.find(|target| !fields.iter().any(|field| field == target));
                assert_eq!(unknown, None, "{}: {pointer}", mapping.vendor);
            }
        }
    }

    #[test]
    fn committed_table_is_fresh() {
        let outcome = fields(&Workspace::here(), true);
        assert!(outcome.is_ok(), "{}", outcome.unwrap_err());
    }
}
