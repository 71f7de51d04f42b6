//! Connections that break, stall or drip.

use super::callers::Settings;
use super::{connect, each_call};
use callfold_test_support::raw_server::{
    RawServer, ServerAction, chunked, ok, response, truncated,
};
use callfold_transport::ErrorKind::{self, Decode, Transport};
use std::time::{Duration, Instant};

/// One way to break a response.
type Break = (&'static str, fn(&str) -> ServerAction, ErrorKind);

const BREAKS: [Break; 11] = [
    ("reset before the head", |_| ServerAction::Reset, Transport),
    ("closed without a response", |_| ServerAction::Send(Vec::new()), Transport),
    ("closed within the head", |body| ServerAction::Send(ok(body)[..30].to_vec()), Transport),
    ("body shorter than announced", |body| ServerAction::Send(truncated(ok(body), 20)), Transport),
    (
        "no body at all of what is announced",
        |body| ServerAction::Send(truncated(ok(body), body.len())),
        Transport,
    ),
    (
        "chunk without a size",
        |body| ServerAction::Send(chunked(format!("zz\r\n{body}").as_bytes())),
        Transport,
    ),
    (
        "chunk that ends early",
        |body| ServerAction::Send(chunked(format!("{:x}\r\n{body}", body.len() + 9).as_bytes())),
        Transport,
    ),
    (
        "chunks without an end",
        |body| ServerAction::Send(chunked(format!("{:x}\r\n{body}\r\n", body.len()).as_bytes())),
        Transport,
    ),
    (
        "damaged compression",
        |_| {
            ServerAction::Send(response(
                "200 OK",
                "content-encoding: gzip\r\n",
                b"\x1f\x8bnonsense",
            ))
        },
        Transport,
    ),
    ("empty body", |_| ServerAction::Send(ok("")), Decode),
    ("JSON that ends early", |body| ServerAction::Send(ok(&body[..body.len() - 1])), Decode),
];

#[tokio::test]
async fn broken_response_is_retried() {
    each_call(async |row, call| {
        let body = call.body(row);
        for (what, act, _) in BREAKS {
            let server = RawServer::start(vec![act(&body), call.good(row)]).await;
            let caller = connect(row, &Settings::shared(&server.url));
            let result = call.on(&*caller).await;
            assert!(result.is_ok(), "{call:?}, {what}: {result:?}");
            assert_eq!(server.connections(), 1 + call.requests(row), "{call:?}, {what}");
            assert_eq!(caller.stats().retries, 1, "{call:?}, {what}");
        }
    })
    .await;
}

#[tokio::test]
async fn persistently_broken_response_is_an_error_of_its_kind() {
    each_call(async |row, call| {
        let body = call.body(row);
        for (what, act, kind) in BREAKS {
            let server = RawServer::start(vec![act(&body)]).await;
            let settings = Settings { retries: 2, ..Settings::shared(&server.url) };
            let error = call.fails(&*connect(row, &settings)).await;
            assert_eq!(error.kind(), kind, "{call:?}, {what}: {error}");
            assert_eq!(error.attempts(), 3, "{call:?}, {what}: {error}");
            assert_eq!(server.connections(), 3, "{call:?}, {what}");
        }
    })
    .await;
}

#[tokio::test]
async fn slow_body_that_makes_progress_succeeds() {
    let (stall, every) = (Duration::from_millis(400), Duration::from_millis(20));
    each_call(async |row, call| {
        let response = ok(&call.body(row));
        // Longer in all than the silence allowed between two pieces.
        let at_once = response.len() / 30;
        let server = RawServer::start(vec![ServerAction::Drip(response, at_once, every)]).await;
        let settings = Settings { stall, retries: 0, ..Settings::shared(&server.url) };
        let started = Instant::now();
        let result = call.on(&*connect(row, &settings)).await;
        assert!(result.is_ok(), "{call:?}: {result:?}");
        assert!(started.elapsed() > stall, "{:?}", started.elapsed());
    })
    .await;
}
