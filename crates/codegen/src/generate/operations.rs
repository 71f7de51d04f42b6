//! The operations as the client offers them.
//!
//! The document says what an operation is asked with. Which Rust type a
//! parameter and a response have is read from the generator's own builders,
//! which are then dropped.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Span};
use serde_json::{Map, Value};
use syn::{File, GenericArgument, ImplItem, Item, PathArguments, ReturnType, Type};

use super::credentials;
use crate::error::Error;
use crate::load::SpecDocument;
use crate::prepare::PreparedDocument;
use crate::refs::is_success;
use crate::refs::{self, schema_name};
use crate::syntax::{broken, items_of, text};

/// One operation of the client.
pub(super) struct ClientOperation {
    pub(super) id: String,
    /// In lower case.
    pub(super) method: &'static str,
    /// With `{names}`.
    pub(super) path: String,
    pub(super) docs: String,
    pub(super) parameters: Vec<Parameter>,
    /// The type of the JSON body.
    pub(super) body: Option<Ident>,
    pub(super) status: u16,
    pub(super) response: Type,
    /// Whether it needs no credentials.
    pub(super) is_public: bool,
}

impl ClientOperation {
    /// The name of its builder.
    pub(super) fn builder(&self) -> Ident {
        ident(&pascal_case(&self.id))
    }

    pub(super) fn is_streamed(&self) -> bool {
        text(&self.response) == "ByteStream"
    }
}

/// A parameter of an operation.
pub(super) struct Parameter {
    /// On the wire.
    pub(super) name: String,
    /// In Rust.
    pub(super) ident: Ident,
    pub(super) place: ParameterLocation,
    pub(super) is_required: bool,
    pub(super) kind: Type,
    pub(super) docs: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ParameterLocation {
    Path,
    Query,
    Header,
}

/// The operations, in the order of the document.
pub(super) fn operations(
    spec: &SpecDocument,
    prepared: &PreparedDocument,
    file: &File,
) -> Result<Vec<ClientOperation>, Error> {
    let builders = Builders::of(items_of(file, "builder"));
    let mut operations = Vec::new();
    for operation in refs::operations(&prepared.document) {
        let missing = |what: &str| -> Error {
            broken(spec, &operation.pointer(), format!("the generated client has no {what}")).into()
        };
        let builder = pascal_case(operation.id());
        let fields = builders.fields.get(&builder);
        let listed = operation.map.get("parameters").and_then(Value::as_array);
        let mut parameters = Vec::new();
        for parameter in listed.into_iter().flatten().filter_map(Value::as_object) {
            let name = text_of(parameter, "name");
            let snake = snake_case(name);
            let kind = fields.and_then(|fields| fields.get(&snake));
            parameters.push(Parameter {
                name: name.to_owned(),
                ident: ident(&snake),
                place: match text_of(parameter, "in") {
                    "path" => ParameterLocation::Path,
                    "header" => ParameterLocation::Header,
                    _ => ParameterLocation::Query,
                },
                is_required: parameter.get("required") == Some(&Value::Bool(true)),
                kind: kind.cloned().ok_or_else(|| missing(&format!("parameter `{snake}`")))?,
                docs: text_of(parameter, "description").to_owned(),
            });
        }
        // The path names its own in its own order.
        parameters.sort_by_key(|it| {
            let place = operation.path.find(&format!("{{{}}}", it.name));
            (it.place != ParameterLocation::Path, place, it.name.clone())
        });
        let body = operation.map.get("requestBody").map(|body| {
            let target = body.pointer("/content/application~1json/schema/$ref");
            target.and_then(Value::as_str).and_then(schema_name).map(ident)
        });
        let responses = operation.map.get("responses").and_then(Value::as_object);
        let statuses = responses.into_iter().flatten().map(|(status, _)| status);
        let status = statuses.filter(|status| is_success(status)).find_map(|it| it.parse().ok());
        operations.push(ClientOperation {
            id: operation.id().to_owned(),
            method: operation.method,
            path: operation.path.to_owned(),
            docs: docs(spec.value(), &operation),
            is_public: is_public(spec.value(), &operation),
            parameters,
            body: match body {
                Some(None) => return Err(missing("body of a named type")),
                Some(body) => body,
                None => None,
            },
            status: status.ok_or_else(|| missing("response"))?,
            response: builders
                .responses
                .get(&builder)
                .cloned()
                .ok_or_else(|| missing("response"))?,
        });
    }
    Ok(operations)
}

fn docs(spec: &Value, operation: &refs::SpecOperation<'_>) -> String {
    let said = [text_of(operation.map, "summary"), text_of(operation.map, "description")];
    let written = spec.pointer(&operation.pointer()).and_then(Value::as_object);
    let credentials = written.and_then(|written| credentials::operation_docs(spec, written));
    let request = format!("`{} {}`", operation.method.to_ascii_uppercase(), operation.path);
    let parts = said.into_iter().filter(|text| !text.is_empty()).map(str::to_owned);
    parts.chain(credentials).chain([request]).collect::<Vec<_>>().join("\n\n")
}

fn is_public(spec: &Value, operation: &refs::SpecOperation<'_>) -> bool {
    let security = spec.pointer(&operation.pointer()).and_then(|written| written.get("security"));
    security.and_then(Value::as_array).is_some_and(Vec::is_empty)
}

fn text_of<'a>(map: &'a Map<String, Value>, key: &str) -> &'a str {
    map.get(key).and_then(Value::as_str).unwrap_or("")
}

/// What the generator's builders know of types, by the builder's name.
struct Builders {
    fields: BTreeMap<String, BTreeMap<String, Type>>,
    responses: BTreeMap<String, Type>,
}

impl Builders {
    fn of(items: &[Item]) -> Self {
        let (mut fields, mut responses) = (BTreeMap::new(), BTreeMap::new());
        for item in items {
            match item {
                Item::Struct(item) => {
                    let named = item.fields.iter().filter_map(|field| {
                        let name = field.ident.as_ref()?.to_string().replacen("r#", "", 1);
                        // `Result<Option<T>, String>`, or `Result<T, String>` if it is required.
                        let set = argument(&field.ty, "Result")?;
                        Some((name, argument(set, "Option").unwrap_or(set).clone()))
                    });
                    fields.insert(item.ident.to_string(), named.collect());
                }
                Item::Impl(block) => {
                    let sends = block.items.iter().filter_map(|item| match item {
                        ImplItem::Fn(method) if method.sig.ident == "send" => Some(&method.sig),
                        _ => None,
                    });
                    for signature in sends {
                        if let ReturnType::Type(_, output) = &signature.output
                            && let Some(value) = argument(output, "Result")
                            && let Some(response) = argument(value, "ResponseValue")
                        {
                            responses
                                .insert(text(&block.self_ty).replace("<'a>", ""), response.clone());
                        }
                    }
                }
                _ => {}
            }
        }
        Self { fields, responses }
    }
}

/// The first type in `outer<...>`.
pub(super) fn argument<'a>(kind: &'a Type, outer: &str) -> Option<&'a Type> {
    let Type::Path(path) = kind else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == outer)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    })
}

pub(super) fn ident(name: &str) -> Ident {
    syn::parse_str::<Ident>(name).unwrap_or_else(|_| match name {
        "self" | "super" | "crate" | "Self" => Ident::new(&format!("{name}_"), Span::call_site()),
        word => Ident::new_raw(word, Span::call_site()),
    })
}

fn pascal_case(snake: &str) -> String {
    crate::syntax::pascal_case(snake)
}

/// `callId` and `call-id` as `call_id`, as the generator writes them.
pub(super) fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    let characters = name.chars().collect::<Vec<_>>();
    for (index, c) in characters.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|at| characters.get(at));
        let after = characters.get(index + 1);
        let starts = c.is_ascii_uppercase()
            && before.is_some_and(|before| {
                before.is_ascii_lowercase()
                    || before.is_ascii_digit()
                    || after.is_some_and(char::is_ascii_lowercase)
            });
        if starts && !snake.ends_with('_') {
            snake.push('_');
        }
        match c {
            c if c.is_ascii_alphanumeric() => snake.push(c.to_ascii_lowercase()),
            _ if !snake.is_empty() && !snake.ends_with('_') => snake.push('_'),
            _ => {}
        }
    }
    snake.trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_in_snake_case() {
        for (name, snake) in [
            ("callId", "call_id"),
            ("call-id", "call_id"),
            ("X-API-Key", "x_api_key"),
            ("ApiKey", "api_key"),
            ("page_size", "page_size"),
            ("HTTPStatus", "http_status"),
            ("filter[from]", "filter_from"),
        ] {
            assert_eq!(snake_case(name), snake);
        }
    }
}
