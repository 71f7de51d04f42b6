//! What the sandbox was asked for, and how it answered.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::reply::{Operation, Response};

/// Counts of answers by vendor, operation and HTTP status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Stats {
    /// Number of requests answered.
    pub requests: u64,
    /// Number of answers by vendor, operation and status. What is no vendor's counts under
    /// `sandbox`.
    pub answers: BTreeMap<&'static str, BTreeMap<&'static str, BTreeMap<u16, u64>>>,
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

    pub(crate) fn note(&mut self, response: &Response) {
        self.requests += 1;
        if let Some(Operation { owner, name }) = response.extensions().get::<Operation>() {
            let operations = self.answers.entry(owner).or_default();
            let statuses = operations.entry(name).or_default();
            *statuses.entry(response.status().as_u16()).or_default() += 1;
        }
    }
}
