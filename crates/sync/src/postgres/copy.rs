//! Rows in the text form of COPY.

use crate::cell::Cell;
use std::fmt::Write as _;

/// Lines for COPY … FROM STDIN.
#[derive(Debug, Default)]
pub(super) struct Lines {
    text: String,
    /// Whether the line has a cell.
    begun: bool,
    pub(super) count: usize,
}

impl Lines {
    pub(super) fn cell(&mut self, cell: &Cell<'_>) {
        self.next();
        match cell {
            Cell::Null => self.text.push_str("\\N"),
            Cell::Text(text) => escape(text, &mut self.text),
            Cell::Int(number) => {
                let _ = write!(self.text, "{number}");
            }
            Cell::Flag(flag) => self.text.push(if *flag { 't' } else { 'f' }),
        }
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.next();
        self.text.push_str("\\\\x");
        for byte in bytes {
            let _ = write!(self.text, "{byte:02x}");
        }
    }

    pub(super) fn end_line(&mut self) {
        self.text.push('\n');
        (self.begun, self.count) = (false, self.count + 1);
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    fn next(&mut self) {
        if self.begun {
            self.text.push('\t');
        }
        self.begun = true;
    }
}

fn escape(text: &str, out: &mut String) {
    let mut kept = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            _ => continue,
        };
        out.push_str(&text[kept..at]);
        out.push_str(escaped);
        kept = at + 1;
    }
    out.push_str(&text[kept..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_cannot_break_out_of_their_line() {
        let mut lines = Lines::default();
        for cell in [
            Cell::Null,
            Cell::text("a\tb\nc\rd\\e \\. \\N é"),
            Cell::text(""),
            Cell::Int(-7),
            Cell::Flag(true),
        ] {
            lines.cell(&cell);
        }
        lines.bytes(&[0, 0xff]);
        lines.end_line();
        assert_eq!(lines.count, 1);
        let expect = "\\N\ta\\tb\\nc\\rd\\\\e \\\\. \\\\N é\t\t-7\tt\t\\\\x00ff\n";
        assert_eq!(lines.into_text(), expect);
    }
}
