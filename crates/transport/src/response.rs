//! What comes back: the response in transit and the typed value.

use crate::decode;
use crate::error::{ErrorContext, mask};
use crate::paging::decode_gate;
use crate::transport::Operation;
use crate::{Error, ErrorKind};
use bytes::Bytes;
use callfold_record::SingleRecord;
use futures_core::Stream;
use http::{HeaderMap, StatusCode};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::task::{self, Poll};

type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send + Sync>>;

/// A body that arrives piece by piece, such as a recording.
pub struct ByteStream(Chunks);

impl ByteStream {
    /// Wraps any stream of pieces.
    pub fn new(chunks: Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send + Sync>>) -> Self {
        Self(chunks)
    }

    /// The next piece; `None` at the end of the body.
    pub async fn next(&mut self) -> Option<Result<Bytes, Error>> {
        std::future::poll_fn(|cx| self.0.as_mut().poll_next(cx)).await
    }
}

impl Stream for ByteStream {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(cx)
    }
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ByteStream")
    }
}

enum ResponseBody {
    Whole(Bytes),
    Streamed(ByteStream),
}

/// A response that has not been decoded: the whole body for JSON operations, a
/// stream for the others.
pub struct Response {
    status: StatusCode,
    headers: HeaderMap,
    body: ResponseBody,
    context: ErrorContext,
    operation: Option<Box<Operation>>,
}

impl Response {
    /// A response whose body is complete.
    pub fn new(status: StatusCode, headers: HeaderMap, body: Bytes) -> Self {
        Self {
            status,
            headers,
            body: ResponseBody::Whole(body),
            context: ErrorContext::default(),
            operation: None,
        }
    }

    /// A response whose body is still to come.
    pub fn streamed(status: StatusCode, headers: HeaderMap, body: ByteStream) -> Self {
        Self { body: ResponseBody::Streamed(body), ..Self::new(status, headers, Bytes::new()) }
    }

    pub(crate) fn with_context(
        self,
        context: ErrorContext,
        operation: Option<Box<Operation>>,
    ) -> Self {
        Self { context, operation, ..self }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body; `None` for a stream.
    pub fn body(&self) -> Option<&Bytes> {
        match &self.body {
            ResponseBody::Whole(body) => Some(body),
            ResponseBody::Streamed(_) => None,
        }
    }

    pub(crate) fn into_error_parts(self) -> (StatusCode, HeaderMap, Bytes, ErrorContext) {
        let body = self.body().cloned().unwrap_or_default();
        (self.status, self.headers, body, self.context)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status.as_u16())
            .field("bytes", &self.body().map(Bytes::len))
            .finish_non_exhaustive()
    }
}

/// A decoded response. Derefs to the value.
pub struct ResponseValue<T> {
    inner: T,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    had_invalid_utf8: bool,
    context: ErrorContext,
}

impl<T: DeserializeOwned> ResponseValue<T> {
    /// Decodes a response; one that ends early, or is a web page, is fetched again.
    ///
    /// # Errors
    ///
    /// `Decode` with the place in the JSON; `Vendor`, `NotFound` and the like
    /// for a response that says success but holds a failure; and the kinds of
    /// the request, if it was made again.
    #[doc(hidden)]
    pub async fn from_response(mut response: Response) -> Result<Self, Error> {
        loop {
            let Some(body) = response.body().cloned() else {
                let what = "the operation returns a stream";
                return Err(Error::plain(&response.context, ErrorKind::Decode, what));
            };
            decode_gate::wait().await;
            let failure = match decode::decode(&body) {
                Ok(decoded) => {
                    response.context.count(decoded.counts);
                    return Ok(Self {
                        inner: decoded.value,
                        status: response.status,
                        headers: response.headers,
                        body,
                        had_invalid_utf8: decoded.had_invalid_utf8,
                        context: response.context,
                    });
                }
                Err(failure) => failure,
            };
            let is_transient = failure.is_transient(&body);
            let error = failure.into_error(&response.context, body);
            let error = error.with_status(response.status, &response.headers);
            response = match response.operation {
                Some(operation) if is_transient => operation.resend(error).await,
                _ => Err(error),
            }?;
        }
    }
}

impl ResponseValue<ByteStream> {
    /// Hands on a body that arrives piece by piece.
    #[doc(hidden)]
    pub fn stream(response: Response) -> Self {
        let inner = match response.body {
            ResponseBody::Streamed(stream) => stream,
            ResponseBody::Whole(body) => {
                ByteStream::new(Box::pin(futures_util::stream::iter([Ok(body)])))
            }
        };
        Self {
            inner,
            status: response.status,
            headers: response.headers,
            body: Bytes::new(),
            had_invalid_utf8: false,
            context: response.context,
        }
    }
}

impl<T> ResponseValue<T> {
    /// Puts a value together, for tests.
    pub fn new(inner: T, status: StatusCode, headers: HeaderMap) -> Self {
        let context = ErrorContext::default();
        Self { inner, status, headers, body: Bytes::new(), had_invalid_utf8: false, context }
    }

    /// The value.
    pub fn into_inner(self) -> T {
        self.inner
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body as received, decompressed; empty for a stream.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The vendor's id of the request. One that holds a part of the credentials
    /// is `***`; an unusual one is shortened.
    pub fn request_id(&self) -> Option<String> {
        request_id(&self.headers, &self.context.secrets)
    }

    /// The value of `Content-Length`, where there is one.
    pub fn content_length(&self) -> Option<u64> {
        self.headers.get(http::header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
    }

    /// Whether the body held bytes that are not UTF-8, which were replaced.
    pub fn had_invalid_utf8(&self) -> bool {
        self.had_invalid_utf8
    }

    /// Changes the value and keeps the rest.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> ResponseValue<U> {
        ResponseValue {
            inner: change(self.inner),
            status: self.status,
            headers: self.headers,
            body: self.body,
            had_invalid_utf8: self.had_invalid_utf8,
            context: self.context,
        }
    }

    pub(crate) fn context(&self) -> &ErrorContext {
        &self.context
    }
}

impl<T: SingleRecord> ResponseValue<T> {
    /// The record that was requested, complete or partly decoded. What was odd about it
    /// and its raw JSON are in [`into_inner`](Self::into_inner).
    ///
    /// # Errors
    ///
    /// `Decode` if there is no record in the response, or one without a usable
    /// id.
    pub fn into_record(self) -> Result<T::Record, Error> {
        let context = self.context;
        let problem = |what| Error::plain(&context, ErrorKind::Decode, what);
        let record =
            self.inner.into_record().ok_or_else(|| problem("the response has no record".into()))?;
        let (_, value, _) = record.into_parts();
        match value {
            Ok(record) => Ok(*record),
            Err(unusable) => Err(problem(format!("the record cannot be used: {unusable}"))),
        }
    }
}

impl<T> Deref for ResponseValue<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.inner
    }
}

impl<T> DerefMut for ResponseValue<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.inner
    }
}

impl<T> fmt::Debug for ResponseValue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseValue")
            .field("status", &self.status.as_u16())
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// The request's id, from the headers vendors and their gateways use.
pub(crate) fn request_id(headers: &HeaderMap, secrets: &[SecretString]) -> Option<String> {
    const NAMES: [&str; 8] = [
        "x-request-id",
        "request-id",
        "x-correlation-id",
        "x-amzn-requestid",
        "x-trace-id",
        "x-amzn-trace-id",
        "x-vercel-id",
        "cf-ray",
    ];
    let id = NAMES.iter().find_map(|name| headers.get(*name)?.to_str().ok())?;
    Some(mask::id(id, secrets))
}
