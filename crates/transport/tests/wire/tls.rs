//! https: trusted, not trusted, and the protocol offered.

use crate::vendor::builder;
use callfold_test_support::raw_server::ok;
use callfold_transport::{Error, ErrorKind};
use std::ops::Range;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

struct Host {
    url: String,
    certificate: String,
    /// The protocol agreed on, for each connection.
    protocols: Arc<Mutex<Vec<Option<Vec<u8>>>>>,
}

/// An https server for `name`, which speaks HTTP/1.1 whatever it offers.
async fn host(name: &str, offers: &[&[u8]]) -> Host {
    host_within(name, offers, 1975..4096).await
}

/// The same with a certificate that holds in these years.
async fn host_within(name: &str, offers: &[&[u8]], years: Range<i32>) -> Host {
    let mut parameters = rcgen::CertificateParams::new([name.to_owned()]).unwrap();
    parameters.not_before = rcgen::date_time_ymd(years.start, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(years.end, 1, 1);
    let signing_key = rcgen::KeyPair::generate().unwrap();
    let cert = parameters.self_signed(&signing_key).unwrap();
    let certificate = cert.pem();
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], private)
        .unwrap();
    config.alpn_protocols = offers.iter().map(|name| name.to_vec()).collect();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let protocols = Arc::new(Mutex::new(Vec::new()));
    let agreed = Arc::clone(&protocols);
    tokio::spawn(async move {
        let acceptor = TlsAcceptor::from(Arc::new(config));
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            agreed.lock().unwrap().push(stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec));
            let mut buffer = [0; 4096];
            drop(stream.read(&mut buffer).await);
            drop(stream.write_all(&ok(r#"{"id":"call-1"}"#)).await);
            drop(stream.shutdown().await);
        }
    });
    Host { url, certificate, protocols }
}

async fn get(host: &Host, trusted: bool) -> Result<(), Error> {
    let mut builder = builder(&host.url).retries(2);
    if trusted {
        builder = builder.add_root_certificate(host.certificate.clone());
    }
    builder.build().unwrap().get_item("x").await.map(drop)
}

#[tokio::test]
async fn further_certificate_authority_is_trusted() {
    let host = host("localhost", &[]).await;
    get(&host, true).await.unwrap();
}

#[tokio::test]
async fn unknown_certificate_is_an_error_at_once() {
    let host = host("localhost", &[]).await;
    let error = get(&host, false).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert_eq!(error.attempts(), 1, "{error}");
    assert!(!error.is_retryable());
    assert!(error.to_string().contains("certificate is not trusted"), "{error}");
}

#[tokio::test]
async fn certificate_for_another_host_is_an_error_at_once() {
    let host = host("elsewhere.example.com", &[]).await;
    let error = get(&host, true).await.unwrap_err();
    assert_eq!(error.attempts(), 1, "{error}");
    assert!(error.to_string().contains("certificate is for another host"), "{error}");
}

/// To a certificate a clock in 1970 or 2099 is what another time is to ours.
#[tokio::test]
async fn certificate_of_another_time_makes_the_clock_suspect() {
    for (years, when) in [(2200..2300, "is not valid yet"), (1990..2000, "has expired")] {
        let host = host_within("localhost", &[], years).await;
        let error = get(&host, true).await.unwrap_err();
        assert_eq!(error.attempts(), 1, "{error}");
        assert_eq!(
            error.to_string(),
            format!(
                "acme get_item: the connection failed: the server's certificate {when}, if this \
                 machine's clock is right"
            )
        );
    }
}

#[tokio::test]
async fn http2_is_chosen_where_it_is_offered() {
    let modern = host("localhost", &[b"h2", b"http/1.1"]).await;
    // The server does not really speak it: what counts is the agreement.
    get(&modern, true).await.unwrap_err();
    assert_eq!(modern.protocols.lock().unwrap()[0].as_deref(), Some(b"h2".as_slice()));
    let old = host("localhost", &[b"http/1.1"]).await;
    get(&old, true).await.unwrap();
    assert_eq!(old.protocols.lock().unwrap()[0].as_deref(), Some(b"http/1.1".as_slice()));
}
