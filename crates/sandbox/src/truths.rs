//! `/_truth`: the calls as they are, whatever the vendors tell of them.

use http::StatusCode;

use crate::reply::{self, Request, Response, answer, plain};
use crate::truth::Truth;
use crate::vendors::{VENDORS, vendor};
use crate::world::World;

const USAGE: &str = "Wanted: /_truth or /_truth/VENDOR, with ?vendor=NAME&offset=N&limit=N&deleted=true, each of which may be left out\n";

/// The calls, newest first, vendor by vendor, one JSON object a line; after them those that were
/// deleted, if they are asked for.
pub(crate) fn truths(world: &World, request: &Request, path: Option<&str>) -> Response {
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
            world
                .truths_between(vendor, offset, offset.saturating_add(limit))
                .try_for_each(&mut write)?;
            if deleted {
                world.deleted(vendor).try_for_each(&mut write)?;
            }
        }
        Ok(())
    };
    match all() {
        Ok(()) => answer(StatusCode::OK, "application/x-ndjson", lines.into()),
        Err(error) => plain(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}
