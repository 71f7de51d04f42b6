//! VozAgent: the list, and the single record that alone carries numbers,
//! transcript, summary, recording and cost.
//!
//! Belongs here: what VozAgent's fields mean. [`FIELDS`] is the whole table.
//! `call_type` is the direction. A record without any of the single record's
//! fields is one of the list: its transcript was not asked for.

#![cfg(feature = "vozagent")]

use crate::{
    Batch, Context, Error, Mapping, RejectedRecord,
    batch::{self, Shapes},
    convert::{
        Warnings, cost, end_reason, fields, json_object, media, party, text, time, transcript,
    },
    model::{
        Call, CostUnit, Direction, Disposition, Entity, JsonObject, Outcome, Party, PartyRole,
        PhoneNumber, Speaker, Status, Transcript, TranscriptState,
    },
};
use callfold_record::{Lenient, OpenEnum};
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
    "/contact_id" => "contact_id",
    "/assistant_id" => "agent",
    "/call_type" => "direction",
    "/call_status" => "status",
    "/duration_seconds" => "reported_duration_ms",
    "/call_started_at" => "started_at",
    "/call_ended_at" => "ended_at",
    "/appointment_booked" => "outcome",
    "/lead_qualification" => "outcome",
    "/call_intent" => "outcome",
    "/customer_phone_number" => "from",
    "/assistant_phone_number" => "to",
    "/transcript" => "transcript",
    "/analysis_summary" => "summary",
    "/recording_url" => "recordings",
    "/cost" => "cost",
}

const SHAPES: Shapes = Shapes {
    vendor: VENDOR,
    id: "id",
    paths: &[],
    known: "a call with `id`, or an array of calls",
};

/// The words before a colon in a transcript.
const LABELS: &transcript::Labels =
    &[("Assistant", Speaker::Agent), ("Customer", Speaker::Customer)];

/// Maps one record, of the list or single.
///
/// # Errors
///
/// [`RejectedRecord`] when the record has no usable `id`.
pub fn call(record: Lenient<types::Call>, context: &Context) -> Result<Call, RejectedRecord> {
    let batch::Opened { raw, record, issues } = batch::open(VENDOR, record, context)?;
    let mut warnings = Warnings::of(issues);
    let n = &mut warnings;
    n.extra("", &record.extra);
    let single = is_single(&record);
    let direction = direction(record.call_type, n);
    let (status, said) = status(record.call_status, n);
    let started_at = time::instant(record.call_started_at, "/call_started_at", n);
    let ended_at = time::instant(record.call_ended_at, "/call_ended_at", n);
    let duration = time::between(started_at, ended_at, "/call_ended_at", n);
    let reported_duration = time::seconds(record.duration_seconds, "/duration_seconds", n);
    time::check_reported(reported_duration, duration, "/duration_seconds", n);
    let customer = party::phone(record.customer_phone_number, "/customer_phone_number", n);
    let assistant = party::phone(record.assistant_phone_number, "/assistant_phone_number", n);
    let mut metadata = JsonObject::new();
    let (from, to) = parties(customer, assistant, direction.as_ref(), &mut metadata);
    let cost = cost::amount(record.cost, "/cost", n);
    Ok(Call {
        agent: Entity::of(record.assistant_id, None),
        contact_id: text(record.contact_id),
        direction,
        from,
        to,
        status: status.unwrap_or_else(|| end_reason::status_by_end(ended_at)),
        disposition: end_reason::disposition(said, None, false, None),
        started_at,
        ended_at,
        duration,
        reported_duration,
        cost: cost::cost(cost, CostUnit::Currency("USD".into()), Vec::new(), "/cost", n),
        transcript: transcript(record.transcript, single),
        recordings: media::recording(record.recording_url, None, false),
        summary: text(record.analysis_summary),
        outcome: Outcome {
            success: None,
            label: n.map_enum(
                record.lead_qualification,
                "/lead_qualification",
                |word| word.to_string(),
                |word| word,
            ),
            intent: n.map_enum(
                record.call_intent,
                "/call_intent",
                |word| word.to_string(),
                |word| word,
            ),
            appointment_booked: record.appointment_booked,
        },
        metadata,
        warnings: warnings.into_warnings(),
        raw: batch::kept(raw, context),
        ..Call::new(batch::id(VENDOR, context, record.id))
    })
}

/// Maps a text with the [default context](Context::default).
///
/// # Errors
///
/// As [`from_json_with`].
pub fn from_json(text: &str) -> Result<Batch, Error> {
    from_json_with(text, &Context::default())
}

/// Maps a text that holds one record, or the array of them that the list is.
/// Records without a usable id are in [`Batch::set_aside`].
///
/// # Errors
///
/// [`ErrorKind::NotJson`](crate::ErrorKind::NotJson) and
/// [`ErrorKind::UnknownShape`](crate::ErrorKind::UnknownShape).
pub fn from_json_with(text: &str, context: &Context) -> Result<Batch, Error> {
    batch::read(&SHAPES, text, context, call)
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

fn direction(
    call_type: Option<OpenEnum<types::KnownCallType>>,
    warnings: &mut Warnings,
) -> Option<Direction> {
    use types::KnownCallType as Known;
    let known = |word| match word {
        Known::Inbound => Direction::Inbound,
        Known::Outbound => Direction::Outbound,
    };
    warnings.map_enum(call_type, "/call_type", known, Direction::from)
}

/// The state, and what the word says about whether the call connected: one
/// that is going on or completed did. Not connecting has no word but `failed`.
fn status(
    call_status: Option<OpenEnum<types::KnownCallStatus>>,
    warnings: &mut Warnings,
) -> (Option<Status>, Option<Disposition>) {
    use types::KnownCallStatus as Known;
    let known = |word| match word {
        Known::Queued => (Status::Queued, None),
        Known::InProgress => (Status::InProgress, Some(Disposition::Answered)),
        Known::Completed => (Status::Ended, Some(Disposition::Answered)),
        Known::Failed => (Status::Failed, Some(Disposition::Failed)),
    };
    warnings
        .map_enum(call_status, "/call_status", known, |word| (Status::from(word), None))
        .map_or((None, None), |(status, said)| (Some(status), said))
}

/// Who calls whom, by direction: the customer calls on an inbound call, the
/// assistant on an outbound one. Without a direction the numbers are kept in
/// the metadata.
fn parties(
    customer: Option<PhoneNumber>,
    assistant: Option<PhoneNumber>,
    direction: Option<&Direction>,
    metadata: &mut JsonObject,
) -> (Option<Party>, Option<Party>) {
    let party = |number, role| party::party(number, None, None, Some(role));
    match direction {
        Some(Direction::Inbound) => {
            (party(customer, PartyRole::Customer), party(assistant, PartyRole::Agent))
        }
        Some(Direction::Outbound) => {
            (party(assistant, PartyRole::Agent), party(customer, PartyRole::Customer))
        }
        _ => {
            let raw = |number: Option<PhoneNumber>| number.map(|number| number.raw);
            json_object::put_value(metadata, "customer_phone_number", raw(customer));
            json_object::put_value(metadata, "assistant_phone_number", raw(assistant));
            (None, None)
        }
    }
}

/// The transcript's lines as turns, beside the text itself.
fn transcript(running: Option<String>, single: bool) -> Transcript {
    if !single {
        return Transcript::empty(TranscriptState::NotRequested);
    }
    transcript::inline(transcript::turns(running.as_deref(), LABELS), running)
}

#[cfg(test)]
#[path = "tests/vozagent.rs"]
mod tests;
