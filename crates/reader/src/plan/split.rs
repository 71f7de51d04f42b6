//! The splitting of a query by what a list can do.

use super::{
    Bound, DetailStep, EarlyStop, Expected, FilteredHere, MAX_SORTED, OVERLAP_ROWS, OVERLAP_S,
    OrderStrategy, Pushed, SourcePlan, Value,
};
use crate::{Capability, Detail, DetailCost, Field, Operator, Order, Ordering, Part, Push, Query};
use callfold_unify::model::Timestamp;
use chrono::{SecondsFormat, TimeDelta};

/// What a source knows when it plans.
pub(crate) struct Standing<'a> {
    pub(crate) vendor: &'static str,
    pub(crate) account: &'a str,
    pub(crate) capability: &'static Capability,
    pub(crate) page_size: u32,
    pub(crate) rate: f64,
    /// The values of the filter that the list cannot do without.
    pub(crate) required: &'a [String],
}

/// Splits a query for one source.
pub(crate) fn plan(query: &Query, standing: &Standing<'_>) -> SourcePlan {
    let list = standing.capability;
    let mut pushed = required(query, standing);
    let mut filtered_here = Vec::new();
    let impossible: Vec<_> =
        query.fields().filter(|f| list.unavailable_fields.contains(f)).collect();
    for field in query.fields().filter(|field| !impossible.contains(field)) {
        if pushed.iter().any(|one| one.field == field) {
            continue;
        }
        let mut why = "the API has no such parameter";
        for filter in list.filters.iter().filter(|filter| filter.field == field) {
            match push(query, field, filter.operators, filter.push) {
                Ok(Some((value, widen_by_s))) => {
                    pushed.push(Pushed { field, parameter: filter.parameter, value, widen_by_s })
                }
                Ok(None) => {}
                Err(reason) => why = reason,
            }
        }
        if !pushed.iter().any(|one| one.field == field) {
            if list.detail_only.contains(&field) {
                why = "only the single record has it";
            }
            filtered_here.push(FilteredHere { field, why });
        }
    }
    let is_told = pushed.iter().any(|one| one.field == Field::StartedAt)
        || filtered_here.iter().any(|here: &FilteredHere| here.field == Field::StartedAt);
    if query.lookback_floor.is_some() && !is_told {
        let why = match list.filter(Field::StartedAt) {
            Some(_) => "calls without a start are wanted too, and the server may hide them",
            None => "the API has no such parameter",
        };
        filtered_here.push(FilteredHere { field: Field::StartedAt, why });
    }
    let detail = detail(&query.detail, list);
    let stated_order = match list.order {
        _ if !standing.required.is_empty() => None,
        Ordering::Unknown => None,
        Ordering::NewestFirst => Some(Order::NewestFirst),
        Ordering::OldestFirst => Some(Order::OldestFirst),
        Ordering::Selectable { .. } => match query.order {
            Order::OldestFirst => Some(Order::OldestFirst),
            _ => Some(Order::NewestFirst),
        },
    };
    let documented = stated_order == Some(query.order);
    let order = match (query.order, query.limit) {
        (Order::AsRead, _) => OrderStrategy::AsRead,
        _ if documented => OrderStrategy::List { overlap_s: OVERLAP_S },
        (_, Some(calls)) => OrderStrategy::Keeping { calls },
        (_, None) => OrderStrategy::Sorting { at_most: query.sort_at_most.unwrap_or(MAX_SORTED) },
    };
    let mut options = options(&detail);
    if let (Ordering::Selectable { by, parameter, oldest_first, newest_first }, Some(stated)) =
        (list.order, stated_order)
    {
        let oldest = stated == Order::OldestFirst;
        options.push((by.0, by.1.to_owned()));
        options.push((parameter, if oldest { oldest_first } else { newest_first }.to_owned()));
    }
    let lists = pushed.iter().filter(|one| list.is_required(one.parameter)).count().max(1);
    let local = !filtered_here.is_empty() || pushed.iter().any(|one| one.widen_by_s > 0);
    let page_size = u64::from(standing.page_size.max(1));
    let requests_per_1000 = 1000_u64.div_ceil(page_size);
    let early_stop = early_stop(query, stated_order, page_size);
    SourcePlan {
        vendor: standing.vendor,
        account: standing.account.to_owned(),
        list: list.list,
        expected: Expected {
            page_size: standing.page_size,
            at_once: if documented && query.limit.is_some() { 1 } else { at_once(standing.rate) },
            lists,
            requests_per_1000,
            request_per_candidate: query.fields().any(|f| list.detail_only.contains(&f)),
            request_per_call: detail
                .iter()
                .any(|step| matches!(step.cost, Some(DetailCost::RequestPerCall { .. }))),
            requests_for_limit: query
                .limit
                .filter(|_| documented && !local)
                .map(|limit| (limit as u64).div_ceil(page_size) + 1),
            rate: standing.rate,
            seconds_per_1000: requests_per_1000 as f64 / standing.rate,
        },
        pushed,
        filtered_here,
        impossible,
        order,
        early_stop,
        options,
        detail,
        raw: query.raw,
        paging: list.paging,
        stop: list.stop,
        stated_order,
    }
}

/// Pages asked for at once: what may start in a fifth of a second, which is how
/// long an answer can well take.
pub(crate) fn at_once(rate: f64) -> usize {
    (rate / 5.0).clamp(4.0, 12.0) as usize
}

/// The filter without which the list does not answer: the one value that the
/// query asks for if the source has it, otherwise each of them in turn.
fn required(query: &Query, standing: &Standing<'_>) -> Vec<Pushed> {
    let Some(filter) = standing.capability.filters.iter().find(|filter| filter.required) else {
        return Vec::new();
    };
    let is_number = filter.field == Field::Phone;
    let asked = query.phone.as_ref().map(|phone| phone.as_str()).filter(|_| is_number);
    standing
        .required
        .iter()
        .filter(|value| {
            asked.is_none_or(|asked| !standing.required.iter().any(|v| v == asked))
                || asked == Some(value.as_str())
        })
        .map(|value| Pushed {
            field: filter.field,
            parameter: filter.parameter,
            value: Value { text: value.clone(), is_number },
            widen_by_s: 0,
        })
        .collect()
}

/// The value to send for a field, if the query has one; why not, if it must
/// not be sent.
fn push(
    query: &Query,
    field: Field,
    operators: &[Operator],
    push: Push,
) -> Result<Option<(Value, u32)>, &'static str> {
    let text = match field {
        Field::StartedAt => None,
        Field::Direction => query.direction.as_ref().map(|word| word.as_str()),
        Field::Status => query.status.as_ref().map(|word| word.as_str()),
        Field::Phone => query.phone.as_ref().map(|phone| phone.as_str()),
        Field::Agent => query.agent.as_deref(),
        Field::Contact => query.contact.as_deref(),
        Field::Campaign => query.campaign.as_deref(),
    };
    let sent = |text: &str| {
        let value = Value { text: text.to_owned(), is_number: field == Field::Phone };
        Ok(Some((value, 0)))
    };
    match push {
        Push::NotPushed { why } => Err(why),
        Push::Text => text.map_or(Ok(None), sent),
        Push::Uuid => match text {
            Some(text) if is_uuid(text) => sent(text),
            Some(_) => Err("the server compares ids, and this may be a name"),
            None => Ok(None),
        },
        Push::Words { words } => match text {
            Some(text) => match words.iter().find(|(ours, _)| *ours == text) {
                Some((_, theirs)) => sent(theirs),
                None => Err("the vendor has no single value for it"),
            },
            None => Ok(None),
        },
        Push::Time { widen_by_s } => {
            let wider = TimeDelta::seconds(widen_by_s.into());
            let at = match operators {
                [Operator::From] => query.since.and_then(|at| at.checked_sub_signed(wider)),
                _ => query.until.and_then(|at| at.checked_add_signed(wider)),
            };
            Ok(at.map(|at| (Value { text: rfc3339(at), is_number: false }, widen_by_s)))
        }
    }
}

/// To the millisecond, which is less than any time is moved.
fn rfc3339(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A bound of time ends reading after more than a page beyond it. The limit
/// can only be reached by calls that the list has shown.
fn early_stop(query: &Query, stated: Option<Order>, page_size: u64) -> Vec<EarlyStop> {
    let overlap_rows = |bound| match bound {
        Bound::Limit if stated.is_some() => 0,
        Bound::Limit => OVERLAP_ROWS,
        _ if stated.is_some() => page_size,
        _ => page_size.max(OVERLAP_ROWS),
    };
    let stop = |bound| EarlyStop {
        bound,
        documented: stated.is_some(),
        overlap_s: OVERLAP_S,
        overlap_rows: overlap_rows(bound),
    };
    let bounds = [
        (Bound::Since, query.since.is_some(), Order::NewestFirst),
        (Bound::LookbackFloor, query.lookback_floor.is_some(), Order::NewestFirst),
        (Bound::Until, query.until.is_some(), Order::OldestFirst),
        (Bound::Limit, query.limit.is_some() && query.order != Order::AsRead, query.order),
    ];
    let is_of_use = |(_, given, order): &(_, bool, Order)| {
        *given && stated.is_none_or(|stated| stated == *order)
    };
    bounds.into_iter().filter(is_of_use).map(|(bound, ..)| stop(bound)).collect()
}

fn detail(wanted: &Detail, list: &Capability) -> Vec<DetailStep> {
    let parts = [
        (Part::Numbers, *wanted == Detail::FULL),
        (Part::Transcript, wanted.transcript),
        (Part::Recording, wanted.recording),
        (Part::Analysis, wanted.analysis),
        (Part::Metrics, wanted.metrics),
        (Part::Cost, wanted.metrics),
    ];
    parts
        .into_iter()
        .filter(|(_, wanted)| *wanted)
        .map(|(part, _)| {
            let known = list.detail.iter().find(|known| known.part == part);
            DetailStep { part, cost: known.map(|known| known.cost) }
        })
        .collect()
}

/// The parameters of the list that bring detail; values of one parameter are
/// joined by commas.
fn options(detail: &[DetailStep]) -> Vec<(&'static str, String)> {
    let mut options: Vec<(&'static str, String)> = Vec::new();
    for step in detail {
        let Some(DetailCost::ListOption { option }) = step.cost else { continue };
        let (name, value) = option.split_once('=').unwrap_or((option, "true"));
        match options.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) if !values.split(',').any(|known| known == value) => {
                values.push(',');
                values.push_str(value);
            }
            Some(_) => {}
            None => options.push((name, value.to_owned())),
        }
    }
    options
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.char_indices().all(|(at, c)| match at {
            8 | 13 | 18 | 23 => c == '-',
            _ => c.is_ascii_hexdigit(),
        })
}
