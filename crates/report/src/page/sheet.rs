//! The numbers of a page: sums by group, and the cube that the page's script adds up again.

use crate::{
    call_report::CallReport,
    cube::{Cube, TimeSpan},
    measure::{Amount, Metric, NOT_STATED, OTHERS},
    period::PeriodUnit,
    tally::Tally,
};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Bytes of the cube in the page. Coarser spans and fewer agents make it smaller.
const MAX_CUBE: usize = 1_000_000;
/// Spans of time that a chart shows.
const MAX_SPANS: usize = 110;
/// Agents, campaigns and tools that are shown by name.
const MAX_SHOWN: usize = 12;

/// A group of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum CallGroup {
    All,
    Span(usize),
    Agent(usize),
    Source(usize),
    Before,
}

impl CallGroup {
    /// The name of the group in the page.
    pub(super) fn name(self) -> String {
        match self {
            Self::All => String::new(),
            Self::Span(at) => format!("t{at}"),
            Self::Agent(at) => format!("a{at}"),
            Self::Source(at) => format!("s{at}"),
            Self::Before => "b".to_owned(),
        }
    }
}

/// The numbers of a page.
pub(super) struct Sheet<'a> {
    pub(super) report: &'a CallReport,
    pub(super) unit: PeriodUnit,
    /// The names of the spans; a last one is for calls without a start.
    pub(super) spans: Vec<String>,
    pub(super) has_undated: bool,
    /// Whether spans without a call are left out between others.
    pub(super) has_gaps: bool,
    pub(super) sources: Vec<String>,
    pub(super) agents: Vec<String>,
    /// Campaigns that are shown, by their place; the last is that of the others.
    pub(super) campaigns: Vec<(u16, String)>,
    pub(super) tools: Vec<(u16, String)>,
    /// Digits after the point of each unit of cost.
    pub(super) scales: BTreeMap<u8, u32>,
    sums: HashMap<CallGroup, Tally>,
    json: String,
}

/// The cube as the page has it.
#[derive(Serialize)]
struct PageCube {
    calls: u64,
    /// The number of spans; calls without a start have this number.
    spans: usize,
    metrics: Vec<String>,
    /// Where heat map counts begin, which are summed for all calls only.
    heat: usize,
    /// Where money begins: whole numbers as texts.
    money: usize,
    /// Source, agent, direction, span (-1 for the period before), and pairs of the distance to the
    /// next metric and its value.
    rows: Vec<Vec<Value>>,
}

/// The place of names that are not shown.
const REST: u16 = u16::MAX;

impl<'a> Sheet<'a> {
    pub(super) fn new(report: &'a CallReport) -> Self {
        let mut sheet = None;
        // The first that is small enough, in the finest spans and with most agents.
        'found: for shown in [MAX_SHOWN, 5, 0] {
            for unit in report.cube.units() {
                let Some(next) = Self::of(report, unit, shown) else { continue };
                let fits = next.json.len() <= MAX_CUBE;
                sheet = Some(next);
                if fits {
                    break 'found;
                }
            }
        }
        sheet.unwrap_or_else(|| Self::with(report, PeriodUnit::Year, Vec::new(), false, 0))
    }

    /// The numbers in these spans; `None` if there are too many.
    fn of(report: &'a CallReport, unit: PeriodUnit, shown: usize) -> Option<Self> {
        let days: BTreeSet<NaiveDate> = report
            .cube
            .cells
            .keys()
            .filter_map(|key| match key.span {
                TimeSpan::From(day) => Some(unit.first_day(day)),
                _ => None,
            })
            .collect();
        let every = every_span(&days, unit);
        let has_gaps = every.is_none();
        let spans = every.unwrap_or_else(|| days.into_iter().collect());
        let fits = spans.len() <= MAX_SPANS || unit == PeriodUnit::Year;
        fits.then(|| Self::with(report, unit, spans, has_gaps, shown))
    }

    fn with(
        report: &'a CallReport,
        unit: PeriodUnit,
        days: Vec<NaiveDate>,
        has_gaps: bool,
        shown: usize,
    ) -> Self {
        let (agent_places, agents) = shown_agents(report, shown);
        let campaigns = shown_names(report, &report.measure.campaigns, |metric| match metric {
            Metric::Campaign(place) => Some(place),
            _ => None,
        });
        let tools = shown_names(report, &report.measure.tools, |metric| match metric {
            Metric::Tool(place, _) => Some(place),
            _ => None,
        });
        let rest = agents.len().saturating_sub(1) as u16;
        let cube = report.cube.in_unit(unit, |key| crate::cube::CubeKey {
            agent: agent_places.get(&key.agent).copied().unwrap_or(rest),
            ..key
        });
        let cells = renamed(&cube, &campaigns, &tools);
        let mut sheet = Self {
            report,
            unit,
            spans: days.iter().map(|day| unit.label(*day)).collect(),
            has_undated: cube.cells.keys().any(|key| key.span == TimeSpan::Unknown),
            has_gaps,
            sources: report.sources.iter().map(|(_, name)| name.clone()).collect(),
            agents,
            campaigns,
            tools,
            scales: scales(&cells),
            sums: HashMap::new(),
            json: String::new(),
        };
        let place = |span: TimeSpan| match span {
            TimeSpan::Before => None,
            TimeSpan::From(day) => Some(days.binary_search(&day).unwrap_or(days.len())),
            TimeSpan::Unknown => Some(days.len()),
        };
        let mut rows = Vec::new();
        let (metrics, heat, money) = metric_list(&cells);
        let places: HashMap<CubeColumn, usize> =
            metrics.iter().enumerate().map(|(at, column)| (*column, at)).collect();
        for (key, tally) in &cells {
            let span = place(key.span);
            match span {
                None => sheet.sum(CallGroup::Before, tally),
                Some(span) => {
                    sheet.sum(CallGroup::All, tally);
                    sheet.sum(CallGroup::Span(span), tally);
                    sheet.sum(CallGroup::Agent(key.agent.into()), tally);
                    sheet.sum(CallGroup::Source(key.source.into()), tally);
                }
            }
            let span = span.map_or(json!(-1), |span| json!(span));
            let mut row = vec![json!(key.source), json!(key.agent), json!(key.direction), span];
            sheet.push_values(&mut row, tally, &places);
            rows.push(row);
        }
        let page = PageCube {
            calls: report.calls(),
            spans: sheet.spans.len(),
            metrics: metrics.iter().map(|column| column.name()).collect(),
            heat,
            money,
            rows,
        };
        let text = serde_json::to_string(&page).unwrap_or_default();
        // Nothing in it can end the element that it is in.
        sheet.json = text.replace('<', "\\u003c");
        sheet
    }

    fn sum(&mut self, part: CallGroup, tally: &Tally) {
        self.sums.entry(part).or_default().add(tally);
    }

    /// Appends the values of a cell, in the order of the columns.
    fn push_values(
        &self,
        row: &mut Vec<Value>,
        tally: &Tally,
        places: &HashMap<CubeColumn, usize>,
    ) {
        let counts =
            tally.counts().iter().map(|(metric, count)| (CubeColumn::of(*metric), json!(count)));
        let money = tally.money().iter().map(|(amount, sum)| {
            (CubeColumn::Money(*amount), json!(self.whole_number(*amount, *sum)))
        });
        let mut values: Vec<_> = counts
            .chain(money)
            .filter_map(|(column, value)| Some((*places.get(&column)?, value)))
            .collect();
        values.sort_unstable_by_key(|(at, _)| *at);
        let mut last = 0;
        for (at, value) in values {
            row.extend([json!(at - last), value]);
            last = at;
        }
    }

    /// The sum of some counts.
    pub(super) fn count(&self, metrics: &[Metric], part: CallGroup) -> u64 {
        let tally = self.sums.get(&part);
        tally.map_or(0, |tally| metrics.iter().map(|metric| tally.get(*metric)).sum())
    }

    pub(super) fn money(&self, amount: Amount, part: CallGroup) -> Option<Decimal> {
        self.sums.get(&part)?.sum(amount)
    }

    /// The amounts that some call has.
    pub(super) fn amounts(&self) -> impl Iterator<Item = Amount> {
        let all = self.sums.get(&CallGroup::All);
        all.into_iter().flat_map(|tally| tally.money().iter().map(|(amount, _)| *amount))
    }

    /// The counts that some call has.
    pub(super) fn metrics(&self) -> impl Iterator<Item = Metric> {
        let all = self.sums.get(&CallGroup::All);
        all.into_iter().flat_map(|tally| tally.counts().iter().map(|(metric, _)| *metric))
    }

    /// Amounts that were too large to be added.
    pub(super) fn not_added(&self) -> u64 {
        self.sums.get(&CallGroup::All).map_or(0, |tally| tally.not_added)
    }

    /// Whether the period before was read too.
    pub(super) fn compares(&self) -> bool {
        self.report.compared_since.is_some()
    }

    /// The cube as JSON.
    pub(super) fn json(&self) -> &str {
        &self.json
    }

    /// Digits after the point of an amount.
    pub(super) fn scale(&self, amount: Amount) -> u32 {
        let (Amount::Total(unit) | Amount::Part(unit, _) | Amount::Further(unit)) = amount;
        self.scales.get(&unit).copied().unwrap_or_default()
    }

    /// The amount in full, with as many digits after the point as all of its unit have.
    pub(super) fn amount_text(&self, amount: Amount, sum: Decimal) -> String {
        let text = sum.to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let scale = self.scale(amount) as usize;
        match scale {
            0 => whole.to_owned(),
            _ => format!("{whole}.{fraction:0<scale$}"),
        }
    }

    fn whole_number(&self, amount: Amount, sum: Decimal) -> String {
        let digits = self.amount_text(amount, sum).replace('.', "");
        let (sign, digits) = digits.strip_prefix('-').map_or(("", &*digits), |rest| ("-", rest));
        let digits = digits.trim_start_matches('0');
        if digits.is_empty() { "0".to_owned() } else { format!("{sign}{digits}") }
    }
}

/// A column of the cube.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum CubeColumn {
    Count(Metric),
    Heat(Metric),
    Money(Amount),
}

impl CubeColumn {
    fn of(metric: Metric) -> Self {
        match metric {
            Metric::Heat(..) => Self::Heat(metric),
            _ => Self::Count(metric),
        }
    }

    fn name(self) -> String {
        match self {
            Self::Count(metric) | Self::Heat(metric) => metric_name(metric),
            Self::Money(amount) => amount_name(amount),
        }
    }
}

/// The name of a metric in the page: no blank, and no text of a vendor.
pub(super) fn metric_name(metric: Metric) -> String {
    format!("{metric:?}").replace(' ', "")
}

pub(super) fn amount_name(amount: Amount) -> String {
    format!("{amount:?}").replace(' ', "")
}

/// All columns in their order, where heat map counts begin, and where money does.
fn metric_list(cells: &CellTallies) -> (Vec<CubeColumn>, usize, usize) {
    let mut columns = BTreeSet::new();
    for tally in cells.values() {
        columns.extend(tally.counts().iter().map(|(metric, _)| CubeColumn::of(*metric)));
        columns.extend(tally.money().iter().map(|(amount, _)| CubeColumn::Money(*amount)));
    }
    let columns: Vec<_> = columns.into_iter().collect();
    let heat = columns.partition_point(|column| matches!(column, CubeColumn::Count(_)));
    let money = columns.partition_point(|column| !matches!(column, CubeColumn::Money(_)));
    (columns, heat, money)
}

type CellTallies = BTreeMap<crate::cube::CubeKey, Tally>;

/// The cells with the counts of names that are not shown under one place.
fn renamed(cube: &Cube, campaigns: &[(u16, String)], tools: &[(u16, String)]) -> CellTallies {
    let place = |shown: &[(u16, String)], place: u16| {
        if shown.iter().any(|(known, _)| *known == place) { place } else { REST }
    };
    let cells = cube.cells.iter().map(|(key, tally)| {
        let mut cell = Tally::not_adding(tally.not_added);
        for (metric, count) in tally.counts() {
            let metric = match *metric {
                Metric::Campaign(at) => Metric::Campaign(place(campaigns, at)),
                Metric::CampaignOutbound(at, answer) => {
                    Metric::CampaignOutbound(place(campaigns, at), answer)
                }
                Metric::Tool(at, answer) => Metric::Tool(place(tools, at), answer),
                metric => metric,
            };
            cell.count(metric, *count);
        }
        tally.money().iter().for_each(|(amount, sum)| cell.pay(*amount, *sum));
        (*key, cell)
    });
    cells.collect()
}

/// The digits after the point that each unit needs.
fn scales(cells: &CellTallies) -> BTreeMap<u8, u32> {
    let mut scales = BTreeMap::new();
    for (amount, sum) in cells.values().flat_map(|tally| tally.money()) {
        let (Amount::Total(unit) | Amount::Part(unit, _) | Amount::Further(unit)) = *amount;
        let scale: &mut u32 = scales.entry(unit).or_default();
        *scale = (*scale).max(sum.normalize().scale());
    }
    scales
}

/// Every span from the first to the last; `None` if there are more than are shown.
fn every_span(days: &BTreeSet<NaiveDate>, unit: PeriodUnit) -> Option<Vec<NaiveDate>> {
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return Some(Vec::new()) };
    let mut spans = vec![*first];
    while spans.last().is_some_and(|span| span < last) {
        let next = unit.next(*spans.last()?)?;
        spans.push(next);
        if spans.len() > MAX_SPANS {
            return None;
        }
    }
    Some(spans)
}

/// The place in the page of each agent, and their names; the last is that of the others, if any.
fn shown_agents(report: &CallReport, shown: usize) -> (HashMap<u16, u16>, Vec<String>) {
    let mut calls: HashMap<u16, u64> = HashMap::new();
    for (key, tally) in &report.cube.cells {
        *calls.entry(key.agent).or_default() += tally.get(Metric::Calls);
    }
    let mut ranked: Vec<_> = report.agents.iter().collect();
    ranked.sort_by(|(a, one), (b, other)| calls.get(b).cmp(&calls.get(a)).then(one.cmp(other)));
    let several = |name: &str| report.agents.iter().filter(|(_, (_, it))| it == name).count() > 1;
    let title = |(source, name): &(u16, String)| match report.sources.get(*source) {
        Some(source) if several(name) => format!("{name}, {source}"),
        _ => name.clone(),
    };
    let most = if ranked.len() == shown + 1 { shown + 1 } else { shown };
    let first = ranked.iter().take(most);
    let mut names: Vec<_> = first.clone().map(|(_, agent)| title(agent)).collect();
    let places = first.enumerate().map(|(place, (agent, _))| (*agent, place as u16)).collect();
    if ranked.len() > most {
        names.push(OTHERS.to_owned());
    }
    (places, names)
}

/// The names with most counts, and [`OTHERS`] at [`REST`] if there are more.
fn shown_names(
    report: &CallReport,
    names: &crate::measure::Names<String>,
    place_of: impl Fn(Metric) -> Option<u16>,
) -> Vec<(u16, String)> {
    let mut counts: HashMap<u16, u64> = HashMap::new();
    for (metric, count) in report.all.tally.counts() {
        if let Some(place) = place_of(*metric) {
            *counts.entry(place).or_default() += count;
        }
    }
    let mut ranked: Vec<_> = names.iter().filter(|(place, _)| counts.contains_key(place)).collect();
    ranked.sort_by(|(a, one), (b, other)| counts[b].cmp(&counts[a]).then(one.cmp(other)));
    let most = if ranked.len() == MAX_SHOWN + 1 { MAX_SHOWN + 1 } else { MAX_SHOWN };
    let mut shown: Vec<_> =
        ranked.iter().take(most).map(|(place, name)| (*place, (*name).clone())).collect();
    if ranked.len() > most {
        shown.push((REST, OTHERS.to_owned()));
    }
    shown
}

/// Whether the page has agents to choose from.
pub(super) fn is_choice(names: &[String]) -> bool {
    names.len() > 1 || names.first().is_some_and(|name| name != NOT_STATED)
}
