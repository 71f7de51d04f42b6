//! Recordings, wherever they lie.

use super::attempts::{AttemptError, AttemptState};
use super::operation::error_from_response;
use super::{Origin, Transport, body, failure, is_loopback_host};
use crate::error::{ErrorContext, ErrorKind};
use crate::{ByteStream, Error, Response, ResponseValue};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use reqwest::{Method, Request, Url};

/// Redirects followed; storage services need one or two.
const MAX_HOPS: usize = 5;
const OPERATION: &str = "download";

/// Where a download begins: at the first byte of a file, or behind what is
/// already there of the very same file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResumePoint {
    offset: u64,
    /// The name and value of the header that tells the file from others.
    validator: Option<(HeaderName, HeaderValue)>,
    total: Option<u64>,
}

impl ResumePoint {
    /// The first byte.
    pub const START: Self = Self { offset: 0, validator: None, total: None };

    /// Behind the first `offset` bytes of the file that `response` gives. It is
    /// [`START`](Self::START) where nothing in the response tells that file from
    /// another at the same address: neither a strong `ETag` nor `Last-Modified`
    /// with a length.
    pub fn after(offset: u64, response: &ResponseValue<ByteStream>) -> Self {
        let headers = response.headers();
        let total = match range(headers) {
            Some((_, _, total)) => total,
            None => response.content_length(),
        };
        let of = |name: HeaderName| Some((name.clone(), headers.get(name)?.clone()));
        let etag = of(header::ETAG).filter(|(_, etag)| !etag.as_bytes().starts_with(b"W/"));
        let validator = etag.or_else(|| of(header::LAST_MODIFIED).filter(|_| total.is_some()));
        match validator {
            Some(_) if offset > 0 => Self { offset, validator, total },
            _ => Self::START,
        }
    }

    /// The bytes that are already there.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether a response with status 206 is the rest of the file.
    fn is_followed_by(&self, headers: &HeaderMap) -> bool {
        let Some((first, last, total)) = range(headers) else { return false };
        let Some(end) = last.checked_add(1) else { return false };
        let length = headers.get(header::CONTENT_LENGTH).and_then(|text| text.to_str().ok());
        first == self.offset
            && last >= first
            && total.is_none_or(|total| total == end)
            && self.total.is_none_or(|total| total == end)
            && length.and_then(|text| text.parse().ok()).is_none_or(|n: u64| n == end - first)
            && self
                .validator
                .as_ref()
                .is_none_or(|(name, value)| headers.get(name).is_none_or(|now| now == value))
    }
}

impl Transport {
    /// Fetches bytes from an address that a record names. A response with
    /// status 206 is the rest of the file behind `from`; any other is the whole
    /// file, which is another one by now or comes from a server that does not
    /// know ranges.
    ///
    /// On the configured origin the credentials are sent, unless the options
    /// say [otherwise](crate::RequestOptions::without_credentials); anywhere else, and
    /// after any redirect, nothing is sent that could identify the client: where a
    /// redirect leads is for the server to say, which may have it from a stranger.
    /// Plain http is refused unless `allow_http` is set or both this address and the
    /// configured origin are on this machine.
    ///
    /// Attempts are repeated until the first byte; a stream that breaks later
    /// says so, and the download is resumed by asking for the rest.
    ///
    /// # Errors
    ///
    /// `InvalidRequest` for an address that must not be fetched or an offset
    /// beyond the end, `Redirected` after too many hops, `Vendor` for another
    /// range, length or file than requested, and the kinds of any request.
    pub async fn download(
        &self,
        url: &str,
        from: &ResumePoint,
    ) -> Result<ResponseValue<ByteStream>, Error> {
        let context = self.context(OPERATION);
        let Ok(url) = Url::parse(url) else {
            let what = "the recording's address is not an absolute URL";
            return Err(Error::plain(&context, ErrorKind::InvalidRequest, what));
        };
        let mut attempts = AttemptState::new(self, context, true);
        loop {
            let mut failed = match self.follow(&mut attempts, url.clone(), from).await {
                Ok(response) => return Ok(ResponseValue::stream(response)),
                Err(failed) => failed,
            };
            match attempts.next_delay(&mut failed) {
                Some(wait) => attempts.pause(wait).await,
                None => return Err(failed.error),
            }
        }
    }

    /// One attempt, over its redirects.
    async fn follow(
        &self,
        attempts: &mut AttemptState,
        url: Url,
        from: &ResumePoint,
    ) -> Result<Response, AttemptError> {
        self.check_address(&attempts.context, &url)?;
        let permit = attempts.acquire_permit().await?;
        let context = attempts.context.clone();
        let headers = self.extra_headers(&context).map_err(AttemptError::permanent)?;
        let is_at_home = Origin::of(&url).as_ref() == Some(&self.shared().origin);
        let has_credentials = is_at_home && !self.options().without_credentials;
        let request = self.download_request(&url, from, has_credentials.then_some(headers));
        let result = attempts.timed(self.execute(&context, request)).await;
        if has_credentials {
            let response = result.as_ref().ok();
            let response = response.map(|response| (response.status(), response.headers()));
            attempts.record_result(&permit, response, &result);
        }
        let response = attempts.timed(self.resolve(&context, result?, from)).await?;
        self.begin(&context, response, from)
    }

    async fn execute(
        &self,
        context: &ErrorContext,
        request: Request,
    ) -> Result<reqwest::Response, AttemptError> {
        let response = self.shared().http.execute(request).await;
        response.map_err(|error| AttemptError::of(failure::of_reqwest(context, error)))
    }

    /// The response behind all redirects, none of which is sent credentials, also not back to the
    /// configured origin.
    pub(super) async fn resolve(
        &self,
        context: &ErrorContext,
        mut response: reqwest::Response,
        from: &ResumePoint,
    ) -> Result<reqwest::Response, AttemptError> {
        for hop in 0.. {
            let Some(url) = redirect_target(&response) else { break };
            if hop == MAX_HOPS {
                let error = Error::plain(context, ErrorKind::Redirected, "more than 5 times");
                return Err(AttemptError::permanent(error.with_location(url.into())));
            }
            self.check_address(context, &url)?;
            let request = self.download_request(&url, from, None);
            response = self.execute(context, request).await?;
        }
        if !response.status().is_success() {
            return Err(error_from_response(context, self.shared(), response).await);
        }
        Ok(response)
    }

    /// Hands on the body.
    fn begin(
        &self,
        context: &ErrorContext,
        response: reqwest::Response,
        from: &ResumePoint,
    ) -> Result<Response, AttemptError> {
        let (status, headers) = (response.status(), response.headers().clone());
        if status == StatusCode::PARTIAL_CONTENT && !from.is_followed_by(&headers) {
            let what = "the server sent a part that was not requested, or of another file";
            return Err(AttemptError::permanent(Error::plain(context, ErrorKind::Vendor, what)));
        }
        let stream =
            body::stream_of(context, self.shared(), response).map_err(AttemptError::permanent)?;
        Ok(Response::streamed(status, headers, stream).with_context(context.clone(), None))
    }

    fn check_address(&self, context: &ErrorContext, url: &Url) -> Result<(), AttemptError> {
        let refuse = |what| {
            Err(AttemptError::permanent(Error::plain(context, ErrorKind::InvalidRequest, what)))
        };
        let host = url.host_str().unwrap_or_default();
        let shared = self.shared();
        match url.scheme() {
            "https" if !host.is_empty() => Ok(()),
            "http" if shared.allow_http => Ok(()),
            "http" if shared.origin.is_loopback() && is_loopback_host(host) => Ok(()),
            "http" => refuse("the recording's address is plain http"),
            _ => refuse("the recording's address is neither https nor http"),
        }
    }

    fn download_request(&self, url: &Url, from: &ResumePoint, extra: Option<HeaderMap>) -> Request {
        let mut request = Request::new(Method::GET, url.clone());
        let headers = request.headers_mut();
        // Offsets count the file's own bytes.
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        headers.insert(header::USER_AGENT, self.shared().user_agent.clone());
        if let Some((_, validator)) = &from.validator
            && let Ok(range) = HeaderValue::try_from(format!("bytes={}-", from.offset))
        {
            headers.insert(header::RANGE, range);
            headers.insert(header::IF_RANGE, validator.clone());
        }
        headers.extend(extra.unwrap_or_default());
        request
    }
}

/// Where a redirect leads; `None` for any other response.
fn redirect_target(response: &reqwest::Response) -> Option<Url> {
    let location = response.headers().get(header::LOCATION)?.to_str().ok()?;
    response.status().is_redirection().then(|| response.url().join(location).ok())?
}

/// `Content-Range: bytes 100-199/200`: the first byte, the last, and how many
/// there are; the latter may be `*`.
fn range(headers: &HeaderMap) -> Option<(u64, u64, Option<u64>)> {
    let text = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
    let (part, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = part.split_once('-')?;
    let number = |text: &str| text.trim().parse().ok();
    let total = match total.trim() {
        "*" => None,
        total => Some(number(total)?),
    };
    Some((number(first)?, number(last)?, total))
}
