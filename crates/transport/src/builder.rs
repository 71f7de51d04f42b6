//! Configuring a client.

use crate::http_client::{HttpClient, HttpSettings};
use crate::stats::Counters;
use crate::transport::{
    Limits, PaceBounds, RateLimiter, RetryBudget, RetryPolicy, Shared, check_base_url,
};
use crate::{Auth, BufferPool, Error, RequestOptions, Transport};
use http::HeaderValue;
use std::sync::Arc;
use std::{fmt, marker::PhantomData, time::Duration};

/// A generated client whose requests pass through [`Transport`].
///
/// Implemented by [`vendor_client!`](crate::vendor_client).
pub trait VendorClient: Sized {
    /// The vendor's name, in lower case.
    const NAME: &'static str;
    /// The default base URL: the spec's first server.
    const BASE_URL: &'static str;
    /// Operations that only read although their method is not GET or HEAD.
    const SAFE_OPERATIONS: &'static [&'static str];
    /// Operations whose response is not JSON.
    const STREAMED_OPERATIONS: &'static [&'static str];
    /// Fields of a record with links that are signed again in each response.
    const VOLATILE_FIELDS: &'static [&'static str];
    /// Members of a response, at any depth, that hold credentials: their values are not kept.
    const SECRET_FIELDS: &'static [&'static str];
    /// What a user of this vendor has to give.
    type Credentials: Into<Auth>;

    /// The client whose requests pass through `transport`.
    fn from_transport(transport: Transport) -> Self;

    /// What the client's requests pass through.
    fn transport(&self) -> &Transport;
}

/// Configures a vendor's client; every option has a default but the credentials.
///
/// `Debug` shows no secret.
#[must_use]
pub struct ClientBuilder<C> {
    auth: Option<Auth>,
    base_url: Option<String>,
    limits: Limits,
    retry: RetryPolicy,
    rate: f64,
    is_rate_fixed: bool,
    concurrency: Option<usize>,
    allow_http: bool,
    http: HttpSettings,
    user_agent: Option<String>,
    options: RequestOptions,
    client: PhantomData<fn() -> C>,
}

impl<C: VendorClient> Default for ClientBuilder<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: VendorClient> ClientBuilder<C> {
    /// All defaults.
    pub fn new() -> Self {
        Self {
            auth: None,
            base_url: None,
            limits: Limits::default(),
            retry: RetryPolicy::default(),
            rate: PaceBounds::MAX_RATE,
            is_rate_fixed: false,
            concurrency: None,
            allow_http: false,
            http: HttpSettings::default(),
            user_agent: None,
            options: RequestOptions::default(),
            client: PhantomData,
        }
    }

    /// Sets the credentials. They are sent to the base URL's origin only.
    pub fn credentials(mut self, credentials: impl Into<C::Credentials>) -> Self {
        self.auth = Some(credentials.into().into());
        self
    }

    /// Sends requests elsewhere than to the vendor's production server. A path
    /// is kept, a slash at the end is not.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Limits each operation, waits and retries included. Default 180 s. For
    /// streamed bodies it ends with the headers: from there on the stall limit
    /// holds.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.limits.total = limit;
        self
    }

    /// Limits each attempt, from sending to the end of the body. Default 60 s.
    pub fn attempt_timeout(mut self, limit: Duration) -> Self {
        self.limits.attempt = limit;
        self
    }

    /// Limits connecting, TLS included. Default 10 s. Without effect on a
    /// client set by [`with_client`](Self::with_client).
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.limits.connect = limit;
        self
    }

    /// Limits the silence between two pieces of a body. Default 20 s.
    pub fn stall_timeout(mut self, limit: Duration) -> Self {
        self.limits.stall = limit;
        self
    }

    /// Limits a JSON body, in bytes after decompression. Default 64 MiB.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.limits.max_body = bytes;
        self
    }

    /// Limits a streamed body such as a recording, in bytes. Default 4 GiB.
    pub fn max_download(mut self, bytes: u64) -> Self {
        self.limits.max_download = bytes;
        self
    }

    /// Sets how often a failed read is tried again. Default 4; 0 for never.
    pub fn retries(mut self, retries: u32) -> Self {
        self.retry.retries = retries;
        self
    }

    /// Sets how many retries all requests of the client may make before one of
    /// them succeeds; then a failure is final until a request succeeds or time
    /// passes. A request that succeeds gives back what its own retries took,
    /// so a list that makes progress does not use it up. Default 20, or twice
    /// the [`concurrency`](Self::concurrency) or the
    /// [`retries`](Self::retries) if either is more; 0 for no retries.
    pub fn retry_budget(mut self, retries: u32) -> Self {
        self.retry.budget = Some(retries);
        self
    }

    /// Bounds the waits between attempts: a random part of `first`, doubled for
    /// each further retry up to `longest`. Default 250 ms and 10 s.
    pub fn backoff(mut self, first: Duration, longest: Duration) -> Self {
        (self.retry.base, self.retry.cap) = (first, longest);
        self
    }

    /// Sets the longest wait accepted from the vendor's `Retry-After`; beyond
    /// it the operation fails at once and says how long. Default 60 s.
    pub fn max_retry_after(mut self, longest: Duration) -> Self {
        self.retry.max_hint = longest;
        self
    }

    /// Limits how many requests start each second. Default 200.
    ///
    /// Requests start at 20 a second, or at this rate if it is lower. The rate is
    /// raised while the vendor's responses are good, and lowered when it returns
    /// 429 or 503, or becomes slow. What was too much is not tried again for a
    /// minute. `Retry-After` and rate limit headers are obeyed. Clients of one
    /// process with the same credentials at the same address share their pace.
    pub fn rate(mut self, per_second: f64) -> Self {
        (self.rate, self.is_rate_fixed) = (per_second, false);
        self
    }

    /// Starts with this rate of requests a second, and never exceeds it: for a
    /// limit that is known. It is still lowered when the vendor complains.
    pub fn fixed_rate(mut self, per_second: f64) -> Self {
        (self.rate, self.is_rate_fixed) = (per_second, true);
        self
    }

    /// Limits how many requests run at once. Default 64. Starts at 8, or at this
    /// number if it is lower, and follows the [rate](Self::rate).
    pub fn concurrency(mut self, requests: usize) -> Self {
        self.concurrency = Some(requests);
        self
    }

    /// Allows plain http to other machines: credentials then travel readable.
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.allow_http = allow;
        self
    }

    /// Sends all requests through a proxy. Without it the proxies that the
    /// environment names are used, except for a base URL on this machine.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.http.proxy = Some(url.into());
        self
    }

    /// Trusts a further certificate authority, in PEM form.
    pub fn add_root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.http.certificates.push(pem.into());
        self
    }

    /// Uses an existing HTTP client with its connections; several vendors'
    /// clients may share one.
    pub fn with_client(mut self, http: HttpClient) -> Self {
        self.http.client = Some(http);
        self
    }

    /// Replaces the default `callfold/<version>`.
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = Some(name.into());
        self
    }

    /// Sets the options of every request, until the client's `with_options`
    /// gives others.
    pub fn options(mut self, options: RequestOptions) -> Self {
        self.options = options;
        self
    }

    /// Checks everything and builds the client.
    ///
    /// # Errors
    ///
    /// `Configuration`, saying which option cannot work and why.
    pub fn build(self) -> Result<C, Error> {
        let base_url = self.base_url.as_deref().unwrap_or(C::BASE_URL);
        let (base_url, origin) = check_base_url(base_url, self.allow_http)?;
        self.check_numbers()?;
        let user_agent = self.user_agent.as_deref().unwrap_or(USER_AGENT);
        let user_agent = HeaderValue::from_str(user_agent).map_err(|_| {
            Error::configuration("the user agent has a character a header cannot have")
        })?;
        let http = self.http.client(&origin, self.limits.connect)?;
        let Some(auth) = self.auth else {
            return Err(Error::configuration("no credentials: set them with credentials()"));
        };
        let (auth, secrets) = auth.into_headers()?;
        let max_slots = self.concurrency.unwrap_or(PaceBounds::MAX_SLOTS);
        let bounds = PaceBounds::new(self.rate, self.is_rate_fixed, max_slots);
        let at_once = self.concurrency.unwrap_or(PaceBounds::START_SLOTS);
        let mut key: Vec<_> =
            auth.iter().map(|(name, key)| (name.as_str(), key.as_bytes())).collect();
        key.sort_unstable();
        let limiter = RateLimiter::shared((C::NAME, origin.to_string(), key), bounds);
        let transport = Transport::new(Shared {
            vendor: C::NAME,
            http,
            base_url,
            origin,
            auth,
            secrets: secrets.into(),
            safe_operations: C::SAFE_OPERATIONS,
            streamed_operations: C::STREAMED_OPERATIONS,
            secret_fields: C::SECRET_FIELDS,
            user_agent,
            allow_http: self.allow_http,
            limits: self.limits,
            retry: self.retry,
            limiter,
            budget: RetryBudget::new(self.retry.budget_size(at_once)),
            counters: Arc::new(Counters::default()),
            bodies: BufferPool::default(),
        });
        let transport = transport.with_options(self.options);
        Ok(C::from_transport(transport))
    }

    fn check_numbers(&self) -> Result<(), Error> {
        let limits = &self.limits;
        let times = [
            ("timeout", limits.total),
            ("attempt_timeout", limits.attempt),
            ("connect_timeout", limits.connect),
            ("stall_timeout", limits.stall),
        ];
        for (option, time) in [
            ("backoff", self.retry.base.max(self.retry.cap)),
            ("max_retry_after", self.retry.max_hint),
        ] {
            if time > MAX_TIMEOUT {
                return Err(Error::configuration(format!("{option} must be at most a year")));
            }
        }
        for (option, time) in times {
            if time.is_zero() || time > MAX_TIMEOUT {
                return Err(Error::configuration(format!(
                    "{option} must be above 0 and at most a year"
                )));
            }
        }
        if !(self.rate.is_finite() && (0.001..=1e6).contains(&self.rate)) {
            return Err(Error::configuration("rate must be between 0.001 and 1000000 a second"));
        }
        if self.concurrency.is_some_and(|requests| !(1..=10_000).contains(&requests)) {
            return Err(Error::configuration("concurrency must be between 1 and 10000"));
        }
        if limits.max_body == 0 || limits.max_download == 0 {
            return Err(Error::configuration("max_body and max_download must be above 0"));
        }
        Ok(())
    }
}

const USER_AGENT: &str = concat!("callfold/", env!("CARGO_PKG_VERSION"));
/// Times beyond this overflow a clock somewhere.
pub(crate) const MAX_TIMEOUT: Duration = Duration::from_secs(366 * 24 * 3600);

impl<C: VendorClient> fmt::Debug for ClientBuilder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("vendor", &C::NAME)
            .field("auth", &self.auth)
            .field("limits", &self.limits)
            .field("retry", &self.retry)
            .field("rate", &self.rate)
            .field("concurrency", &self.concurrency)
            .finish_non_exhaustive()
    }
}
