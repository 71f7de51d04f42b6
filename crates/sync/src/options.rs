//! What a sync does.

use callfold_reader::Detail;
use callfold_unify::model::Timestamp;
use chrono::Utc;
use serde::Serialize;
use std::{path::PathBuf, time::Duration};

/// The most pages that one run re-reads.
const MAX_PAGES: u64 = 500;

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
            detail: Detail::LIST_ONLY,
            lookback: 3 * DAY,
            give_up: 30 * DAY,
            full: false,
            scrub: ScrubShare::default(),
            recordings: None,
            clock: Utc::now,
        }
    }
}

/// The share of a run's requests that re-reads old calls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScrubShare(f64);

impl ScrubShare {
    /// Parses a text such as `5%`; `0` and `0%` turn it off.
    ///
    /// # Errors
    ///
    /// What to write instead.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let help = "write a share from 0% to 100%, such as 5%, or 0 to turn it off";
        let text = text.trim();
        let number = text.strip_suffix('%');
        let percent: f64 = number.unwrap_or(text).trim_end().parse().map_err(|_| help)?;
        let is_share = (0.0..=100.0).contains(&percent) && (number.is_some() || percent == 0.0);
        is_share.then_some(Self(percent / 100.0)).ok_or(help)
    }

    /// Whether nothing is re-read.
    pub fn is_off(self) -> bool {
        self.0 <= 0.0
    }

    /// Pages to re-read in a run of so many requests.
    pub(crate) fn pages(self, requests: u64) -> u64 {
        ((requests as f64 * self.0) as u64).clamp(1, MAX_PAGES)
    }

    /// In percent.
    fn percent(self) -> f64 {
        self.0 * 100.0
    }
}

impl Default for ScrubShare {
    fn default() -> Self {
        Self(0.05)
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
            detail: crate::row::DetailParts::from(self.detail).to_text(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn share_is_a_percentage_or_nothing() {
        for (text, percent) in
            [("5%", 5.0), ("2.5 %", 2.5), ("0", 0.0), ("0%", 0.0), ("100%", 100.0)]
        {
            assert_eq!(ScrubShare::parse(text).map(ScrubShare::percent), Ok(percent), "{text}");
        }
        for text in ["", "5", "-1%", "101%", "five", "NaN%", "%", "inf%"] {
            assert!(ScrubShare::parse(text).is_err(), "{text}");
        }
        assert!(ScrubShare::parse("0%").unwrap().is_off() && !ScrubShare::default().is_off());
    }

    #[test]
    fn share_of_few_requests_is_one_page() {
        let pages = |requests| ScrubShare::default().pages(requests);
        assert_eq!((pages(0), pages(10), pages(100), pages(1_000_000)), (1, 1, 5, MAX_PAGES));
    }
}
