use callfold_agentvoice::{Client, Credentials, Error, List as _};
use chrono::{DateTime, TimeDelta, Utc};
use std::{env, time::Duration};

fn client(api_key: &str, organization_id: &str) -> Result<Client, Error> {
    Client::builder().credentials(Credentials::new(api_key, organization_id)).build()
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for a terminal")]
async fn print_calls(client: &Client, since: DateTime<Utc>) -> Result<usize, Error> {
    let request = client.list_calls().from(since);
    let mut calls = request.retries(8).timeout(Duration::from_secs(300)).records();
    let mut count = 0;
    while let Some(call) = calls.next().await {
        match call?.get() {
            Ok(call) => {
                println!("{} {:?}", call.id, call.started_at);
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
    let client =
        client(&env::var("AGENTVOICE_API_KEY")?, &env::var("AGENTVOICE_ORGANIZATION_ID")?)?;
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
    use callfold_agentvoice::{RequestOptions, ResumePoint};
    use std::{fs::File, io::Write as _};

    let call = client.get_call(id).send().await?.into_record()?;
    let url = call.recording_url.ok_or("the call has no recording")?;
    // The storage needs no key.
    let client = client.with_options(RequestOptions::new().without_credentials());
    let mut recording = client.download(&url, &ResumePoint::START).await?;
    let mut file = File::create(path)?;
    while let Some(piece) = recording.next().await {
        file.write_all(&piece?)?;
    }
    Ok(())
}

#[tokio::test]
async fn calls_are_counted() -> Result<(), Error> {
    use callfold_agentvoice::{HttpClient, transport::http::Response};

    let http = HttpClient::from_fn(|request| async move {
        assert_eq!(request.uri().path(), "/api/calls");
        Response::new(
            r#"{"data": [{"id": "call-1"}], "pagination": {"total": 1, "has_more": false}}"#,
        )
    });
    let client = Client::builder()
        .credentials(Credentials::new("made-up", "made-up"))
        .with_client(http)
        .build()?;
    assert_eq!(print_calls(&client, DateTime::UNIX_EPOCH).await?, 1);
    Ok(())
}
