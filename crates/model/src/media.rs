//! Transcripts, recordings and response latency.

use super::{Speaker, Timestamp, TranscriptState};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What was said.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Transcript {
    /// How far the transcript is at hand.
    pub state: TranscriptState,
    /// The turns, in the vendor's order; empty when the vendor sends only text.
    pub turns: Vec<Turn>,
    /// The vendor's own running text.
    pub text: Option<String>,
    /// Where it can be fetched, with the vendor's key.
    pub url: Option<String>,
}

impl Transcript {
    /// A transcript that holds nothing but its state.
    pub fn empty(state: TranscriptState) -> Self {
        Self { state, turns: Vec::new(), text: None, url: None }
    }
}

impl fmt::Debug for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transcript")
            .field("state", &self.state)
            .field("turns", &self.turns.len())
            .finish_non_exhaustive()
    }
}

/// One turn of a conversation.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Turn {
    /// Who speaks.
    pub role: Speaker,
    /// What is said.
    pub text: String,
    /// When, as the vendor's clock says.
    pub at: Option<Timestamp>,
    /// Milliseconds since the conversation began, where the vendor counts from
    /// there: since pick-up, or since the call's start where no pick-up is known.
    pub offset_ms: Option<i64>,
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").field("role", &self.role).finish_non_exhaustive()
    }
}

/// An audio or video recording of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Recording {
    /// Where it can be fetched.
    pub url: String,
    /// The media type, where the vendor documents it or the name tells it.
    pub media_type: Option<String>,
    /// Whether the vendor's key is needed. Where it is not, it must not be sent.
    pub needs_auth: bool,
}

/// Response latency of one stage, in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Latency {
    /// The vendor's name of the stage, such as `e2e` or `llm`.
    pub stage: String,
    /// Number of samples.
    pub count: Option<u64>,
    /// Smallest sample.
    pub min: Option<f64>,
    /// Mean of the samples.
    pub mean: Option<f64>,
    /// Median.
    pub p50: Option<f64>,
    /// 90th percentile.
    pub p90: Option<f64>,
    /// 95th percentile.
    pub p95: Option<f64>,
    /// 99th percentile.
    pub p99: Option<f64>,
    /// Largest sample.
    pub max: Option<f64>,
    /// A single number whose statistic the vendor does not name.
    pub value: Option<f64>,
}

impl Latency {
    /// A stage without any number.
    pub fn stage(stage: impl Into<String>) -> Self {
        Self {
            stage: stage.into(),
            count: None,
            min: None,
            mean: None,
            p50: None,
            p90: None,
            p95: None,
            p99: None,
            max: None,
            value: None,
        }
    }
}
