//! What is tried again, how often, and when it is not.

use crate::vendor::{Client, builder, client};
use callfold_test_support::raw_server::{RawServer, ServerAction, ok, response};
use callfold_transport::{Error, ErrorKind, List, RequestOptions};
use futures_util::StreamExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use wiremock::matchers::{any, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const ITEM: &str = r#"{"id":"call-1","count":3}"#;

async fn fails_then_works(first: ResponseTemplate, times: u64) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(first)
        .up_to_n_times(times)
        .expect(times)
        .with_priority(1)
        .mount(&server)
        .await;
    let works = ResponseTemplate::new(200).set_body_raw(ITEM, "application/json");
    Mock::given(any()).respond_with(works).with_priority(2).mount(&server).await;
    server
}

async fn get(client: &Client) -> Result<i64, Error> {
    let answer = client.get_item("call-1").await?;
    Ok(answer.get().expect("the item has an id").count.expect("the item has a count"))
}

#[tokio::test]
async fn only_reads_are_retried() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/items"))
        .respond_with(ResponseTemplate::new(503))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .and(path("/search"))
        .respond_with(ResponseTemplate::new(503))
        .expect(5)
        .mount(&server)
        .await;
    let client = client(&server.uri());
    assert_eq!(client.create_item().await.unwrap_err().attempts(), 1);
    assert_eq!(client.search_items().await.unwrap_err().attempts(), 5);
}

#[tokio::test]
async fn safe_post_is_sent_again_with_its_body() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(502))
        .up_to_n_times(2)
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(200).set_body_raw(r#"{"data":[]}"#, "application/json"))
        .mount(&server)
        .await;
    client(&server.uri()).search_items().await.unwrap();
    let bodies: Vec<_> =
        server.received_requests().await.unwrap().into_iter().map(|request| request.body).collect();
    assert_eq!(bodies, vec![br#"{"filter":{}}"#.to_vec(); 3]);
}

#[tokio::test]
async fn refused_connections_are_retried_and_named() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = client(&url).list_items().page_size(41).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert_eq!(error.attempts(), 5);
    assert_eq!(
        error.to_string(),
        "acme list_items: the connection failed: connection refused (after 5 attempts)"
    );
    let (mut shown, mut cause) = (format!("{error:?}"), std::error::Error::source(&error));
    assert!(cause.is_some());
    while let Some(error) = cause {
        shown += &format!("{error} {error:?}");
        cause = error.source();
    }
    assert!(!shown.contains("page_size"), "{shown}");
}

#[tokio::test]
async fn json_that_ends_early_after_a_write_is_not_fetched_again() {
    let server = RawServer::start(vec![ServerAction::Send(ok(&ITEM[..10]))]).await;
    let error = client(&server.url).create_item().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(server.requests().len(), 1);
    assert_eq!(error.body().unwrap(), &ITEM.as_bytes()[..10]);
}

#[tokio::test]
async fn long_retry_after_fails_at_once_and_says_so() {
    for (name, value) in [("retry-after", "3600"), ("retry-after-ms", "3600000")] {
        let server = MockServer::start().await;
        Mock::given(any())
            .respond_with(ResponseTemplate::new(429).insert_header(name, value))
            .expect(1)
            .mount(&server)
            .await;
        let started = Instant::now();
        let error = get(&client(&server.uri())).await.unwrap_err();
        assert!(started.elapsed() < Duration::from_secs(2));
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
        let text = error.to_string();
        assert_eq!(text, "acme get_item: too many requests (429); try again in 3600 s");
    }
}

#[tokio::test]
async fn hint_beyond_the_deadline_fails_at_once() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(503).insert_header("retry-after", "5"))
        .expect(1)
        .mount(&server)
        .await;
    let client = builder(&server.uri()).timeout(Duration::from_secs(2)).build().unwrap();
    let started = Instant::now();
    let error = get(&client).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(1));
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(5)));
}

#[tokio::test]
async fn retry_budget_limits_requests() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(500)).mount(&server).await;
    let client = client(&server.uri());
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { get(&client).await.unwrap_err().kind() })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), ErrorKind::Unavailable);
    }
    let stats = client.stats();
    // 50 first attempts, the 20 retries of the budget, and perhaps one more
    // that time has earned.
    assert!((70..=72).contains(&stats.requests), "{stats:?}");
    assert!(stats.retries_refused >= 30, "{stats:?}");
}

#[tokio::test]
async fn error_names_the_retry_budget_that_ended_the_request() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(503)).mount(&server).await;
    let client = builder(&server.uri()).retry_budget(2).retries(50).build().unwrap();
    let error = get(&client).await.unwrap_err();
    assert_eq!(error.attempts(), 3);
    assert_eq!(
        error.to_string(),
        "acme get_item: the service is failing (503); try again later; not retried: the \
         retry budget of 2 is used up; raise retry_budget (after 3 attempts)"
    );
    let server = RawServer::start(vec![ServerAction::Send(ok(&ITEM[..10]))]).await;
    let client = builder(&server.url).retry_budget(1).build().unwrap();
    let error = get(&client).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Decode, 2));
    assert!(error.to_string().contains("the retry budget of 1 is used up"), "{error}");
}

#[tokio::test]
async fn request_may_use_all_its_retries() {
    let server = fails_then_works(ResponseTemplate::new(503), 50).await;
    let client = builder(&server.uri()).retries(50).build().unwrap();
    assert_eq!(get(&client).await.unwrap(), 3);
}

/// Answers with the page asked for, after every second request failed.
async fn falters(pages: u64) -> (String, JoinHandle<()>) {
    async fn answer(mut stream: TcpStream, pages: u64, requests: Arc<AtomicU64>) {
        let mut head = vec![0; 4096];
        while let Ok(n @ 1..) = stream.read(&mut head).await {
            let head = String::from_utf8_lossy(&head[..n]);
            let page = head.split_once("page=").and_then(|(_, rest)| rest.split_once('&'));
            let page: u64 = page.unwrap().0.parse().unwrap();
            let record = format!(r#"{{"id":"call-{page}"}}"#);
            let (record, has_more) = (if page > pages { "" } else { &record }, page < pages);
            let body = format!(r#"{{"data":[{record}],"pagination":{{"has_more":{has_more}}}}}"#);
            let bytes = match requests.fetch_add(1, SeqCst) % 2 {
                0 => response("503 X", "", b""),
                _ => ok(&body),
            };
            stream.write_all(&bytes).await.unwrap();
        }
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicU64::new(0));
    let server = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, pages, Arc::clone(&requests)));
        }
    });
    (url, server)
}

#[tokio::test(start_paused = true)]
async fn list_that_makes_progress_is_read_to_its_end() {
    for (pages, prefetch, budget) in [(3_000, 1, None), (3_000, 4, None), (300, 1, Some(1))] {
        let (url, server) = falters(pages).await;
        let client = match budget {
            Some(retries) => builder(&url).retry_budget(retries).build().unwrap(),
            None => builder(&url).build().unwrap(),
        };
        let records = client.list_items().records().page_size(1).prefetch(prefetch);
        let ids: Vec<_> = records
            .map(|record| record.unwrap_or_else(|error| panic!("{error}")).id().unwrap().into())
            .collect::<Vec<String>>()
            .await;
        assert_eq!(ids, (1..=pages).map(|page| format!("call-{page}")).collect::<Vec<_>>());
        let stats = client.stats();
        assert!(stats.retries >= pages && stats.retries_refused == 0, "{stats:?}");
        server.abort();
    }
}

#[tokio::test]
async fn retries_can_be_turned_off_for_a_request() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(503)).expect(1).mount(&server).await;
    let client = client(&server.uri()).with_options(RequestOptions::new().retries(0));
    assert_eq!(get(&client).await.unwrap_err().attempts(), 1);
}
