//! What the tests of the mappings share.

use crate::{
    Context, Error, MappedRecords,
    model::{Call, WarningCode},
};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

#[derive(Deserialize)]
struct Fixture {
    body: Box<RawValue>,
}

/// The body of a fixture, byte for byte.
pub(crate) fn body(vendor: &str, name: &str) -> String {
    let root = env!("CARGO_MANIFEST_DIR");
    let path = format!("{root}/../../tests/fixtures/{vendor}/{name}.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str::<Fixture>(&text).unwrap().body.get().to_owned()
}

/// Asserts that the text held one call and returns it.
pub(crate) fn one(mapped: Result<MappedRecords, Error>) -> Call {
    let mut mapped = mapped.unwrap();
    assert!(mapped.rejected.is_empty(), "{:?}", mapped.rejected);
    assert_eq!(mapped.calls.len(), 1);
    mapped.calls.remove(0)
}

/// Maps one record written as a JSON value.
pub(crate) fn map(
    from_json_with: fn(&str, &Context) -> Result<MappedRecords, Error>,
    record: &Value,
) -> Call {
    one(from_json_with(&record.to_string(), &Context::default()))
}

/// The pointers of the warnings with this code.
pub(crate) fn at(call: &Call, code: WarningCode) -> Vec<&str> {
    let warnings = call.warnings.iter().filter(|warning| warning.code == code);
    warnings.map(|warning| warning.pointer.as_ref()).collect()
}

/// The whole call but its record, for a snapshot.
pub(crate) fn shown(call: &Call) -> Value {
    let mut shown = serde_json::to_value(call).unwrap();
    shown.as_object_mut().unwrap().remove("raw");
    shown
}
