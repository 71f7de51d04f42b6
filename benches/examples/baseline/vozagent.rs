//! VozAgent: a bare array without a total.

use crate::call::{Call, turns};
use crate::vendor::{At, Vendor};
use chrono::{DateTime, Utc};
use serde::Deserialize;

pub struct VozAgent;

impl Vendor for VozAgent {
    const NAME: &'static str = "vozagent";
    const PATH: &'static str = "/vozagent/v1/calls";
    const HEADERS: &'static [(&'static str, &'static str)] =
        &[("Authorization", "Bearer sandbox-key")];
    const PAGE_SIZE: usize = 100;
    type Page = Vec<Record>;

    fn query(page: At) -> Vec<(&'static str, String)> {
        let offset = page.index * page.size;
        vec![("limit", page.size.to_string()), ("offset", offset.to_string())]
    }

    fn total(_: &Vec<Record>) -> Option<usize> {
        None
    }

    fn calls(page: Vec<Record>) -> Vec<Call> {
        page.into_iter().map(call).collect()
    }
}

#[derive(Deserialize)]
pub struct Record {
    id: String,
    contact_id: Option<String>,
    assistant_id: Option<String>,
    call_type: Option<String>,
    call_status: Option<String>,
    duration_seconds: Option<i64>,
    call_started_at: Option<DateTime<Utc>>,
    call_ended_at: Option<DateTime<Utc>>,
    appointment_booked: Option<bool>,
    lead_qualification: Option<String>,
    call_intent: Option<String>,
    customer_phone_number: Option<String>,
    assistant_phone_number: Option<String>,
    transcript: Option<String>,
    analysis_summary: Option<String>,
    recording_url: Option<String>,
    cost: Option<f64>,
}

fn call(record: Record) -> Call {
    let inbound = record.call_type.as_deref() == Some("inbound");
    let (from_number, to_number) = if inbound {
        (record.customer_phone_number, record.assistant_phone_number)
    } else {
        (record.assistant_phone_number, record.customer_phone_number)
    };
    Call {
        id: format!("{}:{}", VozAgent::NAME, record.id),
        vendor: VozAgent::NAME,
        call_id: record.id,
        agent_id: record.assistant_id,
        contact_id: record.contact_id,
        direction: Some(if inbound { "inbound" } else { "outbound" }),
        from_number,
        to_number,
        status: match record.call_status.as_deref() {
            Some("in-progress") => "in_progress",
            Some("failed") => "failed",
            _ => "ended",
        },
        disposition: match record.call_status.as_deref() {
            Some("completed") => Some("answered"),
            Some("failed") => Some("failed"),
            _ => None,
        },
        started_at: record.call_started_at,
        ended_at: record.call_ended_at,
        reported_duration_ms: record.duration_seconds.map(|seconds| seconds * 1000),
        cost: record.cost,
        cost_unit: Some("USD"),
        turns: record.transcript.as_deref().map(turns).unwrap_or_default(),
        transcript: record.transcript.filter(|text| !text.is_empty()),
        recording_url: record.recording_url,
        summary: record.analysis_summary,
        label: record.lead_qualification,
        intent: record.call_intent,
        appointment_booked: record.appointment_booked,
        ..Call::default()
    }
    .with_lengths()
}
