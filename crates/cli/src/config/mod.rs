//! `callfold.toml`: where it is, what it says, and the sources it opens.

mod bounded;
mod document;
mod parse;
mod search;
mod trust;
mod value;

pub(crate) use bounded::end_running_command;
pub(crate) use document::{ConfigError, Document};
pub(crate) use parse::{ACCOUNT_RULE, did_you_mean, is_account, variable};
pub(crate) use search::{FILE_NAME, VARIABLE, is_user_known, locate, searched};
pub(crate) use value::{Fetch, Text};

use callfold_reader::{SettingValue, Source, SourceConfig, VendorEntry};
use search::{Location, Origin};
use secrecy::{ExposeSecret, SecretString};
use std::{ops::Range, path::Path};
use value::resolve;

/// A configuration file, understood.
#[derive(Debug)]
pub(crate) struct Config {
    document: Document,
    /// How a text is had that stands elsewhere.
    fetch: Fetch,
    /// Its sources, in the order of the file.
    pub(crate) sources: Vec<SourceEntry>,
    /// What telephone numbers and names are hashed with, and where it stands.
    hash_key: Option<(Range<usize>, Text)>,
    /// The database that is synced into, and where it stands.
    database: Option<(Range<usize>, Text)>,
    /// Which share of a sync's requests reads old calls again, and where it
    /// stands.
    scrub: Option<(Range<usize>, String)>,
}

/// One source of a configuration, not opened yet.
#[derive(Debug)]
pub(crate) struct SourceEntry {
    /// The name the user gave it.
    pub(crate) account: String,
    pub(crate) vendor: &'static VendorEntry,
    /// Where its name stands.
    span: Range<usize>,
    values: Vec<(&'static str, Range<usize>, Value)>,
}

/// The value of a setting, not resolved yet.
#[derive(Debug)]
enum Value {
    Text(Text),
    List(Vec<Text>),
    Flag(bool),
    Number(f64),
    Span(Text),
}

/// The configuration that [`locate`] finds. One that others can change is
/// refused unless it is trusted.
pub(crate) fn load(named: Option<&Path>, is_trusted: bool) -> Result<Option<Config>, ConfigError> {
    let Some(Location { path, origin }) = locate(named) else { return Ok(None) };
    match origin {
        Origin::Option => {}
        Origin::Variable if !search::is_there(&path) => {
            let cure = "correct CALLFOLD_CONFIG, or unset it to search for callfold.toml";
            let problem = format!("is named by {VARIABLE}, and there is no such file");
            return Err(ConfigError::of_file(&path, problem, cure));
        }
        _ => check_kind(&path)?,
    }
    tracing::info!(path = %path.display(), "reading the configuration");
    Config::of(Document::read(&path, is_trusted)?, resolve).map(Some)
}

/// Refuses what was found where the file should be and would block whoever
/// reads it. One that was named may be a pipe: `--config <(…)`.
fn check_kind(path: &Path) -> Result<(), ConfigError> {
    match path.metadata() {
        Ok(found) if !found.is_file() && !found.is_dir() => {
            let cure = "make it a file, or name another one with --config";
            Err(ConfigError::of_file(path, "is not a file", cure))
        }
        _ => Ok(()),
    }
}

impl Config {
    /// Understands a file, whose texts from elsewhere `fetch` gives.
    pub(crate) fn of(document: Document, fetch: Fetch) -> Result<Self, ConfigError> {
        parse::parse(document, fetch)
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        self.document.path()
    }

    /// Fetches what telephone numbers and names are hashed with.
    pub(crate) fn hash_key(&self) -> Result<Option<SecretString>, ConfigError> {
        self.single("privacy.hash_key", &self.hash_key)
    }

    /// Fetches the name of the database that is synced into: a password can be
    /// part of it.
    pub(crate) fn database(&self) -> Result<Option<SecretString>, ConfigError> {
        self.single("sync.db", &self.database)
    }

    /// Which share of a sync's requests reads old calls again, as `parse`
    /// understands it; `None` where it does not say.
    pub(crate) fn scrub<T>(
        &self,
        parse: impl Fn(&str) -> Result<T, &'static str>,
    ) -> Result<Option<T>, ConfigError> {
        let Some((span, text)) = &self.scrub else { return Ok(None) };
        let share = parse(text).map_err(|help| {
            let key = Some("sync.scrub".to_owned());
            self.document.error(span.clone(), key, "is not a share of requests", help)
        })?;
        Ok(Some(share))
    }

    /// What a relative path in it is relative to.
    pub(crate) fn directory(&self) -> &Path {
        self.document.directory()
    }

    fn single(
        &self,
        key: &str,
        value: &Option<(Range<usize>, Text)>,
    ) -> Result<Option<SecretString>, ConfigError> {
        let Some((span, text)) = value else { return Ok(None) };
        let text = (self.fetch)(text, self.document.directory()).map_err(|(problem, cure)| {
            self.document.error(span.clone(), Some(key.to_owned()), problem, cure)
        })?;
        Ok(Some(text))
    }

    /// Fetches the values of one source and opens it. Makes no request.
    pub(crate) fn open(&self, source: &SourceEntry) -> Result<Box<dyn Source>, ConfigError> {
        let key = |name: &str| Some(format!("sources.{}.{name}", source.account));
        let mut config = SourceConfig::new(&source.account);
        for (name, span, value) in &source.values {
            let value = self.value(value).map_err(|(problem, cure)| {
                self.document.error(span.clone(), key(name), problem, cure)
            })?;
            config = config.with(*name, value);
        }
        (source.vendor.open)(&config).map_err(|error| {
            let at = source.values.iter().find(|(name, ..)| Some(*name) == error.key());
            let span = at.map_or_else(|| source.span.clone(), |(_, span, _)| span.clone());
            let key = error.key().map_or_else(
                || format!("sources.{}", source.account),
                |name| format!("sources.{}.{name}", source.account),
            );
            self.document.error(span, Some(key), error.problem(), error.help())
        })
    }

    fn value(&self, value: &Value) -> Result<SettingValue, value::Unresolved> {
        let directory = self.document.directory();
        Ok(match value {
            Value::Text(text) => SettingValue::Text((self.fetch)(text, directory)?),
            Value::List(texts) => SettingValue::List(
                texts.iter().map(|text| (self.fetch)(text, directory)).collect::<Result<_, _>>()?,
            ),
            Value::Flag(flag) => SettingValue::Flag(*flag),
            Value::Number(number) => SettingValue::Number(*number),
            Value::Span(text) => {
                let span =
                    humantime::parse_duration((self.fetch)(text, directory)?.expose_secret());
                SettingValue::Span(span.map_err(|_| {
                    (
                        "is not a length of time".to_owned(),
                        "write it as \"30s\" or \"2m\"".to_owned(),
                    )
                })?)
            }
        })
    }
}
