//! What came of a sync, in words and as JSON.

use crate::commands::calls::with_advice;
use crate::failure::Failure;
use crate::output::Stderr;
use crate::sources::Opened;
use callfold_reader::Verdict;
use callfold_sync::{OwedKind, RunOutcome, RunReport, SourceReport, WriteCounts};
use callfold_unify::model::Timestamp;
use chrono::{SecondsFormat, Utc};
use serde::Serialize;
use std::{path::Path, time::Duration};

/// Tells what went wrong with each source, and a line for each on what was
/// done.
pub(super) fn tell(report: &RunReport, opened: &Opened, stderr: &Stderr) {
    tell_trouble(report, opened, stderr);
    for source in &report.sources {
        stderr.note(source);
        if let Some(line) = verified(source) {
            stderr.note(line);
        }
    }
    if report.outcome == RunOutcome::Stopped {
        stderr.note("stopped: what was read is stored, and the next sync goes on from there");
    }
}

/// Up to when the source is verified, and how long ago at most.
fn verified(source: &SourceReport) -> Option<String> {
    let up_to = source.verified.up_to?.to_rfc3339_opts(SecondsFormat::Secs, true);
    Some(match source.verified.everything_since {
        Some(since) => {
            format!("  verified up to {up_to}, everything within {}", age(Utc::now(), since))
        }
        None => format!("  verified up to {up_to}, older calls only in part yet"),
    })
}

/// How long ago, in whole days or hours, and never less than it is.
pub(super) fn age(now: Timestamp, since: Timestamp) -> String {
    let hours = ((now - since).num_seconds().max(0) as u64).div_ceil(3600).max(1);
    match hours {
        1 => "an hour".to_owned(),
        2..=47 => format!("{hours} hours"),
        _ => format!("{} days", hours.div_ceil(24)),
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
    let mut all = WriteCounts::default();
    for source in &report.sources {
        all += source.written;
    }
    let now = Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true);
    let mut line =
        format!("{now} {} new, {} changed, {} unchanged", all.new, all.changed, all.unchanged);
    let sum = |count: fn(&SourceReport) -> u64| report.sources.iter().map(count).sum::<u64>();
    let recordings = sum(|source| source.recordings.as_ref().map_or(0, |found| found.fetched));
    let bad = sum(|source| u64::from(source.is_partial()));
    let notes = [
        (sum(|source| source.missing), "no longer listed"),
        (sum(|source| source.open), "in progress"),
        (recordings, if recordings == 1 { "recording" } else { "recordings" }),
        (sum(|source| source.owed.details + source.owed.recordings), "owed"),
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
        let errors = source.scans.iter().filter_map(|scan| scan.summary.error.as_ref());
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
            let help = if error.help().is_empty() { "" } else { "; " };
            stderr.error(format!("{name}: {error}{help}{}", error.help()));
        }
        for scan in &source.scans {
            if let Verdict::ShortBy { records } = scan.summary.verdict {
                let line = "of the announced records were never listed";
                stderr.warning(format!("{name}: {records} {line}"));
            }
        }
        let asks_recordings = source.recordings.is_some();
        for group in &source.owed.groups {
            let is_recording = group.part == "recording";
            let counts = !group.given_up && group.kind != OwedKind::Absent;
            if !counts || is_recording && !asks_recordings {
                continue;
            }
            let (count, why) = (group.count, &group.reason);
            let next = group.next_try_at.map_or_else(String::new, |at| {
                format!(" (next try {})", at.to_rfc3339_opts(SecondsFormat::Secs, true))
            });
            let what = match (is_recording, count) {
                (true, 1) => "1 recording could not be fetched".to_owned(),
                (true, _) => format!("{count} recordings could not be fetched"),
                (false, 1) => format!("1 call lacks its {}", group.part),
                (false, _) => format!("{count} calls lack their {}", group.part),
            };
            let line = "a later sync tries again";
            stderr.warning(format!("{name}: {what}: {why}; {line}{next}"));
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
