//! Opens a source that the command line describes, without a configuration.

use crate::args::OneOffArgs;
use crate::config::{RATE, StringSource, parse_fixed_rate, resolve, suggest, variable};
use crate::failure::Failure;
use crate::output::text::{fit, sanitise, shown_value};
use callfold_reader::{
    Need, Setting, SettingKind, SettingValue, Source, SourceConfig, VendorEntry, common_settings,
    vendors,
};
use std::path::Path;

/// The vendor of this name.
pub(crate) fn find_vendor(name: &str) -> Result<&'static VendorEntry, Failure> {
    let vendor = vendors().iter().copied().find(|vendor| vendor.name == name);
    vendor.ok_or_else(|| {
        let names: Vec<_> = vendors().iter().map(|vendor| vendor.name).collect();
        let list = format!("available: {}", names.join(", "));
        Failure::usage(
            format!("unknown vendor \"{}\"", fit(&sanitise(name), 40)),
            suggest(name, names, &list),
        )
    })
}

/// Opens the source, if there is one, without a request.
pub(crate) fn open(args: &OneOffArgs) -> Result<Option<Box<dyn Source>>, Failure> {
    let Some(vendor) = &args.vendor else { return Ok(None) };
    let vendor = find_vendor(vendor)?;
    let key = args.api_key_env.as_ref().map(|name| ("api_key".to_owned(), format!("env:{name}")));
    let given: Vec<_> = key.into_iter().chain(args.settings.iter().cloned()).collect();
    check_needs(vendor, &given)?;
    let mut config = SourceConfig::new(args.account.as_deref().unwrap_or(vendor.name));
    for (key, text) in &given {
        config = config.with(key, value(find_setting(vendor, key)?, text)?);
    }
    let opened = (vendor.open)(&config);
    Ok(Some(opened.map_err(|error| {
        let problem = match error.key() {
            Some(key) => format!("the setting {key} {}", error.problem()),
            None => error.problem().to_owned(),
        };
        Failure::usage(problem, error.help())
    })?))
}

fn find_setting(vendor: &'static VendorEntry, key: &str) -> Result<&'static Setting, Failure> {
    let settings = || vendor.settings.iter().chain(common_settings());
    settings().find(|setting| setting.key == key).ok_or_else(|| {
        let names: Vec<_> = settings().map(|setting| setting.key).collect();
        let list = format!("settings of {}: {}", vendor.name, names.join(", "));
        let problem = format!("--set names no setting{}", shown_value(key));
        Failure::usage(problem, suggest(key, names, &list))
    })
}

/// Checks that each setting is given once, and all that the vendor needs.
fn check_needs(vendor: &VendorEntry, given: &[(String, String)]) -> Result<(), Failure> {
    for (at, (key, _)) in given.iter().enumerate() {
        if given[..at].iter().any(|(other, _)| other == key) {
            let problem = format!("the setting {key} is given twice");
            return Err(Failure::usage(problem, "give it once"));
        }
    }
    let is_given = |setting: &Setting| given.iter().any(|(key, _)| key == setting.key);
    for setting in vendor.settings {
        let group: Vec<_> = match setting.need {
            Need::Always => vec![setting],
            Need::OneOf(_) => {
                vendor.settings.iter().filter(|other| other.need == setting.need).collect()
            }
            _ => continue,
        };
        if !group.iter().any(|setting| is_given(setting)) {
            let keys: Vec<_> = group.iter().map(|setting| setting.key).collect();
            let problem = format!("{} needs the setting {}", vendor.name, keys.join(" or "));
            return Err(Failure::usage(problem, format!("add {}", option(vendor, setting))));
        }
    }
    Ok(())
}

/// The option that gives a setting.
fn option(vendor: &VendorEntry, setting: &Setting) -> String {
    let (key, variable) = (setting.key, variable(vendor.name, setting.key));
    match (setting.kind, key) {
        (SettingKind::Secret, "api_key") => format!("--api-key-env {variable}"),
        (SettingKind::Secret, _) => format!("--set {key}=env:{variable}"),
        _ => format!("--set {key}=…"),
    }
}

fn value(setting: &Setting, text: &str) -> Result<SettingValue, Failure> {
    let key = setting.key;
    let wrong = |problem: &str, help: &str| {
        let shown =
            if setting.kind == SettingKind::Secret { String::new() } else { shown_value(text) };
        Err(Failure::usage(format!("the setting {key} {problem}{shown}"), help))
    };
    let from = match text.split_once(':') {
        Some(("env", name)) => Some(StringSource::Env(name.to_owned())),
        Some(("file", path)) => Some(StringSource::File(path.to_owned())),
        _ => None,
    };
    if let Some(from) = from {
        return match setting.kind {
            SettingKind::Text | SettingKind::Secret => match resolve(&from, Path::new("")) {
                Ok(text) => Ok(SettingValue::Text(text)),
                Err((problem, help)) => {
                    Err(Failure::usage(format!("the setting {key} {problem}"), help))
                }
            },
            _ => wrong("is neither a text nor a secret", "write its value"),
        };
    }
    match setting.kind {
        SettingKind::Secret => wrong(
            "is a secret, which others can see on a command line",
            &format!(
                "put it into an environment variable or a file: {key}=env:NAME or {key}=file:PATH"
            ),
        ),
        SettingKind::List => {
            Ok(SettingValue::List(text.split(',').map(|item| item.trim().into()).collect()))
        }
        SettingKind::Flag => match text {
            "true" => Ok(SettingValue::Flag(true)),
            "false" => Ok(SettingValue::Flag(false)),
            _ => wrong("must be true or false", "write true or false"),
        },
        SettingKind::Number => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(SettingValue::Number(number)),
            _ => wrong("must be a number", "write it as in 2 or 0.5"),
        },
        SettingKind::Rate => match (text.parse::<f64>(), parse_fixed_rate(text)) {
            (Ok(number), _) if number.is_finite() => Ok(SettingValue::Number(number)),
            (_, Some(rate)) => Ok(SettingValue::FixedRate(rate)),
            _ => wrong("is not a rate", RATE),
        },
        SettingKind::Span => match humantime::parse_duration(text.trim()) {
            Ok(span) => Ok(SettingValue::Span(span)),
            Err(_) => wrong("is not a duration", "write 30s or 2m"),
        },
        _ => Ok(SettingValue::Text(text.into())),
    }
}
