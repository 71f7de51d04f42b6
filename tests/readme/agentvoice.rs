use callfold_unify::agentvoice::api as callfold_agentvoice;

super::run! { client("k", "o"), Credentials::new("sandbox-key", "sandbox-org") }

// What follows stands in the README.
use callfold_agentvoice::{Client, Credentials, Error, List as _};
use futures_util::TryStreamExt as _;

pub fn client(api_key: &str, organization_id: &str) -> Result<Client, Error> {
    Client::builder().credentials(Credentials::new(api_key, organization_id)).build()
}

pub async fn print_calls(client: &Client) -> Result<usize, Error> {
    let mut calls = std::pin::pin!(client.list_calls().records());
    let mut count = 0;
    while let Some(call) = calls.try_next().await? {
        match call.get() {
            Ok(record) => println!("{} {} s", record.id, record.call_duration.unwrap_or_default()),
            Err(reason) => eprintln!("a record without a usable id: {reason}"),
        }
        count += 1;
    }
    Ok(count)
}
