//! kill -9 at random moments: the database is in the end what one undisturbed
//! sync makes, row for row.
//!
//! `CALLFOLD_KILLS` says how often; the default is small.

use crate::{
    database::{TestDatabase, postgres, sqlite},
    program::{Ran, Stand},
};
use callfold_sandbox::{Faults, SandboxOptions};
use std::{
    collections::BTreeMap,
    thread,
    time::{Duration, Instant},
};

/// Calls of each vendor.
const RECORDS: usize = 1_200;

fn kills() -> u32 {
    std::env::var("CALLFOLD_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(10)
}

fn stand() -> Stand {
    Stand::new(SandboxOptions {
        page_cache: 64 << 20,
        ..SandboxOptions::default().records(RECORDS)
    })
}

type Content = BTreeMap<String, Vec<String>>;

/// What one undisturbed sync makes, and how long it takes.
fn undisturbed(stand: &Stand, place: &TestDatabase) -> (Content, Duration) {
    let begin = Instant::now();
    let ran = stand.run(&["--db", &place.name]);
    let took = begin.elapsed();
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let content = stand.runtime.block_on(place.content());
    assert_eq!(content["calls"].len(), callfold_sandbox::vendors().len() * RECORDS);
    (content, took)
}

/// Syncs into new databases, and kills the syncs, until so many were killed.
#[expect(clippy::print_stderr, reason = "the figures are part of the proof")]
fn killed(kind: &str, fresh: impl Fn(&Stand) -> TestDatabase, faults: &str, kills: u32) {
    let stand = stand();
    let reference = fresh(&stand);
    let (content, took) = undisturbed(&stand, &reference);
    drop(reference);
    let faults: Faults = if faults.is_empty() { Faults::none() } else { faults.parse().unwrap() };
    stand.sandbox.set_faults(faults);
    let (mut left, mut databases, mut runs, mut within) = (kills, 0, 0, 0);
    let begin = Instant::now();
    let mut rng = TestRng(0x9e37_79b9);
    while left > 0 {
        let place = fresh(&stand);
        databases += 1;
        loop {
            runs += 1;
            // The next one may come before the server has noticed the end of the last.
            let mut child = stand.start(&["--db", &place.name, "--wait", "30s", "--quiet"]);
            if left > 0 {
                let most = u64::try_from(took.as_micros()).unwrap() / 2;
                thread::sleep(Duration::from_micros(rng.below(most)));
                if child.try_wait().unwrap().is_none() {
                    child.kill().unwrap();
                    child.wait().unwrap();
                    left -= 1;
                    continue;
                }
            }
            let ran = Ran::of(child.wait_with_output().unwrap());
            match ran.code {
                Some(0) => break,
                // Faults can be more than is tried again: the next sync goes on.
                Some(1 | 3) if !stand.sandbox.faults().is_none() => {}
                code => panic!("{code:?}: {}", ran.stderr),
            }
        }
        let killed = "SELECT count(*) FROM runs WHERE outcome = 'killed'";
        within += stand.runtime.block_on(place.value(killed)).parse::<u32>().unwrap();
        let ours = stand.runtime.block_on(place.content());
        for (table, rows) in &content {
            assert!(ours[table] == *rows, "{table} differs after {databases} databases");
        }
    }
    let took = begin.elapsed().as_secs_f64();
    eprintln!(
        "{kind}: {kills} kills, {within} of them amid a run, of {runs} syncs into {databases} \
         databases, {took:.1} s, equal"
    );
}

#[test]
fn killed_at_random_moments_sqlite_ends_as_if_it_had_not_been() {
    killed("sqlite", |_| sqlite(), "", kills());
}

#[test]
fn killed_at_random_moments_postgres_ends_as_if_it_had_not_been() {
    let stand = Stand::new(SandboxOptions::default().records(1));
    if stand.runtime.block_on(postgres()).is_some() {
        let fresh = |stand: &Stand| stand.runtime.block_on(postgres()).unwrap();
        killed("postgres", fresh, "", kills());
    }
}

#[test]
fn killed_while_sources_fail_the_database_ends_as_if_nothing_had_happened() {
    let faults = "error-502=1%, reset=1%, cut-body=1%, half-json=1%";
    killed("sqlite, with faults", |_| sqlite(), faults, kills().div_ceil(2));
    let stand = Stand::new(SandboxOptions::default().records(1));
    if stand.runtime.block_on(postgres()).is_some() {
        let fresh = |stand: &Stand| stand.runtime.block_on(postgres()).unwrap();
        killed("postgres, with faults", fresh, faults, kills().div_ceil(2));
    }
}

/// Repeatable chance.
struct TestRng(u64);

impl TestRng {
    fn below(&mut self, end: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 20) % end.max(1)
    }
}
