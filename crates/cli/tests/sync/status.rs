//! `sync --status`, and the share of requests that reads old calls again.

use crate::{
    database::{databases, sqlite},
    program::Stand,
};
use callfold_sandbox::SandboxOptions;
use callfold_sync::{Database, DatabaseTarget};
use serde_json::Value;
use std::time::Duration;

fn stand(records: usize) -> Stand {
    Stand::new(SandboxOptions::default().records(records))
}

/// Times as a snapshot shows them, in their width.
fn timeless(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_inclusive(char::is_whitespace) {
        let is_time = word.trim_end().len() == 20 && word.trim_end().ends_with('Z');
        match is_time {
            true => out.extend(word.chars().map(|c| if c.is_ascii_digit() { '0' } else { c })),
            false => out.push_str(word),
        }
    }
    out
}

fn forget_times(value: &mut Value) {
    match value {
        Value::String(text) if text.len() >= 20 && text.ends_with('Z') => *text = "TIME".into(),
        Value::Array(all) => all.iter_mut().for_each(forget_times),
        Value::Object(all) => all.values_mut().for_each(forget_times),
        _ => {}
    }
}

#[test]
fn status_is_shown_for_people_and_for_programs() {
    for place in stand(1).runtime.block_on(databases()) {
        let stand = stand(20);
        stand.sandbox.set_faults("expired-link=100%@zudu".parse().unwrap());
        let directory = stand.path("recordings");
        let args = ["--db", &place.name, "--source", "zudu,vaani", "--recordings", &directory];
        assert_eq!(stand.run(&args).code, Some(3));
        drop(std::fs::remove_file(stand.path("callfold.toml")));
        // No source, no sandbox, no network: only the database.
        let shown = stand.run(&["--status", "--db", &place.name]);
        assert_eq!((shown.code, shown.stderr.as_str()), (Some(0), ""));
        let text = shown.stdout.split_once('\n').unwrap().1;
        insta::assert_snapshot!("status_for_people", timeless(text));
        let shown = stand.run(&["--status", "--db", &place.name, "--tz", "Asia/Kolkata"]);
        assert!(
            shown.stdout.contains("+05:30") && !shown.stdout.contains("Z "),
            "{}",
            shown.stdout
        );
        let shown = stand.run(&["--status", "--db", &place.name, "--output", "json"]);
        assert_eq!(shown.code, Some(0), "{}", shown.stderr);
        let mut json: Value = serde_json::from_str(&shown.stdout).unwrap();
        forget_times(&mut json);
        json["version"] = "N".into();
        insta::assert_snapshot!(
            "status_for_programs",
            serde_json::to_string_pretty(&json).unwrap()
        );
    }
}

#[test]
fn status_of_a_database_without_a_run_and_of_none() {
    let (stand, place) = (stand(1), sqlite());
    let missing = stand.path("missing.sqlite");
    let ran = stand.run(&["--status", "--db", &missing]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
    assert!(ran.stderr.contains("cannot be read: no such file or directory"), "{}", ran.stderr);
    assert!(ran.stderr.contains("help: check the path; a sync creates the database"));
    assert!(!std::path::Path::new(&missing).exists(), "it is not made");
    stand.runtime.block_on(async {
        let target = DatabaseTarget::parse(&place.name, None).unwrap();
        Database::open(&target, Duration::ZERO).await.unwrap().close().await.unwrap();
    });
    let ran = stand.run(&["--status", "--db", &place.name]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.ends_with("calls.sqlite: no sync has run yet\n"), "{}", ran.stdout);
    let ran = stand.run(&["--status", "--db", &place.name, "--full"]);
    assert_eq!(ran.code, Some(2));
}

#[test]
fn scrub_is_on_and_can_be_set_and_turned_off() {
    let (stand, place) = (stand(40), sqlite());
    let run = |args: &[&str]| {
        let all: Vec<_> =
            ["--db", &place.name, "--source", "zudu"].iter().chain(args).copied().collect();
        let ran = stand.run(&all);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        ran.stderr
    };
    assert!(!run(&[]).contains("re-read"), "the first reading is one");
    assert!(run(&[]).contains("\n  re-read: 1 page"));
    assert!(!run(&["--scrub", "0"]).contains("re-read"));
    let verified = run(&["--scrub", "20%"]);
    assert!(
        verified.contains("\n  verified up to ") && verified.contains("everything within an hour"),
        "{verified}"
    );
    stand.configure("[sync]\nscrub = \"often\"\n");
    let ran = stand.run(&["--db", &place.name]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("sync.scrub is not a share of requests"), "{}", ran.stderr);
    let path = stand.path("callfold.toml");
    let text = std::fs::read_to_string(&path).unwrap().replace("\"often\"", "\"0%\"");
    std::fs::write(path, text).unwrap();
    assert!(!run(&[]).contains("re-read"));
    assert!(run(&["--scrub", "5%"]).contains("re-read"));
    for (args, words) in
        [(["--scrub", "5"], "write a share"), (["--scrub", "200%"], "write a share")]
    {
        let ran = stand.run(&[&["--db", &place.name], &args[..]].concat());
        assert_eq!(ran.code, Some(2));
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
    }
}
