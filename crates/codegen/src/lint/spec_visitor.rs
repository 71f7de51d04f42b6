//! Visits a document by the grammar: wrong types, unknown and missing keys,
//! dangling references.

use serde_json::{Map, Value};

use super::grammar::{ObjectKind, ValueType, help_for_key};
use crate::error::Diagnostic;
use crate::load::{SpecDocument, child};
use crate::refs;

/// An object of the document that has the right shape.
#[derive(Clone, Debug)]
pub(super) struct SpecNode<'a> {
    pub(super) kind: ObjectKind,
    pub(super) pointer: String,
    pub(super) map: &'a Map<String, Value>,
}

impl<'a> SpecNode<'a> {
    /// Text under `key`.
    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.map.get(key).and_then(Value::as_str)
    }

    /// Whether `key` is `true`.
    pub(super) fn is(&self, key: &str) -> bool {
        self.map.get(key) == Some(&Value::Bool(true))
    }

    /// Target of the `$ref` that the object is.
    pub(super) fn reference(&self) -> Option<&'a str> {
        self.text("$ref")
    }

    /// Pointer of a key of the object.
    pub(super) fn at(&self, key: &str) -> String {
        child(&self.pointer, key)
    }
}

/// Every well-formed object, and diagnostics about the rest.
pub(super) fn visit(document: &SpecDocument) -> (Vec<SpecNode<'_>>, Vec<Diagnostic>) {
    let mut visitor = SpecVisitor { document, nodes: Vec::new(), diagnostics: Vec::new() };
    visitor.value(document.value(), String::new(), ValueType::One(ObjectKind::Root));
    (visitor.nodes, visitor.diagnostics)
}

struct SpecVisitor<'a> {
    document: &'a SpecDocument,
    nodes: Vec<SpecNode<'a>>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> SpecVisitor<'a> {
    fn value(&mut self, value: &'a Value, pointer: String, shape: ValueType) {
        match (shape, value) {
            (ValueType::Anything, _)
            | (ValueType::Text, Value::String(_))
            | (ValueType::Flag | ValueType::FlagOrSchema, Value::Bool(_))
            | (ValueType::Number, Value::Number(_))
            | (ValueType::List, Value::Array(_))
            | (ValueType::Texts, Value::String(_)) => {}
            (ValueType::Texts, Value::Array(list))
                if !list.is_empty() && list.iter().all(Value::is_string) => {}
            (ValueType::TextMap, Value::Object(map))
                if !map.is_empty() && map.values().all(Value::is_string) => {}
            (ValueType::One(kind), Value::Object(map)) => self.object(map, pointer, kind),
            (ValueType::FlagOrSchema, Value::Object(map)) => {
                self.object(map, pointer, ObjectKind::Schema)
            }
            (ValueType::ListOf(kind), Value::Array(list)) => {
                for (index, item) in list.iter().enumerate() {
                    self.value(item, child(&pointer, &index.to_string()), ValueType::One(kind));
                }
            }
            (ValueType::MapOf(kind), Value::Object(map)) => {
                for (key, item) in map {
                    self.value(item, child(&pointer, key), ValueType::One(kind));
                }
            }
            _ => self.wrong_shape(value, &pointer, shape),
        }
    }

    fn object(&mut self, map: &'a Map<String, Value>, pointer: String, kind: ObjectKind) {
        let node = SpecNode { kind, pointer, map };
        match (map.get("$ref"), kind.section()) {
            (Some(target), Some(section)) => self.reference(&node, target, section),
            _ => self.keys(&node),
        }
        self.nodes.push(node);
    }

    fn keys(&mut self, node: &SpecNode<'a>) {
        for (key, value) in node.map {
            match node.kind.fields().iter().find(|field| field.name == key) {
                Some(field) => self.value(value, node.at(key), field.shape),
                None => self.find(
                    &node.at(key),
                    format!("{} has no key `{key}` in the dialect", node.kind.noun()),
                    help_for_key(node.kind, key),
                ),
            }
        }
        for field in node.kind.fields() {
            if field.required && !node.map.contains_key(field.name) {
                self.find(
                    &node.pointer,
                    format!("{} has no `{}`", node.kind.noun(), field.name),
                    format!("write `{}: {}`", field.name, field.shape.sample()),
                );
            }
        }
    }

    fn reference(&mut self, node: &SpecNode<'a>, target: &'a Value, section: &str) {
        if node.map.len() > 1 {
            self.find(
                &node.pointer,
                "keys beside a `$ref`, which every tool ignores",
                "write `allOf: [{ $ref: ... }]` beside them, or remove them",
            );
        }
        let wanted = format!("#/components/{section}/");
        match target.as_str() {
            Some(target) if !target.starts_with(&wanted) => self.find(
                &node.at("$ref"),
                format!("`{target}` is not a reference to {}", node.kind.noun()),
                format!("write \"{wanted}NAME\" instead"),
            ),
            Some(target) if refs::resolve(self.document.value(), target).is_none() => self.find(
                &node.at("$ref"),
                format!("`{target}` does not exist"),
                format!("write the component under `components: {section}:`, or correct the name"),
            ),
            Some(_) => {}
            None => self.find(
                &node.at("$ref"),
                "a `$ref` that is not a text",
                format!("write \"{wanted}NAME\" instead"),
            ),
        }
    }

    fn wrong_shape(&mut self, value: &Value, pointer: &str, shape: ValueType) {
        let help = match (shape, value) {
            (ValueType::Text, Value::Array(_)) if pointer.ends_with("/type") => {
                "write one type and `nullable: true`; a list of types is OpenAPI 3.1".to_owned()
            }
            (ValueType::Text | ValueType::Texts, Value::Number(number)) => {
                format!("write \"{number}\" instead")
            }
            _ => format!("write {} instead", shape.noun()),
        };
        self.find(
            pointer,
            format!("{} where the dialect has {}", found(value), shape.noun()),
            help,
        );
    }

    fn find(&mut self, pointer: &str, problem: impl Into<String>, help: impl Into<String>) {
        self.diagnostics.push(self.document.diagnostic(pointer, problem, help));
    }
}

impl ValueType {
    fn noun(self) -> String {
        match self {
            Self::Text => "a text".to_owned(),
            Self::Texts => "a text or a list of texts".to_owned(),
            Self::Flag => "`true` or `false`".to_owned(),
            Self::Number => "a number".to_owned(),
            Self::Anything => "any value".to_owned(),
            Self::List => "a list".to_owned(),
            Self::TextMap => "a mapping from names to texts".to_owned(),
            Self::One(kind) => format!("{} (a mapping)", kind.noun()),
            Self::ListOf(kind) => format!("a list, each item {} (a mapping)", kind.noun()),
            Self::MapOf(kind) => {
                format!("a mapping from names, each to {} (a mapping)", kind.noun())
            }
            Self::FlagOrSchema => "`true` or a schema (a mapping)".to_owned(),
        }
    }

    fn sample(self) -> &'static str {
        match self {
            Self::Text | Self::Texts => "TEXT",
            Self::Flag => "true",
            Self::Number => "1",
            Self::List | Self::ListOf(_) => "[ ... ]",
            Self::Anything | Self::TextMap | Self::One(_) | Self::MapOf(_) | Self::FlagOrSchema => {
                "{ ... }"
            }
        }
    }
}

fn found(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "`true` or `false`",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}
