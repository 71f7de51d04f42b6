//! What a call cost, in US dollars.

use crate::{
    convert::{Warnings, cost as convert},
    model::{Cost, CostKind, CostPart, CostUnit, WarningCode},
};
use callfold_record::RawNumber;
use callfold_vapi::types;
use rust_decimal::Decimal;

/// The total is rounded to 4 decimals, and so is each part of the breakdown.
const TOLERANCE: Decimal = Decimal::from_parts(5, 0, 0, false, 4);

fn usd() -> CostUnit {
    CostUnit::Currency("USD".to_owned())
}

/// The total, with the exact parts, or else the rounded ones of the breakdown.
pub(super) fn cost(record: &mut types::Call, warnings: &mut Warnings) -> Option<Cost> {
    let total = convert::amount(record.cost.take(), "/cost", warnings);
    let items = items(record.costs.take(), warnings);
    let (stated, rounded) = breakdown(record.cost_breakdown.take(), warnings);
    if let (Some(total), Some(stated)) = (total, stated)
        && (total - stated).abs() > TOLERANCE
    {
        let message = format!("the breakdown states {stated}, the record {total}");
        warnings.add(WarningCode::CostSumMismatch, "/costBreakdown/total", message);
    }
    let pointer = if total.is_some() { "/cost" } else { "/costBreakdown/total" };
    let total = total.or(stated);
    let parts = if items.is_empty() { rounded } else { items };
    check_sum(&parts, total, pointer, warnings);
    convert::cost(total, usd(), parts, pointer, warnings)
}

/// Warns when the parts differ from the total by more than rounding makes of them.
fn check_sum(
    parts: &[CostPart],
    total: Option<Decimal>,
    pointer: &'static str,
    warnings: &mut Warnings,
) {
    let amounts = parts.iter().map(|part| part.amount);
    let sum = amounts.clone().try_fold(Decimal::ZERO, Decimal::checked_add);
    let is_near = |sum: Decimal| {
        total.and_then(|total| sum.checked_sub(total)).is_some_and(|gap| gap.abs() <= TOLERANCE)
    };
    if !sum.is_some_and(is_near) {
        convert::check_parts_total(amounts, total, pointer, warnings);
    }
}

/// The components, each under its type and subtype.
fn items(items: Option<Vec<types::CostItem>>, warnings: &mut Warnings) -> Vec<CostPart> {
    let mut parts = Vec::new();
    for (index, item) in items.into_iter().flatten().enumerate() {
        warnings.extra(format_args!("/costs/{index}"), &item.extra);
        let amount = convert::amount(item.cost, format!("/costs/{index}/cost"), warnings);
        let name = item.type_.unwrap_or_else(|| "unnamed".to_owned());
        let kind = match name.as_str() {
            "transport" => CostKind::Telephony,
            "transcriber" => CostKind::Stt,
            "model" => CostKind::Llm,
            "voice" => CostKind::Tts,
            "vapi" => CostKind::Platform,
            _ => CostKind::default(),
        };
        let name = match item.analysis_type.or(item.sub_type) {
            Some(detail) => format!("{name}/{detail}"),
            None => name,
        };
        parts.extend(part(name, kind, amount));
    }
    parts
}

/// The total and the parts of the breakdown.
fn breakdown(
    breakdown: Option<types::CostBreakdown>,
    warnings: &mut Warnings,
) -> (Option<Decimal>, Vec<CostPart>) {
    let Some(breakdown) = breakdown else { return (None, Vec::new()) };
    warnings.extra("/costBreakdown", &breakdown.extra);
    let mut read = |name: &str, value: Option<RawNumber>| {
        convert::amount(value, format!("/costBreakdown/{name}"), warnings)
    };
    let total = read("total", breakdown.total);
    let other = CostKind::default;
    let mut parts: Vec<_> = [
        ("transport", CostKind::Telephony, breakdown.transport),
        ("stt", CostKind::Stt, breakdown.stt),
        ("llm", CostKind::Llm, breakdown.llm),
        ("tts", CostKind::Tts, breakdown.tts),
        ("vapi", CostKind::Platform, breakdown.vapi),
        ("chat", other(), breakdown.chat),
        ("voicemailDetectionCost", other(), breakdown.voicemail_detection_cost),
        ("knowledgeBaseCost", other(), breakdown.knowledge_base_cost),
    ]
    .into_iter()
    .filter_map(|(name, kind, value)| part(name.to_owned(), kind, read(name, value)))
    .collect();
    if let Some(analysis) = breakdown.analysis_cost_breakdown {
        let named = [
            ("summary", analysis.summary),
            ("structuredData", analysis.structured_data),
            ("successEvaluation", analysis.success_evaluation),
            ("structuredOutput", analysis.structured_output),
        ];
        for (name, value) in named {
            let amount = read(&format!("analysisCostBreakdown/{name}"), value);
            parts.extend(part(format!("analysis/{name}"), other(), amount));
        }
        warnings.extra("/costBreakdown/analysisCostBreakdown", &analysis.extra);
    }
    (total, parts)
}

/// One component; none without an amount.
fn part(name: String, kind: CostKind, amount: Option<Decimal>) -> Option<CostPart> {
    Some(CostPart { name, kind, amount: amount?, unit: usd() })
}
