//! Vaani: pages counted from 1, times without offset, no filters.

use chrono::{DateTime, Utc};
use http::StatusCode;
use serde_json::{Value, json};

use crate::media::{self, Media};
use crate::registry::vaani::{DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE};
use crate::reply::{HttpResponse, json, ok, with_operation};
use crate::truth::{Direction, Truth, TruthStatus};
use crate::vendor_request::{BadNumber, ListQuery, VendorRequest};

/// The value of every detail of a call that is not processed yet.
const NOT_READY: &str = "Transcript is not available for further evaluations.";

/// Responds to a request.
pub(crate) fn respond(request: &VendorRequest<'_>) -> HttpResponse {
    let (operation, response): (_, fn(&VendorRequest<'_>, &str) -> HttpResponse) =
        match request.path().as_slice() {
            ["api", "call-history"] => ("list_calls", |request, _| list(request)),
            ["api", "call_details", _] => ("get_call_details", details),
            ["api", "transcript", _] => ("get_transcript", transcript),
            ["api", "stream", _] => ("stream_recording", stream),
            _ => return with_operation("unknown", problem(StatusCode::NOT_FOUND, "Not Found")),
        };
    let id = request.path().last().copied().unwrap_or_default();
    with_operation(
        operation,
        if request.is_post() {
            problem(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
        } else if !request.is_authorized() {
            problem(StatusCode::UNAUTHORIZED, "Invalid or missing API key")
        } else {
            response(request, id)
        },
    )
}

fn problem(status: StatusCode, text: &str) -> HttpResponse {
    json(status, &json!({ "detail": text }))
}

fn list(request: &VendorRequest<'_>) -> HttpResponse {
    let mut problems = Vec::new();
    let mut number = |name, default, max| {
        request.number(name, default, 1..=max).unwrap_or_else(|bad| {
            problems.push(problem_of(name, bad, max));
            default
        })
    };
    let page = number("page", 1, usize::MAX);
    let size = number("page_size", DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE);
    if !problems.is_empty() {
        return json(StatusCode::UNPROCESSABLE_ENTITY, &json!({ "detail": problems }));
    }
    let take = request.page_size(size);
    let found = request.select(&ListQuery {
        skip: (page - 1).saturating_mul(take),
        take,
        ..ListQuery::default()
    });
    let total_pages = found.positions.div_ceil(take);
    ok(&json!({
        "data": request.bodies(&found, |call| record(request, call)),
        "pagination": {
            "page": page,
            "page_size": size,
            "total_count": found.total,
            "total_pages": total_pages,
            "has_next": found.next.is_some(),
            "has_previous": page > 1,
        },
    }))
}

/// What is wrong with a parameter that has to be from 1 to `max`.
fn problem_of(name: &str, bad: BadNumber, max: usize) -> Value {
    let (text, kind) = match bad {
        BadNumber::NotInteger => ("value is not a valid integer".to_owned(), "type_error.integer"),
        BadNumber::TooSmall => (
            "ensure this value is greater than or equal to 1".to_owned(),
            "value_error.number.not_ge",
        ),
        BadNumber::TooLarge => (
            format!("ensure this value is less than or equal to {max}"),
            "value_error.number.not_le",
        ),
    };
    json!({ "loc": ["query", name], "msg": text, "type": kind })
}

fn details(request: &VendorRequest<'_>, id: &str) -> HttpResponse {
    let Some(call) = request.find(id) else {
        return problem(StatusCode::NOT_FOUND, "Call not found");
    };
    if !call.analysed {
        return ok(&json!({
            "transcription": NOT_READY,
            "entity": NOT_READY,
            "conversation_eval": NOT_READY,
            "summary": NOT_READY,
            "call_eval_tag": null,
        }));
    }
    ok(&json!({
        "transcription": text(&call),
        "entity": entity(&call),
        "conversation_eval": quality(&call),
        "summary": call.summary,
        "call_eval_tag": eval_tag(&call),
    }))
}

fn transcript(request: &VendorRequest<'_>, id: &str) -> HttpResponse {
    let call = request.find(id).filter(|call| call.recorded);
    let (status, text) = match &call {
        Some(call) => (StatusCode::OK, text(call)),
        None => (StatusCode::NOT_FOUND, "Transcript not found in Azure Blob Storage".to_owned()),
    };
    let body = json!({
        "transcript": text,
        "status_code": status.as_u16(),
        "function": "get_transcript",
    });
    json(status, &body)
}

fn stream(request: &VendorRequest<'_>, id: &str) -> HttpResponse {
    match request.find(id).filter(|call| call.recorded) {
        Some(call) => media::serve(request.http, Media::Ogg, &call),
        None => {
            let body = json!({
                "status_code": 404,
                "error": "Not Found",
                "message": "Audio file not found",
                "code": "NOT_FOUND",
            });
            json(StatusCode::NOT_FOUND, &body)
        }
    }
}

fn text(call: &Truth) -> String {
    call.text("AGENT", "USER", "\n\n ")
}

/// Microseconds and no offset.
fn naive(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%S%.6f").to_string()
}

fn entity(call: &Truth) -> Value {
    match call.callback_requested {
        None => json!({}),
        Some(wanted) => json!({
            "Call_back": if wanted { "Yes" } else { "No" },
            "Callback_time": null,
            "intent": call.intent,
            "Appointment": if call.appointment_booked == Some(true) { "YES" } else { "N/A" },
        }),
    }
}

fn quality(call: &Truth) -> Value {
    if !call.analysed || call.rng.one_in("no quality", 3) {
        return json!({});
    }
    json!({
        "clarity": call.rng.between("clarity", 3, 5),
        "politeness": call.rng.between("politeness", 4, 5),
        "goal_reached": call.success,
    })
}

fn eval_tag(call: &Truth) -> Option<&'static str> {
    Some(match call.success? {
        _ if call.turns.len() < 4 => "not enough data",
        true => "successful",
        false => "unsuccessful",
    })
}

fn record(request: &VendorRequest<'_>, call: &Truth) -> Value {
    let inbound = call.direction == Some(Direction::Inbound);
    let link = |kind: &str| format!("{}/vaani/api/{kind}/{}", request.base, call.id);
    let mut metadata = call.metadata();
    metadata.extend([
        ("name".to_owned(), call.customer.full_name().into()),
        ("phone".to_owned(), call.customer.number.as_deref().into()),
        ("agent_name".to_owned(), call.agent.name.as_str().into()),
        ("agent_id".to_owned(), call.agent.id.as_str().into()),
        ("client_id".to_owned(), call.organization.id.as_str().into()),
    ]);
    json!({
        "call_id": call.id,
        "call_type": if inbound { "Inbound" } else { "Outbound" },
        "call_status": call.vendor_end_reason.unwrap_or(match call.status {
            TruthStatus::Ringing if call.queued => "Queued",
            TruthStatus::Ringing => "Ringing",
            _ => "In progress",
        }),
        "direction": if inbound { "Incoming" } else { "Outbound" },
        "agent_name": call.agent.name,
        "agent_id": call.agent.id,
        "client_name": call.organization.name,
        "client_id": call.organization.id,
        "from_number": call.from_number(),
        "to_number": call.to_number(),
        "Start_time": naive(call.started_at),
        "End_time": call.ended_at.map(naive),
        "duration_ms": call.reported_duration_us.map(|micros| micros as f64 / 1e3),
        "call_cost": call.cost(),
        "call_summary": call.summary,
        "call_entity": entity(call),
        "call_eval_tag": eval_tag(call),
        "call_conversation_quality": quality(call),
        "post_processing_status": match (call.recorded, call.analysed) {
            (_, true) => "completed",
            (true, false) => "processing",
            (false, false) => "not_processed",
        },
        "call_dialing_at": call.dialing_at.map(naive),
        "call_ringing_at": call.ringing_at.map(naive),
        "user_picked_up_at": call.answered_at.map(naive),
        "recording_api": link("stream"),
        "call_transcription": link("transcript"),
        "call_metadata": metadata,
        "chat_history": [],
        "callback_requested": call.callback_requested == Some(true),
        "callback_id": null,
        "callback_status": null,
    })
}
