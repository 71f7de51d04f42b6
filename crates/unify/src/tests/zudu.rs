use super::*;
use crate::{
    model::{
        Channel, Direction, Disposition, EndReasonKind, Status, TranscriptState, TurnKind,
        WarningCode,
    },
    support::{at, body, map, one, shown},
};
use serde_json::{Value, json};

fn mapped(record: Value) -> Call {
    map(from_json_with, &record)
}

fn seed() -> Call {
    one(from_json(&body(VENDOR, "list_calls.first_page")))
}

#[test]
fn sample_maps_to_a_whole_call() {
    insta::assert_json_snapshot!(shown(&seed()));
}

#[test]
fn sample_leaves_the_documented_contradictions_as_warnings() {
    let call = seed();
    assert_eq!(at(&call, WarningCode::UnitUnspecified), ["/call_cost/combined_cost"]);
    assert_eq!(at(&call, WarningCode::InvalidE164), ["/from_number", "/to_number"]);
    assert_eq!(call.from.unwrap().number.unwrap().e164, None);
    let call = seed();
    assert_eq!(at(&call, WarningCode::SampleCountMismatch), ["/latency/e2e/num"]);
    assert_eq!(call.latency[0].count, Some(12));
    assert_eq!(call.warnings.len(), 4, "{:?}", call.warnings);
}

#[test]
fn single_sample_maps_to_a_whole_call() {
    let call = one(from_json(&body(VENDOR, "get_call.sample")));
    insta::assert_json_snapshot!(shown(&call));
}

#[test]
fn words_are_read_in_either_letter_case() {
    for (status_word, type_word, direction_word) in
        [("ENDED", "PHONE_CALL", "OUTBOUND"), ("ended", "phone_call", "outbound")]
    {
        let call = mapped(json!({
            "id": "1", "call_status": status_word, "call_type": type_word,
            "direction": direction_word,
        }));
        assert_eq!(call.status, Status::Ended);
        assert_eq!(call.channel, Some(Channel::Phone));
        assert_eq!(call.direction, Some(Direction::Outbound));
        assert!(call.warnings.is_empty(), "{:?}", call.warnings);
    }
}

#[test]
fn undocumented_value_is_kept_with_a_warning() {
    let call = mapped(json!({"id": "1", "call_status": "PAUSED", "call_type": "FAX"}));
    assert_eq!(call.status, Status::Other("PAUSED".into()));
    assert_eq!(call.channel, Some(Channel::Other("FAX".into())));
    assert_eq!(at(&call, WarningCode::UnknownValue), ["/call_type", "/call_status"]);
}

#[test]
fn states_are_mapped_and_only_a_running_call_is_answered_by_its_word() {
    let cases = [
        ("SCHEDULED", Status::Scheduled, None),
        ("REGISTERED", Status::Queued, None),
        ("ONGOING", Status::InProgress, Some(Disposition::Answered)),
        ("ENDED", Status::Ended, None),
        ("ERROR", Status::Failed, Some(Disposition::Failed)),
        ("Completed", Status::Ended, Some(Disposition::Answered)),
    ];
    for (word, status, disposition) in cases {
        let call = mapped(json!({"id": "1", "call_status": word}));
        assert_eq!((call.status, call.disposition), (status, disposition), "{word}");
    }
}

#[test]
fn voicemail_is_a_machine_and_its_absence_no_person() {
    let read = |in_voicemail: Value| {
        let call = mapped(json!({
            "id": "1", "disconnection_reason": "USER_HANGUP",
            "call_analysis": {"in_voicemail": in_voicemail},
        }));
        assert_eq!(call.end.unwrap().kind, EndReasonKind::CustomerHangup);
        (call.answered_by, call.disposition)
    };
    assert_eq!(read(json!(true)), (Some(AnsweredBy::Machine), Some(Disposition::Voicemail)));
    assert_eq!(read(json!(false)), (None, Some(Disposition::Answered)));
    assert_eq!(read(Value::Null), (None, Some(Disposition::Answered)));
}

#[test]
fn times_and_lengths_are_milliseconds() {
    let call = mapped(json!({
        "id": "1", "start_timestamp": 1_703_097_600_000_i64,
        "end_timestamp": 1_703_098_200_000_i64, "call_duration": 600_000,
    }));
    assert_eq!(call.started_at.unwrap().to_rfc3339(), "2023-12-20T18:40:00+00:00");
    assert_eq!(call.duration, call.reported_duration);
    let call = mapped(json!({"id": "1", "start_timestamp": 1_703_097_600}));
    assert_eq!(call.started_at, None);
    assert_eq!(at(&call, WarningCode::InvalidValue), ["/start_timestamp"]);
}

#[test]
fn products_are_parts_and_must_add_up() {
    let read = |total: f64| {
        let call = mapped(json!({
            "id": "1",
            "call_cost": {
                "combined_cost": total,
                "product_costs": [
                    {"product": "llm", "cost": 0.1, "unit_price": 0.01}, {"cost": 0.15},
                ],
            },
        }));
        let cost = call.cost.clone().unwrap();
        let names: Vec<_> = cost.parts.into_iter().map(|part| part.name).collect();
        assert_eq!(names, ["llm", "unnamed"]);
        at(&call, WarningCode::CostSumMismatch).join(" ")
    };
    assert_eq!(read(0.25), "");
    assert_eq!(read(0.26), "/call_cost/combined_cost");
}

#[test]
fn turns_have_their_time_and_are_noted_outside_the_call() {
    let call = mapped(json!({
        "id": "1", "start_timestamp": 1_703_097_600_000_i64,
        "end_timestamp": 1_703_098_200_000_i64,
        "transcript_object": [
            {"role": "agent", "content": "Hello.", "timestamp": 1_703_097_601_000_i64},
            {"role": "user", "content": "Hi.", "timestamp": 1_703_000_000_000_i64},
            {"role": "narrator", "content": "Later.", "timestamp": 5},
        ],
    }));
    assert_eq!(call.transcript.state, TranscriptState::Inline);
    let turns: Vec<_> = call
        .transcript
        .turns
        .iter()
        .map(|turn| (turn.role.as_str(), turn.at.map(|at| at.timestamp())))
        .collect();
    assert_eq!(
        turns,
        [("agent", Some(1_703_097_601)), ("customer", Some(1_703_000_000)), ("narrator", None)]
    );
    assert_eq!(at(&call, WarningCode::TurnOutsideCall), ["/transcript_object/1/timestamp"]);
    assert_eq!(at(&call, WarningCode::InvalidValue), ["/transcript_object/2/timestamp"]);
}

#[test]
fn stage_with_an_odd_name_has_an_escaped_pointer() {
    let call = mapped(json!({"id": "1", "latency": {"a/b": {"num": 2, "values": [1.0]}}}));
    assert_eq!(call.latency[0].stage, "a/b");
    assert_eq!(at(&call, WarningCode::SampleCountMismatch), ["/latency/a~1b/num"]);
}

#[test]
fn text_without_turns_is_taken_apart() {
    let call = mapped(json!({"id": "1", "transcript": "Agent: Hello.\nUser: Hi."}));
    assert_eq!(call.transcript.turns.len(), 2);
    let both = mapped(json!({
        "id": "1", "transcript": "Agent: Hello.\nUser: Hi.",
        "transcript_object": [{"role": "assistant", "content": "Hello."}],
    }));
    let turns: Vec<_> = both.transcript.turns.iter().map(|turn| turn.role.as_str()).collect();
    assert_eq!(turns, ["agent"]);
}

#[test]
fn costs_in_a_minor_unit_become_money() {
    let cost = |record: Value| {
        let context = Context::default().with_minor_unit("USD", 2);
        one(from_json_with(&record.to_string(), &context)).cost.unwrap()
    };
    let parts = json!([{"product": "llm", "cost": 4.5}, {"product": "tts", "cost": 8}]);
    let read = cost(json!({
        "id": "1", "call_cost": {"combined_cost": 12.5, "product_costs": parts},
    }));
    assert_eq!(read.total.unwrap().to_string(), "0.125");
    let amounts: Vec<_> = read.parts.iter().map(|part| part.amount.to_string()).collect();
    assert_eq!(amounts, ["0.045", "0.08"]);
}

#[test]
fn key_is_the_public_id_or_else_the_records_own() {
    for (record, key, other) in [
        (json!({"id": "row", "call_id": "call_1"}), "call_1", Some("row")),
        (json!({"call_id": "call_1"}), "call_1", None),
        (json!({"id": "row"}), "row", None),
        (json!({"id": "row", "call_id": ""}), "row", None),
        (json!({"id": "row", "call_id": null}), "row", None),
    ] {
        let call = mapped(record.clone());
        assert_eq!(call.id.call_id, key, "{record}");
        assert_eq!(call.alternate_ids.get("id").map(String::as_str), other, "{record}");
        assert!(call.warnings.is_empty(), "{:?}", call.warnings);
    }
    let mapped = from_json(r#"{"data": {"calls": [{"call_status": "ENDED"}, {"id": "row"}]}}"#);
    let mapped = mapped.unwrap();
    assert_eq!((mapped.calls.len(), mapped.rejected.len()), (1, 1));
    assert!(mapped.rejected[0].reason.contains("`call_id` is missing"));
}

/// A call with turns at 1 s and 4 s, and with a list of what happened between them.
fn with_tools(list: Value) -> Call {
    let turn = |role: &str, content: &str, at: i64| {
        let words = json!([{"word": "x", "start": at, "end": at + 200}, {"end": at + 900}]);
        json!({"role": role, "content": content, "timestamp": at, "words": words})
    };
    let start = 1_703_097_600_000_i64;
    mapped(json!({
        "id": "1", "start_timestamp": start, "end_timestamp": start + 9_000,
        "transcript_object":
            [turn("agent", "Hello.", start + 1_000), turn("user", "Tuesday.", start + 4_000)],
        "transcript_with_tool_calls": list,
    }))
}

#[test]
fn tool_calls_are_turns_between_those_that_were_said() {
    let call = with_tools(json!([
        {"role": "agent", "content": "Hello.", "words": []},
        {"role": "tool_call_invocation", "tool_call_id": "t", "name": "slot",
            "arguments": "{\"day\": 2}"},
        {"role": "tool_call_result", "tool_call_id": "t", "content": "{\"at\": \"10:00\"}",
            "successful": true},
        {"role": "user", "content": "Tuesday.", "words": []},
    ]));
    let turns = &call.transcript.turns;
    let kinds: Vec<_> = turns.iter().map(|turn| turn.kind.as_str()).collect();
    assert_eq!(kinds, ["speech", "tool_call", "tool_result", "speech"]);
    let [asked, got] = [1, 2].map(|index| turns[index].tool.as_ref().unwrap());
    assert_eq!(asked.arguments.as_ref().unwrap().get(), "{\"day\": 2}");
    assert_eq!((got.id.as_deref(), got.name.as_deref()), (Some("t"), Some("slot")));
    assert_eq!((got.result.as_ref().unwrap().get(), got.ok), ("{\"at\": \"10:00\"}", Some(true)));
    assert!(turns[3].at.is_some() && turns[3].tool.is_none());
    assert!(!call.facts.contains_key("transcript_with_tool_calls"));
}

#[test]
fn list_that_says_more_than_turns_hold_is_kept_in_the_facts() {
    for list in [
        json!([{"role": "node_transition", "new_node_id": "n"}]),
        json!([{"role": "agent", "content": "Hello."}]),
        json!([{"role": "agent", "content": "a", "mood": 1}, {"role": "user", "content": "b"}]),
        json!([{"role": "tool_call_invocation", "tool_call_id": 7}]),
        json!("text"),
    ] {
        let call = with_tools(list.clone());
        let said = call.transcript.turns.iter().filter(|turn| turn.kind == TurnKind::Speech);
        assert_eq!(said.map(|turn| turn.text.as_str()).collect::<Vec<_>>(), ["Hello.", "Tuesday."]);
        assert!(call.facts.contains_key("transcript_with_tool_calls"), "{list}");
    }
}

#[test]
fn turn_is_over_with_its_last_word() {
    let call = with_tools(Value::Null);
    let times: Vec<_> =
        call.transcript.turns.iter().map(|turn| (turn.offset_ms, turn.end_offset_ms)).collect();
    assert_eq!(times, [(Some(1_000), Some(1_900)), (Some(4_000), Some(4_900))]);
}

#[test]
fn batch_and_last_change_have_fields_of_their_own() {
    let call = mapped(json!({
        "id": "1", "updated_at": 1_703_097_600_000_i64,
        "metadata": {"batch_call_id": "batch-1", "public_log_url": "mine"},
        "public_log_url": "https://api.example.com/logs/1",
    }));
    assert_eq!(call.batch_id.as_deref(), Some("batch-1"));
    assert_eq!(call.updated_at.unwrap().to_rfc3339(), "2023-12-20T18:40:00+00:00");
    assert_eq!(call.metadata["public_log_url"].get(), "\"mine\"");
    assert_eq!(call.facts["public_log_url"].get(), "\"https://api.example.com/logs/1\"");
}
