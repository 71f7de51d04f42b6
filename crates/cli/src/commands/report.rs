//! What became of each source, told to people and to programs.

use super::calls::with_advice;
use crate::args::Global;
use crate::config;
use crate::failure::{Failure, Outcome, reason};
use crate::output::Stderr;
use crate::sources::Opened;
use callfold_reader::{Query, SourceSummary, Verdict};
use serde::Serialize;
use std::path::Path;

/// Says where a filter costs a request for each call.
pub(super) fn note_costly(opened: &Opened, query: &Query, stderr: &Stderr) {
    for source in &opened.sources {
        let detail_only = source.capability().detail_only;
        if let Some(field) = query.fields().find(|field| detail_only.contains(field)) {
            stderr.note(format!(
                "{} ({}): the list does not tell the {}, so each call is asked for by itself",
                source.account(),
                source.vendor(),
                field.as_str()
            ));
        }
    }
}

/// Tells what went wrong with each source, and a line for each on how sure its
/// answer is.
pub(super) fn tell(summaries: &[SourceSummary], opened: &Opened, stderr: &Stderr, is_export: bool) {
    for source in summaries {
        if let Some(error) = &source.error {
            stderr.error(with_advice(error.to_string(), error, opened));
        }
        if source.set_aside > 0 {
            let records = if source.set_aside == 1 { "record is" } else { "records are" };
            stderr.warning(format!(
                "{} ({}): {} {records} left out: no usable id, or not valid JSON",
                source.account, source.vendor, source.set_aside
            ));
        }
        if source.without_detail > 0 {
            stderr.warning(missing_details(source, is_export));
        }
        if let Verdict::ShortBy { records } = source.verdict {
            stderr.warning(format!(
                "{} ({}): {records} of the announced records were never listed",
                source.account, source.vendor
            ));
        }
    }
    for source in summaries {
        stderr.note(source);
    }
}

/// How many calls lack their details, why, and what to do.
fn missing_details(source: &SourceSummary, is_export: bool) -> String {
    let (lacking, calls) = (source.without_detail, source.matched);
    let part = source.detail_part.unwrap_or("details");
    let reason = source.detail_reason.as_deref().unwrap_or("the vendor failed");
    let verb = if lacking == 1 { "lacks its" } else { "lack their" };
    let what = match is_export {
        true => "run the same command again to write them all",
        false => "run the same command again",
    };
    format!(
        "{} ({}): {lacking} of {calls} calls {verb} {part} ({reason})\n  help: {what}, or keep \
         them in a database with `callfold sync --detail`, which fetches only what is missing",
        source.account, source.vendor
    )
}

/// Says that nothing was found, unless a failure is why.
pub(super) fn note_nothing(summaries: &[SourceSummary], query: &Query, stderr: &Stderr) {
    if summaries.iter().all(SourceSummary::is_failed) {
        return;
    }
    stderr.note(match query.fields().next().is_some() {
        true => "no call matches; leave a filter out to see more",
        false => "there are no calls yet",
    });
}

/// What became of a run.
#[derive(Serialize)]
pub(super) struct Report<'a, T: Serialize> {
    /// Whether nothing is known to be missing.
    pub(super) complete: bool,
    pub(super) sources: &'a [SourceSummary],
    /// What else there is to say.
    #[serde(flatten)]
    pub(super) more: T,
}

/// What there is to say about a run that only reads.
#[derive(Serialize)]
pub(super) struct Nothing {}

/// A report of a run that failed: it must not leave the one of the run before.
#[derive(Serialize)]
struct Failed<'a> {
    complete: bool,
    error: String,
    sources: &'a [SourceSummary],
}

/// Writes a report, if there is to be one and the run failed before it wrote
/// one itself.
pub(super) fn report_failure(
    path: Option<&Path>,
    result: Result<Outcome, Failure>,
) -> Result<Outcome, Failure> {
    if let (Some(path), Err(failure)) = (path, &result) {
        let report = Failed { complete: false, error: failure.to_string(), sources: &[] };
        // Why the run failed is told in any case.
        let _ = write_report(path, &report);
    }
    result
}

/// Refuses to write over the configuration file, whatever else is said.
pub(super) fn check_output(
    option: &str,
    path: Option<&Path>,
    global: &Global,
) -> Result<(), Failure> {
    let file = config::locate(global.config.as_deref()).map(|location| location.path);
    let whole = |path: &Path| std::fs::canonicalize(path).ok();
    match (path.and_then(whole), file.as_deref().and_then(whole)) {
        (Some(path), Some(file)) if path == file => {
            let problem = format!("{option} names the configuration file {}", file.display());
            Err(Failure::Usage(problem, "name another file".to_owned()))
        }
        _ => Ok(()),
    }
}

/// Writes a report in one step.
pub(super) fn write_report(path: &Path, report: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(report).unwrap_or_default() + "\n";
    callfold_export::replace_file(path, text.as_bytes()).map_err(|error| {
        let problem =
            format!("the report {} cannot be written: {}", path.display(), reason(&error));
        Failure::Failed(problem, "name a file in a directory that you can write to".to_owned())
    })
}
