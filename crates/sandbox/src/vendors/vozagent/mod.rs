//! VozAgent: a bare array without a total, and single records with more fields.

use http::StatusCode;
use serde_json::{Value, json};

use crate::compact_call::CompactCall;
use crate::registry::vozagent::{DEFAULT_LIMIT, MAX_LIMIT};
use crate::reply::{HttpResponse, Refusal, extend, json, ok, omit_null, with_operation};
use crate::truth::{Direction, Truth, to_second};
use crate::vendor_request::{ListQuery, VendorRequest};

/// Responds to a request.
pub(crate) fn respond(request: &VendorRequest<'_>) -> HttpResponse {
    let path = request.path();
    let (operation, response): (_, &dyn Fn() -> HttpResponse) = match path.as_slice() {
        ["v1", "calls"] => ("list_calls", &|| list(request).unwrap_or_else(|refusal| *refusal)),
        ["v1", "calls", id] => ("get_call", &|| get(request, id)),
        _ => {
            let response = problem(StatusCode::NOT_FOUND, "not_found", "No such route", json!({}));
            return with_operation("unknown", response);
        }
    };
    with_operation(
        operation,
        if !request.is_authorized() {
            let text = "The API key is missing or invalid";
            problem(StatusCode::UNAUTHORIZED, "unauthorized", text, json!({}))
        } else if request.is_post() {
            let status = StatusCode::METHOD_NOT_ALLOWED;
            problem(status, "method_not_allowed", "Use GET", json!({}))
        } else {
            response()
        },
    )
}

fn problem(status: StatusCode, code: &str, message: &str, details: Value) -> HttpResponse {
    let error = json!({ "code": code, "message": message, "details": details });
    json(status, &json!({ "error": error }))
}

fn invalid(name: &str, message: &str, value: &str) -> Refusal {
    let message = format!("{name} {message}");
    let details = json!({ "parameter": name, "value": value });
    let status = StatusCode::BAD_REQUEST;
    Box::new(problem(status, "invalid_request", &message, details))
}

/// A parameter that is one of the values.
fn word<'a>(
    request: &'a VendorRequest<'_>,
    name: &str,
    words: &[&str],
) -> Result<Option<&'a str>, Refusal> {
    match request.param(name) {
        Some(text) if !words.contains(&text) => {
            let message = format!("must be one of {}", words.join(", "));
            Err(invalid(name, &message, text))
        }
        text => Ok(text),
    }
}

fn list(request: &VendorRequest<'_>) -> Result<HttpResponse, Refusal> {
    let number = |name, default, max, rule: &str| {
        let text = request.param(name).unwrap_or_default();
        request.number(name, default, 0..=max).map_err(|_| invalid(name, rule, text))
    };
    let between = format!("must be between 0 and {MAX_LIMIT}");
    let take = number("limit", DEFAULT_LIMIT, MAX_LIMIT, &between)?;
    let skip = number("offset", 0, usize::MAX, "must be 0 or more")?;
    let status = word(request, "status", &["completed", "in-progress", "failed"])?;
    let kind = word(request, "call_type", &["inbound", "outbound"])?;
    let (contact, assistant) = (request.param("contact_id"), request.param("assistant_id"));
    let directory = &request.data().directory;
    let now = request.dataset.now;
    let filter = |call: &CompactCall| {
        let is = |want: Option<&str>, value: &str| want.is_none_or(|want| want == value);
        is(kind, call_type(call.direction))
            && is(contact, &directory.contacts[usize::from(call.person)])
            && is(assistant, &directory.agents[usize::from(call.agent)].identity.id)
            && (status.is_none()
                || status == (request.vendor.status_word)(call.stage(now), call.end))
    };
    let filtered = [status, kind, contact, assistant].iter().any(Option::is_some);
    let found = request.select(&ListQuery {
        filter: if filtered { Some(&filter) } else { None },
        skip,
        take: request.page_size(take),
        ..ListQuery::default()
    });
    let is_full = request.dataset.options().full_lists;
    let calls = request.bodies(&found, |call| match is_full {
        true => detail(request, call),
        false => record(call),
    });
    Ok(ok(&calls))
}

fn get(request: &VendorRequest<'_>, id: &str) -> HttpResponse {
    match request.find(id) {
        Some(call) => ok(&request.body(&call, detail(request, &call))),
        None => {
            let details = json!({ "id": id });
            problem(StatusCode::NOT_FOUND, "not_found", "Call not found", details)
        }
    }
}

fn call_type(direction: Option<Direction>) -> &'static str {
    match direction {
        Some(Direction::Inbound) => "inbound",
        _ => "outbound",
    }
}

/// The nearest documented value.
fn intent(call: &Truth) -> Option<&'static str> {
    Some(match call.intent? {
        "schedule" | "confirm" => "schedule",
        "new_quote" => "new_quote",
        _ => "follow_up",
    })
}

/// A call of the list.
fn record(call: &Truth) -> Value {
    let record = json!({
        "id": call.id,
        "contact_id": call.customer.contact_id,
        "assistant_id": call.agent.id,
        "call_type": call_type(call.direction),
        "call_status": call.vendor_status,
        "duration_seconds": call.seconds(),
        "call_started_at": to_second(call.started_at),
        "call_ended_at": call.ended_at.map(to_second),
        "appointment_booked": call.appointment_booked == Some(true),
        "lead_qualification": call.lead,
        "call_intent": intent(call).filter(|_| !call.rng.one_in("no intent", 4)),
    });
    omit_null(record, &["call_intent"])
}

/// The single call; it always has its intent once that is known.
fn detail(request: &VendorRequest<'_>, call: &Truth) -> Value {
    let mut detail = record(call);
    let more = json!({
        "call_intent": intent(call),
        "customer_phone_number": call.customer.number,
        "assistant_phone_number": call.agent_line,
        "transcript": call.text("Assistant", "Customer", "\n"),
        "analysis_summary": call.summary,
        "recording_url": call
            .recorded
            .then(|| format!("{}/recordings/vozagent/{}.mp3", request.base, call.id)),
        "cost": call.cost(),
    });
    extend(&mut detail, omit_null(more, &["call_intent", "recording_url"]));
    detail
}
