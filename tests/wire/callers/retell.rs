//! Retell's client.

use super::{Caller, ListOptions, ListResult, Settings, read_list, seen};
use crate::wire::rows::{AnnouncedPaging, Paging, RequestedPage, Row};
use callfold_unify::retell::api::{Client, Credentials, Error};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

struct Retell(Client);

fn connect(settings: &Settings) -> Result<Box<dyn Caller>, Error> {
    let client = settings.build(Credentials::api_key(settings.key))?;
    Ok(Box::new(Retell(client)))
}

impl Caller for Retell {
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
    let mut body = json!({ "items": records });
    if let Some(total) = announced.total {
        body["total"] = total.into();
    }
    if let Some(more) = announced.more {
        body["has_more"] = more.into();
    }
    if let Some(token) = announced.token() {
        body["pagination_key"] = token.into();
    }
    body
}

fn requested(_: &str, body: &[u8]) -> RequestedPage {
    let body: Value = serde_json::from_slice(body).expect("the search is JSON");
    let token = body["pagination_key"].as_str().map(str::to_owned);
    let size = body["limit"].as_u64().and_then(|size| size.try_into().ok());
    RequestedPage::token(token, size.expect("a number of records"))
}

/// Its lists.
pub(crate) static ROWS: &[Row] = &[Row {
    vendor: "retell",
    name: "list_calls",
    total: true,
    more: true,
    paging: Paging::Token,
    page_size: 200,
    items: "/items",
    connect,
    page,
    requested,
    fixtures: ["list_calls.first_page", "get_call.sample"],
    id: "call_id",
}];
