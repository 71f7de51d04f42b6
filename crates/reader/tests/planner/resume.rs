//! Reading that stops after a batch, and is resumed.

use crate::claims::lists;
use crate::support::{Row, open, rows, sandbox};
use callfold_reader::{
    Batch, Detail, FilterField, Query, ResumeState, Source, SourceSummary, Verdict,
};
use callfold_reader::{read_batches, vendors};
use callfold_sandbox::{Dataset, Sandbox};
use std::collections::{BTreeMap, HashSet};

/// Several pages of every vendor, and no multiple of any.
const RECORDS: usize = 430;

/// The same, where each stop is tried with each change.
const MOVING: usize = 230;

/// The ids of a batch, and the numbers that come with it.
type Shown = (Vec<String>, usize, Option<u64>);

fn shown(batch: &Batch) -> Shown {
    let ids = batch.calls.iter().map(|call| call.call.id.call_id.clone());
    (ids.collect(), batch.records, batch.total)
}

/// At most so many batches, from `resume` on, and where to resume after them.
async fn batches(
    source: &dyn Source,
    query: &Query,
    resume: Option<ResumeState>,
    at_most: usize,
) -> (Vec<Shown>, Option<ResumeState>, SourceSummary) {
    let mut stored = resume.clone();
    let mut reading = read_batches(source, query, resume);
    let mut read = Vec::new();
    while read.len() < at_most
        && let Some(batch) = reading.next().await
    {
        read.push(shown(&batch));
        // As it would be stored.
        let text = serde_json::to_string(&batch.checkpoint).unwrap();
        let seen = batch.seen.iter().map(|print| print.to_bytes());
        let mut all = stored.take().map(|stored| stored.seen).unwrap_or_default();
        all.extend(seen.map(callfold_reader::Fingerprint::from_bytes));
        stored = Some(ResumeState { checkpoint: serde_json::from_str(&text).unwrap(), seen: all });
    }
    let summary = reading.summary();
    assert!(summary.error.is_none(), "{summary}");
    (read, stored, summary)
}

fn in_json(summary: &SourceSummary) -> String {
    serde_json::to_string(summary).unwrap()
}

/// The batches, however often reading is stopped, are those of one run; gives
/// their number.
async fn same_result_wherever_it_stops(source: &dyn Source, query: &Query) -> usize {
    let name = source.capability().list;
    let (whole, _, summary) = batches(source, query, None, usize::MAX).await;
    for stop in 1..whole.len() {
        let (mut both, resume, _) = batches(source, query, None, stop).await;
        let (rest, _, resumed) = batches(source, query, resume, usize::MAX).await;
        both.extend(rest);
        assert_eq!(both, whole, "{name}, stopped after {stop} of {}", whole.len());
        assert_eq!(in_json(&resumed), in_json(&summary), "{name}, stopped after {stop}");
    }
    let (mut both, mut resume) = (Vec::new(), None);
    let resumed = loop {
        let (one, next, now) = batches(source, query, resume, 1).await;
        resume = next;
        if one.is_empty() {
            break now;
        }
        both.extend(one);
    };
    assert_eq!(both, whole, "{name}, one batch a run");
    assert_eq!(in_json(&resumed), in_json(&summary), "{name}, one batch a run");
    whole.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn run_stopped_after_any_batch_resumes_with_the_next() {
    let sandbox = sandbox(RECORDS).await;
    for (source, rows) in lists(&sandbox) {
        let stops = same_result_wherever_it_stops(source.as_ref(), &Query::default()).await;
        assert!(stops > 1, "{}: {stops} batches", source.capability().list);
        let base = Query { raw: true, ..Query::default() };
        let middle = rows[rows.len() / 2].started_at;
        let mut queries = vec![
            Query { since: Some(middle), ..base.clone() },
            Query { lookback_floor: Some(middle), ..base.clone() },
            Query { until: Some(middle), ..base.clone() },
        ];
        // Where each record costs a request a page comes in parts.
        if source.capability().detail_only.contains(&FilterField::Phone) {
            queries.extend(rows[3].query_by(FilterField::Phone, false));
        }
        for query in queries {
            same_result_wherever_it_stops(source.as_ref(), &query).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn run_over_several_lists_resumes_in_any_of_them() {
    let sandbox = sandbox(1_200).await;
    let mut calls: BTreeMap<_, usize> = BTreeMap::new();
    for number in rows(&sandbox, "ravan").into_iter().flat_map(|row| row.numbers) {
        *calls.entry(number.as_str().to_owned()).or_default() += 1;
    }
    // The lines of agents have many calls, and some between each other's.
    let mut lines: Vec<_> = calls.iter().map(|(number, calls)| (*calls, number.as_str())).collect();
    lines.sort_unstable();
    let phones: Vec<_> = lines.iter().rev().take(3).map(|(_, number)| *number).collect();
    let source = open(&sandbox, "ravan", &phones);
    assert_eq!(source.plan(&Query::default()).expected.lists, 3);
    let stops = same_result_wherever_it_stops(source.as_ref(), &Query::default()).await;
    assert!(stops > 5, "{stops} batches");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn run_over_a_list_that_lost_a_call_is_the_same_wherever_it_stops() {
    let sandbox = sandbox(RECORDS).await;
    let full = Dataset::clone(&sandbox.dataset());
    let query = Query::default();
    for vendor in vendors() {
        let source = open(&sandbox, vendor.name, &[]);
        let source = source.as_ref();
        if !source.capability().paging.can_shift() {
            continue;
        }
        // One call vanishes when the first page was read.
        let moved = async |stop: usize| {
            show(&sandbox, &full, 0, |_| false);
            let (mut read, resume, _) = batches(source, &query, None, 1).await;
            show(&sandbox, &full, 0, |place| place == 30);
            let (rest, resume, summary) = batches(source, &query, resume, stop).await;
            read.extend(rest);
            (read, resume, summary)
        };
        let (whole, _, summary) = moved(usize::MAX).await;
        assert!(summary.changed_during_read && summary.found_on_reread.is_none(), "{summary}");
        for stop in 1..whole.len() - 1 {
            let (mut both, resume, _) = moved(stop).await;
            let (rest, _, resumed) = batches(source, &query, resume, usize::MAX).await;
            both.extend(rest);
            let calls = |read: &[Shown]| read.iter().flat_map(|one| one.0.clone()).collect();
            let (both, whole): (Vec<_>, Vec<_>) = (calls(&both), calls(&whole));
            assert_eq!(both, whole, "{}, stopped after {stop}", vendor.name);
            assert_eq!(in_json(&resumed), in_json(&summary), "{}", vendor.name);
        }
    }
}

#[tokio::test]
async fn batches_have_list_records_and_the_enricher_adds_the_rest() {
    let sandbox = sandbox(120).await;
    for (source, rows) in lists(&sandbox) {
        let query = Query { detail: Detail::FULL, limit: Some(3), ..Query::default() };
        let mut reading = read_batches(source.as_ref(), &query, None);
        let complete = reading.enricher();
        assert_eq!(complete.is_some(), reading.plan().expected.request_per_call);
        let mut ids = HashSet::new();
        while let Some(batch) = reading.next().await {
            for call in batch.calls {
                assert!(!call.is_enriched);
                let mut call = call.call;
                if let Some(complete) = &complete {
                    let id = call.id.clone();
                    call = complete(call).await.call;
                    assert_eq!(call.id, id);
                }
                assert_eq!(call.raw.get(), "null");
                ids.insert(call.id.call_id);
            }
        }
        assert_eq!(ids.len(), rows.len(), "the limit is not looked at");
        assert!(!reading.summary().is_incomplete());
    }
}

/// What becomes of the lists while nobody reads: by place in the world, which
/// is newest first.
struct Change {
    name: &'static str,
    /// Of the newest calls, so many have not begun before, and after it.
    hidden: [usize; 2],
    vanish: &'static dyn Fn(usize) -> bool,
}

const CHANGES: [Change; 6] = [
    Change { name: "some arrive", hidden: [20, 7], vanish: &|_| false },
    Change { name: "one vanishes", hidden: [20, 20], vanish: &|place| place == 30 },
    Change { name: "one comes for one", hidden: [20, 19], vanish: &|place| place == 31 },
    Change { name: "many vanish", hidden: [0, 0], vanish: &|place| place % 3 == 0 },
    Change { name: "most vanish", hidden: [20, 10], vanish: &|place| place > 60 },
    Change { name: "the end vanishes", hidden: [0, 0], vanish: &|place| place > 190 },
];

fn show(sandbox: &Sandbox, full: &Dataset, hidden: usize, vanished: impl Fn(usize) -> bool) {
    let mut world = full.clone();
    for vendor in vendors() {
        world.retain(vendor.name, |place| place >= hidden && !vanished(place));
    }
    sandbox.service().set_dataset(world);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn list_that_changed_between_two_runs_loses_nothing() {
    let sandbox = sandbox(MOVING).await;
    let full = Dataset::clone(&sandbox.dataset());
    let all: Vec<Vec<Row>> = vendors().iter().map(|one| rows(&sandbox, one.name)).collect();
    let query = Query::default();
    for (vendor, rows) in vendors().iter().zip(&all) {
        let source = open(&sandbox, vendor.name, &[]);
        for change in &CHANGES {
            for stop in 1.. {
                show(&sandbox, &full, change.hidden[0], |_| false);
                let (first, resume, _) = batches(source.as_ref(), &query, None, stop).await;
                let stopped = first.len() == stop;
                show(&sandbox, &full, change.hidden[1], change.vanish);
                let (rest, _, summary) = batches(source.as_ref(), &query, resume, usize::MAX).await;
                let what = format!("{}, {} after {stop}: {summary}", vendor.name, change.name);
                let given: Vec<_> = first.iter().chain(&rest).flat_map(|batch| &batch.0).collect();
                let once: HashSet<_> = given.iter().copied().collect();
                assert_eq!(given.len(), once.len(), "a call came twice: {what}");
                let throughout = rows
                    .iter()
                    .enumerate()
                    .filter(|(place, _)| *place >= change.hidden[0] && !(change.vanish)(*place));
                for (place, row) in throughout {
                    assert!(once.contains(&row.id), "the call at {place} was lost: {what}");
                }
                assert!(!matches!(summary.verdict, Verdict::ShortBy { .. }), "{what}");
                // What only moved on was not left to reading again.
                let arrived = (change.hidden[0] - change.hidden[1]) as u64;
                let others = change.name != "some arrive";
                assert!(others || summary.found_on_reread.unwrap_or(0) <= arrived, "{what}");
                if !stopped {
                    break;
                }
            }
        }
    }
}
