//! `callfold sync`.

mod progress;
mod status;
mod tell;

use super::report::{check_output, report_failure};
use crate::args::{Global, ProgressMode, SyncArgs};
use crate::config::Config;
use crate::failure::{Failure, Outcome, reason};
use crate::interrupt;
use crate::output::{Stderr, progress::Shown};
use crate::sources::{self, Opened, WithoutConfig};
use callfold_reader::Source;
use callfold_sync::{
    CancellationToken, Database, RecordingOptions, RunOutcome, RunReport, ScrubShare, StoreError,
    StoreErrorKind, SyncOptions, Target, jittered, prepare_directory, sync as run,
};
use progress::Shows;
use secrecy::{ExposeSecret, SecretString};
use std::{
    io::{self, IsTerminal},
    path::Path,
    sync::Arc,
    time::Duration,
};
use tell::{tell, tell_round, write_report};

/// Brings a database up to date with its sources, once or again and again.
pub(crate) async fn sync(
    args: SyncArgs,
    global: &Global,
    stderr: &Stderr,
) -> Result<Outcome, Failure> {
    if args.status {
        return status::status(&args, global).await;
    }
    let report = args.report.clone();
    check_output("--report", report.as_deref(), global)?;
    report_failure(report.as_deref(), synced(args, global, stderr).await)
}

async fn synced(args: SyncArgs, global: &Global, stderr: &Stderr) -> Result<Outcome, Failure> {
    let opened = sources::open(global, &args.source, WithoutConfig::Refuse, stderr).await?;
    let target = target(&args, opened.config.as_ref())?;
    let options = options(&args, opened.config.as_ref())?;
    let stop = CancellationToken::new();
    let shows = Arc::new(shows(&args, global, &opened, stderr));
    let interrupted = interrupt::take_over({
        let shows = shows.clone();
        move || shows.clear()
    });
    let stopping = stop.clone();
    tokio::spawn(async move {
        interrupted.await;
        stopping.cancel();
    });
    let Some(every) = args.watch else {
        let report = once(&target, &opened, &options, &args, &stop, &shows).await;
        shows.finish();
        let report = report?;
        tell(&report, &opened, stderr);
        if let Some(path) = &args.report {
            write_report(path, &report)?;
        }
        return Ok(outcome(&report));
    };
    watch(every, &target, &opened, &options, &args, &stop, stderr).await
}

fn shows(args: &SyncArgs, global: &Global, opened: &Opened, stderr: &Stderr) -> Shows {
    let bars = || {
        let name = |source: &dyn Source| format!("{} ({})", source.account(), source.vendor());
        let names: Vec<_> = opened.sources.iter().map(|source| name(source.as_ref())).collect();
        Shows::Bars(Shown::bars(&names))
    };
    match args.progress {
        // Each round of a watch has lines of its own.
        _ if args.watch.is_some() => Shows::Nothing,
        ProgressMode::Json => Shows::lines(*stderr),
        ProgressMode::Bar => bars(),
        ProgressMode::Auto if io::stderr().is_terminal() && !global.quiet => bars(),
        _ => Shows::Nothing,
    }
}

/// One sync, from opening the database to letting go of it.
async fn once(
    target: &Target,
    opened: &Opened,
    options: &SyncOptions,
    args: &SyncArgs,
    stop: &CancellationToken,
    shows: &Shows,
) -> Result<RunReport, StoreError> {
    let database = tokio::select! {
        database = Database::open(target, args.wait) => database?,
        () = stop.cancelled() => return Ok(RunReport::stopped()),
    };
    let report = run(&database, &opened.sources, options, stop, &|page| shows.take(page)).await;
    let closed = database.close().await;
    let report = report?;
    closed?;
    Ok(report)
}

/// Syncs until it is told to end. A round that fails is told of, and the next
/// one tries again.
async fn watch(
    every: Duration,
    target: &Target,
    opened: &Opened,
    options: &SyncOptions,
    args: &SyncArgs,
    stop: &CancellationToken,
    stderr: &Stderr,
) -> Result<Outcome, Failure> {
    let mut options = options.clone();
    loop {
        // Bars say nothing about a sync that never ends.
        let shows = match args.progress {
            ProgressMode::Json => Shows::lines(*stderr),
            _ => Shows::Nothing,
        };
        let result = once(target, opened, &options, args, stop, &shows).await;
        shows.finish();
        let pause = jittered(every);
        let next = (!stop.is_cancelled()).then_some(pause);
        match result {
            Ok(report) => {
                tell_round(&report, opened, next, stderr);
                // Once is enough: the rounds after it look for what is new.
                options.full &= report.outcome != RunOutcome::Complete;
            }
            // What cannot get better by itself ends it.
            Err(error) if is_lasting(error.kind()) => return Err(error.into()),
            Err(error) => stderr.error(Failure::from(error)),
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(Outcome::Interrupted),
            () = tokio::time::sleep(pause) => {}
        }
    }
}

fn is_lasting(kind: StoreErrorKind) -> bool {
    matches!(kind, StoreErrorKind::Name | StoreErrorKind::Foreign | StoreErrorKind::Newer)
}

fn outcome(report: &RunReport) -> Outcome {
    match report.outcome {
        RunOutcome::Complete => Outcome::Complete,
        RunOutcome::Stopped => Outcome::Interrupted,
        RunOutcome::Failed => Outcome::Failed,
        _ => Outcome::Partial,
    }
}

/// The database: of the command line, or of the configuration.
fn target(args: &SyncArgs, config: Option<&Config>) -> Result<Target, Failure> {
    let password = std::env::var("PGPASSWORD").ok().filter(|text| !text.is_empty());
    let password = password.map(SecretString::from);
    if let Some(name) = &args.db {
        return Ok(Target::parse(name, password)?);
    }
    let configured = match config {
        Some(config) => config.database()?.zip(Some(config.directory())),
        None => None,
    };
    let Some((name, directory)) = configured else {
        let cure =
            "write --db calls.sqlite, or db = \"calls.sqlite\" below [sync] in callfold.toml";
        return Err(Failure::Usage("no database is named".to_owned(), cure.to_owned()));
    };
    Ok(match Target::parse(name.expose_secret(), password)? {
        // As every path in the file, it is relative to it.
        Target::Sqlite(path) => Target::Sqlite(directory.join(path)),
        other => other,
    })
}

fn options(args: &SyncArgs, config: Option<&Config>) -> Result<SyncOptions, Failure> {
    let configured = match config {
        Some(config) => config.scrub(ScrubShare::parse)?,
        None => None,
    };
    let recordings = args.recordings.as_deref().map(|directory| recordings(directory, args));
    Ok(SyncOptions {
        detail: args.detail(),
        lookback: args.lookback,
        give_up: args.give_up,
        full: args.full,
        scrub: args.scrub.or(configured).unwrap_or_default(),
        recordings: recordings.transpose()?,
        ..SyncOptions::default()
    })
}

fn recordings(directory: &Path, args: &SyncArgs) -> Result<RecordingOptions, Failure> {
    prepare_directory(directory).map_err(|error| {
        let problem =
            format!("recordings cannot be written to {}: {}", directory.display(), reason(&error));
        Failure::Failed(problem, "name a directory that you can write to".to_owned())
    })?;
    Ok(RecordingOptions { directory: directory.to_owned(), cap: args.recording_cap })
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let (problem, cure) = (error.to_string(), error.help().to_owned());
        match error.kind() {
            StoreErrorKind::Busy => {
                Self::Failed(problem, format!("{cure}, or wait for it with --wait 10m"))
            }
            StoreErrorKind::Name => Self::Usage(problem, cure),
            _ => Self::Failed(problem, cure),
        }
    }
}
