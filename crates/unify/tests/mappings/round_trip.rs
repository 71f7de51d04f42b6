//! A call survives being written and read again.

use super::fixtures;
use callfold_unify::{
    mappings,
    model::{Call, CallId},
};
use serde_json::Value;

fn calls() -> Vec<Call> {
    let mut calls = vec![Call::new(CallId::new("vendor", "account", "1"))];
    for mapping in mappings() {
        calls.extend(fixtures(mapping).into_iter().flat_map(|fixture| fixture.mapped.calls));
    }
    calls
}

#[test]
fn written_call_is_read_back_whole() {
    for call in calls() {
        let written = serde_json::to_string(&call).unwrap();
        let read: Call = serde_json::from_str(&written).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), written);
        assert_eq!(read.raw.get(), call.raw.get());
    }
}

#[test]
fn record_is_kept_byte_for_byte() {
    for call in calls() {
        let written: serde_json::Map<String, Value> =
            serde_json::from_str(&serde_json::to_string(&call).unwrap()).unwrap();
        let raw: Value = serde_json::from_str(call.raw.get()).unwrap();
        assert_eq!(written["raw"], raw);
    }
}

#[test]
fn every_warning_points_into_the_record() {
    for call in calls() {
        let raw: Value = serde_json::from_str(call.raw.get()).unwrap();
        for warning in &call.warnings {
            let found = raw.pointer(&warning.pointer);
            assert!(found.is_some(), "{}: {} points nowhere", call.id, warning.pointer);
        }
    }
}

#[test]
fn debug_of_a_call_shows_no_number_and_no_word() {
    for call in calls() {
        let shown = format!("{call:?} {:?} {:?} {:?}", call.from, call.to, call.transcript);
        for party in [&call.from, &call.to].into_iter().flatten() {
            let number = party.number.as_ref().map(|number| number.raw.as_str());
            for secret in
                [number, party.name.as_deref(), party.email.as_deref()].into_iter().flatten()
            {
                assert!(!shown.contains(secret), "{}", call.id);
            }
        }
    }
}

#[test]
fn line_is_what_serde_writes() {
    let mut count = 0;
    for call in calls() {
        // Without the blanks that the line does not have either.
        let mut call = call;
        let raw: Value = serde_json::from_str(call.raw.get()).unwrap();
        call.raw = serde_json::value::to_raw_value(&raw).unwrap();
        let objects = [&mut call.metadata, &mut call.facts, &mut call.analysis];
        let tools = call.transcript.turns.iter_mut().filter_map(|turn| turn.tool.as_mut());
        let tools = tools.flat_map(|tool| [&mut tool.arguments, &mut tool.result]).flatten();
        for value in objects.into_iter().flat_map(|object| object.values_mut()).chain(tools) {
            let plain: Value = serde_json::from_str(value.get()).unwrap();
            *value = serde_json::value::to_raw_value(&plain).unwrap().into();
        }
        let mut line = Vec::new();
        call.write_json(&mut line);
        assert_eq!(String::from_utf8(line).unwrap(), serde_json::to_string(&call).unwrap());
        count += 1;
    }
    assert!(count > 5 * mappings().len(), "{count}");
}
