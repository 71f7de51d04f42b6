//! What a vendor's list of calls can do, as data.
//!
//! This file has the types. Each vendor's file has one [`Capability`] constant
//! for each list; the planner acts on it.

pub use callfold_transport::StopRule;
use callfold_transport::{ListMetadata, ListOrder, PagingStyle};
use serde::Serialize;

/// What one list of calls of one vendor can do: everything that a plan needs to
/// know about the vendor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Capability {
    /// The operation, as method and path.
    pub list: &'static str,
    /// How pages are addressed.
    pub paging: ListPaging,
    /// Records on a page by default.
    pub default_page_size: u32,
    /// The most records on a page; `None` when the vendor does not say.
    pub max_page_size: Option<u32>,
    /// The field of a response with the number of all records; `None` when there
    /// is none, so that completeness cannot be checked.
    pub total: Option<&'static str>,
    /// What shows that the list has ended.
    pub stop: StopRule,
    /// What the server filters by. Everything else is filtered locally.
    pub filters: &'static [Filter],
    /// Fields that neither the list nor the single record has: a query that
    /// filters by one cannot be answered.
    pub unavailable_fields: &'static [FilterField],
    /// Fields that only the single record has: a query that filters by one takes
    /// one request for each call.
    pub detail_only: &'static [FilterField],
    /// The order of the records.
    pub order: Ordering,
    /// How to get a single call.
    pub lookup: Lookup,
    /// The parts of a call beyond the list record, and what they cost.
    pub detail: &'static [DetailSupport],
}

/// How pages are addressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "style")]
#[non_exhaustive]
pub enum ListPaging {
    /// A page number and a size.
    Page {
        /// The number of the first page.
        first: u64,
    },
    /// The number of records to skip, and how many to send.
    Offset,
    /// A token from the previous page.
    Token,
    /// The value of a field in the last record of the previous page.
    Key {
        /// The field, by its path in a record.
        field: &'static str,
    },
}

impl ListPaging {
    /// Whether records that arrive or vanish shift the pages behind them.
    pub fn can_shift(self) -> bool {
        matches!(self, Self::Page { .. } | Self::Offset)
    }

    /// The style in a few words.
    pub fn describe(self) -> String {
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
#[non_exhaustive]
pub struct Filter {
    /// What it filters by.
    pub field: FilterField,
    /// The parameter that carries it.
    pub parameter: &'static str,
    /// What it can compare.
    pub operators: &'static [Operator],
    /// Whether the list requires it.
    pub required: bool,
    /// What of a query may be sent as this parameter.
    pub push: Pushdown,
}

impl Filter {
    /// A filter that the list can do without.
    pub const fn new(
        field: FilterField,
        parameter: &'static str,
        operators: &'static [Operator],
        push: Pushdown,
    ) -> Self {
        Self { field, parameter, operators, required: false, push }
    }

    /// A filter that compares for equality.
    pub const fn equal(field: FilterField, parameter: &'static str, push: Pushdown) -> Self {
        Self::new(field, parameter, &[Operator::Equal], push)
    }
}

/// What of a query may be sent as a parameter. It must not hide a call that
/// matches the [`Query`](crate::Query). Each call is compared again after
/// reading, so that sending less only takes more time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "sent")]
#[non_exhaustive]
pub enum Pushdown {
    /// Nothing.
    NotPushed {
        /// Why, as a clause.
        why: &'static str,
    },
    /// The text as it is.
    Text,
    /// The text, if it is a UUID; otherwise it can be a name, which the vendor
    /// does not compare.
    Uuid,
    /// The time, moved outwards, where the vendor does not state whether the bound
    /// is included or how exactly it is compared.
    Time {
        /// By this many seconds.
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
pub enum FilterField {
    /// When the call began.
    StartedAt,
    /// Inbound or outbound.
    Direction,
    /// The state of the call.
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

impl FilterField {
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

/// The order of the records of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "order")]
#[non_exhaustive]
pub enum Ordering {
    /// The vendor states none: all pages have to be read.
    Unknown,
    /// By start, newest first, as the vendor states or echoes in each response.
    NewestFirst,
    /// By start, oldest first, as the vendor states.
    OldestFirst,
    /// By start in either direction, as requested; newest first by default.
    Selectable {
        /// The parameter that names the field to sort by, and its value for
        /// the start; `None` where the list is always sorted by the start.
        by: Option<(&'static str, &'static str)>,
        /// The parameter that carries the direction.
        parameter: &'static str,
        /// Its value for the newest first.
        newest_first: &'static str,
        /// Its value for the oldest first.
        oldest_first: &'static str,
    },
}

impl Ordering {
    /// Whether the list can be requested newest first.
    pub fn newest_first(self) -> bool {
        matches!(self, Self::NewestFirst | Self::Selectable { .. })
    }
}

/// How to get a single call.
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
}

impl Lookup {
    /// Whether an operation returns a single call by its id.
    pub fn is_by_id(self) -> bool {
        matches!(self, Self::Id { .. })
    }
}

/// A part of a call beyond the list record, and what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DetailSupport {
    /// The part.
    pub part: DetailPart,
    /// What it costs.
    pub cost: DetailCost,
}

impl DetailSupport {
    /// A part that the list has.
    pub const fn inline(part: DetailPart) -> Self {
        Self { part, cost: DetailCost::Inline }
    }

    /// A part that a parameter of the list adds.
    pub const fn list_option(part: DetailPart, option: &'static str) -> Self {
        Self { part, cost: DetailCost::ListOption { option } }
    }

    /// A part that takes one request for each call.
    pub const fn request(part: DetailPart, operation: &'static str) -> Self {
        Self { part, cost: DetailCost::RequestPerCall { operation } }
    }
}

/// A part of a call beyond the list record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DetailPart {
    /// The telephone numbers of the parties.
    Numbers,
    /// The cost.
    Cost,
    /// The transcript.
    Transcript,
    /// The address of the recording.
    Recording,
    /// The summary and the vendor's extraction.
    Analysis,
    /// Latency and quality.
    Metrics,
    /// Turn events, interruptions, use of tools.
    Diagnostics,
    /// What the call set off.
    Actions,
}

impl DetailPart {
    /// The part in a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Numbers => "numbers",
            Self::Cost => "cost",
            Self::Transcript => "transcript",
            Self::Recording => "recording",
            Self::Analysis => "analysis",
            Self::Metrics => "metrics",
            Self::Diagnostics => "diagnostics",
            Self::Actions => "actions",
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
    /// What the vendor's spec states about a list, without filters, lookup and
    /// detail.
    pub const fn from_metadata(list: &ListMetadata) -> Self {
        Self {
            list: list.operation,
            paging: match list.paging.style() {
                PagingStyle::Numbered { first } => ListPaging::Page { first },
                PagingStyle::Token => ListPaging::Token,
                PagingStyle::Key { pointer, .. } => match pointer.split_at_checked(1) {
                    Some((_, field)) => ListPaging::Key { field },
                    None => ListPaging::Key { field: pointer },
                },
                _ => ListPaging::Offset,
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
    pub fn filter(&self, field: FilterField) -> Option<&'static Filter> {
        self.filters.iter().find(|filter| filter.field == field)
    }

    /// Whether the list requires this parameter.
    pub(crate) fn is_required(&self, parameter: &str) -> bool {
        self.filters.iter().any(|filter| filter.required && filter.parameter == parameter)
    }
}
