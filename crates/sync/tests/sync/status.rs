//! The status of a database, which looking at it does not change.

use crate::{
    database::{databases, postgres, sqlite},
    flaky::{flaky, status as failure},
    support::{run, run_until, sandbox, source, target},
};
use callfold_reader::Detail;
use callfold_sync::{Database, DatabaseTarget, StoreErrorKind, SyncOptions, status};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn status_tells_what_is_stored_owed_and_verified_and_the_last_runs() {
    for place in databases().await {
        let sandbox = sandbox(60).await;
        let fails = |id: &str, _| id.ends_with(['a', '1']).then(|| failure(503));
        let sources = [flaky(source(&sandbox, "vozagent"), fails).0, source(&sandbox, "zudu")];
        let options = SyncOptions { detail: Detail::FULL, ..SyncOptions::default() };
        let report = run(&place, &sources, &options).await;
        let look = status(&target(&place)).await.unwrap();
        assert_eq!(look.sources.len(), 2);
        let [first, second] = &look.sources[..] else { panic!() };
        assert_eq!((first.vendor.as_str(), first.calls), ("vozagent", 60));
        assert_eq!((second.vendor.as_str(), second.calls), ("zudu", 60));
        let details = report.sources[0].owed.details;
        assert!(details > 0);
        assert_eq!(first.owed.iter().map(|group| group.count).sum::<u64>(), details);
        assert_eq!(first.owed[0].reason, "status 503");
        assert!(first.owed[0].next_try_at.is_some() && second.owed.is_empty());
        assert_eq!(first.verified, report.sources[0].verified);
        assert!(second.full_read_at.is_some() && second.high_water.is_some());
        assert!(second.unfinished.is_none());
        let runs: Vec<_> = look.runs.iter().map(|run| (run.id, run.outcome.as_str())).collect();
        assert_eq!(runs, [(1, "partial")]);
        assert_eq!(look.runs[0].new_calls, 120);
        let before = place.everything().await;
        status(&target(&place)).await.unwrap();
        assert!(place.everything().await == before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn status_of_an_empty_database_and_of_one_that_is_being_synced() {
    for place in databases().await {
        let database = Database::open(&target(&place), Duration::ZERO).await.unwrap();
        let look = status(&target(&place)).await.unwrap();
        assert!(look.sources.is_empty() && look.runs.is_empty());
        database.close().await.unwrap();
        let sandbox = sandbox(2_000).await;
        let (sources, options) = ([source(&sandbox, "zudu")], SyncOptions::default());
        run_until(&place, &sources, &options, |_, stopper| stopper.cancel()).await;
        let look = status(&target(&place)).await.unwrap();
        assert_eq!(look.sources[0].unfinished.as_deref(), Some("initial"));
        assert_eq!(look.runs[0].outcome, "stopped");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_database_of_ours_is_said_and_nothing_is_made() {
    let place = sqlite();
    let missing = place.beside("missing.sqlite");
    let error = status(&DatabaseTarget::Sqlite(missing.clone())).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unreachable);
    assert!(
        error.to_string().ends_with("missing.sqlite cannot be read: no such file or directory")
    );
    assert!(error.help().contains("a sync creates the database"));
    assert!(!missing.exists(), "it is not made");
    let text = place.beside("text");
    std::fs::write(&text, "no database, but long enough for a header ".repeat(40)).unwrap();
    let empty = place.beside("empty");
    std::fs::write(&empty, "").unwrap();
    let other = place.beside("other.sqlite");
    let sql = "CREATE TABLE calls (id TEXT)";
    rusqlite::Connection::open(&other).unwrap().execute_batch(sql).unwrap();
    for path in [text, empty, other] {
        let bytes = std::fs::read(&path).unwrap();
        let error = status(&DatabaseTarget::Sqlite(path.clone())).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Foreign, "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), bytes, "{}", path.display());
    }
    let Some(place) = postgres().await else { return };
    let error = status(&target(&place)).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Foreign, "{error}");
    assert_eq!(
        place
            .rows("SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema()")
            .await
            .len(),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn database_of_an_older_version_is_shown_as_it_is() {
    for place in databases().await {
        let kind = if place.is_postgres() { "postgres" } else { "sqlite" };
        let path = format!("{}/tests/sync/version_1.{kind}.sql", env!("CARGO_MANIFEST_DIR"));
        place.execute(&std::fs::read_to_string(path).unwrap()).await;
        let look = status(&target(&place)).await.unwrap();
        assert_eq!((look.version, look.runs.is_empty()), (1, false));
        assert!(look.sources.iter().all(|source| source.owed.is_empty()));
        let again = status(&target(&place)).await.unwrap();
        assert_eq!(again.version, 1, "it is not brought up to date");
    }
}
