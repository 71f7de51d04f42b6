//! Rows in the text form of COPY.

use crate::sql_value::{SqlValue, time_text};
use std::fmt::Write as _;

/// Lines for COPY … FROM STDIN.
#[derive(Debug, Default)]
pub(super) struct Lines {
    text: String,
    /// Whether the line has a value.
    begun: bool,
}

impl Lines {
    pub(super) fn value(&mut self, value: &SqlValue<'_>) {
        if self.begun {
            self.text.push('\t');
        }
        self.begun = true;
        match value {
            SqlValue::Null => self.text.push_str("\\N"),
            SqlValue::Text(text) => escape(text, &mut self.text),
            SqlValue::Int(number) => {
                let _ = write!(self.text, "{number}");
            }
            SqlValue::Flag(flag) => self.text.push(if *flag { 't' } else { 'f' }),
            SqlValue::Time(at) => self.text.push_str(time_text(*at).as_deref().unwrap_or("\\N")),
            SqlValue::Bytes(bytes) => {
                self.text.push_str("\\\\x");
                for byte in bytes.iter() {
                    let _ = write!(self.text, "{byte:02x}");
                }
            }
        }
    }

    pub(super) fn end_line(&mut self) {
        self.text.push('\n');
        self.begun = false;
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}

fn escape(text: &str, out: &mut String) {
    let mut copied = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            _ => continue,
        };
        out.push_str(&text[copied..at]);
        out.push_str(escaped);
        copied = at + 1;
    }
    out.push_str(&text[copied..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_break_out_of_their_line() {
        let mut lines = Lines::default();
        for value in [
            SqlValue::Null,
            SqlValue::text("a\tb\nc\rd\\e \\. \\N é"),
            SqlValue::text(""),
            SqlValue::Int(-7),
            SqlValue::Flag(true),
            vec![0, 0xff].into(),
        ] {
            lines.value(&value);
        }
        lines.end_line();
        let expect = "\\N\ta\\tb\\nc\\rd\\\\e \\\\. \\\\N é\t\t-7\tt\t\\\\x00ff\n";
        assert_eq!(lines.into_text(), expect);
    }
}
