//! `callfold list`.

use super::{
    find_call::{reading, write},
    report::{
        Purpose, ReadReport, check_output, note_costly, note_empty, print_sources, report_failure,
        write_report,
    },
    search::SearchTerms,
    stored_list::list_stored,
};
use crate::args::{Global, ListArgs, Sort};
use crate::failure::{ExitOutcome, Failure};
use crate::output::{
    OutputFormat, OutputStyle, Stderr, Stdout,
    spinner::Spinner,
    text::{sanitise_lines, wrap},
};
use crate::shutdown;
use crate::sources::{self, OpenSources, WithoutConfig};
use callfold_reader::{
    ListedRecord, Order, Query, RecordStream, SourceSummary, Verdict, plans, read,
    read_calls_until,
    text::{counted, grouped},
};
use callfold_unify::model::Call;
use futures_util::StreamExt;
use std::{collections::BTreeMap, pin::pin};

/// Reads the calls of all sources and prints them in order.
pub(crate) async fn list(
    args: ListArgs,
    global: &Global,
    stderr: &Stderr,
) -> Result<ExitOutcome, Failure> {
    let report = args.report.clone();
    check_output("--report", report.as_deref(), global)?;
    report_failure(report.as_deref(), run(args, global, stderr).await)
}

async fn run(mut args: ListArgs, global: &Global, stderr: &Stderr) -> Result<ExitOutcome, Failure> {
    args.filters.resolve(args.zone.tz)?;
    args.output.check()?;
    let terms = args.search.as_deref().map(SearchTerms::parse).transpose()?;
    let is_table = matches!(args.output.output, OutputFormat::Table | OutputFormat::Wide);
    if !args.columns.is_empty() && !is_table {
        let help =
            "use it with --output table, or select columns with the tool that reads the output";
        return Err(Failure::usage("--columns selects the columns of a table", help));
    }
    if let Some(db) = &args.db {
        let style = OutputStyle::of_stdout(global.color, args.output.show_numbers);
        let (query, style) = (query(&args), style.in_zone(args.zone.tz));
        return list_stored(&args, db, &query, terms.as_ref(), style, stderr).await;
    }
    let opened = sources::open(
        global,
        &args.filters.source,
        &args.filters.one_off,
        WithoutConfig::ShowSandbox,
        stderr,
    )
    .await?;
    let mut query = query(&args);
    // The limit is one of the calls that are found.
    let limit = if terms.is_some() { query.limit.take() } else { None };
    if args.explain {
        let columns = OutputStyle::of_stdout(global.color, false).columns;
        return explain(&opened, &query, args.output.output, columns);
    }
    note_costly(&opened, &query, stderr);
    let shutdown = shutdown::subscribe(|| {});
    let style = OutputStyle::of_stdout(global.color, args.output.show_numbers);
    let style = style.in_zone(args.zone.tz);
    if args.follow {
        return super::follow::follow(&args, &opened, query, style, stderr, shutdown).await;
    }
    let spinner = Spinner::start(reading(&opened), stderr.is_quiet());
    let (summaries, shown) = match args.output.output {
        format @ (OutputFormat::Jsonl | OutputFormat::Csv) => {
            // Calls on the same terminal are progress enough.
            let _spinner = (!style.is_terminal).then_some(spinner);
            let search = terms.as_ref().map(|terms| (terms, limit.unwrap_or(usize::MAX)));
            let reading = read(&opened.sources, &query);
            let (summaries, shown, unsearched) =
                stream(reading, format, &style, search, shutdown).await?;
            note_unsearched(unsearched, &query, stderr);
            (summaries, shown)
        }
        _ => {
            let mut answer = read_calls_until(&opened.sources, &query, shutdown).await;
            drop(spinner);
            if let Some(terms) = &terms {
                let lacking =
                    answer.calls.iter().filter(|call| SearchTerms::lacks_transcript(call));
                note_unsearched(lacking.count() as u64, &query, stderr);
                answer.calls.retain(|call| terms.matches(call));
                answer.calls.truncate(limit.unwrap_or(usize::MAX));
            }
            // A table or a document of a part of the calls would be taken for all.
            if !shutdown::is_requested() {
                write(&answer.calls, &args.output, &args.columns, style, stderr)?;
            }
            let mut shown = ShownCalls::default();
            answer.calls.iter().for_each(|call| shown.add(call));
            (answer.sources, shown)
        }
    };
    let by_source = |source: &SourceSummary| shown.of(source.vendor, &source.account);
    print_sources(&summaries, &opened, stderr, Purpose::List(&by_source));
    let calls = shown.total();
    let matched: u64 = summaries.iter().map(|source| source.matched).sum();
    if 0 < calls && calls < matched && summaries.len() > 1 {
        // A list that was not read to its end may have more.
        let is_read = |source: &SourceSummary| {
            matches!(source.verdict, Verdict::Complete | Verdict::Unverifiable)
        };
        let at_least = if summaries.iter().all(is_read) { "" } else { "at least " };
        stderr.note(format!("{} shown, {at_least}{} matched", grouped(calls), grouped(matched)));
    }
    let failed = summaries.iter().filter(|source| source.is_failed()).count();
    if calls == 0 && !shutdown::is_requested() {
        note_empty(&summaries, &query, stderr);
    }
    let partial = summaries.iter().any(SourceSummary::is_incomplete) || !opened.unopened.is_empty();
    if let Some(path) = &args.report {
        let complete = !partial && !shutdown::is_requested();
        write_report(
            path,
            &ReadReport {
                complete,
                sources: &summaries,
                unopened: &opened.unopened,
                export: None,
                part: None,
            },
        )?;
    }
    if shutdown::is_requested() {
        return Ok(ExitOutcome::Interrupted);
    }
    Ok(match ExitOutcome::of(summaries.len(), failed) {
        ExitOutcome::Complete if partial => ExitOutcome::Partial,
        ExitOutcome::Failed if calls > 0 => ExitOutcome::Partial,
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

/// How many calls of each source were shown.
#[derive(Default)]
struct ShownCalls(BTreeMap<(String, String), u64>);

impl ShownCalls {
    fn add(&mut self, call: &Call) {
        *self.0.entry((call.id.vendor.clone(), call.id.account.clone())).or_default() += 1;
    }

    fn of(&self, vendor: &str, account: &str) -> u64 {
        self.0.get(&(vendor.to_owned(), account.to_owned())).copied().unwrap_or_default()
    }

    fn total(&self) -> u64 {
        self.0.values().sum()
    }
}

/// Notes how many calls were searched without their transcript.
fn note_unsearched(count: u64, query: &Query, stderr: &Stderr) {
    // The summaries tell which of the requested ones are missing.
    if count > 0 && !query.detail.transcript {
        let calls = counted(count, "call");
        stderr.warning(format!(
            "{calls} searched without the transcript, which is not in the list\n  help: fetch it \
             with --detail transcript, or search a synced database with --db"
        ));
    }
}

/// Prints calls as they are read, until the end or a shutdown, and holds only a few in memory. Also
/// returns how many were searched without their transcript.
async fn stream(
    mut reading: RecordStream<'_>,
    format: OutputFormat,
    style: &OutputStyle,
    search: Option<(&SearchTerms, usize)>,
    shutdown: impl Future<Output = ()>,
) -> Result<(Vec<SourceSummary>, ShownCalls, u64), Failure> {
    let mut stdout = Stdout::open();
    stdout.header(format)?;
    let (mut shown, mut unsearched) = (ShownCalls::default(), 0);
    let shutdown = pin!(shutdown);
    let mut entries = (&mut reading).take_until(shutdown);
    while let Some(entry) = entries.next().await {
        if let ListedRecord::Call(call) = entry {
            if search.is_some() {
                unsearched += u64::from(SearchTerms::lacks_transcript(&call));
            }
            let is_found = search
                .is_none_or(|(terms, limit)| shown.total() < limit as u64 && terms.matches(&call));
            if is_found {
                stdout.call(&call, format, style)?;
                shown.add(&call);
            }
        }
    }
    stdout.finish()?;
    Ok((reading.summaries(), shown, unsearched))
}

/// Prints the query plans.
pub(super) fn explain(
    opened: &OpenSources,
    query: &Query,
    format: OutputFormat,
    columns: Option<usize>,
) -> Result<ExitOutcome, Failure> {
    let plans = plans(&opened.sources, query);
    let mut stdout = Stdout::open();
    match format {
        OutputFormat::Table | OutputFormat::Wide => {
            let texts: Vec<_> = plans.iter().map(|plan| plan.to_string()).collect();
            let text = format!("{}\n", sanitise_lines(&texts.join("\n")));
            stdout.text(&columns.map_or(text.clone(), |columns| wrap(&text, columns, 2)))?;
        }
        OutputFormat::Json => stdout.json(&plans, true)?,
        OutputFormat::Jsonl => plans.iter().try_for_each(|plan| stdout.json(plan, false))?,
        OutputFormat::Csv => {
            return Err(Failure::usage(
                "--explain has no csv output",
                "use --output table, json or jsonl",
            ));
        }
    }
    stdout.finish()?;
    Ok(ExitOutcome::Complete)
}
