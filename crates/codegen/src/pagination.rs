//! What `x-pagination` says of a list: read here for the lint and for the generator.

mod implement;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::load::child;
use crate::refs::is_success;
use crate::refs::{self, SpecOperation, schema_name};

pub(crate) use implement::lists;

/// How pages are addressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PagingStyle {
    Page,
    Offset,
    Token,
    Key,
}

impl PagingStyle {
    pub(crate) const ALL: [Self; 4] = [Self::Page, Self::Offset, Self::Token, Self::Key];

    /// The style's word, which is also the key that names its parameter.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Offset => "offset",
            Self::Token => "token",
            Self::Key => "key",
        }
    }

    /// The keys that a list of this style needs, and no other may have.
    pub(crate) fn own_keys(self) -> &'static [&'static str] {
        match self {
            Self::Page => &["page", "first"],
            Self::Offset => &["offset"],
            Self::Token => &["token", "next_token"],
            Self::Key => &["key", "key_of", "inclusive"],
        }
    }
}

/// Where a request carries a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueLocation {
    Parameter,
    BodyProperty,
}

/// The `x-pagination` of one operation.
#[derive(Clone, Copy)]
pub(crate) struct Pagination<'a> {
    document: &'a Value,
    operation: SpecOperation<'a>,
    map: &'a Map<String, Value>,
}

/// Every operation that has an `x-pagination`, in the order of the paths.
pub(crate) fn paginations(document: &Value) -> impl Iterator<Item = Pagination<'_>> {
    refs::operations(document).filter_map(move |operation| {
        let map = operation.map.get("x-pagination")?.as_object()?;
        Some(Pagination { document, operation, map })
    })
}

impl<'a> Pagination<'a> {
    /// JSON pointer of one of the keys.
    pub(crate) fn at(&self, key: &str) -> String {
        child(&child(&self.operation.pointer(), "x-pagination"), key)
    }

    /// JSON pointer of the extension.
    pub(crate) fn pointer(&self) -> String {
        child(&self.operation.pointer(), "x-pagination")
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    pub(crate) fn style(&self) -> Option<PagingStyle> {
        let word = self.text("style")?;
        PagingStyle::ALL.into_iter().find(|style| style.word() == word)
    }

    /// Whether `key` is `true`.
    pub(crate) fn is(&self, key: &str) -> bool {
        self.map.get(key) == Some(&Value::Bool(true))
    }

    pub(crate) fn text(&self, key: &str) -> Option<&'a str> {
        self.map.get(key)?.as_str()
    }

    /// The whole number under `key`, if it is one.
    pub(crate) fn number(&self, key: &str) -> Option<u32> {
        self.map.get(key)?.as_u64()?.try_into().ok()
    }

    /// The texts under `key`: one or a list.
    pub(crate) fn texts(&self, key: &str) -> Vec<&'a str> {
        match self.map.get(key) {
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(text)) => vec![text],
            _ => Vec::new(),
        }
    }

    /// The pointers under `order_when`, each with its word.
    pub(crate) fn order_when(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let when = self.map.get("order_when").and_then(Value::as_object);
        when.into_iter().flatten().filter_map(|(at, word)| Some((at.as_str(), word.as_str()?)))
    }

    /// Where the request carries `name`, and that value's schema.
    pub(crate) fn parameter(&self, name: &str) -> Option<(ValueLocation, &'a Value)> {
        let lists = [self.operation.shared, self.operation.map.get("parameters")];
        let mut parameters = lists.into_iter().flatten().filter_map(Value::as_array).flatten();
        let found = parameters.find_map(|parameter| {
            let parameter = target(self.document, parameter);
            (parameter.get("name")?.as_str()? == name).then(|| parameter.get("schema"))?
        });
        if let Some(schema) = found {
            return Some((ValueLocation::Parameter, schema));
        }
        let body = target(self.document, self.operation.map.get("requestBody")?);
        let shapes = shapes(self.document, json(body)?);
        let mut properties = shapes.into_iter().filter_map(|shape| shape.get("properties"));
        let schema = properties.find_map(|properties| properties.get(name))?;
        Some((ValueLocation::BodyProperty, schema))
    }

    /// The name of the component that the request's body is.
    pub(crate) fn body(&self) -> Option<&'a str> {
        let body = target(self.document, self.operation.map.get("requestBody")?);
        schema_name(json(body)?.get("$ref")?.as_str()?)
    }

    /// The schemas of a page: those of the response that are not a record.
    fn pages(&self) -> Vec<&'a Value> {
        let Some(schema) = response_schema(self.document, &self.operation) else {
            return Vec::new();
        };
        let shapes = shapes(self.document, schema);
        shapes.into_iter().filter(|shape| shape.get("x-record-id").is_none()).collect()
    }

    /// Whether the response may be one record in place of a page.
    pub(crate) fn may_be_record(&self) -> bool {
        let schema = response_schema(self.document, &self.operation);
        let shapes = schema.map(|schema| shapes(self.document, schema));
        shapes.into_iter().flatten().any(|shape| shape.get("x-record-id").is_some())
    }

    /// The schemas that `pointer` leads to in a page.
    pub(crate) fn in_page(&self, pointer: &str) -> Vec<&'a Value> {
        schemas_at(self.document, self.pages(), pointer, shapes)
    }

    /// The same without alternatives inside of the page, which no one type holds.
    pub(crate) fn in_every_page(&self, pointer: &str) -> Vec<&'a Value> {
        schemas_at(self.document, self.pages(), pointer, |document, schema| {
            let schema = written_out(document, schema);
            if schema.get("oneOf").is_some() { Vec::new() } else { vec![schema] }
        })
    }

    /// The names of the records that the lists at `items` hold.
    pub(crate) fn records(&self) -> BTreeSet<&'a str> {
        let places = self.texts("items").into_iter().flat_map(|pointer| self.in_page(pointer));
        places.filter_map(|list| record_in(self.document, list)).collect()
    }

    /// Whether the schema is that of a list of records.
    pub(crate) fn is_list_of_records(&self, schema: &Value) -> bool {
        record_in(self.document, schema).is_some()
    }

    /// The schemas that `pointer` leads to in a record.
    pub(crate) fn in_record(&self, pointer: &str) -> Vec<&'a Value> {
        let schemas = self.document.pointer("/components/schemas");
        let records = self.records().into_iter().filter_map(|name| schemas?.get(name)).collect();
        schemas_at(self.document, records, pointer, shapes)
    }

    /// Whether one type holds every page. Two shapes with records of their own do not
    /// have one; what is done with them is written by hand.
    pub(crate) fn has_one_shape(&self) -> bool {
        self.texts("items").len() == 1
    }
}

/// Whether the operation returns a list of records.
pub(crate) fn lists_records(document: &Value, operation: &SpecOperation<'_>) -> bool {
    let mut open = response_schema(document, operation).into_iter().collect::<Vec<_>>();
    let mut seen = BTreeSet::new();
    while let Some(schema) = open.pop() {
        for shape in shapes(document, schema) {
            let is_new = seen.insert(std::ptr::from_ref(shape));
            if !is_new || shape.get("x-record-id").is_some() {
                continue;
            }
            if record_in(document, shape).is_some() {
                return true;
            }
            let properties = shape.get("properties").and_then(Value::as_object);
            open.extend(properties.into_iter().flat_map(Map::values));
        }
    }
    false
}

/// The name of the record that a list's schema holds.
fn record_in<'a>(document: &Value, list: &'a Value) -> Option<&'a str> {
    let mut item = list.get("items")?;
    if let Some([only]) = item.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
        item = only;
    }
    let name = schema_name(item.get("$ref")?.as_str()?)?;
    target(document, item).get("x-record-id").map(|_| name)
}

/// The schema of an operation's 2xx response in JSON.
fn response_schema<'a>(document: &'a Value, operation: &SpecOperation<'a>) -> Option<&'a Value> {
    let responses = operation.map.get("responses")?.as_object()?;
    let (_, response) = responses.iter().find(|(status, _)| is_success(status))?;
    json(target(document, response))
}

fn json(content: &Value) -> Option<&Value> {
    content.get("content")?.get("application/json")?.get("schema")
}

/// Follows `pointer` property by property; `expand` resolves what stands at each.
fn schemas_at<'a>(
    document: &'a Value,
    start: Vec<&'a Value>,
    pointer: &str,
    expand: fn(&'a Value, &'a Value) -> Vec<&'a Value>,
) -> Vec<&'a Value> {
    steps(pointer).fold(start, |here, name| {
        let next = here.into_iter().filter_map(|schema| schema.get("properties")?.get(&name));
        next.flat_map(|schema| expand(document, schema)).collect()
    })
}

/// The names in a JSON pointer.
fn steps(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"))
}

/// The schema without references; a `oneOf` is replaced by its alternatives.
fn shapes<'a>(document: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let schema = written_out(document, schema);
    match schema.get("oneOf").and_then(Value::as_array) {
        Some(list) => list.iter().map(|schema| written_out(document, schema)).collect(),
        None => vec![schema],
    }
}

/// What a reference leads to, written either way. Ends in a circle, too.
fn written_out<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let mut here = schema;
    for _ in 0..8 {
        let only = match here.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
            Some([only]) => only,
            _ => here,
        };
        let next = target(document, only);
        if std::ptr::eq(next, here) {
            break;
        }
        here = next;
    }
    here
}

/// What a `$ref` points at, or the value itself.
fn target<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let reference = value.get("$ref").and_then(Value::as_str);
    reference.and_then(|reference| refs::resolve(document, reference)).unwrap_or(value)
}

#[cfg(test)]
mod tests;
