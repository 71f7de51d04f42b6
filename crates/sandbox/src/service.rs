//! All vendors without a socket: a request in, a response out.

use std::fmt::Write as _;
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_LENGTH};
use http::{Method, StatusCode};

use crate::cache::PageCache;
use crate::dataset::Dataset;
use crate::invalid_json::write_invalid_json;
use crate::media;
use crate::registry::{VENDORS, vendor};
use crate::reply::{
    self, CREDENTIAL_HEADERS, HttpResponse, Request, json, plain, set_header, with_operation,
    with_owner,
};
use crate::truth_endpoint;
use crate::vendor_request::VendorRequest;
use crate::vendors::find;

/// The vendors' APIs over one dataset, as a function from request to response.
///
/// It does no I/O and reads no clock; equal datasets answer equal requests with equal bytes.
#[derive(Debug)]
pub struct Service {
    base: String,
    dataset: RwLock<Arc<Dataset>>,
    cache: PageCache,
}

impl Service {
    /// Serves a dataset. `base` is the service's URL, with which links in records start.
    pub fn new(dataset: Dataset, base: impl Into<String>) -> Self {
        Self {
            base: base.into().trim_end_matches('/').to_owned(),
            dataset: RwLock::new(Arc::new(dataset)),
            cache: PageCache::new(0),
        }
    }

    /// Caches rendered pages of calls in at most so many bytes until the dataset changes. Without it
    /// every page is rendered again.
    #[must_use]
    pub fn with_page_cache(mut self, bytes: usize) -> Self {
        self.cache = PageCache::new(bytes);
        self
    }

    /// The present dataset, an immutable snapshot.
    pub fn dataset(&self) -> Arc<Dataset> {
        let dataset = self.dataset.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&dataset)
    }

    /// Replaces the dataset. Requests in progress finish with the dataset they started with.
    pub fn set_dataset(&self, dataset: Dataset) {
        self.change(|_| Some(dataset));
    }

    /// Replaces the dataset with the result of `change`, unless it is `None`.
    pub(crate) fn change(&self, change: impl FnOnce(&Dataset) -> Option<Dataset>) {
        let mut current = self.dataset.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(mut dataset) = change(&current) {
            dataset.epoch = dataset.epoch.max(current.epoch + 1);
            *current = Arc::new(dataset);
        }
    }

    /// Answers a request. The response carries its [`Operation`](crate::MatchedOperation) as an
    /// extension.
    pub fn respond(&self, request: &Request) -> HttpResponse {
        let response = match *request.method() {
            Method::GET | Method::HEAD | Method::POST => self.route(request),
            _ => {
                let text = "Only GET, HEAD and POST are served.\n".to_owned();
                let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, text);
                set_header(&mut response, ALLOW, "GET, HEAD, POST");
                with_operation("unknown", response)
            }
        };
        if request.method() == Method::HEAD {
            return head(response);
        }
        response
    }

    fn route(&self, request: &Request) -> HttpResponse {
        let mut path = reply::segments(request.uri().path());
        let dataset = self.dataset();
        if let Some((vendor, respond)) = path.first().and_then(|name| find(name)) {
            path.remove(0);
            return self.cache.get_or_render(&dataset, request, || {
                let request = VendorRequest::new(&dataset, vendor, &self.base, request, path);
                let mut response = with_owner(vendor.name, respond(&request));
                let served = request.into_served();
                if let Some(rejection) = vendor.rejection.filter(|_| served.is_rejected) {
                    response = reply::rejected(&response, rejection);
                }
                if dataset.data(vendor).record_fault_rates.has_invalid_json() {
                    response = response.map(write_invalid_json);
                }
                response.extensions_mut().insert(served);
                response
            });
        }
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path.as_slice() {
            [] => with_operation("index", plain(StatusCode::OK, self.index(&dataset))),
            ["_truth"] => with_operation("truth", truth_endpoint::respond(&dataset, request, None)),
            ["_truth", vendor] => {
                with_operation("truth", truth_endpoint::respond(&dataset, request, Some(vendor)))
            }
            ["recordings", name, file] => recording(&dataset, request, name, file),
            _ => with_operation(
                "unknown",
                plain(StatusCode::NOT_FOUND, "Nothing here; see /\n".to_owned()),
            ),
        }
    }

    fn index(&self, dataset: &Dataset) -> String {
        let options = dataset.options();
        let mut text = format!(
            "callfold sandbox: {} vendors' call APIs over {} made-up calls each (seed {}).\n\
             All people are made up. Nothing leaves this machine.\n\n",
            VENDORS.len(),
            options.records,
            options.seed,
        );
        for vendor in VENDORS {
            let base = format!("{}/{}", self.base, vendor.name);
            let keys = vendor.credentials.iter();
            let keys: Vec<String> = keys.map(|(key, value)| format!("{key} = {value:?}")).collect();
            let headers = vendor.headers.iter();
            let headers: String =
                headers.map(|(key, value)| format!(" -H '{key}: {value}'")).collect();
            let lines = write!(
                text,
                "{}\n  base_url = {base:?}\n  {}\n  curl{headers} '{base}{}'\n\n",
                vendor.name,
                keys.join("\n  "),
                vendor.example,
            );
            debug_assert!(lines.is_ok());
        }
        text + "/_truth   the complete calls, one JSON object a line (?vendor=NAME&offset=N&limit=N&deleted=true)\n\
                /_stats   counts of requests, responses, faults and changes of calls\n"
    }
}

/// The response without its body, but with its length.
fn head(mut response: HttpResponse) -> HttpResponse {
    let length = response.body().len().to_string();
    set_header(&mut response, CONTENT_LENGTH, &length);
    *response.body_mut() = Bytes::new();
    response
}

/// A recording in storage. A request with a credential leaks it, and is refused.
fn recording(dataset: &Dataset, request: &Request, name: &str, file: &str) -> HttpResponse {
    let missing = || {
        let text = serde_json::json!({ "error": "no such recording" });
        json(StatusCode::NOT_FOUND, &text)
    };
    let operation = "download_recording";
    let Some(vendor) = vendor(name) else {
        return with_operation("unknown", missing());
    };
    if let Some(leak) =
        CREDENTIAL_HEADERS.into_iter().find(|name| request.headers().contains_key(*name))
    {
        let text = serde_json::json!({ "error": format!("the header {leak} was sent to storage") });
        return with_owner(
            vendor.name,
            with_operation(operation, json(StatusCode::BAD_REQUEST, &text)),
        );
    }
    let found = vendor.storage.and_then(|(media, ending)| {
        let call = dataset.find(vendor.name, file.strip_suffix(ending)?)?;
        call.recorded.then(|| media::serve(request, media, &call))
    });
    with_owner(vendor.name, with_operation(operation, found.unwrap_or_else(missing)))
}
