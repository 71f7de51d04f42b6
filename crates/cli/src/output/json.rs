//! Values as JSON.

use super::text::is_unsafe;
use serde::Serialize;
use std::{fmt::Write as _, io};

/// Writes a value and a line break: on one line, or indented where `pretty`
/// is set.
///
/// Characters that a terminal would act upon are written as `\u` escapes: the
/// value is the same, and showing it is harmless. A vendor's record keeps its
/// values as they came; only the blanks between them may change.
pub(crate) fn write<T: Serialize + ?Sized>(
    out: &mut dyn io::Write,
    value: &T,
    pretty: bool,
) -> io::Result<()> {
    let json =
        if pretty { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
    let mut text = normalise(&json.map_err(io::Error::other)?, pretty);
    text.push('\n');
    out.write_all(text.as_bytes())
}

fn normalise(json: &str, pretty: bool) -> String {
    let mut text = String::with_capacity(json.len() + 1);
    let mut in_string = false;
    let mut after_backslash = false;
    for c in json.chars() {
        if in_string {
            push_escaped(&mut text, c);
            in_string = c != '"' || after_backslash;
            after_backslash = c == '\\' && !after_backslash;
        } else {
            match c {
                '\n' | ' ' if pretty => text.push(c),
                '\t' if pretty => text.push(' '),
                ' ' | '\t' | '\n' | '\r' => {}
                _ => text.push(c),
            }
            in_string = c == '"';
        }
    }
    text
}

fn push_escaped(text: &mut String, c: char) {
    if !is_unsafe(c) {
        return text.push(c);
    }
    let mut units = [0; 2];
    for unit in c.encode_utf16(&mut units) {
        // Writing to a String cannot fail.
        let _ = write!(text, "\\u{unit:04x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::value::RawValue;

    fn json<T: Serialize + ?Sized>(value: &T, pretty: bool) -> String {
        let mut out = Vec::new();
        write(&mut out, value, pretty).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn escaped_text_is_harmless_and_reads_back_the_same() {
        let text = "a\u{1b}[31m \u{9b}2J \u{202e}x\u{7f} \u{e0041} é 東 \"quoted\\\"";
        for pretty in [false, true] {
            let json = json(text, pretty);
            assert!(!json.trim_end().contains(is_unsafe), "{json:?}");
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }

    #[test]
    fn raw_record_of_several_lines_becomes_one() {
        let raw = "{\r\n\t\"a b\" : 1.10,\n\t\"c\\\" d\" : [ ]\n}";
        let raw = RawValue::from_string(raw.to_owned()).unwrap();
        assert_eq!(json(&raw, false), "{\"a b\":1.10,\"c\\\" d\":[]}\n");
        let pretty = json(&raw, true);
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&pretty).unwrap()["c\" d"],
            serde_json::json!([])
        );
    }
}
