//! A request to one vendor, parsed, and the list pages it selects.

use std::cell::RefCell;

use http::Method;
use serde_json::Value;

use crate::compact_call::CompactCall;
use crate::dataset::{Dataset, VendorData};
use crate::fault::Fault;
use crate::list_faults::ServedPage;
use crate::record_faults::with_faults;
use crate::reply::{self, Request};
use crate::truth::Truth;
use crate::vendor::Vendor;

/// A request to one vendor, and what is needed to answer it.
pub(crate) struct VendorRequest<'a> {
    pub(crate) dataset: &'a Dataset,
    pub(crate) vendor: &'static Vendor,
    /// The server's own URL, without a slash at its end.
    pub(crate) base: &'a str,
    pub(crate) http: &'a Request,
    path: Vec<String>,
    query: Vec<(String, String)>,
    served: RefCell<ServedPage>,
}

/// Which calls are requested, and in which order.
#[derive(Default)]
pub(crate) struct ListQuery<'a> {
    /// `None` selects all.
    pub(crate) filter: Option<&'a dyn Fn(&CompactCall) -> bool>,
    /// The sort key; `None` is the start, by which the calls are sorted already.
    pub(crate) key: Option<&'a dyn Fn(&CompactCall) -> i64>,
    pub(crate) ascending: bool,
    pub(crate) skip: usize,
    pub(crate) take: usize,
}

/// Calls of one page.
pub(crate) struct CallPage {
    pub(crate) calls: Vec<Truth>,
    /// Number of calls on all pages, as announced.
    pub(crate) total: usize,
    /// The position at which the next page starts.
    pub(crate) next: usize,
    /// Number of positions of all pages, empty ones included.
    pub(crate) positions: usize,
}

impl<'a> VendorRequest<'a> {
    /// Parses a request; `path` is what follows the vendor's name.
    pub(crate) fn new(
        dataset: &'a Dataset,
        vendor: &'static Vendor,
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

    /// The calls of a page.
    pub(crate) fn select(&self, query: &ListQuery<'_>) -> CallPage {
        let all = &self.data().calls;
        let selected = self.selected(query);
        let total = selected.as_ref().map_or(all.len(), Vec::len);
        let list_faults = &self.data().list_faults;
        let (rows, row_fault) = list_faults.page_rows(query.skip, query.take, total);
        let (from, to) = rows.rows;
        let old = if query.ascending { 0 } else { list_faults.old_first(total) };
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
        served.serials = page.iter().map(|call| call.serial).collect();
        served.faults.extend(row_fault);
        served.faults.extend(wrong.map(|(_, fault)| fault));
        served.faults.extend((first.1 > first.0 && old < total).then_some(Fault::OldRowFirst));
        CallPage {
            calls: page.iter().map(|call| self.dataset.materialize(self.vendor, call)).collect(),
            total: announced,
            next: rows.next,
            positions: announced.saturating_add(list_faults.positions(total) - total),
        }
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
