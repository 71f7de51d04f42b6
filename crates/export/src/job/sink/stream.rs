//! Standard output, or any other stream: nothing of it can be taken back.

use super::{Content, Recipe, Sink};
use crate::{Encoder, Position, job::error::ExportError, journal::Kept, parquet::Parquet};
use std::io::Write;

/// A stream that batches are written to as they come.
pub(crate) struct Stream {
    out: Box<dyn Write + Send>,
    bytes: u64,
    recipe: Recipe,
    /// For a format in which calls do not stand by themselves.
    encoder: Option<Parquet>,
}

impl Stream {
    pub(crate) fn new(out: Box<dyn Write + Send>, recipe: Recipe) -> Result<Self, ExportError> {
        let format = recipe.shape.format;
        let encoder = match format.is_appendable() {
            true => None,
            false => Some(Parquet::new(&recipe.options, Position::Start)?),
        };
        Ok(Self { out, bytes: 0, recipe, encoder })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), ExportError> {
        self.out.write_all(bytes).map_err(ExportError::stream)?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }
}

impl Sink for Stream {
    fn put(&mut self, content: Content) -> Result<(), ExportError> {
        match (content, &mut self.encoder) {
            (Content::Bytes(bytes), _) => {
                if self.bytes == 0 {
                    self.write(&self.recipe.head()?)?;
                }
                self.write(&bytes)
            }
            (Content::Columns(columns), Some(encoder)) => {
                let mut bytes = Vec::new();
                for batch in &columns {
                    encoder.push_columns(batch, &mut bytes)?;
                }
                self.write(&bytes)
            }
            _ => Ok(()),
        }
    }

    fn commit(&mut self) -> Result<Kept, ExportError> {
        self.out.flush().map_err(ExportError::stream)?;
        Ok(Kept::default())
    }

    fn finish(&mut self) -> Result<Kept, ExportError> {
        let mut bytes = Vec::new();
        match &mut self.encoder {
            Some(encoder) => encoder.finish(&mut bytes)?,
            None if self.bytes == 0 => self.recipe.empty(&mut bytes)?,
            None => {}
        }
        self.write(&bytes)?;
        self.commit()
    }

    fn size(&self) -> (u64, u64) {
        (self.bytes, 1)
    }
}
