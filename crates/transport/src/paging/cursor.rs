//! Where a list was left, in a form to store.

use super::chain::ChainPosition;
use super::offsets::Offsets;
use super::{PagingStyle, Position};
use serde::{Deserialize, Serialize};

/// A position in a list, to store and to resume from.
///
/// It is a position, not a snapshot. Records that arrived in between shift what
/// comes after it, where the list is counted in records. A token or a key that
/// it holds is stored as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor(pub(super) CursorKind);

/// Stored as one flat object; the form of a counted position is that of
/// earlier versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum CursorKind {
    Chain(ChainPosition),
    Offsets(Offsets),
}

impl Cursor {
    /// The vendor's own position, in a list that is paged by token or key.
    pub fn position(&self) -> Option<&Position> {
        match &self.0 {
            CursorKind::Chain(link) => Some(&link.position),
            CursorKind::Offsets(_) => None,
        }
    }

    /// Whether it is a position of a list of this style.
    pub(super) fn is_of(&self, style: PagingStyle) -> bool {
        match (style, self.position()) {
            (PagingStyle::Numbered { .. } | PagingStyle::Offset, position) => position.is_none(),
            (PagingStyle::Token, position) => matches!(position, Some(Position::Token(_))),
            (PagingStyle::Key { .. }, position) => matches!(position, Some(Position::Key { .. })),
        }
    }

    /// Records before this position, as far as the vendor's pages were full.
    pub fn records_before(&self) -> u64 {
        match &self.0 {
            CursorKind::Chain(link) => link.records.saturating_add(link.skip as u64),
            CursorKind::Offsets(offsets) => offsets.records_before(),
        }
    }

    /// The same position, a number of records further back. A token or key
    /// stays as it is.
    #[must_use]
    pub fn back_by(&self, records: u64) -> Self {
        self.moved(|offsets| offsets.back_by(records))
    }

    /// The same position once so many records were added before it: where the
    /// vendor chooses the page size, in whole pages and never further. A token
    /// or key stays as it is.
    #[must_use]
    pub fn forward_by(&self, records: u64) -> Self {
        self.moved(|offsets| offsets.forward_by(records))
    }

    fn moved(&self, to: impl FnOnce(&Offsets) -> Offsets) -> Self {
        match &self.0 {
            CursorKind::Chain(_) => self.clone(),
            CursorKind::Offsets(offsets) => to(offsets).into(),
        }
    }

    /// The position after `records` records of the page at this position, which the
    /// page at `next` follows. `next` can be further on: it skips a part whose
    /// records are hidden, or the end of the list.
    #[must_use]
    pub fn behind(&self, records: u64, next: &Self) -> Self {
        match (&self.0, &next.0) {
            (CursorKind::Offsets(here), CursorKind::Offsets(next)) => {
                here.behind(records, next).into()
            }
            _ => next.clone(),
        }
    }

    /// Whether the page requested here begins with a record of the page before.
    pub fn overlaps(&self) -> bool {
        matches!(&self.0, CursorKind::Offsets(offsets) if offsets.overlaps)
    }

    /// The same position behind so many more records of its page.
    pub(super) fn skip(mut self, records: usize) -> Self {
        match &mut self.0 {
            CursorKind::Chain(ChainPosition { skip, .. })
            | CursorKind::Offsets(Offsets { skip, .. }) => {
                *skip = skip.saturating_add(records);
            }
        }
        self
    }
}

impl From<Offsets> for Cursor {
    fn from(offsets: Offsets) -> Self {
        Self(CursorKind::Offsets(offsets))
    }
}

impl From<ChainPosition> for Cursor {
    fn from(link: ChainPosition) -> Self {
        Self(CursorKind::Chain(link))
    }
}
