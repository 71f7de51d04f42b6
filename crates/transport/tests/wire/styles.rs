//! The four styles of paging, against a vendor that has its list in memory.

use crate::vendor::Item;
use callfold_transport::{
    Cursor, Error, ErrorKind, Lenient, Page, PageContents, PageRequest, PageWarning, Pages, Paging,
    Position, StopRule,
};
use futures_util::FutureExt;
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The most records on a page.
const MAX: u32 = 20;

const STYLES: [Paging; 7] = [
    Paging::pages(1).sizes(5, MAX),
    Paging::offset().sizes(5, MAX),
    Paging::token().sizes(5, MAX),
    Paging::key("/at").sizes(5, MAX),
    Paging::key("/at").exclusive().sizes(5, MAX),
    Paging::key("/id").sizes(5, MAX),
    Paging::key("/id").exclusive().sizes(5, MAX),
];
const CHAINS: std::ops::Range<usize> = 2..7;

/// A list, newest first: its records by number, the highest first.
#[derive(Clone)]
struct List {
    rows: Vec<u64>,
    /// So many records have the same key.
    ties: u64,
    requests: usize,
}

fn key(paging: Paging, row: u64, ties: u64) -> u64 {
    let is_id = paging == STYLES[5] || paging == STYLES[6];
    if is_id { row } else { row / ties }
}

impl List {
    fn of(rows: u64, ties: u64) -> Self {
        Self { rows: (0..rows).rev().collect(), ties, requests: 0 }
    }

    fn serve(&mut self, paging: Paging, asked: &PageRequest) -> Page<Item> {
        self.requests += 1;
        let size = asked.size.min(MAX) as usize;
        let before =
            |is_before: &dyn Fn(u64) -> bool| self.rows.partition_point(|row| is_before(*row));
        let number = |text: &str| text.parse::<u64>().unwrap();
        let start = match &asked.position {
            Position::Page(page) => (*page as usize - 1) * size,
            Position::Offset(offset) => *offset as usize,
            Position::Token(token) => {
                token.as_deref().map_or(0, |last| before(&|row| row >= number(last)))
            }
            Position::Key { after, inclusive } => after.as_deref().map_or(0, |after| {
                let after = number(after);
                before(&|row| {
                    let key = key(paging, row, self.ties);
                    key > after || (key == after && !inclusive)
                })
            }),
            other => panic!("no test for {other:?}"),
        };
        let start = start.min(self.rows.len());
        let rows = &self.rows[start..(start + size).min(self.rows.len())];
        let more = start + rows.len() < self.rows.len();
        let token = rows.last().filter(|_| more).map(u64::to_string);
        let contents = PageContents::new(records(rows, self.ties));
        Page::from_contents(contents.next_token(token), &paging).unwrap()
    }
}

fn records(rows: &[u64], ties: u64) -> Vec<Lenient<Item>> {
    let json = rows.iter().map(|row| format!(r#"{{"id":"{row}","at":{}}}"#, row / ties));
    serde_json::from_str(&format!("[{}]", json.collect::<Vec<_>>().join(","))).unwrap()
}

/// The pages of a list; `between` happens before each request but the first.
fn pages(
    paging: Paging,
    list: &Arc<Mutex<List>>,
    between: impl Fn(&mut List) + Send + Sync + 'static,
) -> Pages<'static, Item> {
    let list = list.clone();
    Pages::new(paging, move |asked| {
        let mut list = list.lock().unwrap();
        if list.requests > 0 {
            between(&mut list);
        }
        std::future::ready(Ok(list.serve(paging, &asked)))
    })
}

fn shared(list: List) -> Arc<Mutex<List>> {
    Arc::new(Mutex::new(list))
}

/// Measured by a clock that only waiting moves.
#[tokio::test(start_paused = true)]
async fn known_pages_are_requested_at_once() {
    const ROWS: u64 = 190;
    let paging = Paging::pages(1).sizes(MAX, MAX);
    let pages = Pages::<Item>::new(paging, move |asked| async move {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let start = (asked.page() - 1) * u64::from(asked.size);
        let rows: Vec<u64> = (start..ROWS.min(start + u64::from(asked.size))).collect();
        let contents = PageContents::new(records(&rows, 1)).total(i64::try_from(ROWS).ok());
        Ok(Page::from_contents(contents, &paging).unwrap())
    });
    let started = tokio::time::Instant::now();
    let mut rows = pages.prefetch(5).into_records();
    let mut count = 0;
    while let Some(row) = rows.next().await {
        assert_eq!(row.unwrap().id().unwrap(), count.to_string());
        count += 1;
    }
    assert_eq!(count, ROWS);
    // One alone, then up to five at once; one after another would take 750 ms.
    assert!((250..=254).contains(&started.elapsed().as_millis()), "{:?}", started.elapsed());
}

/// All that is left, and the error that ended it.
fn rest(pages: Pages<'_, Item>) -> (Vec<u64>, Option<Error>) {
    let mut records = pages.into_records();
    let (mut ids, mut error) = (Vec::new(), None);
    while let Some(record) = records.next().now_or_never().unwrap() {
        match record {
            Ok(record) => ids.push(record.id().unwrap().parse().unwrap()),
            Err(failed) => error = Some(failed),
        }
    }
    (ids, error)
}

fn all(pages: Pages<'_, Item>) -> Vec<u64> {
    let (ids, error) = rest(pages);
    assert!(error.is_none(), "{error:?}");
    ids
}

#[test]
fn page_that_does_not_begin_with_its_key_is_noted_as_repeated() {
    let paging = STYLES[3];
    let pages = Pages::<Item>::new(paging, move |_| {
        let contents = PageContents::new(records(&[9, 8, 7], 1));
        std::future::ready(Ok(Page::from_contents(contents, &paging).unwrap()))
    });
    let mut records = pages.into_records();
    let mut count = 0;
    while let Some(record) = records.next().now_or_never().unwrap() {
        record.unwrap();
        count += 1;
    }
    assert_eq!(count, 3);
    assert_eq!(records.notes(), [PageWarning::Repeated { of: 0 }]);
}

#[test]
fn each_style_keeps_the_order_whatever_shares_a_key_at_a_boundary() {
    for paging in STYLES {
        for ties in [1, 2, 3, 5, 8, 13, 19] {
            for count in [0, 1, 2, 4, 5, 6, 19, 20, 21, 60] {
                for size in [1, 2, 5, 20] {
                    let list = shared(List::of(count, ties));
                    let found = all(pages(paging, &list, |_| {}).page_size(size));
                    let expected: Vec<_> = (0..count).rev().collect();
                    assert_eq!(found, expected, "{paging:?}, {ties} ties, pages of {size}");
                }
            }
        }
    }
}

#[test]
fn more_records_of_one_key_than_a_page_holds_are_an_error_and_not_lost() {
    for paging in &STYLES[3..5] {
        let list = shared(List::of(70, 21));
        let (found, error) = rest(pages(*paging, &list, |_| {}));
        let error = error.unwrap();
        assert_eq!(error.kind(), ErrorKind::Vendor);
        let what = "has 20 records and all have the same /at: no page is large enough to read \
                    beyond them";
        assert!(error.to_string().ends_with(what), "{error}");
        // The seven newest have a key of their own, and of the next 20 are shown.
        assert_eq!(found[..7], (63..70).rev().collect::<Vec<_>>());
        assert!(list.lock().unwrap().requests < 12);
    }
}

#[test]
fn records_that_come_and_go_between_requests_hide_no_other() {
    for paging in &STYLES[CHAINS] {
        for seed in 1..40_u64 {
            let list = shared(List {
                rows: (0..300).rev().map(|row| row * 10).collect(),
                ties: 30,
                requests: 0,
            });
            let before = list.lock().unwrap().rows.clone();
            let found = all(pages(*paging, &list, move |list| {
                let turn = list.requests as u64 * 7919 * seed;
                let last = list.rows.len() - 1;
                list.rows.remove((turn % last as u64) as usize);
                let new = turn % 3000 / 10 * 10 + 1 + turn % 9;
                let place = list.rows.partition_point(|row| *row > new);
                if list.rows.get(place) != Some(&new) {
                    list.rows.insert(place, new);
                }
            }));
            let old: Vec<_> = found.iter().filter(|row| before.contains(row)).collect();
            assert!(old.is_sorted_by(|a, b| a > b), "{paging:?} {seed}: {old:?}");
            let once: HashSet<_> = found.iter().collect();
            assert_eq!(once.len(), found.len(), "{paging:?} {seed}: twice");
            let after = &list.lock().unwrap().rows;
            for row in before.iter().filter(|row| after.contains(row)) {
                assert!(found.contains(row), "{paging:?} {seed}: {row} was lost");
            }
        }
    }
}

#[test]
fn list_is_resumed_after_any_record() {
    for paging in STYLES {
        for ties in [1, 4, 7] {
            let list = shared(List::of(43, ties));
            for stop in 0..43 {
                let mut records = pages(paging, &list, |_| {}).into_records();
                let mut ids: Vec<u64> = Vec::new();
                for _ in 0..stop {
                    let record = records.next().now_or_never().unwrap().unwrap().unwrap();
                    ids.push(record.id().unwrap().parse().unwrap());
                }
                let cursor = records.cursor().unwrap();
                let is_exact = STYLES[CHAINS].contains(&paging);
                assert!(!is_exact || cursor.records_before() == stop, "{paging:?}");
                let text = serde_json::to_string(&cursor).unwrap();
                let cursor: Cursor = serde_json::from_str(&text).unwrap();
                ids.extend(all(pages(paging, &list, |_| {}).resume(cursor)));
                assert_eq!(ids, (0..43).rev().collect::<Vec<_>>(), "{paging:?} after {stop}");
            }
        }
    }
}

#[test]
fn list_of_more_than_10_000_pages_is_read_to_its_end() {
    for paging in STYLES {
        let list = shared(List::of(50_100, 3));
        assert_eq!(all(pages(paging, &list, |_| {})).len(), 50_100, "{paging:?}");
        assert!(list.lock().unwrap().requests > 10_000, "{paging:?}");
    }
    let list = shared(List::of(10_050, 1));
    assert_eq!(all(pages(STYLES[2], &list, |_| {}).page_size(1)).len(), 10_050);
    assert_eq!(list.lock().unwrap().requests, 10_050);
}

/// A list by token whose pages are made by hand: records, token and flag.
fn by_token(
    paging: Paging,
    page: impl Fn(u64) -> (Vec<u64>, Option<String>, Option<bool>) + Send + Sync + 'static,
) -> Pages<'static, Item> {
    Pages::new(paging, move |asked| {
        let (rows, token, more) = page(asked.index);
        let contents = PageContents::new(records(&rows, 1)).next_token(token).has_more(more);
        std::future::ready(Ok(Page::from_contents(contents, &paging).unwrap()))
    })
}

#[test]
fn loops_and_contradictions_of_tokens_are_named() {
    let token = |number: u64| Some(format!("t{number}"));
    let failed = |pages| {
        let (ids, error) = rest(pages);
        (ids.len(), error.unwrap().to_string())
    };
    let (read, error) = failed(by_token(STYLES[2], move |n| (vec![n], token(n % 4), None)));
    assert_eq!(read, 4);
    assert!(
        error.ends_with("page 5 has a token that an earlier page had: the list is stuck"),
        "{error}"
    );
    let (read, error) = failed(by_token(STYLES[2], move |n| (vec![n % 3, 7], token(n), None)));
    assert_eq!(read, 4);
    let what = "page 4 has only records that earlier pages had: the list is stuck";
    assert!(error.ends_with(what), "{error}");
    let (read, error) = failed(by_token(STYLES[2], |n| (vec![n], None, Some(true))));
    assert_eq!(read, 0);
    let what = "page 1 announces more records but has no token to request them";
    assert!(error.ends_with(what), "{error}");
    let (_, error) = failed(by_token(STYLES[2], move |n| (vec![], token(n), None)));
    let what = "page 1001 is the last of 1001 in a row without a new record, and has a token for \
                another";
    assert!(error.ends_with(what), "{error}");
}

#[test]
fn stop_rule_decides_what_ends_a_list_by_token() {
    // Empty pages have a token, and the list goes on behind them.
    let page = |n: u64| {
        let rows = if (2..40).contains(&n) { vec![] } else { vec![n] };
        (rows, (n < 45).then(|| format!("t{n}")), Some(n < 43))
    };
    assert_eq!(all(by_token(STYLES[2], page)).last(), Some(&45), "the token");
    let flag = STYLES[2].stop(StopRule::Flag { field: "has_more" });
    assert_eq!(all(by_token(flag, page)).last(), Some(&43), "the flag");
    let empty = |n: u64| (vec![n], (n < 3).then(|| format!("t{n}")).or(Some(String::new())), None);
    assert_eq!(all(by_token(STYLES[2], empty)), [0, 1, 2, 3], "an empty token is none");
}

#[test]
fn vendor_that_ignores_the_key_is_detected() {
    for paging in &STYLES[3..] {
        let ignored = |rows: Vec<u64>| {
            let paging = *paging;
            Pages::new(paging, move |asked: PageRequest| {
                let rows = &rows[..rows.len().min(asked.size as usize)];
                let contents = PageContents::new(records(rows, 1));
                std::future::ready(Ok(Page::from_contents(contents, &paging).unwrap()))
            })
        };
        let (found, error) = rest(ignored((0..50).rev().collect()));
        assert_eq!(found.len(), 5, "{paging:?}");
        let error = error.unwrap().to_string();
        let what = "page 2 has only records that earlier pages had: the list is stuck";
        assert!(error.ends_with(what), "{error}");
        // All there is fits on a page.
        assert_eq!(all(ignored(vec![3, 2, 1])), [3, 2, 1]);
    }
}

#[test]
fn page_without_its_key_is_an_error_that_names_it() {
    let paging = Paging::key("/started").sizes(5, MAX);
    let list = shared(List::of(9, 1));
    let (_, error) = rest(pages(paging, &list, |_| {}));
    let error = error.unwrap().to_string();
    assert!(error.ends_with("page 1 has no record with /started to continue from"), "{error}");
    let list = shared(List::of(3, 1));
    assert_eq!(all(pages(paging, &list, |_| {})), [2, 1, 0], "and it is not needed at the end");
}

#[test]
fn cursor_of_another_style_is_refused() {
    for (one, paging) in STYLES.into_iter().enumerate() {
        let list = shared(List::of(30, 1));
        let cursor = pages(paging, &list, |_| {}).cursor().unwrap();
        for (other, paging) in STYLES.into_iter().enumerate() {
            let kind = |style: usize| style.clamp(1, 3);
            let mut resumed = pages(paging, &list, |_| {}).resume(cursor.clone());
            let first = resumed.next().now_or_never().unwrap().unwrap();
            match kind(one) == kind(other) {
                true => assert_eq!(first.unwrap().records.len(), 5),
                false => {
                    assert_eq!(first.unwrap_err().kind(), ErrorKind::InvalidRequest);
                    assert!(resumed.next().now_or_never().unwrap().is_none());
                }
            }
        }
    }
}

#[test]
fn cursor_of_an_earlier_version_is_read() {
    let text =
        r#"{"index":3,"offset":150,"size":50,"skip":7,"step":20,"overlaps":true,"fixed_page":8}"#;
    let cursor: Cursor = serde_json::from_str(text).unwrap();
    assert_eq!(cursor.records_before(), 157);
    assert_eq!(serde_json::to_string(&cursor).unwrap(), text);
    let list = shared(List::of(30, 1));
    let cursor: Cursor = serde_json::from_str(r#"{"index":2,"offset":10,"size":5}"#).unwrap();
    assert_eq!(
        all(pages(STYLES[1], &list, |_| {}).resume(cursor)),
        (0..20).rev().collect::<Vec<_>>()
    );
}

#[test]
fn full_page_without_its_envelope_does_not_end_a_list_by_token() {
    let list = |rows: u64| {
        let pages = Pages::new(Paging::token().sizes(5, MAX), move |_| {
            let rows: Vec<u64> = (0..rows).rev().collect();
            let contents = PageContents::new(records(&rows, 1));
            let mut page = Page::from_contents(contents, &Paging::token()).unwrap();
            page.notes.push(PageWarning::BareArray);
            std::future::ready(Ok(page))
        });
        rest(pages.page_size(5))
    };
    let (ids, error) = list(3);
    assert_eq!((ids.len(), error.is_none()), (3, true), "a short page can be the last");
    let error = list(5).1.expect("an error");
    assert_eq!(error.kind(), ErrorKind::Vendor);
    assert!(error.to_string().contains("without the token of the next page"), "{error}");
}
