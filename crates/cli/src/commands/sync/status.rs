//! `callfold sync --status`.

use super::target;
use crate::args::{Global, ReportFormat, SyncArgs};
use crate::config;
use crate::failure::{Failure, Outcome};
use crate::output::{
    Look, Stdout,
    table::{Cell, Column, Table},
    text::sanitise,
};
use callfold_sync::{OwedKind, SourceStatus, Status};
use callfold_unify::model::Timestamp;
use chrono::{SecondsFormat, Utc};

/// Shows what a database holds and owes. No vendor is asked.
pub(super) async fn status(args: &SyncArgs, global: &Global) -> Result<Outcome, Failure> {
    // Where the database is named, nothing else is of interest.
    let config = match args.db {
        Some(_) => None,
        None => config::load(global.config.as_deref(), global.trust_config)?,
    };
    let target = target(args, config.as_ref())?;
    let status = callfold_sync::status(&target).await?;
    let mut stdout = Stdout::open();
    match args.output {
        ReportFormat::Json => stdout.json(&status, true)?,
        ReportFormat::Table => {
            let look = Look::of_stdout(global.color, false);
            stdout.text(&text(&status, &target.to_string(), Utc::now(), &look))?;
        }
    }
    stdout.finish()?;
    Ok(Outcome::Complete)
}

fn text(status: &Status, name: &str, now: Timestamp, look: &Look) -> String {
    let name = sanitise(name);
    if status.runs.is_empty() {
        return format!("{name}: no sync has run yet\n");
    }
    let mut tables = vec![sources(status, now)];
    let debts = debts(status);
    let nothing = debts.rows.is_empty();
    tables.extend((!nothing).then_some(debts));
    tables.push(runs(status));
    let mut text = format!("{name}\n");
    for table in tables {
        text.push('\n');
        text.push_str(&table.render(look.columns, look.color).text);
        if nothing && text.matches("\n\n").count() == 1 {
            text.push_str("\nnothing is owed\n");
        }
    }
    text
}

fn column(title: &'static str, right: bool, drop_rank: u8) -> Column {
    let min = if drop_rank == 0 { usize::MAX } else { 6 };
    Column { title, right, min, drop_rank }
}

fn sources(status: &Status, now: Timestamp) -> Table {
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
        let is_owed =
            |group: &&callfold_sync::OwedGroup| !group.given_up && group.kind != OwedKind::Absent;
        let owed: u64 = source.owed.iter().filter(is_owed).map(|group| group.count).sum();
        let absent = |group: &callfold_sync::OwedGroup| match group.kind {
            OwedKind::Absent if !group.given_up => group.count,
            _ => 0,
        };
        let read = match (&source.unfinished, source.high_water) {
            (Some(_), None) => "not to the end yet".to_owned(),
            (_, at) => shown(at),
        };
        vec![
            Cell::from(title(source)),
            source.calls.to_string().into(),
            source.missing_calls.to_string().into(),
            read.into(),
            shown(source.full_read_at).into(),
            verified(source, now).into(),
            match source.owed.iter().map(absent).sum::<u64>() {
                0 => owed.to_string(),
                absent => format!("{owed} + {absent} absent"),
            }
            .into(),
        ]
    };
    Table { columns, rows: status.sources.iter().map(row).collect() }
}

fn title(source: &SourceStatus) -> String {
    sanitise(&format!("{} ({})", source.account, source.vendor)).into_owned()
}

fn verified(source: &SourceStatus, now: Timestamp) -> String {
    match (source.verified.everything_since, source.verified.up_to) {
        (Some(since), _) => format!("all within {}", super::tell::age(now, since)),
        (None, Some(_)) => "a part".to_owned(),
        (None, None) => "nothing yet".to_owned(),
    }
}

fn debts(status: &Status) -> Table {
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
                    // A host that is left alone is not asked before that.
                    let paused = source
                        .paused_hosts
                        .iter()
                        .filter(|host| group.part != "recording" && host.host == "api");
                    shown(at.max(paused.filter_map(|host| host.paused_until).max()))
                }
            };
            rows.push(vec![
                Cell::from(title(source)),
                sanitise(&group.part).into_owned().into(),
                sanitise(&group.reason).into_owned().into(),
                group.count.to_string().into(),
                next.into(),
            ]);
        }
    }
    Table { columns, rows }
}

fn runs(status: &Status) -> Table {
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
            shown(run.started_at).into(),
            shown(run.ended_at).into(),
            sanitise(&run.outcome).into_owned().into(),
            run.new_calls.to_string().into(),
            run.changed_calls.to_string().into(),
            run.unchanged_calls.to_string().into(),
            run.missing_calls.to_string().into(),
        ]
    };
    Table { columns, rows: status.runs.iter().map(row).collect() }
}

fn shown(at: Option<Timestamp>) -> String {
    at.map_or("-".to_owned(), |at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn database_without_a_run_says_so() {
        let look = Look { terminal: false, columns: None, color: false, show_numbers: false };
        let text = text(&Status::default(), "calls.sqlite", Utc::now(), &look);
        assert_eq!(text, "calls.sqlite: no sync has run yet\n");
    }
}
