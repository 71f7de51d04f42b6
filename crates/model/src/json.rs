//! Values as JSON that is harmless wherever it is shown.
//!
//! Belongs here: how calls, and what is exported or printed beside them, become
//! text. The form itself is that of the types' own `Serialize`.

mod call;
mod text;

pub use callfold_record::is_terminal_control;
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};
use std::io::{self, Write};

/// Appends a value as JSON on one line, without a line break.
///
/// Characters that [`is_terminal_control`] names are written as `\u` escapes:
/// the value is the same, and showing it is harmless. JSON that is kept
/// verbatim keeps its values as they came; only the blanks between them go.
///
/// # Errors
///
/// Those of the value's own `Serialize`.
pub fn write<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) -> serde_json::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, TerminalSafe(CompactFormatter)))
}

/// The same as [`write()`] with line breaks and indents, but for JSON that is
/// kept verbatim: it stands on one line.
///
/// # Errors
///
/// Those of the value's own `Serialize`.
pub fn write_pretty<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) -> serde_json::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, TerminalSafe(PrettyFormatter::new())))
}

/// One of serde_json's formats, with terminal control characters escaped.
struct TerminalSafe<F>(F);

/// Methods that the inner format answers.
macro_rules! inner {
    ($($method:ident($($first:ident)?)),+) => {
        $(fn $method<W: ?Sized + Write>(&mut self, w: &mut W $(, $first: bool)?) -> io::Result<()> {
            self.0.$method(w $(, $first)?)
        })+
    };
}

impl<F: Formatter> Formatter for TerminalSafe<F> {
    inner! {
        begin_array(), begin_array_value(first), end_array_value(), end_array(),
        begin_object(), begin_object_key(first), begin_object_value(), end_object_value(),
        end_object()
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, w: &mut W, s: &str) -> io::Result<()> {
        // What serde_json escapes by itself is not in a fragment.
        if text::plain_bytes(s.as_bytes()) == s.len() {
            return w.write_all(s.as_bytes());
        }
        let mut out = Vec::with_capacity(s.len());
        text::escape_controls(s, &mut out);
        w.write_all(&out)
    }

    fn write_raw_fragment<W: ?Sized + Write>(&mut self, w: &mut W, json: &str) -> io::Result<()> {
        let mut out = Vec::with_capacity(json.len());
        text::compact(json, &mut out);
        w.write_all(&out)
    }
}

#[cfg(test)]
#[path = "tests/json.rs"]
mod tests;
