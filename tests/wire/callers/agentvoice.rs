//! AgentVoice's client.

use super::{Caller, ListOptions, ListResult, Settings, read_list, seen};
use crate::wire::rows::{AnnouncedPaging, Paging, Row, by_offset};
use callfold_unify::agentvoice::api::{Client, Credentials, Error};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

struct AgentVoice(Client);

fn connect(settings: &Settings) -> Result<Box<dyn Caller>, Error> {
    let client = settings.build(Credentials::new(settings.key, settings.second))?;
    Ok(Box::new(AgentVoice(client)))
}

impl Caller for AgentVoice {
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
    if announced.is_silent() {
        return json!({ "data": records });
    }
    let pagination = json!({ "total": announced.total, "has_more": announced.more });
    json!({ "data": records, "pagination": pagination })
}

/// Its lists.
pub(crate) static ROWS: &[Row] = &[Row {
    vendor: "agentvoice",
    name: "list_calls",
    total: true,
    more: true,
    paging: Paging::Offset,
    page_size: 100,
    items: "/data",
    connect,
    page,
    requested: by_offset,
    fixtures: ["list_calls.first_page", "get_call.sample"],
    id: "id",
}];
