//! Standard output or another stream, which cannot be resumed.

use super::{EncodeConfig, EncodedContent, Sink};
use crate::{Encoder, ExportError, FilePosition, journal::CommittedFiles, parquet::Parquet};
use std::io::Write;

/// A stream that batches are written to.
pub(in crate::job) struct StreamSink {
    out: Box<dyn Write + Send>,
    bytes: u64,
    config: EncodeConfig,
    /// For a format that is not appendable.
    encoder: Option<Parquet>,
}

impl StreamSink {
    pub(in crate::job) fn new(
        out: Box<dyn Write + Send>,
        config: EncodeConfig,
    ) -> Result<Self, ExportError> {
        let format = config.shape.format;
        let encoder = match format.is_appendable() {
            true => None,
            false => Some(Parquet::new(&config.options, FilePosition::Start)?),
        };
        Ok(Self { out, bytes: 0, config, encoder })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), ExportError> {
        self.out.write_all(bytes).map_err(ExportError::stream)?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }
}

impl Sink for StreamSink {
    fn put(&mut self, content: EncodedContent) -> Result<(), ExportError> {
        match (content, &mut self.encoder) {
            (EncodedContent::Bytes(bytes), _) => {
                if self.bytes == 0 {
                    self.write(&self.config.header()?)?;
                }
                self.write(&bytes)
            }
            (EncodedContent::Columns(columns), Some(encoder)) => {
                let mut bytes = Vec::new();
                for batch in &columns {
                    encoder.push_columns(batch, &mut bytes)?;
                }
                self.write(&bytes)
            }
            _ => Ok(()),
        }
    }

    fn commit(&mut self) -> Result<CommittedFiles, ExportError> {
        self.out.flush().map_err(ExportError::stream)?;
        Ok(CommittedFiles::default())
    }

    fn finish(&mut self) -> Result<CommittedFiles, ExportError> {
        let mut bytes = Vec::new();
        match &mut self.encoder {
            Some(encoder) => encoder.finish(&mut bytes)?,
            None if self.bytes == 0 => bytes = self.config.empty_file()?,
            None => {}
        }
        self.write(&bytes)?;
        self.commit()
    }

    fn size(&self) -> (u64, u64) {
        (self.bytes, 1)
    }
}
