use super::*;
use crate::CallId;
use std::collections::BTreeSet;

#[test]
fn schema_lists_exactly_the_fields_that_are_written() {
    let schema = call_schema();
    let call = serde_json::to_value(Call::new(CallId::new("vendor", "account", "1"))).unwrap();
    let names = |value: &Value| -> BTreeSet<String> {
        value.as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(names(&schema["properties"]), names(&call));
}

#[test]
fn schema_has_a_title_a_description_and_no_id() {
    let schema = call_schema();
    assert_eq!(schema["title"], "Call");
    assert!(schema["description"].as_str().is_some_and(|text| !text.is_empty()));
    assert!(schema.get("$id").is_none());
    for (name, property) in schema["properties"].as_object().unwrap() {
        let described = property.get("description").is_some() || property.get("$ref").is_some();
        assert!(described, "{name} has no description");
    }
}
