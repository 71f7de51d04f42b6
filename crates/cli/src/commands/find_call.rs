//! One call by its id, and what the commands that read calls share.

use crate::args::{Global, OneOffArgs, OutputArgs};
use crate::failure::Failure;
use crate::newest::{ids_with_prefix, newest_calls};
use crate::output::{
    OutputFormat, OutputStyle, Stderr, Stdout,
    call_table::{self, CallColumn},
    print,
    spinner::Spinner,
};
use crate::sources::{self, OpenSources, WithoutConfig};
use callfold_reader::{
    ReadError, Source, find_call,
    text::{counted, grouped},
};
use callfold_transport::ErrorKind;
use callfold_unify::model::{Call, CallId};
use clap::ValueEnum as _;
use std::sync::Arc;

/// The reason of a failure, with help if there is any.
pub(super) fn with_help(reason: String, error: &ReadError, opened: &OpenSources) -> String {
    match help(error, &opened.place(error.account())) {
        Some(help) => format!("{reason}\n  help: {help}"),
        None => reason,
    }
}

fn help(error: &ReadError, section: &str) -> Option<String> {
    if let Some(field) = error.unsupported_field() {
        let field = field.as_str();
        return Some(format!("remove the {field} filter, or select other sources with --source"));
    }
    if error.sort_limit().is_some() {
        return Some(
            "narrow the query with --since or --limit, stream unsorted with --order read, or raise \
             --sort-limit"
                .to_owned(),
        );
    }
    let request = error.request()?;
    // A response of an API, not a web page or nothing.
    let first = request.body().and_then(|body| body.trim_ascii_start().first());
    let is_json = first.is_some_and(|first| b"{[".contains(first));
    match request.kind() {
        ErrorKind::Unauthorized => Some(format!("the key is that of {section}")),
        ErrorKind::Forbidden => {
            Some(format!("the key is that of {section}: it is valid, but may not read calls"))
        }
        ErrorKind::Decode if is_json => Some(
            "try again; if it fails again, the vendor is in trouble or changed its API".to_owned(),
        ),
        ErrorKind::NotFound | ErrorKind::Redirected | ErrorKind::Decode => {
            Some(format!("check the base_url of {section}"))
        }
        ErrorKind::Transport => Some(format!("check the network, and the base_url of {section}")),
        ErrorKind::Timeout => Some(format!("try again, or raise the timeout of {section}")),
        _ => None,
    }
}

/// What a spinner says while sources are read.
pub(super) fn reading(opened: &OpenSources) -> String {
    format!("reading {}", counted(opened.sources.len() as u64, "source"))
}

/// The calls with an id, and the open sources; no call where every source failed, which is reported.
pub(super) async fn find(
    id: &str,
    source: &[String],
    one_off: &OneOffArgs,
    global: &Global,
    stderr: &Stderr,
) -> Result<(Vec<Call>, OpenSources), Failure> {
    let mut opened =
        sources::open(global, source, one_off, WithoutConfig::ShowSandbox, stderr).await?;
    let mut wanted = id.to_owned();
    if let Ok(id) = id.parse::<CallId>() {
        // A vendor's own id may contain colons too: split it only if a source has these names.
        if opened.sources.iter().any(|source| is_source(source.as_ref(), &id)) {
            opened.sources.retain(|source| is_source(source.as_ref(), &id));
            wanted = id.call_id;
        }
    }
    check_id(&wanted)?;
    let spinner = Spinner::start(reading(&opened), stderr.is_quiet());
    let (mut calls, errors) = find_call(&opened.sources, &wanted).await;
    let mut errors: Vec<_> = errors.into_iter().map(Arc::new).collect();
    if calls.is_empty() && wanted.chars().count() >= MIN_PREFIX_CHARS {
        let (newest, list_errors) = newest_calls(&opened.sources, PREFIX_SEARCH_CALLS).await;
        let ids = ids_with_prefix(&newest, &wanted);
        match ids.as_slice() {
            [] => {}
            [found] => {
                opened.sources.retain(|source| is_source(source.as_ref(), found));
                let (found, again) = find_call(&opened.sources, &found.call_id).await;
                calls = found;
                errors = list_errors.into_iter().chain(again.into_iter().map(Arc::new)).collect();
            }
            _ => return Err(ambiguous(id, &ids)),
        }
    }
    drop(spinner);
    for error in &errors {
        stderr.error(with_help(error.to_string(), error, &opened));
    }
    if calls.is_empty() && errors.len() < opened.sources.len() {
        let searched = counted((opened.sources.len() - errors.len()) as u64, "source");
        return Err(Failure::failed(format!("no call {id} in {searched}"), ID_HELP));
    }
    note_several(&calls, stderr);
    Ok((calls, opened))
}

/// Notes that several calls have one id.
pub(super) fn note_several(calls: &[Call], stderr: &Stderr) {
    if calls.len() > 1 {
        let ids: Vec<_> = calls.iter().map(|call| call.id.to_string()).collect();
        stderr.note(format!("{} calls have this id: {}", calls.len(), ids.join(", ")));
    }
}

/// The least characters of an abbreviated id.
const MIN_PREFIX_CHARS: usize = 4;

/// The calls of each source among which an abbreviated id is looked up.
const PREFIX_SEARCH_CALLS: usize = 1000;

/// Whether the call is of this source.
fn is_source(source: &dyn Source, id: &CallId) -> bool {
    source.vendor() == id.vendor && source.account() == id.account
}

/// The failure of an abbreviated id that several calls have.
fn ambiguous(prefix: &str, ids: &[CallId]) -> Failure {
    let mut names: Vec<_> = ids.iter().take(5).map(ToString::to_string).collect();
    if ids.len() > names.len() {
        names.push("…".to_owned());
    }
    let problem =
        format!("{prefix} begins {} ids: {}", grouped(ids.len() as u64), names.join(", "));
    Failure::failed(problem, "give more of the id")
}

/// Characters of an id: no vendor's are longer.
const MAX_ID_CHARS: usize = 1000;

/// Checks that a vendor can be asked for this id.
pub(super) fn check_id(id: &str) -> Result<(), Failure> {
    let problem = match id.chars().count() {
        0 => "the id is empty".to_owned(),
        length if length > MAX_ID_CHARS => format!("the id has {length} characters"),
        _ if id.chars().all(|c| c == '.') => "the id consists of dots".to_owned(),
        _ => return Ok(()),
    };
    Err(Failure::usage(problem, ID_HELP))
}

pub(super) const ID_HELP: &str =
    "`callfold list` shows the id of each call, and --output wide all of it";

pub(super) fn write(
    calls: &[Call],
    output: &OutputArgs,
    columns: &[CallColumn],
    mut style: OutputStyle,
    stderr: &Stderr,
) -> Result<(), Failure> {
    let is_wide = output.output == OutputFormat::Wide;
    if is_wide {
        style.columns = None;
    }
    if !is_wide && output.output != OutputFormat::Table {
        let mut stdout = Stdout::open();
        stdout.calls(calls, output.output, &style)?;
        stdout.finish()?;
    } else if !calls.is_empty() {
        let columns = match columns {
            [] if is_wide => CallColumn::value_variants(),
            columns => columns,
        };
        let table = call_table::render(calls, columns, &style);
        print(&table.text)?;
        note_hidden_columns(&table.hidden, "; --output wide shows them", stderr);
    }
    Ok(())
}

/// Reports the columns that do not fit the terminal.
pub(super) fn note_hidden_columns(hidden: &[String], help: &str, stderr: &Stderr) {
    if !hidden.is_empty() {
        let titles = hidden.join(", ").to_lowercase();
        stderr.note(format!("hidden columns (terminal too narrow): {titles}{help}"));
    }
}
