//! Calls that a list lacks, and when that marks them as missing.

use crate::{
    changed::Changed,
    database::databases,
    support::{run, sandbox, source},
};
use callfold_reader::{Source, Verdict, vendors};
use callfold_sync::{RunOutcome, ScrubShare, SyncOptions};

const MISSING: &str = "SELECT count(*) FROM calls WHERE missing_since_run IS NOT NULL";

#[tokio::test(flavor = "multi_thread")]
async fn list_that_is_empty_where_a_known_call_should_be_marks_nothing() {
    for place in databases().await {
        for vendor in vendors() {
            let name = vendor.name;
            let sandbox = sandbox(40).await;
            let whole = [source(&sandbox, name)];
            run(&place, &whole, &SyncOptions::default()).await;
            let marked = place.value(MISSING).await;
            let mark = "SELECT max(high_water) FROM sync_state";
            let high_water = place.value(mark).await;
            for full in [false, true] {
                let emptied: [Box<dyn Source>; 1] =
                    [Box::new(Changed::emptied(source(&sandbox, name)))];
                let options = SyncOptions { full, ..SyncOptions::default() };
                let report = run(&place, &emptied, &options).await;
                assert_eq!(report.outcome, RunOutcome::Partial, "{name} {:?}", report.sources);
                assert!(report.sources[0].newest_unlisted, "{name}");
                assert!(report.sources[0].to_string().contains("the list is empty"), "{name}");
                assert_eq!(place.value(MISSING).await, marked, "{name} {full}");
                assert_eq!(place.value(mark).await, high_water, "{name}");
            }
            let again = run(&place, &whole, &SyncOptions::default()).await;
            assert_eq!(again.outcome, RunOutcome::Complete, "{name} {:?}", again.sources);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn record_that_cannot_be_read_marks_no_stored_call() {
    for place in databases().await {
        for name in ["zudu", "vaani", "agentvoice"] {
            let sandbox = sandbox(60).await;
            run(&place, &[source(&sandbox, name)], &SyncOptions::default()).await;
            let marked = place.value(MISSING).await;
            let mut odd = Changed::new(source(&sandbox, name), |_| {});
            odd.is_unreadable = |call| call.id.call_id.bytes().map(u32::from).sum::<u32>() % 5 == 0;
            let odd: [Box<dyn Source>; 1] = [Box::new(odd)];
            let full = SyncOptions { full: true, ..SyncOptions::default() };
            let report = run(&place, &odd, &full).await;
            assert!(report.sources[0].written.set_aside > 3, "{:?}", report.sources);
            assert_eq!(report.sources[0].scans[0].summary.verdict, Verdict::Complete, "{name}");
            assert_eq!(place.value(MISSING).await, marked, "{name}");
            let scrub = ScrubShare::parse("100%").unwrap();
            let again = SyncOptions { scrub, ..SyncOptions::default() };
            let mut proven = false;
            for _ in 0..4 {
                let report = run(&place, &odd, &again).await;
                proven |= report.sources[0].scrub.as_ref().unwrap().proven;
                assert_eq!(place.value(MISSING).await, marked, "{name}");
            }
            assert!(proven, "{name}: no slice said what is missing");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_list_whose_newest_call_is_gone_marks_that_one_only() {
    for place in databases().await {
        for vendor in vendors().iter().filter(|vendor| vendor.lists[0].lookup.is_by_id()) {
            let name = vendor.name;
            let sandbox = sandbox(40).await;
            run(&place, &[source(&sandbox, name)], &SyncOptions::default()).await;
            let marked: u64 = place.value(MISSING).await.parse().unwrap();
            let mut gone = Changed::emptied(source(&sandbox, name));
            gone.knows_none = true;
            let gone: [Box<dyn Source>; 1] = [Box::new(gone)];
            let options = SyncOptions { full: true, ..SyncOptions::default() };
            let report = run(&place, &gone, &options).await;
            assert!(!report.sources[0].newest_unlisted, "{name} {:?}", report.sources);
            let open = report.sources[0].lookups;
            assert_eq!(
                report.sources[0].missing,
                1 + open,
                "{name}: and those asked for one by one"
            );
            assert_eq!(place.value(MISSING).await, (marked + 1 + open).to_string(), "{name}");
        }
    }
}
