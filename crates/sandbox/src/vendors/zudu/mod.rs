//! Zudu: pages counted from 0, Unix milliseconds, and a POST that only reads.

mod record;

use bytes::Bytes;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::ask::{Ask, Wish};
use crate::calendar::{Grid, MILLISECOND};
use crate::facts::{Facts, Stage};
use crate::fault::Turn;
use crate::media::Media;
use crate::reply::{Response, by, json, ok};
use crate::truth::{Channel, End, Truth};
use crate::vendor::{Price, Vendor, hex_tag, tagged_uuid};

pub(crate) const VENDOR: Vendor = Vendor {
    name: "zudu",
    credentials: &[("api_key", "sandbox-key"), ("api_secret", "sandbox-secret")],
    headers: &[("X-API-KEY", "sandbox-key"), ("X-API-SECRET", "sandbox-secret")],
    example: "/api/calls?page=0&limit=2",
    grid: Grid { step: 10 * MILLISECOND, phase: 2 * MILLISECOND, resolution: MILLISECOND },
    dispatch: false,
    channels: true,
    corrupt_durations: false,
    analysis_lag: 0,
    price: Some(Price { per_minute: 25_000, round: 100, unit: None }),
    line_area: "+173755501",
    party_id: |bits| format!("{:016x}", (bits >> 64) as u64),
    call_id: |facts, tag| {
        let public = format!("call_{tag:08x}{:08x}", facts.dice.word("public id") as u32);
        (tagged_uuid(facts, tag), Some(public))
    },
    tag: |id| {
        let digits = id.strip_prefix("call_").unwrap_or(id);
        hex_tag(digits.get(..8))
    },
    status_word: |stage, end| {
        Some(match (stage, end) {
            (Stage::Queued | Stage::Ringing, _) => "REGISTERED",
            (Stage::InProgress, _) => "ONGOING",
            (_, End::Failed) => "ERROR",
            _ => "ENDED",
        })
    },
    end_word: |end| {
        Some(match end {
            End::CustomerHangup => "USER_HANGUP",
            End::AgentHangup => "AGENT_HANGUP",
            End::Transferred => "CALL_TRANSFER",
            End::Voicemail => "VOICEMAIL_REACHED",
            End::MaxDuration => "MAX_DURATION_REACHED",
            End::Inactivity => "INACTIVITY",
            End::NoAnswer => "DIAL_NO_ANSWER",
            End::Busy => "DIAL_BUSY",
            End::Rejected => "USER_DECLINED",
            End::Failed => "DIAL_FAILED",
        })
    },
    storage: Some((Media::Mp4, ".mp4")),
    id_fields: &["id", "call_id"],
    start_fields: &["start_timestamp"],
    turn: Turn::Page { name: "page", first: 0 },
    page: MOST_LIMIT,
    tells: |_| (true, true),
};

const DEFAULT_LIMIT: usize = 20;
/// No maximum is stated for calls; this is the one of the batch lists.
const MOST_LIMIT: usize = 100;

/// Which calls are wanted.
#[derive(Debug, Default, Deserialize)]
struct Search {
    page: Option<usize>,
    limit: Option<usize>,
    sort_by: Option<String>,
    sort_order: Option<String>,
    filter_criteria: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
struct Criteria {
    call_status: Option<Vec<String>>,
    call_type: Option<Vec<String>>,
    agent_id: Option<OneOrMany>,
    duration_ms: Option<Bounds>,
    transcript_search: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Debug, Deserialize)]
struct Bounds {
    lower_threshold: Option<i64>,
    upper_threshold: Option<i64>,
}

type Refusal = Box<Response>;

/// Answers a request.
pub(crate) fn respond(ask: &Ask<'_>) -> Response {
    let path = ask.path();
    let (operation, answer): (_, &dyn Fn() -> Result<Response, Refusal>) =
        match (path.as_slice(), ask.is_post()) {
            (["api", "calls"], false) => ("list_calls", &|| list(ask, query(ask)?)),
            (["api", "calls"], true) => ("search_calls", &|| list(ask, body(ask.request.body())?)),
            (["api", "calls", id], false) => ("get_call", &|| get(ask, id)),
            _ => {
                let answer = refuse(StatusCode::NOT_FOUND, "Not found", "No such route");
                return by("unknown", *answer);
            }
        };
    if !ask.is_authorized() {
        let text = "API key or secret is missing or invalid";
        return by(operation, *refuse(StatusCode::UNAUTHORIZED, "Unauthorized", text));
    }
    by(operation, answer().unwrap_or_else(|refusal| *refusal))
}

fn refuse(status: StatusCode, message: &str, error: &str) -> Refusal {
    let body = json!({ "message": message, "status": "error", "error": error });
    Box::new(json(status, &body))
}

fn invalid(error: &str) -> Refusal {
    refuse(StatusCode::BAD_REQUEST, "Validation failed", error)
}

fn query(ask: &Ask<'_>) -> Result<Search, Refusal> {
    let number = |name: &str| match ask.param(name) {
        None => Ok(None),
        Some(text) => match text.parse() {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(invalid(&format!("{name} must be a number from 0 on"))),
        },
    };
    Ok(Search {
        page: number("page")?,
        limit: number("limit")?,
        sort_by: ask.param("sort_by").map(str::to_owned),
        sort_order: ask.param("sort_order").map(str::to_owned),
        filter_criteria: None,
    })
}

fn body(body: &Bytes) -> Result<Search, Refusal> {
    serde_json::from_slice(body).map_err(|error| invalid(&format!("invalid JSON body: {error}")))
}

fn list(ask: &Ask<'_>, search: Search) -> Result<Response, Refusal> {
    let page = search.page.unwrap_or(0);
    let limit = search.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MOST_LIMIT).contains(&limit) {
        return Err(invalid(&format!("limit must be between 1 and {MOST_LIMIT}")));
    }
    let sort_by = search.sort_by.as_deref().unwrap_or("start_timestamp");
    let key: Option<&dyn Fn(&Facts) -> i64> = match sort_by {
        "start_timestamp" => None,
        "created_at" => Some(&|call: &Facts| call.created),
        _ => return Err(invalid("sort_by must be start_timestamp or created_at")),
    };
    let sort_order = search.sort_order.as_deref().unwrap_or("descending");
    if !matches!(sort_order, "ascending" | "descending") {
        return Err(invalid("sort_order must be ascending or descending"));
    }
    let applied = search.filter_criteria.filter(|value| !value.is_null());
    let criteria: Option<Criteria> = match &applied {
        None => None,
        Some(value) => Some(
            Criteria::deserialize(value)
                .map_err(|error| invalid(&format!("invalid filter_criteria: {error}")))?,
        ),
    };
    let keep = |call: &Facts| criteria.as_ref().is_none_or(|wanted| matches(ask, wanted, call));
    let take = ask.capped(limit);
    let found = ask.select(&Wish {
        keep: if criteria.is_some() { Some(&keep) } else { None },
        key,
        ascending: sort_order == "ascending",
        skip: page.saturating_mul(take),
        take,
    });
    let total_pages = found.places.div_ceil(take);
    let pagination = record::Pagination {
        page,
        limit,
        total_count: found.total,
        total_pages,
        has_next_page: page + 1 < total_pages,
        has_previous_page: page > 0,
    };
    Ok(ok(&record::Envelope {
        message: "Calls retrieved successfully",
        status: "success",
        error: None,
        data: record::Page {
            organization_id: &ask.world.cast(ask.vendor).organization.id,
            calls: found
                .calls
                .iter()
                .map(|call| ask.told(call, record::record(ask, call)))
                .collect(),
            pagination,
            returned_count: found.calls.len(),
            sort_order,
            sort_by,
            applied_filters: applied.unwrap_or_else(|| json!({})),
        },
    }))
}

/// Whether a call is what the criteria want; words count in either letter case.
fn matches(ask: &Ask<'_>, wanted: &Criteria, call: &Facts) -> bool {
    let now = ask.world.now();
    let among = |words: &Option<Vec<String>>, word: &str| {
        let is = |want: &String| want.eq_ignore_ascii_case(word);
        words.as_ref().is_none_or(|words| words.is_empty() || words.iter().any(is))
    };
    let status = (ask.vendor.status_word)(call.stage(now), call.end).unwrap_or_default();
    let agent = &ask.world.cast(ask.vendor).agents[usize::from(call.agent)].named.id;
    let agents = match &wanted.agent_id {
        None => true,
        Some(OneOrMany::One(id)) => id == agent,
        Some(OneOrMany::Many(ids)) => ids.is_empty() || ids.contains(agent),
    };
    let length = |bounds: &Bounds| {
        call.duration(now).map(|micros| micros / MILLISECOND).is_some_and(|length| {
            bounds.lower_threshold.is_none_or(|least| length >= least)
                && bounds.upper_threshold.is_none_or(|most| length <= most)
        })
    };
    agents
        && among(&wanted.call_status, status)
        && among(&wanted.call_type, call_type(call.channel))
        && wanted.duration_ms.as_ref().is_none_or(length)
        && wanted.transcript_search.as_ref().is_none_or(|text| {
            let said = record::transcript(&ask.world.tell(ask.vendor, call));
            said.to_lowercase().contains(&text.to_lowercase())
        })
}

fn call_type(channel: Channel) -> &'static str {
    match channel {
        Channel::Web => "WEB_CALL",
        Channel::Phone | Channel::Sip => "PHONE_CALL",
    }
}

/// One call by its public id; the record's id is not known here.
fn get(ask: &Ask<'_>, id: &str) -> Result<Response, Refusal> {
    let public = |call: &Truth| call.alternate_id.as_deref() == Some(id);
    let call = ask.find(id).filter(public).ok_or_else(|| {
        let error = format!("no call with id {id}");
        refuse(StatusCode::NOT_FOUND, "Call not found", &error)
    })?;
    Ok(ok(&record::Envelope {
        message: "Call retrieved successfully",
        status: "success",
        error: None,
        data: ask.told(&call, record::record(ask, &call)),
    }))
}
