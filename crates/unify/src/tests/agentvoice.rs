use super::*;
use crate::{
    model::{Disposition, Party, Status, WarningCode},
    support::{at, body, map, one, shown},
};
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
fn full_record_maps_to_a_whole_call() {
    let call = one(from_json(&body(VENDOR, "get_call.full")));
    insta::assert_json_snapshot!(shown(&call));
}

#[test]
fn most_recent_call_is_a_bare_record() {
    let call = one(from_json(&body(VENDOR, "list_calls.most_recent")));
    assert_eq!(call.transcript.state, TranscriptState::NotRequested);
    assert_eq!((call.answered_by, call.end), (None, None));
}

#[test]
fn parties_are_placed_by_direction() {
    let read = |call_type: Value| {
        let call = mapped(json!({
            "id": "1", "call_type": call_type, "contact_first_name": "John",
            "phone_number": "+14155550134", "phone_number_called_from": "+17375550134",
        }));
        let shown =
            |party: Option<Party>| party.map(|p| (p.number.and_then(|n| n.e164), p.name, p.role));
        (shown(call.from), shown(call.to), call.facts.into_keys().collect::<Vec<_>>())
    };
    let customer =
        Some((Some("+14155550134".to_owned()), Some("John".to_owned()), Some(PartyRole::Customer)));
    let agent = Some((Some("+17375550134".to_owned()), None, Some(PartyRole::Agent)));
    assert_eq!(read(json!("outbound")), (agent, customer.clone(), vec![]));
    assert_eq!(
        read(json!("inbound")),
        (customer, None, vec!["phone_number_called_from".to_owned()])
    );
    let (from, to, kept) = read(Value::Null);
    assert_eq!((from, to), (None, None));
    assert_eq!(kept, ["phone_number_called_from"]);
}

#[test]
fn voicemail_is_a_machine_and_its_absence_no_person() {
    assert_eq!(answered_by(Some(true)), Some(AnsweredBy::Machine));
    assert_eq!(answered_by(Some(false)), None);
    assert_eq!(answered_by(None), None);
    let call = mapped(json!({"id": "1", "status": "completed", "went_to_voicemail": true}));
    assert_eq!(call.disposition, Some(Disposition::Voicemail));
}

#[test]
fn status_words_say_state_and_disposition() {
    let cases = [
        ("completed", Status::Ended, Some(Disposition::Answered)),
        ("in_progress", Status::InProgress, Some(Disposition::Answered)),
        ("In Progress", Status::InProgress, Some(Disposition::Answered)),
        ("Queued", Status::Queued, None),
        ("busy", Status::Ended, Some(Disposition::Busy)),
        ("canceled", Status::Ended, Some(Disposition::Canceled)),
        ("no-answer", Status::Ended, Some(Disposition::NoAnswer)),
        ("failed", Status::Failed, Some(Disposition::Failed)),
        ("paused", Status::Other("paused".into()), None),
    ];
    for (word, status, disposition) in cases {
        let call = mapped(json!({"id": "1", "status": word}));
        assert_eq!(at(&call, WarningCode::UnknownValue).len(), usize::from(word == "paused"));
        assert_eq!((call.status, call.disposition), (status, disposition), "{word}");
    }
}

#[test]
fn transcript_is_not_requested_empty_or_inline() {
    let state = |record: Value| mapped(record).transcript.state;
    assert_eq!(state(json!({"id": "1"})), TranscriptState::NotRequested);
    assert_eq!(state(json!({"id": "1", "transcript": null})), TranscriptState::Unavailable);
    assert_eq!(state(json!({"id": "1", "transcript": "Hello"})), TranscriptState::Inline);
}

#[test]
fn formatted_turns_stand_before_the_texts() {
    let read = |formatted: Value| {
        let call = mapped(json!({
            "id": "1", "transcript": "Agent: text", "transcript_formatted": formatted,
        }));
        let turns = call.transcript.turns.into_iter();
        turns.map(|turn| (turn.role.to_string(), turn.text)).collect::<Vec<_>>()
    };
    let text = vec![("agent".to_owned(), "text".to_owned())];
    assert_eq!(
        read(json!([{"speaker": "agent", "text": "Hi."}, {"role": "Robot", "content": "Beep."}])),
        [("agent".to_owned(), "Hi.".to_owned()), ("Robot".to_owned(), "Beep.".to_owned())]
    );
    let silent = json!([{"speaker": "agent", "text": "Hi."}, {"speaker": "user", "text": ""}]);
    let one = vec![("agent".to_owned(), "Hi.".to_owned())];
    assert_eq!(read(silent), one);
    assert_eq!(read(json!([{"text": "nobody speaks"}])), text);
    assert_eq!(read(json!({"turns": []})), text);
    assert_eq!(read(json!({"turns": [{"role": "bot", "message": "Hi."}]})), one);
    assert_eq!(read(json!("[{\"role\": \"agent\", \"text\": \"Hi.\"}]")), one);
    assert_eq!(read(json!([])), text);
    assert_eq!(read(json!([["agent", "Hi."]])), text);
}

#[test]
fn items_are_read_alike_at_once_and_by_their_members() {
    let read = |mut item: Value, by_members: bool| {
        if by_members {
            item["none"] = Value::Null;
        }
        let call = mapped(json!({"id": "1", "transcript_formatted": [item]}));
        let call = Call { raw: Call::new(call.id.clone()).raw, ..call };
        serde_json::to_string(&call).unwrap().replace("\"none\":null,", "")
    };
    for item in [
        json!({"speaker": "agent", "text": "Hi.", "timestamp": "2026-04-21T12:27:23.335Z"}),
        json!({"role": "TOOL_CALL", "content": "{}", "time": "2026-04-21T12:27:23+05:30"}),
        json!({"role": "bot", "message": "Hi.", "time": null}),
        json!({"role": "bot", "message": "Hi.", "time": "soon"}),
        json!({"role": "bot", "message": "Hi.", "time": 7}),
        json!({"role": "bot", "speaker": "bot", "message": "Hi."}),
        json!({"role": "bot", "text": "Hi.", "message": "Hello."}),
        json!({"role": "bot", "text": null, "message": "Hello."}),
        json!({"speaker": 1, "role": "bot", "text": "Hello."}),
        json!({"role": "bot", "text": ""}),
        json!({"role": "bot", "text": "Hi.", "mood": "calm"}),
        json!({"role": "", "text": "Hi."}),
        json!({"text": "Hi."}),
    ] {
        assert_eq!(read(item.clone(), false), read(item.clone(), true), "{item}");
    }
}

#[test]
fn latency_is_read_where_the_name_carries_the_unit() {
    let call = mapped(json!({
        "id": "1", "latency_metrics": {"llm_ms": 412.5, "tts": 3, "stt_ms": "fast", "e2e_ms": -1},
    }));
    let stages: Vec<_> =
        call.latency.iter().map(|stage| (stage.stage.as_str(), stage.value)).collect();
    assert_eq!(stages, [("llm", Some(412.5))]);
    assert_eq!(at(&call, WarningCode::InvalidValue), ["/latency_metrics/e2e_ms"]);
    assert!(call.analysis.contains_key("latency_metrics"));
}

#[test]
fn formatted_transcript_of_another_shape_is_kept_in_the_analysis() {
    let analysis =
        |formatted: Value| mapped(json!({"id": "1", "transcript_formatted": formatted})).analysis;
    let other = analysis(json!({"turns": [{"who": "agent"}]}));
    assert_eq!(other["transcript_formatted"].get(), r#"{"turns":[{"who":"agent"}]}"#);
    assert!(analysis(json!([{"speaker": "agent", "text": "Hi.", "time": null}])).is_empty());
    let more = analysis(json!([{"speaker": "agent", "text": "Hi.", "mood": "calm"}]));
    assert_eq!(
        more["transcript_formatted"].get(),
        r#"[{"mood":"calm","speaker":"agent","text":"Hi."}]"#
    );
    let both = mapped(json!({"id": "1", "transcript": "Hi.", "transcript_formatted": "Hello."}));
    assert_eq!(both.transcript.text.as_deref(), Some("Hi."));
    assert_eq!(both.analysis["transcript_formatted"].get(), "\"Hello.\"");
}

#[test]
fn description_that_is_no_text_is_kept_in_the_analysis() {
    let call = mapped(json!({"id": "1", "call_description": "An offer."}));
    assert_eq!(call.summary.as_deref(), Some("An offer."));
    let call = mapped(json!({"id": "1", "call_description": {"short": "An offer."}}));
    assert_eq!(call.summary, None);
    assert!(call.analysis.contains_key("call_description"));
}

#[test]
fn formatted_transcript_without_a_text_is_read_or_unreadable() {
    let read = |formatted: Value| mapped(json!({"id": "1", "transcript_formatted": formatted}));
    let call = read(json!("Agent: Hello.\nCaller: Hi."));
    assert_eq!((call.transcript.state, call.transcript.turns.len()), (TranscriptState::Inline, 2));
    let call = read(json!({"items": [1]}));
    assert_eq!(call.transcript.state, TranscriptState::Unreadable);
    assert_eq!(at(&call, WarningCode::InvalidValue), ["/transcript_formatted"]);
    let call = read(json!([{"speaker": "agent", "text": "Hi.", "time": 12.5}]));
    assert_eq!(call.transcript.state, TranscriptState::Inline);
    assert!(call.analysis.contains_key("transcript_formatted"));
    assert_eq!(at(&call, WarningCode::InvalidValue), ["/transcript_formatted"]);
}

#[test]
fn duration_is_no_latency() {
    let call = mapped(json!({"id": "1", "latency_metrics": {"duration_ms": 9000, "llm_ms": 1}}));
    let stages: Vec<_> = call.latency.iter().map(|stage| stage.stage.as_str()).collect();
    assert_eq!(stages, ["llm"]);
}
