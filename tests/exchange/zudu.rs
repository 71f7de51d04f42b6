//! How Zudu's operations are called.

use super::*;
use callfold_unify::zudu as unify;
use callfold_zudu::{Client, Credentials, List as _};
use futures_util::StreamExt as _;

fn client(base_url: &str) -> Client {
    Client::builder()
        .credentials(Credentials::new("test-key", "test-second"))
        .base_url(base_url)
        .retries(0)
        .build()
        .expect("a client")
}

/// Calls the operation once.
pub(super) async fn run(base_url: &str, operation: &str) -> Value {
    let client = client(base_url);
    match operation {
        "list_calls" => page(client.list_calls().pages().next().await, unify::call),
        "search_calls" => page(client.search_calls().pages().next().await, unify::call),
        "get_call" => {
            single(client.get_call("call-1").send().await.map(|a| a.into_inner().data), unify::call)
        }
        other => panic!("add {other} here"),
    }
}
