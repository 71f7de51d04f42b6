//! Calls arrive, progress and are deleted while they are read.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::compact_call::CompactCall;
use crate::dataset::{Dataset, FIRST_ADDED};
use crate::fault::Frequency;
use crate::hash_rng::HashRng;
use crate::stats::CallChanges;
use crate::truth::Stage;
use crate::vendor::VendorProfile;

/// The dataset is replaced after so many microseconds even if no call changes.
const MAX_STEP: i64 = 1_000_000;

/// How calls change over time, and how they have changed so far.
#[derive(Debug)]
pub(crate) struct Simulation {
    grow: Option<Frequency>,
    delete: Option<Frequency>,
    /// The dataset's present moment at the start, in Unix microseconds.
    started: i64,
    rng: HashRng,
    /// Calls that arrived at each vendor.
    added: u64,
    /// Deletions due so far at each vendor, whether or not a call was left.
    deleted: u64,
    /// Arrived calls that will change again.
    active: Vec<ActiveCall>,
    changes: BTreeMap<&'static str, CallChanges>,
}

#[derive(Clone, Copy, Debug)]
struct ActiveCall {
    vendor: &'static VendorProfile,
    call: CompactCall,
    seen: (Stage, bool),
}

impl ActiveCall {
    fn stage(&self, now: i64) -> (Stage, bool) {
        let analysed = self.call.end.is_connected() && self.call.analysed(self.vendor) <= now;
        (self.call.stage(now), analysed)
    }

    fn is_done(&self) -> bool {
        let (stage, analysed) = self.seen;
        stage == Stage::Ended && (analysed || !self.call.end.is_connected())
    }
}

impl Simulation {
    /// Starts with a dataset; `None` if nothing changes.
    pub(crate) fn new(
        dataset: &Dataset,
        grow: Option<Frequency>,
        delete: Option<Frequency>,
    ) -> Option<Self> {
        let simulation = Self {
            grow,
            delete,
            started: dataset.now,
            rng: HashRng::new(dataset.options.seed).derive("life"),
            added: 0,
            deleted: 0,
            active: Vec::new(),
            changes: BTreeMap::new(),
        };
        (grow.is_some() || delete.is_some()).then_some(simulation)
    }

    /// The changes so far, by vendor.
    pub(crate) fn changes(&self) -> &BTreeMap<&'static str, CallChanges> {
        &self.changes
    }

    /// The dataset so many microseconds after the start; `None` if it is unchanged.
    pub(crate) fn advance(&mut self, dataset: &Dataset, micros: u64) -> Option<Dataset> {
        let times = |frequency: Option<Frequency>| frequency.map_or(0, |one| one.times(micros));
        let (added, deleted) = (times(self.grow), times(self.delete));
        let now = match self.grow {
            Some(_) => self.started.saturating_add_unsigned(micros).max(dataset.now),
            None => dataset.now,
        };
        let is_unchanged = added <= self.added
            && deleted <= self.deleted
            && now < dataset.now + MAX_STEP
            && self.active.iter().all(|active| active.stage(now) == active.seen);
        if is_unchanged {
            return None;
        }
        let mut next = dataset.clone();
        next.now = now;
        next.epoch += 1;
        self.add(&mut next, added);
        self.progress(now);
        self.delete(&mut next, deleted);
        Some(next)
    }

    fn add(&mut self, dataset: &mut Dataset, until: u64) {
        let Some(grow) = self.grow else { return };
        for number in self.added + 1..=until {
            let at = self.started.saturating_add_unsigned(grow.time_of(number));
            let serial = FIRST_ADDED.saturating_add(number as u32);
            for data in &mut dataset.vendors {
                let (vendor, rng, people) = (data.vendor, data.rng, dataset.people.len());
                let call = CompactCall::arriving(vendor, people, rng, serial, at, dataset.epoch);
                Arc::make_mut(&mut data.calls).insert(0, call);
                self.active.push(ActiveCall { vendor, call, seen: (Stage::Queued, false) });
                self.changes.entry(vendor.name).or_default().added += 1;
            }
        }
        self.added = self.added.max(until);
    }

    fn delete(&mut self, dataset: &mut Dataset, until: u64) {
        for number in self.deleted + 1..=until {
            for data in &mut dataset.vendors {
                let rng = self.rng.derive(data.vendor.name).nth(number);
                let place = rng.below("deleted", data.calls.len() as u64) as usize;
                let Some(call) = data.remove(place, dataset.epoch) else { continue };
                self.changes.entry(data.vendor.name).or_default().deleted += 1;
                let is = |active: &ActiveCall| {
                    active.call.serial == call.serial && active.vendor.name == data.vendor.name
                };
                self.active.retain(|active| !is(active));
            }
        }
        self.deleted = self.deleted.max(until);
    }

    fn progress(&mut self, now: i64) {
        for active in &mut self.active {
            let stage = active.stage(now);
            if stage != active.seen {
                active.seen = stage;
                self.changes.entry(active.vendor.name).or_default().progressed += 1;
            }
        }
        self.active.retain(|active| !active.is_done());
    }
}

#[cfg(test)]
mod tests {
    use super::Simulation;
    use crate::fault::Frequency;
    use crate::truth::TruthStatus;
    use crate::{Dataset, DatasetOptions};
    use std::collections::{BTreeMap, BTreeSet};

    const SECOND: u64 = 1_000_000;

    fn dataset(records: usize) -> Dataset {
        Dataset::new(DatasetOptions { records, ..DatasetOptions::default() })
    }

    #[test]
    fn calls_arrive_newest_first_and_are_found_by_their_ids() {
        let begin = dataset(30);
        let mut simulation =
            Simulation::new(&begin, Some(Frequency::per_second(10.0)), None).unwrap();
        let mut now = begin.clone();
        for tick in 1..=200 {
            now = simulation.advance(&now, tick * SECOND / 20).unwrap_or(now);
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
            assert_eq!(simulation.changes()[vendor].added, 100);
        }
    }

    #[test]
    fn arrivals_do_not_depend_on_when_they_are_read() {
        let begin = dataset(10);
        let ids = |steps: u64| -> Vec<_> {
            let mut simulation =
                Simulation::new(&begin, Some(Frequency::per_second(4.0)), None).unwrap();
            let mut now = begin.clone();
            for step in 1..=steps {
                now = simulation.advance(&now, 60 * SECOND * step / steps).unwrap_or(now);
            }
            let key = |call: crate::Truth| (call.id, call.status, call.started_at, call.ended_at);
            now.truths("vaani").map(key).collect()
        };
        assert_eq!(ids(1), ids(977));
        assert_eq!(ids(1).len(), 250);
    }

    #[test]
    fn each_arriving_call_passes_through_every_phase() {
        let begin = dataset(0);
        let mut simulation =
            Simulation::new(&begin, Some(Frequency::per_second(2.0)), None).unwrap();
        let mut now = begin;
        let mut seen: BTreeMap<String, Vec<(bool, TruthStatus, bool)>> = BTreeMap::new();
        for tick in 0..350 {
            now = simulation.advance(&now, tick * SECOND / 5).unwrap_or(now);
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
        let mut complete = 0;
        for vendor in crate::vendors() {
            for call in old(vendor) {
                let states = &seen[&format!("{vendor} {}", call.id)];
                let ringing = (false, TruthStatus::Ringing, false);
                assert_eq!(states[..2], [(true, TruthStatus::Ringing, false), ringing], "{vendor}");
                assert!(call.ended_at >= Some(call.started_at));
                assert!(call.created_at <= call.started_at);
                let rest = [TruthStatus::InProgress, TruthStatus::Ended]
                    .map(|status| (false, status, false));
                let analysed = (false, TruthStatus::Ended, true);
                if call.recorded {
                    assert_eq!(states[2..], [rest[0], rest[1], analysed], "{vendor}");
                    complete += 1;
                } else {
                    assert_eq!(states[2..], [rest[1]]);
                }
            }
        }
        assert!(complete > 100, "{complete}");
        let progressed: u64 = simulation.changes().values().map(|moved| moved.progressed).sum();
        let steps: usize = seen.values().map(|states| states.len() - 1).sum();
        assert_eq!(progressed, steps as u64);
    }

    #[test]
    fn deleted_calls_are_listed_with_their_epoch() {
        let begin = dataset(50);
        let mut simulation =
            Simulation::new(&begin, None, Some(Frequency::per_second(1.0))).unwrap();
        let mut now = begin.clone();
        for second in 1..=20 {
            let before: Vec<_> = now.truths("zudu").map(|call| call.id).collect();
            now = simulation.advance(&now, second * SECOND).unwrap();
            let gone = now.deleted("zudu").next().unwrap();
            assert!(before.contains(&gone.id));
            assert_eq!((gone.deleted_epoch, u64::from(now.epoch())), (Some(now.epoch), second));
            assert!(now.find("zudu", &gone.id).is_none());
            assert_eq!(now.truths("zudu").len() as u64, 50 - second);
        }
        assert_eq!(now.now, begin.now);
        assert!(simulation.advance(&now, 20 * SECOND + 1).is_none());
        let all = simulation.advance(&now, 1_000 * SECOND).unwrap();
        assert_eq!((all.truths("zudu").len(), all.deleted("zudu").len()), (0, 50));
    }
}
