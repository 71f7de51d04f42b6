//! Masks, hashes or drops a number, a name, an address or a text.

use super::{PrivacyMode, text::plain_number};
use callfold_unify::model::{PhoneNumber, normalize_e164};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use std::fmt::Write as _;

/// HMAC-SHA-256 with the policy's key.
pub(super) type HashKey = Hmac<Sha256>;

/// The domain of a hash, so that an id has another hash than a number with the same digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HashDomain {
    Number,
    Name,
    Email,
    Id,
}

impl HashDomain {
    /// The prefix of the hashed value. None is a prefix of another.
    fn prefix(self) -> &'static [u8] {
        match self {
            Self::Number => b"number:",
            Self::Name => b"name:",
            Self::Email => b"email:",
            Self::Id => b"id:",
        }
    }
}

/// Redacts a value by its mode; `None` if it is dropped.
#[derive(Clone, Copy)]
pub(super) struct Redactor<'a> {
    pub(super) mode: PrivacyMode,
    pub(super) hash_key: Option<&'a HashKey>,
}

impl Redactor<'_> {
    pub(super) fn keeps(&self) -> bool {
        self.mode == PrivacyMode::Keep
    }

    pub(super) fn number(&self, number: &PhoneNumber) -> Option<PhoneNumber> {
        // The result is not a number any more, so it has no E.164 form.
        let raw = self.number_text(number.as_str())?;
        Some(PhoneNumber { raw, e164: None })
    }

    pub(super) fn number_text(&self, number: &str) -> Option<String> {
        // Mask and hash digits of any script alike.
        let number = &*plain_number(number);
        self.value(HashDomain::Number, number, number_form, |number| {
            // Mask letters too, as in a SIP address.
            let letter = |c: char| if c.is_alphabetic() { '*' } else { c };
            let plain =
                normalize_e164(number).unwrap_or_else(|| number.chars().map(letter).collect());
            PhoneNumber { raw: plain, e164: None }.masked()
        })
    }

    pub(super) fn name(&self, name: &str) -> Option<String> {
        self.value(HashDomain::Name, name, |name| name.trim().to_owned(), initials)
    }

    pub(super) fn email(&self, email: &str) -> Option<String> {
        self.value(HashDomain::Email, email, |email| email.trim().to_lowercase(), masked_email)
    }

    /// An id or a vendor's label.
    pub(super) fn id(&self, id: &str) -> Option<String> {
        self.value(HashDomain::Id, id, |id| id.trim().to_owned(), length)
    }

    /// A text. It is masked where other values are hashed.
    pub(super) fn text(&self, text: &str) -> Option<String> {
        match self.mode {
            PrivacyMode::Keep => Some(text.to_owned()),
            PrivacyMode::Mask | PrivacyMode::Hash => Some(length(text)),
            PrivacyMode::Drop => None,
        }
    }

    fn value(
        &self,
        domain: HashDomain,
        value: &str,
        normal: impl FnOnce(&str) -> String,
        mask: impl FnOnce(&str) -> String,
    ) -> Option<String> {
        match self.mode {
            PrivacyMode::Keep => Some(value.to_owned()),
            PrivacyMode::Mask => Some(mask(value)),
            PrivacyMode::Hash => {
                self.hash_key.map(|hash_key| hashed(hash_key, domain, &normal(value)))
            }
            PrivacyMode::Drop => None,
        }
    }
}

fn length(text: &str) -> String {
    format!("[{} characters]", text.chars().count())
}

/// The normal form of a number for hashing: E.164, or else the text in lower case without separators.
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

fn hashed(hash_key: &HashKey, domain: HashDomain, value: &str) -> String {
    let hash_key = hash_key.clone().chain_update(domain.prefix()).chain_update(value.as_bytes());
    let tag = hash_key.finalize().into_bytes();
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
        let redactor = Redactor { mode: PrivacyMode::Mask, hash_key: None };
        let numbers = [
            ("+1 (919) 555-0100", "+19*******00"),
            ("sip:jane.doe@919.example.com", "***:****.***@***.*******.***"),
            ("911", "***"),
            ("anonymous", "*********"),
        ];
        for (number, expect) in numbers {
            let masked = redactor.number(&PhoneNumber::new(number)).unwrap();
            assert_eq!((masked.raw.as_str(), masked.e164), (expect, None), "{number}");
        }
        assert_eq!(redactor.name(" Jane  Émilie Doe ").as_deref(), Some("J. É. D."));
        assert_eq!(redactor.email(" Jane@Example.com").as_deref(), Some("J***@Example.com"));
        assert_eq!(redactor.email("jane").as_deref(), Some("***"));
        assert_eq!(redactor.email("jane@example.com (Jane)").as_deref(), Some("***"));
        assert_eq!(redactor.text("héllo").as_deref(), Some("[5 characters]"));
        let arabic = redactor.number(&PhoneNumber::new("+١٩١٩٥٥٥٠١٠٠")).unwrap();
        assert_eq!(arabic.raw, "+19*******00");
    }

    #[test]
    fn each_domain_has_its_own_hashes_and_texts_are_masked() {
        let hash_key = HashKey::new_from_slice(b"sixteen byte key").unwrap();
        let redactor = Redactor { mode: PrivacyMode::Hash, hash_key: Some(&hash_key) };
        let value = "+19195550100";
        let hashes = [
            redactor.number_text(value),
            redactor.name(value),
            redactor.email(value),
            redactor.id(value),
        ];
        for (place, hash) in hashes.iter().enumerate() {
            assert!(hash.as_ref().is_some_and(|hash| hash.starts_with("hmac:")), "{hash:?}");
            assert!(!hashes[..place].contains(hash), "{hashes:?}");
        }
        assert_eq!(redactor.number_text("+१९१९५५५०१००"), redactor.number_text(value));
        assert_eq!(redactor.text("Yes").as_deref(), Some("[3 characters]"));
    }

    #[test]
    fn hash_is_that_of_the_normal_form() {
        // printf number:+19195550100 | openssl dgst -sha256 -hmac 'sixteen byte key'
        let hash_key = HashKey::new_from_slice(b"sixteen byte key").unwrap();
        let redactor = Redactor { mode: PrivacyMode::Hash, hash_key: Some(&hash_key) };
        let hash = redactor.number_text("+19195550100").unwrap();
        assert_eq!(hash, HASH);
        assert_eq!(redactor.number_text("+1 (919) 555-0100").unwrap(), hash);
        assert_ne!(redactor.number_text("9195550100").unwrap(), hash, "no country, no join");
        assert_eq!(redactor.number_text("919 555-0100"), redactor.number_text("(919) 5550100"));
        assert_eq!(redactor.email(" JANE@example.com"), redactor.email("jane@example.com"));
        assert_eq!(redactor.name(" Jane Doe"), redactor.name("Jane Doe "));
        assert_ne!(redactor.name("jane doe"), redactor.name("Jane Doe"));
    }

    const HASH: &str = "hmac:6c989ad311fd688da248a4c0851c8af15f0643565e5b6c572e053e441c73f048";
}
