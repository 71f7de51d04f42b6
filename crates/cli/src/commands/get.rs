//! `callfold get`, and what it shares with `callfold list`.

use crate::args::{GetArgs, Global, OutputArgs};
use crate::failure::{ExitOutcome, Failure};
use crate::newest::{ids_with_prefix, newest_calls};
use crate::output::{
    OutputFormat, OutputStyle, Stderr, Stdout,
    call_table::{self, CallColumn},
    call_view, print,
    spinner::Spinner,
};
use crate::sources::{self, OpenSources, WithoutConfig};
use callfold_export::{PrivacyMode, PrivacyPolicy};
use callfold_reader::{
    ReadError, Source, find_call,
    text::{counted, grouped},
};
use callfold_transport::ErrorKind;
use callfold_unify::model::{Call, CallId};
use clap::ValueEnum as _;
use serde_json::value::RawValue;
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

/// Finds one call and prints it.
pub(crate) async fn get(
    args: GetArgs,
    global: &Global,
    stderr: &Stderr,
) -> Result<ExitOutcome, Failure> {
    args.output.check()?;
    let mut opened =
        sources::open(global, &args.source, &args.one_off, WithoutConfig::ShowSandbox, stderr)
            .await?;
    let mut wanted = args.id.clone();
    if let Ok(id) = args.id.parse::<CallId>() {
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
            [id] => {
                opened.sources.retain(|source| is_source(source.as_ref(), id));
                let (found, again) = find_call(&opened.sources, &id.call_id).await;
                calls = found;
                errors = list_errors.into_iter().chain(again.into_iter().map(Arc::new)).collect();
            }
            _ => return Err(ambiguous(&args.id, &ids)),
        }
    }
    drop(spinner);
    if !args.output.raw {
        calls.iter_mut().for_each(|call| call.raw = RawValue::NULL.to_owned());
    }
    for error in &errors {
        stderr.error(with_help(error.to_string(), error, &opened));
    }
    if calls.is_empty() {
        let searched = match opened.sources.len() - errors.len() {
            0 => return Ok(ExitOutcome::Failed),
            count => counted(count as u64, "source"),
        };
        return Err(Failure::failed(format!("no call {} in {searched}", args.id), ID_HELP));
    }
    if calls.len() > 1 {
        let ids: Vec<_> = calls.iter().map(|call| call.id.to_string()).collect();
        stderr.note(format!("{} calls have this id: {}", calls.len(), ids.join(", ")));
    }
    let style = OutputStyle::of_stdout(global.color, args.output.show_numbers);
    let style = style.in_zone(args.zone.tz);
    if matches!(args.output.output, OutputFormat::Table | OutputFormat::Wide) {
        let policy = match style.show_numbers {
            true => PrivacyPolicy::default(),
            false => PrivacyPolicy::new(PrivacyMode::Mask, &[], None)
                .map_err(|error| Failure::failed(error.to_string(), ""))?,
        };
        let shown = OutputStyle { show_numbers: true, ..style };
        let texts = calls.iter().map(|call| call_view::render(&policy.apply(call), &shown));
        print(&texts.collect::<Vec<_>>().join("\n"))?;
        if !style.show_numbers {
            stderr.note("people's data is masked on a terminal; --unmask shows it");
        }
    } else {
        write(&calls, &args.output, &[], style, stderr)?;
    }
    Ok(ExitOutcome::Complete)
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
fn check_id(id: &str) -> Result<(), Failure> {
    let problem = match id.chars().count() {
        0 => "the id is empty".to_owned(),
        length if length > MAX_ID_CHARS => format!("the id has {length} characters"),
        _ if id.chars().all(|c| c == '.') => "the id consists of dots".to_owned(),
        _ => return Ok(()),
    };
    Err(Failure::usage(problem, ID_HELP))
}

const ID_HELP: &str = "`callfold list` shows the id of each call, and --output wide all of it";

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
