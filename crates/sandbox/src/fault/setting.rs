//! The setting of a fault: how often it happens, or how many rows or requests it affects.

use std::fmt;

use super::OptionError;
use super::rate::{RATES, Rate, RateKind};

/// How often a fault happens, or how many rows or requests it affects.
///
/// Written as a [`Rate`], or as a plain number: `every:7`, `30%`, `51`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultSetting {
    /// A share of all, or which requests, pages or records.
    Rate(Rate),
    /// A number of rows or requests.
    Number(u64),
}

impl From<Rate> for FaultSetting {
    fn from(rate: Rate) -> Self {
        Self::Rate(rate)
    }
}

impl From<u64> for FaultSetting {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl fmt::Display for FaultSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rate(rate) => rate.fmt(f),
            Self::Number(number) => number.fmt(f),
        }
    }
}

impl FaultSetting {
    /// Which requests, pages or records; a plain number means the first ones.
    pub(crate) fn rate(self) -> Rate {
        match self {
            Self::Rate(rate) => rate,
            Self::Number(number) => Rate::first(number),
        }
    }

    /// How many of `all`: the number itself, or the share, rounded down.
    pub(crate) fn amount(self, all: usize) -> usize {
        match self {
            Self::Rate(rate) => rate.of(all),
            Self::Number(number) => usize::try_from(number).unwrap_or(usize::MAX),
        }
    }
}

/// The kind of setting that a fault takes, and its default.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FaultSettingKind {
    /// Which requests, pages or records.
    Rate(Option<&'static str>),
    /// How many rows: a number, or a share of all.
    Amount(&'static str),
    /// A number from 1 on.
    Number(&'static str),
}

impl FaultSettingKind {
    pub(crate) fn default(self) -> Option<&'static str> {
        match self {
            Self::Rate(default) => default,
            Self::Amount(default) | Self::Number(default) => Some(default),
        }
    }

    pub(crate) fn is_rate(self) -> bool {
        matches!(self, Self::Rate(_))
    }

    /// Parses the setting of the fault `name`; without a text, its default.
    pub(crate) fn read(self, name: &str, text: Option<&str>) -> Result<FaultSetting, OptionError> {
        let text = match (text.map(str::trim).filter(|text| !text.is_empty()), self.default()) {
            (Some(text), _) | (None, Some(text)) => text,
            (None, None) => return Err(OptionError::new(format!("{name} needs a rate: {RATES}"))),
        };
        let number = text.parse::<u64>().ok();
        match (self, number) {
            (Self::Rate(_), _) => Ok(FaultSetting::Rate(text.parse()?)),
            (Self::Amount(_), Some(number)) => Ok(FaultSetting::Number(number)),
            (Self::Number(_), Some(number)) if number > 0 => Ok(FaultSetting::Number(number)),
            (Self::Amount(default), None) => match text.parse::<Rate>() {
                Ok(rate @ Rate(RateKind::Share(_))) => Ok(FaultSetting::Rate(rate)),
                _ => Err(OptionError::new(format!(
                    "{name} cannot be {text:?}: write a number or a share, such as {default}"
                ))),
            },
            (Self::Number(default), _) => Err(OptionError::new(format!(
                "{name} cannot be {text:?}: write a number from 1 on, such as {default}"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FaultSetting, FaultSettingKind};
    use crate::fault::{Rate, TABLE};

    #[test]
    fn a_setting_counts_rows_as_a_number_or_as_a_share() {
        assert_eq!(FaultSetting::Number(3).amount(1_000), 3);
        assert_eq!(FaultSetting::Rate(Rate::percent(30.0)).amount(1_001), 300);
        assert_eq!(FaultSetting::Number(3).rate(), Rate::first(3));
        assert_eq!(FaultSetting::from(51).to_string(), "51");
    }

    #[test]
    fn each_default_is_a_setting_of_its_kind() {
        for entry in TABLE {
            let (name, setting_kind) = (entry.name, entry.setting);
            let read = setting_kind.read(name, None).map(|setting| setting.to_string());
            assert_eq!(read.ok().as_deref(), setting_kind.default(), "{name}");
        }
        let refused = |setting_kind: FaultSettingKind, text| {
            setting_kind.read("x", Some(text)).unwrap_err().to_string()
        };
        assert_eq!(
            refused(FaultSettingKind::Number("10"), "0"),
            "x cannot be \"0\": write a number from 1 on, such as 10"
        );
        assert_eq!(
            refused(FaultSettingKind::Amount("30%"), "every:2"),
            "x cannot be \"every:2\": write a number or a share, such as 30%"
        );
    }
}
