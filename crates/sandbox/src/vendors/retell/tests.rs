use super::*;
use crate::registry::retell::VENDOR;
use crate::reply::{Request, segments};
use crate::{Dataset, DatasetOptions};

fn dataset() -> Dataset {
    Dataset::new(DatasetOptions { records: 120, ..DatasetOptions::default() })
}

fn send(dataset: &Dataset, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let text = if body.is_null() { String::new() } else { body.to_string() };
    let request = http::Request::builder().method(method).uri(path);
    let request = request.header("authorization", "Bearer sandbox-key");
    let request: Request = request.body(text.into()).unwrap();
    let parts = segments(path);
    let response =
        respond(&VendorRequest::new(dataset, &VENDOR, "http://sandbox.test", &request, parts));
    (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap())
}

fn search(dataset: &Dataset, body: Value) -> Value {
    let (status, page) = send(dataset, "POST", "/v3/list-calls", &body);
    assert_eq!(status, 200, "{page}");
    page
}

fn column<'a>(page: &'a Value, name: &str) -> Vec<&'a Value> {
    page["items"].as_array().unwrap().iter().map(|call| &call[name]).collect()
}

#[test]
fn key_of_a_page_leads_to_the_next_in_either_order() {
    let dataset = dataset();
    for (order, is_ascending) in [("ascending", true), ("descending", false)] {
        let (mut starts, mut key) = (Vec::new(), Value::Null);
        loop {
            let mut body = json!({ "limit": 50, "sort_order": order });
            if !key.is_null() {
                body["pagination_key"] = key;
            }
            let page = search(&dataset, body);
            starts.extend(
                column(&page, "start_timestamp").into_iter().map(|at| at.as_i64().unwrap()),
            );
            assert!(page.get("total").is_none(), "nobody asked for it");
            key = page.get("pagination_key").cloned().unwrap_or_default();
            assert_eq!(page["has_more"], json!(!key.is_null()));
            if key.is_null() {
                break;
            }
        }
        assert_eq!(starts.len(), 120);
        assert!(starts.is_sorted_by(|a, b| (a < b) == is_ascending));
    }
}

#[test]
fn total_is_announced_on_request_and_ignores_the_page() {
    let dataset = dataset();
    let page = search(&dataset, json!({ "limit": 3, "skip": 5, "include_total": true }));
    assert_eq!((column(&page, "call_id").len(), &page["total"]), (3, &json!(120)));
    let first = search(&dataset, json!({ "limit": 8 }));
    assert_eq!(column(&page, "call_id"), column(&first, "call_id")[5..]);
    assert_eq!(search(&dataset, Value::Null)["items"].as_array().unwrap().len(), 50);
}

#[test]
fn conditions_are_joined_by_and() {
    let dataset = dataset();
    let all = search(&dataset, json!({ "limit": 120 }));
    let is = |call: &Value| {
        call["direction"] == "inbound" && call["call_analysis"]["call_successful"] == true
    };
    let expected = all["items"].as_array().unwrap().iter().filter(|call| is(call)).count();
    let found = search(
        &dataset,
        json!({ "limit": 120, "filter_criteria": {
        "direction": { "type": "enum", "op": "in", "value": ["inbound"] },
        "call_successful": { "type": "boolean", "op": "eq", "value": true },
    } }),
    );
    assert_eq!(column(&found, "call_id").len(), expected);
    assert!(expected > 3);
    let starts = column(&all, "start_timestamp");
    let range = json!({ "type": "range", "op": "bt", "value": [starts[20], starts[10]] });
    let found = search(&dataset, json!({ "filter_criteria": { "start_timestamp": range } }));
    assert_eq!(column(&found, "start_timestamp"), starts[10..=20]);
    let agent = &all["items"][0]["agent_id"];
    let found =
        search(&dataset, json!({ "filter_criteria": { "agent": [{ "agent_id": agent }] } }));
    assert!(column(&found, "agent_id").into_iter().all(|id| id == agent));
}

#[test]
fn request_that_is_not_valid_is_refused() {
    let dataset = dataset();
    let bad = |op: &str| json!({ "direction": { "type": "enum", "op": op, "value": "inbound" } });
    for body in [
        json!({ "limit": 0 }),
        json!({ "limit": 1001 }),
        json!({ "limit": "ten" }),
        json!({ "skip": 1, "pagination_key": "k" }),
        json!({ "sort_order": "sideways" }),
        json!({ "filter_criteria": bad("in") }),
        json!({ "filter_criteria": bad("bt") }),
        json!({ "filter_criteria": { "mood": { "type": "present", "op": "pr" } } }),
    ] {
        let (status, response) = send(&dataset, "POST", "/v3/list-calls", &body);
        assert_eq!((status, &response["status"]), (400, &json!("error")), "{body}");
    }
    assert_eq!(send(&dataset, "GET", "/v3/list-calls", &Value::Null).0, 404);
    let (status, response) = send(&dataset, "GET", "/v2/get-call/call_00", &Value::Null);
    assert_eq!(status, 422, "{response}");
}

#[test]
fn single_call_alone_has_the_transcripts() {
    let dataset = dataset();
    let all = search(&dataset, json!({ "limit": 120 }));
    let mut spoken = 0;
    for listed in all["items"].as_array().unwrap() {
        let id = listed["call_id"].as_str().unwrap();
        let (status, single) = send(&dataset, "GET", &format!("/v2/get-call/{id}"), &Value::Null);
        assert_eq!(status, 200);
        let mut rest = single.clone();
        rest.as_object_mut().unwrap().retain(|name, _| !name.contains("transcript"));
        assert_eq!(rest, *listed);
        spoken += usize::from(rest != single);
        assert_eq!(listed["call_type"] == "web_call", listed.get("access_token").is_some());
    }
    assert!(spoken > 60, "{spoken}");
}
