//! How ElevenLabs's operations are called.

use super::*;
use callfold_unify::elevenlabs as unify;
use callfold_unify::elevenlabs::api::{Client, Credentials, List as _};

/// Calls the operation once.
pub(super) async fn run(base_url: &str, operation: &str, _: &str) -> Value {
    let client = Client::builder()
        .credentials(Credentials::api_key("test-key"))
        .base_url(base_url)
        .retries(0)
        .build()
        .expect("a client");
    match operation {
        "list_conversations" => {
            page(client.list_conversations().pages().next().await, unify::map_listed)
        }
        "get_conversation" => single(
            client.get_conversation("conv-1").send().await.map(|a| Some(a.into_inner())),
            unify::map_record,
        ),
        "stream_recording" => stream(client.stream_recording("conv-1").send().await).await,
        other => panic!("add {other} here"),
    }
}
