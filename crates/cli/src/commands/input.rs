//! Calls for figures: of the sources, of a database, or of files.

use super::{
    find_call::reading,
    lint::input_name,
    report::{Purpose, note_costly, note_empty, print_sources},
};
use crate::args::{FilterArgs, Global, InputArgs};
use crate::failure::{ExitOutcome, Failure};
use crate::output::{Stderr, spinner::Spinner, text::sanitise};
use crate::sources::{self, WithoutConfig, title};
use callfold_export::{ExportError, FileSummary, call_files, read_call_file, read_call_lines};
use callfold_reader::{
    ListedRecord, Order, Query, SourceSummary, Verdict, read,
    text::{counted, grouped, io_reason},
};
use callfold_report::SourceNote;
use callfold_sync::{DatabaseStatus, DatabaseTarget, OwedKind, StoredQuery, read_stored, status};
use callfold_tables::TurnFigures;
use callfold_unify::model::{Call, CallId};
use chrono::SecondsFormat;
use secrecy::SecretString;
use std::{io, path::Path};

/// What was read.
pub(super) struct ReadInput {
    /// How complete it is: a note for each source, database or file.
    pub(super) notes: Vec<SourceNote>,
    pub(super) outcome: ExitOutcome,
    pub(super) is_made_up: bool,
}

impl ReadInput {
    fn new(notes: Vec<SourceNote>) -> Self {
        let is_incomplete = notes.iter().any(|note| note.is_incomplete);
        let outcome = if is_incomplete { ExitOutcome::Partial } else { ExitOutcome::Complete };
        Self { notes, outcome, is_made_up: false }
    }
}

/// Reads the calls that match a query, and hands each to `add`.
pub(super) async fn read_input(
    input: &InputArgs,
    filters: &FilterArgs,
    query: Query,
    global: &Global,
    stderr: &Stderr,
    add: &mut dyn FnMut(&Call, &TurnFigures),
) -> Result<ReadInput, Failure> {
    let query = Query { order: Order::AsRead, ..query };
    if let Some(db) = &input.db {
        let target = database(db)?;
        return read_database(&target, filters, &query, stderr, add).await;
    }
    if !input.files.is_empty() {
        return read_files(input, filters, &query, stderr, add);
    }
    read_sources(filters, &query, global, stderr, add).await
}

async fn read_sources(
    filters: &FilterArgs,
    query: &Query,
    global: &Global,
    stderr: &Stderr,
    add: &mut dyn FnMut(&Call, &TurnFigures),
) -> Result<ReadInput, Failure> {
    let opened =
        sources::open(global, &filters.source, &filters.one_off, WithoutConfig::Refuse, stderr)
            .await?;
    note_costly(&opened, query, stderr);
    let spinner = Spinner::start(reading(&opened), stderr.is_quiet());
    let mut records = read(&opened.sources, query);
    let mut calls = 0_u64;
    while let Some(record) = records.next().await {
        if let ListedRecord::Call(call) = record {
            add(&call, &TurnFigures::of(&call));
            calls += 1;
        }
    }
    drop(spinner);
    let summaries = records.summaries();
    print_sources(&summaries, &opened, stderr, Purpose::Export);
    if calls == 0 {
        note_empty(&summaries, query, stderr);
    }
    let mut notes: Vec<_> = summaries.iter().map(source_note).collect();
    notes.extend(opened.unopened.iter().map(|name| SourceNote {
        name: name.clone(),
        note: "could not be opened".to_owned(),
        is_incomplete: true,
    }));
    let failed = summaries.iter().filter(|source| source.is_failed()).count();
    let outcome = match ExitOutcome::of(summaries.len(), failed) {
        ExitOutcome::Complete if notes.iter().any(|note| note.is_incomplete) => {
            ExitOutcome::Partial
        }
        ExitOutcome::Failed if calls > 0 => ExitOutcome::Partial,
        outcome => outcome,
    };
    Ok(ReadInput { outcome, is_made_up: opened.is_sandbox(), ..ReadInput::new(notes) })
}

fn source_note(source: &SourceSummary) -> SourceNote {
    let note = match source.verdict {
        Verdict::Unsupported => "skipped: its records lack the field you filter on".to_owned(),
        _ => source.counts_and_verdict().to_string(),
    };
    let note = match &source.error {
        Some(error) => format!("{note} ({})", error.reason()),
        None => note,
    };
    let name = title(&source.account, source.vendor);
    SourceNote { name, note, is_incomplete: source.is_incomplete() }
}

/// The database of `--db`.
pub(super) fn database(name: &str) -> Result<DatabaseTarget, Failure> {
    let password = std::env::var("PGPASSWORD").ok().filter(|text| !text.is_empty());
    Ok(DatabaseTarget::parse(name, password.map(SecretString::from))?)
}

pub(super) fn spinner_of(name: &str, stderr: &Stderr) -> Spinner {
    Spinner::start(format!("reading {}", sanitise(name)), stderr.is_quiet())
}

async fn read_database(
    target: &DatabaseTarget,
    filters: &FilterArgs,
    query: &Query,
    stderr: &Stderr,
    add: &mut dyn FnMut(&Call, &TurnFigures),
) -> Result<ReadInput, Failure> {
    let status = status(target).await?;
    check_sources(&filters.source, &status, target)?;
    let mut stored_query = StoredQuery::default();
    (stored_query.since, stored_query.until) = (query.since, query.until);
    let mut calls = 0_u64;
    let spinner = spinner_of(&target.to_string(), stderr);
    read_stored(target, &stored_query, &mut |stored| {
        if is_of(&filters.source, &stored.call.id) && query.matches(&stored.call) {
            add(&stored.call, &stored.turns);
            calls += 1;
        }
    })
    .await?;
    drop(spinner);
    let notes = database_notes(&status, target, &filters.source);
    for note in &notes {
        print_note(note, stderr);
    }
    note_no_call(calls, query, stderr);
    Ok(ReadInput::new(notes))
}

/// Whether `--source` selects the call.
pub(super) fn is_of(sources: &[String], id: &CallId) -> bool {
    sources.is_empty() || sources.iter().any(|name| *name == id.account || *name == id.vendor)
}

/// Checks that the database has the sources that are named.
pub(super) fn check_sources(
    wanted: &[String],
    status: &DatabaseStatus,
    target: &DatabaseTarget,
) -> Result<(), Failure> {
    let has = |name: &&String| {
        status.sources.iter().any(|source| source.account == **name || source.vendor == **name)
    };
    let Some(name) = wanted.iter().find(|name| !has(name)) else { return Ok(()) };
    let known: Vec<_> =
        status.sources.iter().map(|source| title(&source.account, &source.vendor)).collect();
    let help = format!("available in {target}: {}", known.join(", "));
    Err(Failure::usage(format!("unknown source \"{}\"", sanitise(name)), help))
}

/// What each source of a database holds, and how complete that is.
pub(super) fn database_notes(
    status: &DatabaseStatus,
    target: &DatabaseTarget,
    wanted: &[String],
) -> Vec<SourceNote> {
    let shown = |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let is_wanted = |account: &str, vendor: &str| {
        wanted.is_empty() || wanted.iter().any(|name| name == account || name == vendor)
    };
    let sources = status.sources.iter().filter(|it| is_wanted(&it.account, &it.vendor));
    let mut notes: Vec<_> = sources
        .map(|source| {
            let mut note = format!("{} stored", counted(source.calls, "call"));
            match source.high_water {
                Some(at) => note.push_str(&format!(", read up to {}", shown(at))),
                None => note.push_str(", not read to the end yet"),
            }
            if let Some(at) = source.verified.up_to {
                note.push_str(&format!(", verified up to {}", shown(at)));
            }
            if source.missing_calls > 0 {
                let gone = grouped(source.missing_calls);
                note.push_str(&format!(", {gone} no longer listed by the vendor"));
            }
            if source.unfinished.is_some() {
                note.push_str(", a scan of the list is unfinished");
            }
            let owed = source.owed.iter();
            let owed: u64 = owed
                .filter(|group| !group.given_up && group.kind != OwedKind::Absent)
                .map(|group| group.count)
                .sum();
            if owed > 0 {
                note.push_str(&format!(", {} owed", grouped(owed)));
            }
            let is_incomplete =
                owed > 0 || source.unfinished.is_some() || source.high_water.is_none();
            SourceNote { name: title(&source.account, &source.vendor), note, is_incomplete }
        })
        .collect();
    let last = match status.runs.first() {
        None => "no sync has run yet".to_owned(),
        Some(run) => {
            let at = run.ended_at.or(run.started_at).map(shown).unwrap_or_default();
            format!("its last sync: {} {at}", run.outcome)
        }
    };
    let is_incomplete = status.runs.first().is_none_or(|run| run.outcome != "complete");
    notes.push(SourceNote { name: target.to_string(), note: last, is_incomplete });
    notes
}

/// Prints what was read of a database or a file.
pub(super) fn print_note(note: &SourceNote, stderr: &Stderr) {
    let line = format!("{}: {}", note.name, note.note);
    if note.is_incomplete { stderr.warning(line) } else { stderr.note(line) }
}

fn note_no_call(calls: u64, query: &Query, stderr: &Stderr) {
    if calls == 0 {
        stderr.note(match query.fields().next().is_some() {
            true => "no calls match; try removing a filter",
            false => "there are no calls yet",
        });
    }
}

fn read_files(
    input: &InputArgs,
    filters: &FilterArgs,
    query: &Query,
    stderr: &Stderr,
    add: &mut dyn FnMut(&Call, &TurnFigures),
) -> Result<ReadInput, Failure> {
    let mut notes = Vec::new();
    let mut calls = 0_u64;
    for path in &input.files {
        let mut visit = |file: callfold_export::ExportedCall| {
            if is_of(&filters.source, &file.call.id) && query.matches(&file.call) {
                add(&file.call, &file.turns);
                calls += 1;
            }
        };
        if path == Path::new("-") {
            let read = read_call_lines(io::stdin().lock(), &mut visit).map_err(|error| {
                let problem = format!("standard input cannot be read: {}", io_reason(&error));
                Failure::failed(problem, "pass calls as written by `list --output jsonl`")
            })?;
            notes.push(file_note(path, read));
            continue;
        }
        for file in call_files(path).map_err(unreadable)? {
            let spinner = spinner_of(&file.to_string_lossy(), stderr);
            let read = read_call_file(&file, &mut visit).map_err(unreadable)?;
            drop(spinner);
            notes.push(file_note(&file, read));
        }
    }
    for note in &notes {
        print_note(note, stderr);
    }
    note_no_call(calls, query, stderr);
    Ok(ReadInput::new(notes))
}

fn unreadable(error: ExportError) -> Failure {
    let (problem, help) = (error.to_string(), error.help().to_owned());
    match error.kind() {
        callfold_export::ExportErrorKind::Usage => {
            Failure::Usage(problem, format!("{help}; --db reads a database"))
        }
        _ => Failure::Failed(problem, help),
    }
}

fn file_note(path: &Path, read: FileSummary) -> SourceNote {
    let mut note = format!(
        "{} in the file, which does not say what was left out when it was written",
        counted(read.calls, "call")
    );
    if let Some(first) = read.first_rejected {
        let rejected = counted(read.rejected, "record");
        note = format!("{note}; {rejected} skipped that are no calls, the first is number {first}");
    }
    let name = input_name(path).into_owned();
    SourceNote { name, note, is_incomplete: read.rejected > 0 }
}
