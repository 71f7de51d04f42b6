//! How Agentvoice's operations are called.

use super::*;
use callfold_unify::agentvoice as unify;
use callfold_unify::agentvoice::api::{Client, Credentials, List as _};

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
            page(list.pages().next().await, unify::map_record)
        }
        "get_call" => single(
            client.get_call("call-1").send().await.map(|a| Some(a.into_inner())),
            unify::map_record,
        ),
        other => panic!("add {other} here"),
    }
}
