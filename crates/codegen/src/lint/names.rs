//! Rules about names: those that become names in Rust.

use std::collections::BTreeMap;

use serde_json::Value;

use super::grammar::ObjectKind;
use super::{SchemaSide, Spec, component_name};
use crate::error::Diagnostic;
use crate::load::child;
use crate::refs;

/// What an operation may do, the first word of its id.
const VERBS: [&str; 4] = ["list", "get", "search", "stream"];

/// Names that the runtime's types have in the generated client.
const RESERVED: [&str; 3] = ["RawJson", "RawNumber", "Self"];

/// Components become types, so their names are words in capitals, and none is another's.
pub(super) fn components(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    let taken = |name: &str| {
        let schemas = spec.document.value().pointer("/components/schemas");
        schemas.is_some_and(|schemas| schemas.get(name).is_some())
    };
    for node in spec.of(ObjectKind::Schema) {
        let Some(name) = component_name(&node.pointer) else {
            continue;
        };
        if !is_type_name(name) {
            found.push(spec.diagnostic(
                &node.pointer,
                format!("`{name}` is not written as the name of a type"),
                "write words without separators, each with one capital, as in `CallPage`",
            ));
        }
        if RESERVED.contains(&name) {
            found.push(spec.diagnostic(
                &node.pointer,
                format!("`{name}` is the name of a type that every client has"),
                "write another name, such as `Money`",
            ));
        }
        let twin = format!("Known{name}");
        if node.map.contains_key("enum") && taken(&twin) {
            found.push(spec.diagnostic(
                &node.pointer,
                format!("the generator names the known words of `{name}` `{twin}`, which exists"),
                format!("write another name instead of `{twin}`"),
            ));
        }
    }
}

/// Words become variants, so no two of a list are one name in Rust.
///
/// The responses' open enums know a word in either letter case, so there both may be listed.
pub(super) fn words(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    for node in spec.of(ObjectKind::Schema) {
        let is_open = spec.side(&node.pointer) == SchemaSide::Success;
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        let words = node.map.get("enum").and_then(Value::as_array).into_iter().flatten();
        for (index, word) in words.enumerate() {
            let Some(word) = word.as_str() else { continue };
            let variant =
                word.to_ascii_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "");
            let Some(first) = seen.insert(variant, word) else {
                continue;
            };
            let two_cases = is_upper_and_lower(first, word) || is_upper_and_lower(word, first);
            if first != word && !(is_open && two_cases) {
                found.push(spec.diagnostic(
                    &child(&node.at("enum"), &index.to_string()),
                    format!("the words `{first}` and `{word}` are one name in Rust"),
                    if is_open {
                        "remove one; it is read as an unlisted word"
                    } else {
                        "remove one"
                    },
                ));
            }
        }
    }
}

fn is_upper_and_lower(upper: &str, lower: &str) -> bool {
    upper.to_ascii_lowercase() == lower && lower.to_ascii_uppercase() == upper
}

/// Properties become fields; two that differ only in their letters' case become one.
pub(super) fn properties(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    for node in spec.of(ObjectKind::Schema) {
        let mut seen = BTreeMap::new();
        for (name, pointer, _) in spec.properties(node) {
            let field = name.to_ascii_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "");
            if field.is_empty() {
                found.push(spec.diagnostic(&pointer, "a property without letters", "remove it"));
            } else if field == "extra" && spec.side(&node.pointer) == SchemaSide::Success {
                found.push(spec.diagnostic(
                    &pointer,
                    "the generator names the unknown fields of an object `extra`",
                    "remove the property; it is read as an unknown field",
                ));
            } else if let Some(other) = seen.insert(field, name) {
                found.push(spec.diagnostic(
                    &pointer,
                    format!("`{other}` and `{name}` are one field in Rust"),
                    "remove one; it is read as an unknown field",
                ));
            }
        }
    }
}

/// An operation's id is its method's name: a verb and a noun, once.
pub(super) fn operation_ids(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    let mut seen = BTreeMap::new();
    for operation in refs::operations(spec.document.value()) {
        let Some(id) = operation.map.get("operationId").and_then(Value::as_str) else {
            continue;
        };
        let pointer = format!("{}/operationId", operation.pointer());
        if !is_verb_noun(id) {
            found.push(spec.diagnostic(
                &pointer,
                format!("the operation `{id}` is not named verb_noun"),
                format!("write one of {} and what it reads, as in `list_calls`", VERBS.join(", ")),
            ));
        }
        if let Some(first) = seen.insert(id, operation.path) {
            found.push(spec.diagnostic(
                &pointer,
                format!("the operation `{id}` exists already, at {first}"),
                "write another noun",
            ));
        }
    }
}

/// `CallPage`: each word one capital and at least one small letter or digit.
fn is_type_name(name: &str) -> bool {
    let starts_with_capital = name.starts_with(|c: char| c.is_ascii_uppercase());
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric());
    let mut previous_is_capital = false;
    let single = name.chars().all(|c| {
        let was = std::mem::replace(&mut previous_is_capital, c.is_ascii_uppercase());
        !(was && c.is_ascii_uppercase())
    });
    starts_with_capital && plain && single && !previous_is_capital
}

fn is_verb_noun(id: &str) -> bool {
    let Some((verb, noun)) = id.split_once('_') else {
        return false;
    };
    let is_word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    VERBS.contains(&verb) && noun.split('_').all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_names() {
        for name in ["Call", "CallPage", "Page2"] {
            assert!(is_type_name(name), "{name}");
        }
        for name in ["", "call", "Call_page", "SIPInfo", "CallX", "X-Call"] {
            assert!(!is_type_name(name), "{name}");
        }
    }

    #[test]
    fn verb_nouns() {
        for id in ["list_calls", "get_call", "stream_recording_2nd", "get_call_details"] {
            assert_eq!(is_verb_noun(id), !id.ends_with("2nd"), "{id}");
        }
        for id in ["list", "listCalls", "calls_list", "list_", "list__calls", "get_Call"] {
            assert!(!is_verb_noun(id), "{id}");
        }
    }
}
