//! Reading all pages returns every call once, newest first.

use std::collections::HashMap;

use super::{column, get_json, search, service};
use callfold_sandbox::{Dataset, DatasetOptions, RavanShape, Service};
use serde_json::{Value, json};

const RECORDS: usize = 523;

fn true_ids(service: &Service, vendor: &str) -> Vec<String> {
    service.dataset().truths(vendor).map(|call| call.id).collect()
}

/// Requests page after page until `page` returns none.
fn walk(mut page: impl FnMut(usize) -> (Vec<String>, bool)) -> Vec<String> {
    let mut all = Vec::new();
    for number in 0.. {
        let (ids, more) = page(number);
        all.extend(ids);
        if !more {
            break;
        }
        assert!(number < 1_000, "the pages do not end");
    }
    all
}

fn ids(items: &Value, pointer: &str) -> Vec<String> {
    column(items, pointer).into_iter().map(str::to_owned).collect()
}

#[test]
fn vaani_ends_when_has_next_is_false() {
    let service = service(RECORDS);
    for size in [1, 50, 100, 200] {
        let found = walk(|number| {
            let path = format!("/vaani/api/call-history?page={}&page_size={size}", number + 1);
            let page = get_json(&service, &path);
            assert_eq!(page["pagination"]["total_count"], RECORDS);
            assert_eq!(page["pagination"]["total_pages"], RECORDS.div_ceil(size));
            assert_eq!(page["pagination"]["has_previous"], number > 0);
            let more = page["pagination"]["has_next"] == true;
            (ids(&page["data"], "/call_id"), more)
        });
        assert_eq!(found, true_ids(&service, "vaani"));
    }
}

#[test]
fn vaani_page_beyond_the_last_is_empty() {
    let page = get_json(&service(10), "/vaani/api/call-history?page=99");
    assert_eq!(page["data"], json!([]));
    assert_eq!(page["pagination"]["has_next"], false);
    assert_eq!(page["pagination"]["has_previous"], true);
}

#[test]
fn ravan_sessions_end_with_an_empty_page() {
    let service = service(RECORDS);
    let found = walk(|number| {
        let path = format!("/ravan/api/v1/calling/call-sessions?page={}&page_size=100", number + 1);
        let page = get_json(&service, &path);
        assert!(page["data"].get("totalCount").is_none() && page.get("meta").is_none());
        let ids = ids(&page["data"]["callSessions"], "/id");
        let more = !ids.is_empty();
        (ids, more)
    });
    assert_eq!(found, true_ids(&service, "ravan"));
}

#[test]
fn ravan_shapes_have_the_same_calls() {
    for ravan_shape in [RavanShape::SnakeCase, RavanShape::CamelCaseWithTotal] {
        let options = DatasetOptions { ravan_shape, ..DatasetOptions::default() };
        let service = Service::new(Dataset::new(options), super::BASE);
        let found = walk(|number| {
            let path = format!("/ravan/api/v1/calling/call-sessions?page={}", number + 1);
            let page = get_json(&service, &path);
            let (items, total) = match ravan_shape {
                RavanShape::SnakeCase => (&page["data"], &page["meta"]["total"]),
                _ => (&page["data"]["callSessions"], &page["data"]["totalCount"]),
            };
            assert_eq!(*total, 200);
            let more = (number + 1) * 20 < 200;
            (ids(items, "/id"), more)
        });
        assert_eq!(found, true_ids(&service, "ravan"));
    }
}

#[test]
fn ravan_history_ends_at_its_total() {
    let service = service(RECORDS);
    let dataset = service.dataset();
    // The person who takes part most often.
    let mut times: HashMap<String, usize> = HashMap::new();
    for number in dataset.truths("ravan").filter_map(|call| call.customer.number) {
        *times.entry(number).or_default() += 1;
    }
    let (number, _) =
        times.into_iter().max_by_key(|(number, count)| (*count, number.clone())).unwrap();
    let found = walk(|page_number| {
        let path = format!(
            "/ravan/api/v1/calling/phone-history?phone=%2B{}&page={}&page_size=3",
            &number[1..],
            page_number + 1
        );
        let page = get_json(&service, &path);
        assert_eq!(page["phone"], number.as_str());
        assert_eq!(page["page_size"], 3);
        let more = (page_number as u64 + 1) * 3 < page["total_count"].as_u64().unwrap();
        (ids(&page["calls"], "/id"), more)
    });
    let expected: Vec<String> = dataset
        .truths("ravan")
        .filter(|call| call.customer.number.as_ref() == Some(&number))
        .map(|call| call.id)
        .collect();
    assert!(expected.len() > 3);
    assert_eq!(found, expected);
}

#[test]
fn vozagent_ends_with_a_short_page() {
    let service = service(RECORDS);
    for limit in [7, 50, 100] {
        let found = walk(|number| {
            let path = format!("/vozagent/v1/calls?limit={limit}&offset={}", number * limit);
            let page = ids(&get_json(&service, &path), "/id");
            let more = page.len() == limit;
            (page, more)
        });
        assert_eq!(found, true_ids(&service, "vozagent"));
    }
    assert_eq!(get_json(&service, "/vozagent/v1/calls?limit=0"), json!([]));
}

#[test]
fn agentvoice_ends_when_has_more_is_false() {
    let service = service(RECORDS);
    for limit in [1, 50, 100] {
        let found = walk(|number| {
            let path = format!("/agentvoice/api/calls?limit={limit}&offset={}", number * limit);
            let page = get_json(&service, &path);
            assert_eq!(page["pagination"]["total"], RECORDS);
            let more = page["pagination"]["has_more"] == true;
            (ids(&page["data"], "/id"), more)
        });
        assert_eq!(found, true_ids(&service, "agentvoice"));
    }
}

#[test]
fn zudu_counts_pages_from_zero_by_get_and_post() {
    let service = service(RECORDS);
    for post in [false, true] {
        let found = walk(|number| {
            let page = if post {
                search(&service, &json!({ "page": number, "limit": 60 }))
            } else {
                get_json(&service, &format!("/zudu/api/calls?page={number}&limit=60"))
            };
            let data = &page["data"];
            let ids = ids(&data["calls"], "/call_id");
            assert_eq!(data["returned_count"], ids.len());
            assert_eq!(data["pagination"]["total_count"], RECORDS);
            assert_eq!(data["pagination"]["has_previous_page"], number > 0);
            (ids, data["pagination"]["has_next_page"] == true)
        });
        assert_eq!(found, true_ids(&service, "zudu"));
    }
}

#[test]
fn default_page_sizes_are_documented_ones() {
    let service = service(RECORDS);
    let rows = [
        ("/vaani/api/call-history", "/data", 50),
        ("/ravan/api/v1/calling/call-sessions", "/data/callSessions", 20),
        ("/vozagent/v1/calls", "", 50),
        ("/agentvoice/api/calls", "/data", 50),
        ("/zudu/api/calls", "/data/calls", 20),
    ];
    for (path, pointer, size) in rows {
        let page = get_json(&service, path);
        let items = page.pointer(pointer).and_then(Value::as_array).unwrap();
        assert_eq!(items.len(), size, "{path}");
    }
}

#[test]
fn empty_dataset_returns_empty_lists() {
    let service = service(0);
    assert_eq!(get_json(&service, "/vaani/api/call-history")["data"], json!([]));
    assert_eq!(get_json(&service, "/vozagent/v1/calls"), json!([]));
    let page = get_json(&service, "/agentvoice/api/calls");
    assert_eq!(page["pagination"]["has_more"], false);
    let page = get_json(&service, "/zudu/api/calls");
    assert_eq!(page["data"]["pagination"]["has_next_page"], false);
}
