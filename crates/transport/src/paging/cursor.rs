//! Where a list was left.

use super::{PageAt, Paging, Style};
use serde::{Deserialize, Serialize};

/// A place in a list, to store and to resume from.
///
/// It is a place, not a snapshot: records that arrived in between shift what
/// comes after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Pages before this place.
    pub(super) index: u64,
    /// Records received before the page at this place.
    pub(super) offset: u64,
    /// Page size.
    pub(super) size: u32,
    /// Records of the page at this place that were already handed out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) skip: usize,
    /// Records that a page turned out to hold; `None` before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) step: Option<u64>,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Cursor {
    pub(super) fn start(size: u32) -> Self {
        Self { index: 0, offset: 0, size, skip: 0, step: None }
    }

    /// Records before this place, as far as the vendor's pages were full.
    pub fn records_before(&self) -> u64 {
        self.offset.saturating_add(self.skip as u64)
    }

    /// The place so many records further on, counted in whole pages and never
    /// further: where the records after this place are once so many others
    /// were added before it.
    pub fn shifted(&self, records: u64) -> Self {
        let step = self.step.unwrap_or(self.size.into()).max(1);
        let pages = records / step;
        Self {
            index: self.index.saturating_add(pages),
            offset: self.offset.saturating_add(pages.saturating_mul(step)),
            ..self.clone()
        }
    }

    pub(super) fn at(&self, paging: &Paging) -> PageAt {
        let page = match paging.style {
            Style::Numbered { first } => first.saturating_add(self.index),
            Style::Offset => self.index,
        };
        PageAt { index: self.index, page, offset: self.offset, size: self.size }
    }

    /// The place after a page of `records` more.
    pub(super) fn after(&self, records: u64) -> Self {
        Self {
            index: self.index.saturating_add(1),
            offset: self.offset.saturating_add(records),
            size: self.size,
            skip: 0,
            step: self.step,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifted_place_is_whole_pages_further_and_never_too_far() {
        let place = Cursor { step: Some(20), ..Cursor::start(50) }.after(20);
        assert_eq!(place.shifted(19), place);
        let further = place.shifted(45);
        assert_eq!((further.index, further.offset, further.size), (3, 60, 50));
        assert_eq!(Cursor::start(50).shifted(120).index, 2, "the size stands for the step");
    }
}
