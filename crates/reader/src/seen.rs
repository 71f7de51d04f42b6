//! Which records were read already, in little memory.

use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
};

/// A record's id, as 128 bits: half a million of them take 18 MB, and the
/// chance that two of those are equal is below 1 in 10^27.
pub(crate) type Print = u128;

/// The print of an id.
pub(crate) fn print(id: &str) -> Print {
    static KEYS: std::sync::OnceLock<[RandomState; 2]> = std::sync::OnceLock::new();
    let [high, low] = KEYS.get_or_init(|| [RandomState::new(), RandomState::new()]);
    (u128::from(high.hash_one(id)) << 64) | u128::from(low.hash_one(id))
}

/// The records of one source.
#[derive(Debug)]
pub(crate) struct Seen {
    all: HashSet<Print>,
    /// Those of the list that is being read, where it is not the only one or
    /// not read for the first time.
    list: Option<HashSet<Print>>,
}

/// What is known about a record that comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sight {
    /// It comes for the first time.
    pub(crate) is_new: bool,
    /// It came before in the same walk over the same list.
    pub(crate) twice_in_list: bool,
}

impl Seen {
    pub(crate) fn new(several_lists: bool) -> Self {
        Self { all: HashSet::new(), list: several_lists.then(HashSet::new) }
    }

    pub(crate) fn see(&mut self, print: Print) -> Sight {
        let is_new = self.all.insert(print);
        let twice_in_list = match &mut self.list {
            Some(list) => !list.insert(print),
            None => !is_new,
        };
        Sight { is_new, twice_in_list }
    }

    /// Another list, or the same once more.
    pub(crate) fn begin_list(&mut self) {
        self.list = Some(HashSet::new());
    }

    /// Different records of the list that is being read.
    pub(crate) fn in_list(&self) -> u64 {
        self.list.as_ref().unwrap_or(&self.all).len() as u64
    }
}
