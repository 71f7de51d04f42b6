//! Whose answer is decoded now.
//!
//! Answers wait as the bytes they came in, and are decoded when they are the
//! next to be handed out: what they become takes several times the memory, and
//! is out of the processor's cache when it has to wait.

use tokio::sync::watch;

tokio::task_local! {
    static GATE: DecodeGate;
}

/// The turn of one page.
pub(super) struct DecodeGate {
    pub(super) index: u64,
    /// The page that is handed out next.
    pub(super) due: watch::Receiver<u64>,
}

impl DecodeGate {
    /// Runs what fetches the page, whose answer is then decoded in its turn.
    pub(super) async fn run<F: Future>(self, fetch: F) -> F::Output {
        GATE.scope(self, fetch).await
    }
}

/// Waits until the answer that this task has got may be decoded.
pub(crate) async fn wait() {
    let Ok((index, mut due)) = GATE.try_with(|turn| (turn.index, turn.due.clone())) else { return };
    // Where nobody hands pages out any more, the task is about to be ended.
    drop(due.wait_for(|due| index <= *due).await);
}
