//! TOML to sources.

use super::{
    Config, SettingInput, SourceEntry,
    document::{ConfigError, Document},
    value::{ResolveFn, article, parse_text, short},
};
use callfold_reader::{Need, Setting, SettingKind, VendorEntry, common_settings, vendors};
use callfold_unify::json::is_terminal_control;
use secrecy::ExposeSecret;
use toml::{
    Spanned,
    de::{DeString, DeTable, DeValue},
};

type ConfigEntry<'a, 'i> = (&'a Spanned<DeString<'i>>, &'a Spanned<DeValue<'i>>);

/// The entries of a table in the order of the file.
fn in_order<'a, 'i>(table: &'a DeTable<'i>) -> Vec<ConfigEntry<'a, 'i>> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// Parses a file. Only the vendors' names are fetched yet.
pub(super) fn parse(document: Document, fetch: ResolveFn) -> Result<Config, ConfigError> {
    let table = DeTable::parse(document.text()).map_err(|error| syntax(&document, &error))?;
    let (mut sources, mut hash_key, mut database, mut scrub) = (None, None, None, None);
    let mut streams = Vec::new();
    for (key, value) in in_order(table.get_ref()) {
        if key.get_ref() == "privacy" {
            let table = section(&document, "privacy", "hash_key", value)?;
            for (key, value) in known_keys(&document, "privacy", &["hash_key"], table)? {
                hash_key = Some((value.span(), parse_text(&document, &key, value)?));
            }
            continue;
        }
        if key.get_ref() == "sync" {
            let table = section(&document, "sync", "db", value)?;
            for (key, value) in known_keys(&document, "sync", &["db", "scrub"], table)? {
                match key.as_str() {
                    "sync.db" => {
                        database = Some((value.span(), parse_text(&document, &key, value)?));
                    }
                    _ => scrub = Some((value.span(), parse_share(&document, &key, value)?)),
                }
            }
            continue;
        }
        if key.get_ref() == "streams" {
            let known: Vec<_> = STREAM_SETTINGS.iter().map(|setting| setting.key).collect();
            let table = section(&document, "streams", "since", value)?;
            for (key, value) in known_keys(&document, "streams", &known, table)? {
                let setting = STREAM_SETTINGS.iter().find(|it| key.ends_with(it.key));
                let Some(setting) = setting else { continue };
                let parsed = parse_value(&document, &key, setting, value)?;
                streams.push((setting.key, value.span(), parsed));
            }
            continue;
        }
        if key.get_ref() != "sources" {
            return Err(document.error(
                key.span(),
                Some(short(key.get_ref())),
                "is not a known section",
                match closest(key.get_ref(), ["sources", "privacy", "sync", "streams"]) {
                    Some("sources") => "did you mean [sources.NAME]?".to_owned(),
                    Some(name) => format!("did you mean [{name}]?"),
                    None => "each source is a section [sources.NAME]".to_owned(),
                },
            ));
        }
        sources = Some(match value.get_ref() {
            DeValue::Table(table) => in_order(table)
                .into_iter()
                .map(|(name, value)| parse_source(&document, fetch, name, value, &["vendor"]))
                .collect::<Result<Vec<_>, _>>()?,
            DeValue::Array(items) => parse_source_list(&document, fetch, items)?,
            _ => return Err(not_a_section(&document, "sources", SOURCE_HELP, value)),
        });
    }
    match sources {
        Some(sources) if !sources.is_empty() => {
            Ok(Config { document, fetch, sources, hash_key, database, scrub, streams })
        }
        _ => {
            let problem =
                if document.text().trim().is_empty() { "is empty" } else { "has no sources" };
            Err(document.syntax_error(0, problem.to_owned(), NO_SOURCE))
        }
    }
}

/// The table of a section, which can have the key `known`.
fn section<'a, 'i>(
    document: &Document,
    section: &str,
    known: &str,
    value: &'a Spanned<DeValue<'i>>,
) -> Result<&'a DeTable<'i>, ConfigError> {
    let DeValue::Table(table) = value.get_ref() else {
        let help = format!("write [{section}], and {known} below it");
        return Err(not_a_section(document, section, &help, value));
    };
    Ok(table)
}

/// The entries of a section by their full keys, which must all be in `known`.
fn known_keys<'a, 'i>(
    document: &Document,
    section: &str,
    known: &[&str],
    table: &'a DeTable<'i>,
) -> Result<Vec<(String, &'a Spanned<DeValue<'i>>)>, ConfigError> {
    let mut entries = Vec::new();
    for (key, value) in in_order(table) {
        let full = format!("{section}.{}", short(key.get_ref()));
        if !known.contains(&key.get_ref().as_ref()) {
            let help = format!("valid keys: {}", known.join(", "));
            let problem = "is not a known key";
            return Err(document.error(key.span(), Some(full), problem, help));
        }
        entries.push((full, value));
    }
    Ok(entries)
}

/// A share of requests, as text: `"5%"`, or a bare 0.
fn parse_share(
    document: &Document,
    key: &str,
    value: &Spanned<DeValue<'_>>,
) -> Result<String, ConfigError> {
    match value.get_ref() {
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(number) if number.as_str() == "0" => Ok("0".to_owned()),
        _ => {
            let help = "write it as \"5%\", or 0 to turn it off";
            let problem = "is not a share of requests";
            Err(document.error(value.span(), Some(key.to_owned()), problem, help))
        }
    }
}

/// The settings of `[streams]`: what `callfold airbyte` and `callfold singer` read.
pub(crate) const STREAM_SETTINGS: &[Setting] = &[
    Setting::optional(
        "since",
        SettingKind::Text,
        "read calls that started at this time or later: a date, an RFC 3339 time, or a span such as \
         \"90d\"; all calls by default",
    ),
    Setting::optional(
        "detail",
        SettingKind::List,
        "details to fetch beyond the list, where they cost a request for each call: full, or any of \
         transcript, recording, analysis, metrics, diagnostics, actions",
    ),
    Setting::optional("raw", SettingKind::Flag, "add the vendor's records to the streams"),
    Setting::optional(
        "lookback",
        SettingKind::Span,
        "re-read window before the newest call that was read, such as \"3d\" (the default)",
    ),
];

const NO_SOURCE: &str = "add a section [sources.NAME] with a vendor and its key, as printed by `callfold vendors VENDOR`, or use --sandbox";

const SOURCE_HELP: &str = "write [sources.NAME], and the settings of the source below it";

fn syntax(document: &Document, error: &toml::de::Error) -> ConfigError {
    let at = error.span().map_or(0, |span| span.start);
    let message = error.message().lines().next().unwrap_or_default();
    let help = if message.contains("duplicate key") {
        "give every source its own name, and write every key once"
    } else {
        "write `key = \"text\"` below a section [sources.NAME]"
    };
    document.syntax_error(at, format!("is not valid TOML: {message}"), help)
}

fn not_a_section(
    document: &Document,
    key: &str,
    help: &str,
    value: &Spanned<DeValue<'_>>,
) -> ConfigError {
    let problem = format!("must be a section, not {}", article(value.get_ref().type_str()));
    document.error(value.span(), Some(key.to_owned()), problem, help)
}

/// Whether a source can have this name.
pub(crate) fn is_account(name: &str) -> bool {
    !name.is_empty()
        && name.chars().count() <= 100
        && !name.contains([':', ','])
        && !name.contains(is_terminal_control)
}

/// The rule of [`is_account`].
pub(crate) const ACCOUNT_RULE: &str = "use 1 to 100 characters without colons, commas and control characters; the name is part of each call's id";

/// The sources of a list, each with its name: forms such as Airbyte's have no tables with free keys.
fn parse_source_list(
    document: &Document,
    fetch: ResolveFn,
    items: &[Spanned<DeValue<'_>>],
) -> Result<Vec<SourceEntry>, ConfigError> {
    let mut sources: Vec<SourceEntry> = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let wrong = |span, problem: &str, help: &str| {
            Err(document.error(span, Some(format!("sources[{at}].name")), problem, help))
        };
        let name = match item.get_ref() {
            DeValue::Table(table) => table.iter().find(|(key, _)| key.get_ref() == "name"),
            _ => None,
        };
        let Some((_, name)) = name else {
            return wrong(item.span(), "is missing", "give each source of the list a name");
        };
        let DeValue::String(text) = name.get_ref() else {
            return wrong(name.span(), "must be a string", "write the source's name in quotes");
        };
        if sources.iter().any(|source| source.account == text.as_ref()) {
            return wrong(name.span(), "is the name of another source", "give each its own name");
        }
        let name = Spanned::new(name.span(), text.clone());
        sources.push(parse_source(document, fetch, &name, item, &["vendor", "name"])?);
    }
    Ok(sources)
}

/// Parses the settings of a source; `own_keys` are not settings.
fn parse_source(
    document: &Document,
    fetch: ResolveFn,
    name: &Spanned<DeString<'_>>,
    value: &Spanned<DeValue<'_>>,
    own_keys: &[&str],
) -> Result<SourceEntry, ConfigError> {
    let account = name.get_ref().as_ref();
    let path = format!("sources.{}", short(account));
    if !is_account(account) {
        return Err(document.error(
            name.span(),
            Some(path),
            "is not a valid source name",
            ACCOUNT_RULE,
        ));
    }
    let DeValue::Table(table) = value.get_ref() else {
        return Err(not_a_section(document, &path, SOURCE_HELP, value));
    };
    let vendor = parse_vendor(document, fetch, &path, name, table)?;
    let mut source =
        SourceEntry { account: account.to_owned(), vendor, span: name.span(), values: Vec::new() };
    let is_setting = |(key, _): &ConfigEntry<'_, '_>| !own_keys.contains(&key.get_ref().as_ref());
    for (key, value) in in_order(table).into_iter().filter(is_setting) {
        let full = format!("{path}.{}", short(key.get_ref()));
        let setting = source
            .settings()
            .find(|setting| setting.key == key.get_ref())
            .ok_or_else(|| unknown_key(document, &source, &full, key))?;
        let parsed = parse_value(document, &full, setting, value)?;
        source.values.push((setting.key, value.span(), parsed));
    }
    check_needs(document, &path, &source)?;
    Ok(source)
}

fn parse_vendor(
    document: &Document,
    fetch: ResolveFn,
    path: &str,
    name: &Spanned<DeString<'_>>,
    table: &DeTable<'_>,
) -> Result<&'static VendorEntry, ConfigError> {
    let known = || vendors().iter().map(|vendor| vendor.name);
    let list = || known().collect::<Vec<_>>().join(", ");
    let key = format!("{path}.vendor");
    let Some(value) = table.iter().find_map(|(k, v)| (k.get_ref() == "vendor").then_some(v)) else {
        let help = format!("add `vendor = \"…\"` with one of {}", list());
        return Err(document.error(name.span(), Some(key), "is missing", help));
    };
    let text = parse_text(document, &key, value)?;
    let text = fetch(&text, document.directory()).map_err(|(problem, help)| {
        document.error(value.span(), Some(key.clone()), problem, help)
    })?;
    let text = text.expose_secret();
    vendors().iter().copied().find(|vendor| vendor.name == text).ok_or_else(|| {
        let help = suggest(text, known(), &format!("available: {}", list()));
        document.error(value.span(), Some(key), "is not a known vendor", help)
    })
}

fn unknown_key(
    document: &Document,
    source: &SourceEntry,
    full: &str,
    key: &Spanned<DeString<'_>>,
) -> ConfigError {
    let names: Vec<_> = source.settings().map(|setting| setting.key).collect();
    let list = format!("valid keys of {}: vendor, {}", source.vendor.name, names.join(", "));
    let help = suggest(key.get_ref(), names.iter().copied().chain(["vendor"]), &list);
    document.error(key.span(), Some(full.to_owned()), "is not a known key", help)
}

fn parse_value(
    document: &Document,
    full: &str,
    setting: &Setting,
    value: &Spanned<DeValue<'_>>,
) -> Result<SettingInput, ConfigError> {
    let wrong = |span, problem: &str, help: &str| {
        Err(document.error(span, Some(full.to_owned()), problem, help))
    };
    match (setting.kind, value.get_ref()) {
        (SettingKind::Flag, DeValue::Boolean(flag)) => Ok(SettingInput::Flag(*flag)),
        (SettingKind::Flag, _) => {
            wrong(value.span(), "must be true or false", "write true or false, without quotes")
        }
        (SettingKind::List, DeValue::Array(items)) => items
            .iter()
            .map(|item| parse_text(document, full, item))
            .collect::<Result<_, _>>()
            .map(SettingInput::List),
        (SettingKind::List, _) => {
            wrong(value.span(), "must be a list", "write [\"first\", \"second\"]")
        }
        (SettingKind::Number | SettingKind::Rate, DeValue::Integer(number)) => {
            parse_number(number.as_str())
                .map_or_else(|| wrong(value.span(), "must be a number", NUMBER), Ok)
        }
        (SettingKind::Number | SettingKind::Rate, DeValue::Float(number)) => {
            parse_number(number.as_str())
                .map_or_else(|| wrong(value.span(), "must be a number", NUMBER), Ok)
        }
        (SettingKind::Rate, DeValue::String(text)) => match parse_fixed_rate(text) {
            Some(rate) => Ok(SettingInput::FixedRate(rate)),
            None => wrong(value.span(), "is not a rate", RATE),
        },
        (SettingKind::Rate, _) => wrong(value.span(), "must be a number or a rate", RATE),
        (SettingKind::Number, _) => wrong(value.span(), "must be a number", NUMBER),
        (SettingKind::Span, DeValue::String(_) | DeValue::Table(_)) => {
            Ok(SettingInput::Span(parse_text(document, full, value)?))
        }
        (SettingKind::Span, other) => {
            let problem = format!("must be a duration, not {}", article(other.type_str()));
            wrong(
                value.span(),
                &problem,
                "write it in quotes with its unit, as in \"30s\" or \"2m\"",
            )
        }
        (SettingKind::Text, DeValue::String(text)) if text.is_empty() => {
            wrong(value.span(), "is empty", &format!("remove the line, or set {}", setting.help))
        }
        _ => Ok(SettingInput::Text(parse_text(document, full, value)?)),
    }
}

const NUMBER: &str = "write it without quotes, as in 2 or 0.5";

pub(crate) const RATE: &str =
    "write 20 for at most 20 requests a second, or \"20/s\" to start with that rate";

/// The number of a fixed rate, such as `20/s`.
pub(crate) fn parse_fixed_rate(text: &str) -> Option<f64> {
    let number = text.trim().strip_suffix("/s")?.trim_end().parse().ok();
    number.filter(|number: &f64| number.is_finite())
}

fn parse_number(text: &str) -> Option<SettingInput> {
    text.replace('_', "")
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
        .map(SettingInput::Number)
}

/// Checks that all required settings are there.
fn check_needs(document: &Document, path: &str, source: &SourceEntry) -> Result<(), ConfigError> {
    let given = |key: &str| source.values.iter().find(|(name, ..)| *name == key);
    let missing = |key: &str, instead: &str| {
        let variable = variable(source.vendor.name, key);
        let help = format!("add `{key} = {{ env = \"{variable}\" }}`{instead} to [{path}]");
        Err(document.error(source.span.clone(), Some(format!("{path}.{key}")), "is missing", help))
    };
    for setting in source.vendor.settings {
        match setting.need {
            Need::Always if given(setting.key).is_none() => return missing(setting.key, ""),
            Need::OneOf(group) => {
                let others =
                    source.vendor.settings.iter().filter(|other| {
                        other.need == Need::OneOf(group) && other.key != setting.key
                    });
                let others: Vec<_> = others.map(|other| other.key).collect();
                let beside = others.iter().find_map(|other| given(other));
                match (given(setting.key), beside) {
                    (None, None) => {
                        return missing(setting.key, &format!(" (or {})", others.join(" or ")));
                    }
                    (Some(_), Some((other, span, _))) => {
                        let problem = format!("conflicts with {}", setting.key);
                        let help = format!("keep one of {} and {other}", setting.key);
                        let key = Some(format!("{path}.{other}"));
                        return Err(document.error(span.clone(), key, problem, help));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    Ok(())
}

impl SourceEntry {
    /// The settings of its vendor.
    fn settings(&self) -> impl Iterator<Item = &'static Setting> + use<> {
        self.vendor.settings.iter().chain(common_settings())
    }
}

/// `list`, after a suggestion if one of the names is similar to `text`.
pub(crate) fn suggest<'a>(
    text: &str,
    names: impl IntoIterator<Item = &'a str>,
    list: &str,
) -> String {
    match closest(text, names) {
        Some(name) => format!("did you mean {name}? {list}"),
        None => list.to_owned(),
    }
}

/// The name most similar to `text`, if any is similar.
pub(crate) fn closest<'a>(text: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let text = text.to_lowercase();
    let distance = |name: &str| strsim::damerau_levenshtein(&text, name);
    let (best, name) = names.into_iter().map(|name| (distance(name), name)).min()?;
    (best <= 1 + name.len() / 5).then_some(name)
}

/// The environment variable to suggest for a secret.
pub(crate) fn variable(vendor: &str, key: &str) -> String {
    format!("{vendor}_{key}").to_uppercase()
}
