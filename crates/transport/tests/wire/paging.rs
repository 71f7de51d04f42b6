//! Lists that behave, drift, contradict themselves, or never end.

use crate::vendor::{Client, Item, client};
use callfold_transport::{ErrorKind, Lenient, List, Page, PageRequest, PageWarning, Pages, Paging};
use futures_util::{StreamExt, TryStreamExt};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// A list of `count` items, as a vendor with these habits would serve it.
#[derive(Clone)]
struct Vendor {
    count: usize,
    total: bool,
    flag: bool,
    /// Never more than so many in a page.
    max: usize,
    /// Records that are left out of their pages.
    hidden: std::ops::Range<usize>,
    /// Whether the page asked for makes no difference.
    stuck: bool,
    delay: Duration,
}

impl Vendor {
    fn of(count: usize) -> Self {
        let (hidden, delay) = (0..0, Duration::ZERO);
        Self { count, total: true, flag: true, max: 1000, hidden, stuck: false, delay }
    }
}

impl Respond for Vendor {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let number = |name: &str| -> Option<usize> {
            let (_, value) = request.url.query_pairs().find(|(key, _)| key == name)?;
            value.parse().ok()
        };
        let rows = request.url.path() == "/rows";
        let (start, size) = if rows {
            let size = number("limit").unwrap().min(self.max);
            (number("offset").unwrap(), size)
        } else {
            let size = number("page_size").unwrap().min(self.max);
            ((number("page").unwrap() - 1) * size, size)
        };
        let start = if self.stuck { 0 } else { start.min(self.count) };
        let end = (start + size).min(self.count);
        let shown = (start..end).filter(|n| !self.hidden.contains(n));
        let items: Vec<_> = shown.map(|n| serde_json::json!({"id": format!("c{n}")})).collect();
        let mut body = serde_json::json!(items);
        if !rows {
            let mut pagination = serde_json::Map::new();
            if self.total {
                pagination.insert("total".to_owned(), self.count.into());
            }
            if self.flag {
                pagination.insert("has_more".to_owned(), (self.stuck || end < self.count).into());
            }
            body = serde_json::json!({"data": items, "pagination": pagination});
        }
        ResponseTemplate::new(200).set_delay(self.delay).set_body_json(body)
    }
}

async fn serve(vendor: Vendor) -> (MockServer, Client) {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(vendor).mount(&server).await;
    let client = client(&server.uri());
    (server, client)
}

async fn asked(server: &MockServer) -> Vec<String> {
    let requests = server.received_requests().await.unwrap();
    requests.iter().map(|request| request.url.query().unwrap_or_default().to_owned()).collect()
}

fn ids(records: &[Lenient<Item>]) -> Vec<String> {
    records.iter().map(|record| record.id().unwrap().into_owned()).collect()
}

fn expected(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|n| format!("c{n}")).collect()
}

#[tokio::test]
async fn numbered_pages_are_read_to_the_end() {
    for (total, flag) in [(true, true), (true, false), (false, true), (false, false)] {
        for count in [0, 1, 19, 20, 21, 40, 95] {
            let (server, client) = serve(Vendor { total, flag, ..Vendor::of(count) }).await;
            let records: Vec<_> =
                client.list_items().records().prefetch(1).try_collect().await.unwrap();
            assert_eq!(ids(&records), expected(0..count), "total {total}, flag {flag}");
            let requests = asked(&server).await.len();
            // Pages of 20 begin with the last record of the page before; one more
            // page shows the end, and another after a full page of a vendor that
            // says nothing.
            let (pages, end) = match count {
                0 => (1, 0),
                1..=20 => (1, 1),
                21 => (2, 1),
                40 => (3, 1),
                _ => (6, 1),
            };
            let is_full = matches!(count, 19 | 20 | 95) && !total && !flag;
            let end = if is_full { end + 1 } else { end };
            assert_eq!(requests, pages + end, "{count} records, total {total}, flag {flag}");
        }
    }
}

#[tokio::test]
async fn offsets_without_a_total_stop_on_an_empty_page() {
    for (count, pages) in [(0, 1), (4, 3), (5, 3), (10, 3), (25, 5)] {
        let (server, client) = serve(Vendor::of(count)).await;
        let records: Vec<_> = client.list_rows().records().prefetch(1).try_collect().await.unwrap();
        assert_eq!(ids(&records), expected(0..count));
        assert_eq!(asked(&server).await.len(), pages);
    }
    let (server, client) = serve(Vendor::of(25)).await;
    let _: Vec<_> = client.list_rows().records().prefetch(1).try_collect().await.unwrap();
    let offsets = [0, 9, 18, 24, 34].map(|offset| format!("offset={offset}&limit=10"));
    assert_eq!(asked(&server).await, offsets);
}

#[tokio::test]
async fn known_pages_are_prefetched_and_no_others() {
    let (server, client) = serve(Vendor::of(190)).await;
    let records: Vec<_> = client.list_items().records().prefetch(5).try_collect().await.unwrap();
    assert_eq!(ids(&records), expected(0..190));
    // How the pages overlap, and so their number, depends on which arrives first.
    let requests = asked(&server).await;
    let begins_behind_the_end = |request: &&String| {
        let number = |name| {
            let value = request.split('&').find_map(|pair| pair.strip_prefix(name)).unwrap();
            value.parse::<usize>().unwrap()
        };
        (number("page=") - 1) * number("page_size=") >= 190
    };
    let behind = requests.iter().filter(begins_behind_the_end).count();
    assert!(behind <= 1, "{requests:?}");
    assert!((10..=16).contains(&requests.len()), "{requests:?}");
}

#[tokio::test]
async fn unknown_pages_are_prefetched_and_the_surplus_is_dropped() {
    let (server, client) =
        serve(Vendor { delay: Duration::from_millis(10), ..Vendor::of(95) }).await;
    let records: Vec<_> = client.list_rows().records().prefetch(4).try_collect().await.unwrap();
    assert_eq!(ids(&records), expected(0..95));
    let requests = asked(&server).await.len();
    assert!((13..=16).contains(&requests), "{requests} requests");
}

#[tokio::test]
async fn first_page_is_requested_alone() {
    let (server, client) = serve(Vendor::of(3)).await;
    client.list_rows().records().prefetch(8).next().await.unwrap().unwrap();
    assert_eq!(asked(&server).await.len(), 1);
}

#[tokio::test]
async fn page_size_is_kept_within_the_maximum() {
    let (server, client) = serve(Vendor::of(3)).await;
    for size in [0, 1000] {
        let _: Vec<_> =
            client.list_items().records().page_size(size).limit(1).try_collect().await.unwrap();
    }
    assert_eq!(asked(&server).await, ["page=1&page_size=1", "page=1&page_size=100"]);
}

#[tokio::test]
async fn pages_carry_the_cursor_to_the_next() {
    let (_server, client) = serve(Vendor::of(25)).await;
    let pages: Vec<_> = client.list_rows().pages().limit(23).try_collect().await.unwrap();
    assert_eq!(pages.iter().map(|page| page.index).collect::<Vec<_>>(), [0, 1, 2]);
    let cursor = pages[2].next.clone().unwrap();
    let rest: Vec<_> = client.list_rows().records().resume(cursor).try_collect().await.unwrap();
    assert_eq!(ids(&rest), expected(23..25));
}

#[tokio::test]
async fn dropping_the_stream_drops_the_requests_under_way() {
    struct UnderWay(Arc<AtomicUsize>);
    impl Drop for UnderWay {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::SeqCst);
        }
    }
    let under_way = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&under_way);
    let fetch = move |at: PageRequest| {
        count.fetch_add(1, Ordering::SeqCst);
        let guard = UnderWay(Arc::clone(&count));
        async move {
            if at.index > 0 {
                std::future::pending::<()>().await;
            }
            drop(guard);
            let mut page = Page::<Item>::new(serde_json::from_str(r#"[{"id":"c0"}]"#).unwrap());
            page.total = Some(100);
            Ok(page)
        }
    };
    let mut pages = Pages::new(Paging::pages(1), fetch).page_size(1).prefetch(3);
    pages.next().await.unwrap().unwrap();
    assert!(futures_util::FutureExt::now_or_never(pages.next()).is_none());
    assert_eq!(under_way.load(Ordering::SeqCst), 3);
    drop(pages);
    assert_eq!(under_way.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn vendor_that_ignores_the_page_parameter_is_detected() {
    // With a total that stands still, once it was asked for again.
    let (server, client) = serve(Vendor { stuck: true, ..Vendor::of(100) }).await;
    let error =
        client.list_items().records().prefetch(1).try_collect::<Vec<_>>().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Vendor);
    assert_eq!(
        error.to_string(),
        "acme list_items: the vendor reported an error: page 6 has the same records as the pages before \
         it: the parameter that chooses the page has no effect"
    );
    assert_eq!(asked(&server).await.len(), 9);
    // Without a total it may be records that moved on: one more page decides.
    let (server, client) = serve(Vendor { stuck: true, ..Vendor::of(100) }).await;
    let mut pages = client.list_rows().pages().prefetch(1);
    assert!(pages.next().await.unwrap().unwrap().notes.is_empty());
    let notes = pages.next().await.unwrap().unwrap().notes;
    assert_eq!(
        notes,
        [PageWarning::Shifted { by: 9 }, PageWarning::Repeated { of: 0 }, PageWarning::Gap]
    );
    let error = loop {
        if let Err(error) = pages.next().await.unwrap() {
            break error;
        }
    };
    assert_eq!(error.kind(), ErrorKind::Vendor);
    assert_eq!(asked(&server).await.len(), 7);
}

#[tokio::test]
async fn long_part_without_records_is_crossed_where_the_total_leads_on() {
    for flag in [true, false] {
        let vendor = Vendor { max: 7, flag, hidden: 100..200, ..Vendor::of(277) };
        let (_server, client) = serve(vendor).await;
        let records: Vec<_> = client.list_items().records().try_collect().await.unwrap();
        assert_eq!(ids(&records), [expected(0..100), expected(200..277)].concat(), "flag {flag}");
    }
}

/// A page of one record of a list of `total`.
fn one_record_page(at: &PageRequest, total: u64) -> Page<Item> {
    let json =
        if at.page() < total { format!(r#"[{{"id":"c{}"}}]"#, at.page()) } else { "[]".into() };
    let mut page = Page::new(serde_json::from_str(&json).unwrap());
    page.total = Some(total);
    page
}

#[tokio::test(start_paused = true)]
async fn no_more_pages_are_in_flight_than_requested() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let fetch = {
        let (now, most) = (Arc::clone(&now), Arc::clone(&most));
        move |at: PageRequest| {
            let (now, most) = (Arc::clone(&now), Arc::clone(&most));
            async move {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(3)).await;
                now.fetch_sub(1, Ordering::SeqCst);
                Ok(one_record_page(&at, 40))
            }
        }
    };
    let pages = Pages::new(Paging::pages(0), fetch).page_size(1).prefetch(6);
    assert_eq!(pages.into_records().count().await, 40);
    assert_eq!(most.load(Ordering::SeqCst), 6);
}

#[tokio::test]
async fn the_first_page_may_be_number_zero() {
    let numbers = Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = Arc::clone(&numbers);
    let fetch = move |at: PageRequest| {
        log.lock().unwrap().push(at.page());
        let page = one_record_page(&at, 3);
        async move { Ok(page) }
    };
    let pages = Pages::new(Paging::pages(0), fetch).page_size(1);
    assert_eq!(pages.count().await, 4);
    assert_eq!(*numbers.lock().unwrap(), [0, 1, 2, 3]);
}
