//! Parties of a call and their numbers.

use super::{Warnings, text};
use crate::model::{Call, Direction, Party, PartyRole, PhoneNumber, WarningCode};

/// Reads a telephone number; one that is not E.164 is kept and noted.
pub(crate) fn phone(
    value: Option<String>,
    pointer: &'static str,
    warnings: &mut Warnings,
) -> Option<PhoneNumber> {
    let number = PhoneNumber::new(text(value)?);
    if number.e164.is_none() {
        warnings.add(
            WarningCode::InvalidE164,
            pointer,
            "the number is not E.164; it is kept as it came",
        );
    }
    Some(number)
}

/// A party of what is known of it; none when that is nothing.
pub(crate) fn party(
    number: Option<PhoneNumber>,
    name: Option<String>,
    email: Option<String>,
    role: Option<PartyRole>,
) -> Option<Party> {
    let (name, email) = (text(name), text(email));
    if number.is_none() && name.is_none() && email.is_none() {
        return None;
    }
    Some(Party { number, name, email, role })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_that_is_not_e164_is_kept_and_noted() {
        let mut warnings = Warnings::default();
        let number = phone(Some("+0987654321".into()), "/from", &mut warnings).unwrap();
        assert_eq!((number.raw.as_str(), number.e164), ("+0987654321", None));
        assert_eq!(warnings.codes(), [("invalid_e164", "/from")]);
        assert_eq!(phone(Some("".into()), "/to", &mut warnings), None);
        assert!(phone(Some("+19195550100".into()), "/to", &mut warnings).is_some());
        assert_eq!(warnings.codes().len(), 1);
    }

    #[test]
    fn party_of_nothing_is_none() {
        assert_eq!(party(None, Some(" ".into()), Some("".into()), Some(PartyRole::Agent)), None);
        assert!(party(None, Some("Jane Doe".into()), None, None).is_some());
    }

    #[test]
    fn roles_follow_the_direction_only() {
        assert_eq!(roles(Some(&Direction::Inbound)).0, Some(PartyRole::Customer));
        assert_eq!(roles(Some(&Direction::Outbound)).0, Some(PartyRole::Agent));
        assert_eq!(roles(Some(&Direction::Other("x".into()))), (None, None));
        assert_eq!(roles(None), (None, None));
    }
}
