//! ElevenLabs: the conversations of its Agents platform, in the list, single, and in the events of webhooks.
//!
//! Belongs here: what ElevenLabs's fields mean. [`FIELDS`] is the whole table; what the list has at the top of a record
//! the single conversation has in `metadata` and `analysis`. Times and lengths are seconds.
//!
//! No record has the time of the end: it is the start and the reported length, once the call is over.
//! `call_successful` judges the goal and says nothing about the connection. Money and credits are kept apart: the total
//! is in US dollars where the vendor states it, and the credits stand beside it. The caller's dynamic variables are the
//! metadata, the vendor's own (`system__…`) are facts; `system__conversation_history`, a copy of the transcript, is
//! left in the record.

#![cfg(feature = "elevenlabs")]

use crate::{
    Context, Error, MappedRecords, Mapping, RejectedRecord,
    convert::{ConnectionEvidence, Warnings, fields, finish, json_object, text, transcript},
    json_text::{self, Shapes},
    model::{Agent, Call, EndReason, JsonObject, Recording},
};
use callfold_elevenlabs::types;
use callfold_record::Lenient;

use analysis::AnalysisFields;
use facts::put_filled;
use metadata::MetadataFields;
use state::{ConversationState, StateWords};

mod analysis;
mod charging;
mod client_data;
mod event;
mod facts;
mod latency;
mod listed;
mod metadata;
mod parties;
mod state;
mod turns;

pub use listed::{keep_listed, map_listed};

/// The vendor's crate, whose records are mapped here.
#[doc(no_inline)]
pub use callfold_elevenlabs as api;

/// The vendor's name, as in a call's id.
pub const VENDOR: &str = "elevenlabs";

/// This mapping, for callers that hold several.
pub const MAPPING: Mapping = Mapping { vendor: VENDOR, from_json_with, fields: FIELDS };

fields! {
    "/conversation_id" => "call_id, recordings",
    "/agent_id" => "agent",
    "/agent_name" => "agent",
    "/version_id" => "agent",
    "/branch_id" => "facts",
    "/status" => "status, analysis_state, end, ended_at, reported_duration_ms",
    "/tag_ids" => "tags",
    "/start_time_unix_secs" => "started_at, ended_at",
    "/call_duration_secs" => "reported_duration_ms, ended_at",
    "/message_count" => "facts",
    "/termination_reason" => "end",
    "/call_successful" => "outcome",
    "/call_success_score" => "outcome",
    "/transcript_summary" => "summary",
    "/call_summary_title" => "facts",
    "/main_language" => "language",
    "/conversation_initiation_source" => "channel, facts",
    "/tool_names" => "facts",
    "/direction" => "direction",
    "/rating" => "facts",
    "/sentiment_analysis/overall_label" => "sentiment",
    "/sentiment_analysis/overall_sentiment_score" => "facts",
    "/sentiment_analysis/overall_frustration_score" => "facts",
    "/sentiment_analysis/min_user_sentiment_score" => "facts",
    "/sentiment_analysis/max_user_frustration_score" => "facts",
    "/sentiment_analysis/num_scored_user_turns" => "facts",
    "/data_collection_results" => "analysis",
    "/evaluation_criteria_results" => "analysis",
    "/conversation_product" => "facts",
    "/user_id" => "contact_id, customer",
    "/environment" => "facts",
    "/visited_agents" => "facts",
    "/has_audio" => "recordings",
    "/has_user_audio" => "raw: whose voices the recording has",
    "/has_response_audio" => "raw: whose voices the recording has",
    "/has_auxiliary_audio" => "raw: whose voices the recording has",
    "/otlp_traces" => "raw: the platform's own trace of the conversation",
    "/conversation_initiation_client_data/dynamic_variables" => "metadata, facts",
    "/conversation_initiation_client_data/conversation_config_override" => "raw: how the agent was configured",
    "/conversation_initiation_client_data/custom_llm_extra_body" => "raw: what went to the language model alone",
    "/conversation_initiation_client_data/user_id" => "contact_id, customer, facts",
    "/conversation_initiation_client_data/source_info" => "facts",
    "/conversation_initiation_client_data/branch_id" => "facts",
    "/conversation_initiation_client_data/environment" => "facts",
    "/conversation_initiation_client_data/starting_workflow_node_id" => "facts",
    "/conversation_initiation_client_data/procedure_ids" => "facts",
    "/metadata/start_time_unix_secs" => "started_at, ended_at",
    "/metadata/accepted_time_unix_secs" => "answered_at",
    "/metadata/call_duration_secs" => "reported_duration_ms, ended_at",
    "/metadata/cost" => "cost",
    "/metadata/cost_fiat" => "cost",
    "/metadata/deletion_settings" => "facts",
    "/metadata/feedback" => "facts",
    "/metadata/authorization_method" => "facts",
    "/metadata/charging/dev_discount" => "facts",
    "/metadata/charging/is_burst" => "facts",
    "/metadata/charging/tier" => "facts",
    "/metadata/charging/llm_usage" => "facts",
    "/metadata/charging/llm_price" => "cost",
    "/metadata/charging/llm_charge" => "cost",
    "/metadata/charging/call_charge" => "raw: repeats `platform_charge`",
    "/metadata/charging/platform_charge" => "cost",
    "/metadata/charging/platform_price" => "cost",
    "/metadata/charging/platform_usage" => "facts",
    "/metadata/charging/free_minutes_consumed" => "facts",
    "/metadata/charging/free_llm_dollars_consumed" => "facts",
    "/metadata/charging/tts_usage" => "facts",
    "/metadata/charging/asr_usage" => "facts",
    "/metadata/charging/analysis" => "facts",
    "/metadata/phone_call/type" => "channel",
    "/metadata/phone_call/direction" => "direction",
    "/metadata/phone_call/phone_number_id" => "agent_line, from, to",
    "/metadata/phone_call/agent_number" => "agent_line, from, to",
    "/metadata/phone_call/external_number" => "customer, from, to",
    "/metadata/phone_call/stream_sid" => "alternate_ids",
    "/metadata/phone_call/call_sid" => "alternate_ids",
    "/metadata/phone_call/call_id" => "alternate_ids",
    "/metadata/phone_call/sip_header_dynamic_variables" => "facts",
    "/metadata/batch_call/batch_call_id" => "batch_id",
    "/metadata/batch_call/batch_call_recipient_id" => "alternate_ids",
    "/metadata/termination_reason" => "end, facts",
    "/metadata/error/code" => "facts",
    "/metadata/error/reason" => "error_message, end",
    "/metadata/warnings" => "facts",
    "/metadata/main_language" => "language",
    "/metadata/rag_usage" => "facts",
    "/metadata/text_only" => "channel, facts",
    "/metadata/features_usage" => "answered_by, facts",
    "/metadata/eleven_assistant" => "facts",
    "/metadata/initiator_id" => "facts",
    "/metadata/conversation_initiation_source" => "channel, facts",
    "/metadata/conversation_initiation_source_version" => "facts",
    "/metadata/initiation_trigger" => "facts",
    "/metadata/timezone" => "facts",
    "/metadata/async_metadata" => "facts",
    "/metadata/whatsapp" => "direction, facts",
    "/metadata/sms" => "direction, facts",
    "/metadata/agent_created_from" => "raw: about the agent, not the call",
    "/metadata/agent_last_updated_from" => "raw: about the agent, not the call",
    "/metadata/voice_rewards" => "facts",
    "/analysis/call_successful" => "outcome",
    "/analysis/call_success_score" => "outcome",
    "/analysis/transcript_summary" => "summary",
    "/analysis/call_summary_title" => "facts",
    "/analysis/evaluation_criteria_results" => "analysis",
    "/analysis/data_collection_results" => "analysis",
    "/analysis/evaluation_criteria_results_list" => "raw: repeats `evaluation_criteria_results`",
    "/analysis/data_collection_results_list" => "raw: repeats `data_collection_results`",
    "/analysis/scoped" => "analysis",
    "/transcript/*/role" => "transcript",
    "/transcript/*/message" => "transcript",
    "/transcript/*/time_in_call_secs" => "transcript",
    "/transcript/*/interrupted" => "transcript",
    "/transcript/*/original_message" => "facts",
    "/transcript/*/ignored_as_backchannel" => "facts",
    "/transcript/*/tool_calls" => "transcript",
    "/transcript/*/tool_calls/*/request_id" => "transcript",
    "/transcript/*/tool_calls/*/tool_name" => "transcript",
    "/transcript/*/tool_calls/*/params_as_json" => "transcript",
    "/transcript/*/tool_calls/*/type" => "raw: what carries the tool out",
    "/transcript/*/tool_calls/*/tool_has_been_called" => "raw: its result tells",
    "/transcript/*/tool_calls/*/tool_details" => "raw: the request behind the arguments",
    "/transcript/*/tool_results" => "latency",
    "/transcript/*/tool_results/*/request_id" => "transcript",
    "/transcript/*/tool_results/*/tool_name" => "transcript",
    "/transcript/*/tool_results/*/result_value" => "transcript",
    "/transcript/*/tool_results/*/result" => "transcript, transfers, end, facts",
    "/transcript/*/tool_results/*/is_error" => "transcript",
    "/transcript/*/tool_results/*/is_blocked" => "transcript",
    "/transcript/*/tool_results/*/tool_latency_secs" => "transcript",
    "/transcript/*/tool_results/*/error_type" => "facts",
    "/transcript/*/tool_results/*/raw_error_message" => "facts",
    "/transcript/*/tool_results/*/type" => "raw: what carries the tool out",
    "/transcript/*/tool_results/*/tool_has_been_called" => "raw: its result tells",
    "/transcript/*/tool_results/*/dynamic_variable_updates" => "raw: the last values are in the metadata",
    "/transcript/*/conversation_turn_metrics" => "latency, transcript, facts",
    "/transcript/*/feedback" => "facts",
    "/transcript/*/multivoice_message" => "facts",
    "/transcript/*/triggered_guardrails" => "facts",
    "/transcript/*/file_input" => "facts",
    "/transcript/*/contextual_update_info" => "facts",
    "/transcript/*/agent_metadata" => "raw: `visited_agents` names the agents",
    "/transcript/*/llm_usage" => "raw: the charging adds it up",
    "/transcript/*/llm_override" => "raw: how the turn was made",
    "/transcript/*/producing_llm" => "raw: how the turn was made",
    "/transcript/*/rag_retrieval_info" => "raw: how the turn was made",
    "/transcript/*/used_static_kb_document_ids" => "raw: how the turn was made",
    "/transcript/*/reasoned" => "raw: how the turn was made",
    "/transcript/*/reasoning" => "raw: how the turn was made",
    "/transcript/*/source_medium" => "raw: how the turn came",
    "/transcript/*/source_event_id" => "raw: how the turn came",
    "/transcript/*/user_identifier" => "raw: a turn names its side only",
    "/transcript/*/id" => "raw: a turn has no identifier",
}

const SHAPES: Shapes = Shapes {
    vendor: VENDOR,
    ids: &["conversation_id"],
    paths: &[&["conversations"]],
    known: "a conversation with `conversation_id`, a page with `conversations`, an array of conversations, or an \
            event with `type` and `data`",
};

/// The members that only a single conversation has.
const SINGLE: &[&str] = &["metadata", "transcript", "has_audio", "analysis"];

/// Maps one single conversation.
///
/// # Errors
///
/// [`RejectedRecord`] when the record has no usable `conversation_id`.
pub fn map_record(
    record: Lenient<types::Conversation>,
    context: &Context,
) -> Result<Call, RejectedRecord> {
    let json_text::DecodedRecord { raw, record, issues } =
        json_text::decode(VENDOR, record, context)?;
    let warnings = &mut Warnings::new(issues);
    warnings.extra("", &record.extra);
    let mut facts = JsonObject::new();
    let metadata = MetadataFields::of(record.metadata, context, &mut facts, warnings);
    let words = StateWords {
        status: record.status.map(|word| word.to_string()),
        start_secs: metadata.start_secs,
        accepted_secs: metadata.accepted_secs,
        duration_secs: metadata.duration_secs,
    };
    let state = ConversationState::read(words, &state::SINGLE, warnings);
    let turns = turns::read(record.transcript, &state, &mut facts, warnings);
    let error_message = metadata.error;
    let error = error_message.clone();
    let end = end(metadata.sentence, error, &turns, &state, &mut facts, warnings);
    let analysis = AnalysisFields::of(record.analysis, &mut facts, warnings);
    let mut caller_keys = JsonObject::new();
    let contact_id = client_data::read(
        record.conversation_initiation_client_data,
        record.user_id,
        &mut caller_keys,
        &mut facts,
        warnings,
    );
    for (name, value) in [
        ("branch_id", record.branch_id),
        ("conversation_product", record.conversation_product),
        ("environment", record.environment),
    ] {
        json_object::put_value(&mut facts, name, text(value));
    }
    put_filled(&mut facts, "visited_agents", record.visited_agents);
    json_object::put_left_out(&mut facts, || raw.get().get(), warnings);
    let recordings = recordings(record.has_audio, &record.conversation_id, context);
    let parties = metadata.parties;
    let word = state.word.clone();
    let mut call = Call {
        alternate_ids: metadata.alternate_ids,
        agent: agent(record.agent_id, record.agent_name, record.version_id),
        batch_id: metadata.batch_id,
        contact_id,
        direction: parties.direction,
        channel: metadata.channel,
        from: parties.from,
        to: parties.to,
        customer: parties.customer,
        agent_line: parties.agent_line,
        answered_by: metadata.answered_by,
        end,
        transfers: turns.transfers,
        error_message,
        cost: metadata.cost,
        latency: turns.latency,
        transcript: transcript::inline(turns.turns, None),
        recordings,
        summary: analysis.summary,
        language: metadata.language,
        tags: record.tag_ids.unwrap_or_default(),
        outcome: analysis.outcome,
        analysis: analysis.rest,
        metadata: caller_keys,
        facts,
        warnings: warnings.finish(),
        raw: json_text::raw_for_call(raw, context),
        ..state.into_call(json_text::id(VENDOR, context, record.conversation_id))
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

/// Maps a text that holds one conversation, as the list has it or single, a page of the list, an array of either, or
/// one event of a webhook. Records without a usable id are in [`MappedRecords::rejected`].
///
/// # Errors
///
/// [`ErrorKind::NotJson`](crate::ErrorKind::NotJson) and
/// [`ErrorKind::UnknownShape`](crate::ErrorKind::UnknownShape).
pub fn from_json_with(text: &str, context: &Context) -> Result<MappedRecords, Error> {
    if let Some(event) = event::find(text) {
        return Ok(MappedRecords::one(event::map_event(event, context)));
    }
    let mut mapped = MappedRecords::default();
    for record in SHAPES.records(text)? {
        mapped.push(match is_single(record.get()) {
            true => map_record(Lenient::from_raw(record.to_owned()), context),
            false => map_listed(Lenient::from_raw(record.to_owned()), context),
        });
    }
    Ok(mapped)
}

/// Whether a record has any of the fields that only a single conversation has.
fn is_single(record: &str) -> bool {
    SINGLE.iter().any(|name| json_text::has_member(record, name))
}

/// The agent with its version.
fn agent(id: Option<String>, name: Option<String>, version: Option<String>) -> Option<Agent> {
    let version = text(version);
    let agent = Agent::of(id, name);
    match (agent, version) {
        (None, None) => None,
        (agent, version) => {
            let agent = agent.unwrap_or(Agent { id: None, name: None, version: None });
            Some(Agent { version, ..agent })
        }
    }
}

/// Why the call ended: a hand-over to a number that nothing followed, or else the vendor's sentence, or else what
/// failed, or else that it is done.
fn end(
    sentence: Option<String>,
    error: Option<String>,
    turns: &turns::ConversationTurns,
    state: &ConversationState,
    facts: &mut JsonObject,
    warnings: &mut Warnings,
) -> Option<EndReason> {
    let sentence = text(sentence);
    if let Some(word) = &turns.handed_over {
        json_object::put_value(facts, "metadata/termination_reason", sentence);
        return state::end(Some(word.clone()), "/transcript", warnings);
    }
    if sentence.is_some() {
        return state::end(sentence, "/metadata/termination_reason", warnings);
    }
    if error.is_some() {
        return state::end(error, "/metadata/error/reason", warnings);
    }
    let failed = turns.failed_transfer.clone();
    state::end(failed.or_else(|| state.done_word()), "/status", warnings)
}

/// The recording, which the API itself serves.
fn recordings(has_audio: Option<bool>, id: &str, context: &Context) -> Vec<Recording> {
    if has_audio != Some(true) {
        return Vec::new();
    }
    let base = context.base_url.as_deref().unwrap_or(api::types::BASE_URL).trim_end_matches('/');
    let mut url = format!("{base}/v1/convai/conversations/");
    for byte in id.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                url.push(char::from(byte));
            }
            _ => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url.push_str("/audio");
    vec![Recording { url, media_type: Some("audio/mpeg".to_owned()), needs_auth: true }]
}

#[cfg(test)]
#[path = "tests/elevenlabs.rs"]
mod tests;
