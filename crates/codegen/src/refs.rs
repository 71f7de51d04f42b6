//! Which components an operation's request or response leads to.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// HTTP methods that an operation may have.
pub(crate) const METHODS: [&str; 2] = ["get", "post"];

/// Whether a response's key means success.
pub(crate) fn is_success(status: &str) -> bool {
    status.len() == 3 && status.starts_with('2')
}

/// References (`#/components/...`) that the two sides of all operations lead to.
#[derive(Debug, Default)]
pub(crate) struct ReferencesBySide {
    /// From parameters and request bodies.
    pub(crate) request: BTreeSet<String>,
    /// From responses.
    pub(crate) response: BTreeSet<String>,
}

impl ReferencesBySide {
    /// Follows every reference of every operation.
    pub(crate) fn of(document: &Value) -> Self {
        let mut reach = Self::default();
        for operation in operations(document) {
            for part in [operation.shared, operation.map.get("parameters")] {
                part.into_iter().for_each(|part| follow(document, part, &mut reach.request));
            }
            if let Some(body) = operation.map.get("requestBody") {
                follow(document, body, &mut reach.request);
            }
            if let Some(responses) = operation.map.get("responses") {
                follow(document, responses, &mut reach.response);
            }
        }
        reach
    }
}

/// One operation and where it stands.
#[derive(Clone, Copy)]
pub(crate) struct SpecOperation<'a> {
    pub(crate) path: &'a str,
    pub(crate) method: &'static str,
    pub(crate) map: &'a Map<String, Value>,
    /// Parameters of the path, which all its operations share.
    pub(crate) shared: Option<&'a Value>,
}

impl SpecOperation<'_> {
    /// JSON pointer of the operation.
    pub(crate) fn pointer(&self) -> String {
        crate::load::child(&crate::load::child("/paths", self.path), self.method)
    }

    /// The operation's id, or an empty text.
    pub(crate) fn id(&self) -> &str {
        self.map.get("operationId").and_then(Value::as_str).unwrap_or("")
    }
}

/// Every operation, in the order of the paths.
pub(crate) fn operations(document: &Value) -> impl Iterator<Item = SpecOperation<'_>> {
    let paths = document.get("paths").and_then(Value::as_object);
    paths.into_iter().flatten().flat_map(|(path, item)| {
        METHODS.into_iter().filter_map(move |method| {
            Some(SpecOperation {
                path,
                method,
                map: item.get(method)?.as_object()?,
                shared: item.get("parameters"),
            })
        })
    })
}

/// Adds every reference below `from`, and what it leads to, to `seen`.
pub(crate) fn follow(document: &Value, from: &Value, seen: &mut BTreeSet<String>) {
    let mut open = vec![from];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(map) => {
                open.extend(map.values());
                if let Some(reference) = map.get("$ref").and_then(Value::as_str)
                    && seen.insert(reference.to_owned())
                {
                    open.extend(resolve(document, reference));
                }
            }
            Value::Array(list) => open.extend(list),
            _ => {}
        }
    }
}

/// What a reference of the form `#/components/SECTION/NAME` points at.
pub(crate) fn resolve<'a>(document: &'a Value, reference: &str) -> Option<&'a Value> {
    let (section, name) = reference.strip_prefix("#/components/")?.split_once('/')?;
    document.get("components")?.get(section)?.get(name)
}

/// The name in a reference to a schema component.
pub(crate) fn schema_name(reference: &str) -> Option<&str> {
    reference.strip_prefix("#/components/schemas/")
}
