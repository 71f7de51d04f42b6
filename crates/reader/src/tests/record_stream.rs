use super::*;
use crate::{
    FilterField, Order, Verdict,
    fake::{Fake, ORDERED, UNORDERED, fake},
};
use callfold_unify::model::{Direction, Status};
use futures_util::FutureExt;
use std::sync::atomic::Ordering::Relaxed;

fn answer(sources: &[Box<dyn Source>], query: &Query) -> QueryResult {
    read_calls(sources, query).now_or_never().unwrap()
}

fn ids(reading: &QueryResult) -> Vec<String> {
    reading.calls.iter().map(|c| format!("{}:{}", c.id.account, c.id.call_id)).collect()
}

#[test]
fn calls_of_all_sources_are_sorted_and_those_without_a_start_come_last() {
    let sources = [
        fake("a", &ORDERED, &[("1", Some(9)), ("2", Some(3)), ("3", None)]).boxed(),
        fake("b", &UNORDERED, &[("1", Some(3)), ("2", Some(7))]).boxed(),
    ];
    let newest = answer(&sources, &Query::default());
    assert_eq!(ids(&newest), ["a:1", "b:2", "a:2", "b:1", "a:3"]);
    let oldest = answer(&sources, &Query { order: Order::OldestFirst, ..Query::default() });
    assert_eq!(ids(&oldest), ["a:2", "b:1", "b:2", "a:1", "a:3"]);
    let arrived = answer(&sources, &Query { order: Order::AsRead, ..Query::default() });
    assert_eq!(ids(&arrived), ["a:1", "b:1", "a:2", "b:2", "a:3"]);
    assert!(newest.calls.iter().all(|call| call.raw.get() == "null"), "raw was not asked for");
}

#[test]
fn limit_reads_an_ordered_list_no_further_than_needed() {
    let calls = [("1", Some(9)), ("2", Some(8)), ("f3", Some(8)), ("4", Some(7)), ("5", Some(6))];
    let query = Query { limit: Some(2), ..Query::default() };
    for (capability, pulled) in [(&ORDERED, 4), (&UNORDERED, 6)] {
        let source = Fake { page: 1, total: Some(5), ..fake("a", capability, &calls) };
        let counter = source.pulled.clone();
        let reading = answer(&[source.boxed()], &query);
        assert_eq!(ids(&reading), ["a:1", "a:2"]);
        assert_eq!(counter.load(Relaxed), pulled, "a call of the same hour may sort before");
        let early = reading.sources[0].verdict == Verdict::StoppedEarly;
        assert_eq!(early, pulled < 6, "the head is read again after the end");
    }
}

#[test]
fn list_that_breaks_its_stated_order_is_read_to_its_end() {
    let calls = [("1", Some(5)), ("2", Some(6)), ("3", Some(4)), ("4", Some(9))];
    let reading = answer(
        &[fake("a", &ORDERED, &calls).boxed()],
        &Query { limit: Some(1), ..Query::default() },
    );
    assert_eq!(ids(&reading), ["a:4"]);
    assert_eq!(reading.sources[0].verdict, Verdict::Unverifiable);
}

#[test]
fn summary_counts_each_record() {
    let calls = [("1", Some(9)), ("f2", Some(8)), ("1", Some(9)), ("3", None)];
    let query = Query { status: vec![Status::Ended], ..Query::default() };
    let source = Fake { total: Some(3), ..fake("a", &UNORDERED, &calls) };
    let reading = answer(&[source.boxed()], &query);
    let report = &reading.sources[0];
    // One call came twice, so that the head is read again.
    assert_eq!((report.pages, report.records, report.total), (2, 3, Some(3)));
    assert_eq!((report.matched, report.filtered, report.duplicates), (2, 1, 1));
    assert_eq!(ids(&reading), ["a:1", "a:3"]);
}

#[test]
fn failed_source_keeps_its_calls_and_stops_no_other() {
    let failing = Fake { fails_at_end: true, ..fake("a", &UNORDERED, &[("1", Some(9))]) };
    let sources = [failing.boxed(), fake("b", &UNORDERED, &[("2", Some(8))]).boxed()];
    let reading = answer(&sources, &Query::default());
    assert_eq!(ids(&reading), ["a:1", "b:2"]);
    assert_eq!(reading.sources[0].error.as_ref().unwrap().to_string(), "a (fake): it broke");
    assert!(reading.sources[1].error.is_none());
}

#[test]
fn query_by_a_field_that_records_lack_is_refused_without_a_request() {
    let source = fake("a", &UNORDERED, &[("1", Some(9))]);
    let counter = source.pulled.clone();
    let query = Query { campaign: vec!["spring".into()], ..Query::default() };
    let reading = answer(&[source.boxed()], &query);
    let error = reading.sources[0].error.as_ref().unwrap();
    assert_eq!(error.unsupported_field(), Some(FilterField::Campaign));
    assert_eq!(error.to_string(), "a (fake): the vendor's records lack the campaign");
    assert_eq!(counter.load(Relaxed), 0);
    let answered = Query { direction: vec![Direction::Inbound], ..Query::default() };
    assert!(answer(&[fake("a", &UNORDERED, &[]).boxed()], &answered).sources[0].error.is_none());
}

#[test]
fn find_call_searches_every_source() {
    let failing = Fake { fails_at_end: true, ..fake("c", &UNORDERED, &[]) };
    let sources = [
        fake("a", &UNORDERED, &[("1", None)]).boxed(),
        fake("b", &UNORDERED, &[("1", None), ("2", None)]).boxed(),
        failing.boxed(),
    ];
    let (calls, errors) = find_call(&sources, "1").now_or_never().unwrap();
    let found: Vec<_> = calls.iter().map(|call| call.id.account.as_str()).collect();
    assert_eq!(found, ["a", "b"]);
    assert_eq!(errors.len(), 1);
}
