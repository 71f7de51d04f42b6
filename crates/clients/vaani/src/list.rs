//! How the list is asked for and taken apart.

use crate::transport::{Envelope, Error, ListOperation, PageAt, Paging, ResponseValue};
use crate::{builder, types};

impl ListOperation for builder::ListCalls {
    type Record = types::Call;
    type Body = types::CallHistoryPage;
    const PAGING: Paging = Paging::pages(1).sizes(200, 200).items("/data");

    fn at(self, at: PageAt) -> Self {
        self.page(at.page).page_size(at.size)
    }

    async fn fetch(self) -> Result<ResponseValue<Self::Body>, Error> {
        self.send().await
    }

    fn open(body: Self::Body) -> Envelope<Self::Record> {
        let pagination = body.pagination.as_ref();
        Envelope::of(body.data)
            .total(pagination.and_then(|p| p.total_count))
            .has_more(pagination.and_then(|p| p.has_next))
    }
}
