//! A dataset that changes: calls arrive, progress and are deleted; records drift.

use std::collections::BTreeSet;
use std::time::Duration;

use callfold_sandbox::{
    Dataset, DatasetOptions, Fault, Faults, Frequency, Rate, Sandbox, SandboxOptions, Service,
    TruthStatus,
};
use http::HeaderMap;
use serde_json::Value;

use super::raw_client::{ask, ask_with};
use super::{BASE, get_json};

/// Lists of each vendor on one page, and the pointer to a record's id.
const LISTS: [(&str, &str, &str, &str); 5] = [
    ("vaani", "/vaani/api/call-history?page_size=200", "/data", "call_id"),
    ("ravan", "/ravan/api/v1/calling/call-sessions?page_size=900", "/data/callSessions", "id"),
    ("vozagent", "/vozagent/v1/calls?limit=100", "", "id"),
    ("agentvoice", "/agentvoice/api/calls?limit=100", "/data", "id"),
    ("zudu", "/zudu/api/calls?limit=100", "/data/calls", "call_id"),
];

async fn truth(sandbox: &Sandbox, query: &str) -> Vec<Value> {
    let answer = ask_with(sandbox, &format!("/_truth{query}"), &HeaderMap::new()).await;
    let text = String::from_utf8(answer.body().to_vec()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn arriving_calls_head_each_list_and_progress() {
    let options = SandboxOptions::default().records(20).grow(Frequency::per_second(2.0));
    let sandbox = Sandbox::start(options).await.unwrap();
    let begun = sandbox.stats().epoch;
    sandbox.advance(Duration::from_secs(15));
    let now = chrono::Utc::now();
    for (vendor, path, list, id) in LISTS {
        let page = ask(&sandbox, path).await.json();
        let records = page.pointer(list).unwrap().as_array().unwrap();
        assert!(records.len() >= 50, "{vendor}: {}", records.len());
        let truth = sandbox.dataset();
        let newest = truth.truths(vendor).find(|call| call.id == records[0][id]).unwrap();
        assert!(newest.added_epoch > begun);
        let age = (newest.started_at - now).num_seconds();
        assert!((9..30).contains(&age), "{vendor}: {age}");
        let states: BTreeSet<String> =
            truth.truths(vendor).take(30).map(|call| format!("{:?}", call.status)).collect();
        assert!(states.len() > 1, "{states:?}");
    }
    sandbox.advance(Duration::from_secs(600));
    let stats = sandbox.stats();
    for (vendor, ..) in LISTS {
        let moved = stats.calls[vendor];
        assert!(moved.added >= 1_230 && moved.deleted == 0, "{moved:?}");
        assert!(moved.progressed > moved.added - 50, "{moved:?}");
        let dataset = sandbox.dataset();
        let old = dataset.truths(vendor).skip(100);
        assert!(old.into_iter().all(|call| call.status == TruthStatus::Ended && !call.queued));
    }
}

#[tokio::test]
async fn truth_shows_which_calls_existed_throughout() {
    let options = SandboxOptions::default()
        .records(60)
        .grow(Frequency::per_second(4.0))
        .delete(Frequency::per_second(2.0));
    let sandbox = Sandbox::start(options).await.unwrap();
    sandbox.advance(Duration::from_secs(5));
    let before: BTreeSet<String> = truth(&sandbox, "").await.iter().map(id).collect();
    let from = sandbox.stats().epoch;
    sandbox.advance(Duration::from_secs(5));
    let to = sandbox.stats().epoch;
    let all = truth(&sandbox, "?deleted=true").await;
    let epoch = |call: &Value, name: &str| call[name].as_u64();
    let lasting: BTreeSet<String> = all
        .iter()
        .filter(|call| epoch(call, "added_epoch") <= Some(from.into()))
        .filter(|call| epoch(call, "deleted_epoch").is_none_or(|gone| gone > to.into()))
        .map(id)
        .collect();
    let after: BTreeSet<String> = truth(&sandbox, "").await.iter().map(id).collect();
    let both: BTreeSet<String> = before.intersection(&after).cloned().collect();
    // Time passes between the requests, so a call may have come or gone.
    assert!(lasting.is_superset(&both));
    let vendors = callfold_sandbox::vendors().len();
    let difference = lasting.difference(&both).count();
    assert!(difference <= vendors * 8, "{difference}");
    let gone = all.iter().filter(|call| !call["deleted_epoch"].is_null()).count();
    assert!((vendors * 20..vendors * 26).contains(&gone), "{gone}");
    sandbox.freeze();
    assert_eq!(truth(&sandbox, "/zudu").await.len(), truth(&sandbox, "?vendor=zudu").await.len());
    let answer = ask_with(&sandbox, "/_truth?deleted=perhaps", &HeaderMap::new()).await;
    assert_eq!(answer.status(), 400);
}

fn id(call: &Value) -> String {
    format!("{} {}", call["vendor"], call["id"])
}

#[tokio::test]
async fn deleted_calls_vanish_everywhere_while_time_is_frozen() {
    let options = SandboxOptions::default().records(30).delete(Frequency::per_minute(60.0));
    let sandbox = Sandbox::start(options).await.unwrap();
    let all = sandbox.dataset();
    sandbox.advance(Duration::from_secs(10));
    let gone = sandbox.dataset().deleted("vozagent").next().unwrap();
    assert!(all.find("vozagent", &gone.id).is_some());
    let single = format!("/vozagent/v1/calls/{}", gone.id);
    assert_eq!(ask(&sandbox, &single).await.status(), 404);
    let page = ask(&sandbox, "/vozagent/v1/calls?limit=100").await;
    let listed = page.json().as_array().unwrap().len();
    assert!((18..=20).contains(&listed), "{listed}");
    assert!(!String::from_utf8_lossy(page.body()).contains(&gone.id));
    let newest = |dataset: &Dataset| dataset.truths("vozagent").map(|call| call.started_at).max();
    assert!(newest(&sandbox.dataset()) <= newest(&all));
}

#[test]
fn drifting_records_keep_their_ids_and_are_marked_in_truth() {
    let options = DatasetOptions { records: 100, ..DatasetOptions::default() };
    let plain = Service::new(Dataset::new(options.clone()), BASE);
    let mut dataset = Dataset::new(options);
    dataset.set_faults(&Faults::none().with(Fault::Drift, Rate::percent(20.0)));
    let drifting = Service::new(dataset, BASE);
    for (vendor, path, list, id) in LISTS {
        let records = |service: &Service| -> Vec<Value> {
            let page = get_json(service, path);
            page.pointer(list).unwrap().as_array().unwrap().clone()
        };
        let dataset = drifting.dataset();
        let told: Vec<bool> = dataset.truths(vendor).map(|call| call.faults.drifts).collect();
        let (good, damaged) = (records(&plain), records(&drifting));
        assert_eq!((good.len(), damaged.len()), (100, 100));
        for ((good, damaged), drifts) in good.iter().zip(&damaged).zip(&told) {
            assert_eq!(good != damaged, *drifts, "{vendor}");
            assert_eq!(good[id], damaged[id]);
        }
        let count = told.iter().filter(|drifts| **drifts).count();
        assert!((8..36).contains(&count), "{vendor}: {count}");
        assert_eq!(records(&drifting), damaged);
    }
}

#[tokio::test]
async fn bad_ids_and_starts_persist_until_the_faults_change() {
    let options = SandboxOptions::default().fault("bad-id=every:4, bad-time=every:5").unwrap();
    let sandbox = Sandbox::start(options.records(100)).await.unwrap();
    for (vendor, path, list, id) in LISTS {
        let bad = |page: &Value| -> Vec<usize> {
            let records = page.pointer(list).unwrap().as_array().unwrap().iter().enumerate();
            let usable = |record: &Value| record[id].as_str().is_some_and(|id| !id.is_empty());
            records.filter(|(_, record)| !usable(record)).map(|(place, _)| place).collect()
        };
        let page = ask(&sandbox, path).await.json();
        let expected: Vec<usize> = (0..100).filter(|place| place % 4 == 3).collect();
        assert_eq!(bad(&page), expected, "{vendor}");
        assert_eq!(bad(&ask(&sandbox, path).await.json()), expected);
        let dataset = sandbox.dataset();
        let told = dataset.truths(vendor).map(|call| (call.faults.bad_id, call.faults.bad_time));
        let expected = (0..100).map(|place| (place % 4 == 3, place % 5 == 4));
        assert!(told.eq(expected));
    }
    sandbox.set_faults(Faults::none());
    let page = ask(&sandbox, LISTS[2].1).await.json();
    assert!(page.as_array().unwrap().iter().all(|record| record["id"].is_string()));
}
