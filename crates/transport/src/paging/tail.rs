//! The records read last, which the next page has to continue.

use std::collections::{HashMap, VecDeque};

/// Pages whose records are remembered.
const PAGES: usize = 4;

/// The ids of the records read last, as hashes, in the order of the list.
#[derive(Debug, Default)]
pub(super) struct Tail {
    /// Where each stands; a record that comes again stands where it came last.
    places: HashMap<u64, u64>,
    /// The ids in the order of their places, also those that came again.
    ids: VecDeque<(u64, u64)>,
    end: u64,
}

/// How a page continues the records before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Continuation {
    /// Records from its first on back to the last record before the page.
    pub(super) reaches_back: u64,
}

impl Tail {
    pub(super) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    pub(super) fn contains(&self, id: u64) -> bool {
        self.places.contains_key(&id)
    }

    /// Whether these are all known, and the last record is not among them.
    pub(super) fn is_earlier_part(&self, page: &[u64]) -> bool {
        let is_earlier = |id| self.places.get(id).is_some_and(|place| place + 1 < self.end);
        page.iter().all(is_earlier)
    }

    /// Adds the records of a page of at most `page_size`.
    pub(super) fn extend(&mut self, page: &[u64], page_size: usize) {
        for id in page {
            self.places.insert(*id, self.end);
            self.ids.push_back((*id, self.end));
            self.end += 1;
        }
        while self.ids.len() > PAGES * page_size.max(1) {
            if let Some((id, place)) = self.ids.pop_front()
                && self.places.get(&id) == Some(&place)
            {
                self.places.remove(&id);
            }
        }
    }

    /// How a page with these records continues what was read; `None` where
    /// records may be missing between the two. It has to begin with records
    /// that are known: the last one, or two, as a single other one may have
    /// been moved there.
    pub(super) fn continued_by(&self, page: &[u64]) -> Option<Continuation> {
        let mut known: Vec<u64> =
            page.iter().map_while(|id| self.places.get(id).copied()).collect();
        let first = *known.first()?;
        let last = known.iter().position(|place| place + 1 == self.end);
        let reaches_last = last.is_some();
        // What follows the last record is of no concern.
        known.truncate(last.map_or(known.len(), |last| last + 1));
        let is_in_order = known.is_sorted();
        (is_in_order && (reaches_last || known.len() > 1))
            .then_some(Continuation { reaches_back: self.end - first })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_continues_only_from_the_last_record_or_from_two_known_ones() {
        let mut tail = Tail::default();
        tail.extend(&(1..=10).collect::<Vec<_>>(), 3);
        let reaches_back = |page: &[u64]| tail.continued_by(page).map(|found| found.reaches_back);
        assert_eq!(reaches_back(&[10, 11, 12]), Some(1));
        assert_eq!(reaches_back(&[8, 9, 10]), Some(3));
        assert_eq!(reaches_back(&[7, 8, 11]), Some(4), "9 and 10 vanished");
        assert_eq!(reaches_back(&[9, 11]), None, "9 may have moved");
        assert_eq!(reaches_back(&[11, 12]), None);
        assert_eq!(reaches_back(&[9, 8, 11]), None, "another order");
        assert_eq!(reaches_back(&[10, 3]), Some(1), "3 moved behind the last");
        assert_eq!(reaches_back(&[]), None);
        assert!(
            tail.is_earlier_part(&[8, 9])
                && !tail.is_earlier_part(&[9, 10])
                && !tail.is_earlier_part(&[9, 11])
        );
        tail.extend(&(10..=20).collect::<Vec<_>>(), 3);
        assert!(!tail.contains(9) && tail.contains(10));
    }
}
