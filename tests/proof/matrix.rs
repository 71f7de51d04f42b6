//! Every fault against every vendor and every command.

use crate::{
    Error,
    given::{Given, Statement},
    program::{Program, Ran, Reader},
    say,
    scene::Scene,
    table::table,
};
use callfold_sandbox::{Fault, Faults, Rate, SandboxOptions};
use futures_util::{StreamExt, TryStreamExt, stream};
use std::{collections::BTreeMap, fmt, sync::Arc, time::Instant};

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
    /// Only this fault
    #[arg(long, value_name = "NAME")]
    fault: Option<String>,
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
    /// Exit code 3, and the statement names what is missing; the next run,
    /// without the fault, had every call.
    Named(u64, String),
    /// Something else, which is a fault of callfold's.
    Wrong(String),
}

/// One run.
#[derive(Clone, Debug)]
struct Cell {
    fault: Fault,
    rate: Rate,
    vendor: &'static str,
    reader: Reader,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} x {} x {}", self.fault, self.vendor, self.reader.name())
    }
}

/// What each command gives of each vendor when nothing goes wrong.
type References = BTreeMap<(&'static str, Reader), Given>;

/// Runs all cells, prints the table, and says whether all is as it has to be.
pub(crate) async fn run(program: &Program, options: &Options) -> Result<bool, Error> {
    let begin = Instant::now();
    let references = Arc::new(references(program, options).await?);
    let cells = cells(options);
    let count = cells.len();
    let outcomes: Vec<(Cell, Outcome)> = stream::iter(cells)
        .map(|cell| {
            let (program, references) = (program.clone(), references.clone());
            async move {
                let outcome = outcome(&program, &cell, &references, options.records).await?;
                Ok::<_, Error>((cell, outcome))
            }
        })
        .buffered(options.at_once.max(1))
        .try_collect()
        .await?;
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
            Outcome::Wrong(what) => {
                Some(format!("{} x {} x {}: {what}", cell.fault, cell.vendor, cell.reader.name()))
            }
            _ => None,
        })
        .collect();
    wrong.iter().for_each(|line| say(line));
    let of = |wanted: &Outcome| outcomes.iter().filter(|(_, outcome)| outcome == wanted).count();
    let (all, idle) = (of(&Outcome::All), of(&Outcome::Idle));
    if idle * 2 > count {
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

fn cells(options: &Options) -> Vec<Cell> {
    let wanted = |fault: &Fault| options.fault.as_deref().is_none_or(|only| only == fault.name());
    let mut cells = Vec::new();
    for fault in Fault::all().filter(wanted) {
        let rate = Rate::every(options.every);
        for vendor in callfold_sandbox::vendors() {
            for reader in Reader::ALL.into_iter().filter(|reader| options.reads(*reader)) {
                cells.push(Cell { fault, rate, vendor, reader });
            }
        }
    }
    cells
}

async fn references(program: &Program, options: &Options) -> Result<References, Error> {
    let mut references = References::new();
    for vendor in callfold_sandbox::vendors() {
        for reader in Reader::ALL.into_iter().filter(|reader| options.reads(*reader)) {
            let scene = scene(vendor, options.records).await?;
            let ran = program.run(reader, &[], scene.dir()).await?;
            let given = scene.given(reader)?;
            if let Some(problem) = incomplete(&scene, &given, &ran) {
                return Err(format!("{vendor} x {}: {problem}", reader.name()).into());
            }
            references.insert((vendor, reader), given);
        }
    }
    Ok(references)
}

async fn scene(vendor: &'static str, records: usize) -> Result<Scene, Error> {
    Scene::start(SandboxOptions::default().records(records), &[vendor]).await
}

/// Why a run without a fault was not what it has to be.
fn incomplete(scene: &Scene, given: &Given, ran: &Ran) -> Option<String> {
    let truth = scene.truth();
    if ran.code != 0 {
        return Some(format!("exit code {}: {}", ran.code, ran.stderr.trim()));
    }
    if let Some(lost) = truth.iter().find(|id| !given.has(id)) {
        return Some(format!("{lost} is lost, and {} others", truth.len() - 1 - given.len()));
    }
    given.twice().map(|id| format!("{id} came twice"))
}

async fn outcome(
    program: &Program,
    cell: &Cell,
    references: &References,
    records: usize,
) -> Result<Outcome, Error> {
    let scene = scene(cell.vendor, records).await?;
    scene.set_faults(Faults::none().with(cell.fault, cell.rate));
    // Only a sync follows links to recordings.
    let follows = cell.fault == Fault::ExpiredLink && cell.reader == Reader::Sync;
    let more: &[&str] = if follows { &["--recordings", "recordings"] } else { &[] };
    let ran = program.run(cell.reader, more, scene.dir()).await?;
    let given = scene.given(cell.reader)?;
    let reference = &references[&(cell.vendor, cell.reader)];
    if scene.sandbox.stats().faults(cell.fault) == 0 && !cell.fault.is_of_records() {
        return Ok(Outcome::Idle);
    }
    if let Some(problem) = judge(&scene, cell, &ran, &given, reference) {
        return Ok(Outcome::Wrong(problem));
    }
    if ran.code == 0 {
        return Ok(Outcome::All);
    }
    let missing = reference.len().saturating_sub(given.len()) as u64;
    // What is missing must be there as soon as the vendor behaves.
    scene.set_faults(Faults::none());
    let more: &[&str] = match cell.reader {
        Reader::Export => &["--resume"],
        // Old records are read again only by this: of one that has no id,
        // nobody can tell whether it has one now.
        Reader::Sync if cell.fault == Fault::BadId => &["--full"],
        _ => &[],
    };
    let again = program.run(cell.reader, more, scene.dir()).await?;
    let given = scene.given(cell.reader)?;
    if let Some(problem) = incomplete(&scene, &given, &again) {
        return Ok(Outcome::Wrong(format!("and without the fault: {problem}")));
    }
    Ok(match given.differs(reference) {
        Some(id) => Outcome::Wrong(format!("and without the fault {id} is told otherwise")),
        None => Outcome::Named(missing, told(&ran)),
    })
}

/// What a run said about its failure, in one line.
fn told(ran: &Ran) -> String {
    let lines = ran.stderr.lines().filter(|line| line.contains("error") || line.contains("short"));
    lines.collect::<Vec<_>>().join(" / ")
}

/// What a run under a fault did that it must not do.
fn judge(
    scene: &Scene,
    cell: &Cell,
    ran: &Ran,
    given: &Given,
    reference: &Given,
) -> Option<String> {
    let leaked = scene.leaked();
    if leaked > 0 {
        return Some(format!("{leaked} requests carried the key to another host"));
    }
    if let Some(id) = given.twice() {
        return Some(format!("{id} came twice"));
    }
    if let Some(id) = given.ids().find(|id| !reference.has(id)) {
        return Some(format!("{id} does not exist"));
    }
    // A record that the vendor wrote wrongly cannot be told as it is, and one
    // that was asked for by itself, for the sake of its link, tells more.
    let compares = !cell.fault.is_of_records() && cell.fault != Fault::ExpiredLink;
    if let Some(id) = given.differs(reference).filter(|_| compares) {
        return Some(format!("{id} is told otherwise"));
    }
    let lost = reference.len() - given.len();
    match ran.code {
        0 if lost == 0 => None,
        0 => Some(format!("{lost} of {} calls are lost without a word", reference.len())),
        // Nothing at all was had, and why is told.
        1 if given.len() == 0 && ran.stderr.contains("error: ") => None,
        3 => match Statement::read(cell.reader, scene.dir(), cell.vendor) {
            Ok(statement) => unsaid(&statement, given.len() as u64, lost as u64),
            Err(error) => Some(format!("exit code 3 without a statement: {error}")),
        },
        code => Some(format!("exit code {code}: {}", ran.stderr.trim())),
    }
}

/// What the statement of a partial run does not say, or says wrongly.
fn unsaid(statement: &Statement, given: u64, lost: u64) -> Option<String> {
    let kept = statement.count("kept");
    if kept != given {
        return Some(format!("it says that {kept} calls were kept, and {given} were"));
    }
    match statement.verdict() {
        "partial" if statement.error().is_none() => Some("it failed and does not say why".into()),
        // What the vendor announced, less what came, is what is missing.
        "partial" => None,
        "short_by" if statement.short_by() < Some(lost) => {
            Some(format!("{lost} are lost, and it says {:?}", statement.short_by()))
        }
        "short_by" => None,
        // Every record that is no call was counted, and nothing else is gone.
        _ if statement.count("set_aside") == lost && lost > 0 => None,
        verdict => {
            Some(format!("{lost} of {:?} are lost, and it says {verdict}", statement.total()))
        }
    }
}

fn print(outcomes: &[(Cell, Outcome)], options: &Options) -> String {
    let mut lines: Vec<Vec<String>> = vec![vec!["fault".to_owned()]];
    let readers = Reader::ALL.into_iter().filter(|reader| options.reads(*reader));
    let readers = readers.map(Reader::name).collect::<Vec<_>>().join("/");
    lines[0].extend(callfold_sandbox::vendors().map(|vendor| format!("{vendor} {readers}")));
    for row in outcomes.chunk_by(|(a, _), (b, _)| a.fault == b.fault) {
        let mut line = vec![row[0].0.fault.name().to_owned()];
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
         next run (of a sync that set records aside, with --full).  n/a: the fault cannot happen there.\n",
        table(&lines)
    )
}
