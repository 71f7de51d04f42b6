//! Lists that contradict themselves or never end: each ends with an error or a
//! note, and not with a loop.

use super::callers::Walk;
use super::rows::Said;
use super::{Asked, assert_all, assert_fails, each, expected, serve, walk};
use callfold_transport::{ErrorKind, PageNote};

fn by_ten() -> Walk {
    Walk { page_size: Some(10), ..Walk::default() }
}

#[tokio::test]
async fn same_page_again_and_again_is_an_error() {
    each(async |row| {
        for said in [Said { total: Some(100), more: Some(true) }, Said::default()] {
            let server = serve(row, move |_| row.page(0..10, said)).await;
            let (walked, requests) = walk(row, &server, by_ten()).await;
            assert_fails(&walked, ErrorKind::Vendor);
            assert!(requests <= 14, "{requests} requests, {said:?}");
            assert!(walked.ids.len() <= 20, "{} records, {said:?}", walked.ids.len());
        }
    })
    .await;
}

#[tokio::test]
async fn same_short_page_again_and_again_ends() {
    each(async |row| {
        // Shorter than asked, so that it could be a lowered page size.
        for (size, said) in [
            (7, Said { total: Some(100), more: Some(true) }),
            (10, Said { total: Some(100), more: Some(true) }),
            (10, Said { total: Some(100), more: None }),
            (10, Said::default()),
        ] {
            let server = serve(row, move |_| row.page(0..size, said)).await;
            let (walked, requests) = walk(row, &server, Walk::default()).await;
            assert!(requests <= 8, "{requests} requests, {said:?}");
            let told =
                walked.error.is_some() || !walked.notes.is_empty() || walked.ids.len() == size;
            assert!(told, "{} records without a word, {said:?}", walked.ids.len());
        }
    })
    .await;
}

#[tokio::test]
async fn empty_pages_that_promise_more_are_an_error() {
    each(async |row| {
        if !row.more {
            return;
        }
        for full in [0, 10, 20] {
            let page = move |asked: Asked| {
                row.page(asked.range(full, 999), Said { total: Some(100), more: Some(true) })
            };
            let server = serve(row, page).await;
            let (walked, requests) = walk(row, &server, by_ten()).await;
            assert_fails(&walked, ErrorKind::Vendor);
            assert_eq!(walked.ids, expected(full), "what came before is not lost");
            assert!(requests <= 8, "{requests} requests after {full} records");
        }
    })
    .await;
}

#[tokio::test]
async fn fewer_records_than_the_total_are_noted() {
    each(async |row| {
        if !row.total {
            return;
        }
        for full in [0, 10, 25] {
            let page = move |asked: Asked| {
                row.page(asked.range(full, 999), Said { total: Some(100), more: None })
            };
            let server = serve(row, page).await;
            let (walked, requests) = walk(row, &server, by_ten()).await;
            assert_all(&walked, full);
            let note = PageNote::FewerThanTotal { total: 100, received: full as u64 };
            assert!(walked.notes.contains(&note), "{:?}", walked.notes);
            assert!(requests <= 10, "{requests} requests for {full} records");
        }
    })
    .await;
}

#[tokio::test]
async fn total_that_changes_is_noted_and_followed() {
    each(async |row| {
        for (from, to) in [(25, 45), (45, 25), (15, 45)] {
            let page = move |asked: Asked| {
                let count = if asked.is_first() { from } else { to };
                row.truth(asked, count, usize::MAX)
            };
            let server = serve(row, page).await;
            let (walked, requests) = walk(row, &server, by_ten()).await;
            assert_all(&walked, to);
            if row.total {
                let changed = |note: &PageNote| matches!(note, PageNote::TotalChanged { .. });
                assert!(walked.notes.iter().any(changed), "{from} to {to}: {:?}", walked.notes);
            }
            assert!(requests <= 10, "{from} to {to}: {requests} requests");
        }
    })
    .await;
}

#[tokio::test]
async fn total_that_cannot_be_is_not_believed() {
    each(async |row| {
        if !row.total {
            return;
        }
        // Negative, or null where there is one elsewhere.
        for said in ["-1", "null"] {
            let page = move |asked: Asked| {
                let range = asked.range(25, 999);
                let more = Some(range.end < 25).filter(|_| row.more);
                row.page(range, Said { total: Some(987_654), more }).replace("987654", said)
            };
            let server = serve(row, page).await;
            let (walked, requests) = walk(row, &server, by_ten()).await;
            assert_all(&walked, 25);
            assert!(requests <= 8, "{said}: {requests} requests");
        }
    })
    .await;
}

#[tokio::test]
async fn list_that_ends_before_it_says_so_ends() {
    each(async |row| {
        // The last page claims more, the one after it is empty and says no.
        let page = move |asked: Asked| {
            let range = asked.range(20, 999);
            let more = !range.is_empty();
            row.page(range, Said { total: None, more: Some(more) })
        };
        let server = serve(row, page).await;
        let (walked, requests) = walk(row, &server, by_ten()).await;
        assert_all(&walked, 20);
        assert!(requests <= 7, "{requests} requests");
    })
    .await;
}

#[tokio::test]
async fn vendor_that_says_no_more_too_early_is_noted() {
    each(async |row| {
        if !(row.more && row.total) {
            return;
        }
        let page = move |asked: Asked| {
            row.page(asked.range(45, 999), Said { total: Some(45), more: Some(false) })
        };
        let server = serve(row, page).await;
        let (walked, requests) = walk(row, &server, by_ten()).await;
        assert_all(&walked, 10);
        let note = PageNote::FewerThanTotal { total: 45, received: 10 };
        assert!(walked.notes.contains(&note), "{:?}", walked.notes);
        assert_eq!(requests, 1);
    })
    .await;
}

#[tokio::test]
async fn list_without_an_end_stops_at_the_page_limit() {
    each(async |row| {
        let endless = 1_000_000;
        let server = serve(row, move |asked| row.truth(asked, endless, usize::MAX)).await;
        let how = Walk { max_pages: Some(5), ..by_ten() };
        let (walked, requests) = walk(row, &server, how).await;
        assert_fails(&walked, ErrorKind::TooLarge);
        assert_eq!(walked.ids, expected(50));
        assert_eq!(requests, 5);
    })
    .await;
}

#[tokio::test]
async fn records_that_move_on_by_a_page_are_not_taken_for_a_loop() {
    each(async |row| {
        // While the first page was read, ten records arrived in front of it.
        let page = move |asked: Asked| {
            let first = asked.is_first();
            let range = asked.range(40, 999);
            let said =
                Said { total: Some(if first { 30 } else { 40 }), more: Some(range.end < 40) };
            let range = if first { range } else { range.start - 10..range.end - 10 };
            row.page(range, said)
        };
        let server = serve(row, page).await;
        let (walked, _) = walk(row, &server, by_ten()).await;
        assert!(walked.error.is_none(), "{:?}", walked.error);
        let mut ids = walked.ids.clone();
        ids.dedup();
        ids.sort();
        ids.dedup();
        assert_eq!(ids, expected(30), "{:?}", walked.notes);
        assert!(walked.notes.contains(&PageNote::Repeated { of: 0 }), "{:?}", walked.notes);
    })
    .await;
}
