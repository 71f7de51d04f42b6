//! When calls start: mostly in working hours, newest first, no two at once.
//!
//! Times inside the crate are Unix microseconds.

use chrono::{DateTime, Datelike, Timelike, Utc, Weekday};

use crate::hash_rng::HashRng;

pub(crate) const MILLISECOND: i64 = 1_000;
pub(crate) const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3_600 * SECOND;

/// Days over which the calls spread.
const DAYS: usize = 30;
/// More calls a day than this extend the days, so that starts stay apart.
const CALLS_A_DAY: usize = 6_000;
/// The finished calls end this long before the anchor: longer than any call lasts.
const QUIET: i64 = 20 * 60 * SECOND;
/// One call in so many is in progress at the anchor, up to [`MAX_LIVE`].
const LIVE_SHARE: usize = 40;
const MAX_LIVE: usize = 5;

/// The moment as a time.
pub(crate) fn instant(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

/// The steps on which a vendor's times lie.
///
/// Starts keep to a grid of their own, which shares no point with another vendor's: no two
/// calls of a dataset start at once, so that a merged list has one order. A grid of all whole
/// seconds shares its points, and its calls start between the others' instead.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid {
    /// Distance of two possible starts.
    pub(crate) step: i64,
    /// Offset of the starts from whole steps.
    pub(crate) phase: i64,
    /// Resolution of all other times.
    pub(crate) resolution: i64,
}

impl Grid {
    /// Whether grids of other vendors have the same points.
    fn is_shared(self) -> bool {
        self.step == SECOND && self.phase == 0
    }

    fn start(self, micros: i64) -> i64 {
        micros - micros.rem_euclid(self.step) + self.phase
    }

    /// The last possible start that is not after a moment.
    pub(crate) fn latest(self, micros: i64) -> i64 {
        let start = self.start(micros);
        if start > micros { start - self.step } else { start }
    }

    /// Moves a time down to the resolution.
    pub(crate) fn snap(self, micros: i64) -> i64 {
        micros - micros.rem_euclid(self.resolution)
    }
}

/// The starts of a list of calls.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    anchor: i64,
    live: usize,
    records: usize,
    /// Cumulative call volume of the hours before the anchor, newest hour first.
    volume: Vec<u64>,
}

impl Calendar {
    pub(crate) fn new(anchor: i64, records: usize) -> Self {
        let live = if records < 4 { 0 } else { (records / LIVE_SHARE).clamp(1, MAX_LIVE) };
        let days = DAYS.max(records.div_ceil(CALLS_A_DAY));
        let mut volume = vec![0];
        for hour in 0..days * 24 {
            let middle = anchor - QUIET - hour as i64 * HOUR - HOUR / 2;
            volume.push(volume[hour] + share(middle) * HOUR as u64);
        }
        Self { anchor, live, records, volume }
    }

    /// Whether the call is in progress at the anchor.
    pub(crate) fn is_live(&self, serial: u32) -> bool {
        (serial as usize) < self.live
    }

    /// The start of a call; serial 0 is the newest.
    pub(crate) fn start(&self, serial: u32, grid: Grid, rng: HashRng) -> i64 {
        let serial = serial as usize;
        if serial < self.live {
            // Other grids have no start in the last three seconds before a live call's time.
            let (low, high) = match grid.is_shared() {
                true => (SECOND + SECOND / 10, 2 * SECOND - SECOND / 10),
                false => (3 * SECOND, 15 * SECOND),
            };
            let jitter = rng.between("start", low, high);
            return grid.start(self.anchor - serial as i64 * 47 * SECOND - jitter) - grid.step;
        }
        // The volume of all hours is divided into equal parts. Each call starts in the first half of
        // its part, so that starts are at least half a part apart; on a shared grid, well within the
        // second half.
        let vendors = (self.records - self.live).max(1) as u128;
        let all = u128::from(self.volume[self.volume.len() - 1]);
        let jitter = match grid.is_shared() {
            true => 560 + u128::from(rng.below("start", 416)),
            false => u128::from(rng.below("start", 512)),
        };
        let offset =
            (((serial - self.live) as u128 * 1_024 + jitter) * all / (vendors * 1_024)) as u64;
        let hour = self.volume.partition_point(|volume| *volume <= offset) - 1;
        let pace = (self.volume[hour + 1] - self.volume[hour]) / HOUR as u64;
        let within = (offset - self.volume[hour]) / pace.max(1);
        grid.start(self.anchor - QUIET - hour as i64 * HOUR - within as i64)
    }
}

/// How busy an hour is.
fn share(micros: i64) -> u64 {
    let time = instant(micros);
    let weekend = matches!(time.weekday(), Weekday::Sat | Weekday::Sun);
    match (time.hour(), weekend) {
        (9..=17, false) => 12,
        (9..=17, true) => 3,
        (7..=8 | 18..=20, false) => 4,
        (7..=8 | 18..=20, true) => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::{Calendar, Grid, SECOND, instant};
    use crate::hash_rng::HashRng;
    use chrono::Timelike;

    const ANCHOR: i64 = 1_782_838_800 * SECOND;
    const GRID: Grid = Grid { step: 2 * SECOND, phase: SECOND, resolution: SECOND };

    #[test]
    fn starts_fall_strictly_from_newest_to_oldest() {
        for records in [1, 3, 4, 50, 10_000, 250_000] {
            let calendar = Calendar::new(ANCHOR, records);
            let starts: Vec<i64> = (0..records as u32)
                .map(|serial| calendar.start(serial, GRID, HashRng::new(3).nth(serial.into())))
                .collect();
            assert!(starts.windows(2).all(|two| two[0] > two[1]), "{records}");
            assert!(starts[0] < ANCHOR);
        }
    }

    #[test]
    fn starts_on_all_whole_seconds_are_none_of_another_grid() {
        let shared = Grid { step: SECOND, phase: 0, resolution: SECOND };
        let even = Grid { step: 2 * SECOND, phase: 0, resolution: SECOND };
        for records in [1, 3, 4, 50, 3_000, 10_000] {
            let calendar = Calendar::new(ANCHOR, records);
            let starts = |grid: Grid, seed| -> Vec<i64> {
                let rng = |serial: u32| HashRng::new(seed).nth(serial.into());
                (0..records as u32)
                    .map(|serial| calendar.start(serial, grid, rng(serial)))
                    .collect()
            };
            let own = starts(shared, 5);
            assert!(own.windows(2).all(|two| two[0] > two[1]), "{records}");
            for other in [starts(GRID, 6), starts(even, 7)] {
                assert!(own.iter().all(|start| !other.contains(start)), "{records}");
            }
        }
    }

    #[test]
    fn most_calls_start_in_working_hours() {
        let calendar = Calendar::new(ANCHOR, 2_000);
        let busy = (0..2_000)
            .map(|serial| calendar.start(serial, GRID, HashRng::new(3).nth(serial.into())))
            .filter(|start| (9..18).contains(&instant(*start).hour()))
            .count();
        assert!(busy > 1_300, "{busy}");
    }
}
