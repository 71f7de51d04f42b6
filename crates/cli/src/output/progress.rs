//! How far a long run is: bars for people, JSON lines for programs.

use super::{Stderr, text::sanitise};
use callfold_export::{Event, Progress, SourceProgress, Uploaded, Written};
use indicatif::{HumanDuration, MultiProgress, ProgressBar, ProgressState, ProgressStyle};
use serde::Serialize;
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// JSON lines are this far apart at least.
const EVERY: Duration = Duration::from_millis(500);

const OF_TOTAL: &str = "{prefix} {wide_bar} {pos}/{len} records  {rate}  {msg}  {left}";
const NO_TOTAL: &str = "{prefix} {spinner} {pos} records  {rate}  {msg}";
const DONE: &str = "{prefix} {pos} records  {msg}  done";
const BYTES: &str = "{prefix} {wide_bar} {bytes}/{total_bytes}  {left}";

/// What shows how far a run is.
#[derive(Clone)]
pub(crate) enum Shown {
    /// Nothing does.
    Nothing,
    /// A bar for each source.
    Bars(Arc<Mutex<Bars>>),
    /// JSON lines.
    Lines(Arc<Mutex<Lines>>),
}

impl Shown {
    /// Bars for sources with these names.
    pub(crate) fn bars(names: &[String]) -> Self {
        let all = MultiProgress::new();
        let widest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let bar = |name: &String| {
            let bar = all.add(ProgressBar::no_length());
            bar.set_style(style(NO_TOTAL));
            bar.set_prefix(format!("{:widest$}", sanitise(name)));
            bar
        };
        let sources = names.iter().map(bar).collect();
        Self::Bars(Arc::new(Mutex::new(Bars {
            all,
            sources,
            upload: None,
            begun: Vec::new(),
            finished: false,
        })))
    }

    /// JSON lines to `stderr`.
    pub(crate) fn lines(stderr: Stderr, sources: usize) -> Self {
        let lines = Lines {
            stderr,
            begin: Instant::now(),
            last: None,
            sources: vec![None; sources],
            read_before: vec![None; sources],
            written: Written::default(),
            uploaded: None,
            finished: false,
        };
        Self::Lines(Arc::new(Mutex::new(lines)))
    }

    /// Whom to tell.
    pub(crate) fn listener(&self) -> Progress {
        match self {
            Self::Nothing => Progress::default(),
            Self::Bars(bars) => {
                let bars = bars.clone();
                Progress::new(move |event| lock(&bars).take(&event))
            }
            Self::Lines(lines) => {
                let lines = lines.clone();
                Progress::new(move |event| lock(&lines).take(event))
            }
        }
    }

    /// Shows that a source has given so many records so far.
    pub(crate) fn page(&self, index: usize, records: u64, total: Option<u64>, message: String) {
        if let Self::Bars(bars) = self {
            lock(bars).page(index, records, total, message);
        }
    }

    /// Takes it off the terminal, or tells the last of it.
    pub(crate) fn finish(&self) {
        match self {
            Self::Nothing => {}
            Self::Bars(bars) => lock(bars).finish(),
            Self::Lines(lines) => lock(lines).finish(),
        }
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template);
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    // That a terminal cannot be written changes nothing about the work.
    let rate = |state: &ProgressState, out: &mut dyn fmt::Write| {
        let _ = write!(out, "{:.0}/s", state.per_sec());
    };
    let left = |state: &ProgressState, out: &mut dyn fmt::Write| {
        let known = state.eta().as_secs() > 0;
        let _ = if known { write!(out, "{:#} left", HumanDuration(state.eta())) } else { Ok(()) };
    };
    style.with_key("rate", rate).with_key("left", left)
}

/// A bar for each source.
pub(crate) struct Bars {
    all: MultiProgress,
    sources: Vec<ProgressBar>,
    upload: Option<ProgressBar>,
    /// Which sources have told something.
    begun: Vec<usize>,
    finished: bool,
}

impl Bars {
    fn finish(&mut self) {
        self.finished = true;
        // That the terminal has gone changes nothing about the work.
        let _ = self.all.clear();
    }

    fn take(&mut self, event: &Event) {
        if self.finished {
            return;
        }
        match event {
            Event::Source(source) => self.source(source),
            Event::Uploaded(Uploaded { bytes, of, .. }) => {
                let bar = self.upload.get_or_insert_with(|| {
                    let bar = self.all.add(ProgressBar::new(*of));
                    bar.set_style(style(BYTES));
                    bar.set_prefix("upload");
                    bar
                });
                bar.set_position(*bytes);
            }
            _ => {}
        }
    }

    fn page(&mut self, index: usize, records: u64, total: Option<u64>, message: String) {
        let Some(bar) = self.sources.get(index).filter(|_| !self.finished) else { return };
        if let (Some(total), None) = (total, bar.length()) {
            bar.set_length(total);
            bar.set_style(style(OF_TOTAL));
        }
        bar.set_position(records);
        bar.set_message(message);
    }

    fn source(&mut self, source: &SourceProgress) {
        let Some(bar) = self.sources.get(source.index) else { return };
        if !self.begun.contains(&source.index) {
            // What was read before a resume must not count as speed.
            self.begun.push(source.index);
            bar.set_position(source.summary.records);
            bar.reset_eta();
        }
        if let (Some(total), None) = (source.total, bar.length()) {
            bar.set_length(total);
            bar.set_style(style(OF_TOTAL));
        }
        bar.set_position(source.summary.records);
        let mut message = format!("{} kept", source.summary.matched);
        if source.retries > 0 {
            message.push_str(&format!(", {} retries", source.retries));
        }
        bar.set_message(message);
        if source.is_finished() {
            bar.set_style(style(DONE));
            bar.tick();
        }
    }
}

/// JSON lines.
pub(crate) struct Lines {
    stderr: Stderr,
    begin: Instant,
    last: Option<Instant>,
    sources: Vec<Option<SourceProgress>>,
    /// What was read before a resume must not count as speed.
    read_before: Vec<Option<u64>>,
    written: Written,
    uploaded: Option<Uploaded>,
    finished: bool,
}

#[derive(Serialize)]
struct Line<'a> {
    event: &'a str,
    elapsed_ms: u64,
    sources: Vec<SourceLine<'a>>,
    written: WrittenLine,
    #[serde(skip_serializing_if = "Option::is_none")]
    uploaded: Option<UploadedLine>,
}

#[derive(Serialize)]
struct SourceLine<'a> {
    vendor: &'a str,
    account: &'a str,
    pages: u64,
    records: u64,
    total: Option<u64>,
    kept: u64,
    retries: u64,
    records_per_s: u64,
    finished: bool,
}

impl<'a> SourceLine<'a> {
    fn of(source: &'a SourceProgress, before: u64, elapsed: Duration) -> Self {
        let summary = &source.summary;
        let read = u128::from(summary.records.saturating_sub(before));
        let per_second = read * 1000 / elapsed.as_millis().max(1);
        Self {
            vendor: summary.vendor,
            account: &summary.account,
            pages: summary.pages,
            records: summary.records,
            total: source.total,
            kept: summary.matched,
            retries: source.retries,
            records_per_s: per_second.try_into().unwrap_or(u64::MAX),
            finished: source.is_finished(),
        }
    }
}

#[derive(Serialize)]
struct WrittenLine {
    calls: u64,
    bytes: u64,
    files: u64,
}

#[derive(Serialize)]
struct UploadedLine {
    bytes: u64,
    of: u64,
}

impl Lines {
    fn take(&mut self, event: Event) {
        match event {
            Event::Source(source) => {
                let index = source.index;
                if let Some(before @ None) = self.read_before.get_mut(index) {
                    *before = Some(source.summary.records);
                }
                if let Some(place) = self.sources.get_mut(index) {
                    *place = Some(*source);
                }
            }
            Event::Written(written) => self.written = written,
            Event::Uploaded(uploaded) => {
                if self.uploaded.is_none() {
                    // What follows can take long before it says anything.
                    self.last = None;
                }
                self.uploaded = Some(uploaded);
            }
            _ => return,
        }
        if !self.finished && self.last.is_none_or(|last| last.elapsed() >= EVERY) {
            self.write("progress");
        }
    }

    fn finish(&mut self) {
        if !self.finished {
            self.finished = true;
            self.write("finished");
        }
    }

    fn write(&mut self, event: &str) {
        self.last = Some(Instant::now());
        let elapsed = self.begin.elapsed();
        let known = self.sources.iter().zip(&self.read_before);
        let sources =
            known.filter_map(|(source, before)| Some((source.as_ref()?, before.unwrap_or(0))));
        let Written { calls, bytes, files, .. } = self.written;
        let text = serde_json::to_string(&Line {
            event,
            elapsed_ms: elapsed.as_millis().try_into().unwrap_or(u64::MAX),
            sources: sources
                .map(|(source, before)| SourceLine::of(source, before, elapsed))
                .collect(),
            written: WrittenLine { calls, bytes, files },
            uploaded: self.uploaded.map(|done| UploadedLine { bytes: done.bytes, of: done.of }),
        });
        self.stderr.machine(text.unwrap_or_default());
    }
}
