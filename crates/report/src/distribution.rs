//! Percentiles of many values in little memory.

use serde::Serialize;
use std::collections::BTreeMap;

/// Most values that are kept exactly. With more, percentiles come from buckets.
const MAX_EXACT: usize = 2_000;

/// Buckets for each doubling of a value: the middle of one is within 0.4 % of its values.
const BUCKETS_PER_DOUBLING: f64 = 96.0;

/// Values of which percentiles are wanted. Up to [`MAX_EXACT`] they are exact; of more, within 0.4 %.
#[derive(Clone, Debug, Default)]
pub(crate) struct Distribution {
    exact: Vec<f64>,
    /// The number of values by bucket, once there are too many to keep.
    buckets: BTreeMap<i32, u64>,
    count: u64,
    min: f64,
    max: f64,
}

/// Percentiles by the nearest rank.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Percentiles {
    /// Half of the values are at most this.
    pub p50: f64,
    /// Nine of ten are at most this.
    pub p90: f64,
    /// 99 of 100 are at most this.
    pub p99: f64,
}

impl Distribution {
    /// Adds a value; one that is not a number of at least 0 counts as 0.
    pub(crate) fn add(&mut self, value: f64) {
        let value = if value.is_finite() && value > 0.0 { value } else { 0.0 };
        (self.min, self.max) = match self.count {
            0 => (value, value),
            _ => (self.min.min(value), self.max.max(value)),
        };
        self.count += 1;
        if self.buckets.is_empty() && self.exact.len() < MAX_EXACT {
            self.exact.push(value);
            return;
        }
        for value in std::mem::take(&mut self.exact).into_iter().chain([value]) {
            *self.buckets.entry(bucket(value)).or_default() += 1;
        }
    }

    /// Whether every value is kept exactly.
    pub(crate) fn is_exact(&self) -> bool {
        self.buckets.is_empty()
    }

    /// The percentiles; `None` without a value.
    pub(crate) fn percentiles(&self) -> Option<Percentiles> {
        if self.count == 0 {
            return None;
        }
        let mut sorted = self.exact.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let [p50, p90, p99] = [50, 90, 99].map(|percent| {
            let rank = (self.count * percent).div_ceil(100);
            let exact = usize::try_from(rank - 1).ok().and_then(|at| sorted.get(at)).copied();
            exact.unwrap_or_else(|| self.of_rank(rank))
        });
        Some(Percentiles { p50, p90, p99 })
    }

    /// The middle of the bucket that holds the value of this rank.
    fn of_rank(&self, rank: u64) -> f64 {
        let mut below = 0;
        let found = self.buckets.iter().find(|(_, count)| {
            below += **count;
            below >= rank
        });
        let middle = found.map_or(self.max, |(bucket, _)| middle(*bucket));
        middle.clamp(self.min, self.max)
    }
}

/// The bucket of a value; that of 0 is apart.
fn bucket(value: f64) -> i32 {
    if value <= 0.0 { i32::MIN } else { (value.log2() * BUCKETS_PER_DOUBLING).floor() as i32 }
}

fn middle(bucket: i32) -> f64 {
    if bucket == i32::MIN { 0.0 } else { ((f64::from(bucket) + 0.5) / BUCKETS_PER_DOUBLING).exp2() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl IntoIterator<Item = u32>) -> Distribution {
        let mut distribution = Distribution::default();
        values.into_iter().for_each(|value| distribution.add(value.into()));
        distribution
    }

    #[test]
    fn percentiles_of_few_values_are_exact_by_the_nearest_rank() {
        assert_eq!(Distribution::default().percentiles(), None);
        let cases = [
            (vec![0], [0.0, 0.0, 0.0]),
            (vec![7], [7.0, 7.0, 7.0]),
            (vec![40, 10, 30, 20], [20.0, 40.0, 40.0]),
            ((1..=1000).rev().collect(), [500.0, 900.0, 990.0]),
        ];
        for (values, [p50, p90, p99]) in cases {
            assert_eq!(of(values).percentiles(), Some(Percentiles { p50, p90, p99 }));
        }
    }

    #[test]
    fn percentiles_of_many_values_are_within_half_a_percent() {
        // In an order without a pattern.
        let shuffled = (0..500_000_u64).map(|at| (at * 48_271 % 500_009) as u32 + 1);
        let mut sorted: Vec<u32> = shuffled.clone().collect();
        sorted.sort_unstable();
        let found = of(shuffled);
        assert!(!found.is_exact() && found.buckets.len() < 2_000);
        let found = found.percentiles().unwrap();
        for (found, rank) in [(found.p50, 250_000), (found.p90, 450_000), (found.p99, 495_000)] {
            let exact = f64::from(sorted[rank - 1]);
            assert!((found / exact - 1.0).abs() < 0.004, "{found} is not {exact}");
        }
    }

    #[test]
    fn values_that_are_no_lengths_count_as_zero() {
        let mut distribution = Distribution::default();
        for value in [f64::NAN, f64::NEG_INFINITY, f64::INFINITY, -3.0] {
            distribution.add(value);
        }
        assert_eq!(distribution.percentiles().unwrap().p99, 0.0);
        let zeros = of(std::iter::repeat_n(0, MAX_EXACT + 1));
        assert_eq!(zeros.percentiles().unwrap().p50, 0.0);
    }
}
