//! The specs are valid OpenAPI for tools other than ours, and the vendors' own
//! samples are valid for the specs.

use std::{collections::BTreeSet, fs};

use chrono::NaiveDateTime;
use jsonschema::{Draft, Validator};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::architecture::vendors;
use callfold_test_support::fixtures::{self, Fixture};

/// Scenarios whose bodies break their schema on purpose.
const BREAKING: [&str; 2] = ["unknown_word", "wrong_type"];

fn spec(vendor: &str) -> Value {
    let path = fixtures::root().join("specs").join(format!("{vendor}.yaml"));
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_saphyr::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The OpenAPI Initiative's schema of OpenAPI 3.0 documents.
fn official() -> Validator {
    let path = fixtures::root().join("tests/fixtures/openapi-3.0.schema.json");
    let text = fs::read_to_string(path).expect("the official schema is kept with the fixtures");
    let schema = serde_json::from_str(&text).expect("the official schema is JSON");
    jsonschema::options()
        .with_draft(Draft::Draft4)
        .build(&schema)
        .expect("the official schema is a JSON Schema")
}

/// The schema that a fixture names, for a JSON Schema validator.
///
/// OpenAPI 3.0 schemas are JSON Schema draft 4 but for `nullable`, and the
/// formats are ours: `date-time` is known to the validator, the rest means
/// something only if it is said here.
fn validator(spec: &Value, name: &str) -> Validator {
    let component = name.trim_start_matches('[').trim_end_matches(']');
    let reference = json!({ "$ref": format!("#/components/schemas/{component}") });
    let schema = if component == name {
        json!({ "allOf": [reference] })
    } else {
        json!({ "type": "array", "items": reference })
    };
    let mut root = null_spelled_out(schema);
    root["components"] = null_spelled_out(spec["components"].clone());
    jsonschema::options()
        .with_draft(Draft::Draft4)
        .should_validate_formats(true)
        .with_format("naive-date-time", |text: &str| {
            NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").is_ok()
        })
        .with_format("decimal", |text: &str| Decimal::from_str_exact(text).is_ok())
        .build(&root)
        .unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// Each `{ nullable: true, … }` as `anyOf` null and the rest. JSON Schema has
/// no `nullable`; no property of a spec has this name.
fn null_spelled_out(schema: Value) -> Value {
    match schema {
        Value::Array(items) => items.into_iter().map(null_spelled_out).collect(),
        Value::Object(mut map) => {
            let nullable = map.remove("nullable") == Some(Value::Bool(true));
            let rest = map.into_iter().map(|(key, value)| (key, null_spelled_out(value)));
            let rest = Value::Object(rest.collect());
            if nullable { json!({ "anyOf": [{ "type": "null" }, rest] }) } else { rest }
        }
        other => other,
    }
}

fn problems(validator: &Validator, value: &Value) -> Vec<String> {
    validator.iter_errors(value).map(|e| format!("{}: {e}", e.instance_path())).collect()
}

/// What is wrong with the body of a fixture; `None` if it names no schema.
fn body_problems(spec: &Value, fixture: &Fixture) -> Option<Vec<String>> {
    let schema = fixture.schema.as_deref()?;
    let body = serde_json::from_str(fixture.payload())
        .unwrap_or_else(|e| panic!("{}: a schema, but no JSON: {e}", fixture.name()));
    Some(problems(&validator(spec, schema), &body))
}

/// The operations of a spec: `operationId` and `responses`.
fn operations(spec: &Value) -> Vec<(String, &Value)> {
    let paths = spec["paths"].as_object().expect("paths");
    paths
        .values()
        .filter_map(Value::as_object)
        .flat_map(|path| path.values())
        .map(|operation| {
            let id = operation["operationId"].as_str().expect("operationId");
            (id.to_owned(), &operation["responses"])
        })
        .collect()
}

/// The response that an operation documents for a status.
fn response<'a>(spec: &'a Value, operation: &str, status: u16) -> Option<&'a Value> {
    let (_, responses) = operations(spec).into_iter().find(|(id, _)| id == operation)?;
    let response = responses.get(status.to_string())?;
    match response.get("$ref").and_then(Value::as_str) {
        Some(reference) => spec.pointer(reference.trim_start_matches('#')),
        None => Some(response),
    }
}

#[test]
fn specs_are_valid_for_the_official_schema() {
    let official = official();
    for vendor in vendors() {
        assert_eq!(
            problems(&official, &spec(&vendor)),
            Vec::<String>::new(),
            "specs/{vendor}.yaml"
        );
    }
}

#[test]
fn official_schema_refuses_what_is_not_openapi() {
    let official = official();
    for vendor in vendors() {
        let good = spec(&vendor);
        for (pointer, wrong) in [
            ("/openapi", json!("3.1.0")),
            ("/info/title", json!(null)),
            ("/servers/0/url", json!(8080)),
            ("/components/schemas", json!([])),
        ] {
            let mut bad = good.clone();
            *bad.pointer_mut(pointer).expect("a place every spec has") = wrong;
            assert!(!official.is_valid(&bad), "{vendor}: {pointer} may hold anything");
        }
    }
}

#[test]
fn fixtures_are_valid_for_their_schemas() {
    for vendor in vendors() {
        let spec = spec(&vendor);
        for fixture in fixtures::load(&vendor) {
            if BREAKING.contains(&fixture.scenario.as_str()) {
                continue;
            }
            let problems = body_problems(&spec, &fixture).unwrap_or_default();
            assert_eq!(problems, Vec::<String>::new(), "{vendor}/{}", fixture.name());
        }
    }
}

#[test]
fn breaking_fixtures_are_refused() {
    for vendor in vendors() {
        let spec = spec(&vendor);
        for fixture in fixtures::load(&vendor) {
            if BREAKING.contains(&fixture.scenario.as_str()) {
                let problems = body_problems(&spec, &fixture).expect("a schema to break");
                assert!(!problems.is_empty(), "{vendor}/{} breaks nothing", fixture.name());
            }
        }
    }
}

#[test]
fn samples_and_successes_name_their_schema() {
    for vendor in vendors() {
        let spec = spec(&vendor);
        for fixture in fixtures::load(&vendor) {
            let place = format!("{vendor}/{}", fixture.name());
            assert!(
                !fixture.sample || fixture.schema.is_some(),
                "{place}: a sample without a schema"
            );
            let documented = response(&spec, &fixture.operation, fixture.status);
            let content = documented.and_then(|it| it["content"].get(&fixture.content_type));
            let Some(schema) = &fixture.schema else {
                let is_json = fixture.content_type == "application/json";
                assert!(!(is_json && content.is_some()), "{place}: the spec has a schema for it");
                continue;
            };
            let content =
                content.unwrap_or_else(|| panic!("{place}: the spec has no such response"));
            let reference = format!("/{}\"", schema.trim_matches(['[', ']']));
            assert!(
                content.to_string().contains(&reference),
                "{place}: the spec does not say {schema}"
            );
        }
    }
}

#[test]
fn operations_and_errors_have_fixtures() {
    let mut missing = Vec::new();
    for vendor in vendors() {
        let spec = spec(&vendor);
        let fixtures = fixtures::load(&vendor);
        let statuses: BTreeSet<String> = fixtures.iter().map(|it| it.status.to_string()).collect();
        for (id, responses) in operations(&spec) {
            if !fixtures.iter().any(|it| it.operation == id && it.status == 200) {
                missing.push(format!("{vendor}: a response of {id}"));
            }
            for status in responses.as_object().into_iter().flat_map(|map| map.keys()) {
                if status.starts_with(['4', '5']) && !statuses.contains(status) {
                    missing.push(format!("{vendor}: status {status}, as {id} documents it"));
                }
            }
        }
    }
    assert!(missing.is_empty(), "missing:\n  {}", missing.join("\n  "));
}

#[test]
fn fixtures_name_their_source_and_no_person() {
    // Two numbers that no one can have, kept from a vendor's sample.
    const MADE_UP: [&str; 2] = ["+0987654321", "+1234567890"];
    for vendor in vendors() {
        for fixture in fixtures::load(&vendor) {
            let place = format!("{vendor}/{}", fixture.name());
            assert!(fixture.source.starts_with("https://"), "{place}: source");
            assert!(fixture.note.ends_with('.'), "{place}: note");
            let read = chrono::NaiveDate::parse_from_str(&fixture.read, "%Y-%m-%d");
            assert!(read.is_ok(), "{place}: read");
            for (start, _) in fixture.payload().match_indices('+') {
                let number = &fixture.payload()[start..];
                let end = number[1..]
                    .find(|c: char| !c.is_ascii_digit())
                    .map_or(number.len(), |at| at + 1);
                let number = &number[..end];
                let invented = number.contains("555") || MADE_UP.contains(&number);
                assert!(number.len() < 8 || invented, "{place}: {number} may be somebody's");
            }
        }
    }
}
