//! How far a sync is: bars for people, JSON lines for programs.

use crate::output::{Stderr, progress::Shown};
use callfold_sync::{Progress, WriteCounts};
use serde::Serialize;
use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// JSON lines are this far apart at least.
const EVERY: Duration = Duration::from_millis(500);

/// What shows how far a sync is.
pub(super) enum Shows {
    Nothing,
    Bars(Shown),
    Lines(Mutex<Lines>),
}

impl Shows {
    pub(super) fn lines(stderr: Stderr) -> Self {
        let (begin, sources) = (Instant::now(), Vec::new());
        Self::Lines(Mutex::new(Lines { stderr, begin, last: None, sources }))
    }

    /// A page was written.
    pub(super) fn take(&self, page: &Progress<'_>) {
        match self {
            Self::Nothing => {}
            Self::Bars(bars) => {
                let WriteCounts { new, changed, .. } = page.written;
                let message = format!("{new} new, {changed} changed");
                bars.page(page.index, page.records, page.total, message);
            }
            Self::Lines(lines) => lines.lock().unwrap_or_else(PoisonError::into_inner).take(page),
        }
    }

    /// Takes it off the terminal.
    pub(super) fn clear(&self) {
        if let Self::Bars(bars) = self {
            bars.finish();
        }
    }

    /// Takes it off the terminal, or tells the last of it.
    pub(super) fn finish(&self) {
        match self {
            Self::Nothing => {}
            Self::Bars(bars) => bars.finish(),
            Self::Lines(lines) => {
                lines.lock().unwrap_or_else(PoisonError::into_inner).write("finished");
            }
        }
    }
}

/// JSON lines.
pub(super) struct Lines {
    stderr: Stderr,
    begin: Instant,
    last: Option<Instant>,
    /// The last page of each source, in the order in which they came.
    sources: Vec<(usize, SourceLine)>,
}

#[derive(Serialize)]
struct Line<'a> {
    event: &'a str,
    elapsed_ms: u64,
    sources: Vec<&'a SourceLine>,
}

#[derive(Serialize)]
struct SourceLine {
    vendor: &'static str,
    account: String,
    pages: u64,
    records: u64,
    total: Option<u64>,
    #[serde(flatten)]
    written: WriteCounts,
}

impl Lines {
    fn take(&mut self, page: &Progress<'_>) {
        let line = SourceLine {
            vendor: page.vendor,
            account: page.account.to_owned(),
            pages: page.pages,
            records: page.records,
            total: page.total,
            written: page.written,
        };
        match self.sources.iter_mut().find(|(index, _)| *index == page.index) {
            Some((_, before)) => *before = line,
            None => self.sources.push((page.index, line)),
        }
        if self.last.is_none_or(|last| last.elapsed() >= EVERY) {
            self.write("progress");
        }
    }

    fn write(&mut self, event: &str) {
        self.last = Some(Instant::now());
        let elapsed_ms = self.begin.elapsed().as_millis().try_into().unwrap_or(u64::MAX);
        let sources = self.sources.iter().map(|(_, line)| line).collect();
        let line = Line { event, elapsed_ms, sources };
        self.stderr.machine(serde_json::to_string(&line).unwrap_or_default());
    }
}
