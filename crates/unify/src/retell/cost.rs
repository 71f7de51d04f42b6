//! What a call cost: documented in cents, without a currency.

use crate::{
    Context,
    convert::{Warnings, cost, text},
    model::{Cost, CostKind},
};
use callfold_retell::types;

const TOTAL: &str = "/call_cost/combined_cost";

/// Names of products begin with these where they are language models.
const LANGUAGE_MODELS: &[&str] = &["gpt_", "gemini_"];

/// The cost and its products, in the unit of the currency that the source's configuration names:
/// the cents are moved by two places whether it names the currency or its cents.
pub(super) fn cost(
    cost: Option<types::CallCost>,
    context: &Context,
    warnings: &mut Warnings,
) -> Option<Cost> {
    let cost = cost?;
    warnings.extra("/call_cost", &cost.extra);
    let cents = Context { cost_exponent: 2, ..context.clone() };
    let unit = cost::unit(context);
    let total = cost::amount(cost.combined_cost, TOTAL, warnings);
    let mut parts = Vec::new();
    for (index, product) in cost.product_costs.into_iter().flatten().enumerate() {
        warnings.extra(format_args!("/call_cost/product_costs/{index}"), &product.extra);
        let pointer = format!("/call_cost/product_costs/{index}/cost");
        let amount = cost::amount(product.cost, pointer, warnings);
        let name = text(product.product).unwrap_or_else(|| "unnamed".to_owned());
        let is_model = LANGUAGE_MODELS.iter().any(|start| name.starts_with(start));
        let part = cost::part(name, amount, unit.clone());
        parts.extend(part.map(|mut part| {
            if is_model {
                part.kind = CostKind::Llm;
            }
            part
        }));
    }
    cost::check_parts_total(parts.iter().map(|part| part.amount), total, TOTAL, warnings);
    let cost = cost::cost(total, unit, parts, TOTAL, warnings);
    cost::from_minor_unit(cost, &cents, TOTAL, warnings)
}
