//! How the lists are asked for and taken apart.

use crate::{
    Envelope, Error, Lenient, ListOperation, OneOf, PageAt, Paging, Record, ResponseValue, builder,
    types::{self, CallSession, CallSessionItem, CallSessionsResponse},
};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::value::RawValue;

impl ListOperation for builder::ListPhoneHistory<'_> {
    type Record = types::CallSession;
    type Body = types::PhoneHistoryPage;
    const PAGING: Paging = Paging::pages(1).sizes(100, 100).items("/calls");

    fn at(self, at: PageAt) -> Self {
        self.page(at.page).page_size(at.size)
    }

    async fn fetch(self) -> Result<ResponseValue<Self::Body>, Error> {
        self.send().await
    }

    fn open(body: Self::Body) -> Envelope<Self::Record> {
        Envelope::of(body.calls).total(body.total_count)
    }
}

impl ListOperation for builder::ListCallSessions<'_> {
    type Record = Session;
    type Body = types::CallSessionsResponse;
    const PAGING: Paging = Paging::pages(1).sizes(100, 100).items("/data");

    fn at(self, at: PageAt) -> Self {
        self.page(at.page).page_size(at.size)
    }

    async fn fetch(self) -> Result<ResponseValue<Self::Body>, Error> {
        self.send().await
    }

    fn open(body: Self::Body) -> Envelope<Self::Record> {
        open(body)
    }
}

/// A call session as `list_call_sessions` sends it: the spec's two shapes of
/// the list spell its fields differently.
#[derive(Clone, Debug)]
pub enum Session {
    /// Camel case, from the object shape of the list.
    Item(Box<CallSessionItem>),
    /// Snake case, from the array shape of the list.
    Session(Box<CallSession>),
}

impl Record for Session {
    const ID_FIELD: &'static str = "id";
}

impl Session {
    /// The record under the shape it has. One without a value counts as snake
    /// case.
    pub fn split(record: Lenient<Self>) -> OneOf<Lenient<CallSessionItem>, Lenient<CallSession>> {
        let (raw, value, issues) = record.take_apart();
        match value.map(|value| *value) {
            Ok(Self::Item(item)) => OneOf::First(Lenient::from_parts(raw, Ok(item), issues)),
            Ok(Self::Session(one)) => OneOf::Second(Lenient::from_parts(raw, Ok(one), issues)),
            Err(reason) => OneOf::Second(Lenient::from_parts(raw, Err(reason), issues)),
        }
    }
}

/// A session outside any envelope: it has the shape that knows more of its
/// fields.
impl<'de> Deserialize<'de> for Session {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let session: Box<CallSession> =
            serde_json::from_str(raw.get()).map_err(D::Error::custom)?;
        let item: Box<CallSessionItem> =
            serde_json::from_str(raw.get()).map_err(D::Error::custom)?;
        Ok(match item.extra.len() < session.extra.len() {
            true => Self::Item(item),
            false => Self::Session(session),
        })
    }
}

/// Takes a page apart, whichever shape it has. The total is documented in one
/// place of one shape and was seen in others.
fn open(body: CallSessionsResponse) -> Envelope<Session> {
    let outer = body.meta.and_then(|meta| meta.total);
    match body.data {
        Some(OneOf::First(page)) => {
            let inner = page.meta.and_then(|meta| meta.total);
            let items = page.call_sessions.map(|items| {
                items.into_iter().map(|item| item.map(Session::Item)).collect::<Vec<_>>()
            });
            Envelope::of(items).total(page.total_count.or(inner).or(outer))
        }
        Some(OneOf::Second(list)) => {
            let sessions =
                list.0.into_iter().map(|item: Lenient<CallSession>| item.map(Session::Session));
            Envelope::of(sessions.collect::<Vec<_>>()).total(outer)
        }
        None => Envelope::of(None).total(outer),
    }
}
