//! Values as they are stored and queried, the same for both databases.

use crate::{StoreError, StoreErrorKind};
use callfold_tables::CellValue;
use callfold_unify::model::Timestamp;
use chrono::{Datelike, Timelike};
use std::borrow::Cow;

/// One value: of a row, of a statement's parameters, or of its result.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SqlValue<'a> {
    Null,
    Text(Cow<'a, str>),
    Int(i64),
    Flag(bool),
    /// A parameter or result. In the rows of a call, times are texts.
    Time(Timestamp),
    Bytes(Cow<'a, [u8]>),
}

impl<'a> SqlValue<'a> {
    /// A text; U+0000, which PostgreSQL cannot store, becomes U+FFFD.
    pub(crate) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        if memchr::memchr(0, text.as_bytes()).is_some() {
            return Self::Text(text.replace('\0', "\u{fffd}").into());
        }
        Self::Text(text)
    }

    pub(crate) fn option(text: Option<impl Into<Cow<'a, str>>>) -> Self {
        text.map_or(Self::Null, Self::text)
    }

    pub(crate) fn into_owned(self) -> SqlValue<'static> {
        match self {
            Self::Null => SqlValue::Null,
            Self::Text(text) => SqlValue::Text(Cow::Owned(text.into_owned())),
            Self::Int(number) => SqlValue::Int(number),
            Self::Flag(flag) => SqlValue::Flag(flag),
            Self::Time(at) => SqlValue::Time(at),
            Self::Bytes(bytes) => SqlValue::Bytes(Cow::Owned(bytes.into_owned())),
        }
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// A column of a flat call. Times become texts.
impl<'a> From<CellValue<'a>> for SqlValue<'a> {
    fn from(value: CellValue<'a>) -> Self {
        match value {
            CellValue::Text(text) => Self::text(text),
            CellValue::Time(at) => time_text(at).map_or(Self::Null, |text| Self::Text(text.into())),
            CellValue::Millis(length) => Self::Int(i64::try_from(length).unwrap_or(i64::MAX)),
            CellValue::Decimal(number) => Self::Text(number.to_string().into()),
            CellValue::Flag(flag) => Self::Flag(flag),
            CellValue::Count(number) => Self::Int(number),
            CellValue::Number(number) => Self::Text(number.to_string().into()),
            // `Value` is non-exhaustive.
            _ => Self::Null,
        }
    }
}

impl From<&str> for SqlValue<'static> {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned().into())
    }
}

impl From<String> for SqlValue<'static> {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<i64> for SqlValue<'static> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<u64> for SqlValue<'static> {
    fn from(number: u64) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<bool> for SqlValue<'static> {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<Timestamp> for SqlValue<'static> {
    /// Null outside the years that [`time_text`] can write.
    fn from(at: Timestamp) -> Self {
        if time_text(at).is_some() { Self::Time(at) } else { Self::Null }
    }
}

impl From<Vec<u8>> for SqlValue<'static> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl<'a> From<&'a [u8; 16]> for SqlValue<'a> {
    fn from(hash: &'a [u8; 16]) -> Self {
        Self::Bytes(hash.as_slice().into())
    }
}

impl<'a, T: Into<SqlValue<'a>>> From<Option<T>> for SqlValue<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row of a query's result.
#[derive(Clone, Debug)]
pub(crate) struct SqlRow(pub(crate) Vec<SqlValue<'static>>);

impl SqlRow {
    fn at(&self, column: usize) -> &SqlValue<'static> {
        self.0.get(column).unwrap_or(&SqlValue::Null)
    }

    pub(crate) fn text(&self, column: usize) -> Result<&str, StoreError> {
        self.option_text(column)?.ok_or_else(|| unexpected_type(column))
    }

    pub(crate) fn option_text(&self, column: usize) -> Result<Option<&str>, StoreError> {
        match self.at(column) {
            SqlValue::Null => Ok(None),
            SqlValue::Text(text) => Ok(Some(text)),
            _ => Err(unexpected_type(column)),
        }
    }

    pub(crate) fn int(&self, column: usize) -> Result<i64, StoreError> {
        self.option_int(column)?.ok_or_else(|| unexpected_type(column))
    }

    /// A number that is never negative.
    pub(crate) fn count(&self, column: usize) -> Result<u64, StoreError> {
        Ok(u64::try_from(self.int(column)?).unwrap_or(0))
    }

    pub(crate) fn option_int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match self.at(column) {
            SqlValue::Null => Ok(None),
            SqlValue::Int(number) => Ok(Some(*number)),
            _ => Err(unexpected_type(column)),
        }
    }

    pub(crate) fn flag(&self, column: usize) -> Result<bool, StoreError> {
        match self.at(column) {
            SqlValue::Flag(flag) => Ok(*flag),
            SqlValue::Int(number) => Ok(*number != 0),
            _ => Err(unexpected_type(column)),
        }
    }

    pub(crate) fn time(&self, column: usize) -> Result<Option<Timestamp>, StoreError> {
        match self.at(column) {
            SqlValue::Null => Ok(None),
            SqlValue::Time(at) => Ok(Some(*at)),
            SqlValue::Text(text) => text.parse().map(Some).map_err(|_| unexpected_type(column)),
            _ => Err(unexpected_type(column)),
        }
    }

    /// Empty for null.
    pub(crate) fn bytes(&self, column: usize) -> Result<&[u8], StoreError> {
        match self.at(column) {
            SqlValue::Null => Ok(&[]),
            SqlValue::Bytes(bytes) => Ok(bytes),
            _ => Err(unexpected_type(column)),
        }
    }
}

fn unexpected_type(column: usize) -> StoreError {
    let problem = format!("column {column} of a query's result has an unexpected type");
    let help = "another program changed callfold's tables: sync into a new database";
    StoreError::new(StoreErrorKind::Broken, problem, help)
}

/// A time as SQLite stores it: always 27 characters, so that texts sort as
/// times do. `None` outside the years 1 to 9999, which no database compares or
/// converts; the raw record keeps what the vendor sent.
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

/// JSON that both databases accept and can query: escapes of U+0000 and of lone
/// surrogates become U+FFFD. `None` if it nests deeper than databases allow.
pub(crate) fn safe_json(text: &str) -> Option<Cow<'_, str>> {
    const MAX_DEPTH: usize = 200;
    let bytes = text.as_bytes();
    let (mut depth, mut in_string, mut at, mut copied) = (0_usize, false, 0, 0);
    let mut out = String::new();
    while let Some(byte) = bytes.get(at) {
        match (in_string, byte) {
            (_, b'"') => in_string = !in_string,
            (false, b'[' | b'{') => depth += 1,
            (false, b']' | b'}') => depth = depth.saturating_sub(1),
            (true, b'\\') => {
                let width = escape_width(bytes, at);
                if let Err(width) = width {
                    out.push_str(&text[copied..at]);
                    out.push_str("\\ufffd");
                    copied = at + width;
                }
                at += width.unwrap_or_else(|width| width) - 1;
            }
            _ => {}
        }
        if depth > MAX_DEPTH {
            return None;
        }
        at += 1;
    }
    if copied == 0 {
        return Some(Cow::Borrowed(text));
    }
    out.push_str(&text[copied..]);
    Some(Cow::Owned(out))
}

/// The length of the escape at `at`; as an error where it stands for something
/// that no text can hold.
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
        assert_eq!(SqlValue::text("a\0b").as_str(), Some("a\u{fffd}b"));
        assert_eq!(SqlValue::text("दीपिका").as_str(), Some("दीपिका"));
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
