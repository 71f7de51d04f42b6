//! Bland: one record for the list, the single call and the webhook after a call.
//!
//! Belongs here: what Bland's fields mean. [`FIELDS`] is the whole table. Lengths are minutes, but for
//! `corrected_duration`, which is seconds; costs are US dollars. The list has the time of the request
//! only, so that is the start of a call whose record has no `started_at`. Where `started_at` is later than
//! the request it is the pick-up, as the vendor's page says; its samples repeat the time of the request
//! there, which proves nothing.

#![cfg(feature = "bland")]

use crate::{
    Context, Error, MappedRecords, Mapping, RejectedRecord,
    convert::{
        ConnectionEvidence, Warnings, cost, fields, finish, json_object, media, party, text, time,
    },
    json_text::{self, Shapes},
    model::{
        Agent, AnalysisState, Call, Channel, CostUnit, Direction, Disposition, DurationBasis,
        JsonObject, Outcome, Party, Recording, Status, Timestamp, Transcript, TranscriptState,
        WarningCode,
    },
};
use callfold_bland::types;
use callfold_record::Lenient;
use chrono::TimeDelta;
use progress::{ConnectionProofs, Progress};
use std::time::Duration;
use transfers::Handover;

mod event;
mod progress;
mod transfers;
mod turns;

/// The vendor's crate, whose records are mapped here.
#[doc(no_inline)]
pub use callfold_bland as api;

/// The vendor's name, as in a call's id.
pub const VENDOR: &str = "bland";

/// This mapping, for callers that hold several.
pub const MAPPING: Mapping = Mapping { vendor: VENDOR, from_json_with, fields: FIELDS };

fields! {
    "/call_id" => "call_id",
    "/c_id" => "alternate_ids",
    "/created_at" => "created_at, started_at, answered_at",
    "/started_at" => "started_at, answered_at, talk_time_ms",
    "/end_at" => "ended_at, duration_ms, facts",
    "/call_length" => "reported_duration_ms, facts",
    "/corrected_duration" => "reported_duration_ms, analysis_state",
    "/max_duration" => "facts, ended_at",
    "/to" => "to, customer, agent_line, channel",
    "/from" => "from, customer, agent_line, channel",
    "/inbound" => "direction, customer, agent_line",
    "/completed" => "status",
    "/queue_status" => "status, end, facts",
    "/status" => "status, end, disposition, facts",
    "/error_message" => "error_message, end",
    "/answered_by" => "answered_by, disposition, end",
    "/call_ended_by" => "end, facts",
    "/price" => "cost",
    "/record" => "facts",
    "/recording_url" => "recordings",
    "/recording_expiration" => "facts",
    "/variables" => "facts",
    "/metadata" => "metadata",
    "/request_data" => "facts",
    "/summary" => "summary, analysis_state",
    "/analysis" => "analysis",
    "/analysis_schema" => "facts",
    "/disposition_tag" => "outcome",
    "/transferred_to" => "transfers, end",
    "/transferred_at" => "transfers",
    "/pre_transfer_duration" => "facts",
    "/post_transfer_duration" => "facts",
    "/transfer_offset_seconds" => "facts",
    "/post_transfer_transcript" => "facts",
    "/warm_transfer_call/state" => "end, facts",
    "/warm_transfer_call/proxy_agent_calls/*/state" => "transfers",
    "/warm_transfer_call/proxy_agent_calls/*/call_id" => "facts",
    "/warm_transfer_call/proxy_agent_calls/*/phone_number" => "transfers",
    "/is_proxy_agent_call" => "facts",
    "/is_canary" => "facts",
    "/is_retry" => "facts",
    "/pathway_id" => "agent",
    "/pathway_version" => "agent",
    "/pathway_tags" => "tags",
    "/pathway_logs" => "raw: the platform's own log of the conversation, with its prompts",
    "/batch_id" => "batch_id",
    "/endpoint_url" => "facts",
    "/voice_id" => "facts",
    "/local_dialing" => "facts",
    "/concatenated_transcript" => "transcript",
    "/transcripts/*/id" => "raw: a turn has no identifier",
    "/transcripts/*/created_at" => "transcript",
    "/transcripts/*/text" => "transcript",
    "/transcripts/*/user" => "transcript",
    "/transcripts/*/c_id" => "raw: repeats `call_id`",
    "/transcripts/*/status" => "raw: the state of a turn is not documented",
    "/transcripts/*/transcript_id" => "raw: a turn has no identifier",
    "/corrected_transcript" => "facts",
    "/citations" => "analysis",
    "/citation_schema_ids" => "facts",
    "/post_call_evals" => "analysis",
}

const SHAPES: Shapes = Shapes {
    vendor: VENDOR,
    ids: &["call_id"],
    paths: &[&["calls"], &["data", "calls"], &["data", "payload"]],
    known: "a call or an event with `call_id`, a page with `calls`, or an array of calls",
};

/// How much later than the request a pick-up has to be, to be one.
const PICK_UP_AFTER: TimeDelta = TimeDelta::seconds(1);

/// Maps one record, of the list, single or from the webhook after a call.
///
/// # Errors
///
/// [`RejectedRecord`] when the record has no usable `call_id`.
pub fn map_record(record: Lenient<types::Call>, context: &Context) -> Result<Call, RejectedRecord> {
    let json_text::DecodedRecord { raw, mut record, issues } =
        json_text::decode(VENDOR, record, context)?;
    let warnings = &mut Warnings::new(issues);
    warnings.extra("", &record.extra);
    let is_single = is_single(&record);
    let mut facts = JsonObject::new();
    let progress = Progress::new(&mut record, &mut facts, warnings);
    let reported_duration = reported_duration(&record, &mut facts, warnings);
    let times = CallTimes::of(&mut record, &progress, reported_duration, context, warnings);
    if !times.is_over() {
        json_object::put_value(&mut facts, "end_at", text(times.written_end.clone()));
    }
    let CallTimes { created_at, started_at, answered_at, ended_at, .. } = times;
    let duration = time::between(started_at, ended_at, "/end_at", warnings);
    let others = [time::length(created_at, ended_at)];
    let pointer = match record.corrected_duration {
        Some(_) => "/corrected_duration",
        None => "/call_length",
    };
    time::check_reported(reported_duration, duration, &others, pointer, warnings);
    let direction = direction(record.inbound);
    let parties = Parties::of(&mut record, direction.as_ref(), context, warnings);
    let transcript = match is_single {
        true => turns::transcript(&mut record, started_at, ended_at, context, warnings),
        false => Transcript::empty(TranscriptState::NotRequested),
    };
    let handover = Handover::of(&mut record, &mut facts, context, warnings);
    let error_message = text(record.error_message.take());
    let has_length = reported_duration.is_some_and(|length| !length.is_zero());
    let proofs = ConnectionProofs {
        is_inbound: direction == Some(Direction::Inbound),
        has_length,
        customer_spoke: turns::customer_spoke(&transcript),
    };
    let end = match times.is_over() {
        true => progress.end(&handover, error_message.as_deref(), proofs),
        false => None,
    };
    let word = progress.disposition(end.as_ref(), proofs);
    let price = cost::amount(record.price.take(), "/price", warnings);
    let mut metadata = JsonObject::new();
    json_object::spread(&mut metadata, "metadata", record.metadata.take());
    let summary = text(record.summary.take());
    let is_analyzed = summary.is_some() || record.corrected_duration.is_some();
    let analysis = analysis(&mut record);
    put_facts(&mut record, &mut facts);
    json_object::put_left_out(&mut facts, || raw.get().get(), warnings);
    let call_id = record.call_id;
    let other_id = text(record.c_id).filter(|id| *id != call_id);
    let mut call = Call {
        alternate_ids: other_id.map(|id| ("c_id".to_owned(), id)).into_iter().collect(),
        agent: agent(record.pathway_id, record.pathway_version),
        batch_id: text(record.batch_id),
        direction,
        channel: parties.channel,
        from: parties.from,
        to: parties.to,
        status: times.status,
        answered_by: progress.answered_by(),
        end,
        transfers: handover.transfers,
        error_message,
        created_at,
        answered_at,
        started_at,
        ended_at,
        duration,
        duration_basis: duration.and(times.basis),
        talk_time: time::length(answered_at, ended_at),
        reported_duration,
        cost: cost::cost(price, CostUnit::Currency("USD".into()), Vec::new(), "/price", warnings),
        transcript,
        recordings: recordings(record.recording_url, context),
        summary,
        tags: record.pathway_tags.unwrap_or_default(),
        outcome: Outcome { label: text(record.disposition_tag), ..Outcome::default() },
        analysis,
        metadata,
        facts,
        warnings: warnings.finish(),
        raw: json_text::raw_for_call(raw, context),
        ..Call::new(json_text::id(VENDOR, context, call_id))
    };
    let connection = ConnectionEvidence { word: word.as_ref(), ..ConnectionEvidence::default() };
    finish(&mut call, connection, context);
    let was_answered = call.disposition == Some(Disposition::Answered);
    call.analysis_state =
        (is_single && call.is_over() && was_answered).then_some(match is_analyzed {
            true => AnalysisState::Complete,
            false => AnalysisState::Pending,
        });
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

/// Maps a text that holds one record, as the API or the webhook after a call sends it, a page, an
/// array of records, or one event of the webhook during a call. Records without a usable id are in
/// [`MappedRecords::rejected`].
///
/// # Errors
///
/// [`ErrorKind::NotJson`](crate::ErrorKind::NotJson) and
/// [`ErrorKind::UnknownShape`](crate::ErrorKind::UnknownShape).
pub fn from_json_with(text: &str, context: &Context) -> Result<MappedRecords, Error> {
    match event::map_event(text, context) {
        Some(mapped) => Ok(MappedRecords::one(mapped)),
        None => json_text::read(&SHAPES, text, context, map_record),
    }
}

/// Whether a record has any of the fields that the list leaves out.
fn is_single(record: &types::Call) -> bool {
    record.transcripts.is_some()
        || record.concatenated_transcript.is_some()
        || record.request_data.is_some()
        || record.variables.is_some()
        || record.metadata.is_some()
        || record.max_duration.is_some()
}

fn direction(inbound: Option<bool>) -> Option<Direction> {
    Some(match inbound? {
        true => Direction::Inbound,
        false => Direction::Outbound,
    })
}

/// The length in seconds as corrected after the call, or else the length in minutes. Where the two
/// differ, the second is kept in the facts.
fn reported_duration(
    record: &types::Call,
    facts: &mut JsonObject,
    warnings: &mut Warnings,
) -> Option<Duration> {
    let seconds = record.corrected_duration.as_ref().and_then(|text| text.as_str().parse().ok());
    let corrected = time::seconds(seconds, "/corrected_duration", warnings);
    let minutes = record.call_length.map(|minutes| (minutes * 60_000.0).round());
    let length = time::millis(minutes, "/call_length", warnings);
    if corrected.is_some() && corrected != length {
        json_object::put_value(facts, "call_length", record.call_length.map(number));
    }
    corrected.or(length)
}

/// When a call was requested, began and ended.
struct CallTimes {
    status: Status,
    created_at: Option<Timestamp>,
    started_at: Option<Timestamp>,
    answered_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    /// What the length from the start to the end counts from.
    basis: Option<DurationBasis>,
    written_end: Option<String>,
}

impl CallTimes {
    fn of(
        record: &mut types::Call,
        progress: &Progress,
        reported: Option<Duration>,
        context: &Context,
        warnings: &mut Warnings,
    ) -> Self {
        let created_at = time::instant(record.created_at.take(), "/created_at", context, warnings);
        let connected = time::instant(record.started_at.take(), "/started_at", context, warnings);
        let written_end = record.end_at.take();
        let end = time::instant(written_end.clone(), "/end_at", context, warnings);
        let status = progress.status(end, warnings);
        let started_at = connected.or(created_at);
        let is_pick_up = |at: &Timestamp| created_at.is_some_and(|made| *at - made > PICK_UP_AFTER);
        let answered_at = connected.filter(is_pick_up).filter(|_| !progress.is_unconnected());
        let basis = match (answered_at, connected) {
            (Some(_), _) => DurationBasis::Answer,
            (None, Some(_)) => DurationBasis::Start,
            (None, None) => DurationBasis::Dispatch,
        };
        let limit = record.max_duration;
        let mut ended_at = end.filter(|_| status.is_over(end.is_some()));
        if ended_at.is_some_and(|end| is_planned_end(end, started_at, limit, reported)) {
            let message = "the time is when the call would have been cut off; left out";
            warnings.add(WarningCode::InvalidValue, "/end_at", message);
            ended_at = None;
        }
        let basis = started_at.map(|_| basis);
        Self { status, created_at, started_at, answered_at, ended_at, basis, written_end }
    }

    fn is_over(&self) -> bool {
        self.status.is_over(self.ended_at.is_some())
    }
}

/// Whether an end is the start and the longest duration allowed, of a call that was not that long.
fn is_planned_end(
    end: Timestamp,
    started_at: Option<Timestamp>,
    limit_minutes: Option<f64>,
    reported: Option<Duration>,
) -> bool {
    let limit = limit_minutes.and_then(|limit| Duration::try_from_secs_f64(limit * 60.0).ok());
    let (Some(limit), Some(length)) = (limit, time::length(started_at, Some(end))) else {
        return false;
    };
    let second = Duration::from_secs(1);
    length.abs_diff(limit) <= second && reported.is_none_or(|real| real + 3 * second < limit)
}

/// The parties of a call and what carried it.
struct Parties {
    channel: Option<Channel>,
    from: Option<Party>,
    to: Option<Party>,
}

impl Parties {
    /// A call in a browser has words in place of a number.
    fn of(
        record: &mut types::Call,
        direction: Option<&Direction>,
        context: &Context,
        warnings: &mut Warnings,
    ) -> Self {
        let is_web = |text: &String| text.trim().eq_ignore_ascii_case("web client");
        let (from, to) = (record.from.take(), record.to.take());
        let channel = match [&from, &to].into_iter().flatten().any(is_web) {
            true => Channel::Web,
            false => Channel::Phone,
        };
        let number = |text: Option<String>| text.filter(|text| !is_web(text));
        let (from_role, to_role) = party::roles(direction);
        let has_party = text(from.clone()).or_else(|| text(to.clone())).is_some();
        let from = party::phone(number(from), "/from", context, warnings);
        let to = party::phone(number(to), "/to", context, warnings);
        Self {
            channel: has_party.then_some(channel),
            from: party::party(from, None, None, from_role),
            to: party::party(to, None, None, to_role),
        }
    }
}

/// The pathway is what led the conversation.
fn agent(pathway: Option<String>, version: Option<f64>) -> Option<Agent> {
    let id = text(pathway);
    let version = version.map(|version| version.to_string());
    (id.is_some() || version.is_some()).then_some(Agent { id, name: None, version })
}

/// The recording: the API's own needs the key, any other must never get it.
fn recordings(url: Option<String>, context: &Context) -> Vec<Recording> {
    let needs_auth =
        url.as_deref().is_some_and(|url| media::api_path(url, context, types::BASE_URL).is_some());
    media::recording(url, None, needs_auth)
}

fn analysis(record: &mut types::Call) -> JsonObject {
    let mut analysis = JsonObject::new();
    json_object::put(&mut analysis, "analysis", record.analysis.take());
    json_object::put(&mut analysis, "citations", record.citations.take());
    json_object::put(&mut analysis, "post_call_evals", record.post_call_evals.take());
    analysis
}

/// A number as it is written: a whole one without a fraction.
fn number(value: f64) -> serde_json::Value {
    match value.fract() == 0.0 {
        true => (value as i64).into(),
        false => value.into(),
    }
}

fn put_facts(record: &mut types::Call, facts: &mut JsonObject) {
    for (name, value) in [
        ("variables", record.variables.take()),
        ("request_data", record.request_data.take()),
        ("analysis_schema", record.analysis_schema.take()),
        ("citation_schema_ids", record.citation_schema_ids.take()),
        ("corrected_transcript", record.corrected_transcript.take()),
        ("post_transfer_transcript", record.post_transfer_transcript.take()),
        ("transfer_offset_seconds", record.transfer_offset_seconds.take()),
        ("isRetry", record.is_retry.take()),
    ] {
        json_object::put(facts, name, value);
    }
    for (name, flag) in [
        ("record", record.record),
        ("local_dialing", record.local_dialing),
        ("is_proxy_agent_call", record.is_proxy_agent_call),
        ("is_canary", record.is_canary),
    ] {
        json_object::put_value(facts, name, flag);
    }
    for (name, minutes) in [
        ("max_duration", record.max_duration),
        ("pre_transfer_duration", record.pre_transfer_duration),
        ("post_transfer_duration", record.post_transfer_duration),
    ] {
        json_object::put_value(facts, name, minutes.map(number));
    }
    for (name, value) in [
        ("recording_expiration", record.recording_expiration.take()),
        ("endpoint_url", record.endpoint_url.take()),
        ("voice_id", record.voice_id.take()),
    ] {
        json_object::put_value(facts, name, text(value));
    }
}

#[cfg(test)]
#[path = "tests/bland.rs"]
mod tests;
