//! Events of the webhook during a call: they carry its id, and a line of the platform's log.

use super::VENDOR;
use crate::{
    Context, RejectedRecord,
    convert::json_object,
    json_text,
    model::{Call, JsonObject},
};
use serde_json::value::RawValue;

/// The members of an event beside the id of its call.
const MEMBERS: [&str; 3] = ["message", "category", "log_level"];

/// Maps a text that holds an event; `None` for any other text. Its members are facts: what is logged
/// does not say where the call is in its life.
pub(super) fn map_event(text: &str, context: &Context) -> Option<Result<Call, RejectedRecord>> {
    if !MEMBERS.iter().all(|name| text.contains(name)) {
        return None;
    }
    let raw: &RawValue = serde_json::from_str(text).ok()?;
    let mut members: JsonObject = serde_json::from_str(raw.get()).ok()?;
    if !MEMBERS.iter().all(|name| members.contains_key(*name)) {
        return None;
    }
    let Some(call_id) = members.get("call_id").and_then(json_object::string) else {
        return Some(Err(RejectedRecord {
            vendor: VENDOR,
            account: context.account.clone(),
            reason: "the event has no `call_id`".to_owned(),
            id: None,
            raw: raw.to_owned(),
        }));
    };
    members.remove("call_id");
    members.retain(|_, value| !json_object::is_empty(value));
    Some(Ok(Call {
        facts: members,
        raw: raw.to_owned(),
        ..Call::new(json_text::id(VENDOR, context, call_id))
    }))
}
