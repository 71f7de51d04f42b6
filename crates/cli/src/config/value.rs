//! A string of the configuration: literal, or fetched from elsewhere.

use super::{
    bounded::{self, CommandOutput},
    document::{ConfigError, Document},
};
use crate::output::text::{fit, sanitise};
use callfold_reader::text::io_reason;
use secrecy::SecretString;
use std::{
    ops::Range,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// Where a configured string comes from.
#[derive(Clone, Debug)]
pub enum StringSource {
    /// In the configuration itself.
    Literal(SecretString),
    /// In an environment variable.
    Env(String),
    /// In a file.
    File(String),
    /// In the output of a command, which may run this long.
    Command(SecretString, Duration),
}

/// Most bytes of one value: no key is as long.
const MAX_BYTES: usize = 64 * 1024;

/// The timeout of a command without its own.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The forms of a string, for errors.
const FORMS: &str =
    "write \"text\", { env = \"NAME\" }, { file = \"PATH\" } or { command = \"…\" }";

/// Parses a string, or a table that refers to one.
pub(crate) fn parse_text(
    document: &Document,
    key: &str,
    value: &Spanned<DeValue<'_>>,
) -> Result<StringSource, ConfigError> {
    match value.get_ref() {
        DeValue::String(text) if text.is_empty() => {
            Err(document.error(value.span(), Some(key.to_owned()), "is empty", FORMS))
        }
        DeValue::String(text) if text.len() > MAX_BYTES => {
            Err(document.error(value.span(), Some(key.to_owned()), "is too long", FORMS))
        }
        DeValue::String(text) => Ok(StringSource::Literal(text.as_ref().into())),
        DeValue::Table(table) => parse_reference(document, key, value.span(), table),
        other => Err(document.error(
            value.span(),
            Some(key.to_owned()),
            format!("must be a string, not {}", article(other.type_str())),
            FORMS,
        )),
    }
}

fn parse_reference(
    document: &Document,
    key: &str,
    span: Range<usize>,
    table: &DeTable<'_>,
) -> Result<StringSource, ConfigError> {
    let wrong = |span, problem: String| document.error(span, Some(key.to_owned()), problem, FORMS);
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    let mut limit = None;
    if table.iter().any(|(name, _)| name.get_ref() == "command") {
        entries.retain(|(name, value)| {
            let is_limit = name.get_ref() == "timeout";
            limit = limit.or(is_limit.then_some(*value));
            !is_limit
        });
    }
    let [(name, target)] = entries.as_slice() else {
        return Err(wrong(span, "must have exactly one of env, file and command".to_owned()));
    };
    let form = name.get_ref().as_ref();
    let DeValue::String(text) = target.get_ref() else {
        return Err(wrong(target.span(), format!("has {} that is not a string", article(form))));
    };
    if text.is_empty() {
        return Err(wrong(target.span(), format!("has an empty {form}")));
    }
    match form {
        "env" => Ok(StringSource::Env(text.to_string())),
        "file" => Ok(StringSource::File(text.to_string())),
        "command" => {
            let limit = limit.map_or(Some(TIMEOUT), |limit| parse_limit(limit.get_ref()));
            let Some(limit) = limit else {
                let problem = "has a timeout that is not a duration".to_owned();
                let help = "write timeout = \"30s\" or \"2m\"";
                return Err(document.error(span, Some(key.to_owned()), problem, help));
            };
            Ok(StringSource::Command(text.as_ref().into(), limit))
        }
        other => Err(wrong(name.span(), format!("cannot be read from `{}`", short(other)))),
    }
}

fn parse_limit(value: &DeValue<'_>) -> Option<Duration> {
    let limit = humantime::parse_duration(value.as_str()?.trim()).ok()?;
    (!limit.is_zero()).then_some(limit)
}

/// Why a string could not be resolved: the problem and help.
pub(crate) type ResolveError = (String, String);

/// Resolves a string; relative paths start at the directory.
pub type ResolveFn = fn(&StringSource, &Path) -> Result<SecretString, ResolveError>;

/// Resolves a string.
pub(crate) fn resolve(text: &StringSource, directory: &Path) -> Result<SecretString, ResolveError> {
    match text {
        StringSource::Literal(text) => Ok(text.clone()),
        StringSource::Env(name) => resolve_env(name),
        StringSource::File(path) => resolve_file(path, directory),
        StringSource::Command(command, limit) => {
            resolve_command(secrecy::ExposeSecret::expose_secret(command), *limit)
        }
    }
}

fn resolve_env(name: &str) -> Result<SecretString, ResolveError> {
    let shown = shown(name);
    let help = || format!("export {shown}, or read the value from a file or a command");
    match std::env::var(name) {
        Ok(text) if !text.is_empty() => Ok(text.into()),
        Ok(_) => Err((format!("is missing: the environment variable {shown} is empty"), help())),
        Err(std::env::VarError::NotPresent) => {
            Err((format!("is missing: the environment variable {shown} is not set"), help()))
        }
        Err(std::env::VarError::NotUnicode(_)) => {
            Err((format!("is not text: the environment variable {shown} is not UTF-8"), help()))
        }
    }
}

fn resolve_file(path: &str, directory: &Path) -> Result<SecretString, ResolveError> {
    let full = match path.strip_prefix("~/") {
        Some(below) => {
            etcetera::home_dir().map_or_else(|_| PathBuf::from(path), |home| home.join(below))
        }
        None => directory.join(path),
    };
    let help = "check the path; relative paths start at the configuration file".to_owned();
    match bounded::read(&full, MAX_BYTES as u64) {
        Ok(Some(bytes)) => one_text(bytes, &format!("the file {}", shown(path)), help),
        Ok(None) => {
            Err((format!("is not a single value: the file {} is too large", shown(path)), help))
        }
        Err(error) => {
            let (path, reason) = (shown(path), io_reason(&error));
            Err((format!("is missing: the file {path} cannot be read: {reason}"), help))
        }
    }
}

fn resolve_command(command: &str, limit: Duration) -> Result<SecretString, ResolveError> {
    let mut shell = if cfg!(windows) { Command::new("cmd") } else { Command::new("sh") };
    shell.arg(if cfg!(windows) { "/C" } else { "-c" }).arg(command);
    let help = || "run the command in a shell to see what it prints".to_owned();
    let ended = bounded::run(&mut shell, limit, MAX_BYTES + 1)
        .map_err(|error| (format!("is missing: cannot start a shell: {error}"), help()))?;
    let Some(CommandOutput { status, stdout, stderr }) = ended else {
        let limit = humantime::format_duration(limit);
        let problem = format!("is missing: its command did not end within {limit}");
        let help = "find out why it hangs (it cannot prompt on the terminal), or allow more time \
                    with { command = \"…\", timeout = \"2m\" }";
        return Err((problem, help.to_owned()));
    };
    if status.success() {
        return match stdout.len() > MAX_BYTES {
            true => Err(("is not a single value: its command prints too much".to_owned(), help())),
            false => one_text(stdout, "its command", help()),
        };
    }
    let code = status.code().map_or("a signal".to_owned(), |code| format!("exit code {code}"));
    Err((
        format!("is missing: its command failed with {code}{}", last_line(&stderr, &stdout)),
        help(),
    ))
}

/// The last line of a failed command's stderr, without words of its stdout: they may be a part of
/// the secret.
fn last_line(stderr: &[u8], stdout: &[u8]) -> String {
    let (stderr, stdout) = (String::from_utf8_lossy(stderr), String::from_utf8_lossy(stdout));
    let Some(last) = stderr.trim().lines().last() else { return String::new() };
    let printed = stdout.split_whitespace().filter(|word| word.len() >= 4);
    let masked = printed.fold(last.to_owned(), |line, word| line.replace(word, "***"));
    format!(": {}", fit(&masked, 200))
}

/// The text without the line break at its end.
fn one_text(bytes: Vec<u8>, origin: &str, help: String) -> Result<SecretString, ResolveError> {
    let Ok(text) = String::from_utf8(bytes) else {
        return Err((format!("is not text: {origin} returns bytes that are not UTF-8"), help));
    };
    let trimmed = text.strip_suffix('\n').unwrap_or(&text);
    let trimmed = trimmed.strip_suffix('\r').unwrap_or(trimmed);
    if trimmed.is_empty() {
        return Err((format!("is missing: {origin} returns an empty text"), help));
    }
    let lines = trimmed.lines().count();
    if lines > 1 {
        return Err((format!("is not a single value: {origin} returns {lines} lines"), help));
    }
    Ok(trimmed.into())
}

/// A literal of the configuration, safe to print.
fn shown(text: &str) -> String {
    fit(&sanitise(text), 200).into_owned()
}

/// The type of a value, with its article.
pub(crate) fn article(kind: &str) -> String {
    let article = if kind.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {kind}")
}

/// A name, safe to print and cut if it is long.
pub(crate) fn short(name: &str) -> String {
    fit(&sanitise(name), 40).into_owned()
}
