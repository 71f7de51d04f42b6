//! Bland's client.

use super::{Caller, ListOptions, ListResult, Settings, read_list, seen};
use crate::wire::rows::{AnnouncedPaging, Paging, RequestedPage, Row, number};
use callfold_unify::bland::api::{Client, Credentials, Error};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

struct Bland(Client);

fn connect(settings: &Settings) -> Result<Box<dyn Caller>, Error> {
    let client = settings.build(Credentials::api_key(settings.key))?;
    Ok(Box::new(Bland(client)))
}

impl Caller for Bland {
    fn list(&self, options: ListOptions) -> BoxFuture<'_, ListResult> {
        Box::pin(read_list(self.0.list_calls(), options))
    }

    fn single(&self) -> BoxFuture<'_, Result<bool, Error>> {
        Box::pin(async {
            let answer = seen(self.0.get_call("call-1").send().await)?;
            Ok(answer.get().is_ok())
        })
    }

    super::same_for_all! {}
}

fn page(records: Vec<Value>, announced: &AnnouncedPaging) -> Value {
    let mut body = json!({ "calls": records });
    if !announced.is_silent() {
        body["total_count"] = announced.total.into();
    }
    body
}

fn requested(query: &str, _: &[u8]) -> RequestedPage {
    RequestedPage::offset(number(query, "from"), number(query, "limit"))
}

/// Its lists.
pub(crate) static ROWS: &[Row] = &[Row {
    vendor: "bland",
    name: "list_calls",
    total: true,
    more: false,
    paging: Paging::Offset,
    page_size: 100,
    items: "/calls",
    connect,
    page,
    requested,
    fixtures: ["list_calls.first_page", "get_call.sample"],
    id: "call_id",
}];
