//! Schemas: those of responses become tolerant, those of requests plain.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::rust_type::{RustType, TypeParameter, reference};
use super::text::SourceTexts;
use super::{Envelopes, ExpectedField, ExpectedResponse, RecordId, schemas_from};
use crate::lint::{is_decimal, is_free_form};
use crate::refs::{ReferencesBySide, schema_name};

/// What the preparation found on its way.
pub(super) struct PreparationResult {
    pub(super) types: BTreeSet<RustType>,
    pub(super) fields: Vec<ExpectedField>,
    pub(super) records: Vec<RecordId>,
    pub(super) responses: Vec<ExpectedResponse>,
    pub(super) envelopes: Envelopes,
    pub(super) volatile: BTreeSet<String>,
    pub(super) secret: BTreeSet<String>,
}

/// Prepares schemas, and remembers which of the runtime's types they need.
pub(super) struct Responses<'a> {
    document: &'a Value,
    sources: &'a SourceTexts,
    received: BTreeSet<String>,
    sent: BTreeSet<String>,
    from_records: BTreeSet<String>,
    found: PreparationResult,
}

/// A prepared schema and, when it holds a type of the runtime, that type's text.
type TypedSchema = (Value, Option<String>);

impl<'a> Responses<'a> {
    pub(super) fn new(
        document: &'a Value,
        reach: &ReferencesBySide,
        sources: &'a SourceTexts,
    ) -> Self {
        let names = |references: &BTreeSet<String>| {
            let names = references.iter().filter_map(|reference| schema_name(reference));
            names.map(str::to_owned).collect::<BTreeSet<_>>()
        };
        let received = names(&reach.response);
        let mut this = Self {
            document,
            sources,
            sent: names(&reach.request),
            from_records: BTreeSet::new(),
            received,
            found: PreparationResult {
                types: BTreeSet::new(),
                fields: Vec::new(),
                records: Vec::new(),
                responses: Vec::new(),
                envelopes: Envelopes::default(),
                volatile: BTreeSet::new(),
                secret: BTreeSet::new(),
            },
        };
        for name in &this.received {
            let Some(schema) = this.component(name) else {
                continue;
            };
            if let Some(id) = schema.get("x-record-id").and_then(Value::as_str) {
                let other = schema.get("x-other-record-id").and_then(Value::as_str);
                this.found.records.push(RecordId {
                    schema: name.clone(),
                    field: id.to_owned(),
                    other: other.map(str::to_owned),
                });
                this.from_records.insert(name.clone());
                this.from_records.extend(schemas_from(document, schema));
            }
        }
        this.found.envelopes = this.envelopes();
        this
    }

    /// Every component from a response down to its records.
    fn envelopes(&self) -> Envelopes {
        let is_record =
            |name: &String| self.found.records.iter().any(|record| record.schema == *name);
        let mut envelopes = Envelopes::default();
        for name in self.received.difference(&self.from_records) {
            let Some(schema) = self.component(name) else { continue };
            let below = schemas_from(self.document, schema);
            if below.iter().any(is_record) {
                envelopes.pages.insert(name.clone());
                envelopes.details.extend(below.difference(&self.from_records).cloned());
            }
        }
        envelopes.details.retain(|name| !envelopes.pages.contains(name));
        envelopes
    }

    /// Every component that an operation leads to, but for the runtime's types.
    pub(super) fn components(&mut self) -> Map<String, Value> {
        let mut components = Map::new();
        for name in self.received.union(&self.sent).cloned().collect::<Vec<_>>() {
            let Some(schema) = self.component(&name) else {
                continue;
            };
            if schema.get("enum").is_some() {
                let mut closed = self.request(schema);
                merge_letter_cases(&mut closed);
                components.insert(self.closed_name(&name), closed);
            } else if !self.received.contains(&name) {
                components.insert(name, self.request(schema));
            } else if self.replacement(schema).is_none() {
                let prepared = self.received_component(&name, schema);
                components.insert(name, prepared);
            }
        }
        components
    }

    /// The response of an operation.
    pub(super) fn operation_response(&mut self, operation: &str, response: &Value) -> Value {
        let content = response.get("content").and_then(Value::as_object).into_iter().flatten();
        let mut prepared = Map::new();
        for (media_type, media) in content {
            let (schema, rust) = match media.get("schema") {
                Some(schema) if media_type == "application/json" => self.response(schema),
                _ => (json!({ "type": "string", "format": "binary" }), None),
            };
            if let Some(rust) = rust {
                let operation = operation.to_owned();
                self.found.responses.push(ExpectedResponse { operation, rust });
            }
            prepared.insert(media_type.clone(), json!({ "schema": schema }));
        }
        json!({ "description": "", "content": prepared })
    }

    /// What was found; call it last.
    pub(super) fn finish(self) -> PreparationResult {
        self.found
    }

    fn component(&self, name: &str) -> Option<&'a Value> {
        self.document.get("components")?.get("schemas")?.get(name)
    }

    /// Name of an enum's type: a response needs the plain one for the open type.
    fn closed_name(&self, name: &str) -> String {
        if self.received.contains(name) { format!("Known{name}") } else { name.to_owned() }
    }

    /// A component of a response that stays a type of its own.
    fn received_component(&mut self, name: &str, schema: &Value) -> Value {
        let Some(map) = schema.as_object() else {
            return Value::Null;
        };
        let mut prepared = Map::new();
        if let Some(description) = self.sources.description(map) {
            prepared.insert("description".to_owned(), description.into());
        }
        let Some(properties) = map.get("properties").and_then(Value::as_object) else {
            let (inner, rust) = self.response(schema);
            prepared.extend(inner.as_object().cloned().unwrap_or_default());
            self.expect_field(name, None, rust);
            return prepared.into();
        };
        let mut fields = Map::new();
        for (property, schema) in properties {
            let (field, rust) = self.response(schema);
            self.expect_field(name, Some(property.clone()), rust);
            if schema.get("x-volatile") == Some(&Value::Bool(true)) {
                self.found.volatile.insert(property.clone());
            }
            if schema.get("x-secret") == Some(&Value::Bool(true)) {
                self.found.secret.insert(property.clone());
            }
            let members = match schema.get("x-secret-members") {
                Some(Value::Array(names)) => names.as_slice(),
                name => name.map_or(&[][..], std::slice::from_ref),
            };
            let members = members.iter().filter_map(Value::as_str).map(str::to_owned);
            self.found.secret.extend(members);
            fields.insert(property.clone(), field);
        }
        prepared.insert("type".to_owned(), "object".into());
        prepared.insert("properties".to_owned(), fields.into());
        if let Some(required) = map.get("required") {
            prepared.insert("required".to_owned(), required.clone());
        }
        if self.from_records.contains(name) {
            prepared.insert("additionalProperties".to_owned(), json!({}));
        }
        prepared.into()
    }

    fn expect_field(&mut self, schema: &str, property: Option<String>, rust: Option<String>) {
        if let Some(rust) = rust {
            let schema = schema.to_owned();
            self.found.fields.push(ExpectedField { schema, property, rust });
        }
    }

    /// A schema within a response.
    fn response(&mut self, schema: &Value) -> TypedSchema {
        if let Some(replacement) = self.replacement(schema) {
            let prepared = self.beside(schema, reference(&replacement.component()));
            let rust = replacement.rust();
            self.found.types.insert(replacement);
            return (prepared, Some(rust));
        }
        if let Some(name) = referred(schema) {
            return (self.beside(schema, reference(name)), None);
        }
        let mut prepared = Map::new();
        let mut rust = None;
        for (key, value) in schema.as_object().into_iter().flatten() {
            match key.as_str() {
                "type" | "nullable" | "format" => {
                    prepared.insert(key.clone(), value.clone());
                }
                "items" => {
                    let (items, inner) = self.response(value);
                    prepared.insert(key.clone(), items);
                    rust = inner;
                }
                _ => {}
            }
        }
        let description = schema.as_object().and_then(|map| self.sources.description(map));
        if let Some(description) = description {
            prepared.insert("description".to_owned(), description.into());
        }
        (prepared.into(), rust)
    }

    /// The runtime's type that a schema of a response becomes, if any.
    fn replacement(&mut self, schema: &Value) -> Option<RustType> {
        if let Some(name) = referred(schema) {
            let target = self.component(name)?;
            return if target.get("x-record-id").is_some() {
                Some(RustType::Lenient(name.to_owned()))
            } else if target.get("enum").is_some() {
                Some(RustType::OpenEnum(self.closed_name(name)))
            } else {
                self.replacement(target)
            };
        }
        if is_decimal(schema) {
            return Some(RustType::RawNumber);
        }
        let has_free_items = schema.get("items").is_some_and(is_free_form);
        if is_free_form(schema) || has_free_items {
            return Some(RustType::RawJson);
        }
        let alternatives = schema.get("oneOf").and_then(Value::as_array);
        if let Some([a, b]) = alternatives.map(Vec::as_slice) {
            let (a, b) = (self.parameter(a), self.parameter(b));
            return Some(RustType::OneOf(a, b));
        }
        let is_map = schema.get("properties").is_none();
        let values =
            schema.get("additionalProperties").filter(|values| is_map && values.is_object());
        values.map(|values| RustType::ByName(self.parameter(values)))
    }

    /// A schema as a type parameter, which is JSON Schema and not OpenAPI.
    fn parameter(&mut self, schema: &Value) -> TypeParameter {
        let (prepared, runtime) = self.response(schema);
        let name = referred(&prepared).unwrap_or("Value").to_owned();
        let (plain, rust) = match (referred(&prepared), runtime) {
            (Some(name), Some(runtime)) => (reference(name), runtime),
            (Some(name), None) => (reference(name), name.to_owned()),
            (None, _) => {
                let kind = prepared.get("type").and_then(Value::as_str).unwrap_or("string");
                (json!({ "type": kind }), scalar(kind).to_owned())
            }
        };
        if prepared.get("nullable") != Some(&Value::Bool(true)) {
            return TypeParameter { schema: plain.to_string(), rust, name };
        }
        let schema = json!({ "oneOf": [plain, { "type": "null" }] }).to_string();
        let rust = format!("::std::option::Option<{rust}>");
        TypeParameter { schema, rust, name: format!("{name}.Null") }
    }

    /// `inner` with the description and nullability that `schema` gives it.
    fn beside(&self, schema: &Value, inner: Value) -> Value {
        let Some(map) = schema.as_object().filter(|map| !map.contains_key("$ref")) else {
            return inner;
        };
        let mut prepared = Map::new();
        if let Some(description) = self.sources.description(map) {
            prepared.insert("description".to_owned(), description.into());
        }
        if map.get("nullable") == Some(&Value::Bool(true)) {
            prepared.insert("nullable".to_owned(), true.into());
        }
        if prepared.is_empty() {
            return inner;
        }
        prepared.insert("allOf".to_owned(), vec![inner].into());
        prepared.into()
    }

    /// A schema of what is sent: strict in its words, free of limits.
    pub(super) fn request(&self, schema: &Value) -> Value {
        let Some(map) = schema.as_object() else {
            return schema.clone();
        };
        if let Some(name) = map.get("$ref").and_then(Value::as_str).and_then(schema_name) {
            let is_enum = self.component(name).is_some_and(|target| target.get("enum").is_some());
            return reference(&if is_enum { self.closed_name(name) } else { name.to_owned() });
        }
        let mut prepared = Map::new();
        if let Some(description) = self.sources.description(map) {
            prepared.insert("description".to_owned(), description.into());
        }
        for (key, value) in map {
            let value = match key.as_str() {
                "type" | "nullable" | "enum" | "required" => value.clone(),
                "format" if value != "decimal" => value.clone(),
                "items" | "additionalProperties" => self.request(value),
                "allOf" | "oneOf" => {
                    let list = value.as_array().into_iter().flatten();
                    list.map(|item| self.request(item)).collect()
                }
                "properties" => {
                    let fields = value.as_object().into_iter().flatten();
                    let fields = fields.map(|(name, schema)| (name.clone(), self.request(schema)));
                    Value::Object(fields.collect())
                }
                _ => continue,
            };
            prepared.insert(key.clone(), value);
        }
        prepared.into()
    }
}

/// Keeps the first of words that differ only in their letters' case, which are one name in Rust.
fn merge_letter_cases(schema: &mut Value) {
    let mut seen = BTreeSet::new();
    if let Some(words) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        words.retain(|word| seen.insert(word.as_str().unwrap_or("").to_ascii_lowercase()));
    }
}

/// Name of the component that the schema is a reference to, alone or in an `allOf`.
fn referred(schema: &Value) -> Option<&str> {
    let alone = schema.get("$ref");
    let target = alone.or_else(|| schema.get("allOf")?.as_array()?.first()?.get("$ref"))?;
    schema_name(target.as_str()?)
}

fn scalar(kind: &str) -> &'static str {
    match kind {
        "integer" => "i64",
        "number" => "f64",
        "boolean" => "bool",
        _ => "::std::string::String",
    }
}
