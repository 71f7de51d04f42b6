//! The table of calls.

use crate::{Column, Kind, Privacy, Value};
use callfold_unify::model::{Call, Entity};

macro_rules! columns {
    ($($name:literal $kind:ident $whose:ident $privacy:ident $about:literal => $value:expr,)*) => {
        &[$(Column {
            name: $name,
            kind: Kind::$kind,
            foreign: $crate::calls::columns!(@ $whose),
            privacy: Privacy::$privacy,
            about: $about,
            value: $value,
        }),*]
    };
    (@ foreign) => { true };
    (@ ours) => { false };
}
pub(crate) use columns;

/// One row for each call.
///
/// What is a list or an object (analysis, metadata, latency) is in no column;
/// turns, parts of the cost and warnings have tables of their own.
pub const CALLS: &[Column<Call>] = columns! {
    "id" Text foreign None "the call's key: `vendor:account:call_id`"
        => |call| Value::owned(Some(call.id.to_string())),
    "vendor" Word ours None "the vendor's name"
        => |call| Value::text(&call.id.vendor),
    "account" Word foreign None "the name the user gave the source"
        => |call| Value::text(&call.id.account),
    "call_id" Text foreign None "the vendor's id of the call"
        => |call| Value::text(&call.id.call_id),
    "started_at" Time ours None "when the call began, in UTC"
        => |call| Value::time(call.started_at),
    "ended_at" Time ours None "when it was over, in UTC; empty while it goes on"
        => |call| Value::time(call.ended_at),
    "created_at" Time ours None "when the vendor made the record, in UTC"
        => |call| Value::time(call.created_at),
    "dialing_at" Time ours None "when dialling began, in UTC"
        => |call| Value::time(call.dialing_at),
    "ringing_at" Time ours None "when it rang, in UTC"
        => |call| Value::time(call.ringing_at),
    "answered_at" Time ours None "when it was picked up, in UTC"
        => |call| Value::time(call.answered_at),
    "duration_ms" Millis ours None "`ended_at` less `started_at`, in milliseconds"
        => |call| Value::millis(call.duration),
    "talk_time_ms" Millis ours None "`ended_at` less `answered_at`, in milliseconds"
        => |call| Value::millis(call.talk_time),
    "ring_time_ms" Millis ours None "`answered_at` less `ringing_at`, in milliseconds"
        => |call| Value::millis(call.ring_time),
    "reported_duration_ms" Millis ours None "the length the vendor states, in milliseconds"
        => |call| Value::millis(call.reported_duration),
    "direction" Word foreign None "`inbound` or `outbound`"
        => |call| Value::word(call.direction.as_ref().map(|word| word.as_str())),
    "channel" Word foreign None "`phone`, `web` or `sip`"
        => |call| Value::word(call.channel.as_ref().map(|word| word.as_str())),
    "status" Word foreign None "where the call is in its life"
        => |call| Value::text(call.status.as_str()),
    "disposition" Word foreign None "whether it connected"
        => |call| Value::word(call.disposition.as_ref().map(|word| word.as_str())),
    "answered_by" Word foreign None "`human` or `machine`"
        => |call| Value::word(call.answered_by.as_ref().map(|word| word.as_str())),
    "end_kind" Word foreign None "why it ended, in the common vocabulary"
        => |call| Value::word(call.end.as_ref().map(|end| end.kind.as_str())),
    "end_by" Word foreign None "who ended it"
        => |call| Value::word(call.end.as_ref().map(|end| end.ended_by.as_str())),
    "end_raw" Word foreign None "why it ended, in the vendor's word"
        => |call| Value::word(call.end.as_ref().map(|end| end.raw.as_str())),
    "error_message" Text foreign Text "the vendor's message about a failure"
        => |call| Value::word(call.error_message.as_deref()),
    "from_number" Text foreign Number "the caller's number, E.164 where it can be"
        => |call| Value::number(&call.from),
    "from_name" Text foreign Name "the caller's name"
        => |call| Value::word(call.from.as_ref().and_then(|party| party.name.as_deref())),
    "from_email" Text foreign Email "the caller's e-mail address"
        => |call| Value::word(call.from.as_ref().and_then(|party| party.email.as_deref())),
    "to_number" Text foreign Number "the called number, E.164 where it can be"
        => |call| Value::number(&call.to),
    "to_name" Text foreign Name "the called party's name"
        => |call| Value::word(call.to.as_ref().and_then(|party| party.name.as_deref())),
    "to_email" Text foreign Email "the called party's e-mail address"
        => |call| Value::word(call.to.as_ref().and_then(|party| party.email.as_deref())),
    "organization_id" Word foreign None "id of the vendor's tenant"
        => |call| entity_id(&call.organization),
    "organization_name" Word foreign None "name of the vendor's tenant"
        => |call| entity_name(&call.organization),
    "agent_id" Word foreign None "id of the voice agent"
        => |call| entity_id(&call.agent),
    "agent_name" Word foreign None "name of the voice agent"
        => |call| entity_name(&call.agent),
    "campaign_id" Word foreign None "id of the outbound campaign"
        => |call| entity_id(&call.campaign),
    "campaign_name" Word foreign None "name of the outbound campaign"
        => |call| entity_name(&call.campaign),
    "contact_id" Text foreign None "id of the customer's contact in the CRM"
        => |call| Value::word(call.contact_id.as_deref()),
    "cost_total" Decimal ours None "the cost, exact, in `cost_unit`"
        => |call| Value::decimal(call.cost.as_ref().and_then(|cost| cost.total)),
    "cost_unit" Word ours None "an ISO 4217 code, `credits`, or `unspecified` where the vendor does not say"
        => |call| Value::word(call.cost.as_ref().map(|cost| cost.unit.as_str())),
    "summary" Text foreign Text "the vendor's summary"
        => |call| Value::word(call.summary.as_deref()),
    "sentiment" Word foreign None "the mood the vendor's analysis found"
        => |call| Value::word(call.sentiment.as_ref().map(|word| word.as_str())),
    "outcome_success" Flag ours None "whether the vendor counts it as a success"
        => |call| Value::flag(call.outcome.success),
    "outcome_label" Word foreign None "the vendor's label, such as a lead's qualification"
        => |call| Value::word(call.outcome.label.as_deref()),
    "outcome_intent" Text foreign Text "what the customer wanted"
        => |call| Value::word(call.outcome.intent.as_deref()),
    "outcome_appointment_booked" Flag ours None "whether an appointment was made"
        => |call| Value::flag(call.outcome.appointment_booked),
    "transcript_state" Word foreign None "how far the transcript is at hand"
        => |call| Value::text(call.transcript.state.as_str()),
    "transcript_url" Text foreign None "where the transcript can be fetched"
        => |call| Value::word(call.transcript.url.as_deref()),
    "recording_url" Text foreign None "where the first recording can be fetched"
        => |call| Value::word(call.recordings.first().map(|recording| recording.url.as_str())),
    "analysis_state" Word foreign None "how far the vendor's analysis is"
        => |call| Value::word(call.analysis_state.as_ref().map(|word| word.as_str())),
    "warnings" Text ours None "codes of what was derived, assumed or dropped, separated by spaces"
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
