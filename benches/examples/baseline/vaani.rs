//! Vaani: numbered pages with a total.

use crate::call::{Call, end};
use crate::vendor::{At, Vendor};
use chrono::NaiveDateTime;
use serde::Deserialize;
use serde_json::{Map, Value};

pub struct Vaani;

impl Vendor for Vaani {
    const NAME: &'static str = "vaani";
    const PATH: &'static str = "/vaani/api/call-history";
    const HEADERS: &'static [(&'static str, &'static str)] = &[("X-API-Key", "sandbox-key")];
    const PAGE_SIZE: usize = 200;
    type Page = Page;

    fn query(page: At) -> Vec<(&'static str, String)> {
        vec![("page", (page.index + 1).to_string()), ("page_size", page.size.to_string())]
    }

    fn total(page: &Page) -> Option<usize> {
        Some(page.pagination.total_count)
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
    total_count: usize,
}

#[derive(Deserialize)]
struct Record {
    call_id: String,
    call_status: Option<String>,
    direction: Option<String>,
    agent_name: Option<String>,
    agent_id: Option<String>,
    client_name: Option<String>,
    client_id: Option<String>,
    from_number: Option<String>,
    to_number: Option<String>,
    #[serde(rename = "Start_time")]
    start_time: Option<NaiveDateTime>,
    #[serde(rename = "End_time")]
    end_time: Option<NaiveDateTime>,
    duration_ms: Option<f64>,
    call_cost: Option<f64>,
    call_summary: Option<String>,
    call_entity: Option<Value>,
    call_eval_tag: Option<String>,
    call_conversation_quality: Option<Value>,
    call_dialing_at: Option<NaiveDateTime>,
    call_ringing_at: Option<NaiveDateTime>,
    user_picked_up_at: Option<NaiveDateTime>,
    recording_api: Option<String>,
    call_transcription: Option<String>,
    call_metadata: Option<Map<String, Value>>,
    callback_requested: Option<bool>,
}

fn call(record: Record) -> Call {
    let over = record.end_time.is_some();
    let end = record.call_status.as_deref().filter(|_| over).map(end);
    let mut analysis = Map::new();
    analysis.extend(record.call_entity.map(|value| ("call_entity".to_owned(), value)));
    let quality = record.call_conversation_quality;
    analysis.extend(quality.map(|value| ("call_conversation_quality".to_owned(), value)));
    let mut metadata = record.call_metadata.unwrap_or_default();
    let requested = record.callback_requested;
    metadata.extend(requested.map(|value| ("callback_requested".to_owned(), value.into())));
    Call {
        id: format!("{}:{}", Vaani::NAME, record.call_id),
        vendor: Vaani::NAME,
        call_id: record.call_id,
        organization_id: record.client_id,
        organization_name: record.client_name,
        agent_id: record.agent_id,
        agent_name: record.agent_name,
        direction: record.direction.map(|word| match word.as_str() {
            "Incoming" => "inbound",
            _ => "outbound",
        }),
        from_number: record.from_number,
        to_number: record.to_number,
        status: if over { "ended" } else { "in_progress" },
        disposition: end.map(|(_, _, disposition)| disposition),
        end_reason: end.map(|(reason, _, _)| reason),
        ended_by: end.map(|(_, by, _)| by),
        end_reason_raw: record.call_status,
        started_at: record.start_time.map(|at| at.and_utc()),
        ended_at: record.end_time.map(|at| at.and_utc()),
        dialing_at: record.call_dialing_at.map(|at| at.and_utc()),
        ringing_at: record.call_ringing_at.map(|at| at.and_utc()),
        answered_at: record.user_picked_up_at.map(|at| at.and_utc()),
        reported_duration_ms: record.duration_ms.map(|ms| ms as i64),
        cost: record.call_cost,
        cost_unit: Some("credits"),
        transcript_url: record.call_transcription,
        recording_url: record.recording_api,
        summary: record.call_summary,
        label: record.call_eval_tag,
        analysis,
        metadata,
        ..Call::default()
    }
    .with_lengths()
}
