//! The sections of a page.

use super::{
    charts::TimeSeries,
    sheet::{CallGroup, Sheet, is_choice, metric_name},
};
use crate::{
    call_stats::WEEKDAYS,
    distribution::Distribution,
    html::grouped,
    measure::{
        Amount, Answer, DIRECTIONS, LATENCY_BINS, LENGTH_BINS, LengthKind, Metric, NOT_STATED,
        Question, cost_kinds, dispositions, end_kinds, transfer_kinds, transfer_statuses,
    },
};
use maud::{Markup, html};

const OUT_YES: Metric = Metric::Outbound(Answer::Yes);
const OUT_UNKNOWN: Metric = Metric::Outbound(Answer::Unknown);
const OUTBOUND: [Metric; 3] = [OUT_YES, Metric::Outbound(Answer::No), OUT_UNKNOWN];

const fn known(question: Question, answer: Answer) -> Metric {
    Metric::Known(question, answer)
}

/// The controls; the script shows them.
pub(super) fn filters(sheet: &Sheet<'_>) -> Markup {
    let select =
        |id: &str, title: &str, all: &str, names: &mut dyn Iterator<Item = (usize, String)>| {
            html! {
                label for=(id) {
                    (title)
                    select id=(id) autocomplete="off" {
                        option value="" { (all) }
                        @for (value, name) in names { option value=(value) { (name) } }
                    }
                }
            }
        };
    let names =
        |names: &[String]| names.iter().cloned().enumerate().collect::<Vec<_>>().into_iter();
    let directions: Vec<String> = DIRECTIONS.map(ToOwned::to_owned).to_vec();
    let calls = grouped(sheet.count(&[Metric::Calls], CallGroup::All));
    html! {
        fieldset id="filters" class="filters" hidden {
            legend { "Show" }
            (select("f-source", "Source", "all sources", &mut names(&sheet.sources)))
            @if is_choice(&sheet.agents) {
                (select("f-agent", "Agent", "all agents", &mut names(&sheet.agents)))
            }
            (select("f-direction", "Direction", "all directions", &mut names(&directions)))
            @if sheet.spans.len() > 1 {
                (select("f-from", "From", "the beginning", &mut names(&sheet.spans)))
                (select("f-to", "To, inclusive", "the end", &mut names(&sheet.spans)))
            }
            button type="button" id="f-reset" { "Show all" }
        }
        p id="shown" role="status" class="soft" { "All " (calls) " calls are shown" }
        p class="soft small" data-part-period="" hidden { "Calls without a start are in no range of time." }
    }
}

pub(super) fn tiles(sheet: &Sheet<'_>) -> Markup {
    let all = CallGroup::All;
    let unknown = [known(Question::Goal, Answer::Unknown)];
    html! {
        dl class="tiles" {
            div {
                dt { "Calls" }
                dd class="big" { (sheet.number(&[Metric::Calls], all)) }
                dd class="small" { (sheet.number(&[Metric::Over], all)) " are over" }
            }
            div {
                dt { "Outbound calls answered" }
                dd class="big" { (sheet.range(&[OUT_YES], &[OUT_UNKNOWN], &OUTBOUND, all)) }
                dd class="small" {
                    (sheet.number(&[OUT_YES], all)) " of " (sheet.number(&OUTBOUND, all)) ", "
                    (sheet.number(&[OUT_UNKNOWN], all)) " unknown"
                }
            }
            div {
                dt { "Minutes of talk" }
                dd class="big" { (sheet.minutes(Metric::TalkMs, Metric::TalkMeasured, all)) }
                dd class="small" {
                    "of " (sheet.number(&[Metric::TalkMeasured], all)) " calls; not known of "
                    (sheet.number(&[Metric::TalkUnknown], all))
                }
            }
            div {
                dt { "Goal reached" }
                dd class="big" { (sheet.number(&[known(Question::Goal, Answer::Yes)], all)) }
                dd class="small" { (sheet.number(&unknown, all)) " unknown" }
            }
            @for (amount, unit) in totals(sheet) {
                div {
                    dt { "Cost, " (unit_title(sheet, unit)) }
                    dd class="big" { (sheet.price(amount, all)) }
                    dd class="small" { "of " (sheet.number(&[Metric::CostCalls(unit)], all)) " calls" }
                }
            }
            div {
                dt { "Calls without a cost" }
                dd class="big" { (sheet.number(&[Metric::NoCost], all)) }
            }
        }
        @if sheet.not_added() > 0 {
            p class="incomplete" { (grouped(sheet.not_added())) " amounts are too large to be added; sums lack them." }
        }
    }
}

fn unit_title(sheet: &Sheet<'_>, unit: u8) -> String {
    let units = &sheet.report.measure.units;
    units.get(unit.into()).map_or_else(String::new, |unit| unit.title())
}

/// The total of each unit.
fn totals<'a>(sheet: &'a Sheet<'_>) -> impl Iterator<Item = (Amount, u8)> + Clone + 'a {
    let amounts: Vec<_> = sheet.amounts().collect();
    amounts.into_iter().filter_map(|amount| match amount {
        Amount::Total(unit) => Some((amount, unit)),
        _ => None,
    })
}

pub(super) fn comparison(sheet: &Sheet<'_>) -> Markup {
    if !sheet.compares() {
        return html! {};
    }
    let counts: [(&str, &[Metric], bool); 7] = [
        ("Calls", &[Metric::Calls], false),
        ("Outbound calls that are over", &OUTBOUND, false),
        ("Outbound calls answered", &[OUT_YES], false),
        ("Calls with talk", &[known(Question::Talked, Answer::Yes)], false),
        ("Goal reached", &[known(Question::Goal, Answer::Yes)], false),
        ("Minutes of talk", &[Metric::TalkMs], true),
        ("Calls without a cost", &[Metric::NoCost], false),
    ];
    let value = |metrics: &[Metric], is_minutes: bool, part| match is_minutes {
        true => sheet.minutes(Metric::TalkMs, Metric::TalkMeasured, part),
        false => sheet.number(metrics, part),
    };
    html! {
        section aria-labelledby="compared" {
            h2 id="compared" { "Change against the period before" }
            p class="soft" data-part-period="" hidden {
                "The period before is compared with the whole period: choose the beginning and the end."
            }
            div data-whole-period="" {
                table {
                    caption { "The period before is as long, and ends where this one begins." }
                    thead {
                        tr {
                            th scope="col" { "Figure" } th scope="col" class="n" { "This period" }
                            th scope="col" class="n" { "Before" } th scope="col" class="n" { "Change" }
                        }
                    }
                    tbody {
                        @for (title, metrics, is_minutes) in counts {
                            tr {
                                th scope="row" { (title) }
                                td class="n" { (value(metrics, is_minutes, CallGroup::All)) }
                                td class="n" { (value(metrics, is_minutes, CallGroup::Before)) }
                                td class="n" { (sheet.change(metrics)) }
                            }
                        }
                        tr {
                            th scope="row" { "Outbound calls answered, share" }
                            td class="n" { (sheet.range(&[OUT_YES], &[OUT_UNKNOWN], &OUTBOUND, CallGroup::All)) }
                            td class="n" { (sheet.range(&[OUT_YES], &[OUT_UNKNOWN], &OUTBOUND, CallGroup::Before)) }
                            td class="n" { }
                        }
                        @for (amount, unit) in totals(sheet) {
                            tr {
                                th scope="row" { "Cost, " (unit_title(sheet, unit)) }
                                td class="n" { (sheet.price(amount, CallGroup::All)) }
                                td class="n" { (sheet.price(amount, CallGroup::Before)) }
                                td class="n" { }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The kinds of whole length that some call has.
fn whole_kinds(sheet: &Sheet<'_>) -> Vec<LengthKind> {
    let has = |kind: &LengthKind| sheet.count(&[Metric::WholeCalls(*kind)], CallGroup::All) > 0;
    LengthKind::ALL.into_iter().skip(1).filter(has).collect()
}

/// Whether the sum of an amount is another than 0.
fn is_paid(sheet: &Sheet<'_>, amount: Amount) -> bool {
    sheet.money(amount, CallGroup::All).is_some_and(|sum| !sum.is_zero())
}

pub(super) fn over_time(sheet: &Sheet<'_>) -> Markup {
    let unit = sheet.unit.as_str();
    let kinds = whole_kinds(sheet);
    let costs: Vec<_> = totals(sheet).collect();
    let mut rows: Vec<_> = sheet
        .spans
        .iter()
        .cloned()
        .enumerate()
        .map(|(at, name)| (CallGroup::Span(at), name))
        .collect();
    if sheet.has_undated {
        rows.push((CallGroup::Span(sheet.spans.len()), "without a start".to_owned()));
    }
    html! {
        section aria-labelledby="time" {
            h2 id="time" { "Over time" }
            @if unit == "week" { p class="soft small" { "A week is named by its Monday." } }
            @if sheet.has_gaps { p class="soft small" { "Each " (unit) " without a call is left out." } }
            div class="grid" {
                (sheet.columns("Calls", "t-calls", &TimeSeries::Calls(Metric::Calls)))
                (sheet.columns("Minutes of talk", "t-talk", &TimeSeries::Minutes(Metric::TalkMs)))
                @for kind in &kinds {
                    (sheet.columns(
                        &format!("Minutes of calls whose talk time is not known: {}", kind.title()),
                        &format!("t-{}", kind.as_str()),
                        &TimeSeries::Minutes(Metric::WholeMs(*kind)),
                    ))
                }
                @for (amount, place) in costs.iter().filter(|(amount, _)| is_paid(sheet, *amount)).take(6) {
                    (sheet.columns(
                        &format!("Cost, {}", unit_title(sheet, *place)),
                        &format!("t-cost{place}"),
                        &TimeSeries::Money(*amount),
                    ))
                }
            }
            details {
                summary { "Table by " (unit) }
                div class="scroll" role="region" aria-label={"Table by " (unit)} tabindex="0" {
                    table {
                        thead {
                            tr {
                                th scope="col" { (unit) }
                                th scope="col" class="n" { "Calls" }
                                th scope="col" class="n" { "Over" }
                                th scope="col" class="n" { "Minutes of talk" }
                                th scope="col" class="n" { "Talk time unknown" }
                                @for kind in &kinds { th scope="col" class="n" { "Minutes, " (kind.as_str()) } }
                                @for (_, place) in &costs { th scope="col" class="n" { (unit_title(sheet, *place)) } }
                                th scope="col" class="n" { "Without a cost" }
                            }
                        }
                        tbody {
                            @for (part, name) in rows {
                                tr {
                                    th scope="row" { (name) }
                                    td class="n" { (sheet.number(&[Metric::Calls], part)) }
                                    td class="n" { (sheet.number(&[Metric::Over], part)) }
                                    td class="n" { (sheet.minutes(Metric::TalkMs, Metric::TalkMeasured, part)) }
                                    td class="n" { (sheet.number(&[Metric::TalkUnknown], part)) }
                                    @for kind in &kinds {
                                        td class="n" { (sheet.minutes(Metric::WholeMs(*kind), Metric::WholeCalls(*kind), part)) }
                                    }
                                    @for (amount, _) in &costs { td class="n" { (sheet.price(*amount, part)) } }
                                    td class="n" { (sheet.number(&[Metric::NoCost], part)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn funnel(sheet: &Sheet<'_>) -> Markup {
    let step = |direction: u8, question, answer| Metric::Funnel(direction, question, answer);
    let steps = |direction: u8| {
        let answers = |answer| match direction {
            0 => Metric::Outbound(answer),
            _ => Metric::Inbound(answer),
        };
        let first = if direction == 0 { "Dialled" } else { "Received" };
        let later = |question| move |answer| step(direction, question, answer);
        let talked = later(Question::Talked);
        let goal = later(Question::Goal);
        [
            (first, Answer::ALL.map(answers).to_vec(), Vec::new()),
            ("Answered", vec![answers(Answer::Yes)], vec![answers(Answer::Unknown)]),
            ("Talked", vec![talked(Answer::Yes)], vec![talked(Answer::Unknown)]),
            ("Goal reached", vec![goal(Answer::Yes)], vec![goal(Answer::Unknown)]),
        ]
    };
    html! {
        section aria-labelledby="funnel" {
            h2 id="funnel" { "From dialled to goal reached" }
            p class="soft" {
                "Calls that are over. A step counts only calls that took the step before; "
                "“may be more” are calls of which the vendor does not say."
            }
            div class="grid" {
                @for (direction, title) in [(0_u8, "Outbound"), (1, "Inbound")] {
                    @let steps = steps(direction);
                    @let all = &steps[0].1;
                    @let most = sheet.count(all, CallGroup::All);
                    table {
                        caption { (title) " calls" }
                        thead {
                            tr {
                                th scope="col" { "Step" } th scope="col" class="n" { "Calls" }
                                th scope="col" class="n" { "May be more" } th scope="col" class="n" { "Share" }
                                td class="bar" { }
                            }
                        }
                        tbody {
                            @for (name, metrics, unknown) in &steps {
                                tr {
                                    th scope="row" { (name) }
                                    td class="n" { (sheet.number(metrics, CallGroup::All)) }
                                    td class="n" {
                                        @if !unknown.is_empty() { (sheet.number(unknown, CallGroup::All)) }
                                    }
                                    td class="n" { (sheet.share(metrics, all, CallGroup::All)) }
                                    (sheet.bar(&format!("funnel{direction}"), metrics, CallGroup::All, most))
                                }
                            }
                        }
                    }
                }
            }
            p class="soft small" { "Calls whose direction is another or not known are in neither." }
        }
    }
}

pub(super) fn heat(sheet: &Sheet<'_>) -> Markup {
    let zone = sheet.report.measure.zone();
    html! {
        section aria-labelledby="hours" {
            h2 id="hours" { "Pick-up by hour and weekday" }
            p class="soft" {
                "Outbound calls that are over, by their start in " strong { (zone.name()) } ": the share "
                "that was answered at least, and answered calls of all; 5–7/12 is 5 answered, 2 unknown, of 12."
            }
            table class="heat" {
                thead {
                    tr {
                        th scope="col" { "h" }
                        @for day in WEEKDAYS { th scope="col" { (day) } }
                    }
                }
                tbody {
                    @for hour in 0..24_u8 {
                        tr {
                            th scope="row" { (format!("{hour:02}")) }
                            @for day in 0..7_u8 {
                                @let cell = |answer| Metric::Heat(day, hour, answer);
                                (sheet.heat_cell([
                                    &[cell(Answer::Yes)],
                                    &[cell(Answer::Unknown)],
                                    &Answer::ALL.map(cell),
                                ]))
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Names with their counts and a bar, those with most calls first.
fn ranking(
    sheet: &Sheet<'_>,
    caption: &str,
    column: &str,
    group: &str,
    rows: impl Iterator<Item = (String, Metric)>,
) -> Markup {
    let count = |metric: Metric| sheet.count(&[metric], CallGroup::All);
    let mut rows: Vec<_> = rows.filter(|(_, metric)| count(*metric) > 0).collect();
    rows.sort_by_key(|(_, metric)| std::cmp::Reverse(count(*metric)));
    let most = rows.first().map_or(0, |(_, metric)| count(*metric));
    html! {
        table {
            caption { (caption) }
            thead { tr { th scope="col" { (column) } th scope="col" class="n" { "Calls" } td class="bar" { } } }
            tbody {
                @for (name, metric) in rows {
                    tr {
                        th scope="row" { bdi { (name) } }
                        td class="n" { (sheet.number(&[metric], CallGroup::All)) }
                        (sheet.bar(group, &[metric], CallGroup::All, most))
                    }
                }
            }
        }
    }
}

/// A word of the model, for people.
fn plain(word: &str) -> String {
    word.replace('_', " ")
}

pub(super) fn outcomes(sheet: &Sheet<'_>) -> Markup {
    let answers = |question: Question, words: [&str; 3]| {
        words
            .into_iter()
            .zip(Answer::ALL)
            .map(move |(word, answer)| (word.to_owned(), known(question, answer)))
            .collect::<Vec<_>>()
            .into_iter()
    };
    let numbered = |words: &mut dyn Iterator<Item = &'static str>, metric: fn(u8) -> Metric| {
        let names: Vec<_> =
            words.enumerate().map(|(at, word)| (plain(word), metric(at as u8))).collect();
        names.into_iter()
    };
    html! {
        section aria-labelledby="outcomes" {
            h2 id="outcomes" { "Outcomes and end reasons" }
            p class="soft" { "Calls that are over. “unknown” is what the vendor does not say; “other” is an undocumented word." }
            div class="grid" {
                div {
                    (ranking(sheet, "Whether the vendor counts the call as a success", "Success", "o-success",
                        answers(Question::Success, ["success", "no success", "unknown"])))
                    (ranking(sheet, "Whether an appointment was made", "Appointment", "o-appointment",
                        answers(Question::Appointment, ["booked", "not booked", "unknown"])))
                }
                (ranking(sheet, "How the call connected", "Disposition", "o-disposition",
                    numbered(&mut dispositions(), Metric::Disposition)))
                (ranking(sheet, "Why the call ended", "End reason", "o-end",
                    numbered(&mut end_kinds(), Metric::End)))
            }
        }
    }
}

pub(super) fn costs(sheet: &Sheet<'_>) -> Markup {
    let totals: Vec<_> = totals(sheet).collect();
    let amounts: Vec<_> = sheet.amounts().collect();
    let kinds: Vec<_> = cost_kinds().collect();
    let parts = amounts.iter().filter_map(|amount| match amount {
        Amount::Part(unit, kind) => Some((*amount, *unit, kinds.get(usize::from(*kind))?)),
        _ => None,
    });
    let further = amounts.iter().filter_map(|amount| match amount {
        Amount::Further(unit) => Some((*amount, *unit)),
        _ => None,
    });
    let (parts, further): (Vec<_>, Vec<_>) = (parts.collect(), further.collect());
    html! {
        section aria-labelledby="costs" {
            h2 id="costs" { "Costs" }
            p class="soft" {
                "Exact sums. Units are never added: credits, and amounts whose unit the vendor does not state, "
                "are those of one vendor."
            }
            @if totals.is_empty() {
                p { "No call has a cost." }
            } @else {
                div class="scroll" role="region" aria-label="Cost by agent" tabindex="0" {
                    table {
                        caption { "Cost by agent" }
                        thead {
                            tr {
                                th scope="col" { "Agent" }
                                @for (_, unit) in &totals { th scope="col" class="n" { (unit_title(sheet, *unit)) } }
                                th scope="col" class="n" { "Calls without a cost" }
                            }
                        }
                        tbody {
                            @for (at, name) in sheet.agents.iter().enumerate() {
                                tr {
                                    th scope="row" { bdi { (name) } }
                                    @for (amount, _) in &totals {
                                        td class="n" { (sheet.price(*amount, CallGroup::Agent(at))) }
                                    }
                                    td class="n" { (sheet.number(&[Metric::NoCost], CallGroup::Agent(at))) }
                                }
                            }
                        }
                    }
                }
            }
            div class="grid" {
                @if !parts.is_empty() {
                    table {
                        caption { "Parts of costs by kind, as far as vendors state them" }
                        thead {
                            tr {
                                th scope="col" { "Kind" } th scope="col" { "Unit" }
                                th scope="col" class="n" { "Sum" }
                            }
                        }
                        tbody {
                            @for (amount, unit, kind) in parts {
                                tr {
                                    th scope="row" { (kind) }
                                    td { (unit_title(sheet, unit)) }
                                    td class="n" { (sheet.price(amount, CallGroup::All)) }
                                }
                            }
                        }
                    }
                }
                @if !further.is_empty() {
                    table {
                        caption { "Further totals of the same calls in other units, added to none above" }
                        thead { tr { th scope="col" { "Unit" } th scope="col" class="n" { "Sum" } } }
                        tbody {
                            @for (amount, unit) in further {
                                tr {
                                    th scope="row" { (unit_title(sheet, unit)) }
                                    td class="n" { (sheet.price(amount, CallGroup::All)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The names of bins with these upper ends.
fn bin_names(ends: &[u64], unit: &str) -> Vec<String> {
    let mut from = 0;
    let mut names = Vec::new();
    for end in ends {
        names.push(format!("{}–{} {unit}", grouped(from), grouped(*end)));
        from = *end;
    }
    names.push(format!("{} {unit} or more", grouped(from)));
    names
}

/// A distribution: columns, percentiles and a table.
fn distribution(
    sheet: &Sheet<'_>,
    title: &str,
    group: &str,
    bins: &[(String, Metric)],
    values: &Distribution,
    show: fn(f64) -> String,
) -> Markup {
    let names = bins.iter().map(|(_, metric)| metric_name(*metric)).collect::<Vec<_>>().join(" ");
    let ends = bins.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join("|");
    let exact = values.percentiles();
    html! {
        figure {
            figcaption { (title) }
            (sheet.histogram(title, group, bins))
            table {
                caption {
                    "Percentiles by the nearest rank"
                    @if !values.is_exact() { ", within 0.4 %" }
                    "; of chosen calls, the bin they are in"
                }
                tbody {
                    @for (rank, value) in [(50, exact.map(|it| it.p50)), (90, exact.map(|it| it.p90)), (99, exact.map(|it| it.p99))] {
                        tr {
                            th scope="row" { "p" (rank) }
                            td class="n" data-p=(rank) data-bins=(names) data-ends=(ends) {
                                (value.map_or("–".to_owned(), show))
                            }
                        }
                    }
                }
            }
            details {
                summary { "Table of " (title) }
                table {
                    thead { tr { th scope="col" { "Bin" } th scope="col" class="n" { "Calls" } } }
                    tbody {
                        @for (name, metric) in bins {
                            tr { th scope="row" { (name) } td class="n" { (sheet.number(&[*metric], CallGroup::All)) } }
                        }
                    }
                }
            }
        }
    }
}

fn seconds(ms: f64) -> String {
    let tenths = (ms / 100.0).round() as u64;
    format!("{}.{} s", grouped(tenths / 10), tenths % 10)
}

fn millis(ms: f64) -> String {
    format!("{} ms", grouped(ms.round() as u64))
}

pub(super) fn lengths(sheet: &Sheet<'_>) -> Markup {
    let shown = |kind: &LengthKind| {
        *kind == LengthKind::Talk || sheet.count(&[Metric::WholeCalls(*kind)], CallGroup::All) > 0
    };
    let length_bins = |kind: LengthKind| -> Vec<_> {
        let names = bin_names(&LENGTH_BINS, "s").into_iter().enumerate();
        names.map(|(at, name)| (name, Metric::LengthBin(kind, at as u8))).collect()
    };
    let names = bin_names(&LATENCY_BINS, "ms").into_iter().enumerate();
    let latency_bins: Vec<_> =
        names.map(|(at, name)| (name, Metric::LatencyBin(at as u8))).collect();
    let all = &sheet.report.all;
    html! {
        section aria-labelledby="lengths" {
            h2 id="lengths" { "Lengths and response times" }
            p class="soft" {
                "Talk time of calls that are over. Where it is not known, and the call was answered or may have "
                "been, the whole length stands apart, by what it counts from: these do not compare. "
                (sheet.number(&[Metric::NoLength], CallGroup::All)) " such calls have no length at all."
            }
            div class="grid" {
                @for kind in LengthKind::ALL.into_iter().filter(shown) {
                    (distribution(sheet, kind.title(), &format!("l-{}", kind.as_str()), &length_bins(kind),
                        &all.lengths[kind as usize], seconds))
                }
                (distribution(sheet, "response time of the agent, the median of each call", "l-latency",
                    &latency_bins, &all.latency, millis))
            }
            p class="soft small" {
                "A response time is known of " (sheet.number(&[Metric::LatencyKnown], CallGroup::All)) " of "
                (sheet.number(&[Metric::LatencyAsked], CallGroup::All)) " calls that were answered or may have been."
            }
        }
    }
}

pub(super) fn transfers_and_tools(sheet: &Sheet<'_>) -> Markup {
    let (kinds, statuses): (Vec<_>, Vec<_>) =
        (transfer_kinds().collect(), transfer_statuses().collect());
    let transfers: Vec<_> = sheet
        .metrics()
        .filter_map(|metric| match metric {
            Metric::Transfer(kind, status) => {
                let kind = kinds.get(usize::from(kind))?;
                Some((metric, *kind, *statuses.get(usize::from(status))?))
            }
            _ => None,
        })
        .collect();
    html! {
        section aria-labelledby="tools" {
            h2 id="tools" { "Transfers and tools" }
            div class="grid" {
                @if transfers.is_empty() {
                    p { "No call has a transfer." }
                } @else {
                    table {
                        caption {
                            "Transfers that were tried, in " (sheet.number(&[Metric::TransferCalls], CallGroup::All)) " calls"
                        }
                        thead {
                            tr {
                                th scope="col" { "Kind" } th scope="col" { "Status" }
                                th scope="col" class="n" { "Transfers" }
                            }
                        }
                        tbody {
                            @for (metric, kind, status) in transfers {
                                tr {
                                    th scope="row" { (plain(kind)) } td { (plain(status)) }
                                    td class="n" { (sheet.number(&[metric], CallGroup::All)) }
                                }
                            }
                        }
                    }
                }
                @if sheet.tools.is_empty() {
                    p { "No call has a use of a tool." }
                } @else {
                    div class="scroll" role="region" aria-label="Uses of tools" tabindex="0" { table {
                        caption { "Uses of tools" }
                        thead {
                            tr {
                                th scope="col" { "Tool" } th scope="col" class="n" { "Uses" }
                                th scope="col" class="n" { "Failed" } th scope="col" class="n" { "Unknown" }
                                th scope="col" class="n" { "Failed, share" }
                            }
                        }
                        tbody {
                            @for (place, name) in &sheet.tools {
                                @let uses = Answer::ALL.map(|answer| Metric::Tool(*place, answer));
                                tr {
                                    th scope="row" { bdi { (name) } }
                                    td class="n" { (sheet.number(&uses, CallGroup::All)) }
                                    td class="n" { (sheet.number(&[uses[1]], CallGroup::All)) }
                                    td class="n" { (sheet.number(&[uses[2]], CallGroup::All)) }
                                    td class="n" { (sheet.range(&[uses[1]], &[uses[2]], &uses, CallGroup::All)) }
                                }
                            }
                        }
                    } }
                }
            }
        }
    }
}

pub(super) fn agents_and_campaigns(sheet: &Sheet<'_>) -> Markup {
    let count = |part| sheet.count(&[Metric::Calls], part);
    let most =
        (0..sheet.agents.len()).map(|at| count(CallGroup::Agent(at))).max().unwrap_or_default();
    let campaigns =
        sheet.campaigns.iter().map(|(at, _)| sheet.count(&[Metric::Campaign(*at)], CallGroup::All));
    let most_of_campaigns = campaigns.max().unwrap_or_default();
    html! {
        section aria-labelledby="agents" {
            h2 id="agents" { "Agents and campaigns" }
            div class="scroll" role="region" aria-label="Agents" tabindex="0" {
                table {
                    caption { "Agents with most calls" }
                    thead {
                        tr {
                            th scope="col" { "Agent" } th scope="col" class="n" { "Calls" }
                            th scope="col" class="n" { "Outbound answered" }
                            th scope="col" class="n" { "Minutes of talk" }
                            th scope="col" class="n" { "Goal reached" } td class="bar" { }
                        }
                    }
                    tbody {
                        @for (at, name) in sheet.agents.iter().enumerate() {
                            @let part = CallGroup::Agent(at);
                            tr {
                                th scope="row" { bdi { (name) } }
                                td class="n" { (sheet.number(&[Metric::Calls], part)) }
                                td class="n" { (sheet.range(&[OUT_YES], &[OUT_UNKNOWN], &OUTBOUND, part)) }
                                td class="n" { (sheet.minutes(Metric::TalkMs, Metric::TalkMeasured, part)) }
                                td class="n" {
                                    (sheet.bounds(&[known(Question::Goal, Answer::Yes)], &[known(Question::Goal, Answer::Unknown)], part))
                                }
                                (sheet.bar("agents", &[Metric::Calls], part, most))
                            }
                        }
                    }
                }
            }
            div class="scroll" role="region" aria-label="Sources" tabindex="0" {
                table {
                    caption { "Sources" }
                    thead {
                        tr {
                            th scope="col" { "Source" } th scope="col" class="n" { "Calls" }
                            th scope="col" class="n" { "Outbound answered" }
                            th scope="col" class="n" { "Minutes of talk" }
                        }
                    }
                    tbody {
                        @for (at, name) in sheet.sources.iter().enumerate() {
                            @let part = CallGroup::Source(at);
                            tr {
                                th scope="row" { bdi { (name) } }
                                td class="n" { (sheet.number(&[Metric::Calls], part)) }
                                td class="n" { (sheet.range(&[OUT_YES], &[OUT_UNKNOWN], &OUTBOUND, part)) }
                                td class="n" { (sheet.minutes(Metric::TalkMs, Metric::TalkMeasured, part)) }
                            }
                        }
                    }
                }
            }
            @if sheet.campaigns.is_empty() {
                p { "No call states a campaign." }
            } @else {
                div class="scroll" role="region" aria-label="Campaigns" tabindex="0" {
                    table {
                        caption { "Campaigns with most calls" }
                        thead {
                            tr {
                                th scope="col" { "Campaign" } th scope="col" class="n" { "Calls" }
                                th scope="col" class="n" { "Outbound answered" } td class="bar" { }
                            }
                        }
                        tbody {
                            @for (place, name) in &sheet.campaigns {
                                @let outbound = Answer::ALL.map(|answer| Metric::CampaignOutbound(*place, answer));
                                tr {
                                    th scope="row" { bdi { (name) } }
                                    td class="n" { (sheet.number(&[Metric::Campaign(*place)], CallGroup::All)) }
                                    td class="n" { (sheet.range(&[outbound[0]], &[outbound[2]], &outbound, CallGroup::All)) }
                                    (sheet.bar("campaigns", &[Metric::Campaign(*place)], CallGroup::All, most_of_campaigns))
                                }
                            }
                        }
                    }
                }
            }
            p class="soft small" { "“" (NOT_STATED) "” are calls that name none; “(others)” are all that are not shown." }
        }
    }
}

/// What the figures mean, as in `docs/report.md`.
pub(super) fn definitions() -> Markup {
    let terms = [
        ("Over", "A call that has ended or failed, not one that is planned, rings or goes on."),
        (
            "Answered",
            "A person or an agent picked up. A mailbox does not count. Unknown is neither: nothing proves one or the other.",
        ),
        (
            "Share of answered calls",
            "Of all calls that are over, the unanswered and unknown ones among them. It lies between the share where nobody picked up the unknown calls, and the one where all of them were picked up.",
        ),
        (
            "Talked",
            "Answered, and the customer spoke at least once. Unknown where the turns were not read.",
        ),
        ("Goal reached", "Talked, and the vendor counts the call as a success."),
        (
            "Talk time",
            "From pick-up to the end. The whole length of a call, which also counts dialling and ringing, is never added to it.",
        ),
        (
            "Response time",
            "The median of a call's times from the customer's last word to the agent's first, as the vendor states it or by the turns.",
        ),
        (
            "Cost",
            "The vendor's total, exact. Calls without one are counted, and count as nothing known rather than 0.",
        ),
        (
            "Transfer",
            "A hand-over that was tried. A call that ended by one, of which the vendor says no more, counts as one.",
        ),
        ("Use of a tool", "A call of a tool together with its result."),
    ];
    html! {
        section aria-labelledby="terms" {
            h2 id="terms" { "Definitions" }
            dl class="terms" {
                @for (term, meaning) in terms { dt { (term) } dd { (meaning) } }
            }
        }
    }
}
