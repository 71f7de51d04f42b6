//! Vapi's client.

use super::{Caller, ListOptions, ListResult, Settings, read_list, seen};
use crate::wire::rows::{AnnouncedPaging, Paging, RequestedPage, Row, number, text};
use callfold_unify::vapi::api::{Client, Credentials, Error};
use futures_util::future::BoxFuture;
use serde_json::Value;

struct Vapi(Client);

fn connect(settings: &Settings) -> Result<Box<dyn Caller>, Error> {
    let client = settings.build(Credentials::private_key(settings.key))?;
    Ok(Box::new(Vapi(client)))
}

impl Caller for Vapi {
    fn list(&self, options: ListOptions) -> BoxFuture<'_, ListResult> {
        Box::pin(read_list(self.0.list_calls(), options))
    }

    fn single(&self) -> BoxFuture<'_, Result<bool, Error>> {
        Box::pin(async {
            let answer = seen(self.0.get_call("call-1").send().await)?;
            Ok(answer.get().is_ok())
        })
    }

    fn stream(&self) -> Option<BoxFuture<'_, Result<Vec<u8>, Error>>> {
        Some(Box::pin(async {
            let answer = seen(self.0.get_mono_recording("call-1").send().await)?;
            super::bytes(answer).await
        }))
    }

    super::same_for_all! {}
}

fn page(records: Vec<Value>, _: &AnnouncedPaging) -> Value {
    records.into()
}

fn requested(query: &str, _: &[u8]) -> RequestedPage {
    RequestedPage::key(text(query, "createdAtLe"), number(query, "limit"))
}

/// Its lists.
pub(crate) static ROWS: &[Row] = &[Row {
    vendor: "vapi",
    name: "list_calls",
    total: false,
    more: false,
    paging: Paging::Key("createdAt"),
    page_size: 100,
    items: "",
    connect,
    page,
    requested,
    fixtures: ["list_calls.first_page", "get_call.sample"],
    id: "id",
}];
