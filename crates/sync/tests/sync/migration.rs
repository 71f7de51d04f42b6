//! A database that an older version made.

use crate::{
    database::{Place, places, sqlite},
    support::{run, sandbox, sources},
};
use callfold_sync::{RunOutcome, SyncOptions};

/// What version 1 made, as its tables were then, with a call in them.
fn version_1(place: &Place) -> String {
    let kind = if place.is_postgres() { "postgres" } else { "sqlite" };
    let path = format!("{}/tests/sync/version_1.{kind}.sql", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn older_database_is_brought_up_to_date_and_keeps_its_rows() {
    for place in places().await {
        place.execute(&version_1(&place)).await;
        let missed = "UPDATE calls SET detail = 'transcript,missed' WHERE id = 'acme:old:1'";
        place.execute(missed).await;
        let sandbox = sandbox(30).await;
        let report = run(&place, &sources(&sandbox), &SyncOptions::default()).await;
        assert_eq!(report.outcome, RunOutcome::Complete, "{:?}", report.sources);
        let old = "SELECT status, cost_total, first_seen_run FROM calls WHERE id = 'acme:old:1'";
        let row = place.rows(old).await.remove(0);
        assert_eq!(row, [Some("ended".into()), Some("1.50".into()), Some("1".into())]);
        assert_eq!(place.count("calls").await, 151);
        assert_eq!(report.run, 8, "runs are counted on");
        let owed = "SELECT part, kind, tries FROM owed WHERE call = 'acme:old:1'";
        let row = place.rows(owed).await.remove(0);
        assert_eq!(row, [Some("details".into()), Some("failed".into()), Some("1".into())]);
        let anew = sqlite();
        run(&anew, &sources(&sandbox), &SyncOptions::default()).await;
        for table in ["calls", "recordings", "sync_state", "runs"] {
            let names = |columns: Vec<(String, String)>| {
                columns.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
            };
            assert_eq!(names(place.columns(table).await), names(anew.columns(table).await));
        }
        assert_ne!(
            place.value("SELECT count(*) FROM call_facts WHERE hour IS NOT NULL").await,
            "0"
        );
    }
}
