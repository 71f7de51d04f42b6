//! AgentVoice: the light record, and the groups of fields that can be asked
//! for on top of it.
//!
//! Belongs here: what AgentVoice's fields mean. [`FIELDS`] is the whole table.
//! Of the fields beyond the light record only the names are documented: they
//! are kept as they come, and taken apart only where a value explains itself.

#![cfg(feature = "agentvoice")]

use crate::{
    Batch, Context, Error, Mapping, RejectedRecord,
    batch::{self, Shapes},
    convert::{
        Warnings, end_reason, fields,
        json_object::{self, Name},
        media, party, text, time, transcript,
    },
    model::{
        AnsweredBy, Call, Direction, Disposition, Entity, JsonObject, Latency, Outcome, Party,
        PartyRole, PhoneNumber, Speaker, Status, Transcript, TranscriptState, Turn,
    },
};
use callfold_agentvoice::types;
use callfold_record::{Lenient, OpenEnum, RawJson};
use serde_json::value::RawValue;

mod turns;

/// The vendor's crate, whose records are mapped here.
#[doc(no_inline)]
pub use callfold_agentvoice as api;

/// The vendor's name, as in a call's id.
pub const VENDOR: &str = "agentvoice";

/// This mapping, for callers that hold several.
pub const MAPPING: Mapping = Mapping { vendor: VENDOR, from_json_with, fields: FIELDS };

fields! {
    "/id" => "call_id",
    "/agent_id" => "agent",
    "/agent_name" => "agent",
    "/contact_id" => "contact_id",
    "/contact_first_name" => "to",
    "/contact_last_name" => "to",
    "/contact_email" => "to",
    "/phone_number" => "to",
    "/phone_number_called_from" => "from",
    "/call_type" => "direction",
    "/status" => "status",
    "/call_success" => "outcome",
    "/went_to_voicemail" => "answered_by",
    "/call_duration" => "reported_duration_ms",
    "/started_at" => "started_at",
    "/ended_at" => "ended_at",
    "/ended_reason" => "end",
    "/recording_url" => "recordings",
    "/campaign_id" => "campaign",
    "/campaign_name" => "campaign",
    "/created_at" => "created_at",
    "/transcript" => "transcript",
    "/transcript_formatted" => "transcript",
    "/post_call_analysis" => "analysis",
    "/call_description" => "summary",
    "/custom_analysis" => "analysis",
    "/structured_data_results" => "analysis",
    "/notes" => "metadata",
    "/action_executions" => "metadata",
    "/action_summary" => "metadata",
    "/quality_metrics" => "analysis",
    "/enhanced_context" => "metadata",
    "/latency_metrics" => "analysis",
    "/audio_metrics" => "analysis",
    "/turn_events" => "raw: diagnostics of an undocumented shape",
    "/interruptions" => "raw: diagnostics of an undocumented shape",
    "/tool_usage" => "raw: diagnostics of an undocumented shape",
}

const SHAPES: Shapes = Shapes {
    vendor: VENDOR,
    id: "id",
    paths: &[&["data"]],
    known: "a call with `id`, a page with `data`, or an array of calls",
};

/// The words before a colon in a transcript; none are documented.
const LABELS: &transcript::Labels = &[
    ("Agent", Speaker::Agent),
    ("Assistant", Speaker::Agent),
    ("AI", Speaker::Agent),
    ("Customer", Speaker::Customer),
    ("User", Speaker::Customer),
];

/// Maps one record, with whatever groups of fields it has.
///
/// # Errors
///
/// [`RejectedRecord`] when the record has no usable `id`.
pub fn call(record: Lenient<types::Call>, context: &Context) -> Result<Call, RejectedRecord> {
    let batch::Opened { raw, record, issues } = batch::open(VENDOR, record, context)?;
    let mut warnings = Warnings::of(issues);
    let n = &mut warnings;
    n.extra("", &record.extra);
    let direction = direction(record.call_type, n);
    let (status, said) = status(text(record.status), n);
    let answered_by = answered_by(record.went_to_voicemail);
    let end = end_reason::end_reason(VENDOR, record.ended_reason, "/ended_reason", n);
    let created_at = time::instant(record.created_at, "/created_at", n);
    let started_at = time::instant(record.started_at, "/started_at", n);
    let ended_at = time::instant(record.ended_at, "/ended_at", n);
    let duration = time::between(started_at, ended_at, "/ended_at", n);
    let reported_duration = time::whole_seconds(record.call_duration, "/call_duration", n);
    time::check_reported(reported_duration, duration, "/call_duration", n);
    let contact = Contact {
        number: party::phone(record.phone_number, "/phone_number", n),
        name: full_name(record.contact_first_name, record.contact_last_name),
        email: text(record.contact_email),
    };
    let line = party::phone(record.phone_number_called_from, "/phone_number_called_from", n);
    let mut metadata = JsonObject::new();
    let (from, to) = parties(contact, line, direction.as_ref(), &mut metadata);
    json_object::put(&mut metadata, "notes", record.notes);
    json_object::put(&mut metadata, "action_executions", record.action_executions);
    json_object::put(&mut metadata, "action_summary", record.action_summary);
    json_object::put(&mut metadata, "enhanced_context", record.enhanced_context);
    let mut analysis = JsonObject::new();
    let latency = latency(record.latency_metrics.as_ref(), n);
    let summary = summary(record.call_description, &mut analysis);
    json_object::put(&mut analysis, "post_call_analysis", record.post_call_analysis);
    json_object::put(&mut analysis, "custom_analysis", record.custom_analysis);
    json_object::put(&mut analysis, "structured_data_results", record.structured_data_results);
    json_object::put(&mut analysis, "quality_metrics", record.quality_metrics);
    json_object::put(&mut analysis, "latency_metrics", record.latency_metrics);
    json_object::put(&mut analysis, "audio_metrics", record.audio_metrics);
    let turns = record.transcript_formatted.as_ref().and_then(turns::formatted);
    let asked = record.transcript_formatted.is_some()
        || record.transcript.is_some()
        || batch::has_member(raw.get().get(), "transcript");
    if turns.is_none() {
        json_object::put(&mut analysis, "transcript_formatted", record.transcript_formatted);
    }
    let transcript = transcript(record.transcript, turns, asked);
    Ok(Call {
        agent: Entity::of(record.agent_id, record.agent_name),
        campaign: Entity::of(record.campaign_id, record.campaign_name),
        contact_id: text(record.contact_id),
        direction,
        from,
        to,
        status: status.unwrap_or_else(|| end_reason::status_by_end(ended_at)),
        disposition: end_reason::disposition(said, answered_by.as_ref(), false, end.as_ref()),
        answered_by,
        end,
        created_at,
        started_at,
        ended_at,
        duration,
        reported_duration,
        latency,
        transcript,
        recordings: media::recording(record.recording_url, None, false),
        summary,
        outcome: Outcome { success: record.call_success, ..Outcome::default() },
        analysis,
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

/// Maps a text that holds one record (as the single record and the most recent
/// call are sent), a page, or an array of records. Records without a usable id
/// are in [`Batch::set_aside`].
///
/// # Errors
///
/// [`ErrorKind::NotJson`](crate::ErrorKind::NotJson) and
/// [`ErrorKind::UnknownShape`](crate::ErrorKind::UnknownShape).
pub fn from_json_with(text: &str, context: &Context) -> Result<Batch, Error> {
    batch::read(&SHAPES, text, context, call)
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

/// The state, and what the word says about whether the call connected. Only
/// `completed` is documented; the others are taken when they are plain words
/// for a state.
fn status(word: Option<String>, warnings: &mut Warnings) -> (Option<Status>, Option<Disposition>) {
    let Some(word) = word else { return (None, None) };
    let (status, said) = match word.replace('_', "-").to_ascii_lowercase().as_str() {
        "completed" => (Status::Ended, Some(Disposition::Answered)),
        "ended" => (Status::Ended, None),
        "in-progress" => (Status::InProgress, Some(Disposition::Answered)),
        "ringing" => (Status::Ringing, None),
        "queued" => (Status::Queued, None),
        "scheduled" => (Status::Scheduled, None),
        "failed" => (Status::Failed, Some(Disposition::Failed)),
        _ => {
            warnings.unknown("/status");
            (Status::Other(word), None)
        }
    };
    (Some(status), said)
}

/// A mailbox is a machine; that none was met does not make it a person.
fn answered_by(went_to_voicemail: Option<bool>) -> Option<AnsweredBy> {
    (went_to_voicemail == Some(true)).then_some(AnsweredBy::Machine)
}

/// The customer, as far as the record says.
struct Contact {
    number: Option<PhoneNumber>,
    name: Option<String>,
    email: Option<String>,
}

fn full_name(first: Option<String>, last: Option<String>) -> Option<String> {
    match (text(first), text(last)) {
        (Some(first), Some(last)) => Some(format!("{first} {last}")),
        (first, last) => first.or(last),
    }
}

/// Who calls whom. Outbound: from `phone_number_called_from` to the contact.
/// Inbound: the contact calls, and the number called is not claimed. What has
/// no place is kept in the metadata.
fn parties(
    contact: Contact,
    line: Option<PhoneNumber>,
    direction: Option<&Direction>,
    metadata: &mut JsonObject,
) -> (Option<Party>, Option<Party>) {
    let customer = |contact: Contact| {
        party::party(contact.number, contact.name, contact.email, Some(PartyRole::Customer))
    };
    let raw = |number: Option<PhoneNumber>| number.map(|number| number.raw);
    match direction {
        Some(Direction::Outbound) => {
            (party::party(line, None, None, Some(PartyRole::Agent)), customer(contact))
        }
        Some(Direction::Inbound) => {
            json_object::put_value(metadata, "phone_number_called_from", raw(line));
            (customer(contact), None)
        }
        _ => {
            json_object::put_value(metadata, "phone_number", raw(contact.number));
            json_object::put_value(metadata, "phone_number_called_from", raw(line));
            json_object::put_value(metadata, "contact_name", contact.name);
            json_object::put_value(metadata, "contact_email", contact.email);
            (None, None)
        }
    }
}

/// The description if it is a text; any other value is kept in the analysis.
fn summary(description: Option<RawJson>, analysis: &mut JsonObject) -> Option<String> {
    let description = description?;
    if !description.is_string() {
        json_object::put(analysis, "call_description", Some(description));
        return None;
    }
    text(json_object::string(&description))
}

/// The numbers whose names carry their unit: `<stage>_ms`. Anything else stays
/// in the analysis, because no unit is documented.
fn latency(metrics: Option<&RawJson>, warnings: &mut Warnings) -> Vec<Latency> {
    let members = metrics.and_then(json_object::members).unwrap_or_default();
    let stage = |(name, value): (Name<'_>, &RawValue)| {
        let stage = name.strip_suffix("_ms")?;
        let value = json_object::number(value);
        let value = media::statistic(value, "/latency_metrics/", &name, warnings)?;
        Some(Latency { value: Some(value), ..Latency::stage(stage) })
    };
    members.into_iter().filter_map(stage).collect()
}

/// The formatted turns, or else the text's. A record without either field was
/// not asked for its transcript.
fn transcript(running: Option<String>, turns: Option<Vec<Turn>>, asked: bool) -> Transcript {
    if !asked {
        return Transcript::empty(TranscriptState::NotRequested);
    }
    let turns = turns.unwrap_or_else(|| transcript::turns(running.as_deref(), LABELS));
    transcript::inline(turns, running)
}

#[cfg(test)]
#[path = "tests/agentvoice.rs"]
mod tests;
