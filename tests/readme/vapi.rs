use callfold_unify::vapi::api as callfold_vapi;

super::run! { client("k"), Credentials::private_key("sandbox-key") }

// What follows stands in the README.
use callfold_vapi::{Client, Credentials, Error, List as _};
use std::time::Duration;

pub fn client(private_key: &str) -> Result<Client, Error> {
    Client::builder().credentials(Credentials::private_key(private_key)).build()
}

pub async fn print_calls(client: &Client) -> Result<usize, Error> {
    let request = client.list_calls().retries(8).timeout(Duration::from_secs(300));
    let mut calls = request.records();
    let mut count = 0;
    while let Some(call) = calls.next().await {
        match call?.get() {
            Ok(record) => println!("{} {:?}", record.id, record.started_at),
            Err(reason) => eprintln!("a record without a usable id: {reason}"),
        }
        count += 1;
    }
    Ok(count)
}

pub async fn print_call(client: &Client, id: &str) -> Result<(), Error> {
    let call = client.get_call(id).send().await?.into_record()?;
    println!("{} {:?}", call.id, call.started_at);
    Ok(())
}
