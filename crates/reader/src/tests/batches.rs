use super::*;
use crate::{
    Field, Verdict,
    fake::{Fake, ORDERED, UNORDERED, fake},
};
use callfold_unify::model::Status;
use futures_util::FutureExt;

const CALLS: [(&str, Option<u32>); 7] = [
    ("1", Some(9)),
    ("f2", Some(8)),
    ("!", None),
    ("3", None),
    ("1", Some(9)),
    ("4", Some(3)),
    ("!", None),
];

/// All that is left, as it is given: ids, records set aside, and new prints.
fn rest(batches: &mut Batches<'_>) -> Vec<(Vec<String>, usize, usize)> {
    let shown = |batch: Batch| {
        let ids = batch.calls.iter().map(|call| call.call.id.call_id.clone()).collect();
        (ids, batch.set_aside.len(), batch.seen.len())
    };
    batches.map(shown).collect::<Vec<_>>().now_or_never().unwrap()
}

fn ids(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

#[test]
fn batch_is_what_a_page_brought_and_nothing_comes_twice() {
    let source = Fake { page: 3, total: Some(5), ..fake("a", &UNORDERED, &CALLS) };
    let query = Query { status: Some(Status::Ended), limit: Some(1), ..Query::default() };
    let mut batches = read_batches(&source, &query, None);
    let found = rest(&mut batches);
    assert_eq!(found[..2], [(ids(&["1"]), 1, 3), (ids(&["3", "4"]), 0, 2)]);
    // The last page, and the first again, for what arrived meanwhile.
    assert_eq!(found[2..], [(); 2].map(|()| (Vec::new(), 0, 0)));
    let statement = batches.statement();
    assert_eq!((statement.pages, statement.records, statement.kept), (4, 5, 3));
    assert_eq!((statement.filtered, statement.set_aside, statement.duplicates), (1, 1, 2));
    assert_eq!(statement.verdict, Verdict::Complete);
}

#[test]
fn failed_run_goes_on_where_its_last_batch_ended() {
    let calls: Vec<_> = CALLS[..4].iter().chain(&[("5", None), ("6", None)]).copied().collect();
    let failing = Fake { page: 3, fails_at_end: true, ..fake("a", &UNORDERED, &calls) };
    let query = Query::default();
    let mut batches = read_batches(&failing, &query, None);
    let mut seen = Vec::new();
    let mut last = None;
    while let Some(batch) = batches.next().now_or_never().unwrap() {
        seen.extend(batch.seen);
        last = Some(batch.checkpoint);
    }
    let statement = batches.statement();
    assert_eq!((statement.verdict, statement.pages, statement.kept), (Verdict::Partial, 2, 5));
    assert_eq!(statement.error.unwrap().to_string(), "a (fake): it broke");
    let resume = Resume { checkpoint: last.unwrap(), seen };
    let mended = Fake { page: 3, ..fake("a", &UNORDERED, &[&calls[..], &[("7", None)]].concat()) };
    let mut batches = read_batches(&mended, &query, Some(resume.clone()));
    assert_eq!(rest(&mut batches), [(ids(&["7"]), 0, 1), (Vec::new(), 0, 0)]);
    let statement = batches.statement();
    assert_eq!((statement.pages, statement.kept, statement.set_aside), (4, 6, 1));
    assert!(statement.error.is_none() && statement.cursor.is_none());
    // Failing once more keeps what was counted.
    let mut batches = read_batches(&failing, &query, Some(resume));
    assert!(rest(&mut batches).is_empty());
    assert_eq!((batches.statement().pages, batches.statement().kept), (2, 5));
}

#[test]
fn question_the_vendor_never_answers_has_no_batches() {
    let source = fake("a", &UNORDERED, &CALLS);
    let query = Query { campaign: Some("spring".into()), ..Query::default() };
    let mut batches = read_batches(&source, &query, None);
    assert!(rest(&mut batches).is_empty());
    let error = batches.statement().error.unwrap();
    assert_eq!(error.unanswerable_field(), Some(Field::Campaign));
}

#[test]
fn look_back_ends_reading_and_keeps_calls_without_a_start() {
    let calls = [
        ("1", Some(9)),
        ("f2", Some(8)),
        ("3", None),
        ("4", Some(8)),
        ("5", Some(7)),
        ("6", Some(6)),
        ("7", Some(5)),
    ];
    let source = Fake { page: 2, total: Some(7), ..fake("a", &ORDERED, &calls) };
    let back_to = Some("2026-04-21T09:00:00Z".parse().unwrap());
    let query = Query { back_to, ..Query::default() };
    let mut batches = read_batches(&source, &query, None);
    // More calls than a page lie an hour beyond: the last page is not asked for.
    let none = (Vec::new(), 0, 2);
    assert_eq!(rest(&mut batches), [(ids(&["1"]), 0, 2), (ids(&["3"]), 0, 2), none]);
    let plan = batches.plan();
    assert_eq!(plan.early_stop.len(), 1);
    let statement = batches.statement();
    assert_eq!((statement.verdict, statement.relies_on_order), (Verdict::StoppedEarly, true));
    let unordered = Fake { total: Some(5), ..fake("a", &UNORDERED, &CALLS) };
    let mut batches = read_batches(&unordered, &query, None);
    // A call comes twice, so that the head is read again.
    assert_eq!(rest(&mut batches), [(ids(&["1", "3"]), 1, 5), (Vec::new(), 0, 0)]);
}
