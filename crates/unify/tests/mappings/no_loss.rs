//! No key of a record is lost: its value is in the call beside `raw`, or a row of
//! `FIELDS` says why it stays in `raw` only.

use super::{fields, fixtures};
use callfold_unify::{Context, Mapping, mappings};
use proptest::{
    prelude::*,
    sample::Index,
    test_runner::{RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Map, Value};

/// What stays in `raw` below a value of which the call holds a part, and why.
const RAW_ONLY: &[(&str, &str, &str)] = &[
    ("retell", "/transcript_object/*/words", "a turn has two times, not two for each word"),
    (
        "retell",
        "/transcript_with_tool_calls/*/words",
        "a turn has two times, not two for each word",
    ),
    (
        "retell",
        "/scrubbed_transcript_with_tool_calls/*/words",
        "a turn has two times, not two for each word",
    ),
    ("vapi", "/artifact/messages/*/endTime", "a turn's end is its start and its length"),
    (
        "vapi",
        "/artifact/messages/*/toolCalls/*",
        "the call holds the tool's name, arguments and result",
    ),
    ("vapi", "/assistant", "the call holds what names the assistant, not how it is set up"),
    ("vapi", "/costBreakdown", "`costs` and `cost` say the same in parts"),
    (
        "vapi",
        "/destination/transferPlan",
        "the call holds how it was transferred, not how it was set up",
    ),
    ("vapi", "/messages", "`artifact` has the messages too"),
    ("vapi", "/phoneNumber", "the call holds what names the line, not how it is set up"),
    ("zudu", "/transcript_object/*/words", "a turn has two times, not two for each word"),
    ("zudu", "/transcript_with_tool_calls/*/words", "a turn has two times, not two for each word"),
];

/// The records of a vendor's fixtures. Events of webhooks are records too.
fn records(mapping: &Mapping) -> Vec<Value> {
    let calls = fixtures(mapping).into_iter().flat_map(|fixture| fixture.mapped.calls);
    calls.map(|call| serde_json::from_str(call.raw.get()).expect("a record is JSON")).collect()
}

/// The objects of a record, by their pointers.
fn objects(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            found.push(at.to_owned());
            for (name, value) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                objects(value, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                objects(value, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// What a call of this record says, beside the record itself and what was noted.
fn said(mapping: &Mapping, record: &Value) -> Option<String> {
    let mapped = (mapping.from_json_with)(&record.to_string(), &Context::default()).ok()?;
    let mut call = serde_json::to_value(mapped.calls.first()?).expect("a call can be written");
    let call = call.as_object_mut().expect("an object");
    call.remove("raw");
    call.remove("warnings");
    Some(serde_json::to_string(call).expect("text"))
}

/// Whether a row, or the list above, says that the value at this pointer stays in `raw` only.
fn is_raw_only(mapping: &Mapping, pointer: &str) -> bool {
    let place = fields::snake_case_pointer(pointer);
    let rows = mapping.fields.iter().filter(|(_, target)| target.starts_with("raw:"));
    let parts = RAW_ONLY.iter().filter(|(vendor, ..)| *vendor == mapping.vendor);
    let parts = parts.map(|(_, pattern, reason)| (pattern, reason));
    let mut patterns = rows.map(|(pattern, reason)| (pattern, reason)).chain(parts);
    patterns.any(|(pattern, _)| fields::covers(pattern, &place))
}

/// A value that can stand nowhere else in the record.
fn marked(number: u32) -> impl Strategy<Value = Value> {
    let mark = format!("mark{number}");
    prop_oneof![
        Just(Value::from(mark.clone())),
        Just(serde_json::json!({ mark.clone(): mark.clone() })),
        Just(serde_json::json!([mark])),
        (1_000_000_u32..9_000_000).prop_map(Value::from),
        (1.5..900.5_f64).prop_map(Value::from),
    ]
}

/// Runs `check` on records, each with the pointer of an object in it, the index of one of its members
/// and a value.
fn with_changes(check: impl Fn(&Mapping, &Value, &str, Index, Value) -> Result<(), TestCaseError>) {
    let known: Vec<_> = mappings().iter().map(|mapping| (mapping, records(mapping))).collect();
    let indexes = (any::<Index>(), any::<Index>(), any::<Index>(), any::<Index>());
    let strategy = (indexes, marked(71_077_345));
    let config = ProptestConfig {
        cases: 5_000,
        max_shrink_iters: 0,
        failure_persistence: None,
        ..Default::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let run = TestRunner::new_with_rng(config, rng).run(
        &strategy,
        |((vendor, record, at, member), value)| {
            let (mapping, records) = vendor.get(&known);
            let record = record.get(records);
            let mut places = Vec::new();
            objects(record, "", &mut places);
            let place: &String = at.get(&places);
            check(mapping, record, place, member, value)
        },
    );
    run.expect("each change is in the call");
}

/// The record with other members in the object at `place`.
fn with(record: &Value, place: &str, change: impl FnOnce(&mut Map<String, Value>)) -> Value {
    let mut changed = record.clone();
    change(changed.pointer_mut(place).and_then(Value::as_object_mut).expect("an object"));
    changed
}

#[test]
fn unknown_key_is_in_the_call() {
    with_changes(|mapping, record, place, _, value| {
        let pointer = format!("{place}/quite_unknown");
        if is_raw_only(mapping, &pointer) {
            return Ok(());
        }
        let changed = with(record, place, |object| {
            object.insert("quite_unknown".to_owned(), value.clone());
        });
        let (before, after) = (said(mapping, record), said(mapping, &changed));
        prop_assert!(before != after, "{}: {} with {}", mapping.vendor, pointer, value);
        Ok(())
    });
}

#[test]
fn any_value_of_a_known_key_is_in_the_call() {
    with_changes(|mapping, record, place, member, value| {
        let members = record.pointer(place).and_then(Value::as_object).expect("an object");
        // The prompt stays in `raw`: it is nothing that was said.
        if members.get("role").is_some_and(|role| role == "system") {
            return Ok(());
        }
        let names: Vec<_> = members.keys().collect();
        let Some(name) = names.get(member.index(names.len().max(1))) else { return Ok(()) };
        let pointer = format!("{place}/{name}");
        if is_raw_only(mapping, &pointer) {
            return Ok(());
        }
        let changed = with(record, place, |object| {
            object.insert((*name).clone(), value.clone());
        });
        let without = with(record, place, |object| {
            object.remove(*name);
        });
        let (after, before) = (said(mapping, &changed), said(mapping, &without));
        // Without its key a record is rejected whole.
        let is_read = after.is_some() && before.is_some();
        prop_assert!(!is_read || before != after, "{}: {} with {}", mapping.vendor, pointer, value);
        Ok(())
    });
}
