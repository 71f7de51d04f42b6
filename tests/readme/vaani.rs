use callfold_unify::vaani::api as callfold_vaani;

super::run! { client("k"), Credentials::api_key("sandbox-key") }

// What follows stands in the README.
use callfold_vaani::{Client, Credentials, Error, List as _};
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
            Ok(record) => {
                println!("{} {}", record.call_id, record.start_time.as_deref().unwrap_or("?"))
            }
            Err(reason) => eprintln!("a record without a usable id: {reason}"),
        }
        count += 1;
    }
    Ok(count)
}

pub async fn print_call(client: &Client, call_id: &str) -> Result<(), Error> {
    let details = client.get_call_details(call_id).send().await?;
    println!("{call_id} {:?}", details.summary);
    Ok(())
}
