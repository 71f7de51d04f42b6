//! VozAgent's client.

use super::{Caller, ListOptions, ListResult, Settings, read_list, seen};
use crate::wire::rows::{Paging, Row, by_offset};
use callfold_unify::vozagent::api::{Client, Credentials, Error};
use futures_util::future::BoxFuture;

struct VozAgent(Client);

fn connect(settings: &Settings) -> Result<Box<dyn Caller>, Error> {
    let client = settings.build(Credentials::bearer(settings.key))?;
    Ok(Box::new(VozAgent(client)))
}

impl Caller for VozAgent {
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

/// Its lists.
pub(crate) static ROWS: &[Row] = &[Row {
    vendor: "vozagent",
    name: "list_calls",
    total: false,
    more: false,
    paging: Paging::Offset,
    page_size: 100,
    items: "",
    connect,
    page: |records, _| records.into(),
    requested: by_offset,
    fixtures: ["list_calls.first_page", "get_call.sample"],
    id: "id",
}];
