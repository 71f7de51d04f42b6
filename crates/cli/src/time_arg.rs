//! Points in time on the command line.

use callfold_unify::model::Timestamp;
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

/// The accepted forms, for help and errors.
pub(crate) const FORMS: &str = "a date (2026-04-21), a time with a UTC offset (2026-04-21T12:30:00Z) or a span before now (7d, 12h, 2w)";

/// 2025-01-01, before this program existed. An earlier clock was never set, and a span of a week
/// before it would select all calls there are.
const FIRST: Timestamp = match DateTime::from_timestamp(1_735_689_600, 0) {
    Some(first) => first,
    None => DateTime::UNIX_EPOCH,
};

/// Reads a date as midnight UTC, an RFC 3339 time, or a span before `now`.
pub fn parse_time(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let text = text.trim();
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Ok(date.and_time(NaiveTime::MIN).and_utc());
    }
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.with_timezone(&Utc));
    }
    let has_no_offset = |time: &String| DateTime::parse_from_rfc3339(&format!("{time}Z")).is_ok();
    if let Some(time) = [text.to_owned(), format!("{text}:00")].into_iter().find(has_no_offset) {
        return Err(format!("a time needs a UTC offset: write {time}Z for UTC, or {time}+05:30"));
    }
    if let Ok(span) = humantime::parse_duration(text) {
        if now < FIRST {
            return Err(format!(
                "a span counts from now, and this machine's clock says {}: set the clock, or write \
                 a date",
                now.format("%Y-%m-%d")
            ));
        }
        return TimeDelta::from_std(span)
            .ok()
            .and_then(|span| now.checked_sub_signed(span))
            .ok_or_else(|| "the span is too long".to_owned());
    }
    Err(format!("expected {FORMS}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<String, String> {
        let now = "2026-05-01T00:00:00Z".parse().unwrap();
        parse_time(text, now).map(|at| at.to_rfc3339())
    }

    #[test]
    fn accepted_forms_give_the_instant_they_name() {
        let cases = [
            ("2026-04-21", "2026-04-21T00:00:00+00:00"),
            ("2026-04-21T12:30:00Z", "2026-04-21T12:30:00+00:00"),
            ("2026-04-21T12:30:00+05:30", "2026-04-21T07:00:00+00:00"),
            ("2026-04-21 12:30:00.5Z", "2026-04-21T12:30:00.500+00:00"),
            ("7d", "2026-04-24T00:00:00+00:00"),
            ("12h", "2026-04-30T12:00:00+00:00"),
            ("2w", "2026-04-17T00:00:00+00:00"),
            ("1d 12h", "2026-04-29T12:00:00+00:00"),
            (" 30m ", "2026-04-30T23:30:00+00:00"),
        ];
        for (text, expect) in cases {
            assert_eq!(parse(text).as_deref(), Ok(expect), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused_with_the_accepted_forms() {
        for text in ["", "yesterday", "21.04.2026", "2026-13-01", "2026-02-30", "7", "-7d", "7x"] {
            assert_eq!(parse(text), Err(format!("expected {FORMS}")), "{text}");
        }
    }

    #[test]
    fn time_without_an_offset_is_refused() {
        assert!(parse("2026-04-21 12:30").unwrap_err().contains("write 2026-04-21 12:30:00Z"));
        insta::assert_snapshot!(
            parse("2026-04-21T12:30:00").unwrap_err(),
            @"a time needs a UTC offset: write 2026-04-21T12:30:00Z for UTC, or 2026-04-21T12:30:00+05:30"
        );
    }

    #[test]
    fn span_before_an_unset_clock_is_refused() {
        for (now, says) in [("1970-01-01", "1970-01-01"), ("2024-12-31", "2024-12-31")] {
            let now = format!("{now}T00:00:05Z").parse().unwrap();
            assert_eq!(
                parse_time("7d", now),
                Err(format!(
                    "a span counts from now, and this machine's clock says {says}: set the clock, \
                     or write a date"
                ))
            );
            assert!(parse_time("2026-04-21", now).is_ok());
        }
        let far = "2099-12-31T23:59:59Z".parse().unwrap();
        assert_eq!(parse_time("7d", far).unwrap().to_rfc3339(), "2099-12-24T23:59:59+00:00");
    }

    #[test]
    fn span_beyond_the_calendar_is_refused() {
        assert!(parse("300000000y").unwrap_err().contains("too long"));
    }
}
