//! The one form of a call, flat where it can be.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};

/// A call of any vendor.
#[derive(Default, Serialize)]
pub struct Call {
    pub id: String,
    pub vendor: &'static str,
    pub call_id: String,
    pub public_id: Option<String>,
    pub call_sid: Option<String>,
    pub conference_sid: Option<String>,
    pub organization_id: Option<String>,
    pub organization_name: Option<String>,
    pub agent_id: Option<String>,
    pub agent_name: Option<String>,
    pub campaign_id: Option<String>,
    pub campaign_name: Option<String>,
    pub contact_id: Option<String>,
    pub direction: Option<&'static str>,
    pub channel: Option<&'static str>,
    pub from_number: Option<String>,
    pub from_name: Option<String>,
    pub from_email: Option<String>,
    pub to_number: Option<String>,
    pub to_name: Option<String>,
    pub to_email: Option<String>,
    pub status: &'static str,
    pub disposition: Option<&'static str>,
    pub voicemail: Option<bool>,
    pub end_reason: Option<&'static str>,
    pub end_reason_raw: Option<String>,
    pub ended_by: Option<&'static str>,
    pub error_message: Option<String>,
    pub created_at: Option<DateTime<Utc>>,
    pub dialing_at: Option<DateTime<Utc>>,
    pub ringing_at: Option<DateTime<Utc>>,
    pub answered_at: Option<DateTime<Utc>>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub duration_ms: Option<i64>,
    pub talk_time_ms: Option<i64>,
    pub ring_time_ms: Option<i64>,
    pub reported_duration_ms: Option<i64>,
    pub cost: Option<f64>,
    pub cost_unit: Option<&'static str>,
    pub cost_parts: Vec<CostPart>,
    pub latency: Vec<Latency>,
    pub transcript: Option<String>,
    pub transcript_url: Option<String>,
    pub turns: Vec<Turn>,
    pub recording_url: Option<String>,
    pub summary: Option<String>,
    pub sentiment: Option<String>,
    pub success: Option<bool>,
    pub label: Option<String>,
    pub intent: Option<String>,
    pub appointment_booked: Option<bool>,
    pub analysis: Map<String, Value>,
    pub metadata: Map<String, Value>,
}

#[derive(Serialize)]
pub struct CostPart {
    pub name: String,
    pub amount: f64,
}

#[derive(Default, Serialize)]
pub struct Latency {
    pub stage: String,
    pub value: Option<f64>,
    pub count: Option<u64>,
    pub min: Option<f64>,
    pub p50: Option<f64>,
    pub p90: Option<f64>,
    pub p95: Option<f64>,
    pub p99: Option<f64>,
    pub max: Option<f64>,
}

#[derive(Serialize)]
pub struct Turn {
    pub role: &'static str,
    pub text: String,
    pub at: Option<DateTime<Utc>>,
}

impl Call {
    /// The lengths that follow from the times.
    pub fn with_lengths(mut self) -> Self {
        let between = |from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>| {
            Some((to? - from?).num_milliseconds())
        };
        self.duration_ms = between(self.started_at, self.ended_at);
        self.talk_time_ms = between(self.answered_at, self.ended_at);
        self.ring_time_ms = between(self.ringing_at, self.answered_at);
        self
    }
}

/// Why a call ended, by whom, and whether it connected.
pub fn end(raw: &str) -> (&'static str, &'static str, &'static str) {
    match raw.to_ascii_lowercase().replace(['_', ' '], "-").as_str() {
        "user-disconnected" | "user-hangup" | "customer-ended-call" => {
            ("customer_hangup", "customer", "answered")
        }
        "agent-disconnected" | "agent-hangup" | "assistant-ended-call" => {
            ("agent_hangup", "agent", "answered")
        }
        "human-transfer-successful"
        | "call-transfer"
        | "call-transferred"
        | "assistant-forwarded-call" => ("transferred", "agent", "answered"),
        "voicemail" | "voicemail-detected" | "voicemail-reached" => {
            ("voicemail", "agent", "voicemail")
        }
        "max-duration-reached" | "max-duration" | "exceeded-max-duration" => {
            ("max_duration", "system", "answered")
        }
        "inactivity" | "inactivity-timeout" | "silence-timed-out" => {
            ("inactivity", "system", "answered")
        }
        "no-answer" | "dial-no-answer" | "customer-did-not-answer" => {
            ("no_answer", "customer", "no_answer")
        }
        "busy" | "dial-busy" | "customer-busy" => ("busy", "customer", "busy"),
        "rejected" | "call-rejected" => ("declined", "customer", "declined"),
        _ => ("dial_failed", "system", "failed"),
    }
}

/// Labelled lines as turns.
pub fn turns(text: &str) -> Vec<Turn> {
    let turn = |line: &str| {
        let (label, said) = line.split_once(": ")?;
        let role = match label {
            "Agent" | "Assistant" => "agent",
            _ => "customer",
        };
        Some(Turn { role, text: said.to_owned(), at: None })
    };
    text.lines().filter_map(turn).collect()
}
