//! Ravan's records: one call in snake case, and the same in camel case.

use chrono::TimeDelta;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{Money, analysis, channel, or_empty};
use crate::record_faults::RecordBody;
use crate::truth::{Channel, Role, Truth, Turn, amount, to_second};
use crate::vendor::uuid;
use crate::vendor_request::VendorRequest;

#[derive(Serialize)]
pub(super) struct History<'a> {
    pub(super) success: bool,
    pub(super) message: &'static str,
    pub(super) phone: &'a str,
    pub(super) total_count: usize,
    pub(super) page: usize,
    pub(super) page_size: usize,
    pub(super) calls: Vec<RecordBody<Snake<'a>>>,
}

#[derive(Serialize)]
pub(super) struct Envelope<T> {
    pub(super) success: bool,
    pub(super) message: &'static str,
    pub(super) data: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) meta: Option<Meta>,
}

#[derive(Serialize)]
pub(super) struct Meta {
    pub(super) total: usize,
    pub(super) limit: usize,
    pub(super) offset: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sessions<'a> {
    pub(super) call_sessions: Vec<RecordBody<Camel<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) total_count: Option<usize>,
}

/// One call in snake case; which of the optional fields are there depends on the endpoint.
#[derive(Serialize)]
pub(super) struct Snake<'a> {
    id: &'a str,
    agent_id: &'a str,
    agent_name: &'a str,
    organization_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    room_id: Option<String>,
    caller_number: &'a str,
    callee_number: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    caller_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    caller_email: Option<&'a str>,
    channel: &'static str,
    status: Option<&'static str>,
    summary: &'a str,
    recording_url: String,
    duration_sec: Option<i64>,
    cost_total: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    twilio_cost: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_cost: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credit_breakdown: Option<Value>,
    disconnect_reason: Option<&'static str>,
    call_latency_ms: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_call_analysis_result: Option<Value>,
    metadata: Map<String, Value>,
    started_at: String,
    ended_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transcripts: Option<Vec<Value>>,
}

/// One call in camel case.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Camel<'a> {
    id: &'a str,
    agent_id: &'a str,
    organization_id: &'a str,
    room_id: String,
    caller_number: &'a str,
    callee_number: &'a str,
    caller_name: String,
    caller_email: &'a str,
    channel: &'static str,
    status: Option<&'static str>,
    summary: &'a str,
    metadata: Map<String, Value>,
    error_message: &'static str,
    disconnect_reason: Option<&'static str>,
    prompt_dynamic_variables: Value,
    extract_dynamic_variables: Option<Value>,
    call_latency_ms: u32,
    started_at: String,
    ended_at: Option<String>,
    duration_sec: Option<i64>,
    created_at: String,
    recording_url: String,
    cost_total: Option<Money>,
    agent_name: &'a str,
    post_call_analysis_result: Value,
    credit_breakdown: Value,
}

/// A call of the list in camel case.
pub(super) fn camel<'a>(request: &VendorRequest<'_>, call: &'a Truth) -> Camel<'a> {
    Camel {
        id: &call.id,
        agent_id: &call.agent.id,
        organization_id: &call.organization.id,
        room_id: room(call),
        caller_number: or_empty(call.from_number()),
        callee_number: or_empty(call.to_number()),
        caller_name: call.customer.full_name(),
        caller_email: or_empty(call.customer.email.as_deref()),
        channel: channel(call.channel),
        status: call.vendor_status,
        summary: or_empty(call.summary.as_deref()),
        metadata: call.metadata(),
        error_message: error(call),
        disconnect_reason: call.vendor_end_reason,
        prompt_dynamic_variables: json!({ "customer_name": call.customer.first_name }),
        extract_dynamic_variables: None,
        call_latency_ms: latency(call),
        started_at: to_second(call.started_at),
        ended_at: call.ended_at.map(to_second),
        duration_sec: call.seconds(),
        created_at: to_second(call.created_at),
        recording_url: recording_url(request, call),
        cost_total: text_cost(call),
        agent_name: &call.agent.name,
        post_call_analysis_result: analysis(call),
        credit_breakdown: breakdown(call),
    }
}

/// A call of the list in snake case.
pub(super) fn item<'a>(request: &VendorRequest<'_>, call: &'a Truth) -> Snake<'a> {
    Snake {
        id: &call.id,
        agent_id: &call.agent.id,
        agent_name: &call.agent.name,
        organization_id: &call.organization.id,
        room_id: Some(room(call)),
        caller_number: or_empty(call.from_number()),
        callee_number: or_empty(call.to_number()),
        caller_name: None,
        caller_email: None,
        channel: channel(call.channel),
        status: call.vendor_status,
        summary: or_empty(call.summary.as_deref()),
        recording_url: recording_url(request, call),
        duration_sec: call.seconds(),
        cost_total: call.cost().map(Money::Number),
        twilio_cost: None,
        model_cost: None,
        credit_breakdown: None,
        disconnect_reason: call.vendor_end_reason,
        call_latency_ms: latency(call),
        error_message: None,
        post_call_analysis_result: None,
        metadata: call.metadata(),
        started_at: to_second(call.started_at),
        ended_at: call.ended_at.map(to_second),
        created_at: None,
        transcripts: None,
    }
}

/// The single call.
pub(super) fn detail<'a>(request: &VendorRequest<'_>, call: &'a Truth) -> Snake<'a> {
    Snake {
        caller_name: Some(call.customer.full_name()),
        caller_email: Some(or_empty(call.customer.email.as_deref())),
        cost_total: text_cost(call),
        credit_breakdown: Some(breakdown(call)),
        error_message: Some(error(call)),
        post_call_analysis_result: Some(analysis(call)),
        created_at: Some(to_second(call.created_at)),
        transcripts: Some(transcripts(call)),
        ..item(request, call)
    }
}

/// A call of a number's history.
pub(super) fn history<'a>(
    request: &VendorRequest<'_>,
    call: &'a Truth,
    with_turns: bool,
) -> Snake<'a> {
    let total = call.cost_micros.unwrap_or_default();
    let (model, base) = (total / 500_000 * 200_000, total / 500_000 * 100_000);
    // In a small share the parts and the total disagree, as they do in the documented sample.
    let off = if call.rng.one_in("cost sum", 20) { 800_000 } else { 0 };
    let provider = total - model - base + off;
    Snake {
        room_id: None,
        twilio_cost: Some(amount(provider)),
        model_cost: Some(amount(model)),
        credit_breakdown: Some(json!({
            "model_credits": amount(model),
            "provider_credits": amount(provider),
            "telephony_base_credits": amount(base),
        })),
        transcripts: with_turns.then(|| transcripts(call)),
        ..detail(request, call)
    }
}

fn transcripts(call: &Truth) -> Vec<Value> {
    // The documented sample's stamp lies half a year before its call.
    let off = if call.rng.one_in("stamp", 25) { TimeDelta::days(182) } else { TimeDelta::zero() };
    let item = |(index, turn): (usize, &Turn)| {
        let at = call.turn_at(turn);
        json!({
            "id": uuid(call.rng.of("turn").nth(index as u64).bits128("id")),
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

fn text_cost(call: &Truth) -> Option<Money> {
    let cents = call.cost_micros? / 10_000;
    Some(Money::Text(format!("{}.{:02}", cents / 100, cents % 100)))
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
