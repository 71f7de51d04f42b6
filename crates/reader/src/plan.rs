//! How one source answers a query: what its server filters, and what is
//! filtered locally.
//!
//! The plan is what reading executes and what a user is shown; there is no
//! second description of it. What is safe to send to a vendor comes from its
//! [`Capability`](crate::Capability); no vendor is named here.

mod display;
mod planner;

pub(crate) use planner::{PlanInput, plan};

use crate::{DetailCost, DetailPart, FilterField, ListPaging, Order, StopRule};
use callfold_unify::model::{PhoneNumber, Timestamp};
use chrono::SecondsFormat;
use serde::{Serialize, Serializer};
use std::{borrow::Cow, fmt};

/// Seconds by which rows may be out of order, and that a list is read beyond a
/// bound.
pub(crate) const OVERLAP_S: i64 = 600;
/// Rows that a list is read beyond a bound where its order is only observed.
pub(crate) const OVERLAP_ROWS: u64 = 50;
/// Most calls of one source that are sorted in memory, unless the query says.
pub const MAX_SORTED: usize = 50_000;
/// Most requests for single calls at once.
pub const MAX_CONCURRENT_LOOKUPS: usize = 8;

/// How one source answers a query.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SourcePlan {
    /// The vendor's name.
    pub vendor: &'static str,
    /// The name the user gave the source.
    pub account: String,
    /// The list that is read, as method and path.
    pub list: &'static str,
    /// What the server filters by.
    pub pushed: Vec<PushedFilter>,
    /// What is filtered after reading. What is pushed is compared again.
    pub filtered_locally: Vec<LocalFilter>,
    /// Fields that the vendor's records lack: with any, no request is sent.
    pub unsupported: Vec<FilterField>,
    /// How the calls get into the order of the query.
    pub order: OrderStrategy,
    /// What ends reading before the list does.
    pub early_stop: Vec<EarlyStop>,
    /// Parameters that choose order and detail: name and value.
    pub options: Vec<(&'static str, ParameterValue)>,
    /// The parts beyond the list record that the query asks for.
    pub detail: Vec<DetailStep>,
    /// The settings of the source that its records are read with, where they differ from the
    /// defaults: key and value. Phone numbers are only counted.
    pub mapping: Vec<(&'static str, String)>,
    /// What reading is expected to take.
    pub expected: PlanEstimate,
    /// Whether the query asks for the raw records.
    #[serde(skip)]
    pub(crate) raw: bool,
    /// How pages are addressed.
    #[serde(skip)]
    pub paging: ListPaging,
    /// What shows that the list has ended.
    #[serde(skip)]
    pub stop: StopRule,
    /// The order that the vendor states for the list as it is requested.
    #[serde(skip)]
    pub(crate) stated_order: Option<Order>,
}

/// A filter that the server applies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PushedFilter {
    /// What it filters by.
    pub field: FilterField,
    /// The parameter.
    pub parameter: &'static str,
    /// Its value.
    pub value: ParameterValue,
    /// Seconds by which a time was moved outwards.
    pub widen_by_s: u32,
}

/// The value of a parameter. `Display`, `Debug` and the serialised form show
/// only the first and last digits of a telephone number.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParameterValue {
    /// A text.
    Text(String),
    /// A telephone number.
    Phone(PhoneNumber),
    /// A time, in whole milliseconds.
    Time(Timestamp),
    /// A switch.
    Flag(bool),
}

impl ParameterValue {
    /// The value as text. For a telephone number it is not safe to log.
    pub fn to_text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => text.into(),
            Self::Phone(number) => number.as_str().into(),
            Self::Time(at) => at.to_rfc3339_opts(SecondsFormat::Millis, true).into(),
            Self::Flag(flag) => flag.to_string().into(),
        }
    }
}

impl fmt::Display for ParameterValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Phone(number) => f.write_str(&number.masked()),
            _ => f.write_str(&self.to_text()),
        }
    }
}

impl Serialize for ParameterValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A filter that is applied after reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LocalFilter {
    /// What it filters by.
    pub field: FilterField,
    /// Why the server does not apply it, as a clause.
    pub why: &'static str,
}

/// How the calls of a source get into the order of the query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "by")]
#[non_exhaustive]
pub enum OrderStrategy {
    /// Not at all: calls are emitted as they are read.
    Unordered,
    /// The list has the order; a call waits until the list is this far past it.
    StreamSorted {
        /// Seconds.
        overlap_s: i64,
    },
    /// All calls that match are collected and sorted.
    SortAll {
        /// More calls are an error.
        at_most: usize,
    },
    /// As many calls as the limit are kept, always the first of those read.
    TopN {
        /// The limit.
        calls: usize,
    },
}

/// What ends reading before the list does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub struct EarlyStop {
    /// What the rest of the list has to lie beyond.
    pub bound: StopBound,
    /// Whether the vendor states the list's order. Where it does not, every row
    /// so far must be in order, and more rows are read beyond the bound.
    pub documented: bool,
    /// Seconds that are read beyond the bound.
    pub overlap_s: i64,
    /// Rows that are read beyond the bound.
    pub overlap_rows: u64,
}

/// What the rest of a list can lie beyond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StopBound {
    /// [`Query::since`](crate::Query::since), in a list that is newest first.
    Since,
    /// [`Query::lookback_floor`](crate::Query::lookback_floor), in a list that
    /// is newest first.
    LookbackFloor,
    /// [`Query::until`](crate::Query::until), in a list that is oldest first.
    Until,
    /// The last call within the limit.
    Limit,
}

impl StopBound {
    /// The bound in words, for a message.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Since => "the start of the time range",
            Self::LookbackFloor => "the look-back",
            Self::Until => "the end of the time range",
            Self::Limit => "the last call within the limit",
        }
    }
}

/// A part of a call beyond the list record, and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DetailStep {
    /// The part.
    pub part: DetailPart,
    /// Where it comes from; `None` where the vendor does not have it.
    pub cost: Option<DetailCost>,
}

/// What reading is expected to take, as far as it is known before any request.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PlanEstimate {
    /// Records on a page.
    pub page_size: u32,
    /// Pages requested at once.
    pub prefetch: usize,
    /// Lists that are read one after the other.
    pub lists: usize,
    /// Requests for a thousand records of the list.
    pub requests_per_1000: u64,
    /// Whether each record that passes the other filters takes one more
    /// request, because the list lacks a field that is filtered by.
    pub request_per_candidate: bool,
    /// Whether each call that is emitted takes one more request.
    pub request_per_call: bool,
    /// Most requests for the whole answer, where the limit decides and nothing
    /// is filtered locally.
    pub requests_for_limit: Option<u64>,
    /// Requests that may start in a second: as configured, or at the start.
    pub rate: f64,
    /// Seconds for a thousand records of the list at that rate, without
    /// requests for single calls.
    pub seconds_per_1000: f64,
}

impl SourcePlan {
    /// The parameters for one of the plan's lists, without those of paging. A
    /// parameter that is pushed several times has one value in each list.
    pub fn parameters(&self, list: usize) -> impl Iterator<Item = (&'static str, &ParameterValue)> {
        let all = &self.pushed;
        let values =
            move |name| all.iter().filter(move |one: &&PushedFilter| one.parameter == name);
        let pushed = all.iter().filter(move |one| {
            let is_of_list = |value: &PushedFilter| std::ptr::eq(value, *one);
            values(one.parameter).count() == 1
                || values(one.parameter).nth(list).is_some_and(is_of_list)
        });
        let pushed = pushed.map(|one| (one.parameter, &one.value));
        pushed.chain(self.options.iter().map(|(name, value)| (*name, value)))
    }

    /// What a request for each call returns, in a word: `transcript`, or
    /// `details` where it is more.
    pub fn part_per_call(&self) -> &'static str {
        let is_per_call =
            |step: &&DetailStep| matches!(step.cost, Some(DetailCost::RequestPerCall { .. }));
        let mut parts = self.detail.iter().filter(is_per_call);
        match (parts.next(), parts.next()) {
            (Some(one), None) => one.part.as_str(),
            _ => "details",
        }
    }

    /// Whether each call that is emitted takes a request of its own.
    pub(crate) fn needs_enrichment(&self) -> bool {
        self.expected.request_per_call
    }
}
