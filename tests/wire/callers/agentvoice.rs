//! AgentVoice's client.

use super::{Caller, Settings, Walk, Walked, seen, walk};
use crate::wire::rows::{Row, Said, by_offset};
use callfold_unify::agentvoice::api::{Client, Credentials, Error};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

struct AgentVoice(Client);

fn connect(settings: &Settings) -> Result<Box<dyn Caller>, Error> {
    let client = settings.build(Credentials::new(settings.key, settings.second))?;
    Ok(Box::new(AgentVoice(client)))
}

impl Caller for AgentVoice {
    fn list(&self, how: Walk) -> BoxFuture<'_, Walked> {
        Box::pin(walk(self.0.list_calls(), how))
    }

    fn single(&self) -> BoxFuture<'_, Result<bool, Error>> {
        Box::pin(async {
            let answer = seen(self.0.get_call("call-1").send().await)?;
            Ok(answer.get().is_ok())
        })
    }

    super::same_for_all! {}
}

fn page(records: Vec<Value>, said: &Said) -> Value {
    if said.is_silent() {
        return json!({ "data": records });
    }
    let pagination = json!({ "total": said.total, "has_more": said.more });
    json!({ "data": records, "pagination": pagination })
}

/// Its lists.
pub(crate) static ROWS: &[Row] = &[Row {
    vendor: "agentvoice",
    name: "list_calls",
    total: true,
    more: true,
    numbered: false,
    page_size: 100,
    items: "/data",
    connect,
    page,
    asked: by_offset,
    fixtures: ["list_calls.first_page", "get_call.sample"],
    id: "id",
}];
