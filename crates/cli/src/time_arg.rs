//! Points in time on the command line.

use callfold_unify::model::Timestamp;
use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// The accepted forms, for help and errors.
pub(crate) const FORMS: &str = "a date (2026-04-21), a month (2026-04), a time with a UTC offset (2026-04-21T12:30:00Z), a span before now (7d, 12h, 2w), now, today or yesterday";

/// 2025-01-01, before this program existed. An earlier clock was never set, and a span of a week
/// before it would select all calls there are.
const FIRST: Timestamp = match DateTime::from_timestamp(1_735_689_600, 0) {
    Some(first) => first,
    None => DateTime::UNIX_EPOCH,
};

/// Reads a date as its midnight in the zone, a month as that of its first day, an RFC 3339 time, a
/// span before `now`, with or without a minus sign, or one of the words `now`, `today` and
/// `yesterday`. Without a zone dates are UTC, and a time needs an offset.
pub fn parse_time(text: &str, now: Timestamp, zone: Option<Tz>) -> Result<Timestamp, String> {
    let text = text.trim();
    let midnight = |date: NaiveDate| in_zone(date.and_time(NaiveTime::MIN), zone);
    for date in [text.to_owned(), format!("{text}-01")] {
        if let Ok(date) = NaiveDate::parse_from_str(&date, "%Y-%m-%d") {
            return Ok(midnight(date));
        }
    }
    let days_ago = match text.to_ascii_lowercase().as_str() {
        "now" => return since_now(now, TimeDelta::zero()),
        "today" => Some(0),
        "yesterday" => Some(1),
        _ => None,
    };
    if let Some(days) = days_ago {
        let now = since_now(now, TimeDelta::zero())?;
        let today = now.with_timezone(&zone.unwrap_or(Tz::UTC)).date_naive();
        return Ok(midnight(today.checked_sub_days(Days::new(days)).unwrap_or(today)));
    }
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.with_timezone(&Utc));
    }
    let has_no_offset = |time: &String| DateTime::parse_from_rfc3339(&format!("{time}Z")).is_ok();
    if let Some(time) = [text.to_owned(), format!("{text}:00")].into_iter().find(has_no_offset) {
        return match (zone, DateTime::parse_from_rfc3339(&format!("{time}Z"))) {
            (Some(_), Ok(local)) => Ok(in_zone(local.naive_utc(), zone)),
            _ => Err(format!(
                "a time needs a UTC offset: write {time}Z for UTC, or {time}+05:30, or name its \
                 zone with --tz"
            )),
        };
    }
    // `M` is a month to the parser and a minute to who writes it.
    let span = text.strip_prefix('-').unwrap_or(text);
    if let Ok(span) = humantime::parse_duration(span)
        && !text.contains('M')
    {
        let span = TimeDelta::from_std(span).map_err(|_| TOO_LONG.to_owned())?;
        return since_now(now, span);
    }
    Err(format!("expected {FORMS}"))
}

/// The instant of a local time; of one that the clocks skip the first after it.
fn in_zone(local: NaiveDateTime, zone: Option<Tz>) -> Timestamp {
    let zone = zone.unwrap_or(Tz::UTC);
    let after = |minutes: i64| local.checked_add_signed(TimeDelta::minutes(minutes));
    let exact = [0, 30, 60, 120].into_iter().find_map(|minutes| {
        zone.from_local_datetime(&after(minutes)?).earliest().map(|at| at.with_timezone(&Utc))
    });
    exact.unwrap_or_else(|| local.and_utc())
}

/// Reads the name of a time zone; `local` is that of this machine.
pub(crate) fn parse_zone(text: &str) -> Result<Tz, String> {
    if text != "local" {
        return text.parse().map_err(|_| {
            "expected local, or a name of the IANA database such as Asia/Kolkata or UTC".to_owned()
        });
    }
    let named = std::env::var("TZ").ok().filter(|name| !name.is_empty());
    let name = named.map(|name| name.trim_start_matches(':').to_owned());
    let name = name.or_else(|| iana_time_zone::get_timezone().ok());
    name.and_then(|name| name.parse().ok()).ok_or_else(|| {
        "this machine does not name its time zone: name it yourself, such as Asia/Kolkata"
            .to_owned()
    })
}

const TOO_LONG: &str = "the span is too long";

/// The time so long before now, unless the clock was never set.
fn since_now(now: Timestamp, span: TimeDelta) -> Result<Timestamp, String> {
    if now < FIRST {
        return Err(format!(
            "this counts from now, and this machine's clock says {}: set the clock, or write a date",
            now.format("%Y-%m-%d")
        ));
    }
    now.checked_sub_signed(span).ok_or_else(|| TOO_LONG.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<String, String> {
        let now = "2026-05-01T13:45:00Z".parse().unwrap();
        parse_time(text, now, None).map(|at| at.to_rfc3339())
    }

    #[test]
    fn accepted_forms_give_the_instant_they_name() {
        let cases = [
            ("2026-04-21", "2026-04-21T00:00:00+00:00"),
            ("2026-04-21T12:30:00Z", "2026-04-21T12:30:00+00:00"),
            ("2026-04-21T12:30:00+05:30", "2026-04-21T07:00:00+00:00"),
            ("2026-04-21 12:30:00.5Z", "2026-04-21T12:30:00.500+00:00"),
            ("7d", "2026-04-24T13:45:00+00:00"),
            ("12h", "2026-05-01T01:45:00+00:00"),
            ("2w", "2026-04-17T13:45:00+00:00"),
            ("1d 12h", "2026-04-30T01:45:00+00:00"),
            (" 30m ", "2026-05-01T13:15:00+00:00"),
            ("-7d", "2026-04-24T13:45:00+00:00"),
            ("2026-04", "2026-04-01T00:00:00+00:00"),
            ("now", "2026-05-01T13:45:00+00:00"),
            ("Today", "2026-05-01T00:00:00+00:00"),
            ("yesterday", "2026-04-30T00:00:00+00:00"),
        ];
        for (text, expect) in cases {
            assert_eq!(parse(text).as_deref(), Ok(expect), "{text}");
        }
    }

    #[test]
    fn dates_and_times_are_those_of_the_zone() {
        let now = "2026-05-01T20:45:00Z".parse().unwrap();
        for (text, zone, expect) in [
            ("2026-04-21", "Asia/Kolkata", "2026-04-20T18:30:00+00:00"),
            ("2026-04", "America/New_York", "2026-04-01T04:00:00+00:00"),
            ("today", "Asia/Kolkata", "2026-05-01T18:30:00+00:00"),
            ("yesterday", "America/New_York", "2026-04-30T04:00:00+00:00"),
            ("2026-04-21T12:30", "Asia/Kolkata", "2026-04-21T07:00:00+00:00"),
            ("2026-04-21T12:30:00Z", "Asia/Kolkata", "2026-04-21T12:30:00+00:00"),
            ("7d", "Asia/Kolkata", "2026-04-24T20:45:00+00:00"),
            // This night has no midnight.
            ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00+00:00"),
        ] {
            let zone = Some(parse_zone(zone).unwrap());
            let at = parse_time(text, now, zone).unwrap();
            assert_eq!(at.to_rfc3339(), expect, "{text} in {zone:?}");
        }
        assert!(parse_zone("Nowhere").unwrap_err().contains("Asia/Kolkata"));
    }

    #[test]
    fn other_texts_are_refused_with_the_accepted_forms() {
        for text in [
            "",
            "tomorrow",
            "21.04.2026",
            "2026-13-01",
            "2026-02-30",
            "2026-13",
            "7",
            "--7d",
            "7x",
            "3M",
        ] {
            assert_eq!(parse(text), Err(format!("expected {FORMS}")), "{text}");
        }
    }

    #[test]
    fn time_without_an_offset_is_refused() {
        assert!(parse("2026-04-21 12:30").unwrap_err().contains("write 2026-04-21 12:30:00Z"));
        insta::assert_snapshot!(
            parse("2026-04-21T12:30:00").unwrap_err(),
            @"a time needs a UTC offset: write 2026-04-21T12:30:00Z for UTC, or 2026-04-21T12:30:00+05:30, or name its zone with --tz"
        );
    }

    #[test]
    fn span_before_an_unset_clock_is_refused() {
        for (now, says) in [("1970-01-01", "1970-01-01"), ("2024-12-31", "2024-12-31")] {
            let now = format!("{now}T00:00:05Z").parse().unwrap();
            assert_eq!(
                parse_time("7d", now, None),
                Err(format!(
                    "this counts from now, and this machine's clock says {says}: set the clock, \
                     or write a date"
                ))
            );
            assert!(parse_time("2026-04-21", now, None).is_ok());
        }
        let far = "2099-12-31T23:59:59Z".parse().unwrap();
        assert_eq!(parse_time("7d", far, None).unwrap().to_rfc3339(), "2099-12-24T23:59:59+00:00");
    }

    #[test]
    fn span_beyond_the_calendar_is_refused() {
        assert!(parse("300000000y").unwrap_err().contains("too long"));
    }
}
