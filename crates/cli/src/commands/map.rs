//! `callfold map`.

use crate::args::{Format, Global, MapArgs, OutputArgs};
use crate::config::did_you_mean;
use crate::failure::{Failure, Outcome};
use crate::output::{Look, Stderr, Stdout};
use callfold_unify::{Context, Mapping, mappings, model::Call};
use serde_json::{Deserializer, value::RawValue};
use std::io::{self, BufReader};

/// Maps the records, pages or lines of standard input.
pub(crate) fn map(args: &MapArgs, global: &Global, stderr: &Stderr) -> Result<Outcome, Failure> {
    let mapping = find(&args.vendor)?;
    let context = Context::new(args.account.as_str());
    let streams = matches!(args.output, Format::Jsonl | Format::Csv);
    let look = Look::of_stdout(global.color, args.show_numbers);
    let mut stdout = Stdout::open();
    if streams {
        stdout.begin(args.output)?;
    }
    let input = BufReader::new(io::stdin().lock());
    let texts = Deserializer::from_reader(input).into_iter::<Box<RawValue>>();
    let (mut held, mut mapped, mut set_aside) = (Vec::new(), 0_u64, 0_u64);
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
            set_aside += 1;
            stderr.warning(record);
        }
        for mut call in batch.calls {
            if !args.raw {
                call.raw = RawValue::NULL.to_owned();
            }
            mapped += 1;
            match streams {
                true => stdout.call(&call, args.output, &look)?,
                false => held.push(call),
            }
        }
    }
    stdout.finish()?;
    write_rest(&held, args, global, stderr, streams)?;
    if let Some(problem) = failure {
        let cure = format!("{mapped} calls were mapped before it; give records, pages or JSONL");
        return Err(Failure::Failed(problem, cure));
    }
    stderr.note(format!("{mapped} calls mapped, {set_aside} records set aside"));
    Ok(if set_aside > 0 { Outcome::Partial } else { Outcome::Complete })
}

fn write_rest(
    calls: &[Call],
    args: &MapArgs,
    global: &Global,
    stderr: &Stderr,
    written: bool,
) -> Result<(), Failure> {
    if written {
        return Ok(());
    }
    let output = OutputArgs { output: args.output, raw: args.raw, show_numbers: args.show_numbers };
    super::calls::write(calls, &output, global, stderr)
}

fn find(name: &str) -> Result<&'static Mapping, Failure> {
    let names = || mappings().iter().map(|mapping| mapping.vendor);
    mappings().iter().find(|mapping| mapping.vendor == name).ok_or_else(|| {
        let list = names().collect::<Vec<_>>().join(", ");
        let cure = match did_you_mean(name, names()) {
            Some(meant) => format!("did you mean {meant}? callfold knows {list}"),
            None => format!("callfold knows {list}"),
        };
        Failure::Usage(format!("callfold does not know the vendor {name}"), cure)
    })
}
