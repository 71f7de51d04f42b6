//! Zudu: one record for the list, the search and the single call.
//!
//! Belongs here: what Zudu's fields mean. [`FIELDS`] is the whole table.
//! Times and lengths are milliseconds; the unit of costs is not stated. Words come in either letter case. The
//! key of a call is `call_id`, by which a single call is requested, or `id` where there is none; otherwise `id` is
//! one of the alternate ids.

#![cfg(feature = "zudu")]

use crate::{
    Context, Error, MappedRecords, Mapping, RejectedRecord,
    convert::{
        ConnectionEvidence, Warnings, cost, end_reason, escape, fields, finish, json_object, media,
        party, text, time, transcript, words,
    },
    json_text::{self, Shapes},
    model::{
        Agent, AnsweredBy, Call, Cost, DurationBasis, Entity, JsonObject, Latency, Outcome,
        Sentiment,
    },
};
use callfold_record::Lenient;
use callfold_zudu::types;
use std::collections::BTreeMap;

mod turns;

/// The vendor's crate, whose records are mapped here.
#[doc(no_inline)]
pub use callfold_zudu as api;

/// The vendor's name, as in a call's id.
pub const VENDOR: &str = "zudu";

/// This mapping, for callers that hold several.
pub const MAPPING: Mapping = Mapping { vendor: VENDOR, from_json_with, fields: FIELDS };

fields! {
    "/call_id" => "call_id",
    "/id" => "alternate_ids",
    "/agent_id" => "agent",
    "/organization_id" => "organization",
    "/call_status" => "status",
    "/call_type" => "channel",
    "/direction" => "direction",
    "/from_number" => "from, customer, agent_line",
    "/to_number" => "to, customer, agent_line",
    "/start_timestamp" => "started_at",
    "/end_timestamp" => "ended_at",
    "/created_at" => "created_at",
    "/updated_at" => "updated_at",
    "/call_duration" => "reported_duration_ms",
    "/disconnection_reason" => "end",
    "/recording_url" => "recordings",
    "/public_log_url" => "facts",
    "/opt_out_sensitive_data_storage" => "facts",
    "/metadata" => "metadata, batch_id",
    "/events" => "raw: the platform's own log of the session",
    "/transcript" => "transcript",
    "/transcript_object/*/role" => "transcript",
    "/transcript_object/*/content" => "transcript",
    "/transcript_object/*/timestamp" => "transcript",
    "/transcript_object/*/words" => "transcript",
    "/transcript_with_tool_calls" => "transcript, facts",
    "/latency/*/max" => "latency",
    "/latency/*/min" => "latency",
    "/latency/*/num" => "latency",
    "/latency/*/p50" => "latency",
    "/latency/*/p90" => "latency",
    "/latency/*/p95" => "latency",
    "/latency/*/p99" => "latency",
    "/latency/*/values" => "raw: a stage holds statistics, not samples",
    "/call_analysis/call_successful" => "outcome",
    "/call_analysis/call_summary" => "summary",
    "/call_analysis/user_sentiment" => "sentiment",
    "/call_analysis/in_voicemail" => "answered_by",
    "/call_cost/combined_cost" => "cost",
    "/call_cost/product_costs/*/product" => "cost",
    "/call_cost/product_costs/*/cost" => "cost",
    "/call_cost/product_costs/*/unit_price" => "raw: a price, not a part of the cost",
    "/call_cost/total_duration_seconds" => "raw: what was billed, not how long the call was",
    "/telephony_identifier/call_sid" => "alternate_ids",
    "/telephony_identifier/conference_sid" => "alternate_ids",
}

const SHAPES: Shapes = Shapes {
    vendor: VENDOR,
    ids: &["call_id", "id"],
    paths: &[&["data", "calls"], &["data"]],
    known: "a call with `call_id` or `id`, a page or a call in `data`, or an array of calls",
};

/// Maps one record.
///
/// # Errors
///
/// [`RejectedRecord`] when the record has neither a usable `call_id` nor `id`.
pub fn map_record(record: Lenient<types::Call>, context: &Context) -> Result<Call, RejectedRecord> {
    let json_text::DecodedRecord { raw, record, issues } =
        json_text::decode(VENDOR, record, context)?;
    let warnings = &mut Warnings::new(issues);
    warnings.extra("", &record.extra);
    let direction =
        words::direction(record.direction.map(|word| word.to_string()), "/direction", warnings);
    let (from_role, to_role) = party::roles(direction.as_ref());
    let channel =
        words::channel(record.call_type.map(|word| word.to_string()), "/call_type", warnings);
    let call_status = record.call_status.map(|word| word.to_string());
    let (status, word) = words::status(call_status, "/call_status", &[], warnings);
    let end = end_reason::end_reason(
        VENDOR,
        record.disconnection_reason,
        "/disconnection_reason",
        warnings,
    );
    let created_at = time::epoch_ms(record.created_at, "/created_at", warnings);
    let updated_at = time::epoch_ms(record.updated_at, "/updated_at", warnings);
    let started_at = time::epoch_ms(record.start_timestamp, "/start_timestamp", warnings);
    let ended_at = time::epoch_ms(record.end_timestamp, "/end_timestamp", warnings);
    let duration = time::between(started_at, ended_at, "/end_timestamp", warnings);
    let reported_duration = time::millis(record.call_duration, "/call_duration", warnings);
    time::check_reported(reported_duration, duration, &[], "/call_duration", warnings);
    let from_number = party::phone(record.from_number, "/from_number", context, warnings);
    let to_number = party::phone(record.to_number, "/to_number", context, warnings);
    let analysis = ZuduAnalysis::of(record.call_analysis, warnings);
    let mut metadata = JsonObject::new();
    json_object::spread(&mut metadata, "metadata", record.metadata);
    let batch_id = metadata.get("batch_call_id").and_then(json_object::string);
    let mut facts = JsonObject::new();
    json_object::put_value(&mut facts, "public_log_url", text(record.public_log_url));
    let opted_out = record.opt_out_sensitive_data_storage;
    json_object::put_value(&mut facts, "opt_out_sensitive_data_storage", opted_out);
    let turns = turns::turns(record.transcript_object, started_at, ended_at, warnings);
    let turns = turns::with_tools(turns, record.transcript_with_tool_calls, &mut facts);
    let transcript = match turns.is_empty() {
        true => transcript::running(record.transcript, &[]),
        false => transcript::inline(turns, record.transcript),
    };
    let id = record.id.filter(|id| *id != record.call_id);
    let alternate_ids = alternate_ids(id, record.telephony_identifier, warnings);
    let cost = cost(record.call_cost, context, warnings);
    let latency = latency(record.latency.into_iter().flatten(), warnings);
    json_object::put_left_out(&mut facts, || raw.get().get(), warnings);
    let mut call = Call {
        alternate_ids,
        organization: Entity::of(record.organization_id, None),
        agent: Agent::of(record.agent_id, None),
        batch_id: text(batch_id),
        direction,
        channel,
        from: party::party(from_number, None, None, from_role),
        to: party::party(to_number, None, None, to_role),
        status: status.unwrap_or_else(|| end_reason::status_by_end(ended_at)),
        answered_by: analysis.answered_by,
        end,
        created_at,
        updated_at,
        started_at,
        ended_at,
        duration,
        duration_basis: duration.map(|_| DurationBasis::Start),
        reported_duration,
        cost,
        latency,
        transcript,
        recordings: media::recording(record.recording_url, None, false),
        summary: analysis.summary,
        sentiment: analysis.sentiment,
        outcome: Outcome { success: analysis.success, ..Outcome::default() },
        metadata,
        facts,
        warnings: warnings.finish(),
        raw: json_text::raw_for_call(raw, context),
        ..Call::new(json_text::id(VENDOR, context, record.call_id))
    };
    let connection = ConnectionEvidence { word: word.as_ref(), ..ConnectionEvidence::default() };
    finish(&mut call, connection, context);
    Ok(call)
}

/// Maps a text with the [default context](Context::default).
///
/// # Errors
///
/// As [`from_json_with`].
pub fn from_json(text: &str) -> Result<MappedRecords, Error> {
    from_json_with(text, &Context::default())
}

/// Maps a text that holds one record, bare or in its envelope, a page in its
/// envelope, or an array of records. Records without a usable id are in
/// [`MappedRecords::rejected`].
///
/// # Errors
///
/// [`ErrorKind::NotJson`](crate::ErrorKind::NotJson) and
/// [`ErrorKind::UnknownShape`](crate::ErrorKind::UnknownShape).
pub fn from_json_with(text: &str, context: &Context) -> Result<MappedRecords, Error> {
    json_text::read(&SHAPES, text, context, map_record)
}

/// The record's id, and the telephony provider's ids.
fn alternate_ids(
    id: Option<String>,
    telephony: Option<types::TelephonyIdentifier>,
    warnings: &mut Warnings,
) -> BTreeMap<String, String> {
    let (call_sid, conference_sid) = match telephony {
        Some(telephony) => {
            warnings.extra("/telephony_identifier", &telephony.extra);
            (telephony.call_sid, telephony.conference_sid)
        }
        None => (None, None),
    };
    [("id", id), ("call_sid", call_sid), ("conference_sid", conference_sid)]
        .into_iter()
        .filter_map(|(name, id)| Some((name.to_owned(), text(id)?)))
        .collect()
}

/// What the vendor worked out about a call.
#[derive(Default)]
struct ZuduAnalysis {
    success: Option<bool>,
    summary: Option<String>,
    sentiment: Option<Sentiment>,
    answered_by: Option<AnsweredBy>,
}

impl ZuduAnalysis {
    /// A mailbox is a machine; that none was met does not make it a person.
    fn of(analysis: Option<types::CallAnalysis>, warnings: &mut Warnings) -> Self {
        let Some(analysis) = analysis else { return Self::default() };
        warnings.extra("/call_analysis", &analysis.extra);
        Self {
            success: analysis.call_successful,
            summary: text(analysis.call_summary),
            sentiment: words::sentiment(
                analysis.user_sentiment,
                || "/call_analysis/user_sentiment".to_owned(),
                warnings,
            ),
            answered_by: (analysis.in_voicemail == Some(true)).then_some(AnsweredBy::Machine),
        }
    }
}

/// The cost and its products, in a unit that is not stated.
fn cost(cost: Option<types::CallCost>, context: &Context, warnings: &mut Warnings) -> Option<Cost> {
    const TOTAL: &str = "/call_cost/combined_cost";
    let cost = cost?;
    warnings.extra("/call_cost", &cost.extra);
    let unit = cost::unit(context);
    let total = cost::amount(cost.combined_cost, TOTAL, warnings);
    let mut parts = Vec::new();
    for (index, product) in cost.product_costs.into_iter().flatten().enumerate() {
        warnings.extra(format_args!("/call_cost/product_costs/{index}"), &product.extra);
        let pointer = format!("/call_cost/product_costs/{index}/cost");
        let amount = cost::amount(product.cost, pointer, warnings);
        let name = text(product.product).unwrap_or_else(|| "unnamed".to_owned());
        parts.extend(cost::part(name, amount, unit.clone()));
    }
    cost::check_parts_total(parts.iter().map(|part| part.amount), total, TOTAL, warnings);
    let cost = cost::cost(total, unit, parts, TOTAL, warnings);
    cost::from_minor_unit(cost, context, TOTAL, warnings)
}

/// The stages by name, in the order of the alphabet.
fn latency(
    stages: impl Iterator<Item = (String, types::LatencyStage)>,
    warnings: &mut Warnings,
) -> Vec<Latency> {
    let stages: BTreeMap<_, _> = stages.collect();
    stages.into_iter().map(|(name, stage)| latency_stage(name, stage, warnings)).collect()
}

fn latency_stage(name: String, stage: types::LatencyStage, warnings: &mut Warnings) -> Latency {
    let at = format!("/latency/{}", escape(&name));
    warnings.extra(&at, &stage.extra);
    let mut read = |value, name| media::statistic(value, &at, name, warnings);
    let latency = Latency {
        count: stage.num.and_then(|count| u64::try_from(count).ok()),
        min: read(stage.min, "/min"),
        p50: read(stage.p50, "/p50"),
        p90: read(stage.p90, "/p90"),
        p95: read(stage.p95, "/p95"),
        p99: read(stage.p99, "/p99"),
        max: read(stage.max, "/max"),
        ..Latency::stage(name)
    };
    let samples = stage.values.map(|values| values.len());
    media::check_samples(&latency, samples, || format!("{at}/num"), warnings);
    latency
}

#[cfg(test)]
#[path = "tests/zudu.rs"]
mod tests;
