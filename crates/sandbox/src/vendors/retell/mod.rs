//! Retell: a POST that lists calls page by page, with conditions on their fields, and single calls
//! with their transcript.

mod filter;
mod record;

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::compact_call::CompactCall;
use crate::registry::retell::{DEFAULT_LIMIT, MAX_LIMIT};
use crate::reply::{HttpResponse, Refusal, json, ok, with_operation};
use crate::vendor_request::{ListQuery, VendorRequest};

/// What is looked for, and which page of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Search {
    filter_criteria: Option<Map<String, Value>>,
    sort_order: Option<SortOrder>,
    limit: Option<usize>,
    skip: Option<usize>,
    pagination_key: Option<String>,
    include_total: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SortOrder {
    Ascending,
    Descending,
}

/// Responds to a request.
pub(crate) fn respond(request: &VendorRequest<'_>) -> HttpResponse {
    let path = request.path();
    let (operation, response): (_, &dyn Fn() -> Result<HttpResponse, Refusal>) =
        match (path.as_slice(), request.is_post()) {
            (["v3", "list-calls"], true) => ("list_calls", &|| list(request)),
            (["v2", "get-call", id], false) => ("get_call", &|| get(request, id)),
            _ => {
                let response = refuse(StatusCode::NOT_FOUND, "Cannot find requested route.");
                return with_operation("unknown", *response);
            }
        };
    if !request.is_authorized() {
        let text = "API key is missing or invalid.";
        return with_operation(operation, *refuse(StatusCode::UNAUTHORIZED, text));
    }
    with_operation(operation, response().unwrap_or_else(|refusal| *refusal))
}

fn refuse(status: StatusCode, message: &str) -> Refusal {
    Box::new(json(status, &json!({ "status": "error", "message": message })))
}

fn invalid() -> Refusal {
    refuse(StatusCode::BAD_REQUEST, "Invalid request format, please check API reference.")
}

fn search(request: &VendorRequest<'_>) -> Result<Search, Refusal> {
    let body = request.http.body();
    match body.is_empty() {
        true => Ok(Search::default()),
        false => serde_json::from_slice(body).map_err(|_| invalid()),
    }
}

fn list(request: &VendorRequest<'_>) -> Result<HttpResponse, Refusal> {
    let search = search(request)?;
    let limit = search.limit.unwrap_or(DEFAULT_LIMIT);
    let is_both = search.skip.is_some() && search.pagination_key.is_some();
    if !(1..=MAX_LIMIT).contains(&limit) || is_both {
        return Err(invalid());
    }
    let conditions = filter::parse(search.filter_criteria).ok_or_else(invalid)?;
    let filter =
        |call: &CompactCall| conditions.iter().all(|condition| condition.fits(request, call));
    let skip = search.skip.unwrap_or(0);
    let mut found = request.select(&ListQuery {
        filter: if conditions.is_empty() { None } else { Some(&filter) },
        ascending: search.sort_order == Some(SortOrder::Ascending),
        take: request.page_size(limit).saturating_add(skip),
        ..ListQuery::default()
    });
    found.calls.drain(..skip.min(found.calls.len()));
    let is_full = request.dataset.options().full_lists;
    let calls = request.bodies(&found, |call| match is_full {
        true => record::single(request, call),
        false => record::listed(request, call),
    });
    let mut page = json!({ "items": calls, "has_more": found.next.is_some() });
    if let Some(key) = found.next {
        page["pagination_key"] = key.into();
    }
    if search.include_total {
        page["total"] = found.total.into();
    }
    Ok(ok(&page))
}

fn get(request: &VendorRequest<'_>, id: &str) -> Result<HttpResponse, Refusal> {
    let call = request.find(id).ok_or_else(|| {
        let text = "Cannot find requested asset under given api key.";
        refuse(StatusCode::UNPROCESSABLE_ENTITY, text)
    })?;
    Ok(ok(&request.body(&call, record::single(request, &call))))
}

#[cfg(test)]
mod tests;
