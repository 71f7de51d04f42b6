//! What a source's settings do, at every vendor.

use super::{fixtures, fixtures_with};
use callfold_unify::{Context, mappings, model::Call};

#[test]
fn start_is_given_in_the_time_zone_of_the_source() {
    let zone = "Europe/Berlin".parse().expect("a time zone");
    let context = Context::default().with_time_zone(zone);
    for mapping in mappings() {
        let calls = fixtures_with(mapping, &context).into_iter().flat_map(|one| one.mapped.calls);
        let calls: Vec<Call> = calls.filter(|call| call.started_at.is_some()).collect();
        assert!(!calls.is_empty(), "{}: no call has a start", mapping.vendor);
        for call in calls {
            let local = call.started_at_local.expect("a local start");
            assert_eq!(Some(local.to_utc()), call.started_at, "{}", call.id);
            let hours = local.offset().local_minus_utc() / 3_600;
            assert!((1..=2).contains(&hours), "{}: {local}", call.id);
        }
    }
}

#[test]
fn no_time_zone_is_guessed() {
    for mapping in mappings() {
        for fixture in fixtures(mapping) {
            let mut calls = fixture.mapped.calls.iter();
            assert!(calls.all(|call| call.started_at_local.is_none()), "{}", fixture.name);
        }
    }
}
