//! AgentVoice: offsets, every filter, and records that grow on request.

mod record;

use chrono::{DateTime, Utc};
use http::StatusCode;
use serde_json::json;

use crate::ask::{Ask, Wish};
use crate::calendar::{Grid, MILLISECOND};
use crate::facts::{Facts, Stage};
use crate::fault::Turn;
use crate::media::Media;
use crate::reply::{Response, by, json, ok};
use crate::truth::{Direction, End};
use crate::vendor::{Vendor, hex_tag, tagged_uuid, uuid};

pub(crate) const VENDOR: Vendor = Vendor {
    name: "agentvoice",
    credentials: &[("api_key", "sandbox-key"), ("organization_id", "sandbox-org")],
    headers: &[("x-api-key", "sandbox-key"), ("x-organization-id", "sandbox-org")],
    example: "/api/calls?limit=2",
    grid: Grid { step: 10 * MILLISECOND, phase: 5 * MILLISECOND, resolution: MILLISECOND },
    dispatch: false,
    channels: false,
    corrupt_durations: false,
    analysis_lag: 0,
    price: None,
    line_area: "+155955501",
    party_id: uuid,
    call_id: |facts, tag| (tagged_uuid(facts, tag), None),
    tag: |id| hex_tag(id.get(..8)),
    status_word: |stage, end| {
        Some(match (stage, end) {
            (Stage::Queued, _) => "queued",
            (Stage::Ringing, _) => "ringing",
            (Stage::InProgress, _) => "in-progress",
            (_, End::NoAnswer) => "no-answer",
            (_, End::Busy) => "busy",
            (_, End::Rejected | End::Failed) => "failed",
            _ => "completed",
        })
    },
    end_word: |end| {
        Some(match end {
            End::CustomerHangup => "customer-ended-call",
            End::AgentHangup => "assistant-ended-call",
            End::Transferred => "assistant-forwarded-call",
            End::Voicemail => "voicemail",
            End::MaxDuration => "exceeded-max-duration",
            End::Inactivity => "silence-timed-out",
            End::NoAnswer => "customer-did-not-answer",
            End::Busy => "customer-busy",
            End::Rejected => "call-rejected",
            End::Failed => "twilio-failed-to-connect-call",
        })
    },
    storage: Some((Media::Mp3, ".mp3")),
    id_fields: &["id"],
    start_fields: &["started_at"],
    turn: Turn::Offset { name: "offset", size: "limit", default: DEFAULT_LIMIT },
    page: MOST_LIMIT,
    tells: |_| (true, true),
};

const DEFAULT_LIMIT: usize = 50;
const MOST_LIMIT: usize = 100;

/// How much of each call is wanted.
#[derive(Clone, Copy, Debug, Default)]
struct Extent {
    full: bool,
    transcript: bool,
    metrics: bool,
    diagnostics: bool,
    actions: bool,
}

/// Answers a request.
pub(crate) fn respond(ask: &Ask<'_>) -> Response {
    let path = ask.path();
    let (operation, answer): (_, &dyn Fn() -> Result<Response, Box<Response>>) =
        match path.as_slice() {
            ["api", "calls"] => ("list_calls", &|| list(ask)),
            ["api", "calls", id] => ("get_call", &|| get(ask, id)),
            _ => return by("unknown", *refuse(StatusCode::NOT_FOUND, "Not found")),
        };
    by(
        operation,
        if !ask.is_authorized() {
            *refuse(StatusCode::UNAUTHORIZED, "Authentication failed")
        } else if ask.is_post() {
            *refuse(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
        } else {
            answer().unwrap_or_else(|refusal| *refusal)
        },
    )
}

fn refuse(status: StatusCode, text: &str) -> Box<Response> {
    Box::new(json(status, &json!({ "error": text })))
}

fn invalid(name: &str) -> Box<Response> {
    refuse(StatusCode::BAD_REQUEST, &format!("Invalid {name} parameter"))
}

/// A parameter read by `read`, which says `None` to what is not valid.
fn param<T>(
    ask: &Ask<'_>,
    name: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Box<Response>> {
    match ask.param(name) {
        None => Ok(None),
        Some(text) => read(text).map(Some).ok_or_else(|| invalid(name)),
    }
}

fn extent(ask: &Ask<'_>) -> Result<Extent, Box<Response>> {
    let full = param(ask, "fields", |text| match text {
        "light" => Some(false),
        "full" => Some(true),
        _ => None,
    })?;
    let always = ask.world.options().full_lists;
    let full = always || full == Some(true);
    let mut extent = Extent { full, metrics: always, ..Extent::default() };
    let include = ask.param("include").unwrap_or_default();
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

fn list(ask: &Ask<'_>) -> Result<Response, Box<Response>> {
    let size = |text: &str| text.parse().ok().filter(|size| (1..=MOST_LIMIT).contains(size));
    let limit = param(ask, "limit", size)?.unwrap_or(DEFAULT_LIMIT);
    let offset = param(ask, "offset", |text| text.parse().ok())?.unwrap_or(0);
    let flag = |text: &str| text.parse::<bool>().ok();
    let most_recent = param(ask, "most_recent", flag)? == Some(true);
    let ascending = param(ask, "order", |text| match text {
        "asc" => Some(true),
        "desc" => Some(false),
        _ => None,
    })?;
    let now = ask.world.now();
    let order_by = param(ask, "order_by", |text| {
        ["started_at", "ended_at", "created_at"].into_iter().find(|name| *name == text)
    })?;
    let ended = move |call: &Facts| call.ended_by(now).unwrap_or(i64::MAX);
    let key: Option<&dyn Fn(&Facts) -> i64> = match order_by {
        Some("ended_at") => Some(&ended),
        Some("created_at") => Some(&|call: &Facts| call.created),
        _ => None,
    };
    let extent = extent(ask)?;
    let filter = filter(ask, now)?;
    let keep = |call: &Facts| filter.iter().all(|keep| keep(call));
    let found = ask.select(&Wish {
        keep: if filter.is_empty() { None } else { Some(&keep) },
        key: key.filter(|_| !most_recent),
        ascending: ascending == Some(true) && !most_recent,
        skip: if most_recent { 0 } else { offset },
        take: if most_recent { 1 } else { ask.capped(limit) },
    });
    if most_recent {
        let call = found
            .calls
            .first()
            .ok_or_else(|| refuse(StatusCode::NOT_FOUND, "No calls found matching criteria"))?;
        return Ok(ok(&ask.told(call, record::most_recent(ask, call, extent))));
    }
    Ok(ok(&record::Page {
        data: found
            .calls
            .iter()
            .map(|call| ask.told(call, record::record(ask, call, extent)))
            .collect(),
        pagination: record::Pagination {
            total: found.total,
            limit,
            offset,
            has_more: found.next < found.places,
        },
    }))
}

type Keep<'a> = Box<dyn Fn(&Facts) -> bool + 'a>;

/// The filters that are asked for.
fn filter<'a>(ask: &'a Ask<'_>, now: i64) -> Result<Vec<Keep<'a>>, Box<Response>> {
    let mut all: Vec<Keep<'a>> = Vec::new();
    let cast = ask.world.cast(ask.vendor);
    if let Some(number) = ask.param("phone_number") {
        let person = ask.world.person_with(number);
        all.push(Box::new(move |call| Some(call.person) == person));
    }
    if let Some(id) = ask.param("contact_id") {
        let person = cast.contacts.iter().position(|contact| contact == id);
        all.push(Box::new(move |call| Some(usize::from(call.person)) == person));
    }
    if let Some(id) = ask.param("agent_id") {
        let agent = cast.agents.iter().position(|agent| agent.named.id == id);
        all.push(Box::new(move |call| Some(usize::from(call.agent)) == agent));
    }
    if let Some(id) = ask.param("campaign_id") {
        let campaign = cast.campaigns.iter().position(|campaign| campaign.id == id);
        all.push(Box::new(move |call| {
            campaign.is_some() && call.campaign.map(usize::from) == campaign
        }));
    }
    if let Some(status) = ask.param("status") {
        let word = ask.vendor.status_word;
        all.push(Box::new(move |call| word(call.stage(now), call.end) == Some(status)));
    }
    let direction = param(ask, "call_type", |text| match text {
        "inbound" => Some(Direction::Inbound),
        "outbound" => Some(Direction::Outbound),
        _ => None,
    })?;
    if direction.is_some() {
        all.push(Box::new(move |call| call.direction == direction));
    }
    if let Some(from) = param(ask, "from", time)? {
        all.push(Box::new(move |call| call.started >= from));
    }
    if let Some(to) = param(ask, "to", time)? {
        all.push(Box::new(move |call| call.started <= to));
    }
    Ok(all)
}

fn get(ask: &Ask<'_>, id: &str) -> Result<Response, Box<Response>> {
    let extent = extent(ask)?;
    let call = ask.find(id);
    let call = call.ok_or_else(|| refuse(StatusCode::NOT_FOUND, "Call not found"))?;
    Ok(ok(&ask.told(&call, record::record(ask, &call, extent))))
}
