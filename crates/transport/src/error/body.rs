//! Reads what an error body says, whoever wrote it.
//!
//! No shape here belongs to one vendor: these are the shapes that frameworks
//! and gateways produce, looked for in one generic way.

use http::StatusCode;
use serde_json::{Map, Value};

/// What is wrong with one field of the request.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldError {
    /// Where: `query.page`, `body.limit`.
    pub field: String,
    /// What is wrong, in the vendor's words. May quote the value sent.
    pub message: String,
    /// The vendor's word for the kind of error.
    pub code: Option<String>,
}

impl std::fmt::Debug for FieldError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FieldError")
            .field("field", &self.field)
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}

/// What an error body says.
#[derive(Debug, Default)]
pub(crate) struct ErrorBody {
    pub(crate) message: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) fields: Vec<FieldError>,
}

/// How a body says failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReportedFailure {
    /// Without a number.
    Plain,
    /// With a status of its own.
    Status(StatusCode),
}

/// Bodies beyond this are not error messages; only their start is read.
const MAX_BYTES: usize = 64 * 1024;

/// Reads an error body; an empty or unknown one gives an empty one.
pub(crate) fn read(body: &[u8]) -> ErrorBody {
    let text = String::from_utf8_lossy(&body[..body.len().min(MAX_BYTES)]);
    let text = text.trim_start_matches('\u{feff}').trim();
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(map)) => of_object(&map),
        Ok(Value::String(message)) => message_only(&message),
        Ok(Value::Array(items)) => of_array(&items),
        Ok(_) => ErrorBody::default(),
        Err(_) if text.starts_with('<') => message_only(&html_text(text)),
        Err(_) if text.starts_with(['{', '[']) => ErrorBody::default(),
        Err(_) => message_only(text),
    }
}

fn message_only(text: &str) -> ErrorBody {
    let text = text.trim();
    ErrorBody { message: (!text.is_empty()).then(|| text.to_owned()), ..ErrorBody::default() }
}

fn of_array(items: &[Value]) -> ErrorBody {
    let mut found = ErrorBody::default();
    for item in items {
        match item {
            Value::Object(map) => found.fields.extend(field_error(map)),
            Value::String(text) if found.message.is_none() => {
                found.message = Some(text.clone());
            }
            _ => {}
        }
    }
    found
}

fn of_object(map: &Map<String, Value>) -> ErrorBody {
    let mut found = ErrorBody::default();
    let mut texts = Vec::new();
    // Outer words first; the nested ones say more and are appended.
    for name in [
        "message",
        "msg",
        "title",
        "error_message",
        "error_description",
        "detail",
        "error",
        "errors",
        "reason",
    ] {
        match map.get(name) {
            Some(Value::String(text)) => push_text(&mut texts, text),
            Some(Value::Object(inner)) => {
                let inner = of_object(inner);
                if let Some(text) = inner.message {
                    push_text(&mut texts, &text);
                }
                found.code = found.code.or(inner.code);
                found.fields.extend(inner.fields);
            }
            Some(Value::Array(items)) => {
                let inner = of_array(items);
                if let Some(text) = inner.message {
                    push_text(&mut texts, &text);
                }
                found.fields.extend(inner.fields);
            }
            _ => {}
        }
    }
    for name in ["code", "error_code", "type"] {
        match map.get(name) {
            Some(Value::String(code)) if found.code.is_none() => found.code = Some(code.clone()),
            Some(Value::Number(code)) if found.code.is_none() => {
                found.code = Some(code.to_string())
            }
            _ => {}
        }
    }
    if let Some(Value::Object(details)) = map.get("details") {
        found.fields.extend(missing_fields(details));
    }
    if let Some(Value::Array(details)) = map.get("details") {
        for detail in details.iter().filter_map(Value::as_object) {
            let violations = ["fieldViolations", "field_violations"];
            let lists = violations.iter().filter_map(|name| detail.get(*name)?.as_array());
            found
                .fields
                .extend(lists.flatten().filter_map(Value::as_object).filter_map(field_error));
        }
    }
    found.message = (!texts.is_empty()).then(|| texts.join(": "));
    found
}

fn push_text(texts: &mut Vec<String>, text: &str) {
    let text = text.trim();
    if !text.is_empty() && !texts.iter().any(|known| known == text) {
        texts.push(text.to_owned());
    }
}

/// `{loc: ["query", "page"], msg, type}`, `{field, message, code}` and the like.
fn field_error(map: &Map<String, Value>) -> Option<FieldError> {
    let text =
        |names: &[&str]| names.iter().find_map(|name| Some(map.get(*name)?.as_str()?.to_owned()));
    let field = match map.get("loc").or_else(|| map.get("path")) {
        Some(Value::Array(steps)) => {
            let steps = steps.iter().map(|step| match step {
                Value::String(name) => name.clone(),
                other => other.to_string(),
            });
            steps.collect::<Vec<_>>().join(".")
        }
        Some(Value::String(path)) => path.clone(),
        _ => text(&["field", "param", "parameter", "property", "name"])?,
    };
    let message = text(&["msg", "message", "description", "error", "detail"]).unwrap_or_default();
    Some(FieldError { field, message, code: text(&["type", "code", "rule"]) })
}

/// `details: {missing_fields: ["phone"]}`.
fn missing_fields(details: &Map<String, Value>) -> Vec<FieldError> {
    let names = details.get("missing_fields").and_then(Value::as_array);
    let names = names.into_iter().flatten().filter_map(Value::as_str);
    names
        .map(|name| FieldError {
            field: name.to_owned(),
            message: "missing".to_owned(),
            code: None,
        })
        .collect()
}

/// Whether the top level of a body says failure.
pub(crate) fn failure(map: &Map<String, Value>) -> Option<ReportedFailure> {
    if let Some(code) = map.get("status_code").and_then(Value::as_u64)
        && (400..600).contains(&code)
    {
        let status = u16::try_from(code).ok().and_then(|code| StatusCode::from_u16(code).ok());
        return Some(status.map_or(ReportedFailure::Plain, ReportedFailure::Status));
    }
    let says_no = map.get("success") == Some(&Value::Bool(false));
    // A record may have a `status` of its own: alone it says nothing.
    let says_error = map.get("status").and_then(Value::as_str) == Some("error")
        && ["error", "message"].iter().any(|name| map.get(*name).is_some_and(|v| !v.is_null()));
    (says_no || says_error).then_some(ReportedFailure::Plain)
}

/// The title of an HTML page, or its first heading.
fn html_text(page: &str) -> String {
    let lower = page.to_ascii_lowercase();
    let between = |tag: &str| {
        let open = lower.find(&format!("<{tag}"))?;
        let start = open + lower[open..].find('>')? + 1;
        let end = start + lower[start..].find("</")?;
        let text = page[start..end].trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let text = between("title").or_else(|| between("h1")).or_else(|| between("message"));
    text.map_or_else(|| "an HTML page".to_owned(), |text| format!("an HTML page: {text}"))
}
