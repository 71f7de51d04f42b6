//! Ravan: a flat history of one number, and a list of sessions in one of two shapes.

mod record;

use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

use crate::ask::{Ask, Wish};
use crate::calendar::{Grid, SECOND};
use crate::facts::{Facts, Stage};
use crate::fault::Turn;
use crate::media::{self, Media};
use crate::reply::{Response, by, json, ok};
use crate::truth::{Channel, Direction, End, Truth};
use crate::vendor::{Price, Vendor, hex_tag, tagged_uuid, uuid};
use crate::world::RavanShape;

pub(crate) const VENDOR: Vendor = Vendor {
    name: "ravan",
    credentials: &[("api_key", "sandbox-key")],
    headers: &[("X-Api-Key", "sandbox-key")],
    example: "/api/v1/calling/call-sessions?page_size=2",
    grid: Grid { step: 2 * SECOND, phase: SECOND, resolution: SECOND },
    dispatch: false,
    channels: true,
    corrupt_durations: false,
    analysis_lag: 0,
    price: Some(Price { per_minute: 3_000_000, round: 50_000, unit: None }),
    line_area: "+120255501",
    party_id: uuid,
    call_id: |facts, tag| (tagged_uuid(facts, tag), None),
    tag: |id| hex_tag(id.get(..8)),
    status_word: |stage, end| {
        Some(match (stage, end) {
            (Stage::Queued | Stage::Ringing | Stage::InProgress, _) => "in-progress",
            (_, End::Voicemail) => "voicemail",
            (_, End::NoAnswer) => "no_answer",
            (_, End::Busy) => "busy",
            (_, End::Rejected | End::Failed) => "failed",
            _ => "completed",
        })
    },
    // Four words are documented; what never connected has none of them.
    end_word: |end| match end {
        End::CustomerHangup => Some("user_hangup"),
        End::Rejected => Some("customer_hangup"),
        End::AgentHangup
        | End::Transferred
        | End::Voicemail
        | End::MaxDuration
        | End::Inactivity => Some("agent_hangup"),
        End::NoAnswer | End::Busy => None,
        End::Failed => Some("error"),
    },
    storage: None,
    id_fields: &["id"],
    start_fields: &["started_at", "startedAt"],
    turn: Turn::Page { name: "page", first: 1 },
    page: MOST_HISTORY_PAGE_SIZE,
    tells: |options| {
        let tells = options.ravan_shape != RavanShape::CamelCase;
        (tells, tells)
    },
};

/// A user's token, which stands in for the key.
const BEARER: &str = "Bearer sandbox-token";
/// What a recording's link may carry in place of the key.
const LINK_TOKEN: &str = "sandbox-token";
const DEFAULT_PAGE_SIZE: usize = 20;
const MOST_HISTORY_PAGE_SIZE: usize = 100;
/// No maximum is stated for sessions; clients ask for this many.
const MOST_SESSIONS_PAGE_SIZE: usize = 10_000;

/// What a request is answered with if it cannot be served.
type Refusal = Box<Response>;

/// Answers a request.
pub(crate) fn respond(ask: &Ask<'_>) -> Response {
    let path = ask.path();
    let ["api", "v1", "calling", path @ ..] = path.as_slice() else {
        return by("unknown", not_found("route not found"));
    };
    let (operation, answer): (_, &dyn Fn() -> Result<Response, Refusal>) = match path {
        ["phone-history"] => ("list_phone_history", &|| phone_history(ask)),
        ["call-sessions"] => ("list_call_sessions", &|| call_sessions(ask)),
        ["call-sessions-detail", id] => ("get_call_session", &|| Ok(detail(ask, id))),
        ["sessions", id, "recording"] => ("stream_recording", &|| Ok(recording(ask, id))),
        _ => return by("unknown", not_found("route not found")),
    };
    if ask.is_post() {
        let refusal = refuse(StatusCode::METHOD_NOT_ALLOWED, 12, "Method Not Allowed");
        return by(operation, *refusal);
    }
    let by_link = operation == "stream_recording" && ask.param("token") == Some(LINK_TOKEN);
    if !by_link && !ask.is_authorized() && ask.header("authorization") != Some(BEARER) {
        let text = "API key is missing or invalid";
        return by(operation, *refuse(StatusCode::UNAUTHORIZED, 16, text));
    }
    by(operation, answer().unwrap_or_else(|refusal| *refusal))
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
fn not_found(message: &str) -> Response {
    let error = json!({ "code": "NOT_FOUND", "message": message, "details": {} });
    let body = json!({ "success": false, "message": message, "error": error });
    json(StatusCode::NOT_FOUND, &body)
}

fn number(ask: &Ask<'_>, name: &str, default: usize, most: usize) -> Result<usize, Refusal> {
    let Some(text) = ask.param(name) else {
        return Ok(default);
    };
    let value: i64 = text.parse().map_err(|_| {
        bad(&format!(
            "type mismatch, parameter: {name}, error: strconv.ParseInt: parsing {text:?}: invalid syntax"
        ))
    })?;
    match usize::try_from(value) {
        Ok(value) if (1..=most).contains(&value) => Ok(value),
        _ if most == usize::MAX => Err(bad(&format!("{name} must be 1 or more"))),
        _ => Err(bad(&format!("{name} must be between 1 and {most}"))),
    }
}

fn phone_history(ask: &Ask<'_>) -> Result<Response, Refusal> {
    let phone = ask.param("phone").unwrap_or_default();
    if phone.is_empty() {
        return Err(bad("phone is required"));
    }
    if !phone.starts_with('+') {
        return Err(bad("phone must be in E.164 format"));
    }
    let page = number(ask, "page", 1, usize::MAX)?;
    let page_size = number(ask, "page_size", DEFAULT_PAGE_SIZE, MOST_HISTORY_PAGE_SIZE)?;
    let with_turns = match ask.param("include_transcripts") {
        None | Some("false" | "0") => false,
        Some("true" | "1") => true,
        Some(_) => return Err(bad("type mismatch, parameter: include_transcripts")),
    };
    let person = ask.world.person_with(phone);
    let cast = ask.world.cast(ask.vendor);
    let line = cast.agents.iter().position(|agent| agent.line == phone);
    let agent = ask.param("agent_id");
    let take = ask.capped(page_size);
    let found = ask.select(&Wish {
        keep: Some(&|call: &Facts| {
            let party = Some(call.person) == person || Some(usize::from(call.agent)) == line;
            call.channel != Channel::Web && party && is_agent(ask, agent, call)
        }),
        key: None,
        ascending: false,
        skip: (page - 1).saturating_mul(take),
        take,
    });
    Ok(ok(&record::History {
        success: true,
        message: "call history retrieved successfully",
        phone,
        total_count: found.total,
        page,
        page_size,
        calls: found
            .calls
            .iter()
            .map(|call| ask.told(call, record::history(ask, call, with_turns)))
            .collect(),
    }))
}

fn is_agent(ask: &Ask<'_>, id: Option<&str>, call: &Facts) -> bool {
    let agents = &ask.world.cast(ask.vendor).agents;
    id.is_none_or(|id| agents[usize::from(call.agent)].named.id == id)
}

fn call_sessions(ask: &Ask<'_>) -> Result<Response, Refusal> {
    let page = number(ask, "page", 1, usize::MAX)?;
    let size = number(ask, "page_size", DEFAULT_PAGE_SIZE, MOST_SESSIONS_PAGE_SIZE)?;
    let ascending = match ask.param("sort_order") {
        None | Some("desc") => false,
        Some("asc") => true,
        Some(_) => return Err(bad("sort_order must be asc or desc")),
    };
    let now = ask.world.now();
    let ended = move |call: &Facts| call.ended_by(now).unwrap_or(i64::MAX);
    let length = move |call: &Facts| call.duration(now).unwrap_or_default();
    let key: Option<&dyn Fn(&Facts) -> i64> = match ask.param("sort_by") {
        None | Some("started_at" | "startedAt") => None,
        Some("created_at" | "createdAt") => Some(&|call: &Facts| call.created),
        Some("ended_at" | "endedAt") => Some(&ended),
        Some("duration_sec" | "durationSec") => Some(&length),
        Some(_) => return Err(bad("sort_by is not a field of a call session")),
    };
    let after = time(ask, "started_after")?;
    let before = time(ask, "started_before")?;
    let keep = |call: &Facts| {
        after.is_none_or(|after| call.started >= after)
            && before.is_none_or(|before| call.started <= before)
            && is_wanted(ask, call)
    };
    let names = ["agent_id", "status", "channel", "caller_number", "search"];
    let filtered = names.iter().any(|name| ask.param(name).is_some());
    let filtered = filtered || after.is_some() || before.is_some();
    let take = ask.capped(size);
    let skip = (page - 1).saturating_mul(take);
    let found = ask.select(&Wish {
        keep: if filtered { Some(&keep) } else { None },
        key,
        ascending,
        skip,
        take,
    });
    Ok(sessions(ask, &found.calls, found.total, size, skip))
}

/// The page in the world's shape.
fn sessions(ask: &Ask<'_>, calls: &[Truth], total: usize, limit: usize, offset: usize) -> Response {
    let shape = ask.world.options().ravan_shape;
    if shape == RavanShape::SnakeCase {
        let full = ask.world.options().full_lists;
        let item = if full { record::detail } else { record::item };
        return ok(&record::Envelope {
            success: true,
            message: "call sessions retrieved successfully",
            data: calls.iter().map(|call| ask.told(call, item(ask, call))).collect::<Vec<_>>(),
            meta: Some(record::Meta { total, limit, offset }),
        });
    }
    ok(&record::Envelope {
        success: true,
        message: "call sessions retrieved successfully",
        data: record::Sessions {
            call_sessions: calls
                .iter()
                .map(|call| ask.told(call, record::camel(ask, call)))
                .collect::<Vec<_>>(),
            total_count: (shape == RavanShape::CamelCaseWithTotal).then_some(total),
        },
        meta: None,
    })
}

fn time(ask: &Ask<'_>, name: &str) -> Result<Option<i64>, Refusal> {
    let Some(text) = ask.param(name) else {
        return Ok(None);
    };
    match text.parse::<DateTime<Utc>>() {
        Ok(time) => Ok(Some(time.timestamp_micros())),
        Err(_) => Err(bad(&format!("{name} must be an ISO 8601 time"))),
    }
}

fn is_wanted(ask: &Ask<'_>, call: &Facts) -> bool {
    let status = (ask.vendor.status_word)(call.stage(ask.world.now()), call.end);
    let is = |name, value: Option<&str>| ask.param(name).is_none_or(|want| Some(want) == value);
    is_agent(ask, ask.param("agent_id"), call)
        && is("status", status)
        && is("channel", Some(channel(call.channel)))
        && is("caller_number", caller(ask, call))
        && ask.param("search").is_none_or(|text| mentions(ask, call, text))
}

fn caller<'a>(ask: &Ask<'a>, call: &Facts) -> Option<&'a str> {
    match call.direction? {
        Direction::Inbound => Some(ask.world.person(call).number.as_str()),
        Direction::Outbound => {
            let agents = &ask.world.cast(ask.vendor).agents;
            Some(agents[usize::from(call.agent)].line.as_str())
        }
    }
}

/// Whether the customer's name or number, or the agent's name, holds the text.
fn mentions(ask: &Ask<'_>, call: &Facts, text: &str) -> bool {
    let person = ask.world.person(call);
    let agent = &ask.world.cast(ask.vendor).agents[usize::from(call.agent)];
    let text = text.to_lowercase();
    let name = format!("{} {}", person.first, person.last);
    name.to_lowercase().contains(&text)
        || agent.named.name.to_lowercase().contains(&text)
        || (call.channel != Channel::Web && person.number.contains(&text))
}

fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Phone => "phone",
        Channel::Web => "web",
        Channel::Sip => "sip",
    }
}

fn detail(ask: &Ask<'_>, id: &str) -> Response {
    match ask.find(id) {
        Some(call) => ok(&record::Envelope {
            success: true,
            message: "call session retrieved successfully",
            data: ask.told(&call, record::detail(ask, &call)),
            meta: None,
        }),
        None => not_found("call session not found"),
    }
}

fn recording(ask: &Ask<'_>, id: &str) -> Response {
    match ask.find(id).filter(|call| call.recorded) {
        Some(call) => media::serve(ask.request, Media::Mp3, &call),
        None => not_found("recording not found"),
    }
}

/// What was worked out about a call; some values are pairs of type and value.
fn analysis(call: &Truth) -> Value {
    let Some(sentiment) = call.sentiment else {
        return json!({});
    };
    if call.dice.one_in("typed", 6) {
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

/// An optional text as this vendor writes it: empty in place of null.
fn or_empty(text: Option<&str>) -> &str {
    text.unwrap_or_default()
}

/// A whole number of cents as the amount's text, and as a number.
#[derive(Serialize)]
#[serde(untagged)]
enum Money {
    Text(String),
    Number(f64),
}
