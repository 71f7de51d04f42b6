//! Zudu's client, with its list and its search, which is a POST.

use super::{Caller, ListOptions, ListResult, Settings, read_list, seen};
use crate::wire::rows::{AnnouncedPaging, Paging, Row, from_zero, in_body};
use callfold_unify::zudu::api::{Client, Credentials, Error};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

struct Zudu(Client, Which);

enum Which {
    List,
    Search,
}

fn connect_list(settings: &Settings) -> Result<Box<dyn Caller>, Error> {
    connect(settings, Which::List)
}

fn connect_search(settings: &Settings) -> Result<Box<dyn Caller>, Error> {
    connect(settings, Which::Search)
}

fn connect(settings: &Settings, which: Which) -> Result<Box<dyn Caller>, Error> {
    let client = settings.build(Credentials::new(settings.key, settings.second))?;
    Ok(Box::new(Zudu(client, which)))
}

impl Caller for Zudu {
    fn list(&self, options: ListOptions) -> BoxFuture<'_, ListResult> {
        match self.1 {
            Which::List => Box::pin(read_list(self.0.list_calls(), options)),
            Which::Search => Box::pin(read_list(self.0.search_calls(), options)),
        }
    }

    fn single(&self) -> BoxFuture<'_, Result<bool, Error>> {
        Box::pin(async {
            let answer = seen(self.0.get_call("call-1").send().await)?;
            Ok(answer.data.as_ref().is_some_and(|call| call.get().is_ok()))
        })
    }

    super::same_for_all! {}
}

fn page(records: Vec<Value>, announced: &AnnouncedPaging) -> Value {
    let mut data = json!({ "organization_id": "org-789", "calls": records });
    if !announced.is_silent() {
        data["pagination"] =
            json!({ "total_count": announced.total, "has_next_page": announced.more });
    }
    json!({ "message": "", "status": "success", "error": null, "data": data })
}

/// Its lists.
pub(crate) static ROWS: &[Row] = &[
    Row {
        vendor: "zudu",
        name: "list_calls",
        total: true,
        more: true,
        paging: Paging::Page,
        page_size: 100,
        items: "/data/calls",
        connect: connect_list,
        page,
        requested: from_zero,
        fixtures: ["list_calls.first_page", "get_call.sample"],
        id: "call_id",
    },
    Row {
        vendor: "zudu",
        name: "search_calls",
        total: true,
        more: true,
        paging: Paging::Page,
        page_size: 100,
        items: "/data/calls",
        connect: connect_search,
        page,
        requested: in_body,
        fixtures: ["search_calls.first_page", "get_call.sample"],
        id: "call_id",
    },
];
