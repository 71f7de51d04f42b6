//! How often something happens.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

use super::OptionError;
use crate::dice::Dice;

/// The whole, in millionths.
const WHOLE: u32 = 1_000_000;

/// How many of the requests, or of the records, a fault hits.
///
/// Written as `2%`, `0.5%`, `every:7` or `first:3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate(pub(super) Often);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Often {
    /// A share of all, in millionths.
    Share(u32),
    /// Each of this number, counted from 1.
    Every(NonZeroU64),
    /// So many, and none after them.
    First(u64),
}

impl Rate {
    /// A share in percent, from 0 to 100; what lies beyond counts as the nearest of them.
    pub fn percent(percent: f64) -> Self {
        // A number that is none becomes zero.
        Self(Often::Share((percent.clamp(0.0, 100.0) * f64::from(WHOLE) / 100.0).round() as u32))
    }

    /// Every `number`th one. 0 counts as 1.
    pub fn every(number: u64) -> Self {
        Self(Often::Every(NonZeroU64::new(number).unwrap_or(NonZeroU64::MIN)))
    }

    /// The first ones, and none after them.
    pub fn first(number: u64) -> Self {
        Self(Often::First(number))
    }

    /// Whether the one with this number, counted from 0, is hit; `draw` decides by chance.
    pub(super) fn hits(self, number: u64, draw: Dice) -> bool {
        match self.0 {
            Often::Share(share) => draw.below("hit", WHOLE.into()) < share.into(),
            Often::Every(every) => (number + 1).is_multiple_of(every.get()),
            Often::First(first) => number < first,
        }
    }

    /// The share of `all`, rounded down; of a rate that is none, its number.
    pub(super) fn of(self, all: usize) -> usize {
        let number = match self.0 {
            Often::Share(share) => all as u128 * u128::from(share) / u128::from(WHOLE),
            Often::Every(number) => number.get().into(),
            Often::First(number) => number.into(),
        };
        usize::try_from(number).unwrap_or(usize::MAX)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Often::Share(share) => write!(f, "{}%", f64::from(share) / 10_000.0),
            Often::Every(number) => write!(f, "every:{number}"),
            Often::First(number) => write!(f, "first:{number}"),
        }
    }
}

impl FromStr for Rate {
    type Err = OptionError;

    fn from_str(text: &str) -> Result<Self, OptionError> {
        let wrong = || OptionError::new(format!("{text:?} is no rate: {RATES}"));
        if let Some(number) = text.strip_suffix('%') {
            let percent = decimal(number).ok_or_else(wrong)?;
            if percent > 100.0 {
                return Err(OptionError::new(format!("{text} is more than 100%")));
            }
            return Ok(Self::percent(percent));
        }
        match text.split_once(':') {
            Some(("every", number)) => match number.parse::<NonZeroU64>() {
                Ok(number) => Ok(Self(Often::Every(number))),
                Err(_) => Err(wrong()),
            },
            Some(("first", number)) => number.parse().map(Self::first).map_err(|_| wrong()),
            _ => Err(wrong()),
        }
    }
}

pub(super) const RATES: &str = "write a share as 2% or 0.5%, or every:7, or first:3";

/// A plain decimal number: neither a sign nor an exponent.
fn decimal(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if plain { text.parse().ok() } else { None }
}

/// How often something happens in time.
///
/// Written as `10/s`, `0.5/s`, `90/m` or `20/h`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frequency {
    number: f64,
    unit: Unit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Second,
    Minute,
    Hour,
}

impl Unit {
    const ALL: [(Self, &str, f64); 3] =
        [(Self::Second, "s", 1.0), (Self::Minute, "m", 60.0), (Self::Hour, "h", 3_600.0)];
}

/// More a second than this would make nothing but calls.
const MOST: f64 = 10_000.0;

impl Frequency {
    /// So many times a second, from 0 to 10,000; what lies beyond counts as the nearest of them.
    pub fn per_second(number: f64) -> Self {
        let number = if number.is_nan() { 0.0 } else { number.clamp(0.0, MOST) };
        Self { number, unit: Unit::Second }
    }

    /// So many times a minute.
    pub fn per_minute(number: f64) -> Self {
        Self { number: Self::per_second(number / 60.0).number * 60.0, unit: Unit::Minute }
    }

    /// How many times it has happened after so many microseconds.
    pub(crate) fn times(self, micros: u64) -> u64 {
        // The small step makes up for rates that are no exact fractions.
        (micros as f64 * self.a_second() / 1e6 + 1e-6) as u64
    }

    /// After how many microseconds it happens for the `number`th time, counted from 1.
    pub(crate) fn time_of(self, number: u64) -> u64 {
        (number as f64 * 1e6 / self.a_second()) as u64
    }

    fn a_second(self) -> f64 {
        let unit = Unit::ALL.iter().find(|(unit, ..)| *unit == self.unit);
        self.number / unit.map_or(1.0, |(.., seconds)| *seconds)
    }
}

impl fmt::Display for Frequency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = Unit::ALL.iter().find(|(unit, ..)| *unit == self.unit);
        write!(f, "{}/{}", self.number, unit.map_or("s", |(_, word, _)| word))
    }
}

impl FromStr for Frequency {
    type Err = OptionError;

    fn from_str(text: &str) -> Result<Self, OptionError> {
        let parsed = text.split_once('/').and_then(|(number, word)| {
            let (unit, ..) = Unit::ALL.iter().find(|(_, name, _)| *name == word.trim())?;
            Some(Self { number: decimal(number.trim())?, unit: *unit })
        });
        match parsed {
            Some(frequency) if frequency.a_second() <= MOST => Ok(frequency),
            Some(_) => Err(OptionError::new(format!("{text} is more than {MOST}/s"))),
            None => Err(OptionError::new(format!(
                "{text:?} is no frequency: write 10/s, 0.5/s, 90/m or 20/h"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Frequency, Rate};
    use crate::dice::Dice;

    #[test]
    fn rates_are_read_as_they_are_written() {
        for text in ["2%", "0.5%", "100%", "0%", "every:7", "every:1", "first:3", "first:0"] {
            assert_eq!(text.parse::<Rate>().unwrap().to_string(), text);
        }
        for (text, problem) in [
            ("5", "\"5\" is no rate: write a share as 2% or 0.5%, or every:7, or first:3"),
            ("101%", "101% is more than 100%"),
            (
                "every:0",
                "\"every:0\" is no rate: write a share as 2% or 0.5%, or every:7, or first:3",
            ),
        ] {
            assert_eq!(text.parse::<Rate>().unwrap_err().to_string(), problem);
        }
        for text in ["", "%", "-2%", "1e1%", "nan%", "every", "every:", "every:-1", "each:2"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }

    #[test]
    fn frequencies_are_read_as_they_are_written() {
        for text in ["10/s", "0.5/s", "90/m", "20/h", "0/s"] {
            assert_eq!(text.parse::<Frequency>().unwrap().to_string(), text);
        }
        for text in ["10", "10/d", "/s", "x/s", "-1/s", "10 per second"] {
            let problem = text.parse::<Frequency>().unwrap_err().to_string();
            assert!(problem.ends_with("is no frequency: write 10/s, 0.5/s, 90/m or 20/h"));
        }
        let problem = "20000/s".parse::<Frequency>().unwrap_err().to_string();
        assert_eq!(problem, "20000/s is more than 10000/s");
    }

    #[test]
    fn as_often_as_said() {
        let hits = |rate: Rate| -> Vec<u64> {
            (0..1_000).filter(|number| rate.hits(*number, Dice::new(5).nth(*number))).collect()
        };
        assert_eq!(hits(Rate::every(400)), [399, 799]);
        assert_eq!(hits(Rate::first(2)), [0, 1]);
        assert_eq!(hits(Rate::percent(100.0)).len(), 1_000);
        assert_eq!(hits(Rate::percent(0.0)).len(), 0);
        let some = hits(Rate::percent(10.0)).len();
        assert!((70..130).contains(&some), "{some}");
    }

    #[test]
    fn times_and_their_moments_agree() {
        for frequency in [Frequency::per_second(3.0), Frequency::per_minute(7.0)] {
            for number in 1..5_000 {
                let at = frequency.time_of(number);
                assert!((number..=number + 1).contains(&(frequency.times(at + 1))), "{number}");
                assert!(frequency.times(at.saturating_sub(10)) < number);
            }
        }
        assert_eq!(Frequency::per_second(0.0).times(u64::MAX), 0);
    }
}
