//! A database that an older version made.

use crate::{
    database::{TestDatabase, databases, sqlite},
    support::{run, sandbox, sources, target},
};
use callfold_sync::{RunOutcome, SyncOptions, status};

/// What version 1 made, as its tables were then, with a call in them.
fn version_1(place: &TestDatabase) -> String {
    let kind = if place.is_postgres() { "postgres" } else { "sqlite" };
    let path = format!("{}/tests/sync/version_1.{kind}.sql", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

/// What version 6 made: its migrations, which never change, with calls.
fn version_6(place: &TestDatabase) -> String {
    let directory = env!("CARGO_MANIFEST_DIR");
    let kind = if place.is_postgres() { "postgres" } else { "sqlite" };
    let text = |path: &str| std::fs::read_to_string(format!("{directory}/{path}")).unwrap();
    let migrations = (1..=6).map(|version| text(&format!("migrations/{kind}/{version}.sql")));
    let (hash, mark) = match place.is_postgres() {
        true => (
            r"'\x000102030405060708090a0b0c0d0e0f'",
            "CREATE TABLE callfold_schema (version bigint NOT NULL); \
             INSERT INTO callfold_schema VALUES (6);",
        ),
        false => (
            "x'000102030405060708090a0b0c0d0e0f'",
            "PRAGMA application_id = 1668048484; PRAGMA user_version = 6;",
        ),
    };
    let rows = text("tests/sync/version_6.sql").replace("HASH", hash);
    migrations.collect::<String>() + &rows + mark
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_columns_of_an_older_database_lose_the_vendors_words() {
    for place in databases().await {
        place.execute(&version_6(&place)).await;
        run(&place, &[], &SyncOptions::default()).await;
        let rows = async |sql: &str| {
            let rows = place.rows(sql).await.into_iter();
            let line = |row: Vec<Option<String>>| {
                row.into_iter()
                    .map(|cell| cell.unwrap_or_else(|| "-".to_owned()))
                    .collect::<Vec<_>>()
            };
            rows.map(|row| line(row).join("|")).collect::<Vec<_>>()
        };
        let words = "SELECT call_id, direction, direction_raw, channel, channel_raw, status, \
                     status_raw, disposition, answered_by, end_kind, end_raw, sentiment, \
                     sentiment_raw FROM calls ORDER BY call_id";
        assert_eq!(
            rows(words).await,
            [
                "1|outbound|-|phone|-|ended|-|-|-|other|Call not answered|other|Meh",
                "2|inbound|-|other|webCall|other|Completed|answered|human|customer_hangup|bye|positive|-",
                "3|other|sideways|-|-|unknown|-|declined|-|-|-|-|-",
            ]
        );
        let sides = "SELECT call_id, customer_number, customer_name, customer_email, \
                     agent_line_number, duration_basis FROM calls ORDER BY call_id";
        assert_eq!(
            rows(sides).await,
            [
                "1|+14155550177|-|jane@example.com|+14155550100|dispatch",
                "2|+14155550163|Jane|-|+14155550100|-",
                "3|-|-|-|-|-",
            ]
        );
        let turns = "SELECT role, role_raw, kind FROM turns ORDER BY position";
        assert_eq!(rows(turns).await, ["agent|-|speech", "other|Jane Doe|speech"]);
        assert_eq!(rows("SELECT kind FROM cost_parts").await, ["other"]);
    }
}

/// The hashes of an older version are those of fewer columns: a call that is read again is written
/// once more, with its new columns, and then stays as it is.
#[tokio::test(flavor = "multi_thread")]
async fn call_of_an_older_database_that_is_read_again_is_written_once() {
    for place in databases().await {
        let sandbox = sandbox(20).await;
        run(&place, &sources(&sandbox), &SyncOptions::default()).await;
        let whole = "SELECT count(*) FROM calls WHERE duration_basis IS NOT NULL";
        let filled = place.value(whole).await;
        let zeros = "0".repeat(32);
        let hash = match place.is_postgres() {
            true => format!(r"'\x{zeros}'"),
            false => format!("x'{zeros}'"),
        };
        // As a migration leaves them.
        let older = format!(
            "UPDATE calls SET content_hash = {hash}, list_hash = {hash}, duration_basis = NULL, \
             facts = NULL; UPDATE turns SET kind = 'speech', tool_name = NULL"
        );
        place.execute(&older).await;
        let full = SyncOptions { full: true, ..SyncOptions::default() };
        let again = run(&place, &sources(&sandbox), &full).await;
        let written = |report: &callfold_sync::RunReport| {
            let sources = report.sources.iter().map(|source| source.written);
            sources.fold((0, 0, 0), |sum, it| {
                (sum.0 + it.new, sum.1 + it.changed, sum.2 + it.unchanged)
            })
        };
        let calls = 20 * callfold_sandbox::vendors().len() as u64;
        assert_eq!(written(&again), (0, calls, 0));
        assert_eq!(place.value(whole).await, filled);
        let once_more = run(&place, &sources(&sandbox), &full).await;
        assert_eq!(written(&once_more), (0, 0, calls));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn older_database_is_brought_up_to_date_and_keeps_its_rows() {
    for place in databases().await {
        place.execute(&version_1(&place)).await;
        let missed = "UPDATE calls SET detail = 'transcript,missed', light_hash = content_hash \
                      WHERE id = 'acme:old:1'";
        place.execute(missed).await;
        let sandbox = sandbox(30).await;
        let report = run(&place, &sources(&sandbox), &SyncOptions::default()).await;
        assert_eq!(report.outcome, RunOutcome::Complete, "{:?}", report.sources);
        let old = "SELECT status, cost_total, first_seen_run FROM calls WHERE id = 'acme:old:1'";
        let row = place.rows(old).await.remove(0);
        assert_eq!(row, [Some("ended".into()), Some("1.50".into()), Some("1".into())]);
        let stored = 30 * callfold_sandbox::vendors().len() as u64 + 1;
        assert_eq!(place.count("calls").await, stored);
        assert_eq!(report.run, 8, "runs are counted on");
        let kept = "SELECT list_hash = content_hash, (SELECT count(*) FROM runs WHERE id < 8 \
                    AND source_reports IS NOT NULL) = 1 FROM calls WHERE id = 'acme:old:1'";
        let row = place.rows(kept).await.remove(0);
        assert!(row.iter().all(|cell| matches!(cell.as_deref(), Some("1" | "t"))), "{row:?}");
        let owed = "SELECT part, kind, tries FROM owed WHERE call = 'acme:old:1'";
        let row = place.rows(owed).await.remove(0);
        assert_eq!(row, [Some("details".into()), Some("failed".into()), Some("1".into())]);
        let fresh = sqlite();
        run(&fresh, &sources(&sandbox), &SyncOptions::default()).await;
        for table in ["calls", "recordings", "sync_state", "sync_seen", "runs"] {
            let names = |columns: Vec<(String, String)>| {
                columns.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
            };
            assert_eq!(names(place.columns(table).await), names(fresh.columns(table).await));
        }
        assert_ne!(
            place.value("SELECT count(*) FROM call_facts WHERE hour IS NOT NULL").await,
            "0"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_scan_of_an_older_version_is_resumed() {
    for place in databases().await {
        place.execute(&version_1(&place)).await;
        let sql = "INSERT INTO sync_state (vendor, account, walk, walk_run, walk_at, walk_batches, \
                   walk_stuck, run) VALUES ('acme', 'a', 'first', 7, '2026-04-21T12:00:00Z', 2, 0, 7), \
                   ('acme', 'b', 'recent', 7, '2026-04-21T12:00:00Z', 1, 1, 7), \
                   ('acme', 'c', 'full', 7, '2026-04-21T12:00:00Z', 1, 0, 7)";
        place.execute(sql).await;
        let kinds = ["initial", "incremental", "full"].map(|kind| Some(kind.to_owned()));
        let unfinished = async || {
            let status = status(&target(&place)).await.unwrap();
            let sources = status.sources.into_iter();
            sources.filter(|s| s.account.len() == 1).map(|s| s.unfinished).collect::<Vec<_>>()
        };
        assert_eq!(unfinished().await, kinds, "as a status of the old version shows it");
        run(&place, &[], &SyncOptions::default()).await;
        assert_eq!(unfinished().await, kinds);
        let sql = "SELECT scan_kind, scan_run, scan_batches, scan_stalled_runs FROM sync_state \
                   WHERE vendor = 'acme' AND scan_kind = 'incremental'";
        let row = place.rows(sql).await.remove(0);
        assert_eq!(row, ["incremental", "7", "1", "1"].map(|cell| Some(cell.to_owned())));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn views_gain_columns_and_those_of_the_user_stay() {
    for place in databases().await {
        place.execute(&version_1(&place)).await;
        // As an older version made it, and three of the user's own.
        let views = "CREATE VIEW calls_zudu AS SELECT is_final, id FROM calls WHERE vendor = 'zudu'; \
                     CREATE VIEW calls_vaani AS SELECT id FROM calls WHERE vendor = 'vaani' AND is_final; \
                     CREATE VIEW calls_mine AS SELECT id FROM calls; \
                     CREATE VIEW mine AS SELECT id FROM calls_vaani";
        place
            .execute(&views.replace(
                "AND is_final",
                if place.is_postgres() { "AND is_final" } else { "AND is_final = 1" },
            ))
            .await;
        let sandbox = sandbox(30).await;
        run(&place, &sources(&sandbox), &SyncOptions::default()).await;
        let count = async |view: &str| place.count(view).await;
        let columns = async |view: &str| {
            place.columns(view).await.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
        };
        assert_eq!(columns("calls_zudu").await, columns("calls_ravan").await);
        assert_eq!(count("calls_zudu").await, 30);
        for view in ["calls_vaani", "calls_mine", "mine"] {
            assert_eq!(columns(view).await, ["id"], "{view} is the user's own");
        }
        // One that lacks a column in its middle is made again at the next opening.
        let whole = columns("call_facts").await;
        let older = match place.is_postgres() {
            true => "SELECT id, vendor, cost_total AS cost FROM calls",
            false => "SELECT id, vendor, CAST(cost_total AS REAL) AS cost FROM calls",
        };
        place.execute(&format!("DROP VIEW call_facts; CREATE VIEW call_facts AS {older}")).await;
        run(&place, &sources(&sandbox), &SyncOptions::default()).await;
        assert_eq!(columns("call_facts").await, whole);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn view_that_the_users_are_built_on_is_left_alone() {
    let Some(place) = crate::database::postgres().await else { return };
    let sandbox = sandbox(10).await;
    run(&place, &sources(&sandbox), &SyncOptions::default()).await;
    let older = "DROP VIEW call_facts; CREATE VIEW call_facts AS SELECT vendor, id FROM calls; \
                 CREATE VIEW mine AS SELECT id FROM call_facts";
    place.execute(older).await;
    let report = run(&place, &sources(&sandbox), &SyncOptions::default()).await;
    assert_eq!(report.outcome, RunOutcome::Complete, "{:?}", report.sources);
    let calls = 10 * callfold_sandbox::vendors().len() as u64;
    assert_eq!(place.count("mine").await, calls);
    assert_eq!(place.columns("call_facts").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn older_database_takes_texts_that_are_too_long_for_its_indexes() {
    for place in databases().await {
        place.execute(&version_1(&place)).await;
        run(&place, &[], &SyncOptions::default()).await;
        if place.is_postgres() {
            let sql = "SELECT count(*) FROM pg_indexes WHERE schemaname = current_schema() \
                       AND indexdef LIKE '%(\"left\"(%_number, 64))'";
            assert_eq!(place.value(sql).await, "3");
        }
        assert_eq!(place.value("SELECT count(links_hash) FROM calls").await, "0");
    }
}
