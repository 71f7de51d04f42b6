//! What could not be fetched is owed: tried again until it is fetched, or given
//! up with a reason.

use crate::{
    database::{TestDatabase, databases, sqlite},
    flaky::{Handle, flaky, serve, status},
    support::{DAY, HOUR, run, run_until, sandbox, source, source_with},
};
use callfold_reader::{Detail, SettingValue, Source};
use callfold_sandbox::Sandbox;
use callfold_sync::{OwedKind, RecordingOptions, RunOutcome, SyncOptions};
use chrono::Utc;
use std::time::Duration;

const RECORDS: usize = 300;

/// With details, and nothing but the newest call within the look-back.
fn options() -> SyncOptions {
    SyncOptions { detail: Detail::FULL, lookback: Duration::ZERO, ..SyncOptions::default() }
}

fn at(clock: fn() -> callfold_unify::model::Timestamp) -> SyncOptions {
    SyncOptions { clock, ..options() }
}

fn is_tenth(id: &str) -> bool {
    id.bytes().map(u32::from).sum::<u32>().is_multiple_of(10)
}

async fn turns(place: &TestDatabase) -> String {
    place.value("SELECT count(*) FROM turns").await
}

async fn fetched(sandbox: &Sandbox, vendor: &str) -> String {
    let reference = sqlite();
    run(&reference, &[source(sandbox, vendor)], &options()).await;
    turns(&reference).await
}

#[tokio::test(flavor = "multi_thread")]
async fn details_that_failed_once_are_fetched_by_the_next_sync_however_old_the_call_is() {
    for vendor in ["vozagent", "ravan", "vaani"] {
        let sandbox = sandbox(RECORDS).await;
        let expect = fetched(&sandbox, vendor).await;
        for place in databases().await {
            let fails = |id: &str, tries| (is_tenth(id) && tries == 0).then(|| status(503));
            let (source, _) = flaky(source(&sandbox, vendor), fails);
            let sources = [source];
            let first = run(&place, &sources, &options()).await;
            let owed = &first.sources[0].owed;
            assert_eq!(first.outcome, RunOutcome::Partial, "{vendor}");
            assert!((10..60).contains(&owed.details), "{vendor}: {owed:?}");
            let groups = owed.groups.iter().filter(|group| group.kind == OwedKind::Failed);
            let groups: Vec<_> = groups.collect();
            assert_eq!((groups.len(), groups[0].reason.as_str()), (1, "status 503"));
            assert_ne!(turns(&place).await, expect, "{vendor}");
            let second = run(&place, &sources, &options()).await;
            assert_eq!(second.outcome, RunOutcome::Complete, "{vendor}: {:?}", second.sources);
            // Of some the vendor has none, as it says when it is asked again.
            let now = &second.sources[0].owed;
            let found = now.resolved + (now.absent - owed.absent);
            assert_eq!((found, now.details), (owed.details, 0), "{vendor}");
            assert_eq!(turns(&place).await, expect, "{vendor}");
            let missed = "SELECT count(*) FROM calls WHERE detail LIKE '%missed%' \
                          AND id NOT IN (SELECT call FROM owed WHERE kind = 'absent')";
            assert_eq!(place.value(missed).await, "0", "{vendor}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn debt_is_written_with_the_page_that_brought_the_call() {
    for place in databases().await {
        let sandbox = sandbox(1_000).await;
        let fails = |id: &str, _| is_tenth(id).then(|| status(500));
        let (source, _) = flaky(source(&sandbox, "vozagent"), fails);
        let sources = [source];
        let stopped = run_until(&place, &sources, &options(), |_, stopper| stopper.cancel()).await;
        assert_eq!(stopped.outcome, RunOutcome::Stopped);
        let missed = "SELECT count(*) FROM calls WHERE detail LIKE '%missed%'";
        let stored = place.value(missed).await;
        assert_ne!(stored, "0");
        assert_eq!(place.count("owed").await.to_string(), stored);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn absent_details_are_requested_for_days_and_make_no_run_partial() {
    for place in databases().await {
        let sandbox = sandbox(60).await;
        let (source, handle) = flaky(source(&sandbox, "vaani"), |_, _| None);
        let sources = [source];
        let first = run(&place, &sources, &options()).await;
        assert_eq!(first.outcome, RunOutcome::Complete, "{:?}", first.sources);
        let absent = first.sources[0].owed.absent;
        assert!(absent > 3, "unanswered calls have no transcript: {absent}");
        for (clock, expect) in [
            ((|| Utc::now()) as fn() -> _, absent),
            (|| Utc::now(), 0),
            (|| Utc::now() + DAY, absent),
            (|| Utc::now() + 2 * DAY, absent),
            (|| Utc::now() + 4 * DAY, absent),
            (|| Utc::now() + 40 * DAY, 0),
        ] {
            let before = handle.tries();
            let report = run(&place, &sources, &at(clock)).await;
            assert_eq!(report.outcome, RunOutcome::Complete, "{:?}", report.sources);
            assert_eq!(u64::from(handle.tries() - before), expect);
        }
        let given_up = "SELECT count(*) FROM owed WHERE given_up_at IS NOT NULL \
                        AND given_up_reason LIKE 'status 404 after 5 tries in 4 days'";
        assert_eq!(place.value(given_up).await, absent.to_string());
    }
}

/// Fails for all until it is mended.
fn dead(sandbox: &Sandbox, vendor: &str) -> (Box<dyn Source>, Handle) {
    flaky(source(sandbox, vendor), |_, _| Some(status(503)))
}

#[tokio::test(flavor = "multi_thread")]
async fn vendor_that_gives_no_details_at_all_costs_few_requests_in_each_run() {
    for place in databases().await {
        let sandbox = sandbox(RECORDS).await;
        let (source, handle) = dead(&sandbox, "vozagent");
        let sources = [source];
        let first = run(&place, &sources, &options()).await;
        assert_eq!(first.outcome, RunOutcome::Partial);
        assert_eq!(first.sources[0].owed.details, RECORDS as u64, "each is owed");
        assert!(handle.tries() <= 25 + 8, "{} tries", handle.tries());
        for clock in [
            (|| Utc::now()) as fn() -> _,
            || Utc::now() + HOUR,
            || Utc::now() + 3 * HOUR,
            || Utc::now() + 2 * DAY,
        ] {
            let before = handle.tries();
            let report = run(&place, &sources, &at(clock)).await;
            // Calls that are not over are asked for by another operation.
            let owed = report.sources[0].owed.details;
            assert!(owed > RECORDS as u64 - 10, "{owed}");
            assert!(handle.tries() - before <= 3 + 8, "{} tries", handle.tries() - before);
        }
        let mended = [self::source(&sandbox, "vozagent")];
        let report = run(&place, &mended, &at(|| Utc::now() + 4 * DAY)).await;
        assert_eq!(report.outcome, RunOutcome::Complete, "{:?}", report.sources);
        assert!(report.sources[0].owed.resolved > RECORDS as u64 - 10, "{:?}", report.sources);
        assert_eq!(turns(&place).await, fetched(&sandbox, "vozagent").await);
        assert_eq!(place.count("paused_hosts").await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn details_that_never_come_are_given_up_after_the_time_that_is_allowed() {
    let (sandbox, place) = (sandbox(40).await, sqlite());
    let fails = |id: &str, _| is_tenth(id).then(|| status(500));
    let (source, handle) = flaky(source(&sandbox, "vozagent"), fails);
    let sources = [source];
    for clock in [
        (|| Utc::now()) as fn() -> _,
        || Utc::now() + DAY,
        || Utc::now() + 10 * DAY,
        || Utc::now() + 20 * DAY,
    ] {
        assert_eq!(run(&place, &sources, &at(clock)).await.outcome, RunOutcome::Partial);
    }
    let last = run(&place, &sources, &at(|| Utc::now() + 31 * DAY)).await;
    assert!(last.sources[0].owed.given_up > 0, "{:?}", last.sources);
    assert_eq!(last.outcome, RunOutcome::Complete);
    let tries = handle.tries();
    run(&place, &sources, &at(|| Utc::now() + 90 * DAY)).await;
    assert_eq!(handle.tries(), tries, "it is not tried any more");
    let full = SyncOptions { full: true, ..at(|| Utc::now() + 91 * DAY) };
    run(&place, &sources, &full).await;
    assert!(handle.tries() > tries, "but by a full sync");
}

/// The recordings of one vendor, fetched without retries.
fn recordings(
    place: &TestDatabase,
    sandbox: &Sandbox,
) -> (SyncOptions, [Box<dyn Source>; 1], Handle) {
    let directory = place.beside("recordings");
    let recordings = Some(RecordingOptions { directory, cap: 1_000_000 });
    let options = SyncOptions { recordings, ..SyncOptions::default() };
    let plain = source_with(sandbox, "zudu", "retries", SettingValue::Number(0.0));
    let (source, handle) = flaky(plain, |_, _| None);
    (options, [source], handle)
}

#[tokio::test(flavor = "multi_thread")]
async fn recording_that_was_refused_once_is_fetched_by_a_later_sync() {
    let answers = [
        ("403 Forbidden", "text/plain", "no", "status 403"),
        ("404 Not Found", "text/plain", "no", "status 404"),
        ("503 Service Unavailable", "text/plain", "no", "status 503"),
        ("200 OK", "text/html", "<html>sign in</html>", "it is not audio or video"),
    ];
    for (answer, kind, body, reason) in answers {
        for place in databases().await {
            let sandbox = sandbox(10).await;
            let (options, sources, handle) = recordings(&place, &sandbox);
            handle.divert(Some(serve(answer, kind, body)));
            let first = run(&place, &sources, &options).await;
            let owed = place.count("owed").await;
            assert!(owed > 2, "{answer}: {owed}");
            let problem = format!("SELECT count(*) FROM recordings WHERE problem = '{reason}'");
            assert_eq!(place.value(&problem).await, owed.to_string(), "{answer}");
            let is_absent = reason == "status 404";
            let expect = if is_absent { RunOutcome::Complete } else { RunOutcome::Partial };
            assert_eq!(first.outcome, expect, "{answer}: {:?}", first.sources);
            handle.divert(None);
            let second = run(&place, &sources, &options).await;
            assert_eq!(second.outcome, RunOutcome::Complete, "{answer}: {:?}", second.sources);
            assert_eq!(second.sources[0].owed.resolved, owed, "{answer}");
            let left = "SELECT count(*) FROM recordings JOIN calls ON calls.id = recordings.call \
                        WHERE path IS NULL AND is_final";
            assert_eq!(place.value(left).await, "0", "{answer}");
            assert_eq!(place.count("owed").await, 0, "{answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn recording_is_gone_after_two_syncs_reported_it_missing() {
    for place in databases().await {
        let sandbox = sandbox(100).await;
        let (options, sources, handle) = recordings(&place, &sandbox);
        handle.divert(Some(serve("410 Gone", "text/plain", "no")));
        let first = run(&place, &sources, &options).await;
        let owed = first.sources[0].owed.recordings;
        assert!(owed > 30, "none is put off, as the host answers: {owed}");
        assert_eq!(first.outcome, RunOutcome::Partial, "{:?}", first.sources);
        let second = run(&place, &sources, &options).await;
        assert_eq!(second.outcome, RunOutcome::Complete, "{:?}", second.sources);
        assert_eq!(second.sources[0].owed.absent, owed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn recordings_of_a_host_that_always_fails_cost_few_requests_in_each_run() {
    for place in databases().await {
        let sandbox = sandbox(200).await;
        let (options, sources, handle) = recordings(&place, &sandbox);
        handle.divert(Some(serve("503 Service Unavailable", "text/plain", "no")));
        let first = run(&place, &sources, &options).await;
        assert_eq!(first.outcome, RunOutcome::Partial);
        let owed = first.sources[0].owed.recordings;
        assert!(owed > 60, "{owed}");
        assert!(handle.downloads() <= 25 + 4, "{}", handle.downloads());
        for clock in [(|| Utc::now() + HOUR) as fn() -> _, || Utc::now() + 2 * DAY] {
            let before = handle.downloads();
            let later = SyncOptions { clock, ..options.clone() };
            let report = run(&place, &sources, &later).await;
            assert_eq!(report.sources[0].owed.recordings, owed);
            assert!(handle.downloads() - before <= 3 + 4, "{}", handle.downloads() - before);
        }
        handle.divert(None);
        let later = SyncOptions { clock: || Utc::now() + 6 * DAY, ..options.clone() };
        let report = run(&place, &sources, &later).await;
        assert_eq!(report.outcome, RunOutcome::Complete, "{:?}", report.sources);
        assert_eq!(report.sources[0].owed.resolved, owed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sync_without_recordings_is_not_partial_because_of_them() {
    let (sandbox, place) = (sandbox(20).await, sqlite());
    let (options, sources, handle) = recordings(&place, &sandbox);
    handle.divert(Some(serve("503 Service Unavailable", "text/plain", "no")));
    assert_eq!(run(&place, &sources, &options).await.outcome, RunOutcome::Partial);
    let without = SyncOptions { recordings: None, ..options };
    let report = run(&place, &sources, &without).await;
    assert_eq!(report.outcome, RunOutcome::Complete);
    assert!(report.sources[0].owed.recordings > 0, "they are owed all the same");
}
