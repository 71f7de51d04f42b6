use callfold_reader::{
    Context, ListedRecord, Query, Source, model::CostUnit, read, retell, transport::Error, vaani,
};
use chrono::{DateTime, TimeDelta, Utc};
use std::env;

fn sources(retell_key: &str, vaani_key: &str) -> Result<Vec<Box<dyn Source>>, Error> {
    let clinic =
        retell::Client::builder().credentials(retell::Credentials::api_key(retell_key)).build()?;
    let sales = vaani::Client::builder()
        .credentials(vaani::Credentials::api_key(vaani_key))
        .retries(8)
        .build()?;
    let rupees = CostUnit::Currency("INR".to_owned());
    Ok(vec![
        retell::source(clinic, Context::new("clinic")),
        vaani::source(sales, Context::new("sales").with_cost_unit(rupees)),
    ])
}

/// Prints the calls of all sources, newest first, and returns whether none can be missing.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for a terminal")]
async fn print_calls(sources: &[Box<dyn Source>], since: DateTime<Utc>) -> bool {
    let query = Query { since: Some(since), ..Query::default() };
    let mut records = read(sources, &query);
    while let Some(record) = records.next().await {
        match record {
            ListedRecord::Call(call) => println!("{} {}", call.id, call.status),
            ListedRecord::Rejected(record) => eprintln!("{record}"),
            _ => {}
        }
    }
    let summaries = records.summaries();
    for source in &summaries {
        eprintln!("{source}");
    }
    !summaries.iter().any(|source| source.is_incomplete())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sources = sources(&env::var("RETELL_API_KEY")?, &env::var("VAANI_API_KEY")?)?;
    let yesterday = Utc::now() - TimeDelta::days(1);
    if !print_calls(&sources, yesterday).await {
        return Err("some calls may be missing".into());
    }
    Ok(())
}

#[allow(dead_code, reason = "README.md shows it")]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for a terminal")]
async fn print_call(sources: &[Box<dyn Source>], id: &str) -> usize {
    let (calls, errors) = callfold_reader::find_call(sources, id).await;
    for call in &calls {
        println!("{} {} turns", call.id, call.transcript.turns.len());
    }
    for error in errors {
        eprintln!("{error}");
    }
    calls.len()
}

#[allow(dead_code, reason = "README.md shows it")]
async fn save_recording(
    source: &dyn Source,
    id: &str,
    path: &std::path::Path,
) -> Result<(), Box<dyn std::error::Error>> {
    use callfold_reader::transport::ResumePoint;
    use std::{fs::File, io::Write as _};

    let call = source.get(id).await?.ok_or("there is no such call")?;
    let recording = call.recordings.first().ok_or("the call has no recording")?;
    let mut download = source.download(recording, &ResumePoint::START).await?;
    let mut file = File::create(path)?;
    while let Some(piece) = download.next().await {
        file.write_all(&piece?)?;
    }
    Ok(())
}

#[allow(dead_code, reason = "README.md shows it")]
fn open_by_name(vendor: &str, api_key: &str) -> Result<Box<dyn Source>, String> {
    use callfold_reader::{SourceConfig, vendors};

    let entry = vendors().iter().find(|entry| entry.name == vendor).ok_or("no such vendor")?;
    let config = SourceConfig::new("clinic").with("api_key", api_key);
    (entry.open)(&config).map_err(|error| error.to_string())
}

#[allow(dead_code, reason = "README.md shows it")]
async fn store_batches(
    source: &dyn Source,
    stored: Option<(String, Vec<[u8; 16]>)>,
) -> Result<(String, usize), Box<dyn std::error::Error>> {
    use callfold_reader::{Fingerprint, ResumeState, read_batches};

    let resume = match stored {
        Some((checkpoint, seen)) => Some(ResumeState {
            checkpoint: serde_json::from_str(&checkpoint)?,
            seen: seen.into_iter().map(Fingerprint::from_bytes).collect(),
        }),
        None => None,
    };
    let query = Query::default();
    let mut batches = read_batches(source, &query, resume);
    let (mut checkpoint, mut count) = (String::new(), 0);
    while let Some(batch) = batches.next().await {
        // Store the calls, the fingerprints in `batch.seen` and the checkpoint, all or nothing.
        checkpoint = serde_json::to_string(&batch.checkpoint)?;
        count += batch.calls.len();
    }
    match &batches.summary().error {
        Some(error) => Err(error.to_string().into()),
        None => Ok((checkpoint, count)),
    }
}

#[tokio::test]
async fn failed_source_is_reported() -> Result<(), Error> {
    use callfold_reader::transport::{HttpClient, http::Response};

    let http = HttpClient::from_fn(|request| async move {
        let status = if request.method() == "POST" { 200 } else { 401 };
        let body = r#"{"items": [{"call_id": "call-1"}], "has_more": false}"#;
        Response::builder().status(status).body(body).expect("a response")
    });
    let clinic = retell::Client::builder()
        .credentials(retell::Credentials::api_key("made-up"))
        .with_client(http.clone())
        .build()?;
    let sales = vaani::Client::builder()
        .credentials(vaani::Credentials::api_key("made-up"))
        .with_client(http)
        .build()?;
    let sources = [
        retell::source(clinic, Context::new("clinic")),
        vaani::source(sales, Context::new("sales")),
    ];
    let result = callfold_reader::read_calls(&sources, &Query::default()).await;
    assert_eq!(result.calls.len(), 1);
    assert!(!result.sources[0].is_failed() && result.sources[1].is_failed());
    Ok(())
}
