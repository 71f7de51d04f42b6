//! Lists that contradict themselves or never end: each ends with an error or a
//! note, and not with a loop.

use super::callers::ListOptions;
use super::rows::{AnnouncedPaging, Paging};
use super::{RequestedPage, assert_all, assert_fails, each, expected, read_list, serve};
use callfold_transport::{ErrorKind, PageWarning};
use std::sync::atomic::{AtomicBool, Ordering};

fn by_ten() -> ListOptions {
    ListOptions { page_size: Some(10), ..ListOptions::default() }
}

#[tokio::test]
async fn repeated_page_is_an_error() {
    each(async |row| {
        for announced in [AnnouncedPaging::new(Some(100), Some(true)), AnnouncedPaging::default()] {
            let server = serve(row, move |_| row.page(0..10, announced)).await;
            let (listed, requests) = read_list(row, &server, by_ten()).await;
            assert_fails(&listed, ErrorKind::Vendor);
            let text = listed.error.as_ref().map(ToString::to_string).unwrap_or_default();
            let why = match row.paging {
                Paging::Page | Paging::Offset => {
                    "the parameter that chooses the page has no effect"
                }
                Paging::Token | Paging::Key(_) => "the list is stuck",
            };
            assert!(text.contains(why), "{text}");
            assert!(requests <= 14, "{requests} requests, {announced:?}");
            assert_eq!(listed.ids, expected(10), "{announced:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn repeated_short_page_ends_the_list() {
    each(async |row| {
        // Shorter than asked, so that it could be a lowered page size.
        for (size, announced) in [
            (7, AnnouncedPaging::new(Some(100), Some(true))),
            (10, AnnouncedPaging::new(Some(100), Some(true))),
            (10, AnnouncedPaging::new(Some(100), None)),
            (10, AnnouncedPaging::default()),
        ] {
            // Pages asked for ahead come on top.
            for (prefetch, most) in [(1, 8), (4, 16)] {
                let server = serve(row, move |_| row.page(0..size, announced)).await;
                let how = ListOptions { prefetch: Some(prefetch), ..ListOptions::default() };
                let (listed, requests) = read_list(row, &server, how).await;
                assert!(requests <= most, "{requests} requests, {prefetch} at once, {announced:?}");
                assert_eq!(listed.ids, expected(size), "{announced:?}");
                let told = listed.error.is_some() || !listed.notes.is_empty();
                assert!(told, "{} records without a word, {announced:?}", listed.ids.len());
            }
        }
    })
    .await;
}

#[tokio::test]
async fn empty_pages_that_announce_more_are_skipped_and_many_are_an_error() {
    each(async |row| {
        // A token is needed too to read on in a list by token.
        if !row.more || row.paging == Paging::Token {
            return;
        }
        for full in [0, 10, 20] {
            let page = move |requested: RequestedPage| {
                row.page(requested.range(full, 999), AnnouncedPaging::new(Some(100), Some(true)))
            };
            let server = serve(row, page).await;
            let how = ListOptions { prefetch: Some(1), ..by_ten() };
            let (listed, requests) = read_list(row, &server, how).await;
            assert_fails(&listed, ErrorKind::Vendor);
            let text = listed.error.as_ref().map(ToString::to_string).unwrap_or_default();
            assert!(text.contains(": 10 pages in a row up to page "), "{text}");
            assert!(text.ends_with(" are empty, yet the last says that more follow"), "{text}");
            assert_eq!(listed.ids, expected(full), "what came before is not lost");
            let before = [0, 1, 3][full / 10];
            assert_eq!(requests, before + 11, "requests after {full} records");
        }
        // A few of them end no list.
        for empty in [1, 9] {
            let page = move |requested: RequestedPage| {
                // The vendor hides these records, and so returns empty pages.
                let range = requested.range(100, 999);
                let gap = 10..10 + 10 * empty;
                let announced = AnnouncedPaging::new(Some(100), Some(range.end < 100));
                row.page(range.filter(|number| !gap.contains(number)), announced)
            };
            let server = serve(row, page).await;
            let (listed, _) = read_list(row, &server, by_ten()).await;
            assert!(listed.error.is_none(), "{:?}", listed.error);
            let mut ids = expected(100);
            ids.drain(10..10 + 10 * empty);
            assert_eq!(listed.ids, ids, "{empty} empty pages");
        }
    })
    .await;
}

#[tokio::test]
async fn fewer_records_than_the_total_give_a_warning() {
    each(async |row| {
        if !row.total {
            return;
        }
        for full in [0, 10, 25] {
            let page = move |requested: RequestedPage| {
                row.page(requested.range(full, 999), AnnouncedPaging::new(Some(100), None))
            };
            let server = serve(row, page).await;
            let how = ListOptions { prefetch: Some(1), ..by_ten() };
            let (listed, requests) = read_list(row, &server, how).await;
            assert_all(&listed, full);
            let note = PageWarning::FewerThanTotal { total: 100, received: full as u64 };
            assert!(listed.notes.contains(&note), "{:?}", listed.notes);
            // As far as the total reaches, and no more than eleven pages in a row
            // without a record.
            let needed = match row.paging {
                Paging::Page | Paging::Offset => {
                    if full == 0 {
                        11
                    } else {
                        12
                    }
                }
                // The last page has a token, which leads to an empty one.
                Paging::Token => full.div_ceil(10) + 1,
                Paging::Key(_) => row.chain(full, 10).len(),
            };
            assert_eq!(requests, needed, "requests after {full} records");
        }
    })
    .await;
}

#[tokio::test]
async fn changed_total_is_followed_with_a_warning() {
    each(async |row| {
        for (from, to) in [(25, 45), (45, 25), (15, 45)] {
            let page = move |requested: RequestedPage| {
                let count = if requested.is_first() { from } else { to };
                row.truth(requested, count, usize::MAX)
            };
            let server = serve(row, page).await;
            let (listed, requests) = read_list(row, &server, by_ten()).await;
            assert_all(&listed, to);
            if row.total {
                let note = PageWarning::TotalChanged { from: from as u64, to: to as u64 };
                assert!(listed.notes.contains(&note), "{from} to {to}: {:?}", listed.notes);
            }
            assert!(requests <= 10, "{from} to {to}: {requests} requests");
        }
    })
    .await;
}

#[tokio::test]
async fn impossible_total_is_ignored() {
    each(async |row| {
        if !row.total {
            return;
        }
        // Negative, or null where there is one elsewhere.
        for announced in ["-1", "null"] {
            let page = move |requested: RequestedPage| {
                let range = requested.range(25, 999);
                let more = Some(range.end < 25).filter(|_| row.more);
                row.page(range, AnnouncedPaging::new(Some(987_654), more))
                    .replace("987654", announced)
            };
            let server = serve(row, page).await;
            let (listed, requests) = read_list(row, &server, by_ten()).await;
            assert_all(&listed, 25);
            assert!(requests <= 8, "{announced}: {requests} requests");
        }
    })
    .await;
}

#[tokio::test]
async fn list_ends_although_it_announces_more() {
    each(async |row| {
        // The last page claims more, the one after it is empty and says no.
        let page = move |requested: RequestedPage| {
            let range = requested.range(20, 999);
            let more = !range.is_empty();
            row.page(range, AnnouncedPaging::new(None, Some(more)))
        };
        let server = serve(row, page).await;
        let how = ListOptions { prefetch: Some(1), ..by_ten() };
        let (listed, requests) = read_list(row, &server, how).await;
        assert_all(&listed, 20);
        assert!(requests <= 7, "{requests} requests");
    })
    .await;
}

#[tokio::test]
async fn premature_end_flag_is_ignored() {
    each(async |row| {
        // A list by token is short of its total then, which the reader reports.
        if !(row.more && row.total) || row.paging == Paging::Token {
            return;
        }
        let page = move |requested: RequestedPage| {
            row.page(requested.range(45, 999), AnnouncedPaging::new(Some(45), Some(false)))
        };
        let server = serve(row, page).await;
        let (listed, requests) = read_list(row, &server, by_ten()).await;
        assert_all(&listed, 45);
        assert_eq!(listed.notes, [], "the total is reached");
        assert_eq!(requests, if row.paging == Paging::Page { 8 } else { 6 });
    })
    .await;
}

#[tokio::test]
async fn list_without_an_end_stops_at_the_page_limit() {
    each(async |row| {
        let endless = 1_000_000;
        let server = serve(row, move |requested| row.truth(requested, endless, usize::MAX)).await;
        let how = ListOptions { max_pages: Some(5), ..by_ten() };
        let (listed, requests) = read_list(row, &server, how).await;
        assert_fails(&listed, ErrorKind::TooLarge);
        let text = listed.error.as_ref().map(ToString::to_string).unwrap_or_default();
        assert!(text.contains("the list has more than 5 pages"), "{text}");
        // Each page brings what its overlap with the one before leaves.
        let read = match row.paging {
            Paging::Page => 36,
            Paging::Offset | Paging::Key(_) => 46,
            Paging::Token => 50,
        };
        assert_eq!(listed.ids, expected(read));
        assert_eq!(listed.cursor.map(|cursor| cursor.records_before()), Some(read as u64));
        assert_eq!(requests, 5);
    })
    .await;
}

#[tokio::test]
async fn records_that_shift_by_a_page_are_not_a_loop() {
    each(async |row| {
        // A token and a key lead to a record, wherever it has moved.
        if matches!(row.paging, Paging::Token | Paging::Key(_)) {
            return;
        }
        // While the first page was read, so many records arrived in front of it.
        for arrived in [9, 10] {
            let is_first = AtomicBool::new(true);
            let page = move |requested: RequestedPage| {
                let is_first = is_first.swap(false, Ordering::SeqCst);
                let arrived = if is_first { 0 } else { arrived };
                let count = 30 + arrived;
                let range = requested.range(count, 999);
                let announced = AnnouncedPaging::truth(&range, count);
                let number = move |place: usize| place.checked_sub(arrived).unwrap_or(30 + place);
                row.page(range.map(number), announced)
            };
            let server = serve(row, page).await;
            let (listed, _) = read_list(row, &server, by_ten()).await;
            assert!(listed.error.is_none(), "{:?}", listed.error);
            let old = |id: &&String| **id < super::rows::id(30);
            let ids: Vec<_> = listed.ids.iter().filter(old).cloned().collect();
            assert_eq!(ids, expected(30), "{arrived} arrived: {:?}", listed.notes);
            if arrived == 9 && row.paging == Paging::Offset {
                let repeated = PageWarning::Repeated { of: 0 };
                assert!(listed.notes.contains(&repeated), "{:?}", listed.notes);
            }
        }
    })
    .await;
}
