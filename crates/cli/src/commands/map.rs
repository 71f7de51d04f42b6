//! `callfold map`.

use super::vendors::unknown_vendor;
use crate::args::{Global, MapArgs, OutputArgs};
use crate::failure::{ExitOutcome, Failure};
use crate::output::{OutputFormat, OutputStyle, Stderr, Stdout};
use callfold_unify::{Context, mappings};
use serde_json::{Deserializer, value::RawValue};
use std::io::{self, BufReader};

/// Maps the records, pages or lines of standard input.
pub(crate) fn map(
    args: &MapArgs,
    global: &Global,
    stderr: &Stderr,
) -> Result<ExitOutcome, Failure> {
    let mapping = mappings().iter().find(|mapping| mapping.vendor == args.vendor);
    let mapping = mapping.ok_or_else(|| unknown_vendor(&args.vendor))?;
    let context = Context::new(args.account.as_str());
    let streams = matches!(args.output, OutputFormat::Jsonl | OutputFormat::Csv);
    let style = OutputStyle::of_stdout(global.color, args.show_numbers);
    let mut stdout = Stdout::open();
    if streams {
        stdout.header(args.output)?;
    }
    let input = BufReader::new(io::stdin().lock());
    let texts = Deserializer::from_reader(input).into_iter::<Box<RawValue>>();
    let (mut held, mut mapped, mut rejected) = (Vec::new(), 0_u64, 0_u64);
    let mut failure = None;
    for (index, text) in texts.enumerate() {
        let batch = match text {
            Err(error) if error.is_io() => Err("standard input cannot be read".to_owned()),
            Err(error) => Err(format!(
                "standard input is not JSON at line {}, column {}",
                error.line(),
                error.column()
            )),
            Ok(text) => (mapping.from_json_with)(text.get(), &context)
                .map_err(|error| format!("value {} of standard input: {error}", index + 1)),
        };
        let batch = match batch {
            Ok(batch) => batch,
            Err(problem) => {
                failure = Some(problem);
                break;
            }
        };
        for record in &batch.set_aside {
            rejected += 1;
            stderr.warning(record);
        }
        for mut call in batch.calls {
            if !args.raw {
                call.raw = RawValue::NULL.to_owned();
            }
            mapped += 1;
            match streams {
                true => stdout.call(&call, args.output, &style)?,
                false => held.push(call),
            }
        }
    }
    stdout.finish()?;
    if !streams {
        let MapArgs { output, raw, show_numbers, .. } = *args;
        super::calls::write(&held, &OutputArgs { output, raw, show_numbers }, global, stderr)?;
    }
    if let Some(problem) = failure {
        let help = format!("{mapped} calls were mapped before it; pass records, pages or JSONL");
        return Err(Failure::failed(problem, help));
    }
    stderr.note(format!("{mapped} calls mapped, {rejected} records rejected"));
    Ok(if rejected > 0 { ExitOutcome::Partial } else { ExitOutcome::Complete })
}
