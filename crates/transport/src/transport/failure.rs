//! From a connection's failure to an error.

use crate::Error;
use crate::error::{ErrorContext, ErrorKind};
use std::error::Error as StdError;
use std::io;

/// Turns reqwest's error into ours, without the URL it would print.
pub(crate) fn of_reqwest(context: &ErrorContext, error: reqwest::Error) -> Error {
    let error = error.without_url();
    let tls = tls_problem(&error);
    let (kind, what, retryable) = if error.is_builder() {
        (
            ErrorKind::InvalidRequest,
            "the request could not be built: is an id or a filter too long?",
            false,
        )
    } else if error.is_timeout() && error.is_connect() {
        (ErrorKind::Timeout, "connecting took too long", true)
    } else if error.is_timeout() {
        (ErrorKind::Timeout, "the HTTP client's own time limit", true)
    } else if error.is_redirect() {
        (ErrorKind::Redirected, "", false)
    } else if let Some(problem) = tls {
        (ErrorKind::Transport, problem, false)
    } else if error.is_connect() {
        (ErrorKind::Transport, connect_problem(&error), true)
    } else if error.is_body() || error.is_decode() {
        return damaged(context).with_source(error);
    } else {
        (ErrorKind::Transport, "the connection broke before a response arrived", true)
    };
    Error::plain(context, kind, what).retryable(retryable).with_source(error)
}

/// A body that ends early, or cannot be unpacked.
pub(super) fn damaged(context: &ErrorContext) -> Error {
    let what = "the response was cut off or damaged in transit";
    Error::plain(context, ErrorKind::Transport, what).retryable(true)
}

type Dyn = dyn StdError + 'static;

/// The causes, outermost first. `io::Error::source` skips the error inside.
fn chain(error: &Dyn) -> impl Iterator<Item = &Dyn> {
    fn cause(error: &Dyn) -> Option<&Dyn> {
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        }
    }
    std::iter::successors(Some(error), |error| cause(*error))
}

fn io_errors(error: &Dyn) -> impl Iterator<Item = &io::Error> {
    chain(error).filter_map(|error| error.downcast_ref())
}

/// What TLS found wrong; trying again would find the same.
fn tls_problem(error: &(dyn StdError + 'static)) -> Option<&'static str> {
    match chain(error).find_map(|error| error.downcast_ref::<rustls::Error>())? {
        rustls::Error::InvalidCertificate(problem) => Some(match problem {
            rustls::CertificateError::Expired | rustls::CertificateError::ExpiredContext { .. } => {
                "the server's certificate has expired, if this machine's clock is right"
            }
            rustls::CertificateError::NotValidYet
            | rustls::CertificateError::NotValidYetContext { .. } => {
                "the server's certificate is not valid yet, if this machine's clock is right"
            }
            rustls::CertificateError::NotValidForName
            | rustls::CertificateError::NotValidForNameContext { .. } => {
                "the server's certificate is for another host"
            }
            _ => {
                "the server's certificate is not trusted; a private authority is added with \
                  add_root_certificate"
            }
        }),
        _ => Some("the TLS handshake failed"),
    }
}

fn connect_problem(error: &(dyn StdError + 'static)) -> &'static str {
    let kind = io_errors(error).last().map(io::Error::kind);
    match kind {
        Some(io::ErrorKind::ConnectionRefused) => "connection refused",
        Some(io::ErrorKind::ConnectionReset) => "connection reset",
        Some(io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable) => {
            "host unreachable"
        }
        // Name look-ups fail with an error that has no kind of its own.
        _ if chain(error).any(|error| error.to_string().starts_with("dns error")) => {
            "host name not found"
        }
        _ => "cannot connect to the host",
    }
}
