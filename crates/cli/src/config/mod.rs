//! The configuration file `callfold.toml`: its location, its content, and the sources it defines.

mod bounded;
mod document;
mod json;
mod parse;
mod search;
mod trust;
mod value;

pub(crate) use bounded::kill_running_command;
pub use document::{ConfigError, Document};
pub(crate) use parse::{
    ACCOUNT_RULE, RATE, STREAM_SETTINGS, closest, is_account, parse_fixed_rate, suggest, variable,
};
pub(crate) use search::{FILE_NAME, VARIABLE, has_user_directory, locate, searched};
pub(crate) use value::resolve;
pub use value::{ResolveFn, StringSource};

use crate::output::text::shown_value;
use callfold_reader::{
    MAPPING_SETTINGS, SettingKind, SettingValue, Source, SourceConfig, VendorEntry,
};
use search::{ConfigSource, Location};
use secrecy::{ExposeSecret, SecretString};
use std::{ops::Range, path::Path};

/// A parsed configuration file.
#[derive(Debug)]
pub struct Config {
    document: Document,
    /// How to resolve strings from elsewhere.
    fetch: ResolveFn,
    /// Its sources, in the order of the file.
    pub sources: Vec<SourceEntry>,
    /// The key for hashing numbers and names, and its span.
    hash_key: Option<(Range<usize>, StringSource)>,
    /// The database of `sync`, and its span.
    database: Option<(Range<usize>, StringSource)>,
    /// The share of a sync's requests that re-read old calls, and its span.
    scrub: Option<(Range<usize>, String)>,
    /// The settings of `[streams]`, and their spans.
    streams: Vec<(&'static str, Range<usize>, SettingInput)>,
}

/// A source of a configuration, not opened yet.
#[derive(Debug)]
pub struct SourceEntry {
    /// The name the user gave it.
    pub(crate) account: String,
    pub(crate) vendor: &'static VendorEntry,
    /// The span of its name.
    span: Range<usize>,
    values: Vec<(&'static str, Range<usize>, SettingInput)>,
}

/// The value of a setting, not resolved yet.
#[derive(Debug)]
enum SettingInput {
    Text(StringSource),
    List(Vec<StringSource>),
    Flag(bool),
    Number(f64),
    FixedRate(f64),
    Span(StringSource),
}

/// The value of a setting that is no secret, for its error. What comes from elsewhere is not shown:
/// it can be a key that was put in the wrong place.
fn shown(key: &str, value: &SettingInput) -> Option<String> {
    let setting = MAPPING_SETTINGS.iter().find(|setting| setting.key == key)?;
    match (setting.kind, value) {
        (SettingKind::Text, SettingInput::Text(StringSource::Literal(text))) => {
            Some(shown_value(text.expose_secret()))
        }
        _ => None,
    }
}

/// Loads the configuration that [`locate`] finds. One that others can change is refused unless it is
/// trusted.
pub(crate) fn load(named: Option<&Path>, is_trusted: bool) -> Result<Option<Config>, ConfigError> {
    let Some(Location { path, origin }) = locate(named) else { return Ok(None) };
    match origin {
        ConfigSource::Option => {}
        ConfigSource::Variable if !search::exists(&path) => {
            let help = "correct CALLFOLD_CONFIG, or unset it to search for callfold.toml";
            let problem = format!("does not exist, but {VARIABLE} names it");
            return Err(ConfigError::of_file(&path, problem, help));
        }
        _ => check_kind(&path)?,
    }
    tracing::info!(path = %path.display(), "reading the configuration");
    Config::of(Document::read(&path, is_trusted)?, resolve).map(Some)
}

/// Loads the configuration that an engine passes. Whoever can edit it there could run commands as
/// the engine's user, so a value must be in the file itself unless the file is trusted.
pub(crate) fn load_from_engine(path: &Path, is_trusted: bool) -> Result<Config, ConfigError> {
    let literal_only: ResolveFn = |text, _| match text {
        StringSource::Literal(text) => Ok(text.clone()),
        _ => Err((
            "refers to an environment variable, a file or a command".to_owned(),
            "write the value itself, or trust whoever can edit this configuration with \
             --trust-config"
                .to_owned(),
        )),
    };
    Config::of(Document::read(path, true)?, if is_trusted { resolve } else { literal_only })
}

/// The accounts of the configuration in use and their vendors, without values from elsewhere; none
/// if it cannot be read.
pub(crate) fn account_names() -> Vec<(String, &'static str)> {
    let literal: ResolveFn = |text, _| match text {
        StringSource::Literal(text) => Ok(text.clone()),
        _ => Err((String::new(), String::new())),
    };
    let sources = load_quietly(literal).map(|config| config.sources).unwrap_or_default();
    sources.into_iter().map(|source| (source.account, source.vendor.name)).collect()
}

/// The sources of the configuration in use that can be opened without running a command.
pub(crate) fn sources_without_commands() -> Vec<Box<dyn Source>> {
    let fetch: ResolveFn = |text, directory| match text {
        StringSource::Command(..) => Err((String::new(), String::new())),
        _ => resolve(text, directory),
    };
    let open = |config: Config| -> Vec<_> {
        config.sources.iter().filter_map(|source| config.open(source).ok()).collect()
    };
    load_quietly(fetch).map(open).unwrap_or_default()
}

/// The configuration in use, for completions; none if it cannot be read.
fn load_quietly(fetch: ResolveFn) -> Option<Config> {
    let found = locate(None).filter(|found| found.path.is_file())?;
    Config::of(Document::read(&found.path, false).ok()?, fetch).ok()
}

/// Refuses a pipe or device found by search, which would block the reader. A file named by
/// `--config` may be a pipe: `--config <(…)`.
fn check_kind(path: &Path) -> Result<(), ConfigError> {
    match path.metadata() {
        Ok(found) if !found.is_file() && !found.is_dir() => {
            let help = "make it a file, or name another one with --config";
            Err(ConfigError::of_file(path, "is not a file", help))
        }
        _ => Ok(()),
    }
}

impl Config {
    /// Parses a file; `fetch` fetches texts from elsewhere.
    pub fn of(document: Document, fetch: ResolveFn) -> Result<Self, ConfigError> {
        parse::parse(document, fetch)
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        self.document.path()
    }

    /// Fetches the key for hashing numbers and names.
    pub fn hash_key(&self) -> Result<Option<SecretString>, ConfigError> {
        self.single("privacy.hash_key", &self.hash_key)
    }

    /// Fetches the name of the database of `sync`, which may contain a password.
    pub fn database(&self) -> Result<Option<SecretString>, ConfigError> {
        self.single("sync.db", &self.database)
    }

    /// The share of a sync's requests that re-read old calls, parsed by `parse`.
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

    /// The value of a setting of `[streams]`, read by `read`, which returns what is wrong and help.
    pub(crate) fn stream_setting<T>(
        &self,
        key: &str,
        read: impl FnOnce(&SettingValue) -> Result<T, (String, String)>,
    ) -> Result<Option<T>, ConfigError> {
        let Some((_, span, value)) = self.streams.iter().find(|(name, ..)| *name == key) else {
            return Ok(None);
        };
        let value = self.value(value).and_then(|value| read(&value));
        value.map(Some).map_err(|(problem, help)| {
            self.document.error(span.clone(), Some(format!("streams.{key}")), problem, help)
        })
    }

    /// The directory that relative paths start at.
    pub(crate) fn directory(&self) -> &Path {
        self.document.directory()
    }

    fn single(
        &self,
        key: &str,
        value: &Option<(Range<usize>, StringSource)>,
    ) -> Result<Option<SecretString>, ConfigError> {
        let Some((span, text)) = value else { return Ok(None) };
        let text = (self.fetch)(text, self.document.directory()).map_err(|(problem, help)| {
            self.document.error(span.clone(), Some(key.to_owned()), problem, help)
        })?;
        Ok(Some(text))
    }

    /// Fetches the values of a source and opens it, without a request.
    pub fn open(&self, source: &SourceEntry) -> Result<Box<dyn Source>, ConfigError> {
        let key = |name: &str| Some(format!("sources.{}.{name}", source.account));
        let mut config = SourceConfig::new(&source.account);
        for (name, span, value) in &source.values {
            let value = self.value(value).map_err(|(problem, help)| {
                self.document.error(span.clone(), key(name), problem, help)
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
            let shown = at.and_then(|(name, _, value)| shown(name, value)).unwrap_or_default();
            let problem = format!("{}{shown}", error.problem());
            self.document.error(span, Some(key), problem, error.help())
        })
    }

    fn value(&self, value: &SettingInput) -> Result<SettingValue, value::ResolveError> {
        let directory = self.document.directory();
        Ok(match value {
            SettingInput::Text(text) => SettingValue::Text((self.fetch)(text, directory)?),
            SettingInput::List(texts) => SettingValue::List(
                texts.iter().map(|text| (self.fetch)(text, directory)).collect::<Result<_, _>>()?,
            ),
            SettingInput::Flag(flag) => SettingValue::Flag(*flag),
            SettingInput::Number(number) => SettingValue::Number(*number),
            SettingInput::FixedRate(rate) => SettingValue::FixedRate(*rate),
            SettingInput::Span(text) => {
                let span =
                    humantime::parse_duration((self.fetch)(text, directory)?.expose_secret());
                SettingValue::Span(span.map_err(|_| {
                    ("is not a duration".to_owned(), "write \"30s\" or \"2m\"".to_owned())
                })?)
            }
        })
    }
}
