//! Recognises records that were read before, in little memory.

use crate::fingerprint::{Fingerprint, FingerprintKey};
use std::{
    collections::HashSet,
    hash::{BuildHasherDefault, Hasher},
};

/// The records of one source that were read.
#[derive(Debug)]
pub(crate) struct Deduplicator {
    key: FingerprintKey,
    /// The records of all lists. Where a record can be in several lists or
    /// passes, also its fingerprint within each.
    all: HashSet<Fingerprint, BuildHasherDefault<IdentityHasher>>,
    has_several_lists: bool,
    /// The list that is being read.
    list: usize,
    /// Which pass over it this is; 0 is the initial one.
    pass: u32,
    /// Different records that this pass over the list has shown.
    in_list: u64,
    /// What was added to `all` since [`Self::drain_new`].
    new: Vec<Fingerprint>,
}

/// Whether a record was read before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SeenStatus {
    /// It was not.
    pub(crate) is_new: bool,
    /// It was not in this pass over this list.
    pub(crate) is_new_in_list: bool,
}

impl Deduplicator {
    pub(crate) fn new(key: FingerprintKey, lists: usize) -> Self {
        Self {
            key,
            all: HashSet::default(),
            has_several_lists: lists > 1,
            list: 0,
            pass: 0,
            in_list: 0,
            new: Vec::new(),
        }
    }

    /// Adds what an earlier run had read, `in_list` records of it in the list
    /// it was reading.
    pub(crate) fn restore(&mut self, seen: Vec<Fingerprint>, list: usize, pass: u32, in_list: u64) {
        self.all.extend(seen);
        (self.list, self.pass, self.in_list) = (list, pass, in_list);
    }

    /// Adds a record of the list that is being read.
    pub(crate) fn insert(&mut self, record: Fingerprint) -> SeenStatus {
        let is_new = self.add(record);
        let scoped = self.scoped(record);
        let is_new_in_list = if scoped == record { is_new } else { self.add(scoped) };
        self.in_list += u64::from(is_new_in_list);
        SeenStatus { is_new, is_new_in_list }
    }

    fn add(&mut self, fingerprint: Fingerprint) -> bool {
        let is_new = self.all.insert(fingerprint);
        if is_new {
            self.new.push(fingerprint);
        }
        is_new
    }

    /// The record within this pass over the list, where it can be in others.
    fn scoped(&self, record: Fingerprint) -> Fingerprint {
        match (self.has_several_lists, self.pass) {
            (false, 0) => record,
            (_, pass) => self.key.within(self.list, pass, record),
        }
    }

    /// Whether this pass over the list has shown the record.
    pub(crate) fn contains_in_list(&self, record: Fingerprint) -> bool {
        self.all.contains(&self.scoped(record))
    }

    /// Begins another list.
    pub(crate) fn begin_list(&mut self, list: usize) {
        (self.list, self.in_list, self.pass) = (list, 0, 0);
    }

    /// Begins the same list once more.
    pub(crate) fn begin_reread(&mut self) {
        (self.in_list, self.pass) = (0, self.pass + 1);
    }

    /// Which pass over the list this is; 0 is the initial one.
    pub(crate) fn pass(&self) -> u32 {
        self.pass
    }

    /// Different records that this pass over the list has shown.
    pub(crate) fn in_list(&self) -> u64 {
        self.in_list
    }

    /// What was added since the last call of this method.
    pub(crate) fn drain_new(&mut self) -> Vec<Fingerprint> {
        std::mem::take(&mut self.new)
    }
}

/// Uses half of a fingerprint, which is a keyed hash already.
#[derive(Default)]
pub(crate) struct IdentityHasher(u64);

impl Hasher for IdentityHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, fingerprint: u128) {
        self.0 = fingerprint as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::FingerprintDomain;

    #[test]
    fn record_of_two_lists_is_new_once_and_counts_in_each() {
        let key = FingerprintKey::random();
        let [a, b] = ["a", "b"].map(|id| key.fingerprint(FingerprintDomain::RecordId, id));
        let status = |is_new, is_new_in_list| SeenStatus { is_new, is_new_in_list };
        let mut seen = Deduplicator::new(key, 2);
        assert_eq!(seen.insert(a), status(true, true));
        assert_eq!(seen.insert(a), status(false, false));
        seen.begin_list(1);
        assert_eq!(seen.insert(a), status(false, true));
        let earlier = seen.drain_new();
        // A run that resumes here knows the same.
        let mut resumed = Deduplicator::new(key, 2);
        resumed.restore(earlier, 1, 0, seen.in_list());
        for seen in [&mut seen, &mut resumed] {
            assert_eq!(
                (seen.insert(a), seen.insert(b)),
                (status(false, false), status(true, true))
            );
            assert_eq!(seen.in_list(), 2);
            seen.begin_reread();
            assert_eq!(seen.insert(b), status(false, true));
            assert_eq!((seen.insert(b), seen.in_list()), (status(false, false), 1));
            seen.begin_reread();
            assert_eq!((seen.insert(b), seen.in_list()), (status(false, true), 1));
        }
    }
}
