//! AgentVoice: the light record, and the groups of fields that can be asked
//! for on top of it.
//!
//! Belongs here: what AgentVoice's fields mean. [`FIELDS`] is the whole table.
//! Of the fields beyond the light record only the names are documented: they
//! are kept as they come, and taken apart only where a value explains itself.
//! Lengths are seconds; there are no costs.

#![cfg(feature = "agentvoice")]

use crate::{
    Context, Error, MappedRecords, Mapping, RejectedRecord,
    convert::{
        ConnectionEvidence, Warnings, end_reason, fields, finish,
        json_object::{self, Name},
        media, party, text, time, words,
    },
    json_text::{self, Shapes},
    model::{
        Agent, AnsweredBy, Call, Direction, DurationBasis, Entity, JsonObject, Latency, Outcome,
        PartyRole, Transcript, TranscriptState,
    },
};
use callfold_agentvoice::types;
use callfold_record::{Lenient, RawJson};
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
    "/contact_id" => "contact_id, customer",
    "/contact_first_name" => "from, to, customer",
    "/contact_last_name" => "from, to, customer",
    "/contact_email" => "from, to, customer",
    "/phone_number" => "from, to, customer",
    "/phone_number_called_from" => "from, agent_line, facts",
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
    "/notes" => "facts",
    "/action_executions" => "facts",
    "/action_summary" => "facts",
    "/quality_metrics" => "analysis",
    "/enhanced_context" => "facts",
    "/latency_metrics" => "analysis, latency",
    "/audio_metrics" => "analysis",
    "/turn_events" => "facts",
    "/interruptions" => "facts",
    "/tool_usage" => "facts",
}

const SHAPES: Shapes = Shapes {
    vendor: VENDOR,
    ids: &["id"],
    paths: &[&["data"]],
    known: "a call with `id`, a page with `data`, or an array of calls",
};

/// Maps one record, with whatever groups of fields it has.
///
/// # Errors
///
/// [`RejectedRecord`] when the record has no usable `id`.
pub fn map_record(record: Lenient<types::Call>, context: &Context) -> Result<Call, RejectedRecord> {
    let json_text::DecodedRecord { raw, record, issues } =
        json_text::decode(VENDOR, record, context)?;
    let warnings = &mut Warnings::new(issues);
    warnings.extra("", &record.extra);
    let call_type = record.call_type.map(|word| word.to_string());
    let direction = words::direction(call_type, "/call_type", warnings);
    let (status, word) = words::status(record.status, "/status", &[], warnings);
    let end = end_reason::end_reason(VENDOR, record.ended_reason, "/ended_reason", warnings);
    let created_at = time::instant(record.created_at, "/created_at", context, warnings);
    let started_at = time::instant(record.started_at, "/started_at", context, warnings);
    let ended_at = time::instant(record.ended_at, "/ended_at", context, warnings);
    let duration = time::between(started_at, ended_at, "/ended_at", warnings);
    let reported_duration = time::seconds(record.call_duration, "/call_duration", warnings);
    time::check_reported(reported_duration, duration, &[], "/call_duration", warnings);
    let customer = party::party(
        party::phone(record.phone_number, "/phone_number", context, warnings),
        full_name(record.contact_first_name, record.contact_last_name),
        record.contact_email,
        Some(PartyRole::Customer),
    );
    let line = party::phone(
        record.phone_number_called_from,
        "/phone_number_called_from",
        context,
        warnings,
    );
    let mut facts = JsonObject::new();
    // Whose number an inbound call came to is not told.
    let (from, to, agent_line) = match &direction {
        Some(Direction::Outbound) => {
            let line = party::party(line, None, None, Some(PartyRole::Agent));
            (line.clone(), customer.clone(), line)
        }
        direction => {
            let number = line.number.map(|number| number.raw);
            json_object::put_value(&mut facts, "phone_number_called_from", number);
            (customer.clone().filter(|_| *direction == Some(Direction::Inbound)), None, None)
        }
    };
    json_object::put(&mut facts, "notes", record.notes);
    json_object::put(&mut facts, "action_executions", record.action_executions);
    json_object::put(&mut facts, "action_summary", record.action_summary);
    json_object::put(&mut facts, "enhanced_context", record.enhanced_context);
    json_object::put(&mut facts, "turn_events", record.turn_events);
    json_object::put(&mut facts, "interruptions", record.interruptions);
    json_object::put(&mut facts, "tool_usage", record.tool_usage);
    let mut analysis = JsonObject::new();
    let latency = latency(record.latency_metrics.as_ref(), warnings);
    let summary = summary(record.call_description, &mut analysis);
    json_object::put(&mut analysis, "post_call_analysis", record.post_call_analysis);
    json_object::put(&mut analysis, "custom_analysis", record.custom_analysis);
    json_object::put(&mut analysis, "structured_data_results", record.structured_data_results);
    json_object::put(&mut analysis, "quality_metrics", record.quality_metrics);
    json_object::put(&mut analysis, "latency_metrics", record.latency_metrics);
    json_object::put(&mut analysis, "audio_metrics", record.audio_metrics);
    let asked = record.transcript_formatted.is_some()
        || record.transcript.is_some()
        || json_text::has_member(raw.get().get(), "transcript");
    let transcript = match asked {
        true => turns::transcript(
            record.transcript,
            record.transcript_formatted,
            &mut analysis,
            warnings,
        ),
        false => Transcript::empty(TranscriptState::NotRequested),
    };
    json_object::put_left_out(&mut facts, || raw.get().get(), warnings);
    let mut call = Call {
        agent: Agent::of(record.agent_id, record.agent_name),
        campaign: Entity::of(record.campaign_id, record.campaign_name),
        contact_id: text(record.contact_id),
        direction,
        from,
        to,
        customer,
        agent_line,
        status: status.unwrap_or_else(|| end_reason::status_by_end(ended_at)),
        answered_by: answered_by(record.went_to_voicemail),
        end,
        created_at,
        started_at,
        ended_at,
        duration,
        duration_basis: duration.map(|_| DurationBasis::Start),
        reported_duration,
        latency,
        transcript,
        recordings: media::recording(record.recording_url, None, false),
        summary,
        outcome: Outcome { success: record.call_success, ..Outcome::default() },
        analysis,
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

/// Maps a text that holds one record (as the single record and the most recent
/// call are sent), a page, or an array of records. Records without a usable id
/// are in [`MappedRecords::rejected`].
///
/// # Errors
///
/// [`ErrorKind::NotJson`](crate::ErrorKind::NotJson) and
/// [`ErrorKind::UnknownShape`](crate::ErrorKind::UnknownShape).
pub fn from_json_with(text: &str, context: &Context) -> Result<MappedRecords, Error> {
    json_text::read(&SHAPES, text, context, map_record)
}

/// A mailbox is a machine; that none was met does not make it a person.
fn answered_by(went_to_voicemail: Option<bool>) -> Option<AnsweredBy> {
    (went_to_voicemail == Some(true)).then_some(AnsweredBy::Machine)
}

fn full_name(first: Option<String>, last: Option<String>) -> Option<String> {
    match (text(first), text(last)) {
        (Some(first), Some(last)) => Some(format!("{first} {last}")),
        (first, last) => first.or(last),
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
/// in the analysis, because no unit is documented; so does `duration_ms`, which
/// is no latency.
fn latency(metrics: Option<&RawJson>, warnings: &mut Warnings) -> Vec<Latency> {
    let members = metrics.and_then(json_object::members).unwrap_or_default();
    let stage = |(name, value): (Name<'_>, &RawValue)| {
        let stage = name.strip_suffix("_ms").filter(|stage| *stage != "duration")?;
        let value = json_object::number(value);
        let value = media::statistic(value, "/latency_metrics/", &name, warnings)?;
        Some(Latency { value: Some(value), ..Latency::stage(stage) })
    };
    members.into_iter().filter_map(stage).collect()
}

#[cfg(test)]
#[path = "tests/agentvoice.rs"]
mod tests;
