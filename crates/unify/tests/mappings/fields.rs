//! The tables of the mappings, held against the fixtures: no field of a sample
//! is forgotten, and every target a table names really depends on its field.

use super::fixtures;
use callfold_unify::{Context, Mapping, mappings, model::Call};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Every record of a vendor's fixtures, and whether its body is a sample of
/// the vendor's own page.
fn records(mapping: &Mapping) -> Vec<(String, bool, Value)> {
    let mut records = Vec::new();
    for fixture in fixtures(mapping) {
        for call in fixture.mapped.calls {
            let record = serde_json::from_str(call.raw.get()).expect("a record is JSON");
            records.push((fixture.name.clone(), fixture.sample, record));
        }
    }
    assert!(records.iter().any(|(_, sample, _)| *sample), "{}: no sample", mapping.vendor);
    records
}

/// A record's first name in the tables' letter case.
fn snake_case(name: &str) -> String {
    if name.contains('_') {
        return name.to_owned();
    }
    let mut snake = String::new();
    for (index, c) in name.char_indices() {
        if c.is_ascii_uppercase() && index > 0 {
            snake.push('_');
        }
        snake.push(if index > 0 { c.to_ascii_lowercase() } else { c });
    }
    snake
}

/// A pointer whose first name is in the tables' letter case.
pub(super) fn snake_case_pointer(pointer: &str) -> String {
    let first = pointer.split('/').nth(1).unwrap_or_default();
    pointer.replacen(first, &snake_case(first), 1)
}

/// The pointers of all values without members or items below them.
fn leaves(value: &Value, at: String, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, value) in members {
                let name = if at.is_empty() { snake_case(name) } else { name.clone() };
                leaves(value, format!("{at}/{name}"), found);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, value) in items.iter().enumerate() {
                leaves(value, format!("{at}/{index}"), found);
            }
        }
        _ => {
            found.insert(at);
        }
    }
}

/// Whether a table's pointer stands for this one or for one above it, whichever letter case the
/// first name of either has.
pub(super) fn covers(pattern: &str, pointer: &str) -> bool {
    let (pattern, pointer) = (snake_case_pointer(pattern), snake_case_pointer(pointer));
    let mut found = pointer.split('/');
    pattern.split('/').all(|part| found.next().is_some_and(|name| part == "*" || part == name))
}

/// Whether a table's pointer is below this one: the value is an empty list or
/// null where the table looks inside.
fn is_above(pattern: &str, pointer: &str) -> bool {
    covers(pointer, pattern)
}

#[test]
fn no_field_of_a_sample_is_forgotten() {
    for mapping in mappings() {
        for (file, sample, record) in records(mapping) {
            let mut found = BTreeSet::new();
            leaves(&record, String::new(), &mut found);
            for pointer in found {
                let known = mapping
                    .fields
                    .iter()
                    .any(|(pattern, _)| covers(pattern, &pointer) || is_above(pattern, &pointer));
                assert!(known || !sample, "{}: {file}: {pointer} has no row", mapping.vendor);
            }
        }
    }
}

/// The values a table's pointer stands for, as paths of names.
fn resolve(value: &Value, pattern: &[&str], at: Vec<String>, found: &mut Vec<Vec<String>>) {
    let Some((part, rest)) = pattern.split_first() else {
        found.push(at);
        return;
    };
    let mut enter = |name: String, value: &Value| {
        let mut at = at.clone();
        at.push(name);
        resolve(value, rest, at, found);
    };
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let same = name == part || (at.is_empty() && snake_case(name) == snake_case(part));
                if same || *part == "*" {
                    enter(name.clone(), value);
                }
            }
        }
        Value::Array(items) if *part == "*" => {
            for (index, value) in items.iter().enumerate() {
                enter(index.to_string(), value);
            }
        }
        _ => {}
    }
}

fn entry<'a>(value: &'a mut Value, path: &[String]) -> &'a mut Value {
    path.iter().fold(value, |value, name| match value {
        Value::Array(items) => &mut items[name.parse::<usize>().expect("a number")],
        value => &mut value[name],
    })
}

/// Other values the field could have had.
fn others(value: &Value) -> Vec<Value> {
    let mut others = vec![Value::Null];
    match value {
        Value::String(text) => {
            others.push(json!(format!("{text}x")));
            others.extend(
                ["Inbound", "inbound", "INBOUND", "failed", "ERROR", "WEB_CALL", "processing"]
                    .map(|word| json!(word)),
            );
            others.extend(["2026-01-01T00:00:00Z", "2026-01-01T00:00:00"].map(|at| json!(at)));
        }
        Value::Number(number) => {
            others.push(json!(number.as_f64().unwrap_or_default() + 1.0));
            others.push(json!(1));
        }
        Value::Bool(yes) => others.push(json!(!yes)),
        Value::Array(_) => others.push(json!([{"role": "agent", "text": "other"}])),
        Value::Object(_) => others.push(json!({"role": "user", "content": "other", "a": 1})),
        Value::Null => others.extend([json!(true), json!("other"), json!({"a": 1}), json!(1)]),
    }
    others
}

fn target(mapping: &Mapping, record: &Value, target: &str) -> Option<Value> {
    let mapped = (mapping.from_json_with)(&record.to_string(), &Context::default()).ok()?;
    let call: &Call = mapped.calls.first()?;
    let call = serde_json::to_value(call).expect("a call can be written");
    Some(call.get(target).unwrap_or_else(|| panic!("{target} is no field of a call")).clone())
}

/// Whether some other value of the field changes the target.
fn depends(mapping: &Mapping, record: &Value, pattern: &str, name: &str) -> bool {
    let parts: Vec<&str> = pattern.split('/').skip(1).collect();
    let mut places = Vec::new();
    resolve(record, &parts, Vec::new(), &mut places);
    let before = target(mapping, record, name).expect("the record maps as it is");
    places.iter().any(|place| {
        others(entry(&mut record.clone(), place)).into_iter().any(|other| {
            let mut changed = record.clone();
            *entry(&mut changed, place) = other;
            target(mapping, &changed, name).is_some_and(|after| after != before)
        })
    })
}

#[test]
fn every_target_depends_on_its_field() {
    let mut independent = Vec::new();
    for mapping in mappings() {
        let records = records(mapping);
        for (pattern, names) in mapping.fields {
            if let Some(reason) = names.strip_prefix("raw:") {
                assert!(reason.trim().len() > 3, "{}: {pattern} has no reason", mapping.vendor);
                continue;
            }
            for name in names.split(", ") {
                if !records.iter().any(|(_, _, record)| depends(mapping, record, pattern, name)) {
                    independent.push(format!("{}: {name} on {pattern}", mapping.vendor));
                }
            }
        }
    }
    assert!(independent.is_empty(), "in no fixture depends {independent:#?}");
}

#[test]
fn field_that_stays_in_raw_changes_nothing_else() {
    for mapping in mappings() {
        for (_, _, record) in records(mapping) {
            for (pattern, name) in mapping.fields {
                if !name.starts_with("raw:") {
                    continue;
                }
                for field in ["metadata", "analysis", "transcript", "cost", "alternate_ids"] {
                    assert!(
                        !depends(mapping, &record, pattern, field),
                        "{}: {pattern} is not in raw only, {field} depends on it",
                        mapping.vendor
                    );
                }
            }
        }
    }
}

#[test]
fn tables_have_one_row_per_field() {
    for mapping in mappings() {
        let pointers: BTreeSet<_> = mapping.fields.iter().map(|(pointer, _)| pointer).collect();
        assert_eq!(pointers.len(), mapping.fields.len(), "{}", mapping.vendor);
    }
}
