//! Delays decoding of prefetched responses until their page is next.
//!
//! Until then a response waits as bytes: decoded records take several times the
//! memory, and leave the processor's cache while they wait.

use tokio::sync::watch;

tokio::task_local! {
    static GATE: DecodeGate;
}

/// Opens when its page is next.
pub(super) struct DecodeGate {
    pub(super) index: u64,
    /// The page that is emitted next.
    pub(super) due: watch::Receiver<u64>,
}

impl DecodeGate {
    /// Runs what fetches the page, whose response is decoded once its page is next.
    pub(super) async fn run<F: Future>(self, fetch: F) -> F::Output {
        GATE.scope(self, fetch).await
    }
}

/// Waits until the response of this task may be decoded.
pub(crate) async fn wait() {
    let Ok((index, mut due)) = GATE.try_with(|gate| (gate.index, gate.due.clone())) else { return };
    // Where nobody hands pages out any more, the task is about to be ended.
    drop(due.wait_for(|due| index <= *due).await);
}
