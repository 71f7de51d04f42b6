//! The attempts of one operation: their permits, their time, and whether there is
//! another.

use super::pace::PaceReason;
use super::quota::QuotaHeaders;
use super::rate_limiter::Permit;
use super::{Shared, Transport};
use crate::Error;
use crate::builder::MAX_TIMEOUT;
use crate::error::{ErrorContext, ErrorKind, is_retryable_status};
use http::{HeaderMap, StatusCode};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{debug, warn};

/// What the attempts of one operation have in common.
pub(super) struct AttemptState {
    pub(super) transport: Transport,
    pub(super) context: ErrorContext,
    /// Only what reads may be sent twice.
    is_read: bool,
    /// How long the last attempt waited for its permit.
    pub(super) queued: Duration,
    retries: u32,
    /// Retries taken from the budget since the last success.
    taken: u32,
    /// What the last success gave back to it.
    refund: f64,
    deadline: Instant,
    limit: Duration,
}

/// An attempt's failure, and whether and when to try again.
pub(super) struct AttemptError {
    pub(super) error: Error,
    pub(super) retryable: bool,
    /// What the vendor says about when to come back.
    pub(super) hint: Option<Duration>,
    /// What it says about the requests that are left.
    pub(super) quota: Option<QuotaHeaders>,
}

impl AttemptError {
    /// A failure that is tried again if its kind passes with time.
    pub(super) fn of(error: Error) -> Self {
        Self { retryable: error.is_retryable(), error, hint: None, quota: None }
    }

    /// A failure that the next attempt would meet too.
    pub(super) fn permanent(error: Error) -> Self {
        Self { error, retryable: false, hint: None, quota: None }
    }
}

impl AttemptState {
    pub(super) fn new(transport: &Transport, context: ErrorContext, is_read: bool) -> Self {
        let (shared, options) = (transport.shared(), transport.options());
        let limit = options.timeout.unwrap_or(shared.limits.total).min(MAX_TIMEOUT);
        Self {
            transport: transport.clone(),
            context,
            is_read,
            queued: Duration::ZERO,
            retries: options.retries.unwrap_or(shared.retry.retries),
            taken: 0,
            refund: 0.0,
            deadline: Instant::now() + limit,
            limit,
        }
    }

    pub(super) fn shared(&self) -> &Shared {
        self.transport.shared()
    }

    /// Waits for this attempt's permit and counts it.
    pub(super) async fn acquire_permit(&mut self) -> Result<Permit, AttemptError> {
        let queued = Instant::now();
        let limiter = &self.shared().limiter;
        let Ok(permit) = timeout_at(self.deadline, limiter.acquire()).await else {
            return Err(self.out_of_time("waiting for the rate limiter"));
        };
        self.queued = queued.elapsed();
        self.shared().counters.count_wait(self.queued);
        self.shared().counters.count_request();
        self.context.attempts += 1;
        Ok(permit)
    }

    /// Runs one attempt within its time.
    pub(super) async fn timed<T>(
        &self,
        attempt: impl Future<Output = Result<T, AttemptError>>,
    ) -> Result<T, AttemptError> {
        let limit = self.shared().limits.attempt;
        let end = Instant::now() + limit;
        timeout_at(end.min(self.deadline), attempt).await.unwrap_or_else(|_| {
            if self.deadline <= end {
                return Err(self.out_of_time("waiting for the response"));
            }
            let what = format!("no complete response within {limit:?}");
            Err(AttemptError::of(Error::plain(&self.context, ErrorKind::Timeout, what)))
        })
    }

    /// Reports an attempt to the rate limiter and the retry budget. `response` is the
    /// status and the headers of one that arrived.
    pub(super) fn record_result<T>(
        &mut self,
        permit: &Permit,
        response: Option<(StatusCode, &HeaderMap)>,
        result: &Result<T, AttemptError>,
    ) {
        let failed = result.as_ref().err();
        let status = response.map(|(status, _)| status);
        let Some(status) = status.or_else(|| failed?.error.status()) else { return };
        let shared = self.transport.shared();
        let quota = response.map(|(_, headers)| headers).and_then(QuotaHeaders::of);
        if let Some(quota) = quota.or_else(|| failed?.quota) {
            permit.note_quota(quota, shared.retry.max_hint);
        }
        let reason = match status {
            StatusCode::TOO_MANY_REQUESTS => Some(PaceReason::RateLimited),
            StatusCode::SERVICE_UNAVAILABLE => Some(PaceReason::Unavailable),
            _ => None,
        };
        if let Some(reason) = reason {
            if reason == PaceReason::RateLimited {
                shared.counters.rate_limited();
            }
            let hint = failed.and_then(|failed| failed.hint);
            permit.complained(reason, hint.filter(|hint| *hint <= shared.retry.max_hint));
        } else if !is_retryable_status(status) && (result.is_ok() || !status.is_success()) {
            // A refusal is a response too: the vendor is alive.
            permit.succeeded(self.context.operation.unwrap_or_default());
            self.refund = shared.budget.refund(std::mem::take(&mut self.taken));
        }
    }

    /// Corrects that the last attempt counted as a success.
    pub(super) fn retract_success(&mut self) {
        self.transport.shared().budget.take_back(std::mem::take(&mut self.refund));
    }

    /// How long to wait before the next attempt; `None` for none. The failure
    /// says so where the retry budget is the reason.
    pub(super) fn next_delay(&mut self, failed: &mut AttemptError) -> Option<Duration> {
        let shared = self.transport.shared();
        if !failed.retryable || !self.is_read || self.context.attempts > self.retries {
            return None;
        }
        let wait = match failed.hint {
            Some(hint) if hint > shared.retry.max_hint => return None,
            // A little later than asked, and not all at once.
            Some(hint) => hint + Duration::from_millis(fastrand::u64(0..100)),
            None => shared.retry.backoff(self.context.attempts.saturating_sub(1)),
        };
        if Instant::now() + wait >= self.deadline {
            return None;
        }
        // Waiting as long as a busy vendor asks is no burden to it.
        let as_asked = failed.hint.is_some() && failed.error.kind() == ErrorKind::RateLimited;
        if !as_asked && shared.budget.take() {
            self.taken += 1;
        } else if !as_asked {
            shared.counters.retry_refused();
            failed.error.set_spent_budget(shared.budget.size());
            warn!(
                vendor = self.context.vendor,
                operation = self.context.operation,
                "retry budget spent: failing without another attempt"
            );
            return None;
        }
        debug!(
            attempt = self.context.attempts,
            kind = failed.error.kind().as_str(),
            status = failed.error.http_status(),
            wait_ms = wait.as_millis() as u64,
            "retry"
        );
        Some(wait)
    }

    /// Waits before the next attempt.
    pub(super) async fn pause(&self, wait: Duration) {
        self.shared().counters.count_retry();
        self.shared().counters.count_wait(wait);
        sleep(wait).await;
    }

    fn out_of_time(&self, doing: &str) -> AttemptError {
        let what = format!("the operation's limit of {:?} was reached while {doing}", self.limit);
        AttemptError::permanent(Error::plain(&self.context, ErrorKind::Timeout, what))
    }
}
