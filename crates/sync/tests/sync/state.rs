//! What is read again, and what is not.

use crate::{
    database::{TestDatabase, databases, sqlite},
    support::{
        DAY, assert_same_rows, growing, requests, run, run_until, sandbox, source, sources, total,
    },
};
use callfold_reader::{DetailCost, DetailSupport, Verdict, vendors};
use callfold_sync::{RunOutcome, ScanKind, SourceReport, SyncOptions};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn second_sync_asks_for_no_more_than_the_lookback() {
    let records = 3_000;
    let sandbox = sandbox(records).await;
    let place = sqlite();
    for vendor in vendors() {
        let sources = [source(&sandbox, vendor.name)];
        run(&place, &sources, &SyncOptions::default()).await;
        let first = requests(&sandbox, vendor.name);
        let report = run(&place, &sources, &SyncOptions::default()).await;
        let second = requests(&sandbox, vendor.name) - first;
        let within = report.sources[0].written.unchanged;
        assert!(within > 100, "three days of calls, at least");
        let size = report.sources[0].scans[0].summary.records.div_ceil(1).min(within + 260);
        let page = vendor.lists[0].max_page_size.unwrap_or(100).min(100);
        // Fifty rows beyond the bound where the order is only observed, pages that were asked for
        // ahead, and a look at the first and last where nothing is announced.
        let most = (size + 60).div_ceil(page.into()) + 12;
        assert!(second <= most, "{}: {second} requests for {within} calls", vendor.name);
        assert!(second < first, "{}: {second} of {first}", vendor.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn call_in_progress_is_ended_by_the_next_sync_wherever_it_lies() {
    for place in databases().await {
        let sandbox = growing(200).await;
        let sources = sources(&sandbox);
        // Nothing but the newest call lies within it.
        let options = SyncOptions { lookback: Duration::ZERO, ..SyncOptions::default() };
        run(&place, &sources, &options).await;
        let open = "SELECT count(*) FROM calls WHERE NOT is_final AND status <> 'ended'";
        assert!(
            place.value(open).await.parse::<usize>().unwrap() >= callfold_sandbox::vendors().len(),
            "each vendor has one"
        );
        sandbox.advance(5 * DAY);
        sandbox.freeze();
        let report = run(&place, &sources, &options).await;
        assert_eq!(report.outcome, RunOutcome::Complete, "{:?}", report.sources);
        let newest = "SELECT vendor, max(started_at) AS at FROM calls GROUP BY vendor";
        let still = format!(
            "SELECT count(*) FROM calls JOIN ({newest}) AS newest ON newest.vendor = calls.vendor \
             WHERE NOT is_final AND status <> 'ended' AND calls.started_at < newest.at"
        );
        assert_eq!(place.value(&still).await, "0");
        assert_same_as_fresh(&place, &sandbox).await;
    }
}

/// Compares a database with one that is made of the same world at once.
async fn assert_same_as_fresh(place: &TestDatabase, sandbox: &callfold_sandbox::Sandbox) {
    let fresh = sqlite();
    run(&fresh, &sources(sandbox), &SyncOptions::default()).await;
    // A call in progress is fetched by its id, and then has fields that the list lacks.
    let listed = vendors().iter().filter(|vendor| vendor.lists.iter().all(is_whole));
    let listed: Vec<_> = listed.map(|vendor| format!("'{}'", vendor.name)).collect();
    let sql = format!(
        "SELECT id, started_at, status, \
                CASE WHEN vendor IN ({0}) THEN coalesce(ended_at, '') END, \
                CASE WHEN vendor IN ({0}) THEN coalesce(analysis_state, '') END \
         FROM calls ORDER BY id",
        listed.join(", ")
    );
    let (ours, theirs) = (place.content().await, fresh.content().await);
    assert_eq!(ours["calls"].len(), theirs["calls"].len());
    if !place.is_postgres() {
        assert_eq!(place.rows(&sql).await, fresh.rows(&sql).await);
    }
}

/// Whether the list has all that a single record has.
fn is_whole(list: &callfold_reader::Capability) -> bool {
    let is_inline = |part: &DetailSupport| !matches!(part.cost, DetailCost::RequestPerCall { .. });
    list.detail.iter().all(is_inline)
}

#[tokio::test(flavor = "multi_thread")]
async fn sync_that_was_stopped_goes_on_where_it_was() {
    for place in databases().await {
        // More than are on their way when the first page is kept, however slow the database is.
        let sandbox = sandbox(2_000).await;
        let reference = sqlite();
        run(&reference, &sources(&sandbox), &SyncOptions::default()).await;
        let at_once = sandbox.stats().requests;
        let mut runs = 0;
        loop {
            let look = |_: &callfold_sync::PageProgress<'_>,
                        stopper: &callfold_sync::CancellationToken| {
                stopper.cancel();
            };
            let report = run_until(&place, &sources(&sandbox), &SyncOptions::default(), look).await;
            runs += 1;
            if total(&report, |source| source.written.new) == 0 {
                break;
            }
            assert!(runs > 1 || report.outcome == RunOutcome::Stopped, "{:?}", report.sources);
            assert!(runs < 100, "it gets nowhere");
        }
        let report = run(&place, &sources(&sandbox), &SyncOptions::default()).await;
        assert_eq!(report.outcome, RunOutcome::Complete, "{:?}", report.sources);
        let again = sandbox.stats().requests - at_once;
        // What was asked for ahead is lost with each stop, nothing else is asked for twice.
        assert!(again < 3 * at_once + 60 * runs, "{again} requests instead of {at_once}");
        let (ours, theirs) = (place.content().await, reference.content().await);
        for (table, rows) in &theirs {
            assert_same_rows(&ours[table], rows, &format!("{table} of {}", place.name));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sync_that_is_stopped_when_the_last_page_was_read_and_not_written_goes_on() {
    let sandbox = sandbox(600).await;
    for vendor in vendors() {
        let sources = [source(&sandbox, vendor.name)];
        let reference = sqlite();
        run(&reference, &sources, &SyncOptions::default()).await;
        for page in 1..=6 {
            let place = sqlite();
            let look = |progress: &callfold_sync::PageProgress<'_>,
                        stopper: &callfold_sync::CancellationToken| {
                // Meanwhile the pages that follow arrive.
                std::thread::sleep(Duration::from_millis(30));
                if progress.pages == page {
                    stopper.cancel();
                }
            };
            let stopped = run_until(&place, &sources, &SyncOptions::default(), look).await;
            let written = place.count("calls").await;
            if stopped.outcome == RunOutcome::Complete {
                assert_eq!(written, 600, "{} after page {page}", vendor.name);
            }
            let report = run(&place, &sources, &SyncOptions::default()).await;
            assert_eq!(report.outcome, RunOutcome::Complete, "{:?}", report.sources);
            let name = vendor.name;
            assert_eq!(place.count("calls").await, 600, "{name} after page {page}: {written}");
            assert_eq!(place.content().await, reference.content().await, "{name} {page}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_a_new_file_are_made_when_everything_was_read_or_a_call_changes() {
    let keys = "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND name LIKE '%_key'";
    for days in [0, 2] {
        let (sandbox, place) = (growing(800).await, sqlite());
        let stop_at_once = |_: &callfold_sync::PageProgress<'_>,
                            stopper: &callfold_sync::CancellationToken| {
            stopper.cancel();
        };
        let (all, options) = (sources(&sandbox), SyncOptions::default());
        // Its first page has the calls that go on.
        let newest_first = [source(&sandbox, "zudu")];
        let first = run_until(&place, &newest_first, &options, stop_at_once).await;
        assert_eq!(first.outcome, RunOutcome::Stopped);
        assert_eq!(place.value(keys).await, "0");
        // What went on has ended, and its rows are looked for.
        sandbox.advance(days * DAY);
        sandbox.freeze();
        let report = run(&place, &all, &options).await;
        assert_eq!(report.outcome, RunOutcome::Complete, "{:?}", report.sources);
        assert_eq!(total(&report, |source| source.written.changed) > 0, days > 0);
        assert_eq!(place.value(keys).await, "8");
        assert!(place.rows("PRAGMA foreign_key_check").await.is_empty());
        let twice = "INSERT INTO turns SELECT * FROM turns LIMIT 1";
        assert!(rusqlite::Connection::open(&place.name).unwrap().execute(twice, []).is_err());
        assert_same_as_fresh(&place, &sandbox).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn full_sync_marks_what_is_no_longer_listed_and_deletes_nothing() {
    for place in databases().await {
        let sandbox = sandbox(300).await;
        let sources = sources(&sandbox);
        run(&place, &sources, &SyncOptions::default()).await;
        let whole = sandbox.dataset();
        let mut less = (*whole).clone();
        for vendor in vendors() {
            less.retain(vendor.name, |place| place % 10 != 7);
        }
        sandbox.service().set_dataset(less);
        let full = SyncOptions { full: true, ..SyncOptions::default() };
        let report = run(&place, &sources, &full).await;
        assert_eq!(report.outcome, RunOutcome::Complete, "{:?}", report.sources);
        assert!(report.sources.iter().all(|source| source.scans[0].kind == ScanKind::Full));
        // What a list without a total did not show may be there all the same.
        let is_proved =
            |source: &&SourceReport| source.scans[0].summary.verdict == Verdict::Complete;
        let proved = report.sources.iter().filter(is_proved).count() as u64;
        assert!(
            proved > 0 && (proved as usize) < callfold_sandbox::vendors().len(),
            "{:?}",
            report.sources
        );
        for source in &report.sources {
            let expect = if is_proved(&source) { 30 } else { 0 };
            assert_eq!(source.missing, expect, "{source:?}");
        }
        let missing = "SELECT count(*) FROM calls WHERE missing_since_run = 2";
        assert_eq!(place.value(missing).await, (proved * 30).to_string());
        let stored = (300 * callfold_sandbox::vendors().len()) as u64;
        assert_eq!(place.count("calls").await, stored, "nothing is deleted");
        let again = run(&place, &sources, &full).await;
        assert_eq!(total(&again, |source| source.missing), 0, "it is reported once");
        sandbox.service().set_dataset((*whole).clone());
        let back = run(&place, &sources, &full).await;
        assert_eq!(total(&back, |source| source.written.back), proved * 30);
        let missing = "SELECT count(*) FROM calls WHERE missing_since_run IS NOT NULL";
        assert_eq!(place.value(missing).await, "0");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn call_that_is_never_over_is_given_up() {
    let sandbox = sandbox(100).await;
    let (place, vendor) = (sqlite(), "vozagent");
    let sources = [source(&sandbox, vendor)];
    let options = SyncOptions { lookback: Duration::ZERO, ..SyncOptions::default() };
    run(&place, &sources, &options).await;
    let later = |options: &SyncOptions, clock| SyncOptions { clock, ..options.clone() };
    let soon = run(&place, &sources, &options).await;
    assert!(soon.sources[0].lookups > 0, "{:?}", soon.sources);
    let month = later(&options, || chrono::Utc::now() + 31 * DAY);
    let after = run(&place, &sources, &month).await;
    assert_eq!(after.sources[0].lookups, 0, "{:?}", after.sources);
    assert!(after.sources[0].open_expired > 0);
    let patient = SyncOptions { give_up: 60 * DAY, ..options };
    let patient = later(&patient, || chrono::Utc::now() + 45 * DAY);
    assert!(run(&place, &sources, &patient).await.sources[0].lookups > 0);
}
