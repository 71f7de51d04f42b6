//! The sandbox as its users see it: requests in, responses out.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as the tests themselves do")]

mod dataset;
mod errors;
mod faults;
mod filters;
mod list_faults;
mod moving;
mod paging;
mod raw_client;
mod readme;
mod recordings;
mod records;
mod refusals;
mod server;

use std::collections::BTreeSet;

use callfold_sandbox::{Dataset, DatasetOptions, HttpResponse, Request, Service};
use http::HeaderMap;
use serde_json::Value;

/// The base URL of the service in these tests.
const BASE: &str = "http://sandbox.test";

/// The vendors whose paths and pages these tests spell out.
const SPOKEN: [&str; 5] = ["vaani", "ravan", "vozagent", "agentvoice", "zudu"];

fn service(records: usize) -> Service {
    let options = DatasetOptions { records, ..DatasetOptions::default() };
    Service::new(Dataset::new(options), BASE)
}

/// The credentials of a vendor.
fn keys(vendor: &str) -> HeaderMap {
    let pairs: &[(&str, &str)] = match vendor {
        "vozagent" => &[("authorization", "Bearer sandbox-key")],
        "agentvoice" => &[("x-api-key", "sandbox-key"), ("x-organization-id", "sandbox-org")],
        "zudu" => &[("x-api-key", "sandbox-key"), ("x-api-secret", "sandbox-secret")],
        _ => &[("x-api-key", "sandbox-key")],
    };
    headers(pairs)
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()))
        .collect()
}

fn request(method: &str, path: &str, headers: HeaderMap, body: &str) -> Request {
    let mut request =
        http::Request::builder().method(method).uri(path).body(body.to_owned().into()).unwrap();
    *request.headers_mut() = headers;
    request
}

/// Sends a request with the vendor's keys.
fn get(service: &Service, path: &str) -> HttpResponse {
    let vendor = path.split('/').nth(1).unwrap();
    service.respond(&request("GET", path, keys(vendor), ""))
}

/// The JSON of a response that must have this status.
fn json_of(response: &HttpResponse, status: u16) -> Value {
    let body = String::from_utf8_lossy(response.body());
    assert_eq!(response.status(), status, "{body}");
    assert_eq!(response.headers()["content-type"], "application/json");
    serde_json::from_str(&body).unwrap()
}

fn get_json(service: &Service, path: &str) -> Value {
    json_of(&get(service, path), 200)
}

fn search(service: &Service, body: &Value) -> Value {
    let request = request("POST", "/zudu/api/calls", keys("zudu"), &body.to_string());
    json_of(&service.respond(&request), 200)
}

/// The strings at `pointer` of each item.
fn column<'a>(items: &'a Value, pointer: &str) -> Vec<&'a str> {
    let items = items.as_array().unwrap().iter();
    items.map(|item| item.pointer(pointer).and_then(Value::as_str).unwrap()).collect()
}

fn key_set(record: &Value) -> BTreeSet<&str> {
    let keys = record.as_object().unwrap().keys();
    keys.map(String::as_str).collect()
}

/// Percent-encodes a query value.
fn escape(text: &str) -> String {
    text.replace('+', "%2B").replace(' ', "%20").replace(':', "%3A")
}
