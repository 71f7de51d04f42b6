//! A spinner on the terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    io::{self, IsTerminal},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// The spinner on the terminal, if there is one.
static SPINNER: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// The time after which a spinner appears.
const SPINNER_DELAY: Duration = Duration::from_secs(1);

/// Shows on a terminal that work goes on, once it has taken a second, until it is dropped.
pub(crate) struct Spinner;

impl Spinner {
    pub(crate) fn start(message: String, is_quiet: bool) -> Self {
        if is_quiet || !io::stderr().is_terminal() {
            return Self;
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{spinner} {msg}  {elapsed}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.set_message(message);
        *spinner() = Some(bar);
        tokio::spawn(async {
            tokio::time::sleep(SPINNER_DELAY).await;
            if let Some(bar) = &*spinner() {
                bar.set_draw_target(ProgressDrawTarget::stderr());
                bar.enable_steady_tick(Duration::from_millis(100));
            }
        });
        Self
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        clear_spinner();
    }
}

/// Removes the spinner from the terminal.
pub(crate) fn clear_spinner() {
    if let Some(bar) = spinner().take() {
        bar.finish_and_clear();
    }
}

/// Writes to the terminal while the spinner is away.
pub(super) fn without_spinner(write: impl FnOnce()) {
    match &*spinner() {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

fn spinner() -> MutexGuard<'static, Option<ProgressBar>> {
    SPINNER.lock().unwrap_or_else(PoisonError::into_inner)
}
