//! `/_truth`: the complete calls, whatever the vendors show of them.

use http::StatusCode;

use crate::dataset::Dataset;
use crate::registry::{VENDORS, vendor};
use crate::reply::{self, HttpResponse, Request, plain, response};
use crate::truth::Truth;

const USAGE: &str =
    "use /_truth or /_truth/VENDOR, optionally with ?vendor=NAME&offset=N&limit=N&deleted=true\n";

/// The calls by vendor, newest first, one JSON object a line, followed by the deleted ones if they
/// are requested.
pub(crate) fn respond(dataset: &Dataset, request: &Request, path: Option<&str>) -> HttpResponse {
    let query = reply::query(request);
    let param =
        |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let number = |name: &str, default: usize| match param(name) {
        None => Some(default),
        Some(text) => text.parse().ok(),
    };
    let deleted = match param("deleted") {
        None | Some("false") => Some(false),
        Some("true") => Some(true),
        Some(_) => None,
    };
    let wanted = path.or_else(|| param("vendor"));
    let known = wanted.is_none_or(|name| vendor(name).is_some());
    let (Some(offset), Some(limit), Some(deleted), true) =
        (number("offset", 0), number("limit", usize::MAX), deleted, known)
    else {
        return plain(StatusCode::BAD_REQUEST, USAGE.to_owned());
    };
    let mut lines = Vec::new();
    let mut write = |call: Truth| {
        serde_json::to_writer(&mut lines, &call)?;
        lines.push(b'\n');
        Ok(())
    };
    let mut all = || -> serde_json::Result<()> {
        for vendor in VENDORS.iter().map(|vendor| vendor.name) {
            if wanted.is_some_and(|name| name != vendor) {
                continue;
            }
            dataset
                .truths_between(vendor, offset, offset.saturating_add(limit))
                .try_for_each(&mut write)?;
            if deleted {
                dataset.deleted(vendor).try_for_each(&mut write)?;
            }
        }
        Ok(())
    };
    match all() {
        Ok(()) => response(StatusCode::OK, "application/x-ndjson", lines.into()),
        Err(error) => plain(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}
