//! Pages that are not valid JSON: one odd byte costs the record it stands in,
//! and no other.

use crate::vendor::{Item, ItemPage, builder, client};
use bytes::Bytes;
use callfold_test_support::raw_server::{RawServer, ServerAction, ok};
use callfold_transport::{
    Error, ErrorKind, Lenient, List, ListOperation, Page, Response, ResponseValue,
};
use futures_util::TryStreamExt;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A record with something odd in it, and what is said about it.
const INVALID_RECORDS: [(&str, &str); 11] = [
    (r#"{"id":"odd","ratio":NaN}"#, "a number is NaN or infinite"),
    (r#"{"ratio":-Infinity,"id":"odd"}"#, "a number is NaN or infinite"),
    (r#"{"id":"odd","turns":[{"role":"a"},{"at_ms":Infinity}]}"#, "a number is NaN or infinite"),
    ("{\"id\":\"odd\",\"name\":\"two\nlines\"}", "a string holds a raw control character"),
    ("{\"id\":\"odd\",\"name\":\"a\u{0}b\"}", "a string holds a raw control character"),
    (
        "{\"id\":\"odd\",\"tags\":[\"a\tb\",\"\u{e4} ],}{\"]}",
        "a string holds a raw control character",
    ),
    ("{\"i\td\":1,\"id\":\"odd\"}", "a string holds a raw control character"),
    (r#"{"name":"C:\xampp","id":"odd"}"#, "a string holds an invalid escape"),
    (r#"{"id":"odd","name":"\u12g4"}"#, "a string holds an invalid escape"),
    (r#"{"id":"odd","count":undefined}"#, "a value is not JSON"),
    (r#"{"id":"odd","count":007}"#, "a value is not JSON"),
];

async fn read<L>(list: L) -> Result<Vec<Page<Item>>, Error>
where
    L: ListOperation<Record = Item>,
{
    list.pages().prefetch(1).try_collect().await
}

async fn first<L>(list: L) -> Result<Page<Item>, Error>
where
    L: ListOperation<Record = Item>,
{
    list.pages().next().await.unwrap()
}

async fn answered(body: &str) -> RawServer {
    RawServer::start(vec![ServerAction::Send(ok(body)), ServerAction::Send(ok("[]"))]).await
}

#[tokio::test]
async fn invalid_record_is_unusable_and_its_page_is_read() {
    for (odd, problem) in INVALID_RECORDS {
        let records = format!(r#"[{{"id":"a","name":"n"}}, {odd} ,{{"id":"b"}},{{"id":"c"}}]"#);
        let page = format!(r#"{{"data":{records},"pagination":{{"total":4,"has_more":false}}}}"#);
        for (body, in_envelope) in [(page, true), (records, false)] {
            let server = answered(&body).await;
            let client = client(&server.url);
            let pages = match in_envelope {
                true => read(client.list_items()).await,
                false => read(client.list_rows()).await,
            };
            let pages = pages.unwrap_or_else(|error| panic!("{body}: {error}"));
            let page = &pages[0];
            let id = |record: &Lenient<Item>| record.id().map(|id| id.into_owned());
            let ids: Vec<_> = page.records.iter().filter_map(id).collect();
            assert_eq!(ids, ["a", "odd", "b", "c"], "{body}");
            assert_eq!(page.total, in_envelope.then_some(4), "{body}");
            assert_eq!(page.has_more, in_envelope.then_some(false), "{body}");
            let aside = page.records[1].get().unwrap_err();
            assert_eq!(aside.reason, format!("the record is not valid JSON: {problem}"));
            assert_eq!(aside.id.as_deref(), Some("odd"), "{body}");
            let raw: String = serde_json::from_str(page.records[1].raw().get()).unwrap();
            assert_eq!(raw, odd);
            assert!(page.records[0].is_clean() && page.records[3].is_clean(), "{body}");
            assert_eq!(page.records[0].raw().get(), r#"{"id":"a","name":"n"}"#);
            let stats = client.stats();
            assert_eq!((stats.records, stats.rejected, stats.retries), (4, 1, 0), "{body}");
        }
    }
}

#[tokio::test]
async fn each_invalid_record_of_a_page_is_unusable() {
    let odd: Vec<_> = INVALID_RECORDS.iter().map(|(odd, _)| *odd).collect();
    let body = format!(r#"[NaN,{{"id":"a"}},{},{{"id":"b"}},{0}]"#, odd[0]);
    let server = answered(&body).await;
    let pages = read(client(&server.url).list_rows()).await.unwrap();
    let usable: Vec<_> = pages[0].records.iter().map(|record| record.get().is_ok()).collect();
    assert_eq!(usable, [false, true, false, true, false]);
    let body = format!("[{}]", odd.join(","));
    let server = answered(&body).await;
    let pages = read(client(&server.url).list_rows()).await.unwrap();
    assert_eq!(pages[0].records.len(), INVALID_RECORDS.len());
    assert!(pages[0].records.iter().all(|record| record.get().is_err()));
}

#[tokio::test]
async fn id_that_cannot_be_read_is_none() {
    for odd in ["{\"id\":\"a\nb\"}", r#"{"id":NaN}"#, r#"{"count":NaN}"#, r#"{"id":"a\q"}"#] {
        let server = answered(&format!("[{odd}]")).await;
        let pages = read(client(&server.url).list_rows()).await.unwrap();
        assert_eq!(pages[0].records[0].id(), None, "{odd}");
        assert_eq!(pages[0].records[0].get().unwrap_err().id, None, "{odd}");
    }
}

#[tokio::test]
async fn page_whose_quotes_or_brackets_do_not_match_is_an_error() {
    for odd in [
        r#"{"id":"odd","name":"said "hi" to me"}"#,
        r#"{"id":"odd","name":"C:\"}"#,
        r#"{"id":"odd","name":"no end}"#,
        r#"{"id":"odd","name":'two words'}"#,
        r#"{"id":"odd" "name":"n"}"#,
        r#"{"id":"odd","name":"n",}"#,
        r#"{"id":"odd","name":}"#,
        r#"{"id":"odd","tags":["a"}"#,
        r#"{"id":"odd"},"#,
        r#"{"id":"odd"}]"#,
    ] {
        let body = format!(r#"[{{"id":"a"}},{odd},{{"id":"b"}}]"#);
        let server = RawServer::start(vec![ServerAction::Send(ok(&body))]).await;
        let client = builder(&server.url).retries(0).build().unwrap();
        let error = read(client.list_rows()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}: {error}");
    }
}

#[tokio::test]
async fn odd_total_or_flag_counts_as_unsaid() {
    let body = r#"{"data":[{"id":"a"},{"id":"b","ratio":NaN}],
                   "pagination":{"total":NaN,"has_more":maybe}}"#;
    let server = answered(body).await;
    let page = first(client(&server.url).list_items()).await.unwrap();
    assert_eq!((page.total, page.has_more, page.records.len()), (None, None, 2));
}

#[tokio::test]
async fn totals_and_flags_are_read_however_they_are_written() {
    for (pagination, total, has_more) in [
        (r#"{"total":"1000","has_more":1}"#, Some(1000), Some(true)),
        (r#"{"total":1000.0,"has_more":"true"}"#, Some(1000), Some(true)),
        (r#"{"total":"many","has_more":"0"}"#, None, Some(false)),
        (r#"{"total":[1],"has_more":{"x":1}}"#, None, None),
        (r#"{"total":1e999,"has_more":2}"#, None, None),
        (r#"{"total":-5}"#, None, None),
        ("\"none\"", None, None),
        ("[1000,true]", None, None),
        ("7", None, None),
    ] {
        let body = format!(r#"{{"data":[{{"id":"a"}}],"pagination":{pagination}}}"#);
        let server = answered(&body).await;
        let page = first(client(&server.url).list_items()).await;
        let page = page.unwrap_or_else(|error| panic!("{body}: {error}"));
        assert_eq!((page.total, page.has_more), (total, has_more), "{body}");
        assert!(page.records[0].is_clean());
    }
}

#[tokio::test]
async fn invalid_byte_in_a_single_record_is_an_error() {
    for (odd, problem) in INVALID_RECORDS {
        let server = answered(odd).await;
        let error = client(&server.url).get_item("odd").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{odd}");
        assert_eq!(server.requests().len(), 1);
        let line = format!(
            "acme get_item: the response does not match the schema: {problem} (200): the text is \
             not valid JSON"
        );
        assert_eq!(error.to_string(), line);
    }
}

async fn decoded<T: DeserializeOwned>(body: &[u8]) -> Result<ResponseValue<T>, Error> {
    let body = Bytes::copy_from_slice(body);
    ResponseValue::from_response(Response::new(StatusCode::OK, HeaderMap::new(), body)).await
}

/// Whatever one byte of a page becomes: either the page is an error, or every
/// record that it does not belong to is read as it came.
#[tokio::test]
async fn no_byte_costs_or_makes_another_record() {
    let records = [
        r#"{"id":"a","name":"say \"x\"","count":1}"#,
        r#"{"id":"b","turns":[{"role":"r","words":[]},{"at_ms":2}],"ratio":-1.5e3}"#,
        r#"{"id":"c","owner":{"email":"{[,]}"},"done":true}"#,
    ];
    let page = format!(r#"{{"data":[{}],"pagination":{{"total":3}}}}"#, records.join(","));
    let starts = records.map(|record| page.find(record).unwrap());
    let (mut read, mut aside) = (0, 0);
    for at in 0..page.len() {
        for byte in b"\"\\{}[],:\n\0\tNx-0. \xe9/'" {
            let mut inserted = page.clone().into_bytes();
            inserted.insert(at, *byte);
            let mut replaced = page.clone().into_bytes();
            replaced[at] = *byte;
            for body in [inserted, replaced] {
                let text = String::from_utf8_lossy(&body);
                let Ok(value) = decoded::<ItemPage>(&body).await else { continue };
                if serde_json::from_str::<Value>(&text).is_ok() {
                    continue;
                }
                read += 1;
                let got = value.into_inner().data.unwrap();
                assert_eq!(got.len(), records.len(), "{text}");
                for ((got, sent), start) in got.iter().zip(records).zip(starts) {
                    if (start..=start + sent.len()).contains(&at) {
                        aside += usize::from(got.get().is_err());
                    } else {
                        assert!(got.is_clean() && got.raw().get() == sent, "{text}");
                    }
                }
            }
        }
    }
    assert!(read > 500 && aside > 500, "{read} pages read, {aside} records rejected");
}
