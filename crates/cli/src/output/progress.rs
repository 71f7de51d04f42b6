//! Progress of an export or a sync: bars for people, JSON lines for programs.

use super::{Stderr, text::sanitise};
use callfold_export::{ExportEvent, ExportProgress, UploadProgress, WriteProgress};
use callfold_reader::Pace;
use clap::ValueEnum;
use indicatif::{HumanDuration, MultiProgress, ProgressBar, ProgressState, ProgressStyle};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    fmt,
    io::{self, IsTerminal},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The least time between two JSON lines.
const INTERVAL: Duration = Duration::from_millis(500);

const WITH_TOTAL: &str = "{prefix} {wide_bar} {pos}/{len} records  {rate}  {msg}  {left}";
const WITHOUT_TOTAL: &str = "{prefix} {spinner} {pos} records  {rate}  {msg}";
const DONE: &str = "{prefix} {pos} records  {msg}  done";
const BYTES: &str = "{prefix} {wide_bar} {bytes}/{total_bytes}  {left}";

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressMode {
    /// Bars on a terminal, otherwise nothing
    Auto,
    /// A bar per source
    Bar,
    /// One JSON object per line, at most two per second
    Json,
    /// Nothing
    None,
}

/// The progress display of a run.
#[derive(Clone)]
pub(crate) enum ProgressUi {
    None,
    Bars(Arc<Mutex<Bars>>),
    JsonProgress(Arc<Mutex<JsonProgress>>),
}

impl ProgressUi {
    /// The display for sources with these names. `auto` allows bars on a terminal in
    /// [`ProgressMode::Auto`].
    pub(crate) fn new(mode: ProgressMode, names: &[String], auto: bool, stderr: Stderr) -> Self {
        match mode {
            ProgressMode::Json => {
                Self::JsonProgress(Arc::new(Mutex::new(JsonProgress::new(stderr))))
            }
            ProgressMode::Bar => Self::bars(names),
            ProgressMode::Auto if auto && io::stderr().is_terminal() => Self::bars(names),
            _ => Self::None,
        }
    }

    fn bars(names: &[String]) -> Self {
        let all = MultiProgress::new();
        let widest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let bar = |name: &String| {
            let bar = all.add(ProgressBar::no_length());
            bar.set_style(style(WITHOUT_TOTAL));
            bar.set_prefix(format!("{:widest$}", sanitise(name)));
            bar
        };
        let sources = names.iter().map(bar).collect();
        let bars = Bars { all, sources, upload: None, started: Vec::new(), is_cleared: false };
        Self::Bars(Arc::new(Mutex::new(bars)))
    }

    /// Listens to an export.
    pub(crate) fn export_listener(&self) -> ExportProgress {
        if let Self::JsonProgress(lines) = self {
            lock(lines).written = Some(WriteProgress::default());
        }
        let ui = self.clone();
        ExportProgress::new(move |event| match event {
            ExportEvent::Source(source) => {
                let summary = &source.summary;
                let counts = LineCounts::Export {
                    matched: summary.matched,
                    retries: source.retries,
                    records_per_s: 0,
                    finished: source.is_finished(),
                };
                ui.update_source(
                    source.index,
                    SourceLine {
                        vendor: summary.vendor,
                        account: summary.account.clone(),
                        pages: summary.pages,
                        records: summary.records,
                        total: source.total,
                        pace: summary.pace,
                        counts,
                    },
                );
            }
            ExportEvent::Written(written) => {
                ui.update_json(|lines| lines.written = Some(written));
            }
            ExportEvent::Uploaded(uploaded) => ui.update_upload(uploaded),
            _ => {}
        })
    }

    /// Shows a page that a sync has stored.
    pub(crate) fn sync_page(&self, page: &callfold_sync::PageProgress<'_>) {
        self.update_source(
            page.index,
            SourceLine {
                vendor: page.vendor,
                account: page.account.to_owned(),
                pages: page.pages,
                records: page.records,
                total: page.total,
                pace: page.pace,
                counts: LineCounts::Sync(page.written),
            },
        );
    }

    fn update_source(&self, index: usize, line: SourceLine) {
        match self {
            Self::Bars(bars) => lock(bars).update(index, &line),
            _ => self.update_json(|lines| lines.update(index, line)),
        }
    }

    fn update_upload(&self, uploaded: UploadProgress) {
        match self {
            Self::Bars(bars) => lock(bars).upload(uploaded),
            _ => self.update_json(|lines| {
                if lines.uploaded.is_none() {
                    // The next event may take long to come: write this one at once.
                    lines.last = None;
                }
                lines.uploaded = Some(uploaded);
            }),
        }
    }

    fn update_json(&self, update: impl FnOnce(&mut JsonProgress)) {
        if let Self::JsonProgress(lines) = self {
            let mut lines = lock(lines);
            update(&mut lines);
            if lines.last.is_none_or(|last| last.elapsed() >= INTERVAL) {
                lines.write("progress");
            }
        }
    }

    /// Removes bars from the terminal.
    pub(crate) fn clear(&self) {
        if let Self::Bars(bars) = self {
            let mut bars = lock(bars);
            bars.is_cleared = true;
            // A terminal that is gone does not affect the run.
            let _ = bars.all.clear();
        }
    }

    /// Removes bars from the terminal, or writes the last JSON line.
    pub(crate) fn finish(&self) {
        self.clear();
        if let Self::JsonProgress(lines) = self {
            lock(lines).write("finished");
        }
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template);
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    // A terminal that cannot be written does not affect the run.
    let rate = |state: &ProgressState, out: &mut dyn fmt::Write| {
        let _ = write!(out, "{:.0}/s", state.per_sec());
    };
    let left = |state: &ProgressState, out: &mut dyn fmt::Write| {
        let known = state.eta().as_secs() > 0;
        let _ = if known { write!(out, "{:#} left", HumanDuration(state.eta())) } else { Ok(()) };
    };
    style.with_key("rate", rate).with_key("left", left)
}

/// A bar per source.
pub(crate) struct Bars {
    all: MultiProgress,
    sources: Vec<ProgressBar>,
    upload: Option<ProgressBar>,
    /// Sources with at least one update.
    started: Vec<usize>,
    is_cleared: bool,
}

impl Bars {
    fn update(&mut self, index: usize, line: &SourceLine) {
        let Some(bar) = self.sources.get(index).filter(|_| !self.is_cleared) else { return };
        if !self.started.contains(&index) {
            // Records read before a resume do not count as speed.
            self.started.push(index);
            bar.set_position(line.records);
            bar.reset_eta();
        }
        if let (Some(total), None) = (line.total, bar.length()) {
            bar.set_length(total);
            bar.set_style(style(WITH_TOTAL));
        }
        bar.set_position(line.records);
        bar.set_message(match &line.pace {
            Some(pace) => format!("{}  {pace}", line.counts),
            None => line.counts.to_string(),
        });
        if let LineCounts::Export { finished: true, .. } = line.counts {
            bar.set_style(style(DONE));
            bar.tick();
        }
    }

    fn upload(&mut self, uploaded: UploadProgress) {
        if self.is_cleared {
            return;
        }
        let bar = self.upload.get_or_insert_with(|| {
            let bar = self.all.add(ProgressBar::new(uploaded.of));
            bar.set_style(style(BYTES));
            bar.set_prefix("upload");
            bar
        });
        bar.set_position(uploaded.bytes);
    }
}

/// JSON lines on standard error.
pub(crate) struct JsonProgress {
    stderr: Stderr,
    start: Instant,
    /// When the last line was written.
    last: Option<Instant>,
    /// By the index of the source: its line, and the records that it had at first.
    sources: BTreeMap<usize, (SourceLine, u64)>,
    written: Option<WriteProgress>,
    uploaded: Option<UploadProgress>,
}

#[derive(Serialize)]
struct BarLine<'a> {
    event: &'a str,
    elapsed_ms: u64,
    sources: Vec<&'a SourceLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    written: Option<WriteProgress>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uploaded: Option<UploadProgress>,
}

#[derive(Serialize)]
struct SourceLine {
    vendor: &'static str,
    account: String,
    pages: u64,
    records: u64,
    total: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pace: Option<Pace>,
    #[serde(flatten)]
    counts: LineCounts,
}

#[derive(Serialize)]
#[serde(untagged)]
enum LineCounts {
    Export { matched: u64, retries: u64, records_per_s: u64, finished: bool },
    Sync(callfold_sync::WriteCounts),
}

impl fmt::Display for LineCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Export { matched, retries: 0, .. } => write!(f, "{matched} matched"),
            Self::Export { matched, retries, .. } => {
                write!(f, "{matched} matched, {retries} retries")
            }
            Self::Sync(written) => write!(f, "{} new, {} changed", written.new, written.changed),
        }
    }
}

impl JsonProgress {
    fn new(stderr: Stderr) -> Self {
        let start = Instant::now();
        Self { stderr, start, last: None, sources: BTreeMap::new(), written: None, uploaded: None }
    }

    fn update(&mut self, index: usize, mut line: SourceLine) {
        // Records read before a resume do not count as speed.
        let at_first = self.sources.get(&index).map_or(line.records, |(_, at_first)| *at_first);
        if let LineCounts::Export { records_per_s, .. } = &mut line.counts {
            let read = u128::from(line.records.saturating_sub(at_first));
            let rate = read * 1000 / self.start.elapsed().as_millis().max(1);
            *records_per_s = rate.try_into().unwrap_or(u64::MAX);
        }
        self.sources.insert(index, (line, at_first));
    }

    fn write(&mut self, event: &str) {
        self.last = Some(Instant::now());
        let line = BarLine {
            event,
            elapsed_ms: self.start.elapsed().as_millis().try_into().unwrap_or(u64::MAX),
            sources: self.sources.values().map(|(line, _)| line).collect(),
            written: self.written,
            uploaded: self.uploaded,
        };
        self.stderr.machine(super::json_text(&line, false).trim_end());
    }
}
