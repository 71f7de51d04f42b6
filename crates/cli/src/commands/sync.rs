//! `callfold sync`.

mod status;

use super::report::{check_output, print_round, print_sync, report_failure, write_sync_report};
use crate::args::{Global, SyncArgs};
use crate::config::Config;
use crate::failure::{ExitOutcome, Failure};
use crate::output::{
    Stderr,
    progress::{ProgressMode, ProgressUi},
};
use crate::shutdown;
use crate::sources::{self, OpenSources, WithoutConfig};
use callfold_reader::text::io_reason;
use callfold_sync::{
    CancellationToken, Database, DatabaseTarget, RecordingOptions, RunOutcome, RunReport,
    ScrubShare, StoreError, StoreErrorKind, SyncOptions, jittered, prepare_directory,
};
use secrecy::{ExposeSecret, SecretString};
use std::{path::Path, time::Duration};

/// Syncs all sources to a database, once or repeatedly.
pub(crate) async fn sync(
    args: SyncArgs,
    global: &Global,
    stderr: &Stderr,
) -> Result<ExitOutcome, Failure> {
    if args.status {
        return status::status(&args, global).await;
    }
    let report = args.report.clone();
    check_output("--report", report.as_deref(), global)?;
    report_failure(report.as_deref(), run(args, global, stderr).await)
}

async fn run(args: SyncArgs, global: &Global, stderr: &Stderr) -> Result<ExitOutcome, Failure> {
    let opened =
        sources::open(global, &args.source, &args.one_off, WithoutConfig::Refuse, stderr).await?;
    let target = target(&args, opened.config.as_ref())?;
    let options = options(&args, opened.config.as_ref())?;
    let stop = CancellationToken::new();
    // Each round of a watch has a display of its own.
    let mode = if args.watch.is_some() { ProgressMode::None } else { args.progress };
    let ui = ProgressUi::new(mode, &opened.names(), !stderr.is_quiet(), *stderr);
    let shutdown = shutdown::subscribe({
        let ui = ui.clone();
        move || ui.clear()
    });
    let stopping = stop.clone();
    tokio::spawn(async move {
        shutdown.await;
        stopping.cancel();
    });
    let Some(every) = args.watch else {
        let report = once(&target, &opened, &options, &args, &stop, &ui).await;
        ui.finish();
        let report = report?;
        print_sync(&report, &opened, stderr);
        if let Some(path) = &args.report {
            write_sync_report(path, &report)?;
        }
        return Ok(opened.outcome(outcome(&report)));
    };
    watch(every, &target, &opened, &options, &args, &stop, stderr).await
}

/// Opens the database, syncs once, and closes it.
async fn once(
    target: &DatabaseTarget,
    opened: &OpenSources,
    options: &SyncOptions,
    args: &SyncArgs,
    stop: &CancellationToken,
    ui: &ProgressUi,
) -> Result<RunReport, StoreError> {
    let opened_database = stop.run_until_cancelled(Database::open(target, args.wait)).await;
    let Some(database) = opened_database.transpose()? else { return Ok(RunReport::stopped()) };
    let on_page = |page: &callfold_sync::PageProgress<'_>| ui.sync_page(page);
    let report = callfold_sync::sync(&database, &opened.sources, options, stop, &on_page).await;
    let closed = database.close().await;
    let report = report?;
    closed?;
    Ok(report)
}

/// Syncs until a shutdown. A failed round is reported, and the next one tries again.
async fn watch(
    every: Duration,
    target: &DatabaseTarget,
    opened: &OpenSources,
    options: &SyncOptions,
    args: &SyncArgs,
    stop: &CancellationToken,
    stderr: &Stderr,
) -> Result<ExitOutcome, Failure> {
    let mut options = options.clone();
    loop {
        // Bars make no sense for a sync that never ends.
        let mode = match args.progress {
            ProgressMode::Json => ProgressMode::Json,
            _ => ProgressMode::None,
        };
        let ui = ProgressUi::new(mode, &[], false, *stderr);
        let result = once(target, opened, &options, args, stop, &ui).await;
        ui.finish();
        let pause = jittered(every);
        let next = (!stop.is_cancelled()).then_some(pause);
        match result {
            Ok(report) => {
                print_round(&report, opened, next, stderr);
                // One full read is enough; the next rounds read what is new.
                options.full &= report.outcome != RunOutcome::Complete;
            }
            // An error that persists ends the watch.
            Err(error) if is_permanent(error.kind()) => return Err(error.into()),
            Err(error) => stderr.error(Failure::from(error)),
        }
        if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
            return Ok(ExitOutcome::Interrupted);
        }
    }
}

fn is_permanent(kind: StoreErrorKind) -> bool {
    matches!(kind, StoreErrorKind::Name | StoreErrorKind::Foreign | StoreErrorKind::Newer)
}

fn outcome(report: &RunReport) -> ExitOutcome {
    match report.outcome {
        RunOutcome::Complete => ExitOutcome::Complete,
        RunOutcome::Stopped => ExitOutcome::Interrupted,
        RunOutcome::Failed => ExitOutcome::Failed,
        _ => ExitOutcome::Partial,
    }
}

/// The database of the command line, or of the configuration.
fn target(args: &SyncArgs, config: Option<&Config>) -> Result<DatabaseTarget, Failure> {
    let password = std::env::var("PGPASSWORD").ok().filter(|text| !text.is_empty());
    let password = password.map(SecretString::from);
    if let Some(name) = args.database() {
        return Ok(DatabaseTarget::parse(name, password)?);
    }
    let configured = match config {
        Some(config) => config.database()?.zip(Some(config.directory())),
        None => None,
    };
    let Some((name, directory)) = configured else {
        return Err(Failure::usage(
            "no database given",
            "name one, as in `callfold sync calls.sqlite`, or write db = \"calls.sqlite\" below [sync] in callfold.toml",
        ));
    };
    Ok(match DatabaseTarget::parse(name.expose_secret(), password)? {
        // Like every path in the file, it is relative to its directory.
        DatabaseTarget::Sqlite(path) => DatabaseTarget::Sqlite(directory.join(path)),
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
            format!("cannot write recordings to {}: {}", directory.display(), io_reason(&error));
        Failure::failed(problem, "name a directory that you can write to")
    })?;
    Ok(RecordingOptions { directory: directory.to_owned(), cap: args.recording_cap })
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let (problem, help) = (error.to_string(), error.help().to_owned());
        match error.kind() {
            StoreErrorKind::Name => Self::Usage(problem, help),
            StoreErrorKind::Busy => {
                Self::Failed(problem, format!("{help}, or wait for it with --wait 10m"))
            }
            _ => Self::Failed(problem, help),
        }
    }
}
