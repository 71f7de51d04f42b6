//! Retell: the list, the single call with its transcript, and the events of its webhooks.
//!
//! Belongs here: what Retell's fields mean. [`FIELDS`] is the whole table.
//! Times and lengths are milliseconds, words are timed in seconds from the start of the audio. Costs are documented in
//! cents, without naming the currency: they are moved by two places, exactly. `ended` is said of calls that
//! were connected, `not_connected` of the others; `ongoing` may still ring. A record of the list has no transcript: it
//! was not requested.

#![cfg(feature = "retell")]

use crate::{
    Context, Error, MappedRecords, Mapping, RejectedRecord,
    convert::{
        ConnectionEvidence, Warnings, end_reason, fields, finish, json_object, media, party, text,
        time, words,
    },
    json_text::{self, Shapes},
    model::{
        Agent, AnalysisState, AnsweredBy, Call, Disposition, DurationBasis, EndReason,
        EndReasonKind, JsonObject, Outcome, Recording, Sentiment, Status, Timestamp, Transcript,
        TranscriptState, Transfer, TransferStatus, WarningCode,
    },
};
use callfold_record::{Lenient, OpenEnum, RawJson};
use callfold_retell::types;
use std::collections::BTreeMap;

use turns::Transcripts;

mod cost;
mod event;
mod latency;
mod turns;

/// The vendor's crate, whose records are mapped here.
#[doc(no_inline)]
pub use callfold_retell as api;

/// The vendor's name, as in a call's id.
pub const VENDOR: &str = "retell";

/// This mapping, for callers that hold several.
pub const MAPPING: Mapping = Mapping { vendor: VENDOR, from_json_with, fields: FIELDS };

fields! {
    "/call_id" => "call_id",
    "/call_type" => "channel",
    "/access_token" => "raw: a credential, hidden there too",
    "/agent_id" => "agent",
    "/agent_name" => "agent",
    "/agent_version" => "agent",
    "/agent_tag" => "facts",
    "/call_status" => "status, disposition",
    "/direction" => "direction",
    "/from_number" => "from, customer, agent_line",
    "/to_number" => "to, customer, agent_line",
    "/telephony_identifier/twilio_call_sid" => "alternate_ids",
    "/metadata" => "metadata",
    "/retell_llm_dynamic_variables" => "facts",
    "/collected_dynamic_variables" => "facts",
    "/custom_sip_headers" => "facts",
    "/data_storage_setting" => "facts",
    "/opt_in_signed_url" => "facts",
    "/start_timestamp" => "started_at",
    "/end_timestamp" => "ended_at",
    "/transfer_end_timestamp" => "transfers, facts",
    "/duration_ms" => "reported_duration_ms",
    "/recording_url" => "recordings",
    "/recording_multi_channel_url" => "recordings",
    "/scrubbed_recording_url" => "recordings",
    "/scrubbed_recording_multi_channel_url" => "recordings",
    "/public_log_url" => "facts",
    "/knowledge_base_retrieved_contents_url" => "facts",
    "/latency/*/p50" => "latency",
    "/latency/*/p90" => "latency",
    "/latency/*/p95" => "latency",
    "/latency/*/p99" => "latency",
    "/latency/*/max" => "latency",
    "/latency/*/min" => "latency",
    "/latency/*/num" => "latency",
    "/latency/*/values" => "raw: a stage holds statistics, not samples",
    "/disconnection_reason" => "end, disposition",
    "/transfer_destination" => "transfers",
    "/call_analysis" => "analysis_state",
    "/call_analysis/call_summary" => "summary",
    "/call_analysis/in_voicemail" => "answered_by",
    "/call_analysis/user_sentiment" => "sentiment",
    "/call_analysis/call_successful" => "outcome",
    "/call_analysis/custom_analysis_data" => "analysis",
    "/call_cost/combined_cost" => "cost",
    "/call_cost/total_duration_seconds" => "raw: what was billed, not how long the call was",
    "/call_cost/total_duration_unit_price" => "raw: a price, not a part of the cost",
    "/call_cost/product_costs/*/product" => "cost",
    "/call_cost/product_costs/*/cost" => "cost",
    "/call_cost/product_costs/*/unit_price" => "raw: a price, not a part of the cost",
    "/call_cost/product_costs/*/is_transfer_leg_cost" => "raw: of which leg a part is",
    "/llm_token_usage" => "facts",
    "/transcript" => "transcript",
    "/transcript_object/*/role" => "transcript",
    "/transcript_object/*/content" => "transcript",
    "/transcript_object/*/words" => "transcript",
    "/transcript_object/*/metadata" => "facts",
    "/transcript_with_tool_calls" => "transcript, facts",
    "/scrubbed_transcript_with_tool_calls" => "transcript, facts",
}

const SHAPES: Shapes = Shapes {
    vendor: VENDOR,
    ids: &["call_id"],
    paths: &[&["items"]],
    known: "a call with `call_id`, a page with `items`, an array of calls, or an event with `call`",
};

/// What the status words mean here. A call that is going on may still ring.
const STATES: &[(&str, (Status, Option<Disposition>))] = &[
    ("ongoing", (Status::InProgress, None)),
    ("ended", (Status::Ended, Some(Disposition::Answered))),
    (NOT_CONNECTED, (Status::Ended, Some(Disposition::Failed))),
];

const NOT_CONNECTED: &str = "not-connected";

/// Maps a single record, as a call by its id is answered.
///
/// # Errors
///
/// [`RejectedRecord`] when the record has no usable `call_id`.
pub fn map_record(record: Lenient<types::Call>, context: &Context) -> Result<Call, RejectedRecord> {
    map(record, context, TranscriptState::Unavailable)
}

/// Maps one record of the list, whose transcript was not requested.
///
/// # Errors
///
/// As [`map_record`].
pub fn map_listed(record: Lenient<types::Call>, context: &Context) -> Result<Call, RejectedRecord> {
    map(record, context, TranscriptState::NotRequested)
}

/// Maps a text with the [default context](Context::default).
///
/// # Errors
///
/// As [`from_json_with`].
pub fn from_json(text: &str) -> Result<MappedRecords, Error> {
    from_json_with(text, &Context::default())
}

/// Maps a text that holds one record, a page of the list, an array of records, or one event of a
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
    let is_page = json_text::has_member(text, "items") && !json_text::has_member(text, "call_id");
    json_text::read(&SHAPES, text, context, if is_page { map_listed } else { map_record })
}

/// The mapping of both records; `without` is the state of a transcript that is not there.
fn map(
    record: Lenient<types::Call>,
    context: &Context,
    without: TranscriptState,
) -> Result<Call, RejectedRecord> {
    let json_text::DecodedRecord { raw, record, issues } =
        json_text::decode(VENDOR, record, context)?;
    let warnings = &mut Warnings::new(issues);
    warnings.extra("", &record.extra);
    let facts = &mut facts(&record);
    let direction =
        words::direction(record.direction.map(|word| word.to_string()), "/direction", warnings);
    let (from_role, to_role) = party::roles(direction.as_ref());
    let channel =
        words::channel(record.call_type.map(|word| word.to_string()), "/call_type", warnings);
    let end = end_reason::end_reason(
        VENDOR,
        record.disconnection_reason.map(|word| word.to_string()),
        "/disconnection_reason",
        warnings,
    );
    let started_at = time::epoch_ms(record.start_timestamp, "/start_timestamp", warnings);
    let ended_at = time::epoch_ms(record.end_timestamp, "/end_timestamp", warnings);
    let call_status = record.call_status.map(|word| word.to_string());
    let is_unconnected =
        call_status.as_deref().is_some_and(|word| words::is_same(word, NOT_CONNECTED));
    let (status, word) = words::status(call_status, "/call_status", STATES, warnings);
    let status = status.map(|status| ended(status, ended_at, end.as_ref(), warnings));
    let duration = time::between(started_at, ended_at, "/end_timestamp", warnings);
    let reported_duration = time::millis(record.duration_ms, "/duration_ms", warnings);
    time::check_reported(reported_duration, duration, &[], "/duration_ms", warnings);
    let from_number = party::phone(record.from_number, "/from_number", context, warnings);
    let to_number = party::phone(record.to_number, "/to_number", context, warnings);
    let transfer_ended_at =
        time::epoch_ms(record.transfer_end_timestamp, "/transfer_end_timestamp", warnings);
    let transfers =
        transfers(record.transfer_destination, transfer_ended_at, end.as_ref(), context);
    let has_analysis = record.call_analysis.is_some();
    let analysis = RetellAnalysis::of(record.call_analysis, warnings);
    let mut metadata = JsonObject::new();
    json_object::spread(&mut metadata, "metadata", record.metadata);
    let transcripts = Transcripts {
        running: record.transcript,
        spoken: record.transcript_object,
        with_tools: record.transcript_with_tool_calls,
        scrubbed: record.scrubbed_transcript_with_tool_calls,
    };
    let transcript = transcripts.read(duration.or(reported_duration), facts, warnings);
    let recordings = [
        record.recording_url,
        record.recording_multi_channel_url,
        record.scrubbed_recording_url,
        record.scrubbed_recording_multi_channel_url,
    ];
    let alternate_ids = alternate_ids(record.telephony_identifier, warnings);
    let cost = cost::cost(record.call_cost, context, warnings);
    let latency = latency::latency(record.latency, warnings);
    json_object::put_left_out(facts, || raw.get().get(), warnings);
    let mut call = Call {
        alternate_ids,
        agent: agent(record.agent_id, record.agent_name, record.agent_version),
        direction,
        channel,
        from: party::party(from_number, None, None, from_role),
        to: party::party(to_number, None, None, to_role),
        status: status.unwrap_or_else(|| end_reason::status_by_end(ended_at)),
        answered_by: analysis.answered_by,
        end,
        transfers,
        started_at,
        ended_at,
        duration,
        duration_basis: duration.map(|_| DurationBasis::Start),
        reported_duration,
        cost,
        latency,
        transcript: match transcript.state {
            // A call that never connected has no transcript anywhere.
            TranscriptState::Unavailable if !is_unconnected => {
                Transcript { state: without, ..transcript }
            }
            _ => transcript,
        },
        recordings: recordings.into_iter().flat_map(recording).collect(),
        summary: analysis.summary,
        sentiment: analysis.sentiment,
        outcome: Outcome { success: analysis.success, ..Outcome::default() },
        analysis: analysis.extracted,
        metadata,
        facts: std::mem::take(facts),
        warnings: warnings.finish(),
        raw: json_text::raw_for_call(raw, context),
        ..Call::new(json_text::id(VENDOR, context, record.call_id))
    };
    let connection = ConnectionEvidence { word: word.as_ref(), ..ConnectionEvidence::default() };
    finish(&mut call, connection, context);
    if is_unconnected && call.disposition.is_none() {
        call.disposition = Some(Disposition::Failed);
    }
    call.analysis_state = analysis_state(&call, has_analysis);
    Ok(call)
}

/// What a record states that no other field of a call holds.
fn facts(record: &types::Call) -> JsonObject {
    let mut facts = JsonObject::new();
    let texts = [
        ("agent_tag", &record.agent_tag),
        ("public_log_url", &record.public_log_url),
        ("knowledge_base_retrieved_contents_url", &record.knowledge_base_retrieved_contents_url),
    ];
    for (name, value) in texts {
        json_object::put_value(&mut facts, name, text(value.clone()));
    }
    let objects = [
        ("retell_llm_dynamic_variables", &record.retell_llm_dynamic_variables),
        ("collected_dynamic_variables", &record.collected_dynamic_variables),
        ("custom_sip_headers", &record.custom_sip_headers),
        ("llm_token_usage", &record.llm_token_usage),
    ];
    for (name, value) in objects {
        json_object::put(&mut facts, name, value.clone());
    }
    let setting = record.data_storage_setting.as_ref().map(OpenEnum::to_string);
    json_object::put_value(&mut facts, "data_storage_setting", text(setting));
    json_object::put_value(&mut facts, "opt_in_signed_url", record.opt_in_signed_url);
    json_object::put_value(&mut facts, "transfer_end_timestamp", record.transfer_end_timestamp);
    facts
}

/// The state of a call that has an end and a reason for it is that it is over, whatever the word: the
/// vendor's own sample of an ended call says `registered`.
fn ended(
    status: Status,
    ended_at: Option<Timestamp>,
    end: Option<&EndReason>,
    warnings: &mut Warnings,
) -> Status {
    let is_contradicted = matches!(status, Status::Queued | Status::InProgress)
        && ended_at.is_some()
        && end.is_some();
    if !is_contradicted {
        return status;
    }
    let message = "the call has an end and a reason for it; read as ended";
    warnings.add(WarningCode::InvalidValue, "/call_status", message);
    Status::Ended
}

fn agent(id: Option<String>, name: Option<String>, version: Option<i64>) -> Option<Agent> {
    let version = version.map(|version| version.to_string());
    match Agent::of(id, name) {
        Some(agent) => Some(Agent { version, ..agent }),
        None => version.map(|version| Agent { id: None, name: None, version: Some(version) }),
    }
}

/// The carrier's id of the call.
fn alternate_ids(
    telephony: Option<types::TelephonyIdentifier>,
    warnings: &mut Warnings,
) -> BTreeMap<String, String> {
    let Some(telephony) = telephony else { return BTreeMap::new() };
    warnings.extra("/telephony_identifier", &telephony.extra);
    let sid = text(telephony.twilio_call_sid);
    sid.map(|sid| ("twilio_call_sid".to_owned(), sid)).into_iter().collect()
}

/// The hand-over, where the record names its target or the end of its leg. Whether the target took
/// the call shows in that end, or in the reason.
fn transfers(
    destination: Option<String>,
    ended_at: Option<Timestamp>,
    end: Option<&EndReason>,
    context: &Context,
) -> Vec<Transfer> {
    let destination = text(destination);
    if destination.is_none() && ended_at.is_none() {
        return Vec::new();
    }
    let status = match end {
        Some(end) if end.kind == EndReasonKind::TransferFailed => TransferStatus::Canceled,
        Some(end) if words::is_same(&end.raw, "transfer-bridged") => TransferStatus::Completed,
        _ if ended_at.is_some() => TransferStatus::Completed,
        _ => TransferStatus::Started,
    };
    let to = destination.map(|text| context.phone_number(&text));
    vec![Transfer { to, status: Some(status), ..Transfer::default() }]
}

/// A recording, WAV by the documentation. Links are public or signed: none needs the key.
fn recording(url: Option<String>) -> Vec<Recording> {
    media::recording(url, Some("audio/wav"), false)
}

/// An analysis is awaited after a call that was connected, and comes once.
fn analysis_state(call: &Call, has_analysis: bool) -> Option<AnalysisState> {
    let was_connected =
        matches!(call.disposition, Some(Disposition::Answered | Disposition::Voicemail));
    match has_analysis {
        true => Some(AnalysisState::Complete),
        false if call.status == Status::Ended && was_connected => Some(AnalysisState::Pending),
        false => None,
    }
}

/// What the vendor worked out about a call.
#[derive(Default)]
struct RetellAnalysis {
    success: Option<bool>,
    summary: Option<String>,
    sentiment: Option<Sentiment>,
    answered_by: Option<AnsweredBy>,
    extracted: JsonObject,
}

impl RetellAnalysis {
    /// A mailbox is a machine; that none was met does not make it a person. `Unknown` is no mood.
    fn of(analysis: Option<types::CallAnalysis>, warnings: &mut Warnings) -> Self {
        let Some(analysis) = analysis else { return Self::default() };
        warnings.extra("/call_analysis", &analysis.extra);
        let mut extracted = JsonObject::new();
        let data: Option<RawJson> = analysis.custom_analysis_data;
        json_object::put(&mut extracted, "custom_analysis_data", data);
        let sentiment = analysis.user_sentiment.map(|word| word.to_string());
        Self {
            success: analysis.call_successful,
            summary: text(analysis.call_summary),
            sentiment: words::sentiment(
                sentiment.filter(|word| !words::is_same(word, "unknown")),
                || "/call_analysis/user_sentiment".to_owned(),
                warnings,
            ),
            answered_by: (analysis.in_voicemail == Some(true)).then_some(AnsweredBy::Machine),
            extracted,
        }
    }
}

#[cfg(test)]
#[path = "tests/retell.rs"]
mod tests;

#[cfg(test)]
#[path = "tests/retell_turns.rs"]
mod turn_tests;
