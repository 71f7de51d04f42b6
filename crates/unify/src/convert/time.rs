//! Times and lengths.

use super::{Warnings, text};
use crate::{
    Context,
    model::{Timestamp, WarningCode},
};
use callfold_record::datetime::{self, WrittenTime};
use chrono::{DateTime, Datelike, FixedOffset, TimeDelta, TimeZone, Utc};
use std::{borrow::Cow, time::Duration};

/// The first and the last year a call can lie in. A time outside is a unit
/// slip (seconds read as milliseconds land in January 1970) or a stand-in for
/// "never", such as the year 1.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2199;

/// How far a turn may lie outside its call before it is noted: clocks differ,
/// and a record's start is not always the first word.
const TURN_ALLOWANCE: TimeDelta = TimeDelta::seconds(60);

/// What is said of a time no call can have.
pub(crate) const NO_DATE: &str = "the time lies before 2000 or after 2199; left out";

/// Keeps a time that can be a call's.
fn plausible(
    at: Option<Timestamp>,
    pointer: impl FnOnce() -> Cow<'static, str>,
    warnings: &mut Warnings,
) -> Option<Timestamp> {
    let found = at.filter(|at| YEARS.contains(&at.year()));
    if found.is_none() {
        warnings.add(WarningCode::InvalidValue, pointer(), NO_DATE);
    }
    found
}

/// Reads a count of milliseconds since 1970.
pub(crate) fn epoch_ms(
    ms: Option<i64>,
    pointer: &'static str,
    warnings: &mut Warnings,
) -> Option<Timestamp> {
    plausible(date_ms(ms?), || pointer.into(), warnings)
}

/// Reads a count of milliseconds since 1970 that can be a call's time; any
/// other number is none.
pub(crate) fn date_ms(ms: i64) -> Option<Timestamp> {
    DateTime::from_timestamp_millis(ms).filter(|at| YEARS.contains(&at.year()))
}

/// Reads a time. One without an offset is read at the context's.
pub(crate) fn instant(
    value: Option<String>,
    pointer: &'static str,
    context: &Context,
    warnings: &mut Warnings,
) -> Option<Timestamp> {
    instant_at(value, || pointer.into(), context, warnings)
}

/// The same where the pointer is worth writing only if it is needed.
pub(crate) fn instant_at(
    value: Option<String>,
    pointer: impl FnOnce() -> Cow<'static, str>,
    context: &Context,
    warnings: &mut Warnings,
) -> Option<Timestamp> {
    let value = text(value)?;
    let value = value.trim();
    // Some write a space where the standard has a T.
    let written = datetime::parse(value)
        .or_else(|_| datetime::naive(&value.replacen(' ', "T", 1)).map(WrittenTime::Naive));
    if let Ok(WrittenTime::Instant(at)) = written {
        return plausible(Some(at), pointer, warnings);
    }
    if let Ok(WrittenTime::Naive(local)) = written {
        let pointer = pointer();
        let offset = context.assume_offset;
        warnings.add(
            WarningCode::NaiveTimestamp,
            pointer.clone(),
            if offset.local_minus_utc() == 0 {
                "the time has no offset; read as UTC".into()
            } else {
                Cow::from(format!("the time has no offset; read as {offset}"))
            },
        );
        let at = offset.from_local_datetime(&local).single();
        return plausible(at.map(|at| at.with_timezone(&Utc)), || pointer, warnings);
    }
    // Read more freely than RFC 3339: some write the offset without a colon.
    if let Ok(at) = value.parse::<DateTime<FixedOffset>>() {
        return plausible(Some(at.with_timezone(&Utc)), pointer, warnings);
    }
    warnings.add(WarningCode::InvalidValue, pointer(), "the text is not a time; left out");
    None
}

/// The time in the source's time zone, if it has one.
pub(crate) fn local(at: Option<Timestamp>, context: &Context) -> Option<DateTime<FixedOffset>> {
    Some(at?.with_timezone(&context.time_zone?).fixed_offset())
}

/// The length from `from` to `to`; none, with a warning at `pointer`, when it
/// would be negative.
pub(crate) fn between(
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    pointer: &'static str,
    warnings: &mut Warnings,
) -> Option<Duration> {
    from.zip(to)?;
    let length = length(from, to);
    if length.is_none() {
        warnings.add(
            WarningCode::InvalidValue,
            pointer,
            "the step lies before the one it follows; no length is computed",
        );
    }
    length
}

/// The length from `from` to `to`, where it is one.
pub(crate) fn length(from: Option<Timestamp>, to: Option<Timestamp>) -> Option<Duration> {
    (to? - from?).to_std().ok()
}

/// Reads a reported length in seconds.
pub(crate) fn seconds(
    value: Option<f64>,
    pointer: &'static str,
    warnings: &mut Warnings,
) -> Option<Duration> {
    let length = Duration::try_from_secs_f64(value?).ok().filter(is_countable);
    if length.is_none() {
        warnings.add(
            WarningCode::InvalidValue,
            pointer,
            "the length is negative or too great; left out",
        );
    }
    length
}

/// Whether the length can be written as whole milliseconds.
fn is_countable(length: &Duration) -> bool {
    u64::try_from(length.as_millis()).is_ok()
}

/// Reads a reported length in milliseconds.
pub(crate) fn millis(
    value: Option<f64>,
    pointer: &'static str,
    warnings: &mut Warnings,
) -> Option<Duration> {
    seconds(value.map(|ms| ms / 1000.0), pointer, warnings)
}

/// Compares a reported length with the computed one and with `others`, the
/// lengths from other steps to the end. It fits one that is at most 1 s or 2 %
/// away; fitting none leaves `duration_mismatch`. A call without a computed
/// length (it is still going on) is not judged.
pub(crate) fn check_reported(
    reported: Option<Duration>,
    computed: Option<Duration>,
    others: &[Option<Duration>],
    pointer: &'static str,
    warnings: &mut Warnings,
) {
    let (Some(reported), Some(computed)) = (reported, computed) else { return };
    let fits = |length: Duration| {
        let apart = reported.abs_diff(length);
        apart <= Duration::from_secs(1) || apart <= length / 50
    };
    if !fits(computed) && !others.iter().flatten().any(|length| fits(*length)) {
        warnings.add(
            WarningCode::DurationMismatch,
            pointer,
            format!(
                "reported {} ms; from start to end it is {} ms",
                reported.as_millis(),
                computed.as_millis()
            ),
        );
    }
}

/// Whether a turn's time is more than a minute outside its call.
pub(crate) fn is_outside(
    at: Timestamp,
    started_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
) -> bool {
    started_at.is_some_and(|start| start - at > TURN_ALLOWANCE)
        || ended_at.is_some_and(|end| at - end > TURN_ALLOWANCE)
}

#[cfg(test)]
#[path = "../tests/time.rs"]
mod tests;
