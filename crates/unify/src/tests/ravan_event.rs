use super::*;
use crate::{
    model::{Disposition, EndReasonKind, TranscriptState, WarningCode},
    support::{at, map, shown},
};
use serde_json::{Value, json};

fn mapped(event: Value) -> Call {
    map(from_json_with, &event)
}

#[test]
fn documented_event_maps_to_a_whole_call() {
    let call = mapped(json!({
        "event": "call.completed",
        "org_id": "0b2c1d3e-4f56-4789-9abc-def012345678",
        "data": {
            "campaign_id": "cmp-1",
            "contact_id": "cnt-1",
            "phone": "+915550143210",
            "status": "completed",
            "duration_sec": 250,
            "call_session_id": "550e8400-e29b-41d4-a716-446655440000",
            "attempt": 1,
            "summary": "Customer asked about billing.",
            "caller_number": "+14155550100",
            "callee_number": "+915550143210",
            "agent_name": "Support Agent",
            "channel": "phone",
            "disconnect_reason": "user_hangup",
            "cost_total": 0.42,
            "call_latency_ms": 820,
            "started_at": "2026-06-11T09:30:00Z",
            "ended_at": "2026-06-11T09:34:10Z",
            "post_call_analysis": {"sentiment": "positive", "goals_met": true},
            "transcripts": [{
                "id": "1", "timestamp_ms": 1000, "role": "agent",
                "message": {"content": "Hello!", "format": "text"},
                "created_at": "2026-06-11T09:30:01Z",
            }],
        },
    }));
    insta::assert_json_snapshot!(shown(&call));
    assert!(call.raw.get().contains("call.completed"));
}

#[test]
fn event_as_it_was_seen_maps_too() {
    let call = mapped(json!({
        "event": "call_completed",
        "agent_name": "Support Agent",
        "call_type": "inbound",
        "call_session": {
            "id": "1", "agent_id": "a-1", "status": "completed", "duration_sec": 64,
            "disconnect_reason": "gremlins", "channel": "inbound_call",
        },
        "post_call_analysis": {"sentiment": {"type": "string", "value": "neutral"}},
        "transcriptions": "Agent: Hello.\nUser: Hi.",
    }));
    assert_eq!(call.id.call_id, "1");
    let agent = call.agent.clone().unwrap();
    assert_eq!((agent.id.as_deref(), agent.name.as_deref()), (Some("a-1"), Some("Support Agent")));
    assert_eq!(call.disposition, Some(Disposition::Answered));
    assert_eq!(call.end.as_ref().unwrap().kind, EndReasonKind::Other("gremlins".into()));
    assert_eq!(at(&call, WarningCode::UnknownValue), ["/call_session/disconnect_reason"]);
    assert_eq!(call.sentiment, Some(Sentiment::Neutral));
    assert_eq!(call.transcript.state, TranscriptState::Inline);
    assert_eq!(call.transcript.turns.len(), 2);
    assert_eq!(call.direction, Some(Direction::Inbound));
    assert!(call.facts.contains_key("call_type"));
}

#[test]
fn event_loses_neither_of_two_analyses_nor_what_is_no_text() {
    let event = |inside: Value| {
        mapped(json!({
            "event": "call_completed", "agent_name": "Priya",
            "call_session": {
                "id": "1", "agent_name": "", "campaign_id": 12, "post_call_analysis_result": inside,
            },
            "post_call_analysis": {"sentiment": {"type": "string", "value": "wistful"}},
        }))
    };
    let call = event(Value::Null);
    assert_eq!(call.sentiment, Some(Sentiment::Other("wistful".into())));
    assert_eq!(at(&call, WarningCode::UnknownValue), ["/post_call_analysis/sentiment"]);
    assert_eq!(call.agent.as_ref().unwrap().name.as_deref(), Some("Priya"));
    assert_eq!(call.facts["campaign_id"].get(), "12");
    let call = event(json!({"mood": "odd"}));
    let names: Vec<_> = call.analysis.keys().map(String::as_str).collect();
    assert_eq!(names, ["post_call_analysis", "post_call_analysis_result"]);
}

#[test]
fn events_documented_unit_stands_before_the_contexts() {
    let context = Context::default().with_cost_unit(crate::model::CostUnit::Currency("INR".into()));
    let event = r#"{"event": "call.completed", "data": {"call_session_id": "1", "cost_total": 1}}"#;
    let call = crate::support::one(from_json_with(event, &context));
    assert_eq!(call.cost.unwrap().unit.as_str(), "USD");
}

#[test]
fn unnamed_speaker_is_the_customer_and_an_unknown_one_is_unknown() {
    let read = |agent: &str| {
        let call = mapped(json!({
            "event": "call_completed", "call_session": {"id": "1"}, "agent_name": agent,
            "transcriptions": "Priya: Hello.\n: Hi.",
        }));
        assert_eq!(call.transcript.text.as_deref(), Some("Priya: Hello.\n: Hi."));
        let turns = call.transcript.turns.into_iter();
        turns.map(|turn| (turn.role.to_string(), turn.text)).collect::<Vec<_>>()
    };
    let turn = |role: &str, text: &str| (role.to_owned(), text.to_owned());
    assert_eq!(read("Priya"), [turn("agent", "Hello."), turn("customer", "Hi.")]);
    assert_eq!(read("Asha"), []);
}

#[test]
fn event_without_a_call_is_rejected() {
    for event in [
        r#"{"event": "call.completed"}"#,
        r#"{"event": "call.completed", "data": 7}"#,
        r#"{"event": "call.completed", "data": {"phone": "+14155550100"}}"#,
    ] {
        let mapped = from_json(event).unwrap();
        assert_eq!((mapped.calls.len(), mapped.rejected.len()), (0, 1), "{event}");
        assert_eq!(mapped.rejected[0].raw.get(), event);
    }
}

#[test]
fn attempt_and_contact_of_an_event_have_fields_of_their_own() {
    let call = mapped(json!({
        "event": "call.completed", "call_type": "outbound", "tier": "gold",
        "data": {
            "call_session_id": "1", "attempt": 2, "contact_id": "c-1", "tier": "silver",
            "caller_number": "+19195550100", "callee_number": "+14155550123",
        },
    }));
    assert_eq!(call.attempt, Some(2));
    let customer = call.customer.unwrap();
    assert_eq!(customer.id.as_deref(), Some("c-1"));
    assert_eq!(customer.number.unwrap().raw, "+14155550123");
    assert_eq!(call.agent_line.unwrap().number.unwrap().raw, "+19195550100");
    assert_eq!(
        (call.facts["tier"].get(), call.facts["event/tier"].get()),
        ("\"silver\"", "\"gold\"")
    );
}
