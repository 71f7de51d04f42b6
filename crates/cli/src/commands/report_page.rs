//! `callfold report`.

use super::{
    input::{ReadInput, read_input},
    report::check_output,
};
use crate::args::{CompareWith, FilterArgs, Global, ReportArgs};
use crate::failure::{ExitOutcome, Failure};
use crate::output::{Stderr, Stdout};
use callfold_export::{ExportError, ExportErrorKind, check_page, write_page};
use callfold_reader::Query;
use callfold_report::{CallReport, ReportHead, report_html};
use callfold_unify::model::Timestamp;
use chrono::{SecondsFormat, Utc};
use chrono_tz::Tz;
use indicatif::HumanBytes;
use std::path::Path;

/// Writes a page with the figures of all calls.
pub(crate) async fn report_page(
    mut args: ReportArgs,
    global: &Global,
    stderr: &Stderr,
) -> Result<ExitOutcome, Failure> {
    args.filters.resolve(args.zone.tz)?;
    let is_stream = args.to == Path::new("-");
    if !is_stream {
        check_output("--to", Some(&args.to), global)?;
        // Before the calls are read.
        check_page(&args.to, args.overwrite).map_err(failure)?;
    }
    let mut query = args.filters.query();
    let mut report = CallReport::new(args.zone.tz.unwrap_or(Tz::UTC));
    let now = Utc::now();
    if let (Some(CompareWith::Previous), Some(start)) = (args.compare, query.since) {
        let before = before(&query, start, now)?;
        report = report.compared_since(start);
        query.since = Some(before);
    }
    let mut add = |call: &_, turns: &_| report.add(call, turns);
    let read = read_input(&args.input, &args.filters, query, global, stderr, &mut add).await?;
    if read.outcome == ExitOutcome::Failed {
        stderr.note(format!("{} was not written: no source could be read", args.to.display()));
        return Ok(ExitOutcome::Failed);
    }
    let ReadInput { notes, outcome, is_made_up } = read;
    let head = ReportHead {
        made_at: now,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        sources: notes,
        filters: filter_texts(&args.filters),
        is_made_up,
    };
    let page = report_html(&report, &head);
    if is_stream {
        let mut stdout = Stdout::open();
        stdout.text(&page)?;
        stdout.finish()?;
        return Ok(outcome);
    }
    write_page(&args.to, page.as_bytes(), args.overwrite).map_err(failure)?;
    let size = HumanBytes(page.len() as u64);
    let calls = callfold_reader::text::counted(report.calls(), "call");
    stderr.note(format!("wrote {} ({calls}, {size})", args.to.display()));
    Ok(outcome)
}

/// The start of the period of the same length before.
fn before(query: &Query, start: Timestamp, now: Timestamp) -> Result<Timestamp, Failure> {
    let end = query.until.unwrap_or(now);
    let length = end.signed_duration_since(start);
    let before = start.checked_sub_signed(length).filter(|before| *before < start);
    before.ok_or_else(|| {
        Failure::usage(
            "--compare needs a period, and --since is not in the past",
            "name an earlier --since",
        )
    })
}

/// The filters as the page names them. A number of a person is not repeated.
fn filter_texts(filters: &FilterArgs) -> Vec<(String, String)> {
    let time = |at: &Option<crate::args::TimeArg>| {
        at.as_ref().map(|at| at.at.to_rfc3339_opts(SecondsFormat::Secs, true)).unwrap_or_default()
    };
    let words = |words: Vec<&str>| words.join(", ");
    let phones = match filters.phone.len() {
        0 => String::new(),
        count => callfold_reader::text::counted(count as u64, "number"),
    };
    let texts = [
        ("source", filters.source.join(", ")),
        ("vendor", filters.one_off.vendor.clone().unwrap_or_default()),
        ("since", time(&filters.since)),
        ("until", time(&filters.until)),
        ("direction", words(filters.direction.iter().map(|it| it.as_str()).collect())),
        ("status", words(filters.status.iter().map(|it| it.as_str()).collect())),
        ("phone", phones),
        ("agent", filters.agent.join(", ")),
        (
            "contact",
            match filters.contact.len() {
                0 => String::new(),
                count => callfold_reader::text::counted(count as u64, "contact"),
            },
        ),
        ("campaign", filters.campaign.join(", ")),
    ];
    let texts = texts.into_iter().filter(|(_, text)| !text.is_empty());
    texts.map(|(name, text)| (name.to_owned(), text)).collect()
}

fn failure(error: ExportError) -> Failure {
    let (problem, mut help) = (error.to_string(), error.help().to_owned());
    if error.kind() == ExportErrorKind::InTheWay {
        help.push_str(", or use --overwrite");
    }
    match error.kind() {
        ExportErrorKind::Usage => Failure::Usage(problem, help),
        _ => Failure::Failed(problem, help),
    }
}
