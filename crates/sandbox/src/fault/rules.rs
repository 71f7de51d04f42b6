//! Lists of faults, and how they are parsed.

use std::fmt;
use std::str::FromStr;

use super::rate::Rate;
use super::setting::FaultSettingKind;
use super::{Fault, FaultSetting, TABLE};
use crate::registry::{VENDORS, vendor};

/// The seed unless another one is set.
const SEED: u64 = 1;

/// Which faults happen, how often and where. The default is none.
///
/// Written as `KIND=RATE` or `KIND=RATE@VENDOR`, several with commas between them. Some kinds take
/// a number of rows or requests instead of a rate (`old-row-first=51`), and some have a
/// [default](Fault::default_setting), so that `page-cap` alone means `page-cap=10`. `all` stands
/// for all kinds that take a rate, and `recoverable` for those of them that
/// [are](Fault::is_recoverable), each at the rate that is given.
///
/// ```
/// use callfold_sandbox::{Fault, Faults, Rate};
/// # fn main() -> Result<(), callfold_sandbox::OptionError> {
/// let faults: Faults = "cut-body=5%, reset=every:7".parse()?;
/// let same = Faults::none()
///     .with(Fault::CutBody, Rate::percent(5.0))
///     .with(Fault::Reset, Rate::every(7));
/// assert_eq!(faults, same);
/// # Ok(())
/// # }
/// ```
///
/// A request meets at most one fault: the first of the list that hits it. Faults of lists show in
/// every response that reaches the client. Rates count, for each fault and vendor, the requests
/// that it can hit. A share is a draw by seed, fault, request and number of equal requests before:
/// equal runs meet equal faults, in whichever order parallel requests arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults {
    pub(crate) rules: Vec<FaultRule>,
    pub(crate) seed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FaultRule {
    pub(crate) fault: Fault,
    pub(crate) setting: FaultSetting,
    /// `None` for all vendors.
    pub(crate) vendor: Option<&'static str>,
}

impl FaultRule {
    pub(crate) fn is_at(&self, vendor: &str) -> bool {
        self.vendor.is_none_or(|name| name == vendor)
    }
}

impl Default for Faults {
    fn default() -> Self {
        Self::none()
    }
}

impl Faults {
    /// No faults.
    pub fn none() -> Self {
        Self { rules: Vec::new(), seed: SEED }
    }

    /// Adds a fault at all vendors.
    #[must_use]
    pub fn with(mut self, fault: Fault, setting: impl Into<FaultSetting>) -> Self {
        self.rules.push(FaultRule { fault, setting: setting.into(), vendor: None });
        self
    }

    /// Adds all faults of `others`; their seed is ignored.
    #[must_use]
    pub fn and(mut self, others: &Self) -> Self {
        self.rules.extend_from_slice(&others.rules);
        self
    }

    /// Sets the seed of the draws; 1 otherwise.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Whether there are none.
    pub fn is_none(&self) -> bool {
        self.rules.is_empty()
    }

    /// The setting of the first rule for a kind at a vendor.
    pub(crate) fn setting(&self, fault: Fault, vendor: &str) -> Option<FaultSetting> {
        let rule = self.rules.iter().find(|rule| rule.fault == fault && rule.is_at(vendor))?;
        Some(rule.setting)
    }

    /// The rate of the first rule for a kind at a vendor.
    pub(crate) fn rate(&self, fault: Fault, vendor: &str) -> Option<Rate> {
        self.setting(fault, vendor).map(FaultSetting::rate)
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, rule) in self.rules.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{}={}", rule.fault, rule.setting)?;
            if let Some(vendor) = rule.vendor {
                write!(f, "@{vendor}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for Faults {
    type Err = OptionError;

    fn from_str(text: &str) -> Result<Self, OptionError> {
        let mut faults = Self::none();
        for data in text.split(',').map(str::trim).filter(|data| !data.is_empty()) {
            let (data, vendor) = match data.split_once('@') {
                Some((data, vendor)) => (data, Some(known_vendor(vendor.trim())?)),
                None => (data, None),
            };
            let (name, text) = match data.split_once('=') {
                Some((name, text)) => (name.trim(), Some(text)),
                None => (data.trim(), None),
            };
            for (fault, setting_kind) in kinds(name)? {
                let setting = setting_kind.read(name, text)?;
                faults.rules.push(FaultRule { fault, setting, vendor });
            }
        }
        if faults.is_none() {
            return Err(OptionError::new("no fault is named: write KIND=RATE, such as reset=2%"));
        }
        Ok(faults)
    }
}

/// The kinds that a name stands for, and their settings. A name for several takes a rate.
fn kinds(name: &str) -> Result<Vec<(Fault, FaultSettingKind)>, OptionError> {
    if matches!(name, "all" | "recoverable") {
        let wanted = |fault: &Fault| {
            fault.setting_kind().is_rate() && (name == "all" || fault.is_recoverable())
        };
        return Ok(Fault::all()
            .filter(wanted)
            .map(|fault| (fault, FaultSettingKind::Rate(None)))
            .collect());
    }
    if let Some(entry) = TABLE.iter().find(|entry| entry.name == name) {
        return Ok(vec![(entry.fault, entry.setting)]);
    }
    let known = || TABLE.iter().map(|entry| entry.name).chain(["all", "recoverable"]);
    Err(OptionError::unknown("fault", name, known))
}

fn known_vendor(name: &str) -> Result<&'static str, OptionError> {
    let known = || VENDORS.iter().map(|vendor| vendor.name);
    let found = vendor(name).map(|vendor| vendor.name);
    found.ok_or_else(|| OptionError::unknown("vendor", name, known))
}

/// An invalid option of the sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionError(String);

impl OptionError {
    pub(crate) fn new(problem: impl Into<String>) -> Self {
        Self(problem.into())
    }

    fn unknown<I: Iterator<Item = &'static str>>(
        what: &str,
        name: &str,
        known: impl Fn() -> I,
    ) -> Self {
        let alike = |known: &&str| strsim::damerau_levenshtein(name, known);
        let nearest = known().min_by_key(alike).filter(|known| alike(known) <= 3);
        let help = match nearest {
            Some(nearest) => format!("did you mean {nearest}?"),
            None => format!("available: {}", known().collect::<Vec<_>>().join(", ")),
        };
        Self(format!("unknown {what} {name:?}: {help}"))
    }
}

impl fmt::Display for OptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for OptionError {}

#[cfg(test)]
mod tests {
    use super::{Fault, Faults, Rate};

    #[test]
    fn faults_are_read_as_they_are_written() {
        for text in [
            "cut-body=5%",
            "reset=every:7@zudu, drift=0.5%",
            "stall=first:1@ravan",
            "old-row-first=51, low-total=30%@zudu, high-total=2",
        ] {
            assert_eq!(text.parse::<Faults>().unwrap().to_string(), text);
        }
        let usual: Faults = "page-cap, old-row-first@zudu".parse().unwrap();
        assert_eq!(usual.to_string(), "page-cap=10, old-row-first=1@zudu");
        let all: Faults = "all=1%".parse().unwrap();
        let of_rate = Fault::all().filter(|fault| fault.setting_kind().is_rate());
        assert!(all.rules.iter().map(|rule| rule.fault).eq(of_rate));
        let some: Faults = "recoverable=every:9@vaani".parse().unwrap();
        assert!(some.rules.iter().all(|rule| rule.fault.is_recoverable()));
        assert_eq!(some.rate(Fault::Reset, "vaani"), Some(Rate::every(9)));
        assert_eq!(some.rate(Fault::Reset, "zudu"), None);
        assert_eq!(some.rate(Fault::Stall, "vaani"), None);
    }

    #[test]
    fn invalid_faults_are_refused_with_help() {
        for (text, problem) in [
            ("cutbody=5%", "unknown fault \"cutbody\": did you mean cut-body?"),
            ("Reset=5%", "unknown fault \"Reset\": did you mean reset?"),
            ("reset=5%@zuda", "unknown vendor \"zuda\": did you mean zudu?"),
            ("reset", "reset needs a rate: write a share as 2% or 0.5%, or every:7, or first:3"),
            ("reset=5", "\"5\" is not a rate: write a share as 2% or 0.5%, or every:7, or first:3"),
            ("page-cap=0", "page-cap cannot be \"0\": write a number from 1 on, such as 10"),
            ("all", "all needs a rate: write a share as 2% or 0.5%, or every:7, or first:3"),
            ("", "no fault is named: write KIND=RATE, such as reset=2%"),
        ] {
            assert_eq!(text.parse::<Faults>().unwrap_err().to_string(), problem);
        }
        let problem = "reset=5%@nobody".parse::<Faults>().unwrap_err().to_string();
        let mut vendors: Vec<_> = crate::vendors().collect();
        vendors.sort_unstable();
        let vendors = vendors.join(", ");
        assert_eq!(problem, format!("unknown vendor \"nobody\": available: {vendors}"));
        let problem = "earthquake=1%".parse::<Faults>().unwrap_err().to_string();
        assert!(problem.contains("available: rate-limit, rate-limit-bare, "), "{problem}");
    }
}
