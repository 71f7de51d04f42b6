//! One file.

use crate::support::{JSONL, Place, counted, lines, run, shape};
use callfold_export::{Compression, End, Format, Job, Left, Shape, Target};
use callfold_reader::Query;
use callfold_unify::model::Status;
use std::{collections::HashSet, fs, io};

const FORMATS: [(&str, Format, Compression); 6] = [
    ("calls.jsonl", Format::Jsonl, Compression::None),
    ("calls.jsonl.gz", Format::Jsonl, Compression::Gzip),
    ("calls.csv.zst", Format::Csv, Compression::Zstd),
    ("calls.csv", Format::Csv, Compression::None),
    ("calls.vcon.jsonl", Format::Vcon, Compression::None),
    ("calls.parquet", Format::Parquet, Compression::None),
];

#[tokio::test(flavor = "multi_thread")]
async fn file_appears_whole_and_leaves_nothing_beside_it() {
    for (name, format, compression) in FORMATS {
        let place = Place::new(30).await;
        let outcome = run(place.job(name, shape(format, compression))).await.unwrap();
        assert_eq!(outcome.end, End::Published { aside: None });
        assert_eq!((outcome.calls, outcome.files, outcome.resumed), (150, 1, false));
        assert_eq!(outcome.bytes, place.read(name).len() as u64);
        assert_eq!(place.names(), [name]);
        assert_eq!(counted(&place.path(name), format, compression), 150, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_depend_on_the_lists_only() {
    let place = Place::new(120).await;
    for name in ["one.jsonl", "two.jsonl"] {
        run(place.job(name, JSONL)).await.unwrap();
    }
    assert_eq!(place.read("one.jsonl"), place.read("two.jsonl"));
    let ids: HashSet<String> = lines(&place.read("one.jsonl"))
        .map(|call| format!("{}:{}", call["vendor"], call["call_id"]))
        .collect();
    assert_eq!(ids.len(), 600, "each call once");
}

#[tokio::test(flavor = "multi_thread")]
async fn sources_take_turns_by_page() {
    let place = Place::new(120).await;
    run(place.job("calls.jsonl", JSONL)).await.unwrap();
    let vendors: Vec<_> = lines(&place.read("calls.jsonl"))
        .map(|call| call["vendor"].as_str().unwrap().to_owned())
        .collect();
    let mut turns = vendors.clone();
    turns.dedup();
    assert!(turns.len() > 5, "{turns:?}");
    assert_eq!(turns[..5], ["agentvoice", "ravan", "vaani", "vozagent", "zudu"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn export_without_a_call_is_a_whole_file_of_its_format() {
    let place = Place::new(5).await;
    let query = Query { status: Some(Status::Other("unheard-of".to_owned())), ..Query::default() };
    for (name, format, compression) in FORMATS {
        let sources = vec![place.source("vaani")];
        let target = Target::path(place.path(name));
        let job = Job::new(sources, query.clone(), target, shape(format, compression));
        let outcome = run(job).await.unwrap();
        assert_eq!((outcome.end, outcome.calls), (End::Published { aside: None }, 0));
        assert_eq!(counted(&place.path(name), format, compression), 0, "{name}");
    }
    assert!(place.read("calls.csv").starts_with(b"id,vendor,"));
}

#[tokio::test(flavor = "multi_thread")]
async fn old_file_is_replaced_and_keeps_its_permissions() {
    let place = Place::new(5).await;
    fs::write(place.path("calls.jsonl"), "old").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let permissions = fs::Permissions::from_mode(0o640);
        fs::set_permissions(place.path("calls.jsonl"), permissions).unwrap();
    }
    run(place.job("calls.jsonl", JSONL)).await.unwrap();
    assert_eq!(lines(&place.read("calls.jsonl")).count(), 25);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(place.path("calls.jsonl")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn link_stays_and_the_file_it_names_is_replaced() {
    let place = Place::new(5).await;
    fs::create_dir(place.path("real")).unwrap();
    fs::write(place.path("real/calls.jsonl"), "old").unwrap();
    std::os::unix::fs::symlink("real/calls.jsonl", place.path("latest.jsonl")).unwrap();
    run(place.job("latest.jsonl", JSONL)).await.unwrap();
    assert!(fs::symlink_metadata(place.path("latest.jsonl")).unwrap().is_symlink());
    assert_eq!(lines(&place.read("real/calls.jsonl")).count(), 25);
}

#[tokio::test(flavor = "multi_thread")]
async fn detail_that_takes_a_request_for_each_call_is_added() {
    let place = Place::new(40).await;
    let mut query = Query::default();
    query.detail.transcript = true;
    let target = Target::path(place.path("calls.jsonl"));
    run(Job::new(place.sources(), query, target, JSONL)).await.unwrap();
    let text = place.read("calls.jsonl");
    let with = |vendor: &str| {
        let calls = lines(&text).filter(|call| call["vendor"] == vendor);
        calls.filter(|call| call["transcript"]["state"] == "inline").count()
    };
    assert!(with("vaani") > 0 && with("ravan") > 0, "{} {}", with("vaani"), with("ravan"));
    assert!(lines(&text).all(|call| call["raw"].is_null()));
}

/// A stream that takes so many bytes and then has gone away.
struct Short(usize);

impl io::Write for Short {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        if taken == 0 { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(taken) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stream_gets_the_same_bytes_as_a_file() {
    let place = Place::new(30).await;
    for (name, format, compression) in FORMATS {
        let shape = shape(format, compression);
        run(place.job(name, shape)).await.unwrap();
        let stream = fs::File::create(place.path("stream")).unwrap();
        let job = Job::new(place.sources(), Query::default(), Target::stream(stream), shape);
        let outcome = run(job).await.unwrap();
        assert_eq!((outcome.end, outcome.calls), (End::Published { aside: None }, 150));
        assert!(place.read(name) == place.read("stream"), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stream_that_is_closed_is_told_from_other_failures() {
    let place = Place::new(30).await;
    let shape = Shape { format: Format::Jsonl, compression: Compression::None };
    let job = Job::new(place.sources(), Query::default(), Target::stream(Short(1000)), shape);
    let error = run(job).await.unwrap_err();
    assert_eq!(error.kind(), callfold_export::ExportErrorKind::Closed);
}

#[tokio::test(flavor = "multi_thread")]
async fn source_that_fails_leaves_the_old_file_and_a_partial_one() {
    let place = Place::new(30).await;
    fs::write(place.path("calls.jsonl"), "old").unwrap();
    let mut sources = vec![place.source("zudu"), crate::support::broken("gone")];
    let job = |sources| {
        let target = Target::path(place.path("calls.jsonl"));
        Job::new(sources, Query::default(), target, JSONL)
    };
    let outcome = run(job(sources.clone())).await.unwrap();
    let partial = fs::canonicalize(place.path("calls.jsonl.partial")).unwrap();
    assert_eq!(outcome.end, End::SourceFailed(Left::Partial(partial)));
    assert_eq!(place.read("calls.jsonl"), b"old");
    let job_again = job(sources.clone()).begin(callfold_export::Begin::Resume);
    let outcome = run(job_again.accept_partial(true)).await.unwrap();
    assert_eq!((outcome.end, outcome.calls), (End::Published { aside: None }, 30));
    assert!(outcome.statements[1].as_ref().unwrap().is_failed());
    assert_eq!(lines(&place.read("calls.jsonl")).count(), 30);
    // Where no source gives anything, nothing is put in the place of what is there.
    sources.remove(0);
    let outcome = run(job(sources).accept_partial(true)).await.unwrap();
    assert_eq!(outcome.end, End::SourceFailed(Left::Nothing));
    assert_eq!(place.names(), ["calls.jsonl"]);
    assert_eq!(lines(&place.read("calls.jsonl")).count(), 30);
}
