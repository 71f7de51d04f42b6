//! The vendor's analyses of a call: transcript, summary, sentiment, report.

use super::participants::Participants;
use callfold_unify::model::{Call, JsonObject, Speaker, Timestamp, TurnKind};
use serde::Serialize;

/// An Analysis Object.
#[derive(Debug, Serialize)]
pub(super) struct VconAnalysis<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    dialog: Dialogs,
    vendor: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<&'static str>,
    mediatype: &'static str,
    encoding: &'static str,
    body: VconBody<'a>,
}

/// The analysed dialogs.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum Dialogs {
    One(usize),
    All(Vec<usize>),
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum VconBody<'a> {
    Text(&'a str),
    Turns(Vec<VconTurn<'a>>),
    Object(&'a JsonObject),
}

/// A turn in the body of a transcript.
#[derive(Debug, Serialize)]
struct VconTurn<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    party: Option<usize>,
    role: &'a Speaker,
    /// What it is, if it is not speech.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'a TurnKind>,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset_ms: Option<i64>,
}

/// The schema of a transcript: an array of turns.
const TURNS: &str = "callfold turns 1";

/// The analyses of a call with this number of dialogs.
pub(super) fn analyses<'a>(
    call: &'a Call,
    participants: &Participants<'_>,
    dialogs: usize,
) -> Vec<VconAnalysis<'a>> {
    let dialog = if dialogs == 1 { Dialogs::One(0) } else { Dialogs::All((0..dialogs).collect()) };
    let vendor = call.id.vendor.as_str();
    let text = |kind, body| VconAnalysis {
        kind,
        dialog: dialog.clone(),
        vendor,
        schema: None,
        mediatype: "text/plain",
        encoding: "none",
        body: VconBody::Text(body),
    };
    let json = |kind, schema, body| VconAnalysis {
        kind,
        dialog: dialog.clone(),
        vendor,
        schema,
        mediatype: "application/json",
        encoding: "json",
        body,
    };
    let turn = |turn: &'a callfold_unify::model::Turn| VconTurn {
        party: participants.speaker(&turn.role),
        role: &turn.role,
        kind: Some(&turn.kind).filter(|kind| **kind != TurnKind::Speech),
        text: &turn.text,
        at: turn.at,
        offset_ms: turn.offset_ms,
    };
    let mut analyses = Vec::new();
    if !call.transcript.turns.is_empty() {
        let turns = call.transcript.turns.iter().map(turn).collect();
        analyses.push(json("transcript", Some(TURNS), VconBody::Turns(turns)));
    } else if let Some(words) = &call.transcript.text {
        analyses.push(text("transcript", words));
    }
    analyses.extend(call.summary.as_deref().map(|words| text("summary", words)));
    let sentiment = call.sentiment.as_ref().map(|word| word.as_str());
    analyses.extend(sentiment.map(|word| text("sentiment", word)));
    if !call.analysis.is_empty() {
        analyses.push(json("report", None, VconBody::Object(&call.analysis)));
    }
    analyses
}
