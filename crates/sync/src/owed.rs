//! Details and recordings that could not be fetched (the table `owed`): when each
//! is retried, and when it is given up.

use crate::{Database, StoreError, store::Statement};
use callfold_reader::{DetailFailure, ReadError};
use callfold_unify::model::Timestamp;
use chrono::TimeDelta;
use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering};

/// The backoff before the third try; each later one is four times as long.
const FIRST_BACKOFF: TimeDelta = TimeDelta::minutes(10);
const MAX_BACKOFF: TimeDelta = TimeDelta::days(1);
/// Nothing is given up after fewer tries.
const MIN_TRIES: i64 = 4;

/// The value of `part` for a recording; every other part is a call's details.
pub(crate) const RECORDING: &str = "recording";

/// The kind of a failure, which decides how long it is retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OwedKind {
    /// The vendor responded that it does not exist (404, 410). It may come later;
    /// until then nothing is known to be missing.
    Absent,
    /// The response was a refusal or not a recording: 403, an HTML page, no bytes.
    Refused,
    /// Any other failure, which is usually temporary.
    Failed,
}

impl OwedKind {
    const ALL: [Self; 3] = [Self::Absent, Self::Refused, Self::Failed];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    fn from_text(text: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).unwrap_or(Self::Failed)
    }
}

/// Why something could not be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FetchFailure {
    pub(crate) kind: OwedKind,
    pub(crate) reason: String,
}

impl From<&ReadError> for FetchFailure {
    fn from(error: &ReadError) -> Self {
        match error.request() {
            Some(request) => DetailFailure::new(Some(request)).into(),
            None => Self { kind: OwedKind::Failed, reason: error.reason() },
        }
    }
}

impl From<DetailFailure> for FetchFailure {
    fn from(missing: DetailFailure) -> Self {
        let kind = if missing.is_absent { OwedKind::Absent } else { OwedKind::Failed };
        Self { kind, reason: missing.reason }
    }
}

/// The key of a row of `owed`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwedKey<'a> {
    pub(crate) call: &'a str,
    pub(crate) part: &'a str,
    /// The position of the recording; 0 for details.
    pub(crate) position: i64,
}

/// How often something was tried, and since when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FailedTries {
    pub(crate) tries: i64,
    pub(crate) first_failed_at: Timestamp,
}

/// The rows of `owed` of one source, in one run. Its methods return statements,
/// which commit with the page they belong to.
#[derive(Debug)]
pub(crate) struct RetryQueue {
    vendor: &'static str,
    account: String,
    run: i64,
    /// The longest time that anything is retried.
    give_up: TimeDelta,
    resolved: AtomicU64,
    given_up: AtomicU64,
}

impl RetryQueue {
    pub(crate) fn new(
        vendor: &'static str,
        account: &str,
        run: i64,
        give_up: std::time::Duration,
    ) -> Self {
        Self {
            vendor,
            account: account.to_owned(),
            run,
            give_up: TimeDelta::from_std(give_up).unwrap_or(TimeDelta::MAX),
            resolved: AtomicU64::new(0),
            given_up: AtomicU64::new(0),
        }
    }

    /// Adds a row, which replaces one with the same key.
    pub(crate) fn add(
        &self,
        key: OwedKey<'_>,
        host: &str,
        failure: &FetchFailure,
        tries: i64,
        (failed_at, next_try_at): (Timestamp, Timestamp),
    ) -> [Statement; 2] {
        let sql = "INSERT INTO owed (vendor, account, call, part, position, host, kind, reason, \
                   tries, first_failed_at, next_try_at, run) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
        let parameters = vec![
            self.vendor.into(),
            self.account.as_str().into(),
            key.call.into(),
            key.part.into(),
            key.position.into(),
            host.into(),
            failure.kind.as_str().into(),
            failure.reason.as_str().into(),
            tries.into(),
            failed_at.into(),
            next_try_at.into(),
            self.run.into(),
        ];
        [remove(key), Statement::new(sql, parameters)]
    }

    /// Records that a retry failed, and gives up if it was retried long enough.
    pub(crate) fn record_failure(
        &self,
        key: OwedKey<'_>,
        failure: &FetchFailure,
        before: FailedTries,
        now: Timestamp,
    ) -> Statement {
        let tries = before.tries.saturating_add(1);
        let age = now - before.first_failed_at;
        let is_given_up = tries >= MIN_TRIES && age >= self.max_age(failure.kind);
        self.given_up.fetch_add(is_given_up.into(), Ordering::Relaxed);
        let given_up_reason = is_given_up.then(|| {
            let days = age.num_days();
            let noun = if days == 1 { "day" } else { "days" };
            format!("{} after {tries} tries in {days} {noun}", failure.reason)
        });
        let sql = "UPDATE owed SET kind = $4, reason = $5, tries = $6, next_try_at = $7, \
                   given_up_at = $8, given_up_reason = $9, run = $10 \
                   WHERE call = $1 AND part = $2 AND position = $3";
        let next_try_at = now.checked_add_signed(backoff(tries)).unwrap_or(now);
        Statement::new(
            sql,
            vec![
                key.call.into(),
                key.part.into(),
                key.position.into(),
                failure.kind.as_str().into(),
                failure.reason.as_str().into(),
                tries.into(),
                next_try_at.into(),
                is_given_up.then_some(now).into(),
                given_up_reason.into(),
                self.run.into(),
            ],
        )
    }

    /// Postpones a retry.
    pub(crate) fn postpone(&self, key: OwedKey<'_>, until: Timestamp) -> Statement {
        let sql = "UPDATE owed SET next_try_at = $4, run = $5 \
                   WHERE call = $1 AND part = $2 AND position = $3";
        let (call, part) = (key.call.into(), key.part.into());
        let (until, run) = (until.into(), self.run.into());
        Statement::new(sql, vec![call, part, key.position.into(), until, run])
    }

    /// Deletes a row: its details or recording were fetched.
    pub(crate) fn resolve(&self, key: OwedKey<'_>) -> Statement {
        self.resolved.fetch_add(1, Ordering::Relaxed);
        remove(key)
    }

    /// Deletes the row of a call's details, which came with another record.
    pub(crate) fn resolve_details(call: &str) -> Statement {
        remove(OwedKey { call, part: "details", position: 0 })
    }

    fn max_age(&self, kind: OwedKind) -> TimeDelta {
        let max_age = match kind {
            OwedKind::Absent => TimeDelta::days(3),
            OwedKind::Refused => TimeDelta::days(7),
            OwedKind::Failed => self.give_up,
        };
        max_age.min(self.give_up)
    }

    /// The report of what is owed now.
    pub(crate) async fn report(&self, database: &Database) -> Result<OwedReport, StoreError> {
        let sql = "SELECT part, kind, reason, given_up_at IS NOT NULL, count(*), min(next_try_at) \
                   FROM owed WHERE vendor = $1 AND account = $2 \
                   GROUP BY part, kind, reason, given_up_at IS NOT NULL \
                   ORDER BY part, kind, reason, given_up_at IS NOT NULL";
        let key = vec![self.vendor.into(), self.account.as_str().into()];
        let rows = database.query(sql, key).await?;
        let groups =
            rows.iter().map(|row| OwedGroup::from_row(row, 0)).collect::<Result<_, _>>()?;
        let mut report = OwedReport { groups, ..OwedReport::default() };
        for group in report.groups.iter().filter(|group| !group.given_up) {
            match (group.kind, group.part.as_str()) {
                (OwedKind::Absent, _) => report.absent += group.count,
                (_, RECORDING) => report.recordings += group.count,
                _ => report.details += group.count,
            }
            let sooner = report.next_try_at.into_iter().chain(group.next_try_at).min();
            report.next_try_at = sooner;
        }
        report.resolved = self.resolved.load(Ordering::Relaxed);
        report.given_up = self.given_up.load(Ordering::Relaxed);
        Ok(report)
    }
}

/// The backoff after so many failed tries. The next run retries at once, then the
/// backoff grows.
pub(crate) fn backoff(tries: i64) -> TimeDelta {
    if tries < 2 {
        return TimeDelta::zero();
    }
    let factor = 4_i32.pow(u32::try_from(tries - 2).unwrap_or(u32::MAX).min(8));
    (FIRST_BACKOFF * factor).min(MAX_BACKOFF)
}

fn remove(key: OwedKey<'_>) -> Statement {
    if key.part == RECORDING {
        let sql = "DELETE FROM owed WHERE call = $1 AND part = $2 AND position = $3";
        return Statement::new(sql, vec![key.call.into(), RECORDING.into(), key.position.into()]);
    }
    // A call has one row for details, whatever parts were requested.
    let sql = "DELETE FROM owed WHERE call = $1 AND part <> $2";
    Statement::new(sql, vec![key.call.into(), RECORDING.into()])
}

/// What is owed of a source.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct OwedReport {
    /// Calls whose details could not be fetched.
    pub details: u64,
    /// Recordings that could not be fetched.
    pub recordings: u64,
    /// Details and recordings that do not exist at the vendor. They are retried for
    /// some days, and do not count as missing.
    pub absent: u64,
    /// Details and recordings that were owed, and that this run fetched.
    pub resolved: u64,
    /// Details and recordings that this run gave up.
    pub given_up: u64,
    /// When the next retry is due.
    pub next_try_at: Option<Timestamp>,
    /// The same by part and reason, including what was given up.
    pub groups: Vec<OwedGroup>,
}

/// What is owed for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OwedGroup {
    /// `transcript`, `details` or `recording`.
    pub part: String,
    /// The kind of the failure.
    pub kind: OwedKind,
    /// Why it could not be fetched.
    pub reason: String,
    /// How many.
    pub count: u64,
    /// When the first of them is retried; `None` if they are given up.
    pub next_try_at: Option<Timestamp>,
    /// Whether they are no longer retried.
    pub given_up: bool,
}

impl OwedGroup {
    /// Reads part, kind, reason, whether it is given up, count and next try, from
    /// a column on.
    pub(crate) fn from_row(row: &crate::sql_value::SqlRow, at: usize) -> Result<Self, StoreError> {
        let given_up = row.flag(at + 3)?;
        Ok(Self {
            part: row.text(at)?.to_owned(),
            kind: OwedKind::from_text(row.text(at + 1)?),
            reason: row.text(at + 2)?.to_owned(),
            count: row.count(at + 4)?,
            next_try_at: row.time(at + 5)?.filter(|_| !given_up),
            given_up,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_grows_and_is_capped() {
        let minutes: Vec<_> = (0..8).map(|tries| backoff(tries).num_minutes()).collect();
        assert_eq!(minutes, [0, 0, 10, 40, 160, 640, 1440, 1440]);
        assert_eq!(backoff(i64::MAX), MAX_BACKOFF);
    }

    #[test]
    fn row_is_given_up_after_tries_and_days() {
        let retries = RetryQueue::new("acme", "a", 1, std::time::Duration::from_secs(30 * 86_400));
        let first: Timestamp = "2026-04-01T00:00:00Z".parse().unwrap();
        let key = OwedKey { call: "acme:a:1", part: "details", position: 0 };
        let cases = [
            (OwedKind::Absent, 3, 3, true),
            (OwedKind::Absent, 2, 3, false),
            (OwedKind::Absent, 3, 2, false),
            (OwedKind::Refused, 3, 6, false),
            (OwedKind::Refused, 3, 7, true),
            (OwedKind::Failed, 30, 29, false),
            (OwedKind::Failed, 30, 30, true),
        ];
        for (kind, tries, days, expect) in cases {
            let before = retries.given_up.load(Ordering::Relaxed);
            let failure = FetchFailure { kind, reason: "status 404".to_owned() };
            let tried = FailedTries { tries, first_failed_at: first };
            retries.record_failure(key, &failure, tried, first + TimeDelta::days(days));
            let is_given_up = retries.given_up.load(Ordering::Relaxed) > before;
            assert_eq!(is_given_up, expect, "{kind:?} {tries} {days}");
        }
    }
}
