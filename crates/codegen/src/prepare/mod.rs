//! The document as the generator has to see it.
//!
//! A spec is plain OpenAPI; here it gains what makes the generated client
//! tolerant, and loses what the generator would ignore or choke on:
//!
//! - responses other than 2xx, and components that nothing else leads to, go;
//! - records, open enums, decimals, free-form JSON and alternatives of a 2xx
//!   response become types of the runtime, by `x-rust-type`;
//! - objects from a record downwards keep the fields that the spec does not know;
//! - properties with `x-volatile` or `x-secret` say what that means for whoever reads them;
//! - limits on what is sent go, because a server knows them better;
//! - sources become a line of each description.

mod response;
mod rust_type;
mod text;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::load::SpecDocument;
use crate::refs::is_success;
use crate::refs::{self, METHODS, ReferencesBySide, schema_name};
use response::Responses;
use text::SourceTexts;
pub(crate) use text::doc_text;

/// The schema of a record, and the properties that hold its id.
#[derive(Debug)]
pub(crate) struct RecordId {
    pub(crate) schema: String,
    pub(crate) field: String,
    /// Stands in for `field` where that is not usable.
    pub(crate) other: Option<String>,
}

/// A document for the generator, and what its output must then contain.
#[derive(Debug)]
pub(crate) struct PreparedDocument {
    /// OpenAPI with `x-rust-type`.
    pub(crate) document: Value,
    /// Fields whose Rust type must be one of the runtime's.
    pub(crate) fields: Vec<ExpectedField>,
    /// Schemas of records, each with the names of its id properties.
    pub(crate) records: Vec<RecordId>,
    /// Operations whose response must be one of the runtime's types.
    pub(crate) responses: Vec<ExpectedResponse>,
    /// Properties of responses that the vendor signs again each time.
    pub(crate) volatile: BTreeSet<String>,
    /// Members of responses that hold credentials.
    pub(crate) secret: BTreeSet<String>,
    /// Components around the records of a response.
    pub(crate) envelopes: Envelopes,
}

/// Components that stand around records and belong to none: a page must not
/// fail for what they say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Envelopes {
    /// Those that lead to a record.
    pub(crate) pages: BTreeSet<String>,
    /// Those that do not: where a page stands among all, and the like.
    pub(crate) details: BTreeSet<String>,
}

/// A field that must have a type of the runtime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExpectedField {
    /// The component, which is the struct's name.
    pub(crate) schema: String,
    /// The property as it is on the wire; `None` for the one field of a list's struct.
    pub(crate) property: Option<String>,
    /// Text that the field's type contains.
    pub(crate) rust: String,
}

/// An operation whose response must have a type of the runtime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExpectedResponse {
    /// The operation's id.
    pub(crate) operation: String,
    /// Text that the response's type contains.
    pub(crate) rust: String,
}

/// Prepares a document that the lint has passed.
pub(crate) fn prepare(source: &SpecDocument) -> PreparedDocument {
    let sources = SourceTexts::of(source.value());
    let mut document = source.value().clone();
    keep_success_only(&mut document);
    inline_references(&mut document);
    let reach = ReferencesBySide::of(&document);
    let mut responses = Responses::new(&document, &reach, &sources);
    let mut schemas = responses.components();
    let paths = operations(&document, &mut responses, &sources);
    let found = responses.finish();
    schemas.extend(found.types.iter().map(|it| (it.component(), it.schema())));
    let mut prepared = Map::new();
    let info = document.get("info").and_then(Value::as_object);
    let info = info.into_iter().flatten().map(|(key, value)| {
        let text = value.as_str().filter(|_| key != "version").map(text::doc_text);
        (key.clone(), text.map_or_else(|| value.clone(), Value::from))
    });
    prepared.insert("openapi".to_owned(), "3.0.3".into());
    prepared.insert("info".to_owned(), Value::Object(info.collect()));
    prepared.insert("paths".to_owned(), paths);
    prepared.insert(
        "components".to_owned(),
        Map::from_iter([("schemas".to_owned(), schemas.into())]).into(),
    );
    PreparedDocument {
        document: sorted(prepared.into()),
        fields: found.fields,
        records: found.records,
        responses: found.responses,
        envelopes: found.envelopes,
        volatile: found.volatile,
        secret: found.secret,
    }
}

/// Drops every response that is not 2xx: two bodies of errors on one operation
/// stop the generator, and a typed one cannot read a proxy's HTML page.
fn keep_success_only(document: &mut Value) {
    for operation in operations_mut(document) {
        if let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) {
            responses.retain(|status, _| is_success(status));
        }
    }
}

/// Writes out references to parameters, bodies and responses, which have no types of their own.
fn inline_references(document: &mut Value) {
    let components = document.get("components").cloned().unwrap_or_default();
    let extended = Value::from(Map::from_iter([("components".to_owned(), components)]));
    let write_out = |value: &mut Value| {
        let target = value.get("$ref").and_then(Value::as_str);
        if let Some(target) = target.and_then(|target| refs::resolve(&extended, target)) {
            *value = target.clone();
        }
    };
    let shared = document.get_mut("paths").and_then(Value::as_object_mut);
    for item in shared.into_iter().flat_map(Map::values_mut) {
        let own = item.get_mut("parameters").and_then(Value::as_array_mut);
        own.into_iter().flatten().for_each(write_out);
    }
    for operation in operations_mut(document) {
        let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
        parameters.into_iter().flatten().for_each(write_out);
        operation.get_mut("requestBody").into_iter().for_each(write_out);
        let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
        responses.into_iter().flat_map(Map::values_mut).for_each(write_out);
    }
}

fn operations_mut(document: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    paths.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut).flat_map(|item| {
        let methods = item.iter_mut().filter(|(key, _)| METHODS.contains(&key.as_str()));
        methods.filter_map(|(_, operation)| operation.as_object_mut())
    })
}

/// The `paths` with prepared parameters, bodies and responses.
fn operations(document: &Value, responses: &mut Responses<'_>, sources: &SourceTexts) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in refs::operations(document) {
        let mut map = Map::new();
        map.insert("operationId".to_owned(), operation.id().into());
        if let Some(summary) = operation.map.get("summary").and_then(Value::as_str) {
            map.insert("summary".to_owned(), text::doc_text(summary).into());
        }
        if let Some(description) = sources.description(operation.map) {
            map.insert("description".to_owned(), description.into());
        }
        let lists = [operation.shared, operation.map.get("parameters")].into_iter().flatten();
        let parameters = lists.filter_map(Value::as_array).flatten();
        let parameters = parameters.map(|parameter| parameter_of(parameter, responses, sources));
        map.insert("parameters".to_owned(), parameters.collect());
        if let Some(body) = operation.map.get("requestBody") {
            map.insert("requestBody".to_owned(), body_of(body, responses));
        }
        let by_status = operation.map.get("responses").and_then(Value::as_object);
        let by_status = by_status.into_iter().flatten().map(|(status, response)| {
            (status.clone(), responses.operation_response(operation.id(), response))
        });
        map.insert("responses".to_owned(), Value::Object(by_status.collect()));
        let item = paths.entry(operation.path).or_insert_with(|| Map::new().into());
        if let Some(item) = item.as_object_mut() {
            item.insert(operation.method.to_owned(), map.into());
        }
    }
    paths.into()
}

fn parameter_of(parameter: &Value, responses: &Responses<'_>, sources: &SourceTexts) -> Value {
    let Some(parameter) = parameter.as_object() else {
        return Value::Null;
    };
    let mut map = Map::new();
    for key in ["name", "in", "required"] {
        if let Some(value) = parameter.get(key) {
            map.insert(key.to_owned(), value.clone());
        }
    }
    let description = sources.description(parameter).unwrap_or_default();
    map.insert("description".to_owned(), with_bounds(description, parameter).into());
    if let Some(schema) = parameter.get("schema") {
        map.insert("schema".to_owned(), responses.request(schema));
    }
    map.into()
}

/// The description and what it does not say itself of the default and the maximum.
fn with_bounds(description: String, parameter: &Map<String, Value>) -> String {
    let mut bounds = Vec::new();
    for (key, name) in [("default", "Default"), ("maximum", "Maximum")] {
        let bound = parameter.get("schema").and_then(|schema| schema.get(key));
        let bound =
            bound.map(|bound| bound.as_str().map_or_else(|| bound.to_string(), str::to_owned));
        if let Some(bound) = bound.filter(|bound| !description.contains(bound.as_str())) {
            bounds.push(format!("{name}: {bound}."));
        }
    }
    match bounds.is_empty() {
        true => description,
        false => format!("{description}\n\n{}", bounds.join(" ")),
    }
}

fn body_of(body: &Value, responses: &Responses<'_>) -> Value {
    let content = body.get("content").and_then(Value::as_object).into_iter().flatten();
    let content = content.map(|(media_type, media)| {
        let schema = media.get("schema").map(|schema| responses.request(schema));
        let media = Map::from_iter([("schema".to_owned(), schema.unwrap_or_default())]);
        (media_type.clone(), media.into())
    });
    let required = body.get("required").cloned().unwrap_or(false.into());
    Map::from_iter([
        ("required".to_owned(), required),
        ("content".to_owned(), Value::Object(content.collect())),
    ])
    .into()
}

/// Components that `from` leads to, by name.
pub(crate) fn schemas_from(document: &Value, from: &Value) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    refs::follow(document, from, &mut seen);
    seen.iter().filter_map(|reference| schema_name(reference)).map(str::to_owned).collect()
}

/// The same value with every mapping in the order of its keys, so that the
/// output does not depend on how `serde_json` was built.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries = map.into_iter().collect::<Vec<_>>();
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            Value::Object(entries.into_iter().map(|(key, value)| (key, sorted(value))).collect())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(sorted).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests;
