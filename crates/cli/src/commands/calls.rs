//! `callfold get`, and what it shares with `callfold list`.

use crate::args::{Format, GetArgs, Global, OutputArgs};
use crate::failure::{Failure, Outcome};
use crate::output::{Look, Stderr, Stdout, call_table, call_view};
use crate::sources::{self, Opened, WithoutConfig};
use callfold_reader::{ReadError, find_call};
use callfold_transport::ErrorKind;
use callfold_unify::model::{Call, CallId};
use serde_json::value::RawValue;

/// The reason of a failure and what to do about it.
pub(super) fn with_advice(reason: String, error: &ReadError, opened: &Opened) -> String {
    match advice(error, opened.config.as_ref().map(|config| config.path().display().to_string())) {
        Some(advice) => format!("{reason}\n  help: {advice}"),
        None => reason,
    }
}

fn advice(error: &ReadError, file: Option<String>) -> Option<String> {
    if let Some(field) = error.unsupported_field() {
        let field = field.as_str();
        return Some(format!("ask without the {field}, or name the other sources with --source"));
    }
    if error.sort_limit().is_some() {
        return Some(
            "narrow the question with --since or --limit, take the calls as they come with \
             --order read, or raise --sort-limit"
                .to_owned(),
        );
    }
    let section = match file {
        Some(file) => format!("[sources.{}] in {file}", error.account()),
        None => "the sandbox".to_owned(),
    };
    match error.request()?.kind() {
        ErrorKind::Unauthorized => Some(format!("check the credentials of {section}")),
        ErrorKind::Forbidden => Some(format!(
            "the credentials of {section} are known but may not read calls: check their scopes and the account"
        )),
        ErrorKind::NotFound | ErrorKind::Redirected | ErrorKind::Decode => {
            Some(format!("check the base_url of {section}"))
        }
        ErrorKind::Transport => Some(format!("check the network, and the base_url of {section}")),
        ErrorKind::Timeout => Some(format!("try again, or raise the timeout of {section}")),
        _ => None,
    }
}

/// Looks for one call and shows it.
pub(crate) async fn get(
    args: GetArgs,
    global: &Global,
    stderr: &Stderr,
) -> Result<Outcome, Failure> {
    let mut opened =
        sources::open(global, &args.source, WithoutConfig::ShowSandbox, stderr).await?;
    let mut wanted = args.id.clone();
    if let Ok(id) = args.id.parse::<CallId>() {
        let is_meant = |vendor: &str, account: &str| vendor == id.vendor && account == id.account;
        // The vendor's own id may hold colons too: it is taken apart only
        // where a source has these names.
        if opened.sources.iter().any(|source| is_meant(source.vendor(), source.account())) {
            opened.sources.retain(|source| is_meant(source.vendor(), source.account()));
            wanted = id.call_id;
        }
    }
    check_id(&wanted)?;
    let (mut calls, errors) = find_call(&opened.sources, &wanted).await;
    if !args.output.raw {
        calls.iter_mut().for_each(|call| call.raw = RawValue::NULL.to_owned());
    }
    for error in &errors {
        stderr.error(with_advice(error.to_string(), error, &opened));
    }
    if calls.is_empty() {
        let searched = match opened.sources.len() - errors.len() {
            0 => return Ok(Outcome::Failed),
            1 => "1 source".to_owned(),
            count => format!("{count} sources"),
        };
        let problem = format!("no call {} in {searched}", args.id);
        return Err(Failure::Failed(problem, WHERE_IDS_ARE.to_owned()));
    }
    if calls.len() > 1 {
        let ids: Vec<_> = calls.iter().map(|call| call.id.to_string()).collect();
        stderr.note(format!("{} calls have this id: {}", calls.len(), ids.join(", ")));
    }
    if args.output.output == Format::Table {
        let look = Look::of_stdout(global.color, args.output.show_numbers);
        let mut stdout = Stdout::open();
        let texts: Vec<_> = calls.iter().map(|call| call_view::render(call, &look)).collect();
        stdout.text(&texts.join("\n"))?;
        stdout.finish()?;
    } else {
        write(&calls, &args.output, global, stderr)?;
    }
    Ok(Outcome::Complete)
}

/// Characters of an id: no vendor's has as many.
const LONGEST_ID: usize = 1000;

/// Whether anything can be asked for by this text.
fn check_id(id: &str) -> Result<(), Failure> {
    let problem = match id.chars().count() {
        0 => "the id is empty".to_owned(),
        length if length > LONGEST_ID => format!("the id has {length} characters"),
        _ if id.chars().all(|c| c == '.') => "the id consists of dots".to_owned(),
        _ => return Ok(()),
    };
    Err(Failure::Usage(problem, WHERE_IDS_ARE.to_owned()))
}

const WHERE_IDS_ARE: &str = "`callfold list --output jsonl` prints the id of each call";

pub(super) fn write(
    calls: &[Call],
    output: &OutputArgs,
    global: &Global,
    stderr: &Stderr,
) -> Result<(), Failure> {
    let look = Look::of_stdout(global.color, output.show_numbers);
    let mut stdout = Stdout::open();
    if output.output == Format::Table {
        if !calls.is_empty() {
            let table = call_table::render(calls, &look);
            stdout.text(&table.text)?;
            stdout.finish()?;
            note_left_out(&table.left_out, stderr);
        }
        return Ok(());
    }
    stdout.calls(calls, output.output, &look)?;
    stdout.finish()?;
    Ok(())
}

/// Says which columns the terminal had no room for.
pub(super) fn note_left_out(left_out: &[&str], stderr: &Stderr) {
    if !left_out.is_empty() {
        let titles = left_out.join(", ").to_lowercase();
        stderr.note(format!("the terminal is too narrow for: {titles}"));
    }
}
