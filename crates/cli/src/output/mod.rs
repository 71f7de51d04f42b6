//! What is written to standard output and standard error, and how.
//!
//! Everything the program prints passes here, so that text from vendors is
//! harmless on a terminal and a failing write is noticed.

pub(crate) mod call_table;
pub(crate) mod call_view;
mod csv;
pub(crate) mod progress;
pub(crate) mod table;
pub(crate) mod text;

use crate::args::Format;
use callfold_unify::{json, model::Call};
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

/// How output has to look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// Whether it goes to a terminal.
    pub(crate) terminal: bool,
    /// The room for a line; `None` where there is no limit.
    pub(crate) columns: Option<usize>,
    /// Whether to write colours.
    pub(crate) color: bool,
    /// Whether telephone numbers are written out.
    pub(crate) show_numbers: bool,
}

impl Look {
    /// The look of standard output. Numbers are hidden on a terminal, where
    /// others look on, unless `show_numbers` is set.
    pub(crate) fn of_stdout(color: clap::ColorChoice, show_numbers: bool) -> Self {
        let terminal = io::stdout().is_terminal();
        Self {
            terminal,
            columns: terminal.then(terminal_columns),
            color: is_colored(color, &io::stdout()),
            show_numbers: show_numbers || !terminal,
        }
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

/// COLUMNS where it is set, otherwise what the terminal says, otherwise 80.
fn terminal_columns() -> usize {
    let stated = std::env::var("COLUMNS").ok().and_then(|text| text.trim().parse().ok());
    stated
        .filter(|columns| *columns > 0)
        .or_else(|| terminal_size::terminal_size().map(|(width, _)| width.0.into()))
        .unwrap_or(80)
}

/// Standard output, buffered.
pub(crate) struct Stdout(BufWriter<StdoutLock<'static>>, csv::Csv);

impl Stdout {
    pub(crate) fn open() -> Self {
        Self(BufWriter::new(io::stdout().lock()), csv::Csv::default())
    }

    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.0.write_all(text.as_bytes())
    }

    /// Writes a value and a line break: on one line, or indented where `pretty`
    /// is set.
    pub(crate) fn json<T: Serialize + ?Sized>(
        &mut self,
        value: &T,
        pretty: bool,
    ) -> io::Result<()> {
        let mut text = Vec::new();
        let write = if pretty { json::write_pretty } else { json::write };
        write(&mut text, value)?;
        text.push(b'\n');
        self.0.write_all(&text)
    }

    /// Writes calls in a format that is for programs.
    pub(crate) fn calls(&mut self, calls: &[Call], format: Format, look: &Look) -> io::Result<()> {
        match format {
            Format::Table => Ok(()),
            Format::Json => self.json(calls, true),
            Format::Jsonl | Format::Csv => {
                self.begin(format)?;
                calls.iter().try_for_each(|call| self.call(call, format, look))
            }
        }
    }

    /// Begins a format that is written call by call.
    pub(crate) fn begin(&mut self, format: Format) -> io::Result<()> {
        if format == Format::Csv { self.1.header(&mut self.0) } else { Ok(()) }
    }

    /// Writes one call in such a format.
    pub(crate) fn call(&mut self, call: &Call, format: Format, look: &Look) -> io::Result<()> {
        match format {
            Format::Csv => self.1.record(&mut self.0, call, look.terminal),
            _ => {
                let mut line = Vec::with_capacity(4 << 10);
                call.write_json(&mut line);
                line.push(b'\n');
                self.0.write_all(&line)
            }
        }
    }

    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Lines to standard error. That one cannot be written changes nothing about
/// the work, so its errors are dropped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stderr {
    color: bool,
    quiet: bool,
}

impl Stderr {
    pub(crate) fn new(color: clap::ColorChoice, quiet: bool) -> Self {
        Self { color: is_colored(color, &io::stderr()), quiet }
    }

    /// What is good to know; not written when quiet.
    pub(crate) fn note(&self, line: impl fmt::Display) {
        if !self.quiet {
            self.line("", "", &line);
        }
    }

    pub(crate) fn warning(&self, line: impl fmt::Display) {
        self.line("\u{1b}[1;33m", "warning: ", &line);
    }

    pub(crate) fn error(&self, line: impl fmt::Display) {
        self.line("\u{1b}[1;31m", "error: ", &line);
    }

    /// A line for programs, which was asked for: written even when quiet.
    pub(crate) fn machine(&self, line: impl fmt::Display) {
        let _ = writeln!(io::stderr().lock(), "{line}");
    }

    fn line(&self, style: &str, label: &str, line: &dyn fmt::Display) {
        let text = text::sanitise_lines(&line.to_string());
        let reset = if style.is_empty() { "" } else { "\u{1b}[0m" };
        let _ = if self.color {
            writeln!(io::stderr().lock(), "{style}{label}{reset}{text}")
        } else {
            writeln!(io::stderr().lock(), "{label}{text}")
        };
    }
}

/// Sends what our own layers tell about their work to standard error: once
/// for the steps, twice for every request. What the libraries below them tell
/// is left out, because they know no secrets and could print one.
pub(crate) fn trace(verbosity: u8, color: clap::ColorChoice) {
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
