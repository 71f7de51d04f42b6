//! Who speaks on which side, and the identifiers that carriers give a call.

use crate::{
    Context,
    convert::{Warnings, json_object, party, text},
    model::{Direction, JsonObject, Party, PartyRole},
};
use callfold_vapi::types;
use std::collections::BTreeMap;

/// Both sides of a call.
#[derive(Default)]
pub(super) struct VapiParties {
    pub(super) from: Option<Party>,
    pub(super) to: Option<Party>,
    pub(super) customer: Option<Party>,
    pub(super) agent_line: Option<Party>,
    pub(super) contact_id: Option<String>,
}

/// The customer and our line are named as such; the direction tells who called.
pub(super) fn parties(
    record: &mut types::Call,
    direction: Option<&Direction>,
    context: &Context,
    facts: &mut JsonObject,
    warnings: &mut Warnings,
) -> VapiParties {
    let (customer, external_id) = customer(record.customer.take(), context, facts, warnings);
    let agent_line = line(record, context, warnings);
    let (from, to) = match direction {
        Some(Direction::Inbound) => (customer.clone(), agent_line.clone()),
        Some(Direction::Outbound) => (agent_line.clone(), customer.clone()),
        _ => (None, None),
    };
    let contact_id = text(record.customer_id.take()).or(external_id);
    VapiParties { from, to, customer, agent_line, contact_id }
}

/// The customer, by the number or else the SIP address, and the caller's own identifier of them. A SIP address beside
/// a number goes to `facts`.
fn customer(
    customer: Option<types::CallCustomer>,
    context: &Context,
    facts: &mut JsonObject,
    warnings: &mut Warnings,
) -> (Option<Party>, Option<String>) {
    let Some(customer) = customer else { return (None, None) };
    warnings.extra("/customer", &customer.extra);
    let phone = match text(customer.number) {
        Some(number) => {
            json_object::put_value(facts, "customer/sipUri", text(customer.sip_uri));
            party::phone(Some(number), "/customer/number", context, warnings)
        }
        None => party::phone(customer.sip_uri, "/customer/sipUri", context, warnings),
    };
    let role = Some(PartyRole::Customer);
    (party::party(phone, customer.name, customer.email, role), text(customer.external_id))
}

/// Our line: the record has its number only where it was given inline, or where live records were seen to have it;
/// its identifier leads to it otherwise.
fn line(record: &mut types::Call, context: &Context, warnings: &mut Warnings) -> Option<Party> {
    let inline = record.phone_number.take();
    let member = |name| inline.as_ref().and_then(|line| json_object::member_text(line, name));
    let phone = match text(member("number")) {
        Some(number) => party::phone(Some(number), "/phoneNumber/number", context, warnings),
        None => {
            let number = member("twilioPhoneNumber");
            party::phone(number, "/phoneNumber/twilioPhoneNumber", context, warnings)
        }
    };
    let id = text(record.phone_number_id.take()).or_else(|| text(member("id")));
    let line = party::party(phone, member("name"), None, Some(PartyRole::Agent));
    match (line, id) {
        (None, None) => None,
        (line, id) => {
            let line = line.unwrap_or_default();
            Some(Party { id, role: Some(PartyRole::Agent), ..line })
        }
    }
}

/// The identifiers of the call at whoever carried it.
pub(super) fn alternate_ids(
    record: &mut types::Call,
    facts: &mut JsonObject,
    warnings: &mut Warnings,
) -> BTreeMap<String, String> {
    let mut ids = vec![("phoneCallProviderId", record.phone_call_provider_id.take())];
    if let Some(transport) = record.transport.take() {
        warnings.extra("/transport", &transport.extra);
        json_object::put_value(facts, "transport/provider", text(transport.provider));
        json_object::put_value(facts, "transport/forwardedFrom", text(transport.forwarded_from));
        ids.extend([
            ("callSid", transport.call_sid),
            ("sbcCallSid", transport.sbc_call_sid),
            ("callUUID", transport.call_uuid),
            ("conversationUUID", transport.conversation_uuid),
            ("callControlId", transport.call_control_id),
            ("callLegId", transport.call_leg_id),
            ("callSessionId", transport.call_session_id),
        ]);
    }
    ids.into_iter().filter_map(|(name, id)| Some((name.to_owned(), text(id)?))).collect()
}
