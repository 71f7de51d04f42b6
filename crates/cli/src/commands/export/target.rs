//! The target of an export, its format and compression.

use crate::args::{Compress, ExportArgs};
use crate::failure::Failure;
use crate::output::text::sanitise_lines;
use callfold_export::{Compression, ExportTarget, Format, Shape};
use etcetera::BaseStrategy;
use std::{
    io::{self, IsTerminal, Stdout, Write},
    path::PathBuf,
};

/// The format and compression of the options, or else of the name.
pub(super) fn shape(args: &ExportArgs) -> Result<Shape, Failure> {
    let named = Shape::of_path(args.target().trim_end_matches('/'));
    let format = match (args.format, named) {
        (Some(format), _) => format,
        (None, Some(shape)) => shape.format,
        (None, None) if !args.partition.is_empty() => Format::Parquet,
        (None, None) => {
            let problem = match args.target() {
                "-" => "standard output needs a format".to_owned(),
                to => format!("cannot tell the format from \"{to}\""),
            };
            let help = "use --format jsonl, csv, parquet or vcon, or a name that ends in .jsonl, \
                        .csv, .parquet or .vcon.jsonl (and .gz or .zst)";
            return Err(Failure::usage(problem, help));
        }
    };
    let by_name = match named {
        Some(shape) => shape.compression,
        None if args.target().ends_with(".gz") => Compression::Gzip,
        None if args.target().ends_with(".zst") => Compression::Zstd,
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

pub(super) fn target(args: &ExportArgs, shape: Shape) -> Result<ExportTarget, Failure> {
    if args.target() != "-" {
        return ExportTarget::parse(args.target()).map_err(super::failure);
    }
    if args.resume || args.restart {
        let option = if args.resume { "--resume" } else { "--restart" };
        let problem =
            format!("{option} does not work with standard output, which cannot be resumed");
        return Err(Failure::usage(problem, "name a file with --to"));
    }
    let terminal = io::stdout().is_terminal();
    let binary = shape.format == Format::Parquet || shape.compression != Compression::None;
    if terminal && binary {
        return Err(Failure::usage(
            "refusing to write binary data to a terminal",
            "redirect it to a file or another program, or name a file with --to",
        ));
    }
    Ok(match terminal {
        true => ExportTarget::stream(Terminal { out: io::stdout(), rest: Vec::new() }),
        false => ExportTarget::stream(io::stdout()),
    })
}

/// The directory in which an export to an object store is built.
pub(super) fn staging(args: &ExportArgs) -> Option<PathBuf> {
    if let Some(directory) = &args.staging {
        return Some(directory.clone());
    }
    let base = etcetera::choose_base_strategy().ok()?;
    Some(base.state_dir().unwrap_or_else(|| base.cache_dir()).join("callfold").join("export"))
}

/// A terminal, for which text from vendors is sanitised.
struct Terminal {
    out: Stdout,
    /// The start of an unfinished line.
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
