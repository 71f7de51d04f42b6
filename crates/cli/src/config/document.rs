//! The text of a configuration file, and errors that point into it.

use super::{bounded, json, trust};
use callfold_reader::{Setting, SettingKind, common_settings, text::io_reason};
use std::{
    error::Error,
    fmt,
    fs::File,
    ops::Range,
    path::{Path, PathBuf},
};

/// Most bytes of a configuration file.
const MAX_BYTES: u64 = 1024 * 1024;

/// The text of a configuration file.
#[derive(Debug)]
pub struct Document {
    path: PathBuf,
    /// As TOML.
    text: String,
    /// Whether the file is JSON, so that places in the text are not those in the file.
    is_json: bool,
}

impl Document {
    /// Reads a file. One that others can change is refused unless it is trusted.
    pub(crate) fn read(path: &Path, is_trusted: bool) -> Result<Self, ConfigError> {
        let opened = File::open(path);
        if let (Ok(file), false) = (&opened, is_trusted)
            && let Some((problem, help)) = trust::objection(path, file)
        {
            return Err(ConfigError::of_file(path, problem, help));
        }
        match opened.and_then(|file| bounded::read_file(file, MAX_BYTES)) {
            Ok(Some(bytes)) => Self::of(path, bytes),
            Ok(None) => {
                let help = "check the path: a configuration is much smaller";
                Err(ConfigError::of_file(path, "is larger than 1 MiB", help))
            }
            Err(error) => {
                let help = match error.kind() {
                    std::io::ErrorKind::NotFound if path.is_symlink() => {
                        "it is a dangling link: correct or remove it"
                    }
                    std::io::ErrorKind::NotFound => {
                        "check the path, or leave --config out to search for callfold.toml"
                    }
                    _ => "make it a readable file",
                };
                let problem = format!("cannot be read: {}", io_reason(&error));
                Err(ConfigError::of_file(path, problem, help))
            }
        }
    }

    /// Decodes the bytes of a file.
    pub fn of(path: &Path, bytes: Vec<u8>) -> Result<Self, ConfigError> {
        match String::from_utf8(bytes) {
            // No TOML begins like this.
            Ok(text) if text.trim_start().starts_with('{') => match json::to_toml(&text) {
                Ok(text) => Ok(Self { path: path.to_owned(), text, is_json: true }),
                Err(error) => {
                    let (line, column) = (error.line(), error.column());
                    let problem = format!("is not valid JSON at line {line}, column {column}");
                    Err(ConfigError::of_file(path, problem, "correct it"))
                }
            },
            Ok(text) => Ok(Self { path: path.to_owned(), text, is_json: false }),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                let document = Self { path: path.to_owned(), text, is_json: false };
                let problem = "is not UTF-8 text from here".to_owned();
                Err(document.syntax_error(at, problem, "save it as UTF-8"))
            }
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The directory that relative paths start at.
    pub(crate) fn directory(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// An error about text that cannot be parsed from `at` on. It shows no excerpt: the text can be
    /// anything, even a secret.
    pub(crate) fn syntax_error(&self, at: usize, problem: String, help: &str) -> ConfigError {
        ConfigError { excerpt: None, ..self.error(at..at, None, problem, help) }
    }

    /// An error about the key or value at `span`.
    pub(crate) fn error(
        &self,
        span: Range<usize>,
        key: Option<String>,
        problem: impl Into<String>,
        help: impl Into<String>,
    ) -> ConfigError {
        if self.is_json {
            let (problem, help) = (problem.into(), help.into());
            let place = self.path.display().to_string();
            return ConfigError { place, key, problem, help, excerpt: None };
        }
        let start = floor_char(&self.text, span.start);
        let line_start = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line = self.text[..start].matches('\n').count() + 1;
        let column = self.text[line_start..start].chars().count() + 1;
        let text = self.text[line_start..].lines().next().unwrap_or_default();
        let shown = without_values(text);
        let length = self.text.get(start..span.end).map_or(1, |text| text.chars().count().max(1));
        let room = shown.chars().count() + 1;
        let excerpt = (!shown.is_empty() && column < room).then(|| {
            let gutter = line.to_string().len();
            format!(
                "{:gutter$} |\n{line} | {shown}\n{:gutter$} | {:indent$}{}",
                "",
                "",
                "",
                "^".repeat(length.min(room - column)),
                indent = column - 1,
            )
        });
        ConfigError {
            place: format!("{}:{line}:{column}", self.path.display()),
            key,
            problem: problem.into(),
            help: help.into(),
            excerpt,
        }
    }
}

fn floor_char(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// The line without values that could be secret. Only a vendor's name, a setting of every vendor
/// that is a short text or a number, and a reference to an environment variable or a file stay.
fn without_values(line: &str) -> String {
    let line = line.trim_end();
    if line.trim_start().starts_with('[') {
        // What follows the name is a comment.
        let end = line.rfind(']').map_or(line.len(), |end| end + 1);
        let end = line.find('#').map_or(end, |comment| end.min(comment));
        let line = line[..end].trim_end();
        return if line.contains('=') { String::new() } else { line.to_owned() };
    }
    let Some((key, value)) = line.split_once('=') else {
        return String::new();
    };
    let rest = value.trim();
    let is_plain = |text: &str| {
        let quoted = text.trim().strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        quoted.is_some_and(|text| !text.contains(['"', ',', '=']))
    };
    let points = ["env", "file"].iter().any(|word| {
        let inner = rest.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        inner.is_some_and(|inner| {
            inner.split_once('=').is_some_and(|(name, text)| name.trim() == *word && is_plain(text))
        })
    });
    let names = is_plain(rest) || rest.bytes().all(|byte| byte.is_ascii_digit());
    // An address can hold a password.
    let is_shown =
        |setting: &Setting| setting.kind != SettingKind::List && setting.key != "base_url";
    let is_public = key.trim() == "scrub"
        || common_settings().any(|setting| setting.key == key.trim() && is_shown(setting));
    let is_value = |text: &str| {
        let bare = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".+-_".contains(&byte));
        text.len() <= 60 && (is_plain(text) || bare)
    };
    if points || (key.trim() == "vendor" && names) || (is_public && is_value(rest)) {
        line.to_owned()
    } else {
        format!("{key}= …")
    }
}

/// An error in the configuration: where, which key, and what to do. It holds no value that could
/// be secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    place: String,
    key: Option<String>,
    problem: String,
    help: String,
    excerpt: Option<String>,
}

impl ConfigError {
    /// An error about the whole file.
    pub(super) fn of_file(
        path: &Path,
        problem: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            place: path.display().to_string(),
            key: None,
            problem: problem.into(),
            help: help.into(),
            excerpt: None,
        }
    }

    /// An error in the settings of the built-in sandbox.
    pub(crate) fn sandbox(error: callfold_reader::OpenError) -> Self {
        Self {
            place: "the built-in sandbox".to_owned(),
            key: error.key().map(str::to_owned),
            problem: error.problem().to_owned(),
            help: error.help().to_owned(),
            excerpt: None,
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if let Some(key) = &self.key {
            write!(f, "{key} ")?;
        }
        write!(f, "{}", self.problem)?;
        if let Some(excerpt) = &self.excerpt {
            for line in excerpt.lines() {
                write!(f, "\n  {line}")?;
            }
        }
        write!(f, "\n  help: {}", self.help)
    }
}

impl Error for ConfigError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpt_never_holds_a_value_that_could_be_secret() {
        let cases = [
            ("[sources.a]", "[sources.a]"),
            ("[sources.a] # sk-live]", "[sources.a]"),
            ("api_key = \"sk-live\"", "api_key = …"),
            ("api_key = sk-live", "api_key = …"),
            ("api_key = { env = \"KEY\" }", "api_key = { env = \"KEY\" }"),
            ("api_key = { file = \"/run/key\" }", "api_key = { file = \"/run/key\" }"),
            ("api_key = { command = \"echo sk\" }", "api_key = …"),
            ("api_key = { env = \"A\", key = \"sk\" }", "api_key = …"),
            ("api_key = { env = [\"sk-live\"] }", "api_key = …"),
            ("api_key = { file = '\"sk\"' }", "api_key = …"),
            ("vendor = \"vani\"", "vendor = \"vani\""),
            ("timeout = \"soon\"", "timeout = \"soon\""),
            ("retries = 1.5", "retries = 1.5"),
            ("base_url = \"http://ann:sk@a.example\"", "base_url = …"),
            ("own_numbers = [\"+19195550100\"]", "own_numbers = …"),
            ("vendor = { fand = \"echo sk\" }", "vendor = …"),
            ("vendor = 'vani', key = \"sk\"", "vendor = …"),
            ("sources = { a = { api_key = \"sk\" } }", "sources = …"),
            ("sk-live\"\"\"", ""),
            ("[\"a\", \"+1919=\"]", ""),
        ];
        for (line, expect) in cases {
            assert_eq!(without_values(line), expect, "{line}");
        }
    }
}
