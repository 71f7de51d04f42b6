//! `callfold list --db`: calls of a database.

use super::{
    find_call::write,
    input::{check_sources, database, database_notes, is_of, print_note, spinner_of},
    search::SearchTerms,
};
use crate::args::{ListArgs, Sort};
use crate::failure::{ExitOutcome, Failure};
use crate::output::{OutputFormat, OutputStyle, Stderr};
use callfold_reader::{Query, text::grouped};
use callfold_sync::{StoredQuery, read_stored, status};
use callfold_unify::model::Call;
use std::cmp::Reverse;

/// Prints the calls of a database.
pub(super) async fn list_stored(
    args: &ListArgs,
    db: &str,
    query: &Query,
    terms: Option<&SearchTerms>,
    style: OutputStyle,
    stderr: &Stderr,
) -> Result<ExitOutcome, Failure> {
    if args.output.raw {
        let help = "leave it out; the table `raw` of the database has the records";
        return Err(Failure::usage("--raw does not work with --db", help));
    }
    let target = database(db)?;
    let status = status(&target).await?;
    check_sources(&args.filters.source, &status, &target)?;
    let mut stored_query = StoredQuery::default();
    (stored_query.since, stored_query.until) = (query.since, query.until);
    stored_query.terms = terms.map(|terms| terms.terms.clone()).unwrap_or_default();
    stored_query.in_full =
        matches!(args.output.output, OutputFormat::Json | OutputFormat::Jsonl | OutputFormat::Csv);
    let limit = query.limit.unwrap_or(usize::MAX);
    let (mut calls, mut matched) = (Vec::new(), 0_u64);
    let spinner = spinner_of(&target.to_string(), stderr);
    read_stored(&target, &stored_query, &mut |stored| {
        if is_of(&args.filters.source, &stored.call.id) && query.matches(&stored.call) {
            matched += 1;
            calls.push(stored.call);
            // Only the first are shown: the others need no memory.
            if calls.len() >= limit.saturating_mul(2).max(1_000) {
                sort(&mut calls, args.order);
                calls.truncate(limit);
            }
        }
    })
    .await?;
    drop(spinner);
    sort(&mut calls, args.order);
    calls.truncate(limit);
    write(&calls, &args.output, &args.columns, style, stderr)?;
    let notes = database_notes(&status, &target, &args.filters.source);
    for note in &notes {
        print_note(note, stderr);
    }
    if calls.len() as u64 != matched {
        stderr.note(format!("{} shown, {} matched", grouped(calls.len()), grouped(matched)));
    }
    if matched == 0 {
        stderr.note("no calls match; try removing a filter");
    }
    let is_incomplete = notes.iter().any(|note| note.is_incomplete);
    Ok(if is_incomplete { ExitOutcome::Partial } else { ExitOutcome::Complete })
}

/// Calls without a start are last, and ties are by id.
fn sort(calls: &mut [Call], order: Sort) {
    match order {
        Sort::Newest => calls.sort_by_cached_key(|call| {
            (call.started_at.is_none(), Reverse(call.started_at), call.id.clone())
        }),
        Sort::Oldest => {
            calls.sort_by_cached_key(|call| {
                (call.started_at.is_none(), call.started_at, call.id.clone())
            });
        }
        Sort::Read => {}
    }
}
