//! `callfold map`.

use super::lint::{input_name, open_input};
use crate::args::{Global, MapArgs, OutputArgs};
use crate::failure::{ExitOutcome, Failure};
use crate::json_values::JsonValues;
use crate::one_off::find_vendor;
use crate::output::{OutputFormat, OutputStyle, Stderr, Stdout, text::sanitise};
use callfold_reader::text::{counted, io_reason};
use callfold_unify::mappings;
use serde_json::value::RawValue;
use std::io;

/// Maps the records, pages or lines of a file or of standard input.
pub(crate) fn map(
    args: &MapArgs,
    global: &Global,
    stderr: &Stderr,
) -> Result<ExitOutcome, Failure> {
    let MapArgs { output, raw, show_numbers, .. } = *args;
    OutputArgs { output, raw, show_numbers }.check()?;
    let vendor = find_vendor(&args.vendor)?.name;
    let Some(mapping) = mappings().iter().find(|mapping| mapping.vendor == vendor) else {
        return Err(Failure::usage(format!("{vendor} has no mapping"), ""));
    };
    let context = args.settings.context(&args.account)?;
    let name = sanitise(&input_name(&args.file)).into_owned();
    let unreadable = |error: io::Error| format!("{name} cannot be read: {}", io_reason(&error));
    let input = open_input(&args.file).map_err(|error| Failure::failed(unreadable(error), HELP))?;
    let streams = matches!(args.output, OutputFormat::Jsonl | OutputFormat::Csv);
    let style = OutputStyle::of_stdout(global.color, args.show_numbers);
    let mut stdout = Stdout::open();
    if streams {
        stdout.header(args.output)?;
    }
    let mut values = JsonValues::new(input);
    let (mut held, mut mapped_calls, mut rejections) = (Vec::new(), 0_usize, Rejections::default());
    let mut failure = None;
    for number in 1_usize.. {
        let value = match values.read() {
            Ok(None) => break,
            Ok(Some(value)) => value,
            Err(error) => {
                failure = Some(unreadable(error));
                break;
            }
        };
        let text = match value {
            Ok(text) => text,
            Err(lines) => {
                let place = match (lines.start(), lines.end()) {
                    (first, last) if first == last => format!("line {first}"),
                    (first, last) => format!("lines {first} to {last}"),
                };
                rejections.add("not valid JSON".to_owned(), place);
                continue;
            }
        };
        let place = format!("value {number}");
        let mapped = match (mapping.from_json_with)(text.get(), &context) {
            Ok(mapped) => mapped,
            Err(error) => {
                rejections.add(error.to_string(), place);
                continue;
            }
        };
        for record in &mapped.rejected {
            rejections.add(record.to_string(), place.clone());
        }
        for mut call in mapped.calls {
            if !args.raw {
                call.raw = RawValue::NULL.to_owned();
            }
            mapped_calls += 1;
            match streams {
                true => stdout.call(&call, args.output, &style)?,
                false => held.push(call),
            }
        }
    }
    stdout.finish()?;
    if !streams {
        super::find_call::write(
            &held,
            &OutputArgs { output, raw, show_numbers },
            &[],
            style,
            stderr,
        )?;
    }
    let rejected = rejections.report(&name, stderr);
    if let Some(problem) = failure {
        let help = format!("{} mapped before it; {HELP}", counted(mapped_calls as u64, "call"));
        return Err(Failure::failed(problem, help));
    }
    let calls = counted(mapped_calls as u64, "call");
    stderr.note(format!("{calls} mapped, {} rejected", counted(rejected as u64, "record")));
    Ok(ExitOutcome::of(mapped_calls + rejected, rejected))
}

const HELP: &str = "pass records, pages or JSONL";

/// Records that could not be mapped, by what is wrong with them.
#[derive(Default)]
struct Rejections(Vec<Rejection>);

struct Rejection {
    problem: String,
    /// Where the first one is.
    place: String,
    count: usize,
}

impl Rejections {
    fn add(&mut self, problem: String, place: String) {
        match self.0.iter_mut().find(|known| known.problem == problem) {
            Some(known) => known.count += 1,
            None => self.0.push(Rejection { problem, place, count: 1 }),
        }
    }

    /// Prints each problem once, and returns the number of records.
    fn report(&self, name: &str, stderr: &Stderr) -> usize {
        for Rejection { problem, place, count } in &self.0 {
            match count {
                1 => stderr.warning(format!("{place} of {name}: {problem}")),
                _ => stderr.warning(format!(
                    "{}, the first in {place} of {name}: {problem}",
                    counted(*count as u64, "record")
                )),
            }
        }
        self.0.iter().map(|rejection| rejection.count).sum()
    }
}
