//! How the list is asked for and taken apart.

use crate::{
    Error, Lenient, ListOperation, OneOf, PageContents, PageRequest, Paging, ResponseValue,
    builder, types,
};

impl ListOperation for builder::ListCalls<'_> {
    type Record = types::Call;
    type Body = OneOf<types::CallPage, Lenient<types::Call>>;
    const PAGING: Paging = Paging::offset().sizes(100, 100).items("/data");

    fn with_page(self, request: &PageRequest) -> Self {
        self.limit(request.size).offset(request.offset())
    }

    async fn fetch(self) -> Result<ResponseValue<Self::Body>, Error> {
        self.send().await
    }

    fn contents(body: Self::Body) -> PageContents<Self::Record> {
        match body {
            OneOf::First(page) => PageContents::new(page.data)
                .total(page.pagination.as_ref().and_then(|p| p.total))
                .has_more(page.pagination.as_ref().and_then(|p| p.has_more)),
            // The answer to `most_recent`: one call. Anything else is no page.
            OneOf::Second(call) if call.get().is_ok() => {
                PageContents::new(vec![call]).has_more(false)
            }
            OneOf::Second(_) => PageContents::new(None),
        }
    }
}
