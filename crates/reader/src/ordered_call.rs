//! The order of calls of all vendors.

use crate::Order;
use callfold_unify::model::{Call, CallId};
use std::cmp;

/// A call with its place: the smaller one comes first.
#[derive(Debug)]
pub(crate) struct OrderedCall {
    pub(crate) key: Key,
    pub(crate) call: Box<Call>,
    /// Whether a request of its own told the rest already.
    pub(crate) is_enriched: bool,
}

/// Calls without a start come last; ties are broken by id, so that the order
/// does not depend on who answered first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    no_start: bool,
    rank: i128,
    id: Option<CallId>,
}

impl OrderedCall {
    /// `arrival` counts the calls of one source and is the rank where the
    /// order is that of arrival.
    pub(crate) fn new(call: Box<Call>, order: Order, arrival: u64, is_enriched: bool) -> Self {
        let nanos = call.started_at.map(|at| {
            i128::from(at.timestamp()) * 1_000_000_000 + i128::from(at.timestamp_subsec_nanos())
        });
        let key = match order {
            Order::AsRead => Key { no_start: false, rank: arrival.into(), id: None },
            Order::NewestFirst | Order::OldestFirst => {
                let nanos_in_order =
                    nanos.map(|n| if order == Order::NewestFirst { -n } else { n });
                Key {
                    no_start: nanos.is_none(),
                    rank: nanos_in_order.unwrap_or_default(),
                    id: Some(call.id.clone()),
                }
            }
        };
        Self { key, call, is_enriched }
    }
}

impl PartialEq for OrderedCall {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for OrderedCall {}

impl PartialOrd for OrderedCall {
    fn partial_cmp(&self, other: &Self) -> Option<cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for OrderedCall {
    fn cmp(&self, other: &Self) -> cmp::Ordering {
        self.key.cmp(&other.key)
    }
}
