use callfold_vaani::{Client, Credentials, Error, List as _};
use chrono::{DateTime, TimeDelta, Utc};
use std::{env, time::Duration};

fn client(api_key: &str) -> Result<Client, Error> {
    Client::builder().credentials(Credentials::api_key(api_key)).build()
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for a terminal")]
async fn print_calls(client: &Client, since: DateTime<Utc>) -> Result<usize, Error> {
    // The list has no filter: every call is read. Its times are ISO 8601 without an offset.
    let since = since.format("%Y-%m-%dT%H:%M:%S").to_string();
    let request = client.list_calls();
    let mut calls = request.retries(8).timeout(Duration::from_secs(300)).records();
    let mut count = 0;
    while let Some(call) = calls.next().await {
        match call?.get() {
            Ok(call) if call.start_time.as_deref() >= Some(&since) => {
                println!("{} {:?}", call.call_id, call.start_time);
                count += 1;
            }
            Ok(_) => {}
            Err(reason) => eprintln!("a record without a usable id: {reason}"),
        }
    }
    Ok(count)
}

#[expect(clippy::print_stdout, reason = "a program for a terminal")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = client(&env::var("VAANI_API_KEY")?)?;
    let yesterday = Utc::now() - TimeDelta::days(1);
    let count = print_calls(&client, yesterday).await?;
    println!("{count} calls since yesterday");
    Ok(())
}

#[allow(dead_code, reason = "README.md shows it")]
#[expect(clippy::print_stdout, reason = "a program for a terminal")]
async fn print_call(client: &Client, call_id: &str) -> Result<(), Error> {
    let details = client.get_call_details(call_id).send().await?;
    println!("{call_id} {:?}", details.summary);
    Ok(())
}

#[allow(dead_code, reason = "README.md shows it")]
async fn save_recording(
    client: &Client,
    call_id: &str,
    path: &std::path::Path,
) -> Result<(), Box<dyn std::error::Error>> {
    use std::{fs::File, io::Write as _};

    let mut recording = client.stream_recording(call_id).send().await?;
    let mut file = File::create(path)?;
    while let Some(piece) = recording.next().await {
        file.write_all(&piece?)?;
    }
    Ok(())
}

#[tokio::test]
async fn calls_are_counted() -> Result<(), Error> {
    use callfold_vaani::{HttpClient, transport::http::Response};

    let http = HttpClient::from_fn(|request| async move {
        assert_eq!(request.uri().path(), "/api/call-history");
        Response::new(
            r#"{"data": [{"call_id": "call-1", "Start_time": "2026-11-01T10:00:00"}],
                "pagination": {"has_next": false}}"#,
        )
    });
    let client =
        Client::builder().credentials(Credentials::api_key("made-up")).with_client(http).build()?;
    assert_eq!(print_calls(&client, DateTime::UNIX_EPOCH).await?, 1);
    Ok(())
}
