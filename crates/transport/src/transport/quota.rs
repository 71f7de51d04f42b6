//! What a vendor's headers say about how many requests are left.

use super::retry::now_of;
use http::HeaderMap;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// The requests that a response says are left, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QuotaHeaders {
    limit: Option<u64>,
    remaining: u64,
    reset: Duration,
}

impl QuotaHeaders {
    /// Reads `RateLimit` of the IETF's drafts, as `"policy";r=5;t=10` or as
    /// `limit=100, remaining=5, reset=10`, and the headers `RateLimit-…` and
    /// `X-RateLimit-…`. `None` where one number is missing.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        Self::at(headers, SystemTime::now())
    }

    /// When the quota is full again.
    pub(super) fn reset(&self) -> Duration {
        self.reset
    }

    fn at(headers: &HeaderMap, now: SystemTime) -> Option<Self> {
        let text = |name: &str| headers.get(name)?.to_str().ok();
        if let Some(fields) = text("ratelimit")
            && let Some(quota) = Self::of_one_header(fields)
        {
            return Some(quota);
        }
        ["ratelimit", "x-ratelimit", "x-rate-limit"].into_iter().find_map(|prefix| {
            let number = |name: &str| first_number(text(&format!("{prefix}-{name}"))?);
            let reset = reset(number("reset")?, now_of(headers, now))?;
            let whole = |number: f64| (number >= 0.0).then_some(number as u64);
            let limit = number("limit").and_then(whole);
            Some(Self { limit, remaining: whole(number("remaining")?)?, reset })
        })
    }

    fn of_one_header(text: &str) -> Option<Self> {
        // Of several policies the first counts.
        let is_new = text.contains(';');
        let policy = if is_new { text.split(',').next()? } else { text };
        let field = |names: [&str; 2]| {
            policy.split([';', ',']).find_map(|part| {
                let (name, value) = part.split_once('=')?;
                names.contains(&name.trim()).then(|| value.trim().parse::<u64>().ok())?
            })
        };
        let reset = Duration::from_secs(field(["t", "reset"])?);
        Some(Self {
            limit: field(["limit", "limit"]),
            remaining: field(["r", "remaining"])?,
            reset,
        })
    }
}

/// The number that a value begins with: behind it there may be a policy.
fn first_number(text: &str) -> Option<f64> {
    let text = text.split([',', ';']).next()?.trim();
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// A reset as seconds from now, where a vendor gives a time in seconds or
/// milliseconds since 1970.
fn reset(number: f64, now: SystemTime) -> Option<Duration> {
    let now = now.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs_f64();
    let seconds = match number {
        1e12.. => number / 1e3 - now,
        1e9.. => number - now,
        _ => number,
    };
    Duration::try_from_secs_f64(seconds).ok()
}

/// What is left of a vendor's quota, and until when.
#[derive(Debug)]
pub(super) struct Quota {
    limit: Option<u64>,
    /// Requests that may still start.
    left: u64,
    /// As the vendor counts them.
    reported: u64,
    until: Instant,
    /// The next request starts then at the earliest.
    spread_from: Instant,
}

impl Quota {
    const SHORT: Duration = Duration::from_secs(5);

    pub(super) fn new(headers: QuotaHeaders, later: u64, now: Instant) -> Self {
        Self {
            limit: headers.limit,
            // Those under way may not be counted yet.
            left: headers.remaining.saturating_sub(later),
            reported: headers.remaining,
            until: now + headers.reset,
            spread_from: now,
        }
    }

    /// What two responses say together.
    pub(super) fn and(self, newer: Self, later: u64, now: Instant) -> Self {
        // Responses arrive in any order: only a clear rise is a new period.
        if self.until <= now || newer.reported > self.reported + later + 1 {
            return newer;
        }
        Self {
            limit: newer.limit.or(self.limit),
            left: self.left.min(newer.left),
            reported: self.reported.min(newer.reported),
            // Resets are in whole seconds: the earliest is the closest.
            until: self.until.min(newer.until),
            spread_from: self.spread_from,
        }
    }

    /// Whether nothing is left before the quota is full again.
    pub(super) fn is_used_up(&self, now: Instant) -> bool {
        self.left == 0 && self.until > now
    }

    /// When the next request may start; `None` for now. What is left is spread over
    /// the time that is left, but not before half is used.
    pub(super) fn next_start(&self, now: Instant) -> Option<Instant> {
        let start = if self.left == 0 { self.until } else { self.spread_from };
        (start > now && self.until > now).then_some(start)
    }

    /// Counts a request that starts.
    pub(super) fn take(&mut self, now: Instant) {
        self.left = self.left.saturating_sub(1);
        let is_plenty = self.limit.is_some_and(|limit| self.left > limit / 2);
        let time = self.until.saturating_duration_since(now);
        // Resets are in whole seconds, so a short time is not known well.
        if !is_plenty && self.left > 0 && time > Self::SHORT {
            self.spread_from = now + time.div_f64(self.left as f64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: &[(&'static str, &str)]) -> Option<(Option<u64>, u64, u64)> {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, text)| (name.parse().unwrap(), text.parse().unwrap()))
            .collect();
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let quota = QuotaHeaders::at(&headers, now)?;
        Some((quota.limit, quota.remaining, quota.reset.as_secs()))
    }

    #[test]
    fn quota_reads_every_form() {
        assert_eq!(read(&[("ratelimit", "\"default\";r=50;t=30")]), Some((None, 50, 30)));
        assert_eq!(read(&[("ratelimit", "\"a\";r=5;t=3, \"b\";r=9;t=60")]), Some((None, 5, 3)));
        let old = "limit=100, remaining=50, reset=5";
        assert_eq!(read(&[("ratelimit", old)]), Some((Some(100), 50, 5)));
        for prefix in ["ratelimit", "x-ratelimit", "x-rate-limit"] {
            let names = ["limit", "remaining", "reset"].map(|name| format!("{prefix}-{name}"));
            let headers = |reset: &str| {
                let values = ["100, 100;w=60", "7", reset];
                let pairs = names.iter().zip(values);
                let headers: HeaderMap = pairs
                    .map(|(name, text)| (name.parse().unwrap(), text.parse().unwrap()))
                    .collect();
                let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
                QuotaHeaders::at(&headers, now).map(|quota| quota.reset.as_secs())
            };
            for (text, seconds) in [("9", 9), ("1800000009", 9), ("1800000009000", 9)] {
                assert_eq!(headers(text), Some(seconds), "{text}");
            }
            assert_eq!(headers("1799999999"), None);
        }
    }

    #[test]
    fn quota_that_is_incomplete_or_nonsense_is_none() {
        assert_eq!(read(&[]), None);
        assert_eq!(read(&[("x-ratelimit-remaining", "7")]), None);
        for text in ["soon", "-1", "NaN", "inf"] {
            let headers = [("x-ratelimit-remaining", "7"), ("x-ratelimit-reset", text)];
            assert_eq!(read(&headers), None, "{text}");
            let headers = [("x-ratelimit-remaining", text), ("x-ratelimit-reset", "7")];
            assert_eq!(read(&headers), None, "{text}");
        }
        assert_eq!(read(&[("ratelimit", "remaining=x, reset=1")]), None);
    }
}
