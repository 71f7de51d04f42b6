//! One value of one row, the same for every database.

use callfold_tables::Value;
use callfold_unify::model::Timestamp;
use chrono::{Datelike, Timelike};
use std::borrow::Cow;

/// A value as it is stored. Times and decimals are texts here: the form in
/// which they are stored or handed over.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    Null,
    Text(Cow<'a, str>),
    Int(i64),
    Flag(bool),
}

/// The text without the one character that no database keeps.
pub(crate) fn storable(text: Cow<'_, str>) -> Cow<'_, str> {
    if memchr::memchr(0, text.as_bytes()).is_some() {
        text.replace('\0', "\u{fffd}").into()
    } else {
        text
    }
}

impl<'a> Cell<'a> {
    /// A text, without the one character that no database keeps.
    pub(crate) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(storable(text.into()))
    }

    pub(crate) fn option(text: Option<impl Into<Cow<'a, str>>>) -> Self {
        text.map_or(Self::Null, Self::text)
    }

    pub(crate) fn time(at: Option<Timestamp>) -> Self {
        at.and_then(time_text).map_or(Self::Null, |text| Self::Text(text.into()))
    }

    pub(crate) fn into_owned(self) -> Cell<'static> {
        match self {
            Self::Null => Cell::Null,
            Self::Text(text) => Cell::Text(Cow::Owned(text.into_owned())),
            Self::Int(number) => Cell::Int(number),
            Self::Flag(flag) => Cell::Flag(flag),
        }
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl<'a> From<Value<'a>> for Cell<'a> {
    fn from(value: Value<'a>) -> Self {
        match value {
            Value::Text(text) => Self::text(text),
            Value::Time(at) => Self::time(Some(at)),
            Value::Millis(length) => Self::Int(i64::try_from(length).unwrap_or(i64::MAX)),
            Value::Decimal(number) => Self::Text(number.to_string().into()),
            Value::Flag(flag) => Self::Flag(flag),
            Value::Count(number) => Self::Int(number),
            // The list of values is open; what is not known yet has no place.
            _ => Self::Null,
        }
    }
}

/// An instant as it is stored: always 27 characters, so that texts sort as
/// instants do. `None` outside the years 1 to 9999, which no database compares
/// or converts; the record keeps what the vendor wrote.
pub(crate) fn time_text(at: Timestamp) -> Option<String> {
    if !(1..=9999).contains(&at.year()) {
        return None;
    }
    let (date, time) = (at.date_naive(), at.time());
    // A leap second counts on beyond the last microsecond.
    let micros = (time.nanosecond() / 1_000).min(999_999);
    let year = u32::try_from(date.year()).unwrap_or_default();
    let parts = [
        (year, 4, '-'),
        (date.month(), 2, '-'),
        (date.day(), 2, 'T'),
        (time.hour(), 2, ':'),
        (time.minute(), 2, ':'),
        (time.second(), 2, '.'),
        (micros, 6, 'Z'),
    ];
    let mut text = String::with_capacity(27);
    for (number, digits, after) in parts {
        for place in (0..digits).rev() {
            let digit = number / 10_u32.pow(place) % 10;
            text.push(char::from(b'0' + digit as u8));
        }
        text.push(after);
    }
    Some(text)
}

/// JSON that every database takes and can look into: without U+0000 and halves
/// of surrogate pairs, which JSON can spell and no text can hold. `None` where
/// it is nested deeper than databases follow.
pub(crate) fn safe_json(text: &str) -> Option<Cow<'_, str>> {
    const DEEPEST: usize = 200;
    let bytes = text.as_bytes();
    let (mut depth, mut within, mut at, mut kept) = (0_usize, false, 0, 0);
    let mut out = String::new();
    while let Some(byte) = bytes.get(at) {
        match (within, byte) {
            (_, b'"') => within = !within,
            (false, b'[' | b'{') => depth += 1,
            (false, b']' | b'}') => depth = depth.saturating_sub(1),
            (true, b'\\') => {
                let width = escape_width(bytes, at);
                if let Err(width) = width {
                    out.push_str(&text[kept..at]);
                    out.push_str("\\ufffd");
                    kept = at + width;
                }
                at += width.unwrap_or_else(|width| width) - 1;
            }
            _ => {}
        }
        if depth > DEEPEST {
            return None;
        }
        at += 1;
    }
    if kept == 0 {
        return Some(Cow::Borrowed(text));
    }
    out.push_str(&text[kept..]);
    Some(Cow::Owned(out))
}

/// The length of the escape at `at`; an error where it spells what no text can
/// hold.
fn escape_width(bytes: &[u8], at: usize) -> Result<usize, usize> {
    let unit = |at: usize| {
        let is_unit = bytes.get(at..at + 2) == Some(b"\\u");
        let digits = bytes.get(at + 2..at + 6).filter(|_| is_unit)?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    match (unit(at), unit(at + 6)) {
        (None, _) => Ok(2),
        (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => Ok(12),
        (Some(0 | 0xd800..=0xdfff), _) => Err(6),
        (Some(_), _) => Ok(6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_one_width_and_sort_as_text() {
        let cases = [
            ("2026-04-21T12:00:00Z", "2026-04-21T12:00:00.000000Z"),
            ("2026-04-21T12:00:00.25Z", "2026-04-21T12:00:00.250000Z"),
            ("2026-04-21T12:00:00.123456789Z", "2026-04-21T12:00:00.123456Z"),
            ("2016-12-31T23:59:60.5Z", "2016-12-31T23:59:59.999999Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"),
        ];
        for (at, expect) in cases {
            assert_eq!(time_text(at.parse().unwrap()).as_deref(), Some(expect), "{at}");
        }
        for at in ["+12026-01-01T00:00:00Z", "0000-12-31T00:00:00Z", "-0044-03-15T00:00:00Z"] {
            assert_eq!(time_text(at.parse().unwrap()), None, "{at}");
        }
    }

    #[test]
    fn text_keeps_everything_but_the_null_character() {
        assert_eq!(Cell::text("a\0b").as_str(), Some("a\u{fffd}b"));
        assert_eq!(Cell::text("दीपिका").as_str(), Some("दीपिका"));
    }

    #[test]
    fn json_is_freed_of_what_no_text_can_hold() {
        let cases = [
            (r#"{"a":"plain \n \" \\ \u00e9"}"#, r#"{"a":"plain \n \" \\ \u00e9"}"#),
            (r#"{"a":"x\u0000y"}"#, r#"{"a":"x\ufffdy"}"#),
            (r#"["\ud83d\ude00"]"#, r#"["\ud83d\ude00"]"#),
            (r#"["\ud83d"]"#, r#"["\ufffd"]"#),
            (r#"["\ude00\ud83d\ude00\ud83dx"]"#, r#"["\ufffd\ud83d\ude00\ufffdx"]"#),
            (r#"["\\u0000"]"#, r#"["\\u0000"]"#),
        ];
        for (text, expect) in cases {
            assert_eq!(safe_json(text).as_deref(), Some(expect), "{text}");
        }
        assert!(safe_json(&"[".repeat(200)).is_some());
        assert_eq!(safe_json(&"[".repeat(201)), None);
        assert!(safe_json(&format!("[{:?}]", "[".repeat(300))).is_some());
    }
}
