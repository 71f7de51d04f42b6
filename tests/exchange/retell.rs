//! How Retell's operations are called.

use super::*;
use callfold_unify::retell as unify;
use callfold_unify::retell::api::{Client, Credentials, List as _, types::CallSearch};

/// Calls the operation once.
pub(super) async fn run(base_url: &str, operation: &str, _: &str) -> Value {
    let client = Client::builder()
        .credentials(Credentials::api_key("test-key"))
        .base_url(base_url)
        .retries(0)
        .build()
        .expect("a client");
    match operation {
        "list_calls" => {
            let request = client.list_calls().body(CallSearch::default().include_total(true));
            page(request.pages().next().await, unify::map_listed)
        }
        "get_call" => single(
            client.get_call("call-1").send().await.map(|a| Some(a.into_inner())),
            unify::map_record,
        ),
        other => panic!("add {other} here"),
    }
}
