//! How the list is asked for and taken apart.

use crate::{
    Error, ListOperation, PageContents, PageRequest, Paging, ResponseValue, builder, types,
};

impl ListOperation for builder::ListCalls<'_> {
    type Record = types::Call;
    type Body = types::CallListResponse;
    const PAGING: Paging = PAGING;

    fn with_page(self, request: &PageRequest) -> Self {
        self.page(request.page()).limit(request.size)
    }

    async fn fetch(self) -> Result<ResponseValue<Self::Body>, Error> {
        self.send().await
    }

    fn contents(body: Self::Body) -> PageContents<Self::Record> {
        contents(body)
    }
}

impl ListOperation for builder::SearchCalls<'_> {
    type Record = types::Call;
    type Body = types::CallListResponse;
    const PAGING: Paging = PAGING;

    fn with_page(self, request: &PageRequest) -> Self {
        self.body_map(|search| {
            search.page(u32::try_from(request.page()).unwrap_or(u32::MAX)).limit(request.size)
        })
    }

    async fn fetch(self) -> Result<ResponseValue<Self::Body>, Error> {
        self.send().await
    }

    fn contents(body: Self::Body) -> PageContents<Self::Record> {
        contents(body)
    }
}

const PAGING: Paging = Paging::pages(0).sizes(100, 100).items("/data/calls");

fn contents(body: types::CallListResponse) -> PageContents<types::Call> {
    let page = body.data;
    let pagination = page.as_ref().and_then(|page| page.pagination.as_ref());
    let total = pagination.and_then(|p| p.total_count.or(p.total));
    let has_more = pagination.and_then(|p| p.has_next_page);
    let sort =
        page.as_ref().and_then(|page| page.sort_by.as_deref().zip(page.sort_order.as_deref()));
    let newest_first = sort.map(|sort| sort == ("start_timestamp", "descending"));
    PageContents::new(page.and_then(|page| page.calls))
        .total(total)
        .has_more(has_more)
        .newest_first(newest_first)
}
