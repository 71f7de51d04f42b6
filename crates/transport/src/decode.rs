//! From a body to a typed value, or to the place where it does not match the schema.

use crate::Error;
use crate::error::{ErrorContext, ErrorKind, ReportedFailure, read_error_body};
use bytes::Bytes;
use callfold_record::runtime::{
    self, DecodedBody, Mismatch, SchemaMismatch, first_problem, is_record,
};
use http::StatusCode;
use serde::de::DeserializeOwned;
use std::borrow::Cow;

/// Why there is no value.
#[derive(Debug)]
pub(crate) enum DecodeFailure {
    /// The body reports a failure.
    Reported(ReportedFailure),
    /// The body does not match the schema.
    Mismatch(SchemaMismatch),
}

/// Where a reported failure is looked for.
const HEAD: usize = 64 * 1024;

/// Decodes a JSON body.
pub(crate) fn decode<T: DeserializeOwned>(body: &Bytes) -> Result<DecodedBody<T>, DecodeFailure> {
    // A record may have such a member of its own: a call that failed is no
    // response that failed.
    let json = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if let Some(failure) = reports_failure(json)
        && !is_record::<T>(&String::from_utf8_lossy(json))
    {
        return Err(DecodeFailure::Reported(failure));
    }
    runtime::decode(body).map_err(DecodeFailure::Mismatch)
}

/// Whether a body that came with a success status reports a failure. Cheap for a
/// body that does not.
fn reports_failure(json: &[u8]) -> Option<ReportedFailure> {
    if json.trim_ascii_start().first() != Some(&b'{') {
        return None;
    }
    let head = &json[..json.len().min(HEAD)];
    let follows = |name: &[u8], accept: fn(&[u8]) -> bool| {
        memchr::memmem::find_iter(head, name).any(|at| {
            let rest = head[at + name.len()..].trim_ascii_start();
            rest.strip_prefix(b":").is_some_and(|value| accept(value.trim_ascii_start()))
        })
    };
    let suspicious = follows(b"\"success\"", |value| value.starts_with(b"false"))
        || follows(b"\"status\"", |value| value.starts_with(b"\"error\""))
        || follows(b"\"status_code\"", |value| matches!(value.first(), Some(b'4' | b'5')));
    if !suspicious {
        return None;
    }
    // Rare: an inner object may say so, and only the outermost counts.
    let top: TopLevel = serde_json::from_slice(json).ok()?;
    top.failure()
}

/// The relevant members; everything else is skipped.
#[derive(serde::Deserialize)]
struct TopLevel {
    success: Option<serde_json::Value>,
    status: Option<serde_json::Value>,
    status_code: Option<serde_json::Value>,
    error: Option<serde_json::Value>,
    message: Option<serde_json::Value>,
}

impl TopLevel {
    fn failure(self) -> Option<ReportedFailure> {
        let members = [
            ("success", self.success),
            ("status", self.status),
            ("status_code", self.status_code),
            ("error", self.error),
            ("message", self.message),
        ];
        let members =
            members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        crate::error::failure(&members.collect())
    }
}

impl DecodeFailure {
    /// Whether a retry is likely to succeed: the body was cut short, or is HTML from
    /// a proxy.
    pub(crate) fn is_transient(&self, body: &[u8]) -> bool {
        let Self::Mismatch(place) = self else { return false };
        matches!(place.mismatch, Mismatch::EndsEarly) || is_html(body)
    }

    pub(crate) fn into_error(self, context: &ErrorContext, body: Bytes) -> Error {
        match self {
            Self::Reported(failure) => {
                let (kind, what) = match failure {
                    ReportedFailure::Plain => (ErrorKind::Vendor, "".into()),
                    ReportedFailure::Status(status) => (
                        kind_from_body_status(status),
                        format!("the body reports status {}", status.as_u16()).into(),
                    ),
                };
                let what: Cow<'static, str> = what;
                Error::plain(context, kind, what)
                    .retryable(kind == ErrorKind::RateLimited)
                    .with_error_body(context, read_error_body(&body))
                    .with_body(body)
            }
            Self::Mismatch(place) => {
                let what = match place.mismatch {
                    _ if body.is_empty() => "the body is empty",
                    Mismatch::NotJson => {
                        first_problem(&String::from_utf8_lossy(&body)).unwrap_or_default()
                    }
                    _ => "",
                };
                let mut error = Error::plain(context, ErrorKind::Decode, what).with_place(place);
                if is_html(&body) {
                    // A login or error page: its title says which.
                    error = error.with_error_body(context, read_error_body(&body));
                }
                error.with_body(body)
            }
        }
    }
}

/// Whether the body is HTML or the like.
fn is_html(body: &[u8]) -> bool {
    body.trim_ascii_start().first() == Some(&b'<')
}

/// The kind of a status that stands in a body.
fn kind_from_body_status(status: StatusCode) -> ErrorKind {
    match ErrorKind::of_status(status) {
        kind @ (ErrorKind::NotFound
        | ErrorKind::Unauthorized
        | ErrorKind::Forbidden
        | ErrorKind::RateLimited) => kind,
        _ => ErrorKind::Vendor,
    }
}
