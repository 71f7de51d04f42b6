//! Rules about operations: what is asked and in which forms it is answered.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::Spec;
use super::grammar::ObjectKind;
use crate::error::Diagnostic;
use crate::load::child;
use crate::refs::is_success;
use crate::refs::{self, SpecOperation};

const JSON: &str = "application/json";

/// An operation has one 2xx response, and every status is one.
pub(super) fn success(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    for operation in refs::operations(spec.document.value()) {
        let pointer = format!("{}/responses", operation.pointer());
        let responses = operation.map.get("responses").and_then(Value::as_object);
        let Some(responses) = responses else { continue };
        for status in responses.keys().filter(|status| !is_status(status)) {
            found.push(spec.diagnostic(
                &child(&pointer, status),
                format!("`{status}` is not a status"),
                "write three digits, `4XX`, `5XX` or `default`",
            ));
        }
        let good = responses.keys().filter(|status| is_success(status)).count();
        if good != 1 {
            found.push(spec.diagnostic(
                &pointer,
                format!("{good} responses with a status 2xx"),
                "write exactly one; two shapes of one response are a `oneOf`",
            ));
        }
    }
}

/// A 2xx response and a request are JSON, or the response is a stream of bytes.
pub(super) fn media_types(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    for node in spec.of(ObjectKind::Response).chain(spec.of(ObjectKind::RequestBody)) {
        let Some(content) = node.map.get("content").and_then(Value::as_object) else {
            continue;
        };
        let pointer = node.at("content");
        if content.len() > 1 && content.contains_key(JSON) {
            found.push(spec.diagnostic(
                &pointer,
                "JSON and another form in one place",
                format!("write `{JSON}` alone, or only forms that are streamed"),
            ));
        }
        for (media_type, media) in content.iter().filter(|(name, _)| *name != JSON) {
            let schema = media.get("schema");
            let is =
                |key, value| schema.and_then(|s| s.get(key)).and_then(Value::as_str) == Some(value);
            let is_error = node.kind == ObjectKind::Response
                && spec.side(&node.pointer) != super::SchemaSide::Success;
            if is_error
                || (node.kind == ObjectKind::Response
                    && is("type", "string")
                    && is("format", "binary"))
            {
                continue;
            }
            found.push(spec.diagnostic(
                &child(&pointer, media_type),
                format!("`{media_type}` is neither JSON nor a stream"),
                format!(
                    "write `{JSON}`, or `schema: {{ type: string, format: binary }}` for a stream"
                ),
            ));
        }
    }
}

/// A path's `{names}` and its path parameters are the same.
pub(super) fn path_parameters(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    for operation in refs::operations(spec.document.value()) {
        let Some(in_path) = names_in_path(operation.path) else {
            found.push(spec.diagnostic(
                &child("/paths", operation.path),
                "the path is not well-formed",
                "write `/segment/{name}`, from the root, without a final slash, query or empty segment",
            ));
            continue;
        };
        let declared = parameters(spec, &operation)
            .filter(|parameter| parameter.get("in").and_then(Value::as_str) == Some("path"))
            .filter_map(|parameter| parameter.get("name")?.as_str())
            .collect::<BTreeSet<_>>();
        for name in in_path.difference(&declared) {
            found.push(spec.diagnostic(
                &operation.pointer(),
                format!("the path names `{{{name}}}`, which is no parameter"),
                format!("write a parameter `name: {name}` with `in: path` and `required: true`"),
            ));
        }
        for name in declared.difference(&in_path) {
            found.push(spec.diagnostic(
                &operation.pointer(),
                format!("the path parameter `{name}` is not in the path"),
                format!("write `{{{name}}}` in the path, or remove the parameter"),
            ));
        }
    }
}

/// A parameter is one plain value in the path or the query.
pub(super) fn plain_parameters(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    for node in spec.of(ObjectKind::Parameter).filter(|node| node.reference().is_none()) {
        let place = node.text("in");
        match place {
            Some("path") if !node.is("required") => found.push(spec.diagnostic(
                &node.pointer,
                "a path parameter that is not required",
                "write `required: true`",
            )),
            Some("path" | "query" | "header") | None => {}
            Some(other) => found.push(spec.diagnostic(
                &node.at("in"),
                format!("a parameter in `{other}`"),
                "write `path`, `query` or `header`",
            )),
        }
        let schema = node.map.get("schema").and_then(Value::as_object);
        let Some(schema) = schema else { continue };
        let kind = schema.get("type").and_then(Value::as_str);
        if !matches!(kind, Some("string" | "integer" | "number" | "boolean")) {
            found.push(spec.diagnostic(
                &node.at("schema"),
                "a parameter that is not one plain value",
                "write `type: string`, for a list too, and its separator in the description",
            ));
        }
        if schema.contains_key("nullable") {
            found.push(spec.diagnostic(
                &child(&node.at("schema"), "nullable"),
                "a parameter that may be null",
                "remove `nullable`; a parameter is left out instead",
            ));
        }
    }
}

/// Methods and the field that every request has.
const BUILDER_METHODS: [&str; 7] =
    ["header", "options", "request", "retries", "send", "timeout", "without_credentials"];

/// An operation's parameters, and the body, become methods of one builder.
pub(super) fn parameter_names(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    for operation in refs::operations(spec.document.value()) {
        let mut seen = BTreeMap::new();
        if operation.map.contains_key("requestBody") {
            seen.insert("body".to_owned(), "the request body");
        }
        for method in BUILDER_METHODS {
            seen.insert(method.replace('_', ""), "a method that every request has");
        }
        for parameter in parameters(spec, &operation) {
            let Some(name) = parameter.get("name").and_then(Value::as_str) else {
                continue;
            };
            let method =
                name.to_ascii_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "");
            if let Some(first) = seen.insert(method, name) {
                found.push(spec.diagnostic(
                    &operation.pointer(),
                    format!("the parameter `{name}` has the same name in Rust as {first}"),
                    "remove one",
                ));
            }
        }
    }
}

/// `x-safe` is for a POST that only reads; a GET is safe anyway.
pub(super) fn safe(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    for operation in refs::operations(spec.document.value()) {
        if operation.method == "get" && operation.map.contains_key("x-safe") {
            found.push(spec.diagnostic(
                &format!("{}/x-safe", operation.pointer()),
                "`x-safe` on a GET, which is safe anyway",
                "remove it",
            ));
        }
        if operation.method == "get" && operation.map.contains_key("requestBody") {
            found.push(spec.diagnostic(
                &format!("{}/requestBody", operation.pointer()),
                "a GET with a body",
                "write query parameters instead",
            ));
        }
        let body = operation.map.get("requestBody").map(|body| {
            let target = body.get("$ref").and_then(Value::as_str);
            target.and_then(|target| refs::resolve(spec.document.value(), target)).unwrap_or(body)
        });
        if body.is_some_and(|body| body.get("required") != Some(&Value::Bool(true))) {
            found.push(spec.diagnostic(
                &format!("{}/requestBody", operation.pointer()),
                "a body that may be left out",
                "write `required: true`; an empty object is sent where nothing is set",
            ));
        }
    }
}

/// Parameters of an operation and of its path, references followed.
fn parameters<'a>(
    spec: &'a Spec<'_>,
    operation: &SpecOperation<'a>,
) -> impl Iterator<Item = &'a Map<String, Value>> {
    let document = spec.document.value();
    let lists = [operation.shared, operation.map.get("parameters")].into_iter().flatten();
    let each = lists.filter_map(Value::as_array).flatten();
    each.filter_map(move |parameter| {
        let target = parameter.get("$ref").and_then(Value::as_str);
        target.map_or(Some(parameter), |target| refs::resolve(document, target))?.as_object()
    })
}

/// The names in a path's braces, or `None` when the path is not well-formed.
fn names_in_path(path: &str) -> Option<BTreeSet<&str>> {
    let segments = path.strip_prefix('/')?.split('/');
    let mut names = BTreeSet::new();
    for segment in segments {
        let plain = |text: &str| {
            !text.is_empty()
                && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.~".contains(c))
        };
        match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) if plain(name) && names.insert(name) => {}
            None if plain(segment) => {}
            _ => return None,
        }
    }
    Some(names)
}

fn is_status(status: &str) -> bool {
    let digits = status.len() == 3 && status.chars().all(|c| c.is_ascii_digit());
    matches!(status, "4XX" | "5XX" | "default")
        || (digits && ('1'..='5').any(|c| status.starts_with(c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_a_path() {
        let names = |path| names_in_path(path).map(|names| names.into_iter().collect::<Vec<_>>());
        assert_eq!(names("/v1/calls/{id}"), Some(vec!["id"]));
        assert_eq!(names("/v1/calls"), Some(vec![]));
        for path in ["", "calls", "/", "/a/", "/a//b", "/a?b=c", "/{a", "/{}", "/x{a}", "/{a}/{a}"]
        {
            assert_eq!(names(path), None, "{path}");
        }
    }
}
