//! Calls of one source that wait for their place.

use crate::{
    OrderStrategy, Query, SourcePlan,
    order_tracker::OrderTracker,
    ordered_call::{Key, OrderedCall},
};
use callfold_unify::model::Timestamp;
use std::collections::BTreeSet;

/// Calls that wait until it is certain that none comes before them.
pub(crate) struct ReorderBuffer {
    arrangement: OrderStrategy,
    order: crate::Order,
    /// At most so many calls are wanted.
    limit: Option<usize>,
    /// At most so many calls are held, where the limit does not decide.
    at_most: usize,
    /// In the order of the query.
    calls: BTreeSet<OrderedCall>,
    given: usize,
    /// Where the calls given so far end.
    passed: Option<Key>,
    late: u64,
}

impl ReorderBuffer {
    pub(crate) fn new(plan: &SourcePlan, query: &Query) -> Self {
        Self {
            arrangement: plan.order,
            order: query.order,
            limit: query.limit,
            at_most: query.sort_at_most.unwrap_or(crate::MAX_SORTED),
            calls: BTreeSet::new(),
            given: 0,
            passed: None,
            late: 0,
        }
    }

    /// Takes a call; emits it at once where no order is wanted.
    ///
    /// # Errors
    ///
    /// The bound, when more would have to be held.
    pub(crate) fn offer(
        &mut self,
        call: OrderedCall,
        hand_on: impl FnOnce(OrderedCall),
    ) -> Result<(), usize> {
        if self.arrangement == OrderStrategy::AsRead {
            self.given += 1;
            hand_on(call);
            return Ok(());
        }
        self.calls.insert(call);
        if let Some(limit) = self.limit {
            while self.calls.len() > limit.saturating_sub(self.given) {
                self.calls.pop_last();
            }
        }
        if self.limit.is_none() && self.calls.len() > self.at_most {
            self.calls.pop_last();
            return Err(self.at_most);
        }
        Ok(())
    }

    /// Emits the calls that no later one can come before, after a whole page:
    /// its order shows in all of its rows. A list that breaks its order is held
    /// to its end.
    pub(crate) fn release(&mut self, order: &OrderTracker, mut hand_on: impl FnMut(OrderedCall)) {
        let OrderStrategy::List { overlap_s } = self.arrangement else { return };
        let is_due = |call: &OrderedCall| {
            let at = call.call.started_at;
            at.is_some_and(|at| order.is_past(self.order, at, overlap_s))
        };
        while order.keeps(self.order) && self.calls.first().is_some_and(is_due) {
            let Some(call) = self.calls.pop_first() else { break };
            if self.passed.as_ref().is_some_and(|passed| call.key < *passed) {
                self.late += 1;
            } else {
                self.passed = Some(call.key.clone());
            }
            self.given += 1;
            hand_on(call);
        }
    }

    /// Whether as many calls were given as are wanted.
    pub(crate) fn is_full(&self) -> bool {
        self.limit.is_some_and(|limit| self.given >= limit)
    }

    /// The start of the last of the wanted calls, once there are as many as
    /// the limit.
    pub(crate) fn worst_of_full(&self) -> Option<Timestamp> {
        let full = self.limit.is_some_and(|limit| self.given + self.calls.len() >= limit);
        self.calls.last().filter(|_| full)?.call.started_at
    }

    /// Gives the rest, and how many calls came after their place.
    pub(crate) fn drain(&mut self) -> (Vec<OrderedCall>, u64) {
        let rest: Vec<_> = std::mem::take(&mut self.calls).into_iter().collect();
        if let Some(passed) = &self.passed {
            self.late += rest.iter().filter(|call| call.key < *passed).count() as u64;
        }
        self.given += rest.len();
        (rest, self.late)
    }
}
