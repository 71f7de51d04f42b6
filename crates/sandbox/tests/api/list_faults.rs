//! Faults of lists: what pages hold, in which order, and what they announce.

use std::collections::BTreeSet;

use callfold_sandbox::{
    Dataset, DatasetOptions, Fault, Faults, Frequency, RavanShape, Sandbox, SandboxOptions, Service,
};
use serde_json::Value;

use super::raw_client::{Answer, ask};
use super::{BASE, SPOKEN, get, get_json};

const RECORDS: usize = 620;
const NUMBERED: [&str; 3] = ["vaani", "ravan", "zudu"];

/// A page of a list.
#[derive(Debug)]
struct Page {
    ids: Vec<String>,
    total: Option<u64>,
    more: Option<bool>,
}

/// The usual size of a page.
fn usual(vendor: &str) -> usize {
    if vendor == "vaani" { 200 } else { 100 }
}

/// The path of the page that starts at a position, a multiple of the size in a numbered list.
fn path(vendor: &str, place: usize, size: usize) -> String {
    let number = place / size;
    match vendor {
        "vaani" => format!("/vaani/api/call-history?page={}&page_size={size}", number + 1),
        "ravan" => {
            format!("/ravan/api/v1/calling/call-sessions?page={}&page_size={size}", number + 1)
        }
        "vozagent" => format!("/vozagent/v1/calls?offset={place}&limit={size}"),
        "agentvoice" => format!("/agentvoice/api/calls?offset={place}&limit={size}"),
        _ => format!("/zudu/api/calls?page={number}&limit={size}"),
    }
}

fn page(vendor: &str, page: &Value) -> Page {
    let (list, id, total, more) = match vendor {
        "vaani" => ("/data", "call_id", "/pagination/total_count", "/pagination/has_next"),
        "ravan" => ("/data/callSessions", "id", "/data/totalCount", "/none"),
        "vozagent" => ("", "id", "/none", "/none"),
        "agentvoice" => ("/data", "id", "/pagination/total", "/pagination/has_more"),
        _ => (
            "/data/calls",
            "call_id",
            "/data/pagination/total_count",
            "/data/pagination/has_next_page",
        ),
    };
    let records = page.pointer(list).unwrap().as_array().unwrap().iter();
    Page {
        ids: records.map(|record| record[id].as_str().unwrap().to_owned()).collect(),
        total: page.pointer(total).and_then(Value::as_u64),
        more: page.pointer(more).and_then(Value::as_bool),
    }
}

fn service(faults: &str, records: usize, ravan_shape: RavanShape) -> Service {
    let options = DatasetOptions { records, ravan_shape, ..DatasetOptions::default() };
    let mut dataset = Dataset::new(options);
    if !faults.is_empty() {
        dataset.set_faults(&faults.parse().unwrap());
    }
    Service::new(dataset, BASE)
}

fn ids(dataset: &Dataset, vendor: &str) -> Vec<String> {
    dataset.truths(vendor).map(|call| call.id).collect()
}

/// All pages, read until one is empty and announces no more.
fn pages(service: &Service, vendor: &str, size: usize) -> Vec<Page> {
    let (mut pages, mut place) = (Vec::new(), 0);
    loop {
        let next = page(vendor, &get_json(service, &path(vendor, place, size)));
        let rows = next.ids.len();
        if rows == 0 && next.more != Some(true) {
            return pages;
        }
        place += if NUMBERED.contains(&vendor) || rows == 0 { size } else { rows };
        pages.push(next);
        assert!(place < 9_999, "the pages do not end");
    }
}

fn all(pages: &[Page]) -> Vec<String> {
    pages.iter().flat_map(|page| page.ids.iter().cloned()).collect()
}

#[test]
fn old_row_first_puts_the_oldest_rows_before_the_newest() {
    for (faults, old) in [("old-row-first", 1), ("old-row-first=51", 51), ("old-row-first=10%", 62)]
    {
        let service = service(faults, RECORDS, RavanShape::default());
        for vendor in SPOKEN {
            let mut expected = ids(&service.dataset(), vendor);
            expected.rotate_right(old);
            let found = all(&pages(&service, vendor, usual(vendor)));
            assert_eq!(found, expected, "{vendor} {faults}");
        }
        let filtered = get_json(&service, "/vozagent/v1/calls?call_type=inbound&limit=3");
        let filtered = page("vozagent", &filtered).ids;
        let is_inbound = |id: &String| {
            let call = service.dataset().find("vozagent", id).unwrap();
            call.direction == Some(callfold_sandbox::Direction::Inbound)
        };
        let mut inbound = ids(&service.dataset(), "vozagent");
        inbound.retain(is_inbound);
        let first = if old == 62 { inbound.len() / 10 } else { old };
        inbound.rotate_right(first);
        assert_eq!(filtered, inbound[..3]);
        let oldest = get_json(&service, "/agentvoice/api/calls?order=asc&limit=5");
        let mut expected = ids(&service.dataset(), "agentvoice");
        expected.reverse();
        assert_eq!(page("agentvoice", &oldest).ids, expected[..5]);
    }
}

#[test]
fn short_pages_skip_no_row() {
    let service = service("short-page", RECORDS, RavanShape::default());
    for vendor in SPOKEN {
        let expected = ids(&service.dataset(), vendor);
        for size in [7, usual(vendor)] {
            let pages = pages(&service, vendor, size);
            assert_eq!(all(&pages), expected, "{vendor}");
            let short = pages.iter().position(|page| page.ids.len() < size).unwrap();
            assert!(short + 1 < pages.len(), "{vendor}: {short} of {}", pages.len());
            if size == usual(vendor) {
                assert_eq!((short, pages[2].ids.len()), (2, size / 2), "{vendor}");
            }
            for (number, page) in pages.iter().enumerate() {
                assert_eq!(page.total.unwrap_or(620), 620, "{vendor}");
                assert_eq!(page.more.unwrap_or(number + 1 < pages.len()), number + 1 < pages.len());
            }
        }
    }
}

#[test]
fn empty_page_announces_more() {
    for (faults, empty) in [("empty-page", 1..2), ("empty-page=every:1", 1..9)] {
        let service = service(faults, RECORDS, RavanShape::CamelCaseWithTotal);
        for vendor in ["vaani", "agentvoice", "zudu"] {
            let pages = pages(&service, vendor, usual(vendor));
            assert_eq!(all(&pages), ids(&service.dataset(), vendor), "{vendor}");
            for (number, page) in pages.iter().enumerate() {
                let is_empty = empty.contains(&number) && number % 2 == 1;
                assert!(
                    number >= empty.end || page.ids.is_empty() == is_empty,
                    "{vendor} {number}"
                );
                assert_eq!(page.total, Some(620));
            }
        }
        // It announces a total, from which a client can tell that an empty page is not the end.
        let second = page("ravan", &get_json(&service, &path("ravan", 100, 100)));
        let third = page("ravan", &get_json(&service, &path("ravan", 200, 100)));
        assert_eq!((second.ids.len(), second.total), (0, Some(620)));
        assert_eq!(third.ids, ids(&service.dataset(), "ravan")[100..200]);
        let vozagent = pages(&service, "vozagent", 100);
        assert!(vozagent[..6].iter().all(|page| page.ids.len() == 100));
    }
}

#[test]
fn wrong_totals_are_as_set_and_flags_agree() {
    for (faults, total) in [
        ("low-total", 186),
        ("low-total=300", 300),
        ("low-total=900", 620),
        ("high-total", 623),
        ("high-total=10%", 682),
        ("constant-total=500", 500),
        ("constant-total", 620),
    ] {
        let service = service(faults, RECORDS, RavanShape::CamelCaseWithTotal);
        for vendor in ["vaani", "ravan", "agentvoice", "zudu"] {
            let size = usual(vendor);
            for place in [0, 200, 600, 800] {
                let page = page(vendor, &get_json(&service, &path(vendor, place, size)));
                assert_eq!(page.total, Some(total as u64), "{vendor} {faults}");
                let (next, rows) = match vendor {
                    "agentvoice" => (place + page.ids.len(), page.ids.len()),
                    _ => (place + size, page.ids.len()),
                };
                assert_eq!(page.more.unwrap_or(next < total), next < total, "{vendor} {place}");
                assert_eq!(rows, size.min(620_usize.saturating_sub(place)), "{vendor}");
            }
        }
    }
}

#[tokio::test]
async fn constant_total_ignores_arrivals_and_deletions() {
    let options = SandboxOptions::default()
        .grow(Frequency::per_second(1.0))
        .delete(Frequency::per_second(3.0))
        .fault("constant-total")
        .unwrap();
    let sandbox = Sandbox::start(options).await.unwrap();
    let total = async || page("zudu", &ask(&sandbox, &path("zudu", 0, 100)).await.json()).total;
    assert_eq!(total().await, Some(200));
    sandbox.advance(std::time::Duration::from_secs(20));
    assert!(sandbox.dataset().truths("zudu").len() < 170);
    assert_eq!(total().await, Some(200));
    assert!(sandbox.stats().faults(Fault::ConstantTotal) > 0);
}

#[test]
fn page_cap_is_unannounced_and_loses_no_row() {
    for (faults, cap) in [("page-cap", 10), ("page-cap=3", 3)] {
        let service = service(faults, 101, RavanShape::default());
        for vendor in SPOKEN {
            let expected = ids(&service.dataset(), vendor);
            let mut found = Vec::new();
            for number in 0..101_usize.div_ceil(cap) {
                let place = if NUMBERED.contains(&vendor) { number * 100 } else { number * cap };
                let answer = get_json(&service, &path(vendor, place, 100));
                let page = page(vendor, &answer);
                assert_eq!(page.ids.len(), cap.min(101 - number * cap), "{vendor}");
                assert_eq!(page.more.unwrap_or(found.len() + cap < 101), found.len() + cap < 101);
                if vendor == "agentvoice" {
                    assert_eq!(answer["pagination"]["limit"], 100);
                }
                found.extend(page.ids);
            }
            assert_eq!(found, expected, "{vendor}");
        }
    }
}

/// Reads a list as a client that expects it not to change.
async fn read_naively(sandbox: &Sandbox, vendor: &str) -> (BTreeSet<String>, Vec<Option<u64>>) {
    let (mut found, mut totals) = (BTreeSet::new(), Vec::new());
    for number in 0.. {
        let answer = ask(sandbox, &path(vendor, number * 20, 20)).await.json();
        let page = page(vendor, &answer);
        if page.ids.is_empty() {
            break;
        }
        totals.push(page.total);
        found.extend(page.ids);
    }
    (found, totals)
}

#[tokio::test]
async fn calls_are_deleted_and_inserted_between_two_pages() {
    for (fault, inserts) in [(Fault::DeleteAndInsert, true), (Fault::DeleteOnly, false)] {
        for vendor in SPOKEN {
            let options = SandboxOptions::default().fault(fault.name()).unwrap();
            let sandbox = Sandbox::start(options).await.unwrap();
            let before: BTreeSet<_> = ids(&sandbox.dataset(), vendor).into_iter().collect();
            let from = sandbox.stats().epoch;
            let (found, totals) = read_naively(&sandbox, vendor).await;
            let to = sandbox.stats().epoch;
            let dataset = sandbox.dataset();
            let lasting = dataset.truths(vendor).filter(|call| call.added_epoch <= from);
            let lost = lasting.filter(|call| !found.contains(&call.id)).count();
            // Each page but the first lacks a call that existed before.
            assert!(lost >= totals.len() / 2, "{vendor} {fault}: {lost} of {totals:?}");
            let gone =
                dataset.deleted(vendor).filter(|call| call.deleted_epoch <= Some(to)).count();
            assert_eq!(gone, totals.len(), "{vendor}");
            let moved = sandbox.stats().calls[vendor];
            assert_eq!((moved.deleted, moved.added > 0), (gone as u64, inserts));
            assert_eq!(sandbox.stats().faults(fault), gone as u64);
            for (step, total) in totals.iter().enumerate() {
                let expected = if inserts { 200 } else { 200 - step as u64 };
                assert_eq!(total.unwrap_or(expected), expected, "{vendor} {fault}");
            }
            let ever =
                ids(&dataset, vendor).into_iter().chain(dataset.deleted(vendor).map(|one| one.id));
            let new = ever.filter(|id| !before.contains(id)).count();
            assert_eq!(new, if inserts { gone } else { 0 });
            assert!(
                callfold_sandbox::vendors()
                    .all(|other| { other == vendor || dataset.truths(other).len() == 200 })
            );
        }
    }
}

#[tokio::test]
async fn invalid_json_damages_only_the_records_that_truth_marks() {
    let sandbox = Sandbox::start(SandboxOptions::default().fault("odd-byte=every:30").unwrap());
    let sandbox = sandbox.await.unwrap();
    for vendor in SPOKEN {
        let dataset = sandbox.dataset();
        let damaged: Vec<bool> = dataset.truths(vendor).map(|call| call.faults.odd_byte).collect();
        assert!((0..200).all(|place| damaged[place] == (place % 30 == 29)), "{vendor}");
        for place in [0, 20, 40] {
            let answer = ask(&sandbox, &path(vendor, place, 20)).await;
            assert_eq!(answer.announced(), answer.body().len());
            let spoiled = damaged[place..place + 20].contains(&true);
            let read: Result<Value, _> = serde_json::from_slice(answer.body());
            assert_eq!(read.is_err(), spoiled, "{vendor} {place}");
        }
        assert_eq!(mended(&ask(&sandbox, &path(vendor, 0, 100)).await, vendor), {
            ids(&dataset, vendor)[..100].to_vec()
        });
    }
    sandbox.set_faults(Faults::none());
    ask(&sandbox, &path("zudu", 20, 20)).await.json();
}

/// The ids of a page after its invalid JSON was replaced.
fn mended(answer: &Answer, vendor: &str) -> Vec<String> {
    let text = std::str::from_utf8(answer.body()).unwrap();
    let text = text.replace(":NaN", ":0").replace(":Infinity", ":0");
    let text = text.replace('\n', " ").replace("\\x", "");
    page(vendor, &serde_json::from_str(&text).unwrap()).ids
}

#[test]
fn single_record_has_the_faults_of_the_listed_one() {
    let service = service("odd-byte=first:1", 50, RavanShape::default());
    let call = service.dataset().truths("vozagent").next().unwrap();
    let answer = get(&service, &format!("/vozagent/v1/calls/{}", call.id));
    assert!(serde_json::from_slice::<Value>(answer.body()).is_err());
    let other = service.dataset().truths("vozagent").nth(1).unwrap();
    get_json(&service, &format!("/vozagent/v1/calls/{}", other.id));
}
