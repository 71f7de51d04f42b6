//! Calls that vanish and appear between two requests for pages of one list.

use crate::dice::Dice;
use crate::facts::Facts;
use crate::vendor::Vendor;
use crate::world::{FIRST_ADDED, Part, World};

/// The numbers of calls that appear further back while the world is served.
const FIRST_LATE: u32 = FIRST_ADDED + (1 << 30);
/// So far are the ranks of two neighbours apart that were there at the beginning: calls that
/// appear later find their place between them.
const APART: i64 = 1 << 20;
/// So often a place between two calls is looked for.
const TRIES: u64 = 64;

impl Part {
    /// The place of a call in a list that is newest first: those that arrived come before those of
    /// the beginning, the later the sooner; those that appeared further back come where they did.
    pub(crate) fn rank(&self, serial: u32) -> i64 {
        if let Some(late) = serial.checked_sub(FIRST_LATE) {
            return self.late.get(late as usize).copied().unwrap_or(i64::MAX);
        }
        let rank = i64::from(serial) * APART;
        if serial >= FIRST_ADDED { -rank } else { rank }
    }

    fn place(&self, serial: u32) -> Option<usize> {
        let rank = self.rank(serial);
        self.calls.position(|facts| self.rank(facts.serial).cmp(&rank))
    }

    /// Where a call can appear from the place `from` on: the place, its rank, and its start.
    fn gap(&self, from: usize, dice: Dice) -> Option<(usize, i64, i64)> {
        let call = |place: usize| self.calls.range(place, place + 1).next();
        let behind = (self.calls.len() + 1).saturating_sub(from) as u64;
        (0..TRIES).find_map(|attempt| {
            let place = from + dice.nth(attempt).below("place", behind) as usize;
            let newer = call(place.checked_sub(1)?)?;
            let before = self.rank(newer.serial);
            let Some(older) = call(place) else {
                return Some((place, before + APART, newer.started - 1));
            };
            let rank = before + (self.rank(older.serial) - before) / 2;
            let started = older.started + (newer.started - older.started) / 2;
            (rank > before).then_some((place, rank, started))
        })
    }
}

impl World {
    /// The world without one of the calls of a page; with `insert`, an older call appears further
    /// back than the page. `None` if the calls of the page are gone.
    pub(crate) fn churned(
        &self,
        vendor: &Vendor,
        page: &[u32],
        insert: bool,
        dice: Dice,
    ) -> Option<Self> {
        let mut world = self.clone();
        world.epoch += 1;
        let (epoch, people) = (world.epoch, world.people.len());
        let part = world.parts.iter_mut().find(|part| part.vendor.name == vendor.name)?;
        let mut places: Vec<usize> = page.iter().filter_map(|call| part.place(*call)).collect();
        places.sort_unstable();
        let last = *places.last()?;
        let gone = places[dice.below("gone", places.len() as u64) as usize];
        let facts = part.calls.remove(gone)?;
        part.deleted.push_front((facts, epoch));
        if insert {
            // The page ends one place sooner now; the call that follows it stays before the new one.
            let from = (last + 1).clamp(1, part.calls.len().max(1));
            let (place, rank, started) = part.gap(from, dice)?;
            let serial = FIRST_LATE.checked_add(u32::try_from(part.late.len()).ok()?)?;
            part.late.push(rank);
            let facts = Facts::arriving(part.vendor, people, part.dice, serial, started, epoch);
            part.calls.insert(place, facts);
        }
        Some(world)
    }
}

#[cfg(test)]
mod tests {
    use crate::dice::Dice;
    use crate::vendors::VENDORS;
    use crate::world::{World, WorldOptions};
    use std::collections::BTreeSet;

    #[test]
    fn one_call_of_the_page_vanishes_and_an_older_one_appears_behind_it() {
        let begin = World::new(WorldOptions { records: 120, ..WorldOptions::default() });
        for vendor in VENDORS {
            let mut now = begin.clone();
            for step in 0..200 {
                let calls = now.calls(vendor);
                let from = step as usize * 7 % 100;
                let page: Vec<u32> = calls.range(from, from + 10).map(|one| one.serial).collect();
                let ids: Vec<_> = now.truths(vendor.name).map(|call| call.id).collect();
                let next = now.churned(vendor, &page, true, Dice::new(step)).unwrap();
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
        let begin = World::new(WorldOptions { records: 3, ..WorldOptions::default() });
        let page: Vec<u32> = begin.calls(VENDORS[0]).iter().map(|one| one.serial).collect();
        let mut now = begin;
        for left in [2, 1, 0] {
            now = now.churned(VENDORS[0], &page, false, Dice::new(left)).unwrap();
            assert_eq!(now.truths(VENDORS[0].name).len() as u64, left);
        }
        assert!(now.churned(VENDORS[0], &page, false, Dice::new(9)).is_none());
    }
}
