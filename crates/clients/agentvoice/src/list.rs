//! How the list is asked for and taken apart.

use crate::transport::{
    Envelope, Error, Lenient, ListOperation, OneOf, PageAt, Paging, ResponseValue,
};
use crate::{builder, types};

impl ListOperation for builder::ListCalls {
    type Record = types::Call;
    type Body = OneOf<types::CallPage, Lenient<types::Call>>;
    const PAGING: Paging = Paging::offset().sizes(100, 100).items("/data");

    fn at(self, at: PageAt) -> Self {
        self.limit(at.size).offset(at.offset)
    }

    async fn fetch(self) -> Result<ResponseValue<Self::Body>, Error> {
        self.send().await
    }

    fn open(body: Self::Body) -> Envelope<Self::Record> {
        match body {
            OneOf::First(page) => Envelope::of(page.data)
                .total(page.pagination.as_ref().and_then(|p| p.total))
                .has_more(page.pagination.as_ref().and_then(|p| p.has_more)),
            // The answer to `most_recent`: one call. Anything else is no page.
            OneOf::Second(call) if call.get().is_ok() => Envelope::of(vec![call]).has_more(false),
            OneOf::Second(_) => Envelope::of(None),
        }
    }
}
