//! What becomes of a batch before its turn to be written comes.

use super::{
    Calls,
    error::ExportError,
    sink::{Content, Document, Recipe},
};
use crate::{Position, parquet::Columns, target::Layout};
use arrow_array::RecordBatch;
use callfold_transport::BufferPool;
use callfold_unify::model::{Call, Transcript};

/// How batches are turned into what their sink takes.
pub(crate) struct Encoding {
    recipe: Recipe,
    form: Form,
    pool: BufferPool,
}

#[derive(Clone, Copy)]
enum Form {
    Bytes,
    Columns,
    /// Only the sink knows which file they belong in.
    Calls,
    Documents,
}

impl Encoding {
    pub(crate) fn new(recipe: &Recipe, layout: &Layout) -> Self {
        let form = match layout {
            Layout::Folder => Form::Documents,
            Layout::File if recipe.shape.format.is_appendable() => Form::Bytes,
            Layout::File => Form::Columns,
            _ => Form::Calls,
        };
        Self { recipe: recipe.clone(), form, pool: BufferPool::default() }
    }

    /// What encodes the batches of one source.
    pub(crate) fn desk(&self) -> Desk {
        let recipe = self.recipe.clone();
        match self.form {
            Form::Bytes => Desk::Bytes(recipe, self.pool.clone()),
            Form::Columns => Desk::Columns(Box::new(Columns::new(&recipe.options))),
            Form::Calls => Desk::Calls,
            Form::Documents => Desk::Documents(recipe),
        }
    }
}

/// Encodes the batches of one source.
pub(crate) enum Desk {
    Bytes(Recipe, BufferPool),
    Columns(Box<Columns>),
    Calls,
    Documents(Recipe),
}

impl Desk {
    pub(crate) fn encode(&mut self, calls: Calls) -> Result<Content, ExportError> {
        Ok(match self {
            Self::Bytes(recipe, pool) => {
                let mut bytes = pool.take();
                recipe.encode(&calls, Position::After, &mut bytes)?;
                Content::Bytes(bytes)
            }
            Self::Columns(columns) => Content::Columns(columns.of(&calls)?),
            Self::Calls => Content::Calls(calls),
            Self::Documents(recipe) => {
                let document = |call: &Call| {
                    let (name, bytes) = crate::vcon::document(call, &recipe.options)?;
                    Ok(Document { name, bytes })
                };
                let documents =
                    calls.iter().map(|call| document(call)).collect::<Result<_, ExportError>>();
                Content::Documents(documents?)
            }
        })
    }
}

impl Content {
    /// About how many bytes of memory it takes.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Columns(columns) => columns.iter().map(RecordBatch::get_array_memory_size).sum(),
            Self::Calls(calls) => calls.iter().map(|call| weight_of(call)).sum(),
            Self::Documents(documents) => {
                documents.iter().map(|document| document.name.len() + document.bytes.len()).sum()
            }
        }
    }
}

/// About how many bytes a call takes.
pub(crate) fn weight_of(call: &Call) -> usize {
    const CALL: usize = 3 << 10;
    const TURN: usize = 128;
    const MEMBER: usize = 64;
    let said = |transcript: &Transcript| -> usize {
        let turns = transcript.turns.iter().map(|turn| TURN + turn.text.len());
        turns.sum::<usize>() + transcript.text.as_ref().map_or(0, String::len)
    };
    let members = call.analysis.values().chain(call.metadata.values());
    let members: usize = members.map(|value| MEMBER + value.get().len()).sum();
    CALL + said(&call.transcript)
        + call.raw.get().len()
        + call.summary.as_ref().map_or(0, String::len)
        + members
}
