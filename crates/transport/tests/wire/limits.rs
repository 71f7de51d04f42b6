//! Limits on time, size, pace and number.

use crate::vendor::{builder, client};
use callfold_test_support::raw_server::{RawServer, ServerAction, ok, truncated};
use callfold_transport::{ErrorKind, List, RequestOptions};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

const ITEM: &str = r#"{"id":"call-1"}"#;

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

#[tokio::test]
async fn silent_server_times_out_per_attempt() {
    let server = RawServer::start(vec![ServerAction::Stall(Vec::new())]).await;
    let client = builder(&server.url).attempt_timeout(ms(50)).retries(1).build().unwrap();
    let error = client.get_item("x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(server.requests().len(), 2);
    assert!(error.is_retryable());
    assert_eq!(
        error.to_string(),
        "acme get_item: timed out: no complete response within 50ms (after 2 attempts)"
    );
}

#[tokio::test]
async fn silent_attempt_is_retried() {
    let server =
        RawServer::start(vec![ServerAction::Stall(Vec::new()), ServerAction::Send(ok(ITEM))]).await;
    let client = builder(&server.url).attempt_timeout(ms(100)).build().unwrap();
    client.get_item("x").await.unwrap();
}

#[tokio::test]
async fn stalled_body_times_out() {
    // Within the body, and before it.
    for missing in [5, ITEM.len()] {
        let server =
            RawServer::start(vec![ServerAction::Stall(truncated(ok(ITEM), missing))]).await;
        let client = builder(&server.url).stall_timeout(ms(50)).retries(1).build().unwrap();
        let started = Instant::now();
        let error = client.get_item("x").await.unwrap_err();
        assert!((ms(100)..ms(4000)).contains(&started.elapsed()), "{:?}", started.elapsed());
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 2));
        assert_eq!(error.http_status(), Some(200));
        assert!(error.to_string().contains("the body stalled for 50ms"), "{error}");
    }
}

fn drip() -> ServerAction {
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n";
    ServerAction::Repeat(head.into(), b" ".to_vec(), ms(5))
}

#[tokio::test]
async fn body_that_drips_is_ended_by_the_attempt_limit() {
    let server = RawServer::start(vec![drip()]).await;
    let client = builder(&server.url)
        .stall_timeout(ms(1000))
        .attempt_timeout(ms(100))
        .retries(0)
        .build()
        .unwrap();
    let started = Instant::now();
    assert_eq!(client.get_item("x").await.unwrap_err().kind(), ErrorKind::Timeout);
    assert!(started.elapsed() < ms(900), "{:?}", started.elapsed());
}

#[tokio::test]
async fn the_whole_operation_is_limited() {
    for action in [drip(), ServerAction::Stall(Vec::new())] {
        let server = RawServer::start(vec![action]).await;
        let client = builder(&server.url).timeout(ms(150)).attempt_timeout(ms(60)).build().unwrap();
        let started = Instant::now();
        let error = client.get_item("x").await.unwrap_err();
        assert!(started.elapsed() < ms(900), "{:?}", started.elapsed());
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!((2..=3).contains(&server.requests().len()));
    }
}

#[tokio::test]
async fn request_can_have_its_own_time_limit() {
    let server = RawServer::start(vec![ServerAction::Stall(Vec::new())]).await;
    let client = client(&server.url).with_options(RequestOptions::new().timeout(ms(50)));
    let error = client.get_item("x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.to_string().contains("the operation's limit of 50ms was reached"), "{error}");
    assert!(error.is_retryable());
}

#[tokio::test]
async fn connecting_is_limited() {
    // A listener whose queue is full: further connections get no response.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut queue = Vec::new();
    while let Ok(stream) = std::net::TcpStream::connect_timeout(&address, ms(50)) {
        queue.push(stream);
        assert!(queue.len() < 10_000, "the queue never fills");
    }
    let client =
        builder(&format!("http://{address}")).connect_timeout(ms(50)).retries(0).build().unwrap();
    let error = client.get_item("x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.to_string().contains("connecting took too long"), "{error}");
}

#[tokio::test]
async fn body_larger_than_allowed_is_refused_by_its_length() {
    let server = RawServer::start(vec![ServerAction::Send(ok(&"x".repeat(2000)))]).await;
    let client = builder(&server.url).max_body(1000).build().unwrap();
    let error = client.get_item("x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert_eq!(server.requests().len(), 1);
    assert_eq!(client.stats().bytes, 0);
    assert_eq!(
        error.to_string(),
        "acme get_item: the response is too large: more than 1000 bytes, the limit of max_body \
         (200)"
    );
}

#[tokio::test]
async fn page_larger_than_allowed_is_requested_in_smaller_sizes() {
    let body = format!(r#"{{"data":[{{"id":"a","name":"{}"}}]}}"#, "x".repeat(2000));
    let chunked = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let chunked = [b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", chunked.as_bytes()];
    for (response, is_announced) in [(ok(&body), true), (chunked.concat(), false)] {
        let server = RawServer::start(vec![ServerAction::Send(response)]).await;
        let client = builder(&server.url).max_body(1000).build().unwrap();
        let error = client.list_items().pages().next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
        assert!(!error.is_retryable());
        // Of 20 records, and of 10, 5, 2 and 1.
        assert_eq!((error.http_status(), server.requests().len()), (Some(200), 5));
        assert_eq!(client.stats().bytes == 0, is_announced, "{:?}", client.stats());
    }
}

#[tokio::test]
async fn connections_are_reused() {
    let server = RawServer::start(vec![ServerAction::KeepAlive(ok(ITEM))]).await;
    let client = client(&server.url);
    for _ in 0..5 {
        client.get_item("x").await.unwrap();
    }
    assert_eq!((server.requests().len(), server.connections()), (5, 1));
}

/// Answers after a while, and notes when it was asked.
struct Slow {
    asked: Arc<Mutex<Vec<Instant>>>,
}

impl Respond for Slow {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        self.asked.lock().unwrap().push(Instant::now());
        ResponseTemplate::new(200).set_delay(ms(25)).set_body_raw(ITEM, "application/json")
    }
}

#[tokio::test]
async fn requests_at_once_are_limited_over_all_clones() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(Slow { asked: Arc::clone(&asked) }).mount(&server).await;
    let client = builder(&server.uri()).concurrency(3).build().unwrap();
    let tasks: Vec<_> = (0..12)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.get_item("x").await.map(drop) })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    // The fourth can only be asked once one of the first three was answered.
    let asked = asked.lock().unwrap();
    for (earlier, later) in asked.iter().zip(&asked[3..]) {
        assert!(*later - *earlier >= ms(25), "{:?}", *later - *earlier);
    }
    assert!(client.stats().waits >= 9, "{:?}", client.stats());
}

#[tokio::test]
async fn the_rate_is_limited_after_a_burst() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200).set_body_raw(ITEM, "application/json"))
        .mount(&server)
        .await;
    let client = builder(&server.uri()).rate(20.0).build().unwrap();
    let started = Instant::now();
    for _ in 0..26 {
        client.get_item("x").await.unwrap();
    }
    // 20 at once, 6 more at 50 ms each.
    assert!(started.elapsed() >= ms(290), "{:?}", started.elapsed());
}

/// Says in its first response that nothing is left for a while.
struct UsedUp {
    asked: Arc<Mutex<Vec<Instant>>>,
}

impl Respond for UsedUp {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        let mut asked = self.asked.lock().unwrap();
        asked.push(Instant::now());
        let remaining = if asked.len() == 1 { "0" } else { "9" };
        ResponseTemplate::new(200)
            .insert_header("x-ratelimit-limit", "10")
            .insert_header("x-ratelimit-remaining", remaining)
            .insert_header("x-ratelimit-reset", "0.2")
            .set_body_raw(ITEM, "application/json")
    }
}

#[tokio::test]
async fn quota_of_the_vendor_is_obeyed_before_it_refuses() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(UsedUp { asked: Arc::clone(&asked) }).mount(&server).await;
    let client = client(&server.uri());
    for _ in 0..3 {
        client.get_item("x").await.unwrap();
    }
    let asked = asked.lock().unwrap();
    assert!(asked[1] - asked[0] >= ms(190), "{:?}", asked[1] - asked[0]);
}

#[tokio::test]
async fn clients_with_the_same_key_share_a_rate() {
    let server = MockServer::start().await;
    let works = ResponseTemplate::new(200).set_body_raw(ITEM, "application/json");
    Mock::given(any()).respond_with(works).mount(&server).await;
    let [first, second] =
        [20.0, 30.0].map(|rate| builder(&server.uri()).rate(rate).build().unwrap());
    let started = Instant::now();
    for _ in 0..13 {
        first.get_item("x").await.unwrap();
        second.get_item("x").await.unwrap();
    }
    // 20 at once, 6 more at 50 ms each.
    assert!(started.elapsed() >= ms(290), "{:?}", started.elapsed());
}
