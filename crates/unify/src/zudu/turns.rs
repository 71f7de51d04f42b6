//! The turns of a call, and the tools the agent used between them.

use crate::{
    convert::{
        Warnings,
        json_object::{self, ObjectMembers, take, text_of},
        text, time, transcript, words,
    },
    model::{JsonObject, Speaker, Timestamp, Tool, Turn, TurnKind, WarningCode},
};
use callfold_record::RawJson;
use callfold_zudu::types;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The turns, each with its time; one that lies outside the call is noted.
pub(super) fn turns(
    items: Option<Vec<types::TranscriptTurn>>,
    started_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    warnings: &mut Warnings,
) -> Vec<Turn> {
    let mut turns = Vec::new();
    for (index, item) in items.into_iter().flatten().enumerate() {
        warnings.extra(format_args!("/transcript_object/{index}"), &item.extra);
        let said_at = item.timestamp.and_then(time::date_ms);
        let pointer = || format!("/transcript_object/{index}/timestamp");
        if item.timestamp.is_some() && said_at.is_none() {
            warnings.add(WarningCode::InvalidValue, pointer(), time::NO_DATE);
        }
        if said_at.is_some_and(|said_at| time::is_outside(said_at, started_at, ended_at)) {
            warnings.add(WarningCode::TurnOutsideCall, pointer(), "the turn lies outside the call");
        }
        let Some(mut turn) = transcript::turn(item.role, item.content, said_at) else { continue };
        let since_start = |at: Timestamp| Some((at - started_at?).num_milliseconds());
        if let Some(over_at) = item.words.as_ref().and_then(last_end) {
            turn.offset_ms = said_at.and_then(since_start);
            turn.end_offset_ms = since_start(over_at);
        }
        turns.push(turn);
    }
    turns
}

/// When the last word was over.
fn last_end(words: &RawJson) -> Option<Timestamp> {
    #[derive(Deserialize)]
    struct Word {
        end: Option<f64>,
    }
    let words: Vec<Word> = words.parse().ok()?;
    time::date_ms(words.last()?.end? as i64)
}

/// Puts the uses of tools between the turns. The items of `transcript_with_tool_calls` are not
/// documented; they are read where they look like those of Retell, whose records Zudu's follow. A
/// list that says more than the turns can hold is kept in the facts too.
pub(super) fn with_tools(
    turns: Vec<Turn>,
    list: Option<RawJson>,
    facts: &mut JsonObject,
) -> Vec<Turn> {
    let Some(list) = list else { return turns };
    let items = list.parse::<Vec<RawJson>>().unwrap_or_default();
    let items: Vec<_> = items.iter().map(item).collect();
    let read = items.iter().filter_map(|(turn, _)| turn.as_ref());
    let said = read.filter(|turn| turn.kind == TurnKind::Speech).count();
    let has_more = items.iter().any(|(_, has_more)| *has_more) || items.is_empty();
    let is_same = turns.is_empty() || said == turns.len();
    if has_more || !is_same {
        json_object::put(facts, "transcript_with_tool_calls", Some(list));
    }
    let has_own = turns.is_empty();
    let (mut names, mut merged) = (BTreeMap::new(), Vec::with_capacity(items.len()));
    let mut turns = turns.into_iter();
    for mut turn in items.into_iter().filter_map(|(turn, _)| turn) {
        if let Some(Tool { id: Some(id), name, .. }) = &mut turn.tool {
            match name {
                Some(name) => drop(names.insert(id.clone(), name.clone())),
                None => *name = names.get(id).cloned(),
            }
        }
        match turn.kind {
            TurnKind::Speech if !has_own => merged.extend(turns.next()),
            _ => merged.push(turn),
        }
    }
    merged.extend(turns);
    merged
}

/// The turn of an item, and whether the item says more.
fn item(item: &RawJson) -> (Option<Turn>, bool) {
    let Some(mut members) = json_object::members(item) else { return (None, true) };
    members.retain(|_, value| value.get() != "null");
    let turn = turn(&mut members);
    let has_more = turn.is_none() || members.keys().any(|name| **name != *"words");
    (turn, has_more)
}

/// Takes a turn out of the members of an item. A value of another type stays among them.
fn turn(members: &mut ObjectMembers<'_>) -> Option<Turn> {
    let role = take(members, "role", text_of)?;
    let date = |value: &RawValue| time::date_ms(json_object::number(value)? as i64);
    let at = take(members, "timestamp", date);
    let content = take(members, "content", text_of);
    let kind = words::find_speaker(&role).map_or(TurnKind::Speech, |(_, kind)| kind);
    if kind == TurnKind::Speech {
        return transcript::turn(Some(role), content, at);
    }
    let tool = Tool {
        id: take(members, "tool_call_id", text_of),
        name: take(members, "name", text_of),
        arguments: take(members, "arguments", json),
        result: content.as_deref().and_then(|content| serde_json::from_str(content).ok()),
        ok: take(members, "successful", |value| serde_json::from_str(value.get()).ok()),
        duration: None,
    };
    let said = text(content).unwrap_or_default();
    Some(Turn { kind, tool: Some(tool), at, ..Turn::speech(Speaker::Tool, said) })
}

/// A value, or the one that a text holds as JSON.
fn json(value: &RawValue) -> Option<RawJson> {
    let held = text_of(value).and_then(|text| serde_json::from_str(&text).ok());
    Some(held.unwrap_or_else(|| RawJson::from(value.to_owned())))
}
