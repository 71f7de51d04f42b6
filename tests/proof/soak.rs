//! Mixtures of faults, round after round, for a while.
//!
//! Each round has a seed, which draws a world, the faults of its vendors and what is run. A round
//! with the same seed does the same again; only where exactly a kill falls depends on the machine.

use crate::{
    Error,
    given::{Given, recordings},
    judge::{Before, Expected, incomplete, wrong},
    mixture::Mixture,
    program::{Program, Ran, Reader},
    say,
    scene::Scene,
};
use callfold_sandbox::{Faults, Truth};
use chrono::{DateTime, Utc};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// For how long rounds begin, such as 90s or 10m
    #[arg(long = "for", value_name = "SPAN", default_value = "60s", value_parser = humantime::parse_duration)]
    span: Duration,
    /// The seed of the first round; each round after it has the next number
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// At most so many rounds
    #[arg(long, value_name = "N")]
    rounds: Option<u64>,
}

/// What was seen over all rounds.
#[derive(Default)]
struct Counts {
    rounds: u64,
    runs: u64,
    killed: u64,
    named: u64,
    /// The seeds of the rounds that failed.
    failed: Vec<u64>,
}

/// Runs rounds until the time is over, and says whether none failed.
pub(crate) async fn run(program: &Program, options: &Options) -> Result<bool, Error> {
    let begin = Instant::now();
    let mut counts = Counts::default();
    let mut seed = options.seed;
    while begin.elapsed() < options.span && options.rounds != Some(counts.rounds) {
        let mixture = Mixture::draw(seed)?;
        let started = Instant::now();
        let mut round = Round::start(program, &mixture, &mut counts).await?;
        let outcome = match round.play().await {
            Ok(None) => "all is there".to_owned(),
            Ok(Some(problem)) => format!("WRONG: {problem}"),
            Err(error) => format!("WRONG: {error}"),
        };
        let steps = round.steps.join(" ");
        let is_wrong = outcome.starts_with("WRONG");
        counts.rounds += 1;
        counts.failed.extend(is_wrong.then_some(seed));
        let took = started.elapsed().as_secs_f64();
        say(&format!("seed {seed}: {mixture}; {steps}; {outcome} ({took:.0} s)"));
        seed = seed.wrapping_add(1);
    }
    say(&format!(
        "{} rounds in {:.0} s: {} runs, {} of them killed, {} named something as missing, {} rounds wrong",
        counts.rounds,
        begin.elapsed().as_secs_f64(),
        counts.runs,
        counts.killed,
        counts.named,
        counts.failed.len()
    ));
    for seed in &counts.failed {
        say(&format!("again: cargo xtask soak --seed {seed} --rounds 1"));
    }
    if counts.rounds == 0 {
        return Err("there was no time for a round".into());
    }
    Ok(counts.failed.is_empty())
}

/// Whether a call's records may be set aside.
fn is_unusable(call: &Truth) -> bool {
    call.odd.bad_id || call.odd.odd_byte
}

struct Round<'a> {
    program: &'a Program,
    mixture: &'a Mixture,
    counts: &'a mut Counts,
    scene: Scene,
    begun: DateTime<Utc>,
    /// What was run, and how it ended.
    steps: Vec<String>,
}

/// How one run ended.
enum Ended {
    /// As it pleased.
    With(Ran),
    /// By a kill.
    Killed,
}

impl<'a> Round<'a> {
    async fn start(
        program: &'a Program,
        mixture: &'a Mixture,
        counts: &'a mut Counts,
    ) -> Result<Self, Error> {
        let vendors: Vec<_> = callfold_sandbox::vendors().collect();
        let begun = Utc::now();
        let scene = Scene::start(mixture.options(), &vendors).await?;
        Ok(Self { program, mixture, counts, scene, begun, steps: Vec::new() })
    }

    /// Reads under the faults, and once more without them; says what was wrong first.
    async fn play(&mut self) -> Result<Option<String>, Error> {
        let export = self.mixture.kills.first().copied();
        let syncs = self.mixture.kills.iter().skip(1).map(|kill| Some(*kill)).chain([None]);
        let problem = self.faulty(Reader::List, None).await?;
        if problem.is_some() {
            return Ok(problem);
        }
        let problem = self.faulty_export(export).await?;
        if problem.is_some() {
            return Ok(problem);
        }
        for kill in syncs {
            let problem = self.faulty(Reader::Sync, kill).await?;
            if problem.is_some() {
                return Ok(problem);
            }
        }
        self.settle().await
    }

    /// A list or a sync under the faults.
    async fn faulty(&mut self, reader: Reader, kill: Option<u64>) -> Result<Option<String>, Error> {
        let has_database = reader == Reader::Sync && self.scene.dir().join(reader.file()).exists();
        let had = if has_database { Some(self.scene.given(reader)?) } else { None };
        let before = had.as_ref().map_or(Before::Nothing, Before::Database);
        let wanted = self.wanted(reader);
        let ended = self.run(reader, &[], kill).await?;
        self.judge(reader, &ended, &wanted, before)
    }

    /// An export under the faults, and what is left of it resumed under them.
    async fn faulty_export(&mut self, kill: Option<u64>) -> Result<Option<String>, Error> {
        let wanted = self.wanted(Reader::Export);
        let ended = self.run(Reader::Export, &[], kill).await?;
        let problem = self.judge(Reader::Export, &ended, &wanted, Before::Nothing)?;
        if problem.is_some() || matches!(&ended, Ended::With(ran) if ran.code == 0) {
            return Ok(problem);
        }
        let ended = self.run(Reader::Export, &["--resume"], None).await?;
        self.judge(Reader::Export, &ended, &wanted, Before::Partial)
    }

    fn judge(
        &mut self,
        reader: Reader,
        ended: &Ended,
        wanted: &BTreeSet<String>,
        before: Before<'_>,
    ) -> Result<Option<String>, Error> {
        let given = self.scene.given(reader)?;
        let mut expected = Expected::after(wanted, &self.scene);
        let killed = Ran { code: 0, stderr: String::new() };
        let ran = match ended {
            Ended::With(ran) => ran,
            Ended::Killed => {
                // What is missing is not known yet; what is there has to be right.
                expected.must.clear();
                &killed
            }
        };
        self.counts.named += u64::from(ran.code == 3);
        let problem = wrong(&self.scene, reader, ran, &given, &expected, before)?;
        Ok(problem.map(|problem| format!("{}: {problem}", reader.name())))
    }

    /// The calls that a run that begins now has to find, as far as they last.
    ///
    /// A sync reads what is new: calls that appear between old ones, and those whose records were
    /// no calls when they were new, are found when the history is read again, at the end.
    fn wanted(&self, reader: Reader) -> BTreeSet<String> {
        let is_new = |call: &Truth| call.added_epoch == 0 || call.started_at >= self.begun;
        match reader {
            Reader::Sync => self.scene.truth_if(|call| is_new(call) && !is_unusable(call)),
            _ => self.scene.truth(),
        }
    }

    /// Runs a command; with `kill`, until the vendors were asked so often, if it takes so long.
    async fn run(
        &mut self,
        reader: Reader,
        more: &[&str],
        kill: Option<u64>,
    ) -> Result<Ended, Error> {
        let more: Vec<&str> = more.iter().chain(self.mixture.arguments(reader)).copied().collect();
        self.counts.runs += 1;
        let Some(requests) = kill else {
            let ran = self.program.run(reader, &more, self.scene.dir()).await?;
            self.steps.push(format!("{} {}", reader.name(), ran.code));
            return Ok(Ended::With(ran));
        };
        let target = self.scene.sandbox.stats().requests + requests;
        let reached = async {
            let mut glance = tokio::time::interval(Duration::from_millis(1));
            while self.scene.sandbox.stats().requests < target {
                glance.tick().await;
            }
        };
        let run = self.program.run(reader, &more, self.scene.dir());
        let ended = tokio::select! {
            ran = run => Ended::With(ran?),
            () = reached => Ended::Killed,
        };
        match &ended {
            Ended::With(ran) => self.steps.push(format!("{} {}", reader.name(), ran.code)),
            Ended::Killed => {
                self.counts.killed += 1;
                self.steps.push(format!("{} killed", reader.name()));
            }
        }
        Ok(ended)
    }

    /// When the vendors behave and nothing moves any more, every command has every call, as it is.
    async fn settle(&mut self) -> Result<Option<String>, Error> {
        self.scene.sandbox.hold();
        let unusable = self.scene.truth_if(is_unusable);
        self.scene.set_faults(Faults::none());
        for (reader, more) in [
            (Reader::List, &[][..]),
            (Reader::Export, &["--restart"]),
            (Reader::Sync, &[]),
            (Reader::Sync, &["--full"]),
        ] {
            let is_full = more == ["--full"];
            let Some(ran) = self.run_to_the_end(reader, more).await? else { continue };
            let given = self.scene.given(reader)?;
            let mut truth = if is_full { self.scene.truth() } else { self.wanted(reader) };
            if reader == Reader::Sync && !is_full {
                truth.retain(|id| !unusable.contains(id));
            }
            let expected = Expected::after(&truth, &self.scene);
            // What is owed from before may be due later; everything at once pays it.
            if reader == Reader::Sync && !is_full && ran.code == 3 {
                continue;
            }
            if let Some(problem) = incomplete(&given, &ran, &expected) {
                let command = [&[reader.name()], more].concat().join(" ");
                return Ok(Some(format!("without faults, {command}: {problem}")));
            }
        }
        let (fetched, all) = (recordings(self.scene.dir())?, self.scene.recordings());
        if self.mixture.recordings && fetched < all {
            return Ok(Some(format!("without faults, {fetched} of {all} recordings are there")));
        }
        let kept = self.scene.given(Reader::Sync)?;
        self.differs_from_fresh(&kept).await
    }

    /// Runs a command, and once more where it names something as missing: on a machine that is busy
    /// an answer may come too late.
    async fn run_to_the_end(
        &mut self,
        reader: Reader,
        more: &[&str],
    ) -> Result<Option<Ran>, Error> {
        let mut last = None;
        for _ in 0..3 {
            if let Ended::With(ran) = self.run(reader, more, None).await? {
                let is_done = ran.code == 0;
                last = Some(ran);
                if is_done {
                    break;
                }
            }
        }
        Ok(last)
    }

    /// A database that was synced under faults must be like one that is synced now.
    async fn differs_from_fresh(&mut self, kept: &Given) -> Result<Option<String>, Error> {
        if self.mixture.drifts() {
            return Ok(None);
        }
        std::fs::remove_file(self.scene.dir().join(Reader::Sync.file()))?;
        self.run(Reader::Sync, &[], None).await?;
        let fresh = self.scene.given(Reader::Sync)?;
        let problem =
            |id| format!("without faults, the database tells {id} otherwise than a new one");
        Ok(kept.differs(&fresh).map(problem))
    }
}
