//! Tallies by source, agent, direction and time, in bounded memory.

use crate::{period::PeriodUnit, tally::Tally};
use chrono::NaiveDate;
use std::collections::{HashMap, hash_map::Entry};

/// The most counts of all cells together. With more, days become months, then quarters, then years.
const MAX_COUNTS: usize = 1_500_000;

/// The calls of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CubeKey {
    pub(crate) source: u16,
    pub(crate) agent: u16,
    pub(crate) direction: u8,
    pub(crate) span: TimeSpan,
}

/// When the calls of a cell started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum TimeSpan {
    /// In the period before the one of the report.
    Before,
    /// In the span that begins on this day.
    From(NaiveDate),
    /// They have no start.
    Unknown,
}

/// Tallies by source, agent, direction and time.
#[derive(Clone, Debug)]
pub(crate) struct Cube {
    pub(crate) unit: PeriodUnit,
    pub(crate) cells: HashMap<CubeKey, Tally>,
    counts: usize,
    max_counts: usize,
}

impl Default for Cube {
    fn default() -> Self {
        Self { unit: PeriodUnit::Day, cells: HashMap::new(), counts: 0, max_counts: MAX_COUNTS }
    }
}

impl Cube {
    pub(crate) fn add(&mut self, mut key: CubeKey, tally: &Tally) {
        key.span = coarser(key.span, self.unit);
        let cell = self.cells.entry(key).or_default();
        let before = cell.counts().len() + cell.money().len();
        cell.add(tally);
        self.counts += cell.counts().len() + cell.money().len() - before;
        while self.counts > self.max_counts
            && let Some(unit) = next_unit(self.unit)
        {
            *self = self.in_unit(unit, |key| key);
        }
    }

    /// The same in coarser spans, with other keys.
    pub(crate) fn in_unit(&self, unit: PeriodUnit, key_of: impl Fn(CubeKey) -> CubeKey) -> Self {
        let mut cells: HashMap<CubeKey, Tally> = HashMap::new();
        for (key, tally) in &self.cells {
            let key = key_of(CubeKey { span: coarser(key.span, unit), ..*key });
            match cells.entry(key) {
                Entry::Occupied(cell) => cell.into_mut().add(tally),
                Entry::Vacant(cell) => drop(cell.insert(tally.clone())),
            }
        }
        let counts = cells.values().map(|cell| cell.counts().len() + cell.money().len()).sum();
        Self { unit, cells, counts, max_counts: self.max_counts }
    }

    /// The units that the spans can be gathered in: months are not made of weeks.
    pub(crate) fn units(&self) -> impl Iterator<Item = PeriodUnit> {
        let finest = self.unit;
        let is_whole = move |unit: &PeriodUnit| {
            *unit >= finest && (*unit != PeriodUnit::Week || finest <= PeriodUnit::Week)
        };
        PeriodUnit::ALL.into_iter().filter(is_whole)
    }
}

fn coarser(span: TimeSpan, unit: PeriodUnit) -> TimeSpan {
    match span {
        TimeSpan::From(day) => TimeSpan::From(unit.first_day(day)),
        span => span,
    }
}

/// The unit that spans of this one make up without a rest.
fn next_unit(unit: PeriodUnit) -> Option<PeriodUnit> {
    match unit {
        PeriodUnit::Day | PeriodUnit::Week => Some(PeriodUnit::Month),
        PeriodUnit::Month => Some(PeriodUnit::Quarter),
        PeriodUnit::Quarter => Some(PeriodUnit::Year),
        PeriodUnit::Year => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Metric;
    use chrono::Days;

    #[test]
    fn full_cube_takes_coarser_spans_and_loses_no_call() {
        let mut cube = Cube { max_counts: 50, ..Cube::default() };
        let mut tally = Tally::default();
        tally.count(Metric::Calls, 1);
        let first = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        for day in 0..365 {
            let span = TimeSpan::From(first + Days::new(day));
            cube.add(CubeKey { source: 0, agent: 0, direction: 0, span }, &tally);
        }
        let span = TimeSpan::Unknown;
        cube.add(CubeKey { source: 0, agent: 0, direction: 0, span }, &tally);
        assert_eq!((cube.unit, cube.cells.len()), (PeriodUnit::Month, 13));
        let calls: u64 = cube.cells.values().map(|cell| cell.get(Metric::Calls)).sum();
        assert_eq!(calls, 366);
        let units: Vec<_> = cube.units().collect();
        assert_eq!(units, [PeriodUnit::Month, PeriodUnit::Quarter, PeriodUnit::Year]);
        let years = cube.in_unit(PeriodUnit::Year, |key| CubeKey { source: 1, ..key });
        assert_eq!((years.cells.len(), years.counts), (2, 2));
    }
}
