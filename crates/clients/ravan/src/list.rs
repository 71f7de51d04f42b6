//! How the lists are asked for and taken apart.

use crate::transport::{
    Envelope, Error, Lenient, ListOperation, OneOf, PageAt, Paging, ResponseValue,
};
use crate::types::{self, CallSession, CallSessionsResponse};
use crate::{Session, builder};

impl ListOperation for builder::ListPhoneHistory {
    type Record = types::CallSession;
    type Body = types::PhoneHistoryPage;
    const PAGING: Paging = Paging::pages(1).sizes(100, 100).items("/calls");

    fn at(self, at: PageAt) -> Self {
        self.page(at.page).page_size(at.size)
    }

    async fn fetch(self) -> Result<ResponseValue<Self::Body>, Error> {
        self.send().await
    }

    fn open(body: Self::Body) -> Envelope<Self::Record> {
        Envelope::of(body.calls).total(body.total_count)
    }
}

impl ListOperation for builder::ListCallSessions {
    type Record = Session;
    type Body = types::CallSessionsResponse;
    const PAGING: Paging = Paging::pages(1).sizes(100, 100).items("/data");

    fn at(self, at: PageAt) -> Self {
        self.page(at.page).page_size(at.size)
    }

    async fn fetch(self) -> Result<ResponseValue<Self::Body>, Error> {
        self.send().await
    }

    fn open(body: Self::Body) -> Envelope<Self::Record> {
        open(body)
    }
}

/// Takes a page apart, whichever shape it has. The total is documented in one
/// place of one shape and was seen in others.
fn open(body: CallSessionsResponse) -> Envelope<Session> {
    let outer = body.meta.and_then(|meta| meta.total);
    match body.data {
        Some(OneOf::First(page)) => {
            let inner = page.meta.and_then(|meta| meta.total);
            let items = page.call_sessions.map(|items| {
                items.into_iter().map(|item| item.map(Session::Item)).collect::<Vec<_>>()
            });
            Envelope::of(items).total(page.total_count.or(inner).or(outer))
        }
        Some(OneOf::Second(list)) => {
            let sessions =
                list.0.into_iter().map(|item: Lenient<CallSession>| item.map(Session::Session));
            Envelope::of(sessions.collect::<Vec<_>>()).total(outer)
        }
        None => Envelope::of(None).total(outer),
    }
}
