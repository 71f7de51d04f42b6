//! Tracks the order of a list while it is read.

use crate::{
    Order, SourcePlan,
    plan::{EarlyStop, StopBound},
};
use callfold_unify::model::Timestamp;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// The order of a list, as stated and as its rows show it.
#[derive(Debug)]
pub(crate) struct OrderTracker {
    /// The order that the vendor states.
    stated: Option<Order>,
    /// How far a row may be out of order.
    slack: TimeDelta,
    rows: RowStats,
}

/// What the rows so far show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RowStats {
    newest: Option<Timestamp>,
    oldest: Option<Timestamp>,
    newest_first: bool,
    oldest_first: bool,
    /// Rows beyond a bound, one after the other.
    beyond: u64,
    /// Whether a row was not beyond a bound.
    #[serde(default)]
    reached: bool,
    /// Whether a response contradicts the stated order.
    #[serde(default)]
    contradicted: bool,
}

impl Default for RowStats {
    fn default() -> Self {
        Self {
            newest: None,
            oldest: None,
            newest_first: true,
            oldest_first: true,
            beyond: 0,
            reached: false,
            contradicted: false,
        }
    }
}

impl RowStats {
    pub(crate) fn beyond(&self) -> u64 {
        self.beyond
    }
}

impl OrderTracker {
    /// A stated order allows rows out of order within the overlap; an observed
    /// order has to be exact, except in a second pass.
    pub(crate) fn new(plan: &SourcePlan, is_reread: bool) -> Self {
        let slack =
            if plan.stated_order.is_some() || is_reread { crate::plan::OVERLAP_S } else { 0 };
        let slack = TimeDelta::seconds(slack);
        Self { stated: plan.stated_order, slack, rows: RowStats::default() }
    }

    /// What a resumed run needs to know.
    pub(crate) fn rows(&self) -> &RowStats {
        &self.rows
    }

    /// Resumes from `rows`.
    pub(crate) fn restore(&mut self, rows: RowStats) {
        self.rows = rows;
    }

    /// Adds what a page states about its order.
    pub(crate) fn page(&mut self, newest_first: Option<bool>) {
        self.rows.contradicted |=
            newest_first == Some(false) && self.stated == Some(Order::NewestFirst);
    }

    /// Adds the next row.
    pub(crate) fn row(&mut self, at: Timestamp) {
        let rows = &mut self.rows;
        rows.newest_first &= rows.oldest.is_none_or(|oldest| at <= later(oldest, self.slack));
        rows.oldest_first &= rows.newest.is_none_or(|newest| at >= later(newest, -self.slack));
        rows.oldest = Some(rows.oldest.map_or(at, |oldest| oldest.min(at)));
        rows.newest = Some(rows.newest.map_or(at, |newest| newest.max(at)));
    }

    /// Whether all rows so far are in this order, and no other is stated.
    pub(crate) fn is_in_order(&self, order: Order) -> bool {
        match order {
            _ if self.rows.contradicted => false,
            _ if self.stated.is_some_and(|stated| stated != order) => false,
            Order::NewestFirst => self.rows.newest_first,
            Order::OldestFirst => self.rows.oldest_first,
            Order::AsRead => false,
        }
    }

    /// How far the list was read in this order, less the overlap; `None` if it is
    /// not in this order.
    pub(crate) fn reached(&self, order: Order) -> Option<Timestamp> {
        let (span, rows) = (TimeDelta::seconds(crate::plan::OVERLAP_S), &self.rows);
        match order {
            _ if !self.is_in_order(order) => None,
            Order::NewestFirst => rows.oldest.map(|at| later(at, span)),
            _ => rows.newest.map(|at| later(at, -span)),
        }
    }

    /// Whether the list, in that order, is more than `seconds` past `at`.
    pub(crate) fn is_past(&self, order: Order, at: Timestamp, seconds: i64) -> bool {
        let span = TimeDelta::seconds(seconds);
        match order {
            Order::NewestFirst => self.rows.oldest.is_some_and(|oldest| oldest < later(at, -span)),
            Order::OldestFirst => self.rows.newest.is_some_and(|newest| newest > later(at, span)),
            Order::AsRead => false,
        }
    }

    /// Whether no later row can match: the list is in order and far enough past
    /// one of the bounds. To be called once for each row.
    ///
    /// For an observed order and for a look-back, a row on this side of the bound
    /// has to come first: old rows at the head of a list prove nothing about the
    /// rest.
    pub(crate) fn can_stop(
        &mut self,
        stops: &[EarlyStop],
        bounds: impl Fn(StopBound) -> Option<(Order, Timestamp)>,
    ) -> bool {
        let is_beyond = |stop: &&EarlyStop| {
            bounds(stop.bound).is_some_and(|(order, at)| {
                self.is_in_order(order) && self.is_past(order, at, stop.overlap_s)
            })
        };
        let passed: Vec<_> = stops.iter().filter(is_beyond).collect();
        self.rows.reached |= passed.is_empty();
        self.rows.beyond = if passed.is_empty() { 0 } else { self.rows.beyond + 1 };
        let RowStats { beyond, reached, .. } = self.rows;
        passed.iter().any(|stop| {
            let is_trusted = stop.documented && stop.bound != StopBound::LookbackFloor;
            beyond > stop.overlap_rows && (is_trusted || reached)
        })
    }
}

/// `at` plus `span`, within the range of times.
fn later(at: Timestamp, span: TimeDelta) -> Timestamp {
    let last = if span < TimeDelta::zero() { Timestamp::MIN_UTC } else { Timestamp::MAX_UTC };
    at.checked_add_signed(span).unwrap_or(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(stated: Option<Order>, minutes: &[u32]) -> OrderTracker {
        let slack = TimeDelta::seconds(if stated.is_some() { 600 } else { 0 });
        let mut order = OrderTracker { stated, slack, rows: RowStats::default() };
        minutes.iter().for_each(|minute| order.row(at(*minute)));
        order
    }

    fn at(minute: u32) -> Timestamp {
        format!("2026-04-21T12:{minute:02}:00Z").parse().unwrap()
    }

    #[test]
    fn stated_order_tolerates_the_overlap_and_an_observed_one_nothing() {
        let cases = [
            (Some(Order::NewestFirst), &[50, 40, 45, 30][..], true),
            (Some(Order::NewestFirst), &[50, 30, 41], false),
            (None, &[50, 40, 40, 30], true),
            (None, &[50, 40, 41, 30], false),
        ];
        for (stated, minutes, is_kept) in cases {
            assert_eq!(
                after(stated, minutes).is_in_order(Order::NewestFirst),
                is_kept,
                "{minutes:?}"
            );
        }
    }

    #[test]
    fn list_has_the_stated_order_only() {
        let order = after(Some(Order::NewestFirst), &[50, 55]);
        assert!(!order.is_in_order(Order::OldestFirst));
        assert!(after(None, &[50, 55]).is_in_order(Order::OldestFirst));
    }

    #[test]
    fn rows_beyond_a_bound_count_while_they_are_in_order() {
        let stop = |documented, overlap_rows| {
            [EarlyStop { bound: StopBound::Since, documented, overlap_s: 600, overlap_rows }]
        };
        let since = |_| Some((Order::NewestFirst, at(40)));
        let can_stop = |order: &mut OrderTracker, stop: &[EarlyStop], minute| {
            order.row(at(minute));
            order.can_stop(stop, since)
        };
        let (mut stated, stop_at_once) = (after(Some(Order::NewestFirst), &[]), stop(true, 0));
        assert!(!can_stop(&mut stated, &stop_at_once, 50));
        assert!(!can_stop(&mut stated, &stop_at_once, 31), "within the overlap");
        assert!(can_stop(&mut stated, &stop_at_once, 29));
        let (mut shown, stop_after_two) = (after(None, &[]), stop(false, 1));
        assert!(!can_stop(&mut shown, &stop_after_two, 50));
        assert!(!can_stop(&mut shown, &stop_after_two, 29), "one row may be a stray");
        assert!(can_stop(&mut shown, &stop_after_two, 28));
        assert!(!can_stop(&mut shown, &stop_after_two, 33), "the order was none");
    }

    #[test]
    fn old_rows_at_the_head_of_a_list_do_not_end_it() {
        let stop =
            |bound, documented| [EarlyStop { bound, documented, overlap_s: 600, overlap_rows: 2 }];
        let ends = |stated, stop: &[EarlyStop], minutes: &[u32]| {
            let mut order = after(stated, &[]);
            let mut rows = minutes.iter().map(|minute| {
                order.row(at(*minute));
                order.can_stop(stop, |_| Some((Order::NewestFirst, at(40))))
            });
            rows.any(|ends| ends)
        };
        let newest_first = Some(Order::NewestFirst);
        let old = [20, 19, 18, 17, 16];
        assert!(!ends(None, &stop(StopBound::Since, false), &old), "nothing shows the order");
        assert!(
            !ends(newest_first, &stop(StopBound::LookbackFloor, true), &old),
            "known calls are missing"
        );
        assert!(ends(newest_first, &stop(StopBound::Since, true), &old), "no call is that new");
        assert!(!ends(
            newest_first,
            &stop(StopBound::Since, true),
            &[20, 19, 50, 49, 48, 20, 19, 18]
        ));
        assert!(ends(None, &stop(StopBound::Since, false), &[50, 20, 19, 18]));
    }

    #[test]
    fn contradicted_order_is_not_relied_on() {
        let mut order = after(Some(Order::NewestFirst), &[50, 40]);
        order.page(Some(true));
        assert!(order.is_in_order(Order::NewestFirst));
        order.page(Some(false));
        assert!(!order.is_in_order(Order::NewestFirst) && !order.is_in_order(Order::OldestFirst));
    }
}
