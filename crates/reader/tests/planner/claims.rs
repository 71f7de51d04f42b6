//! Each claim of each vendor's capability, exercised.

use crate::support::{Row, open, rows, sandbox};
use callfold_reader::{
    Capability, Detail, DetailCost, DetailPart, FilterField, ListStart, Lookup, Order, Ordering,
    Pushdown, Query, Source, StopBound, StopRule, Verdict, find_call, read_calls, vendors,
};
use callfold_reader::{ListPaging, ListedRecord};
use callfold_sandbox::PagingParams as Served;
use callfold_unify::model::{Call, TranscriptState};
use futures_util::StreamExt;

/// More than two of the largest pages, and no multiple of any.
const RECORDS: usize = 430;
const PHONES: [&str; 2] = ["+19195550100", "+14155550100"];

/// Each list of each vendor, as the source that reads it.
pub(crate) fn lists(sandbox: &callfold_sandbox::Sandbox) -> Vec<(Box<dyn Source>, Vec<Row>)> {
    let mut lists = Vec::new();
    for vendor in vendors() {
        for list in vendor.lists {
            let restricted = list.filters.iter().any(|filter| filter.required);
            let phones: &[&str] = if restricted { &PHONES } else { &[] };
            let source = open(sandbox, vendor.name, phones);
            assert_eq!(source.capability(), list, "no configuration reads {}", list.list);
            let mut rows = rows(sandbox, vendor.name);
            if restricted {
                rows.retain(|row| {
                    let by = |phone: &str| Query {
                        phone: vec![callfold_unify::model::PhoneNumber::new(phone)],
                        ..Query::default()
                    };
                    PHONES.iter().any(|phone| row.matches(&by(phone)))
                });
            }
            lists.push((source, rows));
        }
    }
    lists
}

async fn ids(source: &[Box<dyn Source>], query: &Query) -> Vec<String> {
    let answer = read_calls(source, query).await;
    let summary = &answer.sources[0];
    assert!(summary.error.is_none(), "{query:?}: {summary}");
    answer.calls.into_iter().map(|call| call.id.call_id).collect()
}

#[tokio::test]
async fn claimed_filter_gives_what_a_local_filter_gives() {
    let sandbox = sandbox(RECORDS).await;
    for (source, rows) in lists(&sandbox) {
        let source = [source];
        let capability = source[0].capability();
        for filter in capability.filters {
            let mut tried = 0;
            let mut pushed = 0;
            let step = (rows.len() / 5).max(1);
            for (row, second_form) in
                rows.iter().step_by(step).zip([false, true].into_iter().cycle())
            {
                let Some(query) = row.query_by(filter.field, second_form) else { continue };
                let expected: Vec<_> =
                    rows.iter().filter(|row| row.matches(&query)).map(|row| &row.id).collect();
                assert_eq!(ids(&source, &query).await.iter().collect::<Vec<_>>(), expected);
                tried += 1;
                let plan = source[0].plan(&query);
                pushed +=
                    plan.pushed.iter().filter(|one| one.parameter == filter.parameter).count();
            }
            assert!(tried >= 2, "{}: {} was not tried", capability.list, filter.parameter);
            let never = matches!(filter.push, Pushdown::NotPushed { .. });
            assert_eq!(pushed == 0, never, "{}: {}", capability.list, filter.parameter);
        }
        unavailable_fields_are_refused(&source, capability).await;
    }
}

#[tokio::test]
async fn filter_that_the_plan_calls_sent_is_sent() {
    let sandbox = sandbox(20).await;
    // The second has a year that RFC 3339 cannot write.
    for since in ["9000-01-01T00:00:00Z", "+12000-01-01T00:00:00Z"] {
        let query = Query { since: Some(since.parse().unwrap()), ..Query::default() };
        for (source, _) in lists(&sandbox) {
            let is_sent =
                source.plan(&query).pushed.iter().any(|one| one.field == FilterField::StartedAt);
            let summary = &read_calls(&[source], &query).await.sources[0];
            assert!(summary.error.is_none() && summary.matched == 0, "{since}: {summary}");
            // All calls began before: a server that is asked lists none.
            assert_eq!(is_sent, summary.records == 0, "{since}: {summary}");
        }
    }
}

#[tokio::test]
async fn parameter_that_the_list_cannot_send_is_an_error() {
    let sandbox = sandbox(20).await;
    let agent = vec!["0b54ae0e-8d1f-4c8e-9d6e-9a1f8f3a7c11".to_owned()];
    let query = Query { agent, ..Query::default() };
    for (source, _) in lists(&sandbox) {
        for parameter in ["from", "started_after", "no_such_parameter"] {
            let mut plan = source.plan(&query);
            let Some(pushed) = plan.pushed.iter_mut().find(|one| one.field == FilterField::Agent)
            else {
                continue;
            };
            pushed.parameter = parameter;
            let page = source.pages(&plan, ListStart::default()).next().await.unwrap();
            let error = page.expect_err(parameter).to_string();
            assert!(error.contains(parameter), "{error}");
        }
    }
    assert_eq!(sandbox.stats().requests, 0);
}

#[tokio::test]
async fn look_back_ends_reading_by_the_order_and_is_not_pushed() {
    let sandbox = sandbox(RECORDS).await;
    for (source, rows) in lists(&sandbox) {
        let source = [source];
        let capability = source[0].capability();
        let all = read_calls(&source, &Query::default()).await.sources[0].pages;
        let lookback_floor = Some(rows[rows.len() / 10].started_at);
        let query = Query { lookback_floor, ..Query::default() };
        let plan = source[0].plan(&query);
        assert!(plan.pushed.iter().all(|one| one.field != FilterField::StartedAt), "{plan}");
        let expected: Vec<_> =
            rows.iter().filter(|row| row.matches(&query)).map(|row| row.id.clone()).collect();
        let answer = read_calls(&source, &query).await;
        let found: Vec<_> = answer.calls.into_iter().map(|call| call.id.call_id).collect();
        assert_eq!(found, expected, "{}", capability.list);
        let summary = &answer.sources[0];
        // Every list of the sandbox is newest first, whether stated or not.
        let early = plan.expected.lists == 1;
        assert_eq!(summary.verdict == Verdict::StoppedEarly, early, "{summary}");
        assert_eq!(summary.pages < all, early, "{summary}");
        let stop =
            plan.early_stop.iter().find(|stop| stop.bound == StopBound::LookbackFloor).unwrap();
        assert_eq!(stop.documented, capability.order.newest_first());
    }
}

async fn unavailable_fields_are_refused(source: &[Box<dyn Source>], capability: &Capability) {
    for field in capability.unavailable_fields {
        let query = match field {
            FilterField::Direction => {
                Query { direction: vec!["inbound".into()], ..Query::default() }
            }
            FilterField::Contact => Query { contact: vec!["c".into()], ..Query::default() },
            FilterField::Campaign => Query { campaign: vec!["c".into()], ..Query::default() },
            other => panic!("write down how to ask for {other:?}"),
        };
        let answer = read_calls(source, &query).await;
        assert_eq!(answer.sources[0].verdict, Verdict::Unsupported, "{}", capability.list);
        assert_eq!(answer.sources[0].pages, 0);
    }
}

#[tokio::test]
async fn paging_total_and_order_are_as_claimed() {
    let sandbox = sandbox(RECORDS).await;
    for (source, rows) in lists(&sandbox) {
        let source = [source];
        let capability = source[0].capability();
        let plan = source[0].plan(&Query::default());
        if let Some(max) = capability.max_page_size {
            assert!(plan.expected.page_size <= max, "{}", capability.list);
        }
        let (mut pages, mut total, mut starts, mut full) = (0, None, Vec::new(), 0);
        let mut read = source[0].pages(&plan, ListStart::default());
        while let Some(page) = read.next().await {
            let page = page.unwrap();
            pages += 1;
            total = page.info.total;
            // Numbered pages overlap best where they are not as large as they can be.
            full += usize::from(page.info.records * 4 >= plan.expected.page_size as usize * 3);
            starts.extend(page.items.iter().filter_map(|item| match item {
                ListedRecord::Call(call) => call.started_at,
                other => panic!("{other:?}"),
            }));
        }
        if plan.expected.lists == 1 {
            assert_eq!(starts.len(), RECORDS, "{}", capability.list);
            assert!(full + 3 >= pages && pages > 2, "{}: {full} of {pages}", capability.list);
        }
        // One vendor's total comes in one of its two documented shapes only.
        if !matches!(capability.stop, StopRule::TotalReached) {
            assert_eq!(total.is_some(), capability.total.is_some(), "{}", capability.list);
        }
        // The sandbox takes no other position: that the list was read shows the claim.
        let served = callfold_sandbox::paging(source[0].vendor()).unwrap();
        match (capability.paging, served) {
            (ListPaging::Page { first }, Served::Page { first: served, .. }) => {
                assert_eq!(first, served as u64, "{}", capability.list);
            }
            (ListPaging::Offset, Served::Offset { .. })
            | (ListPaging::Token, Served::Token { .. })
            | (ListPaging::Key { .. }, Served::Key { .. }) => {}
            other => panic!("{}: {other:?}", capability.list),
        }
        match capability.order {
            Ordering::Unknown => assert!(plan.early_stop.iter().all(|stop| !stop.documented)),
            Ordering::NewestFirst => assert!(starts.is_sorted_by(|a, b| a >= b)),
            Ordering::Selectable { .. } => {
                assert!(starts.is_sorted_by(|a, b| a >= b));
                let query = Query { order: Order::OldestFirst, limit: Some(3), ..Query::default() };
                let answer = read_calls(&source, &query).await;
                let oldest: Vec<_> = rows.iter().rev().take(3).map(|row| row.id.clone()).collect();
                let found: Vec<_> = answer.calls.into_iter().map(|c| c.id.call_id).collect();
                assert_eq!((found, answer.sources[0].pages), (oldest, 1));
            }
            other => panic!("no test for {other:?}"),
        }
    }
}

#[tokio::test]
async fn detail_and_lookup_are_as_claimed() {
    let sandbox = sandbox(RECORDS).await;
    for (source, rows) in lists(&sandbox) {
        let source = [source];
        let capability = source[0].capability();
        let base = Query { limit: Some(12), order: Order::AsRead, raw: true, ..Query::default() };
        let light = read_calls(&source, &base).await;
        let full = read_calls(&source, &Query { detail: Detail::FULL, ..base.clone() }).await;
        assert_eq!((light.calls.len(), full.calls.len()), (12, 12), "{}", capability.list);
        for support in capability.detail {
            let tells = |call: &Call| has(call, support.part);
            assert!(full.calls.iter().any(tells), "{}: {support:?}", capability.list);
            match support.cost {
                DetailCost::Inline => {
                    assert!(light.calls.iter().any(tells), "{}: {support:?}", capability.list)
                }
                DetailCost::ListOption { .. } | DetailCost::RequestPerCall { .. } => {
                    assert!(!light.calls.iter().any(tells), "{}: {support:?}", capability.list)
                }
                other => panic!("no test for {other:?}"),
            }
        }
        let (found, errors) = find_call(&source, &rows[rows.len() / 2].id).await;
        assert!(errors.is_empty() && found.len() == 1, "{}: {errors:?}", capability.list);
        match capability.lookup {
            Lookup::Scan | Lookup::Id { .. } => {}
            other => panic!("no test for {other:?}"),
        }
    }
}

fn has(call: &Call, part: DetailPart) -> bool {
    let parties = [&call.from, &call.to];
    match part {
        DetailPart::Numbers => parties.into_iter().flatten().any(|party| party.number.is_some()),
        DetailPart::Cost => call.cost.is_some(),
        DetailPart::Transcript => call.transcript.state == TranscriptState::Inline,
        DetailPart::Recording => !call.recordings.is_empty(),
        DetailPart::Analysis => call.summary.is_some() || !call.analysis.is_empty(),
        DetailPart::Metrics => !call.latency.is_empty(),
        DetailPart::Diagnostics => call.raw.get().contains("\"turn_events\""),
        DetailPart::Actions => call.raw.get().contains("\"action_executions\""),
        other => panic!("write down how {other:?} is reported"),
    }
}
