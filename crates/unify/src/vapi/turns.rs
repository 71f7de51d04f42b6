//! What was said, and the tools that were used between the words.

use crate::{
    convert::{Warnings, json_object, text, time, transcript, words},
    model::{Speaker, Timestamp, Tool, Transcript, Turn, TurnKind, WarningCode},
};
use callfold_record::RawJson;
use callfold_vapi::types;
use serde_json::value::RawValue;

/// The turns of a call, each with the place of its message.
pub(super) struct MessageTurns {
    /// Where the messages stand.
    at: &'static str,
    turns: Vec<(usize, Turn)>,
}

/// The messages of the artifact, or where it has none the copy of them at the record's top.
pub(super) fn turns(
    messages: Option<Vec<types::CallMessage>>,
    copy: Option<RawJson>,
    warnings: &mut Warnings,
) -> MessageTurns {
    let messages = messages.unwrap_or_default();
    let (at, messages) = match messages.is_empty() {
        false => ("/artifact/messages", messages),
        true => ("/messages", read_copy(copy, warnings)),
    };
    let mut turns = Vec::new();
    for (index, message) in messages.into_iter().enumerate() {
        warnings.extra(format_args!("{at}/{index}"), &message.extra);
        let said_at = message.time.and_then(|ms| time::date_ms(ms as i64));
        if message.time.is_some() && said_at.is_none() {
            warnings.add(WarningCode::InvalidValue, format!("{at}/{index}/time"), time::NO_DATE);
        }
        let role = message.role.clone().unwrap_or_default();
        let of_message = of_message(message, said_at);
        if of_message.is_empty() && !role.trim().is_empty() && !is_listed(&role) {
            let why = "the role is not listed, and the message has no words; left out";
            warnings.add(WarningCode::UnknownValue, format!("{at}/{index}"), why);
        }
        turns.extend(of_message.into_iter().map(|turn| (index, turn)));
    }
    MessageTurns { at, turns }
}

/// The messages of the copy; one that is none is left out.
fn read_copy(copy: Option<RawJson>, warnings: &mut Warnings) -> Vec<types::CallMessage> {
    let Some(copy) = copy.filter(|copy| !json_object::is_empty(copy)) else { return Vec::new() };
    let Ok(items) = copy.parse::<Vec<RawJson>>() else {
        let message = "expected an array, found another type; left out";
        warnings.add(WarningCode::FieldDropped, "/messages", message);
        return Vec::new();
    };
    let mut messages = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        match item.parse() {
            Ok(message) => messages.push(message),
            Err(_) => warnings.add(
                WarningCode::FieldDropped,
                format!("/messages/{index}"),
                "expected a message, found another type; left out",
            ),
        }
    }
    messages
}

impl MessageTurns {
    /// The transcript: the turns, or what the running text holds. A turn outside the call is noted.
    pub(super) fn into_transcript(
        self,
        running: Option<String>,
        (started_at, ended_at): (Option<Timestamp>, Option<Timestamp>),
        warnings: &mut Warnings,
    ) -> Transcript {
        let at = self.at;
        for (index, turn) in &self.turns {
            if turn.at.is_some_and(|at| time::is_outside(at, started_at, ended_at)) {
                let pointer = format!("{at}/{index}/time");
                let message = "the turn lies outside the call";
                warnings.add(WarningCode::TurnOutsideCall, pointer, message);
            }
        }
        let turns: Vec<_> = self.turns.into_iter().map(|(_, turn)| turn).collect();
        match turns.is_empty() {
            true => transcript::running(running, &[]),
            false => transcript::inline(turns, running),
        }
    }
}

/// Whether the role is known, so that a message without words has nothing to keep.
fn is_listed(role: &str) -> bool {
    let own = ["system", "tool-calls", "tool-call-result"];
    own.iter().any(|own| words::is_same(role, own)) || words::find_speaker(role).is_some()
}

/// The turns of a message: none of a prompt, one of words or a result, one for each tool that is
/// called.
fn of_message(message: types::CallMessage, at: Option<Timestamp>) -> Vec<Turn> {
    let offset_ms = message.seconds_from_start.and_then(milliseconds);
    let length = message.end_time.zip(message.time).map(|(end, start)| end - start);
    let end_offset_ms = offset_ms.zip(length).and_then(|(offset, length)| {
        let length = (0.0..=1e12).contains(&length).then_some(length as i64)?;
        offset.checked_add(length)
    });
    let timed = |turn: Turn| Turn { at, offset_ms, end_offset_ms, ..turn };
    let role = message.role.as_deref().unwrap_or_default();
    if words::is_same(role, "system") {
        return Vec::new();
    }
    if words::is_same(role, "tool-calls") {
        let calls = message.tool_calls.and_then(|calls| calls.parse::<Vec<RawJson>>().ok());
        let mut turns: Vec<_> = calls
            .iter()
            .flatten()
            .map(|call| timed(tool_turn(TurnKind::ToolCall, called(call))))
            .collect();
        if let Some(first) = turns.first_mut() {
            first.text = text(message.message).unwrap_or_default();
        }
        return turns;
    }
    if words::is_same(role, "tool-call-result") {
        let tool = Tool {
            id: text(message.tool_call_id),
            name: text(message.name),
            result: message.result.and_then(|result| json_or_text(&result)),
            ..Tool::default()
        };
        let mut turn = timed(tool_turn(TurnKind::ToolResult, tool));
        turn.text = text(message.message).unwrap_or_default();
        return vec![turn];
    }
    transcript::turn(message.role, message.message, at).map(timed).into_iter().collect()
}

fn tool_turn(kind: TurnKind, tool: Tool) -> Turn {
    Turn { kind, tool: Some(tool), ..Turn::speech(Speaker::Tool, "") }
}

/// The tool that an item of `toolCalls` calls.
fn called(call: &RawJson) -> Tool {
    let Some(mut members) = json_object::members(call) else {
        return Tool { arguments: Some(call.clone()), ..Tool::default() };
    };
    let id = json_object::take(&mut members, "id", json_object::text_of);
    let function = members.get("function").map(|value| RawJson::from((*value).to_owned()));
    let mut inner = function.as_ref().and_then(json_object::members).unwrap_or_default();
    let name = json_object::take(&mut inner, "name", json_object::text_of);
    let arguments = json_object::take(&mut inner, "arguments", json);
    Tool { id: text(id), name: text(name), arguments, ..Tool::default() }
}

/// A value, or the one that a text holds as JSON.
fn json(value: &RawValue) -> Option<RawJson> {
    match json_object::text_of(value) {
        Some(held) => json_or_text(&held),
        None => Some(RawJson::from(value.to_owned())),
    }
}

/// The JSON that a text holds, or the text itself as JSON; none of an empty one.
fn json_or_text(held: &str) -> Option<RawJson> {
    if held.trim().is_empty() {
        return None;
    }
    let text = || serde_json::value::to_raw_value(held).ok().map(RawJson::from);
    serde_json::from_str(held).ok().or_else(text)
}

/// Seconds as whole milliseconds, if a call can have so many.
fn milliseconds(seconds: f64) -> Option<i64> {
    let ms = (seconds * 1000.0).round();
    (-1e12..=1e12).contains(&ms).then_some(ms as i64)
}
