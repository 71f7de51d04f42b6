//! Values as JSON that is harmless wherever it is shown.

use crate::{EncodeError, EncodeErrorKind};
use callfold_unify::json::is_unsafe;
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use std::io::{self, Write};

/// Appends a value as JSON on one line, without a line break: as a call's own
/// `write_json` does, for whatever is serialised.
pub(crate) fn write_json<T: Serialize + ?Sized>(
    out: &mut Vec<u8>,
    value: &T,
) -> Result<(), EncodeError> {
    value.serialize(&mut Serializer::with_formatter(out, Harmless)).map_err(|error| {
        EncodeError::caused(EncodeErrorKind::Encoder, "a call could not be written as JSON", error)
    })
}

/// Writes JSON on one line, in which no character is unsafe.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        w: &mut W,
        text: &str,
    ) -> io::Result<()> {
        // What serde_json escapes by itself is not in a fragment.
        if text.bytes().all(|byte| byte < 0x7f) {
            return w.write_all(text.as_bytes());
        }
        let mut copied = 0;
        for (at, c) in text.char_indices().filter(|(_, c)| is_unsafe(*c)) {
            w.write_all(&text.as_bytes()[copied..at])?;
            copied = at + c.len_utf8();
            escape(w, c)?;
        }
        w.write_all(&text.as_bytes()[copied..])
    }

    fn write_raw_fragment<W: ?Sized + Write>(&mut self, w: &mut W, json: &str) -> io::Result<()> {
        let mut copied = 0;
        let mut in_string = false;
        let mut after_backslash = false;
        for (at, c) in json.char_indices() {
            if in_string {
                if is_unsafe(c) {
                    w.write_all(&json.as_bytes()[copied..at])?;
                    copied = at + c.len_utf8();
                    escape(w, c)?;
                }
                in_string = c != '"' || after_backslash;
                after_backslash = c == '\\' && !after_backslash;
            } else if matches!(c, ' ' | '\t' | '\n' | '\r') {
                w.write_all(&json.as_bytes()[copied..at])?;
                copied = at + 1;
            } else {
                in_string = c == '"';
            }
        }
        w.write_all(&json.as_bytes()[copied..])
    }
}

fn escape<W: ?Sized + Write>(w: &mut W, c: char) -> io::Result<()> {
    let mut units = [0; 2];
    c.encode_utf16(&mut units).iter().try_for_each(|unit| write!(w, "\\u{unit:04x}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::value::RawValue;

    fn json<T: Serialize + ?Sized>(value: &T) -> String {
        let mut out = Vec::new();
        write_json(&mut out, value).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn escaped_text_is_harmless_and_reads_back_the_same() {
        let text = "a\u{1b}[31m \u{9b}2J \u{202e}x\u{7f} \0 \u{e0041} é 東 👩‍💻 \"quoted\\\"\u{2028}";
        let json = json(text);
        assert!(!json.contains(is_unsafe), "{json:?}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }

    #[test]
    fn vendors_json_of_several_lines_becomes_one() {
        let raw =
            "{\r\n\t\"a b\" : 1.10,\n\t\"c\\\" d\\\\\" : [ ],\"\u{7f}e\":\"\u{1f600} \u{e0001}\" }";
        let raw = RawValue::from_string(raw.to_owned()).unwrap();
        let expect = "{\"a b\":1.10,\"c\\\" d\\\\\":[],\"\\u007fe\":\"\u{1f600} \\udb40\\udc01\"}";
        assert_eq!(json(&raw), expect);
    }
}
