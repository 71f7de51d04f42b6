//! What one request may set for itself, and what it owns.

use crate::vendor::client;
use callfold_test_support::raw_server::{RawServer, ServerAction, ok};
use callfold_transport::{ErrorKind, List};
use std::time::Duration;

async fn collect<S: futures_util::Stream + Send + 'static>(records: S) -> Vec<S::Item> {
    futures_util::StreamExt::collect(records).await
}

const PAGE: &str = r#"{"data":[{"id":"call-1"}],"pagination":{"total":1,"has_more":false}}"#;

#[tokio::test]
async fn streams_own_their_client_and_their_options() {
    let server = RawServer::start(vec![ServerAction::KeepAlive(ok(PAGE))]).await;
    let tasks = {
        let client = client(&server.url);
        let slow = client.list_items().header("x-job", "slow").retries(7).records();
        let quick = client.list_items().header("x-job", "quick").timeout(Duration::from_secs(5));
        [tokio::spawn(collect(slow)), tokio::spawn(collect(quick.records()))]
    };
    for task in tasks {
        let records = task.await.unwrap();
        assert_eq!(records.len(), 1);
        assert!(records[0].is_ok());
    }
    let requests = server.requests();
    for job in ["x-job: slow\r\n", "x-job: quick\r\n"] {
        assert!(requests.iter().any(|request| request.contains(job)), "{requests:?}");
    }
    assert!(requests.iter().all(|request| request.matches("x-job").count() == 1), "{requests:?}");
}

#[tokio::test]
async fn streams_are_read_without_another_crate() {
    let server = RawServer::start(vec![ServerAction::KeepAlive(ok(PAGE))]).await;
    let client = client(&server.url);
    let mut pages = client.list_items().pages();
    let mut ids = Vec::new();
    while let Some(page) = pages.next().await {
        ids.extend(page.unwrap().records.iter().map(|record| record.id().unwrap().into_owned()));
    }
    assert_eq!(ids, ["call-1"]);
    let mut records = client.list_items().records();
    let record = records.next().await.unwrap().unwrap();
    assert_eq!(record.id().as_deref(), Some("call-1"));
    assert!(records.next().await.is_none());
}

#[tokio::test]
async fn options_of_a_request_are_its_alone() {
    let server = RawServer::start(vec![
        ServerAction::Reset,
        ServerAction::Reset,
        ServerAction::KeepAlive(ok(PAGE)),
    ])
    .await;
    let client = client(&server.url);
    let error = client.list_items().retries(0).send().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Transport, 1));
    client.list_items().send().await.unwrap();
    assert_eq!(client.stats().retries, 1);

    let server = RawServer::start(vec![ServerAction::Stall(Vec::new())]).await;
    let client = crate::vendor::client(&server.url);
    let request = client.list_items().retries(0).timeout(Duration::from_millis(50));
    assert_eq!(request.send().await.unwrap_err().kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn request_without_credentials_carries_none() {
    let server = RawServer::start(vec![ServerAction::KeepAlive(ok(PAGE))]).await;
    let client = client(&server.url);
    client.list_items().without_credentials().send().await.unwrap();
    client.list_items().send().await.unwrap();
    let requests = server.requests();
    assert!(!requests[0].contains("x-api-key"), "{}", requests[0]);
    assert!(requests[1].contains("x-api-key"), "{}", requests[1]);
}

#[tokio::test]
async fn what_cannot_be_sent_is_named_and_not_sent() {
    let server = RawServer::start(vec![ServerAction::KeepAlive(ok(PAGE))]).await;
    let list = || client(&server.url).list_items();
    for (request, problem) in [
        (list().page_size(-7), "the value of the parameter `page_size` does not fit its type"),
        (list().page_size(u64::MAX), "the value of the parameter `page_size` does not fit"),
        (list().page_size(-7).page_size(7), "the value of the parameter `page_size`"),
        (list().header("s3cret name", "x"), "the name given to `header` is not the name of"),
        (list().header("x-job", "s3\ncret"), "the header x-job has a character no header"),
    ] {
        let error = request.send().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0));
        let text = error.to_string();
        assert!(text.starts_with("acme list_items: "), "{text}");
        assert!(text.contains(problem), "{text}");
        for value in ["-7", "s3", "cret"] {
            assert!(!format!("{text}{error:?}").contains(value), "{error:?}");
        }
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn requested_record_is_a_plain_value() {
    let responses = [r#"{"id":"call-1","count":"many"}"#, r#"{"name":"Ann Example"}"#];
    let responses = responses.map(|body| ServerAction::Send(ok(body))).to_vec();
    let server = RawServer::start(responses).await;
    let client = client(&server.url);
    let item = client.get_item("call-1").await.unwrap().into_record().unwrap();
    assert_eq!((item.id.as_str(), item.count), ("call-1", None));
    let error = client.get_item("call-1").await.unwrap().into_record().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    let text = error.to_string();
    assert!(text.starts_with("acme get_item: ") && !text.contains("Ann"), "{text}");
}

#[test]
fn debug_of_a_request_shows_no_parameter() {
    let request = client("http://127.0.0.1:1").list_items().page_size(41).header("x-job", "night");
    assert_eq!(format!("{request:?}"), "ListItems { .. }");
}
