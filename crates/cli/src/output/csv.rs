//! Calls as CSV: RFC 4180 with a header line, UTF-8, one line break a record.

use super::text::sanitise;
use callfold_tables::CALLS;
use callfold_unify::model::{Call, normalize_e164};
use std::{borrow::Cow, io};

/// Writes the header.
pub(crate) fn header(out: &mut dyn io::Write) -> io::Result<()> {
    line(out, CALLS.iter().map(|column| column.name))
}

/// Writes a record.
///
/// A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or a
/// carriage return for a formula. Such a text of a vendor gets an apostrophe
/// in front; a telephone number stays as it is, because a spreadsheet can do
/// no more with it than read it as a number.
pub(crate) fn record(out: &mut dyn io::Write, call: &Call, terminal: bool) -> io::Result<()> {
    let cells = CALLS.iter().map(|column| {
        let value = (column.value)(call).into_text().unwrap_or_default();
        let value = if column.foreign { guard(value) } else { value };
        if terminal { Cow::Owned(sanitise(&value).into_owned()) } else { value }
    });
    line(out, cells.map(|cell| cell.into_owned()))
}

fn line(out: &mut dyn io::Write, cells: impl Iterator<Item = impl AsRef<[u8]>>) -> io::Result<()> {
    let mut csv = csv::WriterBuilder::new().buffer_capacity(2048).from_writer(out);
    csv.write_record(cells).map_err(io_error)?;
    csv.flush()
}

fn guard(text: Cow<'_, str>) -> Cow<'_, str> {
    let dangerous = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number(&text);
    if dangerous { format!("'{text}").into() } else { text }
}

/// `+` and digits only: nothing that a spreadsheet could run.
fn is_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()))
        || normalize_e164(text).is_some_and(|e164| e164 == text)
}

fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        _ => io::Error::other("a call could not be written as CSV"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_documented() {
        let documented = include_str!("../../README.md");
        for column in CALLS {
            assert!(documented.contains(&format!("`{}`", column.name)), "{}", column.name);
        }
    }

    #[test]
    fn formulas_are_guarded_and_numbers_are_not() {
        let cases = [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-2+3", "'-2+3"),
            ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
            ("\t=1", "'\t=1"),
            ("+19195550100", "+19195550100"),
            ("+0987654321", "+0987654321"),
            ("plain", "plain"),
            ("", ""),
        ];
        for (text, expect) in cases {
            assert_eq!(guard(text.into()), expect, "{text:?}");
        }
    }
}
