//! Zudu: pages numbered from 0, with a total.

use crate::call::{Call, CostPart, Latency, Turn, end};
use crate::vendor::{At, Vendor};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

pub struct Zudu;

impl Vendor for Zudu {
    const NAME: &'static str = "zudu";
    const PATH: &'static str = "/zudu/api/calls";
    const HEADERS: &'static [(&'static str, &'static str)] =
        &[("X-API-KEY", "sandbox-key"), ("X-API-SECRET", "sandbox-secret")];
    const PAGE_SIZE: usize = 100;
    type Page = Page;

    fn query(page: At) -> Vec<(&'static str, String)> {
        vec![("page", page.index.to_string()), ("limit", page.size.to_string())]
    }

    fn total(page: &Page) -> Option<usize> {
        Some(page.data.pagination.total_count)
    }

    fn calls(page: Page) -> Vec<Call> {
        page.data.calls.into_iter().map(call).collect()
    }
}

#[derive(Deserialize)]
pub struct Page {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    calls: Vec<Record>,
    pagination: Pagination,
}

#[derive(Deserialize)]
struct Pagination {
    total_count: usize,
}

#[derive(Deserialize)]
struct Record {
    id: String,
    call_id: Option<String>,
    agent_id: Option<String>,
    organization_id: Option<String>,
    call_status: Option<String>,
    call_type: Option<String>,
    direction: Option<String>,
    from_number: Option<String>,
    to_number: Option<String>,
    start_timestamp: Option<i64>,
    end_timestamp: Option<i64>,
    call_duration: Option<i64>,
    disconnection_reason: Option<String>,
    recording_url: Option<String>,
    public_log_url: Option<String>,
    opt_out_sensitive_data_storage: Option<bool>,
    metadata: Option<Map<String, Value>>,
    transcript: Option<String>,
    #[serde(default)]
    transcript_object: Vec<Said>,
    #[serde(default)]
    latency: BTreeMap<String, Stage>,
    call_analysis: Option<Analysis>,
    call_cost: Option<Cost>,
    telephony_identifier: Option<Telephony>,
}

#[derive(Deserialize)]
struct Said {
    role: String,
    content: String,
    timestamp: Option<i64>,
}

#[derive(Deserialize)]
struct Stage {
    num: Option<u64>,
    min: Option<f64>,
    p50: Option<f64>,
    p90: Option<f64>,
    p95: Option<f64>,
    p99: Option<f64>,
    max: Option<f64>,
}

#[derive(Default, Deserialize)]
struct Analysis {
    call_successful: Option<bool>,
    call_summary: Option<String>,
    user_sentiment: Option<String>,
    in_voicemail: Option<bool>,
}

#[derive(Deserialize)]
struct Cost {
    combined_cost: Option<f64>,
    #[serde(default)]
    product_costs: Vec<Product>,
}

#[derive(Deserialize)]
struct Product {
    product: String,
    cost: f64,
}

#[derive(Deserialize)]
struct Telephony {
    call_sid: Option<String>,
    conference_sid: Option<String>,
}

fn call(record: Record) -> Call {
    let at = |ms: Option<i64>| DateTime::<Utc>::from_timestamp_millis(ms?);
    let end = record.disconnection_reason.as_deref().map(end);
    let analysis = record.call_analysis.unwrap_or_default();
    let (call_sid, conference_sid) = match record.telephony_identifier {
        Some(ids) => (ids.call_sid, ids.conference_sid),
        None => (None, None),
    };
    let (cost, products) = match record.call_cost {
        Some(cost) => (cost.combined_cost, cost.product_costs),
        None => (None, Vec::new()),
    };
    let mut metadata = record.metadata.unwrap_or_default();
    metadata.extend(record.public_log_url.map(|url| ("public_log_url".to_owned(), url.into())));
    let opted_out = record.opt_out_sensitive_data_storage;
    metadata.extend(opted_out.map(|it| ("opt_out_sensitive_data_storage".to_owned(), it.into())));
    Call {
        id: format!("{}:{}", Zudu::NAME, record.id),
        vendor: Zudu::NAME,
        call_id: record.id,
        public_id: record.call_id,
        call_sid,
        conference_sid,
        organization_id: record.organization_id,
        agent_id: record.agent_id,
        direction: record.direction.map(|word| match word.as_str() {
            "INBOUND" => "inbound",
            _ => "outbound",
        }),
        channel: record.call_type.map(|word| match word.as_str() {
            "WEB_CALL" => "web",
            _ => "phone",
        }),
        from_number: record.from_number,
        to_number: record.to_number,
        status: match record.call_status.as_deref() {
            Some("REGISTERED") => "queued",
            Some("ONGOING") => "in_progress",
            Some("ERROR") => "failed",
            _ => "ended",
        },
        disposition: end.map(|(_, _, disposition)| disposition),
        voicemail: analysis.in_voicemail,
        end_reason: end.map(|(reason, _, _)| reason),
        ended_by: end.map(|(_, by, _)| by),
        end_reason_raw: record.disconnection_reason,
        started_at: at(record.start_timestamp),
        ended_at: at(record.end_timestamp),
        reported_duration_ms: record.call_duration,
        cost,
        cost_parts: products
            .into_iter()
            .map(|product| CostPart { name: product.product, amount: product.cost })
            .collect(),
        latency: record.latency.into_iter().map(stage).collect(),
        transcript: record.transcript.filter(|text| !text.is_empty()),
        turns: record.transcript_object.into_iter().map(turn).collect(),
        recording_url: record.recording_url,
        summary: analysis.call_summary,
        sentiment: analysis.user_sentiment.map(|word| word.to_ascii_lowercase()),
        success: analysis.call_successful,
        metadata,
        ..Call::default()
    }
    .with_lengths()
}

fn stage((stage, of): (String, Stage)) -> Latency {
    Latency {
        stage,
        value: None,
        count: of.num,
        min: of.min,
        p50: of.p50,
        p90: of.p90,
        p95: of.p95,
        p99: of.p99,
        max: of.max,
    }
}

fn turn(said: Said) -> Turn {
    let role = if said.role == "agent" { "agent" } else { "customer" };
    Turn {
        role,
        text: said.content,
        at: said.timestamp.and_then(DateTime::<Utc>::from_timestamp_millis),
    }
}
