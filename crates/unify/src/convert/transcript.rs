//! Transcripts: running text, and text taken apart into turns.

use super::{
    text,
    words::{self, SpeakerMeaning},
};
use crate::model::{Speaker, Timestamp, Transcript, TranscriptState, Turn, TurnKind};
use chrono::{FixedOffset, NaiveTime, TimeDelta, Timelike, Utc};

/// The words only one vendor puts before a colon at the start of a turn; those
/// of [`words::find_speaker`] are known for all.
pub(crate) type Labels<'a> = words::Words<'a, Speaker>;

/// A transcript of what is at hand: turns, text, or neither.
pub(crate) fn inline(turns: Vec<Turn>, running: Option<String>) -> Transcript {
    let running = text(running);
    let state = match turns.is_empty() && running.is_none() {
        true => TranscriptState::Unavailable,
        false => TranscriptState::Inline,
    };
    Transcript { state, turns, text: running, url: None }
}

/// A transcript of running text, with the turns it holds.
pub(crate) fn running(text: Option<String>, own: &Labels<'_>) -> Transcript {
    inline(turns(text.as_deref(), own), text)
}

/// One turn, by the word for its speaker; none without anything said.
pub(crate) fn turn(
    role: Option<String>,
    said: Option<String>,
    at: Option<Timestamp>,
) -> Option<Turn> {
    let (speaker, kind) = words::speaker(role);
    Some(Turn { kind, at, ..Turn::speech(speaker, text(said)?) })
}

/// A turn and the time of day written before it.
pub(crate) struct StampedTurn {
    pub(crate) turn: Turn,
    pub(crate) stamp: Option<NaiveTime>,
}

/// Takes running text apart. A turn begins on a line that starts with a label
/// and a colon, spelled as where that label first stands. Where such lines have
/// a `[HH:MM:SS]` before them, only those begin turns, and any one word is a
/// label. Lines without a label belong to the turn before. Text whose first
/// line has no label has no turns: the speakers are unknown.
pub(crate) fn lines(running: &str, own: &Labels<'_>) -> Vec<StampedTurn> {
    let is_turn = |(stamp, rest): (Option<NaiveTime>, &str)| {
        stamp.is_some() && (label(rest, own).is_some() || other_label(rest).is_some())
    };
    let is_stamped = running.lines().any(|line| is_turn(stamp(line.trim())));
    let mut spellings: Vec<&str> = Vec::new();
    let mut lines: Vec<StampedTurn> = Vec::new();
    for line in running.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (stamp, rest) = stamp(line);
        let label = match (is_stamped, stamp) {
            (true, Some(_)) => label(rest, own).or_else(|| other_label(rest)),
            (true, None) => None,
            (false, _) => label(rest, own).filter(|_| is_as_before(rest, &mut spellings)),
        };
        match (label, lines.last_mut()) {
            (Some(((role, kind), words)), _) => {
                let turn = Turn { kind, ..Turn::speech(role, words) };
                lines.push(StampedTurn { turn, stamp });
            }
            (None, Some(last)) => {
                if !last.turn.text.is_empty() {
                    last.turn.text.push('\n');
                }
                last.turn.text.push_str(line);
            }
            (None, None) => return Vec::new(),
        }
    }
    lines.retain(|line| !line.turn.text.is_empty());
    lines
}

/// Whether the label before the colon is spelled as where it first stood.
fn is_as_before<'a>(line: &'a str, spellings: &mut Vec<&'a str>) -> bool {
    let Some((word, _)) = line.split_once(':') else { return false };
    match spellings.iter().find(|seen| **seen == word || words::is_same(word, seen)) {
        Some(seen) => *seen == word,
        None => {
            spellings.push(word);
            true
        }
    }
}

/// Takes running text apart whose stamps, if any, cannot be placed.
pub(crate) fn turns(running: Option<&str>, own: &Labels<'_>) -> Vec<Turn> {
    let lines = running.map(|running| lines(running, own)).unwrap_or_default();
    lines.into_iter().map(|line| line.turn).collect()
}

/// Gives stamped turns their place in the call, if there is only one reading:
/// times of day at `offset` when all of them lie within the call, or else
/// lengths since its start when none exceeds its length. When both or neither
/// fit, the turns keep no time. Tells whether every stamp has its place.
pub(crate) fn place(
    lines: Vec<StampedTurn>,
    started_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    offset: FixedOffset,
) -> (Vec<Turn>, bool) {
    let is_stamped = lines.iter().any(|line| line.stamp.is_some());
    let clock: Option<Vec<Timestamp>> =
        lines.iter().map(|line| time_of_day(line.stamp?, started_at?, ended_at?, offset)).collect();
    let length = started_at.zip(ended_at).map(|(start, end)| end - start);
    let offsets: Option<Vec<i64>> = lines
        .iter()
        .map(|line| {
            let since = TimeDelta::seconds(i64::from(line.stamp?.num_seconds_from_midnight()));
            (since <= length?).then_some(since.num_milliseconds())
        })
        .collect();
    let (clock, offsets) = match (clock, offsets) {
        (Some(_), Some(_)) => (None, None),
        one => one,
    };
    let is_placed = !is_stamped || clock.is_some() || offsets.is_some();
    let place = |(index, line): (usize, StampedTurn)| Turn {
        at: clock.as_ref().map(|clock| clock[index]),
        offset_ms: offsets.as_ref().map(|offsets| offsets[index]),
        ..line.turn
    };
    (lines.into_iter().enumerate().map(place).collect(), is_placed)
}

/// The instant between start and end at this time of day; whole seconds, so
/// the start counts from its second on.
fn time_of_day(
    stamp: NaiveTime,
    start: Timestamp,
    end: Timestamp,
    offset: FixedOffset,
) -> Option<Timestamp> {
    let day = |at: Timestamp| at.with_timezone(&offset).date_naive();
    [day(start), day(end)]
        .into_iter()
        .filter_map(|day| day.and_time(stamp).and_local_timezone(offset).single())
        .map(|at| at.with_timezone(&Utc))
        .find(|at| at.timestamp() >= start.timestamp() && *at <= end)
}

/// `[HH:MM:SS]` at the start of a line, and the rest of it.
fn stamp(line: &str) -> (Option<NaiveTime>, &str) {
    let parse = || {
        let (stamp, rest) = line.strip_prefix('[')?.split_once(']')?;
        Some((NaiveTime::parse_from_str(stamp, "%H:%M:%S").ok()?, rest.trim_start()))
    };
    parse().map_or((None, line), |(stamp, rest)| (Some(stamp), rest))
}

/// The label at the start of a line, and what follows it.
fn label<'a>(line: &'a str, own: &Labels<'_>) -> Option<(SpeakerMeaning, &'a str)> {
    let (word, words) = line.split_once(':')?;
    let own = own.iter().find(|(label, _)| words::is_same(word, label));
    let own = own.map(|(_, role)| (role.clone(), TurnKind::Speech));
    Some((own.or_else(|| words::find_speaker(word))?, words.trim()))
}

/// An unlisted label: one word before a colon.
fn other_label(line: &str) -> Option<(SpeakerMeaning, &str)> {
    let (word, words) = line.split_once(':')?;
    let is_word = !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || c == '_');
    let speaker = || (Speaker::Other(word.to_owned()), TurnKind::Speech);
    is_word.then(|| (speaker(), words.trim()))
}

#[cfg(test)]
#[path = "../tests/transcript.rs"]
mod tests;
