//! Vapi: one record for the list and the single call, and the messages of its webhooks.
//!
//! Belongs here: what Vapi's fields mean. [`FIELDS`] is the whole table. Money is in US dollars; times of
//! messages are Unix times in milliseconds. What the conversation left behind stands in `artifact`; the copies at
//! the top of a record are read where the artifact has none. A call's recordings are named by the endpoints that
//! serve them: the addresses in the record fail, and the signed ones are other ones in each answer.

#![cfg(feature = "vapi")]

use crate::{
    Context, Error, MappedRecords, Mapping, RejectedRecord,
    convert::{
        ConnectionEvidence, Warnings, end_reason, fields, finish, json_object, text, time, words,
    },
    json_text::{self, Shapes},
    model::{
        Agent, Call, Channel, Direction, Disposition, DurationBasis, Entity, JsonObject, Outcome,
        Status,
    },
};
use callfold_record::{Lenient, OpenEnum, RawJson};
use callfold_vapi::types;

mod artifact;
mod cost;
mod event;
mod parties;
mod turns;

/// The vendor's crate, whose records are mapped here.
#[doc(no_inline)]
pub use callfold_vapi as api;

/// The vendor's name, as in a call's id.
pub const VENDOR: &str = "vapi";

/// This mapping, for callers that hold several.
pub const MAPPING: Mapping = Mapping { vendor: VENDOR, from_json_with, fields: FIELDS };

fields! {
    "/id" => "call_id, recordings",
    "/orgId" => "organization",
    "/createdAt" => "created_at",
    "/updatedAt" => "updated_at",
    "/startedAt" => "started_at",
    "/endedAt" => "ended_at",
    "/type" => "direction, channel",
    "/status" => "status",
    "/endedReason" => "end, transfers",
    "/endedMessage" => "error_message",
    "/name" => "facts",
    "/assistantId" => "agent",
    "/assistantVersion" => "agent",
    "/assistant" => "agent",
    "/assistantOverrides" => "raw: the configuration of the assistant",
    "/squadId" => "facts",
    "/squad" => "raw: the configuration of the squad",
    "/squadOverrides" => "raw: the configuration of the squad",
    "/workflowId" => "facts",
    "/workflow" => "raw: the configuration of the workflow",
    "/workflowOverrides" => "raw: the configuration of the workflow",
    "/artifactPlan" => "raw: the configuration of the artifacts",
    "/campaignId" => "campaign",
    "/customerId" => "contact_id, customer",
    "/customer/number" => "from, to, customer",
    "/customer/sipUri" => "from, to, customer, facts",
    "/customer/name" => "from, to, customer",
    "/customer/email" => "from, to, customer",
    "/customer/externalId" => "contact_id, customer",
    "/customer/extension" => "raw: how the number is dialled",
    "/customer/numberE164CheckEnabled" => "raw: how the number is dialled",
    "/customer/assistantOverrides" => "raw: the configuration of the assistant",
    "/customer/squadOverrides" => "raw: the configuration of the squad",
    "/phoneNumberId" => "from, to, agent_line",
    "/phoneNumber" => "from, to, agent_line",
    "/phoneCallProvider" => "facts",
    "/phoneCallProviderId" => "alternate_ids",
    "/phoneCallProviderDetails" => "raw: more identifiers of the provider",
    "/phoneCallTransport" => "channel, facts",
    "/transport/callSid" => "alternate_ids",
    "/transport/sbcCallSid" => "alternate_ids",
    "/transport/callUUID" => "alternate_ids",
    "/transport/conversationUUID" => "alternate_ids",
    "/transport/callControlId" => "alternate_ids",
    "/transport/callLegId" => "alternate_ids",
    "/transport/callSessionId" => "alternate_ids",
    "/transport/provider" => "facts",
    "/transport/forwardedFrom" => "facts",
    "/transport/accountSid" => "raw: the account at the provider",
    "/transport/callToken" => "raw: a credential, replaced",
    "/transport/conversationType" => "raw: the same word in each call",
    "/transport/dialTimeout" => "raw: how the number is dialled",
    "/transport/callUrl" => "raw: the room of the call",
    "/transport/callSipUri" => "raw: the room of the call",
    "/transport/roomDeleteOnUserLeaveEnabled" => "raw: the room of the call",
    "/transport/audioFormat" => "raw: the format of the audio",
    "/webCallUrl" => "raw: the room of the call",
    "/destination/number" => "transfers",
    "/destination/sipUri" => "transfers",
    "/destination/transferPlan" => "transfers",
    "/destination/type" => "raw: the other fields say it",
    "/destination/extension" => "raw: how the number is dialled",
    "/destination/callerId" => "raw: how the number is dialled",
    "/destination/numberE164CheckEnabled" => "raw: how the number is dialled",
    "/destination/sipHeaders" => "raw: how the number is dialled",
    "/destination/description" => "raw: the configuration of the transfer",
    "/destination/message" => "raw: the configuration of the transfer",
    "/schedulePlan/earliestAt" => "facts",
    "/schedulePlan/latestAt" => "facts",
    "/cost" => "cost",
    "/costs/*/cost" => "cost",
    "/costs/*/type" => "cost",
    "/costs/*/subType" => "cost",
    "/costs/*/analysisType" => "cost",
    "/costs/*/provider" => "raw: who was paid",
    "/costs/*/transcriber" => "raw: what was used",
    "/costs/*/model" => "raw: what was used",
    "/costs/*/voice" => "raw: what was used",
    "/costs/*/minutes" => "raw: an amount of use, not a cost",
    "/costs/*/characters" => "raw: an amount of use, not a cost",
    "/costs/*/promptTokens" => "raw: an amount of use, not a cost",
    "/costs/*/completionTokens" => "raw: an amount of use, not a cost",
    "/costs/*/cachedPromptTokens" => "raw: an amount of use, not a cost",
    "/costs/*/reasoningTokens" => "raw: an amount of use, not a cost",
    "/costs/*/promptTextTokens" => "raw: an amount of use, not a cost",
    "/costs/*/promptAudioTokens" => "raw: an amount of use, not a cost",
    "/costs/*/completionTextTokens" => "raw: an amount of use, not a cost",
    "/costs/*/completionAudioTokens" => "raw: an amount of use, not a cost",
    "/costs/*/structuredOutputBreakdown" => "raw: the part once more, in detail",
    "/costBreakdown/total" => "cost",
    "/costBreakdown/transport" => "cost",
    "/costBreakdown/stt" => "cost",
    "/costBreakdown/llm" => "cost",
    "/costBreakdown/tts" => "cost",
    "/costBreakdown/vapi" => "cost",
    "/costBreakdown/chat" => "cost",
    "/costBreakdown/voicemailDetectionCost" => "cost",
    "/costBreakdown/knowledgeBaseCost" => "cost",
    "/costBreakdown/analysisCostBreakdown/summary" => "cost",
    "/costBreakdown/analysisCostBreakdown/structuredData" => "cost",
    "/costBreakdown/analysisCostBreakdown/successEvaluation" => "cost",
    "/costBreakdown/analysisCostBreakdown/structuredOutput" => "cost",
    "/costBreakdown/analysisCostBreakdown/summaryPromptTokens" => "raw: an amount of use, not a cost",
    "/costBreakdown/analysisCostBreakdown/summaryCompletionTokens" => "raw: an amount of use, not a cost",
    "/costBreakdown/analysisCostBreakdown/summaryCachedPromptTokens" => "raw: an amount of use, not a cost",
    "/costBreakdown/analysisCostBreakdown/structuredDataPromptTokens" => "raw: an amount of use, not a cost",
    "/costBreakdown/analysisCostBreakdown/structuredDataCompletionTokens" => "raw: an amount of use, not a cost",
    "/costBreakdown/analysisCostBreakdown/structuredDataCachedPromptTokens" => "raw: an amount of use, not a cost",
    "/costBreakdown/analysisCostBreakdown/successEvaluationPromptTokens" => "raw: an amount of use, not a cost",
    "/costBreakdown/analysisCostBreakdown/successEvaluationCompletionTokens" => "raw: an amount of use, not a cost",
    "/costBreakdown/analysisCostBreakdown/successEvaluationCachedPromptTokens" => "raw: an amount of use, not a cost",
    "/costBreakdown/analysisCostBreakdown/structuredOutputPromptTokens" => "raw: an amount of use, not a cost",
    "/costBreakdown/analysisCostBreakdown/structuredOutputCompletionTokens" => "raw: an amount of use, not a cost",
    "/costBreakdown/analysisCostBreakdown/structuredOutputCachedPromptTokens" => "raw: an amount of use, not a cost",
    "/costBreakdown/llmPromptTokens" => "raw: an amount of use, not a cost",
    "/costBreakdown/llmCompletionTokens" => "raw: an amount of use, not a cost",
    "/costBreakdown/llmCachedPromptTokens" => "raw: an amount of use, not a cost",
    "/costBreakdown/ttsCharacters" => "raw: an amount of use, not a cost",
    "/analysis" => "summary, outcome, analysis",
    "/summary" => "summary",
    "/artifact/messages/*/role" => "transcript",
    "/artifact/messages/*/message" => "transcript",
    "/artifact/messages/*/time" => "transcript",
    "/artifact/messages/*/endTime" => "transcript",
    "/artifact/messages/*/secondsFromStart" => "transcript",
    "/artifact/messages/*/toolCalls" => "transcript",
    "/artifact/messages/*/toolCallId" => "transcript",
    "/artifact/messages/*/name" => "transcript",
    "/artifact/messages/*/result" => "transcript",
    "/artifact/messages/*/duration" => "raw: speaking time in an uncertain unit",
    "/artifact/messages/*/source" => "raw: empty in practice",
    "/artifact/messages/*/assistantName" => "raw: the assistants stand in assistantActivations",
    "/artifact/messages/*/assistantId" => "raw: the assistants stand in assistantActivations",
    "/artifact/messages/*/speakerLabel" => "raw: which of several customers spoke",
    "/artifact/messages/*/metadata" => "raw: times and confidence of the words",
    "/artifact/messages/*/warnings" => "raw: warnings about the size of a result",
    "/artifact/messages/*/isFiltered" => "raw: what a filter did to the words",
    "/artifact/messages/*/detectedThreats" => "raw: what a filter did to the words",
    "/artifact/messages/*/originalMessage" => "raw: what a filter did to the words",
    "/artifact/messagesOpenAIFormatted" => "raw: the messages once more",
    "/artifact/transcript" => "transcript",
    "/artifact/recording/mono/combinedUrl" => "recordings",
    "/artifact/recording/mono/assistantUrl" => "recordings",
    "/artifact/recording/mono/customerUrl" => "recordings",
    "/artifact/recording/stereoUrl" => "recordings",
    "/artifact/recording/videoUrl" => "recordings",
    "/artifact/recording/videoRecordingStartDelaySeconds" => "raw: its unit is contradictory",
    "/artifact/recordingUrl" => "recordings",
    "/artifact/stereoRecordingUrl" => "recordings",
    "/artifact/videoRecordingUrl" => "recordings",
    "/artifact/videoRecordingStartDelaySeconds" => "raw: its unit is contradictory",
    "/artifact/pcapUrl" => "raw: captured packets, not a recording",
    "/artifact/logUrl" => "raw: a log, not a recording",
    "/artifact/presignedMonoUrl" => "raw: a credential, replaced",
    "/artifact/presignedStereoUrl" => "raw: a credential, replaced",
    "/artifact/presignedVideoUrl" => "raw: a credential, replaced",
    "/artifact/presignedAssistantUrl" => "raw: a credential, replaced",
    "/artifact/presignedCustomerUrl" => "raw: a credential, replaced",
    "/artifact/presignedPcapUrl" => "raw: a credential, replaced",
    "/artifact/presignedLogUrl" => "raw: a credential, replaced",
    "/artifact/presignedUrlsExpiresAt" => "raw: goes with the credentials, replaced",
    "/artifact/performanceMetrics/turnLatencies/*/turnLatency" => "latency",
    "/artifact/performanceMetrics/turnLatencies/*/modelLatency" => "latency",
    "/artifact/performanceMetrics/turnLatencies/*/voiceLatency" => "latency",
    "/artifact/performanceMetrics/turnLatencies/*/transcriberLatency" => "latency",
    "/artifact/performanceMetrics/turnLatencies/*/endpointingLatency" => "latency",
    "/artifact/performanceMetrics/turnLatencyAverage" => "latency",
    "/artifact/performanceMetrics/modelLatencyAverage" => "latency",
    "/artifact/performanceMetrics/voiceLatencyAverage" => "latency",
    "/artifact/performanceMetrics/transcriberLatencyAverage" => "latency",
    "/artifact/performanceMetrics/endpointingLatencyAverage" => "latency",
    "/artifact/performanceMetrics/fromTransportLatencyAverage" => "latency",
    "/artifact/performanceMetrics/toTransportLatencyAverage" => "latency",
    "/artifact/performanceMetrics/numUserInterrupted" => "facts",
    "/artifact/performanceMetrics/numAssistantInterrupted" => "facts",
    "/artifact/transfers/*/destination/number" => "transfers",
    "/artifact/transfers/*/destination/sipUri" => "transfers",
    "/artifact/transfers/*/destination" => "raw: how the transfer is made",
    "/artifact/transfers/*/mode" => "transfers",
    "/artifact/transfers/*/status" => "transfers",
    "/artifact/transfers/*/transcript" => "raw: what was said to the operator",
    "/artifact/transfers/*/messages" => "raw: what was said to the operator",
    "/artifact/assistantActivations/*/assistantName" => "agent",
    "/artifact/assistantActivations/*/assistantId" => "agent",
    "/artifact/assistantActivations/*/assistantVersion" => "agent",
    "/artifact/structuredOutputs" => "analysis",
    "/artifact/scorecards" => "analysis",
    "/artifact/skippedStructuredOutputs" => "raw: what was not extracted",
    "/artifact/structuredOutputsLastUpdatedAt" => "facts",
    "/artifact/variableValues" => "raw: the variables of the prompt",
    "/artifact/variables" => "raw: the variables of the prompt",
    "/artifact/nodes" => "raw: the steps of the workflow",
    "/messages" => "transcript",
    "/transcript" => "transcript",
    "/recordingUrl" => "recordings",
    "/stereoRecordingUrl" => "recordings",
    "/monitor/listenUrl" => "raw: a credential, replaced",
    "/monitor/controlUrl" => "raw: a credential, replaced",
    "/monitor/monitors" => "raw: which monitors applied",
    "/compliance/recordingConsent/type" => "facts",
    "/compliance/recordingConsent/grantedAt" => "facts",
    "/metadata" => "metadata",
    "/duration" => "facts",
}

const SHAPES: Shapes = Shapes {
    vendor: VENDOR,
    ids: &["id"],
    paths: &[&["results"], &["data"]],
    known: "a call with `id`, an array of calls, a page with `results` or `data`, or a webhook's message",
};

/// Maps one record.
///
/// # Errors
///
/// [`RejectedRecord`] when the record has no usable `id`.
pub fn map_record(record: Lenient<types::Call>, context: &Context) -> Result<Call, RejectedRecord> {
    map(record, context, Evidence::Record)
}

/// What the text of a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Evidence {
    /// A record: a call that is over without a start never connected.
    Record,
    /// A webhook's message, which says only what changed.
    Event,
}

fn map(
    record: Lenient<types::Call>,
    context: &Context,
    evidence: Evidence,
) -> Result<Call, RejectedRecord> {
    let json_text::DecodedRecord { raw, record, issues } =
        json_text::decode(VENDOR, record, context)?;
    let mut record = *record;
    let warnings = &mut Warnings::new(issues);
    warnings.extra("", &record.extra);
    let mut facts = facts(&mut record, warnings);
    let is_sip = matches!(
        record.phone_call_transport,
        Some(OpenEnum::Known(types::KnownPhoneCallTransport::Sip))
    );
    if let Some(OpenEnum::Unknown(word)) = &record.phone_call_transport
        && !word.trim().is_empty()
    {
        warnings.unknown("/phoneCallTransport");
        json_object::put_value(&mut facts, "phoneCallTransport", Some(word));
    }
    let (direction, channel) = kind(record.type_.take(), is_sip, warnings);
    let (status, word) = status(record.status.take(), warnings);
    let ended_reason = record.ended_reason.take();
    let end = end_reason::end_reason(VENDOR, ended_reason, "/endedReason", warnings);
    let mut instant = |value, pointer| time::instant(value, pointer, context, warnings);
    let created_at = instant(record.created_at.take(), "/createdAt");
    let updated_at = instant(record.updated_at.take(), "/updatedAt");
    let started_at = instant(record.started_at.take(), "/startedAt");
    let ended_at = instant(record.ended_at.take(), "/endedAt");
    let duration = time::between(started_at, ended_at, "/endedAt", warnings);
    let status = status.unwrap_or_else(|| end_reason::status_by_end(ended_at));
    let never_connected =
        evidence == Evidence::Record && status == Status::Ended && started_at.is_none();
    let word = word.or_else(|| never_connected.then_some(Disposition::Failed));
    let parties = parties::parties(&mut record, direction.as_ref(), context, &mut facts, warnings);
    let alternate_ids = parties::alternate_ids(&mut record, &mut facts, warnings);
    let cost = cost::cost(&mut record, warnings);
    let mut found = artifact::read(record.artifact.take(), &mut facts, warnings);
    let agent = agent(&mut record, &mut found);
    let destination = record.destination.take();
    let transfers =
        artifact::transfers(found.transfers, destination, end.as_ref(), &mut facts, warnings);
    let mut urls = found.recordings;
    urls.add_top(record.recording_url.take(), record.stereo_recording_url.take());
    let recordings = urls.recordings(&record.id, context);
    let turns = turns::turns(found.messages, record.messages.take(), warnings);
    let transcript = turns.into_transcript(
        text(found.transcript).or_else(|| text(record.transcript.take())),
        (started_at, ended_at),
        warnings,
    );
    let mut analysis = JsonObject::new();
    let (summary, outcome) = read_analysis(record.analysis.take(), &mut analysis);
    json_object::put(&mut analysis, "structuredOutputs", found.structured_outputs);
    json_object::put(&mut analysis, "scorecards", found.scorecards);
    let mut metadata = JsonObject::new();
    json_object::spread(&mut metadata, "metadata", record.metadata.take());
    json_object::put_left_out(&mut facts, || raw.get().get(), warnings);
    let mut call = Call {
        alternate_ids,
        organization: Entity::of(record.org_id, None),
        agent,
        campaign: Entity::of(record.campaign_id, None),
        contact_id: parties.contact_id,
        direction,
        channel,
        from: parties.from,
        to: parties.to,
        customer: parties.customer,
        agent_line: parties.agent_line,
        status,
        end,
        transfers,
        error_message: text(record.ended_message),
        created_at,
        updated_at,
        started_at,
        ended_at,
        duration,
        duration_basis: duration.map(|_| DurationBasis::Start),
        cost,
        latency: found.latency,
        transcript,
        recordings,
        summary: summary.or_else(|| text(record.summary)),
        outcome,
        analysis,
        metadata,
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

/// Maps a text that holds one record, an array of records, a page in the envelope of the withdrawn
/// list, or a message of a webhook. Records without a usable id are in [`MappedRecords::rejected`].
///
/// # Errors
///
/// [`ErrorKind::NotJson`](crate::ErrorKind::NotJson) and
/// [`ErrorKind::UnknownShape`](crate::ErrorKind::UnknownShape).
pub fn from_json_with(text: &str, context: &Context) -> Result<MappedRecords, Error> {
    match event::message(text) {
        Some(event) => Ok(MappedRecords::one(event::map_event(event, context))),
        None => json_text::read(&SHAPES, text, context, map_record),
    }
}

/// Direction and medium, which are one word. A web call has no direction.
fn kind(
    word: Option<OpenEnum<types::KnownCallType>>,
    is_sip: bool,
    warnings: &mut Warnings,
) -> (Option<Direction>, Option<Channel>) {
    use types::KnownCallType as Known;
    let phone = || if is_sip { Channel::Sip } else { Channel::Phone };
    match word {
        None => (None, None),
        Some(OpenEnum::Known(Known::InboundPhoneCall)) => (Some(Direction::Inbound), Some(phone())),
        Some(OpenEnum::Known(Known::OutboundPhoneCall)) => {
            (Some(Direction::Outbound), Some(phone()))
        }
        Some(OpenEnum::Known(Known::WebCall)) => (None, Some(Channel::Web)),
        Some(OpenEnum::Known(word)) => (None, Some(Channel::Other(word.to_string()))),
        Some(OpenEnum::Unknown(word)) if word.trim().is_empty() => (None, None),
        Some(OpenEnum::Unknown(word)) => {
            warnings.unknown("/type");
            (None, Some(Channel::Other(word)))
        }
    }
}

/// The state, and what the word says about whether the call connected.
fn status(
    word: Option<OpenEnum<types::KnownCallStatus>>,
    warnings: &mut Warnings,
) -> (Option<Status>, Option<Disposition>) {
    use types::KnownCallStatus as Known;
    match word {
        Some(OpenEnum::Known(Known::Forwarding)) => {
            (Some(Status::InProgress), Some(Disposition::Answered))
        }
        Some(OpenEnum::Known(word @ (Known::NotFound | Known::DeletionFailed))) => {
            (Some(Status::Other(word.to_string())), None)
        }
        word => words::status(word.map(|word| word.to_string()), "/status", &[], warnings),
    }
}

/// The stored assistant, or the one written inline; the name of a stored one is told only by the
/// list of those that spoke, of which the first is the one the call began with.
fn agent(record: &mut types::Call, found: &mut artifact::ArtifactParts) -> Option<Agent> {
    let first = found.first_assistant.take();
    let inline = record.assistant.as_ref();
    let name = inline.and_then(|assistant| json_object::member_text(assistant, "name"));
    let (id, version) = (text(record.assistant_id.take()), text(record.assistant_version.take()));
    let (first_id, first_name, first_version) = match first {
        Some(first) => {
            (text(first.assistant_id), text(first.assistant_name), text(first.assistant_version))
        }
        None => (None, None, None),
    };
    let is_same = id.is_none() || first_id.is_none() || id == first_id;
    let (name, version) = match is_same {
        true => (text(name).or(first_name), version.or(first_version)),
        false => (text(name), version),
    };
    let mut agent = Agent::of(id.or(first_id), name)?;
    agent.version = version;
    Some(agent)
}

/// What the vendor worked out: the summary and the outcome. The evaluation is a text whatever its
/// rubric: only the two words of a yes-or-no one say whether the call was a success. An empty array
/// is sent where there is none.
fn read_analysis(value: Option<RawJson>, analysis: &mut JsonObject) -> (Option<String>, Outcome) {
    let Some(value) = value.filter(|value| !json_object::is_empty(value)) else {
        return (None, Outcome::default());
    };
    let Some(mut members) = json_object::members(&value) else {
        json_object::put(analysis, "analysis", Some(value));
        return (None, Outcome::default());
    };
    let summary = json_object::take(&mut members, "summary", json_object::text_of);
    let evaluation = json_object::take(&mut members, "successEvaluation", json_object::text_of);
    for (name, value) in members {
        json_object::put(analysis, &name, Some(RawJson::from(value.to_owned())));
    }
    let evaluation = text(evaluation);
    let success = match evaluation.as_deref().map(str::trim) {
        Some("true") => Some(true),
        Some("false") => Some(false),
        _ => None,
    };
    let evaluation = evaluation.filter(|_| success.is_none());
    (text(summary), Outcome { success, evaluation, ..Outcome::default() })
}

/// What the record states that no other field holds.
fn facts(record: &mut types::Call, warnings: &mut Warnings) -> JsonObject {
    let mut facts = JsonObject::new();
    let texts = [
        ("name", record.name.take()),
        ("squadId", record.squad_id.take()),
        ("workflowId", record.workflow_id.take()),
        ("phoneCallProvider", record.phone_call_provider.take()),
    ];
    for (name, value) in texts {
        json_object::put_value(&mut facts, name, text(value));
    }
    if let Some(plan) = record.schedule_plan.take() {
        warnings.extra("/schedulePlan", &plan.extra);
        json_object::put_value(&mut facts, "schedulePlan/earliestAt", text(plan.earliest_at));
        json_object::put_value(&mut facts, "schedulePlan/latestAt", text(plan.latest_at));
    }
    if let Some(compliance) = record.compliance.take() {
        warnings.extra("/compliance", &compliance.extra);
        if let Some(consent) = compliance.recording_consent {
            const AT: &str = "compliance/recordingConsent";
            warnings.extra(format_args!("/{AT}"), &consent.extra);
            json_object::put_value(&mut facts, &format!("{AT}/type"), text(consent.type_));
            let granted_at = text(consent.granted_at);
            json_object::put_value(&mut facts, &format!("{AT}/grantedAt"), granted_at);
        }
    }
    if let Some(monitor) = record.monitor.take() {
        warnings.extra("/monitor", &monitor.extra);
    }
    json_object::put(&mut facts, "duration", record.duration.take());
    facts
}

#[cfg(test)]
#[path = "tests/vapi.rs"]
mod tests;

#[cfg(test)]
#[path = "tests/vapi_event.rs"]
mod event_tests;
