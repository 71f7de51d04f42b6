use super::*;
use crate::{
    Filter, ListPaging,
    fake::{UNORDERED, fake_plan},
};

const SELECTABLE: Capability = Capability {
    order: Ordering::Selectable {
        by: None,
        parameter: "sort",
        newest_first: "down",
        oldest_first: "up",
    },
    ..UNORDERED
};
const BY_OFFSET: Capability = Capability { filters: &[SINCE], ..SELECTABLE };
const BY_TOKEN: Capability = Capability { paging: ListPaging::Token, ..BY_OFFSET };
const UNFILTERED: Capability = Capability { paging: ListPaging::Token, ..SELECTABLE };

const SINCE: Filter = Filter::new(
    FilterField::StartedAt,
    "since",
    &[Operator::From],
    Pushdown::Time { widen_by_s: 0 },
);

/// The value of the only option of a plan.
fn direction(list: &'static Capability, query: &Query) -> String {
    let plan = fake_plan("a", list, 2, query);
    let [("sort", direction)] = &plan.options[..] else { panic!("{:?}", plan.options) };
    let oldest_first = plan.stated_order == Some(Order::OldestFirst);
    assert_eq!(oldest_first, direction.to_text() == "up");
    direction.to_string()
}

#[test]
fn list_that_does_not_shift_is_read_oldest_first_where_nothing_ends_it_early() {
    let at = Some("2026-04-21T12:00:00Z".parse().unwrap());
    let all = Query { order: Order::AsRead, ..Query::default() };
    let since = Query { since: at, ..all.clone() };
    assert_eq!(direction(&BY_TOKEN, &all), "up");
    assert_eq!(direction(&BY_TOKEN, &since), "up");
    for (list, query) in [
        (&BY_OFFSET, all.clone()),
        (&UNFILTERED, since),
        (&BY_TOKEN, Query { lookback_floor: at, ..all.clone() }),
        (&BY_TOKEN, Query { limit: Some(3), ..all }),
        (&BY_TOKEN, Query::default()),
    ] {
        assert_eq!(direction(list, &query), "down", "{query:?}");
    }
    let oldest = Query { order: Order::OldestFirst, ..Query::default() };
    assert_eq!(direction(&BY_OFFSET, &oldest), "up");
}
