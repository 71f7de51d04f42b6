//! Options of the builder and what can be seen from outside.

use crate::vendor::{builder, client};
use callfold_test_support::raw_server::{RawServer, ServerAction, ok};
use callfold_transport::{ErrorKind, HttpClient, List, RequestOptions, ResumePoint};
use futures_util::StreamExt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const ITEM: &str = r#"{"id":"call-1"}"#;

#[tokio::test]
async fn own_http_client_is_used() {
    let server = RawServer::start(vec![ServerAction::Send(ok(ITEM))]).await;
    let mut headers = http::HeaderMap::new();
    headers.insert("x-from", "own".parse().unwrap());
    let http = HttpClient::build(HttpClient::builder().default_headers(headers)).unwrap();
    let client = builder(&server.url).with_client(http).build().unwrap();
    client.get_item("x").await.unwrap();
    assert!(server.requests()[0].contains("x-from: own\r\n"));
}

/// Answers in the place of a server: 429 first, then an item with what the request holds.
fn busy_once() -> HttpClient {
    let requests = AtomicUsize::new(0);
    HttpClient::from_fn(move |request| {
        let number = requests.fetch_add(1, Ordering::Relaxed);
        async move {
            let method = request.method();
            let key = request.headers()["x-api-key"].to_str().unwrap();
            let body = str::from_utf8(request.body()).unwrap();
            let name = format!("{number} {method} {} {key} {body}", request.uri());
            let text = serde_json::json!({"id": "call-1", "name": name}).to_string();
            let response = http::Response::builder().header("x-request-id", "r-7");
            let response = match number {
                0 => response.status(429).header("retry-after", "0"),
                _ => response.header("content-type", "application/json"),
            };
            response.body(text).unwrap()
        }
    })
}

#[tokio::test]
async fn function_answers_in_the_place_of_a_server() {
    let url = "https://api.example.com/v1";
    let client = builder(url).with_client(busy_once()).build().unwrap();
    let response = client.get_item("x").await.unwrap();
    assert_eq!(response.request_id().as_deref(), Some("r-7"));
    assert_eq!(client.stats().retries, 1);
    let item = response.into_inner();
    let name = item.get().unwrap().name.as_deref();
    assert_eq!(name, Some("1 GET https://api.example.com/v1/items/x sk-test-4f2a "));
}

#[tokio::test(start_paused = true)]
async fn function_that_never_answers_is_a_timeout() {
    let http = HttpClient::from_fn(|_| std::future::pending::<http::Response<&str>>());
    let client = builder("https://api.example.com").with_client(http).build().unwrap();
    let error = client.get_item("x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
}

#[tokio::test]
async fn function_sends_a_recording_behind_a_redirect() {
    let http = HttpClient::from_fn(|request| async move {
        let response = http::Response::builder();
        match request.uri().path() {
            "/files/a.wav" => response.status(302).header("location", "b.wav").body("").unwrap(),
            "/files/b.wav" if request.headers().get("x-api-key").is_none() => {
                response.body("RIFF").unwrap()
            }
            _ => response.status(404).body("").unwrap(),
        }
    });
    let client = builder("https://api.example.com").with_client(http).build().unwrap();
    let url = "https://api.example.com/files/a.wav";
    let recording = client.download(url, &ResumePoint::START).await.unwrap();
    let pieces: Vec<_> = recording.into_inner().map(Result::unwrap).collect().await;
    assert_eq!(pieces.concat(), b"RIFF");
}

#[tokio::test]
async fn requests_go_through_the_proxy() {
    let proxy = RawServer::start(vec![ServerAction::Send(ok(ITEM))]).await;
    let client =
        builder("http://api.example.com").allow_http(true).proxy(&proxy.url).build().unwrap();
    client.get_item("x").await.unwrap();
    assert!(proxy.requests()[0].starts_with("get http://api.example.com/items/x http/1.1"));
}

#[tokio::test]
async fn the_user_agent_can_be_replaced() {
    let server = RawServer::start(vec![ServerAction::Send(ok(ITEM))]).await;
    let client = builder(&server.url).user_agent("nightly-report/2").build().unwrap();
    client.get_item("x").await.unwrap();
    assert!(server.requests()[0].contains("user-agent: nightly-report/2\r\n"));
}

#[tokio::test]
async fn path_in_the_base_url_is_kept() {
    let server = RawServer::start(vec![ServerAction::Send(ok(ITEM))]).await;
    client(&format!("{}/stem/", server.url)).get_item("x").await.unwrap();
    assert!(server.requests()[0].starts_with("get /stem/items/x http/1.1"));
}

fn own_client() -> HttpClient {
    HttpClient::build(HttpClient::builder()).unwrap()
}

#[tokio::test]
async fn time_limit_without_end_is_no_limit() {
    let server = RawServer::start(vec![ServerAction::Send(ok(ITEM))]).await;
    let options = RequestOptions::new().timeout(Duration::MAX);
    client(&server.url).with_options(options).get_item("x").await.unwrap();
}

#[test]
fn options_that_cannot_work_are_refused_by_name() {
    let url = "http://127.0.0.1:1";
    for (builder, words) in [
        (builder(url).rate(0.0), "rate must"),
        (builder(url).rate(f64::NAN), "rate must"),
        (builder(url).concurrency(0), "concurrency must"),
        (builder(url).timeout(Duration::ZERO), "timeout must"),
        (builder(url).stall_timeout(Duration::MAX), "stall_timeout must"),
        (builder(url).max_retry_after(Duration::MAX), "max_retry_after must"),
        (builder(url).backoff(Duration::ZERO, Duration::MAX), "backoff must"),
        (builder(url).with_client(own_client()).proxy("http://127.0.0.1:2"), "proxy and add_root"),
        (builder(url).max_body(0), "max_body and max_download must"),
        (builder(url).proxy("http://user:hunter2@"), "the proxy is not a usable URL"),
        (builder(url).add_root_certificate("not pem"), "the root certificate is not in PEM form"),
        (builder(url).user_agent("a\nb"), "the user agent has a character"),
        (builder("nonsense"), "the base URL is not an absolute URL"),
    ] {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().starts_with(words), "{error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}

#[tokio::test]
async fn counters_count_requests_and_retries() {
    let body = r#"{"data":[{"id":"a"},{"id":"b","count":"many"},{"id":null}],"pagination":{"has_more":false}}"#;
    let server =
        RawServer::start(vec![ServerAction::Reset, ServerAction::KeepAlive(ok(body))]).await;
    let client = client(&server.url);
    let records: Vec<_> = client.list_items().records().collect().await;
    assert_eq!(records.len(), 3);
    let stats = client.clone().stats();
    // The page, and the same page once more, which shows that it is the last.
    assert_eq!((stats.requests, stats.retries), (3, 1));
    assert_eq!((stats.records, stats.partly_decoded, stats.rejected), (6, 2, 2));
    assert_eq!(stats.bytes, 2 * body.len() as u64);
}
