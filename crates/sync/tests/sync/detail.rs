//! Details: fetched once, fetched again when the light record changed, kept
//! when they are not asked for.

use crate::{
    database::{databases, sqlite},
    support::{DAY, HOUR, growing, requests, run, sandbox, source},
};
use callfold_reader::Detail;
use callfold_sync::{RunOutcome, SyncOptions};
use chrono::Utc;

fn full() -> SyncOptions {
    SyncOptions { detail: Detail::FULL, ..SyncOptions::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn details_are_fetched_once_and_stay_when_not_requested() {
    for place in databases().await {
        for vendor in ["vozagent", "ravan", "vaani", "agentvoice"] {
            let sandbox = sandbox(60).await;
            let sources = [source(&sandbox, vendor)];
            let first = run(&place, &sources, &full()).await;
            assert_eq!(first.outcome, RunOutcome::Complete, "{:?}", first.sources);
            let turns = format!(
                "SELECT count(*) FROM turns JOIN calls ON calls.id = turns.call WHERE vendor = '{vendor}'"
            );
            let said = place.value(&turns).await;
            assert_ne!(said, "0", "{vendor}");
            // Details that could not be fetched are retried two hours later, not before.
            let at = |clock| SyncOptions { clock, ..full() };
            run(&place, &sources, &at(|| Utc::now() + 2 * HOUR)).await;
            let before = (requests(&sandbox, vendor), place.content().await);
            run(&place, &sources, &at(|| Utc::now() + 2 * HOUR)).await;
            let asked = requests(&sandbox, vendor) - before.0;
            assert!(asked <= 8, "{vendor}: {asked} requests for what is there");
            assert!(place.content().await == before.1, "{vendor}");
            let light = SyncOptions { full: true, ..SyncOptions::default() };
            let report = run(&place, &sources, &light).await;
            assert_eq!(report.sources[0].written.new, 0);
            assert_eq!(place.value(&turns).await, said, "{vendor}: details stay");
            let content = place.content().await;
            let again = run(&place, &sources, &light).await;
            assert_eq!(again.sources[0].written.changed, 0, "{vendor}");
            assert!(place.content().await == content, "{vendor}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn details_are_fetched_again_when_the_call_went_on() {
    let sandbox = growing(60).await;
    let place = sqlite();
    let sources = [source(&sandbox, "vozagent")];
    run(&place, &sources, &full()).await;
    let open = "SELECT min(id) FROM calls WHERE NOT is_final";
    let id = place.value(open).await;
    assert!(!id.is_empty());
    sandbox.advance(DAY);
    sandbox.freeze();
    // The list tells of the end, and what was said by then stays until it is asked for.
    let light = SyncOptions::default();
    run(&place, &sources, &light).await;
    let look = format!("SELECT status, detail_stale, detail FROM calls WHERE id = '{id}'");
    let row = place.rows(&look).await.remove(0);
    assert_eq!(row[0].as_deref(), Some("ended"));
    assert_eq!(
        (row[1].as_deref(), row[2].as_deref()),
        (Some("1"), Some("transcript,recording,analysis,metrics,diagnostics,actions"))
    );
    run(&place, &sources, &full()).await;
    let row = place.rows(&look).await.remove(0);
    assert_eq!(row[1].as_deref(), Some("0"));
    let fresh = sqlite();
    run(&fresh, &sources, &full()).await;
    let turns = format!("SELECT count(*) FROM turns WHERE call = '{id}'");
    assert_eq!(place.value(&turns).await, fresh.value(&turns).await);
}
