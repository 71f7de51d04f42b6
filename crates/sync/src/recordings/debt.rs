//! Recordings that could not be fetched: owed, with their reason.

use super::{Recordings, Wanted};
use crate::{
    RecordingReport,
    hosts::host_of,
    owed::{Failure, Key, OwedKind, RECORDING},
    store::Statement,
};
use callfold_unify::model::Timestamp;

impl Recordings<'_> {
    /// Notes that a recording could not be fetched, and is owed.
    pub(super) fn owe(
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
        let failure = Failure { kind, reason };
        let mut notes = vec![problem(wanted, &failure.reason, None)];
        match wanted.tried {
            Some(tried) => {
                notes.push(self.ledger.failed_again(wanted.key(), &failure, tried, now));
            }
            None => notes.extend(self.ledger.add(wanted.key(), &host, &failure, 1, (now, now))),
        }
        notes
    }

    /// Notes that a recording waits until its host is asked again.
    pub(super) fn put_off(
        &self,
        wanted: &Wanted,
        until: Timestamp,
        reason: String,
        report: &mut RecordingReport,
    ) -> Vec<Statement> {
        report.reason = Some(reason.clone());
        if wanted.tried.is_some() {
            return vec![self.ledger.put_off(wanted.key(), until)];
        }
        let (now, host) = ((self.run.options.clock)(), host_of(&wanted.recording.url));
        let failure = Failure { kind: OwedKind::Failed, reason };
        let note = problem(wanted, &failure.reason, None);
        let added = self.ledger.add(wanted.key(), &host, &failure, 0, (now, until));
        added.into_iter().chain([note]).collect()
    }
}

impl Wanted {
    pub(super) fn key(&self) -> Key<'_> {
        Key { call: &self.call, part: RECORDING, position: self.position }
    }
}

/// The statement that says why there is no file.
pub(super) fn problem(wanted: &Wanted, why: &str, size: Option<u64>) -> Statement {
    let sql = "UPDATE recordings SET problem = $3, size = $4 WHERE call = $1 AND position = $2";
    let (call, position) = (wanted.call.as_str(), wanted.position);
    Statement::new(sql, vec![call.into(), position.into(), why.into(), size.into()])
}
