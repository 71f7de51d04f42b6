use callfold_unify::agentvoice::api as callfold_agentvoice;

super::run! { client("k", "o"), Credentials::new("sandbox-key", "sandbox-org") }

// What follows stands in the README.
use callfold_agentvoice::{Client, Credentials, Error, List as _};
use std::time::Duration;

pub fn client(api_key: &str, organization_id: &str) -> Result<Client, Error> {
    Client::builder().credentials(Credentials::new(api_key, organization_id)).build()
}

pub async fn print_calls(client: &Client) -> Result<usize, Error> {
    let request = client.list_calls().retries(8).timeout(Duration::from_secs(300));
    let mut calls = request.records();
    let mut count = 0;
    while let Some(call) = calls.next().await {
        match call?.get() {
            Ok(record) => println!("{} {} s", record.id, record.call_duration.unwrap_or_default()),
            Err(reason) => eprintln!("a record without a usable id: {reason}"),
        }
        count += 1;
    }
    Ok(count)
}

pub async fn print_call(client: &Client, id: &str) -> Result<(), Error> {
    let call = client.get_call(id).send().await?.into_record()?;
    println!("{} {:?}", call.id, call.ended_reason);
    Ok(())
}
