//! VozAgent: a bare array without a total, and one record that holds what the list leaves out.

use http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

use crate::ask::{Ask, Wish};
use crate::calendar::{Grid, SECOND};
use crate::facts::{Facts, Stage};
use crate::fault::Turn;
use crate::media::Media;
use crate::reply::{Response, by, json, ok};
use crate::truth::{Direction, End, Truth, to_second};
use crate::vendor::{Price, Vendor, hex_tag};

pub(crate) const VENDOR: Vendor = Vendor {
    name: "vozagent",
    credentials: &[("api_key", "sandbox-key")],
    headers: &[("Authorization", "Bearer sandbox-key")],
    example: "/v1/calls?limit=2",
    grid: Grid { step: 2 * SECOND, phase: 0, resolution: SECOND },
    dispatch: false,
    channels: false,
    corrupt_durations: false,
    analysis_lag: 0,
    price: Some(Price { per_minute: 92_000, round: 100, unit: Some("USD") }),
    line_area: "+165055501",
    party_id: |bits| groups(bits, &[8, 4, 4, 4]),
    call_id: |facts, tag| {
        let bits = (u128::from(tag) << 96) | (facts.dice.wide("id") >> 32);
        (format!("call-{}", groups(bits, &[8, 4, 4, 4])), None)
    },
    tag: |id| hex_tag(id.get(5..13)),
    status_word: |stage, end| {
        Some(match stage {
            Stage::Queued => "queued",
            Stage::Ringing | Stage::InProgress => "in-progress",
            Stage::Ended if end.is_connected() => "completed",
            Stage::Ended => "failed",
        })
    },
    end_word: |_: End| None,
    storage: Some((Media::Mp3, ".mp3")),
    id_fields: &["id"],
    start_fields: &["call_started_at"],
    turn: Turn::Offset { name: "offset", size: "limit", default: DEFAULT_LIMIT },
    page: MOST_LIMIT,
    tells: |_| (false, false),
};

const DEFAULT_LIMIT: usize = 50;
const MOST_LIMIT: usize = 100;

/// Hex digits in groups, as this vendor's ids are written.
fn groups(bits: u128, sizes: &[usize]) -> String {
    let hex = format!("{bits:032x}");
    let mut rest = hex.as_str();
    let parts: Vec<&str> = sizes
        .iter()
        .map(|size| {
            let (part, after) = rest.split_at(*size);
            rest = after;
            part
        })
        .collect();
    parts.join("-")
}

/// Answers a request.
pub(crate) fn respond(ask: &Ask<'_>) -> Response {
    let path = ask.path();
    let (operation, answer): (_, &dyn Fn() -> Response) = match path.as_slice() {
        ["v1", "calls"] => ("list_calls", &|| list(ask).unwrap_or_else(|refusal| *refusal)),
        ["v1", "calls", id] => ("get_call", &|| get(ask, id)),
        _ => {
            let answer = problem(StatusCode::NOT_FOUND, "not_found", "No such route", json!({}));
            return by("unknown", answer);
        }
    };
    by(
        operation,
        if !ask.is_authorized() {
            let text = "The API key is missing or invalid";
            problem(StatusCode::UNAUTHORIZED, "unauthorized", text, json!({}))
        } else if ask.is_post() {
            let status = StatusCode::METHOD_NOT_ALLOWED;
            problem(status, "method_not_allowed", "Use GET", json!({}))
        } else {
            answer()
        },
    )
}

fn problem(status: StatusCode, code: &str, message: &str, details: Value) -> Response {
    let error = json!({ "code": code, "message": message, "details": details });
    json(status, &json!({ "error": error }))
}

fn invalid(name: &str, message: &str, value: &str) -> Box<Response> {
    let message = format!("{name} {message}");
    let details = json!({ "parameter": name, "value": value });
    let status = StatusCode::BAD_REQUEST;
    Box::new(problem(status, "invalid_request", &message, details))
}

fn number(ask: &Ask<'_>, name: &str, default: usize, most: usize) -> Result<usize, Box<Response>> {
    let Some(text) = ask.param(name) else {
        return Ok(default);
    };
    match text.parse() {
        Ok(value) if value <= most => Ok(value),
        _ if most == usize::MAX => Err(invalid(name, "must be 0 or more", text)),
        _ => Err(invalid(name, &format!("must be between 0 and {most}"), text)),
    }
}

/// A parameter that is one of the words.
fn word<'a>(
    ask: &'a Ask<'_>,
    name: &str,
    words: &[&str],
) -> Result<Option<&'a str>, Box<Response>> {
    match ask.param(name) {
        Some(text) if !words.contains(&text) => {
            let message = format!("must be one of {}", words.join(", "));
            Err(invalid(name, &message, text))
        }
        text => Ok(text),
    }
}

fn list(ask: &Ask<'_>) -> Result<Response, Box<Response>> {
    let take = number(ask, "limit", DEFAULT_LIMIT, MOST_LIMIT)?;
    let skip = number(ask, "offset", 0, usize::MAX)?;
    let status = word(ask, "status", &["completed", "in-progress", "failed"])?;
    let kind = word(ask, "call_type", &["inbound", "outbound"])?;
    let (contact, assistant) = (ask.param("contact_id"), ask.param("assistant_id"));
    let cast = ask.world.cast(ask.vendor);
    let now = ask.world.now();
    let keep = |call: &Facts| {
        let is = |want: Option<&str>, value: &str| want.is_none_or(|want| want == value);
        is(kind, call_type(call.direction))
            && is(contact, &cast.contacts[usize::from(call.person)])
            && is(assistant, &cast.agents[usize::from(call.agent)].named.id)
            && (status.is_none() || status == (ask.vendor.status_word)(call.stage(now), call.end))
    };
    let filtered = [status, kind, contact, assistant].iter().any(Option::is_some);
    let found = ask.select(&Wish {
        keep: if filtered { Some(&keep) } else { None },
        key: None,
        ascending: false,
        skip,
        take: ask.capped(take),
    });
    if ask.world.options().full_lists {
        let calls: Vec<_> =
            found.calls.iter().map(|call| ask.told(call, whole(ask, call))).collect();
        return Ok(ok(&calls));
    }
    let calls: Vec<_> = found.calls.iter().map(|call| ask.told(call, record(call))).collect();
    Ok(ok(&calls))
}

fn get(ask: &Ask<'_>, id: &str) -> Response {
    match ask.find(id) {
        Some(call) => ok(&ask.told(&call, whole(ask, &call))),
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

/// The documented word that comes nearest.
fn intent(call: &Truth) -> Option<&'static str> {
    Some(match call.intent? {
        "schedule" | "confirm" => "schedule",
        "new_quote" => "new_quote",
        _ => "follow_up",
    })
}

#[derive(Serialize)]
struct Record<'a> {
    id: &'a str,
    contact_id: &'a str,
    assistant_id: &'a str,
    call_type: &'static str,
    call_status: Option<&'static str>,
    duration_seconds: Option<i64>,
    call_started_at: String,
    call_ended_at: Option<String>,
    appointment_booked: bool,
    lead_qualification: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call_intent: Option<&'static str>,
}

/// A call of the list.
fn record(call: &Truth) -> Record<'_> {
    Record {
        id: &call.id,
        contact_id: &call.customer.contact_id,
        assistant_id: &call.agent.id,
        call_type: call_type(call.direction),
        call_status: call.vendor_status,
        duration_seconds: call.seconds(),
        call_started_at: to_second(call.started_at),
        call_ended_at: call.ended_at.map(to_second),
        appointment_booked: call.appointment_booked == Some(true),
        lead_qualification: call.lead,
        call_intent: intent(call).filter(|_| !call.dice.one_in("no intent", 4)),
    }
}

#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    light: Record<'a>,
    customer_phone_number: Option<&'a str>,
    assistant_phone_number: Option<&'a str>,
    transcript: String,
    analysis_summary: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recording_url: Option<String>,
    cost: Option<f64>,
}

/// The single call, which always has its intent once it is known.
fn whole<'a>(ask: &Ask<'_>, call: &'a Truth) -> Whole<'a> {
    Whole {
        light: Record { call_intent: intent(call), ..record(call) },
        customer_phone_number: call.customer.number.as_deref(),
        assistant_phone_number: call.agent_line.as_deref(),
        transcript: call.text("Assistant", "Customer", "\n"),
        analysis_summary: call.summary.as_deref(),
        recording_url: call
            .recorded
            .then(|| format!("{}/recordings/vozagent/{}.mp3", ask.base, call.id)),
        cost: call.cost(),
    }
}
