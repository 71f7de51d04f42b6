//! Lists that are longer than a page: every record comes, and comes once.

use super::callers::ListOptions;
use super::rows::{AnnouncedPaging, Paging, Row};
use super::{RequestedPage, assert_all, assert_fails, each, expected, read_list, serve};
use callfold_transport::{Cursor, ErrorKind, PageWarning};
use std::sync::atomic::{AtomicUsize, Ordering};
use wiremock::{Mock, Request, ResponseTemplate};

/// A walk by pages of so many.
fn by(size: u32) -> ListOptions {
    ListOptions { page_size: Some(size), ..ListOptions::default() }
}

/// The parts of a list of 95 that are asked for by pages of ten: in a list by
/// page or offset each begins with the last record of the one before, or a
/// little earlier, as the number of a page times its size has to be that place.
fn parts(row: &Row) -> Vec<(usize, usize)> {
    match row.paging {
        Paging::Token | Paging::Key(_) => row.chain(95, 10),
        Paging::Offset => vec![
            (0, 10),
            (9, 19),
            (18, 28),
            (27, 37),
            (36, 46),
            (45, 55),
            (54, 64),
            (63, 73),
            (72, 82),
            (81, 91),
            (90, 100),
        ],
        Paging::Page => vec![
            (0, 10),
            (9, 18),
            (16, 24),
            (20, 30),
            (27, 36),
            (35, 42),
            (40, 50),
            (49, 56),
            (54, 63),
            (60, 70),
            (69, 72),
            (70, 80),
            (78, 84),
            (80, 90),
            (88, 96),
        ],
    }
}

#[tokio::test]
async fn list_is_read_completely() {
    each(async |row| {
        // With the requests for it, the one that shows the end included.
        for (count, by_offset, by_number) in [
            (0, 1, 1),
            // The second asks for the same record, which shows nothing.
            (1, 3, 2),
            (9, 2, 2),
            (10, 2, 2),
            (11, 3, 3),
            (20, 4, 4),
            (45, 6, 8),
        ] {
            let server = serve(row, move |requested| row.truth(requested, count, usize::MAX)).await;
            let needed = match (row.paging, row.total) {
                (Paging::Page, _) => by_number,
                (Paging::Offset, true) => by_offset,
                // One more page is empty.
                (Paging::Offset, false) if count > 1 => by_offset + 1,
                (Paging::Offset, false) => by_offset,
                (Paging::Token | Paging::Key(_), _) => row.chain(count, 10).len(),
            };
            let how = ListOptions { prefetch: Some(1), ..by(10) };
            let (listed, requests) = read_list(row, &server, how).await;
            assert_all(&listed, count);
            assert!(listed.notes.is_empty(), "{:?}", listed.notes);
            assert_eq!(requests, needed, "for {count} records");
            let (listed, all) = read_list(row, &server, by(10)).await;
            assert_all(&listed, count);
            assert!(listed.notes.is_empty(), "{:?}", listed.notes);
            // Pages are asked for ahead before it is known that they exist: one
            // behind a numbered page that turns out to be short, and several
            // where the vendor does not say how many there are.
            let in_vain = match (row.paging, row.total) {
                (Paging::Page, _) => 1,
                (Paging::Offset, true) | (Paging::Token | Paging::Key(_), _) => 0,
                (Paging::Offset, false) => 3,
            };
            let requests = all - requests;
            let expected = needed..=needed + in_vain;
            assert!(expected.contains(&requests), "{requests} requests for {count} records");
        }
    })
    .await;
}

#[tokio::test]
async fn list_is_read_by_the_vendors_own_page_size() {
    each(async |row| {
        let server = serve(row, move |requested| row.truth(requested, 230, usize::MAX)).await;
        let (listed, requests) = read_list(row, &server, ListOptions::default()).await;
        assert_all(&listed, 230);
        // Where the vendor does not say how many there are, up to two pages are
        // asked for ahead in vain.
        let most = if row.total { 6 } else { 8 };
        assert!(requests <= most, "{requests} requests: the page size is not the largest");
    })
    .await;
}

#[tokio::test]
async fn list_without_total_and_flag_is_read_completely() {
    each(async |row| {
        for count in [0, 1, 10, 25, 30] {
            let page = move |requested: RequestedPage| {
                row.page(requested.range(count, 999), AnnouncedPaging::default())
            };
            let server = serve(row, page).await;
            let (listed, requests) = read_list(row, &server, by(10)).await;
            assert_all(&listed, count);
            assert!(requests <= count / 10 + 5, "{requests} requests for {count} records");
            if row.total && count > 0 {
                assert!(listed.notes.contains(&PageWarning::NoPagination), "{:?}", listed.notes);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn list_with_total_or_flag_alone_is_read_completely() {
    each(async |row| {
        for (total, more) in [(true, false), (false, true)] {
            let page = move |requested: RequestedPage| {
                let range = requested.range(35, 999);
                let announced = AnnouncedPaging::truth(&range, 35);
                let announced = AnnouncedPaging {
                    total: announced.total.filter(|_| total),
                    more: announced.more.filter(|_| more),
                    ..announced
                };
                row.page(range, announced)
            };
            let server = serve(row, page).await;
            let (listed, requests) = read_list(row, &server, by(10)).await;
            assert_all(&listed, 35);
            assert!(requests <= 8, "{requests} requests, total {total}, more {more}");
        }
    })
    .await;
}

#[tokio::test]
async fn list_of_bare_arrays_is_read_completely() {
    each(async |row| {
        for count in [3, 10, 25, 30] {
            let server = serve(row, move |requested| row.bare(requested.range(count, 999))).await;
            let (listed, requests) = read_list(row, &server, by(10)).await;
            match row.paging {
                // A full page without a token: there may be more.
                Paging::Token if count >= 10 => assert!(listed.error.is_some(), "{count}"),
                _ => assert_all(&listed, count),
            }
            assert!(requests <= count / 10 + 5, "{requests} requests for {count} records");
        }
    })
    .await;
}

/// The most records a vendor returns, whatever is requested.
const CAPS: [usize; 4] = [7, 20, 33, 50];

/// Walks lists whose vendor never returns more than its cap, and tells of each
/// that did not come whole.
async fn lowered(announced: fn(&std::ops::Range<usize>, usize) -> AnnouncedPaging) {
    each(async |row| {
        let mut problems = Vec::new();
        for cap in CAPS {
            for count in [cap, cap + 1, 3 * cap, 3 * cap + 2] {
                let page = move |requested: RequestedPage| {
                    let range = requested.range(count, cap);
                    row.page(range.clone(), announced(&range, count))
                };
                let server = serve(row, page).await;
                let (listed, requests) = read_list(row, &server, ListOptions::default()).await;
                let complete = listed.error.is_none() && listed.ids == expected(count);
                if !complete || requests > count / cap + 6 {
                    let (came, notes, error) = (listed.ids.len(), listed.notes, listed.error);
                    problems.push(format!(
                        "{came} of {count}, at most {cap} in a page, {requests} requests, \
                         {notes:?} {error:?}"
                    ));
                }
            }
        }
        assert!(problems.is_empty(), "\n  {}", problems.join("\n  "));
    })
    .await;
}

#[tokio::test]
async fn lowered_page_size_costs_no_record() {
    lowered(AnnouncedPaging::truth).await;
}

#[tokio::test]
async fn lowered_page_size_with_a_total_costs_no_record() {
    lowered(|range, count| AnnouncedPaging { more: None, ..AnnouncedPaging::truth(range, count) })
        .await;
}

#[tokio::test]
async fn lowered_page_size_without_a_total_costs_no_record() {
    lowered(|_, _| AnnouncedPaging::default()).await;
}

#[tokio::test]
async fn oversized_page_costs_no_record_and_gives_a_warning() {
    each(async |row| {
        for count in [15, 30, 40] {
            let page = move |requested: RequestedPage| {
                let range = requested.sized(count, 15);
                let announced = AnnouncedPaging::truth(&range, count);
                row.page(range, announced)
            };
            let server = serve(row, page).await;
            let (listed, requests) = read_list(row, &server, by(10)).await;
            assert_all(&listed, count);
            let note = PageWarning::LargerThanRequested { requested: 10, received: 15 };
            assert!(listed.notes.contains(&note), "{:?}", listed.notes);
            // Where the vendor does not say how many there are, up to two pages
            // are asked for ahead in vain.
            let most = if row.total { 12 } else { 14 };
            assert!(requests <= most, "{requests} requests for {count} records");
        }
    })
    .await;
}

#[tokio::test]
async fn limit_requests_only_the_pages_it_needs() {
    each(async |row| {
        let server = serve(row, move |requested| row.truth(requested, 95, usize::MAX)).await;
        let mut before = 0;
        for limit in [0, 1, 9, 10, 11, 20, 25, 95] {
            // Those that begin before the limit is reached.
            let ends = std::iter::once(0).chain(parts(row).into_iter().map(|(_, end)| end));
            let pages = ends.take_while(|end| *end < limit as usize).count();
            let how = ListOptions { limit: Some(limit), prefetch: Some(8), ..by(10) };
            let (listed, all) = read_list(row, &server, how).await;
            assert_all(&listed, limit as usize);
            assert_eq!(all - before, pages, "limit {limit}");
            before = all;
        }
        let beyond = ListOptions { limit: Some(200), prefetch: Some(8), ..by(10) };
        assert_all(&read_list(row, &server, beyond).await.0, 95);
        // Without a page size of its own a small limit asks for small pages.
        let how = ListOptions { limit: Some(7), ..ListOptions::default() };
        let (listed, _) = read_list(row, &server, how).await;
        assert_all(&listed, 7);
        let requests = server.received_requests().await.unwrap_or_default();
        assert_eq!(row.requested(requests.last().expect("a request")).size, 7);
    })
    .await;
}

#[tokio::test]
async fn limit_holds_where_the_vendor_lowers_the_page_size() {
    each(async |row| {
        for (limit, pages) in [(20, 1), (21, 2), (50, 3)] {
            let server = serve(row, move |requested| row.truth(requested, 95, 20)).await;
            let how =
                ListOptions { limit: Some(limit), page_size: Some(100), ..ListOptions::default() };
            let (listed, requests) = read_list(row, &server, how).await;
            assert_all(&listed, limit as usize);
            assert_eq!(requests, pages, "limit {limit}");
        }
    })
    .await;
}

#[tokio::test]
async fn failure_on_every_page_costs_no_record() {
    each(async |row| {
        let server = serve(row, move |requested| row.truth(requested, 45, usize::MAX)).await;
        // Every other request of the walk fails.
        let number = AtomicUsize::new(0);
        let fails = move |_: &Request| number.fetch_add(1, Ordering::SeqCst).is_multiple_of(2);
        let broken = ResponseTemplate::new(503);
        Mock::given(fails).respond_with(broken).with_priority(1).mount(&server).await;
        let (listed, requests) =
            read_list(row, &server, ListOptions { prefetch: Some(1), ..by(10) }).await;
        assert_all(&listed, 45);
        let needed = match (row.paging, row.total) {
            (Paging::Page, _) => 8,
            (Paging::Offset, true) => 6,
            // One more page is empty.
            (Paging::Offset, false) => 7,
            (Paging::Token | Paging::Key(_), _) => row.chain(45, 10).len(),
        };
        assert_eq!(requests, 2 * needed);
    })
    .await;
}

#[tokio::test]
async fn failure_on_a_later_page_keeps_records_and_position() {
    each(async |row| {
        let server = serve(row, move |requested| row.truth(requested, 45, usize::MAX)).await;
        let [_, second, third, ..] = parts(row)[..] else { panic!("three parts") };
        let third = move |request: &Request| row.requested(request).range(45, 99).start == third.0;
        let mock = Mock::given(third).respond_with(ResponseTemplate::new(403)).with_priority(1);
        mock.up_to_n_times(1).mount(&server).await;
        let (first, _) = read_list(row, &server, by(10)).await;
        assert_fails(&first, ErrorKind::Forbidden);
        assert_eq!(first.ids, expected(second.1));
        let (rest, _) =
            read_list(row, &server, ListOptions { resume: first.cursor, ..by(10) }).await;
        assert_eq!([first.ids, rest.ids].concat(), expected(45), "{:?}", rest.error);
    })
    .await;
}

#[tokio::test]
async fn list_resumes_anywhere_without_gap_or_repeat() {
    each(async |row| {
        for (cap, silent) in [(usize::MAX, false), (20, false), (20, true)] {
            for take in [0, 1, 19, 20, 21, 50, 64] {
                let page = move |requested: RequestedPage| {
                    let range = requested.range(65, cap);
                    let announced = AnnouncedPaging::truth(&range, 65);
                    row.page(range, if silent { AnnouncedPaging::default() } else { announced })
                };
                let server = serve(row, page).await;
                let how = ListOptions { take: Some(take), ..ListOptions::default() };
                let (first, _) = read_list(row, &server, how).await;
                let cursor = serde_json::to_string(&first.cursor.expect("a place to go on"));
                let cursor = cursor.and_then(|text| serde_json::from_str(&text));
                let cursor: Cursor = cursor.expect("a cursor is stored and read");
                assert_eq!(cursor.records_before(), take as u64);
                let resume = Some(cursor);
                let (rest, _) =
                    read_list(row, &server, ListOptions { resume, ..ListOptions::default() }).await;
                let left = format!("left after {take}, cap {cap}, silent {silent}");
                let ids = [first.ids, rest.ids].concat();
                assert_eq!(ids.len(), 65, "{left}: {:?}", rest.notes);
                assert_eq!(ids, expected(65), "{left}");
                assert!(rest.cursor.is_none(), "{left}: the end is no place to go on");
            }
        }
    })
    .await;
}
