//! Lists that contradict themselves or never end: each ends with an error or a
//! note, and not with a loop.

use super::callers::Walk;
use super::rows::Said;
use super::{Asked, assert_all, assert_fails, each, expected, serve, walk};
use callfold_transport::{ErrorKind, PageWarning};
use std::sync::atomic::{AtomicBool, Ordering};

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
            let text = walked.error.as_ref().map(ToString::to_string).unwrap_or_default();
            let why = "the parameter that chooses the page has no effect";
            assert!(text.contains(why), "{text}");
            assert!(requests <= 14, "{requests} requests, {said:?}");
            assert_eq!(walked.ids, expected(10), "{said:?}");
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
            // Pages asked for ahead come on top.
            for (prefetch, most) in [(1, 8), (4, 16)] {
                let server = serve(row, move |_| row.page(0..size, said)).await;
                let how = Walk { prefetch: Some(prefetch), ..Walk::default() };
                let (walked, requests) = walk(row, &server, how).await;
                assert!(requests <= most, "{requests} requests, {prefetch} at once, {said:?}");
                assert_eq!(walked.ids, expected(size), "{said:?}");
                let told = walked.error.is_some() || !walked.notes.is_empty();
                assert!(told, "{} records without a word, {said:?}", walked.ids.len());
            }
        }
    })
    .await;
}

#[tokio::test]
async fn empty_pages_that_promise_more_are_passed_over_and_many_are_an_error() {
    each(async |row| {
        if !row.more {
            return;
        }
        for full in [0, 10, 20] {
            let page = move |asked: Asked| {
                row.page(asked.range(full, 999), Said { total: Some(100), more: Some(true) })
            };
            let server = serve(row, page).await;
            let how = Walk { prefetch: Some(1), ..by_ten() };
            let (walked, requests) = walk(row, &server, how).await;
            assert_fails(&walked, ErrorKind::Vendor);
            let text = walked.error.as_ref().map(ToString::to_string).unwrap_or_default();
            assert!(text.contains("10 pages in a row") && text.contains("are empty"), "{text}");
            assert_eq!(walked.ids, expected(full), "what came before is not lost");
            let before = [0, 1, 3][full / 10];
            assert_eq!(requests, before + 11, "requests after {full} records");
        }
        // A few of them end no list.
        for empty in [1, 9] {
            let page = move |asked: Asked| {
                // The vendor hides these records, and so answers empty pages.
                let range = asked.range(100, 999);
                let gap = 10..10 + 10 * empty;
                let said = Said { total: Some(100), more: Some(range.end < 100) };
                row.page(range.filter(|number| !gap.contains(number)), said)
            };
            let server = serve(row, page).await;
            let (walked, _) = walk(row, &server, by_ten()).await;
            assert!(walked.error.is_none(), "{:?}", walked.error);
            let mut ids = expected(100);
            ids.drain(10..10 + 10 * empty);
            assert_eq!(walked.ids, ids, "{empty} empty pages");
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
            let how = Walk { prefetch: Some(1), ..by_ten() };
            let (walked, requests) = walk(row, &server, how).await;
            assert_all(&walked, full);
            let note = PageWarning::FewerThanTotal { total: 100, received: full as u64 };
            assert!(walked.notes.contains(&note), "{:?}", walked.notes);
            // As far as the total reaches, and no more than eleven pages in a row
            // without a record.
            assert_eq!(requests, if full == 0 { 11 } else { 12 }, "requests after {full} records");
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
                let changed = |note: &PageWarning| matches!(note, PageWarning::TotalChanged { .. });
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
        let how = Walk { prefetch: Some(1), ..by_ten() };
        let (walked, requests) = walk(row, &server, how).await;
        assert_all(&walked, 20);
        assert!(requests <= 7, "{requests} requests");
    })
    .await;
}

#[tokio::test]
async fn vendor_that_says_no_more_too_early_is_not_believed() {
    each(async |row| {
        if !(row.more && row.total) {
            return;
        }
        let page = move |asked: Asked| {
            row.page(asked.range(45, 999), Said { total: Some(45), more: Some(false) })
        };
        let server = serve(row, page).await;
        let (walked, requests) = walk(row, &server, by_ten()).await;
        assert_all(&walked, 45);
        assert_eq!(walked.notes, [], "the total is reached");
        assert_eq!(requests, if row.numbered { 8 } else { 6 });
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
        // Each page brings what its overlap with the one before leaves.
        assert_eq!(walked.ids, expected(if row.numbered { 36 } else { 46 }));
        assert_eq!(requests, 5);
    })
    .await;
}

#[tokio::test]
async fn records_that_move_on_by_a_page_are_not_taken_for_a_loop() {
    each(async |row| {
        // While the first page was read, so many records arrived in front of it.
        for arrived in [9, 10] {
            let is_first = AtomicBool::new(true);
            let page = move |asked: Asked| {
                let is_first = is_first.swap(false, Ordering::SeqCst);
                let arrived = if is_first { 0 } else { arrived };
                let count = 30 + arrived;
                let range = asked.range(count, 999);
                let said = Said::truth(&range, count);
                let number = move |place: usize| place.checked_sub(arrived).unwrap_or(30 + place);
                row.page(range.map(number), said)
            };
            let server = serve(row, page).await;
            let (walked, _) = walk(row, &server, by_ten()).await;
            assert!(walked.error.is_none(), "{:?}", walked.error);
            let old = |id: &&String| **id < super::rows::id(30);
            let ids: Vec<_> = walked.ids.iter().filter(old).cloned().collect();
            assert_eq!(ids, expected(30), "{arrived} arrived: {:?}", walked.notes);
            if arrived == 9 && !row.numbered {
                let repeated = PageWarning::Repeated { of: 0 };
                assert!(walked.notes.contains(&repeated), "{:?}", walked.notes);
            }
        }
    })
    .await;
}
