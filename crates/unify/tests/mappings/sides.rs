//! The customer and the agent's line are the same two fields whoever called.

use callfold_unify::{
    Context, Mapping, mappings,
    model::{Call, Party, PartyRole},
};
use serde_json::{Value, json};

const CUSTOMER: &str = "+14155550123";
const LINE: &str = "+19195550100";

/// A call between the customer and our line, as a vendor writes it; `direction` is
/// `inbound`, `outbound`, or a word that names none.
fn record(vendor: &str, direction: &str) -> Option<Value> {
    let (caller, called) = match direction {
        "outbound" => (LINE, CUSTOMER),
        _ => (CUSTOMER, LINE),
    };
    Some(match vendor {
        "vaani" => json!({
            "call_id": "1", "direction": direction, "from_number": caller, "to_number": called,
        }),
        "ravan" => json!({
            "id": "1", "channel": format!("{direction}_call"),
            "caller_number": caller, "callee_number": called,
        }),
        "vozagent" => json!({
            "id": "1", "call_type": direction, "contact_id": "contact-1",
            "customer_phone_number": CUSTOMER, "assistant_phone_number": LINE,
        }),
        "agentvoice" => json!({
            "id": "1", "call_type": direction, "contact_id": "contact-1",
            "contact_first_name": "Jane", "contact_email": "jane@example.com",
            "phone_number": CUSTOMER, "phone_number_called_from": caller,
        }),
        "zudu" => json!({
            "id": "1", "direction": direction, "from_number": caller, "to_number": called,
        }),
        _ => return None,
    })
}

fn map(mapping: &Mapping, record: &Value, context: &Context) -> Call {
    (mapping.from_json_with)(&record.to_string(), context).expect("a record").calls.remove(0)
}

fn number(party: &Option<Party>) -> Option<&str> {
    party.as_ref()?.number.as_ref()?.e164.as_deref()
}

#[test]
fn direction_tells_the_customer_from_the_line() {
    for mapping in mappings() {
        for direction in ["inbound", "outbound"] {
            let Some(record) = record(mapping.vendor, direction) else { continue };
            let call = map(mapping, &record, &Context::default());
            let customer = call.customer.as_ref().expect(mapping.vendor);
            assert_eq!(number(&call.customer), Some(CUSTOMER), "{} {direction}", mapping.vendor);
            assert_eq!(customer.role, Some(PartyRole::Customer), "{}", mapping.vendor);
            // AgentVoice does not say which number was called.
            let line = (mapping.vendor, direction) != ("agentvoice", "inbound");
            assert_eq!(
                number(&call.agent_line),
                line.then_some(LINE),
                "{} {direction}",
                mapping.vendor
            );
        }
    }
}

#[test]
fn own_numbers_tell_the_customer_where_no_word_does() {
    let context = Context::default().with_own_numbers([LINE]);
    for mapping in mappings() {
        let Some(record) = record(mapping.vendor, "sideways") else { continue };
        let call = map(mapping, &record, &context);
        assert_eq!(number(&call.customer), Some(CUSTOMER), "{}", mapping.vendor);
    }
}

#[test]
fn vendors_own_word_for_the_customer_needs_no_direction() {
    for mapping in mappings() {
        let Some(record) = record(mapping.vendor, "sideways") else { continue };
        let call = map(mapping, &record, &Context::default());
        let named = matches!(mapping.vendor, "vozagent" | "agentvoice");
        assert_eq!(number(&call.customer), named.then_some(CUSTOMER), "{}", mapping.vendor);
        if named {
            let customer = call.customer.as_ref().expect("a customer");
            assert_eq!(customer.id.as_deref(), Some("contact-1"), "{}", mapping.vendor);
        }
        if mapping.vendor == "agentvoice" {
            let customer = call.customer.expect("a customer");
            assert_eq!(customer.name.as_deref(), Some("Jane"));
            assert_eq!(customer.email.as_deref(), Some("jane@example.com"));
        }
    }
}

#[test]
fn contact_without_a_number_is_the_customer() {
    for mapping in mappings().iter().filter(|it| matches!(it.vendor, "vozagent" | "agentvoice")) {
        let record = json!({"id": "1", "contact_id": "contact-1"});
        let customer = map(mapping, &record, &Context::default()).customer.expect("a customer");
        assert_eq!((customer.id.as_deref(), customer.number), (Some("contact-1"), None));
    }
}
