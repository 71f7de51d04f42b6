//! AgentVoice's record: the default fields, and those on request.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::Extent;
use crate::reply::{extend, omit_null};
use crate::truth::{Direction, Role, Truth, TruthOutcome, TruthTurn};
use crate::vendor_request::VendorRequest;

/// Fields that a record lacks where they are null.
const OPTIONAL: [&str; 7] = [
    "contact_email",
    "phone_number_called_from",
    "went_to_voicemail",
    "ended_reason",
    "recording_url",
    "campaign_id",
    "campaign_name",
];

/// A call with the requested parts.
pub(super) fn record(request: &VendorRequest<'_>, call: &Truth, extent: Extent) -> Value {
    let inbound = call.direction == Some(Direction::Inbound);
    let called_from = call.from_number();
    let mut record = json!({
        "id": call.id,
        "agent_id": call.agent.id,
        "agent_name": call.agent.name,
        "contact_id": call.customer.contact_id,
        "contact_first_name": call.customer.first_name,
        "contact_last_name": call.customer.last_name,
        "contact_email": call.customer.email,
        "phone_number": call.customer.number,
        "phone_number_called_from": called_from
            .filter(|_| !inbound || call.rng.one_in("called from", 2)),
        "call_type": if inbound { "inbound" } else { "outbound" },
        "status": call.vendor_status,
        "call_success": call.end.map(|_| call.success == Some(true)),
        "went_to_voicemail": call
            .outcome
            .map(|outcome| outcome == TruthOutcome::Voicemail)
            .filter(|_| !call.rng.one_in("no voicemail flag", 10)),
        "call_duration": call.seconds(),
        "started_at": millis(call.started_at),
        "ended_at": call.ended_at.map(millis),
        "ended_reason": call.vendor_end_reason,
        "recording_url": call
            .recorded
            .then(|| format!("{}/recordings/agentvoice/{}.mp3", request.base, call.id)),
        "campaign_id": call.campaign.as_ref().map(|campaign| &campaign.id),
        "campaign_name": call.campaign.as_ref().map(|campaign| &campaign.name),
        "created_at": millis(call.created_at),
    });
    let parts = [
        (extent.full || extent.transcript, transcript as fn(&Truth) -> Value),
        (extent.full, full),
        (extent.full || extent.actions, actions),
        (extent.full || extent.metrics, quality),
        (extent.metrics, metrics),
        (extent.diagnostics, diagnostics),
    ];
    for (_, part) in parts.into_iter().filter(|(is_requested, _)| *is_requested) {
        extend(&mut record, part(call));
    }
    omit_null(record, &OPTIONAL)
}

/// The bare record of `most_recent`, documented without some of the default fields.
pub(super) fn most_recent(request: &VendorRequest<'_>, call: &Truth, extent: Extent) -> Value {
    let mut record = record(request, call, extent);
    if let Some(fields) = record.as_object_mut().filter(|_| !extent.full) {
        fields.retain(|name, _| !OPTIONAL.contains(&name.as_str()));
    }
    record
}

fn millis(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn speaker(turn: &TruthTurn) -> &'static str {
    match turn.role {
        Role::Agent => "agent",
        Role::Customer => "customer",
    }
}

fn transcript(call: &Truth) -> Value {
    let turn = |turn: &TruthTurn| {
        json!({
            "speaker": speaker(turn),
            "text": turn.text,
            "timestamp": millis(call.turn_at(turn)),
        })
    };
    json!({
        "transcript": (!call.turns.is_empty()).then(|| call.text("Agent", "Customer", "\n")),
        "transcript_formatted": call.turns.iter().map(turn).collect::<Value>(),
    })
}

fn full(call: &Truth) -> Value {
    let when_analysed = |value: Value| call.analysed.then_some(value);
    json!({
        "post_call_analysis": when_analysed(json!({
            "summary": call.summary,
            "sentiment": call.sentiment,
            "intent": call.intent,
        })),
        "call_description": call.summary,
        "custom_analysis": when_analysed(json!({ "lead_quality": call.lead })),
        "structured_data_results": when_analysed(json!({
            "appointment_booked": call.appointment_booked,
            "callback_requested": call.callback_requested,
        })),
        "notes": [],
        "enhanced_context": call.metadata,
    })
}

fn actions(call: &Truth) -> Value {
    let sent = call.appointment_booked == Some(true);
    let execution = json!({ "action": "send_sms", "status": "completed" });
    json!({
        "action_executions": if sent { vec![execution] } else { Vec::new() },
        "action_summary": sent.then_some("1 of 1 actions completed"),
    })
}

fn quality(call: &Truth) -> Value {
    json!({ "quality_metrics": {
        "overall_score": call.rng.between("quality", 70, 99),
        "interruption_count": interruptions(call).len(),
    } })
}

fn metrics(call: &Truth) -> Value {
    let mut sorted = call.latencies_ms.clone();
    sorted.sort_unstable();
    let at = |percent: usize| sorted.get((sorted.len().saturating_sub(1)) * percent / 100);
    json!({
        "latency_metrics": (!sorted.is_empty()).then(|| {
            json!({
                "avg_ms": sorted.iter().sum::<u32>() / sorted.len() as u32,
                "p50_ms": at(50),
                "p95_ms": at(95),
                "max_ms": sorted.last(),
                "count": sorted.len(),
            })
        }),
        "audio_metrics": call.recorded.then(|| {
            let loss = call.rng.between("loss", 0, 9) as f64 / 10.0;
            json!({ "packet_loss_percent": loss, "codec": "opus" })
        }),
    })
}

fn interruptions(call: &Truth) -> Vec<Value> {
    let turns = call.turns.iter().enumerate();
    turns
        .filter(|(index, turn)| {
            turn.role == Role::Customer && call.rng.nth(*index as u64).one_in("interruption", 12)
        })
        .map(|(_, turn)| json!({ "by": "customer", "offset_ms": turn.offset_ms }))
        .collect()
}

fn diagnostics(call: &Truth) -> Value {
    let event = |turn: &TruthTurn| json!({ "type": "turn_started", "speaker": speaker(turn), "offset_ms": turn.offset_ms });
    let booked = call.appointment_booked == Some(true);
    let tool = json!({ "tool": "book_appointment", "calls": 1, "errors": 0 });
    json!({
        "turn_events": call.turns.iter().map(event).collect::<Value>(),
        "interruptions": interruptions(call),
        "tool_usage": if booked { vec![tool] } else { Vec::new() },
    })
}
