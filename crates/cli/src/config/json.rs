//! A configuration written as JSON: the same document, turned into TOML.

use serde_json::Value;

/// The TOML text of a JSON object. A `null` is a value that is not set.
pub(super) fn to_toml(text: &str) -> Result<String, serde_json::Error> {
    let members: serde_json::Map<String, Value> = serde_json::from_str(text)?;
    let mut toml = String::new();
    for (key, value) in members.iter().filter(|(_, value)| !value.is_null()) {
        write_text(key, &mut toml);
        toml.push_str(" = ");
        write_value(value, &mut toml);
        toml.push('\n');
    }
    Ok(toml)
}

fn write_value(value: &Value, toml: &mut String) {
    match value {
        Value::Null => toml.push_str("\"\""),
        Value::Bool(_) | Value::Number(_) => toml.push_str(&value.to_string()),
        Value::String(text) => write_text(text, toml),
        Value::Array(items) => {
            toml.push('[');
            for item in items {
                write_value(item, toml);
                toml.push(',');
            }
            toml.push(']');
        }
        Value::Object(members) => {
            toml.push('{');
            let members = members.iter().filter(|(_, value)| !value.is_null());
            for (at, (key, value)) in members.enumerate() {
                toml.push_str(if at > 0 { ", " } else { "" });
                write_text(key, toml);
                toml.push_str(" = ");
                write_value(value, toml);
            }
            toml.push('}');
        }
    }
}

/// A JSON string is a TOML string, but for U+007F.
fn write_text(text: &str, toml: &mut String) {
    toml.push_str(&Value::from(text).to_string().replace('\u{7f}', "\\u007f"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_becomes_the_same_document_in_toml() {
        let json = r#"{"sources": {"a.b": {"vendor": "v", "api_key": {"env": "K"}, "rate": 1e6,
            "retries": 3, "allow_http": true, "timeout": null, "phones": ["+1\n\"\\\u007f"]}},
            "sync": null}"#;
        let toml = to_toml(json).unwrap();
        let table: toml::Table = toml::from_str(&toml).unwrap();
        let source = table["sources"]["a.b"].as_table().unwrap();
        assert_eq!(source["api_key"]["env"].as_str(), Some("K"));
        assert_eq!(source["rate"].as_float(), Some(1e6));
        assert_eq!(source["retries"].as_integer(), Some(3));
        assert_eq!(source["phones"][0].as_str(), Some("+1\n\"\\\u{7f}"));
        assert_eq!((source.get("timeout"), table.get("sync")), (None, None));
    }

    #[test]
    fn other_json_is_an_error() {
        for text in ["{", "{}}", "{\"a\": }"] {
            assert!(to_toml(text).is_err(), "{text}");
        }
    }
}
