//! Amounts, exact and with their unit.

use super::Warnings;
use crate::{
    Context,
    model::{Cost, CostKind, CostPart, CostUnit, WarningCode},
};
use callfold_record::RawNumber as Text;
use rust_decimal::Decimal;
use std::borrow::Cow;

const TOO_MANY_DIGITS: &str = "the amount has more digits than can be kept exactly; left out";

/// Reads an amount exactly as it is written. One that 28 digits cannot hold is
/// left out: rounding would not be exact.
pub(crate) fn amount(
    text: Option<Text>,
    pointer: impl Into<Cow<'static, str>>,
    warnings: &mut Warnings,
) -> Option<Decimal> {
    let text = text?;
    let amount = exact(text.as_str());
    if amount.is_none() {
        warnings.add(WarningCode::FieldDropped, pointer, TOO_MANY_DIGITS);
    }
    amount
}

/// Converts the amounts in the source's minor unit to the unit of their currency, exactly. One that
/// 28 digits cannot hold is left out.
pub(crate) fn from_minor_unit(
    cost: Option<Cost>,
    context: &Context,
    pointer: &'static str,
    warnings: &mut Warnings,
) -> Option<Cost> {
    let mut cost = cost?;
    if context.cost_exponent == 0 {
        return Some(cost);
    }
    let unit = unit(context);
    let mut is_kept = |amount: &mut Decimal, of: &CostUnit| {
        if *of != unit {
            return true;
        }
        let scale = amount.scale() + context.cost_exponent;
        let major = Decimal::try_from_i128_with_scale(amount.mantissa(), scale);
        match major {
            Ok(major) => *amount = major,
            Err(_) => warnings.add(WarningCode::FieldDropped, pointer, TOO_MANY_DIGITS),
        }
        major.is_ok()
    };
    cost.total.take_if(|total| !is_kept(total, &cost.unit));
    cost.parts.retain_mut(|part| is_kept(&mut part.amount, &part.unit));
    cost.other_totals.retain_mut(|total| is_kept(&mut total.amount, &total.unit));
    Some(cost)
}

/// A JSON number as a decimal of the same value and the same scale.
fn exact(text: &str) -> Option<Decimal> {
    let Some((digits, exponent)) = text.split_once(['e', 'E']) else {
        return Decimal::from_str_exact(text).ok();
    };
    let digits = Decimal::from_str_exact(digits).ok()?;
    let exponent: i64 = exponent.parse().ok()?;
    let scale = i64::from(digits.scale()) - exponent;
    if scale >= 0 {
        Decimal::try_from_i128_with_scale(digits.mantissa(), u32::try_from(scale).ok()?).ok()
    } else {
        let factor = 10_i128.checked_pow(u32::try_from(-scale).ok()?)?;
        Decimal::try_from_i128_with_scale(digits.mantissa().checked_mul(factor)?, 0).ok()
    }
}

/// The unit of costs the vendor does not name one for.
pub(crate) fn unit(context: &Context) -> CostUnit {
    context.cost_unit.clone().unwrap_or_default()
}

/// One component of a cost; none without an amount.
pub(crate) fn part(
    name: impl Into<String>,
    amount: Option<Decimal>,
    unit: CostUnit,
) -> Option<CostPart> {
    let name = name.into();
    Some(CostPart { kind: kind(&name), name, amount: amount?, unit })
}

/// Words in a component's name that say what it pays for.
const KINDS: &[(&str, CostKind)] = &[
    ("llm", CostKind::Llm),
    ("model", CostKind::Llm),
    ("tts", CostKind::Tts),
    ("stt", CostKind::Stt),
    ("asr", CostKind::Stt),
    ("transcriber", CostKind::Stt),
    ("transcription", CostKind::Stt),
    ("telephony", CostKind::Telephony),
    ("twilio", CostKind::Telephony),
    ("telnyx", CostKind::Telephony),
    ("plivo", CostKind::Telephony),
    ("vonage", CostKind::Telephony),
    ("sip", CostKind::Telephony),
    ("platform", CostKind::Platform),
];

/// What a component of this name pays for: `other` unless a word of the name says it.
fn kind(name: &str) -> CostKind {
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let kind = words.find_map(|word| {
        KINDS.iter().find(|(listed, _)| word.eq_ignore_ascii_case(listed)).map(|(_, kind)| kind)
    });
    kind.cloned().unwrap_or_default()
}

/// A cost of what is known of it. A unit that is not named is noted at `pointer`.
pub(crate) fn cost(
    total: Option<Decimal>,
    unit: CostUnit,
    parts: Vec<CostPart>,
    pointer: &'static str,
    warnings: &mut Warnings,
) -> Option<Cost> {
    if total.is_none() && parts.is_empty() {
        return None;
    }
    if unit == CostUnit::Unspecified {
        warnings.add(
            WarningCode::UnitUnspecified,
            pointer,
            "the unit of the cost is not stated; the source's configuration can name it",
        );
    }
    Some(Cost { total, unit, parts, other_totals: Vec::new() })
}

/// Warns when parts do not add up to their total.
pub(crate) fn check_parts_total(
    parts: impl IntoIterator<Item = Decimal>,
    total: Option<Decimal>,
    pointer: &'static str,
    warnings: &mut Warnings,
) {
    let Some(total) = total else { return };
    let mut parts = parts.into_iter().peekable();
    if parts.peek().is_none() {
        return;
    }
    let sum = parts.try_fold(Decimal::ZERO, Decimal::checked_add);
    if sum != Some(total) {
        let message = match sum {
            Some(sum) => format!("the parts add up to {}, the total is {total}", sum.normalize()),
            None => "the parts add up to more than can be kept exactly".to_owned(),
        };
        warnings.add(WarningCode::CostSumMismatch, pointer, message);
    }
}

/// Warns when parts that need not be all exceed their total.
pub(crate) fn check_parts_limit(
    parts: &[CostPart],
    total: Option<Decimal>,
    pointer: &'static str,
    warnings: &mut Warnings,
) {
    let sum = parts.iter().try_fold(Decimal::ZERO, |sum, part| sum.checked_add(part.amount));
    if let (Some(sum), Some(total)) = (sum, total)
        && sum > total
    {
        let message =
            format!("some parts alone add up to {}, the total is {total}", sum.normalize());
        warnings.add(WarningCode::CostSumMismatch, pointer, message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        let mut warnings = Warnings::default();
        let amount = amount(Some(text.parse().unwrap()), "/c", &mut warnings);
        assert_eq!(warnings.codes().is_empty(), amount.is_some(), "{text}");
        amount.map(|amount| amount.to_string())
    }

    #[test]
    fn amount_keeps_value_and_scale() {
        let cases = [
            ("12.50", Some("12.50")),
            ("2.3", Some("2.3")),
            ("0", Some("0")),
            ("-1.10", Some("-1.10")),
            ("1e2", Some("100")),
            ("1.5E+3", Some("1500")),
            ("25e-4", Some("0.0025")),
            ("0.0000000000000000000000000001", Some("0.0000000000000000000000000001")),
            ("0.00000000000000000000000000001", None),
            ("79228162514264337593543950336", None),
            ("1e29", None),
            ("1e400", None),
            ("1e-29", None),
            ("1e99999999999999999999", None),
        ];
        for (text, expect) in cases {
            assert_eq!(read(text).as_deref(), expect, "{text}");
        }
    }

    #[test]
    fn minor_units_become_units_of_their_currency_exactly() {
        let context = |exponent| Context::default().with_minor_unit("USD", exponent);
        let read = |text: &str, exponent| {
            let context = context(exponent);
            let cost = Cost::new(text.parse().unwrap(), unit(&context));
            let mut warnings = Warnings::default();
            let cost = from_minor_unit(Some(cost), &context, "/c", &mut warnings).unwrap();
            assert_eq!(warnings.codes().is_empty(), cost.total.is_some(), "{text}");
            cost.total.map(|amount| amount.to_string())
        };
        for (text, exponent, expect) in [
            ("1250", 2, Some("12.50")),
            ("7.5", 2, Some("0.075")),
            ("-1", 3, Some("-0.001")),
            ("12.50", 0, Some("12.50")),
            ("0.000000000000000000000000001", 2, None),
        ] {
            assert_eq!(read(text, exponent).as_deref(), expect, "{text}");
        }
        let parts = [("llm", CostUnit::Currency("USD".into())), ("all", CostUnit::Credits)];
        let parts = parts.map(|(name, unit)| part(name, Some(Decimal::TEN), unit).unwrap());
        let cost = Cost { parts: parts.into(), ..Cost::new(Decimal::TEN, CostUnit::Credits) };
        let mut warnings = Warnings::default();
        let cost = from_minor_unit(Some(cost), &context(2), "/c", &mut warnings).unwrap();
        let amounts: Vec<_> = cost.parts.iter().map(|part| part.amount.to_string()).collect();
        assert_eq!((amounts, cost.total), (vec!["0.10".into(), "10".into()], Some(Decimal::TEN)));
    }

    #[test]
    fn name_of_a_part_says_what_it_pays_for() {
        for (name, expect) in [
            ("llm", "llm"),
            ("openai_LLM", "llm"),
            ("elevenlabs-tts", "tts"),
            ("deepgram transcriber", "stt"),
            ("twilio_cost", "telephony"),
            ("platform_fee", "platform"),
            ("voice_engine", "other"),
            ("remodelling", "other"),
            ("", "other"),
        ] {
            assert_eq!(kind(name).as_str(), expect, "{name}");
        }
    }

    #[test]
    fn cost_without_a_unit_is_noted() {
        let mut warnings = Warnings::default();
        let total = Some(Decimal::ONE);
        assert!(cost(None, CostUnit::Unspecified, Vec::new(), "/c", &mut warnings).is_none());
        assert!(cost(total, CostUnit::Credits, Vec::new(), "/c", &mut warnings).is_some());
        assert_eq!(warnings.codes(), []);
        let context = Context::default();
        assert!(cost(total, unit(&context), Vec::new(), "/c", &mut warnings).is_some());
        assert_eq!(warnings.codes(), [("unit_unspecified", "/c")]);
        let context = context.with_cost_unit(CostUnit::Currency("USD".into()));
        assert_eq!(unit(&context), CostUnit::Currency("USD".into()));
    }

    #[test]
    fn parts_that_do_not_add_up_are_noted() {
        let decimal = |text: &str| text.parse::<Decimal>().unwrap();
        let mut warnings = Warnings::default();
        check_parts_total([], Some(decimal("1")), "/c", &mut warnings);
        check_parts_total([decimal("1")], None, "/c", &mut warnings);
        check_parts_total(
            [decimal("0.10"), decimal("0.2")],
            Some(decimal("0.300")),
            "/c",
            &mut warnings,
        );
        assert_eq!(warnings.codes(), []);
        check_parts_total(
            [decimal("4.2"), decimal("9.1")],
            Some(decimal("12.50")),
            "/c",
            &mut warnings,
        );
        assert_eq!(warnings.codes(), [("cost_sum_mismatch", "/c")]);
    }
}
