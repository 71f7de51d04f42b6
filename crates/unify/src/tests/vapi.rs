use super::*;
use crate::{
    end_reason::classify,
    model::{
        AnsweredBy, CostKind, EndReasonKind, EndedBy, PartyRole, Speaker, TranscriptState,
        TransferKind, TransferStatus, TurnKind, WarningCode,
    },
    support::{at, body, map as map_json, one, shown},
};
use serde_json::{Value, json};

const CURRENT: &str = include_str!("vapi_ended_reasons.txt");
const RETIRED: &str = include_str!("vapi_ended_reasons_retired.txt");

fn mapped(mut record: Value) -> Call {
    record["id"] = "call-1".into();
    map_json(from_json_with, &record)
}

fn words(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.lines().filter(|word| !word.is_empty())
}

#[test]
fn sample_maps_to_a_whole_call() {
    let call = one(from_json(&body("vapi", "get_call.sample")));
    insta::assert_json_snapshot!(shown(&call));
    assert_eq!(call.warnings, []);
}

#[test]
fn every_end_word_has_a_kind() {
    let mut vague = 0;
    let mut count = 0;
    for word in words(CURRENT) {
        let end = classify(VENDOR, word);
        assert!(!end.kind.is_other(), "{word}");
        count += 1;
        vague += usize::from(end.kind == EndReasonKind::CompletedUnspecified);
    }
    assert_eq!(count, 595);
    assert!(vague * 100 <= count, "{vague} of {count} say nothing");
    assert_eq!(words(RETIRED).count(), 78);
    for word in words(RETIRED) {
        assert!(!classify(VENDOR, word).kind.is_other(), "{word}");
    }
}

#[test]
fn end_words_name_what_failed_and_who_ended_the_call() {
    use EndReasonKind::*;
    use EndedBy::{Agent, Carrier, Customer, Operator, System, Unknown};
    for (word, kind, by) in [
        ("customer-ended-call", CustomerHangup, Customer),
        ("customer-ended-call-during-transfer", CustomerHangup, Customer),
        ("customer-ended-call-before-warm-transfer", CustomerHangup, Customer),
        ("assistant-ended-call", AgentHangup, Agent),
        ("assistant-said-end-call-phrase", AgentHangup, Agent),
        ("assistant-forwarded-call", Transferred, Agent),
        ("call.forwarding.operator-busy", TransferFailed, Operator),
        ("voicemail", Voicemail, System),
        ("silence-timed-out", Inactivity, System),
        ("exceeded-max-duration", MaxDuration, System),
        ("customer-busy", Busy, Customer),
        ("vonage-rejected", Declined, Carrier),
        ("twilio-failed-to-connect-call", DialFailed, Carrier),
        ("twilio-reported-customer-misdialed", InvalidNumber, Carrier),
        ("manually-canceled", Canceled, Operator),
        ("unknown-error", PlatformError, Unknown),
        (
            "call.in-progress.error-providerfault-outbound-sip-408-request-timeout",
            NoAnswer,
            Carrier,
        ),
        (
            "call.in-progress.error-providerfault-outbound-sip-503-service-unavailable",
            TelephonyError,
            Carrier,
        ),
        ("call.start.error-fraud-check-failed", SpamBlocked, System),
        ("call.start.error-subscription-frozen", AccountLimit, System),
        ("pipeline-error-deepgram-voice-failed", TtsError, System),
        ("pipeline-error-deepgram-transcriber-failed", SttError, System),
        ("call.in-progress.error-vapifault-openai-llm-failed", LlmError, System),
        ("pipeline-error-some-new-thing", PlatformError, System),
    ] {
        let end = classify(VENDOR, word);
        assert_eq!((end.kind, end.ended_by), (kind, by), "{word}");
    }
    let call = mapped(json!({"status": "ended", "endedReason": "gremlins"}));
    assert_eq!(at(&call, WarningCode::UnknownValue), ["/endedReason"]);
}

#[test]
fn word_for_the_type_is_direction_and_medium() {
    let read = |word: &str, transport: &str| {
        let call = mapped(json!({"type": word, "phoneCallTransport": transport}));
        let channel = call.channel.map(|channel| channel.to_string());
        (call.direction.map(|direction| direction.to_string()), channel)
    };
    let pair = |direction: Option<&str>, channel: &str| {
        (direction.map(str::to_owned), Some(channel.to_owned()))
    };
    assert_eq!(read("inboundPhoneCall", "pstn"), pair(Some("inbound"), "phone"));
    assert_eq!(read("outboundPhoneCall", "sip"), pair(Some("outbound"), "sip"));
    assert_eq!(read("webCall", ""), pair(None, "web"));
    assert_eq!(read("vapi.websocketCall", ""), pair(None, "vapi.websocketCall"));
    let call = mapped(json!({"type": "carrierPigeon", "phoneCallTransport": "satellite"}));
    assert_eq!(at(&call, WarningCode::UnknownValue), ["/phoneCallTransport", "/type"]);
}

#[test]
fn state_is_the_words_and_a_call_that_is_not_found_is_none_of_ours() {
    for (word, status, is_over) in [
        ("scheduled", "scheduled", false),
        ("queued", "queued", false),
        ("ringing", "ringing", false),
        ("in-progress", "in_progress", false),
        ("forwarding", "in_progress", false),
        ("ended", "ended", true),
        ("not-found", "not-found", false),
        ("deletion-failed", "deletion-failed", false),
    ] {
        let call = mapped(json!({"status": word}));
        assert_eq!((call.status.as_str(), call.is_over()), (status, is_over), "{word}");
        assert!(call.warnings.is_empty(), "{word}: {:?}", call.warnings);
    }
    let call = mapped(json!({"status": "deletion-failed", "endedAt": "2026-08-01T08:00:25.399Z"}));
    assert!(call.is_over());
    assert_eq!(mapped(json!({"endedAt": "2026-08-01T08:00:25Z"})).status, Status::Ended);
    let call = mapped(json!({"status": "on-hold"}));
    assert_eq!(at(&call, WarningCode::UnknownValue), ["/status"]);
}

#[test]
fn disposition_needs_a_proof_and_an_evaluation_is_none() {
    let started = "2026-08-01T08:00:00Z";
    let read = |reason: &str, started_at: Option<&str>, role: Option<&str>| {
        let messages = role.map(|role| json!([{"role": role, "message": "Hello?"}]));
        let call = mapped(json!({
            "status": "ended", "endedReason": reason, "startedAt": started_at,
            "endedAt": started_at.map(|_| "2026-08-01T08:01:00Z"),
            "artifact": {"messages": messages}, "analysis": {"successEvaluation": "false"},
        }));
        call.disposition.map(|found| found.to_string()).unwrap_or_default()
    };
    let failed = "call.in-progress.error-vapifault-worker-died";
    assert_eq!(read("customer-ended-call", Some(started), None), "answered");
    assert_eq!(read("voicemail", Some(started), Some("user")), "voicemail");
    assert_eq!(read("customer-busy", None, None), "busy");
    assert_eq!(read("customer-did-not-answer", None, None), "no_answer");
    assert_eq!(read("vonage-rejected", None, None), "declined");
    assert_eq!(read(failed, Some(started), Some("user")), "answered");
    assert_eq!(read(failed, Some(started), Some("bot")), "", "the pick-up is not proven");
    assert_eq!(read(failed, None, None), "failed", "a call without a start never connected");
    let call = mapped(json!({"status": "ended", "endedReason": "voicemail"}));
    assert_eq!(call.answered_by, Some(AnsweredBy::Machine));
    assert_eq!(mapped(json!({"status": "ringing"})).disposition, None);
    assert_eq!(mapped(json!({"status": "forwarding"})).disposition, Some(Disposition::Answered));
}

#[test]
fn evaluation_is_a_success_only_in_the_words_of_yes_and_no() {
    for (text, success, evaluation) in [
        ("true", Some(true), None),
        ("false", Some(false), None),
        ("8", None, Some("8")),
        ("Good", None, Some("Good")),
        ("{\"a\": 1}", None, Some("{\"a\": 1}")),
        ("", None, None),
    ] {
        let outcome = mapped(json!({"analysis": {"successEvaluation": text}})).outcome;
        assert_eq!((outcome.success, outcome.evaluation.as_deref()), (success, evaluation));
        assert_eq!(outcome.label, None);
    }
}

#[test]
fn analysis_that_is_an_empty_array_is_none() {
    let call = mapped(json!({"analysis": [], "summary": "Moved."}));
    assert!(call.analysis.is_empty() && call.warnings.is_empty(), "{:?}", call.warnings);
    assert_eq!(call.summary.as_deref(), Some("Moved."));
    let call = mapped(
        json!({"analysis": {"summary": "New.", "structuredData": {"a": 1.10}}, "summary": "Old."}),
    );
    assert_eq!(call.summary.as_deref(), Some("New."));
    let names: Vec<_> = call.analysis.keys().map(String::as_str).collect();
    assert_eq!(names, ["structuredData"]);
}

#[test]
fn costs_are_exact_dollars_and_the_items_stand_before_the_rounded_breakdown() {
    let call = one(from_json(&body("vapi", "get_call.sample")));
    let cost = call.cost.unwrap();
    assert_eq!((cost.total.unwrap().to_string().as_str(), cost.unit.as_str()), ("0.0397", "USD"));
    let parts: Vec<_> =
        cost.parts.iter().map(|part| (part.name.as_str(), part.amount.to_string())).collect();
    assert!(parts.contains(&("model", "0.00007275".to_owned())), "{parts:?}");
    assert!(parts.contains(&("analysis/summary", "0.00004305".to_owned())), "{parts:?}");
    assert!(parts.contains(&("vapi/normal", "0.021065".to_owned())), "{parts:?}");
    let kind = |name: &str| cost.parts.iter().find(|part| part.name == name).unwrap().kind.clone();
    assert_eq!(kind("transport"), CostKind::Telephony);
    assert_eq!(kind("transcriber"), CostKind::Stt);
    assert_eq!(kind("voice"), CostKind::Tts);
    assert_eq!(kind("knowledge-base"), CostKind::default());
    let call = mapped(json!({
        "costBreakdown": {"stt": 0.01, "llm": 0.0012, "vapi": 0.025, "total": 0.0363,
            "analysisCostBreakdown": {"summary": 0.0001}},
    }));
    let cost = call.cost.unwrap();
    assert_eq!(cost.total.unwrap().to_string(), "0.0363");
    let names: Vec<_> = cost.parts.iter().map(|part| part.name.as_str()).collect();
    assert_eq!(names, ["stt", "llm", "vapi", "analysis/summary"]);
}

#[test]
fn parts_may_differ_from_the_total_by_their_rounding_only() {
    let codes = |costs: Value| {
        let call = mapped(json!({"cost": 0.0690, "costs": costs}));
        at(&call, WarningCode::CostSumMismatch).join(" ")
    };
    assert_eq!(codes(json!([{"type": "vapi", "cost": 0.0689}])), "");
    assert_eq!(codes(json!([])), "");
    assert_eq!(codes(json!([{"type": "vapi", "cost": 0.0546}])), "/cost");
    let call = mapped(json!({"cost": 0.07, "costBreakdown": {"total": 0.05}}));
    assert_eq!(at(&call, WarningCode::CostSumMismatch), ["/costBreakdown/total"]);
}

#[test]
fn messages_are_turns_with_times_and_tools_and_the_prompt_is_none() {
    let call = one(from_json(&body("vapi", "get_call.sample")));
    let turns = &call.transcript.turns;
    let kinds: Vec<_> = turns.iter().map(|turn| (turn.role.as_str(), turn.kind.as_str())).collect();
    assert_eq!(
        kinds,
        [
            ("agent", "speech"),
            ("customer", "speech"),
            ("tool", "tool_call"),
            ("tool", "tool_result"),
            ("agent", "speech"),
            ("customer", "speech"),
        ]
    );
    assert_eq!(turns[0].at.unwrap().timestamp_millis(), 1_785_571_201_843);
    assert_eq!((turns[0].offset_ms, turns[0].end_offset_ms), (Some(1_280), Some(3_780)));
    let [called, returned] = [2, 3].map(|index| turns[index].tool.as_ref().unwrap());
    assert_eq!(
        (called.id.as_deref(), called.name.as_deref()),
        (Some("call_tool_0001"), Some("find_slot"))
    );
    assert_eq!(called.arguments.as_ref().unwrap().get(), "{\"day\":\"Tuesday\"}");
    assert_eq!(returned.id.as_deref(), Some("call_tool_0001"));
    assert_eq!(returned.result.as_ref().unwrap().get(), "{\"slot\":\"10:00\"}");
    assert!(call.transcript.text.unwrap().starts_with("AI: "));
}

#[test]
fn message_without_what_is_required_of_it_is_read_all_the_same() {
    let call = mapped(json!({"artifact": {"messages": [
        {"role": "tool_calls", "toolCalls": [
            {"id": "a", "function": {"name": "first", "arguments": "not JSON"}},
            {"id": "b", "function": {"name": "second", "arguments": {"x": 1}}},
        ]},
        {"role": "tool_call_result", "toolCallId": "a", "result": "done"},
        {"role": "assistant", "message": "Hello."},
        {"role": "narrator", "message": "Later."},
        {"role": "bot"},
    ]}}));
    let turns = &call.transcript.turns;
    assert_eq!(turns.len(), 5);
    let tool = |index: usize| turns[index].tool.as_ref().unwrap();
    assert_eq!(tool(0).arguments.as_ref().unwrap().get(), "\"not JSON\"");
    assert_eq!(tool(1).arguments.as_ref().unwrap().get(), "{\"x\":1}");
    assert_eq!(
        (turns[1].kind.clone(), tool(1).name.as_deref()),
        (TurnKind::ToolCall, Some("second"))
    );
    assert_eq!(tool(2).result.as_ref().unwrap().get(), "\"done\"");
    assert_eq!(turns[3].role, Speaker::Agent);
    assert_eq!(turns[4].role, Speaker::Other("narrator".into()));
    assert!(call.warnings.is_empty(), "{:?}", call.warnings);
}

#[test]
fn copy_of_the_messages_counts_where_the_artifact_has_none() {
    let copy = json!([{"role": "user", "message": "Hi."}, 7]);
    let call = mapped(json!({"messages": copy, "artifact": {"messages": []}}));
    assert_eq!(call.transcript.turns.len(), 1);
    assert_eq!(at(&call, WarningCode::FieldDropped), ["/messages/1"]);
    assert_eq!(call.facts["messages/1"].get(), "7");
    let call = mapped(json!({
        "messages": copy, "artifact": {"messages": [{"role": "bot", "message": "Hello."}]},
    }));
    assert_eq!(call.transcript.turns[0].text, "Hello.");
    assert!(call.warnings.is_empty(), "{:?}", call.warnings);
}

#[test]
fn running_text_is_taken_apart_where_there_are_no_messages() {
    let call = mapped(json!({"artifact": {"transcript": "AI: Hello.\nUser: Hi.\n"}}));
    let roles: Vec<_> = call.transcript.turns.iter().map(|turn| turn.role.as_str()).collect();
    assert_eq!(roles, ["agent", "customer"]);
    let call = mapped(json!({"transcript": "AI: Hello.", "artifact": {"transcript": ""}}));
    assert_eq!(call.transcript.text.as_deref(), Some("AI: Hello."));
    assert_eq!(mapped(json!({})).transcript.state, TranscriptState::Unavailable);
}

#[test]
fn turn_some_seconds_before_the_start_is_no_odd_one() {
    let turn = |time: i64| {
        let call = mapped(json!({
            "startedAt": "2026-08-01T07:30:03.900Z", "endedAt": "2026-08-01T07:31:00.100Z",
            "artifact": {"messages": [{"role": "bot", "message": "Hello?", "time": time}]},
        }));
        call.warnings.first().map(|warning| (warning.code.clone(), warning.pointer.to_string()))
    };
    assert_eq!(turn(1_785_569_399_100), None);
    let pointer = "/artifact/messages/0/time".to_owned();
    assert_eq!(turn(1_785_569_000_000), Some((WarningCode::TurnOutsideCall, pointer.clone())));
    assert_eq!(turn(5), Some((WarningCode::InvalidValue, pointer)));
}

#[test]
fn customer_and_line_stand_on_the_side_that_the_direction_says() {
    let read = |word: &str| {
        mapped(json!({
            "type": word, "phoneNumberId": "line-1", "customerId": "cus-1",
            "customer": {"number": "+12025550123", "name": "Dana Example", "externalId": "crm-1"},
            "phoneNumber": {"twilioPhoneNumber": "+12025550100", "twilioAccountSid": "AC1"},
        }))
    };
    let number = |party: &Option<crate::model::Party>| {
        party.as_ref().and_then(|party| Some(party.number.as_ref()?.raw.clone()))
    };
    let call = read("outboundPhoneCall");
    assert_eq!(number(&call.from).as_deref(), Some("+12025550100"));
    assert_eq!(number(&call.to).as_deref(), Some("+12025550123"));
    assert_eq!(call.contact_id.as_deref(), Some("cus-1"));
    let line = call.agent_line.unwrap();
    assert_eq!((line.id.as_deref(), line.role), (Some("line-1"), Some(PartyRole::Agent)));
    let call = read("inboundPhoneCall");
    assert_eq!(number(&call.from).as_deref(), Some("+12025550123"));
    let call = read("webCall");
    assert!(call.from.is_none() && call.to.is_none());
    assert_eq!(number(&call.customer).as_deref(), Some("+12025550123"));
    let call = mapped(json!({
        "type": "inboundPhoneCall", "customer": {"sipUri": "sip:desk@pbx.example.com", "externalId": "crm-1"},
    }));
    assert_eq!(number(&call.from).as_deref(), Some("sip:desk@pbx.example.com"));
    assert_eq!(at(&call, WarningCode::InvalidE164), ["/customer/sipUri"]);
    assert_eq!(call.contact_id.as_deref(), Some("crm-1"));
    let both = json!({"number": "+12025550123", "sipUri": "sip:desk@pbx.example.com"});
    let call = mapped(json!({"customer": both, "destination": both}));
    assert_eq!(number(&call.customer).as_deref(), Some("+12025550123"));
    assert_eq!(call.facts["customer/sipUri"].get(), r#""sip:desk@pbx.example.com""#);
    assert_eq!(call.facts["destination/sipUri"].get(), r#""sip:desk@pbx.example.com""#);
}

#[test]
fn name_of_a_stored_assistant_is_that_of_the_one_that_spoke_first() {
    let agent = |record: Value| {
        let agent = mapped(record).agent?;
        Some((agent.id.unwrap_or_default(), agent.name.unwrap_or_default()))
    };
    let pair = |id: &str, name: &str| Some((id.to_owned(), name.to_owned()));
    let spoke = json!({"assistantActivations": [{"assistantId": "a-1", "assistantName": "Desk"}]});
    assert_eq!(agent(json!({"assistantId": "a-1", "artifact": spoke})), pair("a-1", "Desk"));
    assert_eq!(agent(json!({"assistantId": "a-2", "artifact": spoke})), pair("a-2", ""));
    assert_eq!(agent(json!({"squadId": "s-1", "artifact": spoke})), pair("a-1", "Desk"));
    assert_eq!(agent(json!({"assistant": {"name": "Web"}})), pair("", "Web"));
    assert_eq!(agent(json!({"squadId": "s-1"})), None);
}

#[test]
fn recordings_are_the_endpoints_that_need_the_key() {
    let record = json!({
        "recordingUrl": "https://storage.example.com/1.wav",
        "artifact": {"recording": {"videoUrl": "https://storage.example.com/1.mp4"}},
    });
    let urls = |call: Call| {
        call.recordings
            .into_iter()
            .map(|it| (it.url, it.media_type.unwrap_or_default(), it.needs_auth))
            .collect::<Vec<_>>()
    };
    let at = |base: &str, kind: &str, media: &str| {
        (format!("{base}/call/call-1/{kind}-recording"), media.to_owned(), true)
    };
    let own = "https://api.vapi.ai";
    assert_eq!(
        urls(mapped(record.clone())),
        [at(own, "mono", "audio/wav"), at(own, "video", "video/mp4")]
    );
    let mut record = record;
    record["id"] = "call-1".into();
    let base = "https://proxy.example.com/vapi";
    let context = Context::default().with_base_url(format!("{base}/"));
    let call = one(from_json_with(&record.to_string(), &context));
    assert_eq!(urls(call)[0], at(base, "mono", "audio/wav"));
    assert_eq!(urls(mapped(json!({"artifact": {}}))), []);
}

#[test]
fn latency_has_the_statistics_of_the_turns() {
    let call = one(from_json(&body("vapi", "get_call.sample")));
    let stages: Vec<_> = call.latency.iter().map(|stage| stage.stage.as_str()).collect();
    assert_eq!(
        stages,
        ["turn", "model", "voice", "transcriber", "endpointing", "fromTransport", "toTransport"]
    );
    let turn = &call.latency[0];
    assert_eq!((turn.count, turn.min, turn.max), (Some(2), Some(1015.0), Some(1125.0)));
    assert_eq!((turn.mean, turn.p50, turn.p95), (Some(1070.0), Some(1015.0), Some(1125.0)));
    assert_eq!((call.latency[5].count, call.latency[5].mean), (None, Some(40.0)));
    assert_eq!(call.facts["artifact/performanceMetrics/numAssistantInterrupted"].get(), "1");
}

#[test]
fn hand_overs_are_those_that_were_tried_or_the_one_destination() {
    let call = one(from_json(&body("vapi", "get_call.transferred")));
    assert_eq!(call.transfers.len(), 1);
    let tried = &call.transfers[0];
    assert_eq!(tried.to.as_ref().unwrap().raw, "+12025550190");
    assert_eq!(
        (tried.kind.clone(), tried.status.clone()),
        (Some(TransferKind::Warm), Some(TransferStatus::Completed))
    );
    let destination = json!({"type": "sip", "sipUri": "sip:desk@pbx.example.com",
        "transferPlan": {"mode": "blind-transfer-add-summary-to-sip-header"}});
    let read = |reason: &str| {
        let call = mapped(json!({"endedReason": reason, "destination": destination}));
        (call.transfers[0].kind.clone(), call.transfers[0].status.clone())
    };
    let cold = Some(TransferKind::Cold);
    assert_eq!(read("assistant-forwarded-call"), (cold.clone(), Some(TransferStatus::Completed)));
    assert_eq!(read("call.forwarding.no-answer"), (cold.clone(), Some(TransferStatus::Failed)));
    assert_eq!(read("customer-ended-call"), (cold, None));
    let call = mapped(json!({"artifact": {"transfers": [{"mode": "by-owl", "status": "lost"}]}}));
    assert_eq!(
        at(&call, WarningCode::UnknownValue),
        ["/artifact/transfers/0/mode", "/artifact/transfers/0/status"]
    );
}

#[test]
fn credentials_stand_nowhere_in_a_call() {
    let record = json!({
        "id": "call-1",
        "monitor": {"listenUrl": "wss://s3cret/l", "controlUrl": "https://s3cret/c", "monitors": []},
        "transport": {"provider": "twilio", "callSid": "CA1", "callToken": "s3cret"},
        "phoneNumber": {"number": "+12025550100", "twilioAuthToken": "s3cret", "twilioApiSecret": "s3cret"},
        "assistant": {"name": "Desk", "server": {"url": "https://hook.example.com",
            "secret": "s3cret", "headers": {"Authorization": "s3cret"}},
            "credentials": [{"provider": "openai", "apiKey": "s3cret"}]},
        "squad": {"members": [{"assistant": {"model": {"headers": {"x-key": "s3cret"}}}}]},
        "artifact": {"recordingUrl": "https://storage.example.com/1.wav",
            "presignedMonoUrl": "https://storage.example.com/1.wav?signature=s3cret",
            "presignedUrlsExpiresAt": "s3cret"},
    });
    for text in [record.to_string(), json!([record]).to_string()] {
        let mapped = from_json(&text).unwrap();
        let call = &mapped.calls[0];
        let shown = serde_json::to_string(call).unwrap();
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(call.raw.get().contains("\"controlUrl\":\"[redacted]\""));
        assert_eq!(call.agent.as_ref().unwrap().name.as_deref(), Some("Desk"));
        assert_eq!(call.warnings, []);
    }
}

#[test]
fn identifiers_of_the_carriers_are_alternate_ids() {
    let call = mapped(json!({
        "phoneCallProviderId": "CA1",
        "transport": {"provider": "vonage", "callUUID": "u-1", "conversationUUID": "c-1"},
    }));
    let ids: Vec<_> =
        call.alternate_ids.iter().map(|(name, id)| (name.as_str(), id.as_str())).collect();
    assert_eq!(
        ids,
        [("callUUID", "u-1"), ("conversationUUID", "c-1"), ("phoneCallProviderId", "CA1")]
    );
    assert_eq!(call.facts["transport/provider"].get(), "\"vonage\"");
}

#[test]
fn page_of_the_withdrawn_list_is_read_too() {
    for name in ["results", "data"] {
        let page = json!({name: [{"id": "a"}, {"status": "ended"}], "metadata": {}});
        let mapped = from_json(&page.to_string()).unwrap();
        assert_eq!((mapped.calls.len(), mapped.rejected.len()), (1, 1));
    }
}

#[test]
fn unanswered_call_without_a_start_has_no_length() {
    let call = &from_json(&body("vapi", "list_calls.first_page")).unwrap().calls[1];
    assert_eq!((call.started_at, call.duration, call.duration_basis.clone()), (None, None, None));
    assert_eq!(call.disposition, Some(Disposition::NoAnswer));
    assert_eq!(call.cost.as_ref().unwrap().total.unwrap().to_string(), "0");
    assert_eq!(call.warnings, []);
}

#[test]
fn values_that_no_field_holds_are_kept() {
    let call = mapped(json!({"phoneCallTransport": "pigeon"}));
    assert_eq!(call.facts["phoneCallTransport"].get(), r#""pigeon""#);
    let elsewhere = json!({"number": "+12025550191"});
    let tried = json!({"transfers": [{"destination": {"number": "+12025550190"}}]});
    let call = mapped(json!({"artifact": tried, "destination": elsewhere}));
    assert_eq!((call.transfers.len(), call.facts["destination"].get()), (1, r#""+12025550191""#));
    let silent = json!({"role": "owl", "result": "hoot"});
    let call = mapped(json!({"artifact": {"messages": [silent, {"role": "user"}]}}));
    assert_eq!(at(&call, WarningCode::UnknownValue), ["/artifact/messages/0"]);
    assert_eq!(call.facts["artifact/messages/0"].get(), silent.to_string());
}
