//! Vapi: a bare array, newest record first, each page from the time of the last record on.
//! Recordings are redirects to the storage.

mod record;

use chrono::{DateTime, Utc};
use http::StatusCode;
use http::header::LOCATION;
use serde_json::{Value, json};

use crate::calendar::MILLISECOND;
use crate::compact_call::CompactCall;
use crate::registry::vapi::{DEFAULT_LIMIT, MAX_LIMIT};
use crate::reply::{HttpResponse, Refusal, json, ok, response, set_header, with_operation};
use crate::vendor_request::{ListQuery, VendorRequest};

/// The parameters that the list takes.
const PARAMETERS: [&str; 12] = [
    "id",
    "assistantId",
    "phoneNumberId",
    "limit",
    "createdAtGt",
    "createdAtLt",
    "createdAtGe",
    "createdAtLe",
    "updatedAtGt",
    "updatedAtLt",
    "updatedAtGe",
    "updatedAtLe",
];

/// Responds to a request.
pub(crate) fn respond(request: &VendorRequest<'_>) -> HttpResponse {
    let path = request.path();
    let (operation, response): (_, &dyn Fn() -> Result<HttpResponse, Refusal>) = match path
        .as_slice()
    {
        ["call"] => ("list_calls", &|| list(request)),
        ["call", id] => ("get_call", &|| get(request, id)),
        [
            "call",
            id,
            "mono-recording" | "stereo-recording" | "assistant-recording" | "customer-recording",
        ] => ("redirect_recording", &|| redirect(request, id)),
        ["call", id, "call-logs"] => ("get_call_logs", &|| log(request, id)),
        _ => {
            let response =
                refuse(StatusCode::NOT_FOUND, "Cannot find the route".into(), "Not Found");
            return with_operation("unknown", *response);
        }
    };
    if !request.is_authorized() {
        let text = "Invalid Key. Hot tip, you may be using the private key instead of the public \
                    key, or vice versa.";
        let response = refuse(StatusCode::UNAUTHORIZED, text.into(), "Unauthorized");
        return with_operation(operation, *response);
    }
    if request.is_post() {
        let response = refuse(StatusCode::NOT_FOUND, "Cannot POST".into(), "Not Found");
        return with_operation(operation, *response);
    }
    with_operation(operation, response().unwrap_or_else(|refusal| *refusal))
}

fn refuse(status: StatusCode, message: Value, error: &str) -> Refusal {
    let body = json!({ "message": message, "error": error, "statusCode": status.as_u16() });
    Box::new(json(status, &body))
}

fn invalid(problem: &str) -> Refusal {
    refuse(StatusCode::BAD_REQUEST, json!([problem]), "Bad Request")
}

fn not_found(what: &str) -> Refusal {
    refuse(StatusCode::NOT_FOUND, what.into(), "Not Found")
}

fn list(request: &VendorRequest<'_>) -> Result<HttpResponse, Refusal> {
    let query = crate::reply::query(request.http);
    if let Some((name, _)) = query.iter().find(|(name, _)| !PARAMETERS.contains(&name.as_str())) {
        return Err(invalid(&format!("property {name} should not exist")));
    }
    let limit = request.number("limit", DEFAULT_LIMIT, 0..=MAX_LIMIT);
    let limit =
        limit.map_err(|_| invalid(&format!("limit must not be greater than {MAX_LIMIT}")))?;
    if limit == 0 {
        return Ok(ok(&json!([])));
    }
    let bounds = bounds(request)?;
    let directory = &request.data().directory;
    let filter = |call: &CompactCall| {
        let agent = &directory.agents[usize::from(call.agent)].identity.id;
        request.param("assistantId").is_none_or(|id| id == agent)
            && request.param("phoneNumberId").is_none_or(|id| id == record::line_id(agent))
            && bounds.iter().all(|bound| bound.holds(request, call))
    };
    let is_filtered = !bounds.is_empty()
        || request.param("assistantId").is_some()
        || request.param("phoneNumberId").is_some();
    let found = request.select(&ListQuery {
        filter: if is_filtered { Some(&filter) } else { None },
        key: Some(&|call: &CompactCall| call.created),
        take: request.page_size(limit),
        ..ListQuery::default()
    });
    let mut calls = request.bodies(&found, |call| record::record(request, call));
    if let Some(id) = request.param("id") {
        calls.retain(|call| call["id"] == id);
    }
    Ok(ok(&calls))
}

/// A bound of a time of the record, in whole milliseconds.
struct TimeBound {
    is_updated: bool,
    operator: &'static str,
    at: i64,
}

impl TimeBound {
    fn holds(&self, request: &VendorRequest<'_>, call: &CompactCall) -> bool {
        let now = request.dataset.now;
        let own = match self.is_updated {
            true => record::updated(call, now),
            false => call.created,
        };
        let own = own.div_euclid(MILLISECOND);
        match self.operator {
            "Gt" => own > self.at,
            "Lt" => own < self.at,
            "Ge" => own >= self.at,
            _ => own <= self.at,
        }
    }
}

/// The bounds in the query; the one that selects the page is not among them.
fn bounds(request: &VendorRequest<'_>) -> Result<Vec<TimeBound>, Refusal> {
    let mut bounds = Vec::new();
    for (field, is_updated) in [("createdAt", false), ("updatedAt", true)] {
        for operator in ["Gt", "Lt", "Ge", "Le"] {
            let name = format!("{field}{operator}");
            let Some(text) = request.param(&name).filter(|_| name != "createdAtLe") else {
                continue;
            };
            let at = text.parse::<DateTime<Utc>>();
            let at =
                at.map_err(|_| invalid(&format!("{name} must be a valid ISO 8601 date string")));
            bounds.push(TimeBound { is_updated, operator, at: at?.timestamp_millis() });
        }
    }
    Ok(bounds)
}

fn get(request: &VendorRequest<'_>, id: &str) -> Result<HttpResponse, Refusal> {
    let call = request.find(id).ok_or_else(|| not_found("Call Not Found"))?;
    Ok(ok(&request.body(&call, record::record(request, &call))))
}

/// To the storage, with a signature that is another one each time in truth.
fn redirect(request: &VendorRequest<'_>, id: &str) -> Result<HttpResponse, Refusal> {
    let recorded = request.find(id).filter(|call| call.recorded);
    let call = recorded.ok_or_else(|| not_found("Artifact Not Found"))?;
    let mut redirect = response(StatusCode::FOUND, "text/plain", "".into());
    set_header(&mut redirect, LOCATION, &record::signed(request, &call));
    Ok(redirect)
}

/// JSON lines; the real ones are packed.
fn log(request: &VendorRequest<'_>, id: &str) -> Result<HttpResponse, Refusal> {
    let ended = request.find(id).filter(|call| call.end.is_some());
    let call = ended.ok_or_else(|| not_found("Artifact Not Found"))?;
    let line = json!({ "time": call.started_at.timestamp_millis(), "body": "call started" });
    Ok(response(StatusCode::OK, "application/gzip", format!("{line}\n").into()))
}
