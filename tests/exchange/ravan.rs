//! How Ravan's operations are called.

use super::*;
use callfold_unify::ravan as unify;
use callfold_unify::ravan::api::{Client, Credentials, List as _};

/// Calls the operation once.
pub(super) async fn run(base_url: &str, operation: &str, _: &str) -> Value {
    let client = Client::builder()
        .credentials(Credentials::api_key("test-key"))
        .base_url(base_url)
        .retries(0)
        .build()
        .expect("a client");
    match operation {
        "list_phone_history" => {
            let list = client.list_phone_history("+19195550100");
            page(list.pages().next().await, unify::map_record)
        }
        "list_call_sessions" => {
            page(client.list_call_sessions().pages().next().await, unify::map_listed)
        }
        "get_call_session" => single(
            client.get_call_session("call-1").send().await.map(|a| a.into_inner().data),
            unify::map_record,
        ),
        "stream_recording" => stream(client.stream_recording("call-1").send().await).await,
        other => panic!("add {other} here"),
    }
}
