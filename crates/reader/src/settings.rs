//! What a source needs to be opened: the settings a vendor knows, and the
//! values a user gave.
//!
//! Where values come from (files, environment) is the caller's business.

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use std::{collections::BTreeMap, error::Error, fmt, time::Duration};

/// One setting of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// Its name in the configuration.
    pub key: &'static str,
    /// What its value is.
    pub kind: SettingKind,
    /// Whether a source needs it.
    pub need: Need,
    /// What it is for, as one clause without a final dot.
    pub help: &'static str,
}

/// What the value of a setting is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SettingKind {
    /// A text.
    Text,
    /// A text that nobody else may see.
    Secret,
    /// A list of texts.
    List,
    /// True or false.
    Flag,
    /// A length of time.
    Span,
    /// A number.
    Number,
}

/// Whether a source needs a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Need {
    /// It cannot be opened without.
    Always,
    /// It needs exactly one of the settings that bear this group's name.
    OneOf(&'static str),
    /// It can do without.
    Optional,
}

/// The settings that every source knows.
pub const COMMON_SETTINGS: &[Setting] = &[
    Setting {
        key: "base_url",
        kind: SettingKind::Text,
        need: Need::Optional,
        help: "where the API is, when not at the vendor's own address",
    },
    Setting {
        key: "allow_http",
        kind: SettingKind::Flag,
        need: Need::Optional,
        help: "allow an address without TLS that is not on this machine",
    },
    Setting {
        key: "timeout",
        kind: SettingKind::Span,
        need: Need::Optional,
        help: "how long a request may take with all its attempts, such as \"90s\"; one attempt may take half of it",
    },
    Setting {
        key: "rate",
        kind: SettingKind::Number,
        need: Need::Optional,
        help: "how many requests may start in a second",
    },
    Setting {
        key: "concurrency",
        kind: SettingKind::Number,
        need: Need::Optional,
        help: "how many requests may run at once",
    },
    Setting {
        key: "retries",
        kind: SettingKind::Number,
        need: Need::Optional,
        help: "how often a failed request is tried again",
    },
    Setting {
        key: "retry_budget",
        kind: SettingKind::Number,
        need: Need::Optional,
        help: "how many retries all requests of a source may make before one succeeds, 20 or more by default",
    },
    Setting {
        key: "assume_offset",
        kind: SettingKind::Text,
        need: Need::Optional,
        help: "the offset of times that carry none: \"+05:30\"; UTC unless set",
    },
    Setting {
        key: "own_numbers",
        kind: SettingKind::List,
        need: Need::Optional,
        help: "your own phone numbers, in E.164: they tell inbound from outbound calls",
    },
    Setting {
        key: "cost_unit",
        kind: SettingKind::Text,
        need: Need::Optional,
        help: "what costs are counted in where the vendor does not say: \"USD\", \"credits\"",
    },
];

/// The value of a setting. Text is kept as a secret whatever it is for: it can
/// be a key or somebody's number.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SettingValue {
    /// Of [`SettingKind::Text`] and [`SettingKind::Secret`].
    Text(SecretString),
    /// Of [`SettingKind::List`].
    List(Vec<SecretString>),
    /// Of [`SettingKind::Flag`].
    Flag(bool),
    /// Of [`SettingKind::Span`].
    Span(Duration),
    /// Of [`SettingKind::Number`].
    Number(f64),
}

impl From<&str> for SettingValue {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

/// The settings of one source. `Debug` shows no text.
#[derive(Clone, Debug)]
pub struct SourceConfig {
    account: String,
    values: BTreeMap<String, SettingValue>,
}

impl SourceConfig {
    /// A source that the user calls `account`, without any setting yet.
    pub fn new(account: impl Into<String>) -> Self {
        Self { account: account.into(), values: BTreeMap::new() }
    }

    /// Sets `key`.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl Into<SettingValue>) -> Self {
        self.values.insert(key.into(), value.into());
        self
    }

    /// Sets `key` to a list of texts.
    #[must_use]
    pub fn with_list(self, key: impl Into<String>, texts: &[&str]) -> Self {
        self.with(key, SettingValue::List(texts.iter().map(|text| (*text).into()).collect()))
    }

    /// The name the user gave the source.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The text of `key`; `None` when it is not set.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.values.get(key)? {
            SettingValue::Text(text) => Some(text.expose_secret()),
            _ => None,
        }
    }

    /// The text of `key`, which has to be set.
    ///
    /// # Errors
    ///
    /// [`OpenError`] naming the key when it is not.
    pub fn require(&self, key: &'static str) -> Result<&str, OpenError> {
        self.text(key).ok_or_else(|| OpenError::new(key, "is missing", format!("set {key}")))
    }

    /// The texts of `key`; empty when it is not set.
    pub fn list(&self, key: &str) -> Vec<&str> {
        match self.values.get(key) {
            Some(SettingValue::List(texts)) => texts.iter().map(|t| t.expose_secret()).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether `key` is set and true.
    pub fn flag(&self, key: &str) -> bool {
        matches!(self.values.get(key), Some(SettingValue::Flag(true)))
    }

    /// The number of `key`; `None` when it is not set.
    pub fn number(&self, key: &str) -> Option<f64> {
        match self.values.get(key)? {
            SettingValue::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The whole number of `key`; `None` when it is not set.
    ///
    /// # Errors
    ///
    /// [`OpenError`] naming the key when the number is negative, has a
    /// fraction, or is above 10000.
    pub fn count(&self, key: &'static str) -> Result<Option<u16>, OpenError> {
        let Some(number) = self.number(key) else {
            return Ok(None);
        };
        match (0..=10_000).find(|whole| f64::from(*whole) == number) {
            Some(whole) => Ok(Some(whole)),
            None => {
                Err(OpenError::new(key, "has to be a whole number", "write one from 0 to 10000"))
            }
        }
    }

    /// The time of `key`; `None` when it is not set.
    pub fn span(&self, key: &str) -> Option<Duration> {
        match self.values.get(key)? {
            SettingValue::Span(span) => Some(*span),
            _ => None,
        }
    }
}

/// A source cannot be opened with the settings it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenError {
    key: Option<&'static str>,
    problem: String,
    cure: String,
}

impl OpenError {
    /// The setting `key` is the problem. Neither text may hold a value of it.
    pub fn new(key: &'static str, problem: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { key: Some(key), problem: problem.into(), cure: cure.into() }
    }

    /// No single setting is the problem.
    pub fn general(problem: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { key: None, problem: problem.into(), cure: cure.into() }
    }

    /// The setting at fault; `None` when it is not one alone.
    pub fn key(&self) -> Option<&'static str> {
        self.key
    }

    /// What is wrong, as a clause that follows the name of the setting.
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// What to do.
    pub fn cure(&self) -> &str {
        &self.cure
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key {
            Some(key) => write!(f, "{key} {}: {}", self.problem, self.cure),
            None => write!(f, "{}: {}", self.problem, self.cure),
        }
    }
}

impl Error for OpenError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_config_does_not_show_its_texts() {
        let config = SourceConfig::new("clinic").with("api_key", "sk-very-secret");
        assert_eq!(config.text("api_key"), Some("sk-very-secret"));
        assert!(!format!("{config:?}").contains("very"));
    }
}
