//! Where redirections lead: another address of this machine, which counts what reaches it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use http::StatusCode;
use http::header::{HeaderName, HeaderValue};
use serde_json::json;

use crate::fault::RECORDINGS;
use crate::reply::{self, Operation, Request, Response};
use crate::service::{CREDENTIALS, Service};
use crate::stats;
use crate::vendors::vendor;

/// Counts, and hands out recordings.
#[derive(Debug, Default)]
pub(crate) struct Elsewhere(Mutex<stats::Elsewhere>);

impl Elsewhere {
    pub(crate) fn counts(&self) -> MutexGuard<'_, stats::Elsewhere> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers what was redirected. A recording is there for everybody, as in storage; whoever
    /// asks for anything else gets nothing, whatever he shows.
    pub(crate) fn respond(&self, service: &Service, mut request: Request) -> Response {
        let mut counts = self.counts();
        counts.requests += 1;
        let names = CREDENTIALS.into_iter().filter(|name| request.headers().contains_key(*name));
        let in_query = reply::query(&request).iter().any(|(name, _)| name == "token");
        for name in names.chain(in_query.then_some("token")) {
            *counts.credentials.entry(name).or_default() += 1;
        }
        drop(counts);
        for name in CREDENTIALS {
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
        let operation = response.extensions().get::<Operation>();
        if operation.is_some_and(|operation| RECORDINGS.contains(&operation.name)) {
            return response;
        }
        let text = "this is not the API; it only redirected here";
        reply::json(StatusCode::FORBIDDEN, &json!({ "error": text }))
    }
}
