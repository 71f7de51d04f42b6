//! Calls in progress: which are stored, and when each is looked up.

use crate::{StoreError, state::State, sync_run::SyncRun};
use callfold_unify::model::{Status, Timestamp};
use chrono::TimeDelta;

/// A call that ended, whose analysis is pending, and that changed more recently
/// than this is looked up in every run.
const FRESH: TimeDelta = TimeDelta::days(1);
/// The shortest interval between lookups of an older one, in seconds.
const MIN_INTERVAL_S: i64 = 15 * 60;

/// A stored call that is not final.
pub(crate) struct OpenCall {
    pub(crate) id: String,
    /// The vendor's id of the call.
    pub(crate) call_id: String,
    pub(crate) started_at: Option<Timestamp>,
    pub(crate) is_due: bool,
}

/// The stored calls of a source that are not final.
pub(crate) struct OpenCalls {
    pub(crate) calls: Vec<OpenCall>,
    /// How many others have not changed for too long.
    pub(crate) expired: u64,
}

/// Loads them.
pub(crate) async fn open_calls(run: &SyncRun<'_>, state: &State) -> Result<OpenCalls, StoreError> {
    let sql = "SELECT id, call_id, started_at, last_changed_at, first_seen_run = last_changed_run, \
               status, ended_at FROM calls WHERE vendor = $1 AND account = $2 AND NOT is_final \
               AND missing_since_run IS NULL ORDER BY id";
    let key = vec![state.vendor.into(), state.account.as_str().into()];
    let give_up = TimeDelta::from_std(run.options.give_up).unwrap_or(TimeDelta::MAX);
    let mut open = OpenCalls { calls: Vec::new(), expired: 0 };
    for row in run.database.query(sql, key).await? {
        let started_at = row.time(2)?;
        let mut unchanged_for = run.at - row.time(3)?.unwrap_or(run.at);
        if row.flag(4)? {
            // As far as is known, it has not changed since its start.
            let before = state.high_water.zip(started_at).map(|(newest, start)| newest - start);
            unchanged_for = before.map_or(unchanged_for, |before| unchanged_for.max(before));
        }
        if unchanged_for > give_up {
            open.expired += 1;
            continue;
        }
        open.calls.push(OpenCall {
            id: row.text(0)?.to_owned(),
            call_id: row.text(1)?.to_owned(),
            started_at,
            // A conversation ends sooner or later; an analysis may never come.
            is_due: !Status::from(row.text(5)?).is_over(row.time(6)?.is_some())
                || is_due(run.at, unchanged_for, state.lookups_at),
        });
    }
    Ok(open)
}

/// Whether a call that ended, and has not changed for this long, is looked up
/// now, given when calls were last looked up.
///
/// The interval is about a quarter of that time. Intervals are powers of two of
/// a quarter of an hour, counted from 1970, so that calls of different ages are
/// due together.
fn is_due(now: Timestamp, unchanged_for: TimeDelta, last: Option<Timestamp>) -> bool {
    let Some(last) = last else { return true };
    if unchanged_for < FRESH {
        return true;
    }
    let quarters = unchanged_for.num_seconds() / 4 / MIN_INTERVAL_S;
    let quarters = u64::try_from(quarters).unwrap_or(0).max(1);
    let interval = MIN_INTERVAL_S * (1 << quarters.ilog2().min(16));
    now.timestamp().div_euclid(interval) != last.timestamp().div_euclid(interval)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interval_grows_with_the_time_since_the_last_change() {
        let changed: Timestamp = "2026-04-01T00:10:00Z".parse().unwrap();
        let lookups_in = |hours: std::ops::Range<i64>, every: TimeDelta| {
            let (mut before, mut lookups) = (changed + TimeDelta::hours(hours.start), 0);
            while before < changed + TimeDelta::hours(hours.end) {
                let now = before + every;
                lookups += u64::from(is_due(now, now - changed, Some(before)));
                before = now;
            }
            lookups
        };
        let minutes = TimeDelta::minutes;
        assert!(is_due(changed, TimeDelta::days(20), None));
        assert_eq!(lookups_in(0..1, minutes(5)), 12, "in every run at first");
        assert_eq!(lookups_in(24..48, minutes(5)), 4, "every four hours, then every eight");
        assert_eq!(lookups_in(240..264, minutes(5)), 1, "about once a day");
        assert!(lookups_in(24..720, minutes(5)) < 60, "a month of runs every five minutes");
        assert_eq!(lookups_in(0..720, TimeDelta::days(1)), 15, "a month of daily runs");
    }

    #[test]
    fn calls_of_different_ages_are_due_together() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (before, now) = (at("2026-04-30T23:55:00Z"), at("2026-05-01T00:05:00Z"));
        for days in [3, 5, 8, 13, 21] {
            let due = is_due(now, TimeDelta::days(days), Some(before));
            let younger = is_due(now, TimeDelta::days(days - 2), Some(before));
            assert!(younger || !due, "{days} days");
        }
    }
}
