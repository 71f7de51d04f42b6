//! Calls that vanish and appear between two requests for pages of one list.

use std::sync::Arc;

use crate::compact_call::CompactCall;
use crate::dataset::{Dataset, FIRST_INSERTED, RANK_GAP, VendorData};
use crate::hash_rng::HashRng;
use crate::vendor::VendorProfile;

/// Attempts to find a gap between two calls.
const MAX_ATTEMPTS: u64 = 64;

impl VendorData {
    /// Deletes the call at an index.
    pub(crate) fn remove(&mut self, index: usize, epoch: u32) -> Option<CompactCall> {
        self.calls.get(index)?;
        let call = Arc::make_mut(&mut self.calls).remove(index);
        Arc::make_mut(&mut self.deleted).insert(0, (call, epoch));
        Some(call)
    }

    fn index(&self, serial: u32) -> Option<usize> {
        self.position(self.rank(serial))
    }

    /// Where a call can be inserted at or after the index `from`: its index, rank and start.
    fn gap(&self, from: usize, rng: HashRng) -> Option<(usize, i64, i64)> {
        let call = |place: usize| self.calls.get(place);
        let count = (self.calls.len() + 1).saturating_sub(from) as u64;
        (0..MAX_ATTEMPTS).find_map(|attempt| {
            let place = from + rng.nth(attempt).below("place", count) as usize;
            let newer = call(place.checked_sub(1)?)?;
            let before = self.rank(newer.serial);
            let Some(older) = call(place) else {
                return Some((place, before + RANK_GAP, newer.started - 1));
            };
            let rank = before + (self.rank(older.serial) - before) / 2;
            let started = older.started + (newer.started - older.started) / 2;
            (rank > before).then_some((place, rank, started))
        })
    }
}

impl Dataset {
    /// The dataset without one of the calls of a page; with `insert`, an older call appears behind
    /// the page. `None` if the calls of the page no longer exist.
    pub(crate) fn with_mutation(
        &self,
        vendor: &VendorProfile,
        page: &[u32],
        insert: bool,
        rng: HashRng,
    ) -> Option<Self> {
        let mut dataset = self.clone();
        dataset.epoch += 1;
        let (epoch, people) = (dataset.epoch, dataset.people.len());
        let data = dataset.vendors.iter_mut().find(|data| data.vendor.name == vendor.name)?;
        let mut indexes: Vec<usize> = page.iter().filter_map(|call| data.index(*call)).collect();
        indexes.sort_unstable();
        let last = *indexes.last()?;
        let deleted = indexes[rng.below("gone", indexes.len() as u64) as usize];
        data.remove(deleted, epoch)?;
        if insert {
            // The page is one call shorter; the call behind it stays before the inserted one.
            let from = (last + 1).clamp(1, data.calls.len().max(1));
            let (place, rank, started) = data.gap(from, rng)?;
            let serial = FIRST_INSERTED.checked_add(u32::try_from(data.inserted.len()).ok()?)?;
            data.inserted.push(rank);
            let call = CompactCall::arriving(data.vendor, people, data.rng, serial, started, epoch);
            Arc::make_mut(&mut data.calls).insert(place, call);
        }
        Some(dataset)
    }
}

#[cfg(test)]
mod tests {
    use crate::hash_rng::HashRng;
    use crate::registry::VENDORS;
    use crate::{Dataset, DatasetOptions};
    use std::collections::BTreeSet;

    #[test]
    fn one_call_of_the_page_vanishes_and_an_older_one_appears_behind_it() {
        let begin = Dataset::new(DatasetOptions { records: 120, ..DatasetOptions::default() });
        for vendor in VENDORS {
            let mut now = begin.clone();
            for step in 0..200 {
                let calls = &now.data(vendor).calls;
                let from = step as usize * 7 % 100;
                let page: Vec<u32> = calls[from..from + 10].iter().map(|one| one.serial).collect();
                let ids: Vec<_> = now.truths(vendor.name).map(|call| call.id).collect();
                let next = now.with_mutation(vendor, &page, true, HashRng::new(step)).unwrap();
                let after: Vec<_> = next.truths(vendor.name).map(|call| call.id).collect();
                assert_eq!((after.len(), next.epoch()), (120, now.epoch() + 1));
                let gone = next.deleted(vendor.name).next().unwrap();
                let place = ids.iter().position(|id| *id == gone.id).unwrap();
                assert!((from..from + 10).contains(&place), "{place}");
                let old: BTreeSet<_> = ids.iter().collect();
                let new = after.iter().position(|id| !old.contains(id)).unwrap();
                assert!(new > from + 9, "{new} {from}");
                now = next;
            }
            let calls: Vec<_> = now.truths(vendor.name).collect();
            assert!(calls.windows(2).all(|two| two[0].started_at >= two[1].started_at));
            for call in &calls {
                assert_eq!(now.find(vendor.name, &call.id).unwrap().started_at, call.started_at);
            }
            let all = calls.iter().map(|call| call.id.clone());
            let all: BTreeSet<_> = all.chain(now.deleted(vendor.name).map(|one| one.id)).collect();
            assert_eq!(all.len(), 320);
        }
    }

    #[test]
    fn without_an_insertion_the_list_gets_shorter() {
        let begin = Dataset::new(DatasetOptions { records: 3, ..DatasetOptions::default() });
        let page: Vec<u32> = begin.data(VENDORS[0]).calls.iter().map(|one| one.serial).collect();
        let mut now = begin;
        for left in [2, 1, 0] {
            now = now.with_mutation(VENDORS[0], &page, false, HashRng::new(left)).unwrap();
            assert_eq!(now.truths(VENDORS[0].name).len() as u64, left);
        }
        assert!(now.with_mutation(VENDORS[0], &page, false, HashRng::new(9)).is_none());
    }
}
