//! What is logged, and what is not.

use crate::vendor::{KEY, client};
use callfold_test_support::raw_server::{RawServer, ServerAction, ok, response};
use callfold_transport::List;
use futures_util::TryStreamExt;
use std::cell::RefCell;
use std::fmt::{Debug, Write};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

thread_local! {
    /// What was traced on this thread since recording began.
    static LOG: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Writes down everything that is traced, of all crates and levels. It is set
/// for all threads: one set for a single thread misses events that another
/// thread was the first to pass.
struct Log;

fn log(write: impl FnOnce(&mut String)) {
    LOG.with_borrow_mut(|log| {
        if let Some(log) = log {
            write(log);
        }
    });
}

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        log(|log| {
            write!(log, "\nspan {}", span.metadata().name()).unwrap();
            span.record(&mut Line(log));
        });
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, values: &Record<'_>) {
        log(|log| {
            log.push_str("\nrecord");
            values.record(&mut Line(log));
        });
    }
    fn event(&self, event: &Event<'_>) {
        log(|log| {
            write!(log, "\nevent {}", event.metadata().target()).unwrap();
            event.record(&mut Line(log));
        });
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn attempts_are_traced_without_secrets_and_data() {
    let item = r#"{"data":[{"id":"call-1","name":"Ann Example"}],"pagination":{"total":1}}"#;
    let quoted = format!(r#"{{"message":"key {KEY} of Ann Example"}}"#);
    let busy = response("503 X", "retry-after-ms: 1\r\n", quoted.as_bytes());
    let server =
        RawServer::start(vec![ServerAction::Send(busy), ServerAction::Send(ok(item))]).await;
    let client = client(&server.url);
    tracing::subscriber::set_global_default(Log).unwrap();
    LOG.set(Some(String::new()));
    let records: Vec<_> = client.list_items().records().page_size(7).try_collect().await.unwrap();
    let log = LOG.take().unwrap();
    assert_eq!(records.len(), 1);
    let id = server.requests()[0].clone();
    let id = id.lines().find_map(|line| line.strip_prefix("x-client-request-id: ")).unwrap();
    for words in [
        format!("span request vendor=\"acme\" operation=\"list_items\" client_request_id=\"{id}\""),
        "attempt=1 method=GET host=\"127.0.0.1\" path=\"/items\" status=503".to_owned(),
        "attempt=1 kind=\"unavailable\" status=503 wait_ms=".to_owned(),
        "attempt=2 method=GET host=\"127.0.0.1\" path=\"/items\" status=200".to_owned(),
        "record attempts=2".to_owned(),
    ] {
        assert!(log.contains(&words), "{words} is not in {log}");
    }
    for secret in [KEY, "org-555", "Ann Example", "page_size", "call-1"] {
        assert!(!log.contains(secret), "{secret} is in {log}");
    }
}
