use super::*;
use crate::{
    model::{Call, Disposition, EndReasonKind, Status, TranscriptState, WarningCode},
    support::{at, body, map as map_json, one, shown},
};
use serde_json::{Value, json};

fn mapped(message: Value) -> Call {
    map_json(from_json_with, &json!({"message": message}))
}

/// The call in a message, as of its creation.
fn made() -> Value {
    json!({
        "id": "call-1", "orgId": "org-1", "type": "outboundPhoneCall", "status": "queued",
        "createdAt": "2026-08-01T07:59:46.351Z", "updatedAt": "2026-08-01T07:59:46.351Z",
        "customer": {"number": "+12025550123"},
    })
}

/// The members of a sample record that a report repeats.
fn report() -> Value {
    let record: Value = serde_json::from_str(&body("vapi", "get_call.sample")).unwrap();
    let mut message = json!({
        "type": "end-of-call-report", "timestamp": 1_785_571_247_700_i64, "call": made(),
        "durationMs": 25_276, "durationSeconds": 25.276, "durationMinutes": 0.4213,
    });
    for name in [
        "analysis",
        "artifact",
        "startedAt",
        "endedAt",
        "endedReason",
        "cost",
        "costBreakdown",
        "costs",
        "customer",
        "phoneNumber",
        "summary",
        "transcript",
        "recordingUrl",
    ] {
        message[name] = record[name].clone();
    }
    message
}

#[test]
fn report_at_the_end_of_a_call_maps_to_a_whole_call() {
    let call = mapped(report());
    insta::assert_json_snapshot!(shown(&call));
    assert_eq!(call.status, Status::Ended);
    assert_eq!(call.warnings, []);
    assert!(call.raw.get().contains("end-of-call-report"));
}

#[test]
fn report_says_what_the_record_says() {
    let from_record = one(from_json(&body("vapi", "get_call.sample")));
    let from_event = mapped(report());
    assert_eq!(from_event.end, from_record.end);
    assert_eq!(from_event.cost, from_record.cost);
    assert_eq!(from_event.duration, from_record.duration);
    assert_eq!(from_event.disposition, from_record.disposition);
    assert_eq!(from_event.recordings.len(), from_record.recordings.len());
    assert!(from_event.transcript == from_record.transcript);
    assert_eq!(from_event.reported_duration.unwrap().as_millis(), 25_276);
}

#[test]
fn state_is_that_of_the_message_and_not_that_of_its_call() {
    let update = |status: &str, reason: Option<&str>| {
        mapped(json!({
            "type": "status-update", "timestamp": 1_785_571_200_200_i64, "status": status,
            "endedReason": reason, "call": made(), "artifact": {"messages": []},
        }))
    };
    let call = update("in-progress", None);
    assert_eq!(call.status, Status::InProgress);
    assert_eq!(call.updated_at.unwrap().timestamp_millis(), 1_785_571_200_200);
    assert_eq!(call.transcript.state, TranscriptState::Unavailable);
    let call = update("ended", Some("customer-busy"));
    assert_eq!((call.status, call.disposition), (Status::Ended, Some(Disposition::Busy)));
    assert_eq!(call.end.unwrap().kind, EndReasonKind::Busy);
    let call = update("ended", Some("unknown-error"));
    assert_eq!(call.disposition, None, "an update does not tell the start");
    let call = mapped(json!({"type": "hang", "call": made()}));
    assert_eq!(call.status, Status::Other("unknown".into()));
    assert!(call.updated_at.is_none());
}

#[test]
fn warnings_of_a_message_point_into_it() {
    let mut call = made();
    call["mood"] = "calm".into();
    let call = mapped(json!({
        "type": "status-update", "status": "on-hold", "call": call, "mood": "odd", "durationMs": -5,
    }));
    assert_eq!(at(&call, WarningCode::UnknownValue), ["/message/status"]);
    assert_eq!(at(&call, WarningCode::UnknownField), ["/message/call/mood"]);
    assert_eq!(at(&call, WarningCode::InvalidValue), ["/message/durationMs"]);
    assert_eq!(
        (call.facts["mood"].get(), call.facts["message/mood"].get()),
        ("\"calm\"", "\"odd\"")
    );
}

#[test]
fn credentials_of_a_message_stand_nowhere() {
    let mut call = made();
    call["monitor"] = json!({"controlUrl": "https://s3cret/c"});
    let event = json!({"message": {
        "type": "status-update", "status": "in-progress", "call": call,
        "assistant": {"name": "Desk", "server": {"secret": "s3cret"}},
        "phoneNumber": {"number": "+12025550100", "twilioAuthToken": "s3cret"},
    }});
    let call = map_json(from_json_with, &event);
    let shown = serde_json::to_string(&call).unwrap();
    assert!(!shown.contains("s3cret"), "{shown}");
    assert_eq!(call.agent.unwrap().name.as_deref(), Some("Desk"));
    let rejected = from_json(r#"{"message": {"type": "x", "secret": "s3cret"}}"#).unwrap().rejected;
    assert!(!rejected[0].raw.get().contains("s3cret"));
}

#[test]
fn message_without_a_call_is_rejected() {
    for event in [
        r#"{"message": {"type": "end-of-call-report"}}"#,
        r#"{"message": {"type": "end-of-call-report", "call": 7}}"#,
        r#"{"message": {"type": "end-of-call-report", "call": {"orgId": "org-1"}}}"#,
    ] {
        let mapped = from_json(event).unwrap();
        assert_eq!((mapped.calls.len(), mapped.rejected.len()), (0, 1), "{event}");
        assert_eq!(mapped.rejected[0].raw.get(), event);
    }
    assert!(from_json(r#"{"message": "Call Not Found", "error": "Not Found"}"#).is_err());
}
