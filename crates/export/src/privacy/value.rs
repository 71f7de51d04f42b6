//! A number, a name, an address or a text, masked, hashed or dropped.

use super::{PrivacyMode, text::plain_number};
use callfold_unify::model::{PhoneNumber, normalize_e164};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use std::fmt::Write as _;

/// HMAC-SHA-256 with the policy's key.
pub(super) type Keyed = Hmac<Sha256>;

/// What a hashed value is. Each has hashes of its own: that somebody's id is
/// the digits of somebody's number is nobody's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Domain {
    Number,
    Name,
    Email,
    Id,
}

impl Domain {
    /// What is hashed before the value. No name of a domain begins another.
    fn prefix(self) -> &'static [u8] {
        match self {
            Self::Number => b"number:",
            Self::Name => b"name:",
            Self::Email => b"email:",
            Self::Id => b"id:",
        }
    }
}

/// What becomes of a value: `None` where nothing stays.
#[derive(Clone, Copy)]
pub(super) struct Guard<'a> {
    pub(super) mode: PrivacyMode,
    pub(super) keyed: Option<&'a Keyed>,
}

impl Guard<'_> {
    pub(super) fn keeps(&self) -> bool {
        self.mode == PrivacyMode::Keep
    }

    pub(super) fn number(&self, number: &PhoneNumber) -> Option<PhoneNumber> {
        // Neither is a number any more, so there is no E.164 form.
        let raw = self.number_text(number.as_str())?;
        Some(PhoneNumber { raw, e164: None })
    }

    pub(super) fn number_text(&self, number: &str) -> Option<String> {
        // A reader of any script can dial it, and so can a mask hide it.
        let number = &*plain_number(number);
        self.value(Domain::Number, number, number_form, |number| {
            // Letters, as of a SIP address, would stay.
            let letter = |c: char| if c.is_alphabetic() { '*' } else { c };
            let plain =
                normalize_e164(number).unwrap_or_else(|| number.chars().map(letter).collect());
            PhoneNumber { raw: plain, e164: None }.masked()
        })
    }

    pub(super) fn name(&self, name: &str) -> Option<String> {
        self.value(Domain::Name, name, |name| name.trim().to_owned(), initials)
    }

    pub(super) fn email(&self, email: &str) -> Option<String> {
        self.value(Domain::Email, email, |email| email.trim().to_lowercase(), masked_email)
    }

    /// An id, or a word of the vendor's that stands for something.
    pub(super) fn id(&self, id: &str) -> Option<String> {
        self.value(Domain::Id, id, |id| id.trim().to_owned(), length)
    }

    /// What somebody said or wrote. It is masked where other values are hashed.
    pub(super) fn text(&self, text: &str) -> Option<String> {
        match self.mode {
            PrivacyMode::Keep => Some(text.to_owned()),
            PrivacyMode::Mask | PrivacyMode::Hash => Some(length(text)),
            PrivacyMode::Drop => None,
        }
    }

    fn value(
        &self,
        domain: Domain,
        value: &str,
        normal: impl FnOnce(&str) -> String,
        mask: impl FnOnce(&str) -> String,
    ) -> Option<String> {
        match self.mode {
            PrivacyMode::Keep => Some(value.to_owned()),
            PrivacyMode::Mask => Some(mask(value)),
            PrivacyMode::Hash => self.keyed.map(|keyed| hashed(keyed, domain, &normal(value))),
            PrivacyMode::Drop => None,
        }
    }
}

fn length(text: &str) -> String {
    format!("[{} characters]", text.chars().count())
}

/// What is hashed of a number: its E.164 form, or without one its digits, or
/// without any the text in lower case.
fn number_form(number: &str) -> String {
    normalize_e164(number).unwrap_or_else(|| {
        let blank = |c: char| matches!(c, ' ' | '.' | '-' | '/' | '(' | ')' | '\u{a0}');
        let text: String = number.trim().chars().filter(|c| !blank(*c)).collect();
        text.to_lowercase()
    })
}

fn initials(name: &str) -> String {
    let first = |word: &str| word.chars().next().map(|letter| format!("{letter}."));
    name.split_whitespace().filter_map(first).collect::<Vec<_>>().join(" ")
}

fn masked_email(email: &str) -> String {
    let is_domain = |text: &str| text.chars().all(|c| c.is_alphanumeric() || ".-".contains(c));
    match email.trim().rsplit_once('@') {
        Some((local, domain)) if is_domain(domain) => {
            let first: String = local.chars().take(1).collect();
            format!("{first}***@{domain}")
        }
        _ => "***".to_owned(),
    }
}

fn hashed(keyed: &Keyed, domain: Domain, value: &str) -> String {
    let keyed = keyed.clone().chain_update(domain.prefix()).chain_update(value.as_bytes());
    let tag = keyed.finalize().into_bytes();
    let mut text = String::with_capacity(5 + 2 * tag.len());
    text.push_str("hmac:");
    for byte in tag {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use hmac::KeyInit as _;

    #[test]
    fn masked_values_hide_all_but_a_hint() {
        let guard = Guard { mode: PrivacyMode::Mask, keyed: None };
        let numbers = [
            ("+1 (919) 555-0100", "+19*******00"),
            ("sip:jane.doe@919.example.com", "***:****.***@***.*******.***"),
            ("911", "***"),
            ("anonymous", "*********"),
        ];
        for (number, expect) in numbers {
            let masked = guard.number(&PhoneNumber::new(number)).unwrap();
            assert_eq!((masked.raw.as_str(), masked.e164), (expect, None), "{number}");
        }
        assert_eq!(guard.name(" Jane  Émilie Doe ").as_deref(), Some("J. É. D."));
        assert_eq!(guard.email(" Jane@Example.com").as_deref(), Some("J***@Example.com"));
        assert_eq!(guard.email("jane").as_deref(), Some("***"));
        assert_eq!(guard.email("jane@example.com (Jane)").as_deref(), Some("***"));
        assert_eq!(guard.text("héllo").as_deref(), Some("[5 characters]"));
        let arabic = guard.number(&PhoneNumber::new("+١٩١٩٥٥٥٠١٠٠")).unwrap();
        assert_eq!(arabic.raw, "+19*******00");
    }

    #[test]
    fn each_domain_has_hashes_of_its_own_and_a_text_has_none() {
        let keyed = Keyed::new_from_slice(b"sixteen byte key").unwrap();
        let guard = Guard { mode: PrivacyMode::Hash, keyed: Some(&keyed) };
        let value = "+19195550100";
        let hashes =
            [guard.number_text(value), guard.name(value), guard.email(value), guard.id(value)];
        for (place, hash) in hashes.iter().enumerate() {
            assert!(hash.as_ref().is_some_and(|hash| hash.starts_with("hmac:")), "{hash:?}");
            assert!(!hashes[..place].contains(hash), "{hashes:?}");
        }
        assert_eq!(guard.number_text("+१९१९५५५०१००"), guard.number_text(value));
        assert_eq!(guard.text("Yes").as_deref(), Some("[3 characters]"));
    }

    #[test]
    fn hash_is_that_of_the_normal_form() {
        // printf number:+19195550100 | openssl dgst -sha256 -hmac 'sixteen byte key'
        let keyed = Keyed::new_from_slice(b"sixteen byte key").unwrap();
        let guard = Guard { mode: PrivacyMode::Hash, keyed: Some(&keyed) };
        let hash = guard.number_text("+19195550100").unwrap();
        assert_eq!(hash, HASH);
        assert_eq!(guard.number_text("+1 (919) 555-0100").unwrap(), hash);
        assert_ne!(guard.number_text("9195550100").unwrap(), hash, "no country, no join");
        assert_eq!(guard.number_text("919 555-0100"), guard.number_text("(919) 5550100"));
        assert_eq!(guard.email(" JANE@example.com"), guard.email("jane@example.com"));
        assert_eq!(guard.name(" Jane Doe"), guard.name("Jane Doe "));
        assert_ne!(guard.name("jane doe"), guard.name("Jane Doe"));
    }

    const HASH: &str = "hmac:6c989ad311fd688da248a4c0851c8af15f0643565e5b6c572e053e441c73f048";
}
