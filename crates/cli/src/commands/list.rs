//! `callfold list`.

use super::{
    calls::write,
    report::{
        Nothing, Report, check_output, note_costly, note_nothing, report_failure, tell,
        write_report,
    },
};
use crate::args::{Format, Global, ListArgs, Sort};
use crate::failure::{Failure, Outcome};
use crate::interrupt;
use crate::output::{Look, Stderr, Stdout, text::sanitise_lines};
use crate::sources::{self, Opened, WithoutConfig};
use callfold_reader::{
    Item, Order, Query, RecordStream, SourceSummary, plans, read, read_calls_until,
};
use futures_util::StreamExt;
use std::pin::pin;

/// Reads the calls of all sources and writes them in one order.
pub(crate) async fn list(
    args: ListArgs,
    global: &Global,
    stderr: &Stderr,
) -> Result<Outcome, Failure> {
    let report = args.report.clone();
    check_output("--report", report.as_deref(), global)?;
    report_failure(report.as_deref(), listed(args, global, stderr).await)
}

async fn listed(args: ListArgs, global: &Global, stderr: &Stderr) -> Result<Outcome, Failure> {
    args.filters.check()?;
    let opened =
        sources::open(global, &args.filters.source, WithoutConfig::ShowSandbox, stderr).await?;
    let query = query(&args);
    if args.explain {
        return explain(&opened, &query, args.output.output);
    }
    note_costly(&opened, &query, stderr);
    let interrupted = interrupt::take_over(|| {});
    let (summaries, calls) = match args.output.output {
        format @ (Format::Jsonl | Format::Csv) => {
            let look = Look::of_stdout(global.color, args.output.show_numbers);
            stream(read(&opened.sources, &query), format, &look, interrupted).await?
        }
        _ => {
            let answer = read_calls_until(&opened.sources, &query, interrupted).await;
            // A table or a document of some of the calls would be taken for all.
            if !interrupt::is_raised() {
                write(&answer.calls, &args.output, global, stderr)?;
            }
            (answer.sources, answer.calls.len())
        }
    };
    tell(&summaries, &opened, stderr, false);
    let failed = summaries.iter().filter(|source| source.is_failed()).count();
    if calls == 0 && !interrupt::is_raised() {
        note_nothing(&summaries, &query, stderr);
    }
    let partial = summaries.iter().any(SourceSummary::is_partial);
    if let Some(path) = &args.report {
        let more = Nothing {};
        let complete = !partial && !interrupt::is_raised();
        write_report(path, &Report { complete, sources: &summaries, more })?;
    }
    if interrupt::is_raised() {
        return Ok(Outcome::Interrupted);
    }
    Ok(match Outcome::of(summaries.len(), failed) {
        Outcome::Complete if partial => Outcome::Partial,
        Outcome::Failed if calls > 0 => Outcome::Partial,
        outcome => outcome,
    })
}

fn query(args: &ListArgs) -> Query {
    Query {
        limit: args.limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)),
        order: match args.order {
            Sort::Newest => Order::NewestFirst,
            Sort::Oldest => Order::OldestFirst,
            Sort::Read => Order::AsRead,
        },
        max_sorted: Some(args.sort_limit),
        raw: args.output.raw,
        ..args.filters.query()
    }
}

/// Writes calls as they come until all have or `end` does, and never holds more
/// than a few.
async fn stream(
    mut reading: RecordStream<'_>,
    format: Format,
    look: &Look,
    end: impl Future<Output = ()>,
) -> Result<(Vec<SourceSummary>, usize), Failure> {
    let mut stdout = Stdout::open();
    stdout.begin(format)?;
    let mut calls = 0;
    let end = pin!(end);
    let mut entries = (&mut reading).take_until(end);
    while let Some(entry) = entries.next().await {
        if let Item::Call(call) = entry {
            stdout.call(&call, format, look)?;
            calls += 1;
        }
    }
    stdout.finish()?;
    Ok((reading.summaries(), calls))
}

/// Says what would be done.
pub(super) fn explain(opened: &Opened, query: &Query, format: Format) -> Result<Outcome, Failure> {
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
