//! Every fault against every vendor and every command.

use crate::{
    Error,
    case::{Case, Setup, cases},
    given::{Given, Statement, recordings},
    judge::{Before, Expected, incomplete, wrong},
    program::{Program, Ran, Reader},
    say,
    scene::Scene,
    stage::{Stage, records, stage},
    table::table,
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
    /// Every so many requests one fails
    #[arg(long, default_value_t = 3)]
    every: u64,
    /// Runs at once
    #[arg(long, default_value_t = 8)]
    at_once: usize,
    /// Say why calls are missing, where they are
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

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    /// Every call exactly once and as it is, and exit code 0.
    All,
    /// The fault cannot happen there: a vendor that announces no total cannot
    /// announce a wrong one.
    Idle,
    /// Exit code 3, and the summary names what is missing; the next run,
    /// without the fault, had every call.
    Named(u64, String),
    /// Something else, which is a fault of callfold's.
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

/// What each command gives of each vendor when nothing goes wrong, without details and with them.
type References = BTreeMap<(&'static str, Reader, bool), Given>;

/// Runs all cells, prints the table, and says whether all is as it has to be.
pub(crate) async fn run(program: &Program, options: &Options) -> Result<bool, Error> {
    let begin = Instant::now();
    let cells = cells(options)?;
    let references = Arc::new(references(program, &cells, options).await?);
    let count = cells.len();
    let outcomes: Vec<(Cell, Outcome)> = stream::iter(cells)
        .map(|cell| {
            let (program, references) = (program.clone(), references.clone());
            async move {
                let outcome = outcome(&program, &cell, &references, options.records).await;
                let outcome = outcome.unwrap_or_else(|error| Outcome::Wrong(error.to_string()));
                (cell, outcome)
            }
        })
        .buffered(options.at_once.max(1))
        .collect()
        .await;
    say(&print(&outcomes, options));
    if options.verbose {
        for (cell, outcome) in &outcomes {
            if let Outcome::Named(missing, why) = outcome {
                say(&format!("{cell}: {missing} missing: {why}"));
            }
        }
    }
    let wrong: Vec<_> = outcomes
        .iter()
        .filter_map(|(cell, outcome)| match outcome {
            Outcome::Wrong(what) => Some(format!("{cell}: {what}")),
            _ => None,
        })
        .collect();
    wrong.iter().for_each(|line| say(line));
    let of = |wanted: &Outcome| outcomes.iter().filter(|(_, outcome)| outcome == wanted).count();
    let (all, idle) = (of(&Outcome::All), of(&Outcome::Idle));
    if idle * 2 > count && options.fault.is_none() {
        return Err("most faults did not happen".into());
    }
    say(&format!(
        "{} runs of {} calls in {:.0} s: {all} had every call once, {} named what was missing \
         and had it in the next run, {} were wrong",
        count - idle,
        options.records,
        begin.elapsed().as_secs_f64(),
        count - idle - all - wrong.len(),
        wrong.len()
    ));
    Ok(wrong.is_empty())
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
        let scene = Scene::start(options, &[cell.vendor]).await?;
        let ran = program.run(cell.reader, setup.arguments(), scene.dir()).await?;
        let given = scene.given(cell.reader)?;
        let expected = Expected::after(&scene.truth(), &scene);
        if let Some(problem) = incomplete(&given, &ran, &expected) {
            return Err(format!("without a fault, {} x {}: {problem}", key.0, key.1.name()).into());
        }
        references.insert(key, given);
    }
    Ok(references)
}

async fn outcome(
    program: &Program,
    cell: &Cell,
    references: &References,
    records: usize,
) -> Result<Outcome, Error> {
    let Stage { scene, more, wanted, had } =
        stage(program, &cell.case, cell.vendor, cell.reader, records).await?;
    let (case, reader) = (&cell.case, cell.reader);
    let run = async |again: &[&str]| {
        let more: Vec<&str> =
            more.iter().map(String::as_str).chain(again.iter().copied()).collect();
        program.run(reader, &more, scene.dir()).await
    };
    let ran = run(&[]).await?;
    let given = scene.given(reader)?;
    if scene.sandbox.stats().faults(case.fault) == 0 && !case.fault.is_of_records() {
        return Ok(Outcome::Idle);
    }
    let expected = Expected::after(&wanted, &scene);
    let before = had.as_ref().map_or(Before::Nothing, Before::Database);
    if let Some(problem) = wrong(&scene, reader, &ran, &given, &expected, before)? {
        return Ok(Outcome::Wrong(problem));
    }
    // A record that the vendor wrote wrongly cannot be told as it is.
    let compares = case.setup.compares() && !case.fault.is_of_records();
    let reference = references.get(&cell.reference()).filter(|_| compares);
    let otherwise = |given: &Given| {
        let id = reference.and_then(|reference| given.differs(reference));
        id.map(|id| format!("{id} is told otherwise"))
    };
    // Details that are named as missing are missing.
    let may_lack = case.setup == Setup::Details && ran.code != 0;
    if let Some(problem) = otherwise(&given).filter(|_| !may_lack) {
        return Ok(Outcome::Wrong(problem));
    }
    let fetches = case.setup == Setup::Recordings && reader == Reader::Sync;
    let unfetched = || -> Result<Option<String>, Error> {
        let (fetched, all) = (recordings(scene.dir())?, scene.recordings());
        Ok((fetches && fetched < all).then(|| format!("{fetched} of {all} recordings are there")))
    };
    if fetches
        && ran.code == 0
        && let Some(problem) = unfetched()?
    {
        return Ok(Outcome::Wrong(format!("{problem} without a word")));
    }
    if let Some(problem) = reads_all_for_ever(cell, &scene, &run).await? {
        return Ok(Outcome::Wrong(problem));
    }
    if ran.code == 0 {
        return Ok(Outcome::All);
    }
    let missing = expected.must.iter().filter(|id| !given.has(id));
    let missing: BTreeSet<String> = missing.cloned().collect();
    if case.wants_all() && !missing.is_empty() {
        let (count, all, told) = (missing.len(), expected.must.len(), told(&ran));
        return Ok(Outcome::Wrong(format!(
            "{count} of {all} calls are missing, and can be had: {told}"
        )));
    }
    // One record that is not JSON must not cost the others.
    let unusable = scene.truth_if(|call| call.odd.odd_byte);
    if case.fault == Fault::OddByte && !missing.is_subset(&unusable) {
        let (count, odd, told) = (missing.len(), unusable.len(), told(&ran));
        return Ok(Outcome::Wrong(format!("{count} calls are missing for {odd} odd ones: {told}")));
    }
    // What is missing must be there as soon as the vendor behaves, or its list has come to rest.
    if !case.comes_to_rest() {
        scene.set_faults(Faults::none());
    }
    let steps: &[&[&str]] = match reader {
        Reader::Export => &[&["--resume"]],
        // Old records are read again only by this: what came between old calls is new to nobody
        // else, and of a record that has no id, nobody can tell whether it has one now.
        Reader::Sync if case.setup == Setup::Moving || case.fault.is_of_records() => &[&["--full"]],
        // What is owed may be due later.
        Reader::Sync => &[&[], &["--full"]],
        Reader::List => &[&[]],
    };
    let wanted: BTreeSet<String> = scene.truth().intersection(&wanted).cloned().collect();
    let mut problem = None;
    for step in steps {
        let again = run(step).await?;
        let given = scene.given(reader)?;
        let expected = Expected::after(&wanted, &scene);
        problem = incomplete(&given, &again, &expected).or_else(|| otherwise(&given));
        if problem.is_none() && fetches {
            problem = unfetched()?;
        }
        if again.code == 0 {
            break;
        }
    }
    Ok(match problem {
        Some(problem) if case.comes_to_rest() => {
            Outcome::Wrong(format!("and after the list came to rest: {problem}"))
        }
        Some(problem) => Outcome::Wrong(format!("and without the fault: {problem}")),
        None => Outcome::Named(missing.len() as u64, told(&ran)),
    })
}

/// A total that is never right must not let every sync read everything again.
async fn reads_all_for_ever(
    cell: &Cell,
    scene: &Scene,
    run: &impl AsyncFn(&[&str]) -> Result<Ran, Error>,
) -> Result<Option<String>, Error> {
    let is_of_totals = matches!(cell.case.fault, Fault::HighTotal | Fault::ConstantTotal);
    if !is_of_totals || cell.reader != Reader::Sync {
        return Ok(None);
    }
    for _ in 0..2 {
        run(&[]).await?;
    }
    let summary = Statement::read(cell.reader, scene.dir(), cell.vendor)?;
    let problem = "the third sync reads everything as if it were the first";
    Ok(summary.is_first_walk().then(|| problem.to_owned()))
}

/// What a run said about its failure, in one line.
fn told(ran: &Ran) -> String {
    let lines = ran.stderr.lines().filter(|line| line.contains("error") || line.contains("short"));
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
                    Outcome::All => "all".to_owned(),
                    Outcome::Idle => "n/a".to_owned(),
                    Outcome::Named(missing, _) => format!("-{missing}"),
                    Outcome::Wrong(_) => "WRONG".to_owned(),
                })
                .collect();
            line.push(cells.join("/"));
        }
        lines.push(line);
    }
    format!(
        "{}\nall: every call once, exit 0.  -N: exit 3, N calls named as missing, and had in the \
         next run (of a sync that set records aside or read a list that moved, with --full).  n/a: the fault cannot happen there.\n",
        table(&lines)
    )
}
