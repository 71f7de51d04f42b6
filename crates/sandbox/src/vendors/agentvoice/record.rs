//! AgentVoice's record: the default fields, and those on request.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use super::Extent;
use crate::record_faults::RecordBody;
use crate::truth::{Direction, Outcome, Role, Truth, Turn};
use crate::vendor_request::VendorRequest;

#[derive(Serialize)]
pub(super) struct Page<'a> {
    pub(super) data: Vec<RecordBody<Record<'a>>>,
    pub(super) pagination: Pagination,
}

#[derive(Serialize)]
pub(super) struct Pagination {
    pub(super) total: usize,
    pub(super) limit: usize,
    pub(super) offset: usize,
    pub(super) has_more: bool,
}

#[derive(Serialize)]
pub(super) struct Record<'a> {
    id: &'a str,
    agent_id: &'a str,
    agent_name: &'a str,
    contact_id: &'a str,
    contact_first_name: &'a str,
    contact_last_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_email: Option<&'a str>,
    phone_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number_called_from: Option<&'a str>,
    call_type: &'static str,
    status: Option<&'static str>,
    call_success: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    went_to_voicemail: Option<bool>,
    call_duration: Option<i64>,
    started_at: String,
    ended_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recording_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    campaign_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    campaign_name: Option<&'a str>,
    created_at: String,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    transcript: Option<Transcript>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    full: Option<Full<'a>>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    actions: Option<Actions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quality_metrics: Option<Value>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    metrics: Option<Metrics>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    diagnostics: Option<Diagnostics>,
}

#[derive(Serialize)]
struct Transcript {
    transcript: Option<String>,
    transcript_formatted: Vec<Value>,
}

#[derive(Serialize)]
struct Full<'a> {
    post_call_analysis: Option<Value>,
    call_description: Option<&'a str>,
    custom_analysis: Option<Value>,
    structured_data_results: Option<Value>,
    notes: Vec<Value>,
    enhanced_context: Option<Value>,
}

#[derive(Serialize)]
struct Actions {
    action_executions: Vec<Value>,
    action_summary: Option<&'static str>,
}

#[derive(Serialize)]
struct Metrics {
    latency_metrics: Option<Value>,
    audio_metrics: Option<Value>,
}

#[derive(Serialize)]
struct Diagnostics {
    turn_events: Vec<Value>,
    interruptions: Vec<Value>,
    tool_usage: Vec<Value>,
}

/// A call with the requested parts.
pub(super) fn record<'a>(
    request: &VendorRequest<'_>,
    call: &'a Truth,
    extent: Extent,
) -> Record<'a> {
    let inbound = call.direction == Some(Direction::Inbound);
    let called_from = call.from_number();
    Record {
        id: &call.id,
        agent_id: &call.agent.id,
        agent_name: &call.agent.name,
        contact_id: &call.customer.contact_id,
        contact_first_name: &call.customer.first_name,
        contact_last_name: &call.customer.last_name,
        contact_email: call.customer.email.as_deref(),
        phone_number: call.customer.number.as_deref(),
        phone_number_called_from: called_from
            .filter(|_| !inbound || call.rng.one_in("called from", 2)),
        call_type: if inbound { "inbound" } else { "outbound" },
        status: call.vendor_status,
        call_success: call.end.map(|_| call.success == Some(true)),
        went_to_voicemail: call
            .outcome
            .map(|outcome| outcome == Outcome::Voicemail)
            .filter(|_| !call.rng.one_in("no voicemail flag", 10)),
        call_duration: call.seconds(),
        started_at: millis(call.started_at),
        ended_at: call.ended_at.map(millis),
        ended_reason: call.vendor_end_reason,
        recording_url: call
            .recorded
            .then(|| format!("{}/recordings/agentvoice/{}.mp3", request.base, call.id)),
        campaign_id: call.campaign.as_ref().map(|campaign| campaign.id.as_str()),
        campaign_name: call.campaign.as_ref().map(|campaign| campaign.name.as_str()),
        created_at: millis(call.created_at),
        transcript: (extent.full || extent.transcript).then(|| transcript(call)),
        full: extent.full.then(|| full(call)),
        actions: (extent.full || extent.actions).then(|| actions(call)),
        quality_metrics: (extent.full || extent.metrics).then(|| quality(call)),
        metrics: extent.metrics.then(|| metrics(call)),
        diagnostics: extent.diagnostics.then(|| diagnostics(call)),
    }
}

/// The bare record of `most_recent`, documented without some of the default fields.
pub(super) fn most_recent<'a>(
    request: &VendorRequest<'_>,
    call: &'a Truth,
    extent: Extent,
) -> Record<'a> {
    let record = record(request, call, extent);
    if extent.full {
        return record;
    }
    Record {
        contact_email: None,
        phone_number_called_from: None,
        went_to_voicemail: None,
        ended_reason: None,
        recording_url: None,
        campaign_id: None,
        campaign_name: None,
        ..record
    }
}

fn millis(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn speaker(turn: &Turn) -> &'static str {
    match turn.role {
        Role::Agent => "agent",
        Role::Customer => "customer",
    }
}

fn transcript(call: &Truth) -> Transcript {
    Transcript {
        transcript: (!call.turns.is_empty()).then(|| call.text("Agent", "Customer", "\n")),
        transcript_formatted: call
            .turns
            .iter()
            .map(|turn| {
                json!({
                    "speaker": speaker(turn),
                    "text": turn.text,
                    "timestamp": millis(call.turn_at(turn)),
                })
            })
            .collect(),
    }
}

fn full(call: &Truth) -> Full<'_> {
    let when_analysed = |value: Value| call.analysed.then_some(value);
    Full {
        post_call_analysis: when_analysed(json!({
            "summary": call.summary,
            "sentiment": call.sentiment,
            "intent": call.intent,
        })),
        call_description: call.summary.as_deref(),
        custom_analysis: when_analysed(json!({ "lead_quality": call.lead })),
        structured_data_results: when_analysed(json!({
            "appointment_booked": call.appointment_booked,
            "callback_requested": call.callback_requested,
        })),
        notes: Vec::new(),
        enhanced_context: Some(json!(call.metadata)),
    }
}

fn actions(call: &Truth) -> Actions {
    let sent = call.appointment_booked == Some(true);
    let execution = json!({ "action": "send_sms", "status": "completed" });
    Actions {
        action_executions: if sent { vec![execution] } else { Vec::new() },
        action_summary: sent.then_some("1 of 1 actions completed"),
    }
}

fn quality(call: &Truth) -> Value {
    json!({
        "overall_score": call.rng.between("quality", 70, 99),
        "interruption_count": interruptions(call).len(),
    })
}

fn metrics(call: &Truth) -> Metrics {
    let mut sorted = call.latencies_ms.clone();
    sorted.sort_unstable();
    let at = |percent: usize| sorted.get((sorted.len().saturating_sub(1)) * percent / 100);
    Metrics {
        latency_metrics: (!sorted.is_empty()).then(|| {
            json!({
                "avg_ms": sorted.iter().sum::<u32>() / sorted.len() as u32,
                "p50_ms": at(50),
                "p95_ms": at(95),
                "max_ms": sorted.last(),
                "count": sorted.len(),
            })
        }),
        audio_metrics: call.recorded.then(|| {
            let loss = call.rng.between("loss", 0, 9) as f64 / 10.0;
            json!({ "packet_loss_percent": loss, "codec": "opus" })
        }),
    }
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

fn diagnostics(call: &Truth) -> Diagnostics {
    let event = |turn: &Turn| json!({ "type": "turn_started", "speaker": speaker(turn), "offset_ms": turn.offset_ms });
    let booked = call.appointment_booked == Some(true);
    let tool = json!({ "tool": "book_appointment", "calls": 1, "errors": 0 });
    Diagnostics {
        turn_events: call.turns.iter().map(event).collect(),
        interruptions: interruptions(call),
        tool_usage: if booked { vec![tool] } else { Vec::new() },
    }
}
