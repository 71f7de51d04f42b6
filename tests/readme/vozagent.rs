use callfold_unify::vozagent::api as callfold_vozagent;

super::run! { client("k"), Credentials::bearer("sandbox-key") }

// What follows stands in the README.
use callfold_vozagent::{Client, Credentials, Error, List as _};
use futures_util::TryStreamExt as _;

pub fn client(api_key: &str) -> Result<Client, Error> {
    Client::builder().credentials(Credentials::bearer(api_key)).build()
}

pub async fn print_calls(client: &Client) -> Result<usize, Error> {
    let mut calls = std::pin::pin!(client.list_calls().records());
    let mut count = 0;
    while let Some(call) = calls.try_next().await? {
        match call.get() {
            Ok(record) => {
                println!("{} {} s", record.id, record.duration_seconds.unwrap_or_default())
            }
            Err(reason) => eprintln!("a record without a usable id: {reason}"),
        }
        count += 1;
    }
    Ok(count)
}
