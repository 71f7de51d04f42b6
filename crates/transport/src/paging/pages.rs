//! A list as a stream of pages.

use super::decode_gate::DecodeGate;
use super::pager::{Options, Pager, PrefetchAction, Recovery};
use super::{Cursor, Page, PageRequest, Paging, Records};
use crate::error::ErrorContext;
use crate::{Error, ErrorKind, Lenient, Record};
use futures_core::Stream;
use futures_util::stream::FuturesOrdered;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

type Fetching<'a, R, T> = Pin<Box<dyn Future<Output = Result<Page<R, T>, Error>> + Send + 'a>>;
type FetchPage<'a, R, T> = Arc<dyn Fn(PageRequest) -> Fetching<'a, R, T> + Send + Sync + 'a>;

/// The pages of a list, in the vendor's order; `T` is what their records are
/// made into.
///
/// The options may be set until the stream is first polled. After an error the
/// stream ends; [`cursor`](Self::cursor) gives the position to resume at. Dropping the
/// stream drops the requests under way.
#[must_use = "a stream does nothing until it is polled"]
pub struct Pages<'a, R, T = Lenient<R>> {
    paging: Paging,
    options: Options,
    fetch: FetchPage<'a, R, T>,
    pager: Option<Pager>,
    in_flight: FuturesOrdered<Fetching<'a, R, T>>,
    /// New records, by their ids as hashes, of responses in whose place another was
    /// requested. Those that no page shows are handed out with the last page.
    replaced: BTreeMap<u64, T>,
    context: ErrorContext,
    /// The index of the page that is handed out next.
    due: watch::Sender<u64>,
}

impl<'a, R: Record, T> Pages<'a, R, T> {
    /// A list whose pages `fetch` gets, one by one or several at once.
    pub fn new<F, G>(paging: Paging, fetch: F) -> Self
    where
        F: Fn(PageRequest) -> G + Send + Sync + 'a,
        G: Future<Output = Result<Page<R, T>, Error>> + Send + 'a,
    {
        Self {
            paging,
            options: Options {
                size: None,
                prefetch: 4,
                limit: None,
                max_pages: None,
                resume: None,
            },
            fetch: Arc::new(move |at| Box::pin(fetch(at))),
            pager: None,
            in_flight: FuturesOrdered::new(),
            replaced: BTreeMap::new(),
            context: ErrorContext::default(),
            due: watch::Sender::new(0),
        }
    }

    /// Asks for pages of so many records, at most the vendor's maximum.
    /// Default: the vendor's own, or the limit if that is smaller.
    pub fn page_size(mut self, records: u32) -> Self {
        self.options.size = Some(records);
        self
    }

    /// Has up to so many requests under way at once; 1 for one after another.
    /// Default 4. The first page is always requested alone: it tells how many
    /// there are. Where the vendor does not tell, pages are requested before it
    /// is known that they exist, and what comes back too much is dropped. A list
    /// that is paged by token or key is always read one page after the other.
    pub fn prefetch(mut self, pages: usize) -> Self {
        self.options.prefetch = pages;
        self
    }

    /// Ends after so many records; pages beyond are not requested.
    pub fn limit(mut self, records: u64) -> Self {
        self.options.limit = Some(records);
        self
    }

    /// Fails once the list has more than so many pages. Default: no limit; a
    /// vendor that returns the same page again and again is recognised.
    pub fn max_pages(mut self, pages: u64) -> Self {
        self.options.max_pages = Some(pages);
        self
    }

    /// Resumes an earlier read, with its page size.
    pub fn resume(mut self, cursor: Cursor) -> Self {
        self.options.resume = Some(cursor);
        self
    }

    /// Where to resume after the page handed out last; `None` at the end of
    /// the list.
    pub fn cursor(&self) -> Option<Cursor> {
        match &self.pager {
            Some(pager) => pager.cursor(),
            None => Pager::new(self.paging, &self.options).cursor(),
        }
    }
}

impl<R: Record, T> Pages<'_, R, T> {
    /// The next page; `None` at the end of the list.
    pub async fn next(&mut self) -> Option<Result<Page<R, T>, Error>> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl<R: Record, T: Send + 'static> Pages<'static, R, T> {
    /// Runs each request, the decoding of its response and what `fetch` does with
    /// it in a task of the running Tokio runtime, several at once where that
    /// has several threads. What is dropped here ends the tasks. Without a
    /// runtime nothing changes.
    ///
    /// Responses that came early wait as they are: only the next page is decoded.
    pub fn spawned(mut self) -> Self {
        let (fetch, due) = (self.fetch, self.due.clone());
        self.fetch = Arc::new(move |at| {
            let gate = DecodeGate { index: at.index, due: due.subscribe() };
            task(Box::pin(gate.run(fetch(at))))
        });
        self
    }
}

fn task<R: Record, T: Send + 'static>(page: Fetching<'static, R, T>) -> Fetching<'static, R, T> {
    let Ok(runtime) = Handle::try_current() else { return page };
    let task = AbortOnDropHandle::new(runtime.spawn(page));
    Box::pin(async move {
        task.await.unwrap_or_else(|ended| {
            let what = if ended.is_panic() {
                "a page could not be processed; please report it"
            } else {
                "the runtime that reads was shut down"
            };
            Err(Error::plain(&ErrorContext::default(), ErrorKind::Internal, what))
        })
    })
}

impl<'a, R: Record> Pages<'a, R> {
    /// The records of these pages.
    pub fn into_records(self) -> Records<'a, R> {
        Records::new(self)
    }
}

impl<R: Record, T> Stream for Pages<'_, R, T> {
    type Item = Result<Page<R, T>, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let is_first = this.pager.is_none();
        let state = this.pager.get_or_insert_with(|| Pager::new(this.paging, &this.options));
        if state.is_finished() {
            return Poll::Ready(None);
        }
        let is_of_another_list = |cursor: &Cursor| !cursor.is_of(this.paging.style);
        if is_first && this.options.resume.as_ref().is_some_and(is_of_another_list) {
            state.finish();
            let what = "the cursor belongs to a list with another paging style; start without it";
            let error = Error::plain(&this.context, ErrorKind::InvalidRequest, what);
            return Poll::Ready(Some(Err(error)));
        }
        let result = loop {
            while let Some(at) = state.plan(this.in_flight.len()) {
                this.in_flight.push_back((this.fetch)(at));
            }
            this.due.send_replace(state.due_index());
            match ready!(Pin::new(&mut this.in_flight).poll_next(cx)) {
                Some(Ok(page)) if state.plan_refetch(&page) => {
                    // Up to a limit, records are wanted in the order of the list.
                    if this.options.limit.is_none() {
                        this.replaced.extend(state.new_records(page));
                    }
                    this.in_flight.push_front((this.fetch)(state.due()));
                }
                Some(Ok(page)) => break Ok(page),
                Some(Err(error)) => match state.recover(&error) {
                    Recovery::Retry(at) => {
                        this.in_flight = FuturesOrdered::new();
                        this.in_flight.push_back((this.fetch)(at));
                    }
                    Recovery::End => {
                        this.in_flight = FuturesOrdered::new();
                        return Poll::Ready(None);
                    }
                    Recovery::Fail => break Err(error),
                },
                None => {
                    break Err(Error::plain(
                        &this.context,
                        ErrorKind::TooLarge,
                        state.over_limit(),
                    ));
                }
            }
        };
        let accepted = result.and_then(|mut page| {
            this.context = page.context.clone();
            if state.accept(&mut page)? == PrefetchAction::Discard || state.is_finished() {
                this.in_flight = FuturesOrdered::new();
            }
            this.replaced.retain(|id, _| !page.ids.contains(id));
            if state.is_finished() {
                page.records.extend(std::mem::take(&mut this.replaced).into_values());
            }
            Ok(page)
        });
        if accepted.is_err() {
            state.finish();
            this.in_flight = FuturesOrdered::new();
        }
        Poll::Ready(Some(accepted))
    }
}

impl<R, T> std::fmt::Debug for Pages<'_, R, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pages").field("options", &self.options).finish_non_exhaustive()
    }
}
