use callfold_vozagent::{Client, Credentials, Error, List as _};
use chrono::{DateTime, TimeDelta, Utc};
use std::{env, time::Duration};

fn client(api_key: &str) -> Result<Client, Error> {
    Client::builder().credentials(Credentials::bearer(api_key)).build()
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for a terminal")]
async fn print_calls(client: &Client, since: DateTime<Utc>) -> Result<usize, Error> {
    // The list has no filter by time: every call is read. Its times are ISO 8601 with a Z.
    let since = since.format("%Y-%m-%dT%H:%M:%S").to_string();
    let request = client.list_calls();
    let mut calls = request.retries(8).timeout(Duration::from_secs(300)).records();
    let mut count = 0;
    while let Some(call) = calls.next().await {
        match call?.get() {
            Ok(call) if call.call_started_at.as_deref() >= Some(&since) => {
                println!("{} {:?}", call.id, call.call_started_at);
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
    let client = client(&env::var("VOZAGENT_API_KEY")?)?;
    let yesterday = Utc::now() - TimeDelta::days(1);
    let count = print_calls(&client, yesterday).await?;
    println!("{count} calls since yesterday");
    Ok(())
}

#[allow(dead_code, reason = "README.md shows it")]
#[expect(clippy::print_stdout, reason = "a program for a terminal")]
async fn print_call(client: &Client, id: &str) -> Result<(), Error> {
    let call = client.get_call(id).send().await?.into_record()?;
    println!("{} {:?}", call.id, call.analysis_summary);
    Ok(())
}

#[allow(dead_code, reason = "README.md shows it")]
async fn save_recording(
    client: &Client,
    id: &str,
    path: &std::path::Path,
) -> Result<(), Box<dyn std::error::Error>> {
    use callfold_vozagent::{RequestOptions, ResumePoint};
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
    use callfold_vozagent::{HttpClient, transport::http::Response};

    let http = HttpClient::from_fn(|request| async move {
        assert_eq!(request.uri().path(), "/v1/calls");
        // The list ends with an empty page.
        match request.uri().query() {
            Some(query) if query.contains("offset=0") => {
                Response::new(r#"[{"id": "call-1", "call_started_at": "2026-11-01T10:00:00Z"}]"#)
            }
            _ => Response::new("[]"),
        }
    });
    let client =
        Client::builder().credentials(Credentials::bearer("made-up")).with_client(http).build()?;
    assert_eq!(print_calls(&client, DateTime::UNIX_EPOCH).await?, 1);
    Ok(())
}
