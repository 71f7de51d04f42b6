//! The turns of a conversation: what was said, the tools that the agent used, and hand-overs.

use super::{
    facts::{put_filled, put_true},
    latency::TurnMetrics,
    state::ConversationState,
};
use crate::{
    convert::{Warnings, json_object, text, time, transcript},
    model::{
        JsonObject, Latency, Speaker, Tool, Transfer, TransferStatus, Turn, TurnKind, WarningCode,
    },
};
use callfold_elevenlabs::types;
use callfold_record::RawJson;
use chrono::TimeDelta;
use std::time::Duration;

/// What the turns of a conversation tell.
#[derive(Default)]
pub(super) struct ConversationTurns {
    pub(super) turns: Vec<Turn>,
    pub(super) latency: Vec<Latency>,
    pub(super) transfers: Vec<Transfer>,
    /// The word of a hand-over to a number that worked and that no word followed.
    pub(super) handed_over: Option<String>,
    /// The word of a hand-over to a number that failed and was the last tool.
    pub(super) failed_transfer: Option<String>,
}

/// Reads the turns. A turn with words and tools becomes several, all at its time.
pub(super) fn read(
    items: Option<Vec<types::TranscriptTurn>>,
    state: &ConversationState,
    facts: &mut JsonObject,
    warnings: &mut Warnings,
) -> ConversationTurns {
    let mut found = ConversationTurns::default();
    let mut metrics = TurnMetrics::default();
    let mut follows_tool = false;
    for (index, item) in items.into_iter().flatten().enumerate() {
        warnings.extra(format_args!("/transcript/{index}"), &item.extra);
        let (calls, results) = (item.tool_calls.unwrap_or_default(), item.tool_results);
        let results = results.unwrap_or_default();
        let has_results = !results.is_empty();
        let offset_ms = offset_ms(index, item.time_in_call_secs, state, warnings);
        let mut turns = Vec::new();
        let latency_ms = metrics.add(index, item.conversation_turn_metrics, follows_tool, facts);
        if let Some(speech) = transcript::turn(item.role.clone(), item.message, None) {
            found.handed_over = None;
            turns.push(Turn { interrupted: item.interrupted, latency_ms, ..speech });
        }
        for (position, call) in calls.into_iter().enumerate() {
            warnings.extra(format_args!("/transcript/{index}/tool_calls/{position}"), &call.extra);
            turns.push(tool_turn(TurnKind::ToolCall, called(call)));
        }
        for (position, result) in results.into_iter().enumerate() {
            let at = format!("transcript/{index}/tool_results/{position}");
            warnings.extra(format_args!("/{at}"), &result.extra);
            found.note_hand_over(&result);
            turns.push(tool_turn(TurnKind::ToolResult, returned(result, &at, facts, warnings)));
        }
        if turns.is_empty() {
            json_object::put_value(facts, &format!("transcript/{index}/role"), text(item.role));
            let at = format!("transcript/{index}/time_in_call_secs");
            json_object::put_value(facts, &at, item.time_in_call_secs);
        } else if turns.iter().all(|turn| turn.kind != TurnKind::Speech) {
            let role = text(item.role).filter(|role| role != "agent");
            json_object::put_value(facts, &format!("transcript/{index}/role"), role);
            put_true(facts, &format!("transcript/{index}/interrupted"), item.interrupted);
        }
        found.turns.extend(turns.into_iter().map(|turn| Turn { offset_ms, ..turn }));
        let at = |name: &str| format!("transcript/{index}/{name}");
        json_object::put_value(facts, &at("original_message"), text(item.original_message));
        put_true(facts, &at("ignored_as_backchannel"), item.ignored_as_backchannel);
        for (name, value) in [
            ("feedback", item.feedback),
            ("multivoice_message", item.multivoice_message),
            ("triggered_guardrails", item.triggered_guardrails),
            ("file_input", item.file_input),
            ("contextual_update_info", item.contextual_update_info),
        ] {
            put_filled(facts, &at(name), value);
        }
        follows_tool = has_results;
    }
    found.latency = metrics.into_stages();
    found
}

impl ConversationTurns {
    /// Notes what a tool of the system did, if it handed the call over.
    fn note_hand_over(&mut self, result: &types::TurnToolResult) {
        let word = result.result.as_ref();
        let word = word.and_then(|result| json_object::member_text(result, "result_type"));
        let word = word.unwrap_or_default();
        self.failed_transfer = None;
        let Some(target) = word.strip_prefix("transfer_to_") else { return };
        let is_success = target.ends_with("_success");
        if !is_success && !target.ends_with("_error") {
            return;
        }
        let status = if is_success { TransferStatus::Completed } else { TransferStatus::Failed };
        self.transfers.push(Transfer { status: Some(status), ..Transfer::default() });
        match (target.starts_with("number"), is_success) {
            (true, true) => self.handed_over = Some(word),
            (true, false) => self.failed_transfer = Some(word),
            (false, _) => {}
        }
    }
}

/// Milliseconds since the start of the call; a time that lies outside it is noted.
fn offset_ms(
    index: usize,
    seconds: Option<f64>,
    state: &ConversationState,
    warnings: &mut Warnings,
) -> Option<i64> {
    let ms = (seconds? * 1_000.0).round() as i64;
    let is_outside = state.started_at.is_some_and(|start| {
        let said_at =
            TimeDelta::try_milliseconds(ms).and_then(|since| start.checked_add_signed(since));
        said_at.is_none_or(|at| time::is_outside(at, state.started_at, state.ended_at))
    });
    if ms < 0 || is_outside {
        let pointer = format!("/transcript/{index}/time_in_call_secs");
        warnings.add(WarningCode::TurnOutsideCall, pointer, "the turn lies outside the call");
    }
    Some(ms)
}

fn tool_turn(kind: TurnKind, tool: Tool) -> Turn {
    Turn { kind, tool: Some(tool), ..Turn::speech(Speaker::Tool, "") }
}

fn called(call: types::TurnToolCall) -> Tool {
    Tool {
        id: text(call.request_id),
        name: text(call.tool_name),
        arguments: call.params_as_json.and_then(held),
        ..Tool::default()
    }
}

/// What a tool returned: its value, or else what a tool of the system did.
fn returned(
    result: types::TurnToolResult,
    at: &str,
    facts: &mut JsonObject,
    warnings: &mut Warnings,
) -> Tool {
    let value = result.result_value.and_then(held);
    let value = match (value, result.result) {
        (None, did) => did,
        (value, did) => {
            put_filled(facts, &format!("{at}/result"), did);
            value
        }
    };
    for (name, value) in
        [("error_type", result.error_type), ("raw_error_message", result.raw_error_message)]
    {
        json_object::put_value(facts, &format!("{at}/{name}"), text(value));
    }
    let ok = match (result.is_error, result.is_blocked) {
        (None, None) => None,
        (is_error, is_blocked) => Some(is_error != Some(true) && is_blocked != Some(true)),
    };
    Tool {
        id: text(result.request_id),
        name: text(result.tool_name),
        arguments: None,
        result: value,
        ok,
        duration: latency(result.tool_latency_secs, at, warnings),
    }
}

fn latency(seconds: Option<f64>, at: &str, warnings: &mut Warnings) -> Option<Duration> {
    let length = Duration::try_from_secs_f64(seconds?).ok();
    let length = length.filter(|length| u64::try_from(length.as_millis()).is_ok());
    if length.is_none() {
        let message = "the length is negative or too great; left out";
        warnings.add(WarningCode::InvalidValue, format!("/{at}/tool_latency_secs"), message);
    }
    length
}

/// The JSON that a text holds, or the text; an empty one is none.
fn held(value: String) -> Option<RawJson> {
    let value = text(Some(value))?;
    if let Ok(json) = serde_json::from_str(&value) {
        return Some(json);
    }
    serde_json::value::to_raw_value(&value).ok().map(RawJson::from)
}
