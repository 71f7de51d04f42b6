//! AgentVoice: offsets and a total.

use crate::call::{Call, Latency, Turn, end};
use crate::vendor::{At, Vendor};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

pub struct AgentVoice;

impl Vendor for AgentVoice {
    const NAME: &'static str = "agentvoice";
    const PATH: &'static str = "/agentvoice/api/calls";
    const HEADERS: &'static [(&'static str, &'static str)] =
        &[("x-api-key", "sandbox-key"), ("x-organization-id", "sandbox-org")];
    const PAGE_SIZE: usize = 100;
    type Page = Page;

    fn query(page: At) -> Vec<(&'static str, String)> {
        let offset = page.index * page.size;
        vec![("limit", page.size.to_string()), ("offset", offset.to_string())]
    }

    fn total(page: &Page) -> Option<usize> {
        Some(page.pagination.total)
    }

    fn calls(page: Page) -> Vec<Call> {
        page.data.into_iter().map(call).collect()
    }
}

#[derive(Deserialize)]
pub struct Page {
    data: Vec<Record>,
    pagination: Pagination,
}

#[derive(Deserialize)]
struct Pagination {
    total: usize,
}

#[derive(Deserialize)]
struct Record {
    id: String,
    agent_id: Option<String>,
    agent_name: Option<String>,
    contact_id: Option<String>,
    contact_first_name: Option<String>,
    contact_last_name: Option<String>,
    contact_email: Option<String>,
    phone_number: Option<String>,
    phone_number_called_from: Option<String>,
    call_type: Option<String>,
    status: Option<String>,
    call_success: Option<bool>,
    went_to_voicemail: Option<bool>,
    call_duration: Option<i64>,
    started_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    created_at: Option<DateTime<Utc>>,
    ended_reason: Option<String>,
    recording_url: Option<String>,
    campaign_id: Option<String>,
    campaign_name: Option<String>,
    transcript: Option<String>,
    #[serde(default)]
    transcript_formatted: Vec<Said>,
    post_call_analysis: Option<Value>,
    call_description: Option<String>,
    custom_analysis: Option<Value>,
    structured_data_results: Option<Value>,
    enhanced_context: Option<Value>,
    action_executions: Option<Value>,
    action_summary: Option<Value>,
    quality_metrics: Option<Value>,
    latency_metrics: Option<Map<String, Value>>,
    audio_metrics: Option<Value>,
}

#[derive(Deserialize)]
struct Said {
    speaker: String,
    text: String,
    timestamp: Option<DateTime<Utc>>,
}

fn call(record: Record) -> Call {
    let inbound = record.call_type.as_deref() == Some("inbound");
    let end = record.ended_reason.as_deref().map(end);
    let name = match (record.contact_first_name, record.contact_last_name) {
        (Some(first), Some(last)) => Some(format!("{first} {last}")),
        (first, last) => first.or(last),
    };
    let latency = record.latency_metrics.as_ref().map(stages).unwrap_or_default();
    let analysis = [
        ("post_call_analysis", record.post_call_analysis),
        ("custom_analysis", record.custom_analysis),
        ("structured_data_results", record.structured_data_results),
        ("quality_metrics", record.quality_metrics),
        ("latency_metrics", record.latency_metrics.map(Value::Object)),
        ("audio_metrics", record.audio_metrics),
    ];
    let metadata = [
        ("action_executions", record.action_executions),
        ("action_summary", record.action_summary),
        ("enhanced_context", record.enhanced_context),
    ];
    let mut call = Call {
        id: format!("{}:{}", AgentVoice::NAME, record.id),
        vendor: AgentVoice::NAME,
        call_id: record.id,
        agent_id: record.agent_id,
        agent_name: record.agent_name,
        campaign_id: record.campaign_id,
        campaign_name: record.campaign_name,
        contact_id: record.contact_id,
        direction: Some(if inbound { "inbound" } else { "outbound" }),
        status: match record.status.as_deref() {
            Some("ringing") => "ringing",
            Some("in-progress") => "in_progress",
            Some("failed") => "failed",
            _ => "ended",
        },
        disposition: end.map(|(_, _, disposition)| disposition),
        voicemail: record.went_to_voicemail,
        end_reason: end.map(|(reason, _, _)| reason),
        ended_by: end.map(|(_, by, _)| by),
        end_reason_raw: record.ended_reason,
        created_at: record.created_at,
        started_at: record.started_at,
        ended_at: record.ended_at,
        reported_duration_ms: record.call_duration.map(|seconds| seconds * 1000),
        latency,
        transcript: record.transcript,
        turns: record.transcript_formatted.into_iter().map(turn).collect(),
        recording_url: record.recording_url,
        summary: record.call_description,
        success: record.call_success,
        analysis: present(analysis),
        metadata: present(metadata),
        ..Call::default()
    };
    if inbound {
        (call.from_number, call.from_name, call.from_email) =
            (record.phone_number, name, record.contact_email);
    } else {
        call.from_number = record.phone_number_called_from;
        (call.to_number, call.to_name, call.to_email) =
            (record.phone_number, name, record.contact_email);
    }
    call.with_lengths()
}

fn present<const N: usize>(values: [(&str, Option<Value>); N]) -> Map<String, Value> {
    let member = |(name, value): (&str, Option<Value>)| Some((name.to_owned(), value?));
    values.into_iter().filter_map(member).collect()
}

fn stages(metrics: &Map<String, Value>) -> Vec<Latency> {
    let stage = |(name, value): (&String, &Value)| {
        let stage = name.strip_suffix("_ms")?.to_owned();
        Some(Latency { stage, value: value.as_f64(), ..Latency::default() })
    };
    metrics.iter().filter_map(stage).collect()
}

fn turn(said: Said) -> Turn {
    let role = if said.speaker == "agent" { "agent" } else { "customer" };
    Turn { role, text: said.text, at: said.timestamp }
}
