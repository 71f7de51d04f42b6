//! A query, and what each of its filters means.

use crate::FilterField;
use callfold_unify::model::{Call, Direction, Party, PhoneNumber, Status, Timestamp};
use serde::Serialize;

/// Which calls to read. A call has to match every filter that is set, and of a filter with
/// several values one; a filter without a value is not set. The default query matches all calls.
///
/// [`Query::matches`] defines what a filter means. A source may push a filter to
/// its vendor's server; the answer is the same.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// The call started at this time or later. A call without a start does not
    /// match.
    pub since: Option<Timestamp>,
    /// The call started before this time. A call without a start does not match.
    pub until: Option<Timestamp>,
    /// The call started at this time or later, or has no start, unlike with
    /// [`since`](Self::since). It is never pushed, as a server might hide calls
    /// without a start; it ends reading where the list's order allows.
    pub lookback_floor: Option<Timestamp>,
    /// The call has one of these directions. A call without one does not match.
    pub direction: Vec<Direction>,
    /// The call has one of these statuses. A vendor's own word is compared without letter case,
    /// and a hyphen is an underscore.
    pub status: Vec<Status>,
    /// Either party has one of these numbers: the same E.164 form, or the same
    /// text where one of the two is not E.164.
    pub phone: Vec<PhoneNumber>,
    /// The agent has one of these ids, or one of these names in any letter case.
    pub agent: Vec<String>,
    /// The contact has one of these ids.
    pub contact: Vec<String>,
    /// The campaign has one of these ids, or one of these names in any letter case.
    pub campaign: Vec<String>,
    /// Most calls to return: the first in [`Query::order`].
    pub limit: Option<usize>,
    /// The order of the calls.
    pub order: Order,
    /// The parts of a call to fetch beyond the list record.
    pub detail: Detail,
    /// Most calls of one source to sort in memory, where its vendor states no
    /// order and there is no limit; more calls are an error. `None` is
    /// [`MAX_SORTED`](crate::MAX_SORTED).
    pub max_sorted: Option<usize>,
    /// Whether to return [`Call::raw`]. Otherwise it is JSON `null` and takes no
    /// memory.
    pub raw: bool,
}

/// The order of calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Order {
    /// By start, newest first; calls without a start last; ties by id.
    #[default]
    NewestFirst,
    /// By start, oldest first; calls without a start last; ties by id.
    OldestFirst,
    /// As they are read, unsorted.
    AsRead,
}

/// The parts of a call to fetch. A part that the list has anyway is always there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    /// The transcript.
    pub transcript: bool,
    /// The address of the recording.
    pub recording: bool,
    /// Summary, extraction, outcome.
    pub analysis: bool,
    /// Latency, quality and cost.
    pub metrics: bool,
    /// Turn events, interruptions, use of tools.
    pub diagnostics: bool,
    /// What the call set off: tool calls and their results.
    pub actions: bool,
}

impl Detail {
    /// Only what the list has without extra cost.
    pub const LIST_ONLY: Self = Self {
        transcript: false,
        recording: false,
        analysis: false,
        metrics: false,
        diagnostics: false,
        actions: false,
    };
    /// Everything.
    pub const FULL: Self = Self {
        transcript: true,
        recording: true,
        analysis: true,
        metrics: true,
        diagnostics: true,
        actions: true,
    };

    /// Whether each part is wanted, in the order of the fields.
    pub fn parts(self) -> [bool; 6] {
        let Self { transcript, recording, analysis, metrics, diagnostics, actions } = self;
        [transcript, recording, analysis, metrics, diagnostics, actions]
    }
}

impl Query {
    /// Whether `call` matches every filter.
    pub fn matches(&self, call: &Call) -> bool {
        self.is_within_lookback(call) && self.fields().all(|field| self.matches_field(field, call))
    }

    /// Whether `call` matches [`lookback_floor`](Self::lookback_floor).
    pub(crate) fn is_within_lookback(&self, call: &Call) -> bool {
        self.lookback_floor.is_none_or(|floor| call.started_at.is_none_or(|at| at >= floor))
    }

    /// Whether `call` matches the filter by `field`.
    pub fn matches_field(&self, field: FilterField, call: &Call) -> bool {
        match field {
            FilterField::StartedAt => {
                self.since.is_none_or(|since| call.started_at.is_some_and(|at| at >= since))
                    && self.until.is_none_or(|until| call.started_at.is_some_and(|at| at < until))
            }
            FilterField::Direction => {
                holds(&self.direction, |word| call.direction.as_ref() == Some(word))
            }
            FilterField::Status => holds(&self.status, |word| is_same_status(word, &call.status)),
            FilterField::Phone => holds(&self.phone, |number| {
                has_number(number, call.from.as_ref()) || has_number(number, call.to.as_ref())
            }),
            FilterField::Agent => holds(&self.agent, |text| {
                call.agent.as_ref().is_some_and(|it| has_id_or_name(text, &it.id, &it.name))
            }),
            FilterField::Contact => holds(&self.contact, |id| call.contact_id.as_ref() == Some(id)),
            FilterField::Campaign => holds(&self.campaign, |text| {
                call.campaign.as_ref().is_some_and(|it| has_id_or_name(text, &it.id, &it.name))
            }),
        }
    }

    /// The fields that the query filters by, without
    /// [`lookback_floor`](Self::lookback_floor), which bounds how much is read.
    pub fn fields(&self) -> impl Iterator<Item = FilterField> {
        [
            (FilterField::StartedAt, self.since.is_some() || self.until.is_some()),
            (FilterField::Direction, !self.direction.is_empty()),
            (FilterField::Status, !self.status.is_empty()),
            (FilterField::Phone, !self.phone.is_empty()),
            (FilterField::Agent, !self.agent.is_empty()),
            (FilterField::Contact, !self.contact.is_empty()),
            (FilterField::Campaign, !self.campaign.is_empty()),
        ]
        .into_iter()
        .filter_map(|(field, is_set)| is_set.then_some(field))
    }
}

fn holds<T>(filter: &[T], test: impl Fn(&T) -> bool) -> bool {
    filter.is_empty() || filter.iter().any(test)
}

fn is_same_status(a: &Status, b: &Status) -> bool {
    let plain = |status: &Status| status.as_str().to_lowercase().replace('-', "_");
    a == b || (a.is_other() && b.is_other() && plain(a) == plain(b))
}

fn has_number(wanted: &PhoneNumber, party: Option<&Party>) -> bool {
    let Some(number) = party.and_then(|party| party.number.as_ref()) else {
        return false;
    };
    match (&wanted.e164, &number.e164) {
        (Some(a), Some(b)) => a == b,
        _ => wanted.raw.trim() == number.raw.trim(),
    }
}

fn has_id_or_name(wanted: &str, id: &Option<String>, name: &Option<String>) -> bool {
    id.as_deref() == Some(wanted)
        || name.as_deref().is_some_and(|name| name.to_lowercase() == wanted.to_lowercase())
}

#[cfg(test)]
#[path = "tests/query.rs"]
mod tests;
