//! Calls of any content, written in every format, with and without people's
//! data.

use super::records;
use callfold_export::{
    Compression, EncodeOptions, Encoder, FilePosition, Format, PrivacyMode, PrivacyPolicy, encoder,
};
use callfold_unify::model::Call;
use std::sync::LazyLock;

/// Takes any bytes for decisions about a vendor's response, and writes the calls
/// that come of it.
pub(crate) fn written(data: &[u8]) {
    let (operation, text) = records::response(data);
    let Ok(batch) = operation.by_text(&text) else { return };
    let calls: Vec<Box<Call>> = batch.calls.into_iter().map(Box::new).collect();
    lines(&calls);
    cells(&calls);
    for policy in &*POLICIES {
        let mut options = EncodeOptions::default();
        options.privacy = policy.clone();
        for format in [Format::Jsonl, Format::Csv, Format::Vcon] {
            let file = file(format, &options, &calls);
            let file = String::from_utf8(file).expect("a file that is text");
            if format != Format::Csv {
                for line in file.lines() {
                    // By its grammar: a vendor's number may be beyond any machine's.
                    let parsed = serde_json::from_str::<&serde_json::value::RawValue>(line);
                    assert!(parsed.is_ok(), "{format}: a line that is no JSON: {line}");
                }
            }
        }
        let columns = file(Format::Parquet, &options, &calls);
        assert!(columns.starts_with(b"PAR1") && columns.ends_with(b"PAR1"));
    }
}

static POLICIES: LazyLock<Vec<PrivacyPolicy>> = LazyLock::new(|| {
    let key = "0123456789abcdef".into();
    let policy = |mode| PrivacyPolicy::new(mode, &[], Some(&key)).expect("a policy");
    [PrivacyMode::Keep, PrivacyMode::Mask, PrivacyMode::Hash, PrivacyMode::Drop].map(policy).into()
});

fn file(format: Format, options: &EncodeOptions, calls: &[Box<Call>]) -> Vec<u8> {
    let mut encoder: Box<dyn Encoder> =
        encoder(format, options, FilePosition::Start).expect("options that fit");
    let mut out = Vec::new();
    encoder.push(calls, &mut out).expect("calls are written");
    encoder.finish(&mut out).expect("the file is ended");
    out
}

/// A call a line, and each the same when it is read back.
fn lines(calls: &[Box<Call>]) {
    let mut options = EncodeOptions::default();
    (options.raw, options.compression) = (true, Compression::None);
    let file = String::from_utf8(file(Format::Jsonl, &options, calls)).expect("text");
    assert_eq!(file.lines().count(), calls.len(), "not a line a call");
    assert!(
        !file.contains(|c: char| c.is_ascii_control() && c != '\n'),
        "a bare control character"
    );
    for line in file.lines() {
        let read: Call = serde_json::from_str(line).expect("a line is read back");
        // What the vendor wrote comes back as it was written here: with what a
        // terminal would act upon escaped.
        let mut again = Vec::new();
        read.write_json(&mut again);
        assert_eq!(again, line.as_bytes(), "a call changes: {line}");
    }
}

/// A record a call, as many cells in each, and none that a program calculates.
fn cells(calls: &[Box<Call>]) {
    let file = file(Format::Csv, &EncodeOptions::default(), calls);
    let mut reader = csv::Reader::from_reader(&*file);
    let mut count = 0;
    for row in reader.records() {
        let row = row.expect("as many cells in each record");
        count += 1;
        for cell in &row {
            let number =
                |rest: &str| rest.bytes().all(|b| b.is_ascii_digit() || b".eE+-".contains(&b));
            let formula = cell.starts_with(['=', '@', '\t', '\r', '\n'])
                || cell.strip_prefix(['+', '-']).is_some_and(|rest| !number(rest));
            assert!(!formula, "a formula: {cell:?}");
        }
    }
    assert_eq!(count, calls.len(), "not a record a call");
}
