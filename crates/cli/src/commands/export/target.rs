//! Where an export goes, and in which shape.

use super::named;
use crate::args::{Compress, ExportArgs};
use crate::failure::Failure;
use crate::output::text::sanitise_lines;
use callfold_export::{Compression, ExportError, Format, Shape, Target};
use etcetera::BaseStrategy;
use std::{
    io::{self, IsTerminal, Stdout, Write},
    path::PathBuf,
};

/// The format and compression that are asked for, or that the name says.
pub(super) fn shape(args: &ExportArgs) -> Result<Shape, Failure> {
    let named = named(&args.to);
    let format = match (args.format, named) {
        (Some(format), _) => format.of(),
        (None, Some(shape)) => shape.format,
        (None, None) if !args.partition.is_empty() => Format::Parquet,
        (None, None) => {
            let problem = match args.to.as_str() {
                "-" => "standard output has no name to tell the format by".to_owned(),
                to => format!("the name {to} does not tell the format"),
            };
            let cure = "say --format jsonl, csv, parquet or vcon, or end the name in .jsonl, \
                        .csv, .parquet or .vcon.jsonl (and .gz or .zst)";
            return Err(Failure::Usage(problem, cure.to_owned()));
        }
    };
    let by_name = match named {
        Some(shape) => shape.compression,
        None if args.to.ends_with(".gz") => Compression::Gzip,
        None if args.to.ends_with(".zst") => Compression::Zstd,
        None => Compression::None,
    };
    let compression = match args.compress {
        None => by_name,
        Some(Compress::None) => Compression::None,
        Some(Compress::Gzip) => Compression::Gzip,
        Some(Compress::Zstd) => Compression::Zstd,
    };
    Ok(Shape { format, compression })
}

pub(super) fn target(args: &ExportArgs, shape: Shape) -> Result<Target, Failure> {
    if args.to != "-" {
        return Target::parse(&args.to).map_err(|error: ExportError| super::failure(error));
    }
    if args.resume || args.restart {
        let option = if args.resume { "--resume" } else { "--restart" };
        let problem = format!("{option} has nothing to do with standard output: nothing is kept");
        return Err(Failure::Usage(problem, "name a file with --to".to_owned()));
    }
    let terminal = io::stdout().is_terminal();
    let binary = shape.format == Format::Parquet || shape.compression != Compression::None;
    if terminal && binary {
        let problem = "this would fill the terminal with bytes that are not text".to_owned();
        let cure = "send it to a file or another program, or name a file with --to";
        return Err(Failure::Usage(problem, cure.to_owned()));
    }
    Ok(match terminal {
        true => Target::stream(Terminal { out: io::stdout(), rest: Vec::new() }),
        false => Target::stream(io::stdout()),
    })
}

/// Where an export to an object store grows.
pub(super) fn staging(args: &ExportArgs) -> Option<PathBuf> {
    if let Some(directory) = &args.staging {
        return Some(directory.clone());
    }
    let base = etcetera::choose_base_strategy().ok()?;
    Some(base.state_dir().unwrap_or_else(|| base.cache_dir()).join("callfold").join("export"))
}

/// A terminal, on which text from vendors must be harmless.
struct Terminal {
    out: Stdout,
    /// A line that has not ended yet.
    rest: Vec<u8>,
}

impl Write for Terminal {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.rest.extend_from_slice(bytes);
        if let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') {
            let lines: Vec<u8> = self.rest.drain(..=end).collect();
            let text = sanitise_lines(&String::from_utf8_lossy(&lines));
            writeln!(self.out, "{text}")?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
