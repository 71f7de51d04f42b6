//! How Zudu's operations are called.

use super::*;
use callfold_transport::RequestOptions;
use callfold_unify::zudu as unify;
use callfold_zudu::{Client, Credentials, List as _};

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

#[tokio::test]
async fn bulk_is_left_out_on_request_and_stays_in_the_raw_record() {
    let fixtures = fixtures::load("zudu");
    let has_words = |it: &&Fixture| it.operation == "list_calls" && it.payload().contains("words");
    let fixture = fixtures.iter().find(has_words).expect("a page with words");
    let words = async |options: RequestOptions| {
        let server = serve(fixture).await;
        let client = client(&server.uri()).with_options(options);
        let page = client.list_calls().pages().next().await.expect("a page").expect("a page");
        let record = &page.records[0];
        assert!(record.is_clean() && record.raw().get().contains("\"words\""));
        let call = record.get().expect("a call");
        let turns = call.transcript_object.as_ref().expect("turns");
        assert!(turns.iter().all(|turn| turn.content.is_some()));
        turns.iter().filter_map(|turn| turn.words.as_ref()).map(Vec::len).sum::<usize>()
    };
    assert!(words(RequestOptions::new()).await > 0);
    assert_eq!(words(RequestOptions::new().without_bulk()).await, 0);
}
