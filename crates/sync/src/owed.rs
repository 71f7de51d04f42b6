//! What could not be fetched and is owed: when it is tried again, and when it
//! is given up.

use crate::{Database, StoreError, store::Statement};
use callfold_reader::Missing;
use callfold_unify::model::Timestamp;
use chrono::TimeDelta;
use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering};

/// The pause before the third try; each later one is four times as long.
const FIRST_PAUSE: TimeDelta = TimeDelta::minutes(10);
/// The longest pause.
const LONGEST_PAUSE: TimeDelta = TimeDelta::days(1);
/// Nothing is given up before it was tried so often.
const LEAST_TRIES: i64 = 4;

/// The part that a recording's file is; every other part is a call's details.
pub(crate) const RECORDING: &str = "recording";

/// What kind of failure it was, which decides how long it is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OwedKind {
    /// The vendor answered that it has no such thing (404, 410). It may come
    /// later; until then nothing is known to be missing.
    Absent,
    /// The answer was a refusal, or no recording: 403, an HTML page, no bytes.
    Refused,
    /// Anything else, which usually passes.
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
pub(crate) struct Failure {
    pub(crate) kind: OwedKind,
    pub(crate) reason: String,
}

impl From<Missing> for Failure {
    fn from(missing: Missing) -> Self {
        let kind = if missing.is_absent { OwedKind::Absent } else { OwedKind::Failed };
        Self { kind, reason: missing.reason }
    }
}

/// Which debt it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key<'a> {
    pub(crate) call: &'a str,
    pub(crate) part: &'a str,
    /// Which of the call's recordings; 0 for its details.
    pub(crate) position: i64,
}

/// How often it was tried, and since when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tried {
    pub(crate) tries: i64,
    pub(crate) first_failed_at: Timestamp,
}

/// The debts of one source in one run.
#[derive(Debug)]
pub(crate) struct Ledger {
    vendor: &'static str,
    account: String,
    run: i64,
    /// How long a failure is tried at most.
    give_up: TimeDelta,
    paid: AtomicU64,
    given_up: AtomicU64,
}

impl Ledger {
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
            paid: AtomicU64::new(0),
            given_up: AtomicU64::new(0),
        }
    }

    /// The statements that add a debt, in place of one with the same key.
    pub(crate) fn add(
        &self,
        key: Key<'_>,
        host: &str,
        failure: &Failure,
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

    /// The statement that notes that it was tried again in vain, and gives it
    /// up where it was tried for long enough.
    pub(crate) fn failed_again(
        &self,
        key: Key<'_>,
        failure: &Failure,
        before: Tried,
        now: Timestamp,
    ) -> Statement {
        let tries = before.tries.saturating_add(1);
        let waited = now - before.first_failed_at;
        let is_given_up = tries >= LEAST_TRIES && waited >= self.patience(failure.kind);
        self.given_up.fetch_add(is_given_up.into(), Ordering::Relaxed);
        let given_up_reason = is_given_up.then(|| {
            let days = waited.num_days();
            let noun = if days == 1 { "day" } else { "days" };
            format!("{} after {tries} tries in {days} {noun}", failure.reason)
        });
        let sql = "UPDATE owed SET kind = $4, reason = $5, tries = $6, next_try_at = $7, \
                   given_up_at = $8, given_up_reason = $9, run = $10 \
                   WHERE call = $1 AND part = $2 AND position = $3";
        let next_try_at = now.checked_add_signed(pause(tries)).unwrap_or(now);
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

    /// The statement that puts a debt off, without a try.
    pub(crate) fn put_off(&self, key: Key<'_>, until: Timestamp) -> Statement {
        let sql = "UPDATE owed SET next_try_at = $4, run = $5 \
                   WHERE call = $1 AND part = $2 AND position = $3";
        let (call, part) = (key.call.into(), key.part.into());
        let (until, run) = (until.into(), self.run.into());
        Statement::new(sql, vec![call, part, key.position.into(), until, run])
    }

    /// The statement that removes a debt that is paid.
    pub(crate) fn pay(&self, key: Key<'_>) -> Statement {
        self.paid.fetch_add(1, Ordering::Relaxed);
        remove(key)
    }

    /// The statement that removes what was owed of a call's details, which came
    /// another way.
    pub(crate) fn cover_details(call: &str) -> Statement {
        remove(Key { call, part: "details", position: 0 })
    }

    fn patience(&self, kind: OwedKind) -> TimeDelta {
        let patience = match kind {
            OwedKind::Absent => TimeDelta::days(3),
            OwedKind::Refused => TimeDelta::days(7),
            OwedKind::Failed => self.give_up,
        };
        patience.min(self.give_up)
    }

    /// What is owed now.
    pub(crate) async fn report(&self, database: &Database) -> Result<OwedReport, StoreError> {
        let sql = "SELECT part, kind, reason, given_up_at IS NOT NULL, count(*), min(next_try_at) \
                   FROM owed WHERE vendor = $1 AND account = $2 \
                   GROUP BY part, kind, reason, given_up_at IS NOT NULL \
                   ORDER BY part, kind, reason, given_up_at IS NOT NULL";
        let key = vec![self.vendor.into(), self.account.as_str().into()];
        let rows = database.query(sql, key).await?;
        let groups = rows.iter().map(|row| OwedGroup::of(row, 0)).collect::<Result<_, _>>()?;
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
        report.paid = self.paid.load(Ordering::Relaxed);
        report.given_up = self.given_up.load(Ordering::Relaxed);
        Ok(report)
    }
}

/// How long to wait after so many tries in vain: the next run tries once more
/// at once, then the pauses grow.
pub(crate) fn pause(tries: i64) -> TimeDelta {
    if tries < 2 {
        return TimeDelta::zero();
    }
    // More would be longer than the longest by far.
    let factor = 4_i32.pow(u32::try_from(tries - 2).unwrap_or(u32::MAX).min(8));
    (FIRST_PAUSE * factor).min(LONGEST_PAUSE)
}

fn remove(key: Key<'_>) -> Statement {
    if key.part == RECORDING {
        let sql = "DELETE FROM owed WHERE call = $1 AND part = $2 AND position = $3";
        return Statement::new(sql, vec![key.call.into(), RECORDING.into(), key.position.into()]);
    }
    // A call has one debt of details, whatever parts were asked for.
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
    /// Details and recordings of which the vendor answered that it has none:
    /// they are asked for again for some days, and do not count as missing.
    pub absent: u64,
    /// Details and recordings that were owed and were fetched in this run.
    pub paid: u64,
    /// Details and recordings that were given up in this run.
    pub given_up: u64,
    /// When something is tried next.
    pub next_try_at: Option<Timestamp>,
    /// The same by part and reason, with what was given up until now.
    pub groups: Vec<OwedGroup>,
}

/// What is owed for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OwedGroup {
    /// `transcript`, `details` or `recording`.
    pub part: String,
    /// What kind of failure it was.
    pub kind: OwedKind,
    /// Why it could not be fetched.
    pub reason: String,
    /// How many.
    pub count: u64,
    /// When the first of them is tried again; `None` where they are given up.
    pub next_try_at: Option<Timestamp>,
    /// Whether they are not tried any more.
    pub given_up: bool,
}

impl OwedGroup {
    /// Of a row with part, kind, reason, whether it is given up, count and next
    /// try, from a column on.
    pub(crate) fn of(row: &crate::datum::Record, at: usize) -> Result<Self, StoreError> {
        let given_up = row.flag(at + 3)?;
        Ok(Self {
            part: row.text(at)?.to_owned(),
            kind: OwedKind::from_text(row.text(at + 1)?),
            reason: row.text(at + 2)?.to_owned(),
            count: u64::try_from(row.int(at + 4)?).unwrap_or(0),
            next_try_at: row.time(at + 5)?.filter(|_| !given_up),
            given_up,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_are_capped() {
        let minutes: Vec<_> = (0..8).map(|tries| pause(tries).num_minutes()).collect();
        assert_eq!(minutes, [0, 0, 10, 40, 160, 640, 1440, 1440]);
        assert_eq!(pause(i64::MAX), LONGEST_PAUSE);
    }

    #[test]
    fn debt_is_given_up_after_tries_and_days() {
        let ledger = Ledger::new("acme", "a", 1, std::time::Duration::from_secs(30 * 86_400));
        let first: Timestamp = "2026-04-01T00:00:00Z".parse().unwrap();
        let key = Key { call: "acme:a:1", part: "details", position: 0 };
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
            let before = ledger.given_up.load(Ordering::Relaxed);
            let failure = Failure { kind, reason: "status 404".to_owned() };
            let tried = Tried { tries, first_failed_at: first };
            ledger.failed_again(key, &failure, tried, first + TimeDelta::days(days));
            let is_given_up = ledger.given_up.load(Ordering::Relaxed) > before;
            assert_eq!(is_given_up, expect, "{kind:?} {tries} {days}");
        }
    }
}
