//! What a write changed.

use crate::diff::{RowAction, StoredState};
use serde::{Deserialize, Serialize};
use std::ops::AddAssign;

/// How many calls were new, changed and unchanged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WriteCounts {
    /// Calls that were not stored before.
    pub new: u64,
    /// Calls that changed since they were stored.
    pub changed: u64,
    /// Calls that are stored with the same content.
    pub unchanged: u64,
    /// Of all these, calls that were no longer listed, and are again.
    pub back: u64,
    /// Records that cannot be stored as calls, and are newly rejected.
    pub set_aside: u64,
}

impl WriteCounts {
    pub(crate) fn count(&mut self, action: RowAction, stored: Option<&StoredState>) {
        match action {
            RowAction::Insert => self.new += 1,
            RowAction::Skip | RowAction::UpdateMeta | RowAction::UpdateLinks => self.unchanged += 1,
            RowAction::Replace | RowAction::Merge => self.changed += 1,
        }
        self.back += u64::from(stored.is_some_and(|stored| stored.missing));
    }
}

impl AddAssign for WriteCounts {
    fn add_assign(&mut self, other: Self) {
        self.new += other.new;
        self.changed += other.changed;
        self.unchanged += other.unchanged;
        self.back += other.back;
        self.set_aside += other.set_aside;
    }
}
