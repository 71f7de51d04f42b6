//! How Agentvoice's operations are called.

use super::*;
use callfold_agentvoice::{Client, Credentials, List as _};
use callfold_unify::agentvoice as unify;
use futures_util::StreamExt as _;

/// Calls the operation once.
pub(super) async fn run(base_url: &str, operation: &str, scenario: &str) -> Value {
    let client = Client::builder()
        .credentials(Credentials::new("test-key", "test-second"))
        .base_url(base_url)
        .retries(0)
        .build()
        .expect("a client");
    match operation {
        "list_calls" => {
            let list = client.list_calls();
            let list = if scenario == "most_recent" { list.most_recent(true) } else { list };
            page(list.pages().next().await, unify::call)
        }
        "get_call" => single(
            client.get_call("call-1").send().await.map(|a| Some(a.into_inner())),
            unify::call,
        ),
        other => panic!("add {other} here"),
    }
}
