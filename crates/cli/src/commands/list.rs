//! `callfold list`.

use super::calls::{with_advice, write};
use crate::args::{Format, Global, ListArgs, Sort};
use crate::failure::{Failure, Outcome};
use crate::output::{Look, Stderr, Stdout, text::sanitise_lines};
use crate::sources::{self, Opened};
use callfold_reader::{
    Completeness, Detail, Entry, Order, Query, Reading, Verdict, plans, read, read_calls,
};
use callfold_unify::model::Timestamp;
use chrono::SecondsFormat;
use futures_util::StreamExt;
use serde::Serialize;
use std::path::Path;

/// Reads the calls of all sources and writes them in one order.
pub(crate) async fn list(
    args: ListArgs,
    global: &Global,
    stderr: &Stderr,
) -> Result<Outcome, Failure> {
    check_times(&args)?;
    let opened = sources::open(global, &args.source, stderr).await?;
    let query = query(&args);
    if args.explain {
        return explain(&opened, &query, args.output.output);
    }
    note_costly(&opened, &query, stderr);
    let (statements, calls) = match args.output.output {
        format @ (Format::Jsonl | Format::Csv) => {
            let look = Look::of_stdout(global.color, args.output.show_numbers);
            stream(read(&opened.sources, &query), format, &look).await?
        }
        _ => {
            let answer = read_calls(&opened.sources, &query).await;
            write(&answer.calls, &args.output, global, stderr)?;
            (answer.sources, answer.calls.len())
        }
    };
    tell(&statements, &opened, stderr);
    let failed = statements.iter().filter(|source| source.is_failed()).count();
    if calls == 0 && failed < statements.len() {
        let filtered = query.fields().next().is_some();
        stderr.note(match filtered {
            true => "no call matches; leave a filter out to see more",
            false => "there are no calls yet",
        });
    }
    if let Some(path) = &args.report {
        write_report(path, &statements)?;
    }
    let partial = statements.iter().any(Completeness::is_partial);
    Ok(match Outcome::of(statements.len(), failed) {
        Outcome::Complete if partial => Outcome::Partial,
        Outcome::Failed if calls > 0 => Outcome::Partial,
        outcome => outcome,
    })
}

fn check_times(args: &ListArgs) -> Result<(), Failure> {
    let (Some(since), Some(until)) = (args.since, args.until) else { return Ok(()) };
    if since < until {
        return Ok(());
    }
    let shown = |at: Timestamp| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let problem = format!("--since ({}) is not before --until ({})", shown(since), shown(until));
    let cure = "--since is where the time begins, --until where it ends, itself not included";
    Err(Failure::Usage(problem, cure.to_owned()))
}

fn query(args: &ListArgs) -> Query {
    let wants = |part: &str| args.detail.iter().any(|word| word == part || word == "full");
    Query {
        since: args.since,
        until: args.until,
        direction: args.direction.clone(),
        status: args.status.clone(),
        phone: args.phone.clone(),
        agent: args.agent.clone(),
        contact: args.contact.clone(),
        campaign: args.campaign.clone(),
        limit: args.limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)),
        order: match args.order {
            Sort::Newest => Order::NewestFirst,
            Sort::Oldest => Order::OldestFirst,
            Sort::Read => Order::AsRead,
        },
        detail: Detail {
            transcript: wants("transcript"),
            recording: wants("recording"),
            analysis: wants("analysis"),
            metrics: wants("metrics"),
        },
        sort_at_most: Some(args.sort_limit),
        raw: args.output.raw,
    }
}

/// Writes calls as they come, and never holds more than a few.
async fn stream(
    mut reading: Reading<'_>,
    format: Format,
    look: &Look,
) -> Result<(Vec<Completeness>, usize), Failure> {
    let mut stdout = Stdout::open();
    stdout.begin(format)?;
    let mut calls = 0;
    while let Some(entry) = reading.next().await {
        if let Entry::Call(call) = entry {
            stdout.call(&call, format, look)?;
            calls += 1;
        }
    }
    stdout.finish()?;
    Ok((reading.statements(), calls))
}

/// Says what would be done.
fn explain(opened: &Opened, query: &Query, format: Format) -> Result<Outcome, Failure> {
    let plans = plans(&opened.sources, query);
    let mut stdout = Stdout::open();
    match format {
        Format::Table => {
            let texts: Vec<_> = plans.iter().map(|plan| plan.to_string()).collect();
            stdout.text(&format!("{}\n", sanitise_lines(&texts.join("\n"))))?;
        }
        Format::Json => stdout.json(&plans, true)?,
        Format::Jsonl => plans.iter().try_for_each(|plan| stdout.json(plan, false))?,
        Format::Csv => {
            let cure = "write it as table, json or jsonl";
            let problem = "--explain has no columns for csv".to_owned();
            return Err(Failure::Usage(problem, cure.to_owned()));
        }
    }
    stdout.finish()?;
    Ok(Outcome::Complete)
}

/// Says where a filter costs a request for each call.
fn note_costly(opened: &Opened, query: &Query, stderr: &Stderr) {
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
fn tell(statements: &[Completeness], opened: &Opened, stderr: &Stderr) {
    for source in statements {
        if let Some(error) = &source.error {
            stderr.error(with_advice(error.to_string(), error, opened));
        }
        if source.set_aside > 0 {
            let records = if source.set_aside == 1 { "record is" } else { "records are" };
            stderr.warning(format!(
                "{} ({}): {} {records} left out, having no usable id",
                source.account, source.vendor, source.set_aside
            ));
        }
        if let Verdict::ShortBy { records } = source.verdict {
            stderr.warning(format!(
                "{} ({}): {records} of the announced records were never listed",
                source.account, source.vendor
            ));
        }
    }
    for source in statements {
        stderr.note(source);
    }
}

/// What became of a run.
#[derive(Serialize)]
struct Report<'a> {
    /// Whether nothing is known to be missing.
    complete: bool,
    sources: &'a [Completeness],
}

fn write_report(path: &Path, statements: &[Completeness]) -> Result<(), Failure> {
    let partial = statements.iter().any(Completeness::is_partial);
    let report = Report { complete: !partial, sources: statements };
    let text = serde_json::to_string_pretty(&report).unwrap_or_default() + "\n";
    std::fs::write(path, text).map_err(|error| {
        let reason = error.to_string().to_lowercase();
        let reason = reason.split(" (os error").next().unwrap_or_default().to_owned();
        let problem = format!("the report {} cannot be written: {reason}", path.display());
        Failure::Failed(problem, "name a file in a directory that you can write to".to_owned())
    })
}
