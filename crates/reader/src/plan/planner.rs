//! Makes a plan: splits a query by what a list can do.

use super::{
    DetailStep, EarlyStop, LocalFilter, MAX_SORTED, OVERLAP_ROWS, OVERLAP_S, OrderStrategy,
    ParameterValue, PlanEstimate, PushedFilter, SourcePlan, StopBound,
};
use crate::{
    Capability, Detail, DetailCost, DetailPart, FilterField, Operator, Order, Ordering, Pushdown,
    Query, text::is_uuid,
};
use chrono::{Datelike, SubsecRound, TimeDelta};

/// What a source knows when it plans.
pub(crate) struct PlanInput<'a> {
    pub(crate) vendor: &'static str,
    pub(crate) account: &'a str,
    pub(crate) capability: &'static Capability,
    pub(crate) page_size: u32,
    pub(crate) rate: f64,
    pub(crate) max_rate: f64,
    /// The values of the filter that the list requires.
    pub(crate) required: &'a [ParameterValue],
    /// The settings that records are read with.
    pub(crate) mapping: Vec<(&'static str, String)>,
}

const NO_PARAMETER: &str = "the API has no such parameter";

/// Plans a query for one source.
pub(crate) fn plan(query: &Query, input: PlanInput<'_>) -> SourcePlan {
    let list = input.capability;
    let mut pushed = required(query, &input);
    let mut filtered_locally = Vec::new();
    let unsupported: Vec<_> =
        query.fields().filter(|f| list.unavailable_fields.contains(f)).collect();
    for field in query.fields().filter(|field| !unsupported.contains(field)) {
        if pushed.iter().any(|one| one.field == field) {
            continue;
        }
        let mut why = NO_PARAMETER;
        for filter in list.filters.iter().filter(|filter| filter.field == field) {
            match push(query, field, filter.operators, filter.push) {
                Ok(Some((value, widen_by_s))) => pushed.push(PushedFilter {
                    field,
                    parameter: filter.parameter,
                    value,
                    widen_by_s,
                }),
                Ok(None) => {}
                Err(reason) => why = reason,
            }
        }
        if !pushed.iter().any(|one| one.field == field) {
            if list.detail_only.contains(&field) {
                why = "only the single record has it";
            }
            filtered_locally.push(LocalFilter { field, why });
        }
    }
    if query.lookback_floor.is_some() && query.since.is_none() && query.until.is_none() {
        let why = match list.filter(FilterField::StartedAt) {
            Some(_) => "calls without a start match too, and the server may hide them",
            None => NO_PARAMETER,
        };
        filtered_locally.push(LocalFilter { field: FilterField::StartedAt, why });
    }
    let detail = detail(&query.detail, list);
    let stated_order = match list.order {
        _ if !input.required.is_empty() => None,
        Ordering::Unknown => None,
        Ordering::NewestFirst => Some(Order::NewestFirst),
        Ordering::OldestFirst => Some(Order::OldestFirst),
        Ordering::Selectable { .. } => Some(selected_order(query, list)),
    };
    let documented = stated_order == Some(query.order);
    let order = match (query.order, query.limit) {
        (Order::AsRead, _) => OrderStrategy::Unordered,
        _ if documented => OrderStrategy::StreamSorted { overlap_s: OVERLAP_S },
        (_, Some(calls)) => OrderStrategy::TopN { calls },
        (_, None) => OrderStrategy::SortAll { at_most: query.max_sorted.unwrap_or(MAX_SORTED) },
    };
    let mut options = options(&detail);
    if let (Ordering::Selectable { by, parameter, oldest_first, newest_first }, Some(stated)) =
        (list.order, stated_order)
    {
        let direction = if stated == Order::OldestFirst { oldest_first } else { newest_first };
        options.extend(by.map(|(name, start)| (name, ParameterValue::Text(start.to_owned()))));
        options.push((parameter, ParameterValue::Text(direction.to_owned())));
    }
    let lists = pushed.iter().filter(|one| list.is_required(one.parameter)).count().max(1);
    let is_exact = filtered_locally.is_empty() && pushed.iter().all(|one| one.widen_by_s == 0);
    let page_size = u64::from(input.page_size.max(1));
    let requests_per_1000 = 1000_u64.div_ceil(page_size);
    let is_short = documented && query.limit.is_some();
    SourcePlan {
        vendor: input.vendor,
        account: input.account.to_owned(),
        list: list.list,
        expected: PlanEstimate {
            page_size: input.page_size,
            prefetch: if is_short { 1 } else { max_prefetch(input.max_rate) },
            lists,
            requests_per_1000,
            request_per_candidate: query.fields().any(|f| list.detail_only.contains(&f)),
            request_per_call: detail
                .iter()
                .any(|step| matches!(step.cost, Some(DetailCost::RequestPerCall { .. }))),
            requests_for_limit: query
                .limit
                .filter(|_| documented && is_exact)
                .map(|limit| (limit as u64).div_ceil(page_size) + 1),
            rate: input.rate,
            seconds_per_1000: requests_per_1000 as f64 / input.rate,
        },
        pushed,
        filtered_locally,
        unsupported,
        order,
        early_stop: early_stop(query, stated_order, page_size),
        options,
        detail,
        mapping: input.mapping,
        raw: query.raw,
        paging: list.paging,
        stop: list.stop,
        stated_order,
    }
}

/// The order to request where the list has both. Where the query wants none and nothing ends
/// reading early, a list that does not shift is read oldest first: calls that begin meanwhile
/// are at its end, which is read last.
fn selected_order(query: &Query, list: &Capability) -> Order {
    let is_sent = list.filter(FilterField::StartedAt).is_some();
    let ends_early = query.limit.is_some()
        || query.lookback_floor.is_some()
        || (query.since.is_some() && !is_sent);
    match query.order {
        Order::OldestFirst => Order::OldestFirst,
        Order::AsRead if !ends_early && !list.paging.can_shift() => Order::OldestFirst,
        _ => Order::NewestFirst,
    }
}

/// Pages to request at once: what may start in a fifth of a second, which is
/// how long a response can well take.
fn max_prefetch(rate: f64) -> usize {
    (rate / 5.0).clamp(4.0, 12.0) as usize
}

/// The filter that the list requires: the values that the query has, if the
/// source has them too, otherwise each value of the source.
fn required(query: &Query, input: &PlanInput<'_>) -> Vec<PushedFilter> {
    let Some(filter) = input.capability.filters.iter().find(|filter| filter.required) else {
        return Vec::new();
    };
    let phones = query.phone.iter().filter(|_| filter.field == FilterField::Phone);
    let known =
        phones.map(|phone| input.required.iter().find(|value| value.to_text() == phone.as_str()));
    let values: Vec<_> = match known.collect::<Option<Vec<_>>>() {
        Some(wanted) if !wanted.is_empty() => wanted,
        _ => input.required.iter().collect(),
    };
    let (field, parameter) = (filter.field, filter.parameter);
    let push = |value: &ParameterValue| PushedFilter {
        field,
        parameter,
        value: value.clone(),
        widen_by_s: 0,
    };
    values.into_iter().map(push).collect()
}

/// The value to send for a field, and the seconds by which it is widened;
/// `None` if the query has none.
///
/// # Errors
///
/// Why it must not be sent.
fn push(
    query: &Query,
    field: FilterField,
    operators: &[Operator],
    push: Pushdown,
) -> Result<Option<(ParameterValue, u32)>, &'static str> {
    if let Pushdown::NotPushed { why } = push {
        return Err(why);
    }
    if let Pushdown::Time { widen_by_s } = push {
        let margin = TimeDelta::seconds(widen_by_s.into());
        let at = match operators {
            [Operator::From] => query.since.and_then(|at| at.checked_sub_signed(margin)),
            _ => query.until.and_then(|at| at.checked_add_signed(margin)),
        };
        return match at {
            Some(at) if !(0..=9999).contains(&at.year()) => Err("RFC 3339 cannot write its year"),
            // Rounding moves a time by less than its margin.
            Some(at) => Ok(Some((ParameterValue::Time(at.trunc_subsecs(3)), widen_by_s))),
            None => Ok(None),
        };
    }
    let texts: Vec<&str> = match field {
        FilterField::StartedAt => Vec::new(),
        FilterField::Direction => query.direction.iter().map(|word| word.as_str()).collect(),
        FilterField::Status => query.status.iter().map(|word| word.as_str()).collect(),
        FilterField::Phone => query.phone.iter().map(|phone| phone.as_str()).collect(),
        FilterField::Agent => query.agent.iter().map(String::as_str).collect(),
        FilterField::Contact => query.contact.iter().map(String::as_str).collect(),
        FilterField::Campaign => query.campaign.iter().map(String::as_str).collect(),
    };
    let text = match texts[..] {
        [] => return Ok(None),
        [text] => text,
        _ => return Err("the server takes one value"),
    };
    let text = match push {
        Pushdown::Uuid if !is_uuid(text) => {
            return Err("the server compares ids, and this may be a name");
        }
        Pushdown::Words { words } => match words.iter().find(|(ours, _)| *ours == text) {
            Some((_, theirs)) => theirs,
            None => return Err("the vendor has no single word for it"),
        },
        _ => text,
    };
    let value = match query.phone.first() {
        Some(phone) if field == FilterField::Phone => ParameterValue::Phone(phone.clone()),
        _ => ParameterValue::Text(text.to_owned()),
    };
    Ok(Some((value, 0)))
}

/// The bounds that end reading: a time after more than a page beyond it, the
/// limit only where the calls read so far reach it.
fn early_stop(query: &Query, stated: Option<Order>, page_size: u64) -> Vec<EarlyStop> {
    let bounds = [
        (StopBound::Since, query.since.is_some(), Order::NewestFirst),
        (StopBound::LookbackFloor, query.lookback_floor.is_some(), Order::NewestFirst),
        (StopBound::Until, query.until.is_some(), Order::OldestFirst),
        (StopBound::Limit, query.limit.is_some() && query.order != Order::AsRead, query.order),
    ];
    let is_usable = |(_, is_given, order): &(_, bool, Order)| {
        *is_given && stated.is_none_or(|stated| stated == *order)
    };
    let stop = |(bound, ..): (StopBound, bool, Order)| EarlyStop {
        bound,
        documented: stated.is_some(),
        overlap_s: OVERLAP_S,
        overlap_rows: match bound {
            StopBound::Limit if stated.is_some() => 0,
            StopBound::Limit => OVERLAP_ROWS,
            _ if stated.is_some() => page_size,
            _ => page_size.max(OVERLAP_ROWS),
        },
    };
    bounds.into_iter().filter(is_usable).map(stop).collect()
}

fn detail(wanted: &Detail, list: &Capability) -> Vec<DetailStep> {
    let parts = [
        (DetailPart::Numbers, *wanted == Detail::FULL),
        (DetailPart::Transcript, wanted.transcript),
        (DetailPart::Recording, wanted.recording),
        (DetailPart::Analysis, wanted.analysis),
        (DetailPart::Metrics, wanted.metrics),
        (DetailPart::Cost, wanted.metrics),
        (DetailPart::Diagnostics, wanted.diagnostics),
        (DetailPart::Actions, wanted.actions),
    ];
    let step = |(part, _)| {
        let known = list.detail.iter().find(|known| known.part == part);
        DetailStep { part, cost: known.map(|known| known.cost) }
    };
    parts.into_iter().filter(|(_, is_wanted)| *is_wanted).map(step).collect()
}

/// The parameters of the list that add detail; several values of one parameter
/// are joined by commas.
fn options(detail: &[DetailStep]) -> Vec<(&'static str, ParameterValue)> {
    let mut options: Vec<(&'static str, Vec<&'static str>)> = Vec::new();
    for step in detail {
        let Some(DetailCost::ListOption { option }) = step.cost else { continue };
        let (name, value) = option.split_once('=').unwrap_or((option, "true"));
        match options.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) if values.contains(&value) => {}
            Some((_, values)) => values.push(value),
            None => options.push((name, vec![value])),
        }
    }
    let value = |values: Vec<&str>| match values[..] {
        ["true"] => ParameterValue::Flag(true),
        _ => ParameterValue::Text(values.join(",")),
    };
    options.into_iter().map(|(name, values)| (name, value(values))).collect()
}

#[cfg(test)]
#[path = "../tests/planner.rs"]
mod tests;
