//! Times in their usual form, read quickly.
//!
//! A list has several times in each record, and chrono's parser is made for
//! every form that RFC 3339 and its relatives allow. The one form that all
//! vendors write is read here; whatever else there is goes to chrono, which
//! also says what is wrong with it.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use std::fmt;

/// Decodes a time, for generated fields.
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
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Time;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                // Chrono's words.
                f.write_str("an RFC 3339 formatted date and time string")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Time, E> {
                match usual(text.as_bytes()) {
                    Some(time) => Ok(Time(time)),
                    None => text.parse().map(Time).map_err(E::custom),
                }
            }
        }

        deserializer.deserialize_str(Text)
    }
}

/// `2026-04-21T12:27:23Z`, with up to nine digits of a second's fraction, and
/// with an offset such as `+05:30` instead of `Z`.
fn usual(text: &[u8]) -> Option<DateTime<Utc>> {
    let (at, rest) = text.split_first_chunk::<19>()?;
    let marks = [at[4], at[7], at[10], at[13], at[16]];
    if marks != *b"--T::" {
        return None;
    }
    let year = two(at, 0)? * 100 + two(at, 2)?;
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, two(at, 5)?, two(at, 8)?)?;
    let (nanos, zone) = fraction(rest)?;
    let time = date.and_hms_nano_opt(two(at, 11)?, two(at, 14)?, two(at, 17)?, nanos)?;
    let ahead = match zone {
        b"Z" => return Some(time.and_utc()),
        [sign @ (b'+' | b'-'), zone @ ..] => {
            let [_, _, b':', _, _] = zone else { return None };
            let (hours, minutes) = (two(zone, 0)?, two(zone, 3)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let seconds = i64::from(hours * 3600 + minutes * 60);
            TimeDelta::seconds(if *sign == b'+' { seconds } else { -seconds })
        }
        _ => return None,
    };
    Some(time.checked_sub_signed(ahead)?.and_utc())
}

/// The nanoseconds, and what follows them.
fn fraction(rest: &[u8]) -> Option<(u32, &[u8])> {
    let Some(rest) = rest.strip_prefix(b".") else { return Some((0, rest)) };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let missing = 9u32.checked_sub(u32::try_from(digits).ok()?)?;
    let written = rest[..digits].iter().fold(0, |sum, byte| sum * 10 + u32::from(byte - b'0'));
    (digits > 0).then_some((written * 10u32.pow(missing), &rest[digits..]))
}

/// The number in two digits.
fn two(text: &[u8], at: usize) -> Option<u32> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| u32::from(byte - b'0'));
    Some(digit(text[at])? * 10 + digit(text[at + 1])?)
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
            "2026-04-21T12:27:23.335-11:00",
            "2024-02-29T23:59:59Z",
            "0000-01-01T00:00:00+23:59",
            "9999-12-31T23:59:59.999999999-23:59",
        ] {
            assert!(usual(text.as_bytes()).is_some(), "{text}");
            assert_eq!(ours(text), chronos(text), "{text}");
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
        ] {
            assert_eq!(ours(text), chronos(text), "{text}");
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
