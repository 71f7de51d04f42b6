//! What becomes of a batch before its turn to be written comes.

use super::{
    Calls,
    error::ExportError,
    feed::weight,
    sink::{Content, Document, Recipe},
};
use crate::{Position, parquet::Columns, target::Layout};
use arrow_array::RecordBatch;
use callfold_transport::Spare;
use callfold_unify::model::Call;

/// How batches are turned into what their sink takes.
#[derive(Clone)]
pub(crate) struct Encoding {
    recipe: Recipe,
    into: Into,
    spare: Spare,
}

#[derive(Clone, Copy)]
enum Into {
    Bytes,
    Columns,
    /// Only the sink knows which file they belong in.
    Calls,
    Documents,
}

impl Encoding {
    pub(crate) fn new(recipe: &Recipe, layout: &Layout) -> Self {
        let into = match layout {
            Layout::Folder => Into::Documents,
            Layout::File if recipe.shape.format.is_appendable() => Into::Bytes,
            Layout::File => Into::Columns,
            _ => Into::Calls,
        };
        Self { recipe: recipe.clone(), into, spare: Spare::default() }
    }

    /// What encodes the batches of one source.
    pub(crate) fn desk(&self) -> Desk {
        let columns =
            matches!(self.into, Into::Columns).then(|| Columns::new(&self.recipe.options));
        Desk { encoding: self.clone(), columns }
    }
}

/// Encodes the batches of one source.
pub(crate) struct Desk {
    encoding: Encoding,
    columns: Option<Columns>,
}

impl Desk {
    pub(crate) fn encode(&mut self, calls: Calls) -> Result<Content, ExportError> {
        let Encoding { recipe, into, spare } = &self.encoding;
        if let Some(columns) = &mut self.columns {
            return Ok(Content::Columns(columns.of(&calls)?));
        }
        let document = |call: &Call| {
            let (name, bytes) = crate::vcon::document(call, &recipe.options)?;
            Ok(Document { name, bytes })
        };
        Ok(match into {
            Into::Bytes => {
                let mut bytes = spare.take();
                recipe.encode(&calls, Position::After, &mut bytes)?;
                Content::Bytes(bytes)
            }
            Into::Documents => {
                let documents =
                    calls.iter().map(|call| document(call)).collect::<Result<_, ExportError>>();
                Content::Documents(documents?)
            }
            Into::Calls | Into::Columns => Content::Calls(calls),
        })
    }
}

impl Content {
    /// About how many bytes of memory it takes.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Columns(columns) => columns.iter().map(RecordBatch::get_array_memory_size).sum(),
            Self::Calls(calls) => weight(calls),
            Self::Documents(documents) => {
                documents.iter().map(|document| document.name.len() + document.bytes.len()).sum()
            }
        }
    }
}
