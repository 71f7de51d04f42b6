//! How the list is asked for and taken apart.

use crate::{
    Error, Lenient, ListOperation, PageContents, PageRequest, Paging, ResponseValue, builder, types,
};

impl ListOperation for builder::ListCalls<'_> {
    type Record = types::Call;
    type Body = Vec<Lenient<types::Call>>;
    const PAGING: Paging = Paging::offset().sizes(100, 100);

    fn with_page(self, request: &PageRequest) -> Self {
        self.limit(request.size).offset(request.offset())
    }

    async fn fetch(self) -> Result<ResponseValue<Self::Body>, Error> {
        self.send().await
    }

    fn contents(body: Self::Body) -> PageContents<Self::Record> {
        PageContents::new(body)
    }
}
