//! Detects from the content of a file whether callfold wrote it.
//!
//! An export replaces only earlier exports unasked, so that a mistyped name loses no other file.

use crate::{ExportError, ExportErrorKind};
use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

/// Bytes that are read at each end of a file.
pub(super) const SAMPLE_BYTES: u64 = 64 << 10;

/// The error for a file that callfold did not write.
pub(super) fn foreign(shown: &str) -> ExportError {
    ExportError::new(
        ExportErrorKind::InTheWay,
        format!("{shown} was not written by callfold"),
        "name another file",
    )
}

/// Whether callfold wrote the file, or there is none, or it is empty.
pub(super) fn is_ours(path: &Path) -> io::Result<bool> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error),
    };
    let (mut head, mut tail) = (Vec::new(), Vec::new());
    (&file).take(SAMPLE_BYTES).read_to_end(&mut head)?;
    if is_parquet(&head) {
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(SAMPLE_BYTES)))?;
        file.take(SAMPLE_BYTES).read_to_end(&mut tail)?;
    }
    Ok(is_written(&head, &tail))
}

/// Whether a file is Parquet, whose metadata is at its end.
pub(super) fn is_parquet(head: &[u8]) -> bool {
    head.starts_with(b"PAR1")
}

/// Whether callfold wrote a file with this start and, for Parquet, this end; true if it is empty.
pub(super) fn is_written(head: &[u8], tail: &[u8]) -> bool {
    if is_parquet(head) {
        return contains(tail, b"callfold.schema_version");
    }
    let mut plain = Vec::new();
    let read = match head {
        [0x1f, 0x8b, ..] => {
            flate2::read::MultiGzDecoder::new(head).take(SAMPLE_BYTES).read_to_end(&mut plain)
        }
        [0x28, 0xb5, 0x2f, 0xfd, ..] => zstd::stream::read::Decoder::new(head)
            .and_then(|decoder| decoder.take(SAMPLE_BYTES).read_to_end(&mut plain)),
        _ => head.take(SAMPLE_BYTES).read_to_end(&mut plain),
    };
    if plain.is_empty() {
        // Empty, or an archive of nothing.
        return read.is_ok();
    }
    // The start of a compressed file decodes up to an error at its end.
    let plain = plain.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&plain);
    let line = plain.split(|byte| *byte == b'\n').next().unwrap_or(plain);
    if line.starts_with(b"id,vendor,account,call_id,") {
        return true;
    }
    if line.starts_with(b"{\"vcon\":\"") {
        // The end of a long call is beyond the sample.
        return line.len() == plain.len() || contains(line, b"\"purpose\":\"call record\"");
    }
    if plain.starts_with(b"<!DOCTYPE html>") {
        return contains(plain, b"<meta name=\"generator\" content=\"callfold\">");
    }
    let members: [&[u8]; 4] =
        [b"{\"id\":\"", b",\"vendor\":\"", b",\"account\":\"", b",\"call_id\":\""];
    line.starts_with(members[0]) && members.iter().all(|member| contains(line, member))
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
