//! Encodes batches on the tasks that read them, before they are written.

use super::{
    Calls,
    sink::{CallFile, EncodeConfig, EncodedContent},
};
use crate::{ExportError, FilePosition, parquet::ColumnEncoder, target::Layout};
use arrow_array::RecordBatch;
use callfold_transport::BufferPool;
use callfold_unify::model::{Call, Transcript};

/// Encodes the batches of one source.
pub(super) enum BatchEncoder {
    Bytes(EncodeConfig, BufferPool),
    Columns(Box<ColumnEncoder>),
    /// Only the sink knows the file of each call.
    Calls,
    Files(EncodeConfig),
}

impl BatchEncoder {
    pub(super) fn new(config: &EncodeConfig, layout: &Layout, pool: &BufferPool) -> Self {
        match layout {
            Layout::FilePerCall => Self::Files(config.clone()),
            Layout::File if config.shape.format.is_appendable() => {
                Self::Bytes(config.clone(), pool.clone())
            }
            Layout::File => Self::Columns(Box::new(ColumnEncoder::new(&config.options))),
            Layout::Partitioned(_) => Self::Calls,
        }
    }

    pub(super) fn encode(&mut self, calls: Calls) -> Result<EncodedContent, ExportError> {
        Ok(match self {
            Self::Bytes(config, pool) => {
                let mut bytes = pool.take();
                config.encode(&calls, FilePosition::After, &mut bytes)?;
                EncodedContent::Bytes(bytes)
            }
            Self::Columns(columns) => EncodedContent::Columns(columns.encode(&calls)?),
            Self::Calls => EncodedContent::Calls(calls),
            Self::Files(config) => {
                let file = |call: &Call| {
                    let (name, bytes) = crate::vcon::document(call, &config.options)?;
                    Ok(CallFile { name, bytes })
                };
                let files = calls.iter().map(|call| file(call));
                EncodedContent::Files(files.collect::<Result<_, ExportError>>()?)
            }
        })
    }
}

impl EncodedContent {
    /// The approximate size in memory, in bytes.
    pub(super) fn memory_size(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Columns(columns) => columns.iter().map(RecordBatch::get_array_memory_size).sum(),
            Self::Calls(calls) => calls.iter().map(|call| memory_size(call)).sum(),
            Self::Files(files) => files.iter().map(|file| file.name.len() + file.bytes.len()).sum(),
        }
    }
}

/// The approximate size of a call in memory, in bytes.
pub(super) fn memory_size(call: &Call) -> usize {
    const CALL: usize = 3 << 10;
    const TURN: usize = 128;
    const MEMBER: usize = 64;
    let text = |transcript: &Transcript| -> usize {
        let turns = transcript.turns.iter().map(|turn| TURN + turn.text.len());
        turns.sum::<usize>() + transcript.text.as_ref().map_or(0, String::len)
    };
    let members = call.analysis.values().chain(call.metadata.values());
    let members: usize = members.map(|value| MEMBER + value.get().len()).sum();
    CALL + text(&call.transcript)
        + call.raw.get().len()
        + call.summary.as_ref().map_or(0, String::len)
        + members
}
