//! What the sandbox was asked for, how it answered, and what happened meanwhile.

use std::collections::BTreeMap;

use http::StatusCode;
use serde::Serialize;

use crate::fault::Fault;
use crate::reply::Operation;

/// Counts of requests, answers, faults and calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Stats {
    /// Number of requests.
    pub requests: u64,
    /// Number of answers by vendor, operation and status, as they went out: an answer that was
    /// replaced by a fault counts with the fault's status, one that never came does not count.
    /// What is no vendor's counts under `sandbox`.
    pub answers: BTreeMap<&'static str, BTreeMap<&'static str, BTreeMap<u16, u64>>>,
    /// Number of faults by vendor and kind; those that concern records are not counted. A habit
    /// of a list counts for each page that shows it.
    pub faults: BTreeMap<&'static str, BTreeMap<Fault, u64>>,
    /// What arrived where redirections lead.
    pub elsewhere: Elsewhere,
    /// What happened to the calls of each vendor.
    pub calls: BTreeMap<&'static str, Movement>,
    /// The [epoch](crate::World::epoch) of the world.
    pub epoch: u32,
}

/// What arrived at the address that [`Fault::Redirect`] leads to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Elsewhere {
    /// Number of connections.
    pub connections: u64,
    /// Number of requests.
    pub requests: u64,
    /// How often a credential came along, by the name of its header or parameter. A client that
    /// keeps its keys to itself leaves this empty.
    pub credentials: BTreeMap<&'static str, u64>,
}

/// What happened to calls while they were served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Movement {
    /// Calls that arrived.
    pub added: u64,
    /// How often one of them went on: was dialed, picked up, ended or analysed.
    pub progressed: u64,
    /// Calls that were deleted.
    pub deleted: u64,
}

impl Movement {
    pub(crate) fn add(&mut self, other: Self) {
        self.added += other.added;
        self.progressed += other.progressed;
        self.deleted += other.deleted;
    }
}

impl Stats {
    /// Number of answers of one operation, whatever their status.
    pub fn count(&self, vendor: &str, operation: &str) -> u64 {
        let operations = self.answers.get(vendor);
        let statuses = operations.and_then(|operations| operations.get(operation));
        statuses.map_or(0, |statuses| statuses.values().sum())
    }

    /// Number of answers of one vendor.
    pub fn vendor(&self, vendor: &str) -> u64 {
        let operations = self.answers.get(vendor).into_iter().flatten();
        operations.flat_map(|(_, statuses)| statuses.values()).sum()
    }

    /// Number of faults of one kind, at all vendors.
    pub fn faults(&self, fault: Fault) -> u64 {
        self.faults.values().filter_map(|kinds| kinds.get(&fault)).sum()
    }

    pub(crate) fn note_answer(&mut self, operation: Option<Operation>, status: StatusCode) {
        if let Some(Operation { owner, name }) = operation {
            let operations = self.answers.entry(owner).or_default();
            let statuses = operations.entry(name).or_default();
            *statuses.entry(status.as_u16()).or_default() += 1;
        }
    }

    pub(crate) fn note_fault(&mut self, vendor: &'static str, fault: Fault) {
        *self.faults.entry(vendor).or_default().entry(fault).or_default() += 1;
    }
}
