//! Transcripts, recordings and response latency.

use super::{Speaker, Timestamp, TranscriptState, TurnKind, time::option_millis};
use callfold_record::RawJson;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};

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
    /// Whether something is said, or a tool called, or its result returned.
    #[serde(default)]
    pub kind: TurnKind,
    /// What is said; empty for a tool's call or result without words.
    pub text: String,
    /// The tool that is called or that returns; `None` in speech.
    #[serde(default)]
    pub tool: Option<Tool>,
    /// When, as the vendor's clock says.
    pub at: Option<Timestamp>,
    /// Milliseconds since the conversation began, where the vendor counts from
    /// there: since pick-up, or since the call's start where no pick-up is known.
    pub offset_ms: Option<i64>,
    /// When the turn was over, in milliseconds, counted from where `offset_ms` is.
    #[serde(default)]
    pub end_offset_ms: Option<i64>,
    /// Whether the other side cut it off.
    #[serde(default)]
    pub interrupted: Option<bool>,
    /// How long the other side waited for it, in milliseconds.
    #[serde(default)]
    pub latency_ms: Option<f64>,
}

impl Turn {
    /// Something said, of which no time is known.
    pub fn speech(role: Speaker, text: impl Into<String>) -> Self {
        Self {
            role,
            kind: TurnKind::Speech,
            text: text.into(),
            tool: None,
            at: None,
            offset_ms: None,
            end_offset_ms: None,
            interrupted: None,
            latency_ms: None,
        }
    }
}

/// The use of a tool: what was asked of it, or what it returned, or both where the
/// vendor writes them as one.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// The vendor's identifier of this use: the same in a call and its result.
    pub id: Option<String>,
    /// The tool's name.
    pub name: Option<String>,
    /// What was asked of it, verbatim.
    #[schemars(with = "Option<serde_json::Value>")]
    pub arguments: Option<RawJson>,
    /// What it returned, verbatim.
    #[schemars(with = "Option<serde_json::Value>")]
    pub result: Option<RawJson>,
    /// Whether it worked.
    pub ok: Option<bool>,
    /// How long it took, in milliseconds.
    #[serde(default, rename = "duration_ms", with = "option_millis")]
    #[schemars(with = "Option<u64>")]
    pub duration: Option<Duration>,
}

impl fmt::Debug for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tool").field("ok", &self.ok).finish_non_exhaustive()
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn")
            .field("role", &self.role)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
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
