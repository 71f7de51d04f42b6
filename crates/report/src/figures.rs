//! The figures of a group of calls.

use crate::{
    distribution::{Distribution, Percentiles},
    measure::{Amount, Answer, LengthKind, Lengths, Measure, Metric, PricedUnit, Question},
    tally::Tally,
};
use rust_decimal::Decimal;
use serde::Serialize;

/// The figures of a group of calls. `docs/report.md` in the repository defines each.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// All calls.
    pub calls: u64,
    /// Calls that are over; the figures up to `goal_unknown` are of these.
    pub over: u64,
    /// Calls that a person or an agent answered.
    pub answered: u64,
    /// Calls that no person answered: nobody, or a mailbox.
    pub not_answered: u64,
    /// Calls of which nothing proves either.
    pub answered_unknown: u64,
    /// `answered` in percent of `over`, as if no unknown call was answered. `None` without a call.
    pub answered_at_least_percent: Option<f64>,
    /// `answered` and `answered_unknown` in percent of `over`.
    pub answered_at_most_percent: Option<f64>,
    /// Answered calls in which the customer spoke.
    pub talked: u64,
    /// Calls that may be such.
    pub talked_unknown: u64,
    /// Calls with talk that the vendor counts as a success.
    pub goal: u64,
    /// Calls that may be such.
    pub goal_unknown: u64,
    /// From pick-up to the end, in milliseconds, of calls that are over.
    pub talk_time_ms: u64,
    /// Calls that are over and have a talk time.
    pub talk_time_measured: u64,
    /// Calls that are over, have none, and were answered or may have been.
    pub talk_time_unknown: u64,
    /// Percentiles of the talk time, in milliseconds.
    pub talk_time: Option<Percentiles>,
    /// The whole lengths of calls whose talk time is unknown, by what they count from.
    pub whole_lengths: Vec<WholeLength>,
    /// Calls that were answered, or may have been.
    pub latency_calls: u64,
    /// Of these, calls without a response time.
    pub latency_unknown: u64,
    /// Percentiles of the calls' median response times, in milliseconds.
    pub latency: Option<Percentiles>,
    /// Calls that are over and that the vendor counts as a success, whether answered or not.
    pub success: u64,
    /// Calls that are over and that it counts as none.
    pub no_success: u64,
    /// Calls that are over and have no such value.
    pub success_unknown: u64,
    /// Costs by unit; they are never added.
    pub costs: Vec<CostFigure>,
    /// Calls without a cost.
    pub without_cost: u64,
    /// Hand-overs.
    pub transfers: u64,
    /// Uses of tools.
    pub tool_uses: u64,
    /// Of these, those that failed.
    pub tool_failures: u64,
    /// Of these, those without a result from the vendor.
    pub tool_unknown: u64,
}

/// The whole lengths of some calls.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WholeLength {
    /// `dispatch`, `start`, `answer`, or `reported` for what the vendor states.
    pub basis: &'static str,
    /// The calls.
    pub calls: u64,
    /// Their sum, in milliseconds.
    pub ms: u64,
}

/// What some calls cost, in one unit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CostFigure {
    /// An ISO 4217 code, `credits`, or `unspecified` where the vendor does not say.
    pub unit: String,
    /// The vendor whose credits or amounts these are; `None` for money.
    pub vendor: Option<String>,
    /// The exact sum.
    pub total: Decimal,
    /// The calls.
    pub calls: u64,
}

/// A tally, and the distributions of lengths.
#[derive(Clone, Debug, Default)]
pub(crate) struct Group {
    pub(crate) tally: Tally,
    pub(crate) lengths: [Distribution; LengthKind::ALL.len()],
    pub(crate) latency: Distribution,
}

impl Group {
    pub(crate) fn add_lengths(&mut self, lengths: Lengths) {
        if let Some((kind, ms)) = lengths.length {
            self.lengths[kind as usize].add(ms);
        }
        if let Some(ms) = lengths.latency {
            self.latency.add(ms);
        }
    }
}

/// A part of a whole in percent, to one decimal, halves up; `None` of nothing.
pub(crate) fn percent(part: u64, whole: u64) -> Option<f64> {
    let thousandths =
        (u128::from(part) * 2000 + u128::from(whole)).checked_div(u128::from(whole) * 2)?;
    Some(thousandths as f64 / 10.0)
}

impl Figures {
    pub(crate) fn of(group: &Group, measure: &Measure) -> Self {
        let tally = &group.tally;
        let get = |metric| tally.get(metric);
        let known = |question, answer| get(Metric::Known(question, answer));
        let (over, answered) = (get(Metric::Over), known(Question::Answered, Answer::Yes));
        let answered_unknown = known(Question::Answered, Answer::Unknown);
        let whole = |kind: &LengthKind| WholeLength {
            basis: kind.as_str(),
            calls: get(Metric::WholeCalls(*kind)),
            ms: get(Metric::WholeMs(*kind)),
        };
        let whole_lengths = LengthKind::ALL.iter().skip(1).map(whole);
        let tools = |answer| {
            let uses = tally.counts().iter().filter_map(|(metric, count)| match metric {
                Metric::Tool(_, known) if *known == answer => Some(*count),
                _ => None,
            });
            uses.sum::<u64>()
        };
        let [worked, tool_failures, tool_unknown] = Answer::ALL.map(tools);
        let transfers = tally
            .counts()
            .iter()
            .filter_map(|(metric, count)| matches!(metric, Metric::Transfer(..)).then_some(*count));
        Self {
            calls: get(Metric::Calls),
            over,
            answered,
            not_answered: known(Question::Answered, Answer::No),
            answered_unknown,
            answered_at_least_percent: percent(answered, over),
            answered_at_most_percent: percent(answered + answered_unknown, over),
            talked: known(Question::Talked, Answer::Yes),
            talked_unknown: known(Question::Talked, Answer::Unknown),
            goal: known(Question::Goal, Answer::Yes),
            goal_unknown: known(Question::Goal, Answer::Unknown),
            talk_time_ms: get(Metric::TalkMs),
            talk_time_measured: get(Metric::TalkMeasured),
            talk_time_unknown: get(Metric::TalkUnknown),
            talk_time: group.lengths[LengthKind::Talk as usize].percentiles(),
            whole_lengths: whole_lengths.filter(|it| it.calls > 0).collect(),
            latency_calls: get(Metric::LatencyAsked),
            latency_unknown: get(Metric::LatencyAsked) - get(Metric::LatencyKnown),
            latency: group.latency.percentiles(),
            success: known(Question::Success, Answer::Yes),
            no_success: known(Question::Success, Answer::No),
            success_unknown: known(Question::Success, Answer::Unknown),
            costs: costs(tally, measure),
            without_cost: get(Metric::NoCost),
            transfers: transfers.sum(),
            tool_uses: worked + tool_failures + tool_unknown,
            tool_failures,
            tool_unknown,
        }
    }
}

fn costs(tally: &Tally, measure: &Measure) -> Vec<CostFigure> {
    let cost = |(amount, total): &(Amount, Decimal)| {
        let Amount::Total(place) = *amount else { return None };
        let PricedUnit { unit, vendor } = measure.units.get(place.into())?.clone();
        let calls = tally.get(Metric::CostCalls(place));
        Some(CostFigure { unit, vendor, total: total.normalize(), calls })
    };
    let mut costs: Vec<_> = tally.money().iter().filter_map(cost).collect();
    costs.sort_by(|a, b| (&a.unit, &a.vendor).cmp(&(&b.unit, &b.vendor)));
    costs
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn percentages_are_rounded_as_sql_rounds_them() {
        let cases = [
            (0, 0, None),
            (0, 7, Some(0.0)),
            (1, 3, Some(33.3)),
            (2, 3, Some(66.7)),
            (1, 16, Some(6.3)),
            (1, 2000, Some(0.1)),
            (7, 7, Some(100.0)),
            (u64::MAX, u64::MAX, Some(100.0)),
        ];
        for (part, whole, expect) in cases {
            assert_eq!(percent(part, whole), expect, "{part} of {whole}");
        }
    }
}
