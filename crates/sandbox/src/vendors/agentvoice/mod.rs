//! AgentVoice: offsets, every filter, and records that grow on request.

mod record;

use chrono::{DateTime, Utc};
use http::StatusCode;
use serde_json::json;

use crate::compact_call::CompactCall;
use crate::registry::agentvoice::{DEFAULT_LIMIT, MAX_LIMIT};
use crate::reply::{HttpResponse, Refusal, json, ok, with_operation};
use crate::truth::Direction;
use crate::vendor_request::{ListQuery, VendorRequest};

/// The requested parts of each call.
#[derive(Clone, Copy, Debug, Default)]
struct Extent {
    full: bool,
    transcript: bool,
    metrics: bool,
    diagnostics: bool,
    actions: bool,
}

/// Responds to a request.
pub(crate) fn respond(request: &VendorRequest<'_>) -> HttpResponse {
    let path = request.path();
    let (operation, response): (_, &dyn Fn() -> Result<HttpResponse, Refusal>) =
        match path.as_slice() {
            ["api", "calls"] => ("list_calls", &|| list(request)),
            ["api", "calls", id] => ("get_call", &|| get(request, id)),
            _ => return with_operation("unknown", *refuse(StatusCode::NOT_FOUND, "Not found")),
        };
    with_operation(
        operation,
        if !request.is_authorized() {
            *refuse(StatusCode::UNAUTHORIZED, "Authentication failed")
        } else if request.is_post() {
            *refuse(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
        } else {
            response().unwrap_or_else(|refusal| *refusal)
        },
    )
}

fn refuse(status: StatusCode, text: &str) -> Refusal {
    Box::new(json(status, &json!({ "error": text })))
}

fn invalid(name: &str) -> Refusal {
    refuse(StatusCode::BAD_REQUEST, &format!("Invalid {name} parameter"))
}

/// A parameter parsed by `read`, which returns `None` if it is not valid.
fn param<T>(
    request: &VendorRequest<'_>,
    name: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Refusal> {
    match request.param(name) {
        None => Ok(None),
        Some(text) => read(text).map(Some).ok_or_else(|| invalid(name)),
    }
}

fn extent(request: &VendorRequest<'_>) -> Result<Extent, Refusal> {
    let full = param(request, "fields", |text| match text {
        "light" => Some(false),
        "full" => Some(true),
        _ => None,
    })?;
    let always = request.dataset.options().full_lists;
    let full = always || full == Some(true);
    let mut extent = Extent { full, metrics: always, ..Extent::default() };
    let include = request.param("include").unwrap_or_default();
    for group in include.split(',').filter(|group| !group.is_empty()) {
        match group {
            "transcript" => extent.transcript = true,
            "metrics" => extent.metrics = true,
            "diagnostics" => extent.diagnostics = true,
            "actions" => extent.actions = true,
            _ => return Err(invalid("include")),
        }
    }
    Ok(extent)
}

fn time(text: &str) -> Option<i64> {
    let time: DateTime<Utc> = text.parse().ok()?;
    Some(time.timestamp_micros())
}

fn list(request: &VendorRequest<'_>) -> Result<HttpResponse, Refusal> {
    let limit = request.number("limit", DEFAULT_LIMIT, 1..=MAX_LIMIT);
    let limit = limit.map_err(|_| invalid("limit"))?;
    let offset = request.number("offset", 0, 0..=usize::MAX).map_err(|_| invalid("offset"))?;
    let flag = |text: &str| text.parse::<bool>().ok();
    let most_recent = param(request, "most_recent", flag)? == Some(true);
    let ascending = param(request, "order", |text| match text {
        "asc" => Some(true),
        "desc" => Some(false),
        _ => None,
    })?;
    let now = request.dataset.now;
    let order_by = param(request, "order_by", |text| {
        ["started_at", "ended_at", "created_at"].into_iter().find(|name| *name == text)
    })?;
    let ended = move |call: &CompactCall| call.ended_by(now).unwrap_or(i64::MAX);
    let key: Option<&dyn Fn(&CompactCall) -> i64> = match order_by {
        Some("ended_at") => Some(&ended),
        Some("created_at") => Some(&|call: &CompactCall| call.created),
        _ => None,
    };
    let extent = extent(request)?;
    let filters = filters(request, now)?;
    let filter = |call: &CompactCall| filters.iter().all(|filter| filter(call));
    let found = request.select(&ListQuery {
        filter: if filters.is_empty() { None } else { Some(&filter) },
        key: key.filter(|_| !most_recent),
        ascending: ascending == Some(true) && !most_recent,
        skip: if most_recent { 0 } else { offset },
        take: if most_recent { 1 } else { request.page_size(limit) },
    });
    if most_recent {
        let call = found
            .calls
            .first()
            .ok_or_else(|| refuse(StatusCode::NOT_FOUND, "No calls found matching criteria"))?;
        return Ok(ok(&request.body(call, record::most_recent(request, call, extent))));
    }
    let calls = request.bodies(&found, |call| record::record(request, call, extent));
    let has_more = found.next.is_some();
    Ok(ok(&json!({
        "data": calls,
        "pagination": {
            "total": found.total,
            "limit": limit,
            "offset": offset,
            "has_more": has_more,
        },
    })))
}

type CallFilter<'a> = Box<dyn Fn(&CompactCall) -> bool + 'a>;

/// The requested filters.
fn filters<'a>(request: &'a VendorRequest<'_>, now: i64) -> Result<Vec<CallFilter<'a>>, Refusal> {
    let mut all: Vec<CallFilter<'a>> = Vec::new();
    let directory = &request.data().directory;
    if let Some(number) = request.param("phone_number") {
        let person = request.dataset.person_with(number);
        all.push(Box::new(move |call| Some(call.person) == person));
    }
    if let Some(id) = request.param("contact_id") {
        let person = directory.contacts.iter().position(|contact| contact == id);
        all.push(Box::new(move |call| Some(usize::from(call.person)) == person));
    }
    if let Some(id) = request.param("agent_id") {
        let agent = directory.agents.iter().position(|agent| agent.identity.id == id);
        all.push(Box::new(move |call| Some(usize::from(call.agent)) == agent));
    }
    if let Some(id) = request.param("campaign_id") {
        let campaign = directory.campaigns.iter().position(|campaign| campaign.id == id);
        all.push(Box::new(move |call| {
            campaign.is_some() && call.campaign.map(usize::from) == campaign
        }));
    }
    if let Some(status) = request.param("status") {
        let word = request.vendor.status_word;
        all.push(Box::new(move |call| word(call.stage(now), call.end) == Some(status)));
    }
    let direction = param(request, "call_type", |text| match text {
        "inbound" => Some(Direction::Inbound),
        "outbound" => Some(Direction::Outbound),
        _ => None,
    })?;
    if direction.is_some() {
        all.push(Box::new(move |call| call.direction == direction));
    }
    if let Some(from) = param(request, "from", time)? {
        all.push(Box::new(move |call| call.started >= from));
    }
    if let Some(to) = param(request, "to", time)? {
        all.push(Box::new(move |call| call.started <= to));
    }
    Ok(all)
}

fn get(request: &VendorRequest<'_>, id: &str) -> Result<HttpResponse, Refusal> {
    let extent = extent(request)?;
    let call = request.find(id);
    let call = call.ok_or_else(|| refuse(StatusCode::NOT_FOUND, "Call not found"))?;
    Ok(ok(&request.body(&call, record::record(request, &call, extent))))
}
