//! VozAgent: the list, and the single record that alone carries numbers,
//! transcript, summary, recording and cost.
//!
//! Belongs here: what VozAgent's fields mean. [`FIELDS`] is the whole table.
//! `call_type` is the direction; lengths are seconds, costs US dollars. A record without any of the single record's
//! fields is one of the list: its transcript was not requested.

#![cfg(feature = "vozagent")]

use crate::{
    Context, Error, MappedRecords, Mapping, RejectedRecord,
    convert::{
        ConnectionEvidence, Warnings, cost, end_reason, fields, finish, json_object, media, party,
        text, time, transcript, words,
    },
    json_text::{self, Shapes},
    model::{
        Agent, Call, CostUnit, Direction, DurationBasis, JsonObject, Outcome, PartyRole,
        Transcript, TranscriptState,
    },
};
use callfold_record::Lenient;
use callfold_vozagent::types;

/// The vendor's crate, whose records are mapped here.
#[doc(no_inline)]
pub use callfold_vozagent as api;

/// The vendor's name, as in a call's id.
pub const VENDOR: &str = "vozagent";

/// This mapping, for callers that hold several.
pub const MAPPING: Mapping = Mapping { vendor: VENDOR, from_json_with, fields: FIELDS };

fields! {
    "/id" => "call_id",
    "/contact_id" => "contact_id, customer",
    "/assistant_id" => "agent",
    "/call_type" => "direction",
    "/call_status" => "status",
    "/duration_seconds" => "reported_duration_ms",
    "/call_started_at" => "started_at",
    "/call_ended_at" => "ended_at",
    "/appointment_booked" => "outcome",
    "/lead_qualification" => "outcome",
    "/call_intent" => "outcome",
    "/customer_phone_number" => "from, to, customer",
    "/assistant_phone_number" => "from, to, agent_line",
    "/transcript" => "transcript",
    "/analysis_summary" => "summary",
    "/recording_url" => "recordings",
    "/cost" => "cost",
}

const SHAPES: Shapes = Shapes {
    vendor: VENDOR,
    ids: &["id"],
    paths: &[],
    known: "a call with `id`, or an array of calls",
};

/// Maps one record, of the list or single.
///
/// # Errors
///
/// [`RejectedRecord`] when the record has no usable `id`.
pub fn map_record(record: Lenient<types::Call>, context: &Context) -> Result<Call, RejectedRecord> {
    let json_text::DecodedRecord { raw, record, issues } =
        json_text::decode(VENDOR, record, context)?;
    let warnings = &mut Warnings::new(issues);
    warnings.extra("", &record.extra);
    let single = is_single(&record);
    let call_type = record.call_type.map(|word| word.to_string());
    let direction = words::direction(call_type, "/call_type", warnings);
    let call_status = record.call_status.map(|word| word.to_string());
    let (status, word) = words::status(call_status, "/call_status", &[], warnings);
    let started_at = time::instant(record.call_started_at, "/call_started_at", context, warnings);
    let ended_at = time::instant(record.call_ended_at, "/call_ended_at", context, warnings);
    let duration = time::between(started_at, ended_at, "/call_ended_at", warnings);
    let reported_duration = time::seconds(record.duration_seconds, "/duration_seconds", warnings);
    time::check_reported(reported_duration, duration, &[], "/duration_seconds", warnings);
    let customer =
        party::phone(record.customer_phone_number, "/customer_phone_number", context, warnings);
    let assistant =
        party::phone(record.assistant_phone_number, "/assistant_phone_number", context, warnings);
    let side = |number, role| party::party(number, None, None, Some(role));
    let customer = side(customer, PartyRole::Customer);
    let agent_line = side(assistant, PartyRole::Agent);
    let (from, to) = match direction {
        Some(Direction::Inbound) => (customer.clone(), agent_line.clone()),
        Some(Direction::Outbound) => (agent_line.clone(), customer.clone()),
        _ => (None, None),
    };
    let mut facts = JsonObject::new();
    let cost = cost::amount(record.cost, "/cost", warnings);
    json_object::put_left_out(&mut facts, || raw.get().get(), warnings);
    let mut call = Call {
        agent: Agent::of(record.assistant_id, None),
        contact_id: text(record.contact_id),
        direction,
        from,
        to,
        customer,
        agent_line,
        status: status.unwrap_or_else(|| end_reason::status_by_end(ended_at)),
        started_at,
        ended_at,
        duration,
        duration_basis: duration.map(|_| DurationBasis::Start),
        reported_duration,
        cost: cost::cost(cost, CostUnit::Currency("USD".into()), Vec::new(), "/cost", warnings),
        transcript: match single {
            true => transcript::running(record.transcript, &[]),
            false => Transcript::empty(TranscriptState::NotRequested),
        },
        recordings: media::recording(record.recording_url, None, false),
        summary: text(record.analysis_summary),
        outcome: Outcome {
            label: warnings.map_enum(
                record.lead_qualification,
                "/lead_qualification",
                |word| word.to_string(),
                |word| word,
            ),
            intent: warnings.map_enum(
                record.call_intent,
                "/call_intent",
                |word| word.to_string(),
                |word| word,
            ),
            appointment_booked: record.appointment_booked,
            ..Outcome::default()
        },
        facts,
        warnings: warnings.finish(),
        raw: json_text::raw_for_call(raw, context),
        ..Call::new(json_text::id(VENDOR, context, record.id))
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

/// Maps a text that holds one record, or the array of them that the list is.
/// Records without a usable id are in [`MappedRecords::rejected`].
///
/// # Errors
///
/// [`ErrorKind::NotJson`](crate::ErrorKind::NotJson) and
/// [`ErrorKind::UnknownShape`](crate::ErrorKind::UnknownShape).
pub fn from_json_with(text: &str, context: &Context) -> Result<MappedRecords, Error> {
    json_text::read(&SHAPES, text, context, map_record)
}

/// Whether a record has any of the fields that only the single record has.
fn is_single(record: &types::Call) -> bool {
    record.customer_phone_number.is_some()
        || record.assistant_phone_number.is_some()
        || record.transcript.is_some()
        || record.analysis_summary.is_some()
        || record.recording_url.is_some()
        || record.cost.is_some()
}

#[cfg(test)]
#[path = "tests/vozagent.rs"]
mod tests;
