use callfold_unify::bland::api as callfold_bland;

super::run! { client("k"), Credentials::api_key("sandbox-key") }

// What follows stands in the README.
use callfold_bland::{Client, Credentials, Error, List as _};
use std::time::Duration;

pub fn client(api_key: &str) -> Result<Client, Error> {
    Client::builder().credentials(Credentials::api_key(api_key)).build()
}

pub async fn print_calls(client: &Client) -> Result<usize, Error> {
    let request = client.list_calls().retries(8).timeout(Duration::from_secs(300));
    let mut calls = request.records();
    let mut count = 0;
    while let Some(call) = calls.next().await {
        match call?.get() {
            Ok(record) => println!("{} {:?} min", record.call_id, record.call_length),
            Err(reason) => eprintln!("a record without a usable id: {reason}"),
        }
        count += 1;
    }
    Ok(count)
}

pub async fn print_call(client: &Client, id: &str) -> Result<(), Error> {
    let call = client.get_call(id).send().await?.into_record()?;
    println!("{} {:?}", call.call_id, call.started_at);
    Ok(())
}
