//! Ctrl-C, and SIGTERM: at once, unless the command wants to leave in order.

use crate::failure::interrupted;
use std::sync::OnceLock;
use tokio::sync::watch;

/// Set once the command wants to be told.
static TAKEN: OnceLock<watch::Sender<bool>> = OnceLock::new();

/// Somebody wants the program to end.
pub(crate) fn raise() {
    match TAKEN.get() {
        Some(told) if !told.send_replace(true) => {}
        // Nobody cares, or it is the second time.
        _ => interrupted(),
    }
}

/// From now on the first Ctrl-C does not end the program: it ends the future
/// that this gives. SIGTERM does the same.
pub(crate) fn take_over() -> impl Future<Output = ()> + Send + 'static {
    let mut told = TAKEN.get_or_init(|| watch::Sender::new(false)).subscribe();
    #[cfg(unix)]
    tokio::spawn(async {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminated) = signal(SignalKind::terminate()) else { return };
        while terminated.recv().await.is_some() {
            raise();
        }
    });
    async move {
        // The sender is never dropped.
        let _ = told.wait_for(|told| *told).await;
    }
}
