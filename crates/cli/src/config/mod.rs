//! `callfold.toml`: where it is, what it says, and the sources it opens.

mod document;
mod parse;
mod value;

pub(crate) use document::ConfigError;
pub(crate) use parse::{did_you_mean, variable};

use callfold_reader::{SettingValue, Source, SourceConfig, VendorEntry};
use document::Document;
use etcetera::BaseStrategy;
use secrecy::ExposeSecret;
use std::{
    ops::Range,
    path::{Path, PathBuf},
};
use value::{Text, resolve};

/// The name of the file.
pub(crate) const FILE_NAME: &str = "callfold.toml";

/// A configuration file, understood.
#[derive(Debug)]
pub(crate) struct Config {
    document: Document,
    /// Its sources, in the order of the file.
    pub(crate) sources: Vec<SourceEntry>,
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

/// The configuration that holds: the file named, or the one in the working
/// directory, or the one in the user's configuration directory.
pub(crate) fn load(named: Option<&Path>) -> Result<Option<Config>, ConfigError> {
    let path = match named {
        Some(path) => Some(path.to_owned()),
        None => search_path().into_iter().find(|path| path.exists()),
    };
    path.map(|path| {
        tracing::info!(path = %path.display(), "reading the configuration");
        parse::parse(Document::read(&path)?)
    })
    .transpose()
}

/// Where the file is looked for, in order.
pub(crate) fn search_path() -> Vec<PathBuf> {
    let mut paths = vec![PathBuf::from(FILE_NAME)];
    if let Ok(base) = etcetera::choose_base_strategy() {
        paths.push(base.config_dir().join("callfold").join(FILE_NAME));
    }
    paths
}

impl Config {
    /// The file.
    pub(crate) fn path(&self) -> &Path {
        self.document.path()
    }

    /// Fetches the values of one source and opens it. Makes no request.
    pub(crate) fn open(&self, source: &SourceEntry) -> Result<Box<dyn Source>, ConfigError> {
        let key = |name: &str| Some(format!("sources.{}.{name}", source.account));
        let mut config = SourceConfig::new(&source.account);
        for (name, span, value) in &source.values {
            let value = self.fetch(value).map_err(|(problem, cure)| {
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
            self.document.error(span, Some(key), error.problem(), error.cure())
        })
    }

    fn fetch(&self, value: &Value) -> Result<SettingValue, value::Unresolved> {
        let directory = self.document.directory();
        Ok(match value {
            Value::Text(text) => SettingValue::Text(resolve(text, directory)?),
            Value::List(texts) => SettingValue::List(
                texts.iter().map(|text| resolve(text, directory)).collect::<Result<_, _>>()?,
            ),
            Value::Flag(flag) => SettingValue::Flag(*flag),
            Value::Number(number) => SettingValue::Number(*number),
            Value::Span(text) => {
                let span = humantime::parse_duration(resolve(text, directory)?.expose_secret());
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
