//! `callfold check`.

use super::calls::with_advice;
use crate::args::{CheckArgs, Global};
use crate::failure::{Failure, Outcome};
use crate::output::{
    Look, Stderr, Stdout,
    text::{sanitise, sanitise_lines},
};
use crate::sources::{self, Opened, WithoutConfig};
use anstyle::AnsiColor;
use futures_util::future::join_all;

/// Tries each source with one small request, and says what is wrong with it.
pub(crate) async fn check(
    args: CheckArgs,
    global: &Global,
    stderr: &Stderr,
) -> Result<Outcome, Failure> {
    let (attempts, config, sandbox) =
        sources::attempt(global, &args.source, WithoutConfig::Refuse, stderr).await?;
    let opened = Opened::origin(config, sandbox);
    let mut names = Vec::new();
    let mut checks = Vec::new();
    for attempt in attempts {
        names.push(format!("{} ({})", attempt.account, attempt.vendor));
        let opened = &opened;
        checks.push(async move {
            match attempt.opened {
                Ok(source) => source
                    .check()
                    .await
                    .map_err(|error| with_advice(error.reason(), &error, opened)),
                Err(error) => Err(error.to_string()),
            }
        });
    }
    let results: Vec<_> = names.into_iter().zip(join_all(checks).await).collect();
    print_results(&results, &Look::of_stdout(global.color, false))?;
    let failed = results.iter().filter(|(_, result)| result.is_err()).count();
    Ok(Outcome::of(results.len(), failed))
}

/// Prints a line for each name that was tried, and below it what is wrong.
pub(super) fn print_results(
    results: &[(String, Result<(), String>)],
    look: &Look,
) -> Result<(), Failure> {
    let mut stdout = Stdout::open();
    for (name, result) in results {
        let name = sanitise(name);
        match result {
            Ok(()) => {
                stdout.text(&format!("{}  {name}\n", paint("ok    ", AnsiColor::Green, look)))?
            }
            Err(text) => {
                let text = sanitise_lines(text);
                stdout.text(&format!("{}  {name}\n", paint("failed", AnsiColor::Red, look)))?;
                for line in text.lines() {
                    stdout.text(&format!("        {line}\n"))?;
                }
            }
        }
    }
    stdout.finish()?;
    Ok(())
}

fn paint(text: &str, color: AnsiColor, look: &Look) -> String {
    let style = color.on_default();
    if look.color {
        format!("{}{text}{}", style.render(), style.render_reset())
    } else {
        text.to_owned()
    }
}
