//! Webhook messages: the call that one carries, under the names of a record.
//!
//! A message has the call in `call` as of its creation, so that state, reason, times, costs
//! and artifacts are taken from beside it. Of a message that states neither, the state is unknown.

use super::{Evidence, VENDOR, map};
use crate::{
    Context, RejectedRecord,
    convert::{Warnings, json_object, time},
    model::{Call, JsonObject},
};
use callfold_record::{Lenient, RawJson, member};
use callfold_vapi::types;
use serde_json::value::RawValue;

/// The members of a message that stand in place of those of its call.
const NEWER: &[&str] = &[
    "analysis",
    "artifact",
    "assistant",
    "compliance",
    "cost",
    "costBreakdown",
    "costs",
    "customer",
    "destination",
    "endedAt",
    "endedMessage",
    "endedReason",
    "messages",
    "phoneNumber",
    "recordingUrl",
    "startedAt",
    "status",
    "stereoRecordingUrl",
    "summary",
    "transcript",
];

/// The members of a call that are as they were when it was made.
const STALE: &[&str] = &["status", "updatedAt", "endedReason", "startedAt", "endedAt"];

/// The text, if it is a webhook's message: an object with a typed object in `message`.
pub(super) fn message(text: &str) -> Option<&RawValue> {
    let message = member(text, "message")?;
    let is_message = member(message.get(), "type").is_some() && member(text, "id").is_none();
    is_message.then(|| serde_json::from_str(text).ok()).flatten()
}

/// Maps a message.
pub(super) fn map_event(raw: &RawValue, context: &Context) -> Result<Call, RejectedRecord> {
    // The whole text is no record, but holds the same credentials.
    let (whole, ..) = Lenient::<types::Call>::from_raw(raw.to_owned()).into_parts();
    let whole = whole.into_boxed();
    let aside = |reason: &str| RejectedRecord {
        vendor: VENDOR,
        account: context.account.clone(),
        reason: reason.to_owned(),
        id: None,
        raw: whole.clone(),
    };
    let message = member(whole.get(), "message").map(RawValue::get).unwrap_or_default();
    let mut message: JsonObject =
        serde_json::from_str(message).map_err(|_| aside("the message is not an object"))?;
    let call = message.remove("call").ok_or_else(|| aside("the message carries no call"))?;
    let mut record: JsonObject =
        call.parse().map_err(|_| aside("the message's call is not an object"))?;
    for name in STALE {
        record.remove(*name);
    }
    let mut moved = Vec::new();
    for name in NEWER {
        if let Some(value) = message.remove(*name).filter(|value| !json_object::is_empty(value)) {
            record.insert((*name).to_owned(), value);
            moved.push(*name);
        }
    }
    let kind = message.remove("type").as_ref().and_then(json_object::string);
    if kind.as_deref() == Some("end-of-call-report") {
        json_object::put_value(&mut record, "status", Some("ended"));
    }
    let record = serde_json::value::to_raw_value(&record).map_err(|_| aside("unreadable"))?;
    let mut call = map(Lenient::from_raw(record), context, Evidence::Event)
        .map_err(|rejected| RejectedRecord { raw: whole.clone(), ..rejected })?;
    let place = |pointer: &str| {
        let name = pointer.trim_start_matches('/').split('/').next().unwrap_or_default();
        let inside = if moved.contains(&name) { "/message" } else { "/message/call" };
        format!("{inside}{pointer}")
    };
    for warning in &mut call.warnings {
        warning.pointer = place(&warning.pointer).into();
    }
    let warnings = &mut Warnings::default();
    let number = |value: Option<RawJson>| json_object::number(value?.as_raw());
    let sent_at = number(message.remove("timestamp"));
    call.updated_at = time::epoch_ms(sent_at.map(|ms| ms as i64), "/message/timestamp", warnings);
    let length = number(message.remove("durationMs"));
    call.reported_duration = time::millis(length, "/message/durationMs", warnings);
    let (reported, computed) = (call.reported_duration, call.duration);
    time::check_reported(reported, computed, &[], "/message/durationMs", warnings);
    call.warnings.extend(warnings.finish());
    json_object::put_value(&mut call.facts, "message/type", kind);
    // The same length in other units.
    for name in ["durationSeconds", "durationMinutes"] {
        message.remove(name);
    }
    for (name, value) in message {
        json_object::put(&mut call.facts, &format!("message/{name}"), Some(value));
    }
    call.raw = whole;
    Ok(call)
}
