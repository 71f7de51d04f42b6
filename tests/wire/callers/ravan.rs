//! Ravan's client, with both of its lists.

use super::{Caller, ListOptions, ListResult, Settings, leaks, read_list, seen};
use crate::wire::rows::{AnnouncedPaging, Paging, Row, from_one};
use callfold_unify::ravan::api::{Client, Credentials, Error};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

struct Ravan(Client, Which);

enum Which {
    Sessions,
    History,
}

fn connect_sessions(settings: &Settings) -> Result<Box<dyn Caller>, Error> {
    let client = settings.build(Credentials::api_key(settings.key))?;
    Ok(Box::new(Ravan(client, Which::Sessions)))
}

/// With a token, which this list takes as well.
fn connect_history(settings: &Settings) -> Result<Box<dyn Caller>, Error> {
    let client = settings.build(Credentials::bearer(settings.key))?;
    Ok(Box::new(Ravan(client, Which::History)))
}

impl Caller for Ravan {
    fn list(&self, options: ListOptions) -> BoxFuture<'_, ListResult> {
        match self.1 {
            Which::Sessions => Box::pin(read_list(self.0.list_call_sessions(), options)),
            Which::History => Box::pin(read_list(self.0.list_phone_history(leaks::PHONE), options)),
        }
    }

    fn single(&self) -> BoxFuture<'_, Result<bool, Error>> {
        Box::pin(async {
            let answer = seen(self.0.get_call_session("call-1").send().await)?;
            Ok(answer.data.as_ref().is_some_and(|call| call.get().is_ok()))
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

fn object(records: Vec<Value>, announced: &AnnouncedPaging) -> Value {
    let mut data = json!({ "callSessions": records });
    if !announced.is_silent() {
        data["totalCount"] = announced.total.into();
    }
    json!({ "success": true, "message": "", "data": data })
}

fn array(records: Vec<Value>, announced: &AnnouncedPaging) -> Value {
    let mut body = json!({ "success": true, "message": "", "data": records });
    if !announced.is_silent() {
        body["meta"] = json!({ "total": announced.total });
    }
    body
}

fn history(records: Vec<Value>, announced: &AnnouncedPaging) -> Value {
    let mut body = json!({ "success": true, "phone": leaks::PHONE, "calls": records });
    if !announced.is_silent() {
        body["total_count"] = announced.total.into();
    }
    body
}

/// Its lists.
pub(crate) static ROWS: &[Row] = &[
    Row {
        vendor: "ravan",
        name: "list_call_sessions as an object",
        total: true,
        more: false,
        paging: Paging::Page,
        page_size: 100,
        items: "/data/callSessions",
        connect: connect_sessions,
        page: object,
        requested: from_one,
        fixtures: ["list_call_sessions.first_page", "get_call_session.sample"],
        id: "id",
    },
    Row {
        vendor: "ravan",
        name: "list_call_sessions as an array",
        total: true,
        more: false,
        paging: Paging::Page,
        page_size: 100,
        items: "/data",
        connect: connect_sessions,
        page: array,
        requested: from_one,
        fixtures: ["list_call_sessions.first_page_shape_a", "get_call_session.sample_v1"],
        id: "id",
    },
    Row {
        vendor: "ravan",
        name: "list_phone_history",
        total: true,
        more: false,
        paging: Paging::Page,
        page_size: 100,
        items: "/calls",
        connect: connect_history,
        page: history,
        requested: from_one,
        fixtures: ["list_phone_history.first_page", "get_call_session.sample"],
        id: "id",
    },
];
