//! Ravan: numbered pages with a total.

use crate::call::{Call, CostPart, Latency, Turn, end};
use crate::vendor::{At, Vendor};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

pub struct Ravan;

impl Vendor for Ravan {
    const NAME: &'static str = "ravan";
    const PATH: &'static str = "/ravan/api/v1/calling/call-sessions";
    const HEADERS: &'static [(&'static str, &'static str)] = &[("X-Api-Key", "sandbox-key")];
    const PAGE_SIZE: usize = 100;
    type Page = Page;

    fn query(page: At) -> Vec<(&'static str, String)> {
        vec![("page", (page.index + 1).to_string()), ("page_size", page.size.to_string())]
    }

    fn total(page: &Page) -> Option<usize> {
        Some(page.meta.total)
    }

    fn calls(page: Page) -> Vec<Call> {
        page.data.into_iter().map(call).collect()
    }
}

#[derive(Deserialize)]
pub struct Page {
    data: Vec<Record>,
    meta: Meta,
}

#[derive(Deserialize)]
struct Meta {
    total: usize,
}

#[derive(Deserialize)]
struct Record {
    id: String,
    agent_id: Option<String>,
    agent_name: Option<String>,
    organization_id: Option<String>,
    room_id: Option<String>,
    caller_number: Option<String>,
    callee_number: Option<String>,
    caller_name: Option<String>,
    caller_email: Option<String>,
    channel: Option<String>,
    status: Option<String>,
    summary: Option<String>,
    recording_url: Option<String>,
    duration_sec: Option<i64>,
    cost_total: Option<Money>,
    credit_breakdown: Option<Credits>,
    disconnect_reason: Option<String>,
    call_latency_ms: Option<f64>,
    error_message: Option<String>,
    post_call_analysis_result: Option<Value>,
    metadata: Option<Map<String, Value>>,
    started_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    created_at: Option<DateTime<Utc>>,
    #[serde(default)]
    transcripts: Vec<Said>,
}

/// A number, or its text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Money {
    Number(f64),
    Text(String),
}

#[derive(Deserialize)]
struct Credits {
    model_credits: Option<f64>,
    provider_credits: Option<f64>,
    telephony_base_credits: Option<f64>,
    total_credits: Option<f64>,
    telephony_type: Option<String>,
    provider_managed: Option<bool>,
}

#[derive(Deserialize)]
struct Said {
    message: Message,
    created_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct Message {
    role: String,
    content: String,
}

fn call(record: Record) -> Call {
    let end = record.disconnect_reason.as_deref().map(end);
    let mut metadata = record.metadata.unwrap_or_default();
    metadata.extend(record.room_id.map(|value| ("room_id".to_owned(), value.into())));
    let mut cost_parts = Vec::new();
    if let Some(credits) = record.credit_breakdown {
        let parts = [
            ("model_credits", credits.model_credits),
            ("provider_credits", credits.provider_credits),
            ("telephony_base_credits", credits.telephony_base_credits),
        ];
        let part = |(name, amount): (&str, Option<f64>)| {
            Some(CostPart { name: name.to_owned(), amount: amount? })
        };
        cost_parts.extend(parts.into_iter().filter_map(part));
        metadata
            .extend(credits.total_credits.map(|value| ("total_credits".to_owned(), value.into())));
        metadata.extend(
            credits.telephony_type.map(|value| ("telephony_type".to_owned(), value.into())),
        );
        metadata.extend(
            credits.provider_managed.map(|value| ("provider_managed".to_owned(), value.into())),
        );
    }
    let sentiment = record.post_call_analysis_result.as_ref().and_then(|analysis| {
        let sentiment = analysis.get("sentiment")?;
        Some(sentiment.as_str().or_else(|| sentiment.get("value")?.as_str())?.to_owned())
    });
    let mut analysis = Map::new();
    let result = record.post_call_analysis_result;
    analysis.extend(result.map(|value| ("post_call_analysis_result".to_owned(), value)));
    Call {
        id: format!("{}:{}", Ravan::NAME, record.id),
        vendor: Ravan::NAME,
        call_id: record.id,
        organization_id: record.organization_id,
        agent_id: record.agent_id,
        agent_name: record.agent_name,
        channel: record.channel.map(|word| match word.as_str() {
            "web" => "web",
            "sip" => "sip",
            _ => "phone",
        }),
        from_number: record.caller_number,
        from_name: record.caller_name,
        from_email: record.caller_email,
        to_number: record.callee_number,
        status: match record.status.as_deref() {
            Some("in_progress" | "active") => "in_progress",
            Some("failed") => "failed",
            _ => "ended",
        },
        disposition: end.map(|(_, _, disposition)| disposition),
        end_reason: end.map(|(reason, _, _)| reason),
        ended_by: end.map(|(_, by, _)| by),
        end_reason_raw: record.disconnect_reason,
        error_message: record.error_message.filter(|text| !text.is_empty()),
        created_at: record.created_at,
        started_at: record.started_at,
        ended_at: record.ended_at,
        reported_duration_ms: record.duration_sec.map(|seconds| seconds * 1000),
        cost: record.cost_total.and_then(|money| match money {
            Money::Number(amount) => Some(amount),
            Money::Text(text) => text.parse().ok(),
        }),
        cost_parts,
        latency: record
            .call_latency_ms
            .map(|value| Latency {
                stage: "call".to_owned(),
                value: Some(value),
                ..Latency::default()
            })
            .into_iter()
            .collect(),
        turns: record.transcripts.into_iter().map(turn).collect(),
        recording_url: record.recording_url.filter(|url| !url.is_empty()),
        summary: record.summary.filter(|text| !text.is_empty()),
        sentiment,
        analysis,
        metadata,
        ..Call::default()
    }
    .with_lengths()
}

fn turn(said: Said) -> Turn {
    let role = if said.message.role == "agent" { "agent" } else { "customer" };
    Turn { role, text: said.message.content, at: said.created_at }
}
