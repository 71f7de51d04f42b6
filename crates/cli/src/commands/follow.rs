//! `callfold list --follow`.

use super::find_call::with_help;
use crate::args::ListArgs;
use crate::failure::{ExitOutcome, Failure};
use crate::output::{
    OutputFormat, OutputStyle, Stderr, Stdout,
    call_table::{self, CallColumn},
};
use crate::sources::OpenSources;
use callfold_reader::{Order, Query, SourceSummary, read_calls};
use callfold_unify::model::{Call, CallId, Status, Timestamp};
use chrono::{TimeDelta, Utc};
use clap::ValueEnum as _;
use std::{collections::HashMap, pin::pin};

/// The calls to begin with, without `--limit`.
const FIRST: usize = 10;

/// How far before the newest call to read again: a call can be listed late.
const OVERLAP: TimeDelta = TimeDelta::minutes(10);

/// Rows that the widths of columns are taken from.
const RECENT: usize = 50;

/// Prints the newest calls, then each call again whenever its status has changed, until a shutdown.
pub(super) async fn follow(
    args: &ListArgs,
    opened: &OpenSources,
    query: Query,
    style: OutputStyle,
    stderr: &Stderr,
    shutdown: impl Future<Output = ()>,
) -> Result<ExitOutcome, Failure> {
    let format = args.output.output;
    if format == OutputFormat::Json {
        let problem = "--follow has no end, and a JSON document needs one";
        return Err(Failure::usage(problem, "use --output jsonl, table or csv"));
    }
    let mut shutdown = pin!(shutdown);
    let mut follower = Follower::new(args, style);
    let mut next = Query { limit: Some(query.limit.unwrap_or(FIRST)), ..query.clone() };
    loop {
        let answer = tokio::select! {
            answer = read_calls(&opened.sources, &next) => answer,
            () = &mut shutdown => return Ok(ExitOutcome::Interrupted),
        };
        follower.report(&answer.sources, opened, stderr);
        if follower.floor.is_none() && answer.sources.iter().all(SourceSummary::is_failed) {
            return Ok(ExitOutcome::Failed);
        }
        follower.print(answer.calls)?;
        let lookback_floor = Some(follower.floor());
        next = Query { lookback_floor, limit: None, order: Order::AsRead, ..query.clone() };
        tokio::select! {
            () = tokio::time::sleep(args.every) => {}
            () = &mut shutdown => return Ok(ExitOutcome::Interrupted),
        }
    }
}

struct Follower {
    format: OutputFormat,
    columns: Vec<CallColumn>,
    style: OutputStyle,
    /// The start of the oldest call that was shown at first.
    floor: Option<Timestamp>,
    /// The status and start of each call when it was last printed.
    seen: HashMap<CallId, (Status, Option<Timestamp>)>,
    recent: Vec<Call>,
    is_begun: bool,
    /// The last problem of each source.
    problems: HashMap<String, String>,
}

impl Follower {
    fn new(args: &ListArgs, mut style: OutputStyle) -> Self {
        let is_wide = args.output.output == OutputFormat::Wide;
        if is_wide {
            style.columns = None;
        }
        let columns = match args.columns.as_slice() {
            [] if is_wide => CallColumn::value_variants().to_vec(),
            columns => columns.to_vec(),
        };
        Self {
            format: args.output.output,
            columns,
            style,
            floor: None,
            seen: HashMap::new(),
            recent: Vec::new(),
            is_begun: false,
            problems: HashMap::new(),
        }
    }

    /// Where to read from: calls that are not over can still change.
    fn floor(&self) -> Timestamp {
        let floor = self.floor.unwrap_or_else(Utc::now);
        let newest = self.seen.values().filter_map(|(_, at)| *at).max();
        let open = self.seen.values().filter(|(status, _)| !status.is_final());
        let open = open.filter_map(|(_, at)| *at).min();
        let recent = newest.and_then(|at| at.checked_sub_signed(OVERLAP));
        floor.max(open.into_iter().chain(recent).min().unwrap_or(floor))
    }

    /// Reports each problem of a source once.
    fn report(&mut self, sources: &[SourceSummary], opened: &OpenSources, stderr: &Stderr) {
        for source in sources {
            let name = crate::sources::title(&source.account, source.vendor);
            let Some(error) = &source.error else {
                if self.problems.remove(&name).is_some() {
                    stderr.note(format!("{name}: works again"));
                }
                continue;
            };
            let problem = with_help(error.to_string(), error, opened);
            if self.problems.insert(name, problem.clone()).as_ref() != Some(&problem) {
                stderr.error(problem);
            }
        }
    }

    /// Prints calls that are new, or whose status has changed, oldest first.
    fn print(&mut self, mut calls: Vec<Call>) -> Result<(), Failure> {
        calls.retain(|call| {
            self.seen.get(&call.id).is_none_or(|(status, _)| *status != call.status)
        });
        calls.sort_by_key(|call| call.started_at);
        if self.floor.is_none() {
            self.floor = calls.iter().filter_map(|call| call.started_at).min();
            self.floor.get_or_insert_with(Utc::now);
        }
        for call in &calls {
            self.seen.insert(call.id.clone(), (call.status.clone(), call.started_at));
        }
        let is_table = matches!(self.format, OutputFormat::Table | OutputFormat::Wide);
        let mut stdout = Stdout::open();
        if is_table {
            let new = calls.len();
            self.recent.extend(calls);
            self.recent.drain(..self.recent.len().saturating_sub(RECENT.max(new)));
            let table = call_table::render(&self.recent, &self.columns, &self.style).text;
            let lines: Vec<_> = table.split_inclusive('\n').collect();
            if !self.is_begun {
                stdout.text(lines.first().copied().unwrap_or_default())?;
            }
            let rows = lines.get(lines.len() - new..).unwrap_or_default();
            rows.iter().try_for_each(|row| stdout.text(row))?;
        } else {
            if !self.is_begun {
                stdout.header(self.format)?;
            }
            calls.iter().try_for_each(|call| stdout.call(call, self.format, &self.style))?;
        }
        self.is_begun = true;
        Ok(stdout.finish()?)
    }
}
