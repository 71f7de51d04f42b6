use callfold_unify::ravan::api as callfold_ravan;

super::run! { client("k"), Credentials::api_key("sandbox-key") }

// What follows stands in the README.
use callfold_ravan::{Client, Credentials, Error, List as _, Session};
use futures_util::TryStreamExt as _;

pub fn client(api_key: &str) -> Result<Client, Error> {
    Client::builder().credentials(Credentials::api_key(api_key)).build()
}

pub async fn print_calls(client: &Client) -> Result<usize, Error> {
    let mut calls = std::pin::pin!(client.list_call_sessions().records());
    let mut count = 0;
    while let Some(call) = calls.try_next().await? {
        match call.get() {
            Ok(Session::Item(call)) => println!("{} {:?}", call.id, call.duration_sec),
            Ok(Session::Session(call)) => println!("{} {:?}", call.id, call.duration_sec),
            Err(reason) => eprintln!("a record without a usable id: {reason}"),
        }
        count += 1;
    }
    Ok(count)
}
