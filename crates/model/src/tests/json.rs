use super::*;
use crate::{
    Agent, Call, CallId, Cost, CostKind, CostPart, CostTotal, CostUnit, Latency, Party,
    PhoneNumber, Speaker, Status, Tool, Transfer, TransferKind, TransferStatus, Turn, TurnKind,
    Warning, WarningCode,
};
use rust_decimal::Decimal;
use serde_json::{Value, value::RawValue};
use std::time::Duration;

fn line(call: &Call) -> String {
    let mut out = Vec::new();
    call.write_json(&mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn empty_call_is_what_serde_writes() {
    let empty = Call::new(CallId::new("vendor", "account", "id"));
    assert_eq!(line(&empty), serde_json::to_string(&empty).unwrap());
}

/// A call whose text stands in every kind of place.
fn saying(text: &str) -> Call {
    let mut call = Call::new(CallId::new("vendor", "account", text));
    call.alternate_ids.insert(text.to_owned(), text.to_owned());
    call.agent = Agent::of(Some(text.to_owned()), None);
    call.status = Status::Other(text.to_owned());
    call.warnings = vec![Warning::new(WarningCode::UnknownField, text.to_owned(), "")];
    let json = || serde_json::value::to_raw_value(text).unwrap();
    call.metadata.insert(text.to_owned(), json().into());
    call.raw = json();
    call
}

#[test]
fn texts_are_escaped_as_serde_does() {
    let mut texts: Vec<String> = (0..0x7f).map(|byte| char::from(byte).to_string()).collect();
    for (before, after) in (0..36).flat_map(|length| (0..=length).map(move |at| (at, length - at)))
    {
        let [before, after] = [before, after].map(|length| "x".repeat(length));
        texts.extend(
            ["", "\"", "\\", "\n", "\u{1}", "é", "東京", "👩🏽", "\\\""]
                .map(|odd| format!("{before}{odd}{after}")),
        );
    }
    for text in texts.iter().filter(|text| !text.contains('\u{7f}')) {
        let call = saying(text);
        assert_eq!(line(&call), serde_json::to_string(&call).unwrap(), "{text:?}");
    }
}

/// Each of these acts upon a terminal or is invisible there.
const CONTROLS: &str = "\u{1b}\u{7f}\u{9b}\0\u{ad}\u{61c}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202e}\u{2060}\u{2066}\u{2069}\u{feff}\u{fff9}\u{fffb}\u{e0000}\u{e0041}";

#[test]
fn terminal_controls_are_escaped_and_read_back_the_same() {
    let text = format!("a\u{1b}[31m {CONTROLS}é 東 👩‍💻 \"quoted\\\" x\n{CONTROLS}");
    let call = saying(&text);
    let (mut line, mut compact, mut pretty) = (Vec::new(), Vec::new(), Vec::new());
    call.write_json(&mut line);
    write(&mut compact, &call).unwrap();
    write_pretty(&mut pretty, &call).unwrap();
    assert_eq!(line, compact);
    let lines = serde_json::to_string_pretty(&call).unwrap().lines().count();
    for (json, breaks) in [(line, 0), (pretty, lines - 1)] {
        let json = String::from_utf8(json).unwrap();
        let controls = json.chars().filter(|c| is_terminal_control(*c));
        assert_eq!(controls.collect::<String>(), "\n".repeat(breaks));
        let parsed: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(parsed, serde_json::to_value(&call).unwrap());
    }
}

#[test]
fn vendors_json_of_several_lines_becomes_one() {
    let raw =
        "{\r\n\t\"a b\" : 1.10,\n\t\"c\\\" d\\\\\" : [ ],\"\u{7f}e\":\"\u{1f600} \u{e0001}\" }";
    let expect = "{\"a b\":1.10,\"c\\\" d\\\\\":[],\"\\u007fe\":\"\u{1f600} \\udb40\\udc01\"}";
    for (raw, expect) in [
        (raw, expect),
        ("1", "1"),
        ("\"\"", "\"\""),
        ("\"a\\\\\"", "\"a\\\\\""),
        ("[ ]", "[]"),
        ("{ }", "{}"),
    ] {
        let mut call = Call::new(CallId::new("vendor", "account", "id"));
        call.raw = RawValue::from_string(raw.to_owned()).unwrap();
        let line = line(&call);
        assert!(line.ends_with(&format!("\"raw\":{expect}}}")), "{line}");
        for written in [write, write_pretty] {
            let mut out = Vec::new();
            written(&mut out, &call.raw).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), expect);
        }
    }
}

#[test]
fn times_and_numbers_are_written_as_serde_does() {
    let mut call = Call::new(CallId::new("vendor", "account", "id"));
    for at in [
        "2026-04-21T12:27:23Z",
        "2026-04-21T12:27:23.3Z",
        "2026-04-21T12:27:23.335803Z",
        "2026-04-21T12:27:23.000000001Z",
        "2026-12-31T23:59:60.5Z",
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999999Z",
        "+12345-01-01T00:00:00Z",
        "-0001-01-01T00:00:00Z",
    ] {
        call.started_at = Some(at.parse().unwrap());
        for number in [0.0, -0.0, 1.0, 0.1, 812.5, 1e21, 1e-7, f64::MAX, f64::NAN, f64::INFINITY] {
            let count = Some(number as u64);
            call.latency = vec![Latency { value: Some(number), count, ..Latency::stage("x") }];
            assert_eq!(line(&call), serde_json::to_string(&call).unwrap());
        }
        call.duration = Some(Duration::from_nanos(1_234_567_890));
        let cost = Cost::new("-12.50".parse().unwrap(), CostUnit::Credits);
        call.cost = Some(cost);
    }
}

#[test]
fn call_written_before_the_newer_fields_is_read() {
    let mut call = Call::new(CallId::new("vendor", "account", "id"));
    call.agent = Agent::of(Some("agent-1".to_owned()), None);
    call.from = Some(Party::default());
    call.cost = Some(Cost {
        parts: vec![CostPart {
            name: "llm".to_owned(),
            kind: CostKind::Llm,
            amount: Decimal::ONE,
            unit: CostUnit::Credits,
        }],
        ..Cost::new(Decimal::ONE, CostUnit::Credits)
    });
    call.transcript.turns = vec![Turn::speech(Speaker::Agent, "Hello.")];
    let mut old = serde_json::to_value(&call).unwrap();
    let newer: [(&str, &[&str]); 6] = [
        (
            "",
            &[
                "parent_id",
                "batch_id",
                "attempt",
                "customer",
                "agent_line",
                "transfers",
                "updated_at",
                "started_at_local",
                "language",
                "tags",
                "is_test",
                "facts",
            ],
        ),
        ("/agent", &["version"]),
        ("/from", &["id"]),
        ("/cost", &["other_totals"]),
        ("/cost/parts/0", &["kind"]),
        ("/transcript/turns/0", &["kind", "tool", "end_offset_ms", "interrupted", "latency_ms"]),
    ];
    for (place, names) in newer {
        let object = old.pointer_mut(place).unwrap().as_object_mut().unwrap();
        for name in names {
            assert!(object.remove(*name).is_some(), "{place}/{name}");
        }
    }
    let outcome = old["outcome"].as_object_mut().unwrap();
    outcome.retain(|name, _| !["score", "evaluation", "callback_requested"].contains(&&**name));
    let read: Call = serde_json::from_value(old).unwrap();
    call.cost.as_mut().unwrap().parts[0].kind = CostKind::default();
    assert_eq!(line(&read), line(&call));
}

#[test]
fn newer_parts_are_written_as_serde_does() {
    let mut call = Call::new(CallId::new("vendor", "account", "id"));
    let number = || Some(PhoneNumber::new("+19195550100"));
    call.agent = Some(Agent { id: None, name: None, version: Some("3".to_owned()) });
    call.attempt = Some(2);
    call.customer = Some(Party { number: number(), ..Party::default() });
    call.transfers = vec![Transfer {
        to: number(),
        kind: Some(TransferKind::Warm),
        status: Some(TransferStatus::Completed),
        at: Some("2026-04-21T12:27:23Z".parse().unwrap()),
    }];
    call.started_at_local = Some("2026-04-21T17:57:23.25+05:30".parse().unwrap());
    call.tags = vec!["vip".to_owned()];
    call.is_test = Some(false);
    call.outcome.score = Some("8.50".parse().unwrap());
    let mut cost = Cost::new("1.20".parse().unwrap(), CostUnit::Currency("USD".to_owned()));
    cost.other_totals = vec![CostTotal { amount: "12".parse().unwrap(), unit: CostUnit::Credits }];
    call.cost = Some(cost);
    call.transcript.turns = vec![Turn {
        kind: TurnKind::ToolResult,
        tool: Some(Tool {
            arguments: Some(serde_json::value::to_raw_value(&[1]).unwrap().into()),
            ok: Some(true),
            duration: Some(Duration::from_millis(812)),
            ..Tool::default()
        }),
        end_offset_ms: Some(900),
        interrupted: Some(false),
        latency_ms: Some(420.5),
        ..Turn::speech(Speaker::Tool, "")
    }];
    let written = line(&call);
    assert_eq!(written, serde_json::to_string(&call).unwrap());
    assert_eq!(line(&serde_json::from_str(&written).unwrap()), written);
}
