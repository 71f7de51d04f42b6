//! The value of one cell.

use callfold_unify::model::{Party, Timestamp};
use chrono::SecondsFormat;
use rust_decimal::Decimal;
use std::{borrow::Cow, time::Duration};

/// The value of one cell.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum CellValue<'a> {
    /// No value.
    Null,
    /// A text or a word.
    Text(Cow<'a, str>),
    /// An instant, in UTC.
    Time(Timestamp),
    /// A length in milliseconds.
    Millis(u64),
    /// An exact decimal.
    Decimal(Decimal),
    /// True or false.
    Flag(bool),
    /// A whole number.
    Count(i64),
    /// A number.
    Number(f64),
}

/// The word of a closed column: `other` in place of an undocumented one. `unknown` is the model's
/// own word for a status that nothing tells.
macro_rules! closed {
    ($word:expr) => {
        $word.map_or(CellValue::Null, |word| match word.as_str() {
            "unknown" => CellValue::text("unknown"),
            _ if word.is_other() => CellValue::text("other"),
            listed => CellValue::text(listed),
        })
    };
}
pub(crate) use closed;

/// The vendor's own word where that of a closed column is undocumented.
macro_rules! unlisted {
    ($word:expr) => {
        CellValue::word($word.and_then(|word| {
            let raw = Some(word.as_str()).filter(|_| word.is_other());
            raw.filter(|raw| !matches!(*raw, "unknown" | "other"))
        }))
    };
}
pub(crate) use unlisted;

impl<'a> CellValue<'a> {
    /// The value as text: times in RFC 3339 with `Z`, decimals without an exponent; `None` without a
    /// value.
    pub fn into_text(self) -> Option<Cow<'a, str>> {
        Some(match self {
            Self::Null => return None,
            Self::Text(text) => text,
            Self::Time(at) => at.to_rfc3339_opts(SecondsFormat::AutoSi, true).into(),
            Self::Millis(length) => length.to_string().into(),
            Self::Decimal(number) => number.to_string().into(),
            Self::Flag(flag) => Cow::Borrowed(if flag { "true" } else { "false" }),
            Self::Count(number) => number.to_string().into(),
            Self::Number(number) => number.to_string().into(),
        })
    }

    pub(crate) fn text(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    pub(crate) fn word(word: Option<&'a str>) -> Self {
        word.map_or(Self::Null, Self::text)
    }

    pub(crate) fn owned(text: Option<String>) -> Self {
        text.map_or(Self::Null, |text| Self::Text(Cow::Owned(text)))
    }

    pub(crate) fn time(at: Option<Timestamp>) -> Self {
        at.map_or(Self::Null, Self::Time)
    }

    pub(crate) fn millis(length: Option<Duration>) -> Self {
        let whole = |length: Duration| u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
        length.map_or(Self::Null, |length| Self::Millis(whole(length)))
    }

    pub(crate) fn decimal(number: Option<Decimal>) -> Self {
        number.map_or(Self::Null, Self::Decimal)
    }

    pub(crate) fn flag(flag: Option<bool>) -> Self {
        flag.map_or(Self::Null, Self::Flag)
    }

    pub(crate) fn count(number: Option<i64>) -> Self {
        number.map_or(Self::Null, Self::Count)
    }

    pub(crate) fn number_of(number: Option<f64>) -> Self {
        number.map_or(Self::Null, Self::Number)
    }

    pub(crate) fn number(party: &'a Option<Party>) -> Self {
        let number = party.as_ref().and_then(|party| party.number.as_ref());
        Self::word(number.map(|number| number.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_in_full_and_without_a_zone() {
        let at: Timestamp = "2026-04-21T12:00:00.250Z".parse().unwrap();
        let cases = [
            (CellValue::Null, None),
            (CellValue::Time(at), Some("2026-04-21T12:00:00.250Z")),
            (CellValue::Millis(34_117), Some("34117")),
            (CellValue::Decimal(Decimal::new(1250, 2)), Some("12.50")),
            (CellValue::Flag(false), Some("false")),
            (CellValue::Count(-3), Some("-3")),
            (CellValue::Number(812.5), Some("812.5")),
            (CellValue::Number(812.0), Some("812")),
        ];
        for (value, expect) in cases {
            assert_eq!(value.into_text().as_deref(), expect);
        }
    }
}
