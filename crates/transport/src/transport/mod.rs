//! What every request of a client passes through.
//!
//! Here: what is shared by a client and its clones, and what one request may
//! set for itself. The loop that sends, waits and sends again is in `operation`.

mod attempts;
mod body;
mod download;
mod failure;
mod operation;
mod origin;
mod pace;
mod quota;
mod rate_limiter;
mod retry;
mod zstd;

pub use download::ResumePoint;
pub(crate) use operation::Operation;
pub(crate) use origin::{Origin, check_base_url, is_loopback_host};
pub(crate) use pace::PaceBounds;
pub use pace::{Pace, PaceReason};
pub(crate) use rate_limiter::RateLimiter;
pub(crate) use retry::{RetryBudget, RetryPolicy, retry_after};

use crate::error::ErrorContext;
use crate::stats::{Counters, Stats};
use crate::{BufferPool, Error, ErrorKind, HttpClient};
use http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::Url;
use secrecy::SecretString;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Where the requests of one client, and of its clones, pass: credentials,
/// retries, limits, counters.
///
/// Cheap to clone. `Debug` shows the vendor and the origin only.
#[derive(Clone)]
pub struct Transport {
    shared: Arc<Shared>,
    pub(crate) options: Arc<RequestOptions>,
}

/// What all clones of a client share.
pub(crate) struct Shared {
    pub(crate) vendor: &'static str,
    pub(crate) http: HttpClient,
    pub(crate) base_url: Url,
    pub(crate) origin: Origin,
    pub(crate) auth: HeaderMap,
    pub(crate) secrets: Arc<[SecretString]>,
    pub(crate) safe_operations: &'static [&'static str],
    pub(crate) streamed_operations: &'static [&'static str],
    pub(crate) secret_fields: &'static [&'static str],
    pub(crate) user_agent: HeaderValue,
    pub(crate) allow_http: bool,
    pub(crate) limits: Limits,
    pub(crate) retry: RetryPolicy,
    pub(crate) limiter: Arc<RateLimiter>,
    pub(crate) budget: RetryBudget,
    pub(crate) counters: Arc<Counters>,
    pub(crate) bodies: BufferPool,
}

/// Time and size limits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) connect: Duration,
    pub(crate) attempt: Duration,
    pub(crate) stall: Duration,
    pub(crate) total: Duration,
    pub(crate) max_body: usize,
    pub(crate) max_download: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            attempt: Duration::from_secs(60),
            stall: Duration::from_secs(20),
            total: Duration::from_secs(180),
            max_body: 64 * 1024 * 1024,
            max_download: 4 * 1024 * 1024 * 1024,
        }
    }
}

/// What one request may set for itself.
#[derive(Clone, Default)]
pub struct RequestOptions {
    pub(crate) timeout: Option<Duration>,
    pub(crate) retries: Option<u32>,
    pub(crate) headers: HeaderMap,
    pub(crate) without_credentials: bool,
}

impl RequestOptions {
    /// Options that change nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits the operation, waits and retries included.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets how often a failed read is tried again; 0 for never.
    #[must_use]
    pub fn retries(mut self, retries: u32) -> Self {
        self.retries = Some(retries);
        self
    }

    /// Sends no credentials, not even to the configured origin.
    #[must_use]
    pub fn without_credentials(mut self) -> Self {
        self.without_credentials = true;
        self
    }

    /// Adds a header. A request with one that carries the client's credentials
    /// is refused, unless it is sent without them.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}

impl fmt::Debug for RequestOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestOptions")
            .field("timeout", &self.timeout)
            .field("retries", &self.retries)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .finish()
    }
}

impl Transport {
    pub(crate) fn new(shared: Shared) -> Self {
        Self { shared: Arc::new(shared), options: Arc::default() }
    }

    /// The same transport, whose requests use these options.
    #[must_use]
    pub fn with_options(&self, options: RequestOptions) -> Self {
        Self { shared: Arc::clone(&self.shared), options: Arc::new(options) }
    }

    /// The vendor's name.
    pub fn vendor(&self) -> &'static str {
        self.shared.vendor
    }

    /// Where the API is, without a slash at the end of a path.
    pub fn base_url(&self) -> &str {
        self.shared.base_url.as_str()
    }

    /// How many requests may start in a second at most, as configured.
    pub fn max_rate(&self) -> f64 {
        self.shared.limiter.max_rate()
    }

    /// What was done so far.
    pub fn stats(&self) -> Stats {
        self.shared.counters.read()
    }

    /// The pace of the requests, as it is now.
    pub fn pace(&self) -> Pace {
        self.shared.limiter.pace()
    }

    /// Starts below a rate that an earlier run found to be too much, from its
    /// [`Pace::too_fast`]. Without effect once the vendor complained.
    pub fn remember_pace(&self, too_fast: f64) {
        self.shared.limiter.remember(too_fast);
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(crate) fn options(&self) -> &RequestOptions {
        &self.options
    }

    /// The headers that the options and the credentials add.
    pub(crate) fn extra_headers(&self, context: &ErrorContext) -> Result<HeaderMap, Error> {
        let mut headers = self.options.headers.clone();
        if self.options.without_credentials {
            return Ok(headers);
        }
        if let Some(name) = self.shared.auth.keys().find(|name| headers.contains_key(*name)) {
            let what = format!(
                "the header {name} carries the client's credentials: set it with credentials()"
            );
            return Err(Error::plain(context, ErrorKind::InvalidRequest, what));
        }
        headers.extend(self.shared.auth.clone());
        Ok(headers)
    }

    pub(crate) fn context(&self, operation: &'static str) -> ErrorContext {
        ErrorContext {
            vendor: Some(self.shared.vendor),
            operation: Some(operation),
            client_request_id: None,
            attempts: 0,
            secrets: Arc::clone(&self.shared.secrets),
            counters: Some(Arc::clone(&self.shared.counters)),
        }
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("vendor", &self.shared.vendor)
            .field("origin", &format_args!("{}", self.shared.origin))
            .finish_non_exhaustive()
    }
}

/// Makes https work without the user choosing a cryptography library: reqwest
/// panics where none is installed. One that is installed already is kept.
pub(crate) fn install_crypto_provider() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Losing the race against another thread is as good as winning it.
        drop(rustls::crypto::ring::default_provider().install_default());
    }
}
