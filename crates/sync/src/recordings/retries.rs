//! Recordings that could not be fetched, with their reason.

use super::{Recordings, Wanted};
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
        wanted: &Wanted,
        kind: OwedKind,
        reason: String,
        is_host_at_fault: bool,
        report: &mut RecordingReport,
    ) -> Vec<Statement> {
        let (now, host) = ((self.run.options.clock)(), host_of(&wanted.recording.url));
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
        let mut statements = vec![problem(wanted, &failure.reason, None)];
        match wanted.attempts {
            Some(attempts) => {
                statements.push(self.retries.record_failure(wanted.key(), &failure, attempts, now));
            }
            None => {
                statements.extend(self.retries.add(wanted.key(), &host, &failure, 1, (now, now)))
            }
        }
        statements
    }

    /// Postpones a recording until the pause of its host ends.
    pub(super) fn postpone(
        &self,
        wanted: &Wanted,
        until: Timestamp,
        reason: String,
        report: &mut RecordingReport,
    ) -> Vec<Statement> {
        report.reason = Some(reason.clone());
        if wanted.attempts.is_some() {
            return vec![self.retries.postpone(wanted.key(), until)];
        }
        let (now, host) = ((self.run.options.clock)(), host_of(&wanted.recording.url));
        let failure = FetchFailure { kind: OwedKind::Failed, reason };
        let note = problem(wanted, &failure.reason, None);
        let added = self.retries.add(wanted.key(), &host, &failure, 0, (now, until));
        added.into_iter().chain([note]).collect()
    }
}

impl Wanted {
    pub(super) fn key(&self) -> OwedKey<'_> {
        OwedKey { call: &self.call, part: RECORDING, position: self.position }
    }
}

/// The statement that stores why there is no file.
pub(super) fn problem(wanted: &Wanted, why: &str, size: Option<u64>) -> Statement {
    let sql = "UPDATE recordings SET problem = $3, size = $4 WHERE call = $1 AND position = $2";
    let (call, position) = (wanted.call.as_str(), wanted.position);
    Statement::new(sql, vec![call.into(), position.into(), why.into(), size.into()])
}
