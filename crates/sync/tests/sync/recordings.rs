//! Recordings beside the database.

use crate::{
    database::{TestDatabase, databases, sqlite},
    support::{DAY, growing, run, run_until, sandbox, source, sources, total},
};
use callfold_reader::{Detail, vendors};
use callfold_sandbox::Faults;
use callfold_sync::{RecordingOptions, RunOutcome, SyncOptions};
use sha2::{Digest, Sha256};
use std::{collections::BTreeSet, fs, path::Path};

fn options(place: &TestDatabase) -> SyncOptions {
    let directory = place.beside("recordings");
    let recordings = Some(RecordingOptions { directory, cap: 1_000_000 });
    // One vendor's list does not tell where the recording is.
    SyncOptions { detail: Detail::FULL, recordings, ..SyncOptions::default() }
}

/// Every file below a directory, by its path there.
fn files(directory: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut rest = vec![directory.to_owned()];
    while let Some(next) = rest.pop() {
        for entry in fs::read_dir(next).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                rest.push(path);
            } else {
                found.insert(path.strip_prefix(directory).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found
}

/// The files are those that the database names, with its sizes and hashes.
async fn assert_files_are_as_noted(place: &TestDatabase) -> usize {
    let directory = place.beside("recordings");
    let sql = "SELECT path, size, sha256, content_type FROM recordings WHERE path IS NOT NULL";
    let rows = place.rows(sql).await;
    let mut named = BTreeSet::new();
    for row in &rows {
        let [Some(path), Some(size), Some(sha256), Some(kind)] = &row[..] else {
            panic!("{row:?}")
        };
        let bytes = fs::read(directory.join(path)).unwrap();
        assert_eq!(bytes.len().to_string(), *size, "{path}");
        let hash: String =
            Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash, *sha256, "{path}");
        assert!(kind.starts_with("audio/") || kind.starts_with("video/"), "{kind}");
        named.insert(path.clone());
    }
    assert_eq!(files(&directory), named);
    named.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn recordings_are_fetched_once_and_lost_files_again() {
    for place in databases().await {
        let sandbox = sandbox(40).await;
        let (sources, options) = (sources(&sandbox), options(&place));
        let report = run(&place, &sources, &options).await;
        assert_eq!(report.outcome, RunOutcome::Complete, "{:?}", report.sources);
        let fetched = total(&report, |source| source.recordings.as_ref().unwrap().fetched);
        let count = assert_files_are_as_noted(&place).await;
        assert_eq!(count as u64, fetched);
        assert!(count > 60, "{count} of 200 calls");
        for vendor in vendors() {
            let own = files(&place.beside("recordings").join(vendor.name)).len();
            assert!(own > 5, "{} has {own}", vendor.name);
        }
        let again = run(&place, &sources, &options).await;
        assert_eq!(total(&again, |source| source.recordings.as_ref().unwrap().fetched), 0);
        let path = place.value("SELECT max(path) FROM recordings").await;
        fs::remove_file(place.beside("recordings").join(&path)).unwrap();
        let cut = place.value("SELECT min(path) FROM recordings").await;
        fs::write(place.beside("recordings").join(&cut), b"not all of it").unwrap();
        let repair = run(&place, &sources, &options).await;
        assert_eq!(total(&repair, |source| source.recordings.as_ref().unwrap().fetched), 2);
        assert_eq!(assert_files_are_as_noted(&place).await, count);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn recordings_come_whole_through_faults_and_expired_links() {
    let sandbox = sandbox(8).await;
    let faults: Faults = "cut-body=every:5, expired-link=every:4".parse().unwrap();
    sandbox.set_faults(faults);
    let place = sqlite();
    // In full: what was found gone because its new link had expired as well is tried again.
    let options = SyncOptions { full: true, ..options(&place) };
    let sources = [source(&sandbox, "zudu"), source(&sandbox, "vaani")];
    for round in 0.. {
        let report = run(&place, &sources, &options).await;
        // One vendor names recordings of calls that have none.
        let mut groups = report.sources.iter().flat_map(|source| &source.owed.groups);
        let is_whole = groups.all(|group| group.reason == "status 404");
        if report.outcome == RunOutcome::Complete && is_whole {
            break;
        }
        assert!(round < 8, "{:?}", report.sources);
    }
    let count = assert_files_are_as_noted(&place).await;
    let faultless = sqlite();
    sandbox.set_faults(Faults::none());
    run(&faultless, &sources, &self::options(&faultless)).await;
    assert_eq!(count, assert_files_are_as_noted(&faultless).await);
    assert_eq!(files(&place.beside("recordings")), files(&faultless.beside("recordings")));
}

#[tokio::test(flavor = "multi_thread")]
async fn long_recording_is_left_out_until_the_cap_allows_it() {
    let sandbox = sandbox(40).await;
    let place = sqlite();
    let sources = [source(&sandbox, "zudu")];
    let with_cap = |cap| {
        let directory = place.beside("recordings");
        SyncOptions {
            recordings: Some(RecordingOptions { directory, cap }),
            ..SyncOptions::default()
        }
    };
    let report = run(&place, &sources, &with_cap(20_000)).await;
    assert_eq!(report.outcome, RunOutcome::Complete, "{:?}", report.sources);
    let refused = report.sources[0].recordings.as_ref().unwrap().refused;
    assert!(refused > 3, "{refused}");
    let sql = "SELECT count(*) FROM recordings WHERE problem = 'it is too long' AND size > 20000";
    assert_eq!(place.value(sql).await, refused.to_string());
    let again = run(&place, &sources, &with_cap(20_000)).await;
    assert_eq!(again.sources[0].recordings.as_ref().unwrap().refused, 0, "asked for once");
    let raised = run(&place, &sources, &with_cap(1_000_000)).await;
    assert_eq!(raised.sources[0].recordings.as_ref().unwrap().fetched, refused);
    assert_files_are_as_noted(&place).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn recording_of_a_call_that_goes_on_waits_for_its_end() {
    let sandbox = growing(60).await;
    let place = sqlite();
    let (sources, options) = ([source(&sandbox, "zudu")], options(&place));
    run(&place, &sources, &options).await;
    let early = "SELECT count(*) FROM recordings JOIN calls ON calls.id = recordings.call \
                 WHERE path IS NOT NULL AND NOT is_final";
    assert_eq!(place.value(early).await, "0");
    sandbox.advance(2 * DAY);
    sandbox.freeze();
    run(&place, &sources, &options).await;
    let late = "SELECT count(*) FROM recordings JOIN calls ON calls.id = recordings.call \
                WHERE path IS NULL AND is_final";
    assert_eq!(place.value(late).await, "0");
    assert_files_are_as_noted(&place).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sync_that_was_stopped_fetches_the_rest_the_next_time() {
    let sandbox = sandbox(60).await;
    let place = sqlite();
    let (sources, options) = (sources(&sandbox), options(&place));
    let stopped = run_until(&place, &sources, &options, |_, stopper| stopper.cancel()).await;
    assert_eq!(stopped.outcome, RunOutcome::Stopped);
    let report = run(&place, &sources, &options).await;
    assert_eq!(report.outcome, RunOutcome::Complete, "{:?}", report.sources);
    assert_files_are_as_noted(&place).await;
}
