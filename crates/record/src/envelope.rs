//! What stands around the records of a page: totals, flags, and the objects
//! that hold them.
//!
//! A page must not fail for one of them. A value that is written another way
//! is read (`"1000"`, `1000.0`, `1` for true); one that makes no sense counts
//! as unsaid.

use super::{lenient, malformed};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A value of an envelope that may be written in more than one way; for
/// generated types.
pub trait EnvelopeValue: Sized {
    /// Reads the value; `None` where it makes no sense.
    fn from_json(json: &str) -> Option<Self>;
}

/// Reads a value of an envelope; for generated types.
///
/// # Errors
///
/// The deserializer's, where the text is not JSON.
pub fn envelope_value<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: EnvelopeValue,
    D: Deserializer<'de>,
{
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    if malformed::problem(raw.get()).is_some() {
        lenient::count_isolated();
        return Ok(None);
    }
    Ok(T::from_json(raw.get()))
}

/// Reads an object of an envelope that holds no records; for generated types.
///
/// # Errors
///
/// The deserializer's, where the text is not JSON.
pub fn envelope_object<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: DeserializeOwned,
    D: Deserializer<'de>,
{
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    if malformed::problem(raw.get()).is_some() {
        lenient::count_isolated();
        return Ok(None);
    }
    // serde would also take the items of an array for the members.
    let is_object = raw.get().starts_with('{');
    Ok(is_object.then(|| serde_json::from_str(raw.get()).ok()).flatten())
}

impl EnvelopeValue for i64 {
    fn from_json(json: &str) -> Option<Self> {
        let text = unquoted(json)?;
        let text = text.trim();
        if let Ok(number) = text.parse() {
            return Some(number);
        }
        // Beyond this a float no longer holds every whole number.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let number: f64 = text.parse().ok()?;
        (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as Self)
    }
}

impl EnvelopeValue for bool {
    fn from_json(json: &str) -> Option<Self> {
        match unquoted(json)?.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" | "1.0" => Some(true),
            "false" | "no" | "0" | "0.0" => Some(false),
            _ => None,
        }
    }
}

impl EnvelopeValue for String {
    fn from_json(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }
}

/// The text of a string, or the JSON of anything else.
fn unquoted(json: &str) -> Option<String> {
    if json.starts_with('"') { serde_json::from_str(json).ok() } else { Some(json.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_read_however_they_are_written() {
        for (json, total) in [
            ("1000", Some(1000)),
            ("1000.0", Some(1000)),
            ("1e3", Some(1000)),
            (r#""1000""#, Some(1000)),
            (r#"" 1000 ""#, Some(1000)),
            (r#""1000.0""#, Some(1000)),
            ("-1", Some(-1)),
            ("9223372036854775807", Some(i64::MAX)),
            ("9223372036854775808", None),
            ("1e999", None),
            ("1000.5", None),
            (r#""many""#, None),
            (r#""NaN""#, None),
            (r#""""#, None),
            ("true", None),
            ("null", None),
            ("[1000]", None),
            (r#"{"value":1000}"#, None),
        ] {
            assert_eq!(i64::from_json(json), total, "{json}");
        }
    }

    #[test]
    fn flags_are_read_however_they_are_written() {
        for (json, flag) in [
            ("true", Some(true)),
            ("false", Some(false)),
            ("1", Some(true)),
            ("0", Some(false)),
            ("1.0", Some(true)),
            (r#""true""#, Some(true)),
            (r#""False""#, Some(false)),
            (r#""1""#, Some(true)),
            ("2", None),
            (r#""maybe""#, None),
            ("null", None),
            ("[]", None),
            ("{}", None),
        ] {
            assert_eq!(bool::from_json(json), flag, "{json}");
        }
    }
}
