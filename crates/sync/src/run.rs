//! One run over all sources.

use crate::{
    Database, PageProgress, RejectionReason, RunOutcome, RunReport, SourceReport, StoreError,
    SyncOptions, WriteCounts,
    hosts::Hosts,
    owed::RetryQueue,
    recordings::Recordings,
    sql_value::SqlRow,
    state::{ScanKind, State},
    store::Statement,
    sync_run::{SourceSync, SyncRun},
    verified,
};
use callfold_reader::{Pace, Source};
use futures_util::future::{join, join_all};
use std::{
    collections::HashSet,
    sync::atomic::{AtomicBool, Ordering},
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Brings a database up to date with its sources.
///
/// Sources are read concurrently; one that fails does not affect the others. Each
/// page commits with the state after it in one transaction: however a run ends,
/// by `stop` or killed, the next run resumes there.
///
/// # Errors
///
/// When the database fails; committed pages are kept.
pub async fn sync(
    database: &Database,
    sources: &[Box<dyn Source>],
    options: &SyncOptions,
    stop: &CancellationToken,
    progress: &(dyn Fn(&PageProgress) + Sync),
) -> Result<RunReport, StoreError> {
    let at = (options.clock)();
    let number = database.begin_run(at, options.to_json()).await?;
    if options.recordings.is_some() {
        database.build_indexes().await?;
    }
    let run = SyncRun { database, options, run: number, at, stop, progress };
    let syncing = sources.iter().enumerate();
    let syncing = syncing.map(|(index, source)| sync_source(&run, index, source.as_ref()));
    let sources = join_all(syncing).await;
    // If all sources failed at the database, the database failed.
    let errors: Vec<_> = sources.iter().filter_map(|source| source.store_error.clone()).collect();
    if let Some(error) = errors.first()
        && errors.len() == sources.len()
    {
        return Err(error.clone());
    }
    let report = RunReport { run: number, outcome: outcome(&sources), sources };
    end_run(&run, &report).await?;
    if report.outcome != RunOutcome::Stopped {
        database.build_indexes().await?;
    }
    Ok(report)
}

/// Syncs one source. A failure of the database is in its report.
async fn sync_source(run: &SyncRun<'_>, index: usize, source: &dyn Source) -> SourceReport {
    let mut report = SourceReport::new(source.vendor(), source.account());
    let result = try_sync_source(run, index, source, &mut report).await;
    report.store_error = report.store_error.take().or(result.err());
    report
}

async fn try_sync_source(
    run: &SyncRun<'_>,
    index: usize,
    source: &dyn Source,
    report: &mut SourceReport,
) -> Result<(), StoreError> {
    let (vendor, account) = (source.vendor(), source.account());
    let state = State::load(run.database, vendor, account).await?;
    let hosts = &Hosts::load(run.database, vendor, account, run.options.full).await?;
    if let Some(too_fast) = too_fast(run, source).await? {
        source.remember_pace(too_fast);
    }
    let retries = &RetryQueue::new(vendor, account, run.run, run.options.give_up);
    let written = Notify::new();
    let mut source_sync = SourceSync {
        run,
        index,
        source,
        state,
        report: report.clone(),
        listed_open: HashSet::new(),
        pages: 0,
        records: 0,
        written: &written,
        retries,
        hosts,
        requests_before: source.stats().requests,
    };
    let done = AtomicBool::new(false);
    let calls = async {
        let result = sync_calls(&mut source_sync).await;
        done.store(true, Ordering::Release);
        written.notify_one();
        result
    };
    let recordings = async {
        let Some(options) = &run.options.recordings else { return Ok(None) };
        let recordings =
            Recordings { run, source, options, written: &written, done: &done, retries, hosts };
        recordings.fetch_all().await.map(Some)
    };
    let (calls, recordings) = join(calls, recordings).await;
    *report = source_sync.report;
    report.pace = source.pace().filter(Pace::has_changed);
    report.store_error = calls.err();
    report.recordings = recordings?;
    report.stopped |= run.stop.is_cancelled() && report.recordings.is_some();
    if report.store_error.is_some() {
        return Ok(());
    }
    if report.written.set_aside > 0 {
        report.set_aside = rejection_reasons(run, source).await?;
    }
    run.database.execute(run.run, run.at, hosts.take_changes()).await?;
    report.owed = retries.report(run.database).await?;
    let key = vec![vendor.into(), account.into()];
    let spans = verified::spans(&run.database.query(verified::SELECT_SPANS, key).await?)?;
    report.verified = verified::summary(&spans);
    Ok(())
}

/// The rate of requests that was too fast for the vendor in the last run.
async fn too_fast(run: &SyncRun<'_>, source: &dyn Source) -> Result<Option<f64>, StoreError> {
    let sql = "SELECT source_reports FROM runs WHERE ended_at IS NOT NULL AND id < $1 \
               ORDER BY id DESC LIMIT 1";
    let rows = run.database.query(sql, vec![run.run.into()]).await?;
    let Some(text) = rows.first().map(|row| row.option_text(0)).transpose()?.flatten() else {
        return Ok(None);
    };
    // What another version wrote may differ.
    let reports: Vec<serde_json::Value> = serde_json::from_str(text).unwrap_or_default();
    let is_own = |report: &&serde_json::Value| {
        report["vendor"] == source.vendor() && report["account"] == source.account()
    };
    Ok(reports.iter().find(is_own).and_then(|report| report["pace"]["too_fast"].as_f64()))
}

/// Why this run rejected records of a source, and how many.
async fn rejection_reasons(
    run: &SyncRun<'_>,
    source: &dyn Source,
) -> Result<Vec<RejectionReason>, StoreError> {
    let sql = "SELECT reason, count(*) FROM set_aside WHERE vendor = $1 AND account = $2 \
               AND first_seen_run = $3 GROUP BY reason ORDER BY reason LIMIT 20";
    let key = vec![source.vendor().into(), source.account().into(), run.run.into()];
    let reason = |row: &SqlRow| {
        Ok(RejectionReason { reason: row.text(0)?.to_owned(), records: row.count(1)? })
    };
    run.database.query(sql, key).await?.iter().map(reason).collect()
}

/// The calls of a source: its lists, calls in progress, pending details, and a
/// share of its old calls.
async fn sync_calls(source: &mut SourceSync<'_>) -> Result<(), StoreError> {
    source.scan_lists().await?;
    let can_go_on = |source: &SourceSync<'_>| !source.report.stopped && !source.report.is_failed();
    if can_go_on(source) {
        source.look_up_open_calls().await?;
    }
    if can_go_on(source) {
        source.retry_details().await?;
    }
    // Calls that were all read just now are not read again.
    let has_read_all = source.report.scans.iter().any(|scan| scan.kind != ScanKind::Incremental);
    let is_off = source.run.options.scrub.is_off() || source.report.newest_unlisted;
    if can_go_on(source) && !has_read_all && !is_off {
        source.scrub().await?;
    }
    Ok(())
}

fn outcome(sources: &[SourceReport]) -> RunOutcome {
    let failed = sources.iter().filter(|source| source.is_failed()).count();
    if sources.iter().any(|source| source.stopped) {
        RunOutcome::Stopped
    } else if failed > 0 && failed == sources.len() {
        let any = sources.iter().any(|source| source.written != WriteCounts::default());
        if any { RunOutcome::Partial } else { RunOutcome::Failed }
    } else if sources.iter().any(SourceReport::is_incomplete) {
        RunOutcome::Partial
    } else {
        RunOutcome::Complete
    }
}

/// Stores the result of the run.
async fn end_run(run: &SyncRun<'_>, report: &RunReport) -> Result<(), StoreError> {
    let sql = "UPDATE runs SET ended_at = $2, outcome = $3, new_calls = $4, changed_calls = $5, \
               unchanged_calls = $6, missing_calls = $7, source_reports = $8 WHERE id = $1";
    let mut written = WriteCounts::default();
    report.sources.iter().for_each(|source| written += source.written);
    let missing: u64 = report.sources.iter().map(|source| source.missing).sum();
    let source_reports = serde_json::to_string(&report.sources).unwrap_or_else(|_| "[]".to_owned());
    let now = (run.options.clock)();
    let parameters = vec![
        run.run.into(),
        now.into(),
        report.outcome.as_str().into(),
        written.new.into(),
        written.changed.into(),
        written.unchanged.into(),
        missing.into(),
        source_reports.into(),
    ];
    run.database.execute(run.run, now, vec![Statement::new(sql, parameters)]).await
}
