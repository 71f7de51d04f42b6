//! The rows of the table: a list operation of a vendor, what its pages look
//! like, and the lookup of one call that goes with it.

use super::callers::{Caller, Settings};
use super::leaks;
use callfold_test_support::fixtures;
use callfold_transport::Error;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use std::ops::Range;
use std::sync::LazyLock;
use wiremock::Request;

/// One list operation of one vendor.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) vendor: &'static str,
    /// The operation, and the shape of its response where it has two.
    pub(crate) name: &'static str,
    /// Whether pages say how many records there are.
    pub(crate) total: bool,
    /// Whether pages say that more follow.
    pub(crate) more: bool,
    pub(crate) paging: Paging,
    /// Records of a page that the client asks for unless told otherwise.
    pub(crate) page_size: u32,
    /// Where a page has its records, as a JSON pointer.
    pub(crate) items: &'static str,
    pub(crate) connect: fn(&Settings) -> Result<Box<dyn Caller>, Error>,
    pub(crate) page: fn(Vec<Value>, &AnnouncedPaging) -> Value,
    /// Reads the query and the body of a request.
    pub(crate) requested: fn(&str, &[u8]) -> RequestedPage,
    /// A record, and the response of the lookup.
    pub(crate) fixtures: [&'static str; 2],
    pub(crate) id: &'static str,
}

/// How the pages of a list are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paging {
    /// By their number.
    Page,
    /// By a number of records to skip.
    Offset,
    /// By the token that the page before has.
    Token,
    /// By the value of this member in the last record of the page before, which
    /// is on the next page again.
    Key(&'static str),
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
    /// So many records after so many.
    pub(crate) fn offset(offset: usize, size: usize) -> Self {
        Self { start: Start::Offset(offset), size }
    }

    /// So many records from where the token leads.
    pub(crate) fn token(token: Option<String>, size: usize) -> Self {
        let place = token.map(|token| token.strip_prefix("to-").and_then(|to| to.parse().ok()));
        Self::offset(place.map_or(0, |place| place.expect("a token of a page")), size)
    }

    /// So many records from the one that has the key.
    pub(crate) fn key(key: Option<String>, size: usize) -> Self {
        Self::offset(key.map_or(0, |key| number_of(&key)), size)
    }

    /// The records of a list of `count` that a vendor returns whose pages hold
    /// `cap` at most.
    pub(crate) fn range(self, count: usize, cap: usize) -> Range<usize> {
        self.sized(count, self.size.min(cap))
    }

    /// The records of a list of `count` that a vendor returns whose pages hold
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

/// What a page says besides its records; without total and flag it says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AnnouncedPaging {
    pub(crate) total: Option<usize>,
    pub(crate) more: Option<bool>,
    pub(crate) next: Next,
}

/// Where the token of a page leads.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Next {
    /// Behind its last record; an empty page has none.
    #[default]
    BehindRecords,
    /// To the record with this number.
    To(usize),
    /// It has none.
    Nowhere,
}

impl AnnouncedPaging {
    /// A total and a flag.
    pub(crate) fn new(total: Option<usize>, more: Option<bool>) -> Self {
        Self { total, more, next: Next::default() }
    }

    /// The truth about a page of a list of `count`.
    pub(crate) fn truth(range: &Range<usize>, count: usize) -> Self {
        let more = range.end < count;
        let next = if more { Next::To(range.end) } else { Next::Nowhere };
        Self { total: Some(count), more: Some(more), next }
    }

    /// The token of the next page.
    pub(crate) fn token(&self) -> Option<String> {
        match self.next {
            Next::To(number) => Some(format!("to-{number}")),
            Next::BehindRecords | Next::Nowhere => None,
        }
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
        let numbers: Vec<_> = numbers.into_iter().collect();
        let next = match (announced.next, numbers.last()) {
            (Next::BehindRecords, Some(last)) => Next::To(last + 1),
            (next, _) => next,
        };
        let records = numbers.into_iter().map(|number| self.record(number)).collect();
        (self.page)(records, &AnnouncedPaging { next, ..announced }).to_string()
    }

    /// The page of a list of `count` that answers a request truthfully.
    pub(crate) fn truth(&self, requested: RequestedPage, count: usize, cap: usize) -> String {
        let range = requested.range(count, cap);
        let announced = AnnouncedPaging::truth(&range, count);
        self.page(range, announced)
    }

    /// The pages of a list of `count` by token or key, as first record and the
    /// one behind the last, with the page that shows the end.
    pub(crate) fn chain(&self, count: usize, size: usize) -> Vec<(usize, usize)> {
        let (mut pages, mut start, mut seen) = (Vec::new(), 0, 0);
        loop {
            let end = (start + size).min(count);
            pages.push((start, start + size));
            match self.paging {
                Paging::Token if end == count => return pages,
                // The last record of the page before is all there is.
                Paging::Key(_) if end == seen => return pages,
                _ => {}
            }
            seen = end;
            start = if self.paging == Paging::Token { end } else { end.saturating_sub(1) };
        }
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
        if let Paging::Key(name) = self.paging {
            record[name] = key(number).into();
        }
        record
    }

    /// The response of the lookup.
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

/// The start of the first record; each of the others is a second older.
const NEWEST: &str = "2026-04-21T12:00:00Z";

/// The key of the record with this number.
fn key(number: usize) -> String {
    let newest: DateTime<Utc> = NEWEST.parse().expect("a time");
    let at = newest - TimeDelta::seconds(number.try_into().expect("a number of records"));
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The number of the record with this key.
fn number_of(key: &str) -> usize {
    let newest: DateTime<Utc> = NEWEST.parse().expect("a time");
    let at: DateTime<Utc> = key.parse().expect("the key of a record");
    (newest - at).num_seconds().try_into().expect("a record before the first")
}

/// A parameter of a query; `None` without a value.
pub(crate) fn text(query: &str, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.into_owned())
}

/// A number in a query.
pub(crate) fn number(query: &str, name: &str) -> usize {
    let found = text(query, name).and_then(|value| value.parse().ok());
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
    RequestedPage::offset(number(query, "offset"), number(query, "limit"))
}

pub(crate) fn in_body(_: &str, body: &[u8]) -> RequestedPage {
    let body: Value = serde_json::from_slice(body).expect("the search is JSON");
    let number = |name: &str| body[name].as_u64().and_then(|n| n.try_into().ok()).expect("a page");
    RequestedPage { start: Start::Page(number("page")), size: number("limit") }
}

#[test]
fn tokens_and_keys_lead_from_page_to_page() {
    let any = super::callers::rows().next().expect("a vendor");
    for paging in [Paging::Token, Paging::Key("started_at")] {
        let page = |records: Vec<Value>, announced: &AnnouncedPaging| json!({ "calls": records, "next": announced.token() });
        let row = Row { paging, page, ..*any };
        for count in [0, 1, 9, 10, 11, 19, 20, 45] {
            let mut position = None;
            for (start, end) in row.chain(count, 10) {
                let requested = match paging {
                    Paging::Token => RequestedPage::token(position, 10),
                    _ => RequestedPage::key(position, 10),
                };
                let page: Value =
                    serde_json::from_str(&row.truth(requested, count, 99)).expect("a page");
                let records = page["calls"].as_array().expect("the records");
                let ids: Vec<_> = records.iter().map(|record| record[row.id].clone()).collect();
                let expected: Vec<_> = (start..end.min(count)).map(id).collect();
                assert_eq!(ids, expected, "{paging:?} of {count}");
                let next = match paging {
                    Paging::Token => &page["next"],
                    _ => records.last().map_or(&Value::Null, |last| &last["started_at"]),
                };
                position = next.as_str().map(str::to_owned);
            }
            assert_eq!(position.is_none(), paging == Paging::Token || count == 0);
        }
    }
}
