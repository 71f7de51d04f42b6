//! Retell's record: of the list, and single with the transcripts.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::filter::direction;
use crate::reply::{extend, omit_null};
use crate::truth::{Channel, End, Role, Truth, TruthOutcome, TruthTurn};
use crate::vendor_request::VendorRequest;

/// The version of every agent.
pub(super) const AGENT_VERSION: i64 = 3;

/// Fields that a record lacks where they are null.
const OPTIONAL: &[&str] = &[
    "access_token",
    "agent_tag",
    "direction",
    "from_number",
    "to_number",
    "telephony_identifier",
    "collected_dynamic_variables",
    "custom_sip_headers",
    "end_timestamp",
    "transfer_end_timestamp",
    "transfer_destination",
    "duration_ms",
    "recording_url",
    "scrubbed_recording_url",
    "public_log_url",
    "latency",
    "disconnection_reason",
    "call_analysis",
    "call_cost",
    "llm_token_usage",
];

/// Why a telephone call failed that was not even dialled.
const FAILURES: [&str; 3] =
    ["concurrency_limit_reached", "no_valid_payment", "concurrency_limit_reached"];

/// A call of the list.
pub(super) fn listed(request: &VendorRequest<'_>, call: &Truth) -> Value {
    let millis = |time: DateTime<Utc>| time.timestamp_millis();
    let is_web = call.channel == Channel::Web;
    let is_over = call.end.is_some();
    let transferred = call.end == Some(End::Transferred);
    let after = TimeDelta::seconds(call.rng.between("transfer", 40, 300));
    let recording =
        call.recorded.then(|| format!("{}/recordings/retell/{}.wav", request.base, call.id));
    let (plain, scrubbed) = if is_scrubbed(call) { (None, recording) } else { (recording, None) };
    let record = json!({
        "call_id": call.id,
        "call_type": if is_web { "web_call" } else { "phone_call" },
        "access_token": is_web.then(|| format!("room.{:032x}", call.rng.bits128("room"))),
        "agent_id": call.agent.id,
        "agent_name": call.agent.name,
        "agent_version": AGENT_VERSION,
        "agent_tag": call.rng.one_in("tag", 3).then_some("prod"),
        "call_status": call.vendor_status,
        "direction": call.direction.map(direction),
        "from_number": call.from_number(),
        "to_number": call.to_number(),
        "telephony_identifier": (call.channel == Channel::Phone)
            .then(|| json!({ "twilio_call_sid": format!("CA{:032x}", call.rng.bits128("sid")) })),
        "metadata": call.metadata(),
        "retell_llm_dynamic_variables": { "customer_name": call.customer.full_name() },
        "collected_dynamic_variables": is_over.then(|| json!({ "last_node_name": "Goodbye" })),
        "custom_sip_headers": (call.channel == Channel::Sip)
            .then(|| json!({ "X-Desk": "front", "Authorization": "Digest sandbox" })),
        "data_storage_setting":
            if is_scrubbed(call) { "everything_except_pii" } else { "everything" },
        "opt_in_signed_url": false,
        "start_timestamp": millis(call.started_at),
        "end_timestamp": call.ended_at.map(millis),
        "transfer_end_timestamp":
            call.ended_at.filter(|_| transferred).map(|ended| millis(ended + after)),
        "transfer_destination": transferred.then(|| match call.rng.one_in("desk", 3) {
            true => "sip:desk@pbx.example.com;transport=tls".to_owned(),
            false => format!("+1907555{:04}", 200 + call.rng.below("desk number", 9)),
        }),
        "duration_ms": call.reported_duration_us.map(|micros| micros / 1_000),
        "recording_url": plain,
        "scrubbed_recording_url": scrubbed,
        "public_log_url": is_over.then(|| format!("{}/logs/retell/{}", request.base, call.id)),
        "latency": latency(call),
        "disconnection_reason": call.vendor_end_reason.map(|word| reason(call, word)),
        "call_analysis": call.analysed.then(|| analysis(call)),
        "call_cost": call.cost_micros.map(|micros| cost(call, micros)),
        "llm_token_usage": (!call.latencies_ms.is_empty()).then(|| tokens(call)),
    });
    omit_null(record, OPTIONAL)
}

/// A call with its transcripts. Before a word is said there are none.
pub(super) fn single(request: &VendorRequest<'_>, call: &Truth) -> Value {
    let mut record = listed(request, call);
    if call.turns.is_empty() {
        return record;
    }
    let spoken: Vec<Value> = call.turns.iter().map(utterance).collect();
    let with_tools = with_tools(call, &spoken);
    extend(
        &mut record,
        match is_scrubbed(call) {
            true => json!({ "scrubbed_transcript_with_tool_calls": with_tools }),
            false => json!({
                "transcript": call.text("Agent", "User", "\n") + "\n",
                "transcript_object": spoken,
                "transcript_with_tool_calls": with_tools,
            }),
        },
    );
    record
}

/// Whether a call is stored without personal data; its numbers are kept.
fn is_scrubbed(call: &Truth) -> bool {
    call.rng.one_in("scrubbed", 15)
}

/// The reason; several words stand for calls that failed or were handed over.
fn reason(call: &Truth, word: &'static str) -> &'static str {
    match call.end {
        Some(End::Failed) if call.channel == Channel::Web => "scam_detected",
        Some(End::Failed) => call.rng.pick("failure", &FAILURES),
        Some(End::Transferred) if call.rng.one_in("bridged", 3) => "transfer_bridged",
        _ => word,
    }
}

/// A turn with its words, in seconds from the start of the audio.
fn utterance(said: &TruthTurn) -> Value {
    let mut at = said.offset_ms;
    let words = said.text.split_whitespace().map(|word| {
        let start = at;
        let end = start + 90 + 35 * word.chars().count() as i64;
        at = end + 40;
        json!({ "word": word, "start": seconds(start), "end": seconds(end) })
    });
    let words: Vec<Value> = words.collect();
    let role = match said.role {
        Role::Agent => "agent",
        Role::Customer => "user",
    };
    json!({ "role": role, "content": said.text, "words": words })
}

fn seconds(millis: i64) -> f64 {
    millis as f64 / 1e3
}

/// The turns, and what happened between them.
fn with_tools(call: &Truth, spoken: &[Value]) -> Vec<Value> {
    let mut items = spoken.to_vec();
    items.insert(
        1,
        json!({
            "role": "node_transition", "former_node_id": "node_1", "former_node_name": "Greeting",
            "new_node_id": "node_2", "new_node_name": "Conversation", "transition_type": "normal",
        }),
    );
    if call.appointment_booked == Some(true) {
        let id = format!("tool_{:08x}", call.rng.bits("tool") as u32);
        items.push(json!({
            "role": "tool_call_invocation", "tool_call_id": id, "name": "book_appointment",
            "arguments": "{\"day\":\"Tuesday\"}",
        }));
        items.push(json!({
            "role": "tool_call_result", "tool_call_id": id, "content": "{\"slot\":\"10:00\"}",
            "successful": true,
        }));
    }
    items
}

fn latency(call: &Truth) -> Option<Value> {
    if call.latencies_ms.is_empty() {
        return None;
    }
    let mut stages = Map::new();
    for (name, share) in [("e2e", 100), ("llm", 55), ("tts", 25)] {
        let mut values: Vec<f64> =
            call.latencies_ms.iter().map(|ms| f64::from(ms * share / 10) / 10.0).collect();
        values.sort_by(f64::total_cmp);
        let at = |percent: usize| values[(values.len() - 1) * percent / 100];
        let stage = json!({
            "p50": at(50), "p90": at(90), "p95": at(95), "p99": at(99), "max": at(100), "min": at(0),
            "num": values.len(), "values": values,
        });
        stages.insert(name.to_owned(), stage);
    }
    Some(stages.into())
}

fn analysis(call: &Truth) -> Value {
    json!({
        "call_summary": call.summary,
        "in_voicemail": call.outcome == Some(TruthOutcome::Voicemail),
        "user_sentiment": match call.sentiment {
            Some("positive") => "Positive",
            Some("negative") => "Negative",
            Some("neutral") => "Neutral",
            _ => "Unknown",
        },
        "call_successful": call.success == Some(true),
        "custom_analysis_data": {
            "appointment_booked": call.appointment_booked,
            "callback_requested": call.callback_requested,
            "lead_quality": call.lead,
        },
    })
}

/// The cost in cents; the parts add up.
fn cost(call: &Truth, micros: i64) -> Value {
    let cents = |micros: i64| micros as f64 / 1e4;
    let seconds = call.seconds().unwrap_or_default().max(10);
    let (voice, model) = (micros / 2, micros / 5 * 2);
    let parts =
        [("elevenlabs_tts", voice), ("gpt_4_1", model), ("us_telephony", micros - voice - model)];
    let parts = parts.into_iter().filter(|_| micros > 0);
    let parts: Vec<Value> = parts
        .map(|(product, micros)| json!({ "product": product, "cost": cents(micros) }))
        .collect();
    json!({
        "product_costs": parts,
        "total_duration_seconds": if micros > 0 { seconds } else { 0 },
        "total_duration_unit_price": 0.1833333,
        "combined_cost": cents(micros),
    })
}

fn tokens(call: &Truth) -> Value {
    let count = call.latencies_ms.len();
    let values: Vec<usize> = (0..count).map(|index| 900 + 70 * index).collect();
    let average = values.iter().sum::<usize>() as f64 / count as f64;
    json!({ "values": values, "average": average, "num_requests": count })
}
