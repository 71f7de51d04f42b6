//! What a vendor's list of calls can do, as data.
//!
//! Belongs here: the shape of the summary. The summaries themselves stand
//! in each vendor's file, one constant for each list it offers; how they are
//! acted upon is the business of whoever reads.

pub use callfold_transport::StopRule;
use callfold_transport::{ListMetadata, ListOrder, PagingStyle};
use serde::Serialize;

/// What one list of calls of one vendor can do. Everything a plan needs to
/// know is said here, so that nothing else has to know the vendor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Capability {
    /// The operation, as method and path.
    pub list: &'static str,
    /// How pages are addressed.
    pub paging: Paging,
    /// Records on a page when none is asked for.
    pub default_page_size: u32,
    /// The most records on a page; `None` when the vendor does not say.
    pub max_page_size: Option<u32>,
    /// The field of an answer that holds the number of all records; `None`
    /// when there is none, and whether an answer is complete cannot be known.
    pub total: Option<&'static str>,
    /// What tells that the list has ended.
    pub stop: StopRule,
    /// What the server filters by. Everything else is filtered after reading.
    pub filters: &'static [Filter],
    /// What a record of this list, and of the single record, never tells:
    /// a question about it cannot be answered.
    pub unavailable_fields: &'static [Field],
    /// What only the single record tells: a question about it costs one
    /// request for each call.
    pub detail_only: &'static [Field],
    /// In which order the records come.
    pub order: Ordering,
    /// Whether one call can be asked for.
    pub lookup: Lookup,
    /// What is more than the light record, and what it costs.
    pub detail: &'static [Detailing],
}

/// How pages are addressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "style")]
#[non_exhaustive]
pub enum Paging {
    /// A page number and a size.
    Page {
        /// The number of the first page.
        first: u64,
    },
    /// The number of records to skip, and how many to send.
    Offset,
    /// A token that the page before had.
    Token,
    /// The value of this field in the last record of the page before.
    Key {
        /// The field, by its path in a record.
        field: &'static str,
    },
}

impl Paging {
    /// Whether records that arrive or vanish shift what follows.
    pub(crate) fn can_shift(self) -> bool {
        matches!(self, Self::Page { .. } | Self::Offset)
    }

    /// The style in a few words.
    pub fn in_words(self) -> String {
        match self {
            Self::Page { first } => format!("page, from {first}"),
            Self::Offset => "offset".to_owned(),
            Self::Token => "token".to_owned(),
            Self::Key { field } => format!("key {field}"),
        }
    }
}

/// A server-side filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Filter {
    /// What it filters by.
    pub field: Field,
    /// The parameter that carries it.
    pub parameter: &'static str,
    /// What it can compare.
    pub operators: &'static [Operator],
    /// Whether the list refuses to answer without it.
    pub required: bool,
    /// What of a query may be sent as this parameter.
    pub push: Push,
}

/// What of a query may be sent as a parameter: only what lets every call
/// through that [`Query`](crate::Query) lets through. Each call is compared
/// again after reading, so that sending less changes nothing but the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "sent")]
#[non_exhaustive]
pub enum Push {
    /// Nothing.
    NotPushed {
        /// Why, as a clause.
        why: &'static str,
    },
    /// The text as it is.
    Text,
    /// The text, where it is a UUID: it can be a name, which the vendor does
    /// not compare.
    Uuid,
    /// The time, moved outwards: whether the bound is included, or how exactly
    /// it is compared, is not stated.
    Time {
        /// By so many seconds.
        widen_by_s: u32,
    },
    /// One word, where the vendor has exactly one that means it.
    Words {
        /// Our word and the vendor's.
        words: &'static [(&'static str, &'static str)],
    },
}

/// What a call can be filtered by: the filters of [`Query`](crate::Query).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Field {
    /// When the call began.
    StartedAt,
    /// Who called whom.
    Direction,
    /// Where the call is in its life.
    Status,
    /// The telephone number of either party.
    Phone,
    /// The voice agent.
    Agent,
    /// The contact in the CRM.
    Contact,
    /// The outbound campaign.
    Campaign,
}

impl Field {
    /// The field in words, for a message.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StartedAt => "start time",
            Self::Direction => "direction",
            Self::Status => "status",
            Self::Phone => "phone number",
            Self::Agent => "agent",
            Self::Contact => "contact",
            Self::Campaign => "campaign",
        }
    }
}

/// What a filter can compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Operator {
    /// The same value.
    Equal,
    /// One of several values.
    OneOf,
    /// At this value or after it; whether at is included may be unstated.
    From,
    /// Before this value; whether at is included may be unstated.
    Until,
}

/// In which order records come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "order")]
#[non_exhaustive]
pub enum Ordering {
    /// The vendor does not say: all pages have to be read.
    Unknown,
    /// By start, newest first, as the vendor says or echoes in each answer.
    NewestFirst,
    /// By start, oldest first, as the vendor says.
    OldestFirst,
    /// By start in either direction, as asked for; newest first by default.
    Selectable {
        /// The parameter that names the field to sort by, and its value for
        /// the start.
        by: (&'static str, &'static str),
        /// The parameter that carries the direction.
        parameter: &'static str,
        /// Its value for the newest first.
        newest_first: &'static str,
        /// Its value for the oldest first.
        oldest_first: &'static str,
    },
}

impl Ordering {
    /// Whether the list can be had with the newest call first.
    pub fn newest_first(self) -> bool {
        matches!(self, Self::NewestFirst | Self::Selectable { .. })
    }
}

/// Whether one call can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "by")]
#[non_exhaustive]
pub enum Lookup {
    /// There is no such operation: the list is read until the call is found.
    Scan,
    /// By the id of the call.
    Id {
        /// The operation, as method and path.
        operation: &'static str,
    },
    /// By another identifier of the call: with the id alone the list is read
    /// where the operation does not know it.
    AlternateId {
        /// The operation, as method and path.
        operation: &'static str,
        /// The identifier's name in [`Call::alternate_ids`](callfold_unify::model::Call::alternate_ids).
        name: &'static str,
    },
}

/// One part of a call beyond the light record, and how it is had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Detailing {
    /// The part.
    pub part: Part,
    /// What it costs.
    pub cost: DetailCost,
}

/// A part of a call beyond the light record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Part {
    /// The telephone numbers of the parties.
    Numbers,
    /// The cost.
    Cost,
    /// What was said.
    Transcript,
    /// Where the recording is.
    Recording,
    /// The summary and the vendor's extraction.
    Analysis,
    /// Latency and quality.
    Metrics,
}

impl Part {
    /// The part in a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Numbers => "numbers",
            Self::Cost => "cost",
            Self::Transcript => "transcript",
            Self::Recording => "recording",
            Self::Analysis => "analysis",
            Self::Metrics => "metrics",
        }
    }
}

/// What a part of a call costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "cost")]
#[non_exhaustive]
pub enum DetailCost {
    /// Nothing: it is in the list.
    Inline,
    /// A parameter of the list.
    ListOption {
        /// The parameter and its value.
        option: &'static str,
    },
    /// One more request for each call.
    RequestPerCall {
        /// The operation, as method and path.
        operation: &'static str,
    },
}

impl Capability {
    /// What the vendor's spec says about a list. What else it can do is to be
    /// added: with this alone it has no filter, no lookup and no detail.
    pub const fn from_metadata(list: &ListMetadata) -> Self {
        Self {
            list: list.operation,
            paging: match list.paging.style() {
                PagingStyle::Numbered { first } => Paging::Page { first },
                PagingStyle::Token => Paging::Token,
                PagingStyle::Key { pointer, .. } => match pointer.split_at_checked(1) {
                    Some((_, field)) => Paging::Key { field },
                    None => Paging::Key { field: pointer },
                },
                _ => Paging::Offset,
            },
            default_page_size: list.default_page_size,
            max_page_size: list.max_page_size,
            total: list.total,
            stop: list.paging.stop_rule(),
            filters: &[],
            unavailable_fields: &[],
            detail_only: &[],
            order: match list.order {
                ListOrder::NewestFirst => Ordering::NewestFirst,
                ListOrder::OldestFirst => Ordering::OldestFirst,
                _ => Ordering::Unknown,
            },
            lookup: Lookup::Scan,
            detail: &[],
        }
    }

    /// The server-side filter on `field`, if there is one.
    pub fn filter(&self, field: Field) -> Option<&'static Filter> {
        self.filters.iter().find(|filter| filter.field == field)
    }

    /// Whether the list refuses to answer without this parameter.
    pub(crate) fn is_required(&self, parameter: &str) -> bool {
        self.filters.iter().any(|filter| filter.required && filter.parameter == parameter)
    }
}
