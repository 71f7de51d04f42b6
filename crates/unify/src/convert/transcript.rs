//! Transcripts: running text, and text taken apart into turns.

use super::text;
use crate::model::{Speaker, Timestamp, Transcript, TranscriptState, Turn};
use chrono::{NaiveTime, TimeDelta, Timelike};

/// The words a vendor puts before a colon at the start of a turn.
pub(crate) type Labels<'a> = [(&'a str, Speaker)];

/// A transcript of what is at hand: turns, text, or neither.
pub(crate) fn inline(turns: Vec<Turn>, running: Option<String>) -> Transcript {
    let running = text(running);
    let state = match turns.is_empty() && running.is_none() {
        true => TranscriptState::Unavailable,
        false => TranscriptState::Inline,
    };
    Transcript { state, turns, text: running, url: None }
}

/// One turn; none without words.
pub(crate) fn turn(role: Speaker, words: Option<String>, at: Option<Timestamp>) -> Option<Turn> {
    Some(Turn { role, text: text(words)?, at, offset_ms: None })
}

/// A turn and the time of day written before it.
pub(crate) struct Line {
    pub(crate) turn: Turn,
    pub(crate) stamp: Option<NaiveTime>,
}

/// Takes running text apart. A turn begins on a line that starts with a label
/// and a colon, after an optional `[HH:MM:SS]`; after a stamp any one word is a
/// label. Lines without a label belong to the turn before. Text whose first
/// line has no label has no turns: nobody says who is speaking.
pub(crate) fn lines(running: &str, labels: &Labels<'_>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for line in running.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (stamp, rest) = stamp(line);
        let label = label(rest, labels).or_else(|| stamp.and(other_label(rest)));
        match (label, lines.last_mut()) {
            (Some((role, words)), _) => {
                let turn = Turn { role, text: words.to_owned(), at: None, offset_ms: None };
                lines.push(Line { turn, stamp });
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

/// Takes running text without stamps apart.
pub(crate) fn turns(running: Option<&str>, labels: &Labels<'_>) -> Vec<Turn> {
    let lines = running.map(|running| lines(running, labels)).unwrap_or_default();
    lines.into_iter().map(|line| line.turn).collect()
}

/// Gives stamped turns their place in the call, if there is only one reading:
/// times of day when all of them lie within the call, or else lengths since
/// its start when none exceeds its length. When both or neither fit, the
/// turns keep no time.
pub(crate) fn place(
    lines: Vec<Line>,
    started_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
) -> Vec<Turn> {
    let clock: Option<Vec<Timestamp>> =
        lines.iter().map(|line| time_of_day(line.stamp?, started_at?, ended_at?)).collect();
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
    let place = |(index, line): (usize, Line)| Turn {
        at: clock.as_ref().map(|clock| clock[index]),
        offset_ms: offsets.as_ref().map(|offsets| offsets[index]),
        ..line.turn
    };
    lines.into_iter().enumerate().map(place).collect()
}

/// The instant between start and end at this time of day; whole seconds, so
/// the start counts from its second on.
fn time_of_day(stamp: NaiveTime, start: Timestamp, end: Timestamp) -> Option<Timestamp> {
    [start.date_naive(), end.date_naive()]
        .into_iter()
        .map(|day| day.and_time(stamp).and_utc())
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

/// The label at the start of a line, in any letter case, and what follows it.
fn label<'a>(line: &'a str, labels: &Labels<'_>) -> Option<(Speaker, &'a str)> {
    let (word, words) = line.split_once(':')?;
    Some((speaker(word, labels)?, words.trim()))
}

/// A label nobody listed: one word before a colon.
fn other_label(line: &str) -> Option<(Speaker, &str)> {
    let (word, words) = line.split_once(':')?;
    let is_word = !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || c == '_');
    is_word.then(|| (Speaker::Other(word.to_owned()), words.trim()))
}

/// Who a word stands for, in any letter case.
pub(crate) fn speaker(word: &str, labels: &Labels<'_>) -> Option<Speaker> {
    let label = labels.iter().find(|(label, _)| label.eq_ignore_ascii_case(word.trim()));
    label.map(|(_, role)| role.clone())
}

#[cfg(test)]
#[path = "../tests/transcript.rs"]
mod tests;
