//! Which records were read already, in little memory.

use crate::fingerprint::{Fingerprint, FingerprintKey};
use std::{
    collections::HashSet,
    hash::{BuildHasherDefault, Hasher},
};

/// The records of one source.
#[derive(Debug)]
pub(crate) struct Deduplicator {
    key: FingerprintKey,
    /// Those of all lists; where there are several, each also as one of its
    /// list.
    all: Prints,
    several: bool,
    /// The list that is being read.
    list: usize,
    /// Whether it is read for the second time.
    again: bool,
    /// Different records that this reading of it has shown.
    in_list: u64,
    /// What came into `all` since it was last asked for.
    fresh: Vec<Fingerprint>,
}

/// What is known about a record that comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SeenStatus {
    /// It comes for the first time.
    pub(crate) is_new: bool,
    /// It came before in the same walk over the same list.
    pub(crate) twice_in_list: bool,
}

impl Deduplicator {
    pub(crate) fn new(key: FingerprintKey, lists: usize) -> Self {
        Self {
            key,
            all: Prints::default(),
            several: lists > 1,
            list: 0,
            again: false,
            in_list: 0,
            fresh: Vec::new(),
        }
    }

    /// What an earlier run had seen, `in_list` of it in the list it was in.
    pub(crate) fn restore(
        &mut self,
        prints: Vec<Fingerprint>,
        list: usize,
        again: bool,
        in_list: u64,
    ) {
        self.all.extend(prints);
        (self.list, self.again, self.in_list) = (list, again, in_list);
    }

    pub(crate) fn see(&mut self, print: Fingerprint) -> SeenStatus {
        let is_new = self.add(print);
        let scoped = self.scoped(print);
        let is_new_in_list = if scoped == print { is_new } else { self.add(scoped) };
        self.in_list += u64::from(is_new_in_list);
        SeenStatus { is_new, twice_in_list: !is_new_in_list }
    }

    fn add(&mut self, print: Fingerprint) -> bool {
        let is_new = self.all.insert(print);
        if is_new {
            self.fresh.push(print);
        }
        is_new
    }

    /// The record as one of this reading of the list, where it can be one of
    /// others as well.
    fn scoped(&self, print: Fingerprint) -> Fingerprint {
        match (self.several, self.again) {
            (false, false) => print,
            (_, again) => self.key.within(self.list, again, print),
        }
    }

    /// Whether this reading of the list has shown the record.
    pub(crate) fn contains_in_list(&self, print: Fingerprint) -> bool {
        self.all.contains(&self.scoped(print))
    }

    /// Another list.
    pub(crate) fn begin_list(&mut self, list: usize) {
        (self.list, self.in_list, self.again) = (list, 0, false);
    }

    /// The same list once more.
    pub(crate) fn begin_again(&mut self) {
        (self.in_list, self.again) = (0, true);
    }

    /// Different records of the list that is being read.
    pub(crate) fn in_list(&self) -> u64 {
        self.in_list
    }

    /// What was seen for the first time since this was last asked for.
    pub(crate) fn take_fresh(&mut self) -> Vec<Fingerprint> {
        std::mem::take(&mut self.fresh)
    }
}

type Prints = HashSet<Fingerprint, BuildHasherDefault<Half>>;

/// A print is a keyed hash already: half of it will do.
#[derive(Default)]
pub(crate) struct Half(u64);

impl Hasher for Half {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 ^= u64::from_le_bytes(word);
        }
    }

    fn write_u128(&mut self, print: u128) {
        self.0 = print as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::Of;

    #[test]
    fn record_of_two_lists_is_new_once_and_counts_in_each() {
        let key = FingerprintKey::random();
        let [a, b] = ["a", "b"].map(|id| key.print(Of::Id, id));
        let sight = |is_new, twice_in_list| SeenStatus { is_new, twice_in_list };
        let mut seen = Deduplicator::new(key, 2);
        assert_eq!(seen.see(a), sight(true, false));
        assert_eq!(seen.see(a), sight(false, true));
        seen.begin_list(1);
        assert_eq!(seen.see(a), sight(false, false));
        let kept = seen.take_fresh();
        // Whoever goes on from here knows the same.
        let mut resumed = Deduplicator::new(key, 2);
        resumed.restore(kept, 1, false, seen.in_list());
        for seen in [&mut seen, &mut resumed] {
            assert_eq!((seen.see(a), seen.see(b)), (sight(false, true), sight(true, false)));
            assert_eq!(seen.in_list(), 2);
            seen.begin_again();
            assert_eq!(seen.see(b), sight(false, false));
            assert_eq!((seen.see(b), seen.in_list()), (sight(false, true), 1));
        }
    }
}
