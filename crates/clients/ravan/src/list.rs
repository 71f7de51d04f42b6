//! How the lists are asked for and taken apart.

use crate::{
    Error, Lenient, ListOperation, OneOf, PageContents, PageRequest, Paging, ResponseValue,
    Session, builder,
    types::{self, CallSession, CallSessionsResponse},
};

impl ListOperation for builder::ListPhoneHistory<'_> {
    type Record = types::CallSession;
    type Body = types::PhoneHistoryPage;
    const PAGING: Paging = Paging::pages(1).sizes(100, 100).items("/calls");

    fn with_page(self, request: &PageRequest) -> Self {
        self.page(request.page()).page_size(request.size)
    }

    async fn fetch(self) -> Result<ResponseValue<Self::Body>, Error> {
        self.send().await
    }

    fn contents(body: Self::Body) -> PageContents<Self::Record> {
        PageContents::new(body.calls).total(body.total_count)
    }
}

impl ListOperation for builder::ListCallSessions<'_> {
    type Record = Session;
    type Body = types::CallSessionsResponse;
    const PAGING: Paging = Paging::pages(1).sizes(100, 100).items("/data");

    fn with_page(self, request: &PageRequest) -> Self {
        self.page(request.page()).page_size(request.size)
    }

    async fn fetch(self) -> Result<ResponseValue<Self::Body>, Error> {
        self.send().await
    }

    fn contents(body: Self::Body) -> PageContents<Self::Record> {
        contents(body)
    }
}

/// Takes a page apart, whichever shape it has. The total is documented in one
/// place of one shape and was seen in others.
fn contents(body: CallSessionsResponse) -> PageContents<Session> {
    let outer = body.meta.and_then(|meta| meta.total);
    match body.data {
        Some(OneOf::First(page)) => {
            let inner = page.meta.and_then(|meta| meta.total);
            let items = page.call_sessions.map(|items| {
                items.into_iter().map(|item| item.map(Session::Item)).collect::<Vec<_>>()
            });
            PageContents::new(items).total(page.total_count.or(inner).or(outer))
        }
        Some(OneOf::Second(list)) => {
            let sessions =
                list.0.into_iter().map(|item: Lenient<CallSession>| item.map(Session::Session));
            PageContents::new(sessions.collect::<Vec<_>>()).total(outer)
        }
        None => PageContents::new(None).total(outer),
    }
}
