use super::*;
use crate::model::{Disposition, Party, Status, WarningCode};
use crate::support::{at, body, map, one, shown};
use serde_json::{Value, json};

fn mapped(record: Value) -> Call {
    map(from_json_with, &record)
}

#[test]
fn single_sample_maps_to_a_whole_call() {
    let call = one(from_json(&body(VENDOR, "get_call.sample")));
    insta::assert_json_snapshot!(shown(&call));
}

#[test]
fn list_sample_has_no_requested_transcript() {
    let mapped = from_json(&body(VENDOR, "list_calls.sample")).unwrap();
    assert_eq!(mapped.calls.len(), 2);
    for call in &mapped.calls {
        assert_eq!(call.transcript.state, TranscriptState::NotRequested);
        assert_eq!((&call.from, &call.to, &call.cost), (&None, &None, &None));
        assert!(call.warnings.is_empty(), "{:?}", call.warnings);
    }
}

#[test]
fn words_are_read_in_every_spelling() {
    for (word, status, disposition) in [
        ("ended", Status::Ended, None),
        ("Completed", Status::Ended, Some(Disposition::Answered)),
        ("in_progress", Status::InProgress, Some(Disposition::Answered)),
        ("In-Progress", Status::InProgress, Some(Disposition::Answered)),
        ("no_answer", Status::Ended, Some(Disposition::NoAnswer)),
    ] {
        let call = mapped(json!({"id": "1", "call_status": word, "call_type": "Inbound"}));
        assert_eq!((call.status, call.disposition), (status, disposition), "{word}");
        assert_eq!(call.direction, Some(Direction::Inbound));
        assert!(call.warnings.is_empty(), "{word}");
    }
}

#[test]
fn numbers_are_placed_by_direction() {
    let read = |call_type: &str| {
        let call = mapped(json!({
            "id": "1", "call_type": call_type,
            "customer_phone_number": "+14155550101", "assistant_phone_number": "+14155550102",
        }));
        let number = |party: Option<Party>| party.and_then(|party| party.number?.e164);
        (number(call.from), number(call.to), number(call.customer))
    };
    let (customer, assistant) = (Some("+14155550101".to_owned()), Some("+14155550102".to_owned()));
    assert_eq!(read("inbound"), (customer.clone(), assistant.clone(), customer.clone()));
    assert_eq!(read("outbound"), (assistant, customer.clone(), customer.clone()));
    assert_eq!(read("sideways"), (None, None, customer));
}

#[test]
fn status_words_say_state_and_disposition() {
    let cases = [
        ("queued", Status::Queued, None),
        ("in-progress", Status::InProgress, Some(Disposition::Answered)),
        ("completed", Status::Ended, Some(Disposition::Answered)),
        ("failed", Status::Failed, Some(Disposition::Failed)),
        ("paused", Status::Other("paused".into()), None),
    ];
    for (word, status, disposition) in cases {
        let call = mapped(json!({"id": "1", "call_status": word}));
        assert_eq!(
            (call.status.clone(), call.disposition.clone()),
            (status, disposition),
            "{word}"
        );
        let noted = at(&call, WarningCode::UnknownValue);
        assert_eq!(noted, if word == "paused" { vec!["/call_status"] } else { vec![] });
    }
    assert_eq!(mapped(json!({"id": "1"})).status, Status::Other("unknown".into()));
}

#[test]
fn single_record_without_a_transcript_has_none() {
    let call = mapped(json!({"id": "1", "cost": 0.42, "transcript": ""}));
    assert_eq!(call.transcript.state, TranscriptState::Unavailable);
    let cost = call.cost.unwrap();
    assert_eq!(cost.unit, CostUnit::Currency("USD".into()));
    assert_eq!(cost.total.unwrap().to_string(), "0.42");
}

#[test]
fn transcript_lines_become_turns() {
    let text = "Assistant: Hello.\nCustomer: Hi: me.";
    let call = mapped(json!({"id": "1", "transcript": text}));
    assert_eq!(call.transcript.state, TranscriptState::Inline);
    assert_eq!(call.transcript.text.as_deref(), Some(text));
    let turns: Vec<_> =
        call.transcript.turns.iter().map(|turn| (turn.role.as_str(), turn.text.as_str())).collect();
    assert_eq!(turns, [("agent", "Hello."), ("customer", "Hi: me.")]);
}
