//! Old calls are read again, a slice in each run: what was lost or changed is
//! healed, what is no longer listed is marked, and what was read is noted.

use crate::{
    database::{TestDatabase, databases, sqlite},
    support::{assert_same_rows, run, run_until, sandbox, source, total},
};
use callfold_reader::{Source, vendors};
use callfold_sandbox::{Sandbox, SandboxOptions};
use callfold_sync::{RunOutcome, ScrubShare, SyncOptions};
use std::{collections::BTreeMap, time::Duration};

type Content = BTreeMap<String, Vec<String>>;

const RECORDS: usize = 600;

/// A share that takes few runs.
fn options(share: &str) -> SyncOptions {
    let scrub = ScrubShare::parse(share).unwrap();
    SyncOptions { scrub, lookback: Duration::ZERO, ..SyncOptions::default() }
}

/// Stores all calls, and asks for those that are not over, which changes them.
async fn store(place: &TestDatabase, sources: &[Box<dyn Source>]) {
    for _ in 0..2 {
        run(place, sources, &options("0")).await;
    }
}

/// The databases to try a vendor on: every way to take a slice on each.
async fn databases_for(vendor: &str) -> Vec<TestDatabase> {
    match vendor {
        "agentvoice" | "zudu" => databases().await,
        _ => vec![sqlite()],
    }
}

/// Removes calls by hand.
async fn lose(place: &TestDatabase, which: &str) {
    if !place.is_postgres() {
        let texts = format!("SELECT number, summary, said FROM call_texts WHERE call IN ({which})");
        place
            .execute(&format!(
                "INSERT INTO call_search (call_search, rowid, summary, said)
                 SELECT 'delete', number, summary, said FROM ({texts});
                 DELETE FROM search_calls WHERE call IN ({which})"
            ))
            .await;
    }
    for table in
        ["turns", "transfers", "cost_parts", "other_totals", "warnings", "recordings", "raw"]
    {
        place.execute(&format!("DELETE FROM {table} WHERE call IN ({which})")).await;
    }
    place.execute(&format!("DELETE FROM calls WHERE id IN ({which})")).await;
}

fn assert_same(ours: &Content, whole: &Content, vendor: &str) {
    for (table, rows) in whole {
        assert_same_rows(&ours[table], rows, &format!("{vendor}, {table}"));
    }
}

/// Old calls, here and there.
const SOME: &str = "SELECT id FROM (SELECT id, row_number() OVER (ORDER BY started_at) AS place \
                    FROM calls) AS numbered WHERE place IN (1, 7, 150, 311, 480)";

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_were_lost_are_back_within_some_runs() {
    for vendor in vendors() {
        for place in databases_for(vendor.name).await {
            let sandbox = sandbox(RECORDS).await;
            let sources = [source(&sandbox, vendor.name)];
            store(&place, &sources).await;
            let whole = place.content().await;
            lose(&place, SOME).await;
            assert_eq!(place.count("calls").await, RECORDS as u64 - 5);
            let (mut recovered, mut runs) = (0, 0);
            while recovered < 5 {
                let report = run(&place, &sources, &options("50%")).await;
                let report = &report.sources[0];
                let scrub = report.scrub.as_ref().unwrap();
                assert!(scrub.error.is_none() && scrub.pages > 0, "{scrub:?}");
                recovered += scrub.recovered;
                runs += 1;
                assert!(runs < 60, "{}: {recovered} after {runs} runs", vendor.name);
            }
            // Their links are those of the record that was read last.
            run(&place, &sources, &options("0")).await;
            assert_same(&place.content().await, &whole, vendor.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn call_that_is_stored_otherwise_is_written_as_it_is() {
    for vendor in ["agentvoice", "zudu"] {
        for place in databases().await {
            let sandbox = sandbox(600).await;
            let sources = [source(&sandbox, vendor)];
            store(&place, &sources).await;
            let whole = place.content().await;
            let other = if place.is_postgres() { "'\\x00'::bytea" } else { "x'00'" };
            let other = other.replace("00", &"00".repeat(16));
            let oldest = "(SELECT id FROM calls ORDER BY started_at LIMIT 1)";
            let forge = format!(
                "UPDATE calls SET summary = 'forged', content_hash = {other}, \
                 list_hash = {other} WHERE id = {oldest}"
            );
            place.execute(&forge).await;
            for runs in 0.. {
                let report = run(&place, &sources, &options("50%")).await;
                if report.sources[0].scrub.as_ref().unwrap().changed > 0 {
                    break;
                }
                assert!(runs < 30, "{vendor}");
            }
            assert_same(&place.content().await, &whole, vendor);
        }
    }
}

async fn rotate(place: &TestDatabase, sources: &[Box<dyn Source>], runs: u32) -> u64 {
    let mut missing = 0;
    for _ in 0..runs {
        let report = run(place, sources, &options("50%")).await;
        missing += total(&report, |source| source.missing);
        assert_eq!(report.outcome, RunOutcome::Complete, "{:?}", report.sources);
    }
    missing
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_a_proven_slice_lists_no_longer_are_marked() {
    for vendor in vendors() {
        for place in databases_for(vendor.name).await {
            let sandbox = sandbox(600).await;
            let sources = [source(&sandbox, vendor.name)];
            let first = run(&place, &sources, &options("0")).await;
            let is_announced = first.sources[0].scans[0].summary.total.is_some();
            let mut less = (*sandbox.dataset()).clone();
            // Old ones: the newest come first.
            less.retain(vendor.name, |at| at < 300 || at % 100 != 50);
            let gone = 600 - less.truths(vendor.name).len() as u64;
            assert!(gone > 1);
            sandbox.service().set_dataset(less);
            let missing = rotate(&place, &sources, 10).await;
            // Where no total is announced it cannot be known.
            let expect = if is_announced { gone } else { 0 };
            assert_eq!(missing, expect, "{}", vendor.name);
            assert_eq!(place.count("calls").await, 600, "nothing is deleted");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_verified_again_within_some_runs() {
    for vendor in vendors() {
        let (sandbox, place) = (sandbox(600).await, sqlite());
        let sources = [source(&sandbox, vendor.name)];
        let first = run(&place, &sources, &options("0")).await;
        let first = first.sources[0].verified.everything_since.unwrap();
        let again = run(&place, &sources, &options("0")).await;
        let verified = &again.sources[0].verified;
        assert_eq!(verified.everything_since, Some(first), "{}: only new calls", vendor.name);
        assert!(verified.up_to.unwrap() > first);
        rotate(&place, &sources, 8).await;
        let later = run(&place, &sources, &options("50%")).await;
        let later = later.sources[0].verified.everything_since.unwrap();
        assert!(later > first, "{}", vendor.name);
        let full = SyncOptions { full: true, ..options("5%") };
        let full = run(&place, &sources, &full).await;
        assert!(full.sources[0].scrub.is_none(), "a full sync is one");
        assert!(full.sources[0].verified.everything_since.unwrap() > later);
        assert_eq!(place.count("verified").await, 1, "{}", vendor.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn share_bounds_the_requests_and_zero_turns_it_off() {
    for vendor in vendors() {
        let (sandbox, place) = (sandbox(RECORDS).await, sqlite());
        let sources = [source(&sandbox, vendor.name)];
        run(&place, &sources, &options("0")).await;
        assert!(run(&place, &sources, &options("0")).await.sources[0].scrub.is_none());
        for _ in 0..3 {
            // Pages, not requests: how many a sync asks for ahead depends on the load. A page
            // or two of a span, the one that shows its end, and its head again.
            let report = run(&place, &sources, &options("5%")).await;
            let pages = report.sources[0].scrub.as_ref().map(|scrub| scrub.pages);
            assert!(
                pages.is_some_and(|pages| (1..=4).contains(&pages)),
                "{}: {pages:?}",
                vendor.name
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn slice_that_is_stopped_leaves_the_mark_and_is_read_by_the_next_run() {
    for vendor in ["agentvoice", "zudu", "vozagent"] {
        for place in databases_for(vendor).await {
            let sandbox = sandbox(RECORDS).await;
            let sources = [source(&sandbox, vendor)];
            run(&place, &sources, &options("0")).await;
            let mark = "SELECT CAST(high_water AS text) FROM sync_state";
            let before = place.value(mark).await;
            lose(&place, SOME).await;
            for _ in 0..3 {
                run_until(&place, &sources, &options("100%"), |_, stopper| stopper.cancel()).await;
                assert_eq!(place.value(mark).await, before);
            }
            for runs in 0.. {
                let report = run(&place, &sources, &options("100%")).await;
                assert_eq!(report.outcome, RunOutcome::Complete, "{:?}", report.sources);
                if place.count("calls").await == RECORDS as u64 {
                    break;
                }
                assert!(runs < 20, "{vendor}");
            }
            assert_eq!(place.value(mark).await, before);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn list_that_grows_faster_than_it_is_scrubbed_is_gone_through_all_the_same() {
    for vendor in ["zudu", "vozagent", "agentvoice"] {
        let often = callfold_sandbox::Frequency::per_second(1_000.0 / 86_400.0);
        let mut world = SandboxOptions::default().records(RECORDS).grow(often);
        world.dataset.anchor = chrono::Utc::now();
        let sandbox = Sandbox::start(world).await.unwrap();
        sandbox.freeze();
        let place = sqlite();
        let sources = [source(&sandbox, vendor)];
        run(&place, &sources, &options("0")).await;
        lose(&place, SOME).await;
        let lost = |name: &'static str| {
            let sandbox = &sandbox;
            let place = &place;
            async move {
                let listed = sandbox.dataset().truths(name).len() as u64;
                listed - place.count("calls").await
            }
        };
        for runs in 0.. {
            // Ten pages of new calls or so.
            sandbox.advance(Duration::from_secs(86_400));
            run(&place, &sources, &options("5%")).await;
            if lost(vendor).await == 0 {
                break;
            }
            assert!(runs < 60, "{vendor}: {} lost", lost(vendor).await);
        }
    }
}
