//! Zudu: pages counted from 0, Unix milliseconds, and a POST that only reads.

mod record;

use bytes::Bytes;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::calendar::MILLISECOND;
use crate::compact_call::CompactCall;
use crate::registry::zudu::{DEFAULT_LIMIT, MAX_LIMIT};
use crate::reply::{HttpResponse, Refusal, json, ok, with_operation};
use crate::truth::Channel;
use crate::vendor_request::{ListQuery, VendorRequest};

/// Which calls are requested.
#[derive(Debug, Default, Deserialize)]
struct Search {
    page: Option<usize>,
    limit: Option<usize>,
    sort_by: Option<String>,
    sort_order: Option<String>,
    filter_criteria: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
struct Criteria {
    call_status: Option<Vec<String>>,
    call_type: Option<Vec<String>>,
    agent_id: Option<OneOrMany>,
    duration_ms: Option<Bounds>,
    transcript_search: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Debug, Deserialize)]
struct Bounds {
    lower_threshold: Option<i64>,
    upper_threshold: Option<i64>,
}

/// Responds to a request.
pub(crate) fn respond(request: &VendorRequest<'_>) -> HttpResponse {
    let path = request.path();
    let (operation, response): (_, &dyn Fn() -> Result<HttpResponse, Refusal>) =
        match (path.as_slice(), request.is_post()) {
            (["api", "calls"], false) => ("list_calls", &|| list(request, query(request)?)),
            (["api", "calls"], true) => {
                ("search_calls", &|| list(request, body(request.http.body())?))
            }
            (["api", "calls", id], false) => ("get_call", &|| get(request, id)),
            _ => {
                let response = refuse(StatusCode::NOT_FOUND, "Not found", "No such route");
                return with_operation("unknown", *response);
            }
        };
    if !request.is_authorized() {
        let text = "API key or secret is missing or invalid";
        return with_operation(operation, *refuse(StatusCode::UNAUTHORIZED, "Unauthorized", text));
    }
    with_operation(operation, response().unwrap_or_else(|refusal| *refusal))
}

fn refuse(status: StatusCode, message: &str, error: &str) -> Refusal {
    let body = json!({ "message": message, "status": "error", "error": error });
    Box::new(json(status, &body))
}

fn invalid(error: &str) -> Refusal {
    refuse(StatusCode::BAD_REQUEST, "Validation failed", error)
}

fn query(request: &VendorRequest<'_>) -> Result<Search, Refusal> {
    let number = |name: &str, default| {
        let number = request.number(name, default, 0..=usize::MAX);
        number.map(Some).map_err(|_| invalid(&format!("{name} must be a number from 0 on")))
    };
    Ok(Search {
        page: number("page", 0)?,
        limit: number("limit", DEFAULT_LIMIT)?,
        sort_by: request.param("sort_by").map(str::to_owned),
        sort_order: request.param("sort_order").map(str::to_owned),
        filter_criteria: None,
    })
}

fn body(body: &Bytes) -> Result<Search, Refusal> {
    serde_json::from_slice(body).map_err(|error| invalid(&format!("invalid JSON body: {error}")))
}

fn list(request: &VendorRequest<'_>, search: Search) -> Result<HttpResponse, Refusal> {
    let page = search.page.unwrap_or(0);
    let limit = search.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(invalid(&format!("limit must be between 1 and {MAX_LIMIT}")));
    }
    let sort_by = search.sort_by.as_deref().unwrap_or("start_timestamp");
    let key: Option<&dyn Fn(&CompactCall) -> i64> = match sort_by {
        "start_timestamp" => None,
        "created_at" => Some(&|call: &CompactCall| call.created),
        _ => return Err(invalid("sort_by must be start_timestamp or created_at")),
    };
    let sort_order = search.sort_order.as_deref().unwrap_or("descending");
    if !matches!(sort_order, "ascending" | "descending") {
        return Err(invalid("sort_order must be ascending or descending"));
    }
    let applied = search.filter_criteria.filter(|value| !value.is_null());
    let criteria: Option<Criteria> = match &applied {
        None => None,
        Some(value) => Some(
            Criteria::deserialize(value)
                .map_err(|error| invalid(&format!("invalid filter_criteria: {error}")))?,
        ),
    };
    let filter =
        |call: &CompactCall| criteria.as_ref().is_none_or(|wanted| matches(request, wanted, call));
    let take = request.page_size(limit);
    let found = request.select(&ListQuery {
        filter: if criteria.is_some() { Some(&filter) } else { None },
        key,
        ascending: sort_order == "ascending",
        skip: page.saturating_mul(take),
        take,
    });
    let total_pages = found.positions.div_ceil(take);
    let page = json!({
        "organization_id": request.data().directory.organization.id,
        "calls": request.bodies(&found, |call| record::record(request, call)),
        "pagination": {
            "page": page,
            "limit": limit,
            "total_count": found.total,
            "total_pages": total_pages,
            "has_next_page": found.next.is_some(),
            "has_previous_page": page > 0,
        },
        "returned_count": found.calls.len(),
        "sort_order": sort_order,
        "sort_by": sort_by,
        "applied_filters": applied.unwrap_or_else(|| json!({})),
    });
    Ok(ok(&record::envelope("Calls retrieved successfully", page)))
}

/// Whether a call matches the criteria; values match in either letter case.
fn matches(request: &VendorRequest<'_>, wanted: &Criteria, call: &CompactCall) -> bool {
    let now = request.dataset.now;
    let among = |words: &Option<Vec<String>>, word: &str| {
        let is = |want: &String| want.eq_ignore_ascii_case(word);
        words.as_ref().is_none_or(|words| words.is_empty() || words.iter().any(is))
    };
    let status = (request.vendor.status_word)(call.stage(now), call.end).unwrap_or_default();
    let agent = &request.data().directory.agents[usize::from(call.agent)].identity.id;
    let agents = match &wanted.agent_id {
        None => true,
        Some(OneOrMany::One(id)) => id == agent,
        Some(OneOrMany::Many(ids)) => ids.is_empty() || ids.contains(agent),
    };
    let length = |bounds: &Bounds| {
        call.duration(now).map(|micros| micros / MILLISECOND).is_some_and(|length| {
            bounds.lower_threshold.is_none_or(|least| length >= least)
                && bounds.upper_threshold.is_none_or(|max| length <= max)
        })
    };
    agents
        && among(&wanted.call_status, status)
        && among(&wanted.call_type, call_type(call.channel))
        && wanted.duration_ms.as_ref().is_none_or(length)
        && wanted.transcript_search.as_ref().is_none_or(|text| {
            let said = record::transcript(&request.dataset.materialize(request.vendor, call));
            said.to_lowercase().contains(&text.to_lowercase())
        })
}

fn call_type(channel: Channel) -> &'static str {
    match channel {
        Channel::Web => "WEB_CALL",
        Channel::Phone | Channel::Sip => "PHONE_CALL",
    }
}

/// One call by its public id; the record's id is not accepted.
fn get(request: &VendorRequest<'_>, id: &str) -> Result<HttpResponse, Refusal> {
    let call = request.find(id).filter(|call| call.id == id).ok_or_else(|| {
        let error = format!("no call with id {id}");
        refuse(StatusCode::NOT_FOUND, "Call not found", &error)
    })?;
    let record = request.body(&call, record::record(request, &call));
    Ok(ok(&record::envelope("Call retrieved successfully", record)))
}
