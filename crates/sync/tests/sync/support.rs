//! A sandbox, its sources, and one sync.

use crate::database::TestDatabase;
use callfold_reader::{SettingValue, Source, SourceConfig, vendors};
use callfold_sandbox::{Frequency, Sandbox, SandboxOptions};
use callfold_sync::{
    CancellationToken, Database, DatabaseTarget, PageProgress, RunReport, SourceReport,
    SyncOptions, sync,
};
use chrono::Utc;
use std::time::Duration;

pub(crate) const HOUR: Duration = Duration::from_secs(3_600);
pub(crate) const DAY: Duration = Duration::from_secs(86_400);

pub(crate) async fn sandbox(records: usize) -> Sandbox {
    Sandbox::start(SandboxOptions::default().records(records)).await.unwrap()
}

/// One to which about a hundred calls a day come, when time is let pass. Some
/// calls go on at the moment.
pub(crate) async fn growing(records: usize) -> Sandbox {
    let often = Frequency::per_second(100.0 / 86_400.0);
    let mut options = SandboxOptions::default().records(records).grow(often);
    options.dataset.anchor = Utc::now();
    Sandbox::start(options).await.unwrap()
}

pub(crate) fn target(place: &TestDatabase) -> DatabaseTarget {
    DatabaseTarget::parse(&place.name, None).unwrap()
}

pub(crate) fn source(sandbox: &Sandbox, vendor: &str) -> Box<dyn Source> {
    source_with(sandbox, vendor, "retries", SettingValue::Number(8.0))
}

pub(crate) fn source_with(
    sandbox: &Sandbox,
    vendor: &str,
    key: &str,
    value: SettingValue,
) -> Box<dyn Source> {
    let entry = vendors().iter().find(|entry| entry.name == vendor).unwrap();
    let mut config = SourceConfig::new("main")
        .with("base_url", sandbox.base_url(vendor).as_str())
        .with("rate", SettingValue::FixedRate(1e6))
        .with(key, value);
    for (key, value) in sandbox.credentials(vendor) {
        config = config.with(*key, *value);
    }
    (entry.open)(&config).unwrap()
}

pub(crate) fn sources(sandbox: &Sandbox) -> Vec<Box<dyn Source>> {
    vendors().iter().map(|vendor| source(sandbox, vendor.name)).collect()
}

/// One sync from opening to closing the database.
pub(crate) async fn run(
    place: &TestDatabase,
    sources: &[Box<dyn Source>],
    options: &SyncOptions,
) -> RunReport {
    run_until(place, sources, options, |_, _| {}).await
}

/// The same, with a look at each page that can end it.
pub(crate) async fn run_until(
    place: &TestDatabase,
    sources: &[Box<dyn Source>],
    options: &SyncOptions,
    look: impl Fn(&PageProgress<'_>, &CancellationToken) + Sync,
) -> RunReport {
    let database = Database::open(&target(place), Duration::ZERO).await.unwrap();
    let stop = CancellationToken::new();
    let look = |progress: &PageProgress<'_>| look(progress, &stop);
    let report = sync(&database, sources, options, &stop, &look).await.unwrap();
    database.close().await.unwrap();
    report
}

/// The sum over all sources.
pub(crate) fn total(report: &RunReport, count: impl Fn(&SourceReport) -> u64) -> u64 {
    report.sources.iter().map(count).sum()
}

/// Requests for one operation of a vendor so far.
pub(crate) fn requests(sandbox: &Sandbox, vendor: &str) -> u64 {
    let answers = sandbox.stats().answers;
    let operations = answers.get(vendor).into_iter().flat_map(|operations| operations.values());
    operations.flat_map(|statuses| statuses.values()).sum()
}

/// Compares two tables; the failure shows a row that is lost.
pub(crate) fn assert_same_rows(ours: &[String], whole: &[String], what: &str) {
    if ours != whole {
        let lost: Vec<_> = whole.iter().filter(|row| !ours.contains(row)).collect();
        panic!("{what}: {} rows lost, e.g. {:?}", lost.len(), lost.first());
    }
}
