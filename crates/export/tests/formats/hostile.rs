//! Values that are at the edge of what there can be, in every format.

use crate::support::{bare, encoded, full, lines, object, time};
use crate::{parquet_files, vcons};
use callfold_export::{EncodeOptions, Format};
use callfold_unify::model::{
    Call, Cost, CostUnit, Party, PhoneNumber, Speaker, Status, Turn, Warning, WarningCode,
};
use std::time::Duration;

/// Texts that have broken a reader somewhere.
fn texts() -> Vec<String> {
    [
        "",
        " ",
        "nul\0nul",
        "\u{1b}[31mred\u{7f}\u{9b}",
        "line\nline\r\nline\rline\u{2028}\u{85}",
        "=cmd|' /C calc'!A0",
        "\",;\t'\\",
        "\u{202e}evil\u{200f}\u{e0041}\u{feff}",
        "👩‍👩‍👧‍👦 दीपिका \u{10ffff}",
        "null",
    ]
    .map(str::to_owned)
    .into()
}

fn hostile() -> Vec<Box<Call>> {
    let mut calls = vec![bare("bare")];
    for (place, text) in texts().into_iter().enumerate() {
        let mut call = full();
        call.id.call_id = format!("{place}{text}");
        call.status = Status::Other(text.clone());
        call.summary = Some(text.clone());
        call.to = Some(Party {
            withheld: false,
            number: Some(PhoneNumber::new(text.clone())),
            name: Some(text.clone()),
            email: Some(text.clone()),
            role: None,
            ..Party::default()
        });
        let json = serde_json::to_string(&text).unwrap();
        call.metadata = object(&format!("{{{json} : [{json} , 1e300]}}"));
        let turn = |offset_ms, at| Turn {
            at: Some(time(at)),
            offset_ms: Some(offset_ms),
            ..Turn::speech(Speaker::Other(text.clone()), text.clone())
        };
        call.transcript.turns = vec![
            turn(i64::MIN, "0001-01-01T00:00:00Z"),
            turn(i64::MAX, "9999-12-31T23:59:59.999999999Z"),
            turn(-1, "2026-04-21T12:00:00Z"),
        ];
        call.warnings = vec![Warning::new(WarningCode::Other(text.clone()), text.clone(), text)];
        if place % 2 == 0 {
            call.recordings.clear();
        }
        calls.push(call);
    }
    let mut long = full();
    long.id.call_id = "long".into();
    long.summary = Some("x\u{1f600}\"".repeat(1 << 18));
    long.transcript.turns[0].text = "\n".repeat(1 << 20);
    calls.push(long);
    for (place, at) in ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"].iter().enumerate() {
        let mut call = full();
        call.id.call_id = format!("time-{place}");
        (call.started_at, call.ended_at) = (Some(time(at)), Some(time(at)));
        (call.answered_at, call.created_at) = (Some(time(at)), Some(time(at)));
        calls.push(call);
    }
    for (place, cost) in
        ["79228162514264337593543950335", "-0.0000000000000000000000000001"].iter().enumerate()
    {
        let mut call = full();
        call.id.call_id = format!("number-{place}");
        call.cost = Some(Cost::new(cost.parse().unwrap(), CostUnit::Credits));
        call.duration = Some(Duration::MAX);
        call.talk_time = Some(Duration::MAX);
        call.started_at = Some(chrono::DateTime::<chrono::Utc>::MAX_UTC);
        call.answered_at = Some(chrono::DateTime::<chrono::Utc>::MIN_UTC);
        calls.push(call);
    }
    calls
}

#[test]
fn lines_read_back_as_the_calls() {
    let calls = hostile();
    let mut options = EncodeOptions::default();
    options.raw = true;
    let jsonl = encoded(Format::Jsonl, &options, &[&calls]);
    let text = std::str::from_utf8(&jsonl).unwrap();
    assert_eq!(text.split('\n').count(), calls.len() + 1);
    for (line, call) in text.lines().zip(&calls) {
        assert!(!line.contains(callfold_unify::json::is_terminal_control));
        let read: Call = serde_json::from_str(line).unwrap();
        assert_eq!(read.id, call.id);
        assert_eq!(read.summary, call.summary);
        assert_eq!(read.transcript, call.transcript);
        assert_eq!(read.started_at, call.started_at);
        assert_eq!(read.cost, call.cost);
    }
}

#[test]
fn records_have_the_texts_but_for_the_guard() {
    let calls = hostile();
    let csv = encoded(Format::Csv, &EncodeOptions::default(), &[&calls]);
    let mut csv = csv::Reader::from_reader(&*csv);
    let summary = csv.headers().unwrap().iter().position(|name| name == "summary").unwrap();
    let records: Vec<_> = csv.records().map(Result::unwrap).collect();
    assert_eq!(records.len(), calls.len());
    for (record, call) in records.iter().zip(&calls) {
        let expect = call.summary.clone().unwrap_or_default().replace('\0', "\u{fffd}");
        let cell = &record[summary];
        assert!(cell == expect || cell.strip_prefix('\'') == Some(&expect), "{cell:.40?}");
    }
}

#[test]
fn columns_have_the_values() {
    let calls = hostile();
    let rows = parquet_files::rows(encoded(Format::Parquet, &EncodeOptions::default(), &[&calls]));
    assert_eq!(rows.len(), calls.len());
    for (row, call) in rows.iter().zip(&calls) {
        assert_eq!(row.text("call_id").as_deref(), Some(&*call.id.call_id));
        assert_eq!(row.text("summary"), call.summary);
        assert_eq!(row.micros("started_at"), call.started_at.map(|at| at.timestamp_micros()));
        let said: Vec<_> = call.transcript.turns.iter().map(|turn| turn.text.clone()).collect();
        assert_eq!(row.turns(), said);
        let total = call.cost.as_ref().and_then(|cost| cost.total);
        assert_eq!(row.exact("cost_total"), total.map(|total| total.normalize()));
    }
}

#[test]
fn vcons_are_valid() {
    let calls = hostile();
    let vcons = lines(&encoded(Format::Vcon, &EncodeOptions::default(), &[&calls]));
    assert_eq!(vcons.len(), calls.len());
    for (vcon, call) in vcons.iter().zip(&calls) {
        vcons::check(vcon);
        assert_eq!(vcon["attachments"][0]["body"]["call_id"], *call.id.call_id);
    }
}
