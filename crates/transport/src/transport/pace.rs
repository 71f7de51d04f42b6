//! The pace that a vendor allows, found from its responses.
//!
//! The rate follows BIC, the binary increase of TCP. It doubles with each round
//! trip (slow start) until the vendor complains; then it is lowered, and that
//! rate is remembered. From there it goes half the way to what was too much, once
//! a second, and stays a little below. What was too much is tried again after a
//! while. How many requests run at once follows from the rate.
//!
//! No clock is read here and nothing waits: that is in `rate_limiter`.

use serde::Serialize;
use std::time::Duration;
use tokio::time::Instant;

/// The pace of a client's requests towards its vendor, and why it is what it is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Pace {
    /// Requests that may start each second.
    pub rate: f64,
    /// Requests that may run at once.
    pub concurrency: usize,
    /// The rate that the vendor complained about last; `None` before a complaint.
    pub too_fast: Option<f64>,
    /// Why the pace changed last.
    pub reason: PaceReason,
}

impl Pace {
    /// Whether it is another than at the start.
    pub fn has_changed(&self) -> bool {
        self.reason != PaceReason::Start
    }
}

impl std::fmt::Display for Pace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = if self.rate < 10.0 { 1 } else { 0 };
        write!(f, "{:.digits$} requests/s ({})", self.rate, self.reason.as_str())
    }
}

/// Why a pace changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PaceReason {
    /// It has not changed yet.
    Start,
    /// Responses were good.
    Raised,
    /// The vendor returned 429.
    RateLimited,
    /// The vendor returned 503.
    Unavailable,
    /// The quota in the vendor's headers was used up.
    QuotaUsed,
    /// Responses took more than twice as long as before.
    Slow,
    /// An earlier run learned what is too much.
    Remembered,
}

impl PaceReason {
    /// The reason in a few words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Raised => "responses are good",
            Self::RateLimited => "too many requests (429)",
            Self::Unavailable => "service unavailable (503)",
            Self::QuotaUsed => "the vendor's quota was used up",
            Self::Slow => "responses became slow",
            Self::Remembered => "known from an earlier run",
        }
    }
}

/// Where a pace starts, and what it never exceeds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PaceBounds {
    pub(crate) start_rate: f64,
    pub(crate) max_rate: f64,
    pub(crate) start_slots: usize,
    pub(crate) max_slots: usize,
}

impl PaceBounds {
    pub(crate) const START_RATE: f64 = 20.0;
    pub(crate) const MAX_RATE: f64 = 200.0;
    pub(crate) const START_SLOTS: usize = 8;
    pub(crate) const MAX_SLOTS: usize = 64;

    /// Bounds for these ceilings; a fixed rate is also where the pace starts.
    pub(crate) fn new(max_rate: f64, is_fixed: bool, max_slots: usize) -> Self {
        let start_rate = if is_fixed { max_rate } else { max_rate.min(Self::START_RATE) };
        Self { start_rate, max_rate, start_slots: max_slots.min(Self::START_SLOTS), max_slots }
    }
}

/// The pace of one vendor's requests.
#[derive(Debug)]
pub(super) struct PaceState {
    bounds: PaceBounds,
    rate: f64,
    /// What the vendor complained about, and when that may be tried again.
    too_fast: Option<(f64, Instant)>,
    /// What it accepted for long before more was tried.
    proven: Option<f64>,
    /// By which share what was too much is raised next.
    forget_share: f64,
    changed: Instant,
    lowered: Option<Instant>,
    /// Whether a request had to wait for the pace since it changed.
    is_binding: bool,
    latencies: Vec<OperationLatency>,
    reason: PaceReason,
}

/// How long one operation takes.
#[derive(Debug)]
struct OperationLatency {
    operation: &'static str,
    /// While the vendor is not busy.
    base: Duration,
    /// The least of the last few.
    least: Duration,
    count: u32,
    at: Instant,
}

impl OperationLatency {
    /// So many responses tell whether the operation became slower.
    const SAMPLES: u32 = 5;
    /// Slower by less than this says nothing.
    const SLACK: Duration = Duration::from_millis(50);
    /// What is slow for a minute is the new normal.
    const DRIFT_PER_S: f64 = 0.01;

    /// Notes a response; returns whether the last few were all slow.
    fn note(&mut self, took: Duration, now: Instant) -> bool {
        let drift = now.saturating_duration_since(self.at).as_secs_f64() * Self::DRIFT_PER_S;
        (self.base, self.at) = (self.base.mul_f64(1.0 + drift).min(took), now);
        (self.least, self.count) = (self.least.min(took), self.count + 1);
        let is_full = self.count >= Self::SAMPLES;
        let is_slow = is_full && self.least > self.base * 2 + Self::SLACK;
        if is_full {
            (self.least, self.count) = (Duration::MAX, 0);
        }
        is_slow
    }
}

impl PaceState {
    /// A vendor that still complains gets a request every four seconds.
    const LEAST: f64 = 0.25;
    /// At the start, 8 requests at once and 20 a second.
    const SLOTS_PER_RATE: f64 = PaceBounds::START_SLOTS as f64 / PaceBounds::START_RATE;
    /// A request a second is soon tried again, or a client that came second would
    /// stay at the least.
    const LEAST_TOO_FAST: f64 = 1.0;
    /// A timer may be late by so much without lowering the rate.
    const TIMER: Duration = Duration::from_millis(3);
    /// Lowered to this share, or by half where that was not enough.
    const STEP_DOWN: f64 = 0.85;
    /// How close the rate comes to what was too much.
    const MARGIN: f64 = 0.92;
    /// Between two steps towards it.
    const SEARCH_STEP: Duration = Duration::from_secs(1);
    /// What was too much is tried again after so many seconds for each request a
    /// second, and then step by step: a client that gets little asks more often.
    const FORGET_S_PER_RATE: f64 = 80.0;
    const FORGET_S: std::ops::RangeInclusive<f64> = 10.0..=120.0;
    const FORGET_STEP: Duration = Duration::from_secs(10);
    /// By which share it is raised first, and by how much at least. The share
    /// doubles with each step.
    const FORGET_SHARE: f64 = 0.05;
    const FORGET_LEAST: f64 = 0.25;

    pub(super) fn new(bounds: PaceBounds, now: Instant) -> Self {
        Self {
            bounds,
            rate: bounds.start_rate,
            too_fast: None,
            proven: None,
            forget_share: Self::FORGET_SHARE,
            changed: now,
            lowered: None,
            is_binding: false,
            latencies: Vec::new(),
            reason: PaceReason::Start,
        }
    }

    /// Lowers the ceilings to those of another client, if they are lower.
    pub(super) fn join(&mut self, bounds: PaceBounds) {
        let own = &mut self.bounds;
        own.max_rate = own.max_rate.min(bounds.max_rate);
        own.start_rate = own.start_rate.min(own.max_rate);
        own.max_slots = own.max_slots.min(bounds.max_slots);
        own.start_slots = own.start_slots.min(own.max_slots);
        self.rate = self.rate.min(own.max_rate);
    }

    pub(super) fn rate(&self) -> f64 {
        self.rate
    }

    pub(super) fn max_rate(&self) -> f64 {
        self.bounds.max_rate
    }

    /// How many requests may run at once.
    pub(super) fn slots(&self) -> usize {
        let least = if self.too_fast.is_some() { 1 } else { self.bounds.start_slots };
        let slots = (self.rate * Self::SLOTS_PER_RATE).ceil() as usize;
        slots.max(least).min(self.bounds.max_slots)
    }

    /// How far ahead of its steady pace a burst may run: not at all once the
    /// vendor complained.
    pub(super) fn burst(&self) -> Duration {
        if self.too_fast.is_some() {
            return Self::TIMER;
        }
        let requests = (self.rate.min(self.bounds.start_rate) - 1.0).max(0.0);
        Duration::from_secs_f64(requests / self.rate).max(Self::TIMER)
    }

    pub(super) fn read(&self) -> Pace {
        Pace {
            rate: self.rate,
            concurrency: self.slots(),
            too_fast: self.too_fast.map(|(rate, _)| rate),
            reason: self.reason,
        }
    }

    /// Notes that a request has to wait for its start.
    pub(super) fn note_wait(&mut self) {
        self.is_binding = true;
    }

    /// Starts below a rate that an earlier run found to be too much.
    pub(super) fn remember(&mut self, too_fast: f64, now: Instant) {
        if !too_fast.is_finite() || self.too_fast.is_some() {
            return;
        }
        let too_fast = too_fast.max(Self::LEAST);
        self.note_too_fast(too_fast, now);
        // Not too low: the vendor may have been down.
        let least = self.bounds.start_rate / 8.0;
        let rate = (too_fast * Self::STEP_DOWN).max(least).min(self.bounds.max_rate);
        self.set(rate, PaceReason::Remembered, now);
    }

    /// A good response to a request that was sent at `started`.
    pub(super) fn succeeded(&mut self, operation: &'static str, started: Instant, now: Instant) {
        if self.note_latency(operation, now.saturating_duration_since(started), now) {
            // The requests under way have to end before this shows an effect.
            let is_due = self.lowered.is_none_or(|at| now - at >= Self::SEARCH_STEP);
            if is_due && self.rate > self.bounds.start_rate {
                let rate = (self.rate * Self::STEP_DOWN).max(self.bounds.start_rate);
                self.note_too_fast(self.rate, now);
                self.lowered = Some(now);
                self.set(rate, PaceReason::Slow, now);
            }
            return;
        }
        // Only a response to what was sent at this rate says that it is allowed,
        // and only a rate that was used.
        if !self.is_binding || started < self.changed {
            return;
        }
        let Some((too_fast, retry_at)) = self.too_fast else {
            let rate = (self.rate * 2.0).min(self.bounds.max_rate);
            return self.set(rate, PaceReason::Raised, now);
        };
        if now - self.changed < Self::SEARCH_STEP {
            return;
        }
        let target = (too_fast * Self::MARGIN).min(self.bounds.max_rate);
        let is_near = self.rate >= target * 0.99;
        if !is_near {
            let rate = self.rate + (target - self.rate) / 2.0;
            self.set(rate, PaceReason::Raised, now);
        } else if target < self.bounds.max_rate && now >= retry_at {
            self.proven = self.proven.or(Some(self.rate));
            let too_fast = too_fast + (too_fast * self.forget_share).max(Self::FORGET_LEAST);
            self.forget_share = (self.forget_share * 2.0).min(1.0);
            self.too_fast = Some((too_fast, now + Self::FORGET_STEP));
            let rate = (too_fast * Self::MARGIN).min(self.bounds.max_rate);
            self.set(rate, PaceReason::Raised, now);
        }
    }

    /// Notes how long a response took; returns whether responses became slow.
    fn note_latency(&mut self, operation: &'static str, took: Duration, now: Instant) -> bool {
        match self.latencies.iter_mut().find(|latency| latency.operation == operation) {
            Some(latency) => latency.note(took, now),
            None => {
                let least = Duration::MAX;
                self.latencies.push(OperationLatency {
                    operation,
                    base: took,
                    least,
                    count: 0,
                    at: now,
                });
                false
            }
        }
    }

    /// A complaint about a request that was sent at `started` and at `rate`.
    /// Returns whether the pace was lowered for it.
    pub(super) fn complained(
        &mut self,
        reason: PaceReason,
        rate: f64,
        started: Instant,
        now: Instant,
    ) -> bool {
        // Requests that were under way at the last step met the same limit.
        if self.lowered.is_some_and(|lowered| lowered >= started) {
            return false;
        }
        let least = match reason {
            // A failure may have another cause than our requests.
            PaceReason::Unavailable => self.bounds.start_rate.min(self.rate),
            _ => Self::LEAST.min(self.rate),
        };
        let rate = rate.min(self.rate);
        // Far above the limit where nothing was accepted in between.
        let is_far = self.too_fast.is_none() || self.lowered == Some(self.changed);
        let (too_fast, lower) = match self.proven.take().filter(|proven| *proven <= rate) {
            Some(proven) => (proven / Self::MARGIN, proven * Self::STEP_DOWN),
            // Nothing was refused yet.
            None if reason == PaceReason::QuotaUsed => (rate, rate * 0.9),
            // Vendors fail for other reasons too: what was known is not forgotten.
            None if reason == PaceReason::Unavailable => {
                let known = self.too_fast.map_or(0.0, |(known, _)| known);
                (known.max(rate), rate * Self::STEP_DOWN)
            }
            None if is_far => (rate, rate / 2.0),
            None => (rate, rate * Self::STEP_DOWN),
        };
        self.note_too_fast(too_fast, now);
        self.lowered = Some(now);
        self.set(lower.max(least), reason, now);
        true
    }

    fn note_too_fast(&mut self, rate: f64, now: Instant) {
        let (least, most) = Self::FORGET_S.into_inner();
        self.forget_share = Self::FORGET_SHARE;
        let forget = (rate * Self::FORGET_S_PER_RATE).clamp(least, most);
        let too_fast = rate.max(Self::LEAST_TOO_FAST);
        self.too_fast = Some((too_fast, now + Duration::from_secs_f64(forget)));
    }

    fn set(&mut self, rate: f64, reason: PaceReason, now: Instant) {
        if (rate - self.rate).abs() > f64::EPSILON {
            (self.rate, self.reason) = (rate, reason);
            tracing::info!(
                rate = format_args!("{rate:.1}"),
                concurrency = self.slots(),
                reason = reason.as_str(),
                "pace"
            );
        }
        (self.changed, self.is_binding) = (now, false);
    }
}
