//! TLS to the server: rustls over ring, and what `sslmode` asks of the
//! server's certificate.

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

/// What the server's certificate is checked with.
pub(super) fn client_config(server: &Server) -> Result<ClientConfig, StoreError> {
    let provider = Arc::new(ring::default_provider());
    let roots = || -> Result<Arc<dyn ServerCertVerifier>, StoreError> {
        match &server.roots {
            Some(path) => from_file(path, provider.clone()),
            None => {
                let verifier = rustls_platform_verifier::Verifier::new(provider.clone());
                Ok(Arc::new(verifier.map_err(|error| unusable(error.to_string()))?))
            }
        }
    };
    let verifier: Arc<dyn ServerCertVerifier> = match server.ssl {
        SslMode::VerifyFull => roots()?,
        SslMode::VerifyCa => Arc::new(AnyName(roots()?)),
        // As libpq does: naming roots means that they count.
        SslMode::Require if server.roots.is_some() => Arc::new(AnyName(roots()?)),
        _ => Arc::new(Anyone(provider.clone())),
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(error.to_string()))?;
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

fn unusable(problem: String) -> StoreError {
    let problem = format!("TLS cannot be set up: {problem}");
    StoreError::new(StoreErrorKind::Unreachable, problem, "name the roots with sslrootcert=FILE")
}

fn from_file(
    path: &Path,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, StoreError> {
    let wrong = |problem: &str| {
        let problem = format!("sslrootcert: {} {problem}", path.display());
        let cure = "name a file with certificates in PEM form";
        StoreError::new(StoreErrorKind::Unreachable, problem, cure)
    };
    let (mut roots, mut named) = (RootCertStore::empty(), Vec::new());
    let certificates = CertificateDer::pem_file_iter(path).map_err(|_| wrong("cannot be read"))?;
    for certificate in certificates {
        let certificate =
            certificate.map_err(|_| wrong("holds something that is no certificate"))?;
        named.push(certificate.clone());
        roots.add(certificate).map_err(|_| wrong("holds a certificate that cannot be used"))?;
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
    let roots = verifier.map_err(|_| wrong("holds no certificate"))?;
    Ok(Arc::new(Named { roots, named }))
}

/// Trusts the roots, and a certificate that was itself named: that of a server
/// which signed its own.
#[derive(Debug)]
struct Named {
    roots: Arc<WebPkiServerVerifier>,
    named: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Named {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.named.iter().any(|named| named.as_ref() == certificate.as_ref()) {
            verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
            return Ok(ServerCertVerified::assertion());
        }
        self.roots.verify_server_cert(certificate, between, name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.roots.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.roots.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.roots.supported_verify_schemes()
    }
}

/// Trusts the roots and does not compare the name.
#[derive(Debug)]
struct AnyName(Arc<dyn ServerCertVerifier>);

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.0.verify_server_cert(certificate, between, name, ocsp, now) {
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

/// Does not ask who the server is: protects from listeners, not from one in
/// between. What `prefer` and `require` mean to every PostgreSQL client.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let schemes = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, schemes)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let schemes = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, schemes)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
