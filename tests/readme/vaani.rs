use callfold_unify::vaani::api as callfold_vaani;

super::run! { client("k"), Credentials::api_key("sandbox-key") }

// What follows stands in the README.
use callfold_vaani::{Client, Credentials, Error, List as _};
use futures_util::TryStreamExt as _;

pub fn client(api_key: &str) -> Result<Client, Error> {
    Client::builder().credentials(Credentials::api_key(api_key)).build()
}

pub async fn print_calls(client: &Client) -> Result<usize, Error> {
    let mut calls = std::pin::pin!(client.list_calls().records());
    let mut count = 0;
    while let Some(call) = calls.try_next().await? {
        match call.get() {
            Ok(record) => {
                println!("{} {}", record.call_id, record.start_time.as_deref().unwrap_or("?"))
            }
            Err(reason) => eprintln!("a record without a usable id: {reason}"),
        }
        count += 1;
    }
    Ok(count)
}
