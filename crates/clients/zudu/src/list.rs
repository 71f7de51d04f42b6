//! How the list is asked for and taken apart.

use crate::transport::{Envelope, Error, ListOperation, PageAt, Paging, ResponseValue};
use crate::{builder, types};

impl ListOperation for builder::ListCalls {
    type Record = types::Call;
    type Body = types::CallListResponse;
    const PAGING: Paging = PAGING;

    fn at(self, at: PageAt) -> Self {
        self.page(at.page).limit(at.size)
    }

    async fn fetch(self) -> Result<ResponseValue<Self::Body>, Error> {
        self.send().await
    }

    fn open(body: Self::Body) -> Envelope<Self::Record> {
        envelope(body)
    }
}

impl ListOperation for builder::SearchCalls {
    type Record = types::Call;
    type Body = types::CallListResponse;
    const PAGING: Paging = PAGING;

    fn at(self, at: PageAt) -> Self {
        self.body_map(|search| {
            search.page(u32::try_from(at.page).unwrap_or(u32::MAX)).limit(at.size)
        })
    }

    async fn fetch(self) -> Result<ResponseValue<Self::Body>, Error> {
        self.send().await
    }

    fn open(body: Self::Body) -> Envelope<Self::Record> {
        envelope(body)
    }
}

const PAGING: Paging = Paging::pages(0).sizes(100, 100).items("/data/calls");

fn envelope(body: types::CallListResponse) -> Envelope<types::Call> {
    let page = body.data;
    let pagination = page.as_ref().and_then(|page| page.pagination.as_ref());
    let total = pagination.and_then(|p| p.total_count.or(p.total));
    let has_more = pagination.and_then(|p| p.has_next_page);
    let sort =
        page.as_ref().and_then(|page| page.sort_by.as_deref().zip(page.sort_order.as_deref()));
    let newest_first = sort.map(|sort| sort == ("start_timestamp", "descending"));
    Envelope::of(page.and_then(|page| page.calls))
        .total(total)
        .has_more(has_more)
        .newest_first(newest_first)
}
