//! The dialect that `specs/README.md` describes: what a spec may say, and what
//! to write instead of the rest.
//!
//! Each rule is one function over the whole [`Spec`]. A rule looks only at
//! objects that have the right shape; the shapes themselves are the first rule.

mod document;
mod grammar;
mod names;
mod operations;
mod pagination;
mod responses;
mod schemas;
mod sources;
mod spec_visitor;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::error::Diagnostic;
use crate::load::{SpecDocument, child};
use crate::refs::{self, ReferencesBySide, is_success};
use grammar::ObjectKind;
use spec_visitor::SpecNode;

/// A rule: adds a diagnostic for each place that breaks it.
type LintRule = fn(&Spec<'_>, &mut Vec<Diagnostic>);

const RULES: &[LintRule] = &[
    document::server,
    document::security,
    document::source_kinds,
    names::components,
    names::words,
    names::properties,
    names::operation_ids,
    operations::success,
    operations::media_types,
    operations::path_parameters,
    operations::plain_parameters,
    operations::parameter_names,
    operations::safe,
    pagination::present,
    pagination::style,
    pagination::sizes,
    pagination::parameters,
    pagination::pointers,
    pagination::order,
    sources::descriptions,
    sources::present,
    sources::known,
    schemas::types,
    schemas::formats,
    schemas::enums,
    schemas::all_of,
    schemas::one_of,
    schemas::component_aliases,
    schemas::unused,
    schemas::one_side,
    schemas::volatile_and_secret,
    responses::nullable,
    responses::required,
    responses::record_ids,
    responses::other_record_ids,
    responses::first_alternative,
    responses::constraints,
    responses::open_objects,
    responses::inline_objects,
    responses::inline_enums,
];

/// Everything in the document that is not in the dialect, in the order of the file.
///
/// A document of another version has one diagnostic: the rest would only say that it is another.
pub(crate) fn lint(document: &SpecDocument) -> Vec<Diagnostic> {
    if let Some(other) = document::other_version(document) {
        return vec![other];
    }
    let (spec, mut found) = Spec::new(document);
    for rule in RULES {
        rule(&spec, &mut found);
    }
    found.sort_by(|a, b| (a.line, &a.pointer, &a.problem).cmp(&(b.line, &b.pointer, &b.problem)));
    found.dedup();
    found
}

/// Who a schema is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SchemaSide {
    /// What we send.
    Request,
    /// A 2xx response leads to it.
    Success,
    /// Only other responses lead to it; the generator never sees it.
    Other,
}

/// A document with what the rules ask about it.
struct Spec<'a> {
    document: &'a SpecDocument,
    nodes: Vec<SpecNode<'a>>,
    success: BTreeSet<String>,
    reach: ReferencesBySide,
    /// References that are an alternative of a `oneOf`.
    alternatives: BTreeSet<&'a str>,
}

impl<'a> Spec<'a> {
    fn new(document: &'a SpecDocument) -> (Self, Vec<Diagnostic>) {
        let (nodes, diagnostics) = spec_visitor::visit(document);
        let value = document.value();
        let mut success = BTreeSet::new();
        for operation in refs::operations(value) {
            let responses = operation.map.get("responses").and_then(Value::as_object);
            let good = responses.into_iter().flatten().filter(|(status, _)| is_success(status));
            good.for_each(|(_, response)| refs::follow(value, response, &mut success));
        }
        let alternatives = nodes.iter().filter_map(|node| node.map.get("oneOf")?.as_array());
        let alternatives = alternatives.flatten().filter_map(|item| item.get("$ref")?.as_str());
        let spec = Self {
            document,
            success,
            reach: ReferencesBySide::of(value),
            alternatives: alternatives.collect(),
            nodes,
        };
        (spec, diagnostics)
    }

    fn diagnostic(
        &self,
        pointer: &str,
        problem: impl Into<String>,
        help: impl Into<String>,
    ) -> Diagnostic {
        self.document.diagnostic(pointer, problem, help)
    }

    fn of(&self, kind: ObjectKind) -> impl Iterator<Item = &SpecNode<'a>> {
        self.nodes.iter().filter(move |node| node.kind == kind)
    }

    /// Schemas for one side that are no references.
    fn schemas(&self, side: SchemaSide) -> impl Iterator<Item = &SpecNode<'a>> {
        let schemas = self.of(ObjectKind::Schema);
        schemas.filter(move |node| node.reference().is_none() && self.side(&node.pointer) == side)
    }

    /// The properties of an object schema: name, pointer and schema.
    fn properties(
        &self,
        node: &SpecNode<'a>,
    ) -> impl Iterator<Item = (&'a str, String, &'a Value)> {
        let properties = node.map.get("properties").and_then(Value::as_object);
        let base = node.at("properties");
        let each = properties.into_iter().flatten();
        each.map(move |(name, schema)| (name.as_str(), child(&base, name), schema))
    }

    fn side(&self, pointer: &str) -> SchemaSide {
        let mut steps = pointer.split('/').skip(1);
        match (steps.next(), steps.next(), steps.next()) {
            (Some("components"), Some(section), Some(name)) => {
                let reference = format!("#/components/{section}/{name}");
                if self.success.contains(&reference) {
                    SchemaSide::Success
                } else if self.reach.request.contains(&reference) {
                    SchemaSide::Request
                } else {
                    SchemaSide::Other
                }
            }
            (Some("paths"), _, Some("parameters")) => SchemaSide::Request,
            (Some("paths"), _, _) => match (steps.next(), steps.next()) {
                (Some("responses"), Some(status)) if is_success(status) => SchemaSide::Success,
                (Some("parameters" | "requestBody"), _) => SchemaSide::Request,
                _ => SchemaSide::Other,
            },
            _ => SchemaSide::Other,
        }
    }
}

/// Name of the component whose own schema `pointer` is, and not a part of it.
fn component_name(pointer: &str) -> Option<&str> {
    let name = pointer.strip_prefix("/components/schemas/")?;
    (!name.contains('/')).then_some(name)
}

/// Whether the schema says nothing about the value: any JSON will do.
pub(crate) fn is_free_form(schema: &Value) -> bool {
    let Some(map) = schema.as_object() else {
        return false;
    };
    let says = |key: &str| map.contains_key(key);
    if ["$ref", "allOf", "oneOf", "enum", "properties", "items"].into_iter().any(says) {
        return false;
    }
    match map.get("type").and_then(Value::as_str) {
        None => !says("format"),
        Some("object") => match map.get("additionalProperties") {
            None | Some(Value::Bool(true)) => true,
            Some(schema) => schema.as_object().is_some_and(serde_json::Map::is_empty),
        },
        Some(_) => false,
    }
}

/// Whether the schema is an exact decimal number, as text, as a number or as either.
pub(crate) fn is_decimal(schema: &Value) -> bool {
    let is = |key: &str, value: &str| schema.get(key).and_then(Value::as_str) == Some(value);
    let alternatives = schema.get("oneOf").and_then(Value::as_array);
    match alternatives.map(Vec::as_slice) {
        Some([a, b]) => {
            let kind = |side: &Value| side.get("type").and_then(Value::as_str).map(str::to_owned);
            is_decimal(a) && is_decimal(b) && kind(a) != kind(b)
        }
        Some(_) => false,
        None => is("format", "decimal") && (is("type", "number") || is("type", "string")),
    }
}
