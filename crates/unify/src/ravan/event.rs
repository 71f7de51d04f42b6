//! Webhook events: the call that one carries, under the names of a record.
//!
//! The documented body has the call in `data`; bodies that were seen have it in
//! `call_session`, with the analysis and one running transcript beside it.

use super::{LetterCase, VENDOR, session, turns::Transcripts};
use crate::{
    Context, RejectedRecord,
    convert::{Warnings, json_object, party, text, words},
    json_text,
    model::{Call, CostUnit, Entity, JsonObject},
};
use callfold_ravan::types;
use callfold_record::{Lenient, RawJson};
use serde_json::{Value, json, value::RawValue};

/// The members that hold the call, with the members that have other names
/// than in a record. Costs of the documented body are in US dollars.
const CALLS: &[(&str, bool)] = &[("data", true), ("call_session", false)];

/// The analysis, as an event calls it.
const ANALYSIS: &str = "post_call_analysis";

/// The names an event gives to a record's fields.
const RENAMED: &[(&str, &str)] =
    &[("call_session_id", "id"), (ANALYSIS, "post_call_analysis_result")];

/// Maps one event of a webhook, documented or as it was seen.
pub(super) fn map_event(raw: &RawValue, context: &Context) -> Result<Call, RejectedRecord> {
    let aside = |reason: &str| RejectedRecord {
        vendor: VENDOR,
        account: context.account.clone(),
        reason: reason.to_owned(),
        id: None,
        raw: raw.to_owned(),
    };
    let mut event: JsonObject =
        serde_json::from_str(raw.get()).map_err(|_| aside("the event is not an object"))?;
    let found = CALLS
        .iter()
        .find_map(|(name, dollars)| event.remove(*name).map(|call| (*name, *dollars, call)));
    let (name, dollars, call) = found.ok_or_else(|| aside("the event carries no call"))?;
    let mut record: JsonObject =
        call.parse().map_err(|_| aside("the event's call is not an object"))?;
    let moved = rename(&mut record, &mut event, name);
    let second_analysis = record.remove(ANALYSIS).or_else(|| event.remove(ANALYSIS));
    let call_type = event.get("call_type").and_then(json_object::string);
    let mut take = |name: &str| {
        [&mut record, &mut event].into_iter().find_map(|object| {
            let words = text(json_object::string(object.get(name)?))?;
            object.remove(name);
            Some(words)
        })
    };
    let (campaign, contact, organization, agent) =
        (take("campaign_id"), take("contact_id"), take("org_id"), take("agent_name"));
    let running = take("transcriptions");
    if agent.is_some() {
        record.remove("agent_name");
        json_object::put_value(&mut record, "agent_name", agent);
    }
    lift_roles(&mut record);
    let record = serde_json::value::to_raw_value(&record).map_err(|_| aside("unreadable"))?;
    let record = Lenient::<types::CallSession>::from_raw(record);
    let json_text::DecodedRecord { raw: renamed, mut record, issues } =
        json_text::decode(VENDOR, record, context)
            .map_err(|rejected| RejectedRecord { raw: raw.to_owned(), ..rejected })?;
    let rest = std::mem::take(&mut record.extra);
    let mut context = context.clone();
    if dollars {
        context = context.with_cost_unit(CostUnit::Currency("USD".into()));
    }
    let transcripts = match (running, record.transcripts.take()) {
        (Some(text), _) => Transcripts::Text(text),
        (None, Some(items)) => Transcripts::Items(items),
        (None, None) => Transcripts::NotRequested,
    };
    let warnings = &mut Warnings::new(issues);
    let mut call = session(record, &renamed, transcripts, LetterCase::Snake, warnings, &context);
    for warning in &mut call.warnings {
        let origin = moved.iter().find_map(|(ours, origin)| {
            let rest = warning.pointer.strip_prefix('/')?.strip_prefix(ours)?;
            (rest.is_empty() || rest.starts_with('/')).then(|| format!("{origin}{rest}"))
        });
        warning.pointer = origin.unwrap_or_else(|| format!("/{name}{}", warning.pointer)).into();
    }
    json_object::put(&mut call.analysis, ANALYSIS, second_analysis);
    if call.direction.is_none()
        && let Some(direction) = call_type.as_deref().and_then(words::find_direction)
    {
        party::set_direction(&mut call, direction);
    }
    call.campaign = Entity::of(campaign, None);
    call.contact_id = contact;
    if let Some(organization) = organization {
        call.organization = Entity::of(Some(organization), None);
    }
    party::fill_sides(&mut call);
    for (name, value) in rest {
        match (name.as_str(), value.as_u64().and_then(|count| u32::try_from(count).ok())) {
            ("attempt", Some(attempt)) => call.attempt = Some(attempt),
            _ => json_object::put_value(&mut call.facts, &name, Some(value)),
        }
    }
    for (name, value) in event {
        let is_taken = call.facts.contains_key(&name);
        let name = if is_taken { format!("event/{name}") } else { name };
        json_object::put(&mut call.facts, &name, Some(value));
    }
    call.raw = raw.to_owned();
    Ok(call)
}

/// Gives the fields that an event calls otherwise a record's names, unless the
/// record has a value under that name. Tells where each of them was.
fn rename(
    record: &mut JsonObject,
    event: &mut JsonObject,
    name: &str,
) -> Vec<(&'static str, String)> {
    let mut moved = Vec::new();
    for (theirs, ours) in RENAMED {
        if record.get(*ours).is_some_and(|value| !json_object::is_empty(value)) {
            continue;
        }
        let (value, origin) = match record.remove(*theirs) {
            Some(value) => (Some(value), format!("/{name}/{theirs}")),
            None => (event.remove(*theirs), format!("/{theirs}")),
        };
        if let Some(value) = value {
            record.insert((*ours).to_owned(), value);
            moved.push((*ours, origin));
        }
    }
    moved
}

/// Moves the role of a turn to where a record has it: into its message.
fn lift_roles(record: &mut JsonObject) {
    let turns = record.get("transcripts").and_then(|turns| turns.parse::<Vec<Value>>().ok());
    let Some(mut turns) = turns else { return };
    for turn in turns.iter_mut().filter_map(Value::as_object_mut) {
        let role = turn.remove("role");
        let message = turn.entry("message").or_insert_with(|| json!({}));
        if let (Some(role), Some(message)) = (role, message.as_object_mut()) {
            message.remove("format");
            message.entry("role").or_insert(role);
        }
    }
    if let Ok(raw) = serde_json::value::to_raw_value(&turns) {
        record.insert("transcripts".to_owned(), RawJson::from(raw));
    }
}
