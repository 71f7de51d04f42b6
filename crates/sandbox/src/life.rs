//! Time passes: calls arrive, go on and are deleted while they are read.

use std::collections::BTreeMap;

use crate::dice::Dice;
use crate::facts::{Facts, Stage};
use crate::fault::Frequency;
use crate::stats::Movement;
use crate::vendor::Vendor;
use crate::world::{FIRST_ADDED, World};

/// The present moment moves on by this much even where nothing else happens, in microseconds.
const MOMENT: i64 = 1_000_000;

/// What happens to a world, how often, and what has happened so far.
#[derive(Debug)]
pub(crate) struct Life {
    grow: Option<Frequency>,
    delete: Option<Frequency>,
    /// The world's present moment at the beginning.
    begun: i64,
    dice: Dice,
    /// Calls that arrived at each vendor.
    added: u64,
    /// Calls that were deleted at each vendor, or would have been, had there been any.
    deleted: u64,
    /// Calls that are not done with yet.
    young: Vec<Young>,
    moved: BTreeMap<&'static str, Movement>,
}

#[derive(Clone, Copy, Debug)]
struct Young {
    vendor: &'static Vendor,
    facts: Facts,
    seen: (Stage, bool),
}

impl Young {
    fn stage(&self, now: i64) -> (Stage, bool) {
        let analysed = self.facts.end.is_connected() && self.facts.analysed(self.vendor) <= now;
        (self.facts.stage(now), analysed)
    }

    fn is_done(&self) -> bool {
        let (stage, analysed) = self.seen;
        stage == Stage::Ended && (analysed || !self.facts.end.is_connected())
    }
}

impl Life {
    /// The life of a world that is at its beginning; `None` if it stands still.
    pub(crate) fn new(
        world: &World,
        grow: Option<Frequency>,
        delete: Option<Frequency>,
    ) -> Option<Self> {
        let life = Self {
            grow,
            delete,
            begun: world.now,
            dice: Dice::new(world.options.seed).of("life"),
            added: 0,
            deleted: 0,
            young: Vec::new(),
            moved: BTreeMap::new(),
        };
        (grow.is_some() || delete.is_some()).then_some(life)
    }

    /// What has happened so far, by vendor.
    pub(crate) fn moved(&self) -> &BTreeMap<&'static str, Movement> {
        &self.moved
    }

    /// The world so many microseconds after the beginning; `None` if it is as it was.
    pub(crate) fn at(&mut self, world: &World, micros: u64) -> Option<World> {
        let times = |frequency: Option<Frequency>| frequency.map_or(0, |one| one.times(micros));
        let (added, deleted) = (times(self.grow), times(self.delete));
        let now = match self.grow {
            Some(_) => self.begun.saturating_add_unsigned(micros).max(world.now),
            None => world.now,
        };
        let still = added <= self.added
            && deleted <= self.deleted
            && now < world.now + MOMENT
            && self.young.iter().all(|young| young.stage(now) == young.seen);
        if still {
            return None;
        }
        let mut next = world.clone();
        next.now = now;
        next.epoch += 1;
        self.add(&mut next, added);
        self.go_on(now);
        self.delete(&mut next, deleted);
        Some(next)
    }

    fn add(&mut self, world: &mut World, until: u64) {
        let Some(grow) = self.grow else { return };
        for number in self.added + 1..=until {
            let at = self.begun.saturating_add_unsigned(grow.time_of(number));
            let serial = FIRST_ADDED.saturating_add(number as u32);
            for part in &mut world.parts {
                let (vendor, dice, people) = (part.vendor, part.dice, world.people.len());
                let facts = Facts::arriving(vendor, people, dice, serial, at, world.epoch);
                part.calls.push_front(facts);
                self.young.push(Young { vendor, facts, seen: (Stage::Queued, false) });
                self.moved.entry(vendor.name).or_default().added += 1;
            }
        }
        self.added = self.added.max(until);
    }

    fn delete(&mut self, world: &mut World, until: u64) {
        for number in self.deleted + 1..=until {
            for part in &mut world.parts {
                let dice = self.dice.of(part.vendor.name).nth(number);
                let place = dice.below("deleted", part.calls.len() as u64) as usize;
                let Some(facts) = part.calls.remove(place) else { continue };
                part.deleted.push_front((facts, world.epoch));
                self.moved.entry(part.vendor.name).or_default().deleted += 1;
                let is = |young: &Young| {
                    young.facts.serial == facts.serial && young.vendor.name == part.vendor.name
                };
                self.young.retain(|young| !is(young));
            }
        }
        self.deleted = self.deleted.max(until);
    }

    fn go_on(&mut self, now: i64) {
        for young in &mut self.young {
            let stage = young.stage(now);
            if stage != young.seen {
                young.seen = stage;
                self.moved.entry(young.vendor.name).or_default().progressed += 1;
            }
        }
        self.young.retain(|young| !young.is_done());
    }
}

#[cfg(test)]
mod tests {
    use super::Life;
    use crate::fault::Frequency;
    use crate::truth::Status;
    use crate::world::{World, WorldOptions};
    use std::collections::{BTreeMap, BTreeSet};

    const SECOND: u64 = 1_000_000;

    fn world(records: usize) -> World {
        World::new(WorldOptions { records, ..WorldOptions::default() })
    }

    #[test]
    fn calls_arrive_newest_first_and_are_found_by_their_ids() {
        let begin = world(30);
        let mut life = Life::new(&begin, Some(Frequency::per_second(10.0)), None).unwrap();
        let mut now = begin.clone();
        for tick in 1..=200 {
            now = life.at(&now, tick * SECOND / 20).unwrap_or(now);
        }
        assert_eq!(begin.truths("ravan").len(), 30);
        for vendor in crate::vendors() {
            let calls: Vec<_> = now.truths(vendor).collect();
            assert_eq!(calls.len(), 130);
            assert!(calls.windows(2).all(|two| two[0].started_at >= two[1].started_at));
            let ids: BTreeSet<_> = calls.iter().map(|call| &call.id).collect();
            assert_eq!(ids.len(), 130);
            for call in &calls {
                assert_eq!(now.find(vendor, &call.id).unwrap().started_at, call.started_at);
                assert_eq!(
                    call.added_epoch > 0,
                    call.started_at > begin.options().anchor
                        || calls.iter().position(|one| one.id == call.id) < Some(100)
                );
            }
            assert_eq!(life.moved()[vendor].added, 100);
        }
    }

    #[test]
    fn arrivals_do_not_depend_on_when_they_are_looked_at() {
        let begin = world(10);
        let ids = |steps: u64| -> Vec<_> {
            let mut life = Life::new(&begin, Some(Frequency::per_second(4.0)), None).unwrap();
            let mut now = begin.clone();
            for step in 1..=steps {
                now = life.at(&now, 60 * SECOND * step / steps).unwrap_or(now);
            }
            let told = |call: crate::Truth| (call.id, call.status, call.started_at, call.ended_at);
            now.truths("vaani").map(told).collect()
        };
        assert_eq!(ids(1), ids(977));
        assert_eq!(ids(1).len(), 250);
    }

    #[test]
    fn each_call_is_queued_rings_goes_on_ends_and_is_analysed() {
        let begin = world(0);
        let mut life = Life::new(&begin, Some(Frequency::per_second(2.0)), None).unwrap();
        let mut now = begin;
        let mut seen: BTreeMap<String, Vec<(bool, Status, bool)>> = BTreeMap::new();
        for tick in 0..350 {
            now = life.at(&now, tick * SECOND / 5).unwrap_or(now);
            for vendor in crate::vendors() {
                for call in now.truths(vendor) {
                    let states = seen.entry(format!("{vendor} {}", call.id)).or_default();
                    let state = (call.queued, call.status, call.analysed);
                    if states.last() != Some(&state) {
                        states.push(state);
                    }
                }
            }
        }
        let old = |vendor: &str| now.truths(vendor).skip(80);
        let mut whole = 0;
        for vendor in crate::vendors() {
            for call in old(vendor) {
                let states = &seen[&format!("{vendor} {}", call.id)];
                let ringing = (false, Status::Ringing, false);
                assert_eq!(states[..2], [(true, Status::Ringing, false), ringing], "{vendor}");
                assert!(call.ended_at >= Some(call.started_at));
                assert!(call.created_at <= call.started_at);
                let rest = [Status::InProgress, Status::Ended].map(|status| (false, status, false));
                let analysed = (false, Status::Ended, true);
                if call.recorded {
                    assert_eq!(states[2..], [rest[0], rest[1], analysed], "{vendor}");
                    whole += 1;
                } else {
                    assert_eq!(states[2..], [rest[1]]);
                }
            }
        }
        assert!(whole > 100, "{whole}");
        let progressed: u64 = life.moved().values().map(|moved| moved.progressed).sum();
        let steps: usize = seen.values().map(|states| states.len() - 1).sum();
        assert_eq!(progressed, steps as u64);
    }

    #[test]
    fn deleted_calls_are_gone_and_remembered_with_their_epoch() {
        let begin = world(50);
        let mut life = Life::new(&begin, None, Some(Frequency::per_second(1.0))).unwrap();
        let mut now = begin.clone();
        for second in 1..=20 {
            let before: Vec<_> = now.truths("zudu").map(|call| call.id).collect();
            now = life.at(&now, second * SECOND).unwrap();
            let gone = now.deleted("zudu").next().unwrap();
            assert!(before.contains(&gone.id));
            assert_eq!((gone.deleted_epoch, u64::from(now.epoch())), (Some(now.epoch), second));
            assert!(now.find("zudu", &gone.id).is_none());
            assert_eq!(now.truths("zudu").len() as u64, 50 - second);
        }
        assert_eq!(now.now, begin.now);
        assert!(life.at(&now, 20 * SECOND + 1).is_none());
        let all = life.at(&now, 1_000 * SECOND).unwrap();
        assert_eq!((all.truths("zudu").len(), all.deleted("zudu").len()), (0, 50));
    }
}
