//! ElevenLabs's client.

use super::{Caller, ListOptions, ListResult, Settings, read_list, seen};
use crate::wire::rows::{AnnouncedPaging, Paging, RequestedPage, Row, number, text};
use callfold_unify::elevenlabs::api::{Client, Credentials, Error};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

struct ElevenLabs(Client);

fn connect(settings: &Settings) -> Result<Box<dyn Caller>, Error> {
    let client = settings.build(Credentials::api_key(settings.key))?;
    Ok(Box::new(ElevenLabs(client)))
}

impl Caller for ElevenLabs {
    fn list(&self, options: ListOptions) -> BoxFuture<'_, ListResult> {
        Box::pin(read_list(self.0.list_conversations(), options))
    }

    fn single(&self) -> BoxFuture<'_, Result<bool, Error>> {
        Box::pin(async {
            let answer = seen(self.0.get_conversation("call-1").send().await)?;
            Ok(answer.get().is_ok())
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
    let mut body = json!({ "conversations": records });
    if let Some(more) = announced.more {
        body["has_more"] = more.into();
    }
    body["next_cursor"] = announced.token().into();
    body
}

fn requested(query: &str, _: &[u8]) -> RequestedPage {
    RequestedPage::token(text(query, "cursor"), number(query, "page_size"))
}

/// Its lists.
pub(crate) static ROWS: &[Row] = &[Row {
    vendor: "elevenlabs",
    name: "list_conversations",
    total: false,
    more: true,
    paging: Paging::Token,
    page_size: 100,
    items: "/conversations",
    connect,
    page,
    requested,
    fixtures: ["list_conversations.first_page", "get_conversation.sample"],
    id: "conversation_id",
}];
