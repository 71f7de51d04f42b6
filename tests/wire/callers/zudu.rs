//! Zudu's client, with its list and its search, which is a POST.

use super::{Caller, Settings, Walk, Walked, seen, walk};
use crate::wire::rows::{Row, Said, from_zero, in_body};
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
    fn list(&self, how: Walk) -> BoxFuture<'_, Walked> {
        match self.1 {
            Which::List => Box::pin(walk(self.0.list_calls(), how)),
            Which::Search => Box::pin(walk(self.0.search_calls(), how)),
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

fn page(records: Vec<Value>, said: &Said) -> Value {
    let mut data = json!({ "organization_id": "org-789", "calls": records });
    if !said.is_silent() {
        data["pagination"] = json!({ "total_count": said.total, "has_next_page": said.more });
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
        numbered: true,
        page_size: 100,
        items: "/data/calls",
        connect: connect_list,
        page,
        asked: from_zero,
        fixtures: ["list_calls.first_page", "get_call.sample"],
        id: "id",
    },
    Row {
        vendor: "zudu",
        name: "search_calls",
        total: true,
        more: true,
        numbered: true,
        page_size: 100,
        items: "/data/calls",
        connect: connect_search,
        page,
        asked: in_body,
        fixtures: ["search_calls.first_page", "get_call.sample"],
        id: "id",
    },
];
