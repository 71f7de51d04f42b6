//! Rules about what a 2xx response leads to: one surprising field must not cost
//! a record, nor one surprising record its page.

use serde_json::{Map, Value};

use super::spec_visitor::SpecNode;
use super::{SchemaSide, Spec, component_name, is_free_form};
use crate::error::Diagnostic;
use crate::load::child;
use crate::refs;

/// A property may be null, except a record's id and what distinguishes two shapes.
pub(super) fn nullable(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    for node in spec.schemas(SchemaSide::Success) {
        for (name, pointer, schema) in spec.properties(node) {
            let is_nullable = schema.get("nullable") == Some(&Value::Bool(true));
            let is_id = node.text("x-record-id") == Some(name);
            let is_reference = schema.get("$ref").is_some();
            if is_id && is_nullable {
                found.push(spec.diagnostic(
                    &child(&pointer, "nullable"),
                    format!("the record's id `{name}` may be null"),
                    "remove `nullable`; a record without an id cannot be stored",
                ));
            } else if !is_id && !is_nullable && !is_reference && !tells_apart(spec, node, name) {
                found.push(spec.diagnostic(
                    &pointer,
                    format!("the property `{name}` of a response may not be null"),
                    "write `nullable: true`",
                ));
            }
        }
    }
}

/// What is required has a name and exists. In a response it is only a record's
/// id, and what distinguishes two shapes; errors are exempt.
pub(super) fn required(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    for node in spec.schemas(SchemaSide::Success).chain(spec.schemas(SchemaSide::Request)) {
        let list = node.map.get("required").and_then(Value::as_array);
        for (index, name) in list.into_iter().flatten().enumerate() {
            let pointer = child(&node.at("required"), &index.to_string());
            let Some(name) = name.as_str() else {
                found.push(spec.diagnostic(
                    &pointer,
                    "a required property without a name",
                    "write its name",
                ));
                continue;
            };
            if node.map.get("properties").and_then(|all| all.get(name)).is_none() {
                found.push(spec.diagnostic(
                    &pointer,
                    format!("the required property `{name}` does not exist"),
                    format!("write it under `properties:`, or remove `{name}`"),
                ));
            } else if spec.side(&node.pointer) == SchemaSide::Success
                && node.text("x-record-id") != Some(name)
                && !tells_apart(spec, node, name)
            {
                found.push(spec.diagnostic(
                    &pointer,
                    format!("the property `{name}` of a response is required"),
                    "remove it from `required`; only the `x-record-id` of a record is",
                ));
            }
        }
    }
}

/// A record's id is one of its properties, a text, and required.
pub(super) fn record_ids(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    for node in &spec.nodes {
        let Some(id) = node.text("x-record-id") else {
            continue;
        };
        let pointer = node.at("x-record-id");
        let property = node.map.get("properties").and_then(|all| all.get(id));
        let help = if component_name(&node.pointer).is_none() {
            "write the record as a named component"
        } else if spec.side(&node.pointer) != SchemaSide::Success {
            "remove `x-record-id`; no 2xx response leads to this schema"
        } else if property.and_then(|schema| schema.get("type")?.as_str()) != Some("string") {
            "write the name of a property with `type: string`"
        } else if !requires(node, id) {
            found.push(spec.diagnostic(
                &pointer,
                format!("the record's id `{id}` is not required"),
                format!("write `required: [{id}]`"),
            ));
            continue;
        } else {
            continue;
        };
        found.push(spec.diagnostic(&pointer, format!("`{id}` cannot be the id of a record"), help));
    }
}

/// The id that stands in for a record's own is another of its properties, a text.
pub(super) fn other_record_ids(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    for node in &spec.nodes {
        let Some(other) = node.text("x-other-record-id") else { continue };
        let property = node.map.get("properties").and_then(|all| all.get(other));
        let is_text = property.and_then(|schema| schema.get("type")?.as_str()) == Some("string");
        if !is_text || node.text("x-record-id").is_none_or(|id| id == other) {
            found.push(spec.diagnostic(
                &node.at("x-other-record-id"),
                format!("`{other}` cannot stand in for the id of a record"),
                "write `x-record-id`, and here the name of another property with `type: string`",
            ));
        }
    }
}

/// The first alternative is tried first, so it must not fit the second's values.
pub(super) fn first_alternative(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    for node in spec.schemas(SchemaSide::Success) {
        let list = node.map.get("oneOf").and_then(Value::as_array);
        let Some([a, b]) = list.map(Vec::as_slice) else {
            continue;
        };
        let target = |item: &Value| {
            refs::resolve(spec.document.value(), item.get("$ref")?.as_str()?)?.as_object()
        };
        let (Some(first), Some(second)) = (target(a), target(b)) else {
            continue;
        };
        let pointer = child(&node.at("oneOf"), "0");
        if first.contains_key("x-record-id") {
            found.push(spec.diagnostic(
                &pointer,
                "a record as the first alternative, which takes every value",
                "write the other first",
            ));
        } else if first.get("type") == second.get("type") && !demands(first) {
            found.push(spec.diagnostic(
                &pointer,
                "a first alternative that takes the second's values",
                "write the property that distinguishes it under `required`, without `nullable`",
            ));
        }
    }
}

/// Whether an object requires a property that is not null.
fn demands(schema: &Map<String, Value>) -> bool {
    let required = schema.get("required").and_then(Value::as_array);
    required.into_iter().flatten().filter_map(Value::as_str).any(|name| {
        let property = schema.get("properties").and_then(|all| all.get(name));
        property.is_some_and(|property| property.get("nullable") != Some(&Value::Bool(true)))
    })
}

/// A response's schema neither invents values nor refuses them.
pub(super) fn constraints(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    const REFUSED: [&str; 8] = [
        "default",
        "minLength",
        "maxLength",
        "pattern",
        "minimum",
        "maximum",
        "minItems",
        "maxItems",
    ];
    for node in spec.schemas(SchemaSide::Success) {
        for key in REFUSED.into_iter().filter(|key| node.map.contains_key(*key)) {
            found.push(spec.diagnostic(
                &node.at(key),
                format!("`{key}` in a response"),
                "remove it and say it in the description; a response is not checked",
            ));
        }
    }
}

/// An object of a response stays open, and a mapping from names to values has one kind of value.
pub(super) fn open_objects(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    for node in spec.schemas(SchemaSide::Success) {
        let Some(additional) = node.map.get("additionalProperties") else {
            continue;
        };
        let pointer = node.at("additionalProperties");
        let plain = ["string", "integer", "number", "boolean"];
        let kind = additional.get("type").and_then(Value::as_str);
        let is_named = |value: &Value| value.get("$ref").is_some() || value.get("allOf").is_some();
        if additional == &Value::Bool(false) {
            found.push(spec.diagnostic(
                &pointer,
                "a response's object that refuses unknown fields",
                "remove it; unknown fields are kept anyway",
            ));
        } else if node.map.contains_key("properties") {
            found.push(spec.diagnostic(
                &pointer,
                "`additionalProperties` beside `properties` in a response",
                "remove it; unknown fields are kept anyway",
            ));
        } else if !is_named(additional)
            && !kind.is_some_and(|kind| plain.contains(&kind))
            && !is_free_form(additional)
            && additional != &Value::Bool(true)
        {
            found.push(spec.diagnostic(
                &pointer,
                "a mapping whose values are neither plain nor a named component",
                "write `{ $ref: ... }`, or `true` where anything may stand",
            ));
        }
    }
}

/// An object with properties is a component, so that its type has a name someone chose.
pub(super) fn inline_objects(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    for node in spec.schemas(SchemaSide::Success) {
        let is_component = component_name(&node.pointer).is_some();
        if !is_component && node.map.contains_key("properties") {
            found.push(spec.diagnostic(
                &node.pointer,
                "an object without a name in a response",
                "write it under `components: schemas:` and refer to it",
            ));
        }
    }
}

/// Words of a response are a component, because the list will grow.
pub(super) fn inline_enums(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    for node in spec.schemas(SchemaSide::Success) {
        let is_component = component_name(&node.pointer).is_some();
        if !is_component && node.map.contains_key("enum") {
            found.push(spec.diagnostic(
                &node.at("enum"),
                "words without a name in a response",
                "write them under `components: schemas:` and refer to them with `allOf`",
            ));
        }
    }
}

/// Whether the property is required so that a `oneOf` can choose; a record has its id for that.
fn tells_apart(spec: &Spec<'_>, node: &SpecNode<'_>, property: &str) -> bool {
    if node.map.contains_key("x-record-id") {
        return false;
    }
    let reference =
        component_name(&node.pointer).map(|name| format!("#/components/schemas/{name}"));
    let is_alternative = reference.is_some_and(|it| spec.alternatives.contains(it.as_str()));
    is_alternative && requires(node, property)
}

fn requires(node: &SpecNode<'_>, property: &str) -> bool {
    let required = node.map.get("required").and_then(Value::as_array);
    required.is_some_and(|list| list.iter().any(|name| name == property))
}
