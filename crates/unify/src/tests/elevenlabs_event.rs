use super::*;

fn event(kind: &str, data: Value) -> Call {
    mapped(json!({"type": kind, "event_timestamp": 1_767_268_860, "data": data}))
}

#[test]
fn transcription_maps_as_the_single_conversation_does() {
    let record: Value = serde_json::from_str(&body(VENDOR, "get_conversation.sample")).unwrap();
    let (single, sent) = (mapped(record.clone()), event("post_call_transcription", record));
    assert_eq!(sent.facts["event_timestamp"].get(), "1767268860");
    assert_eq!(sent.facts["type"].get(), r#""post_call_transcription""#);
    assert!(sent.raw.get().contains("event_timestamp"));
    let plain = |mut call: Call| {
        call.facts.remove("event_timestamp");
        call.facts.remove("type");
        shown(&call)
    };
    assert_eq!(plain(sent), plain(single));
}

#[test]
fn transcription_with_null_lists_of_tools_is_read() {
    let call = event(
        "post_call_transcription",
        json!({
            "conversation_id": "conv_1", "agent_id": "agent_1", "status": "done", "has_audio": true,
            "metadata": {"start_time_unix_secs": 1_767_268_800, "call_duration_secs": 18},
            "transcript": [{
                "role": "agent", "message": "Done.", "tool_calls": null, "tool_results": null,
                "time_in_call_secs": 8,
                "conversation_turn_metrics": {"convai_llm_service_ttfb": {"elapsed_time": 0.37}},
            }],
            "quite_new": 1,
        }),
    );
    assert_eq!(call.transcript.turns.len(), 1);
    assert_eq!(call.latency[0].mean, Some(370.0));
    assert_eq!(at(&call, WarningCode::UnknownField), ["/data/quite_new"]);
    assert_eq!(call.facts["quite_new"].get(), "1");
}

#[test]
fn sound_of_a_call_is_a_recording_and_no_fact() {
    let data = json!({
        "agent_id": "agent_1", "conversation_id": "conv_1", "full_audio": "SUQzBAAAAAAA",
    });
    let call = event("post_call_audio", data);
    assert_eq!((call.id.call_id.as_str(), &call.status), ("conv_1", &Status::Ended));
    assert_eq!(call.recordings.len(), 1);
    assert!(call.facts.values().all(|fact| !fact.get().contains("SUQz")));
}

#[test]
fn call_that_a_trunk_could_not_begin_has_its_cause() {
    let call = event(
        "call_initiation_failure",
        json!({
            "agent_id": "agent_1", "conversation_id": "conv_1", "failure_reason": "busy",
            "metadata": {"type": "sip", "body": {
                "from_number": "+19195550101", "to_number": "+19195550142", "sip_status_code": 486,
                "error_reason": "INVITE failed: sip status: 486: Busy here (SIP 486)",
                "call_sid": "SCL_000000000001", "sip_status": "Busy here",
            }},
        }),
    );
    assert_eq!((&call.status, &call.disposition), (&Status::Failed, &Some(Disposition::Busy)));
    assert_eq!(call.direction, Some(Direction::Outbound));
    assert_eq!(call.customer.unwrap().number.unwrap().raw, "+19195550142");
    assert_eq!(call.agent_line.unwrap().number.unwrap().raw, "+19195550101");
    assert_eq!(call.alternate_ids["call_sid"], "SCL_000000000001");
    assert_eq!(call.facts["metadata/body/sip_status_code"].get(), "486");
    assert!(call.error_message.unwrap().starts_with("INVITE failed"));
    assert!(call.warnings.is_empty(), "{:?}", call.warnings);
}

#[test]
fn call_that_twilio_could_not_begin_has_the_platforms_word() {
    let call = event(
        "call_initiation_failure",
        json!({
            "agent_id": "agent_1", "conversation_id": "conv_1", "failure_reason": "no-answer",
            "metadata": {"type": "twilio", "body": {
                "CallStatus": "no-answer", "CallSid": "CA01", "From": "+19195550100",
                "To": "+19195550143", "SipResponseCode": "487", "ToState": "",
            }},
        }),
    );
    assert_eq!(call.end.unwrap().kind, EndReasonKind::NoAnswer);
    assert_eq!(call.disposition, Some(Disposition::NoAnswer));
    assert_eq!(call.to.unwrap().number.unwrap().raw, "+19195550143");
    assert_eq!(call.facts["metadata/body/SipResponseCode"].get(), r#""487""#);
    assert!(!call.facts.contains_key("metadata/body/ToState"));
}

#[test]
fn event_that_names_no_call_is_rejected() {
    for kind in ["call_initiation_failure", "post_call_transcription"] {
        let text = json!({"type": kind, "data": {"metadata": {}}}).to_string();
        let mapped = from_json(&text).unwrap();
        assert_eq!((mapped.calls.len(), mapped.rejected.len()), (0, 1), "{kind}");
        assert_eq!(mapped.rejected[0].raw.get(), text);
    }
}
