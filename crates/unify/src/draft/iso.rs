//! Times as text, in the one form nearly all of them have.
//!
//! A record of turns has dozens, and chrono reads many forms more than this
//! one: it is asked where a text is written otherwise.

use crate::model::Timestamp;
use chrono::{NaiveDate, NaiveDateTime};

/// Reads a time with its offset.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    match plain(text) {
        Some((at, "Z")) => Some(at.and_utc()),
        _ => text.parse().ok(),
    }
}

/// Reads a time without an offset.
pub(crate) fn naive(text: &str) -> Option<NaiveDateTime> {
    match plain(text) {
        Some((at, "")) => Some(at),
        _ => text.parse().ok(),
    }
}

/// Reads `2026-04-21T12:27:23`, with up to nine digits after a point; answers
/// what follows too.
fn plain(text: &str) -> Option<(NaiveDateTime, &str)> {
    let (head, mut rest) = text.as_bytes().split_first_chunk::<19>()?;
    let number = |places: std::ops::Range<usize>| {
        head[places].iter().try_fold(0, |number, byte| {
            byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0'))
        })
    };
    let [_, _, _, _, b'-', _, _, b'-', _, _, b'T', _, _, b':', _, _, b':', _, _] = head else {
        return None;
    };
    let mut nanos = 0;
    if let [b'.', fraction @ ..] = rest {
        let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if !(1..=9).contains(&digits) {
            return None;
        }
        let (fraction, after) = fraction.split_at(digits);
        nanos = fraction.iter().fold(0, |number, byte| number * 10 + u32::from(byte - b'0'));
        nanos *= 10_u32.pow(9 - digits as u32);
        rest = after;
    }
    let year = i32::try_from(number(0..4)?).ok()?;
    let date = NaiveDate::from_ymd_opt(year, number(5..7)?, number(8..10)?)?;
    let at = date.and_hms_nano_opt(number(11..13)?, number(14..16)?, number(17..19)?, nanos)?;
    Some((at, &text[text.len() - rest.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_chrono_reads_them() {
        for text in [
            "2026-04-21T12:27:23Z",
            "2026-04-21T12:27:23.3Z",
            "2026-04-21T12:27:23.335803Z",
            "2026-04-21T12:27:23.123456789Z",
            "2026-04-21T12:27:23.1234567891Z",
            "2026-04-21T12:27:23.Z",
            "2026-04-21T12:27:23z",
            "2026-04-21T12:27:23+02:00",
            "2026-04-21T12:27:23.5+0530",
            "2026-04-21 12:27:23Z",
            "2026-02-29T12:27:23Z",
            "2026-04-21T24:27:23Z",
            "2026-12-31T23:59:60Z",
            "2026-12-31T23:59:60",
            "2026-04-21T12:27:23",
            "2026-04-21T12:27:23.000001",
            "2026-04-21T12:27:23 ",
            "0000-01-01T00:00:00Z",
            "+2026-04-21T12:27:23Z",
            "2026-4-21T12:27:23Z",
            "2026-04-21T12:27",
            "2026-04-21T12:27:2é",
            "२०२६-04-21T12:27:23Z",
            "",
        ] {
            assert_eq!(instant(text), text.parse().ok(), "{text}");
            assert_eq!(naive(text), text.parse().ok(), "{text}");
        }
    }
}
