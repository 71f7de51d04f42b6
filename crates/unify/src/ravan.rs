//! Ravan: the phone history, the list of call sessions in its two shapes, and
//! the single call session.
//!
//! Belongs here: what Ravan's fields mean. [`FIELDS`] is the whole table, in
//! the names of the snake-case records; the object shape of the list sends the
//! same fields in camel case, and its warnings point at those names. Only a
//! `channel` such as `inbound_call` says which way a call went. Lengths are
//! seconds; the unit of costs is not stated, that of the breakdown is credits.

#![cfg(feature = "ravan")]

use crate::{
    Context, Error, MappedRecords, Mapping, RejectedRecord,
    convert::{
        ConnectionEvidence, Warnings, cost, end_reason, fields, finish, json_object, media, party,
        text, time, words,
    },
    json_text::{self, Shapes},
    model::{
        Agent, Call, Channel, Cost, CostKind, CostTotal, CostUnit, Direction, DurationBasis,
        Entity, JsonObject, Latency, Recording, Sentiment,
    },
};
use callfold_ravan::{Session, types};
use callfold_record::{Lenient, OneOf, RawJson, RawNumber, RawRecord};

use turns::Transcripts;

mod event;
mod item;
mod turns;

pub use item::map_camel_case;

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
    "/room_id" => "facts",
    "/caller_number" => "from, customer",
    "/callee_number" => "to, agent_line",
    "/caller_name" => "from, customer",
    "/caller_email" => "from, customer",
    "/channel" => "channel, direction",
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
    "/credit_breakdown/provider_managed" => "facts",
    "/credit_breakdown/telephony_base_credits" => "cost",
    "/credit_breakdown/telephony_type" => "facts",
    "/credit_breakdown/total_credits" => "cost",
    "/disconnect_reason" => "end",
    "/call_latency_ms" => "latency",
    "/error_message" => "error_message",
    "/post_call_analysis_result" => "analysis",
    "/prompt_dynamic_variables" => "facts",
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
    ids: &["id"],
    paths: &[&["calls"], &["data", "callSessions"], &["data"]],
    known: "a call with `id`, a page with `calls` or `data`, an array of calls, or an event with `event`",
};

/// The letter case of a record's names, for the pointers of its warnings.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LetterCase {
    Snake,
    Camel,
}

impl LetterCase {
    fn pick(self, snake: &'static str, camel: &'static str) -> &'static str {
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
pub fn map_record(
    record: Lenient<types::CallSession>,
    context: &Context,
) -> Result<Call, RejectedRecord> {
    let json_text::DecodedRecord { raw, mut record, issues } =
        json_text::decode(VENDOR, record, context)?;
    let warnings = &mut Warnings::new(issues);
    let transcripts = Transcripts::new(record.transcripts.take(), &raw, warnings);
    let mut call = session(record, &raw, transcripts, LetterCase::Snake, warnings, context);
    call.raw = json_text::raw_for_call(raw, context);
    Ok(call)
}

/// Maps one record of the list, in either letter case.
///
/// # Errors
///
/// [`RejectedRecord`] when the record has no usable `id`.
pub fn map_listed(record: Lenient<Session>, context: &Context) -> Result<Call, RejectedRecord> {
    match Session::split(record) {
        OneOf::First(item) => map_camel_case(item, context),
        OneOf::Second(one) => map_record(one, context),
    }
}

/// Maps a text with the [default context](Context::default).
///
/// # Errors
///
/// As [`from_json_with`].
pub fn from_json(text: &str) -> Result<MappedRecords, Error> {
    from_json_with(text, &Context::default())
}

/// Maps a text that holds one record in either letter case, bare or in its
/// envelope, a page of either list, an array of records, or one event of a
/// webhook. Records without a usable id are in [`MappedRecords::rejected`].
///
/// # Errors
///
/// [`ErrorKind::NotJson`](crate::ErrorKind::NotJson) and
/// [`ErrorKind::UnknownShape`](crate::ErrorKind::UnknownShape).
pub fn from_json_with(text: &str, context: &Context) -> Result<MappedRecords, Error> {
    if let Some(event) = json_text::event(text) {
        return Ok(MappedRecords::one(event::map_event(event, context)));
    }
    let mut mapped = MappedRecords::default();
    for record in SHAPES.records(text)? {
        mapped.push(match item::is_item(record.get()) {
            true => map_camel_case(Lenient::from_raw(record.to_owned()), context),
            false => map_record(Lenient::from_raw(record.to_owned()), context),
        });
    }
    Ok(mapped)
}

/// The mapping of both record types, without `raw`.
fn session(
    record: Box<types::CallSession>,
    raw: &RawRecord,
    transcripts: Transcripts,
    case: LetterCase,
    warnings: &mut Warnings,
    context: &Context,
) -> Call {
    warnings.extra("", &record.extra);
    let started_at =
        time::instant(record.started_at, case.pick("/started_at", "/startedAt"), context, warnings);
    let ended_at =
        time::instant(record.ended_at, case.pick("/ended_at", "/endedAt"), context, warnings);
    let created_at =
        time::instant(record.created_at, case.pick("/created_at", "/createdAt"), context, warnings);
    let word = record.status.map(|word| word.to_string());
    let (status, word) = words::status(word, "/status", &[], warnings);
    let (channel, direction) = channel(record.channel.map(|word| word.to_string()), warnings);
    let end = end_reason::end_reason(
        VENDOR,
        record.disconnect_reason.map(|word| word.to_string()),
        case.pick("/disconnect_reason", "/disconnectReason"),
        warnings,
    );
    let duration =
        time::between(started_at, ended_at, case.pick("/ended_at", "/endedAt"), warnings);
    let pointer = case.pick("/duration_sec", "/durationSec");
    let reported_duration = time::seconds(record.duration_sec, pointer, warnings);
    time::check_reported(reported_duration, duration, &[], pointer, warnings);
    let caller = party::phone(
        record.caller_number,
        case.pick("/caller_number", "/callerNumber"),
        context,
        warnings,
    );
    let callee = party::phone(
        record.callee_number,
        case.pick("/callee_number", "/calleeNumber"),
        context,
        warnings,
    );
    let (from_role, to_role) = party::roles(direction.as_ref());
    let mut metadata = JsonObject::new();
    json_object::spread(&mut metadata, "metadata", record.metadata);
    let mut facts = JsonObject::new();
    json_object::put_value(&mut facts, "room_id", text(record.room_id));
    let costs = Costs {
        total: record.cost_total,
        twilio: record.twilio_cost,
        model: record.model_cost,
        breakdown: record.credit_breakdown,
    };
    let cost = cost(costs, case, &mut facts, context, warnings);
    let pointer = case.pick("/cost_total", "/costTotal");
    let cost = cost::from_minor_unit(cost, context, pointer, warnings);
    let pointer = case.pick("/call_latency_ms", "/callLatencyMs");
    let latency = latency(record.call_latency_ms, pointer, warnings);
    let pointer = case.pick("/post_call_analysis_result", "/postCallAnalysisResult");
    let sentiment = sentiment(record.post_call_analysis_result.as_ref(), pointer, warnings);
    let mut analysis = JsonObject::new();
    json_object::put(&mut analysis, "post_call_analysis_result", record.post_call_analysis_result);
    let agent = record.agent_name.as_deref();
    let transcript = transcripts.read(agent, started_at, ended_at, context, warnings);
    json_object::put_left_out(&mut facts, || raw.get().get(), warnings);
    let mut call = Call {
        organization: Entity::of(record.organization_id, None),
        agent: Agent::of(record.agent_id, record.agent_name),
        channel,
        from: party::party(caller, record.caller_name, record.caller_email, from_role),
        to: party::party(callee, None, None, to_role),
        direction,
        status: status.unwrap_or_else(|| end_reason::status_by_end(ended_at)),
        end,
        error_message: text(record.error_message),
        created_at,
        started_at,
        ended_at,
        duration,
        duration_basis: duration.map(|_| DurationBasis::Start),
        reported_duration,
        cost,
        latency,
        transcript,
        recordings: recordings(record.recording_url, context),
        summary: text(record.summary),
        sentiment,
        analysis,
        metadata,
        facts,
        warnings: warnings.finish(),
        ..Call::new(json_text::id(VENDOR, context, record.id))
    };
    let connection = ConnectionEvidence { word: word.as_ref(), ..ConnectionEvidence::default() };
    finish(&mut call, connection, context);
    call
}

/// The medium, and the direction where the field names that instead.
fn channel(word: Option<String>, warnings: &mut Warnings) -> (Option<Channel>, Option<Direction>) {
    match word.as_deref().and_then(words::find_direction) {
        Some(direction) => (None, Some(direction)),
        None => (words::channel(word, "/channel", warnings), None),
    }
}

/// What a record says about money.
struct Costs {
    total: Option<RawNumber>,
    twilio: Option<RawNumber>,
    model: Option<RawNumber>,
    breakdown: Option<types::CreditBreakdown>,
}

/// The cost: the total and the costs of telephony and models in a unit nobody
/// states, the breakdown in credits. Where `twilio_cost` and `model_cost` repeat
/// credits of the breakdown, only the credits are parts, and the vendor counts
/// one for one: they must add up to the total whatever its unit. Otherwise they
/// must add up to their own total; where there is none, to the cost's, unless
/// the source's configuration says that is money. Their own total stands
/// beside the cost's, and is the total where there is none.
fn cost(
    costs: Costs,
    case: LetterCase,
    facts: &mut JsonObject,
    context: &Context,
    warnings: &mut Warnings,
) -> Option<Cost> {
    let pointer = case.pick("/cost_total", "/costTotal");
    let unit = cost::unit(context);
    let total = cost::amount(costs.total, pointer, warnings);
    let twilio = cost::amount(costs.twilio, "/twilio_cost", warnings);
    let model = cost::amount(costs.model, "/model_cost", warnings);
    let mut parts: Vec<_> = [("twilio_cost", twilio), ("model_cost", model)]
        .into_iter()
        .filter_map(|(name, amount)| cost::part(name, amount, unit.clone()))
        .collect();
    let Some(breakdown) = costs.breakdown else {
        cost::check_parts_limit(&parts, total, pointer, warnings);
        return cost::cost(total, unit, parts, pointer, warnings);
    };
    let at = case.pick("/credit_breakdown", "/creditBreakdown");
    warnings.extra(at, &breakdown.extra);
    let managed = breakdown.provider_managed;
    json_object::put_value(facts, "credit_breakdown/provider_managed", managed);
    let telephony = text(breakdown.telephony_type);
    json_object::put_value(facts, "credit_breakdown/telephony_type", telephony);
    let mut credits = |name: &str, value| cost::amount(value, format!("{at}/{name}"), warnings);
    let all = credits("total_credits", breakdown.total_credits);
    let provider = credits("provider_credits", breakdown.provider_credits);
    let models = credits("model_credits", breakdown.model_credits);
    let base = credits("telephony_base_credits", breakdown.telephony_base_credits);
    let is_repeated = twilio == provider && model == models && !parts.is_empty();
    if is_repeated {
        parts.clear();
    }
    let used = [models, provider, base].into_iter().flatten();
    match all {
        Some(_) => cost::check_parts_total(used, all, at, warnings),
        None if is_repeated || !matches!(unit, CostUnit::Currency(_)) => {
            cost::check_parts_total(used, total, pointer, warnings);
        }
        None => {}
    }
    cost::check_parts_limit(&parts, total, pointer, warnings);
    let named = [
        ("model_credits", models),
        ("provider_credits", provider),
        ("telephony_base_credits", base),
    ];
    let credits = named.into_iter().filter_map(|(name, amount)| {
        let mut part = cost::part(name, amount, CostUnit::Credits)?;
        if is_repeated && name == "provider_credits" {
            // Then they are what `twilio_cost` is.
            part.kind = CostKind::Telephony;
        }
        Some(part)
    });
    parts.extend(credits);
    if total.is_none() && all.is_some() {
        return cost::cost(all, CostUnit::Credits, parts, at, warnings);
    }
    let mut cost = cost::cost(total, unit, parts, pointer, warnings)?;
    cost.other_totals = all
        .map(|amount| CostTotal { amount, unit: CostUnit::Credits })
        .filter(|other| (Some(other.amount), &other.unit) != (cost.total, &cost.unit))
        .into_iter()
        .collect();
    Some(cost)
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
    let word = json_object::member_text(analysis?, "sentiment");
    words::sentiment(word, || format!("{pointer}/sentiment"), warnings)
}

/// The recording, MP3 by the documentation. The API's own endpoint needs the
/// key unless the URL carries a token; any other place must never get it.
fn recordings(url: Option<String>, context: &Context) -> Vec<Recording> {
    let api = url.as_deref().and_then(|url| media::api_path(url, context, types::BASE_URL));
    let needs_auth = api.is_some_and(|(path, query)| {
        path.starts_with("/api/v1/calling/sessions/")
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
