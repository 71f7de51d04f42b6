//! Recordings, wherever they lie.

use super::run::is_partial;
use super::{Origin, Transport, body, failure, is_loopback_host};
use crate::error::{Context, ErrorKind};
use crate::{ByteStream, Error, Response, ResponseValue};
use http::{HeaderMap, HeaderValue, header};
use reqwest::{Client, Method, Request, Url};
use tokio::time::{Instant, timeout_at};

/// Redirects followed; storage services need one or two.
const MAX_HOPS: usize = 5;
const OPERATION: &str = "download";

impl Transport {
    /// Fetches bytes from an address that a record names, from `offset` on.
    ///
    /// On the configured origin the credentials are sent; anywhere else, and
    /// after any redirect that leaves the origin, nothing is sent that could
    /// identify the client. Plain http is refused unless `allow_http` is set or
    /// both this address and the configured origin are on this machine.
    ///
    /// # Errors
    ///
    /// `InvalidRequest` for an address that must not be fetched or an offset
    /// beyond the end, `Redirected` after too many hops, and the kinds of any
    /// request.
    pub async fn download(
        &self,
        http: &Client,
        url: &str,
        offset: u64,
    ) -> Result<ResponseValue<ByteStream>, Error> {
        let mut context = self.context(OPERATION);
        let refuse = |context: &Context, what: &'static str| {
            Error::plain(context, ErrorKind::InvalidRequest, what)
        };
        let Ok(mut url) = Url::parse(url) else {
            return Err(refuse(&context, "the recording's address is not an absolute URL"));
        };
        let limits = self.shared().limits;
        let limit = self.options().timeout.unwrap_or(limits.total);
        let deadline = Instant::now() + limit;
        let mut left_origin = false;
        for _ in 0..=MAX_HOPS {
            self.check_address(&context, &url)?;
            let at_home = Origin::of(&url).as_ref() == Some(&self.shared().origin);
            // Once elsewhere, an address on our origin was chosen by a
            // stranger: it gets no credentials either.
            left_origin |= !at_home;
            let request = self.download_request(&url, offset, !left_origin);
            self.shared().counters.request();
            context.attempts += 1;
            let end = deadline.min(Instant::now() + limits.attempt);
            let answer = match timeout_at(end, http.execute(request)).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(error)) => return Err(failure::of_reqwest(&context, error)),
                Err(_) => {
                    return Err(Error::plain(&context, ErrorKind::Timeout, "no answer in time"));
                }
            };
            let (status, headers) = (answer.status(), answer.headers().clone());
            if status.is_redirection()
                && let Some(target) = location(&headers).and_then(|target| url.join(target).ok())
            {
                url = target;
                continue;
            }
            if !status.is_success() {
                let mut answer = answer;
                let stall = limits.stall;
                let counters = &self.shared().counters;
                let body = body::read_start(&context, &mut answer, 64 * 1024, stall, counters).await;
                return Err(Error::of_response(&context, status, &headers, body));
            }
            // A server that does not know ranges sends all of it.
            let skip = if is_partial(status) { 0 } else { offset };
            if is_partial(status) && range_start(&headers) != Some(offset) {
                let what = "the server answers with another range than asked for";
                return Err(Error::plain(&context, ErrorKind::Vendor, what));
            }
            let stream = body::stream_of(
                context.clone(),
                answer,
                skip,
                limits.max_download,
                limits.stall,
                self.shared().counters.clone(),
            );
            let response = Response::streamed(status, headers, stream);
            return Ok(ResponseValue::stream(response.with_context(context, None)));
        }
        Err(Error::plain(&context, ErrorKind::Redirected, "more than 5 times")
            .with_location(url.into()))
    }

    fn check_address(&self, context: &Context, url: &Url) -> Result<(), Error> {
        let refuse = |what| Err(Error::plain(context, ErrorKind::InvalidRequest, what));
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

    fn download_request(&self, url: &Url, offset: u64, with_credentials: bool) -> Request {
        let mut request = Request::new(Method::GET, url.clone());
        let headers = request.headers_mut();
        // Offsets count the file's own bytes.
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        headers.insert(header::USER_AGENT, self.shared().user_agent.clone());
        if offset > 0
            && let Ok(range) = HeaderValue::try_from(format!("bytes={offset}-"))
        {
            headers.insert(header::RANGE, range);
        }
        if with_credentials {
            for (name, value) in self.options().headers.iter().chain(&self.shared().auth) {
                headers.insert(name, value.clone());
            }
        }
        request
    }
}

fn location(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::LOCATION)?.to_str().ok()
}

/// `Content-Range: bytes 100-199/200` starts at 100.
fn range_start(headers: &HeaderMap) -> Option<u64> {
    let text = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
    text.strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok()
}
