//! The runtime's types, as the generator's `x-rust-type` names them.

use serde_json::{Value, json};

/// The crate that holds the runtime's types.
const RUNTIME: &str = "callfold-record";

/// A type that replaces a schema of a response.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RustType {
    /// A record, kept beside its raw JSON.
    Lenient(String),
    /// A word of a list that may grow.
    OpenEnum(String),
    /// One of two shapes; the parameters are prepared schemas.
    OneOf(TypeParameter, TypeParameter),
    /// Values by name.
    ByName(TypeParameter),
    /// A number with all its digits.
    RawNumber,
    /// Anything, kept verbatim.
    RawJson,
}

/// A type parameter: the prepared reference or scalar, and its Rust text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TypeParameter {
    /// JSON Schema, as text so that it can be compared.
    pub(crate) schema: String,
    /// Text of the type.
    pub(crate) rust: String,
    /// Part of the component's name.
    pub(crate) name: String,
}

impl RustType {
    /// Name of the component that stands for the type.
    ///
    /// A dot keeps it apart from a spec's names. A type without parameters has to be
    /// named as in Rust, or the generator wraps it; the lint reserves those names.
    pub(crate) fn component(&self) -> String {
        match self {
            Self::Lenient(schema) => format!("Lenient.{schema}"),
            Self::OpenEnum(schema) => format!("Open.{schema}"),
            Self::OneOf(a, b) => format!("OneOf.{}.{}", a.name, b.name),
            Self::ByName(value) => format!("ByName.{}", value.name),
            Self::RawNumber => "RawNumber".to_owned(),
            Self::RawJson => "RawJson".to_owned(),
        }
    }

    /// Text of the Rust type, without the path of the generated types.
    pub(crate) fn rust(&self) -> String {
        match self {
            Self::Lenient(schema) => format!("::callfold_record::Lenient<{schema}>"),
            Self::OpenEnum(schema) => format!("::callfold_record::OpenEnum<{schema}>"),
            Self::OneOf(a, b) => format!("::callfold_record::OneOf<{},{}>", a.rust, b.rust),
            Self::ByName(value) => {
                format!("::std::collections::BTreeMap<::std::string::String,{}>", value.rust)
            }
            Self::RawNumber => "::callfold_record::RawNumber".to_owned(),
            Self::RawJson => "::callfold_record::RawJson".to_owned(),
        }
    }

    /// The component: a schema that the generator replaces by the type.
    pub(crate) fn schema(&self) -> Value {
        let parsed = |parameter: &TypeParameter| -> Value {
            serde_json::from_str(&parameter.schema).unwrap_or_default()
        };
        let (krate, name, parameters) = match self {
            Self::Lenient(schema) => (RUNTIME, "Lenient", vec![reference(schema)]),
            Self::OpenEnum(schema) => (RUNTIME, "OpenEnum", vec![reference(schema)]),
            Self::OneOf(a, b) => (RUNTIME, "OneOf", vec![parsed(a), parsed(b)]),
            Self::ByName(value) => {
                ("std", "collections::BTreeMap", vec![json!({ "type": "string" }), parsed(value)])
            }
            Self::RawNumber => (RUNTIME, "RawNumber", vec![]),
            Self::RawJson => (RUNTIME, "RawJson", vec![]),
        };
        json!({
            "x-rust-type": {
                "crate": krate,
                "version": "*",
                "path": format!("{}::{name}", krate.replace('-', "_")),
                "parameters": parameters,
            },
        })
    }
}

/// `{ $ref }` to a schema component.
pub(crate) fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}
