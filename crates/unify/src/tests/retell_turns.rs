use super::tests::mapped;
use crate::model::{Call, Speaker, TranscriptState, TurnKind, WarningCode};
use crate::support::{at, body, one};
use serde_json::{Value, json};

fn words(times: &[(f64, f64)]) -> Value {
    times.iter().map(|(start, end)| json!({"word": "x", "start": start, "end": end})).collect()
}

/// A call with two turns, and with a list of what happened between them.
fn with_tools(list: Value) -> Call {
    mapped(json!({
        "call_id": "1", "duration_ms": 9_000,
        "transcript_object": [
            {"role": "agent", "content": "Hello.", "words": words(&[(0.7, 0.95), (1.4, 1.75)])},
            {"role": "user", "content": "Tuesday.", "words": words(&[(4.1, 4.6)])},
        ],
        "transcript_with_tool_calls": list,
    }))
}

#[test]
fn turn_lasts_from_its_first_word_to_its_last() {
    let call = with_tools(Value::Null);
    let times: Vec<_> =
        call.transcript.turns.iter().map(|turn| (turn.offset_ms, turn.end_offset_ms)).collect();
    assert_eq!(times, [(Some(700), Some(1_750)), (Some(4_100), Some(4_600))]);
    let roles: Vec<_> = call.transcript.turns.iter().map(|turn| turn.role.as_str()).collect();
    assert_eq!(roles, ["agent", "customer"]);
}

#[test]
fn tool_calls_and_results_are_turns_between_those_that_were_said() {
    let call = one(super::from_json(&body(super::VENDOR, "get_call.sample")));
    let turns = &call.transcript.turns;
    let kinds: Vec<_> = turns.iter().map(|turn| turn.kind.as_str()).collect();
    assert_eq!(kinds, ["speech", "speech", "tool_call", "tool_result", "speech", "speech"]);
    let [asked, got] = [2, 3].map(|index| turns[index].tool.as_ref().unwrap());
    assert_eq!(asked.arguments.as_ref().unwrap().get(), r#"{"day":"Tuesday"}"#);
    assert_eq!((got.id.as_deref(), got.name.as_deref()), (Some("tool_0001"), Some("find_slot")));
    assert_eq!((got.result.as_ref().unwrap().get(), got.ok), (r#"{"slot":"10:00"}"#, Some(true)));
    assert!(call.transcript.text.unwrap().starts_with("Agent: Hello"));
}

#[test]
fn what_is_no_turn_is_kept_in_the_facts_under_its_place() {
    let call = one(super::from_json(&body(super::VENDOR, "get_call.sample")));
    let kept: Vec<_> =
        call.facts.keys().filter(|name| name.starts_with("transcript_with")).collect();
    let places = ["2", "6", "7", "9"].map(|index| format!("transcript_with_tool_calls/{index}"));
    assert_eq!(kept, places.iter().collect::<Vec<_>>());
    assert!(call.facts["transcript_with_tool_calls/6"].get().contains("dtmf"));
}

#[test]
fn members_that_a_turn_does_not_hold_are_kept() {
    let call = with_tools(json!([
        {"role": "agent", "content": "Hello.", "words": [], "metadata": {"response_id": 1}},
        {"role": "tool_call_invocation", "tool_call_id": "t", "name": "f", "arguments": "soon",
            "thought_signature": "abc", "time_sec": 2.5},
        {"role": "user", "content": "Tuesday.", "words": []},
    ]));
    let tool = &call.transcript.turns[1];
    assert_eq!((tool.kind.clone(), tool.offset_ms), (TurnKind::ToolCall, Some(2_500)));
    assert_eq!(tool.tool.as_ref().unwrap().arguments.as_ref().unwrap().get(), "\"soon\"");
    assert_eq!(call.facts["transcript_with_tool_calls/0/metadata"].get(), r#"{"response_id":1}"#);
    assert_eq!(call.facts["transcript_with_tool_calls/1/thought_signature"].get(), "\"abc\"");
}

#[test]
fn turns_that_differ_between_the_two_lists_are_both_kept() {
    let call = with_tools(json!([
        {"role": "agent", "content": "Good day.", "words": []},
        {"role": "user", "content": "Tuesday.", "words": []},
        {"role": "agent", "content": "One more.", "words": []},
        {"role": "agent", "content": "", "words": []},
        {"role": 7},
        "text",
    ]));
    let said: Vec<_> = call.transcript.turns.iter().map(|turn| turn.text.as_str()).collect();
    assert_eq!(said, ["Hello.", "Tuesday."]);
    let kept: Vec<_> = call.facts.keys().map(String::as_str).collect();
    let place = |index: u8| format!("transcript_with_tool_calls/{index}");
    assert_eq!(kept, [place(0), place(2), place(4), place(5)]);
    let call = with_tools(json!({"a": 1}));
    assert_eq!(call.facts["transcript_with_tool_calls"].get(), r#"{"a":1}"#);
}

#[test]
fn list_with_tools_alone_is_the_transcript() {
    let call = mapped(json!({
        "call_id": "1",
        "transcript_with_tool_calls": [
            {"role": "agent", "content": "Hello.", "words": words(&[(1.0, 1.5)])},
            {"role": "transfer_target", "content": "Desk here.", "words": []},
            {"role": "system", "content": "Muted.", "time_sec": 3},
        ],
    }));
    let turns: Vec<_> =
        call.transcript.turns.iter().map(|turn| (turn.role.clone(), turn.offset_ms)).collect();
    assert_eq!(
        turns,
        [
            (Speaker::Agent, Some(1_000)),
            (Speaker::Other("transfer_target".into()), None),
            (Speaker::System, Some(3_000)),
        ]
    );
}

#[test]
fn scrubbed_transcript_is_read_where_it_is_the_only_one() {
    let scrubbed = one(super::from_json(&body(super::VENDOR, "get_call.scrubbed")));
    assert_eq!(scrubbed.transcript.state, TranscriptState::Inline);
    let kinds: Vec<_> = scrubbed.transcript.turns.iter().map(|turn| turn.kind.as_str()).collect();
    assert_eq!(kinds, ["speech", "tool_call"]);
    assert_eq!(scrubbed.transcript.turns[0].text, "This is for [NAME].");
    assert_eq!(scrubbed.facts["scrubbed_transcript_with_tool_calls/1/type"].get(), "\"end_call\"");
    let both = one(super::from_json(&body(super::VENDOR, "get_call.scrubbed_too")));
    assert_eq!(both.transcript.turns[0].text, "This is for Dana.");
    assert!(both.facts.contains_key("scrubbed_transcript_with_tool_calls"));
}

#[test]
fn running_text_is_taken_apart_where_there_are_no_turns() {
    let call = mapped(json!({"call_id": "1", "transcript": "Agent: Hello.\nUser: Hi.\n"}));
    let roles: Vec<_> = call.transcript.turns.iter().map(|turn| turn.role.as_str()).collect();
    assert_eq!(roles, ["agent", "customer"]);
}

#[test]
fn turn_far_behind_the_end_is_noted() {
    let outside = |start: f64| {
        let call = mapped(json!({
            "call_id": "1", "duration_ms": 9_000,
            "transcript_object":
                [{"role": "agent", "content": "Hello.", "words": words(&[(start, start)])}],
        }));
        !at(&call, WarningCode::TurnOutsideCall).is_empty()
    };
    assert!(!outside(9.5) && !outside(60.0));
    assert!(outside(70.0) && outside(-1.0));
}
