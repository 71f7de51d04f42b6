//! Compression of what a push appends: one gzip member or Zstandard frame.

use crate::{Compression, EncodeError, EncodeErrorKind};
use flate2::write::GzEncoder;
use std::io::Write;

/// Compresses, and keeps its buffer from one time to the next.
pub(crate) struct Compress {
    how: Compression,
    plain: Vec<u8>,
}

/// Twice as fast as flate2's own choice, for a tenth more bytes.
const GZIP_LEVEL: u32 = 4;
/// Zstandard's own choice.
const ZSTD_LEVEL: i32 = 3;

impl Compress {
    pub(crate) fn new(how: Compression) -> Self {
        Self { how, plain: Vec::new() }
    }

    /// Appends what `write` appends, compressed as a whole; nothing when that
    /// is nothing.
    pub(crate) fn whole(
        &mut self,
        out: &mut Vec<u8>,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        if self.how == Compression::None {
            return write(out);
        }
        self.plain.clear();
        write(&mut self.plain)?;
        if self.plain.is_empty() {
            return Ok(());
        }
        let done = match self.how {
            Compression::None => Ok(()),
            Compression::Gzip => {
                let mut gzip = GzEncoder::new(&mut *out, flate2::Compression::new(GZIP_LEVEL));
                gzip.write_all(&self.plain).and_then(|()| gzip.finish().map(drop))
            }
            Compression::Zstd => zstd::bulk::Compressor::new(ZSTD_LEVEL).and_then(|mut zstd| {
                zstd.include_checksum(true)?;
                zstd.compress(&self.plain).map(|frame| out.extend_from_slice(&frame))
            }),
        };
        done.map_err(|error| {
            EncodeError::caused(EncodeErrorKind::Encoder, "calls could not be compressed", error)
        })
    }
}
