//! Webhook events: the call in `call`, shaped like a single record, and what the event says beside it.

use crate::{
    Context, RejectedRecord,
    convert::{json_object, words},
    model::{Call, Disposition, JsonObject, Transfer, TransferStatus},
};
use callfold_record::{Lenient, RawJson};
use serde_json::value::RawValue;

const DESTINATION: &str = "transfer_destination";

/// What the events of a hand-over say about it.
const TRANSFERS: &[(&str, TransferStatus)] = &[
    ("transfer-started", TransferStatus::Started),
    ("transfer-bridged", TransferStatus::Completed),
    ("transfer-cancelled", TransferStatus::Canceled),
    ("transfer-ended", TransferStatus::Completed),
];

/// Maps one event of a webhook. The record in it is the call's record.
pub(super) fn map_event(raw: &RawValue, context: &Context) -> Result<Call, RejectedRecord> {
    let event: Option<JsonObject> = serde_json::from_str(raw.get()).ok();
    let mut event = event.unwrap_or_default();
    let Some(record) = event.remove("call").filter(RawJson::is_object) else {
        // Without an id it is rejected, its credentials hidden.
        return super::map_record(Lenient::from_raw(raw.to_owned()), context);
    };
    let mut call = super::map_record(Lenient::from_raw(record.as_raw().to_owned()), context)?;
    let name = event.get("event").and_then(json_object::string).unwrap_or_default();
    // It is not sent for calls that never connect.
    if words::is_same(&name, "call-started") && call.disposition.is_none() {
        call.disposition = Some(Disposition::Answered);
    }
    let transfer = TRANSFERS.iter().find(|(listed, _)| words::is_same(&name, listed));
    if let Some((_, status)) = transfer {
        let to = event.get(DESTINATION).and_then(destination);
        let to = to.map(|text| context.phone_number(&text));
        let known = call.transfers.pop().unwrap_or_default();
        let to = to.or(known.to);
        call.transfers.push(Transfer { to, status: Some(status.clone()), ..Transfer::default() });
    }
    for (name, value) in event {
        json_object::put(&mut call.facts, &format!("event/{name}"), Some(value));
    }
    Ok(call)
}

/// The number of a target, which may be the whole value.
fn destination(target: &RawJson) -> Option<String> {
    json_object::string(target).or_else(|| json_object::member_text(target, "number"))
}
