//! How Vaani's operations are called.

use super::*;
use callfold_unify::vaani as unify;
use callfold_unify::vaani::api::{Client, Credentials, List as _};

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
        "get_call_details" => body(client.get_call_details("call-1").send().await),
        "get_transcript" => body(client.get_transcript("call-1").send().await),
        "stream_recording" => stream(client.stream_recording("call-1").send().await).await,
        other => panic!("add {other} here"),
    }
}
