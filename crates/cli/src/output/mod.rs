//! Standard output and standard error.
//!
//! All output passes here, so that text from vendors cannot act upon a terminal and a failed write
//! is noticed.

pub(crate) mod call_table;
pub(crate) mod call_view;
pub(crate) mod pager;
pub(crate) mod progress;
pub(crate) mod spinner;
pub(crate) mod table;
pub mod text;

use callfold_export::csv;
use callfold_unify::{json, model::Call};
use chrono_tz::Tz;
use clap::ValueEnum;
use serde::Serialize;
use std::{
    fmt,
    io::{self, BufWriter, IsTerminal, StdoutLock, Write},
};
use tracing_subscriber::{
    filter::Targets,
    layer::{Layer, SubscriberExt},
    util::SubscriberInitExt,
};

/// The format of printed calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// A table that fits the terminal
    Table,
    /// A table with every column, however wide
    Wide,
    /// One indented document, as described by `callfold schema`
    Json,
    /// One JSON object per line
    Jsonl,
    /// Flat columns with a header
    Csv,
}

/// How output is laid out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OutputStyle {
    /// Whether it goes to a terminal.
    pub(crate) is_terminal: bool,
    /// The width of a line; `None` without a limit.
    pub(crate) columns: Option<usize>,
    /// Whether to write colours.
    pub(crate) color: bool,
    /// Whether to show phone numbers, and what else identifies people, in full.
    pub(crate) show_numbers: bool,
    /// The time zone of times for people.
    pub(crate) zone: Tz,
}

impl OutputStyle {
    /// The style of standard output. A terminal, which others may see, shows masked numbers unless
    /// `show_numbers` is set.
    pub(crate) fn of_stdout(color: clap::ColorChoice, show_numbers: bool) -> Self {
        let is_terminal = io::stdout().is_terminal();
        Self {
            is_terminal,
            columns: is_terminal.then(terminal_columns),
            color: is_colored(color, &io::stdout()),
            show_numbers: show_numbers || !is_terminal,
            zone: Tz::UTC,
        }
    }

    /// The same style with times in the zone, or in UTC.
    pub(crate) fn in_zone(self, zone: Option<Tz>) -> Self {
        Self { zone: zone.unwrap_or(Tz::UTC), ..self }
    }
}

fn is_colored(choice: clap::ColorChoice, stream: &impl anstream::stream::RawStream) -> bool {
    match choice {
        clap::ColorChoice::Always => true,
        clap::ColorChoice::Never => false,
        // Looks at the terminal, NO_COLOR, CLICOLOR, CLICOLOR_FORCE and TERM.
        clap::ColorChoice::Auto => {
            anstream::AutoStream::choice(stream) != anstream::ColorChoice::Never
        }
    }
}

/// COLUMNS if set, otherwise the width of the terminal, otherwise 80.
fn terminal_columns() -> usize {
    let stated = std::env::var("COLUMNS").ok().and_then(|text| text.trim().parse().ok());
    stated
        .filter(|columns| *columns > 0)
        .or_else(|| terminal_size::terminal_size().map(|(width, _)| width.0.into()))
        .unwrap_or(80)
}

/// A value as JSON and a line break, indented if `pretty` is set. No character in it can act upon
/// a terminal.
pub(crate) fn json_text<T: Serialize + ?Sized>(value: &T, pretty: bool) -> String {
    let mut text = Vec::new();
    let write = if pretty { json::write_pretty } else { json::write };
    // Writing to memory cannot fail, and all values serialise.
    let _ = write(&mut text, value);
    text.push(b'\n');
    String::from_utf8(text).unwrap_or_default()
}

/// Prints a text to standard output.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut stdout = Stdout::open();
    stdout.text(text)?;
    stdout.finish()
}

/// Standard output, buffered.
pub(crate) struct Stdout {
    out: BufWriter<StdoutLock<'static>>,
    line: Vec<u8>,
}

impl Stdout {
    pub(crate) fn open() -> Self {
        let out = BufWriter::new(io::stdout().lock());
        Self { out, line: Vec::with_capacity(4 << 10) }
    }

    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())
    }

    /// Writes a value and a line break, indented if `pretty` is set.
    pub(crate) fn json<T: Serialize + ?Sized>(
        &mut self,
        value: &T,
        pretty: bool,
    ) -> io::Result<()> {
        self.text(&json_text(value, pretty))
    }

    /// Writes the parts of a line, and a line break.
    pub(crate) fn line(&mut self, parts: &[&[u8]]) -> io::Result<()> {
        parts.iter().try_for_each(|part| self.out.write_all(part))?;
        self.out.write_all(b"\n")
    }

    /// Passes on what is buffered.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Writes calls in a format for programs.
    pub(crate) fn calls(
        &mut self,
        calls: &[Call],
        format: OutputFormat,
        style: &OutputStyle,
    ) -> io::Result<()> {
        match format {
            OutputFormat::Table | OutputFormat::Wide => Ok(()),
            OutputFormat::Json => self.json(calls, true),
            OutputFormat::Jsonl | OutputFormat::Csv => {
                self.header(format)?;
                calls.iter().try_for_each(|call| self.call(call, format, style))
            }
        }
    }

    /// Writes the header of a format that is written call by call.
    pub(crate) fn header(&mut self, format: OutputFormat) -> io::Result<()> {
        self.line.clear();
        if format == OutputFormat::Csv {
            csv::write_header(&mut self.line);
        }
        self.out.write_all(&self.line)
    }

    /// Writes one call in such a format.
    pub(crate) fn call(
        &mut self,
        call: &Call,
        format: OutputFormat,
        style: &OutputStyle,
    ) -> io::Result<()> {
        self.line.clear();
        match format {
            OutputFormat::Csv if style.is_terminal => {
                csv::write_call_through(call, &mut self.line, text::sanitise);
            }
            OutputFormat::Csv => csv::write_call(call, &mut self.line),
            _ => {
                call.write_json(&mut self.line);
                self.line.push(b'\n');
            }
        }
        self.out.write_all(&self.line)
    }

    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// An error for programs.
#[derive(Serialize)]
struct ErrorLine<'a> {
    error: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
}

/// The text with long lines cut at words, if standard error is a terminal.
pub(crate) fn wrap_on_stderr(text: &str) -> String {
    match io::stderr().is_terminal() {
        true => text::wrap(text, terminal_columns(), 2),
        false => text.to_owned(),
    }
}

/// Lines on standard error. A failed write does not affect the run, so its error is dropped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stderr {
    color: bool,
    is_json: bool,
    /// The width of a terminal.
    columns: Option<usize>,
    is_quiet: bool,
}

impl Stderr {
    pub(crate) fn new(color: clap::ColorChoice, is_quiet: bool) -> Self {
        let columns = io::stderr().is_terminal().then(terminal_columns);
        Self { color: is_colored(color, &io::stderr()), is_json: false, columns, is_quiet }
    }

    /// The same with errors as JSON objects, if `is_json` is set.
    pub(crate) fn json(self, is_json: bool) -> Self {
        Self { is_json, ..self }
    }

    /// Whether notes are left out.
    pub(crate) fn is_quiet(&self) -> bool {
        self.is_quiet
    }

    /// Prints information, unless quiet.
    pub(crate) fn note(&self, line: impl fmt::Display) {
        if !self.is_quiet {
            self.line("", "", &line);
        }
    }

    pub(crate) fn warning(&self, line: impl fmt::Display) {
        self.line("\u{1b}[1;33m", "warning: ", &line);
    }

    /// Prints an error; as a JSON object if the command writes JSON.
    pub(crate) fn error(&self, line: impl fmt::Display) {
        if self.is_json {
            let text = line.to_string();
            let (error, help) = match text.rsplit_once("\n  help: ") {
                Some((error, help)) => (error, Some(help)),
                None => (text.as_str(), None),
            };
            return self.machine(json_text(&ErrorLine { error, help }, false).trim_end());
        }
        self.line("\u{1b}[1;31m", "error: ", &line);
    }

    /// Prints a line for programs, even when quiet.
    pub(crate) fn machine(&self, line: impl fmt::Display) {
        let _ = writeln!(io::stderr().lock(), "{line}");
    }

    fn line(&self, style: &str, label: &str, line: &dyn fmt::Display) {
        let text = text::sanitise_lines(&line.to_string());
        let text = match self.columns {
            Some(columns) => text::wrap(&format!("{label}{text}"), columns, 2),
            None => format!("{label}{text}"),
        };
        let text = text.strip_prefix(label).unwrap_or(&text);
        let (style, reset) = match self.color && !style.is_empty() {
            true => (style, "\u{1b}[0m"),
            false => ("", ""),
        };
        spinner::without_spinner(|| {
            // In one piece, so that no line of another program comes between.
            let line = format!("{style}{label}{reset}{text}\n");
            let _ = io::stderr().lock().write_all(line.as_bytes());
        });
    }
}

/// Logs to standard error what this workspace's crates do: steps at verbosity 1, every request at
/// 2. Other crates are left out: they do not know which values are secret.
pub(crate) fn start_log(verbosity: u8, color: clap::ColorChoice) {
    let level = match verbosity {
        0 => return,
        1 => tracing::Level::INFO,
        2 => tracing::Level::DEBUG,
        _ => tracing::Level::TRACE,
    };
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(is_colored(color, &io::stderr()))
        .without_time()
        .with_target(false)
        .with_filter(Targets::new().with_target("callfold", level));
    tracing_subscriber::registry().with(lines).init();
}

#[cfg(test)]
mod tests {
    use callfold_tables::CALLS;

    #[test]
    fn csv_columns_are_documented() {
        let readme = include_str!("../../README.md");
        for column in CALLS {
            assert!(readme.contains(&format!("`{}`", column.name)), "{}", column.name);
        }
    }
}
