//! Lists that are longer than a page: every record comes, and comes once.

use super::callers::Walk;
use super::rows::Said;
use super::{Asked, assert_all, assert_fails, each, expected, serve, walk};
use callfold_transport::{ErrorKind, PageNote};
use std::sync::atomic::{AtomicUsize, Ordering};
use wiremock::{Mock, Request, ResponseTemplate};

/// A walk by pages of so many.
fn by(size: u32) -> Walk {
    Walk { page_size: Some(size), ..Walk::default() }
}

#[tokio::test]
async fn list_is_read_to_its_end() {
    each(async |row| {
        for count in [0, 1, 9, 10, 11, 20, 45] {
            let server = serve(row, move |asked| row.truth(asked, count, usize::MAX)).await;
            let (walked, requests) = walk(row, &server, by(10)).await;
            assert_all(&walked, count);
            assert!(walked.notes.is_empty(), "{:?}", walked.notes);
            let needed = count.div_ceil(10).max(1);
            match row.total {
                true => assert_eq!(requests, needed, "for {count} records"),
                // Pages are asked for ahead before it is known that they exist.
                false => assert!((needed..=needed + 4).contains(&requests), "{requests} requests"),
            }
        }
    })
    .await;
}

#[tokio::test]
async fn list_is_read_by_the_vendors_own_page_size() {
    each(async |row| {
        let server = serve(row, move |asked| row.truth(asked, 230, usize::MAX)).await;
        let (walked, requests) = walk(row, &server, Walk::default()).await;
        assert_all(&walked, 230);
        assert!(requests <= 6, "{requests} requests: the page size is not the largest");
    })
    .await;
}

#[tokio::test]
async fn list_that_says_nothing_about_its_length_is_read_to_its_end() {
    each(async |row| {
        for count in [0, 1, 10, 25, 30] {
            let page = move |asked: Asked| row.page(asked.range(count, 999), Said::default());
            let server = serve(row, page).await;
            let (walked, requests) = walk(row, &server, by(10)).await;
            assert_all(&walked, count);
            assert!(requests <= count / 10 + 5, "{requests} requests for {count} records");
            if row.total && count > 0 {
                assert!(walked.notes.contains(&PageNote::NoPagination), "{:?}", walked.notes);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn list_that_says_only_half_about_its_length_is_read_to_its_end() {
    each(async |row| {
        for (total, more) in [(true, false), (false, true)] {
            let page = move |asked: Asked| {
                let range = asked.range(35, 999);
                let said = Said::truth(&range, 35);
                let said =
                    Said { total: said.total.filter(|_| total), more: said.more.filter(|_| more) };
                row.page(range, said)
            };
            let server = serve(row, page).await;
            let (walked, requests) = walk(row, &server, by(10)).await;
            assert_all(&walked, 35);
            assert!(requests <= 8, "{requests} requests, total {total}, more {more}");
        }
    })
    .await;
}

#[tokio::test]
async fn list_of_bare_arrays_is_read_to_its_end() {
    each(async |row| {
        for count in [3, 10, 25, 30] {
            let server = serve(row, move |asked| row.bare(asked.range(count, 999))).await;
            let (walked, requests) = walk(row, &server, by(10)).await;
            assert_all(&walked, count);
            assert!(requests <= count / 10 + 5, "{requests} requests for {count} records");
        }
    })
    .await;
}

/// The most a vendor answers, whatever it is asked for.
const CAPS: [usize; 4] = [7, 20, 33, 50];

/// Walks lists whose vendor never answers more than its cap, and tells of each
/// that did not come whole.
async fn lowered(said: fn(&std::ops::Range<usize>, usize) -> Said) {
    each(async |row| {
        let mut problems = Vec::new();
        for cap in CAPS {
            for count in [cap, cap + 1, 3 * cap, 3 * cap + 2] {
                let page = move |asked: Asked| {
                    let range = asked.range(count, cap);
                    row.page(range.clone(), said(&range, count))
                };
                let server = serve(row, page).await;
                let (walked, requests) = walk(row, &server, Walk::default()).await;
                let whole = walked.error.is_none() && walked.ids == expected(count);
                if !whole || requests > count / cap + 6 {
                    let (came, notes, error) = (walked.ids.len(), walked.notes, walked.error);
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
async fn page_size_that_the_vendor_lowers_costs_no_record() {
    lowered(Said::truth).await;
}

#[tokio::test]
async fn page_size_that_the_vendor_lowers_costs_no_record_where_it_tells_the_total() {
    lowered(|range, count| Said { more: None, ..Said::truth(range, count) }).await;
}

#[tokio::test]
async fn page_size_that_the_vendor_lowers_costs_no_record_where_it_tells_nothing() {
    lowered(|_, _| Said::default()).await;
}

#[tokio::test]
async fn page_larger_than_asked_costs_no_record_and_is_noted() {
    each(async |row| {
        for count in [15, 30, 40] {
            let page = move |asked: Asked| {
                let range = asked.sized(count, 15);
                let said = Said::truth(&range, count);
                row.page(range, said)
            };
            let server = serve(row, page).await;
            let (walked, requests) = walk(row, &server, by(10)).await;
            assert_all(&walked, count);
            let note = PageNote::LargerThanAsked { asked: 10, received: 15 };
            assert!(walked.notes.contains(&note), "{:?}", walked.notes);
            assert!(requests <= 12, "{requests} requests for {count} records");
        }
    })
    .await;
}

#[tokio::test]
async fn limit_asks_for_no_more_pages_than_it_needs() {
    each(async |row| {
        let server = serve(row, move |asked| row.truth(asked, 95, usize::MAX)).await;
        let mut before = 0;
        for (limit, pages) in [(0, 0), (1, 1), (9, 1), (10, 1), (11, 2), (20, 2), (25, 3), (95, 10)]
        {
            let how = Walk { limit: Some(limit), prefetch: Some(8), ..by(10) };
            let (walked, all) = walk(row, &server, how).await;
            assert_all(&walked, limit as usize);
            assert_eq!(all - before, pages, "limit {limit}");
            before = all;
        }
        // Without a page size of its own a small limit asks for small pages.
        let how = Walk { limit: Some(7), ..Walk::default() };
        let (walked, _) = walk(row, &server, how).await;
        assert_all(&walked, 7);
        let requests = server.received_requests().await.unwrap_or_default();
        assert_eq!(row.asked(requests.last().expect("a request")).size, 7);
    })
    .await;
}

#[tokio::test]
async fn limit_holds_where_the_vendor_lowers_the_page_size() {
    each(async |row| {
        for (limit, pages) in [(20, 1), (21, 2), (50, 3)] {
            let server = serve(row, move |asked| row.truth(asked, 95, 20)).await;
            let how = Walk { limit: Some(limit), page_size: Some(100), ..Walk::default() };
            let (walked, requests) = walk(row, &server, how).await;
            assert_all(&walked, limit as usize);
            assert_eq!(requests, pages, "limit {limit}");
        }
    })
    .await;
}

#[tokio::test]
async fn failure_on_every_page_costs_no_record() {
    each(async |row| {
        let server = serve(row, move |asked| row.truth(asked, 45, usize::MAX)).await;
        // Every other request of the walk fails.
        let number = AtomicUsize::new(0);
        let fails = move |_: &Request| number.fetch_add(1, Ordering::SeqCst).is_multiple_of(2);
        let broken = ResponseTemplate::new(503);
        Mock::given(fails).respond_with(broken).with_priority(1).mount(&server).await;
        let (walked, requests) = walk(row, &server, Walk { prefetch: Some(1), ..by(10) }).await;
        assert_all(&walked, 45);
        assert_eq!(requests, 10);
    })
    .await;
}

#[tokio::test]
async fn refusal_on_a_later_page_keeps_what_came_and_where_to_go_on() {
    each(async |row| {
        let server = serve(row, move |asked| row.truth(asked, 45, usize::MAX)).await;
        let third = move |request: &Request| row.asked(request).range(45, 99).start == 20;
        let mock = Mock::given(third).respond_with(ResponseTemplate::new(403)).with_priority(1);
        mock.up_to_n_times(1).mount(&server).await;
        let (first, _) = walk(row, &server, by(10)).await;
        assert_fails(&first, ErrorKind::Forbidden);
        assert_eq!(first.ids, expected(20));
        let (rest, _) = walk(row, &server, Walk { resume: first.cursor, ..by(10) }).await;
        assert_eq!([first.ids, rest.ids].concat(), expected(45), "{:?}", rest.error);
    })
    .await;
}

#[tokio::test]
async fn list_left_anywhere_is_resumed_without_gap_or_repeat() {
    each(async |row| {
        for (cap, silent) in [(usize::MAX, false), (20, false), (20, true)] {
            for take in [0, 1, 19, 20, 21, 50, 64] {
                let page = move |asked: Asked| {
                    let range = asked.range(65, cap);
                    let said = Said::truth(&range, 65);
                    row.page(range, if silent { Said::default() } else { said })
                };
                let server = serve(row, page).await;
                let how = Walk { take: Some(take), ..Walk::default() };
                let (first, _) = walk(row, &server, how).await;
                let cursor = serde_json::to_string(&first.cursor.expect("a place to go on"));
                let cursor = cursor.and_then(|text| serde_json::from_str(&text));
                let resume = Some(cursor.expect("a cursor is stored and read"));
                let (rest, _) = walk(row, &server, Walk { resume, ..Walk::default() }).await;
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
