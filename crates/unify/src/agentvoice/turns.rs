//! The transcript of a call: running text, and turns of an undocumented shape.

use crate::{
    convert::{
        Warnings,
        json_object::{self, ObjectMembers, take, text_of},
        text, transcript,
    },
    model::{JsonObject, Timestamp, Transcript, TranscriptState, Turn, WarningCode},
};
use callfold_record::{RawJson, datetime};
use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

/// The turns of `transcript_formatted`, or else those of the running text. A
/// formatted transcript that is not read whole is kept in the analysis too.
pub(super) fn transcript(
    running: Option<String>,
    formatted: Option<RawJson>,
    analysis: &mut JsonObject,
    warnings: &mut Warnings,
) -> Transcript {
    let running = text(running);
    let Some(formatted) = formatted.filter(|formatted| !json_object::is_empty(formatted)) else {
        return transcript::running(running, &[]);
    };
    let read = match json_object::string(&formatted) {
        Some(text) => match serde_json::from_str::<RawJson>(&text).ok().as_ref().and_then(turns) {
            Some(turns) => Some(turns),
            None if running.is_none() => return transcript::running(Some(text), &[]),
            None => {
                json_object::put(analysis, "transcript_formatted", Some(formatted));
                return transcript::running(running, &[]);
            }
        },
        None => turns(&formatted),
    };
    if read.as_ref().is_none_or(|read| !read.has_dates || read.has_more) {
        json_object::put(analysis, "transcript_formatted", Some(formatted));
    }
    let message = match &read {
        Some(read) if read.has_dates => None,
        Some(_) => Some("a turn has a time that is not a date; the turns have no such time"),
        None => Some("the shape is not known; kept in the analysis"),
    };
    if let Some(message) = message {
        warnings.add(WarningCode::InvalidValue, "/transcript_formatted", message);
    }
    let turns = read.unwrap_or_default().turns;
    if !turns.is_empty() {
        return transcript::inline(turns, running);
    }
    match running {
        Some(_) => transcript::running(running, &[]),
        None => Transcript::empty(TranscriptState::Unreadable),
    }
}

/// Turns "with speaker labels and timestamps" whose names are not documented,
/// as a list or in `turns`: taken when every item names a speaker and has a
/// text, which may be empty.
fn turns(formatted: &RawJson) -> Option<FormattedTranscript> {
    let whole = json_object::members(formatted);
    let list = match &whole {
        Some(members) => members.get("turns")?.get(),
        None => formatted.get(),
    };
    let mut read = FormattedTranscript { has_dates: true, ..FormattedTranscript::default() };
    read.has_more = whole.is_some_and(|members| members.len() > 1);
    if let Ok(items) = serde_json::from_str::<Vec<PlainItem>>(list)
        && items.iter().all(|item| item.rest.is_empty())
    {
        let turn = |item: PlainItem| transcript::turn(Some(item.speaker), Some(item.text), item.at);
        read.turns = items.into_iter().filter_map(turn).collect();
        return (!read.turns.is_empty()).then_some(read);
    }
    for mut item in serde_json::from_str::<Vec<ObjectMembers<'_>>>(list).ok()? {
        item.retain(|_, value| value.get() != "null");
        let mut text =
            |names: &[&str]| names.iter().find_map(|name| take(&mut item, name, text_of));
        let (role, said) = (text(&["speaker", "role"])?, text(&["text", "content", "message"])?);
        let date = |value: &RawValue| datetime::instant(&text_of(value)?).ok();
        let at = ["timestamp", "time"].iter().find_map(|name| take(&mut item, name, date));
        read.has_dates &= !item.contains_key("timestamp") && !item.contains_key("time");
        read.has_more |= !item.is_empty();
        read.turns.extend(transcript::turn(Some(role), Some(said), at));
    }
    (!read.turns.is_empty()).then_some(read)
}

/// An item with nothing but what a turn has a place for. Reading such a list at once takes half
/// as long as reading member by member, and a fifth off an export of such calls.
#[derive(Deserialize)]
struct PlainItem {
    #[serde(alias = "role")]
    speaker: String,
    #[serde(alias = "content", alias = "message")]
    text: String,
    #[serde(
        rename = "timestamp",
        alias = "time",
        default,
        deserialize_with = "datetime::date_time"
    )]
    at: Option<Timestamp>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// What was read of a formatted transcript.
#[derive(Default)]
struct FormattedTranscript {
    turns: Vec<Turn>,
    /// Whether every time is a date.
    has_dates: bool,
    /// Whether it holds more than the turns have a place for.
    has_more: bool,
}
