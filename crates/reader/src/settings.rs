//! What a source needs to be opened: a vendor's settings, and a user's values.
//!
//! Where values come from (files, environment) is up to the caller.

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use std::{collections::BTreeMap, error::Error, fmt, time::Duration};

/// One setting of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// The name in the configuration.
    pub key: &'static str,
    /// The type of its value.
    pub kind: SettingKind,
    /// Whether a source needs it.
    pub need: Need,
    /// What it does, as one clause without a final dot.
    pub help: &'static str,
}

/// The type of a setting's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SettingKind {
    /// A text.
    Text,
    /// A text that must not be shown.
    Secret,
    /// A list of texts.
    List,
    /// True or false.
    Flag,
    /// A length of time.
    Span,
    /// A number.
    Number,
    /// A number of requests a second: a ceiling, or a fixed rate.
    Rate,
}

/// Whether a source needs a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Need {
    /// The source cannot be opened without it.
    Always,
    /// The source needs exactly one of the settings of this group.
    OneOf(&'static str),
    /// The source can do without it.
    Optional,
}

impl Setting {
    /// A secret without which the source cannot be opened.
    pub const fn secret(key: &'static str, help: &'static str) -> Self {
        Self { key, kind: SettingKind::Secret, need: Need::Always, help }
    }

    /// A setting that the source can do without.
    pub const fn optional(key: &'static str, kind: SettingKind, help: &'static str) -> Self {
        Self { key, kind, need: Need::Optional, help }
    }
}

use SettingKind::{Flag, Number, Rate, Span, Text};

/// The settings that every source has, whatever its vendor.
pub fn common_settings() -> impl Iterator<Item = &'static Setting> {
    CONNECTION_SETTINGS.iter().chain(crate::MAPPING_SETTINGS)
}

/// The settings of the requests of every source.
const CONNECTION_SETTINGS: &[Setting] = &[
    Setting::optional("base_url", Text, "where the API is, if not at the vendor's own address"),
    Setting::optional("allow_http", Flag, "allow an address without TLS on another machine"),
    Setting::optional(
        "timeout",
        Span,
        "total time limit per request, retries included, such as \"90s\"; each attempt may use half",
    ),
    Setting::optional(
        "rate",
        Rate,
        "most requests that start in a second (200), such as 50; the pace is found below it; \
         \"50/s\" starts with this rate",
    ),
    Setting::optional("concurrency", Number, "most requests at once (64)"),
    Setting::optional("retries", Number, "most retries of a failed request"),
    Setting::optional(
        "retry_budget",
        Number,
        "most retries of all requests of a source before one succeeds; 20 or more by default",
    ),
];

/// The value of a setting. Every text is kept as a secret: it can be a key or a
/// telephone number.
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
    /// Of [`SettingKind::Number`]; of [`SettingKind::Rate`], a ceiling.
    Number(f64),
    /// Of [`SettingKind::Rate`]: a rate that is known to be allowed.
    FixedRate(f64),
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
    /// A source that the user calls `account`, without settings.
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

    /// The same settings without `key`.
    pub(crate) fn without(&self, key: &str) -> Self {
        let mut config = self.clone();
        config.values.remove(key);
        config
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

    /// The requests a second of `key`, and whether that is a fixed rate; `None`
    /// when it is not set.
    pub fn rate(&self, key: &str) -> Option<(f64, bool)> {
        match self.values.get(key)? {
            SettingValue::Number(rate) => Some((*rate, false)),
            SettingValue::FixedRate(rate) => Some((*rate, true)),
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
            None => Err(OpenError::new(key, "must be a whole number", "write one from 0 to 10000")),
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

/// A source cannot be opened with its settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenError {
    key: Option<&'static str>,
    problem: String,
    help: String,
}

impl OpenError {
    /// An error in the setting `key`. Neither text may hold its value.
    pub fn new(key: &'static str, problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self { key: Some(key), problem: problem.into(), help: help.into() }
    }

    /// An error in no single setting.
    pub fn general(problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self { key: None, problem: problem.into(), help: help.into() }
    }

    /// The setting at fault; `None` when it is not a single one.
    pub fn key(&self) -> Option<&'static str> {
        self.key
    }

    /// What is wrong, as a clause that follows the name of the setting.
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// What to do.
    pub fn help(&self) -> &str {
        &self.help
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key {
            Some(key) => write!(f, "{key} {}: {}", self.problem, self.help),
            None => write!(f, "{}: {}", self.problem, self.help),
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
