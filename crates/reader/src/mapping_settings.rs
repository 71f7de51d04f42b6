//! The settings that say how a source's records are read, for lists and for dumps alike.
//!
//! Belongs here: what each of these settings may hold. Does not belong here: what a mapping makes
//! of it (`callfold-unify`), and where values come from.

use crate::{OpenError, Setting, SettingKind, SourceConfig};
use callfold_unify::{
    Context,
    model::{CostUnit, NumberRegion},
};
use chrono::FixedOffset;
use chrono_tz::Tz;
use iso_currency::Currency;

/// The settings that every source has, and that a dump of its records is read with.
pub const MAPPING_SETTINGS: &[Setting] = &[
    Setting::optional(
        "assume_offset",
        SettingKind::Text,
        "the UTC offset of times that have none: \"+05:30\"; UTC by default",
    ),
    Setting::optional(
        "time_zone",
        SettingKind::Text,
        "the time zone of started_at_local, by its IANA name: \"Asia/Kolkata\"",
    ),
    Setting::optional(
        "number_region",
        SettingKind::Text,
        "the region that numbers without a country code are in, by its ISO 3166 code: \"GB\"; none \
         is guessed",
    ),
    Setting::optional(
        "own_numbers",
        SettingKind::List,
        "your own phone numbers: they tell inbound from outbound calls",
    ),
    Setting::optional(
        "cost_unit",
        SettingKind::Text,
        "the unit of costs where the vendor states none: \"USD\", \"USD-minor\" for cents of it, \
         \"credits\"",
    ),
];

/// What follows the code of a currency whose minor unit is meant.
const MINOR: &str = "-minor";

/// What the records of a source with these settings are mapped with.
///
/// ```
/// use callfold_reader::{SourceConfig, mapping_context};
/// use callfold_unify::model::CostUnit;
///
/// let config = SourceConfig::new("clinic").with("cost_unit", "USD-minor");
/// let context = mapping_context(&config)?;
/// assert_eq!(context.cost_unit, Some(CostUnit::Currency("USD".into())));
/// assert_eq!(context.cost_exponent, 2);
/// # Ok::<(), callfold_reader::OpenError>(())
/// ```
///
/// # Errors
///
/// [`OpenError`] naming the first of [`MAPPING_SETTINGS`] that cannot be used.
pub fn mapping_context(config: &SourceConfig) -> Result<Context, OpenError> {
    let mut context = Context::new(config.account());
    if let Some(text) = config.text("assume_offset") {
        let offset: Result<FixedOffset, _> = if text == "Z" { "+00:00" } else { text }.parse();
        let help = "write it as \"+05:30\" or \"Z\"";
        context = context.with_assume_offset(
            offset.map_err(|_| OpenError::new("assume_offset", "is not a UTC offset", help))?,
        );
    }
    if let Some(text) = config.text("time_zone") {
        let help = "write a name of the IANA database, such as \"Asia/Kolkata\" or \"UTC\"";
        let zone: Result<Tz, _> = text.parse();
        context = context.with_time_zone(
            zone.map_err(|_| OpenError::new("time_zone", "is not a time zone", help))?,
        );
    }
    if let Some(text) = config.text("number_region") {
        let help = "write a two-letter code of ISO 3166, such as \"GB\" or \"IN\"";
        let region = NumberRegion::new(text)
            .ok_or_else(|| OpenError::new("number_region", "is not a region", help))?;
        context = context.with_number_region(region);
    }
    if let Some(text) = config.text("cost_unit") {
        context = with_cost_unit(context, text)?;
    }
    if let Some(url) = config.text("base_url") {
        context = context.with_base_url(url);
    }
    let own_numbers = config.list("own_numbers");
    let is_unreadable = |text: &&str| context.phone_number(text).e164.is_none();
    if let Some(place) = own_numbers.iter().position(|text| is_unreadable(text)) {
        let (problem, help) = match context.number_region {
            None => (
                format!("number {} has no country code", place + 1),
                "write it as \"+19195550100\", or set number_region".to_owned(),
            ),
            Some(region) => (
                format!("number {} is not a phone number in {}", place + 1, region.code()),
                "write it as \"+19195550100\", or correct number_region".to_owned(),
            ),
        };
        return Err(OpenError::new("own_numbers", problem, help));
    }
    Ok(context.with_own_numbers(own_numbers))
}

fn with_cost_unit(context: Context, text: &str) -> Result<Context, OpenError> {
    let wrong = |problem: &'static str| {
        let help = "write a currency's ISO 4217 code such as \"USD\", \"USD-minor\" where costs \
                    are in its minor unit, or \"credits\"";
        OpenError::new("cost_unit", problem, help)
    };
    if text == "credits" {
        return Ok(context.with_cost_unit(CostUnit::Credits));
    }
    let code = text.strip_suffix(MINOR).unwrap_or(text);
    let currency = Currency::from_code(&code.to_ascii_uppercase())
        .filter(|currency| !currency.is_special())
        .ok_or_else(|| wrong("is not a unit of cost"))?;
    if code == text {
        return Ok(context.with_cost_unit(CostUnit::Currency(currency.code().to_owned())));
    }
    let exponent = currency.exponent().ok_or_else(|| wrong("has no minor unit"))?;
    Ok(context.with_minor_unit(currency.code(), exponent.into()))
}

/// The mapping settings of a context that differ from the defaults, in words that show no phone
/// number.
pub(crate) fn in_words(context: &Context) -> Vec<(&'static str, String)> {
    let mut words = Vec::new();
    for setting in MAPPING_SETTINGS {
        let value = match setting.key {
            "assume_offset" if context.assume_offset.local_minus_utc() != 0 => {
                Some(context.assume_offset.to_string())
            }
            "time_zone" => context.time_zone.map(|zone| zone.to_string()),
            "number_region" => context.number_region.map(|region| region.code().to_owned()),
            "own_numbers" => match context.own_numbers.len() {
                0 => None,
                1 => Some("1 number".to_owned()),
                several => Some(format!("{several} numbers")),
            },
            "cost_unit" => context.cost_unit.as_ref().map(|unit| match context.cost_exponent {
                0 => unit.to_string(),
                _ => format!("{unit}{MINOR}"),
            }),
            _ => None,
        };
        words.extend(value.map(|value| (setting.key, value)));
    }
    words
}

#[cfg(test)]
#[path = "tests/mapping_settings.rs"]
mod tests;
