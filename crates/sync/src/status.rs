//! The status of a database. It changes nothing, sends no request to a vendor, and
//! works while a sync is running.

use crate::{
    DatabaseTarget, OwedGroup, StoreError, VerifiedReport, VerifiedSpan, postgres,
    sql_value::SqlRow, sqlite, verified,
};
use callfold_unify::model::Timestamp;
use serde::Serialize;

/// Runs that are shown.
const RUNS: usize = 10;

/// The status of a database.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct DatabaseStatus {
    /// The version of its tables.
    pub version: i64,
    /// Its sources, by vendor and account.
    pub sources: Vec<SourceStatus>,
    /// The last runs, the latest first.
    pub runs: Vec<RunStatus>,
}

/// The status of one source.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct SourceStatus {
    /// The vendor's name.
    pub vendor: String,
    /// The name the user gave the source.
    pub account: String,
    /// Stored calls.
    pub calls: u64,
    /// Of these, calls that the vendor no longer lists.
    pub missing_calls: u64,
    /// All calls that the vendor listed up to here were read.
    pub high_water: Option<Timestamp>,
    /// `initial`, `incremental` or `full` while a scan has not reached its end: the
    /// next sync resumes it.
    pub unfinished: Option<String>,
    /// When everything was last read in one scan.
    pub full_read_at: Option<Timestamp>,
    /// What was verified, and when.
    pub verified: VerifiedReport,
    /// The same for each part.
    pub verified_parts: Vec<VerifiedSpan>,
    /// What could not be fetched, by part and reason.
    pub owed: Vec<OwedGroup>,
    /// Hosts that get no requests at present.
    pub paused_hosts: Vec<PausedHost>,
}

/// A host that failed, and is paused.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct PausedHost {
    /// Its name, or `api` for the vendor's own API.
    pub host: String,
    /// Why it failed last.
    pub reason: String,
    /// When it is tried again.
    pub paused_until: Option<Timestamp>,
}

/// One run.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct RunStatus {
    /// Its number.
    pub id: i64,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// `running`, `complete`, `partial`, `failed`, `stopped` or `killed`.
    pub outcome: String,
    /// New calls.
    pub new_calls: i64,
    /// Changed calls.
    pub changed_calls: i64,
    /// Unchanged calls.
    pub unchanged_calls: i64,
    /// Calls that are no longer listed.
    pub missing_calls: i64,
}

/// Queries for the tables of every version.
const ALWAYS: [&str; 2] = [
    "SELECT id, started_at, ended_at, outcome, new_calls, changed_calls, unchanged_calls, \
     missing_calls FROM runs ORDER BY id DESC LIMIT 10",
    "SELECT vendor, account, count(*), count(missing_since_run) FROM calls GROUP BY vendor, account",
];

/// How far each source was read: since version 6, and before.
const STATES: &str = "SELECT vendor, account, high_water, scan_kind FROM sync_state";
const STATES_BEFORE_6: &str = "SELECT vendor, account, high_water, CASE walk WHEN 'first' \
     THEN 'initial' WHEN 'recent' THEN 'incremental' ELSE walk END FROM sync_state";

/// Those for version 5 and later.
const SINCE_5: [&str; 4] = [
    "SELECT vendor, account, part_from, part_to, verified_at, proof, run FROM verified \
     ORDER BY vendor, account, part_to",
    "SELECT vendor, account, part, kind, reason, given_up_at IS NOT NULL, count(*), \
     min(next_try_at) FROM owed \
     GROUP BY vendor, account, part, kind, reason, given_up_at IS NOT NULL \
     ORDER BY part, kind, reason, given_up_at IS NOT NULL",
    "SELECT vendor, account, full_read_at FROM scrub_state",
    "SELECT vendor, account, host, reason, paused_until FROM paused_hosts ORDER BY host",
];

/// The queries for a database of this version.
fn queries(version: i64) -> Vec<&'static str> {
    let states = if version < 6 { STATES_BEFORE_6 } else { STATES };
    let since_5 = SINCE_5.into_iter().filter(move |_| version >= 5);
    ALWAYS.into_iter().chain([states]).chain(since_5).collect()
}

/// Reads the status of a database. Creates and migrates nothing.
///
/// # Errors
///
/// Any kind but `Busy`, with what to do.
pub async fn status(target: &DatabaseTarget) -> Result<DatabaseStatus, StoreError> {
    let (version, results) = match target {
        DatabaseTarget::Sqlite(path) => sqlite::run_status_queries(path, queries)?,
        DatabaseTarget::Postgres(server) => postgres::run_status_queries(server, queries).await?,
    };
    DatabaseStatus::of(version, &results)
}

impl DatabaseStatus {
    fn of(version: i64, results: &[Vec<SqlRow>]) -> Result<Self, StoreError> {
        let rows = |at: usize| results.get(at).map_or(&[][..], Vec::as_slice);
        let mut status = Self { version, ..Self::default() };
        for row in rows(0).iter().take(RUNS) {
            status.runs.push(RunStatus {
                id: row.int(0)?,
                started_at: row.time(1)?,
                ended_at: row.time(2)?,
                outcome: row.text(3)?.to_owned(),
                new_calls: row.int(4)?,
                changed_calls: row.int(5)?,
                unchanged_calls: row.int(6)?,
                missing_calls: row.int(7)?,
            });
        }
        for row in rows(1) {
            let source = status.source(row)?;
            (source.calls, source.missing_calls) = (row.count(2)?, row.count(3)?);
        }
        for row in rows(2) {
            let source = status.source(row)?;
            source.high_water = row.time(2)?;
            source.unfinished = row.option_text(3)?.map(str::to_owned);
        }
        for row in rows(3) {
            let span = VerifiedSpan::of(row, 2)?;
            status.source(row)?.verified_parts.push(span);
        }
        for row in rows(4) {
            let group = OwedGroup::from_row(row, 2)?;
            status.source(row)?.owed.push(group);
        }
        for row in rows(5) {
            status.source(row)?.full_read_at = row.time(2)?;
        }
        for row in rows(6) {
            let host = PausedHost {
                host: row.text(2)?.to_owned(),
                reason: row.text(3)?.to_owned(),
                paused_until: row.time(4)?,
            };
            status.source(row)?.paused_hosts.push(host);
        }
        for source in &mut status.sources {
            source.verified = verified::summary(&source.verified_parts);
        }
        status.sources.sort_by(|a, b| (&a.vendor, &a.account).cmp(&(&b.vendor, &b.account)));
        Ok(status)
    }

    /// The source that a row is about.
    fn source(&mut self, row: &SqlRow) -> Result<&mut SourceStatus, StoreError> {
        let (vendor, account) = (row.text(0)?, row.text(1)?);
        let is_it = |source: &SourceStatus| source.vendor == vendor && source.account == account;
        let at = match self.sources.iter().position(is_it) {
            Some(at) => at,
            None => {
                self.sources.push(SourceStatus {
                    vendor: vendor.to_owned(),
                    account: account.to_owned(),
                    ..SourceStatus::default()
                });
                self.sources.len() - 1
            }
        };
        Ok(&mut self.sources[at])
    }
}
