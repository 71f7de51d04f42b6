//! The kinds of failure, and the one table from HTTP status to kind.

use http::StatusCode;

/// What failed; a kind exists where a caller would act differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client was configured with something that cannot work: a base URL,
    /// a key, a proxy. Correct it and build the client again.
    Configuration,
    /// The vendor does not accept the credentials (401). Usually a wrong,
    /// revoked or misplaced key: check it in the vendor's dashboard.
    Unauthorized,
    /// The credentials are good, but not for this (402, 403). Usually a missing
    /// scope or an empty wallet.
    Forbidden,
    /// There is no such record, or none any more (404, 410).
    NotFound,
    /// The vendor refuses the request as it is (other 4xx), or it could not
    /// even be built. See [`Error::field_errors`](crate::Error::field_errors).
    InvalidRequest,
    /// Too many requests (429), and retrying did not help or would take longer
    /// than allowed. See [`Error::retry_after`](crate::Error::retry_after).
    RateLimited,
    /// The vendor fails (5xx). Usually passes: try again later.
    Unavailable,
    /// A time limit was reached: connecting, one attempt, a stalled body, or
    /// the whole operation; or the vendor said so (408).
    Timeout,
    /// The connection failed: name not found, refused, reset, cut, TLS.
    Transport,
    /// The response is not what the spec says. See
    /// [`Error::json_path`](crate::Error::json_path).
    Decode,
    /// The response is larger than the configured limit, or a list longer. Ask
    /// for fewer records at once, or raise the limit.
    TooLarge,
    /// The vendor redirects; redirects are not followed with credentials.
    Redirected,
    /// A response that says success but holds a failure, or a list that
    /// contradicts itself.
    Vendor,
    /// This program failed, not the vendor: a bug. Please report it.
    Internal,
}

impl ErrorKind {
    /// The kind as one word, for logs and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::InvalidRequest => "invalid_request",
            Self::RateLimited => "rate_limited",
            Self::Unavailable => "unavailable",
            Self::Timeout => "timeout",
            Self::Transport => "transport",
            Self::Decode => "decode",
            Self::TooLarge => "too_large",
            Self::Redirected => "redirected",
            Self::Vendor => "vendor",
            Self::Internal => "internal",
        }
    }

    /// The kind of a response that is no success.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            401 => Self::Unauthorized,
            402 | 403 => Self::Forbidden,
            404 | 410 => Self::NotFound,
            408 => Self::Timeout,
            429 => Self::RateLimited,
            400..=499 => Self::InvalidRequest,
            500..=599 => Self::Unavailable,
            300..=399 => Self::Redirected,
            _ => Self::Decode,
        }
    }

    /// What to say about it in an error line.
    pub(super) fn phrase(self) -> &'static str {
        match self {
            Self::Configuration => "configuration error",
            Self::Unauthorized => "the vendor rejected the credentials",
            Self::Forbidden => "the credentials do not allow this",
            Self::NotFound => "not found",
            Self::InvalidRequest => "the vendor rejected the request as invalid",
            Self::RateLimited => "too many requests",
            Self::Unavailable => "the service is failing",
            Self::Timeout => "timed out",
            Self::Transport => "the connection failed",
            Self::Decode => "the response does not match the schema",
            Self::TooLarge => "the response is too large",
            Self::Redirected => "redirected; redirects are not followed with credentials",
            Self::Vendor => "the vendor reported an error",
            Self::Internal => "internal error",
        }
    }

    /// What a person can do about it; `None` where the cause says it all.
    pub(super) fn advice(self) -> Option<&'static str> {
        match self {
            Self::Unauthorized => Some("check the key"),
            Self::Forbidden => Some("check the key's scopes and the account"),
            Self::Unavailable => Some("try again later"),
            _ => None,
        }
    }
}

/// Whether a response with this status is worth another attempt.
pub(crate) fn is_retryable_status(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}
