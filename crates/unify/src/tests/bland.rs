use super::*;
use crate::{
    model::{
        AnsweredBy, EndReasonKind as Kind, EndedBy, Speaker, TransferKind, TransferStatus, TurnKind,
    },
    support::{at, body, map, one, shown},
};
use serde_json::{Value, json};

fn mapped(record: Value) -> Call {
    map(from_json_with, &record)
}

/// A call that is over, with these fields.
fn over(fields: Value) -> Call {
    let mut record = json!({ "call_id": "1", "completed": true });
    record.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    mapped(record)
}

fn fixture(name: &str) -> Call {
    one(from_json(&body(VENDOR, name)))
}

fn listed(name: &str) -> Vec<Call> {
    from_json(&body(VENDOR, name)).unwrap().calls
}

#[test]
fn sample_maps_to_a_whole_call() {
    insta::assert_json_snapshot!(shown(&fixture("get_call.sample")));
}

#[test]
fn webhook_after_a_call_maps_like_a_record() {
    insta::assert_json_snapshot!(shown(&fixture("get_call.webhook")));
}

#[test]
fn minutes_and_seconds_of_the_sample_are_one_length() {
    let call = fixture("get_call.sample");
    let length = Some(Duration::from_secs(45));
    assert_eq!((call.reported_duration, call.duration, call.talk_time), (length, length, length));
    assert_eq!(call.duration_basis, Some(DurationBasis::Answer));
    assert!(call.warnings.is_empty(), "{:?}", call.warnings);
}

#[test]
fn minutes_are_read_to_the_millisecond() {
    let read = |minutes: Value| over(json!({ "call_length": minutes })).reported_duration;
    assert_eq!(read(json!(0.183333333333333)), Some(Duration::from_secs(11)));
    assert_eq!(read(json!("0.75")), Some(Duration::from_secs(45)));
    assert_eq!(read(Value::Null), None);
}

#[test]
fn minutes_that_say_otherwise_than_the_seconds_are_facts() {
    let call = over(json!({ "call_length": 0.111, "corrected_duration": "71" }));
    assert_eq!(call.reported_duration, Some(Duration::from_secs(71)));
    assert_eq!(call.facts["call_length"].get(), "0.111");
    assert!(!fixture("get_call.sample").facts.contains_key("call_length"));
}

#[test]
fn length_of_the_webhooks_sample_fits_no_times_of_it() {
    let call = fixture("get_call.webhook");
    assert_eq!(call.reported_duration, Some(Duration::from_secs(11)));
    assert_eq!(call.duration, Some(Duration::from_millis(17_832)));
    assert_eq!(at(&call, WarningCode::DurationMismatch), ["/corrected_duration"]);
}

#[test]
fn start_that_repeats_the_request_is_no_pick_up() {
    let call = fixture("get_call.webhook");
    assert_eq!((call.answered_at, call.talk_time), (None, None));
    assert_eq!(call.duration_basis, Some(DurationBasis::Start));
    assert_eq!(call.disposition, Some(Disposition::Answered));
}

#[test]
fn request_is_the_start_of_a_call_of_the_list() {
    let call = fixture("list_calls.sample");
    assert_eq!((call.started_at, call.answered_at), (call.created_at, None));
    assert!(call.started_at.is_some());
    assert_eq!(call.transcript.state, TranscriptState::NotRequested);
    assert_eq!((call.analysis_state, call.duration), (None, None));
}

#[test]
fn end_that_only_the_longest_duration_would_bring_is_a_fact() {
    let call = fixture("get_call.transfer");
    assert_eq!((call.ended_at, call.duration), (None, None));
    assert_eq!(at(&call, WarningCode::InvalidValue), ["/end_at"]);
    assert!(call.facts.contains_key("end_at"));
    assert_eq!(call.status, Status::Ended);
    let long = json!({
        "started_at": "2026-01-01T12:00:07Z", "end_at": "2026-01-01T12:30:07Z", "max_duration": 30,
        "corrected_duration": "1800",
    });
    assert_eq!(over(long).duration, Some(Duration::from_secs(1_800)));
}

#[test]
fn call_that_goes_on_has_no_end() {
    let call = fixture("get_call.in_progress");
    assert_eq!((call.status, call.ended_at, call.end), (Status::InProgress, None, None));
    assert!(call.facts.contains_key("end_at"));
    assert_eq!(call.analysis_state, None);
    assert!(call.warnings.is_empty(), "{:?}", call.warnings);
}

#[test]
fn words_of_the_queue_are_states() {
    for (word, status) in [
        ("new", Status::Queued),
        ("queued", Status::Queued),
        ("allocated", Status::Ringing),
        ("started", Status::InProgress),
        ("complete", Status::Ended),
        ("completed", Status::Ended),
        ("complete_error", Status::Ended),
        ("Pre Queue Error", Status::Failed),
        ("queue_error", Status::Failed),
        ("call_error", Status::Failed),
        ("parked", Status::Other("parked".into())),
    ] {
        assert_eq!(mapped(json!({"call_id": "1", "queue_status": word})).status, status, "{word}");
    }
}

#[test]
fn completed_counts_more_than_the_queue() {
    let call = over(json!({ "queue_status": "started" }));
    assert_eq!(call.status, Status::Ended);
    assert_eq!(at(&call, WarningCode::InvalidValue), ["/queue_status"]);
    assert_eq!(call.facts["queue_status"].get(), "\"started\"");
    let call = mapped(json!({"call_id": "1", "completed": false, "queue_status": "complete"}));
    assert_eq!(call.status, Status::InProgress);
    assert_eq!(at(&call, WarningCode::InvalidValue), ["/queue_status"]);
    let call = over(json!({ "queue_status": "pre_queue_error" }));
    assert_eq!((call.status, call.warnings.len()), (Status::Failed, 0));
}

#[test]
fn call_that_failed_is_completed_and_failed() {
    let call = over(json!({ "status": "failed", "call_length": 0 }));
    assert_eq!((call.status, call.disposition), (Status::Failed, Some(Disposition::Failed)));
}

#[test]
fn ends_are_named_by_the_strongest_evidence() {
    let merged = json!({ "state": "MERGED" });
    let busy = "The number you dialed is busy. Please try again later.";
    let spam = "Service Provider Blocked Call due to Spam or Number Reputation. Try a different \
                number.";
    use EndedBy::{Agent, Carrier, Customer, Operator, System, Unknown};
    for (fields, kind, by, raw) in [
        (
            json!({"warm_transfer_call": merged, "call_ended_by": "USER"}),
            Kind::Transferred,
            Agent,
            "MERGED",
        ),
        (
            json!({"warm_transfer_call": {"state": "NO_ANSWER"}, "transferred_to": "+19195550177"}),
            Kind::TransferFailed,
            System,
            "NO_ANSWER",
        ),
        (
            json!({"warm_transfer_call": {"state": "CANCELLED"}}),
            Kind::CustomerHangup,
            Customer,
            "CANCELLED",
        ),
        (
            json!({"warm_transfer_call": {"state": "STARTED"}, "call_ended_by": "user"}),
            Kind::CustomerHangup,
            Customer,
            "user",
        ),
        (json!({"transferred_to": "+19195550177"}), Kind::Transferred, Agent, "transferred_to"),
        (
            json!({"answered_by": "voicemail", "call_ended_by": "ASSISTANT"}),
            Kind::Voicemail,
            System,
            "voicemail",
        ),
        (json!({"answered_by": "machine"}), Kind::Voicemail, System, "machine"),
        (json!({"call_ended_by": "USER"}), Kind::CustomerHangup, Customer, "USER"),
        (json!({"call_ended_by": "ASSISTANT"}), Kind::AgentHangup, Agent, "ASSISTANT"),
        (json!({"call_ended_by": "USER", "status": "busy"}), Kind::Busy, Carrier, "busy"),
        (json!({"error_message": busy, "answered_by": "no-answer"}), Kind::Busy, Carrier, busy),
        (json!({"error_message": spam}), Kind::SpamBlocked, Carrier, spam),
        (
            json!({"error_message": "Call failed. The number you dialed is not found."}),
            Kind::InvalidNumber,
            Carrier,
            "Call failed. The number you dialed is not found.",
        ),
        (
            json!({"error_message": "The number you dialed is temporarily unavailable."}),
            Kind::DialFailed,
            Carrier,
            "The number you dialed is temporarily unavailable.",
        ),
        (
            json!({"error_message": "Account not allowed to call +19195550199"}),
            Kind::AccountLimit,
            System,
            "Account not allowed to call +19195550199",
        ),
        (
            json!({"error_message": "A database error occurred. Please contact support."}),
            Kind::PlatformError,
            System,
            "A database error occurred. Please contact support.",
        ),
        (json!({"error_message": "Call failed."}), Kind::DialFailed, System, "Call failed."),
        (json!({"status": "no-answer"}), Kind::NoAnswer, Carrier, "no-answer"),
        (json!({"status": "canceled"}), Kind::Canceled, Operator, "canceled"),
        (json!({"answered_by": "no-answer"}), Kind::NoAnswer, Carrier, "no-answer"),
        (json!({"queue_status": "pre_queue_error"}), Kind::ConfigError, System, "pre_queue_error"),
        (json!({"queue_status": "queue_error"}), Kind::DialFailed, System, "queue_error"),
        (json!({"queue_status": "call_error"}), Kind::PlatformError, System, "call_error"),
        (json!({"status": "failed"}), Kind::DialFailed, Unknown, "failed"),
        (json!({"status": "completed"}), Kind::CompletedUnspecified, Unknown, "completed"),
        (json!({"status": "unknown"}), Kind::Other("unknown".into()), Unknown, "unknown"),
        (
            json!({"error_message": "Gremlins."}),
            Kind::Other("Gremlins.".into()),
            Unknown,
            "Gremlins.",
        ),
    ] {
        let end = over(fields.clone()).end.unwrap_or_else(|| panic!("{fields}"));
        assert_eq!((end.kind, end.ended_by, end.raw.as_str()), (kind, by, raw), "{fields}");
    }
    for fields in [json!({"queue_status": "complete_error"}), json!({"disposition_tag": "BUSY"})] {
        assert_eq!(over(fields.clone()).end, None, "{fields}");
    }
}

#[test]
fn error_beside_a_call_that_connected_is_not_why_it_ended() {
    let call = over(json!({
        "status": "completed", "answered_by": "human", "call_ended_by": "ASSISTANT",
        "error_message": "Account not allowed to call +19195550199",
    }));
    assert_eq!(call.end.unwrap().kind, Kind::AgentHangup);
    assert_eq!(call.disposition, Some(Disposition::Answered));
    assert!(call.error_message.is_some());
    let error = json!({"error_message": "Call failed.", "call_length": 0.5});
    assert_eq!(over(error).end, None);
}

#[test]
fn dispositions_are_by_how_the_call_went() {
    for (fields, disposition) in [
        (json!({"status": "busy"}), Some(Disposition::Busy)),
        (json!({"status": "no-answer"}), Some(Disposition::NoAnswer)),
        (json!({"status": "canceled"}), Some(Disposition::Canceled)),
        (json!({"answered_by": "no-answer"}), Some(Disposition::NoAnswer)),
        (json!({"status": "completed", "answered_by": "voicemail"}), Some(Disposition::Voicemail)),
        (json!({"status": "completed", "answered_by": "human"}), Some(Disposition::Answered)),
        (json!({"status": "completed", "answered_by": "unknown"}), Some(Disposition::Answered)),
        (json!({"status": "completed", "inbound": true}), Some(Disposition::Answered)),
        (json!({"status": "completed", "inbound": false}), None),
        (json!({"answered_by": "unknown", "call_length": 1.5}), Some(Disposition::Answered)),
        (json!({"answered_by": "unknown", "call_length": 0}), None),
        (json!({"queue_status": "call_error"}), None),
        (json!({"queue_status": "queue_error"}), Some(Disposition::Failed)),
        (json!({"status": "unknown"}), None),
    ] {
        assert_eq!(over(fields.clone()).disposition, disposition, "{fields}");
    }
    let ends: Vec<_> = listed("list_calls.first_page").into_iter().map(|c| c.disposition).collect();
    let expected = [Disposition::Answered, Disposition::Busy, Disposition::Voicemail].map(Some);
    assert_eq!(ends, expected);
}

#[test]
fn tag_for_the_outcome_says_nothing_about_the_connection() {
    let call = over(json!({ "disposition_tag": "NO_ANSWER" }));
    assert_eq!((call.disposition, call.end), (None, None));
    assert_eq!(call.outcome.label.as_deref(), Some("NO_ANSWER"));
    assert_eq!(call.outcome.success, None);
}

#[test]
fn only_a_person_and_a_machine_are_known_to_pick_up() {
    let read = |word: &str| over(json!({ "answered_by": word })).answered_by;
    assert_eq!(read("Human"), Some(AnsweredBy::Human));
    assert_eq!(read("voicemail"), Some(AnsweredBy::Machine));
    assert_eq!(read("machine"), Some(AnsweredBy::Machine));
    assert_eq!((read("unknown"), read("no-answer")), (None, None));
    assert_eq!(read("fax"), Some(AnsweredBy::Other("fax".into())));
}

#[test]
fn words_that_nobody_listed_are_kept_and_noted() {
    let call = fixture("list_calls.unknown_word");
    for name in ["queue_status", "status", "answered_by", "call_ended_by"] {
        assert!(call.facts.contains_key(name), "{name}");
    }
    assert_eq!(call.facts["warm_transfer_call/state"].get(), "\"PARKED\"");
    assert_eq!(call.transfers[0].status, Some(TransferStatus::Other("LOST".into())));
    assert_eq!(at(&call, WarningCode::UnknownValue).len(), 6, "{:?}", call.warnings);
}

#[test]
fn helpers_call_is_a_warm_transfer_and_its_id_a_fact() {
    let call = fixture("get_call.sample");
    let [transfer] = call.transfers.as_slice() else { panic!("{:?}", call.transfers) };
    assert_eq!(transfer.to.as_ref().unwrap().raw, "+19195550177");
    assert_eq!(transfer.kind, Some(TransferKind::Warm));
    assert_eq!(transfer.status, Some(TransferStatus::Completed));
    let id = &call.facts["warm_transfer_call/proxy_agent_calls/0/call_id"];
    assert_eq!(id.get(), "\"00000012-0000-4000-8000-000000000012\"");
    assert!(call.alternate_ids.is_empty());
}

#[test]
fn number_of_a_helpers_call_is_not_a_second_transfer() {
    let call = fixture("get_call.webhook");
    assert_eq!(call.transfers.len(), 1);
    let call = over(json!({
        "transferred_to": "+19195550177", "transferred_at": "2026-01-01T12:00:45Z",
        "warm_transfer_call": {"state": "MERGED", "proxy_agent_calls": [
            {"state": "NO_ANSWER", "phone_number": "+19195550176"},
            {"state": "MERGED", "phone_number": "+19195550177"},
        ]},
    }));
    let seen = call.transfers.iter().map(|one| (one.status.clone().unwrap(), one.at.is_some()));
    let expected = [(TransferStatus::NoAnswer, false), (TransferStatus::Completed, true)];
    assert!(seen.eq(expected), "{:?}", call.transfers);
}

#[test]
fn transfer_without_a_helper_has_no_known_kind() {
    let call = fixture("get_call.transfer");
    let [transfer] = call.transfers.as_slice() else { panic!("{:?}", call.transfers) };
    assert_eq!((transfer.kind.clone(), transfer.at.is_some()), (None, true));
    assert_eq!(call.end.unwrap().raw, "transferred_to");
}

#[test]
fn turns_are_in_the_order_of_time_and_then_of_their_ids() {
    let part = |id, second, text| {
        json!({"id": id, "user": "user", "text": text,
            "created_at": format!("2026-01-01T12:00:{second}Z")})
    };
    let call = over(json!({"created_at": "2026-01-01T12:00:00Z", "transcripts": [
        part(9, 20, "c"), part(8, 20, "b"), part(7, 10, "a"),
    ]}));
    let said: Vec<_> = call.transcript.turns.iter().map(|turn| turn.text.as_str()).collect();
    assert_eq!(said, ["a", "b", "c"]);
    let mut part = part(1, 5, "x");
    part["created_at"] = Value::Null;
    let call = over(json!({"transcripts": [part, {"user": "assistant", "text": "y"}]}));
    assert_eq!(call.transcript.turns[0].text, "x");
}

#[test]
fn what_the_agent_did_is_the_use_of_a_tool() {
    let call = fixture("get_call.webhook");
    let last = call.transcript.turns.last().unwrap();
    assert_eq!((last.role.clone(), last.kind.clone()), (Speaker::Tool, TurnKind::ToolCall));
    assert_eq!(last.tool.as_ref().unwrap().name.as_deref(), Some("Ended call"));
    assert!(last.text.is_empty() && last.at.is_some());
}

#[test]
fn running_text_is_read_where_there_is_no_list_of_turns() {
    let text = "user: Hello?  \n assistant: This is a test call. \n robot: Beep. \n agent-action: \
                Ended call \n ";
    let call = over(json!({ "concatenated_transcript": text, "transcripts": [] }));
    let roles: Vec<_> = call.transcript.turns.iter().map(|turn| turn.role.as_str()).collect();
    assert_eq!(roles, ["customer", "agent", "robot", "tool"]);
    assert_eq!(call.transcript.turns[3].kind, TurnKind::ToolCall);
    assert_eq!(call.transcript.text.as_deref(), Some(text));
    assert_eq!(call.disposition, Some(Disposition::Answered), "the customer spoke");
}

#[test]
fn single_call_without_turns_has_no_transcript() {
    let call = fixture("get_call.busy");
    assert_eq!(call.transcript.state, TranscriptState::Unavailable);
    assert_eq!((call.started_at, call.answered_at), (call.created_at, None));
    assert!(call.is_final());
    assert_eq!(call.disposition, Some(Disposition::Busy));
}

#[test]
fn price_is_exact_dollars() {
    let cost = fixture("get_call.busy").cost.unwrap();
    assert_eq!(cost.total.unwrap().to_string(), "0.015");
    assert_eq!(cost.unit, CostUnit::Currency("USD".into()));
}

#[test]
fn work_after_a_call_is_pending_until_it_left_something() {
    let state = |name| fixture(name).analysis_state;
    assert_eq!(state("get_call.pending"), Some(AnalysisState::Pending));
    assert_eq!(state("get_call.sample"), Some(AnalysisState::Complete));
    assert_eq!((state("get_call.busy"), state("get_call.in_progress")), (None, None));
}

#[test]
fn key_is_sent_for_a_recording_of_the_api_only() {
    let recording = |name| fixture(name).recordings.remove(0);
    assert!(recording("get_call.transfer").needs_auth);
    assert!(!recording("get_call.webhook").needs_auth);
}

#[test]
fn credentials_in_a_record_are_in_no_part_of_the_call() {
    let headers = json!({ "Authorization": "Bearer not-a-real-key" });
    let call = over(json!({
        "request_data": {"dynamic_data": [{ "headers": headers }], "encrypted_key": "not-a-real-key"},
        "variables": {"api_key": "not-a-real-key"},
    }));
    let text = serde_json::to_string(&call).unwrap();
    assert!(!text.contains("not-a-real-key"));
    assert_eq!(text.matches("[redacted]").count(), 6, "in the facts and in the raw record");
}

#[test]
fn call_in_a_browser_has_no_number() {
    let calls = listed("list_calls.ends");
    let web = &calls[3];
    assert_eq!((web.channel.clone(), web.from.is_none()), (Some(Channel::Web), true));
    assert_eq!(web.to.as_ref().unwrap().number.as_ref().unwrap().raw, "+19195550100");
    assert_eq!(at(web, WarningCode::InvalidE164), [""; 0]);
    assert_eq!(calls[0].channel, Some(Channel::Phone));
}

#[test]
fn number_without_a_country_code_is_kept_and_noted() {
    let call = fixture("list_calls.sample");
    assert_eq!(at(&call, WarningCode::InvalidE164), ["/to"]);
    assert_eq!(call.to.unwrap().number.unwrap().raw, "9195550123");
    assert_eq!(call.direction, None, "a record of the example does not say");
}

#[test]
fn second_id_is_an_alternate_one_only_where_it_differs() {
    assert!(fixture("get_call.sample").alternate_ids.is_empty());
    let call = fixture("get_call.transfer");
    assert_eq!(call.alternate_ids["c_id"], "00000043-0000-4000-8000-0000000000ff");
}

#[test]
fn event_during_a_call_maps_to_its_id_and_its_line_of_the_log() {
    let event = json!({
        "message": "Call started", "call_id": "00000020-0000-4000-8000-000000000020",
        "category": "call", "log_level": "info",
    });
    let call = mapped(event);
    assert_eq!(call.id.call_id, "00000020-0000-4000-8000-000000000020");
    assert_eq!(call.facts["message"].get(), "\"Call started\"");
    assert_eq!((call.facts.len(), call.warnings.len()), (3, 0));
    let nameless = json!({"message": "x", "category": "call", "log_level": "info"}).to_string();
    let mapped = from_json(&nameless).unwrap();
    assert_eq!((mapped.calls.len(), mapped.rejected.len()), (0, 1));
}

#[test]
fn record_that_a_webhook_sent_is_read_out_of_its_log() {
    let log = json!({"data": {"payload": {"call_id": "1"}, "url": "https://example.test"}});
    assert_eq!(mapped(log).id.call_id, "1");
    let page = json!({"data": {"calls": [{"call_id": "2"}]}});
    assert_eq!(mapped(page).id.call_id, "2");
}
