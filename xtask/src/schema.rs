//! The published JSON Schema of the unified call.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::files::{WriteResult, ensure_file_contents};
use crate::workspace::Workspace;

/// Where the schema is published, from the workspace's root.
const TARGET: &str = "schemas/call.json";

/// Writes the schema, or checks it.
pub(crate) fn schema(workspace: &Workspace, check: bool) -> Result<String, String> {
    let schema = sorted(callfold_unify::schema::call_schema());
    let mut text = serde_json::to_string_pretty(&schema)
        .map_err(|cause| format!("the schema is not JSON ({cause})"))?;
    text.push('\n');
    let target = workspace.path(TARGET);
    let fate = ensure_file_contents(&target, TARGET, &text, check, "cargo xtask schema")?;
    Ok(match fate {
        WriteResult::Written => format!("{TARGET}: written\n"),
        WriteResult::Unchanged => format!("{TARGET}: unchanged\n"),
    })
}

/// The value with each mapping in the order of its keys: whether `serde_json` keeps another order
/// depends on which crates are built beside this one.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let entries = map.into_iter().map(|(key, value)| (key, sorted(value)));
            let in_order = entries.collect::<BTreeMap<_, _>>();
            Value::Object(in_order.into_iter().collect())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(sorted).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schema_is_written_and_then_fresh() {
        let root = tempfile::tempdir().unwrap();
        let workspace = Workspace::at(root.path());
        assert_eq!(schema(&workspace, false), Ok("schemas/call.json: written\n".to_owned()));
        assert_eq!(schema(&workspace, true), Ok("schemas/call.json: unchanged\n".to_owned()));
        let text = std::fs::read_to_string(root.path().join(TARGET)).unwrap();
        assert!(text.starts_with("{\n") && text.ends_with("}\n"));
        std::fs::write(root.path().join(TARGET), text.replace("Call", "Cell")).unwrap();
        let stale = schema(&workspace, true).unwrap_err();
        assert!(
            stale.starts_with("schemas/call.json is stale; run `cargo xtask schema`"),
            "{stale}"
        );
    }

    #[test]
    fn committed_schema_is_fresh() {
        let outcome = schema(&Workspace::here(), true);
        assert!(outcome.is_ok(), "{}", outcome.unwrap_err());
    }
}
