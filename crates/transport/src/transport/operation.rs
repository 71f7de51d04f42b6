//! One operation from its first attempt to its last.

use super::attempts::{AttemptError, AttemptState};
use super::quota::QuotaHeaders;
use super::{ResumePoint, Shared, Transport, body, failure, retry_after, zstd};
use crate::error::{ErrorContext, ErrorKind, is_retryable_status};
use crate::path::BAD_SEGMENT;
use crate::{Error, Response};
use http::{HeaderName, HeaderValue, Method, header};
use reqwest::{Request, Url};
use tokio::time::Instant;
use tracing::field::Empty;
use tracing::{Instrument, Span, debug, debug_span};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-client-request-id");

/// An operation under way. Its response keeps it, so that a body that turns out
/// to be cut is another failed attempt, within the same limits.
pub(crate) struct Operation {
    request: Request,
    streamed: bool,
    attempts: AttemptState,
    span: Span,
}

impl Operation {
    /// Checks where the request goes and adds what every request carries.
    pub(crate) fn new(
        transport: &Transport,
        mut request: Request,
        operation: &'static str,
    ) -> Result<Self, Error> {
        let shared = transport.shared();
        let mut context = transport.context(operation);
        check_target(&context, shared, request.url())?;
        let extra = transport.extra_headers(&context)?;
        let id = format!("{:032x}", fastrand::u128(..));
        let headers = request.headers_mut();
        headers.insert(header::USER_AGENT, shared.user_agent.clone());
        let streamed = shared.streamed_operations.contains(&operation);
        if streamed {
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        if let Ok(value) = HeaderValue::try_from(&id) {
            headers.insert(REQUEST_ID, value);
        }
        headers.extend(extra);
        let span = debug_span!(
            "request",
            vendor = shared.vendor,
            operation,
            client_request_id = id,
            attempts = Empty,
            status = Empty,
        );
        context.client_request_id = Some(id);
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD)
            || shared.safe_operations.contains(&operation);
        Ok(Self {
            request,
            streamed,
            attempts: AttemptState::new(transport, context, is_read),
            span,
        })
    }

    fn context(&self) -> &ErrorContext {
        &self.attempts.context
    }

    /// Sends the request until there is a response or a failure that stays.
    pub(crate) async fn send(mut self) -> Result<Response, Error> {
        let span = self.span.clone();
        async {
            let result = self.attempt().await;
            self.retry(result).await
        }
        .instrument(span)
        .await
    }

    /// Sends the request again because its last response, which counted as a
    /// success, turned out to be cut or a web page. Fails with `error` where no
    /// attempt, time or budget is left for that.
    pub(crate) async fn resend(mut self, error: Error) -> Result<Response, Error> {
        self.attempts.retract_success();
        let span = self.span.clone();
        self.retry(Err(AttemptError { error, retryable: true, hint: None, quota: None }))
            .instrument(span)
            .await
    }

    async fn retry(
        mut self,
        mut result: Result<Response, AttemptError>,
    ) -> Result<Response, Error> {
        loop {
            let mut failed = match result {
                Ok(response) => return Ok(self.into_response(response)),
                Err(failed) => failed,
            };
            match self.attempts.next_delay(&mut failed) {
                Some(wait) => self.attempts.pause(wait).await,
                None => return Err(failed.error),
            }
            result = self.attempt().await;
        }
    }

    /// One attempt, from waiting for its permit to the end of the body.
    async fn attempt(&mut self) -> Result<Response, AttemptError> {
        // Only a body that is a stream cannot be sent twice, and no generated
        // request has one.
        let Some(request) = self.request.try_clone() else {
            let what = "the request's body cannot be sent again";
            return Err(AttemptError::permanent(Error::plain(
                self.context(),
                ErrorKind::InvalidRequest,
                what,
            )));
        };
        let permit = self.attempts.acquire_permit().await?;
        let started = Instant::now();
        let result = self.attempts.timed(self.exchange(request)).await;
        let status = match &result {
            Ok(response) => Some(response.status()),
            Err(failed) => failed.error.status(),
        };
        let code = status.map(|status| status.as_u16());
        debug!(
            attempt = self.context().attempts,
            method = %self.request.method(),
            host = self.request.url().host_str(),
            path = self.request.url().path(),
            status = code,
            queued_ms = self.attempts.queued.as_millis() as u64,
            elapsed_ms = started.elapsed().as_millis() as u64,
            "attempt"
        );
        self.span.record("attempts", self.context().attempts).record("status", code);
        let response = result.as_ref().ok().map(|response| (response.status(), response.headers()));
        self.attempts.record_result(&permit, response, &result);
        result
    }

    async fn exchange(&self, request: Request) -> Result<Response, AttemptError> {
        let (context, shared) = (self.context(), self.attempts.shared());
        let mut response = match shared.http.execute(request).await {
            Ok(response) => response,
            Err(error) => return Err(AttemptError::of(failure::of_reqwest(context, error))),
        };
        if response.url() != self.request.url() {
            // Only a client given to `with_client` can have done this.
            let error = Error::plain(context, ErrorKind::Redirected, "")
                .with_location(response.url().to_string())
                .with_status(response.status(), response.headers());
            return Err(AttemptError::permanent(error));
        }
        if self.streamed {
            // The file may lie in a storage. It gets no credentials.
            let transport = &self.attempts.transport;
            let response = transport.resolve(context, response, &ResumePoint::START).await?;
            let (status, headers) = (response.status(), response.headers().clone());
            let stream =
                body::stream_of(context, shared, response).map_err(AttemptError::permanent)?;
            return Ok(Response::streamed(status, headers, stream));
        }
        if !response.status().is_success() {
            return Err(error_from_response(context, shared, response).await);
        }
        let (status, headers) = (response.status(), response.headers().clone());
        match body::read(context, &mut response, shared).await {
            Ok(body) => Ok(Response::new(status, zstd::strip_encoding_headers(headers), body)),
            Err(error) => Err(AttemptError::of(error.with_status(status, &headers))),
        }
    }

    /// Gives the response what its decoding may need.
    fn into_response(self, response: Response) -> Response {
        let context = self.context().clone();
        response.with_context(context, Some(Box::new(self)))
    }
}

/// A response that is no success, with what its body says.
pub(super) async fn error_from_response(
    context: &ErrorContext,
    shared: &Shared,
    mut response: reqwest::Response,
) -> AttemptError {
    let (status, headers, sent_to) =
        (response.status(), response.headers().clone(), response.url().clone());
    let body = body::read_start(&mut response, shared).await;
    let mut error = Error::of_response(context, status, &headers, body);
    if let Some(target) = error.redirect_target().and_then(|target| sent_to.join(target).ok()) {
        error = error.with_location(target.into());
    }
    AttemptError {
        error,
        retryable: is_retryable_status(status),
        hint: retry_after(&headers),
        quota: QuotaHeaders::of(&headers),
    }
}

/// Credentials go nowhere but to the configured origin.
fn check_target(context: &ErrorContext, shared: &Shared, url: &Url) -> Result<(), Error> {
    let refuse = |what| Err(Error::plain(context, ErrorKind::InvalidRequest, what));
    if super::Origin::of(url).as_ref() != Some(&shared.origin) {
        return refuse("the request goes to another host than the base URL");
    }
    if url.path().contains(BAD_SEGMENT) {
        return refuse("an id is empty, consists of dots, or holds a NUL character");
    }
    Ok(())
}
