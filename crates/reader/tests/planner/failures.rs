//! Bounds, faults and early ends.

use crate::support::{open, open_all, rows, sandbox};
use callfold_reader::{Detail, FilterField, ListedRecord, Order, Query, Verdict, read, read_calls};
use callfold_sandbox::{DatasetOptions, Sandbox, SandboxOptions};
use callfold_unify::model::{Call, WarningCode};
use chrono::TimeDelta;
use futures_util::StreamExt;
use std::future::poll_fn;

#[tokio::test]
async fn time_bound_ends_reading_where_the_order_is_observed() {
    let sandbox = sandbox(1_500).await;
    for source in open_all(&sandbox) {
        let source = [source];
        let rows = rows(&sandbox, source[0].vendor());
        let since = Some(rows[150].started_at);
        let answer = read_calls(&source, &Query { since, ..Query::default() }).await;
        assert_eq!(answer.calls.len(), 151);
        assert!(answer.sources[0].pages <= 5, "{}", answer.sources[0]);
        // The order is not that of the times asked for: nothing may be skipped.
        let until = Some(rows[1_400].started_at);
        let answer = read_calls(&source, &Query { until, ..Query::default() }).await;
        assert_eq!(answer.calls.len(), 99, "{}", answer.sources[0]);
    }
}

#[tokio::test]
async fn more_calls_than_may_be_sorted_are_an_error() {
    let sandbox = sandbox(300).await;
    let query = Query { max_sorted: Some(250), ..Query::default() };
    let sources = open_all(&sandbox);
    let answer = read_calls(&sources, &query).await;
    for (source, summary) in sources.iter().zip(&answer.sources) {
        let bounded = !source.capability().order.newest_first();
        let error = summary.error.as_ref().and_then(|error| error.sort_limit());
        assert_eq!(error.is_some(), bounded, "{summary}");
    }
    for query in
        [Query { order: Order::AsRead, ..query.clone() }, Query { limit: Some(9), ..query }]
    {
        let answer = read_calls(&sources, &query).await;
        assert!(answer.sources.iter().all(|source| source.error.is_none()), "{query:?}");
    }
}

#[tokio::test]
async fn dropped_or_waiting_stream_sends_no_more_requests() {
    let sandbox = sandbox(3_000).await;
    let sources = open_all(&sandbox);
    let query = Query { order: Order::AsRead, ..Query::default() };
    let mut reading = read(&sources, &query);
    for _ in 0..50 {
        assert!(matches!(reading.next().await, Some(ListedRecord::Call(_))));
    }
    // Of 150 pages: those asked for ahead, and two for each source.
    let ahead = sources[0].plan(&query).expected.prefetch as u64;
    let asked = sandbox.stats().requests;
    assert!(asked <= 5 * (ahead + 2), "{asked} requests for 50 calls");
    drop(reading);
    // Whatever was on its way has been answered once another source was.
    let another = [open(&sandbox, "zudu", &[])];
    read_calls(&another, &Query { limit: Some(300), ..Query::default() }).await;
    assert!(sandbox.stats().requests <= asked + 5 * ahead + 4);
}

#[tokio::test]
async fn detail_that_cannot_be_fetched_is_a_warning_on_that_call() {
    let sandbox = sandbox(60).await;
    let sources = [open(&sandbox, "vozagent", &[])];
    let query = Query { detail: Detail::FULL, order: Order::AsRead, ..Query::default() };
    let mut reading = read(&sources, &query);
    let mut warned = 0;
    let mut given = 0;
    while let Some(ListedRecord::Call(call)) = reading.next().await {
        if given == 0 {
            // From here on the single records of all calls are gone.
            let mut world = callfold_sandbox::Dataset::clone(&sandbox.dataset());
            world.retain("vozagent", |_| false);
            sandbox.service().set_dataset(world);
        }
        given += 1;
        let missed = |w: &callfold_unify::model::Warning| w.code == WarningCode::DetailUnavailable;
        warned += u64::from(call.warnings.iter().any(missed));
    }
    let summary = &reading.summaries()[0];
    assert_eq!((given, summary.detail_absent), (60, warned));
    assert!(summary.without_detail == 0 && !summary.is_incomplete(), "the vendor has none");
    assert!(warned > 30, "{warned}");
    assert_eq!(summary.verdict, Verdict::Unverifiable);
}

#[tokio::test]
async fn call_that_cannot_be_compared_is_counted_and_makes_the_answer_partial() {
    let sandbox = sandbox(60).await;
    let sources = [open(&sandbox, "vozagent", &[])];
    let number = rows(&sandbox, "vozagent")[5].query_by(FilterField::Phone, false).unwrap().phone;
    let query = Query { phone: number, order: Order::AsRead, ..Query::default() };
    let mut reading = read(&sources, &query);
    let mut given = 0;
    loop {
        let entry = poll_fn(|cx| {
            if sandbox.stats().count("vozagent", "get_call") > 8 {
                // From here on the single records of all calls are gone.
                let mut world = callfold_sandbox::Dataset::clone(&sandbox.dataset());
                world.retain("vozagent", |_| false);
                sandbox.service().set_dataset(world);
            }
            reading.poll_next_unpin(cx)
        });
        if entry.await.is_none() {
            break;
        }
        given += 1;
    }
    let summary = &reading.summaries()[0];
    assert!(summary.undecided > 20 && summary.is_incomplete(), "{summary}");
    assert_eq!(summary.matched, given);
    assert_eq!(summary.matched + summary.filtered + summary.undecided, 60);
    assert!(summary.to_string().contains(" undecided: details could not be fetched"), "{summary}");
}

#[tokio::test]
async fn time_range_is_the_same_in_every_order() {
    let sandbox = sandbox(1_000).await;
    for source in open_all(&sandbox) {
        let source = [source];
        let rows = rows(&sandbox, source[0].vendor());
        let since = rows[500].started_at;
        for order in [Order::NewestFirst, Order::OldestFirst, Order::AsRead] {
            let until = since + TimeDelta::hours(30);
            let query = Query { since: Some(since), until: Some(until), order, ..Query::default() };
            let expected = rows.iter().filter(|row| row.matches(&query)).count();
            let answer = read_calls(&source, &query).await;
            assert_eq!(answer.calls.len(), expected, "{}", answer.sources[0]);
        }
    }
}

#[tokio::test]
async fn page_sent_in_place_of_another_loses_no_record() {
    // In some of these the last page comes late even when the list is read again.
    for seed in (0..100).step_by(9).chain([39, 55, 57, 86]) {
        let records = 605 + seed as usize;
        let world = DatasetOptions { records, ..DatasetOptions::default() };
        let fault = "duplicate-page=30%";
        let options =
            SandboxOptions { dataset: world, ..SandboxOptions::default() }.fault_seed(seed);
        let sandbox = Sandbox::start(options.fault(fault).unwrap()).await.unwrap();
        let sources = ["vozagent", "agentvoice"].map(|vendor| open(&sandbox, vendor, &[]));
        let query = Query { order: Order::AsRead, ..Query::default() };
        let answer = read_calls(&sources, &query).await;
        for (source, summary) in sources.iter().zip(&answer.sources) {
            let of = |call: &&Call| call.id.vendor == source.vendor();
            let found = answer.calls.iter().filter(of).count();
            let is_named = summary.is_failed()
                || !matches!(summary.verdict, Verdict::Complete | Verdict::Unverifiable);
            assert!(found == records || is_named, "{seed}: {found} of {records}: {summary}");
        }
    }
}
