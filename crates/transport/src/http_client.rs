//! The HTTP client below: redirects off, TLS ready.

use crate::Error;
use crate::transport::{Origin, install_crypto_provider};
use http::{HeaderValue, header};
use rustls_platform_verifier::ConfigVerifierExt;
use std::sync::{Mutex, PoisonError};
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
#[derive(Clone, Debug)]
pub struct HttpClient(reqwest::Client);

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
        builder.build().map(Self).map_err(unbuilt)
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
    ) -> Result<reqwest::Client, Error> {
        if let Some(HttpClient(client)) = &self.client {
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
