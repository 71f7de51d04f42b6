//! Lists by token and by key, over the calls of a vendor that has neither.

use std::collections::BTreeSet;

use super::{ListQuery, VendorRequest};
use crate::compact_call::CompactCall;
use crate::hash_rng::HashRng;
use crate::list_faults::{ListFaults, ServedPage};
use crate::paging::PagingParams;
use crate::registry::vaani;
use crate::vendor::{PagingHints, VendorProfile};
use crate::{Dataset, DatasetOptions, Fault};

static BY_TOKEN: VendorProfile = paged(PagingParams::Token { parameter: "cursor", next: "/next" });
static BY_KEY: VendorProfile = paged(PagingParams::Key { parameter: "before", is_inclusive: true });
static BEHIND_KEY: VendorProfile =
    paged(PagingParams::Key { parameter: "before", is_inclusive: false });

const fn paged(paging: PagingParams) -> VendorProfile {
    VendorProfile { paging, page_size: SIZE, ..vaani::VENDOR }
}

const SIZE: usize = 10;
const HINTS: PagingHints = PagingHints { has_total: true, has_end: true };

fn dataset(vendor: &VendorProfile, faults: &str) -> Dataset {
    let options = DatasetOptions { records: 95, ..DatasetOptions::default() };
    let mut dataset = Dataset::new(options);
    if !faults.is_empty() {
        let data = dataset.vendors.iter_mut().find(|data| data.vendor.name == "vaani").unwrap();
        let faults = faults.parse().unwrap();
        data.list_faults = ListFaults::new(&faults, vendor, data.calls.len(), HINTS);
    }
    dataset
}

/// A page that was served, what selects the next, and the announced total.
struct Page {
    served: ServedPage,
    ids: Vec<String>,
    next: Option<String>,
    total: usize,
}

fn page(
    dataset: &Dataset,
    vendor: &'static VendorProfile,
    position: Option<&str>,
    query: &ListQuery<'_>,
) -> Page {
    let value = position.unwrap_or_default().replace(':', "%3A");
    let target = format!("/calls?{}={value}", vendor.paging.parameter());
    let http = http::Request::get(target).body(bytes::Bytes::new()).unwrap();
    let request = VendorRequest::new(dataset, vendor, "", &http, Vec::new());
    let take = request.page_size(query.take);
    let found = request.select(&ListQuery { take, ..*query });
    let ids = found.calls.iter().map(|call| call.id.clone()).collect();
    Page { served: request.into_served(), ids, next: found.next, total: found.total }
}

/// All pages; `between` changes the dataset after each.
fn pages(
    mut dataset: Dataset,
    vendor: &'static VendorProfile,
    query: &ListQuery<'_>,
    between: impl Fn(&Dataset, &Page) -> Option<Dataset>,
) -> Vec<Page> {
    let mut pages: Vec<Page> = Vec::new();
    loop {
        let position = pages.last().and_then(|page| page.next.as_deref());
        let next = page(&dataset, vendor, position, query);
        assert!(!next.served.is_rejected);
        let is_last = next.next.is_none();
        dataset = between(&dataset, &next).unwrap_or(dataset);
        pages.push(next);
        assert!(pages.len() < 99, "the pages do not end");
        if is_last {
            return pages;
        }
    }
}

/// The ids in the order of the pages, each once.
fn ids(pages: &[Page]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let all = pages.iter().flat_map(|page| &page.ids);
    all.filter(|id| seen.insert((*id).clone())).cloned().collect()
}

fn truth(dataset: &Dataset) -> Vec<String> {
    dataset.truths("vaani").map(|call| call.id).collect()
}

fn query<'a>() -> ListQuery<'a> {
    ListQuery { take: SIZE, ..ListQuery::default() }
}

#[test]
fn each_call_is_on_one_page() {
    for (vendor, requests) in [(&BY_TOKEN, 10), (&BEHIND_KEY, 10), (&BY_KEY, 11)] {
        let dataset = dataset(vendor, "");
        let all = pages(dataset.clone(), vendor, &query(), |_, _| None);
        assert_eq!(ids(&all), truth(&dataset), "{:?}", vendor.paging);
        assert_eq!(all.len(), requests, "{:?}", vendor.paging);
        // The last page of a list by key changes nothing, so that the list ends.
        let is_still = all[requests - 1].served.serials.is_empty();
        assert_eq!(is_still, matches!(vendor.paging, PagingParams::Key { .. }));
        // Oldest first, filtered, and by another key.
        let oldest = ListQuery { ascending: true, ..query() };
        let mut expected = truth(&dataset);
        expected.reverse();
        assert_eq!(ids(&pages(dataset.clone(), vendor, &oldest, |_, _| None)), expected);
        let filter = |call: &CompactCall| call.serial.is_multiple_of(3);
        for ascending in [false, true] {
            let some = ListQuery { filter: Some(&filter), ascending, ..query() };
            let mut expected = truth(&dataset).into_iter().step_by(3).collect::<Vec<_>>();
            if ascending {
                expected.reverse();
            }
            assert_eq!(ids(&pages(dataset.clone(), vendor, &some, |_, _| None)), expected);
            let key = |call: &CompactCall| call.ended;
            let by_end = ListQuery { key: Some(&key), ascending, ..query() };
            let found = pages(dataset.clone(), vendor, &by_end, |_, _| None);
            assert_eq!(ids(&found).len(), 95, "{:?}", vendor.paging);
        }
    }
}

#[test]
fn list_that_changes_keeps_its_places() {
    for vendor in [&BY_TOKEN, &BY_KEY, &BEHIND_KEY] {
        for insert in [false, true] {
            let begin = dataset(vendor, "");
            let found = pages(begin.clone(), vendor, &query(), |dataset, page| {
                // The last call of the page vanishes: the next page starts behind it.
                let last = *page.served.serials.last()?;
                dataset.with_mutation(vendor, &[last], insert, HashRng::new(7))
            });
            let found: BTreeSet<_> = ids(&found).into_iter().collect();
            // What was inserted is not asked for.
            let lost = truth(&begin).into_iter().filter(|id| !found.contains(id)).count();
            assert_eq!(lost, 0, "{:?}", vendor.paging);
        }
    }
}

#[test]
fn unknown_tokens_and_keys_are_rejected() {
    let data = dataset(&BY_TOKEN, "");
    let token = page(&data, &BY_TOKEN, None, &query()).next.unwrap();
    assert!(!page(&data, &BY_TOKEN, Some(&token), &query()).served.is_rejected);
    let mut other = token.clone().into_bytes();
    other[4] = if other[4] == b'0' { b'1' } else { b'0' };
    let other = String::from_utf8(other).unwrap();
    for position in ["7", "2026-01-01T00:00:00Z", &other] {
        let found = page(&data, &BY_TOKEN, Some(position), &query());
        assert!(found.served.is_rejected && found.ids.is_empty(), "{position}");
    }
    assert!(page(&data, &BY_KEY, Some(&token), &query()).served.is_rejected);
}

#[test]
fn list_faults_lose_no_call() {
    for (vendor, faults, shown) in [
        (&BY_TOKEN, "short-page", Some(Fault::ShortPage)),
        (&BY_TOKEN, "empty-page", Some(Fault::EmptyPage)),
        (&BY_TOKEN, "empty-page=every:1", Some(Fault::EmptyPage)),
        (&BY_TOKEN, "page-cap=3", Some(Fault::PageCap)),
        (&BY_TOKEN, "low-total", Some(Fault::LowTotal)),
        (&BY_TOKEN, "high-total", Some(Fault::HighTotal)),
        (&BY_TOKEN, "constant-total=40", Some(Fault::ConstantTotal)),
        (&BY_TOKEN, "old-row-first", Some(Fault::OldRowFirst)),
        (&BY_TOKEN, "old-row-first=51", Some(Fault::OldRowFirst)),
        (&BY_KEY, "short-page", Some(Fault::ShortPage)),
        (&BY_KEY, "page-cap=1", Some(Fault::PageCap)),
        (&BY_KEY, "low-total", Some(Fault::LowTotal)),
        (&BEHIND_KEY, "short-page", Some(Fault::ShortPage)),
        (&BEHIND_KEY, "page-cap=3", Some(Fault::PageCap)),
        // A page without a key leads nowhere, and an old key past all newer calls.
        (&BY_KEY, "empty-page", None),
        (&BY_KEY, "old-row-first", None),
        (&BEHIND_KEY, "empty-page", None),
    ] {
        let dataset = dataset(vendor, faults);
        let all = pages(dataset.clone(), vendor, &query(), |_, _| None);
        let mut expected = truth(&dataset);
        match faults {
            "old-row-first" if shown.is_some() => expected.rotate_right(1),
            "old-row-first=51" => expected.rotate_right(51),
            _ => {}
        }
        let what = format!("{faults} {:?}", vendor.paging);
        assert_eq!(ids(&all), expected, "{what}");
        let met: BTreeSet<_> = all.iter().flat_map(|page| page.served.faults.clone()).collect();
        assert_eq!(met.into_iter().collect::<Vec<_>>(), Vec::from_iter(shown), "{what}");
        let empty = all.iter().filter(|page| page.ids.is_empty()).count();
        let expected = match faults {
            "empty-page" if shown.is_some() => 1,
            "empty-page=every:1" => 5,
            _ => 0,
        };
        assert_eq!(empty, expected, "{what}");
        let total = match faults {
            "low-total" => 28,
            "high-total" => 98,
            "constant-total=40" => 40,
            _ => 95,
        };
        assert!(all.iter().all(|page| page.total == total), "{what}");
    }
}
