//! Calls as CSV on standard output.

use super::text::sanitise;
use callfold_export::csv::CsvLines;
use callfold_unify::model::Call;
use std::io;

/// Writes the lines of a CSV file, one at a time.
#[derive(Debug, Default)]
pub(crate) struct Csv {
    lines: CsvLines,
    line: Vec<u8>,
}

impl Csv {
    pub(crate) fn header(&mut self, out: &mut dyn io::Write) -> io::Result<()> {
        self.line.clear();
        self.lines.header(&mut self.line);
        out.write_all(&self.line)
    }

    /// Writes a record; for a terminal, with nothing in it that one would act upon.
    pub(crate) fn record(
        &mut self,
        out: &mut dyn io::Write,
        call: &Call,
        terminal: bool,
    ) -> io::Result<()> {
        self.line.clear();
        match terminal {
            true => self.lines.call_through(call, &mut self.line, sanitise),
            false => self.lines.call(call, &mut self.line),
        }
        out.write_all(&self.line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use callfold_tables::CALLS;
    use callfold_unify::model::CallId;

    #[test]
    fn columns_are_documented() {
        let documented = include_str!("../../README.md");
        for column in CALLS {
            assert!(documented.contains(&format!("`{}`", column.name)), "{}", column.name);
        }
    }

    #[test]
    fn record_for_a_terminal_has_nothing_in_it_that_one_would_act_upon() {
        let call = Call::new(CallId::new("vendor", "clinic", "=1\u{1b}[31m\n"));
        let (mut csv, mut shown, mut kept) = (Csv::default(), Vec::new(), Vec::new());
        csv.record(&mut shown, &call, true).unwrap();
        csv.record(&mut kept, &call, false).unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        assert!(
            text(shown)
                .starts_with("vendor:clinic:=1\u{fffd}[31m ,vendor,clinic,'=1\u{fffd}[31m ,")
        );
        assert!(
            text(kept)
                .starts_with("\"vendor:clinic:=1\u{1b}[31m\n\",vendor,clinic,\"'=1\u{1b}[31m\n\",")
        );
    }
}
