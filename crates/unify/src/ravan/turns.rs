//! The turns of a call.

use crate::{
    draft::{Notes, speech, time},
    model::{Speaker, Timestamp, Transcript, TranscriptState, Turn, WarningCode},
};
use callfold_ravan::types;

/// The words for who speaks.
pub(super) const SPEAKERS: &speech::Labels = &[
    ("agent", Speaker::Agent),
    ("assistant", Speaker::Agent),
    ("user", Speaker::Customer),
    ("customer", Speaker::Customer),
    ("tool", Speaker::Tool),
    ("system", Speaker::System),
];

/// The turns. A record without the field was not asked for them.
pub(super) fn transcript(
    items: Option<Vec<types::TranscriptItem>>,
    asked: bool,
    started_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    notes: &mut Notes,
) -> Transcript {
    if !asked {
        return Transcript::empty(TranscriptState::NotRequested);
    }
    let turns = items
        .unwrap_or_default()
        .into_iter()
        .enumerate()
        .filter_map(|(index, item)| turn(index, item, started_at, ended_at, notes))
        .collect();
    speech::inline(turns, None)
}

/// One turn. Its time is `created_at`. `timestamp_ms` counts from the call's
/// start by one page and from 1970 by another: a number that is a date is
/// compared with the call, a smaller one is the offset.
fn turn(
    index: usize,
    item: types::TranscriptItem,
    started_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    notes: &mut Notes,
) -> Option<Turn> {
    notes.extra(format_args!("/transcripts/{index}"), &item.extra);
    let message = item.message?;
    notes.extra(format_args!("/transcripts/{index}/message"), &message.extra);
    let date = item.timestamp_ms.and_then(time::date_ms);
    let outside = date.is_some_and(|date| time::is_outside(date, started_at, ended_at));
    if outside {
        notes.add(
            WarningCode::TurnOutsideCall,
            format!("/transcripts/{index}/timestamp_ms"),
            "read as a date, the number lies outside the call; created_at is taken",
        );
    }
    let said_at = item.created_at.or(date.filter(|_| !outside));
    let mut turn = speech::turn(speaker(message.role), message.content, said_at)?;
    turn.offset_ms = item.timestamp_ms.filter(|ms| date.is_none() && *ms >= 0);
    Some(turn)
}

fn speaker(role: Option<String>) -> Speaker {
    let role = role.unwrap_or_default();
    speech::speaker(&role, SPEAKERS).unwrap_or(Speaker::Other(role))
}
