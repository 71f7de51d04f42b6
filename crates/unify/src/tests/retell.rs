use super::*;
use crate::{
    model::{Channel, CostKind, CostUnit, Direction, EndedBy},
    support::{at, body, map as map_text, one, shown},
};
use serde_json::{Value, json};

pub(super) fn mapped(record: Value) -> Call {
    map_text(from_json_with, &record)
}

fn sample() -> Call {
    one(from_json(&body(VENDOR, "get_call.sample")))
}

fn page(name: &str) -> Vec<Call> {
    let mapped = from_json(&body(VENDOR, name)).unwrap();
    assert!(mapped.rejected.is_empty(), "{:?}", mapped.rejected);
    mapped.calls
}

/// The words of the specification, and those of earlier versions.
const REASONS: [&str; 38] = [
    "user_hangup",
    "agent_hangup",
    "call_transfer",
    "voicemail_reached",
    "ivr_reached",
    "inactivity",
    "max_duration_reached",
    "concurrency_limit_reached",
    "no_concurrency_fallback",
    "no_valid_payment",
    "scam_detected",
    "dial_busy",
    "dial_failed",
    "dial_no_answer",
    "invalid_destination",
    "telephony_provider_permission_denied",
    "telephony_provider_unavailable",
    "sip_routing_error",
    "marked_as_spam",
    "user_declined",
    "error_llm_websocket_open",
    "error_llm_websocket_lost_connection",
    "error_llm_websocket_runtime",
    "error_llm_websocket_corrupt_payload",
    "error_no_audio_received",
    "error_asr",
    "error_retell",
    "error_unknown",
    "error_user_not_joined",
    "registered_call_timeout",
    "transfer_bridged",
    "transfer_cancelled",
    "manual_stopped",
    "call_take_over",
    "error_frontend_corrupted_payload",
    "error_twilio",
    "machine_detected",
    "error_inbound_webhook",
];

#[test]
fn sample_maps_to_a_whole_call() {
    insta::assert_json_snapshot!(shown(&sample()));
}

#[test]
fn each_disconnection_reason_has_a_kind() {
    let kinds = REASONS.map(|word| {
        let end = mapped(json!({"call_id": "1", "disconnection_reason": word})).end.unwrap();
        (word, end.kind)
    });
    for (word, kind) in kinds {
        assert!(!kind.is_other() && kind != EndReasonKind::CompletedUnspecified, "{word}");
    }
}

#[test]
fn reasons_tell_who_ended_the_call() {
    for (word, kind, by) in [
        ("user_hangup", EndReasonKind::CustomerHangup, EndedBy::Customer),
        ("agent_hangup", EndReasonKind::AgentHangup, EndedBy::Agent),
        ("call_transfer", EndReasonKind::Transferred, EndedBy::Agent),
        ("call_take_over", EndReasonKind::Transferred, EndedBy::Operator),
        ("no_concurrency_fallback", EndReasonKind::Transferred, EndedBy::System),
        ("transfer_cancelled", EndReasonKind::TransferFailed, EndedBy::Unknown),
        ("manual_stopped", EndReasonKind::Canceled, EndedBy::Operator),
        ("dial_failed", EndReasonKind::DialFailed, EndedBy::Carrier),
        ("telephony_provider_unavailable", EndReasonKind::TelephonyError, EndedBy::Carrier),
        ("error_user_not_joined", EndReasonKind::NotJoined, EndedBy::Customer),
        ("error_inbound_webhook", EndReasonKind::ConfigError, EndedBy::System),
        ("error_llm_websocket_open", EndReasonKind::LlmError, EndedBy::System),
        ("error_unknown", EndReasonKind::PlatformError, EndedBy::System),
    ] {
        let end = mapped(json!({"call_id": "1", "disconnection_reason": word})).end.unwrap();
        assert_eq!((end.kind, end.ended_by), (kind, by), "{word}");
    }
}

#[test]
fn state_says_whether_the_call_was_connected() {
    let read = |state: &str, reason: Value| {
        let call = mapped(json!({
            "call_id": "1", "call_status": state, "disconnection_reason": reason,
        }));
        assert!(call.warnings.is_empty(), "{:?}", call.warnings);
        (call.status, call.disposition)
    };
    for (state, reason, status, disposition) in [
        ("registered", Value::Null, Status::Queued, None),
        ("ongoing", Value::Null, Status::InProgress, None),
        ("ended", Value::Null, Status::Ended, Some(Disposition::Answered)),
        ("ended", json!("manual_stopped"), Status::Ended, Some(Disposition::Answered)),
        ("ended", json!("voicemail_reached"), Status::Ended, Some(Disposition::Voicemail)),
        ("not_connected", json!("dial_no_answer"), Status::Ended, Some(Disposition::NoAnswer)),
        ("not_connected", json!("dial_busy"), Status::Ended, Some(Disposition::Busy)),
        ("not_connected", json!("user_declined"), Status::Ended, Some(Disposition::Declined)),
        (
            "not_connected",
            json!("invalid_destination"),
            Status::Ended,
            Some(Disposition::InvalidNumber),
        ),
        ("not_connected", json!("sip_routing_error"), Status::Ended, Some(Disposition::Failed)),
        ("error", json!("no_valid_payment"), Status::Failed, Some(Disposition::Failed)),
        ("error", json!("error_user_not_joined"), Status::Failed, Some(Disposition::NoAnswer)),
    ] {
        assert_eq!(read(state, reason.clone()), (status, disposition), "{state} {reason}");
    }
}

#[test]
fn failure_after_the_customer_spoke_was_answered() {
    let call = mapped(json!({
        "call_id": "1", "call_status": "error", "disconnection_reason": "error_retell",
        "transcript_object": [{"role": "user", "content": "Hello?"}],
    }));
    assert_eq!((call.status, call.disposition), (Status::Failed, Some(Disposition::Answered)));
    let call = mapped(json!({
        "call_id": "1", "call_status": "error", "disconnection_reason": "error_retell",
        "duration_ms": 9_000,
    }));
    assert_eq!(call.disposition, None);
}

#[test]
fn call_that_never_connected_failed_whatever_its_length() {
    let call = mapped(json!({
        "call_id": "1", "call_status": "not_connected", "duration_ms": 9_000,
        "disconnection_reason": "sip_routing_error",
    }));
    assert_eq!(call.disposition, Some(Disposition::Failed));
}

#[test]
fn running_state_of_a_call_with_an_end_is_contradicted() {
    for word in ["registered", "ongoing"] {
        let call = mapped(json!({
            "call_id": "1", "call_status": word, "start_timestamp": 1_785_571_200_123_i64,
            "end_timestamp": 1_785_571_275_623_i64, "disconnection_reason": "agent_hangup",
        }));
        assert_eq!(call.status, Status::Ended);
        assert_eq!(at(&call, WarningCode::InvalidValue), ["/call_status"]);
        assert_eq!(call.disposition, Some(Disposition::Answered));
    }
}

#[test]
fn direction_says_which_side_is_whose() {
    let number = |party: &Option<crate::model::Party>| {
        party.as_ref().and_then(|it| it.number.as_ref()).map(|number| number.raw.clone())
    };
    let call = sample();
    assert_eq!((call.channel, call.direction), (Some(Channel::Phone), Some(Direction::Outbound)));
    assert_eq!(number(&call.customer).as_deref(), Some("+12025550123"));
    assert_eq!(number(&call.agent_line).as_deref(), Some("+12025550100"));
    let call = &page("list_calls.last_page")[0];
    assert_eq!(call.direction, Some(Direction::Inbound));
    let customer = call.customer.as_ref().unwrap();
    assert_eq!((customer.withheld, customer.number.is_none()), (true, true));
    assert_eq!(number(&call.agent_line).as_deref(), Some("+12025550100"));
}

#[test]
fn web_call_has_no_direction_and_no_party() {
    let call = one(from_json(&body(VENDOR, "get_call.web")));
    assert_eq!((call.channel, call.direction), (Some(Channel::Web), None));
    assert!(call.from.is_none() && call.to.is_none() && call.customer.is_none());
}

#[test]
fn credentials_of_a_record_are_hidden_everywhere() {
    let web = one(from_json(&body(VENDOR, "get_call.web")));
    let phone = sample();
    assert!(web.raw.get().contains(r#""access_token": "[redacted]""#), "{}", web.raw);
    assert!(phone.facts["custom_sip_headers"].get().contains("Custom Value"));
    for (call, secret) in [(&web, "EXAMPLE.ROOM.TOKEN"), (&phone, "Digest EXAMPLE")] {
        let written = serde_json::to_string(call).unwrap();
        assert!(!written.contains(secret), "{written}");
        assert!(!format!("{call:?}").contains(secret));
    }
    let event = json!({"event": "call_ended", "call": {"call_id": "1", "access_token": "a.b.c"}});
    assert!(!serde_json::to_string(&mapped(event)).unwrap().contains("a.b.c"));
    let event = json!({"event": "call_ended", "call": 7, "access_token": "a.b.c"}).to_string();
    let rejected = from_json(&event).unwrap().rejected.remove(0);
    assert!(!rejected.raw.get().contains("a.b.c"), "{}", rejected.raw);
}

#[test]
fn costs_are_cents_and_become_units_exactly() {
    let read = |context: &Context| {
        let text = body(VENDOR, "get_call.sample");
        one(from_json_with(&text, context)).cost.unwrap()
    };
    let cost = read(&Context::default());
    assert_eq!(cost.unit, CostUnit::Unspecified);
    assert_eq!(cost.total.unwrap().to_string(), "0.164666692");
    let parts: Vec<_> = cost
        .parts
        .iter()
        .map(|part| (part.name.as_str(), part.kind.clone(), part.amount.to_string()))
        .collect();
    assert_eq!(
        parts,
        [
            ("elevenlabs_tts", CostKind::Tts, "0.088666692".to_owned()),
            ("gpt_4_1", CostKind::Llm, "0.057".to_owned()),
            ("us_telephony", CostKind::Telephony, "0.019".to_owned()),
        ]
    );
    let usd = CostUnit::Currency("USD".into());
    for context in [
        Context::default().with_cost_unit(usd.clone()),
        Context::default().with_minor_unit("USD", 2),
    ] {
        let cost = read(&context);
        assert_eq!(
            (cost.unit, cost.total.unwrap().to_string()),
            (usd.clone(), "0.164666692".into())
        );
    }
}

#[test]
fn currency_that_is_not_named_is_noted_and_parts_must_add_up() {
    assert_eq!(at(&sample(), WarningCode::UnitUnspecified), ["/call_cost/combined_cost"]);
    assert!(at(&sample(), WarningCode::CostSumMismatch).is_empty());
    let call = mapped(json!({
        "call_id": "1",
        "call_cost": {"combined_cost": 3, "product_costs": [{"product": "x_tts", "cost": 2.5}]},
    }));
    assert_eq!(at(&call, WarningCode::CostSumMismatch), ["/call_cost/combined_cost"]);
}

#[test]
fn stages_of_latency_keep_their_names_and_fractions() {
    let call = sample();
    let stages: Vec<_> = call.latency.iter().map(|it| (it.stage.as_str(), it.p50)).collect();
    assert_eq!(stages, [("e2e", Some(812.5)), ("llm", Some(410.0)), ("tts", Some(198.25))]);
    let call = mapped(json!({
        "call_id": "1", "latency": {"s2s": {"num": 3, "values": [1.0]}, "new": {"p50": 1}},
    }));
    assert_eq!(at(&call, WarningCode::SampleCountMismatch), ["/latency/s2s/num"]);
    assert_eq!(at(&call, WarningCode::UnknownField), ["/latency/new"]);
    assert_eq!(call.facts["latency/new"].get(), r#"{"p50":1}"#);
}

#[test]
fn goal_of_a_call_is_outcome_and_never_whether_it_connected() {
    for success in [true, false] {
        let call = mapped(json!({
            "call_id": "1", "call_status": "ended", "disconnection_reason": "user_hangup",
            "call_analysis": {"call_successful": success},
        }));
        assert_eq!(call.outcome.success, Some(success));
        assert_eq!(call.disposition, Some(Disposition::Answered));
    }
    let call = sample();
    assert!(call.analysis["custom_analysis_data"].get().contains("appointment_moved"));
    assert_eq!(call.outcome.appointment_booked, None);
}

#[test]
fn voicemail_is_a_machine_and_an_unknown_mood_is_none() {
    let call = one(from_json(&body(VENDOR, "get_call.scrubbed")));
    assert_eq!(call.answered_by, Some(AnsweredBy::Machine));
    assert_eq!(call.disposition, Some(Disposition::Voicemail));
    assert_eq!(call.sentiment, None);
    assert!(at(&call, WarningCode::UnknownValue).is_empty());
    let call = mapped(json!({"call_id": "1", "call_analysis": {"in_voicemail": false}}));
    assert_eq!(call.answered_by, None);
}

#[test]
fn call_without_personal_data_lacks_the_customers_number() {
    let call = one(from_json(&body(VENDOR, "get_call.scrubbed")));
    assert!(call.customer.is_none() && call.to.is_none() && call.agent_line.is_some());
    assert_eq!(call.facts["data_storage_setting"].get(), "\"everything_except_pii\"");
    let urls: Vec<_> = call.recordings.iter().map(|it| it.url.as_str()).collect();
    assert_eq!(urls.len(), 2);
    assert!(call.recordings.iter().all(|it| it.media_type.as_deref() == Some("audio/wav")));
    assert!(call.recordings.iter().all(|it| !it.needs_auth));
}

#[test]
fn analysis_is_awaited_only_after_a_call_that_was_connected() {
    let read = |state: &str, analysis: Value| {
        mapped(json!({"call_id": "1", "call_status": state, "call_analysis": analysis}))
            .analysis_state
    };
    assert_eq!(read("ended", Value::Null), Some(AnalysisState::Pending));
    assert_eq!(read("ended", json!({"call_summary": "x"})), Some(AnalysisState::Complete));
    for state in ["not_connected", "ongoing", "registered", "error"] {
        assert_eq!(read(state, Value::Null), None, "{state}");
    }
}

#[test]
fn transfer_says_where_to_and_what_came_of_it() {
    let transfer = |more: Value| {
        let mut record = json!({"call_id": "1", "call_status": "ended"});
        record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let mut call = mapped(record);
        call.transfers.pop().map(|it| (it.to.map(|to| to.raw), it.status.unwrap()))
    };
    let desk = "sip:desk@pbx.example.com;transport=tls";
    let to = || Some(desk.to_owned());
    assert_eq!(
        transfer(json!({"transfer_destination": desk, "disconnection_reason": "call_transfer"})),
        Some((to(), TransferStatus::Started))
    );
    assert_eq!(
        transfer(json!({"transfer_destination": desk, "disconnection_reason": "transfer_bridged"})),
        Some((to(), TransferStatus::Completed))
    );
    let cancelled =
        json!({"transfer_destination": desk, "disconnection_reason": "transfer_cancelled"});
    assert_eq!(transfer(cancelled), Some((to(), TransferStatus::Canceled)));
    assert_eq!(
        transfer(json!({"transfer_end_timestamp": 1_785_575_100_000_i64})),
        Some((None, TransferStatus::Completed))
    );
    assert_eq!(transfer(json!({"transfer_destination": null})), None);
    let call = &page("list_calls.last_page")[0];
    assert_eq!(call.end.as_ref().unwrap().kind, EndReasonKind::Transferred);
    assert_eq!(call.transfers[0].status, Some(TransferStatus::Completed));
    assert_eq!(call.duration, call.reported_duration, "the other leg is not counted");
    assert_eq!(call.facts["transfer_end_timestamp"].get(), "1785575100000");
}

#[test]
fn transcript_of_the_list_was_not_requested() {
    let states: Vec<_> =
        page("list_calls.first_page").into_iter().map(|call| call.transcript.state).collect();
    let not_requested = TranscriptState::NotRequested;
    // The first never connected: it has none anywhere.
    assert_eq!(states, [TranscriptState::Unavailable, not_requested.clone(), not_requested]);
    let single = mapped(json!({"call_id": "1", "call_status": "ended"}));
    assert_eq!(single.transcript.state, TranscriptState::Unavailable);
}

#[test]
fn version_of_the_agent_is_part_of_it() {
    let agent = sample().agent.unwrap();
    assert_eq!(agent.name.as_deref(), Some("Northwind Reception"));
    assert_eq!(agent.version.as_deref(), Some("3"));
    let call = mapped(json!({"call_id": "1", "agent_version": 0}));
    assert_eq!(call.agent.unwrap().version.as_deref(), Some("0"));
    assert!(mapped(json!({"call_id": "1"})).agent.is_none());
}

#[test]
fn caller_keys_alone_are_metadata() {
    let call = sample();
    assert_eq!(call.metadata.keys().collect::<Vec<_>>(), ["attempt", "customer_ref"]);
    assert_eq!(
        call.facts["retell_llm_dynamic_variables"].get(),
        r#"{
      "customer_name": "Dana Example"
    }"#
    );
    assert_eq!(call.alternate_ids["twilio_call_sid"], "CA00000000000000000000000000000001");
}

#[test]
fn record_without_an_id_is_rejected_and_its_neighbours_kept() {
    let text = json!({"items": [{"call_status": "ended"}, {"call_id": "1"}]}).to_string();
    let mapped = from_json(&text).unwrap();
    assert_eq!((mapped.calls.len(), mapped.rejected.len()), (1, 1));
    assert!(mapped.rejected[0].reason.contains("`call_id` is missing"));
    let bare = json!([{"call_id": "1"}, {"call_id": "2"}]).to_string();
    assert_eq!(from_json(&bare).unwrap().calls.len(), 2);
}

/// An event around the sample without the fields that come later.
fn event(name: &str, without: &[&str]) -> Value {
    let mut call: Value = serde_json::from_str(&body(VENDOR, "get_call.sample")).unwrap();
    call.as_object_mut().unwrap().retain(|name, _| !without.contains(&name.as_str()));
    json!({"event": name, "call": call})
}

#[test]
fn event_of_a_started_call_proves_that_it_connected() {
    let call = mapped(json!({
        "event": "call_started",
        "call": {
            "call_id": "call_1", "call_type": "phone_call", "call_status": "ongoing",
            "direction": "outbound", "start_timestamp": 1_785_571_200_123_i64,
            "from_number": "+12025550100", "to_number": "+12025550123",
        },
    }));
    assert_eq!((call.status, call.disposition), (Status::InProgress, Some(Disposition::Answered)));
    assert_eq!(call.facts["event/event"].get(), "\"call_started\"");
    assert!(call.raw.get().starts_with(r#"{"call_id":"call_1""#), "{}", call.raw);
    assert!(call.warnings.is_empty(), "{:?}", call.warnings);
}

#[test]
fn event_of_an_ended_call_awaits_the_analysis() {
    let ended = mapped(event("call_ended", &["call_analysis"]));
    assert_eq!(ended.analysis_state, Some(AnalysisState::Pending));
    let analyzed = mapped(event("call_analyzed", &[]));
    assert_eq!(analyzed.analysis_state, Some(AnalysisState::Complete));
    let mut whole = sample();
    whole.raw = serde_json::value::RawValue::NULL.to_owned();
    let mut same = shown(&analyzed);
    same["facts"].as_object_mut().unwrap().remove("event/event");
    assert_eq!(same, shown(&whole));
}

#[test]
fn event_of_a_transfer_names_its_target_as_object_or_text() {
    let read = |name: &str, destination: Value| {
        let call = mapped(json!({
            "event": name, "call": {"call_id": "1", "call_status": "ongoing"},
            "transfer_destination": destination, "transfer_option": {"type": "warm_transfer"},
        }));
        assert!(call.facts.contains_key("event/transfer_option"));
        let transfer = call.transfers.into_iter().next().unwrap();
        (transfer.to.and_then(|to| to.e164), transfer.status.unwrap())
    };
    let number = || Some("+12025550190".to_owned());
    let target = json!({"number": "+12025550190", "extension": "12"});
    assert_eq!(read("transfer_started", target), (number(), TransferStatus::Started));
    let text = json!("+12025550190");
    assert_eq!(read("transfer_bridged", text), (number(), TransferStatus::Completed));
    assert_eq!(read("transfer_cancelled", Value::Null), (None, TransferStatus::Canceled));
}
