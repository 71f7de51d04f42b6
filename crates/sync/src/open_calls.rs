//! Calls that are not over: which there are, and when each is asked for again.

use crate::{
    StoreError,
    missing::mark,
    owed::Ledger,
    row::{Parts, Prepared, Shape, is_over, key},
    source_sync::{Run, SourceSync},
    state::State,
    store::Page,
};
use callfold_reader::{Lookup, MAX_CONCURRENT_LOOKUPS, ReadError, Source};
use callfold_unify::model::{Call, Status, Timestamp};
use chrono::TimeDelta;
use futures_util::{StreamExt, stream};
use std::{collections::BTreeMap, sync::Arc};

/// Calls that are written at once.
const STEP: usize = 25;
/// Failures one after the other, before no more calls are asked for.
const FAILURES: u64 = 3;
/// A call that is over, but not analysed, and for which nothing happened for
/// less than this is asked for in every run.
const FRESH: TimeDelta = TimeDelta::days(1);
/// The shortest time between two runs that ask for a call that is not fresh.
const SHORTEST: i64 = 15 * 60;

/// A stored call that is not over.
pub(crate) struct OpenCall {
    pub(crate) id: String,
    pub(crate) started_at: Option<Timestamp>,
    /// What it is asked for by; `None` where only the list tells.
    pub(crate) lookup: Option<String>,
    /// Whether it is time to ask for it.
    pub(crate) is_due: bool,
}

/// The calls of a source that are not over.
pub(crate) struct OpenCalls {
    /// Those that are worth asking for.
    pub(crate) calls: Vec<OpenCall>,
    /// How many others there are.
    pub(crate) given_up: u64,
}

/// Looks them up.
pub(crate) async fn open_calls(
    run: &Run<'_>,
    source: &dyn Source,
    state: &State,
) -> Result<OpenCalls, StoreError> {
    let sql = "SELECT id, call_id, alternate_ids, started_at, last_changed_at, \
               first_seen_run = last_changed_run, status, ended_at FROM calls WHERE vendor = $1 AND account = $2 \
               AND NOT is_final AND missing_since_run IS NULL ORDER BY id";
    let key = vec![state.vendor.into(), state.account.as_str().into()];
    let lookup = source.capability().lookup;
    let give_up = TimeDelta::from_std(run.options.give_up).unwrap_or(TimeDelta::MAX);
    let mut open = OpenCalls { calls: Vec::new(), given_up: 0 };
    for row in run.database.query(sql, key).await? {
        let started_at = row.time(3)?;
        let mut waited = run.at - row.time(4)?.unwrap_or(run.at);
        if row.flag(5)? {
            // It has been like that since it began, as far as is known.
            let before = state.high_water.zip(started_at).map(|(newest, start)| newest - start);
            waited = before.map_or(waited, |before| waited.max(before));
        }
        if waited > give_up {
            open.given_up += 1;
            continue;
        }
        open.calls.push(OpenCall {
            id: row.text(0)?.to_owned(),
            started_at,
            lookup: match lookup {
                Lookup::Id { .. } => Some(row.text(1)?.to_owned()),
                Lookup::AlternateId { name, .. } => {
                    row.option_text(2)?.and_then(|text| alternate(text, name))
                }
                _ => None,
            },
            // One that is still going on ends sooner or later; an analysis may never come.
            is_due: !is_over(&Status::from(row.text(6)?), row.time(7)?.is_some())
                || is_due(run.at, waited, state.reread_at),
        });
    }
    Ok(open)
}

/// One of a call's other ids, of their JSON.
pub(crate) fn alternate(text: &str, name: &str) -> Option<String> {
    let mut ids: BTreeMap<String, String> = serde_json::from_str(text).ok()?;
    ids.remove(name)
}

/// Whether a call that is over, for which nothing happened for as long as
/// `waited`, is asked for now, given that calls were asked for last at `before`.
///
/// The longer nothing happens, the rarer it is: about every quarter of that
/// time. The steps are powers of two of a quarter of an hour, counted from
/// 1970, so that calls of different ages fall due together.
pub(crate) fn is_due(now: Timestamp, waited: TimeDelta, before: Option<Timestamp>) -> bool {
    let Some(before) = before else { return true };
    if waited < FRESH {
        return true;
    }
    let quarters = u64::try_from(waited.num_seconds() / 4 / SHORTEST).unwrap_or(0).max(1);
    let step = SHORTEST * (1 << quarters.ilog2().min(16));
    now.timestamp().div_euclid(step) != before.timestamp().div_euclid(step)
}

/// What came of asking for one call.
type Answer = (String, Result<Option<Call>, ReadError>);

impl SourceSync<'_> {
    /// Asks for the calls that are not over, are due, and were not listed in
    /// this run.
    pub(crate) async fn reread(&mut self) -> Result<(), StoreError> {
        let open = open_calls(self.run, self.source, &self.state).await?;
        self.report.given_up = open.given_up;
        self.report.open = open.calls.len() as u64;
        let due = open.calls.into_iter().filter(|call| call.is_due);
        let due: Vec<_> = due
            .filter(|call| !self.listed_open.contains(&call.id))
            .filter_map(|call| Some((call.id, call.lookup?)))
            .collect();
        let source = self.source;
        let asked = due.into_iter().map(|(id, lookup)| {
            let answer = source.get(&lookup);
            async move { (id, answer.await) }
        });
        let mut answers = stream::iter(asked).buffered(MAX_CONCURRENT_LOOKUPS).ready_chunks(STEP);
        let mut failures = 0;
        loop {
            let step = tokio::select! {
                biased;
                () = self.run.stop.wait() => {
                    self.report.stopped = true;
                    return Ok(());
                }
                step = answers.next() => step,
            };
            let Some(step) = step else { break };
            self.take(step, &mut failures).await?;
            if failures >= FAILURES {
                break;
            }
        }
        if self.report.error.is_none() {
            let Run { database, run, at, .. } = *self.run;
            self.state.reread_at = Some(at);
            database.note(run, at, vec![self.state.save(run)]).await?;
        }
        Ok(())
    }

    async fn take(&mut self, answers: Vec<Answer>, failures: &mut u64) -> Result<(), StoreError> {
        let Run { database, run, at, .. } = *self.run;
        let (mut calls, mut notes) = (Vec::new(), Vec::new());
        for (id, answer) in answers {
            self.report.reread += 1;
            match answer {
                Ok(Some(call)) if key(&call) == id => {
                    calls.push(Prepared::new(&call, Shape::Single, Parts::ALL));
                }
                // The vendor does not know it any more, or by this id another.
                Ok(_) => notes.push(mark(&id, run)),
                Err(error) => {
                    (self.report.reread_failed, *failures) =
                        (self.report.reread_failed + 1, *failures + 1);
                    self.report.error = Some(Arc::new(error));
                    continue;
                }
            }
            *failures = 0;
        }
        let gone = notes.len() as u64;
        // One record gives all that was owed of them.
        notes.extend(calls.iter().map(|new| Ledger::cover_details(&new.id)));
        let over = calls.iter().filter(|new| new.is_final).count() as u64;
        self.report.missing += gone;
        self.report.open = self.report.open.saturating_sub(gone + over);
        let page = Page { run, at, calls, notes, ..Page::default() };
        let written = database.write(page).await?;
        self.report.written += written;
        self.written.notify_one();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn call_is_asked_for_ever_more_rarely() {
        let changed: Timestamp = "2026-04-01T00:10:00Z".parse().unwrap();
        let asked_in = |hours: std::ops::Range<i64>, every: TimeDelta| {
            let (mut before, mut asked) = (changed + TimeDelta::hours(hours.start), 0);
            while before < changed + TimeDelta::hours(hours.end) {
                let now = before + every;
                asked += u64::from(is_due(now, now - changed, Some(before)));
                before = now;
            }
            asked
        };
        let minutes = TimeDelta::minutes;
        assert!(is_due(changed, TimeDelta::days(20), None));
        assert_eq!(asked_in(0..1, minutes(5)), 12, "in every run at first");
        assert_eq!(asked_in(24..48, minutes(5)), 4, "every four hours, then every eight");
        assert_eq!(asked_in(240..264, minutes(5)), 1, "about once a day");
        assert!(asked_in(24..720, minutes(5)) < 60, "a month of runs every five minutes");
        assert_eq!(asked_in(0..720, TimeDelta::days(1)), 15, "a month of daily runs");
    }

    #[test]
    fn calls_of_different_ages_fall_due_together() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (before, now) = (at("2026-04-30T23:55:00Z"), at("2026-05-01T00:05:00Z"));
        for days in [3, 5, 8, 13, 21] {
            let due = is_due(now, TimeDelta::days(days), Some(before));
            let younger = is_due(now, TimeDelta::days(days - 2), Some(before));
            assert!(younger || !due, "{days} days");
        }
    }
}
