//! The turns of a call, and what happened between them.

use crate::{
    convert::{
        Warnings, escape,
        json_object::{self, ObjectMembers, take, text_of},
        text, transcript, words,
    },
    model::{JsonObject, Speaker, Tool, Transcript, Turn, TurnKind, WarningCode},
};
use callfold_record::RawJson;
use callfold_retell::types;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::{collections::BTreeMap, time::Duration};

const WITH_TOOLS: &str = "transcript_with_tool_calls";
const SCRUBBED: &str = "scrubbed_transcript_with_tool_calls";

/// How far behind the end of its call a turn may be: the times of words are approximate.
const ALLOWANCE: Duration = Duration::from_secs(60);

/// The transcripts of a record.
pub(super) struct Transcripts {
    pub(super) running: Option<String>,
    pub(super) spoken: Option<Vec<types::TranscriptUtterance>>,
    pub(super) with_tools: Option<RawJson>,
    pub(super) scrubbed: Option<RawJson>,
}

impl Transcripts {
    /// The transcript: what was said, and the uses of tools between. What has no place in it is put
    /// in the facts under its pointer. The scrubbed list is read where it is the only one, else
    /// it is in the facts.
    pub(super) fn read(
        self,
        length: Option<Duration>,
        facts: &mut JsonObject,
        warnings: &mut Warnings,
    ) -> Transcript {
        let spoken = spoken(self.spoken, length, facts, warnings);
        let with_tools = self.with_tools.filter(|list| !json_object::is_empty(list));
        let running = text(self.running);
        let is_only = spoken.is_empty() && with_tools.is_none() && running.is_none();
        let turns = match is_only {
            true => with_events(spoken, self.scrubbed, SCRUBBED, facts),
            false => {
                json_object::put(facts, SCRUBBED, self.scrubbed);
                with_events(spoken, with_tools, WITH_TOOLS, facts)
            }
        };
        match turns.is_empty() {
            true => transcript::running(running, &[]),
            false => transcript::inline(turns, running),
        }
    }
}

/// What was said, each turn from its first word to its last.
fn spoken(
    items: Option<Vec<types::TranscriptUtterance>>,
    length: Option<Duration>,
    facts: &mut JsonObject,
    warnings: &mut Warnings,
) -> Vec<Turn> {
    let mut turns = Vec::new();
    for (index, item) in items.into_iter().flatten().enumerate() {
        warnings.extra(format_args!("/transcript_object/{index}"), &item.extra);
        json_object::put(facts, &format!("transcript_object/{index}/metadata"), item.metadata);
        let Some(turn) = transcript::turn(item.role, item.content, None) else { continue };
        let turn = timed(turn, item.words.as_ref().map(RawJson::as_raw));
        if is_outside(&turn, length) {
            let pointer = format!("/transcript_object/{index}/words");
            warnings.add(WarningCode::TurnOutsideCall, pointer, "the turn lies outside the call");
        }
        turns.push(turn);
    }
    turns
}

fn is_outside(turn: &Turn, length: Option<Duration>) -> bool {
    let Some(offset) = turn.offset_ms else { return false };
    match u64::try_from(offset) {
        Ok(offset) => length.is_some_and(|it| Duration::from_millis(offset) > it + ALLOWANCE),
        Err(_) => true,
    }
}

/// The turn with the times of its first and last word.
fn timed(turn: Turn, words: Option<&RawValue>) -> Turn {
    #[derive(Deserialize)]
    struct SpokenWord {
        start: Option<f64>,
        end: Option<f64>,
    }
    let words = words.and_then(|words| serde_json::from_str::<Vec<SpokenWord>>(words.get()).ok());
    let words = words.unwrap_or_default();
    Turn {
        offset_ms: words.first().and_then(|word| word.start).map(to_millis),
        end_offset_ms: words.last().and_then(|word| word.end).map(to_millis),
        ..turn
    }
}

fn to_millis(seconds: f64) -> i64 {
    (seconds * 1000.0).round() as i64
}

/// Puts the uses of tools between the turns. Other items, and what a turn does not hold, are put in
/// the facts under their pointers.
fn with_events(
    spoken: Vec<Turn>,
    list: Option<RawJson>,
    name: &str,
    facts: &mut JsonObject,
) -> Vec<Turn> {
    let Some(list) = list else { return spoken };
    let Ok(items) = list.parse::<Vec<RawJson>>() else {
        json_object::put(facts, name, Some(list));
        return spoken;
    };
    let has_spoken = !spoken.is_empty();
    let mut spoken = spoken.into_iter();
    let (mut tools, mut turns) = (BTreeMap::new(), Vec::with_capacity(items.len()));
    for (index, item) in items.iter().enumerate() {
        let Some(mut members) = json_object::members(item) else {
            json_object::put(facts, &format!("{name}/{index}"), Some(item.clone()));
            continue;
        };
        members.retain(|_, value| value.get() != "null");
        let turn = turn(&mut members, &mut tools);
        let is_read = match turn {
            Some(turn) if has_spoken && turn.kind == TurnKind::Speech => {
                let said = spoken.next();
                let is_same = said
                    .as_ref()
                    .is_some_and(|said| said.role == turn.role && said.text == turn.text);
                turns.extend(said);
                is_same
            }
            Some(turn) => {
                turns.push(turn);
                true
            }
            // A turn in which nothing was said.
            None => members.keys().all(|name| **name == *"words"),
        };
        if !is_read {
            json_object::put(facts, &format!("{name}/{index}"), Some(item.clone()));
            continue;
        }
        for (member, value) in members.iter().filter(|(name, _)| ***name != *"words") {
            let pointer = format!("{name}/{index}/{}", escape(member));
            json_object::put(facts, &pointer, Some(RawJson::from((*value).to_owned())));
        }
    }
    turns.extend(spoken);
    turns
}

/// Takes a turn out of the members of an item; a value of another type stays among them. `tools` are
/// the names of the tools that were called.
fn turn(members: &mut ObjectMembers<'_>, tools: &mut BTreeMap<String, String>) -> Option<Turn> {
    let role = members.get("role").and_then(|role| text_of(role))?;
    let known = words::find_speaker(&role);
    if known.is_none() && !members.contains_key("words") {
        return None;
    }
    members.remove("role");
    let offset_ms = take(members, "time_sec", json_object::number).map(to_millis);
    let content = take(members, "content", text_of);
    let kind = known.map_or(TurnKind::Speech, |(_, kind)| kind);
    if kind == TurnKind::Speech {
        let turn =
            timed(transcript::turn(Some(role), content, None)?, members.get("words").copied());
        return Some(Turn { offset_ms: turn.offset_ms.or(offset_ms), ..turn });
    }
    let mut tool = Tool {
        id: take(members, "tool_call_id", text_of),
        name: take(members, "name", text_of),
        arguments: take(members, "arguments", held_json),
        result: content.as_deref().and_then(|content| serde_json::from_str(content).ok()),
        ok: take(members, "successful", |value| serde_json::from_str(value.get()).ok()),
        duration: None,
    };
    if let Some(id) = &tool.id {
        match &tool.name {
            Some(name) => drop(tools.insert(id.clone(), name.clone())),
            None => tool.name = tools.get(id).cloned(),
        }
    }
    let said = text(content).unwrap_or_default();
    Some(Turn { kind, tool: Some(tool), offset_ms, ..Turn::speech(Speaker::Tool, said) })
}

/// The value that a text holds as JSON, or the value itself.
fn held_json(value: &RawValue) -> Option<RawJson> {
    let held = text_of(value).and_then(|text| serde_json::from_str(&text).ok());
    Some(held.unwrap_or_else(|| RawJson::from(value.to_owned())))
}
