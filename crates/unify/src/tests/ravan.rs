use super::*;
use crate::{
    model::{Disposition, PartyRole, Speaker, Status, TranscriptState, WarningCode},
    support::{at, body, map, one, shown},
};
use serde_json::{Value, json};

fn mapped(record: Value) -> Call {
    map(from_json_with, &record)
}

fn seed() -> Call {
    one(from_json(&body(VENDOR, "list_phone_history.sample")))
}

#[test]
fn sample_maps_to_a_whole_call() {
    insta::assert_json_snapshot!(shown(&seed()));
}

#[test]
fn sample_leaves_the_documented_contradictions_as_warnings() {
    let call = seed();
    assert_eq!(at(&call, WarningCode::CostSumMismatch), ["/cost_total"]);
    let sum = call.warnings.iter().find(|w| w.code == WarningCode::CostSumMismatch).unwrap();
    assert!(sum.message.contains("13.3") && sum.message.contains("12.50"), "{}", sum.message);
    assert_eq!(at(&call, WarningCode::TurnOutsideCall), ["/transcripts/0/timestamp_ms"]);
    assert_eq!(at(&call, WarningCode::UnitUnspecified), ["/cost_total"]);
    assert_eq!(call.direction, None);
}

#[test]
fn camel_case_record_maps_like_the_snake_case_one() {
    let camel = one(from_json(&body(VENDOR, "list_call_sessions.sample_b")));
    insta::assert_json_snapshot!(shown(&camel));
    assert_eq!(at(&camel, WarningCode::UnitUnspecified), ["/costTotal"]);
}

#[test]
fn pointers_name_the_records_own_fields() {
    let camel = mapped(json!({
        "id": "1", "agentId": "a", "startedAt": "2026-06-11T09:30:00Z",
        "endedAt": "2026-06-11T09:29:00Z", "disconnectReason": "gremlins",
        "callerNumber": "0", "durationSec": -1, "callLatencyMs": -1,
        "creditBreakdown": {"model_credits": 1, "total_credits": 2, "mystery": 1},
        "postCallAnalysisResult": {"sentiment": "wistful"}, "brandNew": 1,
    }));
    let mut pointers: Vec<&str> = camel.warnings.iter().map(|w| w.pointer.as_ref()).collect();
    pointers.sort_unstable();
    assert_eq!(
        pointers,
        [
            "/brandNew",
            "/callLatencyMs",
            "/callerNumber",
            "/creditBreakdown",
            "/creditBreakdown/mystery",
            "/disconnectReason",
            "/durationSec",
            "/endedAt",
            "/postCallAnalysisResult/sentiment",
        ]
    );
}

#[test]
fn status_words_say_state_and_disposition() {
    let cases = [
        ("completed", Status::Ended, Some(Disposition::Answered)),
        ("no_answer", Status::Ended, Some(Disposition::NoAnswer)),
        ("busy", Status::Ended, Some(Disposition::Busy)),
        ("voicemail", Status::Ended, Some(Disposition::Voicemail)),
        ("ended", Status::Ended, None),
        ("failed", Status::Failed, Some(Disposition::Failed)),
        ("in-progress", Status::InProgress, Some(Disposition::Answered)),
        ("active", Status::InProgress, Some(Disposition::Answered)),
        ("paused", Status::Other("paused".into()), None),
    ];
    for (word, status, disposition) in cases {
        let call = mapped(json!({"id": "1", "status": word}));
        assert_eq!((call.status, call.disposition), (status, disposition), "{word}");
    }
    let over = mapped(json!({"id": "1", "ended_at": "2026-06-11T09:30:00Z"}));
    assert_eq!(over.status, Status::Ended);
}

#[test]
fn channel_is_a_medium_or_a_direction() {
    let cases = [
        ("phone", Channel::Phone, 0),
        ("voice", Channel::Phone, 0),
        ("web", Channel::Web, 0),
        ("sip", Channel::Sip, 0),
        ("pigeon", Channel::Other("pigeon".into()), 1),
    ];
    for (word, channel, noted) in cases {
        let call = mapped(json!({"id": "1", "channel": word}));
        assert_eq!(at(&call, WarningCode::UnknownValue).len(), noted);
        assert_eq!(call.channel, Some(channel));
        assert_eq!(call.direction, None);
    }
    let call = mapped(json!({
        "id": "1", "channel": "inbound_call", "caller_number": "+14155550100",
    }));
    assert_eq!((call.channel, call.direction), (None, Some(Direction::Inbound)));
    assert_eq!(call.from.unwrap().role, Some(PartyRole::Customer));
}

#[test]
fn direction_follows_our_own_numbers_where_the_record_names_none() {
    let read = |caller: &str, callee: &str, channel: &str| {
        let record = json!({
            "id": "1", "caller_number": caller, "callee_number": callee, "channel": channel,
        });
        let context = Context::default().with_own_numbers(["+1 (415) 555-0100"]);
        let call = one(from_json_with(&record.to_string(), &context));
        (call.direction, call.from.and_then(|party| party.role))
    };
    let (ours, other) = ("+14155550100", "+14155550123");
    let (agent, customer) = (Some(PartyRole::Agent), Some(PartyRole::Customer));
    assert_eq!(read(ours, other, "phone"), (Some(Direction::Outbound), agent.clone()));
    assert_eq!(read(other, ours, "phone"), (Some(Direction::Inbound), customer.clone()));
    assert_eq!(read(other, other, "phone"), (None, None));
    assert_eq!(read(ours, ours, "phone"), (None, None));
    assert_eq!(read(ours, other, "inbound_call"), (Some(Direction::Inbound), customer));
}

#[test]
fn cost_is_exact_as_text_and_as_number() {
    for (text, expect) in [(r#""12.50""#, "12.50"), ("12.50", "12.50"), ("1", "1")] {
        let call = one(from_json(&format!(r#"{{"id": "1", "cost_total": {text}}}"#)));
        assert_eq!(call.cost.unwrap().total.unwrap().to_string(), expect);
    }
}

#[test]
fn breakdown_is_compared_with_what_is_counted_in_credits() {
    let parts = json!({"model_credits": 4.2, "provider_credits": 5.1});
    let with = |total: Value, all: Value, unit: Option<CostUnit>| {
        let mut breakdown = parts.clone();
        breakdown["total_credits"] = all;
        let record = json!({"id": "1", "cost_total": total, "credit_breakdown": breakdown});
        let context = Context { cost_unit: unit, ..Context::default() };
        let call = one(from_json_with(&record.to_string(), &context));
        at(&call, WarningCode::CostSumMismatch).join(" ")
    };
    let usd = Some(CostUnit::Currency("USD".into()));
    assert_eq!(with(json!("9.3"), Value::Null, None), "");
    assert_eq!(with(json!("12.50"), Value::Null, None), "/cost_total");
    assert_eq!(with(json!("12.50"), Value::Null, Some(CostUnit::Credits)), "/cost_total");
    assert_eq!(with(json!("12.50"), Value::Null, usd.clone()), "");
    assert_eq!(with(json!("12.50"), json!(9.3), None), "");
    assert_eq!(with(json!("12.50"), json!(9.4), None), "/credit_breakdown");
}

#[test]
fn minor_unit_of_the_total_leaves_credits_as_they_are() {
    let record = json!({
        "id": "1", "cost_total": 9.3,
        "credit_breakdown": {"model_credits": 4.2, "provider_credits": 5.1},
    });
    let context = Context::default().with_minor_unit("USD", 2);
    let cost = one(from_json_with(&record.to_string(), &context)).cost.unwrap();
    let amounts: Vec<_> = cost.parts.iter().map(|part| part.amount.to_string()).collect();
    assert_eq!(
        (cost.total.unwrap().to_string(), amounts),
        ("0.093".into(), vec!["4.2".into(), "5.1".into()])
    );
}

#[test]
fn costs_that_repeat_the_credits_are_no_parts() {
    let read = |unit: Option<CostUnit>, twilio: f64| {
        let record = json!({
            "id": "1", "cost_total": "12.50", "twilio_cost": twilio, "model_cost": 4.2,
            "credit_breakdown": {
                "model_credits": 4.2, "provider_credits": 5.1, "telephony_base_credits": 4.0,
            },
        });
        let context = Context { cost_unit: unit, ..Context::default() };
        let call = one(from_json_with(&record.to_string(), &context));
        let noted = at(&call, WarningCode::CostSumMismatch).len();
        let parts = call.cost.unwrap().parts;
        (parts.iter().map(|part| part.amount).sum::<rust_decimal::Decimal>().to_string(), noted)
    };
    let usd = || Some(CostUnit::Currency("USD".into()));
    for unit in [None, usd(), Some(CostUnit::Credits)] {
        assert_eq!(read(unit, 5.1), ("13.3".to_owned(), 1));
    }
    // Costs of their own stay, and exceed the total alone in the second case.
    assert_eq!(read(usd(), 5.2), ("22.7".to_owned(), 0));
    assert_eq!(read(usd(), 8.4), ("25.9".to_owned(), 1));
}

#[test]
fn transcripts_as_text_are_read_and_other_values_unreadable() {
    let read = |transcripts: Value| {
        let call = mapped(json!({"id": "1", "agent_name": "Priya", "transcripts": transcripts}));
        let noted = at(&call, WarningCode::FieldDropped).len();
        (call.transcript.state, call.transcript.turns.len(), noted)
    };
    assert_eq!(read(json!("Priya: Hello.\n: Hi.")), (TranscriptState::Inline, 2, 1));
    let text = r#"[{"message": {"role": "user", "content": "Hi."}}]"#;
    assert_eq!(read(json!(text)), (TranscriptState::Inline, 1, 1));
    assert_eq!(read(json!({"turns": 7})), (TranscriptState::Unreadable, 0, 1));
}

#[test]
fn credits_are_the_total_of_a_call_without_a_cost() {
    let call = mapped(json!({"id": "1", "credit_breakdown": {"total_credits": 9}}));
    let cost = call.cost.unwrap();
    assert_eq!((cost.total.unwrap().to_string().as_str(), cost.unit), ("9", CostUnit::Credits));
    assert!(call.warnings.is_empty());
}

#[test]
fn recording_needs_the_key_at_the_apis_own_endpoint_only() {
    let cases = [
        ("https://api.ravan.ai/api/v1/calling/sessions/1/recording", true),
        ("https://api.ravan.ai/api/v1/calling/sessions/1/recording?x=1", true),
        ("https://api.ravan.ai/api/v1/calling/sessions/1/recording?token=abc", false),
        ("https://storage.example.com/1.mp3", false),
        ("https://evil.example.com/api/v1/calling/sessions/1/recording", false),
    ];
    for (url, needs_auth) in cases {
        let recording = recordings(Some(url.into()), &Context::default()).remove(0);
        assert_eq!(recording.needs_auth, needs_auth, "{url}");
        assert_eq!(recording.media_type.as_deref(), Some("audio/mpeg"));
    }
    let configured = Context::default().with_base_url("https://ravan.example.com");
    for (url, needs_auth) in [
        ("https://ravan.example.com/api/v1/calling/sessions/1/recording", true),
        ("https://api.ravan.ai/api/v1/calling/sessions/1/recording", false),
    ] {
        assert_eq!(recordings(Some(url.into()), &configured)[0].needs_auth, needs_auth, "{url}");
    }
}

#[test]
fn name_of_a_recording_tells_more_than_the_documentation() {
    for (name, media_type) in [("1.wav", "audio/wav"), ("1.ogg", "audio/ogg"), ("1", "audio/mpeg")]
    {
        let url = format!("https://storage.example.com/{name}");
        let recording = recordings(Some(url), &Context::default()).remove(0);
        assert_eq!(recording.media_type.as_deref(), Some(media_type));
    }
}

#[test]
fn sentiment_is_a_text_or_a_pair() {
    for value in [json!("Positive"), json!({"type": "string", "value": "positive"})] {
        let record = json!({"id": "1", "post_call_analysis_result": {"sentiment": value}});
        assert_eq!(mapped(record).sentiment, Some(Sentiment::Positive));
    }
    let call = mapped(json!({"id": "1", "post_call_analysis_result": {"sentiment": "wistful"}}));
    assert_eq!(call.sentiment, Some(Sentiment::Other("wistful".into())));
}

#[test]
fn zero_latency_is_no_number() {
    assert!(mapped(json!({"id": "1", "call_latency_ms": 0})).latency.is_empty());
    let call = mapped(json!({"id": "1", "call_latency_ms": 820}));
    assert_eq!(call.latency[0].value, Some(820.0));
}

#[test]
fn transcript_is_not_requested_empty_or_inline() {
    let state = |record: Value| mapped(record).transcript.state;
    assert_eq!(state(json!({"id": "1"})), TranscriptState::NotRequested);
    assert_eq!(state(json!({"id": "1", "transcripts": null})), TranscriptState::Unavailable);
    assert_eq!(state(json!({"id": "1", "transcripts": []})), TranscriptState::Unavailable);
    let turn = json!({"message": {"role": "user", "content": "Hi."}});
    assert_eq!(state(json!({"id": "1", "transcripts": [turn]})), TranscriptState::Inline);
}

#[test]
fn turn_time_is_an_offset_a_date_or_neither() {
    let read = |turn: Value| {
        let mut turn = turn;
        turn["message"] = json!({"role": "agent", "content": "Hello!"});
        let mut call = mapped(json!({
            "id": "1", "transcripts": [turn],
            "started_at": "2026-06-11T09:30:00Z", "ended_at": "2026-06-11T09:34:10Z",
        }));
        let noted = at(&call, WarningCode::TurnOutsideCall).len();
        let turn = call.transcript.turns.remove(0);
        assert_eq!(turn.role, Speaker::Agent);
        (turn.at.map(|at| at.to_rfc3339()), turn.offset_ms, noted)
    };
    let at = |text: &str| Some(text.to_owned());
    let created = "2026-06-11T09:30:01Z";
    let (inside, outside) = (1_781_170_205_000_i64, 1_765_437_000_123_i64);
    assert_eq!(read(json!({"timestamp_ms": 4200})), (None, Some(4200), 0));
    assert_eq!(read(json!({"timestamp_ms": inside})), (at("2026-06-11T09:30:05+00:00"), None, 0));
    assert_eq!(read(json!({"timestamp_ms": outside})), (None, None, 1));
    assert_eq!(
        read(json!({"timestamp_ms": outside, "created_at": created})),
        (at("2026-06-11T09:30:01+00:00"), None, 1)
    );
    assert_eq!(read(json!({"timestamp_ms": -5})), (None, None, 1));
    // Seconds since 1970 are no offset of twenty days.
    assert_eq!(read(json!({"timestamp_ms": 1_781_170_205})), (None, None, 1));
    let late = "2026-06-12T09:30:01Z";
    assert_eq!(read(json!({"created_at": late})), (at("2026-06-12T09:30:01+00:00"), None, 1));
    assert_eq!(read(json!({"created_at": "0001-01-01T00:00:00Z"})), (None, None, 0));
}

#[test]
fn listed_record_is_mapped_in_either_letter_case() {
    for (record, pointer) in [
        (json!({"id": "1", "agentId": "a", "durationSec": -1}), "/durationSec"),
        (json!({"id": "1", "agent_id": "a", "duration_sec": -1}), "/duration_sec"),
    ] {
        let record: Lenient<Session> = serde_json::from_value(record).unwrap();
        let call = map_listed(record, &Context::default()).unwrap();
        assert_eq!(call.agent.as_ref().unwrap().id.as_deref(), Some("a"));
        assert_eq!(at(&call, WarningCode::InvalidValue), [pointer]);
    }
    let few = mapped(json!({"id": "1", "endedAt": "2026-06-11T09:34:10Z", "costTotal": "1.00"}));
    assert_eq!((few.status, few.cost.is_some()), (Status::Ended, true));
    let record: Lenient<Session> = serde_json::from_value(json!({"agentId": "a"})).unwrap();
    assert!(map_listed(record, &Context::default()).is_err());
}

#[test]
fn credits_beside_a_cost_in_another_unit_are_a_total_of_their_own() {
    let read = |record: Value, context: &Context| {
        let cost = one(from_json_with(&record.to_string(), context)).cost.unwrap();
        let other = cost.other_totals.into_iter();
        let other = other.map(|total| format!("{} {}", total.amount, total.unit));
        let total = cost.total.map(|total| format!("{total} {}", cost.unit));
        (total.unwrap_or_default(), other.collect::<Vec<_>>().join(" "))
    };
    let both = json!({"id": "1", "cost_total": "0.90", "credit_breakdown": {"total_credits": 9}});
    let dollars = Context::default().with_cost_unit(CostUnit::Currency("USD".into()));
    assert_eq!(read(both.clone(), &dollars), ("0.90 USD".into(), "9 credits".into()));
    let cents = Context::default().with_minor_unit("USD", 2);
    assert_eq!(read(both, &cents), ("0.0090 USD".into(), "9 credits".into()));
    let same = json!({"id": "1", "cost_total": "9.0", "credit_breakdown": {"total_credits": 9}});
    let credits = Context::default().with_cost_unit(CostUnit::Credits);
    assert_eq!(read(same, &credits), ("9.0 credits".into(), String::new()));
    let alone = json!({"id": "1", "credit_breakdown": {"total_credits": 9}});
    assert_eq!(read(alone, &dollars), ("9 credits".into(), String::new()));
}

#[test]
fn parts_say_what_was_paid_for() {
    let call = mapped(json!({
        "id": "1", "cost_total": "13.3", "twilio_cost": 5.1, "model_cost": 4.2,
        "credit_breakdown":
            {"model_credits": 4.2, "provider_credits": 5.1, "telephony_base_credits": 4.0},
    }));
    let parts = call.cost.unwrap().parts;
    let kinds: Vec<_> = parts.iter().map(|part| (part.name.as_str(), part.kind.as_str())).collect();
    assert_eq!(
        kinds,
        [
            ("model_credits", "llm"),
            ("provider_credits", "telephony"),
            ("telephony_base_credits", "telephony"),
        ]
    );
}
