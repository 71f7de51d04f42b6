//! Vaani: the call history, and the details and transcripts that are fetched
//! one by one.
//!
//! Belongs here: what Vaani's fields mean. [`FIELDS`] is the whole table.
//! Times carry no offset and are read at the context's. The record names no
//! state: a call is over when it has an end. `call_status` holds no state but
//! the reason the call ended. `Start_time` is when the call was dispatched;
//! lengths are milliseconds, costs credits.

#![cfg(feature = "vaani")]

use crate::{
    Context, Error, MappedRecords, Mapping, RejectedRecord,
    convert::{
        ConnectionEvidence, Warnings, cost, end_reason, fields, finish, json_object, media, party,
        text, time, transcript, words,
    },
    json_text::{self, Shapes},
    model::{
        Agent, AnalysisState, Call, CostUnit, Direction, Disposition, DurationBasis, EndReason,
        Entity, JsonObject, Outcome, Recording, Status, Timestamp, Transcript, TranscriptState,
        Warning, WarningCode,
    },
};
use callfold_record::{Lenient, OpenEnum, RawJson};
use callfold_vaani::types;

mod event;

/// The vendor's crate, whose records are mapped here.
#[doc(no_inline)]
pub use callfold_vaani as api;

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
    "/from_number" => "from, customer, agent_line",
    "/to_number" => "to, customer, agent_line",
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
    "/chat_history" => "facts",
    "/callback_requested" => "outcome",
    "/callback_id" => "facts",
    "/callback_status" => "facts",
}

const SHAPES: Shapes = Shapes {
    vendor: VENDOR,
    ids: &["call_id"],
    paths: &[&["data"]],
    known: "a call with `call_id`, a page with `data`, an array of calls, or an event with `event`",
};

/// An outbound call that was picked up has a time of pick-up; no word says so.
const CONNECTION: ConnectionEvidence<'_> = ConnectionEvidence { word: None, reports_pick_up: true };

/// Maps one record of the call history.
///
/// # Errors
///
/// [`RejectedRecord`] when the record has no usable `call_id`.
pub fn map_record(record: Lenient<types::Call>, context: &Context) -> Result<Call, RejectedRecord> {
    let json_text::DecodedRecord { raw, record, issues } =
        json_text::decode(VENDOR, record, context)?;
    let warnings = &mut Warnings::new(issues);
    warnings.extra("", &record.extra);
    let mut at = |value, pointer| time::instant(value, pointer, context, warnings);
    let started_at = at(record.start_time, "/Start_time");
    let dialing_at = at(record.call_dialing_at, "/call_dialing_at");
    let ringing_at = at(record.call_ringing_at, "/call_ringing_at");
    let answered_at = at(record.user_picked_up_at, "/user_picked_up_at");
    let ended_at = at(record.end_time, "/End_time");
    let mut facts = JsonObject::new();
    let direction = direction(record.direction, record.call_type, &mut facts, warnings);
    let (from_role, to_role) = party::roles(direction.as_ref());
    let end = end_reason(record.call_status, ended_at, &mut facts, warnings);
    let duration = time::between(started_at, ended_at, "/End_time", warnings);
    let talk_time = time::between(answered_at, ended_at, "/user_picked_up_at", warnings);
    let ring_time =
        time::between(ringing_at, answered_at.or(ended_at), "/call_ringing_at", warnings);
    let reported_duration = time::millis(record.duration_ms, "/duration_ms", warnings);
    let others =
        [talk_time, time::length(ringing_at, ended_at), time::length(dialing_at, ended_at)];
    time::check_reported(reported_duration, duration, &others, "/duration_ms", warnings);
    let from_number = party::phone(record.from_number, "/from_number", context, warnings);
    let to_number = party::phone(record.to_number, "/to_number", context, warnings);
    let cost = cost::amount(record.call_cost, "/call_cost", warnings);
    let analysis_state = analysis_state(record.post_processing_status, warnings);
    let mut analysis = JsonObject::new();
    json_object::put(&mut analysis, "call_entity", record.call_entity);
    json_object::put(&mut analysis, "call_conversation_quality", record.call_conversation_quality);
    let mut metadata = JsonObject::new();
    json_object::spread(&mut metadata, "call_metadata", record.call_metadata);
    json_object::put(&mut facts, "chat_history", record.chat_history);
    json_object::put_value(&mut facts, "callback_id", record.callback_id);
    json_object::put_value(&mut facts, "callback_status", record.callback_status);
    json_object::put_left_out(&mut facts, || raw.get().get(), warnings);
    let mut call = Call {
        organization: Entity::of(record.client_id, record.client_name),
        agent: Agent::of(record.agent_id, record.agent_name),
        from: party::party(from_number, None, None, from_role),
        to: party::party(to_number, None, None, to_role),
        status: status(ended_at.is_some() || end.is_some(), answered_at, ringing_at),
        direction,
        end,
        dialing_at,
        ringing_at,
        answered_at,
        started_at,
        ended_at,
        duration,
        duration_basis: duration.map(|_| DurationBasis::Dispatch),
        talk_time,
        ring_time,
        reported_duration,
        cost: cost::cost(cost, CostUnit::Credits, Vec::new(), "/call_cost", warnings),
        transcript: remote(record.call_transcription),
        recordings: recordings(record.recording_api, context),
        summary: text(record.call_summary).filter(|text| !is_absence(text)),
        outcome: Outcome {
            evaluation: evaluation(record.call_eval_tag),
            callback_requested: record.callback_requested,
            ..Outcome::default()
        },
        analysis,
        metadata,
        facts,
        warnings: warnings.finish(),
        raw: json_text::raw_for_call(raw, context),
        ..Call::new(json_text::id(VENDOR, context, record.call_id))
    };
    finish(&mut call, CONNECTION, context);
    call.analysis_state =
        analysis_state.filter(|state| *state != AnalysisState::Pending || has_analysis(&call));
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

/// Maps a text that holds one record, a page of the call history, an array of
/// records, or one event of a webhook. Records without a usable id are in
/// [`MappedRecords::rejected`].
///
/// # Errors
///
/// [`ErrorKind::NotJson`](crate::ErrorKind::NotJson) and
/// [`ErrorKind::UnknownShape`](crate::ErrorKind::UnknownShape).
pub fn from_json_with(text: &str, context: &Context) -> Result<MappedRecords, Error> {
    match json_text::event(text) {
        Some(event) => Ok(MappedRecords::one(event::map_event(event, context))),
        None => json_text::read(&SHAPES, text, context, map_record),
    }
}

/// Adds a transcript that was fetched from [`Transcript::url`]. A body that
/// says in its text that there is none leaves the transcript
/// [`Unavailable`](TranscriptState::Unavailable), unless the details brought
/// one already. Its `function`, the name of the vendor's own function, says
/// nothing about the call.
pub fn with_transcript(call: &mut Call, body: types::Transcript, context: &Context) {
    let gone = body.status_code.is_some_and(|status| status >= 400);
    put_transcript(call, body.transcript.filter(|_| !gone), context);
}

/// Adds the details of a call: transcript, extraction, verdicts and summary.
/// The sentences that stand in their place before processing are left out.
pub fn with_details(call: &mut Call, body: types::CallDetails, context: &Context) {
    let present = |value: Option<RawJson>| {
        value.filter(|value| json_object::string(value).is_none_or(|text| !is_absence(&text)))
    };
    put_transcript(call, body.transcription, context);
    json_object::replace(&mut call.analysis, "call_entity", present(body.entity));
    json_object::replace(
        &mut call.analysis,
        "call_conversation_quality",
        present(body.conversation_eval),
    );
    if let Some(summary) = text(body.summary).filter(|text| !is_absence(text)) {
        call.summary = Some(summary);
    }
    if let Some(evaluation) = evaluation(body.call_eval_tag) {
        call.outcome.evaluation = Some(evaluation);
    }
}

fn put_transcript(call: &mut Call, running: Option<String>, context: &Context) {
    let running = text(running).filter(|text| !is_absence(text));
    if running.is_none() && call.transcript.state == TranscriptState::Inline {
        return;
    }
    let since = call.answered_at.or(call.started_at);
    let lines = running.as_deref().map(|running| transcript::lines(running, &[]));
    let (turns, is_placed) =
        transcript::place(lines.unwrap_or_default(), since, call.ended_at, context.assume_offset);
    if !is_placed {
        call.warnings.push(Warning::new(
            WarningCode::TurnOutsideCall,
            "/call_transcription",
            "the stamps of the transcript do not fit the call; its turns have no time",
        ));
    }
    let url = call.transcript.url.take();
    call.transcript = Transcript { url, ..transcript::inline(turns, running) };
    CONNECTION.fill(call);
}

/// The sentences that are sent in place of a text: "Transcript not found in
/// …", "Transcript is not available for further evaluations."
fn is_absence(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with("Transcript not found") || text.starts_with("Transcript is not available")
}

/// One direction out of two fields. When they name different ones, neither is
/// believed. A word that is not taken is kept in the facts.
fn direction(
    direction: Option<OpenEnum<types::KnownDirection>>,
    call_type: Option<OpenEnum<types::KnownCallType>>,
    facts: &mut JsonObject,
    warnings: &mut Warnings,
) -> Option<Direction> {
    let mut read = |word: Option<String>, pointer| words::direction(word, pointer, warnings);
    let first = read(direction.map(|word| word.to_string()), "/direction");
    let second = read(call_type.map(|word| word.to_string()), "/call_type");
    let mut keep = |name, word: Direction| {
        json_object::put_value(facts, name, Some(word.as_str()));
    };
    match (first, second) {
        (Some(a), Some(b)) if a == b => Some(a),
        (Some(a), Some(b)) if b.is_other() => {
            keep("call_type", b);
            Some(a)
        }
        (Some(a), Some(b)) if a.is_other() => {
            keep("direction", a);
            Some(b)
        }
        (Some(a), Some(b)) => {
            keep("direction", a);
            keep("call_type", b);
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
/// known reason is not taken for one, but kept in the facts.
fn end_reason(
    call_status: Option<String>,
    ended_at: Option<Timestamp>,
    facts: &mut JsonObject,
    warnings: &mut Warnings,
) -> Option<EndReason> {
    let end = end_reason::end_reason(VENDOR, call_status, "/call_status", warnings)?;
    if ended_at.is_none() && end.kind.is_other() {
        json_object::put_value(facts, "call_status", Some(end.raw));
        return None;
    }
    warnings.add(
        WarningCode::StatusIsEndReason,
        "/call_status",
        "the field holds the reason the call ended; the state is taken from its times",
    );
    Some(end)
}

/// The recording; the documentation names two media types. The API's own endpoint needs the key;
/// any other place must never get it.
fn recordings(url: Option<String>, context: &Context) -> Vec<Recording> {
    let api = url.as_deref().and_then(|url| media::api_path(url, context, types::BASE_URL));
    let needs_auth = api.is_some_and(|(path, _)| path.starts_with("/api/stream/"));
    media::recording(url, None, needs_auth)
}

/// A transcript that has to be fetched.
fn remote(url: Option<String>) -> Transcript {
    match text(url) {
        Some(url) => Transcript { url: Some(url), ..Transcript::empty(TranscriptState::Remote) },
        None => Transcript::empty(TranscriptState::Unavailable),
    }
}

/// The verdict; "not enough data" is none.
fn evaluation(tag: Option<String>) -> Option<String> {
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

/// Whether an analysis that is pending can still come: the call is over and
/// was answered, or may have been.
fn has_analysis(call: &Call) -> bool {
    let is_answered = matches!(
        call.disposition,
        None | Some(Disposition::Answered | Disposition::Voicemail | Disposition::Other(_))
    );
    call.status.is_final() && is_answered
}

#[cfg(test)]
#[path = "tests/vaani.rs"]
mod tests;

#[cfg(test)]
#[path = "tests/vaani_event.rs"]
mod event_tests;
