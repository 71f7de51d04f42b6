//! Parties of a call and their numbers.

use super::{Warnings, text};
use crate::{
    Context,
    model::{Call, Direction, Party, PartyRole, PhoneNumber, WarningCode, is_withheld},
};

/// What a field for a telephone number holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Phone {
    pub(crate) number: Option<PhoneNumber>,
    pub(crate) is_withheld: bool,
}

/// Reads a telephone number; one that has no E.164 form, in the source's region
/// if it has one, is kept and noted. A withheld one is none.
pub(crate) fn phone(
    value: Option<String>,
    pointer: &'static str,
    context: &Context,
    warnings: &mut Warnings,
) -> Phone {
    let Some(text) = text(value) else { return Phone::default() };
    if is_withheld(&text) {
        return Phone { number: None, is_withheld: true };
    }
    let number = context.phone_number(&text);
    if number.e164.is_none() {
        warnings.add(
            WarningCode::InvalidE164,
            pointer,
            "the number is not E.164; it is kept as it came",
        );
    }
    Phone { number: Some(number), is_withheld: false }
}

/// A party of what is known of it; none when that is nothing.
pub(crate) fn party(
    phone: Phone,
    name: Option<String>,
    email: Option<String>,
    role: Option<PartyRole>,
) -> Option<Party> {
    let (name, email) = (text(name), text(email));
    let Phone { number, is_withheld: withheld } = phone;
    if number.is_none() && !withheld && name.is_none() && email.is_none() {
        return None;
    }
    Some(Party { id: None, number, withheld, name, email, role })
}

/// What the calling and the called party are. The customer calls on an inbound
/// call, the agent on an outbound one; nothing is said without a direction.
pub(crate) fn roles(direction: Option<&Direction>) -> (Option<PartyRole>, Option<PartyRole>) {
    match direction {
        Some(Direction::Inbound) => (Some(PartyRole::Customer), Some(PartyRole::Agent)),
        Some(Direction::Outbound) => (Some(PartyRole::Agent), Some(PartyRole::Customer)),
        _ => (None, None),
    }
}

/// Says what the parties of a call are, and names its direction if the vendor has no word for it.
pub(crate) fn set_direction(call: &mut Call, direction: Direction) {
    let (from, to) = roles(Some(&direction));
    for (party, role) in [(&mut call.from, from), (&mut call.to, to)] {
        if let Some(party) = party {
            party.role = role;
        }
    }
    call.direction.get_or_insert(direction);
}

/// Names the direction of a call whose vendor names none that is known, where exactly one
/// party has a number of our own.
pub(crate) fn direction_by_own_numbers(call: &mut Call, context: &Context) {
    if call.direction.as_ref().is_some_and(|known| !known.is_other())
        || context.own_numbers.is_empty()
    {
        return;
    }
    let is_own = |party: &Option<Party>| {
        let number = party.as_ref().and_then(|party| party.number.as_ref()?.e164.as_ref());
        number.is_some_and(|number| context.own_numbers.contains(number))
    };
    match (is_own(&call.from), is_own(&call.to)) {
        (true, false) => set_direction(call, Direction::Outbound),
        (false, true) => set_direction(call, Direction::Inbound),
        _ => {}
    }
}

/// Fills both sides of a call that the vendor's own words do not name: by what its parties are. The
/// contact in the CRM is the customer.
pub(crate) fn fill_sides(call: &mut Call) {
    let parties = [&call.from, &call.to].into_iter().flatten();
    let side = |role| parties.clone().find(|party| party.role.as_ref() == Some(&role)).cloned();
    let (customer, agent) = (side(PartyRole::Customer), side(PartyRole::Agent));
    call.customer = call.customer.take().or(customer);
    call.agent_line = call.agent_line.take().or(agent);
    if let Some(contact) = &call.contact_id {
        let customer = call.customer.get_or_insert_default();
        customer.role = Some(PartyRole::Customer);
        customer.id = Some(contact.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::NumberRegion;

    #[test]
    fn number_that_is_not_e164_is_kept_and_noted() {
        let (context, mut warnings) = (Context::default(), Warnings::default());
        let number =
            phone(Some("+0987654321".into()), "/from", &context, &mut warnings).number.unwrap();
        assert_eq!((number.raw.as_str(), number.e164), ("+0987654321", None));
        assert_eq!(warnings.codes(), [("invalid_e164", "/from")]);
        assert_eq!(phone(Some("".into()), "/to", &context, &mut warnings), Phone::default());
        assert!(
            phone(Some("+19195550100".into()), "/to", &context, &mut warnings).number.is_some()
        );
        assert_eq!(warnings.codes().len(), 1);
    }

    #[test]
    fn national_number_is_read_in_the_region_of_the_source() {
        let mut warnings = Warnings::default();
        let region = NumberRegion::new("GB").unwrap();
        let context =
            Context::default().with_number_region(region).with_own_numbers(["020 7946 0958"]);
        assert!(context.own_numbers.contains("+442079460958"));
        let number = phone(Some("02079460958".into()), "/from", &context, &mut warnings).number;
        assert_eq!(number.unwrap().e164.as_deref(), Some("+442079460958"));
        assert_eq!(warnings.codes(), []);
        phone(Some("02079460958".into()), "/from", &Context::default(), &mut warnings);
        assert_eq!(warnings.codes(), [("invalid_e164", "/from")]);
    }

    #[test]
    fn withheld_number_is_no_number_and_no_warning() {
        let (context, mut warnings) = (Context::default(), Warnings::default());
        for text in ["anonymous", "+266696687"] {
            let phone = phone(Some(text.into()), "/from", &context, &mut warnings);
            let party = party(phone, None, None, Some(PartyRole::Customer)).unwrap();
            assert_eq!((party.number, party.withheld), (None, true), "{text}");
        }
        assert_eq!(warnings.codes(), []);
    }

    #[test]
    fn party_of_nothing_is_none() {
        let nobody = || Phone::default();
        let agent = Some(PartyRole::Agent);
        assert_eq!(party(nobody(), Some(" ".into()), Some("".into()), agent), None);
        assert!(party(nobody(), Some("Jane Doe".into()), None, None).is_some());
    }

    #[test]
    fn roles_follow_the_direction_only() {
        assert_eq!(roles(Some(&Direction::Inbound)).0, Some(PartyRole::Customer));
        assert_eq!(roles(Some(&Direction::Outbound)).0, Some(PartyRole::Agent));
        assert_eq!(roles(Some(&Direction::Other("x".into()))), (None, None));
        assert_eq!(roles(None), (None, None));
    }
}
