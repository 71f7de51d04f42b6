//! Calls read back from exported files.

use crate::{
    Compression, ExportError, ExportErrorKind, Format, Shape,
    exported_call::{ExportedCall, FileSummary},
    parquet::read_parquet,
    target::local::files_below,
};
use callfold_reader::text::io_reason;
use callfold_tables::{TurnFigures, read_call};
use callfold_unify::model::Call;
use std::{
    borrow::Cow,
    collections::HashMap,
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

/// The files with calls that a path stands for: itself, or those below a directory, by name.
///
/// # Errors
///
/// The path cannot be read, or nothing below it is a file with calls.
pub fn call_files(path: &Path) -> Result<Vec<PathBuf>, ExportError> {
    let failed = |error| unreadable(path, error);
    if !path.metadata().map_err(failed)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = files_below(path)?;
    files.retain(|file| readable_shape(file).is_some());
    files.sort_unstable();
    match files.is_empty() {
        false => Ok(files),
        true => {
            Err(ExportError::usage(format!("{} holds no file with calls", path.display()), HELP))
        }
    }
}

fn unreadable(path: &Path, error: io::Error) -> ExportError {
    let problem = format!("{} cannot be read: {}", path.display(), io_reason(&error));
    ExportError::new(ExportErrorKind::Io, problem, "check the path, and export the file again")
        .caused_by(error)
}

const HELP: &str = "name a file that ends in .jsonl, .csv (with .gz or .zst, if packed) or .parquet, \
                    as `callfold export` writes them";

fn readable_shape(path: &Path) -> Option<Shape> {
    Shape::of_path(&path.to_string_lossy()).filter(|shape| shape.format != Format::Vcon)
}

/// Reads the calls of a file, and hands each to `visit`. The name tells the format. What is no call
/// is counted, and the rest is read.
///
/// # Errors
///
/// The file cannot be read, or its name tells no format that can be.
pub fn read_call_file(
    path: &Path,
    visit: &mut dyn FnMut(ExportedCall),
) -> Result<FileSummary, ExportError> {
    let failed = |error| unreadable(path, error);
    let Some(shape) = readable_shape(path) else {
        let problem = format!("cannot tell the format from \"{}\"", path.display());
        return Err(ExportError::usage(problem, HELP));
    };
    let file = File::open(path).map_err(failed)?;
    if shape.format == Format::Parquet {
        return read_parquet(file, path, visit);
    }
    let plain: Box<dyn Read> = match shape.compression {
        Compression::None => Box::new(file),
        Compression::Gzip => Box::new(flate2::read::MultiGzDecoder::new(BufReader::new(file))),
        Compression::Zstd => Box::new(zstd::stream::read::Decoder::new(file).map_err(failed)?),
    };
    let input = BufReader::with_capacity(1 << 18, plain);
    let read = match shape.format {
        Format::Csv => read_csv(input, visit),
        _ => read_call_lines(input, visit),
    };
    read.map_err(failed)
}

/// Reads calls, one in JSON on each line.
///
/// # Errors
///
/// The input cannot be read.
pub fn read_call_lines(
    mut input: impl BufRead,
    visit: &mut dyn FnMut(ExportedCall),
) -> io::Result<FileSummary> {
    let (mut read, mut line) = (FileSummary::default(), Vec::new());
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            return Ok(read);
        }
        let text = line.trim_ascii();
        if text.is_empty() {
            continue;
        }
        let call: Option<Call> = serde_json::from_slice(text).ok();
        let call = call.map(|call| ExportedCall { turns: TurnFigures::of(&call), call });
        read.add(call, visit);
    }
}

fn read_csv(input: impl Read, visit: &mut dyn FnMut(ExportedCall)) -> io::Result<FileSummary> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(input);
    let header = reader.byte_headers().map_err(io::Error::from)?.clone();
    let name =
        |cell: &[u8]| String::from_utf8_lossy(cell).trim_start_matches('\u{feff}').to_owned();
    let places: HashMap<String, usize> =
        header.iter().enumerate().map(|(at, cell)| (name(cell), at)).collect();
    let (mut read, mut record) = (FileSummary::default(), csv::ByteRecord::new());
    while reader.read_byte_record(&mut record).map_err(io::Error::from)? {
        let cells = |name: &str| {
            let cell = record.get(*places.get(name)?).filter(|cell| !cell.is_empty())?;
            Some(without_apostrophe(String::from_utf8_lossy(cell)))
        };
        let call =
            read_call(&cells).map(|call| ExportedCall { call, turns: TurnFigures::read(&cells) });
        read.add(call, visit);
    }
    Ok(read)
}

/// The cell without the apostrophe that keeps spreadsheets from reading it as a formula.
fn without_apostrophe(cell: Cow<'_, str>) -> Cow<'_, str> {
    let Some(rest) = cell.strip_prefix('\'') else { return cell };
    match crate::csv::escape_formula(Cow::Borrowed(rest)) == cell {
        true => Cow::Owned(rest.to_owned()),
        false => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EncodeOptions, FilePosition, encoder};
    use callfold_unify::model::{
        Agent, CallId, Cost, CostKind, CostPart, CostTotal, CostUnit, Speaker, Tool, Transfer,
        Turn, TurnKind, Warning,
    };

    fn calls() -> [Box<Call>; 2] {
        let mut full = Call::new(CallId::new("acme", "a", "1:x"));
        full.started_at = Some("2026-04-21T12:00:00.250Z".parse().unwrap());
        full.agent = Agent::of(None, Some("=Lena".to_owned()));
        let mut cost = Cost::new("12.5000".parse().unwrap(), CostUnit::Credits);
        cost.parts = vec![CostPart {
            name: "tts".to_owned(),
            kind: CostKind::Tts,
            amount: "0.000000000000000000012".parse().unwrap(),
            unit: CostUnit::Credits,
        }];
        cost.other_totals =
            vec![CostTotal { amount: "1".parse().unwrap(), unit: CostUnit::Unspecified }];
        full.cost = Some(cost);
        let mut tool = Turn::speech(Speaker::Tool, "");
        tool.kind = TurnKind::ToolCall;
        tool.tool =
            Some(Tool { name: Some("book".to_owned()), ok: Some(false), ..Tool::default() });
        full.transcript.turns = vec![tool, Turn::speech(Speaker::Customer, "hi")];
        full.transfers = vec![Transfer::default()];
        full.warnings = vec![Warning::new("naive_timestamp".into(), "/a", "b")];
        [Box::new(full), Box::new(Call::new(CallId::new("acme", "a", "2")))]
    }

    /// What figures are made of.
    fn facts(call: &Call, turns: &TurnFigures) -> String {
        let cost = call.cost.as_ref();
        let parts = cost.map(|cost| {
            let parts =
                cost.parts.iter().map(|part| (&part.kind, part.amount.normalize(), &part.unit));
            (cost.total.map(|total| total.normalize()), &cost.unit, parts.collect::<Vec<_>>())
        });
        let tools: Vec<_> = call
            .transcript
            .turns
            .iter()
            .filter(|turn| turn.kind != TurnKind::Speech)
            .map(|turn| turn.tool.as_ref().map(|tool| (&tool.name, tool.ok)))
            .collect();
        let others = cost.map(|cost| cost.other_totals.len());
        format!(
            "{} {:?} {:?} {parts:?} {others:?} {tools:?} {} {:?} {turns:?}",
            call.id,
            call.started_at,
            call.agent,
            call.transfers.len(),
            call.warnings.iter().map(|it| it.code.as_str()).collect::<Vec<_>>(),
        )
    }

    fn written(format: Format, compression: Compression) -> Vec<u8> {
        let options = EncodeOptions { compression, ..EncodeOptions::default() };
        let mut encoder = encoder(format, &options, FilePosition::Start).unwrap();
        let mut bytes = Vec::new();
        encoder.push(&calls(), &mut bytes).unwrap();
        encoder.finish(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn file_that_is_read_back_gives_the_same_figures() {
        let directory = tempfile::tempdir().unwrap();
        let expect: Vec<_> =
            calls().iter().map(|call| facts(call, &TurnFigures::of(call))).collect();
        for (name, format, compression) in [
            ("calls.jsonl", Format::Jsonl, Compression::None),
            ("calls.jsonl.gz", Format::Jsonl, Compression::Gzip),
            ("calls.ndjson.zst", Format::Jsonl, Compression::Zstd),
            ("calls.parquet", Format::Parquet, Compression::None),
        ] {
            let path = directory.path().join(name);
            std::fs::write(&path, written(format, compression)).unwrap();
            let mut found = Vec::new();
            let read =
                read_call_file(&path, &mut |it| found.push(facts(&it.call, &it.turns))).unwrap();
            assert_eq!(found, expect, "{name}");
            assert_eq!(read, FileSummary { calls: 2, ..FileSummary::default() });
        }
        // CSV has no rows of parts.
        let path = directory.path().join("calls.csv");
        std::fs::write(&path, written(Format::Csv, Compression::None)).unwrap();
        let mut found = Vec::new();
        read_call_file(&path, &mut |it| found.push(it)).unwrap();
        assert_eq!(found[0].call.agent, calls()[0].agent, "without an apostrophe");
        assert_eq!(found[0].turns, TurnFigures::of(&calls()[0]));
        assert_eq!(call_files(directory.path()).unwrap().len(), 5);
    }

    #[test]
    fn lines_that_are_no_calls_are_counted_and_the_rest_is_read() {
        let mut text = written(Format::Jsonl, Compression::None);
        text.extend_from_slice(b"\n{\"id\": 1}\nnot json\n\xff\xfe\n");
        let mut calls = 0;
        let read = read_call_lines(&text[..], &mut |_| calls += 1).unwrap();
        assert_eq!((calls, read.rejected, read.first_rejected), (2, 3, Some(3)));
    }

    #[test]
    fn file_that_cannot_be_read_is_an_error_that_names_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        std::fs::write(path("calls.txt"), "").unwrap();
        std::fs::write(path("bad.parquet"), "PAR1 and no more").unwrap();
        std::fs::write(path("bad.jsonl.gz"), "no archive").unwrap();
        for name in ["nothing.jsonl", "calls.txt", "bad.parquet", "bad.jsonl.gz", "calls.vcon"] {
            let error = read_call_file(&path(name), &mut |_| {}).unwrap_err();
            assert!(error.to_string().contains(name), "{error}");
        }
        let empty = directory.path().join("empty");
        std::fs::create_dir(&empty).unwrap();
        assert!(call_files(&empty).is_err());
    }
}
