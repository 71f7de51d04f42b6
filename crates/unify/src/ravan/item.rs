//! The list's records in camel case.

use super::{LetterCase, VENDOR, session, turns::Transcripts};
use crate::{
    Context, RejectedRecord,
    convert::{Warnings, json_object},
    json_text,
    model::Call,
};
use callfold_ravan::types;
use callfold_record::Lenient;

/// Maps one record in camel case, of the object shape of the list.
///
/// # Errors
///
/// [`RejectedRecord`] when the record has no usable `id`.
pub fn map_camel_case(
    record: Lenient<types::CallSessionItem>,
    context: &Context,
) -> Result<Call, RejectedRecord> {
    let json_text::DecodedRecord { raw, mut record, issues } =
        json_text::decode(VENDOR, record, context)?;
    let prompt = record.prompt_dynamic_variables.take();
    let extracted = record.extract_dynamic_variables.take();
    let (record, warnings) = (in_snake_case(record), &mut Warnings::new(issues));
    let transcripts = Transcripts::NotRequested;
    let mut call = session(record, &raw, transcripts, LetterCase::Camel, warnings, context);
    json_object::put(&mut call.facts, "prompt_dynamic_variables", prompt);
    json_object::put(&mut call.analysis, "extract_dynamic_variables", extracted);
    call.raw = json_text::raw_for_call(raw, context);
    Ok(call)
}

/// The names that look different in snake case, the most frequent first.
const NAMES: &[&str] = &[
    "startedAt",
    "agentId",
    "organizationId",
    "callerNumber",
    "durationSec",
    "createdAt",
    "agentName",
    "calleeNumber",
    "endedAt",
    "costTotal",
    "recordingUrl",
    "disconnectReason",
    "callLatencyMs",
    "roomId",
    "callerName",
    "callerEmail",
    "errorMessage",
    "postCallAnalysisResult",
    "promptDynamicVariables",
    "extractDynamicVariables",
    "creditBreakdown",
];

/// Whether a record's names are in camel case: it has one of those that look
/// different in snake case.
pub(super) fn is_item(record: &str) -> bool {
    NAMES.iter().any(|name| json_text::has_member(record, name))
}

/// The same record under the names of the other shapes.
fn in_snake_case(item: Box<types::CallSessionItem>) -> Box<types::CallSession> {
    Box::new(types::CallSession {
        id: item.id,
        agent_id: item.agent_id,
        agent_name: item.agent_name,
        organization_id: item.organization_id,
        room_id: item.room_id,
        caller_number: item.caller_number,
        callee_number: item.callee_number,
        caller_name: item.caller_name,
        caller_email: item.caller_email,
        channel: item.channel,
        status: item.status,
        summary: item.summary,
        recording_url: item.recording_url,
        duration_sec: item.duration_sec,
        cost_total: item.cost_total,
        twilio_cost: None,
        model_cost: None,
        credit_breakdown: item.credit_breakdown,
        disconnect_reason: item.disconnect_reason,
        call_latency_ms: item.call_latency_ms,
        error_message: item.error_message,
        post_call_analysis_result: item.post_call_analysis_result,
        metadata: item.metadata,
        started_at: item.started_at,
        ended_at: item.ended_at,
        created_at: item.created_at,
        transcripts: None,
        extra: item.extra,
    })
}
