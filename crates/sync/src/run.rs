//! One run over all sources.

use crate::{
    Database, Progress, RunOutcome, RunReport, SourceReport, Stop, StoreError, SyncOptions,
    Written,
    hosts::Hosts,
    lane::{Lane, Run},
    owed::Ledger,
    recordings::Recordings,
    state::{State, WalkKind},
    store::Statement,
    verified,
};
use callfold_reader::Source;
use futures_util::future::{join, join_all};
use std::{
    collections::HashSet,
    sync::atomic::{AtomicBool, Ordering},
};
use tokio::sync::Notify;

/// Brings a database up to date with its sources.
///
/// The sources are read side by side; one that fails keeps no other from being
/// read. What was read is written page by page, each with the state after it
/// in one transaction: whenever it ends, by `stop` or by force, the next run
/// goes on where it ended.
///
/// # Errors
///
/// When the database fails; what was written until then is kept.
pub async fn sync(
    database: &Database,
    sources: &[Box<dyn Source>],
    options: &SyncOptions,
    stop: &Stop,
    progress: &(dyn Fn(&Progress) + Sync),
) -> Result<RunReport, StoreError> {
    let at = (options.clock)();
    let number = database.begin_run(at, options.to_json()).await?;
    if options.recordings.is_some() {
        database.backend.settle().await?;
    }
    let run = Run { database, options, run: number, at, stop, progress };
    let lanes = sources.iter().enumerate();
    let lanes = lanes.map(|(index, source)| lane(&run, index, source.as_ref()));
    let lanes = join_all(lanes).await;
    let sources = lanes.into_iter().collect::<Result<Vec<_>, _>>()?;
    let report = RunReport { run: number, outcome: outcome(&sources), sources };
    end(&run, &report).await?;
    if report.outcome != RunOutcome::Stopped {
        database.backend.settle().await?;
    }
    Ok(report)
}

async fn lane(
    run: &Run<'_>,
    index: usize,
    source: &dyn Source,
) -> Result<SourceReport, StoreError> {
    let (vendor, account) = (source.vendor(), source.account());
    let written = Notify::new();
    let ledger = Ledger::new(vendor, account, run.run, run.options.give_up);
    let hosts = Hosts::load(run.database, vendor, account).await?;
    let (ledger, hosts) = (&ledger, &hosts);
    let mut lane = Lane {
        run,
        index,
        source,
        state: State::load(run.database, vendor, account).await?,
        report: SourceReport::new(vendor, account),
        listed_open: HashSet::new(),
        kept: (0, 0),
        written: &written,
        ledger,
        hosts,
        requests_before: source.stats().requests,
    };
    let done = AtomicBool::new(false);
    let calls = async {
        let result = calls(&mut lane).await;
        done.store(true, Ordering::Release);
        written.notify_one();
        result
    };
    let recordings = async {
        let Some(options) = &run.options.recordings else { return Ok(None) };
        let recordings =
            Recordings { run, source, options, written: &written, done: &done, ledger, hosts };
        recordings.fetch_all().await.map(Some)
    };
    let (calls, recordings) = join(calls, recordings).await;
    calls?;
    lane.report.recordings = recordings?;
    lane.report.stopped |= run.stop.is_set() && lane.report.recordings.is_some();
    run.database.note(run.run, run.at, hosts.take_changes()).await?;
    lane.report.owed = ledger.report(run.database).await?;
    let key = vec![vendor.into(), account.into()];
    let parts = verified::parts(&run.database.query(verified::PARTS, key).await?)?;
    lane.report.verified = verified::summary(&parts);
    Ok(lane.report)
}

/// Reads the calls of a source.
async fn calls(lane: &mut Lane<'_>) -> Result<(), StoreError> {
    lane.read().await?;
    let goes_on = |lane: &Lane<'_>| !lane.report.stopped && !lane.report.is_failed();
    if goes_on(lane) {
        lane.reread().await?;
    }
    if goes_on(lane) {
        lane.pay().await?;
    }
    // What was read in full just now is not read again.
    let has_read_all = lane.report.walks.iter().any(|walk| walk.kind != WalkKind::Recent);
    if goes_on(lane) && !has_read_all && !lane.run.options.scrub.is_off() {
        lane.scrub().await?;
    }
    Ok(())
}

fn outcome(sources: &[SourceReport]) -> RunOutcome {
    let failed = sources.iter().filter(|source| source.is_failed()).count();
    if sources.iter().any(|source| source.stopped) {
        RunOutcome::Stopped
    } else if failed > 0 && failed == sources.len() {
        let any = sources.iter().any(|source| source.written != Written::default());
        if any { RunOutcome::Partial } else { RunOutcome::Failed }
    } else if sources.iter().any(SourceReport::is_partial) {
        RunOutcome::Partial
    } else {
        RunOutcome::Complete
    }
}

/// Notes what became of the run.
async fn end(run: &Run<'_>, report: &RunReport) -> Result<(), StoreError> {
    let sql = "UPDATE runs SET ended_at = $2, outcome = $3, new_calls = $4, changed_calls = $5, \
               unchanged_calls = $6, missing_calls = $7, statements = $8 WHERE id = $1";
    let mut written = Written::default();
    report.sources.iter().for_each(|source| written += source.written);
    let missing: u64 = report.sources.iter().map(|source| source.missing).sum();
    let statements = serde_json::to_string(&report.sources).unwrap_or_else(|_| "[]".to_owned());
    let now = (run.options.clock)();
    let parameters = vec![
        run.run.into(),
        now.into(),
        report.outcome.as_str().into(),
        written.new.into(),
        written.changed.into(),
        written.unchanged.into(),
        missing.into(),
        statements.into(),
    ];
    run.database.note(run.run, now, vec![Statement::new(sql, parameters)]).await
}
