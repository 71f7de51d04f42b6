use super::*;
use crate::{
    model::{
        AnalysisState, AnsweredBy, Channel, Direction, Disposition, EndReasonKind, EndedBy,
        Sentiment, Speaker, Status, TranscriptState, TransferStatus, TurnKind, WarningCode,
    },
    support::{at, body, map, one, shown},
};
use serde_json::{Value, json};
use std::time::Duration;

fn mapped(record: Value) -> Call {
    map(from_json_with, &record)
}

fn fixture(name: &str) -> Call {
    one(from_json(&body(VENDOR, name)))
}

fn listed(name: &str) -> Vec<Call> {
    from_json(&body(VENDOR, name)).unwrap().calls
}

/// A single conversation with these metadata.
fn with(metadata: Value) -> Call {
    mapped(json!({"conversation_id": "1", "status": "done", "metadata": metadata}))
}

#[test]
fn single_sample_maps_to_a_whole_call() {
    insta::assert_json_snapshot!(shown(&fixture("get_conversation.sample")));
}

#[test]
fn list_has_neither_numbers_nor_cost_nor_transcript_but_the_sentiment() {
    let calls = listed("list_conversations.first_page");
    let call = &calls[0];
    assert_eq!(call.transcript.state, TranscriptState::NotRequested);
    assert!(call.from.is_none() && call.cost.is_none() && call.customer.is_none());
    assert_eq!(call.sentiment, Some(Sentiment::Positive));
    assert_eq!(call.outcome.success, Some(true));
    assert_eq!(call.outcome.score.unwrap().to_string(), "0.9");
    assert_eq!(call.language.as_deref(), Some("en"));
    assert!(call.warnings.is_empty(), "{:?}", call.warnings);
}

#[test]
fn single_conversation_keeps_what_only_the_list_states() {
    let mut single = fixture("get_conversation.sample");
    assert_eq!(single.sentiment, None);
    let facts = single.facts.len();
    keep_listed(&mut single, &listed("list_conversations.first_page")[0]);
    assert_eq!(single.sentiment, Some(Sentiment::Positive));
    assert_eq!(single.facts["message_count"].get(), "7");
    assert_eq!(single.facts["sentiment_analysis/overall_sentiment_score"].get(), "0.6");
    assert_eq!(single.facts.len(), facts + 8);
}

#[test]
fn goal_that_was_missed_is_no_failed_call() {
    let call = with(json!({
        "termination_reason": "Call ended by remote party", "call_duration_secs": 149,
    }));
    let analysis = json!({"call_successful": "failure"});
    let judged = mapped(json!({
        "conversation_id": "1", "status": "done", "analysis": analysis,
        "metadata": {"termination_reason": "Call ended by remote party", "call_duration_secs": 149},
    }));
    for call in [call, judged] {
        assert_eq!(
            (&call.status, &call.disposition),
            (&Status::Ended, &Some(Disposition::Answered))
        );
    }
}

#[test]
fn states_are_mapped_and_a_done_call_alone_proves_no_connection() {
    for (word, status, disposition, analysis) in [
        ("initiated", Status::Queued, None, None),
        ("in-progress", Status::InProgress, Some(Disposition::Answered), None),
        ("processing", Status::Ended, None, Some(AnalysisState::Pending)),
        ("done", Status::Ended, None, Some(AnalysisState::Complete)),
        ("failed", Status::Failed, Some(Disposition::Failed), Some(AnalysisState::Complete)),
    ] {
        let call = mapped(json!({"conversation_id": "1", "status": word}));
        assert_eq!((call.status, call.disposition), (status, disposition), "{word}");
        assert_eq!(call.analysis_state, analysis, "{word}");
    }
}

#[test]
fn end_is_the_reported_length_after_the_start() {
    let call = with(json!({
        "start_time_unix_secs": 1_767_268_800, "accepted_time_unix_secs": 1_767_268_802,
        "call_duration_secs": 18,
    }));
    assert_eq!(call.ended_at.unwrap().to_rfc3339(), "2026-01-01T12:00:18+00:00");
    assert_eq!(call.duration, Some(Duration::from_secs(18)));
    assert_eq!(call.talk_time, Some(Duration::from_secs(16)));
    assert_eq!(call.disposition, Some(Disposition::Answered));
    let milliseconds = with(json!({"start_time_unix_secs": 1_767_268_800_000_i64}));
    assert_eq!(milliseconds.started_at, None);
    let pointer = "/metadata/start_time_unix_secs";
    assert_eq!(at(&milliseconds, WarningCode::InvalidValue), [pointer]);
}

#[test]
fn length_of_0_is_none_while_the_call_goes_on() {
    let call = fixture("get_conversation.in_progress");
    assert_eq!((call.ended_at, call.reported_duration), (None, None));
    assert_eq!(call.disposition, Some(Disposition::Answered));
    let failed = fixture("get_conversation.failed_sip");
    assert_eq!((failed.ended_at, failed.reported_duration), (None, Some(Duration::ZERO)));
}

#[test]
fn cause_of_sip_is_read_where_there_is_no_sentence() {
    let call = fixture("get_conversation.failed_sip");
    let end = call.end.unwrap();
    assert_eq!((end.kind, end.ended_by), (EndReasonKind::Busy, EndedBy::Carrier));
    assert_eq!((call.status, call.disposition), (Status::Failed, Some(Disposition::Busy)));
    assert_eq!(call.error_message.as_deref(), Some(end.raw.as_str()));
    assert_eq!(call.facts["metadata/error/code"].get(), "486");
    assert_eq!(call.channel, Some(Channel::Sip));
    assert_eq!(call.batch_id.as_deref(), Some("btcal_4401k9aa00000"));
    for (status, kind) in [
        ("404: Invalid destination number", EndReasonKind::InvalidNumber),
        ("404: Domain unavailable", EndReasonKind::ConfigError),
        ("480: Temporarily Unavailable", EndReasonKind::NoAnswer),
        ("488: Not Acceptable Here", EndReasonKind::ConfigError),
        ("603: Decline", EndReasonKind::Declined),
        ("608: Rejected", EndReasonKind::SpamBlocked),
        ("500: Server Internal Error", EndReasonKind::DialFailed),
    ] {
        let reason = format!("INVITE failed: sip status: {status} (SIP {})", &status[..3]);
        let call = with(json!({"termination_reason": "", "error": {"reason": reason}}));
        assert_eq!(call.end.unwrap().kind, kind, "{status}");
    }
}

#[test]
fn sentences_of_the_end_have_their_meaning() {
    use EndReasonKind::*;
    use EndedBy::{Agent, Customer, System, Unknown};
    for (sentence, kind, by) in [
        ("end_call tool was called.", AgentHangup, Agent),
        ("voicemail_detection tool was called.", Voicemail, Agent),
        ("Answering machine detected", Voicemail, System),
        ("Call ended by remote party", CustomerHangup, Customer),
        ("Client disconnected", CustomerHangup, Unknown),
        ("Client disconnected: 1000", CustomerHangup, Unknown),
        ("Client disconnected: 1005", CustomerHangup, Unknown),
        ("Client disconnected: 1006", TelephonyError, System),
        ("Client disconnected: 1012", TelephonyError, System),
        ("Ending conversation after 30 seconds of silence.", Inactivity, System),
        ("Max inactive time reached", Inactivity, System),
        ("Max duration limit reached", MaxDuration, System),
        ("This request exceeds your quota limit.", AccountLimit, System),
        ("Missing required dynamic variables in tools: {'a'}", ConfigError, System),
        ("custom_llm generation failed", LlmError, System),
        ("Generating the LLM response took too long", LlmError, System),
    ] {
        let call = with(json!({"termination_reason": sentence}));
        let end = call.end.unwrap();
        assert_eq!((end.kind, end.ended_by, end.raw.as_str()), (kind, by, sentence));
        assert!(call.warnings.is_empty(), "{:?}", call.warnings);
    }
    let call = with(json!({"termination_reason": "The moon was full."}));
    assert_eq!(at(&call, WarningCode::UnknownValue), ["/metadata/termination_reason"]);
    let call = with(json!({"termination_reason": ""}));
    let end = call.end.unwrap();
    assert_eq!((end.kind, end.raw.as_str()), (CompletedUnspecified, "done"));
}

#[test]
fn money_and_credits_are_kept_apart_and_exact() {
    let cost = fixture("get_conversation.sample").cost.unwrap();
    assert_eq!((cost.total.unwrap().to_string(), cost.unit.as_str()), ("0.0250345".into(), "USD"));
    let other = &cost.other_totals[0];
    assert_eq!((other.amount.to_string(), other.unit.as_str()), ("126".into(), "credits"));
    let parts: Vec<_> = cost
        .parts
        .iter()
        .map(|part| format!("{} {} {} {}", part.name, part.amount, part.unit, part.kind))
        .collect();
    assert_eq!(
        parts,
        [
            "llm_price 0.0220345 USD llm",
            "platform_price 0.003 USD platform",
            "llm_charge 111 credits llm",
            "platform_charge 15 credits platform",
        ]
    );
    let older = with(json!({"cost": 126, "charging": {"llm_charge": 111, "platform_charge": 15}}));
    let cost = older.cost.unwrap();
    assert_eq!((cost.total.unwrap().to_string(), cost.unit.as_str()), ("126".into(), "credits"));
    assert!(cost.other_totals.is_empty() && older.warnings.is_empty());
}

#[test]
fn parts_that_do_not_add_up_are_noted_and_binary_fractions_are_not() {
    let read = |total: f64| {
        let charging = json!({"llm_price": 0.1, "platform_price": 0.2});
        let call = with(json!({"cost_fiat": total, "charging": charging}));
        at(&call, WarningCode::CostSumMismatch).join(" ")
    };
    assert_eq!(read(0.1 + 0.2), "");
    assert_eq!(read(0.4), "/metadata/cost_fiat");
}

#[test]
fn parties_are_named_whoever_called() {
    let call = fixture("get_conversation.sample");
    assert_eq!(call.direction, Some(Direction::Inbound));
    let number = |party: &Option<crate::model::Party>| {
        party.as_ref().unwrap().number.as_ref().unwrap().raw.clone()
    };
    assert_eq!(
        (number(&call.from), number(&call.to)),
        (number(&call.customer), number(&call.agent_line))
    );
    assert_eq!(number(&call.customer), "+19195550123");
    assert_eq!(call.customer.unwrap().id.as_deref(), Some("contact-0042"));
    assert_eq!(call.agent_line.unwrap().id.as_deref(), Some("phnum_2201k9aa00000"));
    let failed = fixture("get_conversation.failed_sip");
    assert_eq!(number(&failed.to), "+19195550142");
    assert_eq!(failed.contact_id.as_deref(), Some("contact-0042"));
    let ids: Vec<_> =
        failed.alternate_ids.iter().map(|(name, id)| format!("{name}={id}")).collect();
    assert_eq!(ids, ["batch_call_recipient_id=rcpt_4401k9aa00001", "call_id=otb_1101k9aa00000"]);
    let aside =
        with(json!({"phone_call": {"direction": "sideways", "external_number": "sip:desk"}}));
    assert_eq!(aside.customer.unwrap().number.unwrap().raw, "sip:desk");
    assert!(aside.from.is_none());
    let number = "/metadata/phone_call/external_number";
    assert_eq!(at(&fixture("get_conversation.sample"), WarningCode::InvalidE164), [""; 0]);
    assert!(aside.warnings.iter().any(|warning| warning.pointer == number));
}

#[test]
fn channel_is_by_the_carrier_or_else_by_the_start() {
    assert_eq!(fixture("get_conversation.sample").channel, Some(Channel::Phone));
    assert_eq!(fixture("get_conversation.web").channel, Some(Channel::Web));
    let message = fixture("get_conversation.sms");
    assert_eq!(message.channel, Some(Channel::Other("text_only".into())));
    assert_eq!(message.direction, Some(Direction::Inbound));
    for (source, channel) in [
        ("exotel", Some(Channel::Phone)),
        ("sip_trunk", Some(Channel::Sip)),
        ("python_sdk", Some(Channel::Web)),
        ("slack_integration", Some(Channel::Other("slack_integration".into()))),
        ("unknown", None),
    ] {
        let call =
            mapped(json!({"conversation_id": "1", "conversation_initiation_source": source}));
        assert_eq!(call.channel, channel, "{source}");
    }
}

#[test]
fn tools_are_turns_between_what_is_said() {
    let call = fixture("get_conversation.sample");
    let turns: Vec<_> = call
        .transcript
        .turns
        .iter()
        .map(|turn| {
            let name = turn.tool.as_ref().and_then(|tool| tool.name.clone()).unwrap_or_default();
            format!("{} {} {} {name}", turn.offset_ms.unwrap(), turn.role, turn.kind)
        })
        .collect();
    assert_eq!(
        turns,
        [
            "0 agent speech ",
            "3000 customer speech ",
            "6000 tool tool_call move_appointment",
            "6000 tool tool_result move_appointment",
            "8000 agent speech ",
            "12000 customer speech ",
            "14000 agent speech ",
            "17000 tool tool_call end_call",
            "17000 tool tool_result end_call",
        ]
    );
    let [called, returned] = [2, 3].map(|at| call.transcript.turns[at].tool.clone().unwrap());
    assert_eq!(called.arguments.unwrap().get(), r#"{"day":"Friday"}"#);
    assert_eq!(returned.result.unwrap().get(), r#"{"ok":true}"#);
    assert_eq!((returned.ok, returned.duration), (Some(true), Some(Duration::from_millis(412))));
    assert_eq!(called.id, returned.id);
    let last = &call.transcript.turns[6];
    assert_eq!(last.interrupted, Some(true));
    let original = &call.facts["transcript/5/original_message"];
    assert_eq!(original.get(), r#""Goodbye, and have a nice day.""#);
}

#[test]
fn tool_that_failed_or_was_blocked_did_not_work() {
    for (is_error, is_blocked, ok) in [
        (json!(false), json!(false), Some(true)),
        (json!(true), json!(false), Some(false)),
        (json!(false), json!(true), Some(false)),
        (json!(null), json!(null), None),
    ] {
        let result =
            json!({"result_value": "not JSON", "is_error": is_error, "is_blocked": is_blocked});
        let call = mapped(json!({
            "conversation_id": "1", "transcript": [{"role": "agent", "tool_results": [result]}],
        }));
        let turn = &call.transcript.turns[0];
        let tool = turn.tool.clone().unwrap();
        assert_eq!((turn.kind.clone(), tool.ok), (TurnKind::ToolResult, ok));
        assert_eq!(tool.result.unwrap().get(), r#""not JSON""#);
    }
}

#[test]
fn hand_over_to_a_number_is_the_end_unless_the_talk_goes_on() {
    let call = fixture("get_conversation.transferred");
    let end = call.end.unwrap();
    assert_eq!((end.kind, end.ended_by), (EndReasonKind::Transferred, EndedBy::Agent));
    assert_eq!(end.raw, "transfer_to_number_twilio_success");
    let sentence = &call.facts["metadata/termination_reason"];
    assert_eq!(sentence.get(), r#""Call ended by remote party""#);
    let statuses: Vec<_> = call.transfers.into_iter().filter_map(|one| one.status).collect();
    assert_eq!(statuses, [TransferStatus::Failed, TransferStatus::Completed]);
    let read = |word: &str, then: Value, sentence: &str| {
        let turn = json!({"role": "agent", "tool_results": [{"result": {"result_type": word}}]});
        let call = mapped(json!({
            "conversation_id": "1", "status": "done", "transcript": [turn, then],
            "metadata": {"termination_reason": sentence},
        }));
        call.end.unwrap().kind
    };
    let nothing = || json!({"role": "agent"});
    let word = "transfer_to_number_sip_success";
    assert_eq!(read(word, nothing(), ""), EndReasonKind::Transferred);
    let said = json!({"role": "user", "message": "I am back."});
    assert_eq!(read(word, said, "Client disconnected"), EndReasonKind::CustomerHangup);
    let failed = "transfer_to_number_error";
    assert_eq!(read(failed, nothing(), ""), EndReasonKind::TransferFailed);
    assert_eq!(read(failed, nothing(), "Client disconnected"), EndReasonKind::CustomerHangup);
}

#[test]
fn mailbox_that_was_detected_is_a_machine_and_its_absence_no_person() {
    let call = fixture("get_conversation.voicemail");
    assert_eq!(call.answered_by, Some(AnsweredBy::Machine));
    assert_eq!(call.disposition, Some(Disposition::Voicemail));
    let features = json!({"voicemail_detection": {"enabled": true, "used": false}});
    assert_eq!(with(json!({"features_usage": features})).answered_by, None);
}

#[test]
fn customer_who_spoke_was_reached_even_if_the_call_failed() {
    let call = mapped(json!({
        "conversation_id": "1", "status": "failed",
        "transcript": [{"role": "user", "message": "Hello?", "time_in_call_secs": 0.7}],
    }));
    assert_eq!((call.status, call.disposition), (Status::Failed, Some(Disposition::Answered)));
    let turn = &call.transcript.turns[0];
    assert_eq!((&turn.role, turn.offset_ms), (&Speaker::Customer, Some(700)));
}

#[test]
fn metrics_are_stages_and_a_value_repeated_after_a_tool_counts_once() {
    let call = fixture("get_conversation.sample");
    let stages: Vec<_> = call
        .latency
        .iter()
        .map(|stage| format!("{} {} {}", stage.stage, stage.count.unwrap(), stage.mean.unwrap()))
        .collect();
    assert_eq!(
        stages,
        [
            "convai_asr_trailing_service_latency 1 71",
            "convai_llm_service_ttf_sentence 1 640",
            "convai_llm_service_ttfb 1 512",
            "convai_llm_tool_request_generation_latency 1 688",
            "convai_ttf_audio_since_silence 1 905",
            "convai_tts_service_ttfb 2 129.5",
        ]
    );
    assert_eq!(call.transcript.turns[4].latency_ms, Some(905.0));
    let model = &call.facts["conversation_turn_metrics/convai_tts_model"];
    assert_eq!(model.get(), r#""eleven_flash_v2""#);
}

#[test]
fn metrics_are_read_without_their_object_too() {
    let turn = |seconds: f64| {
        let metrics = json!({"convai_llm_service_ttfb": {"elapsed_time": seconds}});
        json!({"role": "agent", "message": "Yes.", "conversation_turn_metrics": metrics})
    };
    let turns: Vec<_> = (1..=4).map(|number| turn(f64::from(number) / 10.0)).collect();
    let call = mapped(json!({"conversation_id": "1", "transcript": turns}));
    let stage = &call.latency[0];
    assert_eq!((stage.count, stage.min, stage.max), (Some(4), Some(100.0), Some(400.0)));
    assert_eq!((stage.mean, stage.p50, stage.p90), (Some(250.0), Some(200.0), Some(400.0)));
    assert!(call.warnings.is_empty() && call.facts.is_empty(), "{:?}", call.facts);
}

#[test]
fn turn_that_lies_outside_the_call_is_noted() {
    let call = mapped(json!({
        "conversation_id": "1", "status": "done",
        "metadata": {"start_time_unix_secs": 1_767_268_800, "call_duration_secs": 18},
        "transcript": [
            {"role": "user", "message": "Hi.", "time_in_call_secs": 17},
            {"role": "user", "message": "Hm?", "time_in_call_secs": 500},
            {"role": "user", "message": "Oh.", "time_in_call_secs": -1},
        ],
    }));
    let pointer = ["/transcript/1/time_in_call_secs"];
    assert_eq!(at(&call, WarningCode::TurnOutsideCall), pointer);
    assert!(call.warnings[0].message.contains("2 values"), "{:?}", call.warnings);
}

#[test]
fn callers_variables_are_the_metadata_and_the_vendors_are_facts() {
    let call = fixture("get_conversation.sample");
    let names: Vec<_> = call.metadata.keys().map(String::as_str).collect();
    assert_eq!(names, ["customer_name", "vip", "visits"]);
    let name = "conversation_initiation_client_data/dynamic_variables/system__caller_id";
    assert_eq!(call.facts[name].get(), r#""+19195550123""#);
    let history = mapped(json!({
        "conversation_id": "1", "has_audio": false,
        "conversation_initiation_client_data": {
            "dynamic_variables": {"system__conversation_history": "Agent: Hello."},
        },
    }));
    assert!(history.facts.is_empty() && history.metadata.is_empty());
}

#[test]
fn recording_is_served_by_the_api_of_the_source() {
    let recording = fixture("get_conversation.sample").recordings.remove(0);
    let path = "/v1/convai/conversations/conv_4401k9aa44444/audio";
    assert_eq!(recording.url, format!("https://api.elevenlabs.io{path}"));
    assert!(recording.needs_auth);
    assert_eq!(recording.media_type.as_deref(), Some("audio/mpeg"));
    let context = Context::default().with_base_url("https://api.eu.example.com/");
    let record = r#"{"conversation_id": "a/b?c", "has_audio": true}"#;
    let call = one(from_json_with(record, &context));
    let url = "https://api.eu.example.com/v1/convai/conversations/a%2Fb%3Fc/audio";
    assert_eq!(call.recordings[0].url, url);
    assert!(fixture("get_conversation.failed_sip").recordings.is_empty());
}

#[test]
fn credentials_of_tools_and_configurations_are_in_no_part_of_a_call() {
    let secret = "s3cret-token";
    let details =
        json!({"type": "webhook", "headers": {"X-Token": secret}, "url": "https://x.test"});
    let record = json!({
        "conversation_id": "1", "has_audio": false,
        "transcript": [{
            "role": "agent", "tool_calls": [{"tool_name": "look_up", "tool_details": details}],
        }],
        "conversation_initiation_client_data": {
            "conversation_config_override": {"llm": {"api_key": secret}},
            "custom_llm_extra_body": {"Authorization": secret, "plain": 1},
        },
    });
    let event = json!({"type": "post_call_transcription", "event_timestamp": 1, "data": record});
    for text in [record.to_string(), event.to_string()] {
        let call = one(from_json(&text));
        let written = serde_json::to_string(&call).unwrap();
        assert!(!written.contains(secret), "{written}");
        assert_eq!(call.raw.get().matches("[redacted]").count(), 3, "{}", call.raw);
    }
}

#[test]
fn word_for_the_goal_that_is_not_listed_is_kept_as_a_fact() {
    let call = mapped(json!({"conversation_id": "1", "call_successful": "partly"}));
    assert_eq!(call.outcome.success, None);
    assert_eq!(at(&call, WarningCode::UnknownValue), ["/call_successful"]);
    assert_eq!(call.facts["call_successful"].get(), r#""partly""#);
}

#[path = "elevenlabs_event.rs"]
mod event;
