//! The calling and the called party.

use super::PartyRole;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One side of a call.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Party {
    /// The telephone number; `None` when the vendor does not say.
    pub number: Option<PhoneNumber>,
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
    /// `+` and 7 to 15 digits, the first not 0; `None` when the text is not a
    /// complete international number.
    pub e164: Option<String>,
}

impl PhoneNumber {
    /// Keeps `raw` and derives the E.164 form where the text allows it.
    pub fn new(raw: impl Into<String>) -> Self {
        let raw = raw.into();
        let e164 = normalize_e164(&raw);
        Self { raw, e164 }
    }

    /// The E.164 form where there is one, the vendor's text otherwise.
    pub fn as_str(&self) -> &str {
        self.e164.as_deref().unwrap_or(&self.raw)
    }

    /// The number with all but its first two and last two digits hidden.
    pub fn masked(&self) -> String {
        let digits = self.as_str().chars().filter(char::is_ascii_digit).count();
        let mut seen = 0;
        self.as_str()
            .chars()
            .map(|c| {
                if !c.is_ascii_digit() {
                    return c;
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

/// Reads a complete international number: `+`, then 7 to 15 digits of which
/// the first is not 0. Spaces, dots, hyphens, slashes and parentheses between
/// digits are ignored, and nothing is ever added: a national number has no
/// E.164 form. Neither has one with a trunk prefix in it, as in `+44 (0)20 …`:
/// its 0 is dialled within the country only.
pub fn normalize_e164(text: &str) -> Option<String> {
    if is_e164(text) {
        return Some(text.to_owned());
    }
    let rest = text.trim().strip_prefix('+').filter(|rest| !rest.contains("(0)"))?;
    let mut e164 = String::with_capacity(16);
    e164.push('+');
    for c in rest.chars() {
        match c {
            '0'..='9' => e164.push(c),
            ' ' | '.' | '-' | '/' | '(' | ')' | '\u{a0}' => {}
            _ => return None,
        }
    }
    let digits = e164.len() - 1;
    ((7..=15).contains(&digits) && !e164.starts_with("+0")).then_some(e164)
}

/// Whether the text is such a number already, as nearly all are.
fn is_e164(text: &str) -> bool {
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
            ("+1919555", Some("+1919555")),
            ("+191955", None),
            ("+1234567890123456", None),
            ("+1919555010x", None),
            ("anonymous", None),
            ("", None),
        ];
        for (text, expect) in cases {
            assert_eq!(normalize_e164(text).as_deref(), expect, "{text}");
        }
    }

    #[test]
    fn masked_number_keeps_two_digits_at_each_end() {
        assert_eq!(PhoneNumber::new("+19195550100").masked(), "+19*******00");
        assert_eq!(PhoneNumber::new("911").masked(), "***");
        assert_eq!(format!("{:?}", PhoneNumber::new("+19195550100")), "+19*******00");
    }
}
