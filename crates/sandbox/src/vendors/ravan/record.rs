//! Ravan's records: one call in snake case, and the same in camel case.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{analysis, channel, or_empty};
use crate::reply::{extend, omit_null};
use crate::truth::{Channel, Role, Truth, TruthTurn, amount, to_second};
use crate::vendor::uuid;
use crate::vendor_request::VendorRequest;

/// A call of the list in camel case.
pub(super) fn camel(request: &VendorRequest<'_>, call: &Truth) -> Value {
    json!({
        "id": call.id,
        "agentId": call.agent.id,
        "organizationId": call.organization.id,
        "roomId": room(call),
        "callerNumber": or_empty(call.from_number()),
        "calleeNumber": or_empty(call.to_number()),
        "callerName": call.customer.full_name(),
        "callerEmail": or_empty(call.customer.email.as_deref()),
        "channel": channel(call.channel),
        "status": call.vendor_status,
        "summary": or_empty(call.summary.as_deref()),
        "metadata": call.metadata(),
        "errorMessage": error(call),
        "disconnectReason": call.vendor_end_reason,
        "promptDynamicVariables": { "customer_name": call.customer.first_name },
        "extractDynamicVariables": null,
        "callLatencyMs": latency(call),
        "startedAt": to_second(call.started_at),
        "endedAt": call.ended_at.map(to_second),
        "durationSec": call.seconds(),
        "createdAt": to_second(call.created_at),
        "recordingUrl": recording_url(request, call),
        "costTotal": text_cost(call),
        "agentName": call.agent.name,
        "postCallAnalysisResult": analysis(call),
        "creditBreakdown": breakdown(call),
    })
}

/// A call of the list in snake case.
pub(super) fn item(request: &VendorRequest<'_>, call: &Truth) -> Value {
    json!({
        "id": call.id,
        "agent_id": call.agent.id,
        "agent_name": call.agent.name,
        "organization_id": call.organization.id,
        "room_id": room(call),
        "caller_number": or_empty(call.from_number()),
        "callee_number": or_empty(call.to_number()),
        "channel": channel(call.channel),
        "status": call.vendor_status,
        "summary": or_empty(call.summary.as_deref()),
        "recording_url": recording_url(request, call),
        "duration_sec": call.seconds(),
        "cost_total": call.cost(),
        "disconnect_reason": call.vendor_end_reason,
        "call_latency_ms": latency(call),
        "metadata": call.metadata(),
        "started_at": to_second(call.started_at),
        "ended_at": call.ended_at.map(to_second),
    })
}

/// The single call.
pub(super) fn detail(request: &VendorRequest<'_>, call: &Truth) -> Value {
    let mut detail = item(request, call);
    let more = json!({
        "caller_name": call.customer.full_name(),
        "caller_email": or_empty(call.customer.email.as_deref()),
        "cost_total": text_cost(call),
        "credit_breakdown": breakdown(call),
        "error_message": error(call),
        "post_call_analysis_result": analysis(call),
        "created_at": to_second(call.created_at),
        "transcripts": transcripts(call),
    });
    extend(&mut detail, more);
    detail
}

/// A call of a number's history.
pub(super) fn history(request: &VendorRequest<'_>, call: &Truth, with_turns: bool) -> Value {
    let total = call.cost_micros.unwrap_or_default();
    let (model, base) = (total / 500_000 * 200_000, total / 500_000 * 100_000);
    // In a small share the parts and the total disagree, as they do in the documented sample.
    let off = if call.rng.one_in("cost sum", 20) { 800_000 } else { 0 };
    let provider = total - model - base + off;
    let mut history = detail(request, call);
    let more = json!({
        "room_id": null,
        "twilio_cost": amount(provider),
        "model_cost": amount(model),
        "credit_breakdown": {
            "model_credits": amount(model),
            "provider_credits": amount(provider),
            "telephony_base_credits": amount(base),
        },
        "transcripts": with_turns.then(|| transcripts(call)),
    });
    extend(&mut history, more);
    omit_null(history, &["room_id", "transcripts"])
}

fn transcripts(call: &Truth) -> Vec<Value> {
    // The documented sample's stamp lies half a year before its call.
    let off = if call.rng.one_in("stamp", 25) { TimeDelta::days(182) } else { TimeDelta::zero() };
    let item = |(index, turn): (usize, &TruthTurn)| {
        let at = call.turn_at(turn);
        json!({
            "id": uuid(call.rng.derive("turn").nth(index as u64).bits128("id")),
            "call_session_id": call.id,
            "message": {
                "role": match turn.role { Role::Agent => "agent", Role::Customer => "user" },
                "content": turn.text,
            },
            "timestamp_ms": (at - off).timestamp_millis(),
            "created_at": to_second(at),
        })
    };
    call.turns.iter().enumerate().map(item).collect()
}

fn breakdown(call: &Truth) -> Value {
    let total = call.cost_micros.unwrap_or_default();
    let model = total / 500_000 * 200_000;
    json!({
        "channel": channel(call.channel),
        "duration_sec": call.seconds().unwrap_or_default(),
        "model_credits": amount(model),
        "provider_credits": amount(total - model),
        "provider_managed": true,
        "telephony_type": if call.channel == Channel::Phone { "twilio" } else { "" },
        "total_credits": amount(total),
    })
}

/// The amount as text.
fn text_cost(call: &Truth) -> Option<String> {
    let cents = call.cost_micros? / 10_000;
    Some(format!("{}.{:02}", cents / 100, cents % 100))
}

fn latency(call: &Truth) -> u32 {
    let count = call.latencies_ms.len().max(1) as u32;
    call.latencies_ms.iter().sum::<u32>() / count
}

fn error(call: &Truth) -> &'static str {
    match call.vendor_end_reason {
        Some("error") => "SIP trunk answered 503",
        _ => "",
    }
}

fn room(call: &Truth) -> String {
    format!("room-{:012x}", call.rng.bits("room") >> 16)
}

fn recording_url(request: &VendorRequest<'_>, call: &Truth) -> String {
    if !call.recorded {
        return String::new();
    }
    format!("{}/ravan/api/v1/calling/sessions/{}/recording", request.base, call.id)
}
