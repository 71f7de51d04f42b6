//! Ravan: a flat history of one number, and a list of sessions in one of two shapes.

mod record;

use chrono::{DateTime, Utc};
use http::StatusCode;
use serde_json::{Value, json};

use crate::compact_call::CompactCall;
use crate::dataset_options::RavanShape;
use crate::media::{self, Media};
use crate::registry::ravan::{DEFAULT_PAGE_SIZE, MAX_HISTORY_PAGE_SIZE, MAX_SESSIONS_PAGE_SIZE};
use crate::reply::{HttpResponse, Refusal, json, ok, omit_null, with_operation};
use crate::truth::{Channel, Direction, Truth};
use crate::vendor_request::{BadNumber, CallPage, ListQuery, VendorRequest};

/// A user's token, accepted instead of the key.
const BEARER: &str = "Bearer sandbox-token";
/// The token in a recording's link, accepted instead of the key.
const LINK_TOKEN: &str = "sandbox-token";

/// Responds to a request.
pub(crate) fn respond(request: &VendorRequest<'_>) -> HttpResponse {
    let path = request.path();
    let ["api", "v1", "calling", path @ ..] = path.as_slice() else {
        return with_operation("unknown", not_found("route not found"));
    };
    let (operation, response): (_, &dyn Fn() -> Result<HttpResponse, Refusal>) = match path {
        ["phone-history"] => ("list_phone_history", &|| phone_history(request)),
        ["call-sessions"] => ("list_call_sessions", &|| call_sessions(request)),
        ["call-sessions-detail", id] => ("get_call_session", &|| Ok(detail(request, id))),
        ["sessions", id, "recording"] => ("stream_recording", &|| Ok(recording(request, id))),
        _ => return with_operation("unknown", not_found("route not found")),
    };
    if request.is_post() {
        let refusal = refuse(StatusCode::METHOD_NOT_ALLOWED, 12, "Method Not Allowed");
        return with_operation(operation, *refusal);
    }
    let by_link = operation == "stream_recording" && request.param("token") == Some(LINK_TOKEN);
    if !by_link && !request.is_authorized() && request.header("authorization") != Some(BEARER) {
        let text = "API key is missing or invalid";
        return with_operation(operation, *refuse(StatusCode::UNAUTHORIZED, 16, text));
    }
    with_operation(operation, response().unwrap_or_else(|refusal| *refusal))
}

/// The gateway's family of errors.
fn refuse(status: StatusCode, code: u8, message: &str) -> Refusal {
    let body = json!({ "code": code, "message": message, "details": [] });
    Box::new(json(status, &body))
}

fn bad(message: &str) -> Refusal {
    refuse(StatusCode::BAD_REQUEST, 3, message)
}

/// The services' family of errors.
fn not_found(message: &str) -> HttpResponse {
    let error = json!({ "code": "NOT_FOUND", "message": message, "details": {} });
    let body = json!({ "success": false, "message": message, "error": error });
    json(StatusCode::NOT_FOUND, &body)
}

/// A parameter from 1 on.
fn number(
    request: &VendorRequest<'_>,
    name: &str,
    default: usize,
    max: usize,
) -> Result<usize, Refusal> {
    let text = request.param(name).unwrap_or_default();
    request.number(name, default, 1..=max).map_err(|problem| match problem {
        BadNumber::NotInteger => bad(&format!(
            "type mismatch, parameter: {name}, error: strconv.ParseInt: parsing {text:?}: invalid syntax"
        )),
        _ if max == usize::MAX => bad(&format!("{name} must be 1 or more")),
        _ => bad(&format!("{name} must be between 1 and {max}")),
    })
}

fn phone_history(request: &VendorRequest<'_>) -> Result<HttpResponse, Refusal> {
    let phone = request.param("phone").unwrap_or_default();
    if phone.is_empty() {
        return Err(bad("phone is required"));
    }
    if !phone.starts_with('+') {
        return Err(bad("phone must be in E.164 format"));
    }
    let page = number(request, "page", 1, usize::MAX)?;
    let page_size = number(request, "page_size", DEFAULT_PAGE_SIZE, MAX_HISTORY_PAGE_SIZE)?;
    let with_turns = match request.param("include_transcripts") {
        None | Some("false" | "0") => false,
        Some("true" | "1") => true,
        Some(_) => return Err(bad("type mismatch, parameter: include_transcripts")),
    };
    let person = request.dataset.person_with(phone);
    let directory = &request.data().directory;
    let line = directory.agents.iter().position(|agent| agent.line == phone);
    let agent = request.param("agent_id");
    let take = request.page_size(page_size);
    let found = request.select(&ListQuery {
        filter: Some(&|call: &CompactCall| {
            let party = Some(call.person) == person || Some(usize::from(call.agent)) == line;
            call.channel != Channel::Web && party && is_agent(request, agent, call)
        }),
        skip: (page - 1).saturating_mul(take),
        take,
        ..ListQuery::default()
    });
    Ok(ok(&json!({
        "success": true,
        "message": "call history retrieved successfully",
        "phone": phone,
        "total_count": found.total,
        "page": page,
        "page_size": page_size,
        "calls": request.bodies(&found, |call| record::history(request, call, with_turns)),
    })))
}

fn is_agent(request: &VendorRequest<'_>, id: Option<&str>, call: &CompactCall) -> bool {
    let agents = &request.data().directory.agents;
    id.is_none_or(|id| agents[usize::from(call.agent)].identity.id == id)
}

fn call_sessions(request: &VendorRequest<'_>) -> Result<HttpResponse, Refusal> {
    let page = number(request, "page", 1, usize::MAX)?;
    let size = number(request, "page_size", DEFAULT_PAGE_SIZE, MAX_SESSIONS_PAGE_SIZE)?;
    let ascending = match request.param("sort_order") {
        None | Some("desc") => false,
        Some("asc") => true,
        Some(_) => return Err(bad("sort_order must be asc or desc")),
    };
    let now = request.dataset.now;
    let ended = move |call: &CompactCall| call.ended_by(now).unwrap_or(i64::MAX);
    let length = move |call: &CompactCall| call.duration(now).unwrap_or_default();
    let key: Option<&dyn Fn(&CompactCall) -> i64> = match request.param("sort_by") {
        None | Some("started_at" | "startedAt") => None,
        Some("created_at" | "createdAt") => Some(&|call: &CompactCall| call.created),
        Some("ended_at" | "endedAt") => Some(&ended),
        Some("duration_sec" | "durationSec") => Some(&length),
        Some(_) => return Err(bad("sort_by is not a field of a call session")),
    };
    let after = time(request, "started_after")?;
    let before = time(request, "started_before")?;
    let filter = |call: &CompactCall| {
        after.is_none_or(|after| call.started >= after)
            && before.is_none_or(|before| call.started <= before)
            && matches(request, call)
    };
    let names = ["agent_id", "status", "channel", "caller_number", "search"];
    let filtered = names.iter().any(|name| request.param(name).is_some());
    let filtered = filtered || after.is_some() || before.is_some();
    let take = request.page_size(size);
    let skip = (page - 1).saturating_mul(take);
    let found = request.select(&ListQuery {
        filter: if filtered { Some(&filter) } else { None },
        key,
        ascending,
        skip,
        take,
    });
    Ok(sessions(request, &found, size, skip))
}

/// The page in the dataset's shape.
fn sessions(
    request: &VendorRequest<'_>,
    found: &CallPage,
    limit: usize,
    offset: usize,
) -> HttpResponse {
    let shape = request.dataset.options().ravan_shape;
    let message = "call sessions retrieved successfully";
    if shape == RavanShape::SnakeCase {
        let full = request.dataset.options().full_lists;
        let item = if full { record::detail } else { record::item };
        return ok(&json!({
            "success": true,
            "message": message,
            "data": request.bodies(found, |call| item(request, call)),
            "meta": { "total": found.total, "limit": limit, "offset": offset },
        }));
    }
    let data = json!({
        "callSessions": request.bodies(found, |call| record::camel(request, call)),
        "totalCount": (shape == RavanShape::CamelCaseWithTotal).then_some(found.total),
    });
    let data = omit_null(data, &["totalCount"]);
    ok(&json!({ "success": true, "message": message, "data": data }))
}

fn time(request: &VendorRequest<'_>, name: &str) -> Result<Option<i64>, Refusal> {
    let Some(text) = request.param(name) else {
        return Ok(None);
    };
    match text.parse::<DateTime<Utc>>() {
        Ok(time) => Ok(Some(time.timestamp_micros())),
        Err(_) => Err(bad(&format!("{name} must be an ISO 8601 time"))),
    }
}

fn matches(request: &VendorRequest<'_>, call: &CompactCall) -> bool {
    let status = (request.vendor.status_word)(call.stage(request.dataset.now), call.end);
    let is = |name, value: Option<&str>| request.param(name).is_none_or(|want| Some(want) == value);
    is_agent(request, request.param("agent_id"), call)
        && is("status", status)
        && is("channel", Some(channel(call.channel)))
        && is("caller_number", caller(request, call))
        && request.param("search").is_none_or(|text| mentions(request, call, text))
}

fn caller<'a>(request: &VendorRequest<'a>, call: &CompactCall) -> Option<&'a str> {
    match call.direction? {
        Direction::Inbound => Some(request.dataset.person(call).number.as_str()),
        Direction::Outbound => {
            let agents = &request.data().directory.agents;
            Some(agents[usize::from(call.agent)].line.as_str())
        }
    }
}

/// Whether the customer's name or number, or the agent's name, holds the text.
fn mentions(request: &VendorRequest<'_>, call: &CompactCall, text: &str) -> bool {
    let person = request.dataset.person(call);
    let agent = &request.data().directory.agents[usize::from(call.agent)];
    let text = text.to_lowercase();
    let name = format!("{} {}", person.first, person.last);
    name.to_lowercase().contains(&text)
        || agent.identity.name.to_lowercase().contains(&text)
        || (call.channel != Channel::Web && person.number.contains(&text))
}

fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Phone => "phone",
        Channel::Web => "web",
        Channel::Sip => "sip",
    }
}

fn detail(request: &VendorRequest<'_>, id: &str) -> HttpResponse {
    match request.find(id) {
        Some(call) => ok(&json!({
            "success": true,
            "message": "call session retrieved successfully",
            "data": request.body(&call, record::detail(request, &call)),
        })),
        None => not_found("call session not found"),
    }
}

fn recording(request: &VendorRequest<'_>, id: &str) -> HttpResponse {
    match request.find(id).filter(|call| call.recorded) {
        Some(call) => media::serve(request.http, Media::Mp3, &call),
        None => not_found("recording not found"),
    }
}

/// The analysis of a call; some values are pairs of type and value.
fn analysis(call: &Truth) -> Value {
    let Some(sentiment) = call.sentiment else {
        return json!({});
    };
    if call.rng.one_in("typed", 6) {
        return json!({
            "sentiment": { "type": "string", "value": sentiment },
            "goal_met": { "type": "boolean", "value": call.success },
        });
    }
    json!({
        "sentiment": sentiment,
        "disposition": call.intent,
        "goals_met": call.success,
        "appointment_booked": call.appointment_booked,
    })
}

/// An optional text as this vendor writes it: empty instead of null.
fn or_empty(text: Option<&str>) -> &str {
    text.unwrap_or_default()
}
