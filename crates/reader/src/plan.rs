//! How one source answers a query: what its server is asked for, and what is
//! left to do here.
//!
//! The plan is what reading follows and what is shown to a user; there is no
//! second description of it. Which parts of it are safe for a vendor is said
//! by its [`Capability`](crate::Capability); no vendor is named here.

mod explain;
mod split;

pub(crate) use split::{Standing, at_once, plan};

use crate::{DetailCost, Field, Order, Paging, Part, StopRule};
use serde::Serialize;

/// Seconds that a list in order may be out of order, and that it is read
/// beyond a bound.
pub(crate) const OVERLAP_S: i64 = 600;
/// Rows that a list whose order is only observed is read beyond a bound.
pub(crate) const OVERLAP_ROWS: u64 = 50;
/// Calls of one source that are collected at most, unless the query says.
pub const MAX_SORTED: usize = 50_000;
/// Requests for single calls that run at once.
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
    /// What the server is asked to filter by.
    pub pushed: Vec<Pushed>,
    /// What is compared after reading. What is pushed is compared again.
    pub filtered_here: Vec<FilteredHere>,
    /// What the vendor's records do not tell: with any, nothing is asked.
    pub impossible: Vec<Field>,
    /// How the calls come into the order of the query.
    pub order: OrderStrategy,
    /// What ends reading before the list does.
    pub early_stop: Vec<EarlyStop>,
    /// Parameters that choose order and detail: name and value.
    pub options: Vec<(&'static str, String)>,
    /// The parts beyond the light record that were asked for.
    pub detail: Vec<DetailStep>,
    /// What it will take.
    pub expected: Expected,
    /// Whether the records themselves are wanted.
    #[serde(skip)]
    pub(crate) raw: bool,
    /// How pages are addressed.
    #[serde(skip)]
    pub paging: Paging,
    /// What tells that the list has ended.
    #[serde(skip)]
    pub stop: StopRule,
    /// The order that the vendor states for the list as it is asked for.
    #[serde(skip)]
    pub(crate) stated_order: Option<Order>,
}

/// A filter that the server applies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pushed {
    /// What it filters by.
    pub field: Field,
    /// The parameter.
    pub parameter: &'static str,
    /// Its value; of a telephone number only the first and last digits are
    /// serialised.
    #[serde(serialize_with = "masked")]
    pub value: Value,
    /// Seconds by which a time was moved outwards.
    pub widen_by_s: u32,
}

/// The value of a parameter.
#[derive(Clone, PartialEq, Eq)]
pub struct Value {
    text: String,
    is_number: bool,
}

impl Value {
    /// The value as it is sent.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The value as it may be shown.
    pub fn shown(&self) -> String {
        match self.is_number {
            true => callfold_unify::model::PhoneNumber::new(self.text.as_str()).masked(),
            false => self.text.clone(),
        }
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.shown().fmt(f)
    }
}

fn masked<S: serde::Serializer>(value: &Value, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&value.shown())
}

/// A filter that is applied after reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FilteredHere {
    /// What it filters by.
    pub field: Field,
    /// Why the server is not asked to, as a clause.
    pub why: &'static str,
}

/// How the calls of a source come into the order of the query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "by")]
#[non_exhaustive]
pub enum OrderStrategy {
    /// Not at all: they are handed on as they come.
    AsRead,
    /// The list has it; a call is held back until the list is this far past it.
    List {
        /// Seconds.
        overlap_s: i64,
    },
    /// The wanted calls are collected and sorted here.
    Sorting {
        /// More of them are an error.
        at_most: usize,
    },
    /// Only as many as the limit are kept, always the first of those read.
    Keeping {
        /// The limit.
        calls: usize,
    },
}

/// What ends reading before the list does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub struct EarlyStop {
    /// What the rest of the list has to lie beyond.
    pub bound: Bound,
    /// Whether the list's order is stated by the vendor. Where it is not,
    /// every row so far must have kept it, and more rows are read beyond.
    pub documented: bool,
    /// Seconds that are read beyond the bound.
    pub overlap_s: i64,
    /// Rows that are read beyond the bound.
    pub overlap_rows: u64,
}

/// What the rest of a list can lie beyond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// The beginning of the time asked for, in a list that is newest first.
    Since,
    /// As far back as is asked for, in a list that is newest first.
    LookbackFloor,
    /// The end of the time asked for, in a list that is oldest first.
    Until,
    /// The last of the calls that the limit leaves.
    Limit,
}

/// A part beyond the light record, and how it is had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DetailStep {
    /// The part.
    pub part: Part,
    /// How; `None` where the vendor does not tell it.
    pub cost: Option<DetailCost>,
}

/// What reading will take, as far as it is known before any request.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Expected {
    /// Records on a page.
    pub page_size: u32,
    /// Pages asked for at once.
    pub at_once: usize,
    /// Lists that are read one after the other.
    pub lists: usize,
    /// Requests for a thousand records of the list.
    pub requests_per_1000: u64,
    /// Whether each record that passes the other filters takes one more
    /// request, because the list does not tell what is filtered by.
    pub request_per_candidate: bool,
    /// Whether each call that is handed on takes one more request.
    pub request_per_call: bool,
    /// Requests for the whole answer, where the limit decides; never more
    /// unless calls are filtered here.
    pub requests_for_limit: Option<u64>,
    /// Requests that may start in a second.
    pub rate: f64,
    /// Seconds a thousand records of the list take at that rate, without
    /// requests for single calls.
    pub seconds_per_1000: f64,
}

impl SourcePlan {
    /// The parameters for one of the plan's lists, without those of paging.
    pub fn parameters(&self, list: usize) -> impl Iterator<Item = (&'static str, &str)> {
        let repeated = |one: &Pushed| {
            self.pushed.iter().filter(|other| other.parameter == one.parameter).count() > 1
        };
        let mut turn = 0;
        let pushed = self.pushed.iter().filter(move |one| {
            if !repeated(one) {
                return true;
            }
            turn += 1;
            turn == list + 1
        });
        let pushed = pushed.map(|one| (one.parameter, one.value.as_str()));
        pushed.chain(self.options.iter().map(|(name, value)| (*name, value.as_str())))
    }

    /// What a request for each call brings, in a word: `transcript`, or
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

    /// Whether each call that is handed on takes a request of its own.
    pub(crate) fn needs_enrichment(&self) -> bool {
        self.expected.request_per_call
    }
}
