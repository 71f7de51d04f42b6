//! Rules about descriptions and sources: each sourced item says what it is and where it is from.

use serde_json::Value;

use super::document::source_names;
use super::grammar::ObjectKind;
use super::{Spec, component_name};
use crate::error::Diagnostic;
use crate::load::child;
use crate::refs;

/// Parameters, properties and component schemas are described.
pub(super) fn descriptions(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    for item in sourced_items(spec) {
        let described = item.text("description").is_some_and(|text| !text.trim().is_empty());
        if item.is_reference {
            found.push(spec.diagnostic(
                &item.pointer,
                "a bare `$ref`, beside which no description counts",
                "write `description`, `x-source` and `allOf: [{ $ref: ... }]` instead",
            ));
        } else if !described && item.what != "operation" {
            found.push(spec.diagnostic(
                &item.pointer,
                format!("the {} is not described", item.what),
                "write `description: TEXT`, with the unit of a number",
            ));
        }
    }
}

/// Each of them, and each operation, names a source.
pub(super) fn present(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    for item in sourced_items(spec) {
        if !item.is_reference && item.value.get("x-source").is_none() {
            let names = source_names(spec).into_iter().collect::<Vec<_>>().join(", ");
            found.push(spec.diagnostic(
                &item.pointer,
                format!("the {} has no source", item.what),
                format!("write `x-source: KEY` with a key of `x-sources` ({names})"),
            ));
        }
    }
}

/// A source that is named is listed in `x-sources`.
pub(super) fn known(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    let names = source_names(spec);
    for node in &spec.nodes {
        let sources = match node.map.get("x-source") {
            Some(Value::Array(list)) => list.iter().collect(),
            Some(source) => vec![source],
            None => Vec::new(),
        };
        for source in sources.into_iter().filter_map(Value::as_str) {
            if !names.contains(source) {
                found.push(spec.diagnostic(
                    &node.at("x-source"),
                    format!("the source `{source}` is not listed"),
                    "write a key of `x-sources`, or add it there with `url` and `kind`",
                ));
            }
        }
    }
}

/// Something that has to be described and sourced.
struct SourcedItem<'a> {
    what: &'static str,
    pointer: String,
    value: &'a Value,
    is_reference: bool,
}

impl<'a> SourcedItem<'a> {
    fn text(&self, key: &str) -> Option<&'a str> {
        self.value.get(key).and_then(Value::as_str)
    }
}

fn sourced_items<'a>(spec: &Spec<'a>) -> Vec<SourcedItem<'a>> {
    let document = spec.document.value();
    let mut items = Vec::new();
    let mut add = |what, pointer: String, value: &'a Value, referable: bool| {
        let is_reference = value.get("$ref").is_some();
        if value.is_object() && !(is_reference && referable) {
            items.push(SourcedItem { what, pointer, value, is_reference });
        }
    };
    for operation in refs::operations(document) {
        if let Some(value) = document.pointer(&operation.pointer()) {
            add("operation", operation.pointer(), value, false);
        }
    }
    for node in &spec.nodes {
        let value = || document.pointer(&node.pointer);
        match node.kind {
            ObjectKind::Parameter => {
                value().into_iter().for_each(|v| add("parameter", node.pointer.clone(), v, true));
            }
            ObjectKind::Schema => {
                if component_name(&node.pointer).is_some() {
                    value().into_iter().for_each(|v| add("schema", node.pointer.clone(), v, true));
                }
                for (name, schema) in
                    node.map.get("properties").and_then(Value::as_object).into_iter().flatten()
                {
                    add("property", child(&node.at("properties"), name), schema, false);
                }
            }
            _ => {}
        }
    }
    items
}
