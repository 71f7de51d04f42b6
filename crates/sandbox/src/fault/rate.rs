//! How often something happens.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

use super::OptionError;
use crate::hash_rng::HashRng;

/// 100%, in millionths.
const MILLION: u32 = 1_000_000;

/// How many of the requests, or of the records, a fault hits.
///
/// Written as `2%`, `0.5%`, `every:7` or `first:3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate(pub(crate) RateKind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RateKind {
    /// A share of all, in millionths.
    Share(u32),
    /// Each of this number, counted from 1.
    Every(NonZeroU64),
    /// This many, and none after them.
    First(u64),
}

impl Rate {
    /// A share in percent, clamped to 0 to 100.
    pub fn percent(percent: f64) -> Self {
        // NaN becomes zero.
        Self(RateKind::Share(
            (percent.clamp(0.0, 100.0) * f64::from(MILLION) / 100.0).round() as u32
        ))
    }

    /// Every `number`th one. 0 counts as 1.
    pub fn every(number: u64) -> Self {
        Self(RateKind::Every(NonZeroU64::new(number).unwrap_or(NonZeroU64::MIN)))
    }

    /// The first ones, and none after them.
    pub fn first(number: u64) -> Self {
        Self(RateKind::First(number))
    }

    /// Whether the one with this number, counted from 0, is hit; `draw` decides by chance.
    pub(crate) fn hits(self, number: u64, draw: HashRng) -> bool {
        match self.0 {
            RateKind::Share(share) => draw.below("hit", MILLION.into()) < share.into(),
            RateKind::Every(every) => (number + 1).is_multiple_of(every.get()),
            RateKind::First(first) => number < first,
        }
    }

    /// The share of `all`, rounded down; otherwise the number.
    pub(crate) fn of(self, all: usize) -> usize {
        let number = match self.0 {
            RateKind::Share(share) => all as u128 * u128::from(share) / u128::from(MILLION),
            RateKind::Every(number) => number.get().into(),
            RateKind::First(number) => number.into(),
        };
        usize::try_from(number).unwrap_or(usize::MAX)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            RateKind::Share(share) => write!(f, "{}%", f64::from(share) / 10_000.0),
            RateKind::Every(number) => write!(f, "every:{number}"),
            RateKind::First(number) => write!(f, "first:{number}"),
        }
    }
}

impl FromStr for Rate {
    type Err = OptionError;

    fn from_str(text: &str) -> Result<Self, OptionError> {
        let wrong = || OptionError::new(format!("{text:?} is not a rate: {RATES}"));
        if let Some(number) = text.strip_suffix('%') {
            let percent = decimal(number).ok_or_else(wrong)?;
            if percent > 100.0 {
                return Err(OptionError::new(format!("{text} is more than 100%")));
            }
            return Ok(Self::percent(percent));
        }
        match text.split_once(':') {
            Some(("every", number)) => match number.parse::<NonZeroU64>() {
                Ok(number) => Ok(Self(RateKind::Every(number))),
                Err(_) => Err(wrong()),
            },
            Some(("first", number)) => number.parse().map(Self::first).map_err(|_| wrong()),
            _ => Err(wrong()),
        }
    }
}

pub(crate) const RATES: &str = "write a share as 2% or 0.5%, or every:7, or first:3";

/// A plain decimal number: neither a sign nor an exponent.
fn decimal(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if plain { text.parse().ok() } else { None }
}

/// How often something happens per unit of time.
///
/// Written as `10/s`, `0.5/s`, `90/m` or `20/h`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frequency {
    number: f64,
    /// Index in [`UNITS`].
    unit: usize,
}

/// Units of time: name and seconds.
const UNITS: [(&str, f64); 3] = [("s", 1.0), ("m", 60.0), ("h", 3_600.0)];

/// Upper limit of events per second.
const MAX_PER_SECOND: f64 = 10_000.0;

impl Frequency {
    /// Events per second, clamped to 0 to 10,000.
    pub fn per_second(number: f64) -> Self {
        let number = if number.is_nan() { 0.0 } else { number.clamp(0.0, MAX_PER_SECOND) };
        Self { number, unit: 0 }
    }

    /// Events per minute.
    pub fn per_minute(number: f64) -> Self {
        Self { number: Self::per_second(number / 60.0).number * 60.0, unit: 1 }
    }

    /// Number of events after so many microseconds.
    pub(crate) fn times(self, micros: u64) -> u64 {
        // The small step corrects rates that are not exact fractions.
        (micros as f64 * self.a_second() / 1e6 + 1e-6) as u64
    }

    /// Microseconds until the `number`th event, counted from 1.
    pub(crate) fn time_of(self, number: u64) -> u64 {
        (number as f64 * 1e6 / self.a_second()) as u64
    }

    fn a_second(self) -> f64 {
        self.number / UNITS[self.unit].1
    }
}

impl fmt::Display for Frequency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, UNITS[self.unit].0)
    }
}

impl FromStr for Frequency {
    type Err = OptionError;

    fn from_str(text: &str) -> Result<Self, OptionError> {
        let parsed = text.split_once('/').and_then(|(number, word)| {
            let unit = UNITS.iter().position(|(name, _)| *name == word.trim())?;
            Some(Self { number: decimal(number.trim())?, unit })
        });
        match parsed {
            Some(frequency) if frequency.a_second() <= MAX_PER_SECOND => Ok(frequency),
            Some(_) => Err(OptionError::new(format!("{text} is more than {MAX_PER_SECOND}/s"))),
            None => Err(OptionError::new(format!(
                "{text:?} is not a frequency: write 10/s, 0.5/s, 90/m or 20/h"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Frequency, Rate};
    use crate::hash_rng::HashRng;

    #[test]
    fn rates_round_trip() {
        for text in ["2%", "0.5%", "100%", "0%", "every:7", "every:1", "first:3", "first:0"] {
            assert_eq!(text.parse::<Rate>().unwrap().to_string(), text);
        }
        for (text, problem) in [
            ("5", "\"5\" is not a rate: write a share as 2% or 0.5%, or every:7, or first:3"),
            ("101%", "101% is more than 100%"),
            (
                "every:0",
                "\"every:0\" is not a rate: write a share as 2% or 0.5%, or every:7, or first:3",
            ),
        ] {
            assert_eq!(text.parse::<Rate>().unwrap_err().to_string(), problem);
        }
        for text in ["", "%", "-2%", "1e1%", "nan%", "every", "every:", "every:-1", "each:2"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }

    #[test]
    fn frequencies_round_trip() {
        for text in ["10/s", "0.5/s", "90/m", "20/h", "0/s"] {
            assert_eq!(text.parse::<Frequency>().unwrap().to_string(), text);
        }
        for text in ["10", "10/d", "/s", "x/s", "-1/s", "10 per second"] {
            let problem = text.parse::<Frequency>().unwrap_err().to_string();
            assert!(problem.ends_with("is not a frequency: write 10/s, 0.5/s, 90/m or 20/h"));
        }
        let problem = "20000/s".parse::<Frequency>().unwrap_err().to_string();
        assert_eq!(problem, "20000/s is more than 10000/s");
    }

    #[test]
    fn rates_hit_as_often_as_set() {
        let hits = |rate: Rate| -> Vec<u64> {
            (0..1_000).filter(|number| rate.hits(*number, HashRng::new(5).nth(*number))).collect()
        };
        assert_eq!(hits(Rate::every(400)), [399, 799]);
        assert_eq!(hits(Rate::first(2)), [0, 1]);
        assert_eq!(hits(Rate::percent(100.0)).len(), 1_000);
        assert_eq!(hits(Rate::percent(0.0)).len(), 0);
        let some = hits(Rate::percent(10.0)).len();
        assert!((70..130).contains(&some), "{some}");
    }

    #[test]
    fn event_counts_and_event_times_agree() {
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
