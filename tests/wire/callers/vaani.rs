//! Vaani's client.

use super::{Caller, ListOptions, ListResult, Settings, read_list, seen};
use crate::wire::rows::{AnnouncedPaging, Paging, Row, from_one};
use callfold_unify::vaani::api::{Client, Credentials, Error};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

struct Vaani(Client);

fn connect(settings: &Settings) -> Result<Box<dyn Caller>, Error> {
    let client = settings.build(Credentials::api_key(settings.key))?;
    Ok(Box::new(Vaani(client)))
}

impl Caller for Vaani {
    fn list(&self, options: ListOptions) -> BoxFuture<'_, ListResult> {
        Box::pin(read_list(self.0.list_calls(), options))
    }

    fn single(&self) -> BoxFuture<'_, Result<bool, Error>> {
        Box::pin(async {
            let answer = seen(self.0.get_call_details("call-1").send().await)?;
            Ok(answer.summary.is_some())
        })
    }

    fn stream(&self) -> Option<BoxFuture<'_, Result<Vec<u8>, Error>>> {
        Some(Box::pin(async {
            let answer = seen(self.0.stream_recording("call-1").send().await)?;
            super::bytes(answer).await
        }))
    }

    super::same_for_all! {}
}

fn page(records: Vec<Value>, announced: &AnnouncedPaging) -> Value {
    if announced.is_silent() {
        return json!({ "data": records });
    }
    let pagination = json!({ "total_count": announced.total, "has_next": announced.more });
    json!({ "data": records, "pagination": pagination })
}

/// Its lists.
pub(crate) static ROWS: &[Row] = &[Row {
    vendor: "vaani",
    name: "list_calls",
    total: true,
    more: true,
    paging: Paging::Page,
    page_size: 200,
    items: "/data",
    connect,
    page,
    requested: from_one,
    fixtures: ["list_calls.first_page", "get_call_details.sample"],
    id: "call_id",
}];
