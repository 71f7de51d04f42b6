//! What came of a sync, in words and as JSON.

use crate::commands::calls::with_advice;
use crate::failure::Failure;
use crate::output::Stderr;
use crate::sources::Opened;
use callfold_reader::Verdict;
use callfold_sync::{RunOutcome, RunReport, SourceReport, Written};
use chrono::{SecondsFormat, Utc};
use serde::Serialize;
use std::{path::Path, time::Duration};

/// Tells what went wrong with each source, and a line for each on what was
/// done.
pub(super) fn tell(report: &RunReport, opened: &Opened, stderr: &Stderr) {
    tell_trouble(report, opened, stderr);
    for source in &report.sources {
        stderr.note(source);
    }
    if report.outcome == RunOutcome::Stopped {
        stderr.note("stopped: what was read is stored, and the next sync goes on from there");
    }
}

/// The same in one line, where nothing went wrong.
pub(super) fn tell_round(
    report: &RunReport,
    opened: &Opened,
    next: Option<Duration>,
    stderr: &Stderr,
) {
    tell_trouble(report, opened, stderr);
    let mut all = Written::default();
    for source in &report.sources {
        all += source.written;
    }
    let now = Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true);
    let mut line =
        format!("{now} {} new, {} changed, {} as before", all.new, all.changed, all.unchanged);
    let sum = |count: fn(&SourceReport) -> u64| report.sources.iter().map(count).sum::<u64>();
    let recordings = sum(|source| source.recordings.as_ref().map_or(0, |found| found.fetched));
    let bad = sum(|source| u64::from(source.is_partial()));
    let notes = [
        (sum(|source| source.missing), "no longer listed"),
        (sum(|source| source.open), "not over"),
        (recordings, if recordings == 1 { "recording" } else { "recordings" }),
        (bad, if bad == 1 { "source in trouble" } else { "sources in trouble" }),
    ];
    for (count, words) in notes.into_iter().filter(|(count, _)| *count > 0) {
        line.push_str(&format!(", {count} {words}"));
    }
    match next {
        Some(pause) => {
            let pause = Duration::from_secs(pause.as_secs_f64().round() as u64);
            let pause = humantime::format_duration(pause);
            line.push_str(&format!("; next in {pause}"));
        }
        None => line.push_str("; stopped"),
    }
    stderr.note(line);
}

fn tell_trouble(report: &RunReport, opened: &Opened, stderr: &Stderr) {
    for source in &report.sources {
        let name = format!("{} ({})", source.account, source.vendor);
        let errors = source.walks.iter().filter_map(|walk| walk.statement.error.as_ref());
        for error in errors.chain(&source.error) {
            stderr.error(with_advice(error.to_string(), error, opened));
        }
        for set_aside in &source.set_aside {
            let records = if set_aside.records == 1 { "record is" } else { "records are" };
            let (count, reason) = (set_aside.records, &set_aside.reason);
            stderr.warning(format!("{name}: {count} {records} in the table set_aside: {reason}"));
        }
        if source.newest_unlisted {
            let line = "the list is empty, although it should hold a stored call: check that the \
                        credentials are still those of the same account";
            stderr.warning(format!("{name}: {line}"));
        }
        if let Some(error) = &source.store_error {
            let help = if error.cure().is_empty() { "" } else { "; " };
            stderr.error(format!("{name}: {error}{help}{}", error.cure()));
        }
        for walk in &source.walks {
            if let Verdict::ShortBy { records } = walk.statement.verdict {
                let line = "of the announced records were never listed";
                stderr.warning(format!("{name}: {records} {line}"));
            }
        }
        let recordings = source.recordings.as_ref().filter(|found| found.failed > 0);
        if let Some(recordings) = recordings {
            let why = recordings.reason.as_deref().unwrap_or("the source failed");
            let count = recordings.failed;
            let files = if count == 1 { "recording" } else { "recordings" };
            stderr.warning(format!("{name}: {count} {files} could not be had: {why}"));
        }
    }
}

/// What became of a run.
#[derive(Serialize)]
struct Report<'a> {
    /// Whether nothing is known to be missing.
    complete: bool,
    run: i64,
    outcome: RunOutcome,
    sources: &'a [SourceReport],
}

pub(super) fn write_report(path: &Path, report: &RunReport) -> Result<(), Failure> {
    let complete = report.outcome == RunOutcome::Complete;
    let RunReport { run, outcome, sources, .. } = report;
    let report = Report { complete, run: *run, outcome: *outcome, sources };
    crate::commands::report::write_report(path, &report)
}
