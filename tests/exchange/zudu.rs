//! How Zudu's operations are called.

use super::*;
use callfold_unify::zudu as unify;
use callfold_unify::zudu::api::{Client, Credentials, List as _};

fn client(base_url: &str) -> Client {
    Client::builder()
        .credentials(Credentials::new("test-key", "test-second"))
        .base_url(base_url)
        .retries(0)
        .build()
        .expect("a client")
}

/// Calls the operation once.
pub(super) async fn run(base_url: &str, operation: &str, _: &str) -> Value {
    let client = client(base_url);
    match operation {
        "list_calls" => page(client.list_calls().pages().next().await, unify::map_record),
        "search_calls" => page(client.search_calls().pages().next().await, unify::map_record),
        "get_call" => single(
            client.get_call("call-1").send().await.map(|a| a.into_inner().data),
            unify::map_record,
        ),
        other => panic!("add {other} here"),
    }
}
