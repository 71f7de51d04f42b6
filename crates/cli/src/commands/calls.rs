//! `callfold list` and `callfold get`.

use crate::args::{Format, GetArgs, Global, ListArgs, OutputArgs};
use crate::failure::{Failure, Outcome};
use crate::output::{Look, Stderr, Stdout, call_table, call_view};
use crate::sources::{self, Opened};
use callfold_reader::{Order, Query, ReadError, SourceReport, find_call, read_calls};
use callfold_transport::ErrorKind;
use callfold_unify::model::{Call, CallId, Timestamp};
use chrono::SecondsFormat;
use serde_json::value::RawValue;

/// Reads the calls of all sources and writes them in one order.
pub(crate) async fn list(
    args: ListArgs,
    global: &Global,
    stderr: &Stderr,
) -> Result<Outcome, Failure> {
    if let (Some(since), Some(until)) = (args.since, args.until)
        && since >= until
    {
        let shown = |at: Timestamp| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let problem =
            format!("--since ({}) is not before --until ({})", shown(since), shown(until));
        let cure = "--since is where the time begins, --until where it ends, itself not included";
        return Err(Failure::Usage(problem, cure.to_owned()));
    }
    let opened = sources::open(global, &args.source, stderr).await?;
    let query = Query {
        since: args.since,
        until: args.until,
        direction: args.direction,
        status: args.status,
        phone: args.phone,
        agent: args.agent,
        limit: args.limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)),
        order: Order::NewestFirst,
        raw: args.output.raw,
        ..Query::default()
    };
    note_costly(&opened, &query, stderr);
    let reading = read_calls(&opened.sources, &query).await;
    write(&reading.calls, &args.output, global, stderr)?;
    let failed = report(&reading.sources, &opened, stderr);
    if reading.calls.is_empty() && failed < reading.sources.len() {
        let filtered = query.fields().next().is_some();
        stderr.note(match filtered {
            true => "no call matches; leave a filter out to see more",
            false => "there are no calls yet",
        });
    }
    let set_aside = reading.sources.iter().any(|source| source.set_aside > 0);
    Ok(match Outcome::of(reading.sources.len(), failed) {
        Outcome::Complete if set_aside => Outcome::Partial,
        Outcome::Failed if !reading.calls.is_empty() => Outcome::Partial,
        outcome => outcome,
    })
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

/// Tells what went wrong with each source, and how many failed.
fn report(sources: &[SourceReport], opened: &Opened, stderr: &Stderr) -> usize {
    for source in sources {
        let name = format!("{} ({})", source.account, source.vendor);
        if let Some(error) = &source.error {
            stderr.error(with_advice(error.to_string(), error, opened));
            if source.matched > 0 {
                stderr.note(format!(
                    "  {name}: the {} calls read until then are listed",
                    source.matched
                ));
            }
        }
        if source.set_aside > 0 {
            let records = if source.set_aside == 1 { "record is" } else { "records are" };
            stderr.warning(format!(
                "{name}: {} {records} left out, having no usable id",
                source.set_aside
            ));
        }
        tracing::info!(
            source = %name,
            pages = source.pages,
            records = source.records,
            matched = source.matched,
            filtered = source.filtered,
            duplicates = source.duplicates,
            total = source.total,
            stopped_early = source.stopped_early,
            "read"
        );
    }
    sources.iter().filter(|source| source.error.is_some()).count()
}

/// The reason of a failure and what to do about it.
pub(super) fn with_advice(reason: String, error: &ReadError, opened: &Opened) -> String {
    match advice(error, opened.config.as_ref().map(|config| config.path().display().to_string())) {
        Some(advice) => format!("{reason}\n  help: {advice}"),
        None => reason,
    }
}

fn advice(error: &ReadError, file: Option<String>) -> Option<String> {
    if let Some(field) = error.unanswerable_field() {
        let field = field.as_str();
        return Some(format!("ask without the {field}, or name the other sources with --source"));
    }
    let section = match file {
        Some(file) => format!("[sources.{}] in {file}", error.account()),
        None => "the sandbox".to_owned(),
    };
    match error.request()?.kind() {
        ErrorKind::Unauthorized => Some(format!("check the credentials of {section}")),
        ErrorKind::Forbidden => Some(format!(
            "the credentials of {section} are known but may not read calls: check their scopes and the account"
        )),
        ErrorKind::NotFound | ErrorKind::Redirected | ErrorKind::Decode => {
            Some(format!("check the base_url of {section}"))
        }
        ErrorKind::Transport => Some(format!("check the network, and the base_url of {section}")),
        ErrorKind::Timeout => Some(format!("try again, or raise the timeout of {section}")),
        _ => None,
    }
}

/// Looks for one call and shows it.
pub(crate) async fn get(
    args: GetArgs,
    global: &Global,
    stderr: &Stderr,
) -> Result<Outcome, Failure> {
    let mut opened = sources::open(global, &args.source, stderr).await?;
    let mut wanted = args.id.clone();
    if let Ok(id) = args.id.parse::<CallId>() {
        let is_meant = |vendor: &str, account: &str| vendor == id.vendor && account == id.account;
        // The vendor's own id may hold colons too: it is taken apart only
        // where a source has these names.
        if opened.sources.iter().any(|source| is_meant(source.vendor(), source.account())) {
            opened.sources.retain(|source| is_meant(source.vendor(), source.account()));
            wanted = id.call_id;
        }
    }
    let (mut calls, errors) = find_call(&opened.sources, &wanted).await;
    if !args.output.raw {
        calls.iter_mut().for_each(|call| call.raw = RawValue::NULL.to_owned());
    }
    for error in &errors {
        stderr.error(with_advice(error.to_string(), error, &opened));
    }
    if calls.is_empty() {
        let searched = match opened.sources.len() - errors.len() {
            0 => return Ok(Outcome::Failed),
            1 => "1 source".to_owned(),
            count => format!("{count} sources"),
        };
        let problem = format!("no call {} in {searched}", args.id);
        let cure = "`callfold list --output jsonl` prints the id of each call";
        return Err(Failure::Failed(problem, cure.to_owned()));
    }
    if calls.len() > 1 {
        let ids: Vec<_> = calls.iter().map(|call| call.id.to_string()).collect();
        stderr.note(format!("{} calls have this id: {}", calls.len(), ids.join(", ")));
    }
    if args.output.output == Format::Table {
        let look = Look::of_stdout(global.color, args.output.show_numbers);
        let mut stdout = Stdout::open();
        let texts: Vec<_> = calls.iter().map(|call| call_view::render(call, &look)).collect();
        stdout.text(&texts.join("\n"))?;
        stdout.finish()?;
    } else {
        write(&calls, &args.output, global, stderr)?;
    }
    Ok(Outcome::Complete)
}

fn write(
    calls: &[Call],
    output: &OutputArgs,
    global: &Global,
    stderr: &Stderr,
) -> Result<(), Failure> {
    let look = Look::of_stdout(global.color, output.show_numbers);
    let mut stdout = Stdout::open();
    if output.output == Format::Table {
        if !calls.is_empty() {
            let table = call_table::render(calls, &look);
            stdout.text(&table.text)?;
            stdout.finish()?;
            note_left_out(&table.left_out, stderr);
        }
        return Ok(());
    }
    stdout.calls(calls, output.output, &look)?;
    stdout.finish()?;
    Ok(())
}

/// Says which columns the terminal had no room for.
pub(super) fn note_left_out(left_out: &[&str], stderr: &Stderr) {
    if !left_out.is_empty() {
        let titles = left_out.join(", ").to_lowercase();
        stderr.note(format!("the terminal is too narrow for: {titles}"));
    }
}
