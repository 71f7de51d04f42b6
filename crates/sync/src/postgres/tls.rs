//! TLS: rustls with ring, and the certificate checks of `sslmode`.

use super::server::{Server, SslMode};
use crate::{StoreError, StoreErrorKind};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
    server::ParsedCertificate,
};
use std::{path::Path, sync::Arc};

/// The configuration that checks the server's certificate.
pub(super) fn client_config(server: &Server) -> Result<ClientConfig, StoreError> {
    let provider = Arc::new(ring::default_provider());
    let mut verifier =
        Verifier { provider: provider.clone(), roots: None, named: Vec::new(), any_name: false };
    // As in libpq, named roots are used in `require` too.
    let asks_who = matches!(server.ssl, SslMode::VerifyFull | SslMode::VerifyCa)
        || (server.ssl == SslMode::Require && server.roots.is_some());
    if asks_who {
        verifier.any_name = server.ssl != SslMode::VerifyFull;
        match &server.roots {
            Some(path) => verifier.trust_file(path)?,
            None => {
                let roots = rustls_platform_verifier::Verifier::new(provider.clone());
                let roots = roots.map_err(|error| unusable(error.to_string()))?;
                verifier.roots = Some(Arc::new(roots));
            }
        }
    }
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(error.to_string()))?;
    let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    Ok(builder.with_no_client_auth())
}

fn unusable(problem: String) -> StoreError {
    let problem = format!("cannot set up TLS: {problem}");
    StoreError::new(StoreErrorKind::Unreachable, problem, "name the roots with sslrootcert=FILE")
}

/// Verifies the server's certificate.
#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    /// The trusted roots. `None` verifies nothing: that protects from eavesdropping,
    /// not from interception, as `prefer` and `require` do in every PostgreSQL client.
    roots: Option<Arc<dyn ServerCertVerifier>>,
    /// Certificates that are trusted themselves: a server may use a self-signed one.
    named: Vec<CertificateDer<'static>>,
    /// Whether the host name is not compared.
    any_name: bool,
}

impl Verifier {
    fn trust_file(&mut self, path: &Path) -> Result<(), StoreError> {
        let wrong = |problem: &str| {
            let problem = format!("sslrootcert: {} {problem}", path.display());
            let help = "name a file with certificates in PEM form";
            StoreError::new(StoreErrorKind::Unreachable, problem, help)
        };
        let mut roots = RootCertStore::empty();
        let certificates =
            CertificateDer::pem_file_iter(path).map_err(|_| wrong("cannot be read"))?;
        for certificate in certificates {
            let certificate =
                certificate.map_err(|_| wrong("holds something that is not a certificate"))?;
            self.named.push(certificate.clone());
            roots.add(certificate).map_err(|_| wrong("holds a certificate that cannot be used"))?;
        }
        let provider = self.provider.clone();
        let roots = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
        self.roots = Some(roots.map_err(|_| wrong("holds no certificate"))?);
        Ok(())
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(roots) = &self.roots else { return Ok(ServerCertVerified::assertion()) };
        let verified = match self.named.iter().any(|named| named.as_ref() == certificate.as_ref()) {
            true => verify_server_name(&ParsedCertificate::try_from(certificate)?, name)
                .map(|()| ServerCertVerified::assertion()),
            false => roots.verify_server_cert(certificate, between, name, ocsp, now),
        };
        match verified {
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if self.any_name => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let schemes = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, schemes)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let schemes = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, schemes)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
