//! Counters of one client.

use callfold_record::runtime::DecodeStats;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// What a client has done so far; clones of a client count together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Requests sent, each attempt counted.
    pub requests: u64,
    /// Requests that were sent again after a failure.
    pub retries: u64,
    /// Failures that would have been retried but for the retry budget.
    pub retries_refused: u64,
    /// Responses with status 429.
    pub rate_limited: u64,
    /// Bytes of bodies received, after decompression.
    pub bytes: u64,
    /// Records decoded, whatever became of them.
    pub records: u64,
    /// Records with at least one issue.
    pub partly_decoded: u64,
    /// Records without a usable id.
    pub rejected: u64,
    /// Times a request waited: for its permit, or before a retry.
    pub waits: u64,
    /// How long those waits took together.
    pub waited: Duration,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    requests: AtomicU64,
    retries: AtomicU64,
    retries_refused: AtomicU64,
    rate_limited: AtomicU64,
    bytes: AtomicU64,
    records: AtomicU64,
    partly_decoded: AtomicU64,
    rejected: AtomicU64,
    waits: AtomicU64,
    waited_us: AtomicU64,
}

impl Counters {
    pub(crate) fn count_request(&self) {
        self.requests.fetch_add(1, Relaxed);
    }

    pub(crate) fn count_retry(&self) {
        self.retries.fetch_add(1, Relaxed);
    }

    pub(crate) fn retry_refused(&self) {
        self.retries_refused.fetch_add(1, Relaxed);
    }

    pub(crate) fn rate_limited(&self) {
        self.rate_limited.fetch_add(1, Relaxed);
    }

    pub(crate) fn bytes(&self, count: usize) {
        self.bytes.fetch_add(count as u64, Relaxed);
    }

    pub(crate) fn records(&self, counts: DecodeStats) {
        self.records.fetch_add(counts.records, Relaxed);
        self.partly_decoded.fetch_add(counts.partly_decoded, Relaxed);
        self.rejected.fetch_add(counts.rejected, Relaxed);
    }

    pub(crate) fn count_wait(&self, time: Duration) {
        if !time.is_zero() {
            self.waits.fetch_add(1, Relaxed);
            let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
            self.waited_us.fetch_add(micros, Relaxed);
        }
    }

    pub(crate) fn read(&self) -> Stats {
        Stats {
            requests: self.requests.load(Relaxed),
            retries: self.retries.load(Relaxed),
            retries_refused: self.retries_refused.load(Relaxed),
            rate_limited: self.rate_limited.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            records: self.records.load(Relaxed),
            partly_decoded: self.partly_decoded.load(Relaxed),
            rejected: self.rejected.load(Relaxed),
            waits: self.waits.load(Relaxed),
            waited: Duration::from_micros(self.waited_us.load(Relaxed)),
        }
    }
}
