//! Calls of every kind, and encoders in one line.

use callfold_export::{EncodeOptions, FilePosition, Format, encoder};
use callfold_unify::model::{
    Agent, AnsweredBy, Call, CallId, Channel, Cost, CostKind, CostPart, CostTotal, CostUnit,
    Direction, Disposition, DurationBasis, EndReason, EndReasonKind, EndedBy, Entity, JsonObject,
    Latency, Outcome, Party, PartyRole, PhoneNumber, Recording, Sentiment, Speaker, Status,
    Timestamp, Tool, Transcript, TranscriptState, Transfer, TransferKind, TransferStatus, Turn,
    TurnKind, Warning, WarningCode,
};
use serde_json::value::RawValue;
use std::time::Duration;

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn object(json: &str) -> JsonObject {
    serde_json::from_str(json).unwrap()
}

/// A call of which only the id is known.
pub(crate) fn bare(id: &str) -> Box<Call> {
    Box::new(Call::new(CallId::new("vendor", "clinic", id)))
}

/// A call in which every field has a value.
pub(crate) fn full() -> Box<Call> {
    let mut call = bare("call-1");
    let party = |number: &str, name: &str, role| Party {
        id: None,
        number: Some(PhoneNumber::new(number)),
        withheld: false,
        name: Some(name.to_owned()),
        email: Some(format!("{}@example.com", name.to_lowercase().replace(' ', "."))),
        role: Some(role),
    };
    let turn = |role, text: &str, seconds: i64| Turn {
        at: Some(time("2026-04-21T12:00:04Z") + Duration::from_secs(seconds as u64)),
        offset_ms: Some(seconds * 1000 - 500),
        ..Turn::speech(role, text)
    };
    call.alternate_ids.insert("call_sid".to_owned(), "CA-7".to_owned());
    call.organization = Entity::of(Some("org-1".into()), Some("Northside Clinic".into()));
    call.agent =
        Agent::of(Some("0b2f4a3e-1111-4222-8333-444455556666".into()), Some("Reception".into()));
    call.campaign = Entity::of(Some("camp-1".into()), Some("Recall".into()));
    call.contact_id = Some("contact-9".into());
    call.direction = Some(Direction::Outbound);
    call.channel = Some(Channel::Phone);
    call.from = Some(party("+1 (919) 555-0100", "Reception", PartyRole::Agent));
    call.to = Some(party("+19195550123", "Jane Doe", PartyRole::Customer));
    call.status = Status::Ended;
    call.disposition = Some(Disposition::Answered);
    call.answered_by = Some(AnsweredBy::Human);
    call.end = Some(EndReason {
        kind: EndReasonKind::CustomerHangup,
        ended_by: EndedBy::Customer,
        raw: "user_hangup".into(),
    });
    call.error_message = Some("none to speak of".into());
    call.created_at = Some(time("2026-04-21T12:01:00Z"));
    call.dialing_at = Some(time("2026-04-21T12:00:01Z"));
    call.ringing_at = Some(time("2026-04-21T12:00:02Z"));
    call.answered_at = Some(time("2026-04-21T12:00:04Z"));
    call.started_at = Some(time("2026-04-21T12:00:00.123456Z"));
    call.ended_at = Some(time("2026-04-21T12:00:37.250Z"));
    call.duration = Some(Duration::from_millis(37_126));
    call.talk_time = Some(Duration::from_millis(33_250));
    call.ring_time = Some(Duration::from_millis(2_000));
    call.reported_duration = Some(Duration::from_millis(37_000));
    let usd = || CostUnit::Currency("USD".into());
    call.cost = Some(Cost {
        total: Some("0.12500".parse().unwrap()),
        unit: usd(),
        parts: vec![CostPart {
            name: "llm".into(),
            kind: CostKind::Llm,
            amount: "0.15000000000000002".parse().unwrap(),
            unit: usd(),
        }],
        other_totals: Vec::new(),
    });
    let mut latency = Latency::stage("e2e");
    latency.p95 = Some(812.5);
    call.latency = vec![latency];
    call.transcript = Transcript {
        state: TranscriptState::Inline,
        turns: vec![
            turn(Speaker::Agent, "Good morning, Northside Clinic.", 0),
            turn(Speaker::Customer, "Hello, दीपिका here \u{1f44b}", 3),
            turn(Speaker::Tool, "{\"slots\": 2}", 9),
        ],
        text: Some("agent: Good morning".into()),
        url: Some("https://vendor.example.com/transcripts/1".into()),
    };
    let recording = |url: &str| Recording {
        url: url.to_owned(),
        media_type: Some("audio/mpeg".into()),
        needs_auth: true,
    };
    call.recordings = vec![
        recording("https://vendor.example.com/recordings/1.mp3"),
        recording("https://vendor.example.com/recordings/2.mp3"),
    ];
    call.summary = Some("Asked for a later slot,\n\"please\".".into());
    call.sentiment = Some(Sentiment::Positive);
    call.outcome = Outcome {
        success: Some(true),
        label: Some("booked".into()),
        intent: Some("reschedule".into()),
        appointment_booked: Some(false),
        ..Outcome::default()
    };
    call.outcome.score = Some("8.50".parse().unwrap());
    call.outcome.evaluation = Some("good".into());
    call.outcome.callback_requested = Some(true);
    (call.parent_id, call.batch_id) = (Some("call-0".into()), Some("batch-3".into()));
    call.attempt = Some(2);
    if let Some(agent) = &mut call.agent {
        agent.version = Some("7".into());
    }
    let with_id = |party: &Option<Party>, id: &str| {
        party.clone().map(|party| Party { id: Some(id.to_owned()), ..party })
    };
    call.agent_line = with_id(&call.from, "line-1");
    call.customer = with_id(&call.to, "customer-1");
    call.updated_at = Some(time("2026-04-21T12:05:00Z"));
    call.started_at_local = Some("2026-04-21T17:30:00.123456+05:30".parse().unwrap());
    call.language = Some("en-US".into());
    call.tags = vec!["vip".into(), "second, \"call\"".into()];
    call.is_test = Some(false);
    call.duration_basis = Some(DurationBasis::Start);
    call.transfers = vec![Transfer {
        to: Some(PhoneNumber::new("+19195550188")),
        kind: Some(TransferKind::Warm),
        status: Some(TransferStatus::NoAnswer),
        at: Some(time("2026-04-21T12:00:30Z")),
    }];
    call.cost.as_mut().unwrap().other_totals =
        vec![CostTotal { amount: "1.25".parse().unwrap(), unit: CostUnit::Credits }];
    let json = |text: &str| Some(serde_json::from_str(text).unwrap());
    let tool = |arguments, result, ok| {
        let (id, name) = (Some("use-1".to_owned()), Some("find_slot".to_owned()));
        Some(Tool { id, name, arguments, result, ok, duration: Some(Duration::from_millis(640)) })
    };
    call.transcript.turns[1].latency_ms = Some(412.5);
    call.transcript.turns[1].interrupted = Some(true);
    call.transcript.turns[1].end_offset_ms = Some(4000);
    call.transcript.turns[2].kind = TurnKind::ToolResult;
    call.transcript.turns[2].tool =
        tool(json("\"2026-04-22\""), json("\"two slots\""), Some(false));
    call.facts = object("{\"queue\": \"north\"}");
    call.analysis = object("{\"score\": 1.10, \"tags\": [\"a\" , \"b\"]}");
    call.metadata = object("{\"row\": 12345678901234567890}");
    call.warnings = vec![
        Warning::new(WarningCode::UnknownField, "/extra", "the field is not documented"),
        Warning::new(WarningCode::DurationMismatch, "/duration", "the two differ"),
    ];
    call.raw = RawValue::from_string("{\"id\": \"call-1\",\n \"n\": 1.10}".into()).unwrap();
    call
}

/// What an encoder makes of calls, pushed one batch after the other.
pub(crate) fn encoded(
    format: Format,
    options: &EncodeOptions,
    batches: &[&[Box<Call>]],
) -> Vec<u8> {
    let mut encoder = encoder(format, options, FilePosition::Start).unwrap();
    let mut out = Vec::new();
    for batch in batches {
        encoder.push(batch, &mut out).unwrap();
    }
    encoder.finish(&mut out).unwrap();
    out
}

/// The same with options that are all left as they are.
pub(crate) fn plain(format: Format, calls: &[Box<Call>]) -> Vec<u8> {
    encoded(format, &EncodeOptions::default(), &[calls])
}

pub(crate) fn lines(jsonl: &[u8]) -> Vec<serde_json::Value> {
    let text = std::str::from_utf8(jsonl).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
