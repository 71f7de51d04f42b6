//! Days, and the spans that they are gathered in.

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use chrono_tz::Tz;

/// A span of days. Each is made of whole spans of the one before, but for months, which are not made
/// of weeks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PeriodUnit {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl PeriodUnit {
    pub(crate) const ALL: [Self; 5] =
        [Self::Day, Self::Week, Self::Month, Self::Quarter, Self::Year];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// The first day of the span that the day is in.
    pub(crate) fn first_day(self, day: NaiveDate) -> NaiveDate {
        let since_monday = u64::from(day.weekday().num_days_from_monday());
        let month = match self {
            Self::Day => return day,
            Self::Week => return day.checked_sub_days(Days::new(since_monday)).unwrap_or(day),
            Self::Month => day.month(),
            Self::Quarter => (day.month() - 1) / 3 * 3 + 1,
            Self::Year => 1,
        };
        NaiveDate::from_ymd_opt(day.year(), month, 1).unwrap_or(day)
    }

    /// The first day of the next span.
    pub(crate) fn next(self, first: NaiveDate) -> Option<NaiveDate> {
        let days = match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 31,
            Self::Quarter => 92,
            Self::Year => 366,
        };
        first.checked_add_days(Days::new(days)).map(|day| self.first_day(day))
    }

    /// The name of the span that begins on this day.
    pub(crate) fn label(self, first: NaiveDate) -> String {
        match self {
            Self::Day | Self::Week => first.format("%Y-%m-%d").to_string(),
            Self::Month => first.format("%Y-%m").to_string(),
            Self::Quarter => format!("{}-Q{}", first.year(), (first.month() - 1) / 3 + 1),
            Self::Year => first.format("%Y").to_string(),
        }
    }
}

/// The day, the weekday (Monday is 0) and the hour of an instant in a zone.
pub(crate) fn local_time(at: DateTime<Utc>, zone: Tz) -> (NaiveDate, u8, u8) {
    use chrono::Timelike;
    let local = at.with_timezone(&zone);
    let day = local.date_naive();
    (day, day.weekday().num_days_from_monday() as u8, local.hour() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_begin_on_their_first_day_and_have_a_name() {
        let day = NaiveDate::from_ymd_opt(2026, 8, 16).unwrap();
        let cases = [
            (PeriodUnit::Day, "2026-08-16", "2026-08-17"),
            (PeriodUnit::Week, "2026-08-10", "2026-08-17"),
            (PeriodUnit::Month, "2026-08", "2026-09"),
            (PeriodUnit::Quarter, "2026-Q3", "2026-Q4"),
            (PeriodUnit::Year, "2026", "2027"),
        ];
        for (unit, label, next) in cases {
            let first = unit.first_day(day);
            assert_eq!(unit.label(first), label);
            assert_eq!(unit.label(unit.next(first).unwrap()), next);
        }
        let end = NaiveDate::from_ymd_opt(2026, 12, 31).unwrap();
        let year = PeriodUnit::Year;
        assert_eq!(year.label(year.next(year.first_day(end)).unwrap()), "2027");
    }

    #[test]
    fn day_and_hour_are_those_of_the_zone() {
        let at = "2026-03-29T00:30:00Z".parse().unwrap();
        let at = |zone: Tz| {
            let (day, weekday, hour) = local_time(at, zone);
            (day.to_string(), weekday, hour)
        };
        assert_eq!(at(Tz::UTC), ("2026-03-29".to_owned(), 6, 0));
        assert_eq!(at(Tz::Asia__Kolkata), ("2026-03-29".to_owned(), 6, 6));
        assert_eq!(at(Tz::America__New_York), ("2026-03-28".to_owned(), 5, 20));
    }
}
