//! The JSON Schema of a call.

use crate::Call;
use serde_json::Value;

/// The JSON Schema (draft 2020-12) of a serialised [`Call`].
///
/// It describes what is written: every field is there, and one the vendor does
/// not say is `null` or empty. It has no `$id`.
///
/// ```
/// let schema = callfold_model::schema::call_schema();
/// assert_eq!(schema["title"], "Call");
/// assert_eq!(schema["properties"]["duration_ms"]["type"][0], "integer");
/// ```
pub fn call_schema() -> Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<Call>().to_value()
}

#[cfg(test)]
#[path = "tests/schema.rs"]
mod tests;
