//! Bland's records: short in lists, whole when single.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::reply::extend;
use crate::truth::{Direction, End, Role, Truth};
use crate::vendor_request::VendorRequest;

/// Longest duration of most calls, in minutes.
const MAX_DURATION: u32 = 30;
/// Where calls are handed over to.
const HELP_DESK: &str = "+19075550177";

/// What went wrong with calls that failed.
const FAILURES: [&str; 4] = [
    "Call failed. The number you dialed is not found.",
    "The number you dialed is temporarily unavailable.",
    "Service Provider Blocked Call due to Spam or Number Reputation. Try a different number.",
    "Call failed.",
];

/// A record of the list: the documented fields, and those that the vendor's own tools read.
pub(super) fn listed(call: &Truth) -> Value {
    json!({
        "call_id": call.id,
        "c_id": call.id,
        "created_at": micros(call.started_at),
        "call_length": call.end.map(|_| minutes(talk_us(call))),
        "to": call.to_number(),
        "from": call.from_number(),
        "completed": call.end.is_some(),
        "inbound": call.direction == Some(Direction::Inbound),
        "queue_status": call.vendor_status,
        "error_message": error_message(call),
        "answered_by": answered_by(call),
        "batch_id": call.campaign.as_ref().map(|campaign| campaign.id.as_str()),
        "pathway_id": call.agent.id,
    })
}

/// The single record. `started_at` repeats `created_at`, as in the samples of the vendor's webhook.
pub(super) fn single(request: &VendorRequest<'_>, call: &Truth) -> Value {
    let mut record = listed(call);
    let is_connected = call.end.is_none_or(End::is_connected) && call.answered_at.is_some();
    let is_over = call.end.is_some();
    let talked = is_connected && is_over;
    let limit = if call.end == Some(End::MaxDuration) { 15 } else { MAX_DURATION };
    let details = json!({
        "request_data": {
            "phone_number": call.to_number(), "voice": "maya", "wait": false, "language": "ENG",
        },
        "started_at": is_connected.then(|| micros(call.started_at)),
        "end_at": call.ended_at.filter(|_| talked).map(|at| at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()),
        "status": status(call),
        "max_duration": limit,
        "variables": {
            "now_utc": call.started_at.format("%A, %B %-d, %Y %-I:%M %p").to_string(),
            "from": call.from_number(),
            "to": call.to_number(),
            "call_id": call.id,
            "timezone": "UTC",
            "customer_name": call.customer.full_name(),
        },
        "record": true,
        "recording_url": recording_url(request, call),
        "metadata": metadata(call),
        "summary": call.summary,
        "price": call.cost(),
        "endpoint_url": "api.prod.bland.ai",
        "local_dialing": false,
        "call_ended_by": ended_by(call),
        "pathway_version": 1 + call.rng.below("pathway version", 4),
        "pathway_logs": null,
        "pathway_tags": if talked { vec!["Greeting", "Closing"] } else { Vec::new() },
        "analysis": call.intent.map(|intent| {
            json!({ "intent": intent, "appointment_booked": call.appointment_booked })
        }),
        "concatenated_transcript": text(call),
        "transcripts": parts(call),
        "corrected_duration": talked.then(|| (talk_us(call) / 1_000_000).to_string()),
        "disposition_tag": disposition_tag(call),
        "is_proxy_agent_call": false,
        "is_canary": null,
    });
    extend(&mut record, details);
    if call.end == Some(End::Transferred) {
        extend(&mut record, handover(call));
    }
    record
}

/// The transcript as corrected after the call.
pub(super) fn corrected(call: &Truth) -> Value {
    let seconds = |ms: i64| ms as f64 / 1e3;
    let corrected = call.turns.iter().map(|turn| {
        let length = 300 + 60 * turn.text.len() as i64;
        json!({
            "start": seconds(turn.offset_ms),
            "end": seconds(turn.offset_ms + length),
            "text": turn.text,
            "speaker": u8::from(turn.role == Role::Agent),
            "speaker_label": user(turn.role),
            "confidence": 0.97,
        })
    });
    json!({
        "status": "success",
        "message": null,
        "corrected": corrected.collect::<Vec<_>>(),
        "aligned": [],
        "original": parts(call),
    })
}

/// The recording at the API itself, which takes the key.
pub(super) fn recording_url(request: &VendorRequest<'_>, call: &Truth) -> Option<String> {
    call.recorded.then(|| format!("{}/bland/v1/recordings/{}", request.base, call.id))
}

fn micros(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string()
}

fn minutes(micros: i64) -> f64 {
    micros as f64 / 60e6
}

/// Microseconds from pick-up to end.
fn talk_us(call: &Truth) -> i64 {
    let length = |at: DateTime<Utc>| (call.ended_at.unwrap_or(at) - at).num_microseconds();
    call.answered_at.and_then(length).unwrap_or_default()
}

fn status(call: &Truth) -> Option<&'static str> {
    Some(match call.end? {
        End::NoAnswer => "no-answer",
        End::Busy | End::Rejected => "busy",
        End::Failed => "failed",
        _ => "completed",
    })
}

fn answered_by(call: &Truth) -> Option<&'static str> {
    Some(match call.end? {
        End::Voicemail => "voicemail",
        end if !end.is_connected() => "no-answer",
        _ if call.rng.one_in("unknown", 8) => "unknown",
        _ => "human",
    })
}

fn ended_by(call: &Truth) -> Option<&'static str> {
    match call.end? {
        End::CustomerHangup => Some("USER"),
        end if end.is_connected() => Some("ASSISTANT"),
        _ => None,
    }
}

fn error_message(call: &Truth) -> Option<&'static str> {
    match call.end? {
        End::Busy => Some("The number you dialed is busy. Please try again later."),
        End::Failed => Some(call.rng.pick("failure", &FAILURES)),
        _ => None,
    }
}

fn disposition_tag(call: &Truth) -> Option<&'static str> {
    Some(match (call.end?, call.success) {
        (End::Transferred, _) => "TRANSFERRED",
        (End::NoAnswer, _) => "NO_ANSWER",
        (End::Busy | End::Rejected, _) => "BUSY",
        (End::Failed, _) => "FAILED",
        (End::Voicemail, _) => "NO_CONTACT_MADE",
        (_, Some(true)) => "COMPLETED_ACTION",
        (_, Some(false)) if call.callback_requested == Some(true) => "CALL_BACK_SCHEDULED",
        (_, Some(false)) => "NOT_INTERESTED",
        (_, None) => return None,
    })
}

fn metadata(call: &Truth) -> Map<String, Value> {
    let mut metadata = call.metadata();
    metadata.insert("crm_id".to_owned(), call.customer.contact_id.as_str().into());
    metadata
}

/// Every other hand-over is one with a helper's call.
fn handover(call: &Truth) -> Value {
    let number = json!({ "transferred_to": HELP_DESK });
    if call.rng.one_in("warm", 2) {
        let leg = format!("{:08x}-0000-4000-8000-000000000001", call.rng.bits("leg") as u32);
        let legs = json!([{ "state": "MERGED", "call_id": leg, "phone_number": HELP_DESK }]);
        let mut warm = json!({
            "warm_transfer_call": { "state": "MERGED", "proxy_agent_calls": legs },
        });
        extend(&mut warm, number);
        return warm;
    }
    let mut cold = json!({
        "transferred_at": call.ended_at.map(micros),
        "pre_transfer_duration": minutes(talk_us(call)),
        "post_transfer_duration": 0,
    });
    extend(&mut cold, number);
    cold
}

fn user(role: Role) -> &'static str {
    match role {
        Role::Agent => "assistant",
        Role::Customer => "user",
    }
}

/// The turns, and what the agent did at the end.
fn parts(call: &Truth) -> Vec<Value> {
    let first = call.rng.between("turn ids", 1_000_000, 9_000_000);
    let part = |index: usize, at: Option<DateTime<Utc>>, user: &str, text: &str| {
        json!({
            "id": first + 4 * index as i64,
            "created_at": at.map(micros),
            "text": text,
            "user": user,
            "c_id": call.id,
            "status": null,
            "transcript_id": null,
        })
    };
    let turns = call.turns.iter().enumerate();
    let mut parts: Vec<Value> = turns
        .map(|(index, turn)| part(index, Some(call.turn_at(turn)), user(turn.role), &turn.text))
        .collect();
    if let Some(action) = action(call) {
        parts.push(part(parts.len(), call.ended_at, "agent-action", action));
    }
    // The vendor's turns are not always in the order of time.
    if parts.len() > 3 && call.rng.one_in("turns out of order", 6) {
        parts.swap(1, 2);
    }
    parts
}

fn action(call: &Truth) -> Option<&'static str> {
    match call.end? {
        End::AgentHangup | End::Voicemail => Some("Ended call"),
        End::Transferred => Some("Transferred call"),
        _ => None,
    }
}

/// The conversation as one text.
fn text(call: &Truth) -> String {
    let said = call.turns.iter().map(|turn| (user(turn.role), turn.text.as_str()));
    let done = action(call).map(|action| ("agent-action", action));
    said.chain(done).map(|(user, text)| format!("{user}: {text} \n ")).collect()
}
