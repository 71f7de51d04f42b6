//! One file.

use crate::support::{ExportFixture, JSONL, calls_of, counted, lines, run, shape};
#[cfg(unix)]
use crate::support::{mode_of, modes_below, set_mode};
use callfold_export::{
    Compression, ExportEnd, ExportErrorKind, ExportTarget, Format, Job, Leftover, OnPartial,
    PartitionBy, Shape,
};
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
        let place = ExportFixture::new(30).await;
        let outcome = run(place.job(name, shape(format, compression))).await.unwrap();
        assert_eq!(outcome.end, ExportEnd::Published { aside: None });
        assert_eq!(
            (outcome.calls, outcome.files, outcome.resumed),
            (calls_of(30) as u64, 1, false)
        );
        assert_eq!(outcome.bytes, place.read(name).len() as u64);
        assert_eq!(place.names(), [name]);
        assert_eq!(counted(&place.path(name), format, compression), calls_of(30), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_depend_on_the_lists_only() {
    let place = ExportFixture::new(120).await;
    for name in ["one.jsonl", "two.jsonl"] {
        run(place.job(name, JSONL)).await.unwrap();
    }
    assert_eq!(place.read("one.jsonl"), place.read("two.jsonl"));
    let ids: HashSet<String> = lines(&place.read("one.jsonl"))
        .map(|call| format!("{}:{}", call["vendor"], call["call_id"]))
        .collect();
    assert_eq!(ids.len(), calls_of(120), "each call once");
}

#[tokio::test(flavor = "multi_thread")]
async fn sources_take_turns_by_page() {
    let place = ExportFixture::new(120).await;
    run(place.job("calls.jsonl", JSONL)).await.unwrap();
    let vendors: Vec<_> = lines(&place.read("calls.jsonl"))
        .map(|call| call["vendor"].as_str().unwrap().to_owned())
        .collect();
    let mut turns = vendors.clone();
    turns.dedup();
    let names: Vec<_> = callfold_reader::vendors().iter().map(|vendor| vendor.name).collect();
    assert!(turns.len() > names.len(), "{turns:?}");
    assert_eq!(turns[..names.len()], names);
}

#[tokio::test(flavor = "multi_thread")]
async fn export_without_a_call_is_a_whole_file_of_its_format() {
    let place = ExportFixture::new(5).await;
    let query = Query { status: vec![Status::Other("unheard-of".to_owned())], ..Query::default() };
    for (name, format, compression) in FORMATS {
        let sources = vec![place.source("vaani")];
        let target = ExportTarget::path(place.path(name));
        let job = Job::new(sources, query.clone(), target, shape(format, compression));
        let outcome = run(job).await.unwrap();
        assert_eq!((outcome.end, outcome.calls), (ExportEnd::Published { aside: None }, 0));
        assert_eq!(counted(&place.path(name), format, compression), 0, "{name}");
    }
    assert!(place.read("calls.csv").starts_with(b"id,vendor,"));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn old_file_is_replaced_and_keeps_its_permissions() {
    let place = ExportFixture::new(5).await;
    for mode in [0o640, 0o600, 0o444] {
        run(place.job("calls.jsonl", JSONL)).await.unwrap();
        set_mode(&place.path("calls.jsonl"), mode);
        run(place.job("calls.jsonl", JSONL)).await.unwrap();
        assert_eq!(lines(&place.read("calls.jsonl")).count(), calls_of(5));
        assert_eq!(mode_of(&place.path("calls.jsonl")), mode);
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn exported_files_are_owner_only() {
    let place = ExportFixture::new(5).await;
    let by = vec![PartitionBy::Vendor, PartitionBy::Date];
    run(place.job("calls.jsonl", JSONL)).await.unwrap();
    run(place.job("calls.parquet", shape(Format::Parquet, Compression::None))).await.unwrap();
    run(place.job("set", JSONL).partition(by)).await.unwrap();
    run(place.job("folder/", shape(Format::Vcon, Compression::None))).await.unwrap();
    // One that is not whole: its journal and what was read.
    let mut sources = place.sources();
    sources.push(crate::support::broken("gone"));
    let target = ExportTarget::path(place.path("cut.jsonl"));
    run(Job::new(sources, Query::default(), target, JSONL)).await.unwrap();
    let found = modes_below(&place.path(""));
    assert!(found.iter().any(|(path, _)| path.ends_with("cut.jsonl.partial/state.json")));
    assert!(found.len() > 60, "{found:?}");
    for (path, mode) in found {
        let expect = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode, expect, "{path:?} is {mode:o}");
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn set_that_is_replaced_is_as_open_as_before_and_no_more() {
    let place = ExportFixture::new(5).await;
    let set = place.path("set");
    let again = || run(place.job("set", JSONL).partition(vec![PartitionBy::Vendor]));
    again().await.unwrap();
    let is = |directory: u32, below: u32, file: u32| {
        assert_eq!(mode_of(&set), directory);
        for (path, mode) in modes_below(&set) {
            let expect = if path.is_dir() { below } else { file };
            assert_eq!(mode, expect, "{path:?} is {mode:o}");
        }
    };
    let open = |directories: u32, files: u32| {
        set_mode(&set, directories);
        for (path, _) in modes_below(&set) {
            set_mode(&path, if path.is_dir() { directories } else { files });
        }
    };
    open(0o750, 0o640);
    again().await.unwrap();
    is(0o750, 0o750, 0o640);
    // One that was closed closes all: nobody knows which it will be.
    let closed = modes_below(&set).into_iter().find(|(path, _)| path.is_file()).unwrap().0;
    set_mode(&closed, 0o600);
    again().await.unwrap();
    is(0o750, 0o750, 0o600);
    open(0o755, 0o644);
    set_mode(&set, 0o700);
    again().await.unwrap();
    is(0o700, 0o700, 0o600);
    // An empty directory of the user's stays as open, and what comes into it is not.
    fs::remove_dir_all(&set).unwrap();
    fs::create_dir(&set).unwrap();
    set_mode(&set, 0o755);
    again().await.unwrap();
    is(0o755, 0o700, 0o600);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_files_that_callfold_wrote_are_replaced_unasked() {
    let place = ExportFixture::new(5).await;
    let foreign: [&[u8]; 9] = [
        b"[sources.a]\n",
        b"old",
        b"\n",
        b"id,vendor,notes\n1,x,y\n",
        b"{\"id\":1,\"vendor\":\"x\"}\n",
        b"{\"vcon\":\"0.4.0\",\"uuid\":\"x\"}\n",
        b"PAR1 and something else PAR1",
        b"\x1f\x8b\x08 not an archive",
        b"\x28\xb5\x2f\xfd not an archive",
    ];
    for bytes in foreign {
        fs::write(place.path("file"), bytes).unwrap();
        let error = run(place.job("file", JSONL)).await.unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::InTheWay);
        assert_eq!((error.help(), error.is_resumable()), ("name another file", false));
        assert_eq!((place.read("file").as_slice(), place.names()), (bytes, vec!["file".into()]));
        run(place.job("file", JSONL).overwrite(true)).await.unwrap();
        assert_eq!(lines(&place.read("file")).count(), calls_of(5));
    }
    fs::write(place.path("file"), b"").unwrap();
    run(place.job("file", JSONL)).await.unwrap();
    // Any format may take the place of any other.
    for (_, format, compression) in FORMATS {
        for records in [5, 0] {
            let other = ExportFixture::new(records).await;
            run(other.job("file", shape(format, compression))).await.unwrap();
            fs::copy(other.path("file"), place.path("file")).unwrap();
            let done = run(place.job("file", JSONL)).await;
            assert!(done.is_ok(), "{format} {compression:?} of {records}: {done:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn source_that_is_skipped_keeps_the_old_file_as_one_that_fails() {
    let place = ExportFixture::new(5).await;
    run(place.job("calls.jsonl", JSONL)).await.unwrap();
    let before = place.read("calls.jsonl");
    let query = Query { campaign: vec!["nobody's".to_owned()], ..Query::default() };
    let job = |on_partial| {
        let target = ExportTarget::path(place.path("calls.jsonl"));
        Job::new(place.sources(), query.clone(), target, JSONL).on_partial(on_partial)
    };
    let outcome = run(job(OnPartial::Refuse)).await.unwrap();
    assert!(matches!(outcome.end, ExportEnd::SourceFailed(_)), "{:?}", outcome.end);
    assert!(place.read("calls.jsonl") == before);
    let outcome = run(job(OnPartial::Resume).accept_partial(true)).await.unwrap();
    assert_eq!((outcome.end, outcome.calls), (ExportEnd::Published { aside: None }, 0));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn link_stays_and_the_file_it_names_is_replaced() {
    let place = ExportFixture::new(5).await;
    fs::create_dir(place.path("real")).unwrap();
    fs::write(place.path("real/calls.jsonl"), "").unwrap();
    std::os::unix::fs::symlink("real/calls.jsonl", place.path("latest.jsonl")).unwrap();
    run(place.job("latest.jsonl", JSONL)).await.unwrap();
    assert!(fs::symlink_metadata(place.path("latest.jsonl")).unwrap().is_symlink());
    assert_eq!(lines(&place.read("real/calls.jsonl")).count(), calls_of(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn detail_that_takes_a_request_for_each_call_is_added() {
    let place = ExportFixture::new(40).await;
    let mut query = Query::default();
    query.detail.transcript = true;
    let target = ExportTarget::path(place.path("calls.jsonl"));
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
    let place = ExportFixture::new(30).await;
    for (name, format, compression) in FORMATS {
        let shape = shape(format, compression);
        run(place.job(name, shape)).await.unwrap();
        let stream = fs::File::create(place.path("stream")).unwrap();
        let job = Job::new(place.sources(), Query::default(), ExportTarget::stream(stream), shape);
        let outcome = run(job).await.unwrap();
        assert_eq!(
            (outcome.end, outcome.calls),
            (ExportEnd::Published { aside: None }, calls_of(30) as u64)
        );
        assert!(place.read(name) == place.read("stream"), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_stream_is_distinguished_from_other_failures() {
    let place = ExportFixture::new(30).await;
    let shape = Shape { format: Format::Jsonl, compression: Compression::None };
    let job = Job::new(place.sources(), Query::default(), ExportTarget::stream(Short(1000)), shape);
    let error = run(job).await.unwrap_err();
    assert_eq!(error.kind(), ExportErrorKind::Closed);
}

#[tokio::test(flavor = "multi_thread")]
async fn source_that_fails_leaves_the_old_file_and_a_partial_one() {
    let place = ExportFixture::new(30).await;
    fs::write(place.path("calls.jsonl"), "old").unwrap();
    let mut sources = vec![place.source("zudu"), crate::support::broken("gone")];
    let job = |sources| {
        let target = ExportTarget::path(place.path("calls.jsonl"));
        Job::new(sources, Query::default(), target, JSONL).overwrite(true)
    };
    let outcome = run(job(sources.clone())).await.unwrap();
    let partial = fs::canonicalize(place.path("calls.jsonl.partial")).unwrap();
    assert_eq!(outcome.end, ExportEnd::SourceFailed(Leftover::Resumable(partial)));
    assert_eq!(place.read("calls.jsonl"), b"old");
    let job_again = job(sources.clone()).on_partial(OnPartial::Resume);
    let outcome = run(job_again.accept_partial(true)).await.unwrap();
    assert_eq!((outcome.end, outcome.calls), (ExportEnd::Published { aside: None }, 30));
    assert!(outcome.summaries[1].as_ref().unwrap().is_failed());
    assert_eq!(lines(&place.read("calls.jsonl")).count(), 30);
    // Where no source gives anything, nothing is put in the place of what is there.
    sources.remove(0);
    let outcome = run(job(sources).accept_partial(true)).await.unwrap();
    assert_eq!(outcome.end, ExportEnd::SourceFailed(Leftover::None));
    assert_eq!(place.names(), ["calls.jsonl"]);
    assert_eq!(lines(&place.read("calls.jsonl")).count(), 30);
}
