//! `Debug` of what a vendor returns shows no value but a record's id: neither
//! the record, nor the page or the response around it.

use super::samples::samples;
use callfold_tests::operations;
use serde_json::Value;
use std::collections::BTreeSet;

/// Whatever stands in a value: texts, and numbers that are no count.
fn values(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text.clone()),
        Value::Number(number) if number.to_string().len() > 4 => into.push(number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| values(item, into)),
        Value::Object(map) => map.values().for_each(|value| values(value, into)),
        _ => {}
    }
}

#[test]
fn record_and_its_page_show_no_value_but_the_id() {
    let mut looked_at = BTreeSet::new();
    for sample in crate::architecture::vendors().iter().flat_map(|vendor| samples(vendor)) {
        let operation = sample.operation;
        let response = sample.response(&sample.record.text());
        let seen = operation.read(response.as_bytes()).expect("a fixture is read").swap_remove(0);
        let record: Value = serde_json::from_str(&seen.raw).expect("a record is JSON");
        let id = format!("id: {}", record[operation.id]);
        assert!(seen.debug.contains(&id), "{}: no {id} in {}", sample.name, seen.debug);
        let rest = seen.debug.replace(&id, "");
        let mut all = Vec::new();
        values(&record, &mut all);
        // A shorter text may be a part of a type's name.
        let shown = all.iter().find(|value| value.len() > 3 && rest.contains(*value));
        assert_eq!(shown, None, "{}: in {}", sample.name, seen.debug);
        looked_at.insert((operation.vendor, operation.name));
    }
    let all: BTreeSet<_> = operations::all().map(|known| (known.vendor, known.name)).collect();
    assert_eq!(looked_at, all, "each operation was looked at");
}
