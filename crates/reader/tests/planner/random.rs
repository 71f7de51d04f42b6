//! Random queries, compared with a brute-force filter over the truth.

use crate::support::{Row, TestRng, open, rows, sandbox};
use callfold_reader::{FilterField, Order, Query, Source, read_calls, vendors};
use callfold_unify::model::Status;
use chrono::TimeDelta;
use std::sync::Arc;

const RECORDS: usize = 5_000;
const QUERIES: usize = 50;
const FIELDS: [FilterField; 7] = [
    FilterField::StartedAt,
    FilterField::Direction,
    FilterField::Status,
    FilterField::Phone,
    FilterField::Agent,
    FilterField::Contact,
    FilterField::Campaign,
];

/// A query about what one call is, by some of the fields that a vendor tells.
fn query(
    rng: &mut TestRng,
    rows: &[Row],
    unavailable_fields: &[FilterField],
    costly: &[FilterField],
) -> Query {
    let row = &rows[rng.below(rows.len())];
    let mut query = Query {
        order: [Order::NewestFirst, Order::OldestFirst, Order::AsRead][rng.below(3)],
        limit: rng.one_in(3).then(|| 1 + rng.below(300)).filter(|_| rng.below(4) > 0),
        ..Query::default()
    };
    if query.order == Order::AsRead {
        // Which ones are the first is not defined then.
        query.limit = None;
    }
    for field in FIELDS.into_iter().filter(|field| !unavailable_fields.contains(field)) {
        if !rng.one_in(3) {
            continue;
        }
        let Some(one) = row.query_by(field, rng.one_in(2)) else { continue };
        query.since = one.since.or(query.since);
        query.until = one.until.or(query.until);
        query.direction.extend(one.direction);
        query.status.extend(one.status);
        query.phone.extend(one.phone);
        query.agent.extend(one.agent);
        query.contact.extend(one.contact);
        query.campaign.extend(one.campaign);
    }
    if rng.one_in(6) {
        query.lookback_floor = Some(row.started_at);
    }
    if rng.one_in(8) {
        query.status.push(Status::InProgress);
    }
    let days = |days: usize| TimeDelta::hours(24 * days as i64);
    if !rng.one_in(4) || query.fields().any(|field| costly.contains(&field)) {
        // A window around the call, smaller where each record costs a request.
        query.since = Some(row.started_at - days(rng.below(2)));
        query.until = Some(row.started_at + days(1 + rng.below(2)));
    }
    query
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_random_queries_return_the_expected_calls() {
    let sandbox = sandbox(RECORDS).await;
    let mut rng = TestRng::new(20);
    let truth: Vec<Arc<[Row]>> =
        vendors().iter().map(|vendor| rows(&sandbox, vendor.name).into()).collect();
    let answers: Vec<_> = (0..QUERIES)
        .map(|turn| {
            let rows = truth[turn % truth.len()].clone();
            let source = open(&sandbox, vendors()[turn % truth.len()].name, &[]);
            let capability = source.capability();
            let query =
                query(&mut rng, &rows, capability.unavailable_fields, capability.detail_only);
            tokio::spawn(async move { is_answered(source, &query, &rows).await })
        })
        .collect();
    let mut found_some = 0;
    for answer in answers {
        found_some += usize::from(answer.await.unwrap());
    }
    assert!(found_some > QUERIES / 2, "only {found_some} queries find anything");
}

/// Whether the right response holds any call; that it is right is asserted.
async fn is_answered(source: Box<dyn Source>, query: &Query, rows: &[Row]) -> bool {
    let vendor = source.vendor();
    let answer = read_calls(&[source], query).await;
    assert!(answer.sources[0].error.is_none(), "{vendor}: {:?}", answer.sources[0]);
    let mut found: Vec<_> = answer.calls.iter().map(|c| c.id.call_id.as_str()).collect();
    let mut expected: Vec<_> = rows.iter().filter(|row| row.matches(query)).collect();
    if query.order == Order::OldestFirst {
        expected.reverse();
    }
    expected.truncate(query.limit.unwrap_or(usize::MAX));
    let mut expected: Vec<_> = expected.iter().map(|row| row.id.as_str()).collect();
    if query.order == Order::AsRead {
        found.sort_unstable();
        expected.sort_unstable();
    }
    assert!(found == expected, "{vendor}: {query:?}: {} for {}", found.len(), expected.len());
    !expected.is_empty()
}
