//! Ctrl-C, and SIGTERM: at once, unless the command wants to leave in order.

use crate::failure::interrupted;
use crate::output::Stderr;
use std::sync::{
    OnceLock,
    atomic::{AtomicBool, Ordering},
};
use tokio::sync::watch;

/// Set once the command wants to leave in order.
static TAKEN: OnceLock<Taken> = OnceLock::new();

/// Where a user is told that Ctrl-C was heard.
static STDERR: OnceLock<Stderr> = OnceLock::new();

struct Taken {
    /// Whether Ctrl-C was heard.
    heard: AtomicBool,
    /// Whether the command was told.
    told: watch::Sender<bool>,
    /// Takes what is in the way off the terminal.
    clear: Box<dyn Fn() + Send + Sync>,
}

/// Says where a user is told that Ctrl-C was heard.
pub(crate) fn announce_on(stderr: Stderr) {
    // It is said once, at the start of the program.
    let _ = STDERR.set(stderr);
}

fn announce(line: &str) {
    if let Some(stderr) = STDERR.get() {
        stderr.note(line);
    }
}

/// Somebody wants the program to end.
pub(crate) fn raise() {
    match TAKEN.get() {
        Some(taken) if !taken.heard.swap(true, Ordering::SeqCst) => {
            (taken.clear)();
            announce("finishing up; press Ctrl-C again to quit now");
            taken.told.send_replace(true);
        }
        // Nobody cares, or it is the second time.
        _ => {
            announce("interrupted");
            interrupted()
        }
    }
}

/// Whether somebody wanted the program to end, and the command leaves in order.
pub(crate) fn is_raised() -> bool {
    TAKEN.get().is_some_and(|taken| *taken.told.borrow())
}

/// From now on the first Ctrl-C does not end the program: it ends the future
/// that this gives, after `clear`. SIGTERM does the same.
pub(crate) fn take_over(
    clear: impl Fn() + Send + Sync + 'static,
) -> impl Future<Output = ()> + Send + 'static {
    let taken = || Taken {
        heard: AtomicBool::new(false),
        told: watch::Sender::new(false),
        clear: Box::new(clear),
    };
    let mut told = TAKEN.get_or_init(taken).told.subscribe();
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
