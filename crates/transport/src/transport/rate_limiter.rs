//! Waits until the pace lets a request start.
//!
//! Requests start at the rate of the [pace](super::pace) and at most as many run
//! at once as it says. No request starts while the vendor asks to wait, or while
//! the quota that its headers state is used up.

use super::pace::{Pace, PaceBounds, PaceReason, PaceState};
use super::quota::{Quota, QuotaHeaders};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

/// Shared by all clients with the same credentials at the same address.
#[derive(Debug)]
pub(crate) struct RateLimiter {
    slots: Arc<Semaphore>,
    /// Held while waiting for a start: only one is planned at a time, so that each
    /// follows the newest pace.
    turn: tokio::sync::Mutex<()>,
    state: Mutex<LimiterState>,
}

#[derive(Debug)]
struct LimiterState {
    pace: PaceState,
    /// When the next request would start if there were no bursts.
    due: Instant,
    /// No request starts before: the vendor asked to wait.
    paused_until: Option<Instant>,
    quota: Option<Quota>,
    /// Requests that have started.
    started: u64,
    /// Permits that exist: those in the semaphore and those handed out.
    existing: usize,
}

/// The right to have one request under way.
#[derive(Debug)]
pub(crate) struct Permit {
    limiter: Arc<RateLimiter>,
    slot: Option<OwnedSemaphorePermit>,
    started: Instant,
    /// The rate when it started.
    rate: f64,
    /// How many requests had started before.
    before: u64,
}

/// The limiters of this process, by a hash of whose limit they keep.
type Limiters = (RandomState, Mutex<HashMap<u64, Weak<RateLimiter>>>);

impl RateLimiter {
    /// Nothing starts for so long after a 429 that does not say how long to wait.
    const PAUSE: Duration = Duration::from_millis(500);

    pub(crate) fn new(bounds: PaceBounds) -> Arc<Self> {
        let state = LimiterState {
            pace: PaceState::new(bounds, Instant::now()),
            due: Instant::now(),
            paused_until: None,
            quota: None,
            started: 0,
            existing: bounds.start_slots,
        };
        Arc::new(Self {
            slots: Arc::new(Semaphore::new(bounds.start_slots)),
            turn: tokio::sync::Mutex::default(),
            state: Mutex::new(state),
        })
    }

    /// The limiter of the clients with this identity: vendors count requests by
    /// key. The lowest of the clients' ceilings holds.
    pub(crate) fn shared(identity: impl std::hash::Hash, bounds: PaceBounds) -> Arc<Self> {
        static LIMITERS: LazyLock<Limiters> = LazyLock::new(Default::default);
        let (hasher, limiters) = &*LIMITERS;
        let mut limiters = limiters.lock().unwrap_or_else(PoisonError::into_inner);
        limiters.retain(|_, limiter| limiter.strong_count() > 0);
        match limiters.entry(hasher.hash_one(identity)) {
            Entry::Occupied(mut entry) => match entry.get().upgrade() {
                Some(limiter) => {
                    let mut state = limiter.state();
                    state.pace.join(bounds);
                    limiter.fit(&mut state);
                    drop(state);
                    limiter
                }
                None => {
                    let limiter = Self::new(bounds);
                    entry.insert(Arc::downgrade(&limiter));
                    limiter
                }
            },
            Entry::Vacant(entry) => {
                let limiter = Self::new(bounds);
                entry.insert(Arc::downgrade(&limiter));
                limiter
            }
        }
    }

    /// Waits for a free slot and then for the request's start.
    pub(crate) async fn acquire(self: &Arc<Self>) -> Permit {
        let slot = match Arc::clone(&self.slots).try_acquire_owned() {
            Ok(slot) => Some(slot),
            Err(_) => {
                self.state().pace.note_wait();
                // The semaphore is never closed; were it, pacing would be off.
                Arc::clone(&self.slots).acquire_owned().await.ok()
            }
        };
        let turn = self.turn.lock().await;
        loop {
            let start = self.state().next_start();
            sleep_until(start).await;
            let mut state = self.state();
            // The vendor may have requested a pause while we waited.
            if state.next_start() <= Instant::now() {
                let (rate, before) = state.begin();
                drop(state);
                drop(turn);
                let limiter = Arc::clone(self);
                return Permit { limiter, slot, started: Instant::now(), rate, before };
            }
        }
    }

    /// The rate that is never exceeded.
    pub(crate) fn max_rate(&self) -> f64 {
        self.state().pace.max_rate()
    }

    /// The pace as it is now.
    pub(crate) fn pace(&self) -> Pace {
        self.state().pace.read()
    }

    /// Starts below a rate that an earlier run found to be too much.
    pub(crate) fn remember(&self, too_fast: f64) {
        let mut state = self.state();
        state.pace.remember(too_fast, Instant::now());
        self.fit(&mut state);
    }

    fn state(&self) -> MutexGuard<'_, LimiterState> {
        // A panic elsewhere leaves numbers that are each still valid.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the semaphore as many permits as the pace has slots. Those that are
    /// handed out are taken back when they return.
    fn fit(&self, state: &mut LimiterState) {
        let slots = state.pace.slots();
        if slots > state.existing {
            self.slots.add_permits(slots - state.existing);
            state.existing = slots;
        } else {
            state.existing -= self.slots.forget_permits(state.existing - slots);
        }
    }
}

impl LimiterState {
    /// When the next request may start. A few may start at once.
    fn next_start(&mut self) -> Instant {
        let now = Instant::now();
        self.due = self.due.max(now);
        let paced = self.due.checked_sub(self.pace.burst()).map_or(now, |start| start.max(now));
        if paced > now {
            self.pace.note_wait();
        }
        let quota = self.quota.as_ref().and_then(|quota| quota.next_start(now));
        paced.max(self.paused_until.unwrap_or(now)).max(quota.unwrap_or(now))
    }

    /// Counts a request that starts: the rate at which it does, and how many did before.
    fn begin(&mut self) -> (f64, u64) {
        let (rate, before) = (self.pace.rate(), self.started);
        self.due += Duration::from_secs_f64(1.0 / rate);
        self.started += 1;
        if let Some(quota) = &mut self.quota {
            quota.take(Instant::now());
        }
        (rate, before)
    }
}

impl Permit {
    /// The vendor is content: a little more is tried.
    pub(crate) fn succeeded(&self, operation: &'static str) {
        let mut state = self.limiter.state();
        state.pace.succeeded(operation, self.started, Instant::now());
        self.limiter.fit(&mut state);
    }

    /// The vendor complains, and perhaps asks for a pause.
    pub(crate) fn complained(&self, reason: PaceReason, hint: Option<Duration>) {
        let now = Instant::now();
        let mut state = self.limiter.state();
        let is_lowered = state.pace.complained(reason, self.rate, self.started, now);
        let pause = hint.or_else(|| {
            (is_lowered && reason == PaceReason::RateLimited).then_some(RateLimiter::PAUSE)
        });
        if let Some(pause) = pause {
            let until = now + pause;
            state.paused_until = Some(state.paused_until.map_or(until, |known| known.max(until)));
        }
        if is_lowered {
            self.limiter.fit(&mut state);
            // No burst after a complaint: starts are spaced from here on.
            let resume = state.paused_until.unwrap_or(now).max(now);
            state.due = state.due.max(resume);
        }
    }

    /// Notes what a response says about the requests that are left. A wait beyond
    /// `longest` is left for the vendor to ask for.
    pub(crate) fn note_quota(&self, headers: QuotaHeaders, longest: Duration) {
        if headers.reset() > longest {
            return;
        }
        let now = Instant::now();
        let mut state = self.limiter.state();
        // The vendor has counted those that started before.
        let later = state.started - self.before - 1;
        let quota = Quota::new(headers, later, now);
        let quota = match state.quota.take() {
            Some(known) => known.and(quota, later, now),
            None => quota,
        };
        if quota.is_used_up(now + Duration::from_secs_f64(1.5 / self.rate)) {
            state.pace.complained(PaceReason::QuotaUsed, self.rate, self.started, now);
            self.limiter.fit(&mut state);
        }
        state.quota = Some(quota);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.limiter.state();
        if let Some(slot) = self.slot.take()
            && state.existing > state.pace.slots()
        {
            state.existing -= 1;
            slot.forget();
        }
    }
}

#[cfg(test)]
mod simulation;

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(rate: f64, slots: usize) -> PaceBounds {
        PaceBounds { start_slots: slots, ..PaceBounds::new(rate, true, slots) }
    }

    impl RateLimiter {
        fn now(&self) -> (f64, usize) {
            let pace = self.pace();
            (pace.rate, pace.concurrency)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn limiter_lets_a_burst_through_and_then_keeps_the_rate() {
        let limiter = RateLimiter::new(fixed(10.0, 100));
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
        let limiter = RateLimiter::new(fixed(1000.0, 2));
        let (first, second) = (limiter.acquire().await, limiter.acquire().await);
        let third = tokio::time::timeout(Duration::from_secs(1), limiter.acquire());
        assert!(third.await.is_err());
        drop(first);
        drop(limiter.acquire().await);
        drop(second);
    }

    #[tokio::test(start_paused = true)]
    async fn limiter_steps_down_once_per_429_and_remembers_it() {
        let limiter = RateLimiter::new(fixed(16.0, 8));
        let permits = [limiter.acquire().await, limiter.acquire().await, limiter.acquire().await];
        tokio::time::advance(Duration::from_millis(10)).await;
        for permit in &permits {
            permit.complained(PaceReason::RateLimited, None);
        }
        assert_eq!(limiter.now().0, 8.0);
        drop(permits);
        tokio::time::advance(Duration::from_secs(1)).await;
        limiter.acquire().await.complained(PaceReason::RateLimited, None);
        assert_eq!((limiter.now().0, limiter.pace().too_fast), (4.0, Some(8.0)));
        for _ in 0..200 {
            limiter.acquire().await.succeeded("list");
        }
        assert!((7.2..8.0).contains(&limiter.now().0), "{:?}", limiter.pace());
        // After two minutes, what was too much is tried again.
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(240) {
            limiter.acquire().await.succeeded("list");
        }
        assert!((8.0..=16.0).contains(&limiter.now().0), "{:?}", limiter.pace());
    }

    #[tokio::test(start_paused = true)]
    async fn limiter_never_stops_for_good() {
        let limiter = RateLimiter::new(fixed(16.0, 4));
        for _ in 0..50 {
            tokio::time::advance(Duration::from_secs(1)).await;
            limiter.acquire().await.complained(PaceReason::RateLimited, None);
        }
        assert_eq!(limiter.now(), (0.25, 1));
        drop(limiter.acquire().await);
        limiter.acquire().await.complained(PaceReason::Unavailable, None);
        assert_eq!(limiter.now().0, 0.25);
    }

    #[tokio::test(start_paused = true)]
    async fn limiter_pauses_everybody_while_the_vendor_asks() {
        let limiter = RateLimiter::new(fixed(100.0, 4));
        let hint = Some(Duration::from_secs(3));
        limiter.acquire().await.complained(PaceReason::RateLimited, hint);
        let start = Instant::now();
        drop(limiter.acquire().await);
        assert!(start.elapsed() >= Duration::from_secs(3));
        let resumed = Instant::now();
        for _ in 0..5 {
            drop(limiter.acquire().await);
        }
        assert!(resumed.elapsed() >= Duration::from_millis(90), "a burst after a 429");
    }

    #[tokio::test(start_paused = true)]
    async fn clients_with_the_same_identity_share_a_limiter_and_its_lowest_ceiling() {
        let first = RateLimiter::shared(("acme", "key"), fixed(50.0, 8));
        let second = RateLimiter::shared(("acme", "key"), fixed(10.0, 2));
        let other = RateLimiter::shared(("acme", "other key"), fixed(50.0, 8));
        assert!(Arc::ptr_eq(&first, &second) && !Arc::ptr_eq(&first, &other));
        assert_eq!((first.now(), other.now()), ((10.0, 2), (50.0, 8)));
        drop((first, second));
        let third = RateLimiter::shared(("acme", "key"), fixed(50.0, 8));
        assert_eq!(third.now(), (50.0, 8));
    }

    #[tokio::test(start_paused = true)]
    async fn failures_and_slow_responses_never_lower_the_pace_below_its_start() {
        let limiter = RateLimiter::new(PaceBounds::new(200.0, false, 64));
        for _ in 0..100 {
            limiter.acquire().await.succeeded("list");
        }
        assert_eq!(limiter.now(), (200.0, 64));
        for round in 0..100 {
            let permit = limiter.acquire().await;
            match round % 2 {
                0 => permit.complained(PaceReason::Unavailable, None),
                _ => {
                    tokio::time::advance(Duration::from_secs(1)).await;
                    permit.succeeded("list");
                }
            }
        }
        assert_eq!(limiter.now(), (20.0, 8));
    }

    #[tokio::test(start_paused = true)]
    async fn limiter_starts_below_what_an_earlier_run_found_too_much() {
        let limiter = RateLimiter::new(PaceBounds::new(200.0, false, 64));
        limiter.remember(10.0);
        assert_eq!(limiter.now(), (8.5, 4));
        assert_eq!(limiter.pace().reason, PaceReason::Remembered);
        assert_eq!(limiter.slots.available_permits(), 4);
    }
}
