//! The HTTP client that sends requests: reqwest with redirects off and TLS set up, or a function for tests.

use crate::Error;
use crate::transport::{Origin, install_crypto_provider};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderValue, header};
use reqwest::ResponseBuilderExt;
use rustls_platform_verifier::ConfigVerifierExt;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// An HTTP client to give to [`ClientBuilder::with_client`], with settings that
/// callfold has no option for, such as a DNS resolver or a client certificate.
///
/// It follows no redirect: a client that does would carry the credentials to
/// wherever a vendor points.
///
/// ```no_run
/// use callfold_transport::HttpClient;
///
/// # fn main() -> Result<(), callfold_transport::Error> {
/// let http = HttpClient::build(HttpClient::builder().tcp_nodelay(true))?;
/// # Ok(())
/// # }
/// ```
///
/// [`ClientBuilder::with_client`]: crate::ClientBuilder::with_client
#[derive(Clone)]
pub struct HttpClient(Inner);

#[derive(Clone)]
enum Inner {
    Reqwest(reqwest::Client),
    Function(Arc<ResponseFn>),
}

type ResponseFn =
    dyn Fn(http::Request<Bytes>) -> BoxFuture<'static, http::Response<Bytes>> + Send + Sync;

impl HttpClient {
    /// The settings of callfold's own client, to change and to
    /// [`build`](Self::build): a TLS provider is installed, this machine's root
    /// certificates are trusted, and reqwest retries nothing itself.
    pub fn builder() -> reqwest::ClientBuilder {
        match tls() {
            Some(tls) => plain_builder().tls_backend_preconfigured(tls),
            None => plain_builder(),
        }
    }

    /// Builds the client. Redirects are off, whatever the builder says.
    ///
    /// # Errors
    ///
    /// `Configuration` if reqwest cannot build it.
    pub fn build(builder: reqwest::ClientBuilder) -> Result<Self, Error> {
        install_crypto_provider();
        let builder = builder.redirect(reqwest::redirect::Policy::none()).referer(false);
        builder.build().map(Self::of).map_err(unbuilt)
    }

    /// A client without a network, for tests: `respond` answers each request, which has its
    /// credentials by then. Everything else is as with a server: retries, limits, errors and
    /// decoding. A future that never ends is a request that times out.
    ///
    /// ```
    /// use callfold_transport::HttpClient;
    ///
    /// let http = HttpClient::from_fn(|request| async move {
    ///     let mut response = http::Response::new("{}");
    ///     if request.headers().get("x-api-key").is_none() {
    ///         *response.status_mut() = http::StatusCode::UNAUTHORIZED;
    ///     }
    ///     response
    /// });
    /// ```
    pub fn from_fn<F, R, B>(respond: F) -> Self
    where
        F: Fn(http::Request<Bytes>) -> R + Send + Sync + 'static,
        R: Future<Output = http::Response<B>> + Send + 'static,
        B: Into<Bytes>,
    {
        Self(Inner::Function(Arc::new(move |request| {
            let response = respond(request);
            Box::pin(async move { response.await.map(Into::into) })
        })))
    }

    pub(crate) fn of(client: reqwest::Client) -> Self {
        Self(Inner::Reqwest(client))
    }

    /// Sends a request, or has the function answer it.
    pub(crate) async fn execute(
        &self,
        request: reqwest::Request,
    ) -> Result<reqwest::Response, reqwest::Error> {
        match &self.0 {
            Inner::Reqwest(client) => client.execute(request).await,
            Inner::Function(respond) => {
                let url = request.url().clone();
                let request = http::Request::try_from(request)?;
                let body =
                    |body: reqwest::Body| Bytes::copy_from_slice(body.as_bytes().unwrap_or(&[]));
                let (parts, body) = respond(request.map(body)).await.into_parts();
                let mut response = http::Response::new(body);
                if let Ok(with_url) = http::Response::builder().url(url).body(()) {
                    *response.extensions_mut() = with_url.into_parts().0.extensions;
                }
                *response.status_mut() = parts.status;
                *response.headers_mut() = parts.headers;
                Ok(response.into())
            }
        }
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Inner::Reqwest(_) => "HttpClient",
            Inner::Function(_) => "HttpClient::from_fn",
        })
    }
}

/// How the HTTP client of one vendor's client is made.
#[derive(Default)]
pub(crate) struct HttpSettings {
    pub(crate) proxy: Option<String>,
    pub(crate) certificates: Vec<Vec<u8>>,
    pub(crate) client: Option<HttpClient>,
}

impl HttpSettings {
    pub(crate) fn client(
        &self,
        origin: &Origin,
        connect_timeout: Duration,
    ) -> Result<HttpClient, Error> {
        if let Some(client) = &self.client {
            if self.proxy.is_some() || !self.certificates.is_empty() {
                return Err(Error::configuration(
                    "proxy and add_root_certificate have no effect on a client given to \
                     with_client: set them there",
                ));
            }
            return Ok(client.clone());
        }
        let builder = self.builder(origin)?.connect_timeout(connect_timeout);
        match builder.build() {
            // A machine without root certificates, such as a bare container,
            // can still talk to itself.
            Err(_) if origin.is_plain() => {
                let builder = self.builder(origin)?.connect_timeout(connect_timeout);
                builder.tls_certs_only([]).build().map_err(unbuilt)
            }
            built => built.map_err(unbuilt),
        }
        .map(HttpClient::of)
    }

    fn builder(&self, origin: &Origin) -> Result<reqwest::ClientBuilder, Error> {
        let mut builder = match self.certificates.is_empty() {
            true => HttpClient::builder(),
            false => plain_builder(),
        };
        if let Some(proxy) = &self.proxy {
            // The address may hold a password: it stays out of the error.
            let proxy = reqwest::Proxy::all(proxy)
                .map_err(|_| Error::configuration("the proxy is not a usable URL"))?;
            builder = builder.proxy(proxy);
        } else if origin.is_loopback() {
            // A proxy from the environment cannot reach this machine's ports.
            builder = builder.no_proxy();
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

fn unbuilt(error: reqwest::Error) -> Error {
    let what = "the HTTP client cannot be built: does this machine have root certificates?";
    Error::configuration(what).with_source(error.without_url())
}

/// All settings but whom to trust.
fn plain_builder() -> reqwest::ClientBuilder {
    install_crypto_provider();
    let codings = HeaderValue::from_static("gzip, br, zstd");
    reqwest::Client::builder()
        .default_headers([(header::ACCEPT_ENCODING, codings)].into_iter().collect())
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .tcp_keepalive(Duration::from_secs(30))
}

/// The TLS configuration with this machine's root certificates. Reading them takes
/// milliseconds, so all clients of a process share it. `None` without certificates.
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
