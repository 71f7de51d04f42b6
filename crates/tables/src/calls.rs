//! The table of calls.

use crate::{
    CellValue, Column, ColumnKind, Privacy, latency,
    value::{closed, unlisted},
};
use callfold_unify::model::{Call, Entity, Party, Speaker, Turn, TurnKind};
use chrono::Timelike;

macro_rules! columns {
    ($($name:literal $kind:ident $origin:ident $privacy:ident $description:literal => $value:expr,)*) => {
        &[$(Column {
            name: $name,
            kind: ColumnKind::$kind,
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
/// Lists and objects (analysis, metadata, facts, latency) have no column; turns, transfers, cost
/// parts, other totals and warnings have their own tables. Where a column has a closed set of words,
/// an undocumented word of the vendor is `other` there, and itself in the `_raw` column beside it.
pub const CALLS: &[Column<Call>] = columns! {
    "id" Text external None "the call's key: `vendor:account:call_id`"
        => |call| CellValue::owned(Some(call.id.to_string())),
    "vendor" Word model None "the vendor's name"
        => |call| CellValue::text(&call.id.vendor),
    "account" Word external None "the name the user gave the source"
        => |call| CellValue::text(&call.id.account),
    "call_id" Text external None "the vendor's id of the call"
        => |call| CellValue::text(&call.id.call_id),
    "started_at" Time model None "when the call began, in UTC"
        => |call| CellValue::time(call.started_at),
    "started_at_local" Text model None "the same instant in the source's `time_zone`, RFC 3339 with its offset"
        => |call| CellValue::owned(call.started_at_local.map(|at| at.to_rfc3339())),
    "local_hour" Count model None "the hour of `started_at_local`, 0 to 23; empty without a `time_zone`"
        => |call| CellValue::count(call.started_at_local.map(|at| i64::from(at.hour()))),
    "ended_at" Time model None "when it was over, in UTC; empty while it goes on"
        => |call| CellValue::time(call.ended_at),
    "created_at" Time model None "when the vendor made the record, in UTC"
        => |call| CellValue::time(call.created_at),
    "updated_at" Time model None "when the vendor last changed the record, in UTC"
        => |call| CellValue::time(call.updated_at),
    "dialing_at" Time model None "when dialling began, in UTC"
        => |call| CellValue::time(call.dialing_at),
    "ringing_at" Time model None "when it rang, in UTC"
        => |call| CellValue::time(call.ringing_at),
    "answered_at" Time model None "when it was picked up, in UTC"
        => |call| CellValue::time(call.answered_at),
    "duration_ms" Millis model None "`ended_at` less `started_at`, in milliseconds"
        => |call| CellValue::millis(call.duration),
    "duration_basis" Word model None "what `duration_ms` counts from: `dispatch`, `start` or `answer`"
        => |call| closed!(call.duration_basis.as_ref()),
    "talk_time_ms" Millis model None "`ended_at` less `answered_at`, in milliseconds: the length that compares between vendors"
        => |call| CellValue::millis(call.talk_time),
    "ring_time_ms" Millis model None "from `ringing_at` to `answered_at`, or to `ended_at` where nobody picked up, in milliseconds"
        => |call| CellValue::millis(call.ring_time),
    "reported_duration_ms" Millis model None "the length the vendor states, in milliseconds"
        => |call| CellValue::millis(call.reported_duration),
    "direction" Word model None "`inbound`, `outbound` or `other`"
        => |call| closed!(call.direction.as_ref()),
    "direction_raw" Word external None "the vendor's word where `direction` is `other`"
        => |call| unlisted!(call.direction.as_ref()),
    "channel" Word model None "`phone`, `web`, `sip` or `other`"
        => |call| closed!(call.channel.as_ref()),
    "channel_raw" Word external None "the vendor's word where `channel` is `other`"
        => |call| unlisted!(call.channel.as_ref()),
    "status" Word model None "where the call is in its life; `unknown` where neither a word nor a time tells, `other` for an undocumented word"
        => |call| closed!(Some(&call.status)),
    "status_raw" Word external None "the vendor's word where `status` is `other`"
        => |call| unlisted!(Some(&call.status)),
    "disposition" Word model None "whether it connected; empty where nothing proves it"
        => |call| closed!(call.disposition.as_ref()),
    "disposition_raw" Word external None "the vendor's word where `disposition` is `other`"
        => |call| unlisted!(call.disposition.as_ref()),
    "answered_by" Word model None "`human`, `machine` or `other`"
        => |call| closed!(call.answered_by.as_ref()),
    "answered_by_raw" Word external None "the vendor's word where `answered_by` is `other`"
        => |call| unlisted!(call.answered_by.as_ref()),
    "end_kind" Word model None "why it ended, in the common vocabulary; `other` where `end_raw` is undocumented"
        => |call| closed!(call.end.as_ref().map(|end| &end.kind)),
    "end_by" Word model None "who ended it"
        => |call| closed!(call.end.as_ref().map(|end| &end.ended_by)),
    "end_raw" Word external None "why it ended, in the vendor's word"
        => |call| CellValue::word(call.end.as_ref().map(|end| end.raw.as_str())),
    "error_message" Text external Text "the vendor's message about a failure"
        => |call| CellValue::word(call.error_message.as_deref()),
    "from_number" Text external Number "the caller's number, E.164 where it can be"
        => |call| CellValue::number(&call.from),
    "from_withheld" Flag model None "whether the caller withheld the number"
        => |call| withheld(&call.from),
    "from_name" Text external Name "the caller's name"
        => |call| CellValue::word(name(&call.from)),
    "from_email" Text external Email "the caller's e-mail address"
        => |call| CellValue::word(email(&call.from)),
    "to_number" Text external Number "the called number, E.164 where it can be"
        => |call| CellValue::number(&call.to),
    "to_withheld" Flag model None "whether the called number is withheld"
        => |call| withheld(&call.to),
    "to_name" Text external Name "the called party's name"
        => |call| CellValue::word(name(&call.to)),
    "to_email" Text external Email "the called party's e-mail address"
        => |call| CellValue::word(email(&call.to)),
    "customer_id" Text external None "the vendor's id of the customer"
        => |call| CellValue::word(call.customer.as_ref().and_then(|party| party.id.as_deref())),
    "customer_number" Text external Number "the number of the customer, whoever called, E.164 where it can be"
        => |call| CellValue::number(&call.customer),
    "customer_withheld" Flag model None "whether the customer withheld the number"
        => |call| withheld(&call.customer),
    "customer_name" Text external Name "the name of the customer"
        => |call| CellValue::word(name(&call.customer)),
    "customer_email" Text external Email "the e-mail address of the customer"
        => |call| CellValue::word(email(&call.customer)),
    "agent_line_id" Text external None "the vendor's id of the voice agent's line"
        => |call| CellValue::word(call.agent_line.as_ref().and_then(|party| party.id.as_deref())),
    "agent_line_number" Text external Number "the number of the voice agent's line, whoever called, E.164 where it can be"
        => |call| CellValue::number(&call.agent_line),
    "agent_line_name" Text external Name "the name of the voice agent's line"
        => |call| CellValue::word(name(&call.agent_line)),
    "agent_line_email" Text external Email "the e-mail address of the voice agent's line"
        => |call| CellValue::word(email(&call.agent_line)),
    "organization_id" Word external None "id of the vendor's tenant"
        => |call| entity_id(&call.organization),
    "organization_name" Word external None "name of the vendor's tenant"
        => |call| entity_name(&call.organization),
    "agent_id" Word external None "id of the voice agent"
        => |call| CellValue::word(call.agent.as_ref().and_then(|agent| agent.id.as_deref())),
    "agent_name" Word external None "name of the voice agent"
        => |call| CellValue::word(call.agent.as_ref().and_then(|agent| agent.name.as_deref())),
    "agent_version" Word external None "version of the voice agent's configuration"
        => |call| CellValue::word(call.agent.as_ref().and_then(|agent| agent.version.as_deref())),
    "campaign_id" Word external None "id of the outbound campaign"
        => |call| entity_id(&call.campaign),
    "campaign_name" Word external None "name of the outbound campaign"
        => |call| entity_name(&call.campaign),
    "contact_id" Text external None "id of the customer's contact in the CRM"
        => |call| CellValue::word(call.contact_id.as_deref()),
    "parent_id" Text external None "the vendor's id of the call that this one belongs to"
        => |call| CellValue::word(call.parent_id.as_deref()),
    "batch_id" Text external None "the batch of calls that this one was started with"
        => |call| CellValue::word(call.batch_id.as_deref()),
    "attempt" Count model None "which attempt to reach the customer this is, from 1"
        => |call| CellValue::count(call.attempt.map(i64::from)),
    "cost_total" Decimal model None "the cost, exact, in `cost_unit`"
        => |call| CellValue::decimal(call.cost.as_ref().and_then(|cost| cost.total)),
    "cost_unit" Word model None "an ISO 4217 code, `credits`, or `unspecified` where the vendor does not say"
        => |call| CellValue::word(call.cost.as_ref().map(|cost| cost.unit.as_str())),
    "customer_turns" Count model None "how often the customer spoke; empty where turns are not known"
        => |call| turns(call, |turn| is_speech(turn, &Speaker::Customer)),
    "agent_turns" Count model None "how often the agent spoke; empty where turns are not known"
        => |call| turns(call, |turn| is_speech(turn, &Speaker::Agent)),
    "tool_calls" Count model None "how often a tool was called; empty where turns are not known"
        => |call| turns(call, |turn| turn.kind == TurnKind::ToolCall),
    "tool_failures" Count model None "how many calls and results of a tool say that it did not work; empty where turns are not known"
        => |call| turns(call, |turn| turn.tool.as_ref().is_some_and(|tool| tool.ok == Some(false))),
    "latency_p50_ms" Number model None "median of the agent's response time from end to end, in milliseconds: as the vendor states it, or else of the turns"
        => |call| CellValue::number_of(latency::percentile(call, 50)),
    "latency_p95_ms" Number model None "95th percentile of the same"
        => |call| CellValue::number_of(latency::percentile(call, 95)),
    "summary" Text external Text "the vendor's summary"
        => |call| CellValue::word(call.summary.as_deref()),
    "language" Word external None "the language spoken, as the vendor writes it"
        => |call| CellValue::word(call.language.as_deref()),
    "tags" Text external None "the labels of the call, a JSON array"
        => |call| CellValue::owned(tags(call)),
    "is_test" Flag model None "whether the call was a test"
        => |call| CellValue::flag(call.is_test),
    "sentiment" Word model None "`positive`, `neutral`, `negative` or `other`: the mood the vendor's analysis found"
        => |call| closed!(call.sentiment.as_ref()),
    "sentiment_raw" Word external None "the vendor's word where `sentiment` is `other`"
        => |call| unlisted!(call.sentiment.as_ref()),
    "outcome_success" Flag model None "whether the vendor counts it as a success"
        => |call| CellValue::flag(call.outcome.success),
    "outcome_label" Word external None "the vendor's label of the lead, such as its qualification"
        => |call| CellValue::word(call.outcome.label.as_deref()),
    "outcome_score" Decimal model None "the vendor's score of the lead, on the vendor's own scale, exact"
        => |call| CellValue::decimal(call.outcome.score),
    "outcome_evaluation" Word external None "the tag that the vendor's evaluation gave the call"
        => |call| CellValue::word(call.outcome.evaluation.as_deref()),
    "outcome_intent" Text external Text "what the customer wanted"
        => |call| CellValue::word(call.outcome.intent.as_deref()),
    "outcome_appointment_booked" Flag model None "whether an appointment was made"
        => |call| CellValue::flag(call.outcome.appointment_booked),
    "outcome_callback_requested" Flag model None "whether the customer asked to be called back"
        => |call| CellValue::flag(call.outcome.callback_requested),
    "transcript_state" Word model None "how far the transcript is at hand"
        => |call| closed!(Some(&call.transcript.state)),
    "transcript_url" Text external None "where the transcript can be fetched"
        => |call| CellValue::word(call.transcript.url.as_deref()),
    "recording_url" Text external None "where the first recording can be fetched"
        => |call| CellValue::word(call.recordings.first().map(|recording| recording.url.as_str())),
    "analysis_state" Word model None "how far the vendor's analysis is"
        => |call| closed!(call.analysis_state.as_ref()),
    "warnings" Text model None "codes of what was derived, assumed or dropped, separated by spaces"
        => |call| CellValue::owned(warnings(call)),
};

fn entity_id(entity: &Option<Entity>) -> CellValue<'_> {
    CellValue::word(entity.as_ref().and_then(|entity| entity.id.as_deref()))
}

fn entity_name(entity: &Option<Entity>) -> CellValue<'_> {
    CellValue::word(entity.as_ref().and_then(|entity| entity.name.as_deref()))
}

fn name(party: &Option<Party>) -> Option<&str> {
    party.as_ref().and_then(|party| party.name.as_deref())
}

fn email(party: &Option<Party>) -> Option<&str> {
    party.as_ref().and_then(|party| party.email.as_deref())
}

fn withheld(party: &Option<Party>) -> CellValue<'_> {
    CellValue::flag(party.as_ref().map(|party| party.withheld))
}

fn is_speech(turn: &Turn, role: &Speaker) -> bool {
    turn.kind == TurnKind::Speech && turn.role == *role
}

/// How many turns are counted; no value without turns, of which the vendor may only say nothing.
fn turns(call: &Call, counts: impl Fn(&Turn) -> bool) -> CellValue<'_> {
    let turns = &call.transcript.turns;
    let count = || turns.iter().filter(|turn| counts(turn)).count();
    CellValue::count((!turns.is_empty()).then(|| i64::try_from(count()).unwrap_or(i64::MAX)))
}

fn tags(call: &Call) -> Option<String> {
    let array = serde_json::Value::from(call.tags.as_slice());
    (!call.tags.is_empty()).then(|| array.to_string())
}

fn warnings(call: &Call) -> Option<String> {
    let mut codes: Vec<&str> = call.warnings.iter().map(|warning| warning.code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    (!codes.is_empty()).then(|| codes.join(" "))
}
