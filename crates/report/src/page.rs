//! The page of a report.

mod charts;
mod sections;
mod sheet;

use crate::{
    call_report::{CallReport, ReportHead},
    html::{document, grouped},
};
use chrono::SecondsFormat;
use maud::{Markup, PreEscaped, html};
use sheet::Sheet;

const SCRIPT: &str = include_str!("page.js");

/// The page of a report: one HTML file that needs no other.
pub fn report_html(report: &CallReport, head: &ReportHead) -> String {
    let sheet = Sheet::new(report);
    let zone = report.measure.zone();
    let day = |at: Option<callfold_unify::model::Timestamp>| {
        at.map(|at| at.with_timezone(&zone).format("%Y-%m-%d").to_string())
    };
    let span = match (day(report.first), day(report.last)) {
        (Some(first), Some(last)) if first == last => first,
        (Some(first), Some(last)) => format!("{first} to {last}"),
        _ => "no dated call".to_owned(),
    };
    let made_at = head.made_at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let incomplete = head.sources.iter().any(|source| source.is_incomplete);
    let body = html! {
        a class="skip" href="#main" { "Skip to the figures" }
        header {
            h1 { "Calls, " (span) }
            p class="soft" {
                (grouped(report.calls())) " calls. Days, weekdays and hours are in the time zone "
                strong { (zone.name()) } ". Made " (made_at) " by callfold " (head.version) "."
            }
            @if head.is_made_up {
                div class="alert" { strong { "These calls are made up." } " They come from the built-in sandbox." }
            }
            @if incomplete {
                div class="alert" {
                    strong { "Incomplete: " }
                    "calls are missing or may be, so figures can be too low. See "
                    a href="#read" { "what was read" } "."
                }
            }
            (contents(&sheet))
        }
        main id="main" tabindex="-1" {
            (read(report, head))
            (sections::filters(&sheet))
            (sections::tiles(&sheet))
            (sections::comparison(&sheet))
            (sections::over_time(&sheet))
            (sections::funnel(&sheet))
            (sections::heat(&sheet))
            (sections::outcomes(&sheet))
            (sections::costs(&sheet))
            (sections::lengths(&sheet))
            (sections::transfers_and_tools(&sheet))
            (sections::agents_and_campaigns(&sheet))
            (sections::definitions())
        }
        footer { p { "No number, name or word of a person is in this page. It sends no request." } }
        script type="application/json" id="cube" { (PreEscaped(sheet.json())) }
    };
    document(&format!("Calls, {span}"), &body, SCRIPT)
}

fn contents(sheet: &Sheet<'_>) -> Markup {
    let mut places = vec![("read", "What was read")];
    if sheet.compares() {
        places.push(("compared", "Change"));
    }
    places.extend([
        ("time", "Over time"),
        ("funnel", "Funnel"),
        ("hours", "Pick-up by hour"),
        ("outcomes", "Outcomes"),
        ("costs", "Costs"),
        ("lengths", "Lengths"),
        ("tools", "Transfers and tools"),
        ("agents", "Agents and campaigns"),
        ("terms", "Definitions"),
    ]);
    html! {
        nav aria-label="Sections" {
            ul { @for (id, title) in places { li { a href={"#" (id)} { (title) } } } }
        }
    }
}

/// What was read, how complete it is, the filters, and the warnings.
fn read(report: &CallReport, head: &ReportHead) -> Markup {
    let word = |is_incomplete: bool| if is_incomplete { "incomplete" } else { "" };
    html! {
        section aria-labelledby="read" {
            h2 id="read" { "What was read" }
            div class="scroll" role="region" aria-label="Sources and how complete they are" tabindex="0" {
                table {
                    thead { tr { th scope="col" { "Source" } th scope="col" { "Read" } } }
                    tbody {
                        @for source in &head.sources {
                            tr {
                                th scope="row" { bdi { (source.name) } }
                                td class=(word(source.is_incomplete)) { (source.note) }
                            }
                        }
                    }
                }
            }
            @if head.filters.is_empty() {
                p class="soft small" { "No filter was set." }
            } @else {
                p class="soft small" {
                    "Filters: "
                    @for (at, (name, value)) in head.filters.iter().enumerate() {
                        @if at > 0 { "; " }
                        (name) " " bdi { (value) }
                    }
                    "."
                }
            }
            details open[!report.warnings.is_empty()] {
                summary { "Warnings about calls" }
                @if report.warnings.is_empty() {
                    p { "No call has a warning." }
                } @else {
                    table {
                        caption { "Calls with each warning. A call can have several." }
                        thead { tr { th scope="col" { "Code" } th scope="col" class="n" { "Calls" } } }
                        tbody {
                            @for (code, calls) in &report.warnings {
                                tr { th scope="row" { (code) } td class="n" { (grouped(*calls)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}
