//! What a sync says, and its exit codes.

use crate::{
    database::{postgres, sqlite},
    program::{Ran, Stand, send},
};
use callfold_sandbox::SandboxOptions;
use rustix::process::Signal;
use std::{
    io::{BufRead, BufReader},
    time::Duration,
};

fn stand(records: usize) -> Stand {
    Stand::new(SandboxOptions::default().records(records))
}

#[test]
fn each_source_has_its_line_and_each_scan_one_below() {
    let (stand, place) = (stand(60), sqlite());
    let first = stand.run(&["--db", &place.name]);
    assert_eq!((first.code, first.stdout.as_str()), (Some(0), ""), "{}", first.stderr);
    let lines: Vec<_> = first.stderr.lines().collect();
    assert_eq!(lines.len(), 3 * callfold_sandbox::vendors().len(), "{}", first.stderr);
    let own = lines
        .iter()
        .position(|line| line.starts_with("my-zudu (zudu): 60 new, 0 changed, 0 unchanged"))
        .unwrap();
    assert_eq!(lines[own + 1], "  full read: 60 records, 2 pages; complete");
    let second = stand.run(&["--db", &place.name]);
    assert_eq!(second.code, Some(0), "{}", second.stderr);
    assert!(second.stderr.contains("my-zudu (zudu): 0 new, 0 changed, "), "{}", second.stderr);
    assert!(second.stderr.contains("\n  since 2026-06-27T"), "{}", second.stderr);
    let quiet = stand.run(&["--db", &place.name, "--quiet"]);
    assert_eq!((quiet.code, quiet.stderr.as_str()), (Some(0), ""));
}

#[test]
fn report_has_a_result_per_source() {
    let (stand, place) = (stand(20), sqlite());
    let path = stand.path("report.json");
    let ran = stand.run(&["--db", &place.name, "--report", &path, "--source", "zudu,vaani"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let text = std::fs::read_to_string(path).unwrap();
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&report["complete"], &report["run"]), (&true.into(), &1.into()));
    let sources = report["sources"].as_array().unwrap();
    assert_eq!(sources.len(), 2);
    assert_eq!(sources[0]["written"]["new"], 20);
    assert_eq!(sources[0]["scans"][0]["summary"]["verdict"]["is"], "complete");
}

#[test]
fn database_is_named_by_the_configuration_too() {
    let stand = stand(10);
    let none = stand.run(&[]);
    assert_eq!(none.code, Some(2));
    assert!(none.stderr.contains("no database given"), "{}", none.stderr);
    stand.configure("[sync]\ndb = { env = \"CALLFOLD_DB\" }\n");
    let missing = stand.run(&[]);
    assert_eq!(missing.code, Some(2));
    assert!(
        missing.stderr.contains("sync.db is missing: the environment variable CALLFOLD_DB"),
        "{}",
        missing.stderr
    );
    let ran = Ran::of(stand.command(&[]).env("CALLFOLD_DB", "calls.sqlite").output().unwrap());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(std::fs::metadata(stand.path("calls.sqlite")).unwrap().len() > 10_000);
}

#[test]
fn invalid_targets_are_refused_with_help_and_without_the_password() {
    let (stand, place) = (stand(4), sqlite());
    std::fs::write(stand.path("text"), "no database at all, but long enough ".repeat(40)).unwrap();
    let nowhere = stand.path("nowhere/calls.sqlite");
    let text = stand.path("text");
    let cases: &[(&[&str], i32, &str)] = &[
        (&["--db", &nowhere], 1, "cannot be used: no such file or directory"),
        (&["--db", &text], 1, "the file is not an SQLite database"),
        (&["--db", "mysql://ann:hunter2@db/calls"], 2, "the database URL has an unknown scheme"),
        (
            &["--db", "postgres://ann:hun?ter2@db/calls"],
            2,
            "a parameter that callfold does not know",
        ),
        (
            &["--db", "postgres://ann:hunter2@127.0.0.1:1/calls"],
            1,
            "postgres://ann@127.0.0.1:1/calls cannot be reached: connection refused",
        ),
        (&["--db", &place.name, "--recordings", &text], 1, "cannot write recordings to"),
        (&["--db", &place.name, "--lookback", "often"], 2, "write a duration"),
        (&["--db", &place.name, "--watch", "0s"], 2, "write a duration of at least one second"),
        (
            &["--db", "postgres://ann:hun@ter2@127.0.0.1:1/calls"],
            1,
            "postgres://ann@127.0.0.1:1/calls cannot be reached: connection refused",
        ),
        (&["--db", &place.name, "--recording-cap", "1MB"], 2, "--recordings"),
        (&["--db", &place.name, "--source", "nobody"], 2, "unknown source \"nobody\""),
    ];
    for (args, code, words) in cases {
        let ran = stand.run(args);
        assert_eq!(ran.code, Some(*code), "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(words), "{args:?}: {}", ran.stderr);
        assert!(!ran.stderr.contains("hunter2") && !ran.stderr.contains("ter2@"), "{}", ran.stderr);
    }
    let Some(server) = stand.runtime.block_on(postgres()) else { return };
    let wrong = server.name.replace(":callfold-test@", ":hunter2@");
    let ran = stand.run(&["--db", &wrong]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("wrong user or password") && !ran.stderr.contains("hunter2"));
    let without = server.name.replace(":callfold-test@", "@");
    let mut command = stand.command(&["--db", &without]);
    let ran = Ran::of(command.env("PGPASSWORD", "callfold-test").output().unwrap());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}

#[test]
fn signal_ends_a_sync_at_the_next_page_and_the_next_one_goes_on() {
    for signal in [Signal::INT, Signal::TERM] {
        let options = SandboxOptions::default().records(2_000).latency(Duration::from_millis(60));
        let (stand, place) = (Stand::new(options), sqlite());
        let args = ["--db", &place.name, "--source", "zudu", "--progress", "json"];
        let mut child = stand.start(&args);
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        assert!(first.starts_with("{\"event\":\"progress\""), "{first}");
        send(&child, signal);
        let rest: Vec<_> = lines.map(Result::unwrap).collect();
        assert_eq!(child.wait().unwrap().code(), Some(130), "{rest:?}");
        let output = "finishing up; press Ctrl-C again to quit now";
        assert_eq!(rest.iter().filter(|line| *line == output).count(), 1, "{rest:?}");
        assert!(rest.last().unwrap().starts_with("stopped: "), "{rest:?}");
        let stored = stand.runtime.block_on(place.count("calls"));
        assert!((1..2_000).contains(&stored), "{stored}");
        let ran = stand.run(&["--db", &place.name, "--source", "zudu"]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert!(ran.stderr.contains("full read (resumed): 2,000 records"), "{}", ran.stderr);
        assert_eq!(stand.runtime.block_on(place.count("calls")), 2_000);
    }
}

#[test]
fn files_of_a_sync_are_readable_by_the_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let options = SandboxOptions::default().records(2_000).latency(Duration::from_millis(60));
    let stand = Stand::new(options);
    let (db, sound) = (stand.path("own/calls.sqlite"), stand.path("own/sound"));
    std::fs::create_dir(stand.path("own")).unwrap();
    let args = ["--db", &db, "--recordings", &sound, "--detail", "full", "--progress", "json"];
    let mut child = stand.start(&args);
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    // Some recording is there, and the database is open.
    let any = |path: &str| walk(path).iter().any(|path| path.extension().is_some());
    while !any(&sound) {
        assert!(lines.next().is_some(), "it ended without a recording");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let found = walk(&stand.path("own"));
    for ending in ["sqlite", "sqlite-wal", "sqlite-shm", "sqlite.lock"] {
        let is = |path: &std::path::PathBuf| path.to_str().unwrap().ends_with(ending);
        assert!(found.iter().any(is), "{ending} is not in {found:?}");
    }
    for path in found {
        let expect = if path.is_dir() { 0o700 } else { 0o600 };
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, expect, "{path:?} is {mode:o}");
    }
}

/// Everything below a directory.
fn walk(path: &str) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![std::path::PathBuf::from(path)];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                open.push(entry.path());
            }
            found.push(entry.path());
        }
    }
    found
}

#[test]
fn watching_prints_its_progress_on_request() {
    let (stand, place) = (stand(30), sqlite());
    let args = ["--db", &place.name, "--watch", "1s", "--source", "zudu", "--progress", "json"];
    let mut child = stand.start(&args);
    let lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let mut finished = 0;
    let mut rest = lines.skip_while(|line| {
        let output: Option<serde_json::Value> = serde_json::from_str(line).ok();
        finished += u32::from(output.is_some_and(|output| output["event"] == "finished"));
        finished < 2
    });
    assert!(rest.next().is_some(), "it ended before its second round did");
    send(&child, Signal::TERM);
    rest.for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn second_sync_says_who_is_at_work() {
    let options = SandboxOptions::default().records(2_000).latency(Duration::from_millis(60));
    let (stand, place) = (Stand::new(options), sqlite());
    let mut first = stand.start(&["--db", &place.name, "--progress", "json"]);
    let mut lines = BufReader::new(first.stderr.take().unwrap()).lines();
    lines.next().unwrap().unwrap();
    let second = stand.run(&["--db", &place.name]);
    assert_eq!(second.code, Some(1), "{}", second.stderr);
    let who = format!("another sync (process {}) is at work on", first.id());
    assert!(second.stderr.contains(&who), "{}", second.stderr);
    assert!(second.stderr.contains("wait for it with --wait 10m"), "{}", second.stderr);
    first.kill().unwrap();
    first.wait().unwrap();
}

#[test]
fn watching_says_one_line_a_round_and_survives_a_failing_one() {
    let (stand, place) = (stand(30), sqlite());
    let mut child = stand.start(&["--db", &place.name, "--watch", "1s", "--source", "zudu"]);
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let first = lines.next().unwrap();
    assert!(
        first.contains(" 30 new, 0 changed, 0 unchanged") && first.contains("; next in "),
        "{first}"
    );
    assert!(lines.next().unwrap().contains(" 0 new, 0 changed, "));
    stand.sandbox.set_faults("html=100%@zudu".parse().unwrap());
    let error = lines.by_ref().find(|line| line.starts_with("error: ")).unwrap();
    assert!(error.contains("my-zudu (zudu)"), "{error}");
    assert!(lines.by_ref().any(|line| line.contains("1 source with problems")));
    stand.sandbox.set_faults(callfold_sandbox::Faults::none());
    let well = lines.by_ref().find(|line| line.contains(" 0 new, ") && !line.contains("problems"));
    assert!(well.is_some());
    send(&child, Signal::TERM);
    lines.for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(130));
}
