//! `callfold show`.

use super::{
    find_call::{ID_HELP, check_id, find, note_several, write},
    input::{database, spinner_of},
};
use crate::args::{Global, OutputArgs, ShowArgs, ShowFormat};
use crate::failure::{ExitOutcome, Failure};
use crate::output::{OutputFormat, OutputStyle, Stderr, call_view, pager, print};
use callfold_export::{PrivacyMode, PrivacyPolicy};
use callfold_report::call_html;
use callfold_sync::{StoredQuery, read_stored};
use callfold_unify::model::Call;
use serde_json::value::RawValue;

/// Finds one call and prints it.
pub(crate) async fn show(
    args: ShowArgs,
    global: &Global,
    stderr: &Stderr,
) -> Result<ExitOutcome, Failure> {
    let format = match args.output {
        ShowFormat::Json => Some(OutputFormat::Json),
        ShowFormat::Jsonl => Some(OutputFormat::Jsonl),
        ShowFormat::Csv => Some(OutputFormat::Csv),
        ShowFormat::Table | ShowFormat::Transcript | ShowFormat::Html => None,
    };
    if args.raw && !matches!(format, Some(OutputFormat::Json | OutputFormat::Jsonl)) {
        let help = "use it with --output json or jsonl";
        return Err(Failure::usage("--raw has no place in a table or in csv", help));
    }
    let (mut calls, _opened) = match &args.db {
        Some(db) => (stored(&args.id, db, stderr).await?, None),
        None => {
            let found = find(&args.id, &args.source, &args.one_off, global, stderr).await?;
            (found.0, Some(found.1))
        }
    };
    if calls.is_empty() {
        return Ok(ExitOutcome::Failed);
    }
    if !args.raw {
        calls.iter_mut().for_each(|call| call.raw = RawValue::NULL.to_owned());
    }
    let style = OutputStyle::of_stdout(global.color, args.show_numbers).in_zone(args.zone.tz);
    if let Some(format) = format {
        let output = OutputArgs { output: format, raw: args.raw, show_numbers: args.show_numbers };
        write(&calls, &output, &[], style, stderr)?;
        return Ok(ExitOutcome::Complete);
    }
    let policy = match style.show_numbers {
        true => PrivacyPolicy::default(),
        false => PrivacyPolicy::new(PrivacyMode::Mask, &[], None)
            .map_err(|error| Failure::failed(error.to_string(), ""))?,
    };
    let shown = OutputStyle { show_numbers: true, ..style };
    let text = |call: &Call| {
        let call = policy.apply(call);
        match args.output {
            ShowFormat::Transcript => call_view::transcript(&call, &shown),
            ShowFormat::Html => call_html(&call, &call_view::facts(&call, &shown)),
            _ => call_view::render(&call, &shown),
        }
    };
    if args.output == ShowFormat::Html && calls.len() > 1 {
        let help = "use the full id of one of them, vendor:account:call_id";
        return Err(Failure::usage("an HTML file shows one call", help));
    }
    let text = calls.iter().map(text).collect::<Vec<_>>().join("\n");
    match args.no_pager || args.output == ShowFormat::Html {
        true => print(&text)?,
        false => pager::page(&text, style.is_terminal)?,
    }
    if !style.show_numbers {
        stderr.note("people's data is masked on a terminal; --unmask shows it");
    }
    Ok(ExitOutcome::Complete)
}

/// The calls of a database with an id.
async fn stored(id: &str, db: &str, stderr: &Stderr) -> Result<Vec<Call>, Failure> {
    check_id(id)?;
    let target = database(db)?;
    let mut query = StoredQuery::default();
    (query.id, query.in_full) = (Some(id.to_owned()), true);
    let mut calls = Vec::new();
    let spinner = spinner_of(&target.to_string(), stderr);
    read_stored(&target, &query, &mut |stored| calls.push(stored.call)).await?;
    drop(spinner);
    if calls.is_empty() {
        return Err(Failure::failed(format!("no call {id} in {target}"), ID_HELP));
    }
    note_several(&calls, stderr);
    Ok(calls)
}
