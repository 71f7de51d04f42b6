//! Zudu's record, the same in lists and single.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::call_type;
use crate::reply::omit_null;
use crate::truth::{Direction, Role, Truth, TruthOutcome, TruthTurn, amount};
use crate::vendor_request::VendorRequest;

/// A response with this content.
pub(super) fn envelope(message: &str, data: Value) -> Value {
    json!({ "message": message, "status": "success", "error": null, "data": data })
}

/// A call.
pub(super) fn record(request: &VendorRequest<'_>, call: &Truth) -> Value {
    let millis = |time: DateTime<Utc>| time.timestamp_millis();
    let public = &call.id;
    let record = json!({
        "id": call.alternate_id.as_deref().unwrap_or_default(),
        "call_id": public,
        "agent_id": call.agent.id,
        "organization_id": call.organization.id,
        "call_status": call.vendor_status,
        "call_type": call_type(call.channel),
        "direction": call.direction.map(|direction| match direction {
            Direction::Inbound => "INBOUND",
            Direction::Outbound => "OUTBOUND",
        }),
        "from_number": call.from_number(),
        "to_number": call.to_number(),
        "start_timestamp": millis(call.started_at),
        "end_timestamp": call.ended_at.map(millis),
        "call_duration": call.reported_duration_us.map(|micros| micros / 1_000),
        "disconnection_reason": call.vendor_end_reason,
        // Present even while the call is in progress, when it cannot be fetched yet.
        "recording_url": (call.recorded || call.is_in_progress())
            .then(|| format!("{}/recordings/zudu/{public}.mp4", request.base)),
        "public_log_url": format!("{}/logs/zudu/{public}", request.base),
        "opt_out_sensitive_data_storage": call.rng.one_in("opt out", 15),
        "metadata": metadata(call),
        "events": events(call),
        "transcript": transcript(call),
        "transcript_object": spoken(call),
        "transcript_with_tool_calls": [],
        "latency": latency(call),
        "call_analysis": call.end.map(|_| {
            json!({
                "call_successful": call.success == Some(true),
                "call_summary": call.summary,
                "user_sentiment": call.sentiment.map(capital),
                "in_voicemail": call.outcome == Some(TruthOutcome::Voicemail),
            })
        }),
        "call_cost": cost(call),
        "telephony_identifier": json!({
            "call_sid": format!("CA{:032x}", call.rng.bits128("call sid")),
            "conference_sid": format!("CF{:032x}", call.rng.bits128("conference sid")),
        }),
    });
    omit_null(record, &["direction", "from_number", "to_number"])
}

/// The text of the conversation.
pub(super) fn transcript(call: &Truth) -> String {
    call.text("Agent", "User", "\n")
}

/// The turns; only some calls come with the times of the words.
fn spoken(call: &Truth) -> Value {
    let with_words = call.rng.one_in("words", 4);
    let turn = |turn: &'_ TruthTurn| call.turn_at(turn).timestamp_millis();
    call.turns
        .iter()
        .map(|said| {
            json!({
                "role": match said.role {
                    Role::Agent => "agent",
                    Role::Customer => "user",
                },
                "content": said.text,
                "timestamp": turn(said),
                "words": if with_words { words(&said.text, turn(said)) } else { Vec::new() },
            })
        })
        .collect()
}

fn words(text: &str, from: i64) -> Vec<Value> {
    let mut at = from;
    text.split_whitespace()
        .map(|word| {
            let start = at;
            let end = start + 90 + 35 * word.chars().count() as i64;
            at = end + 40;
            json!({ "word": word, "start": start, "end": end })
        })
        .collect()
}

fn metadata(call: &Truth) -> Map<String, Value> {
    let mut metadata = call.metadata();
    metadata.insert("customer_id".to_owned(), call.customer.contact_id.as_str().into());
    if let Some(campaign) = &call.campaign {
        metadata.insert("campaign".to_owned(), campaign.name.as_str().into());
        let batch = format!("batch-{}", &campaign.id[..6]);
        metadata.insert("batch_call_id".to_owned(), batch.into());
    }
    metadata
}

fn events(call: &Truth) -> Vec<Value> {
    let event = |at: Option<DateTime<Utc>>, name: &str| {
        let at = at?;
        let session_time = (at - call.started_at).num_milliseconds();
        Some(json!({
            "timestamp": at.timestamp_millis(),
            "event": name,
            "session_time": session_time,
            "data": {},
        }))
    };
    [
        event(Some(call.started_at), "call_started"),
        event(call.answered_at, "participant_joined"),
        event(call.ended_at, "call_ended"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Measurements by stage, `e2e` and what is in it.
fn latency(call: &Truth) -> Map<String, Value> {
    let mut stages = Map::new();
    if call.latencies_ms.is_empty() {
        return stages;
    }
    for (name, share) in [("e2e", 100), ("llm", 55), ("tts", 25)] {
        let mut values: Vec<f64> =
            call.latencies_ms.iter().map(|ms| f64::from(ms * share / 10) / 10.0).collect();
        values.sort_by(f64::total_cmp);
        let at = |percent: usize| values[(values.len() - 1) * percent / 100];
        // A small share lists fewer values than it counts, as the documented sample does.
        let more = if call.rng.one_in("sample count", 20) { 7 } else { 0 };
        let stage = json!({
            "max": at(100),
            "min": at(0),
            "num": values.len() + more,
            "p50": at(50),
            "p90": at(90),
            "p95": at(95),
            "p99": at(99),
            "values": values,
        });
        stages.insert(name.to_owned(), stage);
    }
    stages
}

fn cost(call: &Truth) -> Value {
    let Some(micros) = call.cost_micros else {
        return json!({ "combined_cost": null });
    };
    if !call.rng.one_in("products", 3) {
        return json!({ "combined_cost": amount(micros) });
    }
    let telephony = micros / 500 * 200;
    json!({
        "combined_cost": amount(micros),
        "product_costs": [
            { "product": "telephony", "cost": amount(telephony), "unit_price": 0.01 },
            { "product": "voice_agent", "cost": amount(micros - telephony), "unit_price": 0.015 },
        ],
    })
}

fn capital(word: &str) -> &'static str {
    match word {
        "positive" => "Positive",
        "negative" => "Negative",
        _ => "Neutral",
    }
}
