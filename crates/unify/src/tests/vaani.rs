use super::*;
use crate::{
    model::{EndReasonKind, EndedBy, PartyRole},
    support::{at, body, map, one, shown},
};
use chrono::FixedOffset;
use serde_json::{Value, json};

fn mapped(record: Value) -> Call {
    map(from_json_with, &record)
}

#[test]
fn sample_maps_to_a_whole_call() {
    let call = one(from_json(&body(VENDOR, "list_calls.first_page")));
    insta::assert_json_snapshot!(shown(&call));
}

#[test]
fn sample_leaves_the_documented_contradictions_as_warnings() {
    let call = one(from_json(&body(VENDOR, "list_calls.first_page")));
    assert_eq!(at(&call, WarningCode::DurationMismatch), ["/duration_ms"]);
    assert_eq!(call.duration.unwrap().as_millis(), 34_117);
    assert_eq!(call.talk_time.unwrap().as_millis(), 4_022);
    assert_eq!(call.reported_duration.unwrap().as_micros(), 742_269);
    assert_eq!(at(&call, WarningCode::NaiveTimestamp), ["/Start_time"]);
    let naive = call.warnings.iter().find(|w| w.code == WarningCode::NaiveTimestamp).unwrap();
    assert!(naive.message.ends_with("(5 values)"), "{}", naive.message);
    assert_eq!(at(&call, WarningCode::StatusIsEndReason), ["/call_status"]);
    let end = call.end.unwrap();
    assert_eq!((end.kind, end.ended_by), (EndReasonKind::CustomerHangup, EndedBy::Customer));
}

#[test]
fn times_are_read_at_the_contexts_offset() {
    let context = Context::default().with_assume_offset(FixedOffset::east_opt(19_800).unwrap());
    let record = json!({"call_id": "1", "Start_time": "2026-04-21T12:27:23.335803"}).to_string();
    let call = one(from_json_with(&record, &context));
    assert_eq!(call.started_at.unwrap().to_rfc3339(), "2026-04-21T06:57:23.335803+00:00");
}

#[test]
fn incoming_is_inbound_and_a_disagreement_is_no_direction() {
    let read = |direction: Value, call_type: Value| {
        let call = mapped(json!({"call_id": "1", "direction": direction, "call_type": call_type}));
        let noted = at(&call, WarningCode::DirectionMismatch).len();
        let role = call.from.and_then(|party| party.role);
        assert_eq!(role, None);
        (call.direction, noted)
    };
    let (inbound, outbound) = (Some(Direction::Inbound), Some(Direction::Outbound));
    assert_eq!(read(json!("Incoming"), json!("Inbound")), (inbound.clone(), 0));
    assert_eq!(read(json!("Outbound"), Value::Null), (outbound.clone(), 0));
    assert_eq!(read(json!("Inbound"), Value::Null), (inbound.clone(), 0));
    assert_eq!(read(Value::Null, json!("Incoming")), (inbound.clone(), 0));
    assert_eq!(read(Value::Null, json!("Inbound")), (inbound, 0));
    assert_eq!(read(json!("Incoming"), json!("Outbound")), (None, 1));
    assert_eq!(read(json!("Sideways"), json!("Outbound")), (outbound.clone(), 0));
    assert_eq!(read(json!("Outbound"), json!("Sideways")), (outbound, 0));
    assert_eq!(read(Value::Null, Value::Null), (None, 0));
    let other = Some(Direction::Other("Sideways".into()));
    assert_eq!(read(json!("Sideways"), Value::Null), (other, 0));
}

#[test]
fn parties_have_their_roles_by_direction() {
    let call = mapped(json!({
        "call_id": "1", "direction": "Incoming",
        "from_number": "+919195550100", "to_number": "+14155550100",
    }));
    assert_eq!(call.from.unwrap().role, Some(PartyRole::Customer));
    assert_eq!(call.to.unwrap().role, Some(PartyRole::Agent));
}

#[test]
fn status_follows_the_steps_that_have_a_time() {
    let steps = [
        (json!({"call_id": "1"}), Status::Queued),
        (json!({"call_id": "1", "call_dialing_at": "2026-04-21T12:00:00"}), Status::Queued),
        (json!({"call_id": "1", "call_ringing_at": "2026-04-21T12:00:00"}), Status::Ringing),
        (json!({"call_id": "1", "user_picked_up_at": "2026-04-21T12:00:00"}), Status::InProgress),
        (json!({"call_id": "1", "End_time": "2026-04-21T12:00:00"}), Status::Ended),
    ];
    for (record, status) in steps {
        assert_eq!(mapped(record.clone()).status, status, "{record}");
    }
}

#[test]
fn call_in_progress_has_no_end_reason() {
    let call = mapped(json!({"call_id": "1", "call_status": "Connected to agent"}));
    assert_eq!(call.end, None);
    assert_eq!(at(&call, WarningCode::UnknownValue), ["/call_status"]);
    assert_eq!(at(&call, WarningCode::StatusIsEndReason), [""; 0]);
    let over = json!({
        "call_id": "1", "call_status": "Gremlins", "End_time": "2026-04-21T12:00:00",
    });
    let call = mapped(over);
    assert_eq!(call.end.as_ref().unwrap().kind, EndReasonKind::Other("Gremlins".into()));
    assert_eq!(at(&call, WarningCode::UnknownValue), ["/call_status"]);
    assert_eq!(at(&call, WarningCode::StatusIsEndReason), ["/call_status"]);
}

#[test]
fn outbound_hang_up_without_a_pick_up_is_no_answer() {
    let read = |direction: &str, word: &str, rang: bool, picked_up: bool| {
        let at = |is_there: bool, time: &str| is_there.then(|| time.to_owned());
        mapped(json!({
            "call_id": "1", "direction": direction, "call_status": word,
            "call_ringing_at": at(rang, "2026-04-21T11:59:50"),
            "user_picked_up_at": at(picked_up, "2026-04-21T12:00:00"),
            "End_time": "2026-04-21T12:00:09",
        }))
        .disposition
    };
    for word in ["User disconnected", "Call not answered", "Switched off"] {
        assert_eq!(read("Outbound", word, true, false), Some(Disposition::NoAnswer), "{word}");
    }
    assert_eq!(read("Outbound", "User disconnected", false, false), None);
    assert_eq!(read("Incoming", "User disconnected", true, false), Some(Disposition::Answered));
    assert_eq!(read("Outbound", "User disconnected", true, true), Some(Disposition::Answered));
    assert_eq!(read("Outbound", "call_rejected", true, false), Some(Disposition::Declined));
    assert_eq!(
        read("Outbound", "SIP 404 Not Found", true, false),
        Some(Disposition::InvalidNumber)
    );
    assert_eq!(read("Outbound", "Voicemail", true, true), Some(Disposition::Voicemail));
}

#[test]
fn reported_length_may_be_that_of_any_step() {
    for (ms, noted) in [(34_117.0, 0), (4_022.0, 0), (14_057.0, 0), (15_979.0, 0), (742.269, 1)] {
        let call = mapped(json!({
            "call_id": "1", "duration_ms": ms,
            "Start_time": "2026-04-21T12:27:23.335803", "End_time": "2026-04-21T12:27:57.453173",
            "call_dialing_at": "2026-04-21T12:27:41.474",
            "call_ringing_at": "2026-04-21T12:27:43.396",
            "user_picked_up_at": "2026-04-21T12:27:53.431057",
        }));
        assert_eq!(at(&call, WarningCode::DurationMismatch).len(), noted, "{ms}");
        assert_eq!(call.duration_basis, Some(DurationBasis::Dispatch));
        assert_eq!(call.talk_time.unwrap().as_millis(), 4_022);
        assert_eq!(call.ring_time.unwrap().as_millis(), 10_035);
    }
    let missed = mapped(json!({
        "call_id": "1", "call_ringing_at": "2026-04-21T12:00:00", "End_time": "2026-04-21T12:00:20",
    }));
    assert_eq!((missed.ring_time.unwrap().as_secs(), missed.talk_time), (20, None));
}

#[test]
fn stamps_are_compared_at_the_sources_offset() {
    let context = Context::default().with_assume_offset(FixedOffset::east_opt(19_800).unwrap());
    let record = json!({
        "call_id": "1", "Start_time": "2026-04-21T12:27:23", "End_time": "2026-04-21T12:28:10",
    });
    let mut call = one(from_json_with(&record.to_string(), &context));
    let text = |stamp: &str| types::Transcript {
        transcript: Some(format!("[{stamp}] AGENT: Hello.\n[12:27:58] USER: I am busy.")),
        ..serde_json::from_str("{}").unwrap()
    };
    with_transcript(&mut call, text("12:27:54"), &context);
    let times: Vec<_> = call.transcript.turns.iter().map(|turn| turn.at.unwrap()).collect();
    assert_eq!(times[0].to_rfc3339(), "2026-04-21T06:57:54+00:00");
    assert_eq!(at(&call, WarningCode::TurnOutsideCall), [""; 0]);
    with_transcript(&mut call, text("09:00:00"), &context);
    assert_eq!(at(&call, WarningCode::TurnOutsideCall), ["/call_transcription"]);
    assert!(call.transcript.text.unwrap().contains("[09:00:00]"));
}

#[test]
fn customers_turn_proves_that_an_outbound_call_was_answered() {
    let record = json!({
        "call_id": "1", "direction": "Outbound", "call_status": "User disconnected",
        "call_ringing_at": "2026-04-21T12:00:00", "End_time": "2026-04-21T12:00:20",
    });
    let mut call = mapped(record);
    assert_eq!(call.disposition, Some(Disposition::NoAnswer));
    let body = json!({"transcript": "AGENT: Hello.\nUSER: Hi."});
    with_transcript(&mut call, serde_json::from_value(body).unwrap(), &Context::default());
    assert_eq!(call.disposition, Some(Disposition::Answered));
}

#[test]
fn sentence_about_a_missing_transcript_is_no_summary() {
    let sentence = "Transcript is not available for further evaluations.";
    assert_eq!(mapped(json!({"call_id": "1", "call_summary": sentence})).summary, None);
}

#[test]
fn not_enough_data_is_no_evaluation() {
    assert_eq!(evaluation(Some("not enough data".into())), None);
    assert_eq!(evaluation(Some("".into())), None);
    assert_eq!(evaluation(Some("interested".into())).as_deref(), Some("interested"));
}

#[test]
fn analysis_is_pending_until_it_is_completed() {
    let read = |word: &str, status: &str, ended: bool| {
        let end = ended.then_some("2026-04-21T12:00:00");
        mapped(json!({
            "call_id": "1", "post_processing_status": word, "direction": "Outbound",
            "call_status": status, "call_ringing_at": "2026-04-21T11:59:00", "End_time": end,
        }))
        .analysis_state
    };
    let picked_up = "call_transfer_failed_midway";
    assert_eq!(read("completed", picked_up, true), Some(AnalysisState::Complete));
    assert_eq!(read("resting", picked_up, true), Some(AnalysisState::Other("resting".into())));
    for word in ["processing", "not_processed"] {
        assert_eq!(read(word, "Call not answered", true), None, "{word}");
        assert_eq!(read(word, "", false), None, "{word}");
        let unknown = json!({
            "call_id": "1", "post_processing_status": word, "End_time": "2026-04-21T12:00:00",
        });
        assert_eq!(mapped(unknown).analysis_state, Some(AnalysisState::Pending), "{word}");
    }
}

#[test]
fn cost_is_in_credits_whatever_the_context_names() {
    let context = Context::default().with_cost_unit(CostUnit::Currency("INR".into()));
    let call = one(from_json_with(r#"{"call_id": "1", "call_cost": 2.30}"#, &context));
    let cost = call.cost.unwrap();
    assert_eq!((cost.total.unwrap().to_string().as_str(), cost.unit), ("2.30", CostUnit::Credits));
    assert!(call.warnings.is_empty());
}

#[test]
fn callers_keys_and_the_vendors_facts_stand_apart() {
    let call = mapped(json!({
        "call_id": "1",
        "call_metadata": {"name": "Asha", "callback_requested": "mine"},
        "callback_requested": true,
        "callback_id": "cb-1",
        "chat_history": [{"a": 1}],
    }));
    assert_eq!(
        serde_json::to_value(&call.metadata).unwrap(),
        json!({"name": "Asha", "callback_requested": "mine"})
    );
    assert_eq!(
        serde_json::to_value(&call.facts).unwrap(),
        json!({"callback_id": "cb-1", "chat_history": [{"a": 1}]})
    );
    assert_eq!(call.outcome.callback_requested, Some(true));
}

#[test]
fn fetched_transcript_becomes_turns() {
    let mut call = one(from_json(&body(VENDOR, "list_calls.first_page")));
    let url = call.transcript.url.clone();
    assert_eq!(call.transcript.state, TranscriptState::Remote);
    let fetched = serde_json::from_str(&body(VENDOR, "get_transcript.sample")).unwrap();
    with_transcript(&mut call, fetched, &Context::default());
    assert_eq!(call.transcript.state, TranscriptState::Inline);
    assert_eq!(call.transcript.url, url);
    let roles: Vec<_> = call.transcript.turns.iter().map(|turn| turn.role.as_str()).collect();
    assert_eq!(roles, ["agent", "customer"]);
}

#[test]
fn missing_transcript_is_unavailable() {
    let mut call = one(from_json(&body(VENDOR, "list_calls.first_page")));
    let missing = serde_json::from_str(&body(VENDOR, "get_transcript.error_404")).unwrap();
    with_transcript(&mut call, missing, &Context::default());
    assert_eq!(call.transcript.state, TranscriptState::Unavailable);
    assert_eq!(call.transcript.text, None);
    let mut call = one(from_json(&body(VENDOR, "list_calls.first_page")));
    let body = json!({"transcript": "Transcript not found in storage", "status_code": 200});
    with_transcript(&mut call, serde_json::from_value(body).unwrap(), &Context::default());
    assert_eq!(call.transcript.state, TranscriptState::Unavailable);
}

#[test]
fn details_fill_what_they_know() {
    let mut call = one(from_json(r#"{"call_id": "1", "call_entity": {"old": 1}}"#));
    with_details(
        &mut call,
        serde_json::from_str(&body(VENDOR, "get_call_details.sample")).unwrap(),
        &Context::default(),
    );
    assert_eq!(call.transcript.turns.len(), 2);
    assert_eq!(
        serde_json::to_value(&call.analysis).unwrap(),
        json!({"call_entity": {"Call_back": "No", "Callback_time": null}})
    );
    assert_eq!(call.summary.as_deref(), Some("The agent greeted the user, who was busy."));
    assert_eq!(call.outcome.evaluation, None);
}

#[test]
fn transcript_that_is_not_found_does_not_undo_the_details() {
    let details = || serde_json::from_str(&body(VENDOR, "get_call_details.sample")).unwrap();
    let transcript = |name| serde_json::from_str(&body(VENDOR, name)).unwrap();
    let mut call = one(from_json(&body(VENDOR, "list_calls.first_page")));
    with_details(&mut call, details(), &Context::default());
    let before = call.transcript.clone();
    assert_eq!(before.state, TranscriptState::Inline);
    with_transcript(&mut call, transcript("get_transcript.error_404"), &Context::default());
    assert_eq!(call.transcript, before);
    with_details(
        &mut call,
        serde_json::from_str(&body(VENDOR, "get_call_details.sample_unavailable")).unwrap(),
        &Context::default(),
    );
    assert_eq!(call.transcript, before);
    with_transcript(&mut call, transcript("get_transcript.stamped"), &Context::default());
    assert_eq!(call.transcript.turns.len(), 3);
}

#[test]
fn field_that_is_there_twice_is_noted_with_what_was_taken() {
    let call = one(from_json(r#"{"call_id": "1", "call_cost": 1.10, "call_cost": 2.20}"#));
    assert_eq!(call.cost.unwrap().total.unwrap().to_string(), "2.20");
    let message = &call.warnings[0].message;
    assert!(message.ends_with("the last one is taken"), "{message}");
}

#[test]
fn details_before_processing_change_nothing_but_the_transcript() {
    let mut call = one(from_json(&body(VENDOR, "list_calls.first_page")));
    let before = shown(&call);
    with_details(
        &mut call,
        serde_json::from_str(&body(VENDOR, "get_call_details.sample_unavailable")).unwrap(),
        &Context::default(),
    );
    assert_eq!(call.transcript.state, TranscriptState::Unavailable);
    let mut after = shown(&call);
    after["transcript"] = before["transcript"].clone();
    assert_eq!(after, before);
}

#[test]
fn known_end_reason_without_an_end_time_ends_the_call() {
    let mapped = crate::vaani::from_json(
        r#"{"call_id":"c","call_status":"User disconnected","End_time":null,
            "user_picked_up_at":"2026-04-21T12:27:53.431057"}"#,
    )
    .unwrap();
    assert_eq!(mapped.calls[0].status, crate::model::Status::Ended);
}

#[test]
fn recording_needs_the_key_at_the_apis_own_stream_only() {
    for (url, needs_auth) in [
        ("https://api.vaanivoice.ai/api/stream/outbound-1", true),
        ("https://api.vaanivoice.ai/public/outbound-1.ogg", false),
        ("https://evil.example.com/api/stream/outbound-1", false),
    ] {
        let call = mapped(json!({"call_id": "1", "recording_api": url}));
        assert_eq!(call.recordings[0].needs_auth, needs_auth, "{url}");
    }
}

#[test]
fn direction_words_that_are_not_taken_are_kept() {
    let facts = |direction: &str, call_type: &str| {
        let call = mapped(json!({"call_id": "1", "direction": direction, "call_type": call_type}));
        serde_json::to_value((&call.direction, &call.facts)).unwrap()
    };
    assert_eq!(facts("Outbound", "Outbound"), json!(["outbound", {}]));
    assert_eq!(facts("Incoming", "Web"), json!(["inbound", {"call_type": "Web"}]));
    assert_eq!(facts("Web", "Inbound"), json!(["inbound", {"direction": "Web"}]));
    let both = json!({"direction": "outbound", "call_type": "inbound"});
    assert_eq!(facts("Outbound", "Inbound"), json!([null, both]));
}
