//! What a source yields for a query, compared with the query's own meaning
//! over everything the source has.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use callfold_reader::{
    Detail, FilterField, Order, Query, SettingValue, Source, SourceConfig, Verdict, find_call,
    read_calls, vendors,
};
use callfold_sandbox::{DatasetOptions, Sandbox, SandboxOptions};
use callfold_unify::model::{Call, PhoneNumber, TranscriptState};
use chrono::TimeDelta;

/// More than the largest page of any vendor, and no multiple of it.
const RECORDS: usize = 230;

async fn sandbox() -> Sandbox {
    let world = DatasetOptions { records: RECORDS, ..DatasetOptions::default() };
    let options =
        SandboxOptions { dataset: world, page_cache: 64 << 20, ..SandboxOptions::default() };
    Sandbox::start(options).await.unwrap()
}

fn open(sandbox: &Sandbox, vendor: &str, phones: &[&str]) -> Box<dyn Source> {
    let entry = vendors().iter().find(|entry| entry.name == vendor).unwrap();
    let mut config = SourceConfig::new("test")
        .with("base_url", sandbox.base_url(vendor).as_str())
        .with("rate", SettingValue::FixedRate(1e6));
    for (key, value) in sandbox.credentials(vendor) {
        config = config.with(*key, *value);
    }
    if !phones.is_empty() {
        config = config.with_list("phones", phones);
    }
    (entry.open)(&config).unwrap()
}

async fn calls(source: &[Box<dyn Source>], query: &Query) -> Vec<Call> {
    let reading = read_calls(source, query).await;
    for report in reading.sources {
        assert!(report.error.is_none(), "{query:?}: {:?}", report.error);
        assert_eq!((report.duplicates, report.set_aside), (0, 0));
    }
    reading.calls
}

fn ids(calls: &[Call]) -> Vec<&str> {
    calls.iter().map(|call| call.id.call_id.as_str()).collect()
}

/// Queries about what the calls hold, so that each finds some and misses some.
fn queries(all: &[Call]) -> Vec<Query> {
    let mut queries = Vec::new();
    let base = Query::default();
    for call in all.iter().step_by(91) {
        let agent = call.agent.clone();
        let campaign = call.campaign.clone();
        let number = [&call.from, &call.to].into_iter().flatten().find_map(|p| p.number.clone());
        let since = call.started_at;
        let until = since.and_then(|at| at.checked_add_signed(TimeDelta::days(3)));
        queries.extend([
            Query { since, ..base.clone() },
            Query { until: since, ..base.clone() },
            Query {
                since,
                until,
                direction: call.direction.clone().into_iter().collect(),
                ..base.clone()
            },
            Query {
                direction: call.direction.clone().into_iter().collect(),
                limit: Some(7),
                ..base.clone()
            },
            Query { status: vec![call.status.clone()], limit: Some(3), ..base.clone() },
            Query {
                agent: agent.clone().and_then(|agent| agent.id).into_iter().collect(),
                ..base.clone()
            },
            Query {
                agent: agent.and_then(|agent| agent.name).into_iter().collect(),
                until,
                ..base.clone()
            },
            Query { contact: call.contact_id.clone().into_iter().collect(), ..base.clone() },
            Query {
                campaign: campaign.clone().and_then(|c| c.id).into_iter().collect(),
                since,
                ..base.clone()
            },
            Query { campaign: campaign.and_then(|c| c.name).into_iter().collect(), ..base.clone() },
            Query { phone: number.clone().into_iter().collect(), ..base.clone() },
            Query {
                phone: number.into_iter().collect(),
                limit: Some(2),
                order: Order::OldestFirst,
                ..base.clone()
            },
        ]);
    }
    queries
}

/// The brute-force answer over everything, which is newest first.
fn expected<'a>(all: &'a [Call], query: &Query) -> Vec<&'a str> {
    let mut matching: Vec<_> = all.iter().filter(|call| query.matches(call)).collect();
    if query.order == Order::OldestFirst {
        matching.sort_by_key(|call| (call.started_at, call.id.clone()));
    }
    matching.truncate(query.limit.unwrap_or(usize::MAX));
    matching.iter().map(|call| call.id.call_id.as_str()).collect()
}

#[tokio::test]
async fn query_returns_the_same_calls_as_a_local_filter() {
    let sandbox = sandbox().await;
    for vendor in vendors() {
        let source = [open(&sandbox, vendor.name, &[])];
        let unavailable_fields = source[0].capability().unavailable_fields;
        let detail_only = source[0].capability().detail_only;
        // The single records, where only they tell what some queries ask for.
        let detail = if detail_only.is_empty() { Detail::LIST_ONLY } else { Detail::FULL };
        let all = calls(&source, &Query { detail, ..Query::default() }).await;
        assert_eq!(all.len(), RECORDS, "{}", vendor.name);
        let mut asked = 0;
        for query in queries(&all) {
            if query.fields().any(|field| unavailable_fields.contains(&field)) {
                continue;
            }
            let found = calls(&source, &query).await;
            assert_eq!(ids(&found), expected(&all, &query), "{}: {query:?}", vendor.name);
            asked += 1;
        }
        assert!(asked > 20, "{}", vendor.name);
    }
}

#[tokio::test]
async fn source_restricted_to_numbers_returns_their_calls() {
    let sandbox = sandbox().await;
    let all = calls(&[open(&sandbox, "ravan", &[])], &Query::default()).await;
    let phones = ["+19195550100", "+14155550100"];
    let wanted =
        phones.map(|phone| Query { phone: vec![PhoneNumber::new(phone)], ..Query::default() });
    let expected: Vec<_> = all
        .iter()
        .filter(|call| wanted.iter().any(|query| query.matches(call)))
        .map(|call| call.id.call_id.as_str())
        .collect();
    assert!(expected.len() > 10);
    let source = [open(&sandbox, "ravan", &phones)];
    assert!(source[0].capability().filter(FilterField::Phone).unwrap().required);
    assert_eq!(ids(&calls(&source, &Query::default()).await), expected);
    let outside = all.iter().find(|call| !expected.contains(&call.id.call_id.as_str())).unwrap();
    let (found, errors) = find_call(&source, &outside.id.call_id).await;
    assert!(found.is_empty() && errors.is_empty(), "restricted to its numbers");
}

#[tokio::test]
async fn call_is_found_in_full_by_its_id_at_every_vendor() {
    let sandbox = sandbox().await;
    for vendor in vendors() {
        let source = [open(&sandbox, vendor.name, &[])];
        let all = calls(&source, &Query::default()).await;
        for call in [&all[0], &all[RECORDS / 2], &all[RECORDS - 1]] {
            let (found, errors) = find_call(&source, &call.id.call_id).await;
            assert!(errors.is_empty(), "{errors:?}");
            assert_eq!(found.len(), 1, "{}", call.id);
            assert_eq!((&found[0].id, found[0].started_at), (&call.id, call.started_at));
            assert_ne!(found[0].transcript.state, TranscriptState::NotRequested, "{}", call.id);
        }
        let (found, errors) = find_call(&source, "no such call").await;
        assert!(found.is_empty() && errors.is_empty(), "{}: {errors:?}", vendor.name);
        assert!(source[0].check().await.is_ok());
    }
}

#[tokio::test]
async fn limit_over_a_list_that_is_newest_first_requests_one_page() {
    let sandbox = sandbox().await;
    for vendor in vendors() {
        let source = [open(&sandbox, vendor.name, &[])];
        if !source[0].capability().order.newest_first() {
            continue;
        }
        let reading = read_calls(&source, &Query { limit: Some(5), ..Query::default() }).await;
        let report = &reading.sources[0];
        assert_eq!((report.pages, report.verdict), (1, Verdict::StoppedEarly), "{}", vendor.name);
    }
}
