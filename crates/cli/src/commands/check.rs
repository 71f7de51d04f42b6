//! `callfold check`.

use super::find_call::with_help;
use crate::args::{CheckArgs, Global};
use crate::failure::{ExitOutcome, Failure};
use crate::output::{
    OutputStyle, Stderr, print,
    spinner::Spinner,
    text::{sanitise, sanitise_lines, wrap},
};
use crate::sources::{self, WithoutConfig};
use anstyle::AnsiColor;
use futures_util::future::join_all;

/// Tests each source with one small request and prints the results.
pub(crate) async fn check(
    args: CheckArgs,
    global: &Global,
    stderr: &Stderr,
) -> Result<ExitOutcome, Failure> {
    let (results, opened) =
        sources::open_each(global, &args.sources(), &args.one_off, WithoutConfig::Refuse, stderr)
            .await?;
    let unopened = results.iter().filter(|open| open.result.is_err()).count();
    let checks = results.into_iter().map(async |open| {
        let result = match open.result {
            Ok(source) => {
                source.check().await.map_err(|error| with_help(error.reason(), &error, &opened))
            }
            Err(error) => Err(error.to_string()),
        };
        (open.name, result)
    });
    let spinner = Spinner::start("checking the sources".to_owned(), stderr.is_quiet());
    let results = join_all(checks).await;
    drop(spinner);
    print_results(&results, &OutputStyle::of_stdout(global.color, false))?;
    let failed = results.iter().filter(|(_, result)| result.is_err()).count();
    if unopened == results.len() {
        return Err(Failure::usage("no source can be opened", "see the list on standard output"));
    }
    Ok(ExitOutcome::of(results.len(), failed))
}

/// Prints a line per name, and below it what is wrong.
pub(super) fn print_results(
    results: &[(String, Result<(), String>)],
    style: &OutputStyle,
) -> Result<(), Failure> {
    let mut text = String::new();
    for (name, result) in results {
        let (word, color) = match result {
            Ok(()) => ("ok    ", AnsiColor::Green.on_default()),
            Err(_) => ("failed", AnsiColor::Red.on_default()),
        };
        let name = sanitise(name);
        text.push_str(&match style.color {
            true => format!("{}{word}{}  {name}\n", color.render(), color.render_reset()),
            false => format!("{word}  {name}\n"),
        });
        for line in result.as_ref().err().iter().flat_map(|problem| problem.lines()) {
            let line = format!("        {}\n", sanitise_lines(line));
            text.push_str(&style.columns.map_or(line.clone(), |columns| wrap(&line, columns, 2)));
        }
    }
    Ok(print(&text)?)
}
