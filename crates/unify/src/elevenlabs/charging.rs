//! What a conversation cost, in US dollars and in credits.

use super::facts::{put_filled, put_true};
use crate::{
    convert::{Warnings, cost, json_object, text},
    model::{Cost, CostTotal, CostUnit, JsonObject},
};
use callfold_elevenlabs::types;
use callfold_record::RawNumber;
use rust_decimal::Decimal;

const CREDITS: &str = "/metadata/cost";
const DOLLARS: &str = "/metadata/cost_fiat";

/// Decimal places to which sums are compared: the vendor adds binary fractions.
const COMPARED_PLACES: u32 = 9;

/// The total in US dollars with the credits beside it, or the credits where there is no other total. The parts of each
/// have its unit.
pub(super) fn cost(
    credits: Option<RawNumber>,
    dollars: Option<RawNumber>,
    charging: Option<types::ConversationCharging>,
    facts: &mut JsonObject,
    warnings: &mut Warnings,
) -> Option<Cost> {
    let usd = CostUnit::Currency("USD".to_owned());
    let parts = charging.map(|charging| parts(charging, facts, warnings)).unwrap_or_default();
    let credits = cost::amount(credits, CREDITS, warnings);
    let dollars = cost::amount(dollars, DOLLARS, warnings);
    check(parts.prices.map(|(_, amount)| amount), dollars, DOLLARS, warnings);
    check(parts.charges.map(|(_, amount)| amount), credits, CREDITS, warnings);
    let prices = parts.prices.map(|(name, amount)| cost::part(name, amount, usd.clone()));
    let charges = parts.charges.map(|(name, amount)| cost::part(name, amount, CostUnit::Credits));
    let parts = prices.into_iter().chain(charges).flatten().collect();
    if dollars.is_none() {
        return cost::cost(credits, CostUnit::Credits, parts, CREDITS, warnings);
    }
    let mut cost = cost::cost(dollars, usd, parts, DOLLARS, warnings)?;
    let total = |amount| CostTotal { amount, unit: CostUnit::Credits };
    cost.other_totals = credits.map(total).into_iter().collect();
    Some(cost)
}

/// What a cost is made of, by name.
#[derive(Default)]
struct ChargedParts {
    prices: [(&'static str, Option<Decimal>); 2],
    charges: [(&'static str, Option<Decimal>); 2],
}

fn parts(
    charging: types::ConversationCharging,
    facts: &mut JsonObject,
    warnings: &mut Warnings,
) -> ChargedParts {
    warnings.extra("/metadata/charging", &charging.extra);
    let at = |name: &str| format!("metadata/charging/{name}");
    let free = charging.free_llm_dollars_consumed;
    let free = free.filter(|free| free.as_str().parse::<f64>() != Ok(0.0));
    json_object::put_value(facts, &at("free_llm_dollars_consumed"), free);
    let minutes = charging.free_minutes_consumed.filter(|minutes| *minutes != 0.0);
    json_object::put_value(facts, &at("free_minutes_consumed"), minutes);
    put_true(facts, &at("dev_discount"), charging.dev_discount);
    put_true(facts, &at("is_burst"), charging.is_burst);
    json_object::put_value(facts, &at("tier"), text(charging.tier));
    for (name, value) in [
        ("llm_usage", charging.llm_usage),
        ("platform_usage", charging.platform_usage),
        ("tts_usage", charging.tts_usage),
        ("asr_usage", charging.asr_usage),
        ("analysis", charging.analysis),
    ] {
        put_filled(facts, &at(name), value);
    }
    let mut read =
        |name: &'static str, value| (name, cost::amount(value, format!("/{}", at(name)), warnings));
    ChargedParts {
        prices: [
            read("llm_price", charging.llm_price),
            read("platform_price", charging.platform_price),
        ],
        charges: [
            read("llm_charge", charging.llm_charge),
            read("platform_charge", charging.platform_charge),
        ],
    }
}

/// Warns when both parts are known and do not add up.
fn check(
    parts: [Option<Decimal>; 2],
    total: Option<Decimal>,
    pointer: &'static str,
    warnings: &mut Warnings,
) {
    if let [Some(first), Some(second)] = parts {
        let rounded = |amount: Decimal| amount.round_dp(COMPARED_PLACES);
        let total = total.map(rounded);
        let sum = first.checked_add(second).map(rounded);
        if sum != total {
            cost::check_parts_total([first, second], total, pointer, warnings);
        }
    }
}
