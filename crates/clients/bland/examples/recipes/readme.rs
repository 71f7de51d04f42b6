use callfold_bland::{Client, Credentials, Error, List as _};
use chrono::{DateTime, TimeDelta, Utc};
use std::{env, time::Duration};

fn client(api_key: &str) -> Result<Client, Error> {
    Client::builder().credentials(Credentials::api_key(api_key)).build()
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for a terminal")]
async fn print_calls(client: &Client, since: DateTime<Utc>) -> Result<usize, Error> {
    let since = since.format("%Y-%m-%d").to_string();
    let request = client.list_calls().start_date(since);
    let mut calls = request.retries(8).timeout(Duration::from_secs(300)).records();
    let mut count = 0;
    while let Some(call) = calls.next().await {
        match call?.get() {
            Ok(call) => {
                println!("{} {:?}", call.call_id, call.created_at);
                count += 1;
            }
            Err(reason) => eprintln!("a record without a usable id: {reason}"),
        }
    }
    Ok(count)
}

#[expect(clippy::print_stdout, reason = "a program for a terminal")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = client(&env::var("BLAND_API_KEY")?)?;
    let yesterday = Utc::now() - TimeDelta::days(1);
    let count = print_calls(&client, yesterday).await?;
    println!("{count} calls since yesterday");
    Ok(())
}

#[allow(dead_code, reason = "README.md shows it")]
#[expect(clippy::print_stdout, reason = "a program for a terminal")]
async fn print_call(client: &Client, call_id: &str) -> Result<(), Error> {
    let call = client.get_call(call_id).send().await?.into_record()?;
    println!("{} {:?}", call.call_id, call.summary);
    Ok(())
}

#[allow(dead_code, reason = "README.md shows it")]
async fn save_recording(
    client: &Client,
    call_id: &str,
    path: &std::path::Path,
) -> Result<(), Box<dyn std::error::Error>> {
    use callfold_bland::ResumePoint;
    use std::{fs::File, io::Write as _};

    let link = client.get_recording(call_id).send().await?;
    let url = link.url.as_deref().ok_or("the call has no recording")?;
    let mut recording = client.download(url, &ResumePoint::START).await?;
    let mut file = File::create(path)?;
    while let Some(piece) = recording.next().await {
        file.write_all(&piece?)?;
    }
    Ok(())
}

#[tokio::test]
async fn calls_are_counted() -> Result<(), Error> {
    use callfold_bland::{HttpClient, transport::http::Response};

    let http = HttpClient::from_fn(|request| async move {
        assert_eq!(request.uri().path(), "/v1/calls");
        Response::new(r#"{"count": 1, "total_count": 1, "calls": [{"call_id": "call-1"}]}"#)
    });
    let client =
        Client::builder().credentials(Credentials::api_key("made-up")).with_client(http).build()?;
    assert_eq!(print_calls(&client, DateTime::UNIX_EPOCH).await?, 1);
    Ok(())
}
