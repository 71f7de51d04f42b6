//! `callfold stats` prints the figures of the SQL in docs/sync.md on the same calls, however they are
//! read from; `list` and `show` read them back.

use crate::{
    database::{TestDatabase, databases},
    program::Stand,
};
use callfold_sandbox::SandboxOptions;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    process::{Command, Output},
};

const PAGE: &str = include_str!("../../../../docs/sync.md");
const RECORDS: usize = 60;

/// The query below a heading of docs/sync.md.
fn query(heading: &str) -> &'static str {
    let at = PAGE.find(&format!("### {heading}\n")).unwrap_or_else(|| panic!("no {heading}"));
    let start = at + PAGE[at..].find("```sql\n").unwrap() + 7;
    PAGE[start..].split("```").next().unwrap().trim().trim_end_matches(';')
}

struct Calls {
    stand: Stand,
}

impl Calls {
    fn new() -> Self {
        Self { stand: Stand::new(SandboxOptions::default().records(RECORDS)) }
    }

    fn output(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_callfold"));
        let directory = self.stand.path("");
        command.arg("-q").args(args).env_clear().current_dir(&directory).env("HOME", &directory);
        command.output().unwrap()
    }

    fn stdout(&self, args: &[&str]) -> String {
        let output = self.output(args);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}: {stderr}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn stats(&self, args: &[&str]) -> Value {
        let all = [&["stats", "--output", "json"], args].concat();
        serde_json::from_str(&self.stdout(&all)).unwrap()
    }

    /// The groups by their names, `None` for what a call does not state.
    fn groups(&self, args: &[&str]) -> BTreeMap<Vec<String>, Value> {
        let stats = self.stats(args);
        let groups = stats["groups"].as_array().unwrap().iter().map(|group| {
            let names = group["group"].as_array().unwrap().iter();
            (names.map(|name| name.as_str().unwrap().to_owned()).collect(), group.clone())
        });
        groups.collect()
    }
}

async fn rows(place: &TestDatabase, heading: &str) -> Vec<Vec<Option<String>>> {
    place.rows(query(heading)).await
}

fn name(cell: &Option<String>) -> String {
    cell.clone().unwrap_or_else(|| "(not stated)".to_owned())
}

fn float(cell: &Option<String>) -> f64 {
    cell.as_deref().unwrap().parse().unwrap()
}

fn count(cell: &Option<String>) -> u64 {
    float(cell) as u64
}

#[test]
fn figures_are_those_of_the_queries_of_the_documentation() {
    let calls = Calls::new();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for place in runtime.block_on(databases()) {
        calls.stdout(&["sync", "--db", &place.name, "--detail", "full"]);
        let rows = |heading: &str| runtime.block_on(rows(&place, heading));
        let groups = |by: &str, more: &[&str]| {
            calls.groups(&[&["--db", &place.name, "--by", by], more].concat())
        };

        let outbound = ["--direction", "outbound"];
        for (heading, by) in [
            ("At what hour do people pick up?", "hour"),
            ("How many calls does each vendor reach?", "vendor"),
        ] {
            let groups = groups(by, &outbound);
            let rows = rows(heading);
            assert!(rows.len() > 5, "{heading}");
            for row in &rows {
                let key = name(&row[0]);
                let key = if by == "hour" { format!("{key:0>2}") } else { key };
                let group = &groups[&vec![key]];
                assert_eq!(group["over"], count(&row[1]), "{heading} {row:?}");
                assert_eq!(group["answered"], count(&row[2]), "{heading} {row:?}");
                assert_eq!(group["answered_unknown"], count(&row[3]), "{heading} {row:?}");
                assert_eq!(group["answered_at_least_percent"], float(&row[4]), "{row:?}");
                assert_eq!(group["answered_at_most_percent"], float(&row[5]), "{row:?}");
            }
            let over: u64 = groups.values().map(|group| group["over"].as_u64().unwrap()).sum();
            assert_eq!(over, rows.iter().map(|row| count(&row[1])).sum::<u64>());
        }

        let agents = groups("vendor,agent", &[]);
        for row in rows("How many minutes did each agent talk?") {
            let group = &agents[&vec![name(&row[0]), name(&row[1])]];
            assert_eq!(group["over"], count(&row[2]), "{row:?}");
            assert_eq!(group["talk_time_measured"], count(&row[3]), "{row:?}");
            assert_eq!(group["talk_time_unknown"], count(&row[4]), "{row:?}");
            if row[5].is_some() {
                let minutes = group["talk_time_ms"].as_f64().unwrap() / 60_000.0;
                assert!((minutes - float(&row[5])).abs() <= 0.051, "{minutes} {row:?}");
            }
        }
        for row in rows("How long do customers wait for an answer?") {
            let group = &agents[&vec![name(&row[0]), name(&row[1])]];
            assert_eq!(group["latency_calls"], count(&row[2]), "{row:?}");
            assert_eq!(group["latency_unknown"], count(&row[3]), "{row:?}");
        }

        let weeks = groups("week,vendor,agent", &[]);
        let costs = rows("What did each agent cost, week by week?");
        assert!(costs.len() > 50);
        for row in &costs {
            let group = &weeks[&vec![name(&row[0]), name(&row[1]), name(&row[2])]];
            let found = group["costs"].as_array().unwrap().iter();
            let mut found =
                found.filter(|cost| Some(cost["unit"].as_str().unwrap()) == row[3].as_deref());
            let Some(sum) = &row[6] else { continue };
            let cost = found.next().unwrap_or_else(|| panic!("{row:?} {group}"));
            let total: f64 = cost["total"].as_str().unwrap().parse().unwrap();
            assert!((total - sum.parse::<f64>().unwrap()).abs() < 0.000_051, "{row:?} {cost}");
            assert_eq!(cost["calls"], count(&row[4]) - count(&row[5]), "{row:?}");
        }

        let vendors = groups("vendor", &[]);
        let mut transfers: BTreeMap<String, u64> = BTreeMap::new();
        for row in rows("How do transfers end?") {
            *transfers.entry(name(&row[0])).or_default() += count(&row[3]);
        }
        let mut tools: BTreeMap<String, [u64; 3]> = BTreeMap::new();
        for row in rows("Which tools fail?") {
            let sums = tools.entry(name(&row[0])).or_default();
            for (sum, cell) in sums.iter_mut().zip(&row[2..]) {
                *sum += count(cell);
            }
        }
        assert!(!transfers.is_empty() && !tools.is_empty());
        for (vendor, group) in &vendors {
            let [uses, failed, unknown] = tools.get(&vendor[0]).copied().unwrap_or_default();
            assert_eq!(group["transfers"], transfers.get(&vendor[0]).copied().unwrap_or(0));
            assert_eq!(group["tool_uses"], uses, "{vendor:?}");
            assert_eq!(group["tool_failures"], failed, "{vendor:?}");
            assert_eq!(group["tool_unknown"], unknown, "{vendor:?}");
        }
        let total = calls.stats(&["--db", &place.name]);
        assert_eq!(total["total"]["calls"], (RECORDS * vendors.len()) as u64);
        assert_eq!(total["complete"], true);
    }
}

#[test]
fn figures_are_the_same_whatever_the_calls_are_read_from() {
    let calls = Calls::new();
    for place in tokio::runtime::Runtime::new().unwrap().block_on(databases()) {
        calls.stdout(&["sync", "--db", &place.name, "--detail", "full"]);
        let total = |args: &[&str]| calls.stats(args)["total"].clone();
        let stored = total(&["--db", &place.name]);
        assert_eq!(total(&["--detail", "full"]), stored, "of the sources");
        for file in ["calls.jsonl.gz", "calls.parquet", "calls/"] {
            let format = ["--format", if file == "calls/" { "parquet" } else { "jsonl" }];
            let partition: &[&str] =
                if file == "calls/" { &["--partition", "vendor"] } else { &[] };
            let format = if file.ends_with("parquet") { &[][..] } else { &format[..] };
            let export = [&["export", file, "--detail", "full", "--overwrite"], format, partition];
            calls.stdout(&export.concat());
            assert_eq!(total(&[file]), stored, "of {file}");
        }
        let filter = ["--direction", "inbound", "--source", "zudu"];
        let some = total(&[&["--db", &place.name], &filter[..]].concat());
        assert_eq!(total(&[&["calls.parquet"], &filter[..]].concat()), some, "filters");
        assert!(some["calls"].as_u64() > Some(0));
    }
}

#[test]
fn stored_calls_are_listed_searched_and_shown() {
    let calls = Calls::new();
    for place in tokio::runtime::Runtime::new().unwrap().block_on(databases()) {
        let db = ["--db", &place.name];
        calls.stdout(&["sync", db[0], db[1], "--detail", "full"]);
        let lines = |args: &[&str]| -> Vec<Value> {
            let text = calls.stdout(&[&["list", "-o", "jsonl"], args].concat());
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        };
        let live = lines(&["--detail", "full"]);
        let stored = lines(&db);
        let ids = |calls: &[Value]| {
            calls.iter().map(|call| call["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(ids(&stored), ids(&live), "in the same order");
        // Everything but what a database does not keep of a call.
        let plain = |call: &Value| {
            let mut call = call.clone();
            for party in ["from", "to", "customer", "agent_line"] {
                call[party]["role"] = Value::Null;
                call[party]["number"] = call[party]["number"]["e164"].clone();
                call[party]["id"] = Value::Null;
            }
            call.to_string()
        };
        let same = stored.iter().zip(&live).filter(|(a, b)| plain(a) == plain(b)).count();
        assert!(same * 10 > live.len() * 9, "{same} of {}", live.len());

        let words = |search: &str| ids(&lines(&[&db[..], &["--search", search]].concat()));
        let live_words = |search: &str| ids(&lines(&["--detail", "full", "--search", search]));
        for search in ["appointment", "the you", "\"thank you\"", "nowhere-to-be-found"] {
            assert_eq!(words(search), live_words(search), "{search}");
        }
        assert!(!words("the").is_empty());
        assert_eq!(lines(&[&db[..], &["--search", "the", "-n", "2"]].concat()).len(), 2);

        let with_turns = stored.iter().find(|call| {
            call["transcript"]["turns"].as_array().is_some_and(|turns| turns.len() > 3)
        });
        let with_turns = with_turns.unwrap();
        let id = with_turns["id"].as_str().unwrap();
        let shown = calls.stdout(&["show", id, db[0], db[1], "--output", "transcript"]);
        let said = with_turns["transcript"]["turns"][0]["text"].as_str().unwrap();
        assert!(shown.contains(said.lines().next().unwrap()), "{shown}");
        let call_id = with_turns["call_id"].as_str().unwrap();
        let html = calls.stdout(&["get", call_id, db[0], db[1], "--output", "html"]);
        assert!(html.starts_with("<!DOCTYPE html>") && html.contains("default-src 'none'"));
        let missing = calls.output(&["show", "nobody", db[0], db[1]]);
        assert_eq!(missing.status.code(), Some(1));
    }
}

#[test]
fn database_that_lacks_something_is_said_to() {
    let calls = Calls::new();
    let db = calls.stand.path("calls.sqlite");
    let missing = calls.output(&["stats", "--db", &db]);
    assert_eq!(missing.status.code(), Some(1), "a missing database is not created");
    assert!(!std::path::Path::new(&db).exists());
    calls.stdout(&["sync", "--db", &db]);
    let connection = rusqlite::Connection::open(&db).unwrap();
    connection
        .execute_batch("UPDATE sync_state SET scan_kind = 'full' WHERE vendor = 'zudu'")
        .unwrap();
    let partial = calls.output(&["stats", "--db", &db]);
    assert_eq!(partial.status.code(), Some(3));
    let stderr = String::from_utf8(partial.stderr).unwrap();
    assert!(stderr.contains("a scan of the list is unfinished"), "{stderr}");
    let page = calls.output(&["report", "--db", &db, "--to", "report.html"]);
    assert_eq!(page.status.code(), Some(3));
    let page = std::fs::read_to_string(calls.stand.path("report.html")).unwrap();
    assert!(page.contains("class=\"alert\"><strong>Incomplete: "));
    connection.execute_batch("DROP INDEX search_calls_key").unwrap();
    let unsearchable = calls.output(&["list", "--db", &db, "--search", "word"]);
    let stderr = String::from_utf8(unsearchable.stderr).unwrap();
    assert!(stderr.contains("has no full-text index yet"), "{stderr}");
    connection.execute_batch("DROP INDEX turns_key").unwrap();
    let unkeyed = calls.output(&["stats", "--db", &db]);
    let stderr = String::from_utf8(unkeyed.stderr).unwrap();
    assert!(
        stderr.contains("the first sync of") && stderr.contains("has not finished"),
        "{stderr}"
    );
    let unknown = calls.output(&["stats", "--db", &db, "--source", "nope"]);
    assert_eq!(unknown.status.code(), Some(2));
    connection.execute_batch("PRAGMA user_version = 6").unwrap();
    let old = calls.output(&["stats", "--db", &db]);
    let stderr = String::from_utf8(old.stderr).unwrap();
    assert!(stderr.contains("version 6, which lacks columns"), "{stderr}");
}
