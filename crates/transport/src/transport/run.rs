//! One operation from its first attempt to its last.

use super::{Shared, Transport, body, failure, retry_after};
use crate::error::{Context, ErrorKind, is_retryable_status};
use crate::query::BAD_SEGMENT;
use crate::{Error, OperationInfo, Response};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use reqwest::{Client, Request, Url};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{Instrument, debug, debug_span, warn};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-client-request-id");
/// Error bodies are read up to here.
const MAX_ERROR_BODY: usize = 64 * 1024;

/// An operation under way. A response keeps it, so that a body that turns out
/// to be cut can be fetched again within the same limits.
pub(crate) struct Run {
    transport: Transport,
    http: Client,
    request: Request,
    context: Context,
    streamed: bool,
    is_read: bool,
    retries: u32,
    deadline: Instant,
    limit: Duration,
}

/// An attempt's failure, and whether and when to try again.
struct Failed {
    error: Error,
    retryable: bool,
    hint: Option<Duration>,
}

impl Run {
    /// Checks where the request goes and adds what every request carries.
    pub(super) fn new(
        transport: &Transport,
        http: &Client,
        mut request: Request,
        info: OperationInfo,
    ) -> Result<Self, Error> {
        let shared = transport.shared();
        let options = transport.options();
        let mut context = transport.context(info.operation_id);
        check_target(&context, shared, request.url())?;
        let id = format!("{:032x}", fastrand::u128(..));
        let headers = request.headers_mut();
        // The generator sends the spec's version, which no vendor asks for.
        headers.remove("api-version");
        headers.insert(header::USER_AGENT, shared.user_agent.clone());
        if let Ok(value) = HeaderValue::try_from(&id) {
            headers.insert(REQUEST_ID, value);
        }
        for (name, value) in options.headers.iter().chain(&shared.auth) {
            headers.insert(name, value.clone());
        }
        context.client_request_id = Some(id);
        let operation = info.operation_id;
        let limit = options.timeout.unwrap_or(shared.limits.total);
        Ok(Self {
            is_read: matches!(*request.method(), Method::GET | Method::HEAD)
                || shared.safe_operations.contains(&operation),
            streamed: shared.streamed_operations.contains(&operation),
            retries: options.retries.unwrap_or(shared.retry.retries),
            transport: transport.clone(),
            http: http.clone(),
            request,
            context,
            deadline: Instant::now() + limit,
            limit,
        })
    }

    /// Tries until there is an answer or a failure that stays.
    pub(crate) async fn finish(self) -> Result<Response, Error> {
        let span = debug_span!(
            "request",
            vendor = self.context.vendor,
            operation = self.context.operation,
            client_request_id = self.context.client_request_id,
        );
        self.attempts().instrument(span).await
    }

    async fn attempts(mut self) -> Result<Response, Error> {
        loop {
            // Only a body that is a stream cannot be sent twice, and no
            // generated request has one.
            let Some(request) = self.request.try_clone() else {
                let what = "the request's body cannot be sent again";
                return Err(Error::plain(&self.context, ErrorKind::InvalidRequest, what));
            };
            let failed = match self.attempt(request).await {
                Ok(response) => {
                    self.transport.shared().budget.refund();
                    return Ok(self.hand_over(response));
                }
                Err(failed) => failed,
            };
            let Some(wait) = self.may_retry(&failed) else { return Err(failed.error) };
            let counters = &self.transport.shared().counters;
            counters.retry();
            counters.wait(wait);
            sleep(wait).await;
        }
    }

    /// One attempt, from waiting for its turn to the end of the body.
    async fn attempt(&mut self, request: Request) -> Result<Response, Failed> {
        let transport = self.transport.clone();
        let shared = transport.shared();
        let queued = Instant::now();
        let Ok(permit) = timeout_at(self.deadline, shared.pacer.acquire()).await else {
            return Err(self.out_of_time("waiting for its turn"));
        };
        shared.counters.wait(queued.elapsed());
        shared.counters.request();
        self.context.attempts += 1;
        let sent_to = request.url().clone();
        let started = Instant::now();
        let end = self.deadline.min(started + shared.limits.attempt);
        let answer = timeout_at(end, self.exchange(request, &sent_to)).await;
        let result = answer.unwrap_or_else(|_| Err(self.attempt_timed_out(end)));
        let status = match &result {
            Ok(response) => Some(response.status().as_u16()),
            Err(failed) => failed.error.http_status(),
        };
        debug!(
            attempt = self.context.attempts,
            method = %self.request.method(),
            host = sent_to.host_str(),
            path = sent_to.path(),
            status,
            elapsed_ms = started.elapsed().as_millis() as u64,
            "attempt"
        );
        match status {
            Some(429) => {
                shared.counters.rate_limited();
                let hint = result.as_ref().err().and_then(|failed| failed.hint);
                permit.rate_limited(hint.filter(|hint| *hint <= shared.retry.max_hint));
            }
            Some(status) if status < 500 => permit.succeeded(),
            _ => {}
        }
        result
    }

    async fn exchange(&self, request: Request, sent_to: &Url) -> Result<Response, Failed> {
        let shared = self.transport.shared();
        let context = &self.context;
        let mut answer = match self.http.execute(request).await {
            Ok(answer) => answer,
            Err(error) => return Err(Failed::of(failure::of_reqwest(context, error))),
        };
        if answer.url() != sent_to {
            // Only a client given to `with_client` can have done this.
            let error = Error::plain(context, ErrorKind::Redirected, "")
                .with_location(answer.url().to_string())
                .with_status(answer.status(), answer.headers());
            return Err(Failed { error, retryable: false, hint: None });
        }
        let status = answer.status();
        if !status.is_success() {
            return Err(self.refused(answer, sent_to).await);
        }
        let headers = answer.headers().clone();
        if self.streamed {
            let stream = body::stream_of(
                context.clone(),
                answer,
                0,
                shared.limits.max_download,
                shared.limits.stall,
                shared.counters.clone(),
            );
            return Ok(Response::streamed(status, headers, stream));
        }
        let limits = &shared.limits;
        body::read(context, &mut answer, limits.max_body, limits.stall, &shared.counters)
            .await
            .map(|body| Response::new(status, headers.clone(), body))
            .map_err(|error| Failed::of(error.with_status(status, &headers)))
    }

    /// An answer that is no success.
    async fn refused(&self, mut answer: reqwest::Response, sent_to: &Url) -> Failed {
        let shared = self.transport.shared();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let stall = shared.limits.stall;
        let body =
            body::read_start(&self.context, &mut answer, MAX_ERROR_BODY, stall, &shared.counters).await;
        let mut error = Error::of_response(&self.context, status, &headers, body);
        if let Some(target) = error.redirect_target().and_then(|target| sent_to.join(target).ok()) {
            error = error.with_location(target.into());
        }
        let hint = retry_after(&headers);
        Failed { error, retryable: is_retryable_status(status), hint }
    }

    /// How long to wait before the next attempt; `None` for none.
    fn may_retry(&mut self, failed: &Failed) -> Option<Duration> {
        let shared = self.transport.shared();
        if !failed.retryable || !self.is_read || self.context.attempts > self.retries {
            return None;
        }
        let wait = match failed.hint {
            Some(hint) if hint > shared.retry.max_hint => return None,
            // A little later than asked, and not all at once.
            Some(hint) => hint + Duration::from_millis(fastrand::u64(0..100)),
            None => shared.retry.backoff(self.context.attempts - 1),
        };
        if Instant::now() + wait >= self.deadline {
            return None;
        }
        // Waiting as long as a busy vendor asks is no burden to it.
        let asked_to = failed.hint.is_some() && failed.error.kind() == ErrorKind::RateLimited;
        if !asked_to && !shared.budget.take() {
            shared.counters.retry_refused();
            warn!(vendor = shared.vendor, "retry budget spent: failing without another attempt");
            return None;
        }
        debug!(
            attempt = self.context.attempts,
            wait_ms = wait.as_millis() as u64,
            kind = failed.error.kind().as_str(),
            "retry"
        );
        Some(wait)
    }

    /// Gives the response what its decoding may need.
    fn hand_over(self, response: Response) -> Response {
        let context = self.context.clone();
        let again = self.is_read && self.context.attempts <= self.retries;
        response.with_context(context, again.then(|| Box::new(self)))
    }

    /// Fetches once more what turned out to end early; `None` if no attempt,
    /// time or budget is left.
    pub(crate) async fn again(mut self) -> Option<Result<Response, Error>> {
        let error = Error::plain(&self.context, ErrorKind::Transport, "the JSON ended early");
        let wait = self.may_retry(&Failed { error, retryable: true, hint: None })?;
        let counters = &self.transport.shared().counters;
        counters.retry();
        counters.wait(wait);
        sleep(wait).await;
        Some(self.finish().await)
    }

    fn attempt_timed_out(&self, end: Instant) -> Failed {
        if end == self.deadline {
            return self.out_of_time("waiting for the answer");
        }
        let limit = self.transport.shared().limits.attempt;
        let what = format!("no complete answer within {limit:?}");
        Failed::of(Error::plain(&self.context, ErrorKind::Timeout, what))
    }

    fn out_of_time(&self, doing: &str) -> Failed {
        let what = format!("the operation's limit of {:?} was reached while {doing}", self.limit);
        let error = Error::plain(&self.context, ErrorKind::Timeout, what);
        Failed { error, retryable: false, hint: None }
    }
}

impl Failed {
    fn of(error: Error) -> Self {
        Self { retryable: error.is_retryable(), error, hint: None }
    }
}

/// Credentials go nowhere but to the configured origin.
fn check_target(context: &Context, shared: &Shared, url: &Url) -> Result<(), Error> {
    let refuse = |what| Err(Error::plain(context, ErrorKind::InvalidRequest, what));
    if super::Origin::of(url).as_ref() != Some(&shared.origin) {
        return refuse("the request goes to another host than the base URL");
    }
    if url.path().contains(BAD_SEGMENT) {
        return refuse("an id is empty, consists of dots, or holds a NUL character");
    }
    Ok(())
}

/// A status that stands for success, for streams that answer part of a body.
pub(super) fn is_partial(status: StatusCode) -> bool {
    status == StatusCode::PARTIAL_CONTENT
}
