use callfold_unify::zudu::api as callfold_zudu;

super::run! { client("k", "s"), Credentials::new("sandbox-key", "sandbox-secret") }

// What follows stands in the README.
use callfold_zudu::{Client, Credentials, Error, List as _};
use std::time::Duration;

pub fn client(api_key: &str, api_secret: &str) -> Result<Client, Error> {
    Client::builder().credentials(Credentials::new(api_key, api_secret)).build()
}

pub async fn print_calls(client: &Client) -> Result<usize, Error> {
    let request = client.list_calls().retries(8).timeout(Duration::from_secs(300));
    let mut calls = request.records();
    let mut count = 0;
    while let Some(call) = calls.next().await {
        match call?.get() {
            Ok(record) => {
                println!("{} {} ms", record.call_id, record.call_duration.unwrap_or_default())
            }
            Err(reason) => eprintln!("a record without a usable id: {reason}"),
        }
        count += 1;
    }
    Ok(count)
}

pub async fn print_call(client: &Client, call_id: &str) -> Result<(), Error> {
    let call = client.get_call(call_id).send().await?.into_record()?;
    println!("{} {:?}", call.call_id, call.disconnection_reason);
    Ok(())
}
