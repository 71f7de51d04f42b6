use crate::{Order, Query, Source, SourceConfig, SourceSummary, Verdict, read_calls};
use callfold_test_support::raw_server::{RawServer, ServerAction, ok, response};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc};

const NEWEST: &str = "2026-08-01T12:00:00.000Z";
const RETENTION: &str = r#"{"message":"Your subscription plan only covers the last 14 days of call history. This call exceeds your retention window.","error":"Bad Request","statusCode":400}"#;

/// A call that was made so many seconds before the newest.
fn record(number: usize, seconds: usize) -> Value {
    let newest: DateTime<Utc> = NEWEST.parse().unwrap();
    let at = newest - TimeDelta::seconds(seconds.try_into().unwrap());
    let created_at = at.to_rfc3339_opts(SecondsFormat::Millis, true);
    json!({"id": format!("call-{number:05}"), "createdAt": created_at, "status": "ended"})
}

/// Calls of which `ties` share one instant, between others a second apart.
fn list(ties: usize) -> Vec<Value> {
    let before = (0..150).map(|number| record(number, number));
    let same = (150..150 + ties).map(|number| record(number, 150));
    let behind = (0..20).map(|number| record(150 + ties + number, 151 + number));
    before.chain(same).chain(behind).collect()
}

/// A parameter in the first line of a request.
fn parameter(head: &str, name: &str) -> Option<String> {
    let query = head.split([' ', '?']).nth(2)?;
    let value = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")))?;
    Some(value.replace("%3a", ":"))
}

/// The calls as the vendor serves them; `refused` is the first position that it refuses.
async fn serve(list: Vec<Value>, refused: Option<&'static str>) -> RawServer {
    let respond = move |head: &str, _: &[u8]| {
        let limit: usize = parameter(head, "limit").unwrap().parse().unwrap();
        assert!(limit <= 1_000, "{head}");
        let key = parameter(head, "createdatle").map(|key| key.to_uppercase());
        if key.as_deref().is_some_and(|key| refused.is_some_and(|refused| key <= refused)) {
            return response(
                "400 Bad Request",
                "content-type: application/json\r\n",
                RETENTION.as_bytes(),
            );
        }
        let is_there = |call: &&Value| {
            key.as_deref().is_none_or(|key| call["createdAt"].as_str().unwrap() <= key)
        };
        let page: Vec<_> = list.iter().filter(is_there).take(limit).collect();
        ok(&serde_json::to_string(&page).unwrap())
    };
    RawServer::start(vec![ServerAction::Respond(Arc::new(respond))]).await
}

/// The different calls that are read, and the summary.
async fn read(server: &RawServer) -> (BTreeSet<String>, SourceSummary) {
    let config = SourceConfig::new("test")
        .with("base_url", server.url.as_str())
        .with("api_key", "key")
        .with("rate", crate::SettingValue::FixedRate(1e6));
    let source: Box<dyn Source> = (super::ENTRY.open)(&config).unwrap();
    let query = Query { order: Order::AsRead, ..Query::default() };
    let mut read = read_calls(&[source], &query).await;
    let ids = read.calls.into_iter().map(|call| call.id.call_id).collect();
    (ids, read.sources.remove(0))
}

#[tokio::test]
async fn calls_of_one_instant_are_read_on_a_wider_page() {
    let server = serve(list(700), None).await;
    let (ids, summary) = read(&server).await;
    assert_eq!(ids.len(), 870);
    assert_eq!(summary.verdict, Verdict::Unverifiable, "{summary}");
    let heads = server.requests();
    let limit = |head: &String| parameter(head, "limit").unwrap();
    let limits: BTreeSet<_> = heads.iter().map(limit).collect();
    assert_eq!(limits, ["100", "200", "400", "800"].map(str::to_owned).into());
    assert_eq!(limit(&heads[0]), "100");
}

#[tokio::test]
async fn more_calls_of_one_instant_than_a_page_holds_are_named() {
    let server = serve(list(1_001), None).await;
    let (ids, summary) = read(&server).await;
    assert!(ids.len() >= 150);
    assert_eq!(summary.verdict, Verdict::Partial);
    let error = summary.error.unwrap().to_string();
    assert!(error.contains("1000 records and all have the same /createdAt"), "{error}");
}

#[tokio::test]
async fn list_in_another_order_is_one_with_a_gap() {
    let mut calls = list(1);
    calls.swap(20, 120);
    let server = serve(calls, None).await;
    let (_, summary) = read(&server).await;
    assert!(summary.has_gap, "{summary}");
    assert_eq!(summary.verdict, Verdict::Unverified, "{summary}");
}

#[tokio::test]
async fn end_of_the_history_is_a_bound_and_no_error() {
    let server = serve(list(1), Some("2026-08-01T11:57:50.000Z")).await;
    let (ids, summary) = read(&server).await;
    assert!(summary.error.is_none() && summary.history_ended, "{summary}");
    assert_eq!(ids.len(), 171);
    assert_eq!(summary.verdict, Verdict::Unverifiable);
    assert!(summary.to_string().contains("does not keep calls that are older"), "{summary}");
}
