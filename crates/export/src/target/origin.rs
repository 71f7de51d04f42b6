//! Whether callfold wrote a file, as its content tells.
//!
//! An export replaces what an earlier one wrote without being told to, and
//! nothing else: nobody wants to lose a file to a mistyped name.

use crate::job::error::{ExportError, ExportErrorKind};
use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

/// Bytes at each end of a file that are looked at.
pub(super) const LOOK: u64 = 64 << 10;

/// The refusal to replace what callfold did not write.
pub(super) fn foreign(shown: &str) -> ExportError {
    ExportError::new(
        ExportErrorKind::InTheWay,
        format!("{shown} holds something that callfold did not write"),
        "name another file, or replace this one with --overwrite",
    )
}

/// Whether nothing is lost that was not ours if the file is replaced.
pub(super) fn is_ours(path: &Path) -> io::Result<bool> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error),
    };
    let (mut head, mut tail) = (Vec::new(), Vec::new());
    (&file).take(LOOK).read_to_end(&mut head)?;
    if is_columns(&head) {
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(LOOK)))?;
        file.take(LOOK).read_to_end(&mut tail)?;
    }
    Ok(is_written(&head, &tail))
}

/// Whether a file is Parquet, which is told by its end.
pub(super) fn is_columns(head: &[u8]) -> bool {
    head.starts_with(b"PAR1")
}

/// Whether a file with this beginning and, if it is Parquet, this end is ours.
/// One without a byte is nobody's loss.
pub(super) fn is_written(head: &[u8], tail: &[u8]) -> bool {
    if is_columns(head) {
        return contains(tail, b"callfold.schema_version");
    }
    let mut plain = Vec::new();
    let read = match head {
        [0x1f, 0x8b, ..] => {
            flate2::read::MultiGzDecoder::new(head).take(LOOK).read_to_end(&mut plain)
        }
        [0x28, 0xb5, 0x2f, 0xfd, ..] => zstd::stream::read::Decoder::new(head)
            .and_then(|decoder| decoder.take(LOOK).read_to_end(&mut plain)),
        _ => head.take(LOOK).read_to_end(&mut plain),
    };
    if plain.is_empty() {
        // An archive of nothing, or nothing at all.
        return read.is_ok();
    }
    // A piece of a compressed file ends in an error, after what is in it.
    let plain = plain.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&plain);
    let line = plain.split(|byte| *byte == b'\n').next().unwrap_or(plain);
    if line.starts_with(b"id,vendor,account,call_id,") {
        return true;
    }
    if line.starts_with(b"{\"vcon\":\"") {
        // The end of a long call lies beyond what was looked at.
        return line.len() == plain.len() || contains(line, b"\"purpose\":\"call record\"");
    }
    let members: [&[u8]; 4] =
        [b"{\"id\":\"", b",\"vendor\":\"", b",\"account\":\"", b",\"call_id\":\""];
    line.starts_with(members[0]) && members.iter().all(|member| contains(line, member))
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
