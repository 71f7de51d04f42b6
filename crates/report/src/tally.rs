//! Counts and sums of money.

use crate::metric::{Amount, Metric};
use rust_decimal::Decimal;

/// Counts by metric, and money by amount; both sorted, and only those that are not zero.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    counts: Vec<(Metric, u64)>,
    money: Vec<(Amount, Decimal)>,
    /// Amounts that were too large to be added.
    pub(crate) not_added: u64,
}

impl Tally {
    /// An empty tally to which so many amounts could not be added.
    pub(crate) fn not_adding(amounts: u64) -> Self {
        Self { not_added: amounts, ..Self::default() }
    }

    pub(crate) fn count(&mut self, metric: Metric, by: u64) {
        match self.counts.binary_search_by_key(&metric, |(known, _)| *known) {
            Ok(at) => self.counts[at].1 = self.counts[at].1.saturating_add(by),
            Err(at) => self.counts.insert(at, (metric, by)),
        }
    }

    pub(crate) fn pay(&mut self, amount: Amount, by: Decimal) {
        match self.money.binary_search_by_key(&amount, |(known, _)| *known) {
            Ok(at) => match self.money[at].1.checked_add(by) {
                Some(sum) => self.money[at].1 = sum,
                None => self.not_added += 1,
            },
            Err(at) => self.money.insert(at, (amount, by)),
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (metric, count) in &other.counts {
            self.count(*metric, *count);
        }
        for (amount, sum) in &other.money {
            self.pay(*amount, *sum);
        }
        self.not_added += other.not_added;
    }

    pub(crate) fn get(&self, metric: Metric) -> u64 {
        let found = self.counts.binary_search_by_key(&metric, |(known, _)| *known);
        found.map_or(0, |at| self.counts[at].1)
    }

    /// The sum of an amount; `None` where nothing was added.
    pub(crate) fn sum(&self, amount: Amount) -> Option<Decimal> {
        let found = self.money.binary_search_by_key(&amount, |(known, _)| *known);
        found.ok().map(|at| self.money[at].1)
    }

    pub(crate) fn counts(&self) -> &[(Metric, u64)] {
        &self.counts
    }

    pub(crate) fn money(&self) -> &[(Amount, Decimal)] {
        &self.money
    }
}
