//! What a person types: times, numbers, ids, words.

use super::pages::is_one_harmless_line;
use callfold::time_arg::parse_time;
use callfold_unify::model::{CallId, Direction, PhoneNumber, Status, normalize_e164};
use chrono::DateTime;

/// Takes eight bytes for the clock, and the rest for what is typed.
pub(crate) fn read(data: &[u8]) {
    let Some((clock, rest)) = data.split_first_chunk::<8>() else { return };
    // As far as the calendar reaches to either side.
    let seconds = i64::from_le_bytes(*clock) % 8_200_000_000_000;
    let Some(now) = DateTime::from_timestamp(seconds, 0) else { return };
    let text = String::from_utf8_lossy(rest);
    match parse_time(&text, now, None) {
        Ok(at) => drop(at.to_rfc3339()),
        Err(problem) => is_one_harmless_line(&problem),
    }
    number(&text);
    if let Ok(id) = text.parse::<CallId>() {
        assert_eq!(id.to_string(), text, "an id changes");
    }
    assert_eq!(Direction::from(&*text).as_str(), text);
    assert_eq!(Status::from(&*text).as_str(), text);
}

/// A number: its one form, and what is left of it when it is hidden.
fn number(text: &str) {
    let number = PhoneNumber::new(text);
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
    if let Some(e164) = &number.e164 {
        assert!((7..=15).contains(&digits(e164)) && e164.starts_with('+'), "{e164}");
        assert_eq!(normalize_e164(e164).as_ref(), Some(e164), "it is in its one form already");
    }
    let masked = number.masked();
    assert!(digits(&masked) <= 4, "a number that shows: {masked}");
    assert_eq!(format!("{number:?}"), masked);
}

/// Each form that is accepted, some that are not, and clocks that are wrong.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    const TYPED: [&str; 18] = [
        "2026-04-21",
        "2026-04-21T12:30:00Z",
        "2026-04-21T12:30:00+05:30",
        "2026-04-21 12:30",
        "7d",
        "1d 12h",
        "2w",
        "300000000y",
        "yesterday",
        "2016-12-31T23:59:60Z",
        "+262142-12-31",
        "+1 (919) 555-0100",
        "+44 (0)20 7946 0958",
        "tel:+19195550100;ext=5",
        "vendor:account:call:7",
        "inbound",
        "in_progress",
        "",
    ];
    const CLOCKS: [i64; 5] = [1_777_000_000, 0, -1, 4_070_908_800, i64::MAX];
    let all = CLOCKS.iter().flat_map(|clock| {
        TYPED.iter().map(|typed| [&clock.to_le_bytes(), typed.as_bytes()].concat())
    });
    all.collect()
}
