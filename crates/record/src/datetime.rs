//! Times as text, in the one form nearly all of them have.
//!
//! A list has several in each record, a record of turns dozens, and chrono
//! reads many forms more than this one: it is asked where a text is written
//! otherwise, and says what is wrong with it.

use chrono::{DateTime, NaiveDate, NaiveDateTime, ParseError, TimeDelta, Utc};
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use std::fmt;

/// Reads a time with its offset.
///
/// # Errors
///
/// Chrono's.
pub fn instant(text: &str) -> Result<DateTime<Utc>, ParseError> {
    parse_common_form(text).and_then(at_zone).map_or_else(|| text.parse(), Ok)
}

/// The instant of a time and what follows it, if that is a zone.
fn at_zone((at, zone): (NaiveDateTime, &str)) -> Option<DateTime<Utc>> {
    Some(at.checked_sub_signed(utc_offset(zone.as_bytes())?)?.and_utc())
}

/// Reads a time without an offset.
///
/// # Errors
///
/// Chrono's.
pub fn naive(text: &str) -> Result<NaiveDateTime, ParseError> {
    match parse_common_form(text) {
        Some((at, "")) => Ok(at),
        _ => text.parse(),
    }
}

/// A time, with an offset or without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrittenTime {
    /// With its offset.
    Instant(DateTime<Utc>),
    /// Without an offset.
    Naive(NaiveDateTime),
}

/// Reads a time that may have an offset.
///
/// # Errors
///
/// Chrono's.
pub fn parse(text: &str) -> Result<WrittenTime, ParseError> {
    let usual = parse_common_form(text);
    if let Some((at, "")) = usual {
        return Ok(WrittenTime::Naive(at));
    }
    let usual = usual.and_then(at_zone).map_or_else(|| text.parse(), Ok);
    usual.map(WrittenTime::Instant).or_else(|_| text.parse().map(WrittenTime::Naive))
}

/// Decodes a time with its offset, for generated fields.
///
/// # Errors
///
/// As chrono's own decoding.
pub fn date_time<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DateTime<Utc>>, D::Error> {
    Ok(Option::<Time>::deserialize(deserializer)?.map(|Time(time)| time))
}

struct Time(DateTime<Utc>);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl Visitor<'_> for TextVisitor {
            type Value = Time;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                // Chrono's words.
                f.write_str("an RFC 3339 formatted date and time string")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Time, E> {
                instant(text).map(Time).map_err(E::custom)
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}

/// Reads `2026-04-21T12:27:23`, with up to nine digits after a point; returns
/// what follows too.
fn parse_common_form(text: &str) -> Option<(NaiveDateTime, &str)> {
    let (head, mut rest) = text.as_bytes().split_first_chunk::<19>()?;
    let number = |places: std::ops::Range<usize>| digits(&head[places]);
    let [_, _, _, _, b'-', _, _, b'-', _, _, b'T', _, _, b':', _, _, b':', _, _] = head else {
        return None;
    };
    let mut nanos = 0;
    if let [b'.', fraction @ ..] = rest {
        let written = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if !(1..=9).contains(&written) {
            return None;
        }
        let (fraction, after) = fraction.split_at(written);
        nanos = digits(fraction)? * 10_u32.pow(9 - written as u32);
        rest = after;
    }
    let year = i32::try_from(number(0..4)?).ok()?;
    let date = NaiveDate::from_ymd_opt(year, number(5..7)?, number(8..10)?)?;
    let at = date.and_hms_nano_opt(number(11..13)?, number(14..16)?, number(17..19)?, nanos)?;
    Some((at, &text[text.len() - rest.len()..]))
}

/// How far a zone is ahead of UTC: `Z`, or an offset such as `+05:30`.
fn utc_offset(zone: &[u8]) -> Option<TimeDelta> {
    let (sign, hours, minutes) = match zone {
        b"Z" => return Some(TimeDelta::zero()),
        [sign @ (b'+' | b'-'), hours @ .., b':', tens, ones] if hours.len() == 2 => {
            (sign, digits(hours)?, digits(&[*tens, *ones])?)
        }
        _ => return None,
    };
    let seconds = i64::from(hours * 3600 + minutes * 60);
    (hours < 24 && minutes < 60)
        .then(|| TimeDelta::seconds(if *sign == b'+' { seconds } else { -seconds }))
}

/// The number that so many digits are.
fn digits(text: &[u8]) -> Option<u32> {
    let mut digits = text.iter();
    digits.try_fold(0, |number, byte| {
        byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::value::{Error as ValueError, StrDeserializer};

    fn ours(text: &str) -> Result<Option<DateTime<Utc>>, String> {
        date_time(SomeOf(text)).map_err(|error| error.to_string())
    }

    fn chronos(text: &str) -> Result<Option<DateTime<Utc>>, String> {
        Option::deserialize(SomeOf(text)).map_err(|error: ValueError| error.to_string())
    }

    /// A text that is there.
    struct SomeOf<'a>(&'a str);

    impl<'de> Deserializer<'de> for SomeOf<'_> {
        type Error = ValueError;

        fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
            visitor.visit_some(StrDeserializer::new(self.0))
        }

        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
            option unit unit_struct newtype_struct seq tuple tuple_struct map struct enum
            identifier ignored_any
        }
    }

    #[test]
    fn time_is_what_chrono_reads() {
        for text in [
            "2026-04-21T12:27:23Z",
            "2026-04-21T12:27:23.3Z",
            "2026-04-21T12:27:23.335803Z",
            "2026-04-21T12:27:23.123456789Z",
            "2026-04-21T12:27:23+05:30",
            "2026-04-21T12:27:23+02:00",
            "2026-04-21T12:27:23.335-11:00",
            "0000-01-01T00:00:00Z",
            "2024-02-29T23:59:59Z",
            "0000-01-01T00:00:00+23:59",
            "9999-12-31T23:59:59.999999999-23:59",
        ] {
            assert_eq!(ours(text), chronos(text), "{text}");
            assert_eq!(instant(text), text.parse(), "{text}");
            assert_eq!(naive(text), text.parse(), "{text}");
            assert_eq!(parse(text), text.parse().map(WrittenTime::Instant), "{text}");
            let quick = parse_common_form(text).and_then(|(_, zone)| utc_offset(zone.as_bytes()));
            assert!(quick.is_some(), "{text}");
        }
    }

    #[test]
    fn what_is_not_usual_is_left_to_chrono() {
        for text in [
            "",
            "2026-04-21",
            "2026-04-21T12:27:23",
            "2026-04-21 12:27:23Z",
            "2026-04-21T12:27:23.Z",
            "2026-04-21T12:27:23.1234567890Z",
            "2026-04-21T12:27:60Z",
            "2026-04-21T24:00:00Z",
            "2023-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-04-21T12:27:23z",
            "2026-04-21T12:27:23+0530",
            "2026-04-21T12:27:23+05:3",
            "2026-04-21T12:27:23+24:00",
            "2026-04-21T12:27:23+05:60",
            "2026-04-21T12:27:23 Z",
            "2026-04-21T12:27:23Zx",
            "+026-04-21T12:27:23Z",
            "2026-04-21T12:27:2éZ",
            "yesterday",
            "2026-04-21T12:27:23.000001",
            "2026-04-21T12:27:23.123456789",
            "2026-04-21T12:27:23.1234567891Z",
            "2026-02-29T12:27:23Z",
            "2026-04-21T24:27:23Z",
            "2026-12-31T23:59:60Z",
            "+2026-04-21T12:27:23Z",
            "2026-04-21T12:27:23 ",
            "2026-12-31T23:59:60",
            "2026-4-21T12:27:23Z",
            "2026-04-21T12:27",
            "2026-04-21T12:27:2é",
            "2026-04-21T12:27:23.5+0530",
            "२०२६-04-21T12:27:23Z",
        ] {
            assert_eq!(ours(text), chronos(text), "{text}");
            assert_eq!(naive(text), text.parse(), "{text}");
            let either = text
                .parse()
                .map(WrittenTime::Instant)
                .or_else(|_| text.parse().map(WrittenTime::Naive));
            assert_eq!(parse(text), either, "{text}");
        }
    }

    #[test]
    fn every_byte_changed_is_read_as_chrono_reads_it() {
        let text = "2026-04-21T12:27:23.335803+05:30";
        for at in 0..text.len() {
            for byte in b' '..=b'~' {
                let mut changed = text.as_bytes().to_vec();
                changed[at] = byte;
                let changed = String::from_utf8(changed).unwrap();
                assert_eq!(ours(&changed), chronos(&changed), "{changed}");
                let changed = &changed[..changed.len() - "+05:30".len()];
                assert_eq!(naive(changed), changed.parse(), "{changed}");
            }
        }
    }

    #[test]
    fn other_types_are_refused_in_chronos_words() {
        for json in ["17", "{}", "[]", "true", "\"soon\""] {
            let mut ours = serde_json::Deserializer::from_str(json);
            let ours = date_time(&mut ours).unwrap_err().to_string();
            let chronos = serde_json::from_str::<Option<DateTime<Utc>>>(json).unwrap_err();
            assert_eq!(ours, chronos.to_string(), "{json}");
        }
        let mut null = serde_json::Deserializer::from_str("null");
        assert_eq!(date_time(&mut null).unwrap(), None);
    }
}
