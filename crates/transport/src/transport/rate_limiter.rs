//! How fast, and how many at once.
//!
//! Requests start at a steady rate with a small allowance for bursts, and at
//! most so many run at once. A response 429 halves both; successes bring both
//! back, step by step, to what is configured.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

/// Shared by all clones of a client.
#[derive(Debug)]
pub(crate) struct RateLimiter {
    slots: Arc<Semaphore>,
    state: Mutex<LimiterState>,
    max_rate: f64,
    max_slots: f64,
}

#[derive(Debug)]
struct LimiterState {
    /// Requests a second, now.
    rate: f64,
    /// When the next request would start if there were no bursts.
    due: Instant,
    /// No request starts before: the vendor asked to wait.
    paused_until: Option<Instant>,
    /// How many may run at once, now; whole numbers count.
    target: f64,
    /// Permits that exist: those in the semaphore and those handed out.
    existing: usize,
    /// When both were last lowered.
    lowered: Option<Instant>,
}

/// The right to have one request under way.
#[derive(Debug)]
pub(crate) struct Permit {
    limiter: Arc<RateLimiter>,
    slot: Option<OwnedSemaphorePermit>,
    started: Instant,
}

impl RateLimiter {
    /// The rate never falls below this share of what is configured.
    const LEAST: f64 = 1.0 / 16.0;
    /// A success gives back this share of the configured rate.
    const STEP: f64 = 1.0 / 32.0;

    pub(crate) fn new(rate: f64, concurrency: usize) -> Arc<Self> {
        let state = LimiterState {
            rate,
            due: Instant::now(),
            paused_until: None,
            target: concurrency as f64,
            existing: concurrency,
            lowered: None,
        };
        Arc::new(Self {
            slots: Arc::new(Semaphore::new(concurrency)),
            state: Mutex::new(state),
            max_rate: rate,
            max_slots: concurrency as f64,
        })
    }

    /// Requests that may start in a second, as configured.
    pub(crate) fn max_rate(&self) -> f64 {
        self.max_rate
    }

    /// Waits for a free slot and then for the request's permit.
    pub(crate) async fn acquire(self: &Arc<Self>) -> Permit {
        // The semaphore is never closed; were it, pacing would be off.
        let slot = Arc::clone(&self.slots).acquire_owned().await.ok();
        let mut permit = Permit { limiter: Arc::clone(self), slot, started: Instant::now() };
        loop {
            let start = self.state().reserve_start();
            sleep_until(start).await;
            // The vendor may have requested a pause while we waited.
            let paused_until = self.state().paused_until;
            match paused_until {
                Some(until) if until > Instant::now() => sleep_until(until).await,
                _ => break,
            }
        }
        permit.started = Instant::now();
        permit
    }

    fn state(&self) -> MutexGuard<'_, LimiterState> {
        // A panic elsewhere leaves numbers that are each still valid.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Requests a second and requests at once, as they are now.
    #[cfg(test)]
    fn now(&self) -> (f64, usize) {
        let state = self.state();
        (state.rate, state.target as usize)
    }
}

impl LimiterState {
    /// Reserves the next start. Up to a second's worth may start at once.
    fn reserve_start(&mut self) -> Instant {
        let now = Instant::now();
        let due = self.due.max(now);
        let start = due.checked_sub(self.burst()).map_or(now, |start| start.max(now));
        self.due = due + Duration::from_secs_f64(1.0 / self.rate);
        self.paused_until.map_or(start, |until| start.max(until))
    }

    /// How far ahead of its steady pace a burst may run.
    fn burst(&self) -> Duration {
        Duration::from_secs_f64(((self.rate - 1.0) / self.rate).max(0.0))
    }
}

impl Permit {
    /// The vendor is content: a little more is tried.
    pub(crate) fn succeeded(&self) {
        let mut state = self.limiter.state();
        let (max_rate, max_slots) = (self.limiter.max_rate, self.limiter.max_slots);
        state.rate = (state.rate + max_rate * RateLimiter::STEP).min(max_rate);
        // One more slot for each round of as many successes as there are slots.
        state.target = (state.target + 1.0 / state.target).min(max_slots);
        if state.existing < state.target as usize {
            state.existing += 1;
            self.limiter.slots.add_permits(1);
        }
    }

    /// The vendor asks for less, and perhaps for a pause.
    pub(crate) fn rate_limited(&self, hint: Option<Duration>) {
        let now = Instant::now();
        let mut state = self.limiter.state();
        if let Some(hint) = hint {
            let until = now + hint;
            state.paused_until = Some(state.paused_until.map_or(until, |known| known.max(until)));
        }
        // Requests that were under way at the last step met the same limit.
        if state.lowered.is_some_and(|lowered| lowered >= self.started) {
            return;
        }
        state.lowered = Some(now);
        state.rate = (state.rate / 2.0).max(self.limiter.max_rate * RateLimiter::LEAST);
        state.target = (state.target / 2.0).max(1.0);
        // No burst after a 429: starts are spaced from here on.
        let resume = state.paused_until.unwrap_or(now).max(now);
        state.due = state.due.max(resume + state.burst());
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.limiter.state();
        if let Some(slot) = self.slot.take()
            && state.existing > state.target as usize
        {
            state.existing -= 1;
            slot.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn limiter_lets_a_burst_through_and_then_keeps_the_rate() {
        let limiter = RateLimiter::new(10.0, 100);
        let start = Instant::now();
        for _ in 0..10 {
            drop(limiter.acquire().await);
        }
        assert!(start.elapsed() < Duration::from_millis(5), "{:?}", start.elapsed());
        for _ in 0..20 {
            drop(limiter.acquire().await);
        }
        let took = start.elapsed().as_secs_f64();
        assert!((1.9..2.1).contains(&took), "{took}");
    }

    #[tokio::test(start_paused = true)]
    async fn limiter_bounds_what_runs_at_once() {
        let limiter = RateLimiter::new(1000.0, 2);
        let (first, second) = (limiter.acquire().await, limiter.acquire().await);
        let third = tokio::time::timeout(Duration::from_secs(1), limiter.acquire());
        assert!(third.await.is_err());
        drop(first);
        drop(limiter.acquire().await);
        drop(second);
    }

    #[tokio::test(start_paused = true)]
    async fn limiter_steps_down_once_per_429_and_recovers() {
        let limiter = RateLimiter::new(16.0, 8);
        let permits = [limiter.acquire().await, limiter.acquire().await, limiter.acquire().await];
        tokio::time::advance(Duration::from_millis(10)).await;
        for permit in &permits {
            permit.rate_limited(None);
        }
        assert_eq!(limiter.now(), (8.0, 4));
        drop(permits);
        tokio::time::advance(Duration::from_secs(1)).await;
        limiter.acquire().await.rate_limited(None);
        assert_eq!(limiter.now(), (4.0, 2));
        for _ in 0..100 {
            limiter.acquire().await.succeeded();
        }
        assert_eq!(limiter.now(), (16.0, 8));
        assert_eq!(limiter.slots.available_permits(), 8);
    }

    #[tokio::test(start_paused = true)]
    async fn limiter_never_stops_for_good() {
        let limiter = RateLimiter::new(16.0, 4);
        for _ in 0..50 {
            tokio::time::advance(Duration::from_secs(2)).await;
            limiter.acquire().await.rate_limited(None);
        }
        assert_eq!(limiter.now(), (1.0, 1));
        drop(limiter.acquire().await);
    }

    #[tokio::test(start_paused = true)]
    async fn limiter_pauses_everybody_while_the_vendor_asks() {
        let limiter = RateLimiter::new(100.0, 4);
        limiter.acquire().await.rate_limited(Some(Duration::from_secs(3)));
        let start = Instant::now();
        drop(limiter.acquire().await);
        assert!(start.elapsed() >= Duration::from_secs(3));
        let resumed = Instant::now();
        for _ in 0..5 {
            drop(limiter.acquire().await);
        }
        assert!(resumed.elapsed() >= Duration::from_millis(90), "a burst after a 429");
    }
}
