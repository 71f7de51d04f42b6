//! Pages that are not what the spec says, and lists that contradict themselves.

use crate::vendor::{Item, builder, client};
use callfold_test_support::raw_server::{RawServer, ServerAction, ok, response};
use callfold_transport::{
    Error, ErrorKind, Lenient, List, Page, PageRequest, PageWarning, Pages, Paging, Position,
};
use futures_util::{StreamExt, TryStreamExt};
use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

fn ids(records: &[Lenient<Item>]) -> Vec<String> {
    records.iter().map(|record| record.id().unwrap().into_owned()).collect()
}

async fn first_pages(bodies: &[&str]) -> Vec<Result<Page<Item>, Error>> {
    let acts = bodies.iter().map(|body| ServerAction::Send(ok(body))).collect();
    let server = RawServer::start(acts).await;
    let client = builder(&server.url).retries(0).build().unwrap();
    let stream = client.list_items().pages().prefetch(1).page_size(2);
    let pages = stream.collect().await;
    assert_eq!(server.requests().len(), bodies.len());
    pages
}

#[tokio::test]
async fn missing_pagination_is_noted_and_full_pages_count() {
    let pages = first_pages(&[
        r#"{"data":[{"id":"a"},{"id":"b"}]}"#,
        r#"{"data":[{"id":"c"}],"pagination":{}}"#,
        r#"{"data":[],"pagination":{}}"#,
    ])
    .await;
    for page in &pages {
        assert_eq!(page.as_ref().unwrap().notes, [PageWarning::NoPagination]);
    }
}

#[tokio::test]
async fn missing_records_are_an_error_that_names_the_place() {
    for (body, names, found) in [
        (r#"{"data":null,"pagination":{"total":5}}"#, ", but data, pagination", "null"),
        (
            r#"{"calls":[{"id":"a"}],"pagination":{"total":5}}"#,
            ", but calls, pagination",
            "nothing",
        ),
        ("{}", "", "nothing"),
    ] {
        let pages = first_pages(&[body]).await;
        let error = pages[0].as_ref().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert_eq!(error.json_path(), Some("/data"));
        assert_eq!(
            error.to_string(),
            format!(
                "acme list_items: the response does not match the schema: the page has no records\
                 {names} (200): at /data expected an array of records, found {found}"
            )
        );
    }
    let pages = first_pages(&[r#"{"data":null,"pagination":{"total":0}}"#]).await;
    assert!(pages[0].as_ref().unwrap().records.is_empty());
}

#[tokio::test]
async fn page_with_bytes_that_are_no_text_is_kept() {
    let mut body = br#"{"data":[{"id":"a","name":"caf"#.to_vec();
    body.extend_from_slice(b"\xe9\"}],\"pagination\":{\"total\":1}}");
    let server = RawServer::start(vec![ServerAction::Send(response("200 OK", "", &body))]).await;
    let client = client(&server.url);
    let pages: Vec<_> = client.list_items().pages().try_collect().await.unwrap();
    assert_eq!(pages[0].notes, [PageWarning::NotUtf8]);
    let record = pages[0].records[0].get().unwrap();
    assert_eq!(record.name.as_deref(), Some("caf\u{fffd}"));
}

#[tokio::test]
async fn page_cut_anywhere_is_an_error_or_fetched_again() {
    let body = r#"{"data":[{"id":"a","name":"n"},{"id":"b"}],"pagination":{"total":2}}"#;
    let server = MockServer::start().await;
    for end in 0..body.len() {
        server.reset().await;
        let cut = ResponseTemplate::new(200).set_body_raw(&body[..end], "application/json");
        Mock::given(path("/items"))
            .respond_with(cut)
            .up_to_n_times(1)
            .expect(1)
            .mount(&server)
            .await;
        let whole = ResponseTemplate::new(200).set_body_raw(body, "application/json");
        Mock::given(path("/items")).respond_with(whole).expect(2).mount(&server).await;
        let client = client(&server.uri());
        let records: Vec<_> = client.list_items().records().try_collect().await.unwrap();
        assert_eq!(ids(&records), ["a", "b"], "cut at {end}");
    }
}

#[tokio::test]
async fn envelope_edits_lose_no_record_silently() {
    let page = serde_json::json!({
        "message": "ok",
        "data": [{"id": "a", "name": "n"}, {"id": "b"}],
        "pagination": {"total": 2, "has_more": false},
    });
    let odd =
        serde_json::json!([null, "text", "", 7, -7, 1.5, true, [], {}, [1], {"x": {"y": []}}]);
    let mut bodies = vec![page["data"].clone(), serde_json::json!({"page": page})];
    for place in ["/message", "/data", "/pagination", "/pagination/total", "/pagination/has_more"] {
        for value in odd.as_array().unwrap() {
            let mut body = page.clone();
            *body.pointer_mut(place).unwrap() = value.clone();
            bodies.push(body);
        }
        let (parent, name) = place.rsplit_once('/').unwrap();
        let mut body = page.clone();
        body.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
        bodies.push(body.clone());
        let renamed = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        renamed.insert(format!("new_{name}"), page.pointer(place).unwrap().clone());
        bodies.push(body);
    }
    let mut errors = 0;
    for body in &bodies {
        let text = body.to_string();
        // Once the response, then an empty page for whoever asks on.
        let empty = r#"{"data":[],"pagination":{"total":2,"has_more":false}}"#;
        let server =
            RawServer::start(vec![ServerAction::Send(ok(&text)), ServerAction::Send(ok(empty))])
                .await;
        let client = client(&server.url);
        let mut records = client.list_items().records().prefetch(1);
        let mut read = Vec::new();
        let error = loop {
            match records.next().await {
                Some(Ok(record)) => read.push(record),
                Some(Err(error)) => break Some(error),
                None => break None,
            }
        };
        let sent = body["data"].as_array().or(body.as_array());
        match (error, sent) {
            (Some(error), _) => {
                assert!(
                    matches!(error.kind(), ErrorKind::Decode | ErrorKind::Vendor),
                    "{text}: {error}"
                );
                errors += 1;
            }
            (None, Some(sent)) => {
                let raw: Vec<_> = read.iter().map(|record| record.raw().get().to_owned()).collect();
                let sent: Vec<_> = sent.iter().map(ToString::to_string).collect();
                assert_eq!(raw, sent, "{text}");
            }
            (None, None) => panic!("read without an error: {text}"),
        }
    }
    assert!(errors >= 12, "{errors} errors in {} bodies", bodies.len());
}

#[tokio::test]
async fn total_that_is_too_low_ends_no_list_of_single_records() {
    let fetch = |at: PageRequest| async move {
        let json = match at.page() < 40 {
            true => format!(r#"[{{"id":"c{}"}}]"#, at.page()),
            false => "[]".to_owned(),
        };
        let mut page = Page::<Item>::new(serde_json::from_str(&json).unwrap());
        page.total = Some(3);
        Ok(page)
    };
    // However many are asked for.
    for size in [1, 20, 100] {
        let records = Pages::new(Paging::pages(0), fetch).page_size(size).into_records();
        assert_eq!(records.count().await, 40, "{size}");
    }
}

/// Single records cannot overlap: the same one again may hide all that follow.
#[tokio::test]
async fn list_of_single_records_that_grows_as_it_is_read_has_a_gap() {
    let fetch = |at: PageRequest| async move {
        let json = format!(r#"[{{"id":"c{}"}}]"#, at.index.min(1));
        Ok(Page::<Item>::new(serde_json::from_str(&json).unwrap()))
    };
    for size in [1, 100] {
        let pages = Pages::new(Paging::pages(0), fetch).page_size(size);
        let pages: Vec<_> = pages.try_collect().await.unwrap();
        let notes: Vec<_> = pages.into_iter().flat_map(|page| page.notes).collect();
        assert!(notes.contains(&PageWarning::Gap), "{size}: {notes:?}");
    }
}

/// Looks like the end of the list, because the vendor says that it has ended.
#[tokio::test]
async fn earlier_page_behind_a_total_that_is_too_low_does_not_end_a_list() {
    for (paging, flag) in [Paging::pages(0), Paging::offset()].into_iter().zip([None, Some(false)])
    {
        for (odd, earlier) in (4..25).flat_map(|odd| [(odd, 0), (odd, odd - 1)]) {
            let requests = AtomicU64::new(0);
            let fetch = |at: PageRequest| {
                let start = match at.position {
                    Position::Page(page) => page * u64::from(at.size.min(10)),
                    _ => at.offset(),
                };
                let is_odd = requests.fetch_add(1, Ordering::Relaxed) == odd;
                let start = if is_odd { start.saturating_sub((odd - earlier) * 10) } else { start };
                let ids = start..(start + u64::from(at.size.min(10))).min(250);
                let items: Vec<_> = ids.map(|id| format!(r#"{{"id":"c{id}"}}"#)).collect();
                let records = serde_json::from_str(&format!("[{}]", items.join(","))).unwrap();
                let mut page = Page::<Item>::new(records);
                (page.total, page.has_more) = (Some(30), flag);
                async move { Ok(page) }
            };
            let pages = Pages::new(paging, fetch).page_size(100);
            let what = format!("request {odd} brings page {earlier}, {paging:?}");
            let pages: Vec<_> = pages.try_collect().await.expect(&what);
            let read: usize = pages.iter().map(|page| page.records.len()).sum();
            assert_eq!(read, 250, "{what}");
        }
    }
}

#[tokio::test]
async fn empty_page_behind_a_total_that_is_too_low_is_fetched_again() {
    for paging in [Paging::pages(0), Paging::offset()] {
        for empty_from in [50, 130, 240] {
            let known = Mutex::new(HashSet::new());
            let fetch = |at: PageRequest| {
                let start = match at.position {
                    Position::Page(page) => page * u64::from(at.size),
                    _ => at.offset(),
                };
                let ids = start..(start + u64::from(at.size)).min(250);
                let is_new = known.lock().unwrap().insert((start, at.size));
                let is_empty = is_new && start >= empty_from;
                let ids: Vec<_> = if is_empty { vec![] } else { ids.collect() };
                let items: Vec<_> = ids.iter().map(|id| format!(r#"{{"id":"c{id}"}}"#)).collect();
                let records = serde_json::from_str(&format!("[{}]", items.join(","))).unwrap();
                let mut page = Page::<Item>::new(records);
                page.total = Some(17);
                async move { Ok(page) }
            };
            let pages = Pages::new(paging, fetch).page_size(50);
            let pages: Vec<_> = pages.try_collect().await.unwrap();
            let read: usize = pages.iter().map(|page| page.records.len()).sum();
            assert_eq!(read, 250, "empty from {empty_from}, {paging:?}");
        }
    }
}
