//! The one error type of every vendor client.
//!
//! It carries what a caller needs to decide and a person needs to act. Bodies,
//! headers, queries and values are reached by methods only: `Display` and
//! `Debug` are safe to log.

mod body;
mod display;
mod kind;
pub(crate) mod mask;

pub use body::FieldError;
pub(crate) use body::{ErrorBody, ReportedFailure, failure, read as read_error_body};
pub use kind::ErrorKind;
pub(crate) use kind::is_retryable_status;

use crate::Response;
use crate::stats::Counters;
use bytes::Bytes;
use callfold_record::{
    UnusableRecord,
    runtime::{DecodeStats, Mismatch, SchemaMismatch},
};
use http::StatusCode;
use secrecy::SecretString;
use std::borrow::Cow;
use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

/// Why an operation failed.
pub struct Error {
    inner: Box<Inner>,
}

#[derive(Default)]
struct Inner {
    kind: Option<ErrorKind>,
    /// What happened, in our words; never holds a value.
    what: Cow<'static, str>,
    retryable: bool,
    context: ErrorContext,
    status: Option<StatusCode>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    message: Option<String>,
    shown_message: Option<String>,
    code: Option<String>,
    fields: Vec<FieldError>,
    shown_fields: Vec<String>,
    place: Option<SchemaMismatch>,
    location: Option<String>,
    body: Option<Bytes>,
    source: Option<Box<dyn StdError + Send + Sync>>,
    /// The size of the retry budget, where it kept the request from being
    /// tried again.
    spent_budget: Option<u32>,
}

/// How many field errors are shown; all are kept.
const SHOWN_FIELDS: usize = 3;

/// What is known about the request that failed.
#[derive(Clone, Debug, Default)]
pub(crate) struct ErrorContext {
    pub(crate) vendor: Option<&'static str>,
    pub(crate) operation: Option<&'static str>,
    pub(crate) client_request_id: Option<String>,
    pub(crate) attempts: u32,
    pub(crate) secrets: Arc<[SecretString]>,
    pub(crate) counters: Option<Arc<Counters>>,
}

impl ErrorContext {
    /// Adds decoded records to the client's counters.
    pub(crate) fn count(&self, counts: DecodeStats) {
        if let Some(counters) = &self.counters {
            counters.records(counts);
        }
    }
}

/// A record without a usable id, of kind `Decode`: with it, `call.get()?` ends a function.
impl From<&UnusableRecord> for Error {
    fn from(unusable: &UnusableRecord) -> Self {
        let what = format!("the record cannot be used: {unusable}");
        Self::plain(&ErrorContext::default(), ErrorKind::Decode, what)
    }
}

impl Error {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind.unwrap_or(ErrorKind::Vendor)
    }

    /// The vendor's name; `None` if the failure came before the request.
    pub fn vendor(&self) -> Option<&'static str> {
        self.inner.context.vendor
    }

    /// The operation's id; `None` if the failure came before the request.
    pub fn operation(&self) -> Option<&'static str> {
        self.inner.context.operation
    }

    /// The HTTP status of the last response; `None` if there was none.
    pub fn http_status(&self) -> Option<u16> {
        self.inner.status.map(|status| status.as_u16())
    }

    pub(crate) fn status(&self) -> Option<StatusCode> {
        self.inner.status
    }

    /// The vendor's id of the failed request, to quote to its support. One that
    /// holds a part of the credentials is `***`; an unusual one is shortened.
    pub fn request_id(&self) -> Option<&str> {
        self.inner.request_id.as_deref()
    }

    /// The id we sent with the request, as `x-client-request-id`.
    pub fn client_request_id(&self) -> Option<&str> {
        self.inner.context.client_request_id.as_deref()
    }

    /// How often the request was sent; 0 if never.
    pub fn attempts(&self) -> u32 {
        self.inner.context.attempts
    }

    /// How long the vendor asks to wait; `None` if it does not say.
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// Whether the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        self.inner.retryable
    }

    /// What the vendor says about fields of the request.
    pub fn field_errors(&self) -> &[FieldError] {
        &self.inner.fields
    }

    /// The vendor's own message, as received: it may hold somebody's data.
    pub fn message(&self) -> Option<&str> {
        self.inner.message.as_deref()
    }

    /// The vendor's own error code, as received.
    pub fn code(&self) -> Option<&str> {
        self.inner.code.as_deref()
    }

    /// The place in the response that is not as specified, as a JSON pointer.
    pub fn json_path(&self) -> Option<&str> {
        self.inner.place.as_ref().map(|place| place.path.as_str())
    }

    /// What was expected at [`json_path`](Self::json_path), in words.
    pub fn expected(&self) -> Option<String> {
        self.inner.place.as_ref().map(|place| place.mismatch.expected())
    }

    /// The JSON type found at [`json_path`](Self::json_path), where known.
    pub fn found(&self) -> Option<&'static str> {
        match self.inner.place.as_ref()?.mismatch {
            Mismatch::Type { found, .. } => Some(found),
            Mismatch::Missing { .. } => Some("nothing"),
            _ => None,
        }
    }

    /// The id of the record that did not decode, where there is one.
    pub fn record_id(&self) -> Option<&str> {
        self.inner.place.as_ref()?.record_id.as_deref()
    }

    /// The complete redirect target; its query may hold a token.
    pub fn redirect_target(&self) -> Option<&str> {
        self.inner.location.as_deref()
    }

    /// The body received: it may hold anybody's data.
    pub fn body(&self) -> Option<&Bytes> {
        self.inner.body.as_ref()
    }

    fn from_inner(inner: Inner) -> Self {
        Self { inner: Box::new(inner) }
    }

    /// A request that cannot be sent, outside of any vendor.
    pub fn invalid_request(what: impl Into<Cow<'static, str>>) -> Self {
        Self::plain(&ErrorContext::default(), ErrorKind::InvalidRequest, what)
    }

    /// A response whose status the spec does not name.
    #[doc(hidden)]
    pub fn unexpected_status(response: Response) -> Self {
        let (status, headers, body, context) = response.into_error_parts();
        Self::of_response(&context, status, &headers, body)
    }

    pub(crate) fn configuration(what: impl Into<Cow<'static, str>>) -> Self {
        Self::plain(&ErrorContext::default(), ErrorKind::Configuration, what)
    }

    /// A failure without a response.
    pub(crate) fn plain(
        context: &ErrorContext,
        kind: ErrorKind,
        what: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::from_inner(Inner {
            kind: Some(kind),
            what: what.into(),
            retryable: matches!(kind, ErrorKind::Timeout | ErrorKind::Transport),
            context: context.clone(),
            ..Inner::default()
        })
    }

    /// A response that is no success.
    pub(crate) fn of_response(
        context: &ErrorContext,
        status: StatusCode,
        headers: &http::HeaderMap,
        body: Bytes,
    ) -> Self {
        let kind = ErrorKind::of_status(status);
        let what = if status.is_success() { "this status is not in the spec" } else { "" };
        let mut error =
            Self::plain(context, kind, what).with_error_body(context, read_error_body(&body));
        error.inner.retryable = is_retryable_status(status);
        error = error.with_status(status, headers);
        error.inner.retry_after = crate::transport::retry_after(headers);
        error.inner.location =
            headers.get(http::header::LOCATION).and_then(|v| v.to_str().ok()).map(str::to_owned);
        error.inner.body = Some(body);
        error
    }

    pub(crate) fn with_error_body(mut self, context: &ErrorContext, body: ErrorBody) -> Self {
        let shown = body.message.as_deref().map(|text| mask::mask(text, &context.secrets));
        self.inner.shown_message = shown.filter(|text| !text.is_empty());
        let show = |field: &FieldError| {
            let text = match field.message.as_str() {
                "" => field.field.clone(),
                message => format!("{}: {message}", field.field),
            };
            mask::mask(&text, &context.secrets)
        };
        self.inner.shown_fields = body.fields.iter().take(SHOWN_FIELDS).map(show).collect();
        self.inner.message = body.message;
        self.inner.code = body.code;
        self.inner.fields = body.fields;
        self
    }

    pub(crate) fn with_status(mut self, status: StatusCode, headers: &http::HeaderMap) -> Self {
        self.inner.status = Some(status);
        self.inner.request_id = crate::response::request_id(headers, &self.inner.context.secrets);
        self
    }

    pub(crate) fn with_body(mut self, body: Bytes) -> Self {
        self.inner.body = Some(body);
        self
    }

    pub(crate) fn with_place(mut self, place: SchemaMismatch) -> Self {
        self.inner.place = Some(place);
        self
    }

    pub(crate) fn with_location(mut self, location: String) -> Self {
        self.inner.location = Some(location);
        self
    }

    pub(crate) fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.inner.source = Some(Box::new(source));
        self
    }

    pub(crate) fn retryable(mut self, retryable: bool) -> Self {
        self.inner.retryable = retryable;
        self
    }

    pub(crate) fn set_spent_budget(&mut self, size: u32) {
        self.inner.spent_budget = Some(size);
    }

    pub(crate) fn context(&self) -> &ErrorContext {
        &self.inner.context
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}
