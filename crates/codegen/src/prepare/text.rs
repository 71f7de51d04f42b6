//! Descriptions as doc comments: with their sources, and without accidents.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What to write for each key of `x-sources`.
#[derive(Debug)]
pub(super) struct SourceTexts(BTreeMap<String, String>);

impl SourceTexts {
    pub(super) fn of(document: &Value) -> Self {
        let sources = document.get("x-sources").and_then(Value::as_object);
        let written = sources.into_iter().flatten().map(|(key, source)| {
            let text = |name: &str| source.get(name).and_then(Value::as_str);
            let written = match (text("url"), text("package"), text("kind")) {
                (Some(url), ..) => format!("<{url}>"),
                (None, Some(package), _) => format!("the package `{package}`"),
                (None, None, Some(kind)) => kind.to_owned(),
                (None, None, None) => key.clone(),
            };
            (key.clone(), written)
        });
        Self(written.collect())
    }

    /// The object's description and, below it, whether it is volatile or a secret, and its sources.
    pub(super) fn description(&self, object: &Map<String, Value>) -> Option<String> {
        let description = object.get("description").and_then(Value::as_str).map(doc_text);
        let keys = match object.get("x-source") {
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(one)) => vec![one.as_str()],
            _ => Vec::new(),
        };
        let sources = keys.into_iter().map(|key| self.0.get(key).map_or(key, String::as_str));
        let sources = sources.collect::<Vec<_>>();
        let volatile = object.get("x-volatile") == Some(&Value::Bool(true));
        let volatile = volatile.then(|| "Signed again in each response.".to_owned());
        let secret = object.get("x-secret") == Some(&Value::Bool(true));
        let secret = secret.then(|| "A credential: its value is not kept.".to_owned());
        let line = (!sources.is_empty()).then(|| format!("Source: {}", sources.join(", ")));
        let parts =
            description.into_iter().chain(volatile).chain(secret).chain(line).collect::<Vec<_>>();
        (!parts.is_empty()).then(|| parts.join("\n\n"))
    }
}

/// The text as Markdown that says the same: no links, tags, code blocks or comment ends by accident.
pub(crate) fn doc_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, line) in text.trim().lines().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        // Four spaces would start a code block, which rustdoc compiles and runs.
        push_escaped(&mut out, line.trim());
    }
    out.replace("*/", "* /").replace("/*", "/ *")
}

/// Outside of backticks, brackets would be links and angles tags.
fn push_escaped(out: &mut String, line: &str) {
    let mut in_code = false;
    let closed = line.matches('`').count().is_multiple_of(2);
    for c in line.chars() {
        in_code ^= closed && c == '`';
        let special = matches!(c, '[' | ']' | '<' | '>') || (c == '`' && !closed);
        if special && !in_code {
            out.push('\\');
        }
        out.push(c);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn description_ends_with_its_sources() {
        let document = json!({ "x-sources": {
            "P1": { "url": "https://a.example/x", "kind": "page" },
            "sdk": { "package": "acme-sdk", "kind": "docs" },
            "observed": { "kind": "observed" },
        }});
        let sources = SourceTexts::of(&document);
        let of = |value: Value| sources.description(value.as_object().unwrap());
        assert_eq!(
            of(json!({ "description": "A call.\n", "x-source": ["P1", "observed"] })),
            Some("A call.\n\nSource: <https://a.example/x>, observed".to_owned())
        );
        assert_eq!(
            of(json!({ "x-source": "P1" })),
            Some("Source: <https://a.example/x>".to_owned())
        );
        assert_eq!(
            of(json!({ "x-source": "sdk" })),
            Some("Source: the package `acme-sdk`".to_owned())
        );
        assert_eq!(of(json!({})), None);
    }

    #[test]
    fn text_is_no_markup_by_accident() {
        let cases = [
            ("items[0] < `a[0] < b`", r"items\[0\] \< `a[0] < b`"),
            ("    indented", "indented"),
            ("one ` tick [x]", r"one \` tick \[x\]"),
            ("ends */ here", "ends * / here"),
            ("a\n    b\n\nc", "a\nb\n\nc"),
        ];
        for (text, doc) in cases {
            assert_eq!(doc_text(text), doc);
        }
    }
}
