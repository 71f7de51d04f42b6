//! The target of redirections: another address of this machine, which counts what reaches it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use http::StatusCode;
use http::header::{HeaderName, HeaderValue};
use serde_json::json;

use crate::injection::RECORDINGS;
use crate::registry::vendor;
use crate::reply::{self, CREDENTIAL_HEADERS, HttpResponse, MatchedOperation, Request};
use crate::service::Service;
use crate::stats::RedirectStats;

/// Counts requests, and serves recordings.
#[derive(Debug, Default)]
pub(crate) struct RedirectTarget(Mutex<RedirectStats>);

impl RedirectTarget {
    pub(crate) fn counts(&self) -> MutexGuard<'_, RedirectStats> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers a redirected request. Recordings need no credentials, as in storage; everything else
    /// is refused.
    pub(crate) fn respond(&self, service: &Service, mut request: Request) -> HttpResponse {
        let mut counts = self.counts();
        counts.requests += 1;
        let names =
            CREDENTIAL_HEADERS.into_iter().filter(|name| request.headers().contains_key(*name));
        let in_query = reply::query(&request).iter().any(|(name, _)| name == "token");
        for name in names.chain(in_query.then_some("token")) {
            *counts.credentials.entry(name).or_default() += 1;
        }
        drop(counts);
        for name in CREDENTIAL_HEADERS {
            request.headers_mut().remove(name);
        }
        let path = reply::segments(request.uri().path());
        if let Some(vendor) = path.first().and_then(|name| vendor(name)) {
            for (name, value) in vendor.headers {
                if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
                    request.headers_mut().insert(name, HeaderValue::from_static(value));
                }
            }
        }
        let response = service.respond(&request);
        let operation = response.extensions().get::<MatchedOperation>();
        if operation.is_some_and(|operation| RECORDINGS.contains(&operation.name)) {
            return response;
        }
        let text = "this is not the API; it only redirected here";
        reply::json(StatusCode::FORBIDDEN, &json!({ "error": text }))
    }
}
