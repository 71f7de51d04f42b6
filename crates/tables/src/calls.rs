//! The table of calls.

use crate::{Column, Kind, Privacy, Value};
use callfold_unify::model::{Call, Entity};

macro_rules! columns {
    ($($name:literal $kind:ident $origin:ident $privacy:ident $description:literal => $value:expr,)*) => {
        &[$(Column {
            name: $name,
            kind: Kind::$kind,
            external_text: $crate::calls::columns!(@ $origin),
            privacy: Privacy::$privacy,
            description: $description,
            value: $value,
        }),*]
    };
    (@ external) => { true };
    (@ model) => { false };
}
pub(crate) use columns;

/// One row per call.
///
/// Lists and objects (analysis, metadata, latency) have no column; turns, cost parts and warnings
/// have their own tables.
pub const CALLS: &[Column<Call>] = columns! {
    "id" Text external None "the call's key: `vendor:account:call_id`"
        => |call| Value::owned(Some(call.id.to_string())),
    "vendor" Word model None "the vendor's name"
        => |call| Value::text(&call.id.vendor),
    "account" Word external None "the name the user gave the source"
        => |call| Value::text(&call.id.account),
    "call_id" Text external None "the vendor's id of the call"
        => |call| Value::text(&call.id.call_id),
    "started_at" Time model None "when the call began, in UTC"
        => |call| Value::time(call.started_at),
    "ended_at" Time model None "when it was over, in UTC; empty while it goes on"
        => |call| Value::time(call.ended_at),
    "created_at" Time model None "when the vendor made the record, in UTC"
        => |call| Value::time(call.created_at),
    "dialing_at" Time model None "when dialling began, in UTC"
        => |call| Value::time(call.dialing_at),
    "ringing_at" Time model None "when it rang, in UTC"
        => |call| Value::time(call.ringing_at),
    "answered_at" Time model None "when it was picked up, in UTC"
        => |call| Value::time(call.answered_at),
    "duration_ms" Millis model None "`ended_at` less `started_at`, in milliseconds"
        => |call| Value::millis(call.duration),
    "talk_time_ms" Millis model None "`ended_at` less `answered_at`, in milliseconds"
        => |call| Value::millis(call.talk_time),
    "ring_time_ms" Millis model None "`answered_at` less `ringing_at`, in milliseconds"
        => |call| Value::millis(call.ring_time),
    "reported_duration_ms" Millis model None "the length the vendor states, in milliseconds"
        => |call| Value::millis(call.reported_duration),
    "direction" Word external None "`inbound` or `outbound`"
        => |call| Value::word(call.direction.as_ref().map(|word| word.as_str())),
    "channel" Word external None "`phone`, `web` or `sip`"
        => |call| Value::word(call.channel.as_ref().map(|word| word.as_str())),
    "status" Word external None "where the call is in its life"
        => |call| Value::text(call.status.as_str()),
    "disposition" Word external None "whether it connected"
        => |call| Value::word(call.disposition.as_ref().map(|word| word.as_str())),
    "answered_by" Word external None "`human` or `machine`"
        => |call| Value::word(call.answered_by.as_ref().map(|word| word.as_str())),
    "end_kind" Word external None "why it ended, in the common vocabulary"
        => |call| Value::word(call.end.as_ref().map(|end| end.kind.as_str())),
    "end_by" Word external None "who ended it"
        => |call| Value::word(call.end.as_ref().map(|end| end.ended_by.as_str())),
    "end_raw" Word external None "why it ended, in the vendor's word"
        => |call| Value::word(call.end.as_ref().map(|end| end.raw.as_str())),
    "error_message" Text external Text "the vendor's message about a failure"
        => |call| Value::word(call.error_message.as_deref()),
    "from_number" Text external Number "the caller's number, E.164 where it can be"
        => |call| Value::number(&call.from),
    "from_name" Text external Name "the caller's name"
        => |call| Value::word(call.from.as_ref().and_then(|party| party.name.as_deref())),
    "from_email" Text external Email "the caller's e-mail address"
        => |call| Value::word(call.from.as_ref().and_then(|party| party.email.as_deref())),
    "to_number" Text external Number "the called number, E.164 where it can be"
        => |call| Value::number(&call.to),
    "to_name" Text external Name "the called party's name"
        => |call| Value::word(call.to.as_ref().and_then(|party| party.name.as_deref())),
    "to_email" Text external Email "the called party's e-mail address"
        => |call| Value::word(call.to.as_ref().and_then(|party| party.email.as_deref())),
    "organization_id" Word external None "id of the vendor's tenant"
        => |call| entity_id(&call.organization),
    "organization_name" Word external None "name of the vendor's tenant"
        => |call| entity_name(&call.organization),
    "agent_id" Word external None "id of the voice agent"
        => |call| Value::word(call.agent.as_ref().and_then(|agent| agent.id.as_deref())),
    "agent_name" Word external None "name of the voice agent"
        => |call| Value::word(call.agent.as_ref().and_then(|agent| agent.name.as_deref())),
    "campaign_id" Word external None "id of the outbound campaign"
        => |call| entity_id(&call.campaign),
    "campaign_name" Word external None "name of the outbound campaign"
        => |call| entity_name(&call.campaign),
    "contact_id" Text external None "id of the customer's contact in the CRM"
        => |call| Value::word(call.contact_id.as_deref()),
    "cost_total" Decimal model None "the cost, exact, in `cost_unit`"
        => |call| Value::decimal(call.cost.as_ref().and_then(|cost| cost.total)),
    "cost_unit" Word model None "an ISO 4217 code, `credits`, or `unspecified` where the vendor does not say"
        => |call| Value::word(call.cost.as_ref().map(|cost| cost.unit.as_str())),
    "summary" Text external Text "the vendor's summary"
        => |call| Value::word(call.summary.as_deref()),
    "sentiment" Word external None "the mood the vendor's analysis found"
        => |call| Value::word(call.sentiment.as_ref().map(|word| word.as_str())),
    "outcome_success" Flag model None "whether the vendor counts it as a success"
        => |call| Value::flag(call.outcome.success),
    "outcome_label" Word external None "the vendor's label, such as a lead's qualification"
        => |call| Value::word(call.outcome.label.as_deref()),
    "outcome_intent" Text external Text "what the customer wanted"
        => |call| Value::word(call.outcome.intent.as_deref()),
    "outcome_appointment_booked" Flag model None "whether an appointment was made"
        => |call| Value::flag(call.outcome.appointment_booked),
    "transcript_state" Word external None "how far the transcript is at hand"
        => |call| Value::text(call.transcript.state.as_str()),
    "transcript_url" Text external None "where the transcript can be fetched"
        => |call| Value::word(call.transcript.url.as_deref()),
    "recording_url" Text external None "where the first recording can be fetched"
        => |call| Value::word(call.recordings.first().map(|recording| recording.url.as_str())),
    "analysis_state" Word external None "how far the vendor's analysis is"
        => |call| Value::word(call.analysis_state.as_ref().map(|word| word.as_str())),
    "warnings" Text model None "codes of what was derived, assumed or dropped, separated by spaces"
        => |call| Value::owned(warnings(call)),
};

fn entity_id(entity: &Option<Entity>) -> Value<'_> {
    Value::word(entity.as_ref().and_then(|entity| entity.id.as_deref()))
}

fn entity_name(entity: &Option<Entity>) -> Value<'_> {
    Value::word(entity.as_ref().and_then(|entity| entity.name.as_deref()))
}

fn warnings(call: &Call) -> Option<String> {
    let mut codes: Vec<&str> = call.warnings.iter().map(|warning| warning.code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    (!codes.is_empty()).then(|| codes.join(" "))
}
