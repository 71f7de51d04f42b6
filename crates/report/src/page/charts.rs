//! Numbers and bars of a page, with what its script needs to write them again for other filters.

use super::sheet::{CallGroup, Sheet, amount_name, metric_name};
use crate::{
    figures::percent,
    html::grouped,
    measure::{Amount, Metric},
};
use maud::{Markup, html};

fn names(metrics: &[Metric]) -> String {
    metrics.iter().map(|metric| metric_name(*metric)).collect::<Vec<_>>().join(" ")
}

/// Minutes to one decimal.
pub(super) fn minutes(ms: u64) -> String {
    let tenths = (u128::from(ms) + 3000) / 6000;
    format!("{}.{}", grouped(tenths / 10), tenths % 10)
}

fn share_text(percent: Option<f64>) -> String {
    percent.map_or("–".to_owned(), |percent| format!("{percent:.1}\u{a0}%"))
}

/// The range of a share: from `low` to `low + unknown`.
pub(super) fn range_text(low: u64, unknown: u64, whole: u64) -> String {
    match (percent(low, whole), percent(low + unknown, whole)) {
        (Some(a), Some(b)) if a == b => format!("{a:.1}\u{a0}%"),
        (Some(a), Some(b)) => format!("{a:.1}–{b:.1}\u{a0}%"),
        _ => "–".to_owned(),
    }
}

impl Sheet<'_> {
    /// A count.
    pub(super) fn number(&self, metrics: &[Metric], part: CallGroup) -> Markup {
        html! {
            span data-f="n" data-v=(names(metrics)) data-k=(part.name()) {
                (grouped(self.count(metrics, part)))
            }
        }
    }

    /// From a count to the count that it may be.
    pub(super) fn bounds(&self, known: &[Metric], unknown: &[Metric], part: CallGroup) -> Markup {
        let [low, more] = [known, unknown].map(|metrics| self.count(metrics, part));
        let text = match more {
            0 => grouped(low),
            _ => format!("{}–{}", grouped(low), grouped(low + more)),
        };
        html! {
            span data-f="bounds" data-v=(names(known)) data-u=(names(unknown)) data-k=(part.name()) {
                (text)
            }
        }
    }

    /// A sum of milliseconds of some calls, in minutes; nothing known where there is no such call.
    pub(super) fn minutes(&self, ms: Metric, calls: Metric, part: CallGroup) -> Markup {
        let text = match self.count(&[calls], part) {
            0 => "–".to_owned(),
            _ => minutes(self.count(&[ms], part)),
        };
        html! {
            span data-f="minutes" data-v=(metric_name(ms)) data-o=(metric_name(calls))
                data-k=(part.name()) { (text) }
        }
    }

    /// A sum of money, in full; nothing known where no call has such a cost.
    pub(super) fn price(&self, amount: Amount, part: CallGroup) -> Markup {
        let calls = match amount {
            Amount::Total(unit) => Some(Metric::CostCalls(unit)),
            Amount::Part(..) | Amount::Further(_) => None,
        };
        let text = match calls {
            Some(calls) if self.count(&[calls], part) == 0 => "–".to_owned(),
            _ => {
                let sum = self.money(amount, part).unwrap_or_default();
                grouped(self.amount_text(amount, sum))
            }
        };
        html! {
            span data-f="money" data-v=(amount_name(amount)) data-o=[calls.map(metric_name)]
                data-k=(part.name()) data-s=(self.scale(amount)) { (text) }
        }
    }

    /// A share.
    pub(super) fn share(&self, part_of: &[Metric], whole: &[Metric], part: CallGroup) -> Markup {
        let (low, all) = (self.count(part_of, part), self.count(whole, part));
        html! {
            span data-f="share" data-v=(names(part_of)) data-o=(names(whole)) data-k=(part.name()) {
                (share_text(percent(low, all)))
            }
        }
    }

    /// The range of a share: without and with the unknown calls.
    pub(super) fn range(
        &self,
        known: &[Metric],
        unknown: &[Metric],
        whole: &[Metric],
        part: CallGroup,
    ) -> Markup {
        let [low, more, all] = [known, unknown, whole].map(|metrics| self.count(metrics, part));
        html! {
            span data-f="range" data-v=(names(known)) data-u=(names(unknown)) data-o=(names(whole))
                data-k=(part.name()) { (range_text(low, more, all)) }
        }
    }

    /// The change of a count against the period before.
    pub(super) fn change(&self, metrics: &[Metric]) -> Markup {
        let [now, before] =
            [CallGroup::All, CallGroup::Before].map(|part| self.count(metrics, part));
        let text = match percent(now.abs_diff(before), before) {
            None => "–".to_owned(),
            Some(percent) => {
                let sign = if now < before { "−" } else { "+" };
                let tenths = (percent * 10.0).round() as u64;
                format!("{sign}{}.{}\u{a0}%", grouped(tenths / 10), tenths % 10)
            }
        };
        html! { span data-f="change" data-v=(names(metrics)) { (text) } }
    }

    /// A cell of the heat map.
    pub(super) fn heat_cell(&self, [yes, unknown, over]: [&[Metric]; 3]) -> Markup {
        let [low, more, all] =
            [yes, unknown, over].map(|metrics| self.count(metrics, CallGroup::All));
        let text = match (all, more) {
            (0, _) => String::new(),
            (_, 0) => format!("{low}/{all}"),
            _ => format!("{low}–{}/{all}", low + more),
        };
        let share = if all == 0 { String::new() } else { share_text(percent(low, all)) };
        let step = percent(low, all).map(|percent| {
            let thousandths = (percent * 10.0).round() as u64;
            format!("q{}", (thousandths * 6 / 1001).min(5))
        });
        let metrics = [yes, unknown, over].map(names).join("|");
        html! {
            td data-heat=(metrics) class=(step.unwrap_or_default()) {
                span data-f="share" data-v=(names(yes)) data-o=(names(over)) data-k="" {
                    (if share.is_empty() { "–" } else { &share })
                }
                span data-f="heat" data-v=(names(yes)) data-u=(names(unknown)) data-o=(names(over))
                    data-k="" { (text) }
            }
        }
    }

    /// A cell with a bar. Bars of one group have one scale.
    pub(super) fn bar(
        &self,
        group: &str,
        metrics: &[Metric],
        part: CallGroup,
        most: u64,
    ) -> Markup {
        let value = self.count(metrics, part);
        let width = if most == 0 { 0.0 } else { value as f64 / most as f64 * 100.0 };
        html! {
            td class="bar" {
                svg class="hbar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" {
                    rect class="b" y="1" height="8" width=(format!("{width:.2}")) data-b=(group)
                        data-v=(names(metrics)) data-k=(part.name()) {}
                }
            }
        }
    }

    /// Columns over time, with their greatest value; `is_money` writes it as the other amounts.
    pub(super) fn columns(&self, title: &str, group: &str, what: &TimeSeries) -> Markup {
        let parts: Vec<_> = (0..self.spans.len()).map(CallGroup::Span).collect();
        let values: Vec<f64> = parts.iter().map(|part| what.value(self, *part)).collect();
        let most = values.iter().copied().fold(0.0, f64::max);
        let greatest = values.iter().position(|value| *value == most).unwrap_or_default();
        let width = 100.0 / parts.len().max(1) as f64;
        let class = if what.is_second() { "b2" } else { "b" };
        let each = self.unit.as_str();
        let name = what.names();
        html! {
            figure {
                figcaption { (title) " per " (each) }
                @if parts.is_empty() {
                    p class="soft" { "No call has a start." }
                } @else {
                    div class="axis" aria-hidden="true" {
                        span {
                            "most: "
                            span data-most=(group) data-f=(what.format()) data-s=(what.scale(self))
                                data-v=(name) data-k=(CallGroup::Span(greatest).name()) {
                                (what.text(self, CallGroup::Span(greatest)))
                            }
                        }
                    }
                    svg class="columns" viewBox="0 0 100 100" preserveAspectRatio="none" role="img"
                        aria-label={(title) " per " (each) ", as in the table below"} {
                        @for (at, value) in values.iter().enumerate() {
                            @let height = if most > 0.0 { (value / most * 100.0).max(0.0) } else { 0.0 };
                            rect class=(class) x=(format!("{:.3}", at as f64 * width + width * 0.1))
                                width=(format!("{:.3}", width * 0.8))
                                y=(format!("{:.2}", 100.0 - height)) height=(format!("{height:.2}"))
                                data-b=(group) data-c="" data-v=(name) data-k=(CallGroup::Span(at).name()) {}
                        }
                    }
                    div class="axis" aria-hidden="true" {
                        span { (self.spans[0]) }
                        @if self.spans.len() > 1 { span { (self.spans[self.spans.len() - 1]) } }
                    }
                }
            }
        }
    }

    /// Columns of the bins of a distribution.
    pub(super) fn histogram(&self, title: &str, group: &str, bins: &[(String, Metric)]) -> Markup {
        let values: Vec<u64> =
            bins.iter().map(|(_, metric)| self.count(&[*metric], CallGroup::All)).collect();
        let most = values.iter().copied().max().unwrap_or_default();
        let width = 100.0 / bins.len().max(1) as f64;
        html! {
            svg class="columns" viewBox="0 0 100 100" preserveAspectRatio="none" role="img"
                aria-label={(title) ", as in the table below"} {
                @for (at, ((_, metric), value)) in bins.iter().zip(&values).enumerate() {
                    @let height = if most > 0 { *value as f64 / most as f64 * 100.0 } else { 0.0 };
                    rect class="b" x=(format!("{:.3}", at as f64 * width + width * 0.05))
                        width=(format!("{:.3}", width * 0.9)) y=(format!("{:.2}", 100.0 - height))
                        height=(format!("{height:.2}")) data-b=(group) data-c=""
                        data-v=(metric_name(*metric)) data-k="" {}
                }
            }
            div class="axis" aria-hidden="true" {
                span { (bins.first().map_or("", |(name, _)| name)) }
                span { (bins.last().map_or("", |(name, _)| name)) }
            }
        }
    }
}

/// What columns over time show.
pub(super) enum TimeSeries {
    Calls(Metric),
    Minutes(Metric),
    Money(Amount),
}

impl TimeSeries {
    fn names(&self) -> String {
        match self {
            Self::Calls(metric) | Self::Minutes(metric) => metric_name(*metric),
            Self::Money(amount) => amount_name(*amount),
        }
    }

    fn format(&self) -> &'static str {
        match self {
            Self::Calls(_) => "n",
            Self::Minutes(_) => "minutes",
            Self::Money(_) => "money",
        }
    }

    fn scale(&self, sheet: &Sheet<'_>) -> u32 {
        match self {
            Self::Money(amount) => sheet.scale(*amount),
            _ => 0,
        }
    }

    /// Whether it has the second colour.
    fn is_second(&self) -> bool {
        matches!(self, Self::Minutes(Metric::WholeMs(_)))
    }

    /// For the length of a column.
    fn value(&self, sheet: &Sheet<'_>, part: CallGroup) -> f64 {
        match self {
            Self::Calls(metric) | Self::Minutes(metric) => sheet.count(&[*metric], part) as f64,
            Self::Money(amount) => {
                let sum = sheet.money(*amount, part).unwrap_or_default();
                sum.to_string().parse().unwrap_or_default()
            }
        }
    }

    fn text(&self, sheet: &Sheet<'_>, part: CallGroup) -> String {
        match self {
            Self::Calls(metric) => grouped(sheet.count(&[*metric], part)),
            Self::Minutes(metric) => minutes(sheet.count(&[*metric], part)),
            Self::Money(amount) => {
                let sum = sheet.money(*amount, part).unwrap_or_default();
                grouped(sheet.amount_text(*amount, sum))
            }
        }
    }
}
