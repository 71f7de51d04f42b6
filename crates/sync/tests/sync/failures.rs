//! Sources that fail, databases that are not ours, and two syncs at once.

use crate::{
    database::{databases, postgres, sqlite},
    support::{run, sandbox, source, source_with, sources, target},
};
use callfold_reader::SettingValue;
use callfold_sandbox::Faults;
use callfold_sync::{Database, DatabaseTarget, RunOutcome, StoreErrorKind, SyncOptions};
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn faults_change_nothing_about_what_is_stored() {
    let sandbox = sandbox(400).await;
    let reference = sqlite();
    run(&reference, &sources(&sandbox), &SyncOptions::default()).await;
    let reference = reference.content().await;
    for place in databases().await {
        let faults = "error-502=10%, reset=5%, cut-body=5%, half-json=5%, gzip=30%";
        sandbox.set_faults(faults.parse().unwrap());
        for _ in 0..8 {
            let report = run(&place, &sources(&sandbox), &SyncOptions::default()).await;
            if report.outcome == RunOutcome::Complete {
                break;
            }
        }
        let ours = place.content().await;
        for (table, rows) in &reference {
            assert!(ours[table] == *rows, "{table} differs");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn source_that_fails_keeps_its_place_and_its_pages() {
    for place in databases().await {
        let sandbox = sandbox(1_000).await;
        let fragile = [source_with(&sandbox, "zudu", "retries", SettingValue::Number(0.0))];
        sandbox.set_faults("error-500=every:4@zudu".parse().unwrap());
        let report = run(&place, &fragile, &SyncOptions::default()).await;
        assert_ne!(report.outcome, RunOutcome::Complete);
        assert!(report.sources[0].scans[0].summary.error.is_some());
        let stored = place.count("calls").await;
        assert!(stored > 0 && stored < 1_000, "{stored}");
        let mark = "SELECT coalesce(CAST(high_water AS text), 'none') FROM sync_state";
        assert_eq!(place.value(mark).await, "none", "it is not known up to when all was read");
        sandbox.set_faults(Faults::none());
        let report = run(&place, &fragile, &SyncOptions::default()).await;
        assert_eq!(report.outcome, RunOutcome::Complete, "{:?}", report.sources);
        assert!(report.sources[0].scans[0].resumed);
        assert_eq!(report.sources[0].written.new, 1_000 - stored, "nothing was read twice");
        assert_ne!(place.value(mark).await, "none");
        assert_eq!(place.count("sync_seen").await, 0, "what is not needed any more is gone");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn record_without_an_id_is_kept_and_counts_once() {
    for place in databases().await {
        let sandbox = sandbox(200).await;
        sandbox.set_faults("bad-id=2%@zudu".parse().unwrap());
        let sources = [source(&sandbox, "zudu")];
        let report = run(&place, &sources, &SyncOptions::default()).await;
        assert_eq!(report.outcome, RunOutcome::Partial);
        let kept = report.sources[0].written.set_aside;
        assert!(kept > 0);
        assert_eq!(place.count("set_aside").await, kept);
        let again =
            run(&place, &sources, &SyncOptions { full: true, ..SyncOptions::default() }).await;
        assert_eq!(again.outcome, RunOutcome::Complete, "{:?}", again.sources);
        assert_eq!(place.count("set_aside").await, kept);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn second_sync_of_a_database_waits_or_says_so() {
    for place in databases().await {
        let first = Database::open(&target(&place), Duration::ZERO).await.unwrap();
        let begin = Instant::now();
        let refused = Database::open(&target(&place), Duration::ZERO).await.unwrap_err();
        assert_eq!(refused.kind(), StoreErrorKind::Busy, "{refused}");
        assert_eq!(refused.help(), "try again when it is done");
        assert!(begin.elapsed() < Duration::from_secs(5));
        let target = target(&place);
        let second =
            tokio::spawn(async move { Database::open(&target, Duration::from_secs(60)).await });
        first.close().await.unwrap();
        second.await.unwrap().unwrap().close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn database_that_is_not_ours_is_refused_and_left_alone() {
    let other = sqlite();
    other.execute("CREATE TABLE calls (a); INSERT INTO calls VALUES (1)").await;
    let error = Database::open(&target(&other), Duration::ZERO).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Foreign, "{error}");
    assert_eq!(other.count("calls").await, 1);
    let text = sqlite();
    std::fs::write(&text.name, "no database, but a text that is long enough ".repeat(40)).unwrap();
    let error = Database::open(&target(&text), Duration::ZERO).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Foreign, "{error}");
    if let Some(place) = postgres().await {
        place.execute("CREATE TABLE runs (a int)").await;
        let error = Database::open(&target(&place), Duration::ZERO).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Foreign, "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn database_of_a_newer_version_is_refused() {
    for place in databases().await {
        Database::open(&target(&place), Duration::ZERO).await.unwrap().close().await.unwrap();
        let newer = match place.is_postgres() {
            true => "UPDATE callfold_schema SET version = 99",
            false => "PRAGMA user_version = 99",
        };
        place.execute(newer).await;
        let error = Database::open(&target(&place), Duration::ZERO).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Newer, "{error}");
        assert!(error.to_string().contains("99"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn database_that_cannot_be_opened_is_named() {
    let place = sqlite();
    let cases =
        [(place.beside("nowhere/calls.sqlite"), "nowhere"), (place.beside("."), "is a directory")];
    for (path, expect) in cases {
        let error =
            Database::open(&DatabaseTarget::Sqlite(path), Duration::ZERO).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unreachable);
        assert!(error.to_string().contains(expect) && !error.help().is_empty(), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn server_is_spoken_to_as_the_url_says() {
    let Some(place) = postgres().await else { return };
    let open = |url: String| async move {
        let target = DatabaseTarget::parse(&url, Some("wrong-password".into())).unwrap();
        let opened = Database::open(&target, Duration::ZERO).await;
        match opened {
            Ok(database) => database.close().await.map(|()| String::new()),
            Err(error) => {
                assert!(!format!("{error:?}").contains("wrong-password"));
                Err(error)
            }
        }
    };
    let kind =
        |result: Result<String, callfold_sync::StoreError>| result.map_err(|error| error.kind());
    let (head, rest) = place.name.split_once("://").unwrap();
    let (user, at) = rest.split_once('@').unwrap();
    let name = user.split(':').next().unwrap();
    let without = format!("{head}://{name}@{at}");
    assert_eq!(kind(open(without).await), Err(StoreErrorKind::Refused));
    let Ok(root) = std::env::var("CALLFOLD_TEST_POSTGRES_CA") else { return };
    let local = place.name.replace("127.0.0.1", "localhost");
    let cases = [
        (format!("{}&sslmode=disable", place.name), true),
        (format!("{}&sslmode=prefer", place.name), true),
        (format!("{}&sslmode=require", place.name), true),
        (format!("{local}&sslmode=verify-full&sslrootcert={root}"), true),
        (format!("{}&sslmode=verify-ca&sslrootcert={root}", place.name), true),
        (format!("{}&sslmode=verify-full&sslrootcert={root}", place.name), false),
        (format!("{local}&sslmode=verify-full"), false),
        (
            format!(
                "{local}&sslmode=verify-full&sslrootcert={}",
                root.replace("ca.crt", "server.crt")
            ),
            true,
        ),
    ];
    for (url, works) in cases {
        let result = open(url.clone()).await;
        assert_eq!(result.is_ok(), works, "{url}: {result:?}");
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn file_that_is_deleted_or_replaced_while_a_sync_writes_is_an_error() {
    for is_replaced in [false, true] {
        let (sandbox, place) = (sandbox(600).await, sqlite());
        let sources = [source(&sandbox, "zudu")];
        let database = Database::open(&target(&place), Duration::ZERO).await.unwrap();
        let stop = callfold_sync::CancellationToken::new();
        let look = |progress: &callfold_sync::PageProgress<'_>| {
            if progress.pages == 1 {
                std::fs::rename(&place.name, place.beside("elsewhere.sqlite")).unwrap();
                if is_replaced {
                    std::fs::write(&place.name, b"").unwrap();
                }
            }
        };
        let options = SyncOptions::default();
        let result = callfold_sync::sync(&database, &sources, &options, &stop, &look).await;
        let error = result.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Broken);
        let what = if is_replaced { "was replaced" } else { "was moved or deleted" };
        assert!(error.to_string().contains(what) && !error.help().is_empty(), "{error}");
        database.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_kept_in_a_bounded_number() {
    for place in databases().await {
        let sandbox = sandbox(5).await;
        let sources = [source(&sandbox, "zudu")];
        run(&place, &sources, &SyncOptions::default()).await;
        let older = "WITH RECURSIVE numbers (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers WHERE n < 6000) \
                     INSERT INTO runs SELECT n, started_at, ended_at, outcome, version, options, 0, 0, 0, 0, \
                     source_reports FROM numbers, runs WHERE id = 1";
        place.execute(older).await;
        let report = run(&place, &sources, &SyncOptions::default()).await;
        assert_eq!(report.run, 6_001, "they are counted on");
        let kept = place.rows("SELECT count(*), min(id), max(id) FROM runs").await.remove(0);
        assert_eq!(kept, ["5000", "1002", "6001"].map(|number| Some(number.to_owned())));
    }
}

/// `CALLFOLD_TEST_PGBOUNCER` names a pooler with two databases, which are one
/// of the server: `transaction` and `session`, by their pooling.
#[tokio::test(flavor = "multi_thread")]
async fn pooler_that_shares_sessions_is_refused_and_keeps_no_lock() {
    let (Ok(pooler), Ok(server)) =
        (std::env::var("CALLFOLD_TEST_PGBOUNCER"), std::env::var("CALLFOLD_TEST_POSTGRES"))
    else {
        use std::io::Write as _;
        let line = "skipped: CALLFOLD_TEST_PGBOUNCER is not set, nothing ran through PgBouncer\n";
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
        return;
    };
    let open = async |url: String| {
        let target = DatabaseTarget::parse(&url, None).unwrap();
        Database::open(&target, Duration::ZERO).await
    };
    for _ in 0..3 {
        let error = open(format!("{pooler}/transaction")).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unreachable, "{error}");
        assert!(error.to_string().contains("PgBouncer") && error.help().contains("session"));
    }
    // Neither a lock nor a table was left behind.
    let direct = server.replace("/postgres?", "/pooled?");
    let direct =
        direct.strip_suffix("/postgres").map_or(direct.clone(), |base| format!("{base}/pooled"));
    open(direct).await.unwrap().close().await.unwrap();
    open(format!("{pooler}/session")).await.unwrap().close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn next_sync_starts_below_the_rate_that_was_refused() {
    for place in databases().await {
        let sandbox = sandbox(20).await;
        sandbox.set_faults("rate-limit-bare=first:1@vapi".parse().unwrap());
        let mut too_fast = None;
        for run_number in 1..=3 {
            let sources = [source(&sandbox, "vapi")];
            let report = run(&place, &sources, &SyncOptions::default()).await;
            assert_eq!(report.outcome, RunOutcome::Complete);
            let pace = report.sources[0].pace.unwrap();
            let refused = pace.too_fast.unwrap();
            assert!(pace.rate < refused, "{pace:?}");
            assert_eq!(*too_fast.get_or_insert(refused), refused, "run {run_number}");
        }
    }
}
