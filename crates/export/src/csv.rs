//! Calls as CSV: RFC 4180 in UTF-8 with a header line; a record ends with a
//! line feed.
//!
//! A field with a comma, a quote or a line break is quoted; line breaks in it stay. NUL becomes
//! U+FFFD, because readers end a text there; other control characters stay.

use crate::{
    EncodeError, EncodeOptions, Encoder, FilePosition, PrivacyPolicy, compress::Compressor,
    privacy::outgoing,
};
use callfold_tables::{CALLS, CellValue};
use callfold_unify::model::Call;
use std::borrow::Cow;

/// Appends the header: the names of [`CALLS`].
pub fn write_header(out: &mut Vec<u8>) {
    write_line(out, CALLS.iter().map(|column| Cow::Borrowed(column.name)));
}

/// Appends a call: a record with the columns of [`CALLS`]. Text from a vendor is escaped, see
/// [`escape_formula`].
pub fn write_call(call: &Call, out: &mut Vec<u8>) {
    write_line(out, cells(call));
}

/// The same, with `clean` applied to every cell.
pub fn write_call_through(call: &Call, out: &mut Vec<u8>, clean: fn(&str) -> Cow<'_, str>) {
    write_line(out, cells(call).map(|cell| Cow::Owned(clean(&cell).into_owned())));
}

fn write_line<'a>(out: &mut Vec<u8>, cells: impl Iterator<Item = Cow<'a, str>>) {
    let mut writer = csv::WriterBuilder::new().buffer_capacity(1024).from_writer(out);
    // Writing to a vector does not fail.
    for cell in cells {
        let _ = writer.write_field(cell.as_bytes());
    }
    let _ = writer.write_record(None::<&[u8]>);
}

fn cells(call: &Call) -> impl Iterator<Item = Cow<'_, str>> {
    CALLS.iter().map(|column| match (column.value)(call) {
        CellValue::Text(text) if column.external_text => escape_formula(text),
        value => value.into_text().unwrap_or_default(),
    })
}

/// A text as a cell: with an apostrophe before what a spreadsheet would read as a formula, and with
/// U+FFFD for NUL.
///
/// A formula starts with `=`, `+`, `-` or `@`, also full-width, perhaps after blanks. A text that
/// starts with a tab or a line break gets an apostrophe too, because some programs strip those. `+`
/// followed only by digits and asterisks is a phone number.
pub fn escape_formula(text: Cow<'_, str>) -> Cow<'_, str> {
    let text = if text.contains('\0') { text.replace('\0', "\u{fffd}").into() } else { text };
    let sign = text.trim_start().chars().next();
    let formula = matches!(sign, Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠'));
    if (formula && !is_number(&text)) || text.starts_with(['\t', '\r', '\n']) {
        format!("'{text}").into()
    } else {
        text
    }
}

fn is_number(text: &str) -> bool {
    let rest = text.strip_prefix('+').unwrap_or_default();
    !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'*')
}

pub(crate) struct Csv {
    compressor: Compressor,
    /// Whether the header is still to be written.
    needs_header: bool,
    bom: bool,
    privacy: PrivacyPolicy,
}

impl Csv {
    pub(crate) fn new(options: &EncodeOptions, position: FilePosition) -> Self {
        Self {
            compressor: Compressor::new(options.compression),
            needs_header: position == FilePosition::Start,
            bom: options.bom,
            privacy: options.privacy.clone(),
        }
    }
}

impl Encoder for Csv {
    fn push(&mut self, calls: &[Box<Call>], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let Self { compressor, needs_header, bom, privacy } = self;
        compressor.compress(out, |out| {
            if std::mem::take(needs_header) {
                out.extend_from_slice(if *bom { "\u{feff}".as_bytes() } else { b"" });
                write_header(out);
            }
            calls.iter().for_each(|call| write_call(&outgoing(call, false, privacy), out));
            Ok(())
        })
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.needs_header { self.push(&[], out) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use callfold_unify::model::CallId;

    #[test]
    fn formulas_are_escaped_and_numbers_are_not() {
        let cases = [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-2+3", "'-2+3"),
            ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
            ("+", "'+"),
            ("\t=1", "'\t=1"),
            ("\r\nHello", "'\r\nHello"),
            ("  =1", "'  =1"),
            ("\u{a0}@x", "'\u{a0}@x"),
            ("＝1+1", "'＝1+1"),
            ("+19195550100", "+19195550100"),
            ("+0987654321", "+0987654321"),
            ("+19*******00", "+19*******00"),
            ("+1 919 555 0100", "'+1 919 555 0100"),
            ("a=1\n=2", "a=1\n=2"),
            ("nul\0nul", "nul\u{fffd}nul"),
            ("plain", "plain"),
            ("", ""),
        ];
        for (text, expect) in cases {
            assert_eq!(escape_formula(text.into()), expect, "{text:?}");
        }
    }

    #[test]
    fn record_reads_back_field_by_field() {
        let mut call = Call::new(CallId::new("vendor", "clinic", "a,\"b\"\n\u{1b}c"));
        call.summary = Some("x\"".repeat(5000) + "\r");
        let mut out = Vec::new();
        write_header(&mut out);
        write_call(&call, &mut out);
        write_call(&call, &mut out);
        let mut csv = csv::Reader::from_reader(out.as_slice());
        assert_eq!(csv.headers().unwrap().len(), CALLS.len());
        let records: Vec<_> = csv.records().map(Result::unwrap).collect();
        assert_eq!(records.len(), 2);
        for record in records {
            assert_eq!(&record[3], "a,\"b\"\n\u{1b}c");
            assert!(record.iter().any(|cell| Some(cell) == call.summary.as_deref()));
        }
        assert!(!String::from_utf8(out).unwrap().contains("\r\n"), "no line ends in CRLF");
    }
}
