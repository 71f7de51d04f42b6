//! The results of `list`, `export` and `sync`: lines for people, and JSON for programs.

use super::{
    find_call::with_help,
    part::{Part, PartName},
};
use crate::args::{ExportArgs, Global};
use crate::config;
use crate::failure::{ExitOutcome, Failure};
use crate::output::{
    Stderr, json_text,
    text::{fit, sanitise},
};
use crate::sources::{OpenSources, title};
use callfold_export::{ExportEnd, ExportOutcome, Leftover};
use callfold_reader::{
    Query, SourceSummary, Verdict,
    text::{counted, grouped, io_reason},
};
use callfold_sync::{OwedKind, RunOutcome, RunReport, SourceReport, WriteCounts};
use callfold_unify::model::{Status, Timestamp};
use chrono::{SecondsFormat, Utc};
use indicatif::HumanBytes;
use serde::Serialize;
use std::{path::Path, time::Duration};

/// Notes a filter that costs a request per call.
pub(super) fn note_costly(opened: &OpenSources, query: &Query, stderr: &Stderr) {
    for source in &opened.sources {
        let detail_only = source.capability().detail_only;
        if let Some(field) = query.fields().find(|field| detail_only.contains(field)) {
            let (name, field) = (title(source.account(), source.vendor()), field.as_str());
            stderr.note(format!(
                "{name}: the list omits the {field}, so each call is fetched separately"
            ));
        }
    }
}

/// Prints the problems of each source, and a line per source with its verdict.
pub(super) fn print_sources(
    summaries: &[SourceSummary],
    opened: &OpenSources,
    stderr: &Stderr,
    purpose: Purpose<'_>,
) {
    for source in summaries {
        let name = title(&source.account, source.vendor);
        if let Some(error) = &source.error {
            stderr.error(with_help(error.to_string(), error, opened));
        }
        if source.set_aside > 0 {
            let records = counted(source.set_aside, "record");
            stderr.warning(format!("{name}: {records} skipped: no usable id, or not valid JSON"));
        }
        if source.without_detail > 0 {
            stderr.warning(missing_details(source, purpose));
        }
        warn_short(&name, source, stderr);
    }
    for source in summaries {
        match purpose {
            // Others match, but do not fit the limit.
            Purpose::List(shown) if source.records > 0 && shown(source) != source.matched => {
                stderr.note(format!(
                    "{}: {} shown, {}",
                    title(&source.account, source.vendor),
                    grouped(shown(source)),
                    source.counts_and_verdict()
                ));
            }
            _ => stderr.note(source),
        }
    }
}

/// What calls are read for.
#[derive(Clone, Copy)]
pub(super) enum Purpose<'a> {
    /// To show as many of a source as the function says.
    List(&'a dyn Fn(&SourceSummary) -> u64),
    /// To write to a file.
    Export,
}

fn warn_short(name: &str, source: &SourceSummary, stderr: &Stderr) {
    if let Verdict::ShortBy { records } = source.verdict {
        stderr.warning(format!(
            "{name}: {} of the announced records were not listed",
            grouped(records)
        ));
    }
}

/// How many calls lack their details, why, and what to do.
fn missing_details(source: &SourceSummary, purpose: Purpose<'_>) -> String {
    let (lacking, calls) = (source.without_detail, source.matched);
    let part = source.detail_part.unwrap_or("details");
    let reason = source.detail_reason.as_deref().unwrap_or("the vendor failed");
    let verb = if lacking == 1 { "lacks its" } else { "lack their" };
    let help = match purpose {
        Purpose::Export => "run the same command again to write them all",
        Purpose::List(_) => "run the same command again",
    };
    format!(
        "{}: {} of {} {verb} {part} ({reason})\n  help: {help}, or keep the calls \
         in a database with `callfold sync --detail`, which fetches only what is missing",
        title(&source.account, source.vendor),
        grouped(lacking),
        counted(calls, "call")
    )
}

/// Notes that no call was found, unless every source failed.
pub(super) fn note_empty(summaries: &[SourceSummary], query: &Query, stderr: &Stderr) {
    if summaries.iter().all(SourceSummary::is_failed) {
        return;
    }
    if query.fields().next().is_none() {
        return stderr.note("there are no calls yet");
    }
    stderr.note("no calls match; try removing a filter");
    if let Some(word) = query.status.iter().find(|status| status.is_other()) {
        let (word, words) =
            (fit(&sanitise(word.as_str()), 40).into_owned(), Status::WORDS.join(", "));
        stderr.note(format!(
            "{word} is not a common status ({words}); it matches only a vendor's own word"
        ));
    }
}

/// The report of a `list` or an `export`.
#[derive(Serialize)]
pub(super) struct ReadReport<'a> {
    /// Whether nothing is known to be missing.
    pub(super) complete: bool,
    pub(super) sources: &'a [SourceSummary],
    /// The names of sources that could not be opened.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) unopened: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) export: Option<ExportReport<'a>>,
    /// The part of a plan that was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) part: Option<&'a PartName>,
}

/// The part of a report about the export itself.
#[derive(Serialize)]
pub(super) struct ExportReport<'a> {
    to: &'a str,
    published: bool,
    interrupted: bool,
    resumed: bool,
    /// The directory of an unfinished export.
    partial: Option<&'a Path>,
    calls: u64,
    bytes: u64,
    files: u64,
}

/// The report of a `sync`.
#[derive(Serialize)]
struct SyncReport<'a> {
    /// Whether nothing is known to be missing.
    complete: bool,
    run: i64,
    outcome: RunOutcome,
    sources: &'a [SourceReport],
}

/// The report of a run that failed early; it replaces the report of the run before.
#[derive(Serialize)]
struct FailureReport<'a> {
    complete: bool,
    error: String,
    sources: &'a [SourceSummary],
}

/// Writes the report of a run that failed before it wrote one itself.
pub(super) fn report_failure(
    path: Option<&Path>,
    result: Result<ExitOutcome, Failure>,
) -> Result<ExitOutcome, Failure> {
    if let (Some(path), Err(failure)) = (path, &result) {
        let report = FailureReport { complete: false, error: failure.to_string(), sources: &[] };
        // The failure itself is more important than a report that cannot be written.
        let _ = write_report(path, &report);
    }
    result
}

/// Refuses to overwrite the configuration file, whatever other options say.
pub(super) fn check_output(
    option: &str,
    path: Option<&Path>,
    global: &Global,
) -> Result<(), Failure> {
    let file = config::locate(global.config.as_deref()).map(|location| location.path);
    let full = |path: &Path| std::fs::canonicalize(path).ok();
    match (path.and_then(full), file.as_deref().and_then(full)) {
        (Some(path), Some(file)) if path == file => {
            let problem = format!("{option} names the configuration file {}", file.display());
            Err(Failure::usage(problem, "name another file"))
        }
        _ => Ok(()),
    }
}

/// Writes a report in one step.
pub(super) fn write_report(path: &Path, report: &impl Serialize) -> Result<(), Failure> {
    callfold_export::replace_file(path, json_text(report, true).as_bytes()).map_err(|error| {
        let problem = format!("cannot write the report {}: {}", path.display(), io_reason(&error));
        Failure::failed(problem, "name a file in a directory that you can write to")
    })
}

/// Prints the result of an export, and writes its report.
pub(super) fn print_export(
    args: &ExportArgs,
    part: Option<&Part>,
    opened: &OpenSources,
    query: &Query,
    result: &ExportOutcome,
    stderr: &Stderr,
) -> Result<ExitOutcome, Failure> {
    let summaries: Vec<_> = result.summaries.iter().flatten().cloned().collect();
    print_sources(&summaries, opened, stderr, Purpose::Export);
    if result.calls == 0 {
        note_empty(&summaries, query, stderr);
    }
    if args.resume && !result.resumed && args.target() != "-" {
        stderr.note("there was no unfinished export to resume; started a new one");
    }
    print_export_end(args, result, stderr);
    let is_incomplete =
        summaries.iter().any(SourceSummary::is_incomplete) || !opened.unopened.is_empty();
    let published = matches!(result.end, ExportEnd::Published { .. });
    let interrupted = matches!(result.end, ExportEnd::Interrupted(_));
    if let Some(path) = &args.report {
        let partial = match &result.end {
            ExportEnd::Interrupted(Leftover::Resumable(path))
            | ExportEnd::SourceFailed(Leftover::Resumable(path)) => Some(path.as_path()),
            _ => None,
        };
        let ExportOutcome { resumed, calls, bytes, files, .. } = *result;
        let to = args.target();
        let export =
            ExportReport { to, published, interrupted, resumed, partial, calls, bytes, files };
        let complete = published && !is_incomplete;
        write_report(
            path,
            &ReadReport {
                complete,
                sources: &summaries,
                unopened: &opened.unopened,
                export: Some(export),
                part: part.map(|part| &part.name),
            },
        )?;
    }
    let failed = summaries.iter().filter(|source| source.is_failed()).count();
    Ok(match ExitOutcome::of(summaries.len(), failed) {
        _ if interrupted => ExitOutcome::Interrupted,
        ExitOutcome::Complete if is_incomplete || !published => ExitOutcome::Partial,
        ExitOutcome::Failed if result.calls > 0 => ExitOutcome::Partial,
        outcome => outcome,
    })
}

fn print_export_end(args: &ExportArgs, result: &ExportOutcome, stderr: &Stderr) {
    let to = args.target();
    let calls = counted(result.calls, "call");
    let kept = match Path::new(to).exists() {
        true => "was not replaced",
        false => "was not written",
    };
    match &result.end {
        ExportEnd::Published { aside } => {
            if let Some(aside) = aside {
                stderr.note(format!("moved the previous content to {}", aside.display()));
            }
            let to = if to == "-" { "standard output" } else { to };
            let files = match result.files {
                1 => String::new(),
                files => format!("{}, ", counted(files, "file")),
            };
            stderr.note(format!("wrote {calls} to {to} ({files}{})", HumanBytes(result.bytes)));
        }
        ExportEnd::Interrupted(Leftover::Resumable(path)) => stderr.note(format!(
            "interrupted: {to} {kept}; {calls} saved in {}\n  \
             help: run the same command with --resume to continue",
            path.display()
        )),
        ExportEnd::SourceFailed(Leftover::Resumable(path)) => {
            let (why, help) = match only_skipped(result) {
                true => (
                    "was skipped",
                    "run the same command with --resume --accept-partial to publish without it, \
                     or select the other sources with --source and add --restart",
                ),
                false => (
                    "failed",
                    "run the same command with --resume to retry that source, or with --resume \
                     --accept-partial to publish without the rest of it",
                ),
            };
            stderr.warning(format!(
                "{to} {kept}, because a source {why}; {calls} saved in {}\n  help: {help}",
                path.display()
            ));
        }
        ExportEnd::Interrupted(Leftover::Streamed) => {
            stderr.note(format!("interrupted: wrote {calls}, the last one complete"));
        }
        ExportEnd::Interrupted(_) => stderr.note(format!("interrupted: {to} {kept}")),
        ExportEnd::SourceFailed(Leftover::Streamed) => {
            stderr.warning(format!("wrote {calls}, but a source failed"));
        }
        ExportEnd::SourceFailed(_) => {
            stderr.warning(format!("{to} {kept}: no source returned any calls"));
        }
        _ => {}
    }
}

/// Whether the only failed sources were skipped, because their records lack the filter's field.
fn only_skipped(result: &ExportOutcome) -> bool {
    let mut failed = result.summaries.iter().flatten().filter(|source| source.is_failed());
    failed.all(|source| source.verdict == Verdict::Unsupported)
}

/// Prints the problems of each source, and what was written.
pub(super) fn print_sync(report: &RunReport, opened: &OpenSources, stderr: &Stderr) {
    print_sync_problems(report, opened, stderr);
    for source in &report.sources {
        stderr.note(source);
        if let Some(line) = verified(source) {
            stderr.note(line);
        }
    }
    if report.outcome == RunOutcome::Stopped {
        stderr.note("stopped: what was read is stored; the next sync resumes there");
    }
}

/// Up to when the source is verified, and how old the verification is at most.
fn verified(source: &SourceReport) -> Option<String> {
    let up_to = seconds(source.verified.up_to?);
    Some(match source.verified.everything_since {
        Some(since) => {
            format!("  verified up to {up_to}, everything within {}", age(Utc::now(), since))
        }
        None => format!("  verified up to {up_to}, older calls only in part so far"),
    })
}

/// A time span, rounded up to hours or days.
pub(super) fn age(now: Timestamp, since: Timestamp) -> String {
    let hours = ((now - since).num_seconds().max(0) as u64).div_ceil(3600).max(1);
    match hours {
        1 => "an hour".to_owned(),
        2..=47 => format!("{hours} hours"),
        _ => format!("{} days", hours.div_ceil(24)),
    }
}

/// A time in whole seconds.
pub(super) fn seconds(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Prints the problems of each source, and a single line on what was written.
pub(super) fn print_round(
    report: &RunReport,
    opened: &OpenSources,
    next: Option<Duration>,
    stderr: &Stderr,
) {
    print_sync_problems(report, opened, stderr);
    let mut all = WriteCounts::default();
    for source in &report.sources {
        all += source.written;
    }
    let (now, WriteCounts { new, changed, unchanged, .. }) = (seconds(Utc::now()), all);
    let [new, changed, unchanged] = [new, changed, unchanged].map(grouped);
    let mut line = format!("{now} {new} new, {changed} changed, {unchanged} unchanged");
    let sum = |count: fn(&SourceReport) -> u64| report.sources.iter().map(count).sum::<u64>();
    let recordings = sum(|source| source.recordings.as_ref().map_or(0, |found| found.fetched));
    let problems = sum(|source| u64::from(source.is_incomplete()));
    let notes = [
        (sum(|source| source.missing), "no longer listed"),
        (sum(|source| source.open), "in progress"),
        (recordings, if recordings == 1 { "recording" } else { "recordings" }),
        (sum(|source| source.owed.details + source.owed.recordings), "owed"),
        (problems, if problems == 1 { "source with problems" } else { "sources with problems" }),
    ];
    for (count, words) in notes.into_iter().filter(|(count, _)| *count > 0) {
        line.push_str(&format!(", {} {words}", grouped(count)));
    }
    match next {
        Some(pause) => {
            let pause = Duration::from_secs(pause.as_secs_f64().round() as u64);
            line.push_str(&format!("; next in {}", humantime::format_duration(pause)));
        }
        None => line.push_str("; stopped"),
    }
    stderr.note(line);
}

fn print_sync_problems(report: &RunReport, opened: &OpenSources, stderr: &Stderr) {
    for source in &report.sources {
        let name = title(&source.account, source.vendor);
        let errors = source.scans.iter().filter_map(|scan| scan.summary.error.as_ref());
        for error in errors.chain(&source.error) {
            stderr.error(with_help(error.to_string(), error, opened));
        }
        for rejected in &source.set_aside {
            let (records, reason) = (counted(rejected.records, "record"), &rejected.reason);
            stderr.warning(format!("{name}: {records} stored in the table set_aside: {reason}"));
        }
        if source.newest_unlisted {
            stderr.warning(format!(
                "{name}: the list is empty, although it should contain a stored call: check that \
                 the credentials are still those of the same account"
            ));
        }
        if let Some(error) = &source.store_error {
            let help = if error.help().is_empty() { "" } else { "; " };
            stderr.error(format!("{name}: {error}{help}{}", error.help()));
        }
        for scan in &source.scans {
            warn_short(&name, &scan.summary, stderr);
        }
        for group in &source.owed.groups {
            let is_recording = group.part == "recording";
            let counts = !group.given_up && group.kind != OwedKind::Absent;
            if !counts || is_recording && source.recordings.is_none() {
                continue;
            }
            let (count, why) = (group.count, &group.reason);
            let next = group
                .next_try_at
                .map_or_else(String::new, |at| format!(" (next try {})", seconds(at)));
            let what = match (is_recording, count) {
                (true, _) => format!("{} could not be fetched", counted(count, "recording")),
                (false, 1) => format!("1 call lacks its {}", group.part),
                (false, _) => format!("{} lack their {}", counted(count, "call"), group.part),
            };
            stderr.warning(format!("{name}: {what}: {why}; a later sync tries again{next}"));
        }
    }
}

/// Writes the report of a sync.
pub(super) fn write_sync_report(path: &Path, report: &RunReport) -> Result<(), Failure> {
    let complete = report.outcome == RunOutcome::Complete;
    let RunReport { run, outcome, sources, .. } = report;
    write_report(path, &SyncReport { complete, run: *run, outcome: *outcome, sources })
}
