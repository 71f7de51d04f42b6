use super::*;
use crate::{
    Capability, Field, Item, Lookup, Order, Ordering, PageInfo, Paging, StopRule, Verdict, Walk,
    plan::{Standing, plan},
};
use callfold_unify::model::{CallId, Direction, Status};
use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream};
use serde_json::value::RawValue;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

const UNORDERED: Capability = Capability {
    list: "GET /calls",
    paging: Paging::Offset,
    default_page_size: 2,
    max_page_size: None,
    total: None,
    stop: StopRule::ShortPage,
    filters: &[],
    silent_on: &[Field::Campaign],
    detail_only: &[],
    order: Ordering::Unknown,
    lookup: Lookup::Scan,
    detail: &[],
};
const ORDERED: Capability = Capability { order: Ordering::NewestFirst, ..UNORDERED };

/// A source with these calls: id and hour of their start. Counts what is
/// pulled from it.
struct Fake {
    account: &'static str,
    capability: &'static Capability,
    calls: Vec<(&'static str, Option<u32>)>,
    fails_at_end: bool,
    total: Option<u64>,
    pulled: Arc<AtomicUsize>,
}

impl Fake {
    fn boxed(self) -> Box<dyn Source> {
        Box::new(self)
    }
}

fn fake(
    account: &'static str,
    capability: &'static Capability,
    calls: &[(&'static str, Option<u32>)],
) -> Fake {
    let pulled = Arc::default();
    Fake { account, capability, calls: calls.to_vec(), fails_at_end: false, total: None, pulled }
}

fn call(account: &str, id: &str, hour: Option<u32>) -> Call {
    let mut call = Call::new(CallId::new("fake", account, id));
    call.started_at = hour.map(|hour| format!("2026-04-21T{hour:02}:00:00Z").parse().unwrap());
    call.status = if id.starts_with('f') { Status::Failed } else { Status::Ended };
    call.raw = RawValue::from_string("{\"id\":1}".to_owned()).unwrap();
    call
}

fn failure(account: &str) -> ReadError {
    let error = callfold_transport::Error::InvalidRequest("it broke".to_owned());
    ReadError::transport("fake", account, error)
}

impl Source for Fake {
    fn vendor(&self) -> &'static str {
        "fake"
    }

    fn account(&self) -> &str {
        self.account
    }

    fn capability(&self) -> &'static Capability {
        self.capability
    }

    fn plan(&self, query: &Query) -> SourcePlan {
        let standing = Standing {
            vendor: "fake",
            account: self.account,
            capability: self.capability,
            page_size: 2,
            rate: 20.0,
            required: &[],
        };
        plan(query, &standing)
    }

    fn calls(&self, _: &SourcePlan, _: Walk) -> BoxStream<'static, Result<Item, ReadError>> {
        let (account, pulled) = (self.account, self.pulled.clone());
        let page = PageInfo { records: self.calls.len(), total: self.total, ..PageInfo::default() };
        let calls = self.calls.clone().into_iter().map(move |(id, hour)| {
            pulled.fetch_add(1, Relaxed);
            Ok(Item::Call(Box::new(call(account, id, hour))))
        });
        let end = self.fails_at_end.then(|| Err(failure(account)));
        stream::iter([Ok(Item::Page(page))].into_iter().chain(calls).chain(end)).boxed()
    }

    fn get(&self, id: &str) -> BoxFuture<'static, Result<Option<Call>, ReadError>> {
        let found = self.calls.iter().find(|(known, _)| *known == id);
        let found = found.map(|(id, hour)| call(self.account, id, *hour));
        let answer = if self.fails_at_end { Err(failure(self.account)) } else { Ok(found) };
        async move { answer }.boxed()
    }

    fn check(&self) -> BoxFuture<'static, Result<(), ReadError>> {
        async { Ok(()) }.boxed()
    }
}

fn answer(sources: &[Box<dyn Source>], query: &Query) -> Answer {
    read_calls(sources, query).now_or_never().unwrap()
}

fn ids(reading: &Answer) -> Vec<String> {
    reading.calls.iter().map(|c| format!("{}:{}", c.id.account, c.id.call_id)).collect()
}

#[test]
fn calls_of_all_sources_come_newest_first_and_those_without_a_start_last() {
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
    for (capability, pulled) in [(&ORDERED, 4), (&UNORDERED, 5)] {
        let source = fake("a", capability, &calls);
        let counter = source.pulled.clone();
        let reading = answer(&[source.boxed()], &query);
        assert_eq!(ids(&reading), ["a:1", "a:2"]);
        assert_eq!(counter.load(Relaxed), pulled, "a call of the same hour may sort before");
        let early = reading.sources[0].verdict == Verdict::StoppedEarly;
        assert_eq!(early, pulled < 5);
    }
}

#[test]
fn list_that_breaks_its_promised_order_is_read_whole() {
    let calls = [("1", Some(5)), ("2", Some(6)), ("3", Some(4)), ("4", Some(9))];
    let reading = answer(
        &[fake("a", &ORDERED, &calls).boxed()],
        &Query { limit: Some(1), ..Query::default() },
    );
    assert_eq!(ids(&reading), ["a:4"]);
    assert_eq!(reading.sources[0].verdict, Verdict::CannotKnow);
}

#[test]
fn report_counts_what_became_of_each_record() {
    let calls = [("1", Some(9)), ("f2", Some(8)), ("1", Some(9)), ("3", None)];
    let query = Query { status: Some(Status::Ended), ..Query::default() };
    let source = Fake { total: Some(3), ..fake("a", &UNORDERED, &calls) };
    let reading = answer(&[source.boxed()], &query);
    let report = &reading.sources[0];
    assert_eq!((report.pages, report.records, report.total), (1, 3, Some(3)));
    assert_eq!((report.kept, report.filtered, report.duplicates), (2, 1, 1));
    assert_eq!(ids(&reading), ["a:1", "a:3"]);
}

#[test]
fn source_that_fails_keeps_what_it_gave_and_stops_no_other() {
    let failing = Fake { fails_at_end: true, ..fake("a", &UNORDERED, &[("1", Some(9))]) };
    let sources = [failing.boxed(), fake("b", &UNORDERED, &[("2", Some(8))]).boxed()];
    let reading = answer(&sources, &Query::default());
    assert_eq!(ids(&reading), ["a:1", "b:2"]);
    assert_eq!(reading.sources[0].error.as_ref().unwrap().to_string(), "a (fake): it broke");
    assert!(reading.sources[1].error.is_none());
}

#[test]
fn question_the_vendor_never_answers_is_refused_without_a_request() {
    let source = fake("a", &UNORDERED, &[("1", Some(9))]);
    let counter = source.pulled.clone();
    let query = Query { campaign: Some("spring".into()), ..Query::default() };
    let reading = answer(&[source.boxed()], &query);
    let error = reading.sources[0].error.as_ref().unwrap();
    assert_eq!(error.unanswerable_field(), Some(Field::Campaign));
    assert_eq!(error.to_string(), "a (fake): the vendor's records do not tell the campaign");
    assert_eq!(counter.load(Relaxed), 0);
    let answered = Query { direction: Some(Direction::Inbound), ..Query::default() };
    assert!(answer(&[fake("a", &UNORDERED, &[]).boxed()], &answered).sources[0].error.is_none());
}

#[test]
fn call_is_looked_for_in_every_source() {
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
