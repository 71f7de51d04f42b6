use callfold_unify::ravan::api as callfold_ravan;

super::run! { client("k"), Credentials::api_key("sandbox-key") }

// What follows stands in the README.
use callfold_ravan::{Client, Credentials, Error, List as _, Session};
use std::time::Duration;

pub fn client(api_key: &str) -> Result<Client, Error> {
    Client::builder().credentials(Credentials::api_key(api_key)).build()
}

pub async fn print_calls(client: &Client) -> Result<usize, Error> {
    let request = client.list_call_sessions().retries(8).timeout(Duration::from_secs(300));
    let mut calls = request.records();
    let mut count = 0;
    while let Some(call) = calls.next().await {
        match call?.get() {
            Ok(Session::Item(call)) => println!("{} {:?}", call.id, call.duration_sec),
            Ok(Session::Session(call)) => println!("{} {:?}", call.id, call.duration_sec),
            Err(reason) => eprintln!("a record without a usable id: {reason}"),
        }
        count += 1;
    }
    Ok(count)
}

pub async fn print_call(client: &Client, id: &str) -> Result<(), Error> {
    let call = client.get_call_session(id).send().await?.into_record()?;
    println!("{} {:?}", call.id, call.summary);
    Ok(())
}
