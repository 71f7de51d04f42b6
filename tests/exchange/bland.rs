//! How Bland's operations are called.

use super::*;
use callfold_unify::bland as unify;
use callfold_unify::bland::api::{Client, Credentials, List as _};

/// Calls the operation once.
pub(super) async fn run(base_url: &str, operation: &str, _: &str) -> Value {
    let client = Client::builder()
        .credentials(Credentials::api_key("test-key"))
        .base_url(base_url)
        .retries(0)
        .build()
        .expect("a client");
    match operation {
        "list_calls" => page(client.list_calls().pages().next().await, unify::map_record),
        "get_call" => single(
            client.get_call("call-1").send().await.map(|a| Some(a.into_inner())),
            unify::map_record,
        ),
        "get_recording" => body(client.get_recording("call-1").send().await),
        "get_corrected_transcript" => body(client.get_corrected_transcript("call-1").send().await),
        other => panic!("add {other} here"),
    }
}
