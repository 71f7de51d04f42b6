//! Rules about every schema, whoever it is for.

use std::collections::BTreeSet;

use serde_json::Value;

use super::grammar::ObjectKind;
use super::spec_visitor::SpecNode;
use super::{SchemaSide, Spec, component_name, is_decimal, is_free_form};
use crate::error::Diagnostic;
use crate::load::child;
use crate::refs::{self, schema_name};

/// Formats with a meaning, by type; every other format is only a comment.
const FORMATS: [(&str, &[&str]); 3] = [
    ("string", &["date-time", "naive-date-time", "decimal", "binary"]),
    ("integer", &["int32", "int64", "uint32", "uint64"]),
    ("number", &["double", "decimal"]),
];

/// A schema has a known type, a list its items, and nothing else has those.
pub(super) fn types(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    for node in spec.of(ObjectKind::Schema).filter(|node| node.reference().is_none()) {
        if let Some((problem, help)) = type_problem(node) {
            found.push(spec.diagnostic(&node.pointer, problem, help));
        }
        let owners =
            [("items", "array"), ("properties", "object"), ("additionalProperties", "object")];
        for (key, owner) in owners {
            if node.map.contains_key(key) && node.text("type").is_some_and(|kind| kind != owner) {
                found.push(spec.diagnostic(
                    &node.at(key),
                    format!("`{key}` of something that is no {owner}"),
                    format!("write `type: {owner}`, or remove it"),
                ));
            }
        }
    }
}

fn type_problem(node: &SpecNode<'_>) -> Option<(String, &'static str)> {
    let has = |key: &str| node.map.contains_key(key);
    let missing = |help| Some(("a schema without a type".to_owned(), help));
    match node.text("type") {
        Some("string" | "integer" | "number" | "boolean" | "object") => None,
        Some("array") if has("items") => None,
        Some("array") => {
            let help = "write `items`; `items: {}` where anything may stand";
            Some(("an array without `items`".to_owned(), help))
        }
        Some("null") => {
            Some(("the type `null`".to_owned(), "write `nullable: true` beside the other type"))
        }
        Some(other) => {
            let help = "write `string`, `integer`, `number`, `boolean`, `object` or `array`";
            Some((format!("the type `{other}`"), help))
        }
        None if has("properties") || has("additionalProperties") => missing("write `type: object`"),
        None if has("items") => missing("write `type: array`"),
        None if has("enum") => missing("write `type: string`"),
        None if has("format") => missing("write the `type` that the format belongs to"),
        None => None,
    }
}

/// A format is one that the generator knows, on its type; a number has one.
pub(super) fn formats(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    for node in spec.of(ObjectKind::Schema) {
        let Some(kind) = node.text("type") else {
            continue;
        };
        let known = FORMATS.iter().find(|(name, _)| *name == kind);
        let known = known.map_or(&[][..], |(_, list)| list);
        match node.text("format") {
            Some(format) if known.contains(&format) => {}
            Some(format) => {
                let help = match (format, known) {
                    ("uuid", _) => "remove it; an identifier is a plain string".to_owned(),
                    (_, []) => "remove it".to_owned(),
                    _ => format!("write one of {}", known.join(", ")),
                };
                let problem = format!("`{kind}` with the format `{format}`");
                found.push(spec.diagnostic(&node.at("format"), problem, help));
            }
            None if matches!(kind, "integer" | "number") => found.push(spec.diagnostic(
                &node.pointer,
                format!("`{kind}` without a format"),
                format!("write `format` with one of {}", known.join(", ")),
            )),
            None => {}
        }
    }
}

/// An `enum` is a list of different words.
pub(super) fn enums(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    for node in spec.of(ObjectKind::Schema) {
        let Some(words) = node.map.get("enum").and_then(Value::as_array) else {
            continue;
        };
        if node.text("type").is_some_and(|kind| kind != "string") {
            found.push(spec.diagnostic(
                &node.at("enum"),
                "an `enum` of something that is no text",
                "remove it and name the values in the description",
            ));
            continue;
        }
        let mut seen = BTreeSet::new();
        for (index, word) in words.iter().enumerate() {
            let good = word.as_str().is_some_and(|word| !word.is_empty());
            if !good || !seen.insert(word.as_str()) {
                found.push(spec.diagnostic(
                    &child(&node.at("enum"), &index.to_string()),
                    format!("{word} is no word, or stands there already"),
                    "write each word once, as a text; null is said by `nullable: true`",
                ));
            }
        }
        if words.is_empty() {
            found.push(spec.diagnostic(&node.at("enum"), "an empty `enum`", "write its words"));
        }
    }
}

/// `allOf` is for saying something beside one reference; it does not compose.
pub(super) fn all_of(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    for node in spec.of(ObjectKind::Schema) {
        let Some(list) = node.map.get("allOf").and_then(Value::as_array) else {
            continue;
        };
        let is_reference = |item: &Value| item.get("$ref").is_some();
        let others = ["type", "properties", "items", "enum", "oneOf", "format", "required"];
        if list.len() != 1 || !list.iter().all(is_reference) {
            found.push(spec.diagnostic(
                &node.at("allOf"),
                "an `allOf` that is not one reference",
                "write all properties in one named component",
            ));
        } else if component_name(&node.pointer).is_some() {
            found.push(spec.diagnostic(
                &node.pointer,
                "a component that is only another's name",
                "remove it and refer to the other",
            ));
        } else if let Some(other) = others.into_iter().find(|key| node.map.contains_key(*key)) {
            found.push(spec.diagnostic(
                &node.at(other),
                format!("`{other}` beside `allOf`"),
                "remove it, or write it in the component",
            ));
        }
    }
}

/// `oneOf` is two named components, or a decimal as text and as number.
///
/// Schemas that only errors lead to are free in it.
pub(super) fn one_of(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    for node in spec.schemas(SchemaSide::Success).chain(spec.schemas(SchemaSide::Request)) {
        let Some(list) = node.map.get("oneOf").and_then(Value::as_array) else {
            continue;
        };
        if node.map.contains_key("type") {
            found.push(spec.diagnostic(&node.at("type"), "`type` beside `oneOf`", "remove it"));
        }
        let is_decimal = spec.document.value().pointer(&node.pointer).is_some_and(is_decimal);
        let names = list.iter().filter_map(|item| schema_name(item.get("$ref")?.as_str()?));
        let names = names.collect::<Vec<_>>();
        let different = matches!(names.as_slice(), [a, b] if a != b);
        if !(is_decimal || (list.len() == 2 && different)) {
            found.push(spec.diagnostic(
                &node.at("oneOf"),
                "a `oneOf` that is not two different named components",
                "write exactly two references, the more likely first; for money, the `format: decimal` of `string` and `number`",
            ));
        }
        for name in names {
            let target = spec.document.value().pointer(&format!("/components/schemas/{name}"));
            let kind = target.and_then(|target| target.get("type")?.as_str());
            if target.is_some_and(is_free_form) || !matches!(kind, Some("object" | "array")) {
                found.push(spec.diagnostic(
                    &node.at("oneOf"),
                    format!("`{name}` in a `oneOf` is no object with properties and no array"),
                    "write components that can be told apart by their shape",
                ));
            }
        }
    }
}

/// A volatile or secret property is a text of a response's object; free-form JSON may hold
/// secret members.
pub(super) fn volatile_and_secret(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    let received: BTreeSet<_> =
        spec.schemas(SchemaSide::Success).map(|node| node.pointer.as_str()).collect();
    for node in spec.of(ObjectKind::Schema) {
        let is_property = node.pointer.rsplit_once("/properties/").is_some_and(|(owner, name)| {
            component_name(owner).is_some() && !name.contains('/') && received.contains(owner)
        });
        let kind = node.map.get("type").and_then(Value::as_str);
        for mark in ["x-volatile", "x-secret"] {
            if node.map.contains_key(mark) && !(is_property && kind == Some("string")) {
                found.push(spec.diagnostic(
                    &node.at(mark),
                    format!("`{mark}` on something other than a text that is received"),
                    "write it at a property of a received component, one of `type: string`",
                ));
            }
        }
        let has_members = matches!(kind, None | Some("object" | "array"));
        if node.map.contains_key("x-secret-members") && !(is_property && has_members) {
            found.push(spec.diagnostic(
                &node.at("x-secret-members"),
                "`x-secret-members` on something that is not received or has no members",
                "write it at a free-form property of a received component",
            ));
        }
    }
}

/// A component is a schema of its own, not a reference.
pub(super) fn component_aliases(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    for node in spec.of(ObjectKind::Schema) {
        if component_name(&node.pointer).is_some() && node.reference().is_some() {
            found.push(spec.diagnostic(
                &node.pointer,
                "a component that is only another's name",
                "remove it and refer to the other",
            ));
        }
    }
}

/// Every component is used.
pub(super) fn unused(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    let components = spec.document.value().get("components").and_then(Value::as_object);
    for (section, members) in components.into_iter().flatten() {
        if section == "securitySchemes" {
            continue;
        }
        for name in members.as_object().into_iter().flatten().map(|(name, _)| name) {
            let reference = format!("#/components/{section}/{name}");
            if !spec.reach.request.contains(&reference) && !spec.reach.response.contains(&reference)
            {
                found.push(spec.diagnostic(
                    &format!("/components/{section}/{name}"),
                    format!("no operation leads to `{name}`"),
                    "remove it, or refer to it",
                ));
            }
        }
    }
}

/// An object is sent or received; what is received is read leniently, what is sent is not.
pub(super) fn one_side(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    for reference in spec.success.intersection(&spec.reach.request) {
        let Some(schema) = refs::resolve(spec.document.value(), reference) else {
            continue;
        };
        if let Some(name) = schema_name(reference).filter(|_| schema.get("enum").is_none()) {
            found.push(spec.diagnostic(
                &format!("/components/schemas/{name}"),
                format!("`{name}` is both sent and received"),
                "write one component for each; only an `enum` may be shared",
            ));
        }
    }
}
