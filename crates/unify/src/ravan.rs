//! Ravan: the phone history, the list of call sessions in its two shapes, and
//! the single call session.
//!
//! Belongs here: what Ravan's fields mean. [`FIELDS`] is the whole table, in
//! the names of the snake-case records; the object shape of the list sends the
//! same fields in camel case, and its warnings point at those names. Nothing
//! says which way a call went, so neither party has a role.

#![cfg(feature = "ravan")]

use crate::{
    Batch, Context, Error, Mapping, RejectedRecord,
    batch::{self, Shapes},
    convert::{Warnings, cost, end_reason, fields, json_object, media, party, text, time},
    model::{
        Call, Channel, Cost, CostUnit, Disposition, Entity, JsonObject, Latency, Recording,
        Sentiment, Status,
    },
};
use callfold_ravan::{Session, types};
use callfold_record::{Lenient, OneOf, OpenEnum, RawJson, RawNumber};

mod event;
mod item;
mod turns;

pub use item::call_item;

/// The vendor's crate, whose records are mapped here.
#[doc(no_inline)]
pub use callfold_ravan as api;

/// The vendor's name, as in a call's id.
pub const VENDOR: &str = "ravan";

/// This mapping, for callers that hold several.
pub const MAPPING: Mapping = Mapping { vendor: VENDOR, from_json_with, fields: FIELDS };

fields! {
    "/id" => "call_id",
    "/agent_id" => "agent",
    "/agent_name" => "agent",
    "/organization_id" => "organization",
    "/room_id" => "metadata",
    "/caller_number" => "from",
    "/callee_number" => "to",
    "/caller_name" => "from",
    "/caller_email" => "from",
    "/channel" => "channel",
    "/status" => "status",
    "/summary" => "summary",
    "/recording_url" => "recordings",
    "/duration_sec" => "reported_duration_ms",
    "/cost_total" => "cost",
    "/twilio_cost" => "cost",
    "/model_cost" => "cost",
    "/credit_breakdown/channel" => "raw: repeats `channel`",
    "/credit_breakdown/duration_sec" => "raw: repeats `duration_sec`",
    "/credit_breakdown/model_credits" => "cost",
    "/credit_breakdown/provider_credits" => "cost",
    "/credit_breakdown/provider_managed" => "metadata",
    "/credit_breakdown/telephony_base_credits" => "cost",
    "/credit_breakdown/telephony_type" => "metadata",
    "/credit_breakdown/total_credits" => "metadata",
    "/disconnect_reason" => "end",
    "/call_latency_ms" => "latency",
    "/error_message" => "error_message",
    "/post_call_analysis_result" => "analysis",
    "/prompt_dynamic_variables" => "metadata",
    "/extract_dynamic_variables" => "analysis",
    "/metadata" => "metadata",
    "/started_at" => "started_at",
    "/ended_at" => "ended_at",
    "/created_at" => "created_at",
    "/transcripts/*/id" => "raw: a turn has no identifier",
    "/transcripts/*/call_session_id" => "raw: repeats `id`",
    "/transcripts/*/message" => "transcript",
    "/transcripts/*/timestamp_ms" => "transcript",
    "/transcripts/*/created_at" => "transcript",
}

const SHAPES: Shapes = Shapes {
    vendor: VENDOR,
    id: "id",
    paths: &[&["calls"], &["data", "callSessions"], &["data"]],
    known: "a call with `id`, a page with `calls` or `data`, an array of calls, or an event with `event`",
};

/// The letter case of a record's names, for the pointers of its warnings.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    Snake,
    Camel,
}

impl Names {
    fn of(self, snake: &'static str, camel: &'static str) -> &'static str {
        match self {
            Self::Snake => snake,
            Self::Camel => camel,
        }
    }
}

/// Maps one record in snake case: of the phone history, of the array shape of
/// the list, or a single one.
///
/// # Errors
///
/// [`RejectedRecord`] when the record has no usable `id`.
pub fn call(
    record: Lenient<types::CallSession>,
    context: &Context,
) -> Result<Call, RejectedRecord> {
    let batch::Opened { raw, record, issues } = batch::open(VENDOR, record, context)?;
    let asked = record.transcripts.is_some() || batch::has_member(raw.get().get(), "transcripts");
    let mut call = session(record, asked, Names::Snake, Warnings::of(issues), context);
    call.raw = batch::kept(raw, context);
    Ok(call)
}

/// Maps one record of the list, in either letter case.
///
/// # Errors
///
/// [`RejectedRecord`] when the record has no usable `id`.
pub fn listed(record: Lenient<Session>, context: &Context) -> Result<Call, RejectedRecord> {
    match Session::split(record) {
        OneOf::First(item) => call_item(item, context),
        OneOf::Second(one) => call(one, context),
    }
}

/// Maps a text with the [default context](Context::default).
///
/// # Errors
///
/// As [`from_json_with`].
pub fn from_json(text: &str) -> Result<Batch, Error> {
    from_json_with(text, &Context::default())
}

/// Maps a text that holds one record in either letter case, bare or in its
/// envelope, a page of either list, an array of records, or one event of a
/// webhook. Records without a usable id are in [`Batch::set_aside`].
///
/// # Errors
///
/// [`ErrorKind::NotJson`](crate::ErrorKind::NotJson) and
/// [`ErrorKind::UnknownShape`](crate::ErrorKind::UnknownShape).
pub fn from_json_with(text: &str, context: &Context) -> Result<Batch, Error> {
    if let Some(event) = batch::event(text) {
        return Ok(Batch::one(event::call(event, context)));
    }
    let mut batch = Batch::default();
    for record in SHAPES.records(text)? {
        batch.push(match item::is_item(record.get()) {
            true => call_item(Lenient::from_raw(record.to_owned()), context),
            false => call(Lenient::from_raw(record.to_owned()), context),
        });
    }
    Ok(batch)
}

/// The mapping of both record types, without `raw`. `asked` tells whether the
/// record has a field for turns at all.
fn session(
    record: Box<types::CallSession>,
    asked: bool,
    names: Names,
    mut warnings: Warnings,
    context: &Context,
) -> Call {
    let n = &mut warnings;
    n.extra("", &record.extra);
    let started_at = time::instant(record.started_at, names.of("/started_at", "/startedAt"), n);
    let ended_at = time::instant(record.ended_at, names.of("/ended_at", "/endedAt"), n);
    let created_at = time::instant(record.created_at, names.of("/created_at", "/createdAt"), n);
    let (status, said) = status(record.status, n);
    let end = end_reason::end_reason(
        VENDOR,
        record.disconnect_reason.map(|word| word.to_string()),
        names.of("/disconnect_reason", "/disconnectReason"),
        n,
    );
    let duration = time::between(started_at, ended_at, names.of("/ended_at", "/endedAt"), n);
    let pointer = names.of("/duration_sec", "/durationSec");
    let reported_duration = time::whole_seconds(record.duration_sec, pointer, n);
    time::check_reported(reported_duration, duration, pointer, n);
    let caller = party::phone(record.caller_number, names.of("/caller_number", "/callerNumber"), n);
    let callee = party::phone(record.callee_number, names.of("/callee_number", "/calleeNumber"), n);
    let mut metadata = JsonObject::new();
    json_object::spread(&mut metadata, "metadata", record.metadata);
    json_object::put_value(&mut metadata, "room_id", text(record.room_id));
    let costs = Costs {
        total: record.cost_total,
        twilio: record.twilio_cost,
        model: record.model_cost,
        breakdown: record.credit_breakdown,
    };
    let cost = cost(costs, names, &mut metadata, context, n);
    let pointer = names.of("/call_latency_ms", "/callLatencyMs");
    let latency = latency(record.call_latency_ms, pointer, n);
    let pointer = names.of("/post_call_analysis_result", "/postCallAnalysisResult");
    let sentiment = sentiment(record.post_call_analysis_result.as_ref(), pointer, n);
    let mut analysis = JsonObject::new();
    json_object::put(&mut analysis, "post_call_analysis_result", record.post_call_analysis_result);
    let transcript = turns::transcript(record.transcripts, asked, started_at, ended_at, n);
    Call {
        organization: Entity::of(record.organization_id, None),
        agent: Entity::of(record.agent_id, record.agent_name),
        channel: channel(record.channel, n),
        from: party::party(caller, record.caller_name, record.caller_email, None),
        to: party::party(callee, None, None, None),
        status: status.unwrap_or_else(|| end_reason::status_by_end(ended_at)),
        disposition: end_reason::disposition(said, None, false, end.as_ref()),
        end,
        error_message: text(record.error_message),
        created_at,
        started_at,
        ended_at,
        duration,
        reported_duration,
        cost,
        latency,
        transcript,
        recordings: recordings(record.recording_url),
        summary: text(record.summary),
        sentiment,
        analysis,
        metadata,
        warnings: warnings.into_warnings(),
        ..Call::new(batch::id(VENDOR, context, record.id))
    }
}

/// `voice` beside `web` and `sip` is the telephone. `inbound_call` was seen
/// and says nothing about the medium.
fn channel(
    word: Option<OpenEnum<types::KnownChannel>>,
    warnings: &mut Warnings,
) -> Option<Channel> {
    use types::KnownChannel as Known;
    let known = |word| match word {
        Known::Phone | Known::Voice => Channel::Phone,
        Known::Web => Channel::Web,
        Known::Sip => Channel::Sip,
        Known::InboundCall => Channel::Other(word.to_string()),
    };
    warnings.map_enum(word, "/channel", known, Channel::from)
}

/// The state, and what the word says about whether the call connected.
fn status(
    word: Option<OpenEnum<types::KnownCallStatus>>,
    warnings: &mut Warnings,
) -> (Option<Status>, Option<Disposition>) {
    use types::KnownCallStatus as Known;
    let known = |word| match word {
        Known::Completed => (Status::Ended, Some(Disposition::Answered)),
        Known::NoAnswer => (Status::Ended, Some(Disposition::NoAnswer)),
        Known::Busy => (Status::Ended, Some(Disposition::Busy)),
        Known::Voicemail => (Status::Ended, Some(Disposition::Voicemail)),
        Known::Ended => (Status::Ended, None),
        Known::Failed => (Status::Failed, Some(Disposition::Failed)),
        Known::InProgress | Known::Active => (Status::InProgress, Some(Disposition::Answered)),
    };
    warnings
        .map_enum(word, "/status", known, |word| (Status::from(word), None))
        .map_or((None, None), |(status, said)| (Some(status), said))
}

/// What a record says about money.
struct Costs {
    total: Option<RawNumber>,
    twilio: Option<RawNumber>,
    model: Option<RawNumber>,
    breakdown: Option<types::CreditBreakdown>,
}

/// The cost: the total and the costs of telephony and models in a unit nobody
/// states, the breakdown in credits. The credits must add up to their own
/// total; where there is none, to the cost's, unless the source's
/// configuration says that is money. Without a cost the credits are the total.
fn cost(
    costs: Costs,
    names: Names,
    metadata: &mut JsonObject,
    context: &Context,
    warnings: &mut Warnings,
) -> Option<Cost> {
    let pointer = names.of("/cost_total", "/costTotal");
    let unit = cost::unit(context);
    let total = cost::amount(costs.total, pointer, warnings);
    let twilio = cost::amount(costs.twilio, "/twilio_cost", warnings);
    let model = cost::amount(costs.model, "/model_cost", warnings);
    let mut parts: Vec<_> = [("twilio_cost", twilio), ("model_cost", model)]
        .into_iter()
        .filter_map(|(name, amount)| cost::part(name, amount, unit.clone()))
        .collect();
    let Some(breakdown) = costs.breakdown else {
        return cost::cost(total, unit, parts, pointer, warnings);
    };
    let at = names.of("/credit_breakdown", "/creditBreakdown");
    warnings.extra(at, &breakdown.extra);
    json_object::put_value(metadata, "provider_managed", breakdown.provider_managed);
    json_object::put_value(metadata, "telephony_type", text(breakdown.telephony_type));
    json_object::put_value(metadata, "total_credits", breakdown.total_credits.as_ref());
    let mut credits = |name: &str, value| cost::amount(value, format!("{at}/{name}"), warnings);
    let all = credits("total_credits", breakdown.total_credits);
    let named = [
        ("model_credits", breakdown.model_credits),
        ("provider_credits", breakdown.provider_credits),
        ("telephony_base_credits", breakdown.telephony_base_credits),
    ]
    .map(|(name, value)| (name, credits(name, value)));
    let used = named.into_iter().filter_map(|(_, amount)| amount);
    match all {
        Some(_) => cost::check_parts_total(used, all, at, warnings),
        None if matches!(unit, CostUnit::Currency(_)) => {}
        None => cost::check_parts_total(used, total, pointer, warnings),
    }
    parts.extend(
        named.into_iter().filter_map(|(name, amount)| cost::part(name, amount, CostUnit::Credits)),
    );
    match (total, all) {
        (None, Some(_)) => cost::cost(all, CostUnit::Credits, parts, at, warnings),
        _ => cost::cost(total, unit, parts, pointer, warnings),
    }
}

/// The one number there is: an average, says one page, so its statistic is
/// not relied on. Zero is what is sent before there is a number.
fn latency(value: Option<f64>, pointer: &'static str, warnings: &mut Warnings) -> Vec<Latency> {
    media::statistic(value.filter(|value| *value != 0.0), pointer, "", warnings)
        .map(|value| Latency { value: Some(value), ..Latency::stage("call") })
        .into_iter()
        .collect()
}

/// The analysis's `sentiment`: a text, or a pair of `type` and `value`.
fn sentiment(
    analysis: Option<&RawJson>,
    pointer: &'static str,
    warnings: &mut Warnings,
) -> Option<Sentiment> {
    let word = text(json_object::member_text(analysis?, "sentiment"))?;
    let known = match word.trim().to_ascii_lowercase().as_str() {
        "positive" => Sentiment::Positive,
        "neutral" => Sentiment::Neutral,
        "negative" => Sentiment::Negative,
        _ => {
            warnings.unknown(format!("{pointer}/sentiment"));
            Sentiment::Other(word)
        }
    };
    Some(known)
}

/// The recording, MP3 by the documentation. The API's own endpoint needs the
/// key unless the URL carries a token; any other place must never get it.
fn recordings(url: Option<String>) -> Vec<Recording> {
    let needs_auth = url.as_deref().is_some_and(|url| {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        path.contains("/calling/sessions/")
            && path.ends_with("/recording")
            && !query.split('&').any(|pair| pair.starts_with("token="))
    });
    media::recording(url, Some("audio/mpeg"), needs_auth)
}

#[cfg(test)]
#[path = "tests/ravan.rs"]
mod tests;

#[cfg(test)]
#[path = "tests/ravan_event.rs"]
mod event_tests;
