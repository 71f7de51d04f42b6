//! Random mixtures of faults, round after round.
//!
//! The seed of a round determines its calls, faults and runs. Only the exact moment of a kill depends
//! on the machine.

use crate::{
    Error,
    judge::{Expected, PriorState, shortfall, violation},
    print_line,
    program::{Program, ProgramExit, Reader},
    read_calls::{ReadCalls, recordings},
    scenario::Scenario,
    test_bed::TestBed,
};
use callfold_sandbox::{Faults, Truth};
use chrono::{DateTime, Utc};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Start rounds for this long, such as 90s or 10m
    #[arg(long = "for", value_name = "SPAN", default_value = "60s", value_parser = humantime::parse_duration)]
    span: Duration,
    /// The seed of the first round; each round after it has the next number
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Maximum number of rounds
    #[arg(long, value_name = "N")]
    rounds: Option<u64>,
}

/// Counts over all rounds.
#[derive(Default)]
struct Counts {
    rounds: u64,
    runs: u64,
    killed: u64,
    named: u64,
    /// The seeds of the rounds that failed.
    failed: Vec<u64>,
}

/// Runs rounds until the time is over; returns whether none failed.
pub(crate) async fn run(program: &Program, options: &Options) -> Result<bool, Error> {
    let begin = Instant::now();
    let mut counts = Counts::default();
    let mut seed = options.seed;
    while begin.elapsed() < options.span && options.rounds != Some(counts.rounds) {
        let scenario = Scenario::draw(seed)?;
        let started = Instant::now();
        let mut round = Round::start(program, &scenario, &mut counts).await?;
        let outcome = match round.run_all().await {
            Ok(None) => "complete".to_owned(),
            Ok(Some(problem)) => format!("WRONG: {problem}"),
            Err(error) => format!("WRONG: {error}"),
        };
        let steps = round.steps.join(" ");
        let is_wrong = outcome.starts_with("WRONG");
        counts.rounds += 1;
        counts.failed.extend(is_wrong.then_some(seed));
        let took = started.elapsed().as_secs_f64();
        print_line(&format!("seed {seed}: {scenario}; {steps}; {outcome} ({took:.0} s)"));
        seed = seed.wrapping_add(1);
    }
    print_line(&format!(
        "{} rounds in {:.0} s: {} runs, {} of them killed, {} reported missing calls, {} rounds wrong",
        counts.rounds,
        begin.elapsed().as_secs_f64(),
        counts.runs,
        counts.killed,
        counts.named,
        counts.failed.len()
    ));
    for seed in &counts.failed {
        print_line(&format!("repeat with: cargo xtask soak --seed {seed} --rounds 1"));
    }
    if counts.rounds == 0 {
        return Err("no time for a round".into());
    }
    Ok(counts.failed.is_empty())
}

/// Whether a call's records may be unusable.
fn is_unusable(call: &Truth) -> bool {
    call.faults.bad_id || call.faults.odd_byte
}

struct Round<'a> {
    program: &'a Program,
    scenario: &'a Scenario,
    counts: &'a mut Counts,
    test_bed: TestBed,
    started_at: DateTime<Utc>,
    /// The runs and how they ended.
    steps: Vec<String>,
}

/// How one run ended.
enum RunEnd {
    /// By itself.
    Exited(ProgramExit),
    /// By a kill.
    Killed,
}

impl<'a> Round<'a> {
    async fn start(
        program: &'a Program,
        scenario: &'a Scenario,
        counts: &'a mut Counts,
    ) -> Result<Self, Error> {
        let vendors: Vec<_> = callfold_sandbox::vendors().collect();
        let started_at = Utc::now();
        let test_bed = TestBed::start(scenario.options(), &vendors).await?;
        Ok(Self { program, scenario, counts, test_bed, started_at, steps: Vec::new() })
    }

    /// Reads under the faults, and again without them; returns the first problem.
    async fn run_all(&mut self) -> Result<Option<String>, Error> {
        let export = self.scenario.kills.first().copied();
        let syncs = self.scenario.kills.iter().skip(1).map(|kill| Some(*kill)).chain([None]);
        let problem = self.check_with_faults(Reader::List, None).await?;
        if problem.is_some() {
            return Ok(problem);
        }
        let problem = self.check_export_with_faults(export).await?;
        if problem.is_some() {
            return Ok(problem);
        }
        for kill in syncs {
            let problem = self.check_with_faults(Reader::Sync, kill).await?;
            if problem.is_some() {
                return Ok(problem);
            }
        }
        self.check_without_faults().await
    }

    /// A list or a sync under the faults.
    async fn check_with_faults(
        &mut self,
        reader: Reader,
        kill: Option<u64>,
    ) -> Result<Option<String>, Error> {
        let has_database =
            reader == Reader::Sync && self.test_bed.dir().join(reader.file()).exists();
        let previous = if has_database { Some(self.test_bed.read(reader)?) } else { None };
        let before = previous.as_ref().map_or(PriorState::Nothing, PriorState::Database);
        let wanted = self.wanted(reader);
        let end = self.run(reader, &[], kill).await?;
        self.judge(reader, &end, &wanted, before)
    }

    /// An export under the faults, resumed under them if it did not finish.
    async fn check_export_with_faults(
        &mut self,
        kill: Option<u64>,
    ) -> Result<Option<String>, Error> {
        let wanted = self.wanted(Reader::Export);
        let end = self.run(Reader::Export, &[], kill).await?;
        let problem = self.judge(Reader::Export, &end, &wanted, PriorState::Nothing)?;
        if problem.is_some() || matches!(&end, RunEnd::Exited(exit) if exit.code == 0) {
            return Ok(problem);
        }
        let end = self.run(Reader::Export, &["--resume"], None).await?;
        self.judge(Reader::Export, &end, &wanted, PriorState::Partial)
    }

    fn judge(
        &mut self,
        reader: Reader,
        end: &RunEnd,
        wanted: &BTreeSet<String>,
        before: PriorState<'_>,
    ) -> Result<Option<String>, Error> {
        let read = self.test_bed.read(reader)?;
        let mut expected = Expected::after(wanted, &self.test_bed);
        let killed = ProgramExit { code: 0, stderr: String::new() };
        let exit = match end {
            RunEnd::Exited(exit) => exit,
            RunEnd::Killed => {
                // A killed run may miss calls, but must not have wrong ones.
                expected.must.clear();
                &killed
            }
        };
        self.counts.named += u64::from(exit.code == 3);
        let problem = violation(&self.test_bed, reader, exit, &read, &expected, before)?;
        Ok(problem.map(|problem| format!("{}: {problem}", reader.name())))
    }

    /// The calls that a run that starts now must read, unless they are deleted meanwhile.
    ///
    /// A sync reads new calls; calls that are inserted between old ones, and those whose records were
    /// unusable, are found by the full sync at the end.
    fn wanted(&self, reader: Reader) -> BTreeSet<String> {
        let is_new = |call: &Truth| call.added_epoch == 0 || call.started_at >= self.started_at;
        match reader {
            Reader::Sync => self.test_bed.truth_if(|call| is_new(call) && !is_unusable(call)),
            _ => self.test_bed.truth(),
        }
    }

    /// Runs a command; with `kill`, kills it after so many requests.
    async fn run(
        &mut self,
        reader: Reader,
        extra_args: &[&str],
        kill: Option<u64>,
    ) -> Result<RunEnd, Error> {
        let extra_args: Vec<&str> =
            extra_args.iter().chain(self.scenario.arguments(reader)).copied().collect();
        self.counts.runs += 1;
        let Some(requests) = kill else {
            let exit = self.program.run(reader, &extra_args, self.test_bed.dir()).await?;
            self.steps.push(format!("{} {}", reader.name(), exit.code));
            return Ok(RunEnd::Exited(exit));
        };
        let target = self.test_bed.sandbox.stats().requests + requests;
        let reached = async {
            let mut interval = tokio::time::interval(Duration::from_millis(1));
            while self.test_bed.sandbox.stats().requests < target {
                interval.tick().await;
            }
        };
        let run = self.program.run(reader, &extra_args, self.test_bed.dir());
        let end = tokio::select! {
            exit = run => RunEnd::Exited(exit?),
            () = reached => RunEnd::Killed,
        };
        match &end {
            RunEnd::Exited(exit) => self.steps.push(format!("{} {}", reader.name(), exit.code)),
            RunEnd::Killed => {
                self.counts.killed += 1;
                self.steps.push(format!("{} killed", reader.name()));
            }
        }
        Ok(end)
    }

    /// Without faults and changes, every command must read every call unchanged.
    async fn check_without_faults(&mut self) -> Result<Option<String>, Error> {
        self.test_bed.sandbox.freeze();
        let unusable = self.test_bed.truth_if(is_unusable);
        self.test_bed.set_faults(Faults::none());
        for (reader, extra_args) in [
            (Reader::List, &[][..]),
            (Reader::Export, &["--restart"]),
            (Reader::Sync, &[]),
            (Reader::Sync, &["--full"]),
        ] {
            let is_full = extra_args == ["--full"];
            let Some(exit) = self.run_to_the_end(reader, extra_args).await? else { continue };
            let read = self.test_bed.read(reader)?;
            let mut truth = if is_full { self.test_bed.truth() } else { self.wanted(reader) };
            if reader == Reader::Sync && !is_full {
                truth.retain(|id| !unusable.contains(id));
            }
            let expected = Expected::after(&truth, &self.test_bed);
            // Missing details may be due later; the full sync fetches them.
            if reader == Reader::Sync && !is_full && exit.code == 3 {
                continue;
            }
            if let Some(problem) = shortfall(&read, &exit, &expected) {
                let command = [&[reader.name()], extra_args].concat().join(" ");
                return Ok(Some(format!("without faults, {command}: {problem}")));
            }
        }
        let (fetched, all) = (recordings(self.test_bed.dir())?, self.test_bed.recordings());
        if self.scenario.recordings && fetched < all {
            return Ok(Some(format!("without faults, {fetched} of {all} recordings were fetched")));
        }
        let stored = self.test_bed.read(Reader::Sync)?;
        self.differs_from_fresh(&stored).await
    }

    /// Runs a command, and again if it reports missing calls: on a busy machine a response may come
    /// too late.
    async fn run_to_the_end(
        &mut self,
        reader: Reader,
        extra_args: &[&str],
    ) -> Result<Option<ProgramExit>, Error> {
        let mut last = None;
        for _ in 0..3 {
            if let RunEnd::Exited(exit) = self.run(reader, extra_args, None).await? {
                let is_done = exit.code == 0;
                last = Some(exit);
                if is_done {
                    break;
                }
            }
        }
        Ok(last)
    }

    /// A database that was synced under faults must equal a new one.
    async fn differs_from_fresh(&mut self, stored: &ReadCalls) -> Result<Option<String>, Error> {
        if self.scenario.has_drift() {
            return Ok(None);
        }
        std::fs::remove_file(self.test_bed.dir().join(Reader::Sync.file()))?;
        self.run(Reader::Sync, &[], None).await?;
        let fresh = self.test_bed.read(Reader::Sync)?;
        let problem = |id| format!("without faults, {id} in the database differs from a new one");
        Ok(stored.differs(&fresh).map(problem))
    }
}
