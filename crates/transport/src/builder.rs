//! Configuring a client.

use crate::stats::Counters;
use crate::transport::{
    Limits, Origin, RateLimiter, RetryBudget, RetryPolicy, Shared, check_base_url,
    install_crypto_provider,
};
use crate::{Auth, BufferPool, Error, RequestOptions, Transport};
use http::{HeaderValue, header};
use rustls_platform_verifier::ConfigVerifierExt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{fmt, marker::PhantomData};

/// A generated client whose requests pass through [`Transport`].
///
/// Implemented by [`vendor_client!`](crate::vendor_client).
pub trait Vendor: Sized {
    /// The vendor's name, in lower case.
    const NAME: &'static str;
    /// Where requests go unless told otherwise: the spec's first server.
    const BASE_URL: &'static str;
    /// Operations that only read although their method is not GET or HEAD.
    const SAFE_OPERATIONS: &'static [&'static str];
    /// Operations whose answer is not JSON.
    const STREAMED_OPERATIONS: &'static [&'static str];
    /// Fields of a record whose links are signed anew in each answer.
    const VOLATILE_FIELDS: &'static [&'static str];
    /// What a user of this vendor has to give.
    type Credentials: Into<Auth>;

    /// Puts the generated client together.
    fn assemble(base_url: &str, http: reqwest::Client, transport: Transport) -> Self;
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
    concurrency: usize,
    allow_http: bool,
    proxy: Option<String>,
    certificates: Vec<Vec<u8>>,
    http: Option<reqwest::Client>,
    user_agent: Option<String>,
    options: RequestOptions,
    client: PhantomData<fn() -> C>,
}

impl<C: Vendor> Default for ClientBuilder<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Vendor> ClientBuilder<C> {
    /// All defaults.
    pub fn new() -> Self {
        Self {
            auth: None,
            base_url: None,
            limits: Limits::default(),
            retry: RetryPolicy::default(),
            rate: 20.0,
            concurrency: 8,
            allow_http: false,
            proxy: None,
            certificates: Vec::new(),
            http: None,
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

    /// Limits how many requests start each second. Default 20. Lowered by
    /// itself while the vendor answers 429.
    pub fn rate(mut self, per_second: f64) -> Self {
        self.rate = per_second;
        self
    }

    /// Limits how many requests run at once. Default 8. Lowered by itself
    /// while the vendor answers 429.
    pub fn concurrency(mut self, requests: usize) -> Self {
        self.concurrency = requests;
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
        self.proxy = Some(url.into());
        self
    }

    /// Trusts a further certificate authority, in PEM form.
    pub fn add_root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.certificates.push(pem.into());
        self
    }

    /// Uses an existing HTTP client with its connections.
    ///
    /// It must refuse redirects, or it would carry the credentials to wherever
    /// a vendor points: build it with `redirect(reqwest::redirect::Policy::none())`.
    /// [`build`](Self::build) refuses a client that follows them.
    pub fn with_client(mut self, http: reqwest::Client) -> Self {
        self.http = Some(http);
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
        install_crypto_provider();
        let base_url = self.base_url.as_deref().unwrap_or(C::BASE_URL);
        let (base_url, origin) = check_base_url(base_url, self.allow_http)?;
        self.check_numbers()?;
        let user_agent = self.user_agent.as_deref().unwrap_or(USER_AGENT);
        let user_agent = HeaderValue::from_str(user_agent).map_err(|_| {
            Error::configuration("the user agent has a character a header cannot have")
        })?;
        let http = self.http_client(&origin)?;
        let Some(auth) = self.auth else {
            return Err(Error::configuration("no credentials: set them with credentials()"));
        };
        let (auth, secrets) = auth.into_headers()?;
        let transport = Transport::new(Shared {
            vendor: C::NAME,
            origin,
            auth,
            secrets: secrets.into(),
            safe_operations: C::SAFE_OPERATIONS,
            streamed_operations: C::STREAMED_OPERATIONS,
            user_agent,
            allow_http: self.allow_http,
            limits: self.limits,
            retry: self.retry,
            limiter: RateLimiter::new(self.rate, self.concurrency),
            budget: RetryBudget::new(self.retry.budget_size(self.concurrency)),
            counters: Arc::new(Counters::default()),
            bodies: BufferPool::default(),
        });
        let transport = transport.with_options(self.options);
        Ok(C::assemble(&base_url, http, transport))
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
            if time > LONGEST {
                return Err(Error::configuration(format!("{option} must be at most a year")));
            }
        }
        for (option, time) in times {
            if time.is_zero() || time > LONGEST {
                return Err(Error::configuration(format!(
                    "{option} must be above 0 and at most a year"
                )));
            }
        }
        if !(self.rate.is_finite() && (0.001..=1e6).contains(&self.rate)) {
            return Err(Error::configuration("rate must be between 0.001 and 1000000 a second"));
        }
        if !(1..=10_000).contains(&self.concurrency) {
            return Err(Error::configuration("concurrency must be between 1 and 10000"));
        }
        if limits.max_body == 0 || limits.max_download == 0 {
            return Err(Error::configuration("max_body and max_download must be above 0"));
        }
        Ok(())
    }

    fn http_client(&self, origin: &Origin) -> Result<reqwest::Client, Error> {
        if let Some(http) = &self.http {
            if self.proxy.is_some() || !self.certificates.is_empty() {
                return Err(Error::configuration(
                    "proxy and add_root_certificate have no effect on a client given to \
                     with_client: set them there",
                ));
            }
            if follows_redirects(http) {
                return Err(Error::configuration(
                    "the reqwest client given to with_client follows redirects, and would carry the \
                     credentials along: build it with redirect(reqwest::redirect::Policy::none())",
                ));
            }
            return Ok(http.clone());
        }
        let unbuilt = |error: reqwest::Error| {
            let what = "the HTTP client cannot be built: does this machine have root certificates?";
            Error::configuration(what).with_source(error.without_url())
        };
        match self.http_builder(origin)?.build() {
            // A machine without root certificates, such as a bare container,
            // can still talk to itself.
            Err(_) if origin.is_plain() => {
                self.http_builder(origin)?.tls_certs_only([]).build().map_err(unbuilt)
            }
            built => built.map_err(unbuilt),
        }
    }

    fn http_builder(&self, origin: &Origin) -> Result<reqwest::ClientBuilder, Error> {
        let codings = HeaderValue::from_static("gzip, br, zstd");
        let mut builder = reqwest::Client::builder()
            .default_headers([(header::ACCEPT_ENCODING, codings)].into_iter().collect())
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .connect_timeout(self.limits.connect)
            .tcp_keepalive(Duration::from_secs(30));
        if let Some(proxy) = &self.proxy {
            // The address may hold a password: it stays out of the error.
            let proxy = reqwest::Proxy::all(proxy)
                .map_err(|_| Error::configuration("the proxy is not a usable URL"))?;
            builder = builder.proxy(proxy);
        } else if origin.is_loopback() {
            // A proxy from the environment cannot reach this machine's ports.
            builder = builder.no_proxy();
        }
        if self.certificates.is_empty()
            && let Some(tls) = tls()
        {
            builder = builder.tls_backend_preconfigured(tls);
        }
        for pem in &self.certificates {
            let certificates = reqwest::Certificate::from_pem_bundle(pem).unwrap_or_default();
            if certificates.is_empty() {
                return Err(Error::configuration("the root certificate is not in PEM form"));
            }
            for certificate in certificates {
                builder = builder.add_root_certificate(certificate);
            }
        }
        Ok(builder)
    }
}

const USER_AGENT: &str = concat!("callfold/", env!("CARGO_PKG_VERSION"));
/// Times beyond this overflow a clock somewhere.
pub(crate) const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

/// TLS for clients that trust whom this machine trusts: reading its root
/// certificates takes milliseconds, so all clients of a process share them.
/// `None` where there are none.
fn tls() -> Option<rustls::ClientConfig> {
    static SHARED: Mutex<Option<rustls::ClientConfig>> = Mutex::new(None);

    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if shared.is_none() {
        install_crypto_provider();
        let mut config = rustls::ClientConfig::with_platform_verifier().ok()?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        *shared = Some(config);
    }
    shared.clone()
}

/// reqwest tells its policy only through `Debug`: the default, which follows,
/// is left out, and `Policy::none()` shows as `None`.
fn follows_redirects(http: &reqwest::Client) -> bool {
    let text = format!("{http:?}");
    let policy =
        text.split_once("redirect_policy").map(|(_, rest)| rest.chars().take(24).collect());
    !policy.is_some_and(|policy: String| policy.contains("None"))
}

impl<C: Vendor> fmt::Debug for ClientBuilder<C> {
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
