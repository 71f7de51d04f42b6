//! What becomes of a batch before its turn to be written comes.

use super::{
    Calls,
    error::ExportError,
    feed::weight,
    sink::{Content, Document, Recipe},
};
use crate::{Position, target::Layout};
use callfold_transport::Spare;
use callfold_unify::model::Call;

/// Turns batches into what their sink takes.
#[derive(Clone)]
pub(crate) struct Encoding {
    recipe: Recipe,
    into: Into,
    spare: Spare,
}

#[derive(Clone, Copy)]
enum Into {
    Bytes,
    /// The sink encodes them: only it knows which file they belong in, or in
    /// which group of rows.
    Calls,
    Documents,
}

impl Encoding {
    pub(crate) fn new(recipe: &Recipe, layout: &Layout) -> Self {
        let into = match layout {
            Layout::Folder => Into::Documents,
            Layout::File if recipe.shape.format.is_appendable() => Into::Bytes,
            _ => Into::Calls,
        };
        Self { recipe: recipe.clone(), into, spare: Spare::default() }
    }

    pub(crate) fn encode(&self, calls: Calls) -> Result<Content, ExportError> {
        let document = |call: &Box<Call>| {
            let (name, bytes) = crate::vcon::document(call, &self.recipe.options)?;
            Ok(Document { name, bytes })
        };
        Ok(match self.into {
            Into::Calls => Content::Calls(calls),
            Into::Documents => {
                let documents = calls.iter().map(document).collect::<Result<_, ExportError>>();
                Content::Documents(documents?)
            }
            Into::Bytes => {
                let mut bytes = self.spare.take();
                self.recipe.encode(&calls, Position::After, &mut bytes)?;
                Content::Bytes(bytes)
            }
        })
    }
}

impl Content {
    /// About how many bytes of memory it takes.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Calls(calls) => weight(calls),
            Self::Documents(documents) => {
                documents.iter().map(|document| document.name.len() + document.bytes.len()).sum()
            }
        }
    }
}
