//! The shape of a document in the dialect: which keys an object may have, and
//! what their values look like.
//!
//! The table is smaller than OpenAPI on purpose. A key that is not in it is a
//! diagnostic, so nothing that the generator would ignore or misread gets through.

/// What an object of the document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ObjectKind {
    Root,
    Info,
    Source,
    Server,
    PathItem,
    SpecOperation,
    Pagination,
    Parameter,
    RequestBody,
    Response,
    Header,
    MediaType,
    Components,
    SecurityScheme,
    Schema,
}

/// What a value looks like.
#[derive(Clone, Copy, Debug)]
pub(super) enum ValueType {
    Text,
    /// One text or a list of texts.
    Texts,
    Flag,
    Number,
    Anything,
    List,
    /// A mapping from names to texts.
    TextMap,
    One(ObjectKind),
    ListOf(ObjectKind),
    MapOf(ObjectKind),
    /// `true`, `false` or a schema.
    FlagOrSchema,
}

/// A key of an object.
pub(super) struct ObjectKey {
    pub(super) name: &'static str,
    pub(super) shape: ValueType,
    pub(super) required: bool,
}

const fn must(name: &'static str, shape: ValueType) -> ObjectKey {
    ObjectKey { name, shape, required: true }
}

const fn may(name: &'static str, shape: ValueType) -> ObjectKey {
    ObjectKey { name, shape, required: false }
}

impl ObjectKind {
    /// What to call the object in a message.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Root => "the document",
            Self::Info => "`info`",
            Self::Source => "a source",
            Self::Server => "a server",
            Self::PathItem => "a path",
            Self::SpecOperation => "an operation",
            Self::Pagination => "`x-pagination`",
            Self::Parameter => "a parameter",
            Self::RequestBody => "a request body",
            Self::Response => "a response",
            Self::Header => "a header",
            Self::MediaType => "a media type",
            Self::Components => "`components`",
            Self::SecurityScheme => "a security scheme",
            Self::Schema => "a schema",
        }
    }

    /// The section of `components` that a `$ref` in this place may point into.
    pub(super) fn section(self) -> Option<&'static str> {
        match self {
            Self::Parameter => Some("parameters"),
            Self::RequestBody => Some("requestBodies"),
            Self::Response => Some("responses"),
            Self::Header => Some("headers"),
            Self::Schema => Some("schemas"),
            _ => None,
        }
    }

    /// The keys that the object may have.
    pub(super) fn fields(self) -> &'static [ObjectKey] {
        use ObjectKind as K;
        use ValueType::{
            Anything, Flag, FlagOrSchema, List, ListOf, MapOf, Number, One, Text, TextMap, Texts,
        };
        match self {
            K::Root => {
                const {
                    &[
                        must("openapi", Text),
                        must("info", One(K::Info)),
                        must("servers", ListOf(K::Server)),
                        may("security", List),
                        must("x-sources", MapOf(K::Source)),
                        must("paths", MapOf(K::PathItem)),
                        may("components", One(K::Components)),
                    ]
                }
            }
            K::Info => {
                const { &[must("title", Text), must("version", Text), may("description", Text)] }
            }
            K::Source => {
                const {
                    &[
                        may("url", Text),
                        may("package", Text),
                        must("kind", Text),
                        may("description", Text),
                    ]
                }
            }
            K::Server => const { &[must("url", Text), may("description", Text)] },
            K::PathItem => {
                const {
                    &[
                        may("get", One(K::SpecOperation)),
                        may("post", One(K::SpecOperation)),
                        may("parameters", ListOf(K::Parameter)),
                    ]
                }
            }
            K::SpecOperation => {
                const {
                    &[
                        must("operationId", Text),
                        must("summary", Text),
                        may("description", Text),
                        may("deprecated", Flag),
                        may("parameters", ListOf(K::Parameter)),
                        may("requestBody", One(K::RequestBody)),
                        must("responses", MapOf(K::Response)),
                        may("security", List),
                        may("x-source", Texts),
                        may("x-safe", Flag),
                        may("x-pagination", One(K::Pagination)),
                    ]
                }
            }
            K::Pagination => {
                const {
                    &[
                        must("style", Text),
                        may("first", Number),
                        may("page", Text),
                        may("offset", Text),
                        may("token", Text),
                        may("key", Text),
                        must("size", Text),
                        must("default_size", Number),
                        may("max_size", Number),
                        may("ask_size", Number),
                        must("items", Texts),
                        may("total", Texts),
                        may("has_more", Texts),
                        may("next_token", Texts),
                        may("key_of", Text),
                        may("inclusive", Flag),
                        must("order", Text),
                        may("order_when", TextMap),
                    ]
                }
            }
            K::Parameter => {
                const {
                    &[
                        must("name", Text),
                        must("in", Text),
                        may("required", Flag),
                        may("description", Text),
                        may("deprecated", Flag),
                        must("schema", One(K::Schema)),
                        may("example", Anything),
                        may("x-source", Texts),
                    ]
                }
            }
            K::RequestBody => {
                const {
                    &[
                        may("description", Text),
                        may("required", Flag),
                        must("content", MapOf(K::MediaType)),
                        may("x-source", Texts),
                    ]
                }
            }
            K::Response => {
                const {
                    &[
                        must("description", Text),
                        may("headers", MapOf(K::Header)),
                        may("content", MapOf(K::MediaType)),
                        may("x-source", Texts),
                    ]
                }
            }
            K::Header => {
                const {
                    &[
                        may("description", Text),
                        must("schema", One(K::Schema)),
                        may("x-source", Texts),
                    ]
                }
            }
            K::MediaType => const { &[must("schema", One(K::Schema)), may("example", Anything)] },
            K::Components => {
                const {
                    &[
                        may("schemas", MapOf(K::Schema)),
                        may("parameters", MapOf(K::Parameter)),
                        may("requestBodies", MapOf(K::RequestBody)),
                        may("responses", MapOf(K::Response)),
                        may("headers", MapOf(K::Header)),
                        may("securitySchemes", MapOf(K::SecurityScheme)),
                    ]
                }
            }
            K::SecurityScheme => {
                const {
                    &[
                        must("type", Text),
                        may("in", Text),
                        may("name", Text),
                        may("scheme", Text),
                        may("bearerFormat", Text),
                        may("description", Text),
                        may("x-source", Texts),
                    ]
                }
            }
            K::Schema => {
                const {
                    &[
                        may("type", Text),
                        may("format", Text),
                        may("title", Text),
                        may("description", Text),
                        may("nullable", Flag),
                        may("deprecated", Flag),
                        may("enum", List),
                        may("required", List),
                        may("properties", MapOf(K::Schema)),
                        may("additionalProperties", FlagOrSchema),
                        may("items", One(K::Schema)),
                        may("allOf", ListOf(K::Schema)),
                        may("oneOf", ListOf(K::Schema)),
                        may("default", Anything),
                        may("example", Anything),
                        may("minimum", Number),
                        may("maximum", Number),
                        may("minLength", Number),
                        may("maxLength", Number),
                        may("minItems", Number),
                        may("maxItems", Number),
                        may("pattern", Text),
                        may("x-source", Texts),
                        may("x-record-id", Text),
                        may("x-other-record-id", Text),
                        may("x-volatile", Flag),
                        may("x-secret", Flag),
                        may("x-secret-members", Texts),
                    ]
                }
            }
        }
    }
}

/// What to write instead of a key that the dialect does not have.
pub(super) fn help_for_key(kind: ObjectKind, key: &str) -> String {
    let known = match key {
        "anyOf" => "write `oneOf` of exactly two named components",
        "not" | "discriminator" => "remove it and say it in the description",
        "explode" | "style" | "allowReserved" => {
            "remove it; a list in a query is `type: string` and its separator is in the description"
        }
        "x-rust-type" => "remove it; the generator chooses the Rust type",
        "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" | "uniqueItems"
        | "minProperties" | "maxProperties" => "remove it and say it in the description",
        "const" => "write `enum` with one word",
        "examples" => "write `example`, or a fixture",
        "$schema"
        | "$id"
        | "$defs"
        | "prefixItems"
        | "patternProperties"
        | "propertyNames"
        | "contentMediaType"
        | "contentEncoding"
        | "if"
        | "then"
        | "else"
        | "jsonSchemaDialect"
        | "webhooks"
        | "unevaluatedProperties" => {
            "remove it; this is a form of OpenAPI 3.1 and the dialect is 3.0.3"
        }
        "put" | "patch" | "delete" | "head" | "options" | "trace" => {
            "remove it; a client only reads, with `get` or `post`"
        }
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    let keys = kind.fields().iter().map(|field| field.name);
    let nearest = keys.clone().find(|name| name.eq_ignore_ascii_case(key) || close(name, key));
    match nearest {
        Some(name) => format!("write `{name}` instead"),
        None => {
            format!("remove it; {} may have: {}", kind.noun(), keys.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Whether two keys differ by one character: changed, missing, added or swapped.
fn close(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if short.len() < 3 || long.len() - short.len() > 1 {
        return false;
    }
    let head = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    let tail = |skip_short: usize, skip_long: usize| {
        short.get(head + skip_short..) == long.get(head + skip_long..)
    };
    if short.len() < long.len() {
        return tail(0, 1);
    }
    let swapped = short.get(head) == long.get(head + 1) && short.get(head + 1) == long.get(head);
    tail(1, 1) || (swapped && tail(2, 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_key_is_named() {
        for typo in ["nulable", "nullabel", "nullablee", "NULLABLE", "nullible"] {
            assert_eq!(
                help_for_key(ObjectKind::Schema, typo),
                "write `nullable` instead",
                "{typo}"
            );
        }
        assert_eq!(
            help_for_key(ObjectKind::Server, "variables"),
            "remove it; a server may have: url, description"
        );
    }

    #[test]
    fn foreign_keys_have_their_own_help() {
        assert!(help_for_key(ObjectKind::Schema, "x-rust-type").contains("the generator chooses"));
        assert!(help_for_key(ObjectKind::Schema, "prefixItems").contains("3.1"));
    }
}
