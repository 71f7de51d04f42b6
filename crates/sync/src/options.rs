//! What a sync is asked to do, and how it is told to end.

use crate::ScrubShare;
use callfold_reader::Detail;
use callfold_unify::model::Timestamp;
use chrono::Utc;
use serde::Serialize;
use std::{path::PathBuf, time::Duration};
use tokio::sync::watch;

/// What a sync does.
#[derive(Clone, Debug)]
pub struct SyncOptions {
    /// What is fetched of each call beyond its light record.
    pub detail: Detail,
    /// How far before the newest stored call reading goes back, to find what
    /// changed or came late.
    pub lookback: Duration,
    /// How long a call that is not over is asked for after it changed last,
    /// and how long something that could not be fetched is tried.
    pub give_up: Duration,
    /// Whether everything is read, and calls that are no longer listed are
    /// marked.
    pub full: bool,
    /// Which share of a run's requests goes into reading old calls again.
    pub scrub: ScrubShare,
    /// Where recordings go; `None` fetches none.
    pub recordings: Option<RecordingOptions>,
    /// What time it is.
    pub clock: fn() -> Timestamp,
}

/// Which recordings are kept, and where.
#[derive(Clone, Debug)]
pub struct RecordingOptions {
    /// The directory they are written below.
    pub directory: PathBuf,
    /// Bytes that one may have; a longer one is left out.
    pub cap: u64,
}

impl Default for SyncOptions {
    /// Light records, three days back, given up after thirty.
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

/// The options as a run keeps them.
#[derive(Serialize)]
struct Kept {
    detail: String,
    lookback_s: u64,
    give_up_s: u64,
    full: bool,
    scrub_percent: f64,
    recordings: bool,
}

impl SyncOptions {
    /// As JSON, for the table of runs.
    pub(crate) fn to_json(&self) -> String {
        let kept = Kept {
            detail: crate::row::Parts::from(self.detail).to_text(),
            lookback_s: self.lookback.as_secs(),
            give_up_s: self.give_up.as_secs(),
            full: self.full,
            scrub_percent: self.scrub.percent(),
            recordings: self.recordings.is_some(),
        };
        serde_json::to_string(&kept).unwrap_or_else(|_| "{}".to_owned())
    }
}

/// A pause of about `every`, a tenth more or less: many machines that began at
/// once do not ask at once for ever.
pub fn jittered(every: Duration) -> Duration {
    every.mul_f64(0.9 + 0.2 * fastrand::f64())
}

/// Tells a sync to end at the next page.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// Hears when a sync is to end.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

impl Stopper {
    /// A pair that belongs together.
    pub fn new() -> (Self, Stop) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), Stop(receiver))
    }

    /// Ends the sync.
    pub fn stop(&self) {
        // Also where nobody listens at the moment.
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Whether the sync is to end.
    pub fn is_set(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until the sync is to end: for ever, where nobody can say so.
    pub async fn wait(&self) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|stop| *stop).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
