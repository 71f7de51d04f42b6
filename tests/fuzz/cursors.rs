//! Places in a list that were stored, and come back as anything.

use callfold_transport::{Cursor, Lenient, ListOperation, Page, PageContents, Pages, Paging};
use futures_util::FutureExt as _;

/// Takes any bytes for a stored place, and reads on from there.
pub(crate) fn resumed(data: &[u8]) {
    let Ok(cursor) = serde_json::from_slice::<Cursor>(data) else { return };
    let written = serde_json::to_string(&cursor).expect("a cursor is written");
    let again: Cursor = serde_json::from_str(&written).expect("a written cursor is read back");
    assert_eq!(again, cursor, "a cursor changes");
    let styles = [
        Paging::pages(0),
        Paging::pages(1),
        Paging::offset().sizes(20, 20),
        Paging::token(),
        Paging::key("/id"),
        Paging::key("/at").sizes(2, 3).exclusive(),
    ];
    for paging in styles {
        for (total, has_more) in
            [(None, None), (Some(7), None), (Some(u64::MAX), None), (None, Some(true))]
        {
            walk(paging, &cursor, total, has_more);
        }
    }
}

type Record = <callfold_unify::vozagent::api::builder::ListCalls as ListOperation>::Record;

/// Six pages from a place on: no page comes twice, and a returned place
/// can be stored.
fn walk(paging: Paging, cursor: &Cursor, total: Option<u64>, has_more: Option<bool>) {
    let mut pages: Pages<'_, Record> = Pages::new(paging, move |at| {
        let record = |n: u64| format!(r#"{{"id":"call-{}-{n}","at":{}}}"#, at.index, n / 2);
        let texts = (0..u64::from(at.size.min(3))).map(record);
        let records = texts.map(|text| serde_json::from_str::<Lenient<Record>>(&text));
        let records: Vec<_> = records.collect::<Result<_, _>>().expect("records");
        let mut page = Page::from_contents(PageContents::new(records), &paging).expect("a page");
        (page.total, page.has_more) = (total, has_more);
        page.next_token = at.index.checked_add(1).map(|next| next.to_string());
        std::future::ready(Ok(page))
    })
    .resume(cursor.clone());
    let mut last = None;
    for _ in 0..6 {
        let Some(page) = pages.next().now_or_never().expect("the pages are at hand") else { break };
        let Ok(page) = page else { break };
        assert!(last.is_none_or(|last| page.index > last || last == u64::MAX), "a page twice");
        last = Some(page.index);
        if let Some(next) = page.next {
            let written = serde_json::to_string(&next).expect("a cursor is written");
            assert_eq!(serde_json::from_str(&written).ok(), Some(next), "a cursor changes");
        }
    }
}

/// Places at either end of what a place can be.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    const PLACES: [&str; 12] = [
        r#"{"index":2,"records":100,"size":50,"position":{"token":"abc"}}"#,
        r#"{"index":2,"records":100,"size":50,"skip":3,"position":{"token":null}}"#,
        r#"{"index":18446744073709551615,"records":18446744073709551615,"size":0,"position":{"key":{"after":"call-1-2","inclusive":true}},"known":[1,2],"cap":5}"#,
        r#"{"index":2,"records":9,"size":2,"position":{"key":{"after":"1","inclusive":false}}}"#,
        r#"{"index":0,"offset":0,"size":50}"#,
        r#"{"index":3,"offset":150,"size":50,"skip":7}"#,
        r#"{"index":18446744073709551615,"offset":18446744073709551615,"size":4294967295}"#,
        r#"{"index":18446744073709551614,"offset":1,"size":0,"skip":18446744073709551615}"#,
        r#"{"index":1,"offset":0,"size":1,"skip":2}"#,
        r#"{"index":-1,"offset":0.5,"size":"50"}"#,
        r#"{"index":0,"offset":0}"#,
        "null",
    ];
    PLACES.map(|place| place.as_bytes().to_vec()).into()
}

/// The members of a place.
pub(crate) fn words() -> Vec<String> {
    const WORDS: [&str; 11] = [
        "\"position\":",
        "{\"token\":",
        "{\"key\":{\"after\":",
        "\"inclusive\":",
        "\"records\":",
        "\"index\":",
        "\"offset\":",
        "\"size\":",
        "\"skip\":",
        "18446744073709551615",
        "4294967295",
    ];
    WORDS.map(str::to_owned).into()
}
