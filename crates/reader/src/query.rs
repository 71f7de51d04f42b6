//! The question, and what each of its parts means.

use crate::Field;
use callfold_unify::model::{Call, Direction, Entity, Party, PhoneNumber, Status, Timestamp};
use serde::Serialize;

/// Which calls are wanted. Every part that is given must hold; an empty query
/// asks for all calls.
///
/// What a part means is defined here once, by [`Query::matches`]. A source may
/// hand a part to its vendor's server, and the answer is the same.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// Began at this instant or later. A call without a start is left out.
    pub since: Option<Timestamp>,
    /// Began before this instant. A call without a start is left out.
    pub until: Option<Timestamp>,
    /// As far back as this instant: a call that began before it is left out,
    /// and one without a start is wanted all the same, unlike with
    /// [`since`](Self::since). A server is not asked for it, as it might hide
    /// calls without a start; it ends reading where the list's order allows.
    pub lookback_floor: Option<Timestamp>,
    /// Has this direction. A call whose direction is not known is left out.
    pub direction: Option<Direction>,
    /// Has this status.
    pub status: Option<Status>,
    /// Either party has this number: the same E.164 form, or the same text
    /// where one of the two is not E.164.
    pub phone: Option<PhoneNumber>,
    /// The agent has this id, or this name in any letter case.
    pub agent: Option<String>,
    /// The contact has this id.
    pub contact: Option<String>,
    /// The campaign has this id, or this name in any letter case.
    pub campaign: Option<String>,
    /// At most this many calls, the first in [`Query::order`].
    pub limit: Option<usize>,
    /// In which order the calls are wanted.
    pub order: Order,
    /// Which parts of a call are wanted beyond the light record.
    pub detail: Detail,
    /// How many calls of one source may be collected to be sorted, where its
    /// vendor states no order and there is no limit; one more is an error.
    /// `None` is [`MAX_SORTED`](crate::MAX_SORTED).
    pub sort_at_most: Option<usize>,
    /// Whether [`Call::raw`] is wanted; where it is not, it is JSON `null` and
    /// takes no memory.
    pub raw: bool,
}

/// In which order calls are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Order {
    /// By start, newest first; calls without a start last; ties by id.
    #[default]
    NewestFirst,
    /// By start, oldest first; calls without a start last; ties by id.
    OldestFirst,
    /// As they arrive.
    AsRead,
}

/// Which parts of a call are wanted. A part that a list holds anyway is there
/// whether wanted or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    /// What was said.
    pub transcript: bool,
    /// Where the recording is.
    pub recording: bool,
    /// Summary, extraction, outcome.
    pub analysis: bool,
    /// Latency, quality and cost.
    pub metrics: bool,
}

impl Detail {
    /// What the list holds, and nothing that costs more.
    pub const LIGHT: Self =
        Self { transcript: false, recording: false, analysis: false, metrics: false };
    /// Everything.
    pub const FULL: Self =
        Self { transcript: true, recording: true, analysis: true, metrics: true };
}

impl Query {
    /// Whether `call` is wanted: the meaning of every filter.
    pub fn matches(&self, call: &Call) -> bool {
        self.reaches(call) && self.fields().all(|field| self.matches_field(field, call))
    }

    /// Whether `call` is wanted as far as [`lookback_floor`](Self::lookback_floor) is
    /// concerned.
    pub(crate) fn reaches(&self, call: &Call) -> bool {
        self.lookback_floor
            .is_none_or(|lookback_floor| call.started_at.is_none_or(|at| at >= lookback_floor))
    }

    /// Whether `call` is wanted as far as `field` is concerned.
    pub fn matches_field(&self, field: Field, call: &Call) -> bool {
        match field {
            Field::StartedAt => {
                self.since.is_none_or(|since| call.started_at.is_some_and(|at| at >= since))
                    && self.until.is_none_or(|until| call.started_at.is_some_and(|at| at < until))
            }
            Field::Direction => {
                wanted(&self.direction, |word| call.direction.as_ref() == Some(word))
            }
            Field::Status => wanted(&self.status, |word| call.status == *word),
            Field::Phone => wanted(&self.phone, |number| {
                is_number_of(number, call.from.as_ref()) || is_number_of(number, call.to.as_ref())
            }),
            Field::Agent => wanted(&self.agent, |text| is_called(text, call.agent.as_ref())),
            Field::Contact => wanted(&self.contact, |id| call.contact_id.as_ref() == Some(id)),
            Field::Campaign => {
                wanted(&self.campaign, |text| is_called(text, call.campaign.as_ref()))
            }
        }
    }

    /// The fields this query filters by. [`lookback_floor`](Self::lookback_floor) is none of
    /// them: it bounds how much is read.
    pub fn fields(&self) -> impl Iterator<Item = Field> {
        [
            (Field::StartedAt, self.since.is_some() || self.until.is_some()),
            (Field::Direction, self.direction.is_some()),
            (Field::Status, self.status.is_some()),
            (Field::Phone, self.phone.is_some()),
            (Field::Agent, self.agent.is_some()),
            (Field::Contact, self.contact.is_some()),
            (Field::Campaign, self.campaign.is_some()),
        ]
        .into_iter()
        .filter_map(|(field, asked)| asked.then_some(field))
    }
}

fn wanted<T>(part: &Option<T>, holds: impl FnOnce(&T) -> bool) -> bool {
    part.as_ref().is_none_or(holds)
}

fn is_number_of(wanted: &PhoneNumber, party: Option<&Party>) -> bool {
    let Some(number) = party.and_then(|party| party.number.as_ref()) else {
        return false;
    };
    match (&wanted.e164, &number.e164) {
        (Some(a), Some(b)) => a == b,
        _ => wanted.raw.trim() == number.raw.trim(),
    }
}

fn is_called(wanted: &str, entity: Option<&Entity>) -> bool {
    let Some(entity) = entity else {
        return false;
    };
    entity.id.as_deref() == Some(wanted)
        || entity.name.as_deref().is_some_and(|name| name.to_lowercase() == wanted.to_lowercase())
}

#[cfg(test)]
#[path = "tests/query.rs"]
mod tests;
