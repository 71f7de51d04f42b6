//! The transcript of a call: running text, and turns of an undocumented shape.

use crate::{
    convert::{Warnings, json_object, text, transcript, words},
    model::{JsonObject, Transcript, TranscriptState, Turn, WarningCode},
};
use callfold_record::{RawJson, datetime};
use serde::Deserialize;
use serde_json::value::RawValue;

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
            None => return transcript::running(running.or(Some(text)), &[]),
        },
        None => turns(&formatted),
    };
    let turns = match read {
        Some((turns, true)) => turns,
        read => {
            json_object::put(analysis, "transcript_formatted", Some(formatted));
            let message = match read {
                Some(_) => "a turn has a time that is not a date; the turns have no such time",
                None => "the shape is not known; kept in the analysis",
            };
            warnings.add(WarningCode::InvalidValue, "/transcript_formatted", message);
            read.map(|(turns, _)| turns).unwrap_or_default()
        }
    };
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
/// text, which may be empty. Tells whether every time is a date.
fn turns(formatted: &RawJson) -> Option<(Vec<Turn>, bool)> {
    #[derive(Deserialize)]
    struct Turns<'a> {
        #[serde(borrow)]
        turns: Vec<Item<'a>>,
    }
    let items = match formatted.is_object() {
        true => serde_json::from_str::<Turns<'_>>(formatted.get()).ok()?.turns,
        false => serde_json::from_str::<Vec<Item<'_>>>(formatted.get()).ok()?,
    };
    let mut has_dates = true;
    let mut turns = Vec::new();
    for item in items {
        let role = string(item.speaker).or_else(|| string(item.role))?;
        let text = [item.text, item.content, item.message].into_iter().find_map(string)?;
        let time = item.timestamp.or(item.time);
        let at = string(time).and_then(|at| datetime::instant(&at).ok());
        has_dates &= at.is_some() || time.is_none();
        turns.extend(transcript::turn(words::speaker(Some(role)), Some(text), at));
    }
    (!turns.is_empty()).then_some((turns, has_dates))
}

/// What a turn may have.
#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow)]
    speaker: Option<&'a RawValue>,
    #[serde(borrow)]
    role: Option<&'a RawValue>,
    #[serde(borrow)]
    text: Option<&'a RawValue>,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    #[serde(borrow)]
    timestamp: Option<&'a RawValue>,
    #[serde(borrow)]
    time: Option<&'a RawValue>,
}

/// The text of a value that is one.
fn string(value: Option<&RawValue>) -> Option<String> {
    serde_json::from_str(value?.get()).ok()
}
