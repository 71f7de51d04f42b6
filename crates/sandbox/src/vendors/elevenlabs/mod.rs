//! ElevenLabs: pages by cursor without a total, and single conversations with numbers, cost and transcript.

mod record;
mod transcript;

use http::StatusCode;
use serde_json::{Value, json};

use crate::calendar::SECOND;
use crate::compact_call::CompactCall;
use crate::media::{self, Media};
use crate::registry::elevenlabs::{DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, problem};
use crate::reply::{self, HttpResponse, Refusal, json, ok, with_operation};
use crate::truth::Truth;
use crate::vendor_request::{BadNumber, ListQuery, VendorRequest};

/// Responds to a request.
pub(crate) fn respond(request: &VendorRequest<'_>) -> HttpResponse {
    let path = request.path();
    let (operation, response): (_, &dyn Fn() -> Result<HttpResponse, Refusal>) =
        match path.as_slice() {
            ["v1", "convai", "conversations"] => ("list_conversations", &|| list(request)),
            ["v1", "convai", "conversations", id] => ("get_conversation", &|| {
                let call = find(request, id)?;
                Ok(ok(&request.body(&call, record::single(&call))))
            }),
            ["v1", "convai", "conversations", id, "audio"] => {
                ("stream_recording", &|| audio(request, id))
            }
            _ => return with_operation("unknown", not_found("not_found", "Not Found")),
        };
    let response = if !request.is_authorized() {
        let body = problem("authentication_error", "unauthorized", "Invalid API key");
        json(StatusCode::UNAUTHORIZED, &body)
    } else if request.is_post() {
        json(StatusCode::METHOD_NOT_ALLOWED, &json!({ "detail": "Method Not Allowed" }))
    } else {
        response().unwrap_or_else(|refusal| *refusal)
    };
    with_operation(operation, response)
}

fn not_found(code: &str, message: &str) -> HttpResponse {
    json(StatusCode::NOT_FOUND, &problem("not_found", code, message))
}

fn find(request: &VendorRequest<'_>, id: &str) -> Result<Truth, Refusal> {
    request.find(id).ok_or_else(|| {
        let message = format!("Conversation with ID {id} not found");
        Box::new(not_found("conversation_not_found", &message))
    })
}

fn audio(request: &VendorRequest<'_>, id: &str) -> Result<HttpResponse, Refusal> {
    let call = find(request, id)?;
    if !call.recorded {
        let status = "missing_conversation_audio";
        let detail = json!({ "status": status, "message": "No audio for this conversation." });
        return Ok(json(StatusCode::NOT_FOUND, &json!({ "detail": detail })));
    }
    Ok(media::serve(request.http, Media::Mp3, &call))
}

/// A parameter that cannot be read, as the framework of the vendor says it.
fn unprocessable(name: &str, text: &str, kind: &str) -> Refusal {
    let problem = json!({ "loc": ["query", name], "msg": text, "type": kind });
    Box::new(json(StatusCode::UNPROCESSABLE_ENTITY, &json!({ "detail": [problem] })))
}

/// A parameter that is a whole number of any size.
fn integer(request: &VendorRequest<'_>, name: &str) -> Result<Option<i64>, Refusal> {
    let read = |text: &str| {
        let text = text.parse::<i64>();
        text.map_err(|_| unprocessable(name, "Input should be a valid integer", "int_parsing"))
    };
    request.param(name).map(read).transpose()
}

/// A parameter that is one of the words.
fn word<'a>(
    request: &'a VendorRequest<'_>,
    name: &str,
    words: &[&str],
) -> Result<Option<&'a str>, Refusal> {
    match request.param(name) {
        Some(text) if !words.contains(&text) => {
            let text = format!("Input should be '{}'", words.join("' or '"));
            Err(unprocessable(name, &text, "enum"))
        }
        text => Ok(text),
    }
}

fn list(request: &VendorRequest<'_>) -> Result<HttpResponse, Refusal> {
    let size = request.number("page_size", DEFAULT_PAGE_SIZE, 1..=MAX_PAGE_SIZE);
    let size = size.map_err(|bad| match bad {
        BadNumber::NotInteger => {
            unprocessable("page_size", "Input should be a valid integer", "int_parsing")
        }
        BadNumber::TooSmall => {
            let text = "Input should be greater than or equal to 1";
            unprocessable("page_size", text, "greater_than_equal")
        }
        BadNumber::TooLarge => {
            let text = format!("Input should be less than or equal to {MAX_PAGE_SIZE}");
            unprocessable("page_size", &text, "less_than_equal")
        }
    })?;
    let direction = word(request, "sort_direction", &["asc", "desc"])?;
    let summaries = word(request, "summary_mode", &["exclude", "include"])? == Some("include");
    let filters = filters(request)?;
    let filter = |call: &CompactCall| filters.iter().all(|filter| filter(call));
    let found = request.select(&ListQuery {
        filter: if filters.is_empty() { None } else { Some(&filter) },
        ascending: direction == Some("asc"),
        take: request.page_size(size),
        ..ListQuery::default()
    });
    let calls = request.bodies(&found, |call| record::listed(call, summaries));
    let has_more = found.next.is_some();
    // The last page repeats the cursor that led to it.
    let cursor = found.next.or_else(|| request.param("cursor").map(str::to_owned));
    Ok(ok(&json!({ "conversations": calls, "next_cursor": cursor, "has_more": has_more })))
}

type CallFilter<'a> = Box<dyn Fn(&CompactCall) -> bool + 'a>;

/// The requested filters.
fn filters<'a>(request: &'a VendorRequest<'_>) -> Result<Vec<CallFilter<'a>>, Refusal> {
    let mut all: Vec<CallFilter<'a>> = Vec::new();
    let (now, directory) = (request.dataset.now, &request.data().directory);
    if let Some(id) = request.param("agent_id") {
        let agent = directory.agents.iter().position(|agent| agent.identity.id == id);
        all.push(Box::new(move |call| Some(usize::from(call.agent)) == agent));
    }
    if let Some(id) = request.param("user_id") {
        let person = directory.contacts.iter().position(|contact| contact == id);
        all.push(Box::new(move |call| Some(usize::from(call.person)) == person));
    }
    if let Some(after) = integer(request, "call_start_after_unix")? {
        all.push(Box::new(move |call| call.started / SECOND >= after));
    }
    if let Some(before) = integer(request, "call_start_before_unix")? {
        all.push(Box::new(move |call| call.started / SECOND <= before));
    }
    let seconds = move |call: &CompactCall| call.duration(now).unwrap_or_default() / SECOND;
    if let Some(least) = integer(request, "call_duration_min_secs")? {
        all.push(Box::new(move |call| seconds(call) >= least));
    }
    if let Some(most) = integer(request, "call_duration_max_secs")? {
        all.push(Box::new(move |call| seconds(call) <= most));
    }
    if let Some(wanted) = word(request, "call_successful", &["success", "failure", "unknown"])? {
        all.push(Box::new(move |call| {
            record::success(&request.dataset.materialize(request.vendor, call)) == wanted
        }));
    }
    let pairs = reply::query(request.http).into_iter();
    let excluded: Vec<_> = pairs.filter(|(name, _)| name == "exclude_statuses").collect();
    if !excluded.is_empty() {
        all.push(Box::new(move |call| {
            let status = record::status(&request.dataset.materialize(request.vendor, call));
            !excluded.iter().any(|(_, word)| word == status)
        }));
    }
    Ok(all)
}

/// A time in whole seconds.
fn unix(time: chrono::DateTime<chrono::Utc>) -> Value {
    time.timestamp().into()
}
