//! `callfold sync --status`.

use super::{super::report, target};
use crate::args::{Global, ReportFormat, SyncArgs};
use crate::config;
use crate::failure::{ExitOutcome, Failure};
use crate::output::{
    OutputStyle, json_text, print,
    table::{Cell, TableColumn, TextTable},
    text::sanitise,
};
use callfold_reader::text::grouped;
use callfold_sync::{DatabaseStatus, OwedGroup, OwedKind, SourceStatus};
use callfold_unify::model::Timestamp;
use chrono::{SecondsFormat, Utc};
use chrono_tz::Tz;

/// Shows what a database holds and owes, without a request to a vendor.
pub(super) async fn status(args: &SyncArgs, global: &Global) -> Result<ExitOutcome, Failure> {
    // The configuration is needed only to find the database.
    let config = match args.database() {
        Some(_) => None,
        None => config::load(global.config.as_deref(), global.trust_config)?,
    };
    let target = target(args, config.as_ref())?;
    let status = callfold_sync::status(&target).await?;
    let style = OutputStyle::of_stdout(global.color, false).in_zone(args.tz);
    print(&match args.output {
        ReportFormat::Json => json_text(&status, true),
        ReportFormat::Table => text(&status, &target.to_string(), Utc::now(), &style),
    })?;
    Ok(ExitOutcome::Complete)
}

fn text(status: &DatabaseStatus, name: &str, now: Timestamp, style: &OutputStyle) -> String {
    let name = sanitise(name);
    if status.runs.is_empty() {
        return format!("{name}: no sync has run yet\n");
    }
    let render = |table: TextTable| table.render(style.columns, style.color).text;
    let owed = owed(status, style.zone);
    let owed = if owed.rows.is_empty() { "nothing is owed\n".to_owned() } else { render(owed) };
    format!(
        "{name}\n\n{}\n{owed}\n{}",
        render(sources(status, now, style.zone)),
        render(runs(status, style.zone))
    )
}

fn column(title: &'static str, right: bool, drop_rank: u8) -> TableColumn {
    let min = if drop_rank == 0 { usize::MAX } else { 6 };
    TableColumn { title: title.into(), right, min, drop_rank }
}

fn sources(status: &DatabaseStatus, now: Timestamp, zone: Tz) -> TextTable {
    let columns = vec![
        column("SOURCE", false, 0),
        column("CALLS", true, 0),
        column("GONE", true, 3),
        column("READ UP TO", false, 0),
        column("LAST FULL READ", false, 2),
        column("VERIFIED", false, 1),
        column("OWED", true, 0),
    ];
    let row = |source: &SourceStatus| {
        let count = |is_absent: bool| -> u64 {
            let counts = |group: &&OwedGroup| {
                !group.given_up && (group.kind == OwedKind::Absent) == is_absent
            };
            source.owed.iter().filter(counts).map(|group| group.count).sum()
        };
        let read = match (&source.unfinished, source.high_water) {
            (Some(_), None) => "unfinished".to_owned(),
            (_, at) => shown(at, zone),
        };
        vec![
            Cell::from(title(source)),
            grouped(source.calls).into(),
            grouped(source.missing_calls).into(),
            read.into(),
            shown(source.full_read_at, zone).into(),
            verified(source, now).into(),
            match count(true) {
                0 => count(false).to_string(),
                absent => format!("{} + {absent} absent", count(false)),
            }
            .into(),
        ]
    };
    TextTable { columns, rows: status.sources.iter().map(row).collect() }
}

fn title(source: &SourceStatus) -> String {
    sanitise(&crate::sources::title(&source.account, &source.vendor)).into_owned()
}

fn verified(source: &SourceStatus, now: Timestamp) -> String {
    match (source.verified.everything_since, source.verified.up_to) {
        (Some(since), _) => format!("all within {}", report::age(now, since)),
        (None, Some(_)) => "in part".to_owned(),
        (None, None) => "nothing yet".to_owned(),
    }
}

fn owed(status: &DatabaseStatus, zone: Tz) -> TextTable {
    let columns = vec![
        column("SOURCE", false, 0),
        column("OWED", false, 0),
        column("REASON", false, 1),
        column("COUNT", true, 0),
        column("NEXT TRY", false, 0),
    ];
    let mut rows = Vec::new();
    for source in &status.sources {
        for group in &source.owed {
            let next = match (group.given_up, group.next_try_at) {
                (true, _) => "given up".to_owned(),
                (false, at) => {
                    // A paused host gets no request before the pause ends.
                    let paused = source
                        .paused_hosts
                        .iter()
                        .filter(|host| group.part != "recording" && host.host == "api");
                    shown(at.max(paused.filter_map(|host| host.paused_until).max()), zone)
                }
            };
            rows.push(vec![
                Cell::from(title(source)),
                sanitise(&group.part).into_owned().into(),
                sanitise(&group.reason).into_owned().into(),
                grouped(group.count).into(),
                next.into(),
            ]);
        }
    }
    TextTable { columns, rows }
}

fn runs(status: &DatabaseStatus, zone: Tz) -> TextTable {
    let columns = vec![
        column("RUN", true, 0),
        column("STARTED", false, 0),
        column("ENDED", false, 4),
        column("OUTCOME", false, 0),
        column("NEW", true, 0),
        column("CHANGED", true, 1),
        column("UNCHANGED", true, 2),
        column("GONE", true, 3),
    ];
    let row = |run: &callfold_sync::RunStatus| {
        vec![
            Cell::from(run.id.to_string()),
            shown(run.started_at, zone).into(),
            shown(run.ended_at, zone).into(),
            sanitise(&run.outcome).into_owned().into(),
            run.new_calls.to_string().into(),
            run.changed_calls.to_string().into(),
            run.unchanged_calls.to_string().into(),
            run.missing_calls.to_string().into(),
        ]
    };
    TextTable { columns, rows: status.runs.iter().map(row).collect() }
}

/// A time to the second with the offset of its zone.
fn shown(at: Option<Timestamp>, zone: Tz) -> String {
    let text = |at: Timestamp| at.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Secs, true);
    at.map_or("-".to_owned(), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn database_without_a_run_is_reported() {
        let style = OutputStyle {
            is_terminal: false,
            columns: None,
            color: false,
            show_numbers: false,
            zone: chrono_tz::Tz::UTC,
        };
        let text = text(&DatabaseStatus::default(), "calls.sqlite", Utc::now(), &style);
        assert_eq!(text, "calls.sqlite: no sync has run yet\n");
    }
}
