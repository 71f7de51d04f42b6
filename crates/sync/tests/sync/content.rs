//! What is stored of each call.

use crate::{
    database::{CONTENT, databases, postgres, sqlite},
    support::{run, sandbox, sources, total},
};
use callfold_sync::{RunOutcome, SyncOptions};

const RECORDS: usize = 230;

#[tokio::test(flavor = "multi_thread")]
async fn first_sync_stores_every_call_and_the_next_changes_no_row() {
    let sandbox = sandbox(RECORDS).await;
    let sources = sources(&sandbox);
    for place in databases().await {
        let first = run(&place, &sources, &SyncOptions::default()).await;
        assert_eq!(first.outcome, RunOutcome::Complete, "{:?}", first.sources);
        assert_eq!(
            total(&first, |source| source.written.new),
            (callfold_sandbox::vendors().len() * RECORDS) as u64
        );
        assert_eq!(
            place.count("calls").await,
            (callfold_sandbox::vendors().len() * RECORDS) as u64
        );
        assert_eq!(place.count("raw").await, (callfold_sandbox::vendors().len() * RECORDS) as u64);
        let stored = place.everything().await;
        forbid_changes(&place).await;
        let second = run(&place, &sources, &SyncOptions::default()).await;
        assert_eq!(second.outcome, RunOutcome::Complete, "{:?}", second.sources);
        assert_eq!(total(&second, |source| source.written.new + source.written.changed), 0);
        assert!(total(&second, |source| source.written.unchanged) > 0);
        assert!(stored == place.everything().await);
    }
}

/// Lets any summary fail that touches a row of what was read.
async fn forbid_changes(place: &crate::database::TestDatabase) {
    if place.is_postgres() {
        let sql = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \
                   $$ BEGIN RAISE 'a row was touched'; END $$";
        place.execute(sql).await;
    }
    for table in CONTENT {
        for event in ["INSERT", "UPDATE", "DELETE"] {
            let head =
                format!("CREATE TRIGGER no_{event}_{table} BEFORE {event} ON {table} FOR EACH ROW");
            let body = match place.is_postgres() {
                true => "EXECUTE FUNCTION refuse()",
                false => "BEGIN SELECT RAISE(ABORT, 'a row was touched'); END",
            };
            place.execute(&format!("{head} {body}")).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_databases_hold_the_same() {
    let Some(postgres) = postgres().await else { return };
    let (sandbox, sqlite) = (sandbox(120).await, sqlite());
    let sources = sources(&sandbox);
    let options = SyncOptions { detail: callfold_reader::Detail::FULL, ..SyncOptions::default() };
    run(&sqlite, &sources, &options).await;
    run(&postgres, &sources, &options).await;
    let (one, other) = (sqlite.content().await, postgres.content().await);
    for table in CONTENT {
        assert_eq!(one[table].len(), other[table].len(), "{table}");
        for (one, other) in one[table].iter().zip(&other[table]) {
            assert_eq!(one, other, "{table}");
        }
    }
    assert!(
        one["turns"].len() > 500 && one["cost_parts"].len() > 50,
        "there is something to compare"
    );
}
