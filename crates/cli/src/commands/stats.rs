//! `callfold stats`.

use super::{
    find_call::note_hidden_columns,
    input::{ReadInput, read_input},
};
use crate::args::{Global, StatsArgs, StatsFormat};
use crate::failure::{ExitOutcome, Failure};
use crate::output::{
    OutputStyle, Stderr, json_text, print,
    table::{Cell, TableColumn, TextTable},
    text::sanitise,
};
use callfold_export::csv::escape_formula;
use callfold_reader::text::grouped;
use callfold_report::{CallStats, CostFigure, Figures, GroupBy, Percentiles, StatsRow};
use chrono_tz::Tz;
use serde::Serialize;
use std::{borrow::Cow, collections::BTreeSet, fmt::Write as _};

/// Shows figures of calls, in groups or of all.
pub(crate) async fn stats(
    mut args: StatsArgs,
    global: &Global,
    stderr: &Stderr,
) -> Result<ExitOutcome, Failure> {
    args.filters.resolve(args.zone.tz)?;
    let zone = args.zone.tz.unwrap_or(Tz::UTC);
    let mut stats = CallStats::new(args.by.clone(), zone);
    let mut add = |call: &_, turns: &_| stats.add(call, turns);
    let query = args.filters.query();
    let read = read_input(&args.input, &args.filters, query, global, stderr, &mut add).await?;
    if read.outcome == ExitOutcome::Failed {
        return Ok(ExitOutcome::Failed);
    }
    let style = OutputStyle::of_stdout(global.color, false);
    match args.output {
        StatsFormat::Json => print(&json_text(&StatsDocument::of(&stats, &read, zone), true))?,
        StatsFormat::Csv => print(&csv_text(&stats)?)?,
        StatsFormat::Table if args.by.is_empty() => print(&lines(&stats.total()))?,
        StatsFormat::Table => {
            let table = table(&stats, zone, &style).render(style.columns, style.color);
            print(&table.text)?;
            note_hidden_columns(&table.hidden, "; --output csv has all figures", stderr);
        }
    }
    Ok(read.outcome)
}

/// The figures as one document.
#[derive(Serialize)]
struct StatsDocument {
    /// Whether nothing is known to be missing.
    complete: bool,
    sources: Vec<ReadSource>,
    /// The time zone of days and hours.
    time_zone: &'static str,
    by: Vec<&'static str>,
    total: Figures,
    groups: Vec<StatsRow>,
}

#[derive(Serialize)]
struct ReadSource {
    name: String,
    read: String,
    complete: bool,
}

impl StatsDocument {
    fn of(stats: &CallStats, read: &ReadInput, zone: Tz) -> Self {
        let sources = read.notes.iter().map(|note| ReadSource {
            name: note.name.clone(),
            read: note.note.clone(),
            complete: !note.is_incomplete,
        });
        Self {
            complete: read.outcome == ExitOutcome::Complete,
            sources: sources.collect(),
            time_zone: zone.name(),
            by: stats.by().iter().map(|by| by.as_str()).collect(),
            total: stats.total(),
            groups: stats.rows(),
        }
    }
}

/// Minutes to one decimal.
fn minutes(ms: u64) -> String {
    let tenths = (u128::from(ms) + 3000) / 6000;
    format!("{}.{}", grouped(u64::try_from(tenths / 10).unwrap_or(u64::MAX)), tenths % 10)
}

/// The minutes of talk; nothing where they are known of no call.
fn measured_minutes(figures: &Figures) -> String {
    match figures.talk_time_measured {
        0 => "-".to_owned(),
        _ => minutes(figures.talk_time_ms),
    }
}

/// From a count to the count that it may be.
fn bounds(known: u64, unknown: u64) -> String {
    match unknown {
        0 => grouped(known),
        _ => format!("{}–{}", grouped(known), grouped(known + unknown)),
    }
}

/// The share of answered calls, from what is known to what may be.
fn answered_range(figures: &Figures) -> String {
    match (figures.answered_at_least_percent, figures.answered_at_most_percent) {
        (Some(a), Some(b)) if a == b => format!("{a:.1} %"),
        (Some(a), Some(b)) => format!("{a:.1}–{b:.1} %"),
        _ => "-".to_owned(),
    }
}

/// The unit, with the vendor whose credits or amounts these are.
fn unit(cost: &CostFigure) -> String {
    let unit = if cost.unit == "unspecified" { "(unit not stated)" } else { &cost.unit };
    match &cost.vendor {
        Some(vendor) if cost.unit == "unspecified" => format!("({vendor}, unit not stated)"),
        Some(vendor) => format!("{unit} ({vendor})"),
        None => unit.to_owned(),
    }
}

fn costs(costs: &[CostFigure]) -> String {
    let texts: Vec<_> =
        costs.iter().map(|cost| format!("{} {}", cost.total.normalize(), unit(cost))).collect();
    if texts.is_empty() { "-".to_owned() } else { texts.join("; ") }
}

fn seconds(ms: f64) -> String {
    format!("{:.1} s", ms / 1000.0)
}

fn percentiles(values: Option<Percentiles>, show: fn(f64) -> String) -> String {
    values.map_or("-".to_owned(), |it| {
        format!("p50 {}, p90 {}, p99 {}", show(it.p50), show(it.p90), show(it.p99))
    })
}

/// The figures of all calls, one per line.
fn lines(figures: &Figures) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name:<26}{value}");
    };
    let more = |known: u64, unknown: u64| match unknown {
        0 => grouped(known),
        _ => format!("{}, {} unknown", grouped(known), grouped(unknown)),
    };
    line("calls", grouped(figures.calls));
    line("over", grouped(figures.over));
    line("answered", more(figures.answered, figures.answered_unknown));
    line("not answered", grouped(figures.not_answered));
    line("answered, share", answered_range(figures));
    line("talked", more(figures.talked, figures.talked_unknown));
    line("goal reached", more(figures.goal, figures.goal_unknown));
    line(
        "talk time",
        format!(
            "{} minutes of {}, {} unknown",
            measured_minutes(figures),
            callfold_reader::text::counted(figures.talk_time_measured, "call"),
            grouped(figures.talk_time_unknown)
        ),
    );
    line("talk time, percentiles", percentiles(figures.talk_time, seconds));
    for whole in &figures.whole_lengths {
        let calls = callfold_reader::text::counted(whole.calls, "call");
        let name = match whole.basis {
            "reported" => "length as stated".to_owned(),
            basis => format!("whole length from {basis}"),
        };
        line(&name, format!("{} minutes of {calls} without talk time", minutes(whole.ms)));
    }
    line("response time", percentiles(figures.latency, |ms| format!("{ms:.0} ms")));
    line(
        "success",
        format!(
            "{}, {} without, {} unknown",
            grouped(figures.success),
            grouped(figures.no_success),
            grouped(figures.success_unknown)
        ),
    );
    for cost in &figures.costs {
        let calls = callfold_reader::text::counted(cost.calls, "call");
        line("cost", format!("{} {} of {calls}", cost.total.normalize(), unit(cost)));
    }
    line("without a cost", grouped(figures.without_cost));
    line("transfers", grouped(figures.transfers));
    line(
        "uses of tools",
        format!(
            "{}, {} failed, {} unknown",
            grouped(figures.tool_uses),
            grouped(figures.tool_failures),
            grouped(figures.tool_unknown)
        ),
    );
    text
}

/// The columns of a bar.
const BAR: usize = 14;

/// A row for each group, and one for all.
fn table(stats: &CallStats, zone: Tz, style: &OutputStyle) -> TextTable {
    let column = |title: Cow<'static, str>, right, min, drop_rank| TableColumn {
        title,
        right,
        min,
        drop_rank,
    };
    let title = |by: &GroupBy| match by.is_time() {
        true => format!("{} ({zone})", by.as_str().to_uppercase()),
        false => by.as_str().to_uppercase(),
    };
    let mut columns: Vec<_> =
        stats.by().iter().map(|by| column(title(by).into(), false, 8, 0)).collect();
    columns.push(column("CALLS".into(), true, usize::MAX, 0));
    if style.is_terminal {
        columns.push(column("".into(), false, usize::MAX, 8));
    }
    for (title, right, min, drop_rank) in [
        ("OVER", true, usize::MAX, 6),
        ("ANSWERED", true, usize::MAX, 1),
        ("UNKNOWN", true, usize::MAX, 2),
        ("SHARE", true, usize::MAX, 1),
        ("TALK MIN", true, usize::MAX, 1),
        ("TALK P50", true, usize::MAX, 5),
        ("GOAL", true, usize::MAX, 4),
        ("COST", false, 12, 3),
    ] {
        columns.push(column(title.into(), right, min, drop_rank));
    }
    let rows = stats.rows();
    let most = rows.iter().map(|row| row.figures.calls).max().unwrap_or_default();
    let cells = |group: &[String], figures: &Figures, is_total: bool| {
        let mut cells: Vec<Cell> =
            group.iter().map(|name| Cell::from(sanitise(name).into_owned())).collect();
        cells.push(grouped(figures.calls).into());
        if style.is_terminal {
            cells.push(if is_total { String::new() } else { bar(figures.calls, most) }.into());
        }
        let median = figures.talk_time.map_or("-".to_owned(), |it| seconds(it.p50));
        cells.extend([
            Cell::from(grouped(figures.over)),
            grouped(figures.answered).into(),
            grouped(figures.answered_unknown).into(),
            answered_range(figures).into(),
            measured_minutes(figures).into(),
            median.into(),
            bounds(figures.goal, figures.goal_unknown).into(),
            costs(&figures.costs).into(),
        ]);
        cells
    };
    let mut lines: Vec<_> = rows.iter().map(|row| cells(&row.group, &row.figures, false)).collect();
    let mut all = vec![String::new(); stats.by().len()];
    if let Some(first) = all.first_mut() {
        "all".clone_into(first);
    }
    lines.push(cells(&all, &stats.total(), true));
    TextTable { columns, rows: lines }
}

/// A bar in eighths of a column.
fn bar(value: u64, most: u64) -> String {
    const EIGHTHS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let length = (value as f64 / most.max(1) as f64 * (BAR * 8) as f64).ceil() as usize;
    let mut bar = "█".repeat(length / 8);
    bar.extend(length.checked_rem(8).filter(|rest| *rest > 0).map(|rest| EIGHTHS[rest - 1]));
    bar
}

/// All figures with a header; a column for the cost in each unit.
fn csv_text(stats: &CallStats) -> Result<String, Failure> {
    let mut rows = stats.rows();
    if stats.by().is_empty() {
        rows.push(StatsRow { group: Vec::new(), figures: stats.total() });
    }
    let unit_column = |cost: &CostFigure| match &cost.vendor {
        Some(vendor) => format!("cost_{}_{vendor}", cost.unit),
        None => format!("cost_{}", cost.unit),
    };
    let units: BTreeSet<String> =
        rows.iter().flat_map(|row| &row.figures.costs).map(unit_column).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |error: &dyn std::fmt::Display| Failure::failed(error.to_string(), "");
    let names = stats.by().iter().map(|by| by.as_str().to_owned());
    let figures = figure_cells(&Figures::default()).into_iter().map(|(name, _)| name.to_owned());
    let header = names.chain(figures).chain(units.iter().cloned());
    writer.write_record(header).map_err(|error| failed(&error))?;
    for row in &rows {
        let group = row.group.iter().map(|name| escape_formula(name.as_str().into()).into_owned());
        let figures = figure_cells(&row.figures).into_iter().map(|(_, value)| value);
        let cost = |unit: &String| {
            let cost = row.figures.costs.iter().find(|cost| unit_column(cost) == *unit);
            cost.map_or(String::new(), |cost| cost.total.to_string())
        };
        let record = group.chain(figures).chain(units.iter().map(cost));
        writer.write_record(record).map_err(|error| failed(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(&error))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The figures that every group has, by the names of the JSON document.
fn figure_cells(figures: &Figures) -> Vec<(&'static str, String)> {
    let number = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    let percentile =
        |values: Option<Percentiles>, pick: fn(Percentiles) -> f64| number(values.map(pick));
    let (talk, latency) = (figures.talk_time, figures.latency);
    let whole = |basis: &str| figures.whole_lengths.iter().find(|it| it.basis == basis);
    let mut cells = vec![
        ("calls", figures.calls.to_string()),
        ("over", figures.over.to_string()),
        ("answered", figures.answered.to_string()),
        ("not_answered", figures.not_answered.to_string()),
        ("answered_unknown", figures.answered_unknown.to_string()),
        ("answered_at_least_percent", number(figures.answered_at_least_percent)),
        ("answered_at_most_percent", number(figures.answered_at_most_percent)),
        ("talked", figures.talked.to_string()),
        ("talked_unknown", figures.talked_unknown.to_string()),
        ("goal", figures.goal.to_string()),
        ("goal_unknown", figures.goal_unknown.to_string()),
        ("talk_time_ms", figures.talk_time_ms.to_string()),
        ("talk_time_measured", figures.talk_time_measured.to_string()),
        ("talk_time_unknown", figures.talk_time_unknown.to_string()),
        ("talk_time_p50_ms", percentile(talk, |it| it.p50)),
        ("talk_time_p90_ms", percentile(talk, |it| it.p90)),
        ("talk_time_p99_ms", percentile(talk, |it| it.p99)),
    ];
    for (basis, calls, ms) in [
        ("dispatch", "whole_dispatch_calls", "whole_dispatch_ms"),
        ("start", "whole_start_calls", "whole_start_ms"),
        ("answer", "whole_answer_calls", "whole_answer_ms"),
        ("reported", "reported_calls", "reported_ms"),
    ] {
        cells.push((calls, whole(basis).map_or(0, |it| it.calls).to_string()));
        cells.push((ms, whole(basis).map_or(0, |it| it.ms).to_string()));
    }
    cells.extend([
        ("latency_calls", figures.latency_calls.to_string()),
        ("latency_unknown", figures.latency_unknown.to_string()),
        ("latency_p50_ms", percentile(latency, |it| it.p50)),
        ("latency_p90_ms", percentile(latency, |it| it.p90)),
        ("latency_p99_ms", percentile(latency, |it| it.p99)),
        ("success", figures.success.to_string()),
        ("no_success", figures.no_success.to_string()),
        ("success_unknown", figures.success_unknown.to_string()),
        ("without_cost", figures.without_cost.to_string()),
        ("transfers", figures.transfers.to_string()),
        ("tool_uses", figures.tool_uses.to_string()),
        ("tool_failures", figures.tool_failures.to_string()),
        ("tool_unknown", figures.tool_unknown.to_string()),
    ]);
    cells
}
