//! Whether, when and how often a failed request is sent again.

use crate::builder::MAX_TIMEOUT;
use http::HeaderMap;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// How retries are spaced and bounded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RetryPolicy {
    /// Attempts after the first.
    pub(crate) retries: u32,
    /// Upper bound of the first wait; doubles with each further one.
    pub(crate) base: Duration,
    /// Upper bound of any wait we choose ourselves.
    pub(crate) cap: Duration,
    /// Longest wait accepted from the vendor.
    pub(crate) max_hint: Duration,
    /// The size of the client's budget; `None` for the default.
    pub(crate) budget: Option<u32>,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            retries: 4,
            base: Duration::from_millis(250),
            cap: Duration::from_secs(10),
            max_hint: Duration::from_secs(60),
            budget: None,
        }
    }
}

impl RetryPolicy {
    /// Full jitter: anything between nothing and the doubled bound, so that
    /// clients that failed together do not come back together.
    pub(crate) fn backoff(&self, retry: u32) -> Duration {
        self.bound(retry).mul_f64(fastrand::f64())
    }

    /// The size of the client's budget. Where none is set: enough for each of
    /// the requests at once to fail twice, and for one to use all its retries.
    pub(crate) fn budget_size(&self, concurrency: usize) -> u32 {
        let twice = u32::try_from(concurrency.saturating_mul(2)).unwrap_or(u32::MAX);
        self.budget.unwrap_or(RetryBudget::DEFAULT.max(twice).max(self.retries))
    }

    fn bound(&self, retry: u32) -> Duration {
        let factor = 1_u32.checked_shl(retry).unwrap_or(u32::MAX);
        self.base.saturating_mul(factor).min(self.cap)
    }
}

/// What the vendor says about when to come back; `None` if it says nothing,
/// or nothing that lies ahead.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    retry_after_at(headers, SystemTime::now())
}

/// The same at `now`. A date is measured against the response's own, where it
/// has one: the clock of this machine may be wrong by years.
fn retry_after_at(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text_of = |name: &str| Some(headers.get(name)?.to_str().ok()?.trim());
    let millis = || seconds(text_of("retry-after-ms")?, 0.001);
    let standard = || {
        let text = text_of("retry-after")?;
        if let Some(time) = seconds(text, 1.0) {
            return Some(time);
        }
        let date = httpdate::parse_http_date(text).ok()?;
        date.duration_since(now_of(headers, now)).ok().filter(is_plausible)
    };
    millis().or_else(standard)
}

/// The time of a response: its own, or `now`.
pub(super) fn now_of(headers: &HeaderMap, now: SystemTime) -> SystemTime {
    let date = || httpdate::parse_http_date(headers.get("date")?.to_str().ok()?.trim()).ok();
    date().unwrap_or(now)
}

/// A positive, finite number of `unit` seconds.
fn seconds(text: &str, unit: f64) -> Option<Duration> {
    let number: f64 = text.trim().parse().ok()?;
    Duration::try_from_secs_f64(number * unit).ok().filter(is_plausible)
}

/// Whether a wait is plausible: longer than zero and shorter than a year. A clock
/// that was never set turns a minute into 50 years.
fn is_plausible(wait: &Duration) -> bool {
    !wait.is_zero() && *wait <= MAX_TIMEOUT
}

/// Retries a client may still make: a vendor that only fails uses them up, and
/// then each request fails with its first failure. Progress refills it: a
/// request that succeeds gives back what its retries took, and a little more;
/// so does time.
#[derive(Debug)]
pub(crate) struct RetryBudget {
    size: u32,
    tokens: Mutex<Tokens>,
}

#[derive(Debug)]
struct Tokens {
    left: f64,
    at: Instant,
}

impl RetryBudget {
    const DEFAULT: u32 = 20;
    const PER_SUCCESS: f64 = 0.2;
    const PER_SECOND: f64 = 0.2;

    pub(crate) fn new(size: u32) -> Self {
        Self { size, tokens: Mutex::new(Tokens { left: size.into(), at: Instant::now() }) }
    }

    /// How many retries there are when none was taken.
    pub(crate) fn size(&self) -> u32 {
        self.size
    }

    /// Takes one retry, if there is one left.
    pub(crate) fn take(&self) -> bool {
        let mut tokens = self.refilled();
        let enough = tokens.left >= 1.0;
        if enough {
            tokens.left -= 1.0;
        }
        enough
    }

    /// Notes the success of a request that took so many retries; returns how much
    /// that gave back.
    pub(crate) fn refund(&self, taken: u32) -> f64 {
        let mut tokens = self.refilled();
        let before = tokens.left;
        tokens.left = (before + f64::from(taken) + Self::PER_SUCCESS).min(self.size.into());
        tokens.left - before
    }

    /// Takes back what a success gave that turned out to be none.
    pub(crate) fn take_back(&self, refund: f64) {
        let mut tokens = self.refilled();
        tokens.left = (tokens.left - refund).max(0.0);
    }

    fn refilled(&self) -> std::sync::MutexGuard<'_, Tokens> {
        // A panic elsewhere cannot leave two numbers half written.
        let mut tokens = self.tokens.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let now = Instant::now();
        let earned = now.duration_since(tokens.at).as_secs_f64() * Self::PER_SECOND;
        tokens.left = (tokens.left + earned).min(self.size.into());
        tokens.at = now;
        tokens
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(name: &'static str, value: &str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        retry_after(&headers)
    }

    #[test]
    fn retry_after_reads_every_form() {
        assert_eq!(hint("retry-after", "2"), Some(Duration::from_secs(2)));
        assert_eq!(hint("retry-after", " 1.5 "), Some(Duration::from_millis(1500)));
        assert_eq!(hint("retry-after-ms", "1500"), Some(Duration::from_millis(1500)));
        let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(90));
        let wait = hint("retry-after", &date).unwrap();
        assert!((85..=90).contains(&wait.as_secs()), "{wait:?}");
    }

    #[test]
    fn retry_after_in_the_past_or_nonsense_is_no_hint() {
        for text in ["0", "-5", "0.0", "soon", "", "NaN", "inf", "1e300", "1e15"] {
            assert_eq!(hint("retry-after", text), None, "{text}");
        }
        assert_eq!(hint("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT"), None);
        assert_eq!(hint("retry-after-ms", "0"), None);
    }

    #[test]
    fn retry_after_a_date_holds_whatever_the_clock_says() {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", "Fri, 01 May 2026 00:01:30 GMT".parse().unwrap());
        let right = httpdate::parse_http_date("Fri, 01 May 2026 00:00:00 GMT").unwrap();
        let year = Duration::from_secs(365 * 86_400);
        let [early, late] = [SystemTime::UNIX_EPOCH, right + year * 73];
        assert_eq!(retry_after_at(&headers, right), Some(Duration::from_secs(90)));
        // Alone it is a wait of 56 years, or one that is over: no hint at all.
        assert_eq!(retry_after_at(&headers, early), None);
        assert_eq!(retry_after_at(&headers, late), None);
        headers.insert("date", "Fri, 01 May 2026 00:00:00 GMT".parse().unwrap());
        for now in [right, early, late] {
            assert_eq!(retry_after_at(&headers, now), Some(Duration::from_secs(90)), "{now:?}");
        }
        headers.insert("date", "yesterday".parse().unwrap());
        assert_eq!(retry_after_at(&headers, right), Some(Duration::from_secs(90)));
    }

    #[test]
    fn backoff_stays_below_its_doubling_bound() {
        let policy = RetryPolicy::default();
        for (retry, bound_ms) in
            [(0, 250), (1, 500), (2, 1000), (5, 8000), (6, 10_000), (40, 10_000)]
        {
            for _ in 0..200 {
                assert!(policy.backoff(retry) <= Duration::from_millis(bound_ms));
            }
        }
        let spread: std::collections::HashSet<_> = (0..50).map(|_| policy.backoff(3)).collect();
        assert!(spread.len() > 40, "jitter is missing");
    }

    #[tokio::test(start_paused = true)]
    async fn budget_runs_dry_and_fills_again() {
        let budget = RetryBudget::new(20);
        assert_eq!((0..100).filter(|_| budget.take()).count(), 20);
        for _ in 0..5 {
            budget.refund(0);
        }
        assert!(budget.take());
        assert!(!budget.take());
        tokio::time::advance(Duration::from_secs(6)).await;
        assert!(budget.take());
        assert!(!budget.take());
    }

    #[tokio::test(start_paused = true)]
    async fn budget_gets_back_what_a_success_took() {
        let budget = RetryBudget::new(3);
        for _ in 0..1_000 {
            assert!(budget.take() && budget.take() && budget.take());
            assert!(!budget.take());
            let refund = budget.refund(3);
            assert!((2.99..=3.0).contains(&refund), "{refund}");
        }
        assert!(budget.take() && budget.take());
        let refund = budget.refund(1);
        budget.take_back(refund);
        assert!(budget.take());
        assert!(!budget.take());
        assert!(!RetryBudget::new(0).take());
    }

    #[test]
    fn budget_suffices_for_the_requests_at_once() {
        for (concurrency, retries, size) in [(8, 4, 20), (50, 4, 100), (8, 50, 50)] {
            let policy = RetryPolicy { retries, ..RetryPolicy::default() };
            assert_eq!(policy.budget_size(concurrency), size);
            assert_eq!(RetryPolicy { budget: Some(3), ..policy }.budget_size(concurrency), 3);
        }
    }
}
