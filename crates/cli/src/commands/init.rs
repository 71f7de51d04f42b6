//! `callfold init`: asks for sources, tries each, and writes the configuration.

use super::{find_call::with_help, vendors::section};
use crate::args::Global;
use crate::config::{
    ACCOUNT_RULE, Config, Document, FILE_NAME, is_account, resolve, suggest, variable,
};
use crate::failure::{ExitOutcome, Failure};
use crate::output::{Stderr, print, text::sanitise_lines, wrap_on_stderr};
use crate::sources::OpenSources;
use callfold_reader::{Need, Setting, SettingKind, VendorEntry, text::io_reason, vendors};
use std::{
    fs::OpenOptions,
    io::{self, BufRead as _, IsTerminal as _, Write as _},
    path::{Path, PathBuf},
};

/// Writes a configuration from what the user answers, or prints a template without a terminal.
pub(crate) async fn init(global: &Global, stderr: &Stderr) -> Result<ExitOutcome, Failure> {
    if !io::stdin().is_terminal() {
        print(&template())?;
        return Ok(ExitOutcome::Complete);
    }
    let path = global.config.clone().unwrap_or_else(|| PathBuf::from(FILE_NAME));
    if path.symlink_metadata().is_ok() {
        return Err(exists(&path));
    }
    let mut text = String::new();
    let mut accounts = Vec::new();
    loop {
        let (account, section) = ask_source(&accounts)?;
        let kept = match check(&section, &path).await {
            Ok(()) => {
                stderr.note("it works");
                true
            }
            Err(problem) => {
                stderr.error(problem);
                is_yes("Keep this source all the same?")?
            }
        };
        if kept {
            text.push_str(if text.is_empty() { "" } else { "\n" });
            text.push_str(&section);
            accounts.push(account);
        }
        if !is_yes(if accounts.is_empty() { "Try again?" } else { "Add another source?" })? {
            break;
        }
    }
    if accounts.is_empty() {
        return Err(Failure::failed("no source to write", ""));
    }
    write(&path, &text)?;
    let path = std::path::absolute(&path).unwrap_or(path);
    stderr.note(format!(
        "wrote {}; `callfold check` tries its sources, `callfold list` shows their calls",
        sanitise_lines(&path.display().to_string())
    ));
    Ok(ExitOutcome::Complete)
}

fn exists(path: &Path) -> Failure {
    Failure::usage(
        format!("{} exists already", path.display()),
        "edit it (`callfold vendors VENDOR` prints a section to add), or name another file with --config",
    )
}

/// Every vendor's section, commented out.
fn template() -> String {
    let mut text = format!(
        "# {FILE_NAME}: one section for each account. Remove the `# ` of a section to use it.\n\
         # A key comes from {{ env = \"NAME\" }}, {{ file = \"PATH\" }} or {{ command = \"…\" }}.\n"
    );
    for vendor in vendors() {
        text.push_str(&format!("\n# {}\n", vendor.title));
        for line in section(vendor).lines() {
            text.push_str(&format!("# {line}\n"));
        }
    }
    text
}

/// Asks for one source: its name and its section of the configuration.
fn ask_source(taken: &[String]) -> Result<(String, String), Failure> {
    let names: Vec<_> = vendors().iter().map(|vendor| vendor.name).collect();
    let list = names.join(", ");
    let vendor = ask(&format!("Vendor ({list})"), None, |name| {
        let found = vendors().iter().copied().find(|vendor| vendor.name == name);
        found.ok_or_else(|| suggest(name, names.iter().copied(), &format!("write one of {list}")))
    })?;
    let is_free = |name: &str| !taken.iter().any(|account| account == name);
    let default = Some(vendor.name).filter(|name| is_free(name));
    let account = ask("Name of the account, part of each call's id", default, |name| {
        match is_account(name) {
            true if is_free(name) => Ok(name.to_owned()),
            true => Err("another source has this name".to_owned()),
            false => Err(ACCOUNT_RULE.to_owned()),
        }
    })?;
    let mut section = format!("[sources.{}]\nvendor = \"{}\"\n", key(&account), vendor.name);
    for setting in required(vendor)? {
        let value = ask_value(vendor, setting)?;
        section.push_str(&format!("{} = {value}\n", setting.key));
    }
    Ok((account, section))
}

/// The settings that a source needs; of those that stand for each other the one chosen.
fn required(vendor: &VendorEntry) -> Result<Vec<&'static Setting>, Failure> {
    let mut chosen: Vec<&'static Setting> = Vec::new();
    let mut groups = Vec::new();
    for setting in vendor.settings {
        match setting.need {
            Need::Always => chosen.push(setting),
            Need::OneOf(group) if !groups.contains(&group) => {
                groups.push(group);
                let of_group = |other: &&Setting| other.need == Need::OneOf(group);
                let members: Vec<_> = vendor.settings.iter().filter(of_group).collect();
                let list: Vec<_> = members.iter().map(|setting| setting.key).collect();
                let list = list.join(", ");
                chosen.push(ask(&format!("Which of {list}"), Some(setting.key), |name| {
                    let found = members.iter().copied().find(|setting| setting.key == name);
                    found.ok_or_else(|| format!("write one of {list}"))
                })?);
            }
            _ => {}
        }
    }
    Ok(chosen)
}

/// Asks for the value of a setting, as TOML. A secret is never typed: only where it comes from.
fn ask_value(vendor: &VendorEntry, setting: &Setting) -> Result<String, Failure> {
    let title = format!("{} ({})", setting.key, setting.help);
    if setting.kind != SettingKind::Secret {
        return ask(&title, None, |text| match setting.kind {
            SettingKind::List => Ok(format!(
                "[{}]",
                text.split(',').map(|item| quoted(item.trim())).collect::<Vec<_>>().join(", ")
            )),
            _ => Ok(quoted(text)),
        });
    }
    let title =
        format!("{title}\n  name an environment variable, or write file:PATH or command:COMMAND");
    ask(&title, Some(&variable(vendor.name, setting.key)), |text| {
        let (kind, value) = match text.split_once(':') {
            Some((kind @ ("file" | "command"), value)) => (kind, value.trim()),
            _ => ("env", text),
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        match value {
            "" => Err("nothing stands behind the colon".to_owned()),
            _ if kind == "env" && !value.chars().all(is_name) => {
                Err("a variable's name has letters, digits and _ only; do not type the key itself"
                    .to_owned())
            }
            _ => Ok(format!("{{ {kind} = {} }}", quoted(value))),
        }
    })
}

/// The name of a table in TOML.
fn key(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    if name.chars().all(is_bare) { name.to_owned() } else { quoted(name) }
}

/// A text in TOML, which quotes as JSON does.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Asks until `parse` takes the answer; an empty one stands for `default`.
fn ask<T>(
    question: &str,
    default: Option<&str>,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<T, Failure> {
    loop {
        let hint = default.map(|default| format!(" [{default}]")).unwrap_or_default();
        let answer = read_line(&format!("{question}{hint}: "))?;
        let answer = match (answer.as_str(), default) {
            ("", Some(default)) => default,
            (answer, _) => answer,
        };
        match parse(answer) {
            Ok(value) => return Ok(value),
            Err(help) => prompt(&format!("  {}\n", sanitise_lines(&help)))?,
        }
    }
}

fn is_yes(question: &str) -> Result<bool, Failure> {
    ask(question, Some("no"), |answer| match answer.to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(true),
        "n" | "no" => Ok(false),
        _ => Err("write yes or no".to_owned()),
    })
}

/// Prints to standard error, so that standard output stays empty.
fn prompt(text: &str) -> Result<(), Failure> {
    let mut stderr = io::stderr().lock();
    let text = wrap_on_stderr(text);
    let written = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    written.map_err(|error| stopped(&io_reason(&error)))
}

fn read_line(question: &str) -> Result<String, Failure> {
    prompt(question)?;
    let mut line = String::new();
    match io::stdin().lock().read_line(&mut line) {
        Ok(0) => Err(stopped("the input has ended")),
        Ok(_) => Ok(line.trim().to_owned()),
        Err(error) => Err(stopped(&io_reason(&error))),
    }
}

fn stopped(reason: &str) -> Failure {
    Failure::failed(format!("nothing was written: {reason}"), "")
}

/// Opens the source of a section and sends one small request.
async fn check(section: &str, path: &Path) -> Result<(), String> {
    let document = Document::of(path, section.as_bytes().to_vec());
    let config = document.and_then(|document| Config::of(document, resolve));
    let config = config.map_err(|error| error.to_string())?;
    let Some(source) = config.sources.first() else { return Ok(()) };
    let source = config.open(source).map_err(|error| error.to_string())?;
    let result = source.check().await;
    let opened = OpenSources::of(config);
    result.map_err(|error| with_help(error.reason(), &error, &opened))
}

/// Writes a new file that only its owner can read.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => exists(path),
        _ => Failure::failed(
            format!("{} cannot be written: {}", path.display(), io_reason(&error)),
            "name another file with --config",
        ),
    })
}
