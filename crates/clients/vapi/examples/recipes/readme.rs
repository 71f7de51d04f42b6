use callfold_vapi::{Client, Credentials, Error, List as _};
use chrono::{DateTime, TimeDelta, Utc};
use std::{env, time::Duration};

fn client(private_key: &str) -> Result<Client, Error> {
    Client::builder().credentials(Credentials::private_key(private_key)).build()
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for a terminal")]
async fn print_calls(client: &Client, since: DateTime<Utc>) -> Result<usize, Error> {
    let request = client.list_calls().created_at_ge(since);
    let mut calls = request.retries(8).timeout(Duration::from_secs(300)).records();
    let mut count = 0;
    while let Some(call) = calls.next().await {
        match call?.get() {
            Ok(call) => {
                println!("{} {:?}", call.id, call.created_at);
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
    let client = client(&env::var("VAPI_PRIVATE_KEY")?)?;
    let yesterday = Utc::now() - TimeDelta::days(1);
    let count = print_calls(&client, yesterday).await?;
    println!("{count} calls since yesterday");
    Ok(())
}

#[allow(dead_code, reason = "README.md shows it")]
#[expect(clippy::print_stdout, reason = "a program for a terminal")]
async fn print_call(client: &Client, id: &str) -> Result<(), Error> {
    let call = client.get_call(id).send().await?.into_record()?;
    println!("{} {:?}", call.id, call.ended_reason);
    Ok(())
}

#[allow(dead_code, reason = "README.md shows it")]
async fn save_recording(
    client: &Client,
    id: &str,
    path: &std::path::Path,
) -> Result<(), Box<dyn std::error::Error>> {
    use std::{fs::File, io::Write as _};

    let mut recording = client.get_mono_recording(id).send().await?;
    let mut file = File::create(path)?;
    while let Some(piece) = recording.next().await {
        file.write_all(&piece?)?;
    }
    Ok(())
}

#[tokio::test]
async fn calls_are_counted() -> Result<(), Error> {
    use callfold_vapi::{HttpClient, transport::http::Response};

    let http = HttpClient::from_fn(|request| async move {
        assert_eq!(request.uri().path(), "/call");
        Response::new(r#"[{"id": "call-1", "createdAt": "2026-11-01T10:00:00.000Z"}]"#)
    });
    let client = Client::builder()
        .credentials(Credentials::private_key("made-up"))
        .with_client(http)
        .build()?;
    assert_eq!(print_calls(&client, DateTime::UNIX_EPOCH).await?, 1);
    Ok(())
}
