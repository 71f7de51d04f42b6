//! Webhook events: the call that one carries, under the names of a record.
//!
//! The documented body has the call in `data`; bodies that were seen have it in
//! `call_session`, with the analysis and one running transcript beside it.

use super::{Names, VENDOR, session, turns::SPEAKERS};
use crate::{
    Context, RejectedRecord, batch,
    convert::{Warnings, json_object, text, transcript},
    model::{Call, CostUnit, Entity, JsonObject, Speaker, Turn},
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
pub(super) fn call(raw: &RawValue, context: &Context) -> Result<Call, RejectedRecord> {
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
    lift_roles(&mut record);
    let record = serde_json::value::to_raw_value(&record).map_err(|_| aside("unreadable"))?;
    let record = Lenient::<types::CallSession>::from_raw(record);
    let batch::Opened { mut record, issues, .. } = batch::open(VENDOR, record, context)
        .map_err(|set_aside| RejectedRecord { raw: raw.to_owned(), ..set_aside })?;
    let rest = std::mem::take(&mut record.extra);
    let mut context = context.clone();
    if dollars {
        context.cost_unit = Some(CostUnit::Currency("USD".into()));
    }
    let asked = record.transcripts.is_some();
    let mut call = session(record, asked, Names::Snake, Warnings::of(issues), &context);
    for warning in &mut call.warnings {
        let origin = moved.iter().find_map(|(ours, origin)| {
            let rest = warning.pointer.strip_prefix('/')?.strip_prefix(ours)?;
            (rest.is_empty() || rest.starts_with('/')).then(|| format!("{origin}{rest}"))
        });
        warning.pointer = origin.unwrap_or_else(|| format!("/{name}{}", warning.pointer)).into();
    }
    json_object::put(&mut call.analysis, ANALYSIS, second_analysis);
    call.campaign = Entity::of(campaign, None);
    call.contact_id = contact;
    if let Some(organization) = organization {
        call.organization = Entity::of(Some(organization), None);
    }
    if let Some(agent) = agent {
        call.agent = Entity::of(call.agent.and_then(|agent| agent.id), Some(agent));
    }
    for (name, value) in rest {
        json_object::put_value(&mut call.metadata, &name, Some(value));
    }
    for (name, value) in event {
        json_object::put(&mut call.metadata, &name, Some(value));
    }
    if running.is_some() {
        let agent = call.agent.as_ref().and_then(|agent| agent.name.as_deref());
        call.transcript = transcript::inline(turns(running.as_deref(), agent), running);
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

/// The turns of a running transcript: the agent's lines begin with its name,
/// the customer's were seen with an empty one.
fn turns(running: Option<&str>, agent: Option<&str>) -> Vec<Turn> {
    let mut labels = SPEAKERS.to_vec();
    labels.push(("", Speaker::Customer));
    labels.extend(agent.map(|agent| (agent, Speaker::Agent)));
    transcript::turns(running, &labels)
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
