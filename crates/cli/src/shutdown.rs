//! Ctrl-C and SIGTERM: they end the program at once, unless a command has subscribed.

use crate::failure::exit_interrupted;
use crate::output::{Stderr, spinner::clear_spinner};
use std::sync::{
    OnceLock,
    atomic::{AtomicBool, Ordering},
};
use tokio::sync::watch;

/// Set once a command has subscribed.
static SUBSCRIBER: OnceLock<Subscriber> = OnceLock::new();

/// Where Ctrl-C is acknowledged.
static STDERR: OnceLock<Stderr> = OnceLock::new();

struct Subscriber {
    /// Whether there was a first request.
    is_requested: AtomicBool,
    /// Becomes true once the terminal is clear.
    shutdown: watch::Sender<bool>,
    /// Removes progress bars from the terminal.
    clear: Box<dyn Fn() + Send + Sync>,
}

/// Sets where Ctrl-C is acknowledged.
pub(crate) fn set_stderr(stderr: Stderr) {
    // Called once, at the start of the program.
    let _ = STDERR.set(stderr);
}

fn note(line: &str) {
    if let Some(stderr) = STDERR.get() {
        stderr.note(line);
    }
}

/// Requests the end of the program. The first request lets a subscriber finish; a second one, or
/// one without a subscriber, ends the process.
pub(crate) fn request() {
    clear_spinner();
    match SUBSCRIBER.get() {
        Some(subscriber) if !subscriber.is_requested.swap(true, Ordering::SeqCst) => {
            (subscriber.clear)();
            note("finishing up; press Ctrl-C again to quit now");
            subscriber.shutdown.send_replace(true);
        }
        _ => {
            note("interrupted");
            exit_interrupted()
        }
    }
}

/// Whether a shutdown was requested and the command is finishing up.
pub(crate) fn is_requested() -> bool {
    SUBSCRIBER.get().is_some_and(|subscriber| *subscriber.shutdown.borrow())
}

/// Subscribes to the first Ctrl-C or SIGTERM: it calls `clear` and then completes the returned
/// future, instead of ending the process.
pub(crate) fn subscribe(
    clear: impl Fn() + Send + Sync + 'static,
) -> impl Future<Output = ()> + Send + 'static {
    let subscriber = || Subscriber {
        is_requested: AtomicBool::new(false),
        shutdown: watch::Sender::new(false),
        clear: Box::new(clear),
    };
    let mut shutdown = SUBSCRIBER.get_or_init(subscriber).shutdown.subscribe();
    #[cfg(unix)]
    tokio::spawn(async {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminated) = signal(SignalKind::terminate()) else { return };
        while terminated.recv().await.is_some() {
            request();
        }
    });
    async move {
        // The sender lives in a static and is never dropped.
        let _ = shutdown.wait_for(|requested| *requested).await;
    }
}
