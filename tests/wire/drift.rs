//! Responses 200 that are not what the spec says.

use super::callers::{ListOptions, ListResult, Settings};
use super::rows::Row;
use super::{Call, assert_all, assert_fails, connect, each, each_call, expected, leaks};
use callfold_test_support::raw_server::{RawServer, ServerAction, ok, response};
use callfold_transport::{ErrorKind, PageWarning};
use serde_json::{Value, json};

/// Walks a list whose every page is this body.
async fn walk_of(row: &'static Row, body: impl Into<Vec<u8>>) -> (ListResult, usize) {
    let server =
        RawServer::start(vec![ServerAction::Send(response("200 OK", "", &body.into()))]).await;
    let settings = Settings { retries: 1, ..Settings::shared(&server.url) };
    let listed = connect(row, &settings).list(ListOptions::default()).await;
    (listed, server.connections())
}

/// The whole list of three as JSON, to be changed.
fn page(row: &Row) -> Value {
    serde_json::from_str(&row.complete(3)).expect("a page")
}

#[tokio::test]
async fn html_page_is_retried_and_then_a_decode_error() {
    let html = format!("<!doctype html>\n<html><body><p>{}</p></body></html>", leaks::BODY);
    each_call(async |row, call| {
        let page = response("200 OK", "", html.as_bytes());
        let server = RawServer::start(vec![ServerAction::Send(page)]).await;
        let settings = Settings { retries: 1, ..Settings::shared(&server.url) };
        let error = call.fails(&*connect(row, &settings)).await;
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Decode, 2), "{call:?} {error}");
        assert!(error.to_string().contains("HTML"), "{call:?} {error}");
    })
    .await;
}

#[tokio::test]
async fn status_without_a_body_is_an_error() {
    each_call(async |row, call| {
        let bytes = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_vec();
        let server = RawServer::start(vec![ServerAction::Send(bytes)]).await;
        let error = call.fails(&*connect(row, &Settings::shared(&server.url))).await;
        assert_eq!((error.kind(), error.http_status()), (ErrorKind::Decode, Some(204)), "{error}");
        let words = "the response does not match the schema: this status is not in the spec (204)";
        assert!(error.to_string().ends_with(words), "{call:?} {error}");
        assert_eq!(server.connections(), 1, "{call:?}");
    })
    .await;
}

#[tokio::test]
async fn success_status_with_a_failure_body_is_an_error() {
    let message = format!("quota of {} used up", leaks::PHONE);
    let bodies = [
        json!({ "success": false, "message": message, "data": leaks::BODY }),
        json!({ "status": "error", "message": "", "error": message, "data": null }),
    ];
    each_call(async |row, call| {
        for body in &bodies {
            let server = RawServer::start(vec![ServerAction::Send(ok(&body.to_string()))]).await;
            let error = call.fails(&*connect(row, &Settings::shared(&server.url))).await;
            assert_eq!(error.kind(), ErrorKind::Vendor, "{call:?} {error}");
            assert!(error.to_string().contains("quota"), "{call:?} {error}");
            assert_eq!(server.connections(), 1, "{call:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn body_without_a_page_is_a_decode_error_not_an_empty_list() {
    let strange = format!(r#"{{"{}": [1]}}"#, leaks::BODY);
    each(async |row| {
        for body in
            ["{}", "null", "true", "7", "\"text\"", r#"{"data":{}}"#, r#"{"data":7}"#, &strange]
        {
            let (listed, requests) = walk_of(row, body).await;
            let error = listed.error.as_ref().unwrap_or_else(|| panic!("{body} is an empty list"));
            assert_eq!(error.kind(), ErrorKind::Decode, "{body}: {error}");
            assert!(error.json_path().is_some(), "{body}: {error}");
            assert_eq!(requests, 1, "{body}");
        }
    })
    .await;
}

#[tokio::test]
async fn body_without_a_call_gives_no_call() {
    each(async |row| {
        for body in ["{}", "null", "[]", "7", r#"{"data":null}"#, r#"{"data":[]}"#] {
            let server = RawServer::start(vec![ServerAction::Send(ok(body))]).await;
            let settings = Settings { retries: 0, ..Settings::shared(&server.url) };
            match connect(row, &settings).single().await {
                Ok(there_is_one) => assert!(!there_is_one, "{body}"),
                Err(error) => assert_eq!(error.kind(), ErrorKind::Decode, "{body}: {error}"),
            }
        }
    })
    .await;
}

#[tokio::test]
async fn records_that_are_null_or_missing_are_named() {
    each(async |row| {
        let Some((parent, name)) = row.items.rsplit_once('/') else { return };
        for missing in [false, true] {
            let mut body = page(row);
            let parent =
                body.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object");
            match missing {
                true => drop(parent.remove(name)),
                false => drop(parent.insert(name.to_owned(), Value::Null)),
            }
            let (listed, _) = walk_of(row, body.to_string()).await;
            match &listed.error {
                Some(error) => {
                    assert_eq!(error.kind(), ErrorKind::Decode, "missing {missing}: {error}");
                    let path = error.json_path().unwrap_or_default();
                    assert!(row.items.starts_with(path), "missing {missing}: {error}");
                }
                // Where null is how an empty list comes, the total disagrees.
                None => {
                    let note = PageWarning::FewerThanTotal { total: 3, received: 0 };
                    assert!(listed.notes.contains(&note), "missing {missing}: {:?}", listed.notes);
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn null_instead_of_no_records_is_an_empty_list() {
    each(async |row| {
        // Without a total nothing shows that no record is missing.
        if row.items.is_empty() || !row.total {
            return;
        }
        let mut body: Value = serde_json::from_str(&row.complete(0)).unwrap();
        *body.pointer_mut(row.items).expect("the records") = Value::Null;
        let (listed, requests) = walk_of(row, body.to_string()).await;
        assert_all(&listed, 0);
        assert_eq!(requests, 1);
    })
    .await;
}

#[tokio::test]
async fn bare_array_instead_of_an_object_is_read_with_a_warning() {
    each(async |row| {
        let (listed, _) = walk_of(row, row.bare(0..3)).await;
        assert_all(&listed, 3);
        let noted = listed.notes.contains(&PageWarning::BareArray);
        assert_eq!(noted, !row.items.is_empty(), "{:?}", listed.notes);
    })
    .await;
}

#[tokio::test]
async fn bare_array_without_records_is_an_empty_list() {
    each(async |row| {
        let (listed, requests) = walk_of(row, "[]").await;
        assert_all(&listed, 0);
        assert_eq!(requests, 1);
    })
    .await;
}

#[tokio::test]
async fn object_instead_of_a_bare_array_is_an_error() {
    each(async |row| {
        if !row.items.is_empty() {
            return;
        }
        let body = json!({ "data": [row.record(0)], "total": 1 });
        let (listed, _) = walk_of(row, body.to_string()).await;
        assert_fails(&listed, ErrorKind::Decode);
    })
    .await;
}

#[tokio::test]
async fn invalid_bytes_cost_no_record() {
    each(async |row| {
        let complete = row.complete(3);
        let with_mark = ["\u{feff}", &complete].concat();
        let spaced = format!(" \r\n\t{complete}\n\n");
        for body in [with_mark, spaced] {
            let (listed, _) = walk_of(row, body).await;
            assert_all(&listed, 3);
        }
        // One byte of one record that no text can hold.
        let at = complete.find(leaks::BODY).expect("the marker");
        let mut bytes = complete.into_bytes();
        bytes[at] = 0xff;
        let (listed, _) = walk_of(row, bytes).await;
        assert_all(&listed, 3);
        assert!(listed.notes.contains(&PageWarning::NotUtf8), "{:?}", listed.notes);
    })
    .await;
}

#[tokio::test]
async fn body_that_is_followed_by_something_is_an_error() {
    each_call(async |row, call| {
        for tail in ["}", "{}", "garbage", "\0"] {
            let body = call.body(row) + tail;
            let server = RawServer::start(vec![ServerAction::Send(ok(&body))]).await;
            let settings = Settings { retries: 0, ..Settings::shared(&server.url) };
            let error = call.fails(&*connect(row, &settings)).await;
            assert_eq!(error.kind(), ErrorKind::Decode, "{call:?} {tail}: {error}");
        }
    })
    .await;
}

#[tokio::test]
async fn media_type_does_not_matter() {
    each(async |row| {
        let body = row.complete(2);
        let length = body.len();
        for kind in ["text/plain", "application/octet-stream", "text/html; charset=utf-8"] {
            let bytes = format!(
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: {kind}\r\n\
                 content-length: {length}\r\n\r\n{body}"
            );
            let server = RawServer::start(vec![ServerAction::Send(bytes.into_bytes())]).await;
            let result = Call::List.on(&*connect(row, &Settings::shared(&server.url))).await;
            assert!(result.is_ok(), "{kind}: {result:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn items_that_are_not_records_do_not_cost_the_others() {
    each(async |row| {
        let mut records: Vec<_> = (0..3).map(|number| row.record(number)).collect();
        let mut nameless = row.record(1);
        nameless.as_object_mut().expect("an object").clear();
        for odd in [Value::Null, json!(7), json!([leaks::BODY]), json!(leaks::BODY), nameless] {
            records.insert(1, odd);
        }
        let page = move |requested: super::RequestedPage| {
            let range = requested.range(records.len(), usize::MAX);
            let announced = super::rows::AnnouncedPaging::truth(&range, records.len());
            let mut body: Value = serde_json::from_str(&row.page([], announced)).expect("a page");
            *body.pointer_mut(row.items).expect("the records") = records[range].into();
            body.to_string()
        };
        let server = super::serve(row, page).await;
        let (listed, _) = super::read_list(row, &server, ListOptions::default()).await;
        assert!(listed.error.is_none(), "{:?}", listed.error);
        let mut ids = expected(3);
        ids.splice(1..1, vec![String::new(); 5]);
        assert_eq!(listed.ids, ids, "a record is lost, or made up");
    })
    .await;
}

#[tokio::test]
async fn invalid_byte_costs_one_record_of_any_list() {
    each(async |row| {
        let complete = row.complete(5);
        let before = format!("{:?}", super::rows::id(3));
        for odd in
            ["NaN", "-Infinity", "\"two\nlines\"", "\"a\u{1f}b\"", r#""C:\x""#, r#""\u00g0""#]
        {
            let (from, to) = (before.clone(), format!("{before},\"odd\":{odd}"));
            let body = complete.replacen(&from, &to, 1);
            assert!(serde_json::from_str::<Value>(&body).is_err(), "{odd} is valid");
            let page = move |requested| row.truth(requested, 5, usize::MAX).replacen(&from, &to, 1);
            let server = super::serve(row, page).await;
            let caller = connect(row, &Settings::shared(server.uri()));
            let listed = caller.list(ListOptions::default()).await;
            // The id of the odd one is readable; its call is not.
            assert_all(&listed, 5);
            let stats = caller.stats();
            assert_eq!((stats.rejected, stats.partly_decoded, stats.retries), (1, 0, 0), "{odd}");
        }
        // Quotes that do not match leave no record's end certain.
        let odd = complete.replacen(&before, &format!("{before},\"odd\":\"a\"b\""), 1);
        let (listed, _) = walk_of(row, odd).await;
        assert_fails(&listed, ErrorKind::Decode);
        assert!(listed.ids.is_empty());
    })
    .await;
}

/// Writes totals as text and flags as numbers, wherever they stand.
fn respelled(value: &mut Value, total: fn(&Value) -> Value, flag: fn(bool) -> Value) {
    let Some(members) = value.as_object_mut() else { return };
    for (name, value) in members {
        match value {
            Value::Number(_) if name.starts_with("total") => *value = total(value),
            Value::Bool(more) if name.starts_with("has_") => *value = flag(*more),
            _ => respelled(value, total, flag),
        }
    }
}

/// How a vendor writes a number, and a flag.
type Spelling = (fn(&Value) -> Value, fn(bool) -> Value);

#[tokio::test]
async fn totals_and_flags_are_read_in_any_spelling() {
    each(async |row| {
        let spellings: [Spelling; 3] = [
            (|total| total.to_string().into(), |more| u8::from(more).into()),
            (|total| total.as_f64().into(), |more| more.to_string().into()),
            // What makes no sense counts as unsaid.
            (|_| "many".into(), |_| json!([])),
        ];
        for (kind, (total, flag)) in spellings.into_iter().enumerate() {
            let body = move |requested: super::RequestedPage| {
                let mut body: Value = serde_json::from_str(&row.truth(requested, 25, 10)).unwrap();
                respelled(&mut body, total, flag);
                body.to_string()
            };
            let server = super::serve(row, body).await;
            let by = ListOptions { page_size: Some(10), ..ListOptions::default() };
            let (listed, _) = super::read_list(row, &server, by).await;
            assert_all(&listed, 25);
            let silent = listed.notes.contains(&PageWarning::NoPagination);
            assert_eq!(silent, kind == 2 && (row.total || row.more), "{:?}", listed.notes);
        }
    })
    .await;
}

#[tokio::test]
async fn call_with_failure_words_is_a_call() {
    each(async |row| {
        // Where a lookup returns the bare record.
        let mut body: Value = serde_json::from_str(&row.single()).unwrap();
        if body.get(row.id).is_none() {
            return;
        }
        let words = json!({ "success": false, "status_code": 404, "message": "m", "error": "e" });
        body.as_object_mut().unwrap().extend(words.as_object().unwrap().clone());
        let server = RawServer::start(vec![ServerAction::Send(ok(&body.to_string()))]).await;
        let caller = connect(row, &Settings::shared(&server.url));
        assert!(caller.single().await.is_ok_and(|found| found), "no call came");
    })
    .await;
}
