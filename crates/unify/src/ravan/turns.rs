//! The turns of a call.

use crate::{
    Context,
    convert::{Warnings, time, transcript},
    model::{Speaker, Timestamp, Transcript, TranscriptState, Turn, WarningCode},
};
use callfold_ravan::types;
use callfold_record::{RawRecord, member};
use chrono::TimeDelta;

/// What a record says about its transcript.
pub(super) enum Transcripts {
    /// It has no field for it.
    NotRequested,
    /// It has a list, which may be empty.
    Items(Vec<types::TranscriptItem>),
    /// It has a text.
    Text(String),
    /// It has a value of another type.
    Unreadable,
}

impl Transcripts {
    /// Reads `transcripts`, whose `items` are missing where it is no list. A
    /// text may hold the list as JSON.
    pub(super) fn new(
        items: Option<Vec<types::TranscriptItem>>,
        record: &RawRecord,
        warnings: &mut Warnings,
    ) -> Self {
        if let Some(items) = items {
            return Self::Items(items);
        }
        let Some(value) = member(record.get().get(), "transcripts") else {
            return Self::NotRequested;
        };
        if let Ok(text) = serde_json::from_str::<String>(value.get()) {
            warnings.reword("/transcripts", "expected a list, found a text; it is read as one");
            return serde_json::from_str(&text).map_or(Self::Text(text), Self::Items);
        }
        match value.get() {
            "null" => Self::Items(Vec::new()),
            _ => Self::Unreadable,
        }
    }

    /// The turns. In a text the agent's lines may begin with its name, and the
    /// customer's were seen with an empty one.
    pub(super) fn read(
        self,
        agent: Option<&str>,
        started_at: Option<Timestamp>,
        ended_at: Option<Timestamp>,
        context: &Context,
        warnings: &mut Warnings,
    ) -> Transcript {
        let items = match self {
            Self::NotRequested => return Transcript::empty(TranscriptState::NotRequested),
            Self::Unreadable => return Transcript::empty(TranscriptState::Unreadable),
            Self::Text(text) => {
                let mut own = vec![("", Speaker::Customer)];
                own.extend(agent.map(|agent| (agent, Speaker::Agent)));
                return transcript::running(Some(text), &own);
            }
            Self::Items(items) => items,
        };
        let turns = items
            .into_iter()
            .enumerate()
            .filter_map(|(index, item)| turn(index, item, started_at, ended_at, context, warnings))
            .collect();
        transcript::inline(turns, None)
    }
}

/// One turn. Its time is `created_at`. `timestamp_ms` counts from the call's
/// start by one page and from 1970 by another: a number that is a date is
/// compared with the call, a smaller one is the offset if it lies within it.
fn turn(
    index: usize,
    item: types::TranscriptItem,
    started_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    context: &Context,
    warnings: &mut Warnings,
) -> Option<Turn> {
    let pointer = |name| format!("/transcripts/{index}/{name}");
    warnings.extra(format_args!("/transcripts/{index}"), &item.extra);
    let message = item.message?;
    warnings.extra(format_args!("/transcripts/{index}/message"), &message.extra);
    let created_at =
        time::instant_at(item.created_at, || pointer("created_at").into(), context, warnings);
    if created_at.is_some_and(|created| time::is_outside(created, started_at, ended_at)) {
        warnings.add(
            WarningCode::TurnOutsideCall,
            pointer("created_at"),
            "the turn lies outside the call",
        );
    }
    let date = item.timestamp_ms.and_then(time::date_ms);
    let outside = date.is_some_and(|date| time::is_outside(date, started_at, ended_at));
    if outside {
        warnings.add(
            WarningCode::TurnOutsideCall,
            pointer("timestamp_ms"),
            "read as a date, the number lies outside the call; created_at is taken",
        );
    }
    let said_at = created_at.or(date.filter(|_| !outside));
    let mut turn = transcript::turn(message.role, message.content, said_at)?;
    let offset = item.timestamp_ms.filter(|_| date.is_none());
    turn.offset_ms = offset.filter(|ms| is_within(*ms, started_at, ended_at));
    if offset.is_some() && turn.offset_ms.is_none() {
        warnings.add(
            WarningCode::TurnOutsideCall,
            pointer("timestamp_ms"),
            "read as a date or since the start, the number lies outside the call; left out",
        );
    }
    Some(turn)
}

/// Whether so many milliseconds after its start the call is not over.
fn is_within(ms: i64, started_at: Option<Timestamp>, ended_at: Option<Timestamp>) -> bool {
    let Some((start, _)) = started_at.zip(ended_at) else { return ms >= 0 };
    let at = TimeDelta::try_milliseconds(ms).and_then(|ms| start.checked_add_signed(ms));
    ms >= 0 && at.is_some_and(|at| !time::is_outside(at, None, ended_at))
}
