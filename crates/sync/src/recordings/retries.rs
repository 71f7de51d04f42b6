//! Recordings that could not be fetched, with their reason.

use super::{RecordingToFetch, Recordings};
use crate::{
    RecordingReport,
    hosts::host_of,
    owed::{FetchFailure, OwedKey, OwedKind, RECORDING},
    store::Statement,
};
use callfold_unify::model::Timestamp;

impl Recordings<'_> {
    /// Records that a recording could not be fetched; a later sync retries it.
    pub(super) fn record_failure(
        &self,
        to_fetch: &RecordingToFetch,
        kind: OwedKind,
        reason: String,
        is_host_at_fault: bool,
        report: &mut RecordingReport,
    ) -> Vec<Statement> {
        let (now, host) = ((self.run.options.clock)(), host_of(&to_fetch.recording.url));
        if kind == OwedKind::Absent {
            report.absent += 1;
        } else {
            report.failed += 1;
            report.reason = Some(reason.clone());
        }
        if is_host_at_fault {
            self.hosts.failed(&host, &reason, now);
        } else {
            self.hosts.succeeded(&host);
        }
        let failure = FetchFailure { kind, reason };
        let mut statements = vec![problem(to_fetch, &failure.reason, None)];
        match to_fetch.attempts {
            Some(attempts) => {
                statements.push(self.retries.record_failure(
                    to_fetch.key(),
                    &failure,
                    attempts,
                    now,
                ));
            }
            None => {
                statements.extend(self.retries.add(to_fetch.key(), &host, &failure, 1, (now, now)))
            }
        }
        statements
    }

    /// Postpones a recording until the pause of its host ends.
    pub(super) fn postpone(
        &self,
        to_fetch: &RecordingToFetch,
        until: Timestamp,
        reason: String,
        report: &mut RecordingReport,
    ) -> Vec<Statement> {
        report.reason = Some(reason.clone());
        if to_fetch.attempts.is_some() {
            return vec![self.retries.postpone(to_fetch.key(), until)];
        }
        let (now, host) = ((self.run.options.clock)(), host_of(&to_fetch.recording.url));
        let failure = FetchFailure { kind: OwedKind::Failed, reason };
        let note = problem(to_fetch, &failure.reason, None);
        let added = self.retries.add(to_fetch.key(), &host, &failure, 0, (now, until));
        added.into_iter().chain([note]).collect()
    }
}

impl RecordingToFetch {
    pub(super) fn key(&self) -> OwedKey<'_> {
        OwedKey { call: &self.call, part: RECORDING, position: self.position }
    }
}

/// The statement that stores why there is no file.
pub(super) fn problem(to_fetch: &RecordingToFetch, why: &str, size: Option<u64>) -> Statement {
    let sql = "UPDATE recordings SET problem = $3, size = $4 WHERE call = $1 AND position = $2";
    let (call, position) = (to_fetch.call.as_str(), to_fetch.position);
    Statement::new(sql, vec![call.into(), position.into(), why.into(), size.into()])
}
