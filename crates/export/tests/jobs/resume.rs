//! Interrupted exports: refused, resumed or discarded.

use crate::support::{ExportFixture, JSONL, calls_of, counted, lines, run, shape, tree};
use callfold_export::{
    Compression, EncodeOptions, ExportEnd, ExportError, ExportErrorKind, ExportEvent,
    ExportOutcome, ExportProgress, ExportTarget, Format, Job, Leftover, OnPartial, PartitionBy,
    Shape, TimeTexts,
};
use callfold_reader::{Query, SettingValue, SourceConfig, vendors};
use std::{
    collections::BTreeSet,
    fs, future,
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};
use tokio::sync::Notify;

/// Runs until so many batches were written.
async fn run_until(job: Job, batches: usize) -> Result<ExportOutcome, ExportError> {
    let (written, enough) = (AtomicUsize::new(0), Arc::new(Notify::new()));
    let notify = enough.clone();
    let progress = ExportProgress::new(move |event| {
        if matches!(event, ExportEvent::Written(_)) && written.fetch_add(1, SeqCst) + 1 >= batches {
            notify.notify_one();
        }
    });
    job.progress(progress).run(async move { enough.notified().await }).await
}

/// A job that reads many small pages.
fn job(place: &ExportFixture, name: &str, shape: Shape) -> Job {
    let source = |vendor, account| crate::support::source(&place.sandbox, vendor, account);
    let sources = vec![source("ravan", "a"), source("vozagent", "a"), source("ravan", "b")];
    Job::new(sources, Query::default(), ExportTarget::path(place.path(name)), shape)
}

/// Interrupts the job again and again, and lets it end at last.
async fn run_in_pieces(job: impl Fn() -> Job, batches: usize) -> ExportOutcome {
    let mut pieces = 0;
    loop {
        let on_partial = if pieces == 0 { OnPartial::Refuse } else { OnPartial::Resume };
        let outcome = run_until(job().on_partial(on_partial), batches).await.unwrap();
        assert_eq!(outcome.resumed, pieces > 0);
        pieces += 1;
        match outcome.end {
            ExportEnd::Interrupted(Leftover::Resumable(_)) => assert!(pieces < 100),
            ExportEnd::Published { .. } => {
                assert!(pieces > 1, "it was never interrupted");
                return outcome;
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_file_resumes_to_the_same_bytes() {
    let place = ExportFixture::new(250).await;
    for (name, format, compression) in [
        ("calls.jsonl", Format::Jsonl, Compression::None),
        ("calls.csv", Format::Csv, Compression::None),
        ("calls.csv.gz", Format::Csv, Compression::Gzip),
        ("calls.jsonl.zst", Format::Jsonl, Compression::Zstd),
        ("calls.vcon.jsonl", Format::Vcon, Compression::None),
    ] {
        let shape = shape(format, compression);
        run(job(&place, "whole", shape)).await.unwrap();
        let pieces: &[usize] = if name == "calls.jsonl" { &[1, 6] } else { &[6] };
        for &batches in pieces {
            let outcome = run_in_pieces(|| job(&place, name, shape), batches).await;
            assert_eq!((outcome.calls, outcome.bytes), (750, place.read(name).len() as u64));
            assert!(place.read("whole") == place.read(name), "{name} {batches}");
        }
        let summaries = outcome_of(job(&place, name, shape)).await.summaries;
        assert!(summaries.iter().all(|one| one.as_ref().is_some_and(|one| one.matched == 250)));
    }
}

async fn outcome_of(job: Job) -> ExportOutcome {
    run(job).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_parquet_resumes_to_the_same_calls() {
    let place = ExportFixture::new(250).await;
    let shape = shape(Format::Parquet, Compression::None);
    let outcome = run_in_pieces(|| job(&place, "calls.parquet", shape), 7).await;
    assert_eq!((outcome.calls, outcome.files), (750, 1));
    assert_eq!(counted(&place.path("calls.parquet"), Format::Parquet, Compression::None), 750);
    assert_eq!(place.names(), ["calls.parquet"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_directories_resume_to_the_same_calls() {
    let place = ExportFixture::new(250).await;
    let by = vec![PartitionBy::Vendor, PartitionBy::Month];
    let set = run_in_pieces(|| job(&place, "set", JSONL).partition(by.clone()), 5).await;
    let ids = |name: &str| {
        let mut ids = BTreeSet::new();
        let mut calls = 0;
        for file in tree(&place.path(name)) {
            if !file.ends_with("_callfold.json") {
                for call in lines(&place.read(&format!("{name}/{file}"))) {
                    calls += 1;
                    ids.insert(call["account"].to_string() + &call["call_id"].to_string());
                }
            }
        }
        (calls, ids.len())
    };
    assert_eq!((set.calls, ids("set")), (750, (750, 750)));
    fs::create_dir(place.path("folder")).unwrap();
    let vcon = shape(Format::Vcon, Compression::None);
    let folder = run_in_pieces(|| job(&place, "folder", vcon), 5).await;
    assert_eq!((folder.calls, folder.files), (750, 750));
    assert_eq!(tree(&place.path("folder")).len(), 751);
    assert_eq!(place.names(), ["folder", "set"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_journal_does_not_count_is_cut_away() {
    let place = ExportFixture::new(200).await;
    run(place.job("whole.jsonl", JSONL)).await.unwrap();
    run_until(place.job("calls.jsonl", JSONL), 6).await.unwrap();
    let data = place.path("calls.jsonl.partial/data/calls");
    let mut torn = fs::read(&data).unwrap();
    torn.extend_from_slice(b"{\"half a call");
    fs::write(&data, &torn).unwrap();
    let mut seen = fs::read(place.path("calls.jsonl.partial/seen")).unwrap();
    seen.extend_from_slice(&[7; 11]);
    fs::write(place.path("calls.jsonl.partial/seen"), seen).unwrap();
    run(place.job("calls.jsonl", JSONL).on_partial(OnPartial::Resume)).await.unwrap();
    assert!(place.read("whole.jsonl") == place.read("calls.jsonl"));
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_partial_export_is_reported() {
    let place = ExportFixture::new(200).await;
    for (file, text) in [("data/calls", ""), ("state.json", "{"), ("state.json", "{\"format\":9}")]
    {
        run_until(place.job("calls.jsonl", JSONL).on_partial(OnPartial::Discard), 6).await.unwrap();
        fs::write(place.path(&format!("calls.jsonl.partial/{file}")), text).unwrap();
        let resumed = run(place.job("calls.jsonl", JSONL).on_partial(OnPartial::Resume)).await;
        let error = resumed.unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::NotResumable, "{error}");
    }
    run(place.job("calls.jsonl", JSONL).on_partial(OnPartial::Discard)).await.unwrap();
    assert_eq!(place.names(), ["calls.jsonl"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn old_file_is_unchanged_until_the_new_one_is_complete() {
    let place = ExportFixture::new(200).await;
    fs::write(place.path("calls.jsonl"), "").unwrap();
    let outcome = run_until(place.job("calls.jsonl", JSONL), 3).await.unwrap();
    assert!(matches!(outcome.end, ExportEnd::Interrupted(Leftover::Resumable(_))), "{outcome:?}");
    assert_eq!(place.read("calls.jsonl"), b"");
    let error = run(place.job("calls.jsonl", JSONL)).await.unwrap_err();
    assert_eq!(error.kind(), ExportErrorKind::PartialExists);
    let partial = place.path("calls.jsonl.partial").display().to_string();
    assert!(error.to_string().ends_with(&format!("exists in {partial}")), "{error}");
    run(place.job("calls.jsonl", JSONL).on_partial(OnPartial::Discard)).await.unwrap();
    assert_eq!(lines(&place.read("calls.jsonl")).count(), calls_of(200));
    let outcome = run(place.job("calls.jsonl", JSONL).on_partial(OnPartial::Resume)).await.unwrap();
    assert!(!outcome.resumed, "there was nothing to resume");
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_before_the_first_page_leaves_nothing() {
    let place = ExportFixture::new(5).await;
    let outcome = place.job("calls.jsonl", JSONL).run(future::ready(())).await.unwrap();
    assert_eq!((outcome.end, outcome.calls), (ExportEnd::Interrupted(Leftover::None), 0));
    assert_eq!(place.names(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn other_query_is_refused_and_the_difference_named() {
    let place = ExportFixture::new(100).await;
    let query = Query { agent: vec!["a-1".to_owned()], ..Query::default() };
    let target = || ExportTarget::path(place.path("calls.csv"));
    let csv = shape(Format::Csv, Compression::None);
    let job = |query: &Query, shape: Shape| {
        let sources = vec![place.source("ravan"), place.source("vaani")];
        Job::new(sources, query.clone(), target(), shape).on_partial(OnPartial::Resume)
    };
    run_until(job(&query, csv), 1).await.unwrap();
    let phone = callfold_unify::model::PhoneNumber::new("+19195550100");
    let other = Query { phone: vec![phone], agent: Vec::new(), ..query.clone() };
    let mut bom = EncodeOptions::default();
    bom.bom = true;
    let mut told = Vec::new();
    for job in [
        job(&other, csv),
        job(&query, JSONL),
        job(&query, csv).options(bom),
        job(&query, csv).partition(vec![PartitionBy::Date]),
        Job::new(vec![place.source("ravan")], query.clone(), target(), csv)
            .on_partial(OnPartial::Resume),
    ] {
        let error = run(job).await.unwrap_err();
        let path = fs::canonicalize(place.path("")).unwrap();
        let kind = error.kind();
        told.push(format!("{kind:?}: {error}").replace(path.to_str().unwrap(), ""));
    }
    insta::assert_snapshot!(told.join("\n"));
    run(job(&query, csv)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn relative_time_is_the_same_query_an_hour_later() {
    let place = ExportFixture::new(100).await;
    let since = |text: &str| Query { since: Some(text.parse().unwrap()), ..Query::default() };
    let job = |query, words: &str| {
        let target = ExportTarget::path(place.path("calls.jsonl"));
        let texts = TimeTexts { since: Some(words.to_owned()), until: None };
        Job::new(place.sources(), query, target, JSONL)
            .time_texts(texts)
            .on_partial(OnPartial::Resume)
    };
    run(job(since("2000-01-01T00:00:00Z"), "9999d")).await.unwrap();
    let whole = place.read("calls.jsonl");
    run_until(job(since("2000-01-01T00:00:00Z"), "9999d"), 3).await.unwrap();
    let later = since("2400-01-01T00:00:00Z");
    let error = run(job(later.clone(), "9998d")).await.unwrap_err();
    assert!(error.to_string().ends_with(".partial was started with a different since"), "{error}");
    run(job(later, "9999d")).await.unwrap();
    assert!(whole == place.read("calls.jsonl"));
}

#[tokio::test(flavor = "multi_thread")]
async fn second_export_to_the_same_target_is_refused() {
    let place = ExportFixture::new(5).await;
    // It takes the request and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let config = SourceConfig::new("silent")
        .with("base_url", format!("http://{}", silent.local_addr().unwrap()).as_str())
        .with("api_key", "k")
        .with("retries", SettingValue::Number(0.0));
    let vaani = vendors().iter().find(|entry| entry.name == "vaani").unwrap();
    let source = Arc::from((vaani.open)(&config).unwrap());
    let target = ExportTarget::path(place.path("calls.jsonl"));
    let first = Job::new(vec![source], Query::default(), target, JSONL);
    let (end, ended) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let cancel = end.clone();
    let done = ended.clone();
    tokio::spawn(async move {
        let outcome = first.run(async move { cancel.notified().await }).await;
        assert!(matches!(outcome.unwrap().end, ExportEnd::Interrupted(_)));
        done.notify_one();
    });
    let accepted = tokio::task::spawn_blocking(move || (silent.accept().unwrap(), silent));
    let held = accepted.await.unwrap();
    for on_partial in [OnPartial::Refuse, OnPartial::Resume, OnPartial::Discard] {
        let error = run(place.job("calls.jsonl", JSONL).on_partial(on_partial)).await.unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::Locked, "{error}");
    }
    end.notify_one();
    ended.notified().await;
    drop(held);
    run(place.job("calls.jsonl", JSONL)).await.unwrap();
}
