//! The same calls in each format.

use crate::support::{ACCOUNTS, Machine, RECORDS, serve};
use serde_json::Value;
use std::collections::BTreeSet;

#[test]
fn every_format_holds_every_call_in_the_same_order() {
    let machine = Machine::with_sandbox();
    let json: Vec<Value> = serde_json::from_str(&machine.stdout(&["list", "-o", "json"])).unwrap();
    assert_eq!(json.len(), ACCOUNTS.len() * RECORDS);
    let ids: Vec<&str> = json.iter().map(|call| call["id"].as_str().unwrap()).collect();
    let lines = machine.stdout(&["list", "-o", "jsonl"]);
    let from_lines: Vec<Value> = lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(from_lines, json);
    let text = machine.stdout(&["list", "-o", "csv"]);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(
        reader.headers().unwrap().iter().take(5).collect::<Vec<_>>(),
        ["id", "vendor", "account", "call_id", "started_at"]
    );
    let from_csv: Vec<String> = reader.records().map(|r| r.unwrap()[0].to_owned()).collect();
    assert_eq!(from_csv, ids);
    assert_eq!(machine.stdout(&["list"]).lines().count(), ids.len() + 1);
    let started: Vec<_> = json.iter().filter_map(|call| call["started_at"].as_str()).collect();
    assert!(started.is_sorted_by(|a, b| a >= b), "newest first");
    assert_eq!(BTreeSet::from_iter(&ids).len(), ids.len(), "no call twice");
}

#[test]
fn piped_output_holds_numbers_and_no_colour() {
    let machine = Machine::with_sandbox();
    for format in ["table", "json", "jsonl", "csv"] {
        let text = machine.stdout(&["list", "-n", "30", "-o", format]);
        assert!(text.contains("+1") && !text.contains("***") && !text.contains('\u{1b}'), "{text}");
    }
    assert!(machine.stdout(&["--color", "always", "list"]).contains('\u{1b}'));
}

#[test]
fn raw_record_is_left_out_unless_requested() {
    let machine = Machine::with_sandbox();
    let call = |args: &[&str]| -> Value { serde_json::from_str(&machine.stdout(args)).unwrap() };
    let args = ["list", "--source", "clinic", "-n", "1", "-o", "jsonl", "--raw"];
    assert_eq!(call(&args[..7])["raw"], Value::Null);
    let with_raw = call(&args);
    assert_eq!(with_raw["raw"]["id"], with_raw["call_id"]);
}

/// A page of one vendor whose texts try to act upon a terminal, a spreadsheet
/// and a reader of lines.
fn hostile() -> Machine {
    let page = r#"[{
      "id": "call-\u001b]0;owned\u0007-1",
      "assistant_id": "=cmd|' /C calc'!A0",
      "contact_id": "a\nb\tc",
      "call_type": "\u001b[31minbound\u202e",
      "call_status": "completed\u009b2J",
      "call_started_at": "2026-04-21T12:00:00Z",
      "call_intent": "@SUM(A1)"
    }]"#;
    let base = serve("200 OK", page);
    Machine::with_config(&format!(
        "[sources.leads]\nvendor = \"vozagent\"\napi_key = \"k\"\nbase_url = \"{base}\"\n"
    ))
}

#[test]
fn text_from_a_vendor_cannot_act_upon_a_terminal() {
    let machine = hostile();
    for args in [&["list"][..], &["list", "-o", "json", "--raw"], &["list", "-o", "jsonl", "--raw"]]
    {
        let text = machine.stdout(args);
        let acts = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!text.contains(acts), "{args:?}: {text:?}");
    }
    let line = machine.stdout(&["list", "-o", "jsonl", "--raw"]);
    assert_eq!(line.lines().count(), 1, "a line a call: {line}");
    let call: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(call["call_id"], "call-\u{1b}]0;owned\u{7}-1", "the value itself is unchanged");
    assert_eq!(call["raw"]["contact_id"], "a\nb\tc");
}

#[test]
fn csv_cell_cannot_be_a_formula() {
    let text = hostile().stdout(&["list", "-o", "csv"]);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let row = reader.records().next().unwrap().unwrap();
    let cell = |name: &str| &row[headers.iter().position(|header| header == name).unwrap()];
    assert_eq!(cell("agent_id"), "'=cmd|' /C calc'!A0");
    assert_eq!(cell("outcome_intent"), "'@SUM(A1)");
    assert_eq!(cell("started_at"), "2026-04-21T12:00:00Z");
}
