//! The flat columns of a call: one list for every format that has columns.

use callfold_unify::model::{Call, Entity, Party, Timestamp};
use chrono::SecondsFormat;
use std::{borrow::Cow, time::Duration};

type Text<'a> = Option<Cow<'a, str>>;

/// One flat column.
pub(crate) struct Column {
    /// Its name.
    pub(crate) name: &'static str,
    /// Whether its text is the vendor's or a person's. Otherwise it is a
    /// number, a time or a word of ours, and needs no guard.
    pub(crate) foreign: bool,
    /// Its value; `None` is an empty cell.
    pub(crate) value: for<'a> fn(&'a Call) -> Text<'a>,
}

macro_rules! columns {
    ($($name:literal $kind:ident $value:expr,)*) => {
        &[$(Column { name: $name, foreign: columns!(@ $kind), value: $value }),*]
    };
    (@ foreign) => { true };
    (@ ours) => { false };
}

/// The columns, in order. Times are RFC 3339 in UTC, lengths whole
/// milliseconds, numbers E.164 where they can be, costs exact decimals with
/// their unit beside them, warnings their codes joined by spaces. What is a
/// list or an object (turns, parts of a cost, analysis) is in JSON only.
pub(crate) const COLUMNS: &[Column] = columns! {
    "id" foreign |call| Some(call.id.to_string().into()),
    "vendor" ours |call| text(&call.id.vendor),
    "account" foreign |call| text(&call.id.account),
    "call_id" foreign |call| text(&call.id.call_id),
    "started_at" ours |call| time(call.started_at),
    "ended_at" ours |call| time(call.ended_at),
    "created_at" ours |call| time(call.created_at),
    "dialing_at" ours |call| time(call.dialing_at),
    "ringing_at" ours |call| time(call.ringing_at),
    "answered_at" ours |call| time(call.answered_at),
    "duration_ms" ours |call| millis(call.duration),
    "talk_time_ms" ours |call| millis(call.talk_time),
    "ring_time_ms" ours |call| millis(call.ring_time),
    "reported_duration_ms" ours |call| millis(call.reported_duration),
    "direction" foreign |call| word(call.direction.as_ref().map(|w| w.as_str())),
    "channel" foreign |call| word(call.channel.as_ref().map(|w| w.as_str())),
    "status" foreign |call| text(call.status.as_str()),
    "disposition" foreign |call| word(call.disposition.as_ref().map(|w| w.as_str())),
    "answered_by" foreign |call| word(call.answered_by.as_ref().map(|w| w.as_str())),
    "end_kind" foreign |call| word(call.end.as_ref().map(|end| end.kind.as_str())),
    "end_by" foreign |call| word(call.end.as_ref().map(|end| end.by.as_str())),
    "end_raw" foreign |call| word(call.end.as_ref().map(|end| end.raw.as_str())),
    "error_message" foreign |call| word(call.error_message.as_deref()),
    "from_number" foreign |call| number(&call.from),
    "from_name" foreign |call| call.from.as_ref().and_then(|p| word(p.name.as_deref())),
    "from_email" foreign |call| call.from.as_ref().and_then(|p| word(p.email.as_deref())),
    "to_number" foreign |call| number(&call.to),
    "to_name" foreign |call| call.to.as_ref().and_then(|p| word(p.name.as_deref())),
    "to_email" foreign |call| call.to.as_ref().and_then(|p| word(p.email.as_deref())),
    "organization_id" foreign |call| entity_id(&call.organization),
    "organization_name" foreign |call| entity_name(&call.organization),
    "agent_id" foreign |call| entity_id(&call.agent),
    "agent_name" foreign |call| entity_name(&call.agent),
    "campaign_id" foreign |call| entity_id(&call.campaign),
    "campaign_name" foreign |call| entity_name(&call.campaign),
    "contact_id" foreign |call| word(call.contact_id.as_deref()),
    "cost_total" ours |call| Some(call.cost.as_ref()?.total?.to_string().into()),
    "cost_unit" ours |call| word(call.cost.as_ref().map(|cost| cost.unit.as_str())),
    "summary" foreign |call| word(call.summary.as_deref()),
    "sentiment" foreign |call| word(call.sentiment.as_ref().map(|w| w.as_str())),
    "outcome_success" ours |call| flag(call.outcome.success),
    "outcome_label" foreign |call| word(call.outcome.label.as_deref()),
    "outcome_intent" foreign |call| word(call.outcome.intent.as_deref()),
    "outcome_appointment_booked" ours |call| flag(call.outcome.appointment_booked),
    "transcript_state" foreign |call| text(call.transcript.state.as_str()),
    "transcript_url" foreign |call| word(call.transcript.url.as_deref()),
    "recording_url" foreign |call| word(call.recordings.first().map(|r| r.url.as_str())),
    "analysis_state" foreign |call| word(call.analysis_state.as_ref().map(|w| w.as_str())),
    "warnings" ours |call| warnings(call),
};

fn text(text: &str) -> Text<'_> {
    Some(Cow::Borrowed(text))
}

fn word(word: Option<&str>) -> Text<'_> {
    word.map(Cow::Borrowed)
}

fn time<'a>(at: Option<Timestamp>) -> Text<'a> {
    Some(at?.to_rfc3339_opts(SecondsFormat::AutoSi, true).into())
}

fn millis<'a>(length: Option<Duration>) -> Text<'a> {
    Some(length?.as_millis().to_string().into())
}

fn flag<'a>(flag: Option<bool>) -> Text<'a> {
    Some(Cow::Borrowed(if flag? { "true" } else { "false" }))
}

fn number(party: &Option<Party>) -> Text<'_> {
    word(party.as_ref()?.number.as_ref().map(|number| number.as_str()))
}

fn entity_id(entity: &Option<Entity>) -> Text<'_> {
    word(entity.as_ref()?.id.as_deref())
}

fn entity_name(entity: &Option<Entity>) -> Text<'_> {
    word(entity.as_ref()?.name.as_deref())
}

fn warnings(call: &Call) -> Text<'_> {
    let mut codes: Vec<&str> = call.warnings.iter().map(|warning| warning.code.as_str()).collect();
    codes.dedup();
    (!codes.is_empty()).then(|| codes.join(" ").into())
}

#[cfg(test)]
mod tests {
    use super::COLUMNS;

    #[test]
    fn columns_are_named_once_and_documented() {
        let documented = include_str!("../../README.md");
        for (place, column) in COLUMNS.iter().enumerate() {
            assert!(COLUMNS[..place].iter().all(|other| other.name != column.name));
            assert!(documented.contains(&format!("`{}`", column.name)), "{}", column.name);
        }
    }
}
