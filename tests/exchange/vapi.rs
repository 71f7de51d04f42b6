//! How Vapi's operations are called.

use super::*;
use callfold_unify::vapi as unify;
use callfold_unify::vapi::api::{Client, Credentials, List as _};

/// Calls the operation once.
pub(super) async fn run(base_url: &str, operation: &str, _: &str) -> Value {
    let client = Client::builder()
        .credentials(Credentials::private_key("test-key"))
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
        "get_mono_recording" => stream(client.get_mono_recording("call-1").send().await).await,
        "get_stereo_recording" => stream(client.get_stereo_recording("call-1").send().await).await,
        "get_assistant_recording" => {
            stream(client.get_assistant_recording("call-1").send().await).await
        }
        "get_customer_recording" => {
            stream(client.get_customer_recording("call-1").send().await).await
        }
        "get_video_recording" => stream(client.get_video_recording("call-1").send().await).await,
        "get_call_logs" => stream(client.get_call_logs("call-1").send().await).await,
        other => panic!("add {other} here"),
    }
}
