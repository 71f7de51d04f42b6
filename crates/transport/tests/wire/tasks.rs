//! Pages that are fetched and taken apart in tasks of their own.

use crate::vendor::Item;
use callfold_transport::{Error, ErrorKind, Lenient, Page, PageRequest, Pages, Paging};
use futures_util::{FutureExt, StreamExt};
use std::collections::HashSet;
use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};

const PAGING: Paging = Paging::offset().sizes(10, 10);

/// One page of a list of 200 records, its records made into their ids.
fn page(at: PageRequest) -> Page<Item, String> {
    let end = (at.offset() + 10).min(200);
    let record = |n| format!(r#"{{"id":"c{n}"}}"#);
    let json: Vec<_> = (at.offset()..end).map(record).collect();
    let records: Vec<Lenient<Item>> =
        serde_json::from_str(&format!("[{}]", json.join(","))).unwrap();
    Page::new(records).map(|record| record.id().unwrap().into_owned())
}

fn ids(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|n| format!("c{n}")).collect()
}

async fn read(pages: Pages<'static, Item, String>) -> Vec<String> {
    pages.map(|page| page.unwrap().records).concat().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pages_keep_their_order_whichever_task_ends_first() {
    let threads: Arc<Mutex<HashSet<ThreadId>>> = Arc::default();
    let seen = threads.clone();
    let fetch = move |at: PageRequest| {
        let seen = seen.clone();
        async move {
            // Every other page has more to wait for than the next.
            for _ in 0..(at.index % 2) * 50 {
                tokio::task::yield_now().await;
            }
            seen.lock().unwrap().insert(thread::current().id());
            Ok(page(at))
        }
    };
    let found = read(Pages::new(PAGING, fetch).prefetch(8).spawned()).await;
    assert_eq!(found, ids(0..200));
    let here = thread::current().id();
    assert!(threads.lock().unwrap().iter().any(|other| *other != here), "tasks run elsewhere");
}

#[tokio::test(flavor = "current_thread")]
async fn one_thread_is_enough() {
    let pages = Pages::new(PAGING, |at| async move { Ok(page(at)) });
    assert_eq!(read(pages.prefetch(4).spawned()).await, ids(0..200));
}

#[test]
fn without_a_runtime_pages_come_as_ever() {
    let pages = Pages::new(PAGING, |at| async move { Ok(page(at)) });
    assert_eq!(read(pages.spawned()).now_or_never(), Some(ids(0..200)));
}

#[tokio::test]
async fn panic_in_a_task_is_an_error_and_ends_the_list() {
    let fetch = |at: PageRequest| async move {
        assert!(at.index < 3, "a bug");
        Ok(page(at))
    };
    let mut pages = Pages::new(PAGING, fetch).prefetch(4).spawned();
    for _ in 0..3 {
        assert!(pages.next().await.unwrap().is_ok());
    }
    let error = pages.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
    assert_eq!(
        error.to_string(),
        "internal error: a page could not be processed; please report it"
    );
    assert!(!error.is_retryable() && pages.next().await.is_none());
}

#[tokio::test]
async fn dropping_the_pages_ends_their_tasks() {
    struct Ended(Arc<AtomicUsize>, tokio::sync::mpsc::UnboundedSender<()>);
    impl Drop for Ended {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::SeqCst);
            self.1.send(()).unwrap();
        }
    }
    let under_way = Arc::new(AtomicUsize::new(0));
    let (ended, mut ends) = tokio::sync::mpsc::unbounded_channel();
    let count = under_way.clone();
    let fetch = move |at: PageRequest| {
        count.fetch_add(1, Ordering::SeqCst);
        let guard = Ended(count.clone(), ended.clone());
        async move {
            if at.index > 0 {
                pending::<()>().await;
            }
            drop(guard);
            Ok::<_, Error>(page(at))
        }
    };
    let mut pages = Pages::new(PAGING, fetch).prefetch(5).spawned();
    assert!(pages.next().await.unwrap().is_ok());
    ends.recv().await.unwrap();
    assert!(pages.next().now_or_never().is_none(), "the next page never comes");
    assert_eq!(under_way.load(Ordering::SeqCst), 5);
    drop(pages);
    for _ in 0..5 {
        ends.recv().await.unwrap();
    }
    assert_eq!(under_way.load(Ordering::SeqCst), 0);
}
