//! Every fault against every vendor and every command.

use crate::{
    Error,
    case::{Case, Setup, cases},
    judge::{Expected, PriorState, shortfall, violation},
    prepare::{PreparedRun, prepare, records},
    print_line,
    program::{Program, ProgramExit, Reader},
    read_calls::{ReadCalls, SourceSummary, recordings},
    table::table,
    test_bed::TestBed,
};
use callfold_sandbox::{Fault, Faults, SandboxOptions};
use futures_util::{StreamExt, stream};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
    time::Instant,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Calls of each vendor
    #[arg(long, default_value_t = 620)]
    records: usize,
    /// One of so many requests fails
    #[arg(long, default_value_t = 3)]
    every: u64,
    /// Concurrent runs
    #[arg(long, default_value_t = 8)]
    at_once: usize,
    /// Print why calls are missing
    #[arg(long)]
    verbose: bool,
    /// Only this command
    #[arg(long, value_name = "NAME")]
    command: Option<String>,
    /// Only this fault, or this row
    #[arg(long, value_name = "NAME")]
    fault: Option<String>,
    /// Only this vendor
    #[arg(long, value_name = "NAME")]
    vendor: Option<String>,
}

impl Options {
    fn reads(&self, reader: Reader) -> bool {
        self.command.as_deref().is_none_or(|only| only == reader.name())
    }
}

/// The result of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    /// Every call exactly once and unchanged, and exit code 0.
    Complete,
    /// The fault cannot happen: a vendor that announces no total cannot announce
    /// a wrong one.
    NotApplicable,
    /// Exit code 3, and the summary reports what is missing; the next run,
    /// without the fault, read every call.
    Reported(u64, String),
    /// Anything else: a bug in callfold.
    Wrong(String),
}

/// One run.
#[derive(Clone, Debug)]
struct Cell {
    case: Arc<Case>,
    vendor: &'static str,
    reader: Reader,
}

impl Cell {
    fn reference(&self) -> (&'static str, Reader, bool) {
        (self.vendor, self.reader, self.case.setup == Setup::Details)
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} x {} x {}", self.case.name, self.vendor, self.reader.name())
    }
}

/// What each command reads from each vendor without a fault, without details and with them.
type References = BTreeMap<(&'static str, Reader, bool), ReadCalls>;

/// Runs all cells, prints the table, and returns whether none is wrong.
pub(crate) async fn run(program: &Program, options: &Options) -> Result<bool, Error> {
    let begin = Instant::now();
    let cells = cells(options)?;
    let references = Arc::new(references(program, &cells, options).await?);
    let count = cells.len();
    let mut outcomes: Vec<(usize, Cell, Outcome)> = stream::iter(cells.into_iter().enumerate())
        .map(|(index, cell)| {
            let (program, references) = (program.clone(), references.clone());
            async move {
                let outcome = outcome(&program, &cell, &references, options.records).await;
                let outcome = outcome.unwrap_or_else(|error| Outcome::Wrong(error.to_string()));
                (index, cell, outcome)
            }
        })
        .buffer_unordered(options.at_once.max(1))
        .collect()
        .await;
    outcomes.sort_by_key(|(index, ..)| *index);
    let outcomes: Vec<_> = outcomes.into_iter().map(|(_, cell, outcome)| (cell, outcome)).collect();
    print_line(&print(&outcomes, options));
    if options.verbose {
        for (cell, outcome) in &outcomes {
            if let Outcome::Reported(missing, why) = outcome {
                print_line(&format!("{cell}: {missing} missing: {why}"));
            }
        }
    }
    let violation: Vec<_> = outcomes
        .iter()
        .filter_map(|(cell, outcome)| match outcome {
            Outcome::Wrong(what) => Some(format!("{cell}: {what}")),
            _ => None,
        })
        .collect();
    violation.iter().for_each(|line| print_line(line));
    let of = |wanted: &Outcome| outcomes.iter().filter(|(_, outcome)| outcome == wanted).count();
    let (all, idle) = (of(&Outcome::Complete), of(&Outcome::NotApplicable));
    if idle * 2 > count && options.fault.is_none() {
        return Err("most faults did not happen".into());
    }
    print_line(&format!(
        "{} runs of {} calls in {:.0} s: {all} read every call once, {} reported what was missing \
         and read it in the next run, {} were wrong",
        count - idle,
        options.records,
        begin.elapsed().as_secs_f64(),
        count - idle - all - violation.len(),
        violation.len()
    ));
    Ok(violation.is_empty())
}

fn cells(options: &Options) -> Result<Vec<Cell>, Error> {
    let mut cells = Vec::new();
    for case in cases(options.every)? {
        let name = case.fault.name();
        if options.fault.as_deref().is_some_and(|only| only != name && only != case.name) {
            continue;
        }
        let case = Arc::new(case);
        for vendor in callfold_sandbox::vendors() {
            if options.vendor.as_deref().is_some_and(|only| only != vendor) {
                continue;
            }
            for reader in Reader::ALL.into_iter().filter(|reader| options.reads(*reader)) {
                cells.push(Cell { case: Arc::clone(&case), vendor, reader });
            }
        }
    }
    Ok(cells)
}

async fn references(
    program: &Program,
    cells: &[Cell],
    options: &Options,
) -> Result<References, Error> {
    let mut references = References::new();
    for cell in cells.iter().filter(|cell| cell.case.setup.compares()) {
        let key = cell.reference();
        if references.contains_key(&key) {
            continue;
        }
        let setup = cell.case.setup;
        let options = SandboxOptions::default().records(records(setup, options.records));
        let test_bed = TestBed::start(options, &[cell.vendor]).await?;
        let exit = program.run(cell.reader, setup.arguments(), test_bed.dir()).await?;
        let read = test_bed.read(cell.reader)?;
        let expected = Expected::after(&test_bed.truth(), &test_bed);
        if let Some(problem) = shortfall(&read, &exit, &expected) {
            return Err(format!("without a fault, {} x {}: {problem}", key.0, key.1.name()).into());
        }
        references.insert(key, read);
    }
    Ok(references)
}

async fn outcome(
    program: &Program,
    cell: &Cell,
    references: &References,
    records: usize,
) -> Result<Outcome, Error> {
    let PreparedRun { test_bed, extra_args, wanted, previous } =
        prepare(program, &cell.case, cell.vendor, cell.reader, records).await?;
    let (case, reader) = (&cell.case, cell.reader);
    let run = async |again: &[&str]| {
        let extra_args: Vec<&str> =
            extra_args.iter().map(String::as_str).chain(again.iter().copied()).collect();
        program.run(reader, &extra_args, test_bed.dir()).await
    };
    let exit = run(&[]).await?;
    let read = test_bed.read(reader)?;
    if test_bed.sandbox.stats().faults(case.fault) == 0 && !case.fault.affects_records() {
        return Ok(Outcome::NotApplicable);
    }
    let expected = Expected::after(&wanted, &test_bed);
    let before = previous.as_ref().map_or(PriorState::Nothing, PriorState::Database);
    if let Some(problem) = violation(&test_bed, reader, &exit, &read, &expected, before)? {
        return Ok(Outcome::Wrong(problem));
    }
    // A damaged record has other values.
    let compares = case.setup.compares() && !case.fault.affects_records();
    let reference = references.get(&cell.reference()).filter(|_| compares);
    let difference = |read: &ReadCalls| {
        let id = reference.and_then(|reference| read.differs(reference));
        id.map(|id| format!("{id} has other values"))
    };
    // Details may be missing if that is reported.
    let may_lack = case.setup == Setup::Details && exit.code != 0;
    if let Some(problem) = difference(&read).filter(|_| !may_lack) {
        return Ok(Outcome::Wrong(problem));
    }
    let fetches = case.setup == Setup::Recordings && reader == Reader::Sync;
    let unfetched = || -> Result<Option<String>, Error> {
        let (fetched, all) = (recordings(test_bed.dir())?, test_bed.recordings());
        Ok((fetches && fetched < all)
            .then(|| format!("{fetched} of {all} recordings were fetched")))
    };
    if fetches
        && exit.code == 0
        && let Some(problem) = unfetched()?
    {
        return Ok(Outcome::Wrong(format!("{problem} without a report")));
    }
    if let Some(problem) = repeats_full_scans(cell, &test_bed, &run).await? {
        return Ok(Outcome::Wrong(problem));
    }
    if exit.code == 0 {
        return Ok(Outcome::Complete);
    }
    let missing = expected.must.iter().filter(|id| !read.has(id));
    let missing: BTreeSet<String> = missing.cloned().collect();
    if case.must_be_complete() && !missing.is_empty() {
        let (count, all, error_lines) = (missing.len(), expected.must.len(), error_lines(&exit));
        return Ok(Outcome::Wrong(format!(
            "{count} of {all} calls are missing that can be read: {error_lines}"
        )));
    }
    // A record that is not JSON must not cost others.
    let unusable = test_bed.truth_if(|call| call.faults.odd_byte);
    if case.fault == Fault::OddByte && !missing.is_subset(&unusable) {
        let (count, unusable, error_lines) = (missing.len(), unusable.len(), error_lines(&exit));
        return Ok(Outcome::Wrong(format!(
            "{count} calls are missing for {unusable} damaged ones: {error_lines}"
        )));
    }
    // Missing calls must be read once the fault ends or the list stops changing.
    if !case.stops_changing() {
        test_bed.set_faults(Faults::none());
    }
    let steps: &[&[&str]] = match reader {
        Reader::Export => &[&["--resume"]],
        // Only a full sync reads old records again: it finds calls that were inserted between old
        // ones, and records that had no id.
        Reader::Sync if case.setup == Setup::Moving || case.fault.affects_records() => {
            &[&["--full"]]
        }
        // Missing details may be due later.
        Reader::Sync => &[&[], &["--full"]],
        Reader::List => &[&[]],
    };
    let wanted: BTreeSet<String> = test_bed.truth().intersection(&wanted).cloned().collect();
    let mut problem = None;
    for step in steps {
        let again = run(step).await?;
        let read = test_bed.read(reader)?;
        let expected = Expected::after(&wanted, &test_bed);
        problem = shortfall(&read, &again, &expected).or_else(|| difference(&read));
        if problem.is_none() && fetches {
            problem = unfetched()?;
        }
        if again.code == 0 {
            break;
        }
    }
    Ok(match problem {
        Some(problem) if case.stops_changing() => {
            Outcome::Wrong(format!("after the list stopped changing: {problem}"))
        }
        Some(problem) => Outcome::Wrong(format!("without the fault: {problem}")),
        None => Outcome::Reported(missing.len() as u64, error_lines(&exit)),
    })
}

/// A total that is always wrong must not make every sync a full one.
async fn repeats_full_scans(
    cell: &Cell,
    test_bed: &TestBed,
    run: &impl AsyncFn(&[&str]) -> Result<ProgramExit, Error>,
) -> Result<Option<String>, Error> {
    let is_of_totals = matches!(cell.case.fault, Fault::HighTotal | Fault::ConstantTotal);
    if !is_of_totals || cell.reader != Reader::Sync {
        return Ok(None);
    }
    for _ in 0..2 {
        run(&[]).await?;
    }
    let summary = SourceSummary::read(cell.reader, test_bed.dir(), cell.vendor)?;
    let problem = "the third sync is an initial scan";
    Ok(summary.is_initial_scan().then(|| problem.to_owned()))
}

/// The errors of a run, in one line.
fn error_lines(exit: &ProgramExit) -> String {
    let lines = exit.stderr.lines().filter(|line| line.contains("error") || line.contains("short"));
    lines.collect::<Vec<_>>().join(" / ")
}

fn print(outcomes: &[(Cell, Outcome)], options: &Options) -> String {
    let mut lines: Vec<Vec<String>> = vec![vec!["fault".to_owned()]];
    let readers = Reader::ALL.into_iter().filter(|reader| options.reads(*reader));
    let readers = readers.map(Reader::name).collect::<Vec<_>>().join("/");
    let wanted = |vendor: &&str| options.vendor.as_deref().is_none_or(|only| only == *vendor);
    let vendors = callfold_sandbox::vendors().filter(wanted);
    lines[0].extend(vendors.map(|vendor| format!("{vendor} {readers}")));
    for row in outcomes.chunk_by(|(a, _), (b, _)| a.case.name == b.case.name) {
        let mut line = vec![row[0].0.case.name.clone()];
        for vendor in row.chunk_by(|(a, _), (b, _)| a.vendor == b.vendor) {
            let cells: Vec<String> = vendor
                .iter()
                .map(|(_, outcome)| match outcome {
                    Outcome::Complete => "all".to_owned(),
                    Outcome::NotApplicable => "n/a".to_owned(),
                    Outcome::Reported(missing, _) => format!("-{missing}"),
                    Outcome::Wrong(_) => "WRONG".to_owned(),
                })
                .collect();
            line.push(cells.join("/"));
        }
        lines.push(line);
    }
    format!(
        "{}\nall: every call once, exit 0.  -N: exit 3, N calls reported as missing, and read by the \
         next run (of a sync with unusable records or a list that changed, with --full).  n/a: the fault cannot happen.\n",
        table(&lines)
    )
}
