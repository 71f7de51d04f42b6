//! The rows of the table: a list operation of a vendor, what its pages look
//! like, and the lookup of one call that goes with it.

use super::callers::{Caller, Settings};
use super::leaks;
use callfold_test_support::fixtures;
use callfold_transport::Error;
use serde_json::{Value, json};
use std::ops::Range;
use std::sync::LazyLock;
use wiremock::Request;

/// One list operation of one vendor.
pub(crate) struct Row {
    pub(crate) vendor: &'static str,
    /// The operation, and the shape of its answer where it has two.
    pub(crate) name: &'static str,
    /// Whether pages say how many records there are.
    pub(crate) total: bool,
    /// Whether pages say that more follow.
    pub(crate) more: bool,
    /// Whether pages are numbered; if not, a number of records is skipped.
    pub(crate) numbered: bool,
    /// Records of a page that the client asks for unless told otherwise.
    pub(crate) page_size: u32,
    /// Where a page has its records, as a JSON pointer.
    pub(crate) items: &'static str,
    pub(crate) connect: fn(&Settings) -> Result<Box<dyn Caller>, Error>,
    pub(crate) page: fn(Vec<Value>, &AnnouncedPaging) -> Value,
    /// Reads the query and the body of a request.
    pub(crate) requested: fn(&str, &[u8]) -> RequestedPage,
    /// A record, and the answer of the lookup.
    pub(crate) fixtures: [&'static str; 2],
    pub(crate) id: &'static str,
}

/// Which records a request asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestedPage {
    start: Start,
    pub(crate) size: usize,
}

#[derive(Clone, Copy, Debug)]
enum Start {
    /// Pages before.
    Page(usize),
    /// Records before.
    Offset(usize),
}

impl RequestedPage {
    /// The records of a list of `count` that a vendor answers whose pages hold
    /// `cap` at most.
    pub(crate) fn range(self, count: usize, cap: usize) -> Range<usize> {
        self.sized(count, self.size.min(cap))
    }

    /// The records of a list of `count` that a vendor answers whose pages hold
    /// `size`, whatever is asked.
    pub(crate) fn sized(self, count: usize, size: usize) -> Range<usize> {
        let start = match self.start {
            Start::Page(index) => index * size,
            Start::Offset(offset) => offset,
        };
        start.min(count)..(start + size).min(count)
    }

    /// Whether this is the first page.
    pub(crate) fn is_first(self) -> bool {
        matches!(self.start, Start::Page(0) | Start::Offset(0))
    }
}

/// What a page says besides its records; without either it says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AnnouncedPaging {
    pub(crate) total: Option<usize>,
    pub(crate) more: Option<bool>,
}

impl AnnouncedPaging {
    /// The truth about a page of a list of `count`.
    pub(crate) fn truth(range: &Range<usize>, count: usize) -> Self {
        Self { total: Some(count), more: Some(range.end < count) }
    }

    pub(crate) fn is_silent(&self) -> bool {
        self.total.is_none() && self.more.is_none()
    }
}

impl Row {
    /// What a request asks for.
    pub(crate) fn requested(&self, request: &Request) -> RequestedPage {
        self.asked_by(request.url.query().unwrap_or_default(), &request.body)
    }

    /// What a request with this query and body asks for.
    pub(crate) fn asked_by(&self, query: &str, body: &[u8]) -> RequestedPage {
        (self.requested)(query, body)
    }

    /// A page of the records with these numbers.
    pub(crate) fn page(
        &self,
        numbers: impl IntoIterator<Item = usize>,
        announced: AnnouncedPaging,
    ) -> String {
        (self.page)(numbers.into_iter().map(|number| self.record(number)).collect(), &announced)
            .to_string()
    }

    /// The page of a list of `count` that answers a request truthfully.
    pub(crate) fn truth(&self, requested: RequestedPage, count: usize, cap: usize) -> String {
        let range = requested.range(count, cap);
        let announced = AnnouncedPaging::truth(&range, count);
        self.page(range, announced)
    }

    /// The only page of a list of `count`.
    pub(crate) fn complete(&self, count: usize) -> String {
        self.page(0..count, AnnouncedPaging::truth(&(0..count), count))
    }

    /// The page without anything around its records.
    pub(crate) fn bare(&self, numbers: Range<usize>) -> String {
        Value::Array(numbers.map(|number| self.record(number)).collect()).to_string()
    }

    /// The record with this number: the vendor's own sample under another id;
    /// after the first few, without what makes it slow to read.
    pub(crate) fn record(&self, number: usize) -> Value {
        let mut record = match number {
            0..3 => sample(self.vendor, self.fixtures[0], self.items),
            _ => json!({}),
        };
        record[self.id] = id(number).into();
        record["marker"] = leaks::BODY.into();
        record
    }

    /// The answer of the lookup.
    pub(crate) fn single(&self) -> String {
        let mut body = sample(self.vendor, self.fixtures[1], "");
        body["marker"] = leaks::BODY.into();
        body.to_string()
    }
}

/// The id of the record with this number.
pub(crate) fn id(number: usize) -> String {
    format!("call-{number:05}")
}

/// The first record of a fixture's page, or the whole body.
fn sample(vendor: &str, name: &str, items: &str) -> Value {
    type Known = Vec<(String, String, Value)>;
    static KNOWN: LazyLock<Known> = LazyLock::new(|| {
        let body = |fixture: &fixtures::Fixture| serde_json::from_str(fixture.payload()).ok();
        let of = |vendor: String| {
            let all = fixtures::load(&vendor).into_iter();
            all.filter_map(move |fixture| Some((vendor.clone(), fixture.name(), body(&fixture)?)))
        };
        crate::architecture::vendors().into_iter().flat_map(of).collect()
    });
    let found = KNOWN.iter().find(|(of, known, _)| of == vendor && known == name);
    let body = &found.unwrap_or_else(|| panic!("no fixture {vendor}/{name}")).2;
    match body.pointer(items) {
        Some(Value::Array(records)) => records[0].clone(),
        _ => body.clone(),
    }
}

fn number(query: &str, name: &str) -> usize {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let found = pairs.find(|(key, _)| *key == name).and_then(|(_, value)| value.parse().ok());
    found.unwrap_or_else(|| panic!("no number {name} in {query}"))
}

pub(crate) fn from_one(query: &str, _: &[u8]) -> RequestedPage {
    let start = Start::Page(number(query, "page") - 1);
    RequestedPage { start, size: number(query, "page_size") }
}

pub(crate) fn from_zero(query: &str, _: &[u8]) -> RequestedPage {
    RequestedPage { start: Start::Page(number(query, "page")), size: number(query, "limit") }
}

pub(crate) fn by_offset(query: &str, _: &[u8]) -> RequestedPage {
    RequestedPage { start: Start::Offset(number(query, "offset")), size: number(query, "limit") }
}

pub(crate) fn in_body(_: &str, body: &[u8]) -> RequestedPage {
    let body: Value = serde_json::from_slice(body).expect("the search is JSON");
    let number = |name: &str| body[name].as_u64().and_then(|n| n.try_into().ok()).expect("a page");
    RequestedPage { start: Start::Page(number("page")), size: number("limit") }
}
