//! The calling and the called party.

use super::PartyRole;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One side of a call.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Party {
    /// The vendor's identifier of the party.
    #[serde(default)]
    pub id: Option<String>,
    /// The telephone number; `None` when the vendor does not say.
    pub number: Option<PhoneNumber>,
    /// Whether the caller withheld the number; there is none then.
    #[serde(default)]
    pub withheld: bool,
    /// The party's name.
    pub name: Option<String>,
    /// The party's e-mail address.
    pub email: Option<String>,
    /// Whether this is the agent's or the customer's side; `None` when the
    /// call's direction is not known.
    pub role: Option<PartyRole>,
}

impl fmt::Debug for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Party")
            .field("number", &self.number)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// A telephone number as the vendor wrote it, and its E.164 form.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct PhoneNumber {
    /// The vendor's text.
    pub raw: String,
    /// `+` and the digits of a country code and a number as long as numbers of
    /// that country are; `None` for any other text.
    pub e164: Option<String>,
}

impl PhoneNumber {
    /// Keeps `raw` and derives the E.164 form where the text allows it.
    pub fn new(raw: impl Into<String>) -> Self {
        let raw = raw.into();
        let e164 = normalize_e164(&raw);
        Self { raw, e164 }
    }

    /// Keeps `raw` and derives the E.164 form, reading a national number as one of `region`.
    pub fn in_region(raw: impl Into<String>, region: NumberRegion) -> Self {
        let raw = raw.into();
        let e164 = normalize_e164(&raw).or_else(|| region.normalize(&raw));
        Self { raw, e164 }
    }

    /// The E.164 form where there is one, the vendor's text otherwise.
    pub fn as_str(&self) -> &str {
        self.e164.as_deref().unwrap_or(&self.raw)
    }

    /// The number with all but its first two and last two digits hidden, and of a SIP address
    /// the letters before the host too.
    pub fn masked(&self) -> String {
        let text = self.as_str();
        let digits = text.chars().filter(char::is_ascii_digit).count();
        let user =
            text.find('@').map_or(0..0, |at| text.find(':').map_or(0, |colon| colon + 1)..at);
        let mut seen = 0;
        text.char_indices()
            .map(|(index, c)| {
                if !c.is_ascii_digit() {
                    return if user.contains(&index) && c.is_alphabetic() { '*' } else { c };
                }
                seen += 1;
                if digits > 4 && (seen <= 2 || seen > digits - 2) { c } else { '*' }
            })
            .collect()
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

/// A country or territory whose numbering plan reads national numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberRegion(&'static str);

impl NumberRegion {
    /// The region of an ISO 3166-1 alpha-2 code, in either letter case; `None` where no numbering
    /// plan is known for it.
    pub fn new(code: &str) -> Option<Self> {
        phonelib::country_by_code(code).map(|country| Self(country.code))
    }

    /// The ISO 3166-1 alpha-2 code, in capitals.
    pub fn code(self) -> &'static str {
        self.0
    }

    /// The E.164 form of a number as it is dialled in this region: a national number, or an
    /// international one behind the region's access code. `None` for any other text.
    fn normalize(self, text: &str) -> Option<String> {
        if is_withheld(text) {
            return None;
        }
        let number = user_part(text.trim());
        let is_dialled = number.chars().all(|c| c.is_ascii_digit() || is_separator(c));
        let read = is_dialled.then(|| phonelib::PhoneNumber::parse_with_country(number, self.0))?;
        read.map(|number| number.e164().to_owned())
    }
}

/// Whether a text stands for a number that the caller withheld: a word such as
/// `anonymous`, a SIP URI with one, or the digits that Twilio writes for it.
pub fn is_withheld(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "anonymous",
        "restricted",
        "private",
        "private number",
        "withheld",
        "blocked",
        "unavailable",
        "no caller id",
        // The same words on a telephone's keys.
        "266696687",
        "7378742833",
        "2562533",
        "8656696",
        "86282452253",
    ];
    let user = user_part(text.trim()).trim_start_matches('+');
    WORDS.iter().any(|word| user.eq_ignore_ascii_case(word))
}

/// The number of a `tel:` URI, the user of a `sip:` one, any other text whole.
fn user_part(text: &str) -> &str {
    let after = |scheme: &str| {
        let head = text.get(..scheme.len())?;
        head.eq_ignore_ascii_case(scheme).then(|| &text[scheme.len()..])
    };
    match ["tel:", "sip:", "sips:"].iter().find_map(|scheme| after(scheme)) {
        Some(rest) => rest.split(['@', ';', '?']).next().unwrap_or(rest),
        None => text,
    }
}

/// Reads a complete international number: `+`, then as many digits as numbers
/// of the country have. Spaces, dots, hyphens, slashes and parentheses between
/// digits are ignored, and nothing is ever added: a national number has no
/// E.164 form. Neither has one with a trunk prefix in it, as in `+44 (0)20 …`:
/// its 0 is dialled within the country only. `tel:` and `sip:` URIs are read by
/// their number. A withheld number has none.
pub fn normalize_e164(text: &str) -> Option<String> {
    if is_withheld(text) {
        return None;
    }
    if is_plain(text) {
        return has_valid_length(text).then(|| text.to_owned());
    }
    let rest = user_part(text.trim()).strip_prefix('+').filter(|rest| !rest.contains("(0)"))?;
    let mut e164 = String::with_capacity(16);
    e164.push('+');
    for c in rest.chars() {
        match c {
            '0'..='9' => e164.push(c),
            c if is_separator(c) => {}
            _ => return None,
        }
    }
    let digits = e164.len() - 1;
    ((7..=15).contains(&digits) && has_valid_length(&e164)).then_some(e164)
}

/// Whether the character only makes a number readable.
fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '.' | '-' | '/' | '(' | ')' | '\u{a0}')
}

/// Whether the numbering plan of the number's country has numbers of this length.
fn has_valid_length(e164: &str) -> bool {
    !e164.starts_with("+0") && phonelib::is_valid_phone_number(e164)
}

/// Whether the text is `+` and digits already, as nearly all are.
fn is_plain(text: &str) -> bool {
    match text.as_bytes() {
        [b'+', b'1'..=b'9', rest @ ..] => {
            (6..=14).contains(&rest.len()) && rest.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e164_is_read_and_never_invented() {
        let cases = [
            ("+19195550100", Some("+19195550100")),
            (" +1 (919) 555-0100 ", Some("+19195550100")),
            ("+91 555 010 0123", Some("+915550100123")),
            ("+0987654321", None),
            ("+44 (0)20 5550 0123", None),
            ("9195550100", None),
            ("0019195550100", None),
            ("+1919555", None),
            ("+12025550", None),
            ("+493012345", Some("+493012345")),
            ("+191955", None),
            ("+1234567890123456", None),
            ("+1919555010x", None),
            ("anonymous", None),
            ("+266696687", None),
            ("tel:+1-919-555-0100;ext=7", Some("+19195550100")),
            ("sip:+19195550100@pbx.example.com;user=phone", Some("+19195550100")),
            ("SIP:alice@example.com", None),
            ("tel:9195550100", None),
            ("", None),
        ];
        for (text, expect) in cases {
            assert_eq!(normalize_e164(text).as_deref(), expect, "{text}");
        }
    }

    #[test]
    fn national_number_is_read_in_its_region_only() {
        let region = |code| NumberRegion::new(code).unwrap();
        let cases = [
            ("US", "(919) 555-0100", Some("+19195550100")),
            ("us", "1 919 555 0100", Some("+19195550100")),
            ("GB", "020 7946 0958", Some("+442079460958")),
            ("GB", "tel:02079460958", Some("+442079460958")),
            ("GB", "00 1 919 555 0100", Some("+19195550100")),
            ("IN", "098765 43210", Some("+919876543210")),
            ("GB", "+1 919 555 0100", Some("+19195550100")),
            ("US", "911", None),
            ("US", "919555", None),
            ("US", "anonymous", None),
            ("US", "266696687", None),
            ("US", "sip:alice@example.com", None),
            ("US", "919-555-0100 ext 7", None),
            ("US", "", None),
        ];
        for (code, text, expect) in cases {
            let number = PhoneNumber::in_region(text, region(code));
            assert_eq!(number.e164.as_deref(), expect, "{code} {text}");
            assert_eq!(number.raw, text);
        }
        assert_eq!(PhoneNumber::new("020 7946 0958").e164, None);
        assert_eq!(region("gb").code(), "GB");
        for code in ["", "XX", "GBR", "44", "United Kingdom"] {
            assert_eq!(NumberRegion::new(code), None, "{code}");
        }
    }

    #[test]
    fn withheld_number_is_recognised() {
        for text in ["anonymous", " Restricted ", "+266696687", "sip:anonymous@anonymous.invalid"] {
            assert!(is_withheld(text), "{text}");
        }
        for text in ["+19195550100", "", "alice", "tel:+19195550100"] {
            assert!(!is_withheld(text), "{text}");
        }
    }

    #[test]
    fn masked_number_keeps_two_digits_at_each_end() {
        assert_eq!(PhoneNumber::new("+19195550100").masked(), "+19*******00");
        assert_eq!(PhoneNumber::new("911").masked(), "***");
        assert_eq!(format!("{:?}", PhoneNumber::new("+19195550100")), "+19*******00");
    }
}
