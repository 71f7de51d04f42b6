//! Detects whether a list changed while it was read, and whether that can have
//! hidden a record.

use crate::{
    PageInfo,
    fingerprint::{Fingerprint, FingerprintKey},
};
use callfold_transport::{Cursor, PageWarning};
use serde::{Deserialize, Serialize};

/// What the pages of a list show about changes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ChangeDetector {
    pub(crate) count: u64,
    /// Pages that brought records.
    #[serde(default)]
    pub(crate) filled: u64,
    /// Pages up to the last of those.
    #[serde(default)]
    filled_count: u64,
    /// The records of the last of those.
    pub(crate) last: Option<Fingerprint>,
    /// The position of that page; `None` is the beginning.
    pub(crate) last_at: Option<Cursor>,
    /// The position of the last page.
    #[serde(default)]
    page_at: Option<Cursor>,
    /// All different records, in any order.
    #[serde(default)]
    pub(crate) all: Fingerprint,
    pub(crate) next: Option<Cursor>,
    pub(crate) total: Option<u64>,
    /// The first total that the vendor announced, less what vanished since: at
    /// least so many records were there throughout.
    #[serde(alias = "lasting")]
    pub(crate) min_stable_total: Option<u64>,
    /// Records arrived, vanished or moved.
    #[serde(alias = "moved")]
    pub(crate) changed: bool,
    /// Records that arrived, or moved to the head, between two pages.
    #[serde(default)]
    pub(crate) arrived: u64,
    /// Records may be missing between two pages, because many vanished.
    #[serde(default)]
    pub(crate) gap: bool,
    /// Pages were requested without an overlap: only a second pass shows whether
    /// a change hid a record.
    #[serde(default)]
    pub(crate) unconfirmed: bool,
}

impl ChangeDetector {
    /// The positions that it holds.
    pub(crate) fn cursors(&self) -> impl Iterator<Item = &Cursor> {
        [&self.last_at, &self.page_at, &self.next].into_iter().flatten()
    }

    /// Adds the next page.
    pub(crate) fn page(&mut self, page: &PageInfo) {
        for note in &page.notes {
            match note {
                PageWarning::Shifted { by } => {
                    self.changed = true;
                    self.arrived += u64::try_from(*by).unwrap_or(0);
                }
                PageWarning::Repeated { .. } => self.changed = true,
                PageWarning::Gap => self.gap = true,
                _ => {}
            }
        }
        self.unconfirmed |= page.gap_before && self.count > 0;
        self.changed |= self.total.zip(page.total).is_some_and(|(before, now)| before != now);
        self.count += 1;
        if let Some(now) = page.total {
            let vanished = self.total.map_or(0, |before| before.saturating_sub(now));
            let stable = self.min_stable_total.unwrap_or(now);
            self.min_stable_total = Some(stable.saturating_sub(vanished));
            self.total = Some(now);
        }
        (self.page_at, self.next) = (page.at.clone(), page.next.clone());
    }

    /// Adds the records of that page.
    pub(crate) fn records(&mut self, key: FingerprintKey, records: &[Fingerprint]) {
        if records.is_empty() {
            return;
        }
        self.filled += 1;
        self.filled_count = self.count;
        (self.last, self.last_at) = (Some(key.of_all(records)), self.page_at.clone());
    }

    /// Pages after the last one that brought records.
    pub(crate) fn empty_pages(&self) -> u64 {
        self.count.saturating_sub(self.filled_count)
    }

    /// Whether the list was read to its end.
    pub(crate) fn is_at_end(&self) -> bool {
        self.count > 0 && self.next.is_none()
    }
}
