//! Cases x vendors: what a server may do, done to the client of every vendor,
//! to its lists and to its lookup of one call.
//!
//! Belongs here: what goes over the wire, and what a caller sees of it. Does
//! not belong here: what a record means. After each case nothing secret may
//! have shown anywhere; see [`leaks`].

mod bodies;
mod broken;
mod callers;
mod drift;
mod guards;
pub(crate) mod leaks;
mod pages;
mod recordings;
mod redirects;
mod retries;
mod rows;
mod safety;

use callers::{Caller, ListOptions, ListResult, Settings};
use callfold_test_support::raw_server::{ServerAction, ok};
use callfold_transport::{Error, ErrorKind};
use futures_util::{FutureExt as _, future::join_all};
use rows::{Paging, RequestedPage, Row};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers::any};

/// No case of any row takes longer.
const CASE_TIMEOUT: Duration = Duration::from_secs(20);

/// What a row is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    /// Its list, from the first page to the last.
    List,
    /// One call.
    Single,
}

const CALLS: [Call; 2] = [Call::List, Call::Single];

impl Call {
    /// A good response.
    fn body(self, row: &Row) -> String {
        match self {
            Self::List => row.complete(2),
            Self::Single => row.single(),
        }
    }

    /// Answers every request as a vendor does: a list by the part that is
    /// asked for.
    fn good(self, row: &'static Row) -> ServerAction {
        match self {
            Self::List => ServerAction::Respond(Arc::new(move |head, body| {
                let target = head.split(' ').nth(1).unwrap_or_default();
                let query = target.split_once('?').map_or("", |(_, query)| query);
                ok(&row.truth(row.asked_by(query, body), 2, usize::MAX))
            })),
            Self::Single => ServerAction::Send(ok(&self.body(row))),
        }
    }

    /// How many requests good responses take. The end of a list has to show: one
    /// page brings nothing new, and where the vendor says nothing about the
    /// length of the list, one more is empty. A page without a token is the last.
    fn requests(self, row: &Row) -> usize {
        match (self, row.paging) {
            (Self::Single, _) | (Self::List, Paging::Token) => 1,
            (Self::List, Paging::Key(_)) => 2,
            (Self::List, Paging::Page | Paging::Offset) => {
                if row.total {
                    2
                } else {
                    3
                }
            }
        }
    }

    /// Sends the requests; fails if what came of a good response is not what was served.
    async fn on(self, caller: &dyn Caller) -> Result<(), Error> {
        match self {
            Self::List => {
                let listed = caller.list(ListOptions::default()).await;
                match listed.error {
                    Some(error) => return Err(error),
                    None => assert_eq!(listed.ids, expected(2)),
                }
            }
            Self::Single => assert!(caller.single().await?, "no call came"),
        }
        Ok(())
    }

    /// Requests what must fail; returns the error.
    async fn fails(self, caller: &dyn Caller) -> Error {
        match self.on(caller).await {
            Ok(()) => panic!("{self:?} succeeds"),
            Err(error) => error,
        }
    }
}

/// The ids of a list of `count`.
fn expected(count: usize) -> Vec<String> {
    (0..count).map(rows::id).collect()
}

/// Runs a case on every row at once, and tells of each that failed.
async fn each<C: AsyncFn(&'static Row)>(case: C) {
    leaks::watch();
    let case = &case;
    let run = callers::rows().map(|row| async move {
        let timed = tokio::time::timeout(CASE_TIMEOUT, case(row));
        let problem = match AssertUnwindSafe(timed).catch_unwind().await {
            Ok(Ok(())) => return None,
            Ok(Err(_)) => "does not end".to_owned(),
            Err(panic) => match (panic.downcast_ref::<String>(), panic.downcast_ref::<&str>()) {
                (Some(text), _) => text.clone(),
                (_, Some(text)) => (*text).to_owned(),
                _ => "a panic without a text".to_owned(),
            },
        };
        Some(format!("{} {}: {problem}", row.vendor, row.name))
    });
    let problems: Vec<_> = join_all(run).await.into_iter().flatten().collect();
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
    leaks::none_since();
}

/// Runs a case on every row, for its list and for its lookup.
async fn each_call<C: AsyncFn(&'static Row, Call)>(case: C) {
    let case = &case;
    each(async |row| {
        join_all(CALLS.map(|call| case(row, call))).await;
    })
    .await;
}

fn connect(row: &Row, settings: &Settings) -> Box<dyn Caller> {
    (row.connect)(settings).expect("a client")
}

/// A server on a port of its own: a request of an earlier case that was dropped
/// on its way cannot arrive here.
async fn own_server() -> MockServer {
    MockServer::builder().start().await
}

/// Serves the lists of a row, each page by what `body` makes of the request.
async fn serve<F>(row: &'static Row, body: F) -> MockServer
where
    F: Fn(RequestedPage) -> String + Send + Sync + 'static,
{
    struct Pages<F>(&'static Row, F);
    impl<F: Fn(RequestedPage) -> String + Send + Sync> Respond for Pages<F> {
        fn respond(&self, request: &Request) -> ResponseTemplate {
            let body = (self.1)(self.0.requested(request));
            ResponseTemplate::new(200).set_body_raw(body, "application/json")
        }
    }
    let server = own_server().await;
    Mock::given(any()).respond_with(Pages(row, body)).mount(&server).await;
    server
}

/// Reads the list that a server returns, and counts the requests it took.
async fn read_list(
    row: &'static Row,
    server: &MockServer,
    how: ListOptions,
) -> (ListResult, usize) {
    let caller = connect(row, &Settings::shared(server.uri()));
    let listed = caller.list(how).await;
    let requests = server.received_requests().await.unwrap_or_default().len();
    (listed, requests)
}

/// Fails unless the walk ended with all of `count` records, once and in order.
fn assert_all(listed: &ListResult, count: usize) {
    assert!(listed.error.is_none(), "{:?}", listed.error);
    assert_eq!(listed.ids, expected(count), "{:?}", listed.notes);
}

/// Fails unless the walk ended with an error of this kind.
fn assert_fails(listed: &ListResult, kind: ErrorKind) {
    let found = listed.error.as_ref().map(Error::kind);
    assert_eq!(found, Some(kind), "{:?} after {} records", listed.error, listed.ids.len());
}
