//! What came of an export, in words and as an exit code.

use crate::args::ExportArgs;
use crate::commands::report::{Report, note_nothing, tell as tell_sources, write_report};
use crate::failure::{Failure, Outcome};
use crate::output::Stderr;
use crate::sources::Opened;
use callfold_export::{End, Left, Outcome as Ran};
use callfold_reader::{Query, SourceSummary, Verdict};
use indicatif::{HumanBytes, HumanCount};
use serde::Serialize;
use std::path::Path;

/// What a report says about the export itself.
#[derive(Serialize)]
struct Export<'a> {
    export: Facts<'a>,
}

#[derive(Serialize)]
struct Facts<'a> {
    to: &'a str,
    /// Whether the result is in its place.
    published: bool,
    interrupted: bool,
    resumed: bool,
    /// Where what was read is kept, when it is not in its place.
    partial: Option<&'a Path>,
    calls: u64,
    bytes: u64,
    files: u64,
}

pub(super) fn tell(
    args: &ExportArgs,
    opened: &Opened,
    query: &Query,
    ran: &Ran,
    stderr: &Stderr,
) -> Result<Outcome, Failure> {
    let summaries: Vec<_> = ran.summaries.iter().flatten().cloned().collect();
    tell_sources(&summaries, opened, stderr, true);
    if ran.calls == 0 {
        note_nothing(&summaries, query, stderr);
    }
    if args.resume && !ran.resumed && args.to != "-" {
        stderr.note("there was no partial export to go on with, so it was begun anew");
    }
    tell_end(args, ran, stderr);
    let partial = summaries.iter().any(SourceSummary::is_partial);
    let published = matches!(ran.end, End::Published { .. });
    if let Some(path) = &args.report {
        let facts = Facts {
            to: &args.to,
            published,
            interrupted: matches!(ran.end, End::Interrupted(_)),
            resumed: ran.resumed,
            partial: match &ran.end {
                End::Interrupted(Left::Partial(path)) | End::SourceFailed(Left::Partial(path)) => {
                    Some(path)
                }
                _ => None,
            },
            calls: ran.calls,
            bytes: ran.bytes,
            files: ran.files,
        };
        let more = Export { export: facts };
        let complete = published && !partial;
        write_report(path, &Report { complete, sources: &summaries, more })?;
    }
    let failed = summaries.iter().filter(|source| source.is_failed()).count();
    Ok(match Outcome::of(summaries.len(), failed) {
        _ if matches!(ran.end, End::Interrupted(_)) => Outcome::Interrupted,
        Outcome::Complete if partial || !published => Outcome::Partial,
        Outcome::Failed if ran.calls > 0 => Outcome::Partial,
        outcome => outcome,
    })
}

fn tell_end(args: &ExportArgs, ran: &Ran, stderr: &Stderr) {
    let to = &args.to;
    let calls = counted(ran.calls, "call");
    match &ran.end {
        End::Published { aside } => {
            if let Some(aside) = aside {
                stderr.note(format!("what stood there before is now {}", aside.display()));
            }
            let to = if to == "-" { "standard output" } else { to };
            let files = match ran.files {
                1 => String::new(),
                files => format!("{}, ", counted(files, "file")),
            };
            stderr.note(format!("{calls} to {to} ({files}{})", HumanBytes(ran.bytes)));
        }
        End::Interrupted(Left::Partial(path)) => stderr.note(format!(
            "interrupted: {to} was not replaced, and {calls} are kept in {}\n  \
             help: run the same command with --resume to go on",
            path.display()
        )),
        End::SourceFailed(Left::Partial(path)) if only_skipped(ran) => stderr.warning(format!(
            "{to} was not replaced, because a source was skipped; {calls} are kept in {}\n  \
             help: run the same command with --resume --accept-partial to publish what there is, \
             or name the other sources with --source and add --restart",
            path.display()
        )),
        End::SourceFailed(Left::Partial(path)) => stderr.warning(format!(
            "{to} was not replaced, because a source failed; {calls} are kept in {}\n  \
             help: run the same command with --resume to ask that source again, or with --resume \
             --accept-partial to put what there is in its place",
            path.display()
        )),
        End::Interrupted(Left::Given) => {
            stderr.note(format!("interrupted: {calls} were written, the last of them whole"));
        }
        End::Interrupted(_) => stderr.note(format!("interrupted: {to} was not replaced")),
        End::SourceFailed(Left::Given) => {
            stderr.warning(format!("{calls} were written, and a source failed"));
        }
        End::SourceFailed(_) => {
            stderr.warning(format!("{to} was not replaced: no source gave anything"))
        }
        _ => {}
    }
}

/// Whether no source failed but those that were not read at all, because their
/// records lack what is filtered by.
fn only_skipped(ran: &Ran) -> bool {
    let mut failed = ran.summaries.iter().flatten().filter(|source| source.is_failed());
    failed.all(|source| source.verdict == Verdict::Unsupported)
}

fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", HumanCount(number), if number == 1 { "" } else { "s" })
}
