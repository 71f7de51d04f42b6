//! How the list is asked for and taken apart.

use crate::{
    Error, ListOperation, PageContents, PageRequest, Paging, ResponseValue, builder, types,
};

impl ListOperation for builder::ListCalls<'_> {
    type Record = types::Call;
    type Body = types::CallHistoryPage;
    const PAGING: Paging = Paging::pages(1).sizes(200, 200).items("/data");

    fn with_page(self, request: &PageRequest) -> Self {
        self.page(request.page()).page_size(request.size)
    }

    async fn fetch(self) -> Result<ResponseValue<Self::Body>, Error> {
        self.send().await
    }

    fn contents(body: Self::Body) -> PageContents<Self::Record> {
        let pagination = body.pagination.as_ref();
        PageContents::new(body.data)
            .total(pagination.and_then(|p| p.total_count))
            .has_more(pagination.and_then(|p| p.has_next))
    }
}
