//! Webhook events: `type`, `event_timestamp`, and `data` about one call.
//!
//! After a call `data` is the single conversation, or its sound, which is not read. Where a call could not be begun, it
//! is a report of the telephony provider. What was sent is kept as the record, without credentials.

use super::{VENDOR, facts::put_filled, is_single, map_record, state};
use crate::{
    Context, RejectedRecord,
    convert::{ConnectionEvidence, Warnings, finish, json_object, party, text},
    json_text,
    model::{Agent, Call, Direction, Disposition, EndReason, JsonObject, Status},
};
use callfold_elevenlabs::types;
use callfold_record::{Lenient, RawJson, member};
use serde_json::{json, value::RawValue};
use std::collections::BTreeMap;

/// The text, if it is a webhook's event: an object with a text in `type` and an object in `data`.
pub(super) fn find(text: &str) -> Option<&RawValue> {
    let whole: &RawValue = serde_json::from_str(text).ok()?;
    let begins = |value: &RawValue, byte| value.get().as_bytes().first() == Some(&byte);
    let is_event = begins(whole, b'{')
        && text.contains("\"data\"")
        && member(whole.get(), "conversation_id").is_none()
        && begins(member(whole.get(), "type")?, b'"')
        && begins(member(whole.get(), "data")?, b'{');
    is_event.then_some(whole)
}

/// Maps one event of a webhook.
pub(super) fn map_event(event: &RawValue, context: &Context) -> Result<Call, RejectedRecord> {
    // Read as a conversation, the event loses the values of credentials.
    let (raw, ..) = Lenient::<types::Conversation>::from_raw(event.to_owned()).into_parts();
    let raw = raw.into_boxed();
    let reject = |reason: &str| RejectedRecord {
        vendor: VENDOR,
        account: context.account.clone(),
        reason: reason.to_owned(),
        id: None,
        raw: raw.clone(),
    };
    let mut members: JsonObject =
        serde_json::from_str(raw.get()).map_err(|_| reject("the event cannot be read"))?;
    let data = members.remove("data").ok_or_else(|| reject("the event has no data"))?;
    let word = members.get("type").and_then(json_object::string).unwrap_or_default();
    let mut call = if word == "call_initiation_failure" {
        let failure = data.parse().map_err(|_| reject("the data of the event cannot be read"))?;
        let failure =
            InitiationFailure::new(failure).ok_or_else(|| reject("the event names no call"))?;
        failure.into_call(context)
    } else {
        let record = if is_single(data.get()) { data.as_raw().to_owned() } else { sound(&data) };
        let mut call = map_record(Lenient::from_raw(record), context)
            .map_err(|rejected| RejectedRecord { raw: raw.clone(), ..rejected })?;
        for warning in &mut call.warnings {
            warning.pointer = format!("/data{}", warning.pointer).into();
        }
        call
    };
    for (name, value) in members {
        json_object::put(&mut call.facts, &name, Some(value));
    }
    call.raw = raw;
    Ok(call)
}

/// The conversation that an event with its sound alone is about: it is over, and has a recording.
fn sound(data: &RawJson) -> Box<RawValue> {
    let text = |name| json_object::member_text(data, name);
    let record = json!({
        "conversation_id": text("conversation_id"),
        "agent_id": text("agent_id"),
        "has_audio": json_text::has_member(data.get(), "full_audio"),
        "status": "processing",
    });
    serde_json::value::to_raw_value(&record).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// A call that could not be begun, as the telephony provider reports it.
struct InitiationFailure {
    id: String,
    data: JsonObject,
    body: JsonObject,
}

impl InitiationFailure {
    /// The members of the event's data; `None` where they name no call.
    fn new(mut data: JsonObject) -> Option<Self> {
        let id = text(json_object::string(&data.remove("conversation_id")?))?;
        let body = data.get("metadata").and_then(|metadata| {
            let body = json_object::members(metadata)?.remove("body")?.to_owned();
            RawJson::from(body).parse::<JsonObject>().ok()
        });
        Some(Self { id, data, body: body.unwrap_or_default() })
    }

    fn of_data(&self, name: &str) -> Option<String> {
        text(self.data.get(name).and_then(json_object::string))
    }

    /// A member of the provider's report, by the name it has in that of a SIP trunk, or at Twilio.
    fn of_body(&self, sip: &str, twilio: &str) -> Option<String> {
        let member = |name| text(self.body.get(name).and_then(json_object::string));
        member(sip).or_else(|| member(twilio))
    }

    /// The failed call, which the agent was to make.
    fn into_call(self, context: &Context) -> Call {
        let warnings = &mut Warnings::default();
        let from = self.of_body("from_number", "From");
        let to = self.of_body("to_number", "To");
        let pointer = |sip, twilio| if self.body.contains_key("From") { twilio } else { sip };
        let from_pointer = pointer("/data/metadata/body/from_number", "/data/metadata/body/From");
        let to_pointer = pointer("/data/metadata/body/to_number", "/data/metadata/body/To");
        let from = party::phone(from, from_pointer, context, warnings);
        let to = party::phone(to, to_pointer, context, warnings);
        let (from_role, to_role) = party::roles(Some(&Direction::Outbound));
        let error_message = self.of_body("error_reason", "ErrorMessage");
        let end = self.end(error_message.clone(), warnings);
        let call_sid = self.of_body("call_sid", "CallSid");
        let alternate_ids = call_sid.map(|sid| ("call_sid".to_owned(), sid));
        let mut facts = JsonObject::new();
        let kind = self.data.get("metadata").and_then(|it| json_object::member_text(it, "type"));
        json_object::put_value(&mut facts, "metadata/type", kind);
        json_object::put_value(&mut facts, "failure_reason", self.of_data("failure_reason"));
        for (name, value) in &self.body {
            put_filled(&mut facts, &format!("metadata/body/{name}"), Some(value.clone()));
        }
        let mut call = Call {
            alternate_ids: alternate_ids.into_iter().collect::<BTreeMap<_, _>>(),
            agent: Agent::of(self.of_data("agent_id"), None),
            direction: Some(Direction::Outbound),
            from: party::party(from, None, None, from_role),
            to: party::party(to, None, None, to_role),
            status: Status::Failed,
            end,
            error_message,
            facts,
            warnings: warnings.finish(),
            ..Call::new(json_text::id(VENDOR, context, self.id))
        };
        let word = Some(&Disposition::Failed);
        finish(&mut call, ConnectionEvidence { word, ..ConnectionEvidence::default() }, context);
        call
    }

    /// The provider's own reason where it is known, or else the platform's word.
    fn end(&self, error: Option<String>, warnings: &mut Warnings) -> Option<EndReason> {
        let by_error =
            state::end(error, "/data/metadata/body/error_reason", &mut Warnings::default());
        by_error.filter(|end| !end.kind.is_other()).or_else(|| {
            state::end(self.of_data("failure_reason"), "/data/failure_reason", warnings)
        })
    }
}
