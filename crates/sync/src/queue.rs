//! Pages on their way into the database.
//!
//! A page is written in one transaction with the state after it. Where pages
//! come faster than the database takes them, those that wait go in one
//! transaction together, in the order in which they came: it costs a database
//! far less to change the same places once than again and again.

use crate::{StoreError, StoreErrorKind, Written, row::key, store::Page};
use std::{
    collections::{HashSet, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::sync::oneshot;

/// Calls that are written in one transaction at most, unless one page has more.
pub(crate) const MOST: usize = 2_000;

/// What becomes of a page.
pub(crate) type Receipt = oneshot::Receiver<Result<Written, StoreError>>;

/// Pages that wait to be written.
#[derive(Debug, Default)]
pub(crate) struct Queue(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    waiting: VecDeque<Waiting>,
    /// Why a page could not be written. Nothing is written after that: the
    /// state after a later page would say that this one was.
    broken: Option<StoreError>,
}

#[derive(Debug)]
struct Waiting {
    page: Page,
    done: oneshot::Sender<Result<Written, StoreError>>,
}

/// Pages that are written together.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) pages: Vec<Page>,
    done: Vec<oneshot::Sender<Result<Written, StoreError>>>,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a page behind those that wait.
    pub(crate) fn push(&self, page: Page) -> Receipt {
        let (done, receipt) = oneshot::channel();
        let mut inner = self.lock();
        match &inner.broken {
            // Nobody waits for it any more where the receipt was dropped.
            Some(error) => drop(done.send(Err(error.clone()))),
            None => inner.waiting.push_back(Waiting { page, done }),
        }
        receipt
    }

    /// The next pages; `None` where none waits. No call is in two of them.
    pub(crate) fn take(&self) -> Option<Group> {
        let mut inner = self.lock();
        let mut group = Group { pages: Vec::new(), done: Vec::new() };
        let (mut ids, mut calls) = (HashSet::new(), 0);
        while let Some(next) = inner.waiting.front() {
            let several = inner.waiting.len() > 1 || !group.pages.is_empty();
            calls += next.page.calls.len();
            let is_new = |id: String| ids.insert(id);
            let fits = !several || next.page.calls.iter().map(|new| key(&new.call)).all(is_new);
            if !group.pages.is_empty() && (calls > MOST || !fits) {
                break;
            }
            let Some(Waiting { page, done }) = inner.waiting.pop_front() else { break };
            group.pages.push(page);
            group.done.push(done);
        }
        (!group.pages.is_empty()).then_some(group)
    }

    /// Tells whoever waits what became of the pages.
    pub(crate) fn settle(&self, group: Group, result: Result<Vec<Written>, StoreError>) {
        match result {
            Ok(written) => {
                for (done, written) in group.done.into_iter().zip(written) {
                    drop(done.send(Ok(written)));
                }
            }
            Err(error) => {
                let mut inner = self.lock();
                let rest = inner.waiting.drain(..).map(|waiting| waiting.done);
                for done in group.done.into_iter().chain(rest) {
                    drop(done.send(Err(error.clone())));
                }
                inner.broken = Some(error);
            }
        }
    }
}

/// Waits for what became of a page.
pub(crate) async fn received(receipt: Receipt) -> Result<Written, StoreError> {
    let gone = |_| {
        StoreError::new(StoreErrorKind::Broken, "the database was let go of before the end", "")
    };
    receipt.await.map_err(gone)?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::{Parts, Prepared, Shape};
    use callfold_unify::model::{Call, CallId};

    fn page(ids: &[&str]) -> Page {
        let call = |id: &&str| {
            let call = Box::new(Call::new(CallId::new("acme", "a", *id)));
            Prepared::new(call, Shape::List, Parts::default())
        };
        Page { calls: ids.iter().map(call).collect(), ..Page::default() }
    }

    fn sizes(queue: &Queue) -> Vec<Vec<usize>> {
        let groups = std::iter::from_fn(|| queue.take());
        groups.map(|group| group.pages.iter().map(|page| page.calls.len()).collect()).collect()
    }

    #[test]
    fn waiting_pages_go_together_until_they_are_many_or_a_call_comes_again() {
        let queue = Queue::default();
        let many: Vec<String> = (0..1_500).map(|id| id.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let mut receipts = Vec::new();
        for ids in [&["x"][..], &["y", "z"], &many, &["a", "b"], &["c", "a"], &["d"]] {
            receipts.push(queue.push(page(ids)));
        }
        assert_eq!(sizes(&queue), [vec![1, 2, 1_500, 2], vec![2, 1]]);
        queue.push(page(&many));
        queue.push(page(&["x"; 600]));
        assert_eq!(sizes(&queue), [vec![1_500], vec![600]]);
        assert!(queue.take().is_none());
    }

    #[test]
    fn nothing_is_written_after_a_failure() {
        let queue = Queue::default();
        let mut first = queue.push(page(&["x"]));
        let group = queue.take().unwrap();
        let mut second = queue.push(page(&["y"]));
        queue.settle(group, Err(StoreError::new(StoreErrorKind::Full, "the disk is full", "")));
        let mut third = queue.push(page(&["z"]));
        for receipt in [&mut first, &mut second, &mut third] {
            let error = receipt.try_recv().unwrap().unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Full);
        }
        assert!(queue.take().is_none());
    }
}
