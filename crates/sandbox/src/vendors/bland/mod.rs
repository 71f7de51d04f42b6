//! Bland: offsets and a total, filters by time and direction, and the details in the single record.

mod record;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use http::StatusCode;
use http::header::ACCEPT;
use serde_json::json;

use crate::calendar::SECOND;
use crate::compact_call::CompactCall;
use crate::media::{self, Media};
use crate::registry::bland::DEFAULT_LIMIT;
use crate::reply::{HttpResponse, Refusal, json, ok, with_operation};
use crate::truth::{Direction, Stage, Truth};
use crate::vendor_request::{ListQuery, VendorRequest};

/// Responds to a request.
pub(crate) fn respond(request: &VendorRequest<'_>) -> HttpResponse {
    let path = request.path();
    let (operation, response): (_, &dyn Fn() -> Result<HttpResponse, Refusal>) =
        match path.as_slice() {
            ["v1", "calls"] => ("list_calls", &|| list(request)),
            ["v1", "calls", id] => ("get_call", &|| {
                let call = find(request, id)?;
                Ok(ok(&request.body(&call, record::single(request, &call))))
            }),
            ["v1", "calls", id, "recording"] => ("get_recording", &|| recording(request, id)),
            ["v1", "recordings", id] => ("download_recording", &|| audio(request, id)),
            ["v1", "calls", id, "correct"] => {
                ("get_corrected_transcript", &|| Ok(ok(&record::corrected(&find(request, id)?))))
            }
            _ => {
                let refusal = refuse(StatusCode::NOT_FOUND, "NOT_FOUND", "No such route");
                return with_operation("unknown", *refusal);
            }
        };
    let response = if !request.is_authorized() {
        *refuse(StatusCode::UNAUTHORIZED, "AUTH_FAILURE", "Unauthorized")
    } else if request.is_post() {
        *refuse(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "Use GET")
    } else {
        response().unwrap_or_else(|refusal| *refusal)
    };
    with_operation(operation, response)
}

/// An error of the newer operations.
fn refuse(status: StatusCode, error: &str, message: &str) -> Refusal {
    let errors = json!([{ "error": error, "message": message }]);
    Box::new(json(status, &json!({ "data": null, "errors": errors })))
}

/// The error of the list.
fn invalid(problem: &str) -> Refusal {
    let body = json!({ "status": "error", "message": "Invalid parameters", "errors": [problem] });
    Box::new(json(StatusCode::BAD_REQUEST, &body))
}

fn find(request: &VendorRequest<'_>, id: &str) -> Result<Truth, Refusal> {
    let missing = || refuse(StatusCode::NOT_FOUND, "CALL_NOT_FOUND", "The call was not found.");
    request.find(id).ok_or_else(missing)
}

/// The link to a recording, or the audio itself.
fn recording(request: &VendorRequest<'_>, id: &str) -> Result<HttpResponse, Refusal> {
    let call = find(request, id)?;
    if request.header(ACCEPT.as_str()).is_some_and(|kind| kind.starts_with("audio/")) {
        return audio(request, id);
    }
    let url = record::recording_url(request, &call).ok_or_else(no_recording)?;
    Ok(ok(&json!({ "code": 200, "status": "success", "url": url })))
}

fn no_recording() -> Refusal {
    let text = "No recording for this call.";
    refuse(StatusCode::NOT_FOUND, "CALL_RECORDING_NOT_FOUND", text)
}

/// MP3, one of the two kinds that the vendor serves, whichever is requested.
fn audio(request: &VendorRequest<'_>, id: &str) -> Result<HttpResponse, Refusal> {
    let call = find(request, id)?;
    match call.recorded {
        true => Ok(media::serve(request.http, Media::Mp3, &call)),
        false => Err(no_recording()),
    }
}

fn list(request: &VendorRequest<'_>) -> Result<HttpResponse, Refusal> {
    let number = |name: &str, default, least| {
        let number = request.number(name, default, least..=usize::MAX);
        number.map_err(|_| invalid(&format!("{name} must be a number from {least} on")))
    };
    let from = number("from", 0, 0)?;
    let limit = number("limit", DEFAULT_LIMIT, 1)?.min(DEFAULT_LIMIT);
    let to = number("to", usize::MAX, 0)?;
    let ascending = flag(request, "ascending")?.unwrap_or(false);
    let now = request.dataset.now;
    // What changed last is what ended last.
    let updated = move |call: &CompactCall| call.ended_by(now).unwrap_or(now);
    let key: Option<&dyn Fn(&CompactCall) -> i64> = match request.param("sort_by") {
        None | Some("created_at") => None,
        Some("updated_at") => Some(&updated),
        Some(_) => return Err(invalid("sort_by must be created_at or updated_at")),
    };
    let filters = filters(request)?;
    let filter = |call: &CompactCall| filters.iter().all(|filter| filter(call));
    let found = request.select(&ListQuery {
        filter: if filters.is_empty() { None } else { Some(&filter) },
        key,
        ascending,
        skip: from,
        take: request.page_size(limit).min(to.saturating_sub(from)),
    });
    let calls = request.bodies(&found, record::listed);
    Ok(ok(&json!({ "total_count": found.total, "count": calls.len(), "calls": calls })))
}

fn flag(request: &VendorRequest<'_>, name: &str) -> Result<Option<bool>, Refusal> {
    let Some(text) = request.param(name) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| invalid(&format!("{name} must be true or false")))
}

/// The first or the last moment that a bound stands for: a time, or a day of UTC.
fn moment(text: &str, is_last: bool) -> Option<i64> {
    if let Ok(day) = text.parse::<NaiveDate>() {
        let start = day.and_time(NaiveTime::MIN).and_utc();
        let end = start + TimeDelta::days(1);
        return Some(if is_last { end.timestamp_micros() - 1 } else { start.timestamp_micros() });
    }
    text.parse::<DateTime<Utc>>().ok().map(|time| time.timestamp_micros())
}

fn bound(request: &VendorRequest<'_>, name: &str, is_last: bool) -> Result<Option<i64>, Refusal> {
    let Some(text) = request.param(name) else { return Ok(None) };
    moment(text, is_last).map(Some).ok_or_else(|| invalid(&format!("{name} must be a date")))
}

type CallFilter<'a> = Box<dyn Fn(&CompactCall) -> bool + 'a>;

/// The requested filters.
fn filters<'a>(request: &'a VendorRequest<'_>) -> Result<Vec<CallFilter<'a>>, Refusal> {
    let mut all: Vec<CallFilter<'a>> = Vec::new();
    let (dataset, vendor, now) = (request.dataset, request.vendor, request.dataset.now);
    if let Some(from) = bound(request, "start_date", false)? {
        all.push(Box::new(move |call| call.started >= from));
    }
    if let Some(to) = bound(request, "end_date", true)? {
        all.push(Box::new(move |call| call.started <= to));
    }
    if let (Some(from), Some(to)) =
        (bound(request, "created_at", false)?, bound(request, "created_at", true)?)
    {
        all.push(Box::new(move |call| (from..=to).contains(&call.started)));
    }
    if let Some(inbound) = flag(request, "inbound")? {
        all.push(Box::new(move |call| (call.direction == Some(Direction::Inbound)) == inbound));
    }
    if let Some(completed) = flag(request, "completed")? {
        all.push(Box::new(move |call| (call.stage(now) == Stage::Ended) == completed));
    }
    for (name, is_greater) in [("duration_gt", true), ("duration_lt", false)] {
        let Some(text) = request.param(name) else { continue };
        let minutes: f64 =
            text.parse().map_err(|_| invalid(&format!("{name} must be a number")))?;
        let length = move |call: &CompactCall| {
            let micros = if call.ended_by(now).is_some() { call.talk_time() } else { 0 };
            micros as f64 / (60 * SECOND) as f64
        };
        all.push(Box::new(move |call| match is_greater {
            true => length(call) > minutes,
            false => length(call) < minutes,
        }));
    }
    for (name, field) in [
        ("from_number", "from"),
        ("to_number", "to"),
        ("answered_by", "answered_by"),
        ("batch_id", "batch_id"),
    ] {
        let Some(wanted) = request.param(name) else { continue };
        all.push(Box::new(move |call| {
            let listed = record::listed(&dataset.materialize(vendor, call));
            listed[field].as_str() == Some(wanted)
        }));
    }
    Ok(all)
}
