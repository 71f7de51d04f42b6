//! A request to one vendor, parsed, and the list pages it selects.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::ops::RangeInclusive;

use chrono::{DateTime, SecondsFormat, Utc};
use http::Method;
use serde_json::Value;

use crate::calendar::instant;
use crate::compact_call::CompactCall;
use crate::dataset::{Dataset, VendorData};
use crate::fault::Fault;
use crate::list_faults::{PageRows, ServedPage};
use crate::paging::{PageToken, PagingParams};
use crate::record_faults::with_faults;
use crate::reply::{self, Request};
use crate::truth::Truth;
use crate::vendor::VendorProfile;

/// A request to one vendor, and what is needed to answer it.
pub(crate) struct VendorRequest<'a> {
    pub(crate) dataset: &'a Dataset,
    pub(crate) vendor: &'static VendorProfile,
    /// The server's own URL, without a slash at its end.
    pub(crate) base: &'a str,
    pub(crate) http: &'a Request,
    path: Vec<String>,
    query: Vec<(String, String)>,
    served: RefCell<ServedPage>,
}

/// Why a parameter is not a number that the vendor takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadNumber {
    NotInteger,
    TooSmall,
    TooLarge,
}

/// Which calls are requested, and in which order.
#[derive(Default)]
pub(crate) struct ListQuery<'a> {
    /// `None` selects all.
    pub(crate) filter: Option<&'a dyn Fn(&CompactCall) -> bool>,
    /// The sort key; `None` is the start, by which the calls are sorted already.
    pub(crate) key: Option<&'a dyn Fn(&CompactCall) -> i64>,
    pub(crate) ascending: bool,
    /// In a list by page or offset, the positions before the page. In a list by token or key, the
    /// request itself tells where the page starts.
    pub(crate) skip: usize,
    pub(crate) take: usize,
}

/// Calls of one page.
pub(crate) struct CallPage {
    pub(crate) calls: Vec<Truth>,
    /// Number of calls on all pages, as announced.
    pub(crate) total: usize,
    /// What selects the page that follows: its number, offset, token or key. `None` on the last.
    pub(crate) next: Option<String>,
    /// Number of positions of all pages, empty ones included.
    pub(crate) positions: usize,
}

impl<'a> VendorRequest<'a> {
    /// Parses a request; `path` is what follows the vendor's name.
    pub(crate) fn new(
        dataset: &'a Dataset,
        vendor: &'static VendorProfile,
        base: &'a str,
        http: &'a Request,
        path: Vec<String>,
    ) -> Self {
        let (query, served) = (reply::query(http), RefCell::default());
        Self { dataset, vendor, base, http, path, query, served }
    }

    /// The parts of the path below the vendor's prefix.
    pub(crate) fn path(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    pub(crate) fn is_post(&self) -> bool {
        self.http.method() == Method::POST
    }

    /// A query parameter; the first of several.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        let pair = self.query.iter().find(|(key, _)| key == name)?;
        Some(&pair.1)
    }

    /// A number in the query; `default` without the parameter.
    pub(crate) fn number(
        &self,
        name: &str,
        default: usize,
        range: RangeInclusive<usize>,
    ) -> Result<usize, BadNumber> {
        let Some(text) = self.param(name) else { return Ok(default) };
        match text.parse::<i64>() {
            Err(_) => Err(BadNumber::NotInteger),
            Ok(number) => match usize::try_from(number) {
                Ok(number) if number > *range.end() => Err(BadNumber::TooLarge),
                Ok(number) if number >= *range.start() => Ok(number),
                _ => Err(BadNumber::TooSmall),
            },
        }
    }

    /// A header's text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.http.headers().get(name)?.to_str().ok()
    }

    /// Whether all credentials are present and valid.
    pub(crate) fn is_authorized(&self) -> bool {
        self.vendor.headers.iter().all(|(name, value)| self.header(name) == Some(value))
    }

    /// The vendor's calls.
    pub(crate) fn data(&self) -> &'a VendorData {
        self.dataset.data(self.vendor)
    }

    /// A call by its id.
    pub(crate) fn find(&self, id: &str) -> Option<Truth> {
        self.dataset.find(self.vendor.name, id)
    }

    /// A call's record with its faults.
    pub(crate) fn body(&self, call: &Truth, record: Value) -> Value {
        with_faults(record, self.vendor, call)
    }

    /// The size of a page for which `size` calls are requested: less under a `page-cap`.
    pub(crate) fn page_size(&self, size: usize) -> usize {
        let list_faults = &self.data().list_faults;
        if list_faults.is_capped(size) {
            self.served.borrow_mut().faults.push(Fault::PageCap);
        }
        list_faults.page_size(size)
    }

    /// The records of a page with their faults.
    pub(crate) fn bodies(&self, page: &CallPage, record: impl Fn(&Truth) -> Value) -> Vec<Value> {
        page.calls.iter().map(|call| self.body(call, record(call))).collect()
    }

    /// The page in the response; empty if it is not a list.
    pub(crate) fn into_served(self) -> ServedPage {
        self.served.into_inner()
    }

    /// The calls of a page. Without any, the request is [rejected](ServedPage::is_rejected), if its
    /// token or key is none.
    pub(crate) fn select(&self, query: &ListQuery<'_>) -> CallPage {
        let all = &self.data().calls;
        let selected = self.selected(query);
        let total = selected.as_ref().map_or(all.len(), Vec::len);
        let list_faults = &self.data().list_faults;
        let old = if query.ascending { 0 } else { list_faults.old_first(total) };
        let start = self.start(query, selected.as_deref(), total, old);
        self.served.borrow_mut().is_rejected = start.is_none();
        let (skip, token) = start.unwrap_or((total, None));
        let is_empty = token.is_some_and(|token| !token.follows_empty)
            && list_faults.is_empty_after_token(skip, total);
        let (rows, row_fault) = match is_empty {
            true => (PageRows { rows: (skip, skip), next: skip }, Some(Fault::EmptyPage)),
            false => list_faults.page_rows(skip, query.take, total),
        };
        let (from, to) = rows.rows;
        // The oldest rows come first, then the others in their order.
        let first = (from.min(old), to.min(old));
        let then = (from.max(old), to.max(old));
        let ranges = [(total - old + first.0, total - old + first.1), (then.0 - old, then.1 - old)];
        let mut page: Vec<&CompactCall> = Vec::with_capacity(to - from);
        for (start, end) in ranges {
            match &selected {
                Some(selected) => page.extend(&selected[start..end]),
                None if query.ascending => {
                    page.extend(all[total - end..total - start].iter().rev())
                }
                None => page.extend(&all[start..end]),
            }
        }
        let wrong = list_faults.wrong_total(total, query.filter.is_some());
        let announced = wrong.map_or(total, |(total, _)| total);
        let mut served = self.served.borrow_mut();
        // The last page of a list by key has a call each time it is requested. A list that changed
        // after each would never end.
        let is_end = matches!(self.vendor.paging, PagingParams::Key { .. }) && to == total;
        if !is_end {
            served.serials = page.iter().map(|call| call.serial).collect();
        }
        served.faults.extend(row_fault);
        served.faults.extend(wrong.map(|(_, fault)| fault));
        served.faults.extend((first.1 > first.0 && old < total).then_some(Fault::OldRowFirst));
        let positions = announced.saturating_add(list_faults.positions(total) - total);
        let next = match self.vendor.paging {
            PagingParams::Page { first, .. } => {
                let number = query.skip.checked_div(query.take).unwrap_or_default() + 1;
                let is_last = number.saturating_mul(query.take) >= positions;
                (!is_last).then(|| (number + first).to_string())
            }
            PagingParams::Offset { .. } => (rows.next < positions).then(|| rows.next.to_string()),
            // A token or a key leads on as long as there are calls, whatever is announced.
            PagingParams::Token { .. } if to < total => {
                let token = match page.last() {
                    Some(call) => Some(PageToken { after: call.serial, follows_empty: false }),
                    None => token.map(|token| PageToken { follows_empty: true, ..token }),
                };
                token.map(|token| token.to_text(self.data().rng))
            }
            PagingParams::Key { .. } if to < total => page.last().map(|call| {
                let key = instant(self.key(query, call));
                key.to_rfc3339_opts(SecondsFormat::AutoSi, true)
            }),
            PagingParams::Token { .. } | PagingParams::Key { .. } => None,
        };
        CallPage {
            calls: page.iter().map(|call| self.dataset.materialize(self.vendor, call)).collect(),
            total: announced,
            next,
            positions,
        }
    }

    /// The positions before the page, and the token that leads to it; `None` for a token or key
    /// that is none.
    fn start(
        &self,
        query: &ListQuery<'_>,
        selected: Option<&[&CompactCall]>,
        total: usize,
        old: usize,
    ) -> Option<(usize, Option<PageToken>)> {
        let paging = self.vendor.paging;
        if !paging.is_chained() {
            return Some((query.skip, None));
        }
        let Some(position) = paging.position(self.http) else {
            return Some((0, None));
        };
        // How many calls of the list come before the first for which `precedes` is false.
        let before = |precedes: &dyn Fn(&CompactCall) -> bool| match selected {
            Some(selected) => selected.partition_point(|call| precedes(call)),
            None if query.ascending => {
                let calls = &self.data().calls;
                total - calls.partition_point(|call| !precedes(call))
            }
            None => self.data().calls.partition_point(precedes),
        };
        if let PagingParams::Key { is_inclusive, .. } = paging {
            let key = position.parse::<DateTime<Utc>>().ok()?.timestamp_micros();
            let precedes = |call: &CompactCall| {
                let own = self.key(query, call);
                (own == key && !is_inclusive) || if query.ascending { own < key } else { own > key }
            };
            return Some((before(&precedes), None));
        }
        let data = self.data();
        let token = PageToken::parse(&position, data.rng)?;
        let rank = data.rank(token.after);
        let listed = data.position(rank).map(|index| &data.calls[index]);
        let deleted = || data.deleted.iter().map(|(call, _)| call);
        let last = listed.or_else(|| deleted().find(|call| call.serial == token.after))?;
        let order = |call: &CompactCall| {
            let key = query.key.map_or(call.started, |key| key(call));
            (Reverse((key, call.started)), data.rank(call.serial))
        };
        let precedes = |call: &CompactCall| match query.ascending {
            true => order(call) >= order(last),
            false => order(call) <= order(last),
        };
        let through = before(&precedes);
        // The oldest rows come first, then the others.
        let skip = if through > total - old { through + old - total } else { through + old };
        Some((skip, Some(token)))
    }

    /// The key of a call, as precise as the vendor's times are.
    fn key(&self, query: &ListQuery<'_>, call: &CompactCall) -> i64 {
        self.vendor.grid.snap(query.key.map_or(call.started, |key| key(call)))
    }

    /// The filtered and sorted calls; `None` for all calls in their usual order.
    fn selected(&self, query: &ListQuery<'_>) -> Option<Vec<&'a CompactCall>> {
        if query.filter.is_none() && query.key.is_none() {
            return None;
        }
        let all = self.data().calls.iter();
        let mut selected: Vec<&CompactCall> =
            all.filter(|call| query.filter.is_none_or(|filter| filter(call))).collect();
        if let Some(key) = query.key {
            // Arrived calls may share a start; those stay in the order of the list.
            selected.sort_by_key(|call| std::cmp::Reverse((key(call), call.started)));
        }
        if query.ascending {
            selected.reverse();
        }
        Some(selected)
    }
}

#[cfg(test)]
#[path = "tests/chained_lists.rs"]
mod tests;
