//! Checkpoints of another source or query, and damaged ones.

use crate::support::{open, sandbox};
use callfold_reader::{Checkpoint, Detail, Query, ResumeState, Source, read_batches};
use callfold_sandbox::Sandbox;
use futures_util::StreamExt;
use serde_json::{Value, json};

async fn first(source: &dyn Source, query: &Query) -> ResumeState {
    let batch = read_batches(source, query, None).next().await.unwrap();
    ResumeState { checkpoint: batch.checkpoint, seen: batch.seen }
}

/// The error of resuming there; no request may be sent.
async fn refusal(
    sandbox: &Sandbox,
    source: &dyn Source,
    query: &Query,
    resume: &ResumeState,
) -> String {
    let asked = sandbox.stats().requests;
    let mut reading = read_batches(source, query, Some(resume.clone()));
    assert!(reading.next().await.is_none());
    assert_eq!(sandbox.stats().requests, asked);
    let summary = reading.summary();
    let error = summary.error.unwrap();
    assert!(error.is_checkpoint_mismatch());
    error.to_string()
}

#[tokio::test]
async fn checkpoint_of_another_source_or_query_is_refused() {
    let sandbox = sandbox(300).await;
    let [zudu, ravan] = ["zudu", "ravan"].map(|vendor| open(&sandbox, vendor, &[]));
    let query = Query::default();
    let resume = first(ravan.as_ref(), &query).await;
    let refused = refusal(&sandbox, zudu.as_ref(), &query, &resume).await;
    assert_eq!(
        refused,
        "my-zudu (zudu): the checkpoint is of another source or query: it was made for my-ravan \
         (ravan); repeat the earlier query, or restart without the checkpoint"
    );
    let restricted = open(&sandbox, "ravan", &["+19195550100"]);
    let refused = refusal(&sandbox, restricted.as_ref(), &query, &resume).await;
    assert!(refused.contains("it was made for the list GET /api/v1/calling/call-sessions, and "));
    let at = Some("2026-06-20T08:00:00Z".parse().unwrap());
    for other in [
        Query { since: at, ..Query::default() },
        Query { lookback_floor: at, ..Query::default() },
        Query { status: vec!["ended".into()], ..Query::default() },
        Query { agent: vec!["a".into()], ..Query::default() },
        Query { detail: Detail::FULL, ..Query::default() },
    ] {
        let refused = refusal(&sandbox, ravan.as_ref(), &other, &resume).await;
        assert!(refused.contains("with other filters or another detail"), "{refused}");
    }
    // Order and limit do not matter.
    let same = Query { limit: Some(1), ..Query::default() };
    let mut reading = read_batches(ravan.as_ref(), &same, Some(resume));
    assert!(reading.next().await.is_some());
}

#[tokio::test]
async fn checkpoint_of_an_unknown_format_is_refused() {
    let sandbox = sandbox(300).await;
    let source = open(&sandbox, "zudu", &[]);
    let checkpoint = first(source.as_ref(), &Query::default()).await.checkpoint;
    let known = serde_json::to_value(&checkpoint).unwrap();
    let refusal =
        |json: &Value| serde_json::from_value::<Checkpoint>(json.clone()).unwrap_err().to_string();
    let mut newer = known.clone();
    newer["format"] = json!(2);
    assert_eq!(
        refusal(&newer),
        "the checkpoint has format 2, and this version reads format 1: resume with the version \
         that wrote it, or restart without it"
    );
    assert_eq!(refusal(&json!({"format": 7, "new": []})).find("format 7"), Some(19));
    assert_eq!(refusal(&json!({})), "not a checkpoint: the format is missing");
    assert!(refusal(&json!({"format": 1})).starts_with("the checkpoint cannot be read: missing"));
    let text = known.to_string();
    assert!(!text.contains("sandbox-key") && text.len() < 1_300, "{text}");
}

/// Each value inside, by its pointer.
fn pointers(json: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    match json {
        Value::Object(members) => {
            members.iter().for_each(|(name, json)| pointers(json, &format!("{at}/{name}"), all));
        }
        Value::Array(items) => {
            (0..).zip(items).for_each(|(n, json)| pointers(json, &format!("{at}/{n}"), all));
        }
        _ => {}
    }
}

#[tokio::test]
async fn damaged_checkpoint_ends_in_a_response_or_an_error() {
    let sandbox = sandbox(250).await;
    let invalid = [
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(7),
        json!(u64::MAX),
        json!(i64::MAX),
        json!(1.5),
        json!(""),
        json!("again"),
        json!("+262142-12-31T23:59:59Z"),
        json!("-262143-01-01T00:00:00Z"),
        json!("ffffffffffffffffffffffffffffffff"),
        json!([]),
        json!({}),
        json!({"is": "short_by", "records": u64::MAX}),
    ];
    let mut accepted = 0;
    for vendor in ["vozagent", "zudu"] {
        let source = open(&sandbox, vendor, &[]);
        let lookback_floor = Some("2026-06-20T08:00:00Z".parse().unwrap());
        let query = Query { lookback_floor, ..Query::default() };
        let ResumeState { checkpoint, seen } = first(source.as_ref(), &query).await;
        let known = serde_json::to_value(&checkpoint).unwrap();
        let mut all = Vec::new();
        pointers(&known, "", &mut all);
        for at in &all {
            for value in &invalid {
                let mut json = known.clone();
                *json.pointer_mut(at).unwrap() = value.clone();
                let Ok(checkpoint) = serde_json::from_value::<Checkpoint>(json) else { continue };
                let resume = ResumeState { checkpoint, seen: seen.clone() };
                let reading = read_batches(source.as_ref(), &query, Some(resume));
                accepted += 1;
                // A page size of 1 makes as many batches as the list has records.
                assert!(reading.count().await < 500, "{at} as {value}");
            }
        }
    }
    assert!(accepted > 100, "{accepted}");
}
