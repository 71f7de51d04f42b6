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

/// Reads a telephone number; one that is not E.164 is kept and noted. A
/// withheld one is none.
pub(crate) fn phone(
    value: Option<String>,
    pointer: &'static str,
    warnings: &mut Warnings,
) -> Phone {
    let Some(text) = text(value) else { return Phone::default() };
    if is_withheld(&text) {
        return Phone { number: None, is_withheld: true };
    }
    let number = PhoneNumber::new(text);
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

/// Names the direction of a call, and with it what its parties are.
pub(crate) fn set_direction(call: &mut Call, direction: Direction) {
    let (from, to) = roles(Some(&direction));
    for (party, role) in [(&mut call.from, from), (&mut call.to, to)] {
        if let Some(party) = party {
            party.role = role;
        }
    }
    call.direction = Some(direction);
}

/// Names the direction of a call whose vendor does not, where exactly one party
/// has a number of our own.
pub(crate) fn direction_by_own_numbers(call: &mut Call, context: &Context) {
    if call.direction.is_some() || context.own_numbers.is_empty() {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_that_is_not_e164_is_kept_and_noted() {
        let mut warnings = Warnings::default();
        let number = phone(Some("+0987654321".into()), "/from", &mut warnings).number.unwrap();
        assert_eq!((number.raw.as_str(), number.e164), ("+0987654321", None));
        assert_eq!(warnings.codes(), [("invalid_e164", "/from")]);
        assert_eq!(phone(Some("".into()), "/to", &mut warnings), Phone::default());
        assert!(phone(Some("+19195550100".into()), "/to", &mut warnings).number.is_some());
        assert_eq!(warnings.codes().len(), 1);
    }

    #[test]
    fn withheld_number_is_no_number_and_no_warning() {
        let mut warnings = Warnings::default();
        for text in ["anonymous", "+266696687"] {
            let phone = phone(Some(text.into()), "/from", &mut warnings);
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
