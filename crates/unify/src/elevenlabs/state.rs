//! The state of a conversation, its times and its end.

use super::VENDOR;
use crate::{
    convert::{Warnings, end_reason, time, words},
    model::{
        AnalysisState, Call, CallId, Disposition, DurationBasis, EndReason, Status, Timestamp,
    },
};
use chrono::TimeDelta;
use std::time::Duration;

/// The status words of this vendor alone. That it is done says nothing about who answered.
const STATUS: &words::Words<'_, words::StatusMeaning> =
    &[("done", (Status::Ended, None)), ("processing", (Status::Ended, None))];

/// What a record says about its state.
pub(super) struct StateWords {
    pub(super) status: Option<String>,
    pub(super) start_secs: Option<i64>,
    pub(super) accepted_secs: Option<i64>,
    pub(super) duration_secs: Option<f64>,
}

/// Where a record says it.
pub(super) struct StatePointers {
    start: &'static str,
    accepted: &'static str,
    duration: &'static str,
}

/// Where the list says it.
pub(super) const LISTED: StatePointers = StatePointers {
    start: "/start_time_unix_secs",
    accepted: "/accepted_time_unix_secs",
    duration: "/call_duration_secs",
};

/// Where the single conversation says it.
pub(super) const SINGLE: StatePointers = StatePointers {
    start: "/metadata/start_time_unix_secs",
    accepted: "/metadata/accepted_time_unix_secs",
    duration: "/metadata/call_duration_secs",
};

/// The state of a conversation and its times.
pub(super) struct ConversationState {
    status: Status,
    /// What the status word says about the connection.
    pub(super) word: Option<Disposition>,
    is_done: bool,
    analysis: Option<AnalysisState>,
    pub(super) started_at: Option<Timestamp>,
    answered_at: Option<Timestamp>,
    pub(super) ended_at: Option<Timestamp>,
    duration: Option<Duration>,
    talk_time: Option<Duration>,
    reported: Option<Duration>,
}

impl ConversationState {
    /// A call that is over ends its reported length after its start. A length of 0 is none while it goes on.
    pub(super) fn read(found: StateWords, at: &StatePointers, warnings: &mut Warnings) -> Self {
        let is = |word: &str| found.status.as_deref().is_some_and(|own| words::is_same(own, word));
        let (is_done, is_processing, is_failed) = (is("done"), is("processing"), is("failed"));
        let (status, word) = words::status(found.status, "/status", STATUS, warnings);
        let millis = |secs: Option<i64>| secs.map(|secs| secs.saturating_mul(1_000));
        let started_at = time::epoch_ms(millis(found.start_secs), at.start, warnings);
        let answered_at = time::epoch_ms(millis(found.accepted_secs), at.accepted, warnings);
        let is_over = is_done || is_processing || is_failed;
        let reported = found.duration_secs.filter(|secs| is_over || *secs != 0.0);
        let reported = time::seconds(reported, at.duration, warnings);
        let length = reported.filter(|length| is_over && !length.is_zero());
        let ended_at = started_at.zip(length).and_then(|(start, length)| {
            start.checked_add_signed(TimeDelta::from_std(length).ok()?)
        });
        Self {
            status: status.unwrap_or_else(|| end_reason::status_by_end(None)),
            word,
            is_done,
            analysis: match (is_processing, is_over) {
                (true, _) => Some(AnalysisState::Pending),
                (_, true) => Some(AnalysisState::Complete),
                _ => None,
            },
            started_at,
            answered_at,
            ended_at,
            duration: time::length(started_at, ended_at),
            talk_time: time::between(answered_at, ended_at, at.accepted, warnings),
            reported,
        }
    }

    /// The status word as the reason of a conversation that is done and has no other.
    pub(super) fn done_word(&self) -> Option<String> {
        self.is_done.then(|| "done".to_owned())
    }

    /// A call in this state, of which nothing else is known.
    pub(super) fn into_call(self, id: CallId) -> Call {
        Call {
            status: self.status,
            analysis_state: self.analysis,
            started_at: self.started_at,
            answered_at: self.answered_at,
            ended_at: self.ended_at,
            duration: self.duration,
            duration_basis: self.duration.map(|_| DurationBasis::Start),
            talk_time: self.talk_time,
            reported_duration: self.reported,
            ..Call::new(id)
        }
    }
}

/// The reason that a word or a sentence gives.
pub(super) fn end(
    reason: Option<String>,
    pointer: &'static str,
    warnings: &mut Warnings,
) -> Option<EndReason> {
    end_reason::end_reason(VENDOR, reason, pointer, warnings)
}
