//! Signed links, the order of keys and white space: no change of a call.

use crate::{
    changed::{Changed, set_raw},
    database::databases,
    flaky::flaky,
    support::{run, sandbox, source, total},
};
use callfold_reader::{Detail, Source};
use callfold_sandbox::Sandbox;
use callfold_sync::{RecordingOptions, RunOutcome, SyncOptions};
use callfold_unify::model::Call;
use std::time::Duration;

/// Signs the links to recordings.
fn sign(call: &mut Call, signature: &str) {
    let raw = call.raw.get().replace("/recording\"", &format!("/recording?token={signature}\""));
    set_raw(call, raw);
    for recording in &mut call.recordings {
        recording.url = format!("{}?token={signature}", recording.url);
    }
}

fn signed(sandbox: &Sandbox, signature: &'static str) -> [Box<dyn Source>; 1] {
    [Box::new(Changed::new(source(sandbox, "ravan"), move |call| sign(call, signature)))]
}

#[tokio::test(flavor = "multi_thread")]
async fn newly_signed_link_is_stored_and_no_change() {
    let details = [Detail::LIST_ONLY, Detail::FULL];
    for place in databases().await {
        for (at, detail) in details.into_iter().enumerate() {
            let sandbox = sandbox(60).await;
            let options = SyncOptions { detail, full: true, ..SyncOptions::default() };
            run(&place, &signed(&sandbox, "one"), &options).await;
            let run_of = "SELECT max(last_changed_run) FROM calls";
            let changed = place.value(run_of).await;
            let report = run(&place, &signed(&sandbox, "two"), &options).await;
            assert_eq!(report.outcome, RunOutcome::Complete, "{:?}", report.sources);
            let written = report.sources[0].written;
            assert_eq!((written.new, written.changed, written.unchanged), (0, 0, 60), "{at}");
            assert_eq!(place.value(run_of).await, changed, "nothing changed");
            let with_link = place.count("recordings").await.to_string();
            assert_ne!(with_link, "0");
            for sql in [
                "SELECT count(*) FROM recordings WHERE url LIKE '%token=two'",
                "SELECT count(*) FROM calls WHERE recording_url LIKE '%token=two'",
            ] {
                assert_eq!(place.value(sql).await, with_link, "{detail:?} {sql}");
            }
            if detail == Detail::LIST_ONLY {
                let sql = "SELECT count(*) FROM raw WHERE record LIKE '%token=two\"%'";
                assert_eq!(place.value(sql).await, with_link);
            }
            let before = place.everything().await;
            run(&place, &signed(&sandbox, "two"), &options).await;
            assert!(place.everything().await == before, "the same links touch no row");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn order_of_keys_and_white_space_are_no_change_and_a_new_target_is() {
    let sandbox = sandbox(60).await;
    let full = SyncOptions { full: true, ..SyncOptions::default() };
    let spelled = |change: fn(&mut Call)| -> [Box<dyn Source>; 1] {
        [Box::new(Changed::new(source(&sandbox, "ravan"), change))]
    };
    for place in databases().await {
        run(&place, &spelled(|_| {}), &full).await;
        let before = place.everything().await;
        let other_order = spelled(|call| {
            let members: serde_json::Map<String, serde_json::Value> =
                serde_json::from_str(call.raw.get()).unwrap();
            let members = members.iter().rev().map(|(key, value)| format!("{key:?} :\n{value}"));
            let raw = format!("{{ {} }}", members.collect::<Vec<_>>().join(" , "));
            set_raw(call, raw);
        });
        let report = run(&place, &other_order, &full).await;
        assert_eq!(total(&report, |source| source.written.changed), 0, "{:?}", report.sources);
        assert!(place.everything().await == before);
        let moved = spelled(|call| {
            let raw = call.raw.get().replace("/recording\"", "/recording-2\"");
            set_raw(call, raw);
        });
        let report = run(&place, &moved, &full).await;
        let recordings = place.count("recordings").await;
        assert!(recordings > 0);
        assert_eq!(total(&report, |source| source.written.changed), recordings);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn recording_that_was_given_up_is_not_tried_for_a_new_signature() {
    let lookback = Duration::from_secs(3_650 * 86_400);
    for place in databases().await {
        let sandbox = sandbox(20).await;
        let directory = place.beside("recordings");
        let recordings = Some(RecordingOptions { directory, cap: 1_000_000 });
        let options = SyncOptions { recordings, lookback, ..SyncOptions::default() };
        let flaky = |signature| {
            let [signed] = signed(&sandbox, signature);
            let (source, handle) = flaky(signed, |_, _| None);
            // Nobody listens there.
            handle.divert(Some("http://127.0.0.1:9/".to_owned()));
            ([source], handle)
        };
        let (sources, handle) = flaky("one");
        run(&place, &sources, &options).await;
        let owed = place.count("owed").await;
        assert!(owed > 2 && handle.downloads() == owed, "{owed} {}", handle.downloads());
        place.execute("UPDATE owed SET given_up_at = next_try_at, given_up_reason = 'test'").await;
        let (sources, handle) = flaky("two");
        run(&place, &sources, &options).await;
        assert_eq!(handle.downloads(), 0);
        let newest = "SELECT count(*) FROM recordings WHERE url LIKE '%token=two'";
        assert!(place.value(newest).await.parse::<u64>().unwrap() >= owed);
    }
}
