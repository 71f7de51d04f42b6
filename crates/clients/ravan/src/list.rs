//! How the list of call sessions is asked for and opened: its pages have two
//! shapes, each with records of its own.

use crate::transport::{
    Error, Lenient, ListOperation, OneOf, PageContents, PageRequest, Paging, ResponseValue,
};
use crate::types::{CallSession, CallSessionsResponse};
use crate::{Session, builder};

impl ListOperation for builder::ListCallSessions {
    type Record = Session;
    type Body = CallSessionsResponse;
    const PAGING: Paging = Self::METADATA.paging;

    fn with_page(self, request: &PageRequest) -> Self {
        self.page(request.page()).page_size(request.size)
    }

    async fn fetch(self) -> Result<ResponseValue<Self::Body>, Error> {
        self.send().await
    }

    /// Opens a page, whichever shape it has. The total is documented in one
    /// place of one shape and was seen in others.
    fn contents(body: Self::Body) -> PageContents<Self::Record> {
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
}
