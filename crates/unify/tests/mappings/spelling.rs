//! A value is the same however the vendor happens to write it.

use callfold_unify::{
    Context, Mapping, mappings,
    model::{Call, WarningCode},
};
use chrono::FixedOffset;
use serde_json::{Value, json};

/// The fields of a vendor that hold its start, its reported length and its
/// cost, as far as it has them.
fn fields(vendor: &str) -> Option<[Option<&'static str>; 3]> {
    Some(match vendor {
        "vaani" => [Some("Start_time"), Some("duration_ms"), Some("call_cost")],
        "ravan" => [Some("started_at"), Some("duration_sec"), Some("cost_total")],
        "vozagent" => [Some("call_started_at"), Some("duration_seconds"), Some("cost")],
        "agentvoice" => [Some("started_at"), Some("call_duration"), None],
        "zudu" => [None, Some("call_duration"), None],
        _ => return None,
    })
}

fn map(mapping: &Mapping, field: &str, value: Value) -> Call {
    let context =
        Context::default().with_assume_offset(FixedOffset::east_opt(19_800).expect("an offset"));
    let record = json!({"id": "1", "call_id": "1", field: value}).to_string();
    (mapping.from_json_with)(&record, &context).expect("a record").calls.remove(0)
}

fn codes(call: &Call) -> Vec<&WarningCode> {
    let expected = [WarningCode::UnknownField, WarningCode::UnitUnspecified];
    let codes = call.warnings.iter().map(|warning| &warning.code);
    codes.filter(|code| !expected.contains(code)).collect()
}

#[test]
fn time_without_an_offset_is_read_at_the_sources() {
    for mapping in mappings() {
        let Some([Some(start), ..]) = fields(mapping.vendor) else { continue };
        let call = map(mapping, start, json!("2026-04-21T12:27:23"));
        let at = call.started_at.map(|at| at.to_rfc3339());
        assert_eq!(at.as_deref(), Some("2026-04-21T06:57:23+00:00"), "{}", mapping.vendor);
        assert_eq!(codes(&call), [&WarningCode::NaiveTimestamp], "{}", mapping.vendor);
    }
}

#[test]
fn length_is_read_as_number_with_or_without_a_fraction_and_as_text() {
    for mapping in mappings() {
        let Some([_, Some(length), _]) = fields(mapping.vendor) else { continue };
        let read = |value: Value| {
            let call = map(mapping, length, value);
            assert_eq!(codes(&call), [&WarningCode::UnknownField; 0], "{}", mapping.vendor);
            call.reported_duration
        };
        let number = read(json!(245.7));
        assert!(number.is_some(), "{}", mapping.vendor);
        assert_eq!(read(json!(" 245.7")), number, "{}", mapping.vendor);
        assert_eq!(read(json!("")), None, "{}", mapping.vendor);
    }
}

#[test]
fn cost_is_read_as_number_and_as_text() {
    for mapping in mappings() {
        let Some([_, _, Some(cost)]) = fields(mapping.vendor) else { continue };
        for text in [json!("12.50"), json!(" 12.50")] {
            let call = map(mapping, cost, text);
            assert_eq!(codes(&call), [&WarningCode::UnknownField; 0], "{}", mapping.vendor);
            assert_eq!(call.cost.unwrap().total.unwrap().to_string(), "12.50");
        }
        let call = map(mapping, cost, json!(""));
        assert!(call.cost.is_none() && codes(&call).is_empty(), "{}", mapping.vendor);
    }
}

#[test]
fn epoch_milliseconds_may_be_text() {
    let zudu = mappings().iter().find(|mapping| mapping.vendor == "zudu");
    let Some(zudu) = zudu else { return };
    let call = map(zudu, "start_timestamp", json!("1703097600000"));
    assert_eq!(call.started_at.unwrap().to_rfc3339(), "2023-12-20T18:40:00+00:00");
    assert_eq!(codes(&call), [&WarningCode::UnknownField; 0]);
}
