use callfold_unify::retell::api as callfold_retell;

super::run! { client("k"), Credentials::api_key("sandbox-key") }

// What follows stands in the README.
use callfold_retell::{Client, Credentials, Error, List as _, types};
use std::time::Duration;

pub fn client(api_key: &str) -> Result<Client, Error> {
    Client::builder().credentials(Credentials::api_key(api_key)).build()
}

pub async fn print_calls(client: &Client) -> Result<usize, Error> {
    let search = types::CallSearch::default().include_total(true);
    let request = client.list_calls().body(search).retries(8).timeout(Duration::from_secs(300));
    let mut calls = request.records();
    let mut count = 0;
    while let Some(call) = calls.next().await {
        match call?.get() {
            Ok(record) => println!("{} {:?}", record.call_id, record.disconnection_reason),
            Err(reason) => eprintln!("a record without a usable id: {reason}"),
        }
        count += 1;
    }
    Ok(count)
}

pub async fn print_call(client: &Client, call_id: &str) -> Result<(), Error> {
    let call = client.get_call(call_id).send().await?.into_record()?;
    println!("{} {}", call.call_id, call.transcript.as_deref().unwrap_or("without a transcript"));
    Ok(())
}
