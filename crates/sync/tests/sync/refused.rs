//! Records that a database cannot store or refuses: they are rejected, and
//! everything else goes on.

use crate::{
    changed::Changed,
    database::{TestDatabase, databases},
    support::{run, sandbox, source, target},
};
use callfold_reader::Source;
use callfold_sync::{Database, RunOutcome, RunReport, SyncOptions};
use callfold_unify::model::{Party, PhoneNumber};
use std::time::Duration;

const RECORDS: u64 = 120;

/// A text that no index of PostgreSQL takes, however well it is compressed.
fn long_text() -> String {
    let mut state = 1_u64;
    let mut letter = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'0' + u8::try_from(state >> 58).unwrap())
    };
    (0..12_000).map(|_| letter()).collect()
}

fn reasons(report: &RunReport, index: usize) -> Vec<(&str, u64)> {
    let reasons = report.sources[index].set_aside.iter();
    reasons.map(|found| (found.reason.as_str(), found.records)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_odd_id_or_long_number_blocks_nothing() {
    for place in databases().await {
        let sandbox = sandbox(usize::try_from(RECORDS).unwrap()).await;
        let ids = ["a\0b".to_owned(), "a\u{fffd}b".to_owned(), long_text()];
        let seen = std::sync::Mutex::new(Vec::<String>::new());
        let odd = Changed::new(source(&sandbox, "zudu"), move |call| {
            let mut seen = seen.lock().unwrap();
            let at = seen.iter().position(|id| *id == call.id.call_id).unwrap_or_else(|| {
                seen.push(call.id.call_id.clone());
                seen.len() - 1
            });
            match ids.get(at) {
                Some(id) => call.id.call_id.clone_from(id),
                None if at == 3 => {
                    let number = Some(PhoneNumber::new(long_text()));
                    call.from = Some(Party { number, ..call.from.clone().unwrap_or_default() });
                }
                None => {}
            }
        });
        let sources: [Box<dyn Source>; 2] = [Box::new(odd), source(&sandbox, "vaani")];
        let report = run(&place, &sources, &SyncOptions::default()).await;
        assert_eq!(report.outcome, RunOutcome::Partial, "{:?}", report.sources);
        assert_eq!(
            reasons(&report, 0),
            [
                ("its id holds U+0000, which databases cannot store", 1),
                ("its key is longer than 2000 bytes", 1)
            ]
        );
        assert!(report.sources[0].to_string().contains("1 rejected: its key is longer"));
        assert!(!report.sources[1].is_incomplete(), "{:?}", report.sources[1]);
        assert_eq!(place.count("calls").await, 2 * RECORDS - 2);
        assert_eq!(place.count("set_aside").await, 2);
        let whole = "SELECT count(*) FROM calls WHERE call_id = 'a\u{fffd}b'";
        assert_eq!(place.value(whole).await, "1", "its own row, and nobody else's");
        let long = "SELECT max(length(from_number)) FROM calls";
        assert_eq!(place.value(long).await, "12000");
        let full = SyncOptions { full: true, ..SyncOptions::default() };
        let again = run(&place, &sources, &full).await;
        assert_eq!(again.outcome, RunOutcome::Complete, "{:?}", again.sources);
        assert_eq!(place.count("set_aside").await, 2);
    }
}

/// Lets the database refuse what the condition says.
async fn refuse(place: &TestDatabase, table: &str, condition: &str) {
    Database::open(&target(place), Duration::ZERO).await.unwrap().close().await.unwrap();
    let sql = match place.is_postgres() {
        true => format!(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN IF {condition} THEN RAISE 'not this: %', NEW; END IF; RETURN NEW; END $$; \
             CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW \
             EXECUTE FUNCTION refuse()"
        ),
        false => format!(
            "CREATE TRIGGER refuse BEFORE INSERT ON {table} WHEN {condition} \
             BEGIN SELECT RAISE(ABORT, 'not this'); END"
        ),
    };
    place.execute(&sql).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn call_that_the_database_refuses_is_rejected_and_its_page_goes_on() {
    let sandbox = sandbox(usize::try_from(RECORDS).unwrap()).await;
    let sources = [source(&sandbox, "zudu"), source(&sandbox, "vaani")];
    for place in databases().await {
        // Refused with its parts: nothing of it may stay.
        refuse(&place, "turns", "NEW.position = 7").await;
        let report = run(&place, &sources, &SyncOptions::default()).await;
        assert_eq!(report.outcome, RunOutcome::Partial, "{:?}", report.sources);
        let found = reasons(&report, 0);
        let [(reason, refused)] = found[..] else { panic!("{found:?}") };
        assert!(reason.starts_with("the database refused it ("), "{reason}");
        assert!(!reason.contains("not this"), "a trigger may repeat values: {reason}");
        assert!(refused > 0 && refused < RECORDS, "{refused}");
        assert_eq!(
            place.count("set_aside").await,
            report.sources.iter().map(|s| s.written.set_aside).sum::<u64>()
        );
        assert_eq!(place.count("calls").await + place.count("set_aside").await, 2 * RECORDS);
        let orphans = "SELECT count(*) FROM turns WHERE call NOT IN (SELECT id FROM calls)";
        assert_eq!(place.value(orphans).await, "0");
        assert_eq!(place.value("SELECT max(position) < 7 FROM turns").await.replace('t', "1"), "1");
        let again = run(&place, &sources, &SyncOptions::default()).await;
        assert_eq!(again.outcome, RunOutcome::Complete, "each is reported once");
        place
            .execute(match place.is_postgres() {
                true => "DROP TRIGGER refuse ON turns",
                false => "DROP TRIGGER refuse",
            })
            .await;
        let full = SyncOptions { full: true, ..SyncOptions::default() };
        run(&place, &sources, &full).await;
        assert_eq!(place.count("calls").await, 2 * RECORDS);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_sources_trouble_with_the_database_stops_no_other() {
    let sandbox = sandbox(usize::try_from(RECORDS).unwrap()).await;
    let sources = [source(&sandbox, "zudu"), source(&sandbox, "vaani"), source(&sandbox, "ravan")];
    for place in databases().await {
        refuse(&place, "sync_seen", "NEW.vendor = 'vaani' AND NEW.batch = 1").await;
        let report = run(&place, &sources, &SyncOptions::default()).await;
        assert_eq!(report.outcome, RunOutcome::Partial, "{:?}", report.sources);
        let error = report.sources[1].store_error.as_ref().unwrap();
        assert!(report.sources[1].is_failed() && error.to_string().contains("refused"), "{error}");
        for at in [0, 2] {
            assert!(!report.sources[at].is_incomplete(), "{:?}", report.sources[at]);
            assert_eq!(report.sources[at].written.new, RECORDS);
        }
        let read = "SELECT count(*) FROM sync_state WHERE high_water IS NOT NULL";
        assert_eq!(place.value(read).await, "2");
        place
            .execute(match place.is_postgres() {
                true => "DROP TRIGGER refuse ON sync_seen",
                false => "DROP TRIGGER refuse",
            })
            .await;
        let report = run(&place, &sources, &SyncOptions::default()).await;
        assert_eq!(report.outcome, RunOutcome::Complete, "{:?}", report.sources);
        assert_eq!(place.count("calls").await, 3 * RECORDS, "what was missing is read");
    }
}
