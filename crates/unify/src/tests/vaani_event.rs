use super::*;
use crate::{
    model::{
        AnalysisState, Disposition, EndReasonKind, Status, TranscriptState, Transfer,
        TransferStatus, WarningCode,
    },
    support::{at, map, shown},
};
use serde_json::{Value, json};

fn mapped(event: Value) -> Call {
    map(from_json_with, &event)
}

#[test]
fn processed_call_maps_to_a_whole_call() {
    let call = mapped(json!({
        "event": "call_postprocessing",
        "call_id": "outbound-1776774443-863aa698",
        "timestamp": "2026-04-21T12:28:40+00:00",
        "data": {
            "room_name": "outbound-1776774443-863aa698",
            "call_id": "outbound-1776774443-863aa698",
            "call_duration": 55150.02,
            "end_reason": "User disconnected",
            "summary": "The agent greeted the user, who was busy.",
            "entities": {"Call_back": "No"},
            "dispositions": {},
            "recording_url": "https://api.vaanivoice.ai/api/stream/outbound-1776774443-863aa698",
            "transcript": "[12:27:54] AGENT: Hello.\n\n[12:27:56] USER: I am busy.",
        },
    }));
    insta::assert_json_snapshot!(shown(&call));
    assert_eq!(call.id.call_id, "outbound-1776774443-863aa698");
    assert!(call.raw.get().contains("call_postprocessing"));
}

#[test]
fn duration_is_in_the_events_own_unit() {
    let ended = mapped(json!({"event": "call_ended", "room_name": "1", "call_duration": 55.15}));
    let processed = json!({
        "event": "call_postprocessing", "call_id": "1", "data": {"call_duration": 55150.0},
    });
    assert_eq!(ended.reported_duration, mapped(processed).reported_duration);
    let text = json!({"event": "call_ended", "room_name": "1", "call_duration": "55.15"});
    assert_eq!(ended.reported_duration, mapped(text).reported_duration);
    assert_eq!(ended.analysis_state, Some(AnalysisState::Pending));
    assert_eq!(ended.transcript.state, TranscriptState::NotRequested);
}

#[test]
fn event_tells_the_state_and_sometimes_the_reason() {
    let cases = [
        ("call_started", Status::Queued, None),
        ("call_ringing", Status::Ringing, None),
        ("call_rejected", Status::Ended, Some((EndReasonKind::Declined, Disposition::Declined))),
        ("call_no_answer", Status::Ended, Some((EndReasonKind::NoAnswer, Disposition::NoAnswer))),
        ("call_failed", Status::Failed, Some((EndReasonKind::DialFailed, Disposition::Failed))),
    ];
    for (event, status, end) in cases {
        let call = mapped(json!({"event": event, "room_name": "1"}));
        assert_eq!(call.status, status, "{event}");
        assert_eq!(call.end.map(|end| end.kind).zip(call.disposition), end, "{event}");
        assert!(call.warnings.is_empty(), "{event}");
    }
    for event in ["user_picked_up_at", "human_transfer_initiated", "human_transfer_successful"] {
        let call = mapped(json!({"event": event, "room_name": "1"}));
        let expect = (Status::InProgress, Some(Disposition::Answered));
        assert_eq!((call.status, call.disposition), expect, "{event}");
    }
    for (event, status, disposition) in [
        ("call.completed", Status::Ended, None),
        ("call.no_answer", Status::Ended, Some(Disposition::NoAnswer)),
        ("call.failed", Status::Failed, Some(Disposition::Failed)),
    ] {
        let call = mapped(json!({"event": event, "call_id": "1"}));
        assert_eq!((call.status, call.disposition), (status, disposition), "{event}");
        assert!(call.warnings.is_empty(), "{event}");
    }
    let call = mapped(json!({"event": "call_ended", "room_name": "1", "end_reason": "SIP 404"}));
    assert_eq!(call.disposition, Some(Disposition::InvalidNumber));
    let call = mapped(json!({"event": "call_paused", "room_name": "1"}));
    assert_eq!(at(&call, WarningCode::UnknownValue), ["/event"]);
}

#[test]
fn event_without_a_call_or_of_another_type_is_rejected() {
    for event in [r#"{"event": "call_ended"}"#, r#"{"event": "call_ended", "room_name": 7}"#] {
        let mapped = from_json(event).unwrap();
        assert_eq!((mapped.calls.len(), mapped.rejected.len()), (0, 1), "{event}");
        assert_eq!(mapped.rejected[0].raw.get(), event);
    }
}

#[test]
fn hand_over_to_a_person_is_a_transfer() {
    for (event, status) in [
        ("human_transfer_initiated", TransferStatus::Started),
        ("human_transfer_successful", TransferStatus::Completed),
        ("human_transfer_failed", TransferStatus::Failed),
    ] {
        let at = "2026-04-21T12:28:40+00:00";
        let call = mapped(json!({"event": event, "room_name": "1", "timestamp": at}));
        let at = at.parse().ok();
        assert_eq!(call.transfers, [Transfer { status: Some(status), at, ..Transfer::default() }]);
    }
    assert!(mapped(json!({"event": "call_ended", "room_name": "1"})).transfers.is_empty());
}

#[test]
fn event_loses_no_member() {
    let call = mapped(json!({
        "event": "call_ended", "room_name": "1", "phone_number": "+919195550123", "wallet": 1.5,
        "data": {"call_id": "1", "wallet": 2, "entities": {"a": 1}},
    }));
    assert_eq!(
        serde_json::to_value(&call.facts).unwrap(),
        json!({
            "event": "call_ended", "phone_number": "+919195550123", "wallet": 1.5, "data/wallet": 2,
        })
    );
    assert!(call.metadata.is_empty());
}
