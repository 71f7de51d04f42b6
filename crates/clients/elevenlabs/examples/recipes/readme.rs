use callfold_elevenlabs::{Client, Credentials, Error, List as _};
use chrono::{DateTime, TimeDelta, Utc};
use std::{env, time::Duration};

fn client(api_key: &str) -> Result<Client, Error> {
    Client::builder().credentials(Credentials::api_key(api_key)).build()
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for a terminal")]
async fn print_calls(client: &Client, since: DateTime<Utc>) -> Result<usize, Error> {
    let request = client.list_conversations().call_start_after_unix(since.timestamp());
    let mut calls = request.retries(8).timeout(Duration::from_secs(300)).records();
    let mut count = 0;
    while let Some(call) = calls.next().await {
        match call?.get() {
            Ok(call) => {
                println!("{} {:?}", call.conversation_id, call.start_time_unix_secs);
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
    let client = client(&env::var("ELEVENLABS_API_KEY")?)?;
    let yesterday = Utc::now() - TimeDelta::days(1);
    let count = print_calls(&client, yesterday).await?;
    println!("{count} calls since yesterday");
    Ok(())
}

#[allow(dead_code, reason = "README.md shows it")]
#[expect(clippy::print_stdout, reason = "a program for a terminal")]
async fn print_call(client: &Client, id: &str) -> Result<(), Error> {
    let call = client.get_conversation(id).send().await?.into_record()?;
    println!("{} {} turns", call.conversation_id, call.transcript.unwrap_or_default().len());
    Ok(())
}

#[allow(dead_code, reason = "README.md shows it")]
async fn save_recording(
    client: &Client,
    id: &str,
    path: &std::path::Path,
) -> Result<(), Box<dyn std::error::Error>> {
    use std::{fs::File, io::Write as _};

    let mut recording = client.stream_recording(id).send().await?;
    let mut file = File::create(path)?;
    while let Some(piece) = recording.next().await {
        file.write_all(&piece?)?;
    }
    Ok(())
}

#[tokio::test]
async fn calls_are_counted() -> Result<(), Error> {
    use callfold_elevenlabs::{HttpClient, transport::http::Response};

    let http = HttpClient::from_fn(|request| async move {
        assert_eq!(request.uri().path(), "/v1/convai/conversations");
        Response::new(r#"{"conversations": [{"conversation_id": "call-1"}], "has_more": false}"#)
    });
    let client =
        Client::builder().credentials(Credentials::api_key("made-up")).with_client(http).build()?;
    assert_eq!(print_calls(&client, DateTime::UNIX_EPOCH).await?, 1);
    Ok(())
}
