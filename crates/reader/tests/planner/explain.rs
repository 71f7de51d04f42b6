//! Plans, as they are shown.

use crate::support::{open, sandbox};
use callfold_reader::{Detail, Query};
use callfold_unify::model::{Direction, PhoneNumber, Status};

#[tokio::test]
async fn plan_of_ravan_without_and_with_phones() {
    let sandbox = sandbox(20).await;
    let query = Query {
        since: Some("2026-06-20T08:00:00Z".parse().unwrap()),
        phone: vec![PhoneNumber::new("+19195550100")],
        status: vec![Status::Ended],
        limit: Some(20),
        ..Query::default()
    };
    insta::assert_snapshot!(open(&sandbox, "ravan", &[]).plan(&query));
    let phones = ["+19195550100", "+14155550100"];
    let with_phones = open(&sandbox, "ravan", &phones);
    insta::assert_snapshot!(with_phones.plan(&query));
    insta::assert_snapshot!(with_phones.plan(&Query { detail: Detail::FULL, ..Query::default() }));
    let query = Query { direction: vec![Direction::Inbound], ..Query::default() };
    insta::assert_snapshot!(with_phones.plan(&query));
    assert_eq!(sandbox.stats().requests, 0, "a plan asks nothing");
}

#[tokio::test]
async fn plan_of_vaani_with_since() {
    let sandbox = sandbox(20).await;
    let since = Some("2026-06-20T08:00:00Z".parse().unwrap());
    insta::assert_snapshot!(
        open(&sandbox, "vaani", &[]).plan(&Query { since, ..Query::default() })
    );
}

#[tokio::test]
async fn plans_that_look_back() {
    let sandbox = sandbox(20).await;
    let lookback_floor = Some("2026-06-20T08:00:00Z".parse().unwrap());
    let query = Query { lookback_floor, ..Query::default() };
    insta::assert_snapshot!(open(&sandbox, "agentvoice", &[]).plan(&query));
    insta::assert_snapshot!(open(&sandbox, "vaani", &[]).plan(&query));
}

#[tokio::test]
async fn plan_of_agentvoice_with_all_filters() {
    let sandbox = sandbox(20).await;
    let id = "0b54ae0e-8d1f-4c8e-9d6e-9a1f8f3a7c11";
    let query = Query {
        since: Some("2026-06-20T08:00:00Z".parse().unwrap()),
        until: Some("2026-06-21T08:00:00.5Z".parse().unwrap()),
        direction: vec![Direction::Outbound],
        status: vec![Status::Ended],
        phone: vec![PhoneNumber::new("+19195550100")],
        agent: vec![id.to_owned()],
        contact: vec![id.to_owned()],
        campaign: vec!["Spring recall".to_owned()],
        detail: Detail { transcript: true, metrics: true, ..Detail::LIST_ONLY },
        ..Query::default()
    };
    let plan = open(&sandbox, "agentvoice", &[]).plan(&query);
    insta::assert_snapshot!(plan);
    let json = serde_json::to_string(&plan).unwrap();
    assert!(!json.contains("5550100"), "nobody's number: {json}");
}

#[tokio::test]
async fn plan_of_vozagent_by_phone_costs_a_request_a_record() {
    let sandbox = sandbox(20).await;
    let query = Query {
        phone: vec![PhoneNumber::new("+19195550100")],
        status: vec![Status::InProgress],
        ..Query::default()
    };
    insta::assert_snapshot!(open(&sandbox, "vozagent", &[]).plan(&query));
}
