//! Numbers kept as they were written.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Unexpected};
use serde_json::value::RawValue;
use std::{fmt, str::FromStr};

/// An exact number: the text of a JSON number, or of a JSON string that holds
/// nothing but a number.
///
/// The text is never rounded or rewritten: `12.50` stays `12.50`. A string may
/// have blanks around the number. Two values are equal if their text and their
/// form (number or string) are equal.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RawNumber {
    text: Box<str>,
    quoted: bool,
}

impl RawNumber {
    /// The number's text, in the grammar of JSON numbers.
    pub fn as_str(&self) -> &str {
        self.text.trim()
    }
}

/// The text is not a number in the grammar of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawNumberError;

impl fmt::Display for RawNumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a decimal number")
    }
}

impl std::error::Error for RawNumberError {}

impl FromStr for RawNumber {
    type Err = RawNumberError;

    fn from_str(text: &str) -> Result<Self, RawNumberError> {
        if is_number(text) {
            Ok(Self { text: text.into(), quoted: false })
        } else {
            Err(RawNumberError)
        }
    }
}

impl fmt::Display for RawNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for RawNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RawNumber(..)")
    }
}

impl Serialize for RawNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.quoted {
            return serializer.serialize_str(&self.text);
        }
        let raw: &RawValue =
            serde_json::from_str(&self.text).map_err(<S::Error as serde::ser::Error>::custom)?;
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RawNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let quoted = quoted_text(&raw);
        number(raw, quoted)
    }
}

/// The text of a JSON string.
fn quoted_text(raw: &RawValue) -> Option<Box<str>> {
    raw.get().starts_with('"').then(|| serde_json::from_str(raw.get()).ok()).flatten()
}

/// The number of a value, whose text is `quoted` if it is a string.
fn number<E: serde::de::Error>(
    raw: Box<RawValue>,
    quoted: Option<Box<str>>,
) -> Result<RawNumber, E> {
    if is_number(raw.get()) {
        return Ok(RawNumber { text: raw.into(), quoted: false });
    }
    let number = quoted.filter(|text| is_number(text.trim()));
    // The text itself stays out of the error: it is somebody's data.
    number.map(|text| RawNumber { text, quoted: true }).ok_or_else(|| {
        E::invalid_value(
            Unexpected::Other(super::decode_error::type_word(raw.get())),
            &"a decimal number",
        )
    })
}

/// Decodes an exact number, for generated fields: an empty text is none.
pub fn raw_number<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<RawNumber>, D::Error> {
    let Some(raw) = Option::<Box<RawValue>>::deserialize(deserializer)? else { return Ok(None) };
    let quoted = quoted_text(&raw);
    if quoted.as_ref().is_some_and(|text| text.trim().is_empty()) {
        return Ok(None);
    }
    number(raw, quoted).map(Some)
}

/// Whether a text is a JSON number: `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
pub(crate) fn is_number(text: &str) -> bool {
    let digits = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
    let rest = text.strip_prefix('-').unwrap_or(text);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest.starts_with('0')) {
        return false;
    }
    let mut rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let n = digits(fraction);
        if n == 0 {
            return false;
        }
        rest = &fraction[n..];
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let n = digits(exponent);
        return n > 0 && n == exponent.len();
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_number_keeps_the_text_and_the_form() {
        for json in ["12.50", "\"12.50\"", "0", "-0.0", "1e400", "0.10000000000000000000001"] {
            let value: RawNumber = serde_json::from_str(json).unwrap();
            assert_eq!(value.as_str(), json.trim_matches('"'));
            assert_eq!(serde_json::to_string(&value).unwrap(), json);
        }
    }

    #[test]
    fn raw_number_refuses_what_is_not_a_number() {
        for json in [
            "\"\"", "\"+1\"", "\"01\"", "\"1.\"", "\".5\"", "\"1e\"", "\"1e+\"", "\"$5\"",
            "\"NaN\"", "\"1,5\"", "true", "null", "{}", "[1]",
        ] {
            assert!(serde_json::from_str::<RawNumber>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn blanks_around_a_quoted_number_are_no_part_of_it() {
        let value: RawNumber = serde_json::from_str("\" 12.50\"").unwrap();
        assert_eq!(value.as_str(), "12.50");
        assert_eq!(serde_json::to_string(&value).unwrap(), "\" 12.50\"");
    }

    #[test]
    fn empty_text_is_no_number() {
        let read = |json: &str| raw_number(&mut serde_json::Deserializer::from_str(json));
        assert_eq!(read("\"\"").unwrap(), None);
        assert_eq!(read("\" \"").unwrap(), None);
        assert_eq!(read("\"1.5\"").unwrap().unwrap().as_str(), "1.5");
        assert!(read("\"x\"").is_err());
    }

    #[test]
    fn raw_number_error_does_not_repeat_the_value() {
        let error = serde_json::from_str::<RawNumber>("\"private\"").unwrap_err();
        assert!(!error.to_string().contains("private"));
    }

    #[test]
    fn raw_number_null_is_none() {
        assert_eq!(serde_json::from_str::<Option<RawNumber>>("null").unwrap(), None);
    }

    #[test]
    fn raw_number_reads_escaped_digits() {
        let value: RawNumber = serde_json::from_str("\"12\\u002e5\"").unwrap();
        assert_eq!(value.as_str(), "12.5");
    }
}
