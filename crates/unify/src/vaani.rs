//! Vaani: the call history, and the details and transcripts that are fetched
//! one by one.
//!
//! Belongs here: what Vaani's fields mean. [`FIELDS`] is the whole table.
//! Times carry no offset and are read at the context's. The record names no
//! state: a call is over when it has an end. `call_status` holds no state but
//! the reason the call ended.

use crate::{
    Batch, Context, Error, Mapping, RejectedRecord,
    batch::{self, Shapes},
    convert::{
        Warnings, cost, end_reason, fields, json_object, media, party, text, time, transcript,
    },
    model::{
        AnalysisState, Call, CostUnit, Direction, Disposition, EndReason, EndReasonKind, Entity,
        JsonObject, Outcome, Speaker, Status, Timestamp, Transcript, TranscriptState, Turn,
        WarningCode,
    },
};
use callfold_record::{Lenient, OpenEnum, RawJson};
use callfold_vaani::types;

mod event;

/// The vendor's name, as in a call's id.
pub const VENDOR: &str = "vaani";

/// This mapping, for callers that hold several.
pub const MAPPING: Mapping = Mapping { vendor: VENDOR, from_json_with, fields: FIELDS };

fields! {
    "/call_id" => "call_id",
    "/call_type" => "direction",
    "/direction" => "direction",
    "/call_status" => "end",
    "/agent_name" => "agent",
    "/agent_id" => "agent",
    "/client_name" => "organization",
    "/client_id" => "organization",
    "/from_number" => "from",
    "/to_number" => "to",
    "/Start_time" => "started_at",
    "/End_time" => "ended_at",
    "/duration_ms" => "reported_duration_ms",
    "/call_cost" => "cost",
    "/call_summary" => "summary",
    "/call_entity" => "analysis",
    "/call_eval_tag" => "outcome",
    "/call_conversation_quality" => "analysis",
    "/post_processing_status" => "analysis_state",
    "/call_dialing_at" => "dialing_at",
    "/call_ringing_at" => "ringing_at",
    "/user_picked_up_at" => "answered_at",
    "/recording_api" => "recordings",
    "/call_transcription" => "transcript",
    "/call_metadata" => "metadata",
    "/chat_history" => "metadata",
    "/callback_requested" => "metadata",
    "/callback_id" => "metadata",
    "/callback_status" => "metadata",
}

const SHAPES: Shapes = Shapes {
    vendor: VENDOR,
    id: "call_id",
    paths: &[&["data"]],
    known: "a call with `call_id`, a page with `data`, an array of calls, or an event with `event`",
};

/// The words before a colon in a transcript.
const LABELS: &transcript::Labels = &[("AGENT", Speaker::Agent), ("USER", Speaker::Customer)];

/// Maps one record of the call history.
///
/// # Errors
///
/// [`RejectedRecord`] when the record has no usable `call_id`.
pub fn call(record: Lenient<types::Call>, context: &Context) -> Result<Call, RejectedRecord> {
    let batch::Opened { raw, record, issues } = batch::open(VENDOR, record, context)?;
    let mut warnings = Warnings::of(issues);
    let n = &mut warnings;
    n.extra("", &record.extra);
    let mut at = |value, pointer| time::naive(value, context.assume_offset, pointer, n);
    let started_at = at(record.start_time, "/Start_time");
    let dialing_at = at(record.call_dialing_at, "/call_dialing_at");
    let ringing_at = at(record.call_ringing_at, "/call_ringing_at");
    let answered_at = at(record.user_picked_up_at, "/user_picked_up_at");
    let ended_at = at(record.end_time, "/End_time");
    let direction = direction(record.direction, record.call_type, n);
    let (from_role, to_role) = party::roles(direction.as_ref());
    let end = end_reason(record.call_status, ended_at, n);
    let duration = time::between(started_at, ended_at, "/End_time", n);
    let reported_duration = time::millis(record.duration_ms, "/duration_ms", n);
    time::check_reported(reported_duration, duration, "/duration_ms", n);
    let from_number = party::phone(record.from_number, "/from_number", n);
    let to_number = party::phone(record.to_number, "/to_number", n);
    let cost = cost::amount(record.call_cost, "/call_cost", n);
    let mut analysis = JsonObject::new();
    json_object::put(&mut analysis, "call_entity", record.call_entity);
    json_object::put(&mut analysis, "call_conversation_quality", record.call_conversation_quality);
    let mut metadata = JsonObject::new();
    json_object::spread(&mut metadata, "call_metadata", record.call_metadata);
    json_object::put(&mut metadata, "chat_history", record.chat_history);
    json_object::put_value(&mut metadata, "callback_requested", record.callback_requested);
    json_object::put_value(&mut metadata, "callback_id", record.callback_id);
    json_object::put_value(&mut metadata, "callback_status", record.callback_status);
    Ok(Call {
        organization: Entity::of(record.client_id, record.client_name),
        agent: Entity::of(record.agent_id, record.agent_name),
        from: party::party(from_number, None, None, from_role),
        to: party::party(to_number, None, None, to_role),
        status: status(ended_at.is_some() || end.is_some(), answered_at, ringing_at),
        disposition: disposition(answered_at, direction.as_ref(), end.as_ref()),
        direction,
        end,
        dialing_at,
        ringing_at,
        answered_at,
        started_at,
        ended_at,
        duration,
        talk_time: time::between(answered_at, ended_at, "/user_picked_up_at", n),
        ring_time: time::between(ringing_at, answered_at, "/call_ringing_at", n),
        reported_duration,
        cost: cost::cost(cost, CostUnit::Credits, Vec::new(), "/call_cost", n),
        transcript: remote(record.call_transcription),
        recordings: media::recording(record.recording_api, None, true),
        summary: text(record.call_summary),
        outcome: Outcome { label: label(record.call_eval_tag), ..Outcome::default() },
        analysis,
        metadata,
        analysis_state: analysis_state(record.post_processing_status, n),
        warnings: warnings.into_warnings(),
        raw: batch::kept(raw, context),
        ..Call::new(batch::id(VENDOR, context, record.call_id))
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

/// Maps a text that holds one record, a page of the call history, an array of
/// records, or one event of a webhook. Records without a usable id are in
/// [`Batch::set_aside`].
///
/// # Errors
///
/// [`ErrorKind::NotJson`](crate::ErrorKind::NotJson) and
/// [`ErrorKind::UnknownShape`](crate::ErrorKind::UnknownShape).
pub fn from_json_with(text: &str, context: &Context) -> Result<Batch, Error> {
    match batch::event(text) {
        Some(event) => Ok(Batch::one(event::call(event, context))),
        None => batch::read(&SHAPES, text, context, call),
    }
}

/// Adds a transcript that was fetched from [`Transcript::url`]. A body that
/// says in its text that there is none leaves the transcript
/// [`Unavailable`](TranscriptState::Unavailable), unless the details brought
/// one already. Its `function`, the name of the vendor's own function, says
/// nothing about the call.
pub fn with_transcript(call: &mut Call, body: types::Transcript) {
    let gone = body.status_code.is_some_and(|status| status >= 400);
    put_transcript(call, body.transcript.filter(|_| !gone));
}

/// Adds the details of a call: transcript, extraction, verdicts and summary.
/// The sentences that stand in their place before processing are left out.
pub fn with_details(call: &mut Call, body: types::CallDetails) {
    let said = |value: Option<RawJson>| {
        value.filter(|value| json_object::string(value).is_none_or(|text| !is_absence(&text)))
    };
    put_transcript(call, body.transcription);
    json_object::replace(&mut call.analysis, "call_entity", said(body.entity));
    json_object::replace(
        &mut call.analysis,
        "call_conversation_quality",
        said(body.conversation_eval),
    );
    if let Some(summary) = text(body.summary).filter(|text| !is_absence(text)) {
        call.summary = Some(summary);
    }
    if let Some(label) = label(body.call_eval_tag) {
        call.outcome.label = Some(label);
    }
}

fn put_transcript(call: &mut Call, running: Option<String>) {
    let running = text(running).filter(|text| !is_absence(text));
    if running.is_none() && call.transcript.state == TranscriptState::Inline {
        return;
    }
    let since = call.answered_at.or(call.started_at);
    let turns = labelled_turns(running.as_deref(), since, call.ended_at);
    let url = call.transcript.url.take();
    call.transcript = Transcript { url, ..transcript::inline(turns, running) };
}

/// The turns of a running text, with the times of their stamps where those fit
/// the call.
fn labelled_turns(
    running: Option<&str>,
    started_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
) -> Vec<Turn> {
    let lines = running.map(|running| transcript::lines(running, LABELS)).unwrap_or_default();
    transcript::place(lines, started_at, ended_at)
}

/// The sentences that are sent in place of a text: "Transcript not found in
/// …", "Transcript is not available for further evaluations."
fn is_absence(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with("Transcript not found") || text.starts_with("Transcript is not available")
}

/// One direction out of two fields. When they name different ones, neither is
/// believed.
fn direction(
    direction: Option<OpenEnum<types::KnownDirection>>,
    call_type: Option<OpenEnum<types::KnownCallType>>,
    warnings: &mut Warnings,
) -> Option<Direction> {
    use types::{KnownCallType, KnownDirection};
    let by_direction = |word| match word {
        KnownDirection::Incoming => Direction::Inbound,
        KnownDirection::Outbound => Direction::Outbound,
    };
    let by_type = |word| match word {
        KnownCallType::Inbound => Direction::Inbound,
        KnownCallType::Outbound => Direction::Outbound,
    };
    // Each field has its own words; one that uses the other's is understood.
    let either = |word: String| match word.to_ascii_lowercase().as_str() {
        "incoming" | "inbound" => Direction::Inbound,
        "outgoing" | "outbound" => Direction::Outbound,
        _ => Direction::from(word),
    };
    let first = warnings.map_enum(direction, "/direction", by_direction, either);
    let second = warnings.map_enum(call_type, "/call_type", by_type, either);
    match (first, second) {
        (Some(a), Some(b)) if a == b || b.is_other() => Some(a),
        (Some(a), Some(b)) if a.is_other() => Some(b),
        (Some(_), Some(_)) => {
            warnings.add(
                WarningCode::DirectionMismatch,
                "/direction",
                "direction and call_type name different directions; neither is taken",
            );
            None
        }
        (a, b) => a.or(b),
    }
}

/// The state by the steps that have a time: over when it has an end, or a
/// known reason for it; going on since it was picked up, ringing since it rang,
/// otherwise waiting.
fn status(is_over: bool, answered_at: Option<Timestamp>, ringing_at: Option<Timestamp>) -> Status {
    match (is_over, answered_at, ringing_at) {
        (true, _, _) => Status::Ended,
        (false, Some(_), _) => Status::InProgress,
        (false, None, Some(_)) => Status::Ringing,
        (false, None, None) => Status::Queued,
    }
}

/// The reason in `call_status`. While the call goes on, a word that is no
/// known reason is not taken for one.
fn end_reason(
    call_status: Option<String>,
    ended_at: Option<Timestamp>,
    warnings: &mut Warnings,
) -> Option<EndReason> {
    let end = end_reason::end_reason(VENDOR, call_status, "/call_status", warnings)?;
    if ended_at.is_none() && end.kind.is_other() {
        return None;
    }
    warnings.add(
        WarningCode::StatusIsEndReason,
        "/call_status",
        "the field holds the reason the call ended; the state is taken from its times",
    );
    Some(end)
}

/// Whether it connected. An outbound call has a time of pick-up if it was
/// picked up, so without one a hang-up proves nothing.
fn disposition(
    answered_at: Option<Timestamp>,
    direction: Option<&Direction>,
    reason: Option<&EndReason>,
) -> Option<Disposition> {
    let hung_up = |end: &&EndReason| {
        matches!(end.kind, EndReasonKind::CustomerHangup | EndReasonKind::AgentHangup)
    };
    let unproven = answered_at.is_none() && direction == Some(&Direction::Outbound);
    let reason = reason.filter(|end| !(unproven && hung_up(end)));
    end_reason::disposition(None, None, answered_at.is_some(), reason)
}

/// A transcript that has to be fetched.
fn remote(url: Option<String>) -> Transcript {
    match text(url) {
        Some(url) => Transcript { url: Some(url), ..Transcript::empty(TranscriptState::Remote) },
        None => Transcript::empty(TranscriptState::Unavailable),
    }
}

/// The verdict; "not enough data" is none.
fn label(tag: Option<String>) -> Option<String> {
    text(tag).filter(|tag| !tag.trim().eq_ignore_ascii_case("not enough data"))
}

/// Whether summary, extraction and verdict will still change.
fn analysis_state(
    word: Option<OpenEnum<types::KnownPostProcessingStatus>>,
    warnings: &mut Warnings,
) -> Option<AnalysisState> {
    use types::KnownPostProcessingStatus as Known;
    let known = |word| match word {
        Known::Completed => AnalysisState::Complete,
        Known::NotProcessed | Known::Processing => AnalysisState::Pending,
    };
    warnings.map_enum(word, "/post_processing_status", known, AnalysisState::from)
}

#[cfg(test)]
#[path = "tests/vaani.rs"]
mod tests;

#[cfg(test)]
#[path = "tests/vaani_event.rs"]
mod event_tests;
