//! What is asked again, how often, how soon, and what is not.

use super::callers::Settings;
use super::rows::Row;
use super::{Call, MockServer, connect, each, each_call, leaks, own_server};
use callfold_transport::ErrorKind;
use serde_json::json;
use std::time::{Duration, Instant, SystemTime};
use wiremock::{Mock, Request, ResponseTemplate, matchers::any};

/// Answers `first` so many times, and then as it should be.
async fn first(
    response: ResponseTemplate,
    times: u64,
    row: &'static Row,
    call: Call,
) -> MockServer {
    let then = move |request: &Request| {
        let body = match call {
            Call::List => row.truth(row.requested(request), 2, usize::MAX),
            Call::Single => call.body(row),
        };
        ResponseTemplate::new(200).set_body_raw(body, "application/json")
    };
    let server = own_server().await;
    let mock = Mock::given(any()).respond_with(response).with_priority(1);
    mock.up_to_n_times(times).expect(times).mount(&server).await;
    let expect = call.requests(row) as u64;
    Mock::given(any()).respond_with(then).with_priority(2).expect(expect).mount(&server).await;
    server
}

/// Answers the same again and again, and expects so many requests.
async fn always(response: ResponseTemplate, expect: u64) -> MockServer {
    let server = own_server().await;
    Mock::given(any()).respond_with(response).expect(expect).mount(&server).await;
    server
}

/// A failure's body with all that must not show.
fn failure_body() -> String {
    let message = format!("no: key {} of {}", leaks::KEY, leaks::PHONE);
    json!({ "message": message, "data": { "name": leaks::BODY } }).to_string()
}

fn response(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(failure_body(), "application/json")
}

#[tokio::test]
async fn transient_status_is_retried() {
    each_call(async |row, call| {
        for status in [408, 429, 500, 502, 503, 504] {
            let server = first(response(status), 2, row, call).await;
            let caller = connect(row, &Settings::shared(server.uri()));
            let result = call.on(&*caller).await;
            assert!(result.is_ok(), "{call:?} after {status}: {result:?}");
            let stats = caller.stats();
            let requests = 2 + call.requests(row) as u64;
            assert_eq!((stats.requests, stats.retries), (requests, 2), "{call:?} after {status}");
        }
    })
    .await;
    assert!(leaks::lines() > 0, "nothing was traced, so nothing was looked at");
}

#[tokio::test]
async fn persistent_transient_status_is_an_error_of_its_kind() {
    use ErrorKind::{RateLimited, Timeout, Unavailable};
    each_call(async |row, call| {
        for (status, kind) in [(408, Timeout), (429, RateLimited), (500, Unavailable)] {
            let server = always(response(status), 3).await;
            let settings = Settings { retries: 2, ..Settings::shared(server.uri()) };
            let error = call.fails(&*connect(row, &settings)).await;
            assert_eq!((error.kind(), error.attempts()), (kind, 3), "{call:?} {error}");
            assert_eq!(error.http_status(), Some(status));
            assert_eq!(error.vendor(), Some(row.vendor));
            assert!(error.is_retryable());
        }
    })
    .await;
}

#[tokio::test]
async fn permanent_status_is_not_retried() {
    use ErrorKind::{Forbidden, InvalidRequest, NotFound, Unauthorized, Unavailable};
    let table = [
        (400, InvalidRequest),
        (401, Unauthorized),
        (402, Forbidden),
        (403, Forbidden),
        (404, NotFound),
        (405, InvalidRequest),
        (409, InvalidRequest),
        (410, NotFound),
        (422, InvalidRequest),
        (501, Unavailable),
        (505, Unavailable),
    ];
    each_call(async |row, call| {
        for (status, kind) in table {
            let server = always(response(status), 1).await;
            let error = call.fails(&*connect(row, &Settings::shared(server.uri()))).await;
            assert_eq!((error.kind(), error.attempts()), (kind, 1), "{call:?} {status}: {error}");
            assert_eq!(error.http_status(), Some(status), "{call:?}");
            assert!(error.message().is_some_and(|text| text.contains(leaks::PHONE)));
        }
    })
    .await;
}

/// Asks a list that returns 429 once, and tells how long it took.
async fn after(name: &'static str, value: String, least: Duration, most: Duration) {
    each(async |row| {
        let limited = response(429).insert_header(name, value.as_str());
        let server = first(limited, 1, row, Call::List).await;
        let caller = connect(row, &Settings::shared(server.uri()));
        let started = Instant::now();
        let result = Call::List.on(&*caller).await;
        let took = started.elapsed();
        assert!(result.is_ok(), "{name} {value}: {result:?}");
        assert!((least..most).contains(&took), "{name} {value}: {took:?}");
        assert_eq!(caller.stats().rate_limited, 1);
        assert!(caller.stats().waited >= least, "{name} {value}: {:?}", caller.stats().waited);
    })
    .await;
}

#[tokio::test]
async fn retry_after_is_honored_in_each_form() {
    let second = Duration::from_secs(1);
    let (soon, late) = (Duration::from_millis(150), 9 * second);
    let date = SystemTime::now() + 3 * second;
    let date = chrono::DateTime::<chrono::Utc>::from(date).format("%a, %d %b %Y %H:%M:%S GMT");
    tokio::join!(
        after("retry-after", "1".to_owned(), second, late),
        after("retry-after-ms", "150".to_owned(), soon, late),
        after("retry-after", "0.3".to_owned(), 2 * soon, late),
        // Whole seconds, and a little was used up before the request.
        after("retry-after", date.to_string(), second, late),
    );
}

#[tokio::test]
async fn retry_after_without_a_delay_is_ignored() {
    for (name, value) in [
        ("retry-after", "0"),
        ("retry-after", "-3"),
        ("retry-after-ms", "0"),
        ("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT"),
        ("retry-after", "soon"),
    ] {
        after(name, value.to_owned(), Duration::ZERO, Duration::from_secs(9)).await;
    }
}
