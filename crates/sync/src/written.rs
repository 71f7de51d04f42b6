//! What writing changed.

use crate::decide::{Action, Known};
use serde::{Deserialize, Serialize};
use std::ops::AddAssign;

/// What became of the calls that were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Written {
    /// Calls that were not stored before.
    pub new: u64,
    /// Calls that changed since they were stored.
    pub changed: u64,
    /// Calls that are as they were stored.
    pub unchanged: u64,
    /// Of all these, calls that were missing from their list and are back.
    pub back: u64,
    /// Records that cannot be stored as calls, and were not set aside before.
    pub set_aside: u64,
}

impl Written {
    pub(crate) fn count(&mut self, action: Action, known: Option<&Known>) {
        match action {
            Action::Insert => self.new += 1,
            Action::Skip | Action::Note | Action::Relink => self.unchanged += 1,
            Action::Replace | Action::Merge => self.changed += 1,
        }
        self.back += u64::from(known.is_some_and(|known| known.missing));
    }

    /// What was counted as changed turned out to be as it was.
    pub(crate) fn is_as_before(&mut self) {
        self.changed -= 1;
        self.unchanged += 1;
    }
}

impl AddAssign for Written {
    fn add_assign(&mut self, other: Self) {
        self.new += other.new;
        self.changed += other.changed;
        self.unchanged += other.unchanged;
        self.back += other.back;
        self.set_aside += other.set_aside;
    }
}
