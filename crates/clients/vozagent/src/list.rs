//! How the list is asked for and taken apart.

use crate::transport::{Envelope, Error, Lenient, ListOperation, PageAt, Paging, ResponseValue};
use crate::{builder, types};

impl ListOperation for builder::ListCalls {
    type Record = types::Call;
    type Body = Vec<Lenient<types::Call>>;
    const PAGING: Paging = Paging::offset().sizes(100, 100);

    fn at(self, at: PageAt) -> Self {
        self.limit(at.size).offset(at.offset)
    }

    async fn fetch(self) -> Result<ResponseValue<Self::Body>, Error> {
        self.send().await
    }

    fn open(body: Self::Body) -> Envelope<Self::Record> {
        Envelope::of(body)
    }
}
