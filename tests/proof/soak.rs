//! Everything at once, for a while.

use crate::{
    Error,
    given::Given,
    program::{Program, Ran, Reader},
    say,
    scene::Scene,
};
use callfold_sandbox::{Faults, Frequency, SandboxOptions};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// How long
    #[arg(long, default_value_t = 10)]
    minutes: u64,
    /// Calls of each vendor at the start
    #[arg(long, default_value_t = 2000)]
    records: usize,
    /// Other faults at other moments
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Which faults, as `callfold sandbox --fault` takes them
    #[arg(long, value_name = "KIND=RATE", default_values_t = [
        "rate-limit=1%", "rate-limit-bare=1%", "error-500=1%", "error-502=1%", "error-503=1%",
        "reset=1%", "cut-body=1%", "half-json=1%", "html=1%", "slow-drip=1%", "gzip=10%",
        "gzip-cut=1%", "stall=0.3%", "drift=2%",
    ].map(str::to_owned))]
    fault: Vec<String>,
}

/// What was seen over all rounds.
#[derive(Default)]
struct Counts {
    rounds: u64,
    calls: u64,
    partial: u64,
    wrong: Vec<String>,
}

/// Reads again and again, and compares with what is true.
pub(crate) async fn run(program: &Program, options: &Options) -> Result<bool, Error> {
    let vendors: Vec<_> = callfold_sandbox::vendors().collect();
    let world = SandboxOptions::default()
        .records(options.records)
        .seed(options.seed)
        .grow(Frequency::per_second(10.0))
        .delete(Frequency::per_second(1.0));
    let scene = Scene::start(world, &vendors).await?;
    let faults: Faults = options.fault.join(",").parse()?;
    scene.set_faults(faults.seed(options.seed));
    let end = Instant::now() + Duration::from_secs(60 * options.minutes);
    let mut counts = Counts::default();
    while Instant::now() < end {
        for reader in Reader::ALL {
            round(program, &scene, reader, &mut counts).await?;
        }
        say(&format!(
            "{} rounds, {} calls read, {} of the rounds named something as missing, {} calls now",
            counts.rounds,
            counts.calls,
            counts.partial,
            scene.truth().len()
        ));
    }
    settle(program, &scene, &mut counts).await?;
    say(&format!("{:#?}", scene.sandbox.stats()));
    counts.wrong.iter().for_each(|line| say(line));
    let leaked = scene.leaked();
    say(&format!(
        "{} rounds in {} minutes, {} calls read, {} wrong, {leaked} keys leaked",
        counts.rounds,
        options.minutes,
        counts.calls,
        counts.wrong.len()
    ));
    Ok(counts.wrong.is_empty() && leaked == 0 && counts.rounds > 0)
}

async fn round(
    program: &Program,
    scene: &Scene,
    reader: Reader,
    counts: &mut Counts,
) -> Result<(), Error> {
    let before = scene.truth();
    let more: &[&str] = if reader == Reader::Export { &["--restart"] } else { &[] };
    let ran = program.run(reader, more, scene.dir()).await?;
    let after = scene.truth();
    let given = scene.given(reader)?;
    counts.rounds += 1;
    counts.calls += given.len() as u64;
    counts.partial += u64::from(ran.code == 3);
    // What was there all the time has to be in the answer.
    let lasting: BTreeSet<_> = before.intersection(&after).cloned().collect();
    if let Some(problem) = problem(&lasting, &given, &ran) {
        counts.wrong.push(format!("round {}, {}: {problem}", counts.rounds, reader.name()));
    }
    Ok(())
}

fn problem(lasting: &BTreeSet<String>, given: &Given, ran: &Ran) -> Option<String> {
    if !matches!(ran.code, 0 | 3) {
        return Some(format!("exit code {}: {}", ran.code, ran.stderr.trim()));
    }
    if let Some(id) = given.twice() {
        return Some(format!("{id} came twice"));
    }
    let lost: Vec<_> = lasting.iter().filter(|id| !given.has(id)).collect();
    match (ran.code, lost.first()) {
        (0, Some(id)) => Some(format!("{} calls are lost, {id} among them", lost.len())),
        _ => None,
    }
}

/// When the vendors behave and nothing moves any more, every command has
/// every call, as it is.
async fn settle(program: &Program, scene: &Scene, counts: &mut Counts) -> Result<(), Error> {
    scene.set_faults(Faults::none());
    scene.sandbox.hold();
    let truth = scene.truth();
    for reader in Reader::ALL {
        let more: &[&str] = match reader {
            Reader::List => &[],
            Reader::Export => &["--restart"],
            Reader::Sync => &["--full"],
        };
        let ran = program.run(reader, more, scene.dir()).await?;
        let given = scene.given(reader)?;
        let problem = problem(&truth, &given, &ran).or_else(|| {
            (ran.code != 0).then(|| format!("exit code {}: {}", ran.code, ran.stderr.trim()))
        });
        if let Some(problem) = problem {
            counts.wrong.push(format!("at the end, {}: {problem}", reader.name()));
        }
    }
    Ok(())
}
