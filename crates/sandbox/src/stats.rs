//! Counts of requests, responses, faults and changes of calls.

use std::collections::BTreeMap;

use http::StatusCode;
use serde::Serialize;

use crate::fault::Fault;
use crate::reply::MatchedOperation;

/// Counts of requests, responses, faults and calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SandboxStats {
    /// Number of requests.
    pub requests: u64,
    /// Number of responses by vendor, operation and status, as sent: a response that a fault
    /// replaced counts with the fault's status, one that was never sent does not count. The
    /// sandbox's own pages count under `sandbox`.
    pub answers: BTreeMap<&'static str, BTreeMap<&'static str, BTreeMap<u16, u64>>>,
    /// Number of faults by vendor and kind, without those of records. A fault of a list counts for
    /// each page that shows it.
    pub faults: BTreeMap<&'static str, BTreeMap<Fault, u64>>,
    /// What reached the target of redirections.
    pub redirects: RedirectStats,
    /// Changes of each vendor's calls.
    pub calls: BTreeMap<&'static str, CallChanges>,
    /// The [epoch](crate::Dataset::epoch) of the dataset.
    pub epoch: u32,
}

/// What reached the address that [`Fault::Redirect`] leads to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RedirectStats {
    /// Number of connections.
    pub connections: u64,
    /// Number of requests.
    pub requests: u64,
    /// Number of credentials received, by the name of the header or parameter. Empty for a client
    /// that sends its keys to their own origin only.
    pub credentials: BTreeMap<&'static str, u64>,
}

/// Changes of calls while they were served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CallChanges {
    /// Calls that arrived.
    pub added: u64,
    /// How often one of them changed: was dialed, picked up, ended or analysed.
    pub progressed: u64,
    /// Calls that were deleted.
    pub deleted: u64,
}

impl CallChanges {
    pub(crate) fn add(&mut self, other: Self) {
        self.added += other.added;
        self.progressed += other.progressed;
        self.deleted += other.deleted;
    }
}

impl SandboxStats {
    /// Number of responses of one operation, whatever their status.
    pub fn count(&self, vendor: &str, operation: &str) -> u64 {
        let operations = self.answers.get(vendor);
        let statuses = operations.and_then(|operations| operations.get(operation));
        statuses.map_or(0, |statuses| statuses.values().sum())
    }

    /// Number of responses of one vendor.
    pub fn vendor(&self, vendor: &str) -> u64 {
        let operations = self.answers.get(vendor).into_iter().flatten();
        operations.flat_map(|(_, statuses)| statuses.values()).sum()
    }

    /// Number of faults of one kind, at all vendors.
    pub fn faults(&self, fault: Fault) -> u64 {
        self.faults.values().filter_map(|kinds| kinds.get(&fault)).sum()
    }

    pub(crate) fn count_response(
        &mut self,
        operation: Option<MatchedOperation>,
        status: StatusCode,
    ) {
        if let Some(MatchedOperation { owner, name }) = operation {
            let operations = self.answers.entry(owner).or_default();
            let statuses = operations.entry(name).or_default();
            *statuses.entry(status.as_u16()).or_default() += 1;
        }
    }

    pub(crate) fn count_fault(&mut self, vendor: &'static str, fault: Fault) {
        *self.faults.entry(vendor).or_default().entry(fault).or_default() += 1;
    }
}
