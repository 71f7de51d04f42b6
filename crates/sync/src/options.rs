//! What a sync does.

use crate::ScrubShare;
use callfold_reader::Detail;
use callfold_unify::model::Timestamp;
use chrono::Utc;
use serde::Serialize;
use std::{path::PathBuf, time::Duration};

/// What a sync does.
#[derive(Clone, Debug)]
pub struct SyncOptions {
    /// Details to fetch beyond the list record of each call.
    pub detail: Detail,
    /// Re-read window before the newest stored call, for calls that changed or
    /// came late.
    pub lookback: Duration,
    /// How long a call in progress is looked up after its last change, and how
    /// long details and recordings that failed are retried.
    pub give_up: Duration,
    /// Whether to read all calls, and to mark those that are no longer listed.
    pub full: bool,
    /// Share of a run's requests that re-reads old calls.
    pub scrub: ScrubShare,
    /// Where recordings go; `None` fetches none.
    pub recordings: Option<RecordingOptions>,
    /// The current time.
    pub clock: fn() -> Timestamp,
}

/// Which recordings are fetched, and where to.
#[derive(Clone, Debug)]
pub struct RecordingOptions {
    /// The directory for them.
    pub directory: PathBuf,
    /// Maximum size of one, in bytes; a larger one is skipped.
    pub cap: u64,
}

impl Default for SyncOptions {
    /// List records only, three days of lookback, retries for thirty days.
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(86_400);
        Self {
            detail: Detail::LIGHT,
            lookback: 3 * DAY,
            give_up: 30 * DAY,
            full: false,
            scrub: ScrubShare::default(),
            recordings: None,
            clock: Utc::now,
        }
    }
}

/// The options as the table of runs stores them.
#[derive(Serialize)]
struct StoredOptions {
    detail: String,
    lookback_s: u64,
    give_up_s: u64,
    full: bool,
    scrub_percent: f64,
    recordings: bool,
}

impl SyncOptions {
    /// JSON for the table of runs.
    pub(crate) fn to_json(&self) -> String {
        let stored = StoredOptions {
            detail: crate::row::Parts::from(self.detail).to_text(),
            lookback_s: self.lookback.as_secs(),
            give_up_s: self.give_up.as_secs(),
            full: self.full,
            scrub_percent: self.scrub.percent(),
            recordings: self.recordings.is_some(),
        };
        serde_json::to_string(&stored).unwrap_or_else(|_| "{}".to_owned())
    }
}

/// `every`, up to a tenth more or less, so that machines that started together
/// drift apart.
pub fn jittered(every: Duration) -> Duration {
    every.mul_f64(0.9 + 0.2 * fastrand::f64())
}
