use super::*;
use crate::{
    FilterField, Verdict,
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

/// The remaining batches: ids, rejected records, and new fingerprints.
fn rest(batches: &mut Batches<'_>) -> Vec<(Vec<String>, usize, usize)> {
    let shown = |batch: Batch| {
        let ids = batch.calls.iter().map(|call| call.call.id.call_id.clone()).collect();
        (ids, batch.rejected.len(), batch.seen.len())
    };
    batches.map(shown).collect::<Vec<_>>().now_or_never().unwrap()
}

fn ids(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

#[test]
fn batch_has_what_a_page_brought_and_nothing_comes_twice() {
    let source = Fake { page: 3, total: Some(5), ..fake("a", &UNORDERED, &CALLS) };
    let query = Query { status: vec![Status::Ended], limit: Some(1), ..Query::default() };
    let mut batches = read_batches(&source, &query, None);
    let found = rest(&mut batches);
    assert_eq!(found[..2], [(ids(&["1"]), 1, 3), (ids(&["3", "4"]), 0, 2)]);
    // The last page, and the first again, for what arrived meanwhile.
    assert_eq!(found[2..], [(); 2].map(|()| (Vec::new(), 0, 0)));
    let summary = batches.summary();
    assert_eq!((summary.pages, summary.records, summary.matched), (4, 5, 3));
    assert_eq!((summary.filtered, summary.set_aside, summary.duplicates), (1, 1, 2));
    assert_eq!(summary.verdict, Verdict::Complete);
}

#[test]
fn failed_run_resumes_behind_its_last_batch() {
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
    let summary = batches.summary();
    assert_eq!((summary.verdict, summary.pages, summary.matched), (Verdict::Partial, 2, 5));
    assert_eq!(summary.error.unwrap().to_string(), "a (fake): it broke");
    let resume = ResumeState { checkpoint: last.unwrap(), seen };
    let mended = Fake { page: 3, ..fake("a", &UNORDERED, &[&calls[..], &[("7", None)]].concat()) };
    let mut batches = read_batches(&mended, &query, Some(resume.clone()));
    assert_eq!(rest(&mut batches), [(ids(&["7"]), 0, 1), (Vec::new(), 0, 0)]);
    let summary = batches.summary();
    assert_eq!((summary.pages, summary.matched, summary.set_aside), (4, 6, 1));
    assert!(summary.error.is_none() && summary.cursor.is_none());
    // Failing once more keeps what was counted.
    let mut batches = read_batches(&failing, &query, Some(resume));
    assert!(rest(&mut batches).is_empty());
    assert_eq!((batches.summary().pages, batches.summary().matched), (2, 5));
}

#[test]
fn query_by_a_field_that_records_lack_has_no_batches() {
    let source = fake("a", &UNORDERED, &CALLS);
    let query = Query { campaign: vec!["spring".into()], ..Query::default() };
    let mut batches = read_batches(&source, &query, None);
    assert!(rest(&mut batches).is_empty());
    let error = batches.summary().error.unwrap();
    assert_eq!(error.unsupported_field(), Some(FilterField::Campaign));
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
    let lookback_floor = Some("2026-04-21T09:00:00Z".parse().unwrap());
    let query = Query { lookback_floor, ..Query::default() };
    let mut batches = read_batches(&source, &query, None);
    // More calls than a page lie an hour beyond: the last page is not asked for.
    let none = (Vec::new(), 0, 2);
    assert_eq!(rest(&mut batches), [(ids(&["1"]), 0, 2), (ids(&["3"]), 0, 2), none]);
    let plan = batches.plan();
    assert_eq!(plan.early_stop.len(), 1);
    let summary = batches.summary();
    assert_eq!((summary.verdict, summary.relies_on_order), (Verdict::StoppedEarly, true));
    let unordered = Fake { total: Some(5), ..fake("a", &UNORDERED, &CALLS) };
    let mut batches = read_batches(&unordered, &query, None);
    // A call comes twice, so that the head is read again.
    assert_eq!(rest(&mut batches), [(ids(&["1", "3"]), 1, 5), (Vec::new(), 0, 0)]);
}

/// As an earlier version wrote it after the first page.
const EARLIER: &str = r#"{"format":1,"vendor":"fake","account":"a","list":"GET /calls",
    "page_size":2,"question":"5ea296b8e4b2e07f315b77a81e745162",
    "key":"9467f0385048cf76f21a66d6983ac1fb","state":{"list":0,"pass":"initial","head_only":false,
    "listed":false,"settled":false,"changes":{"count":1,"filled":1,"filled_count":1,
    "last":"6b8a66dfef5f12934a63b8e59e005e6f","last_at":{"index":0,"offset":0,"size":9},
    "page_at":{"index":0,"offset":0,"size":9},"all":"755be34398dd25c0ed03dc92535ff401",
    "next":{"index":3,"offset":3,"size":9},"total":null,"min_stable_total":null,"changed":false,
    "arrived":0,"gap":false,"unconfirmed":false},"initial_all":"00000000000000000000000000000000",
    "rows":{"newest":"2026-04-21T09:00:00Z","oldest":"2026-04-21T08:00:00Z","newest_first":true,
    "oldest_first":false,"beyond":0,"reached":true,"contradicted":false},"in_list":3,
    "counts":{"verdict":{"is":"in_progress"},"pages":1,"records":3,"kept":2,"filtered":0,
    "duplicates":0,"partly_decoded":0,"set_aside":1,"undecided":0,"total":null,"moved":false,
    "recovered":null,"relies_on_order":false,"beyond_total":0}}}"#;
const EARLIER_SEEN: [u128; 3] = [
    0x7302_f866_4af3_d594_6e1c_d916_a2aa_37c9,
    0x24c7_8b94_ef4d_b66e_3ef2_3545_67e7_0e9c,
    0xdd91_5f48_5e9b_99be_3ff4_ce36_48ce_ad9c,
];

#[test]
fn checkpoint_of_an_earlier_version_is_resumed() {
    let source = Fake { page: 3, ..fake("a", &UNORDERED, &CALLS) };
    let query = Query::default();
    let seen = EARLIER_SEEN.map(|seen| Fingerprint::from_bytes(seen.to_be_bytes())).to_vec();
    let resume = ResumeState { checkpoint: serde_json::from_str(EARLIER).unwrap(), seen };
    let mut batches = read_batches(&source, &query, Some(resume));
    let found: Vec<_> = rest(&mut batches).into_iter().flat_map(|(ids, ..)| ids).collect();
    assert_eq!(found, ids(&["3", "4"]));
    let summary = batches.summary();
    assert_eq!((summary.records, summary.matched, summary.set_aside), (5, 4, 1));
    assert!(summary.error.is_none(), "{summary}");
}

#[test]
fn pass_of_an_earlier_version_is_a_word() {
    let words = [("initial", 0), ("first", 0), ("verify", 1), ("again", 1), ("arrivals", 1)];
    for (word, pass) in words {
        let text = EARLIER.replace("initial\"", &format!("{word}\""));
        let checkpoint: Checkpoint = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_value(checkpoint).unwrap()["state"]["pass"], pass, "{word}");
    }
}
