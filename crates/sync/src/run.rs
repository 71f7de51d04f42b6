//! One run over all sources.

use crate::{
    Database, Progress, RunOutcome, RunReport, SetAsideReason, SourceReport, Stop, StoreError,
    SyncOptions, Written,
    datum::Record,
    hosts::Hosts,
    owed::Ledger,
    recordings::Recordings,
    source_sync::{Run, SourceSync},
    state::{ScanKind, State},
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
    let sources = join_all(lanes).await;
    // Where it is the database that failed, no source was left.
    let errors: Vec<_> = sources.iter().filter_map(|source| source.store_error.clone()).collect();
    if let Some(error) = errors.first()
        && errors.len() == sources.len()
    {
        return Err(error.clone());
    }
    let report = RunReport { run: number, outcome: outcome(&sources), sources };
    end(&run, &report).await?;
    if report.outcome != RunOutcome::Stopped {
        database.backend.settle().await?;
    }
    Ok(report)
}

/// One source, from its state to its report, which says as well what the
/// database refused.
async fn lane(run: &Run<'_>, index: usize, source: &dyn Source) -> SourceReport {
    let (vendor, account) = (source.vendor(), source.account());
    let mut report = SourceReport::new(vendor, account);
    let loaded = async {
        let state = State::load(run.database, vendor, account).await?;
        Ok((state, Hosts::load(run.database, vendor, account, run.options.full).await?))
    };
    match loaded.await {
        Ok((state, hosts)) => read(run, index, source, (state, &hosts), report).await,
        Err(error) => {
            report.store_error = Some(error);
            report
        }
    }
}

async fn read(
    run: &Run<'_>,
    index: usize,
    source: &dyn Source,
    (state, hosts): (State, &Hosts),
    report: SourceReport,
) -> SourceReport {
    let written = Notify::new();
    let ledger = Ledger::new(source.vendor(), source.account(), run.run, run.options.give_up);
    let ledger = &ledger;
    let mut lane = SourceSync {
        run,
        index,
        source,
        state,
        report,
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
    let mut report = lane.report;
    let mut noted = |result: Result<(), StoreError>| {
        report.store_error = report.store_error.take().or(result.err());
    };
    noted(calls);
    let recordings = recordings.map_err(|error| noted(Err(error))).ok().flatten();
    report.recordings = recordings;
    report.stopped |= run.stop.is_set() && report.recordings.is_some();
    if report.store_error.is_none() {
        report.store_error = conclude(run, source, (ledger, hosts), &mut report).await.err();
    }
    report
}

/// Adds to the report what only the database tells.
async fn conclude(
    run: &Run<'_>,
    source: &dyn Source,
    (ledger, hosts): (&Ledger, &Hosts),
    report: &mut SourceReport,
) -> Result<(), StoreError> {
    if report.written.set_aside > 0 {
        report.set_aside = set_aside(run, source).await?;
    }
    run.database.note(run.run, run.at, hosts.take_changes()).await?;
    report.owed = ledger.report(run.database).await?;
    let key = vec![source.vendor().into(), source.account().into()];
    let parts = verified::parts(&run.database.query(verified::PARTS, key).await?)?;
    report.verified = verified::summary(&parts);
    Ok(())
}

/// Why this run set records of a source aside.
async fn set_aside(run: &Run<'_>, source: &dyn Source) -> Result<Vec<SetAsideReason>, StoreError> {
    let sql = "SELECT reason, count(*) FROM set_aside WHERE vendor = $1 AND account = $2 \
               AND first_seen_run = $3 GROUP BY reason ORDER BY reason LIMIT 20";
    let key = vec![source.vendor().into(), source.account().into(), run.run.into()];
    let reason = |row: &Record| {
        let records = u64::try_from(row.int(1)?).unwrap_or_default();
        Ok(SetAsideReason { reason: row.text(0)?.to_owned(), records })
    };
    run.database.query(sql, key).await?.iter().map(reason).collect()
}

/// Reads the calls of a source.
async fn calls(lane: &mut SourceSync<'_>) -> Result<(), StoreError> {
    lane.read().await?;
    let goes_on = |lane: &SourceSync<'_>| !lane.report.stopped && !lane.report.is_failed();
    if goes_on(lane) {
        lane.reread().await?;
    }
    if goes_on(lane) {
        lane.pay().await?;
    }
    // What was read in full just now is not read again.
    let has_read_all = lane.report.walks.iter().any(|walk| walk.kind != ScanKind::Recent);
    let is_off = lane.run.options.scrub.is_off() || lane.report.newest_unlisted;
    if goes_on(lane) && !has_read_all && !is_off {
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
