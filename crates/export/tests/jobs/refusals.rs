//! Invalid requests are rejected before any file is touched.

use crate::support::{ExportFixture, JSONL, run, shape};
use callfold_export::{
    Compression, ExportErrorKind, ExportTarget, Format, Job, OnPartial, PartitionBy,
};
use callfold_reader::Query;
use std::fs;

const PARQUET: callfold_export::Shape = shape(Format::Parquet, Compression::None);

async fn refused(job: Job) -> (ExportErrorKind, String) {
    let error = run(job).await.unwrap_err();
    (error.kind(), format!("{error}\n  help: {}", error.help()))
}

#[tokio::test(flavor = "multi_thread")]
async fn unusable_targets_are_refused() {
    let place = ExportFixture::new(1).await;
    let directory = place.path("");
    let shown = |text: String| text.replace(directory.to_str().unwrap(), "/");
    fs::create_dir(place.path("empty")).unwrap();
    fs::write(place.path("file"), "").unwrap();
    let by = vec![PartitionBy::Vendor];
    let errors = [
        refused(place.job("empty", JSONL)).await,
        refused(place.job("no/such/calls.jsonl", JSONL)).await,
        refused(place.job("file", JSONL).partition(by.clone())).await,
        refused(Job::new(Vec::new(), Query::default(), ExportTarget::path("/dev/null"), JSONL))
            .await,
        refused(
            Job::new(Vec::new(), Query::default(), ExportTarget::stream(Vec::new()), JSONL)
                .partition(by),
        )
        .await,
        refused(place.job("calls.parquet.gz", shape(Format::Parquet, Compression::Gzip))).await,
    ];
    let errors: Vec<_> =
        errors.into_iter().map(|(kind, text)| format!("{kind:?}: {}", shown(text))).collect();
    insta::assert_snapshot!(errors.join("\n"));
    assert_eq!(place.names(), ["empty", "file"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_staging_directory_is_refused_and_untouched() {
    let place = ExportFixture::new(5).await;
    fs::write(place.path("calls.jsonl.partial"), "mine").unwrap();
    assert_eq!(refused(place.job("calls.jsonl", JSONL)).await.0, ExportErrorKind::StagingInTheWay);
    fs::remove_file(place.path("calls.jsonl.partial")).unwrap();
    fs::create_dir(place.path("calls.jsonl.partial")).unwrap();
    fs::write(place.path("calls.jsonl.partial/mine"), "mine").unwrap();
    for on_partial in [OnPartial::Refuse, OnPartial::Resume, OnPartial::Discard] {
        let job = place.job("calls.jsonl", JSONL).on_partial(on_partial);
        assert_eq!(refused(job).await.0, ExportErrorKind::StagingInTheWay);
    }
    assert_eq!(place.read("calls.jsonl.partial/mine"), b"mine");
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_directory_is_refused_or_moved_aside() {
    let place = ExportFixture::new(5).await;
    fs::create_dir(place.path("set")).unwrap();
    fs::write(place.path("set/thesis.txt"), "mine").unwrap();
    let job = || place.job("set", PARQUET).partition(vec![PartitionBy::Vendor]);
    assert_eq!(refused(job()).await.0, ExportErrorKind::InTheWay);
    assert_eq!(place.names(), ["set"]);
    let outcome = run(job().overwrite(true)).await.unwrap();
    let callfold_export::ExportEnd::Published { aside: Some(aside) } = outcome.end else {
        panic!("{outcome:?}");
    };
    assert_eq!(fs::read(aside.join("thesis.txt")).unwrap(), b"mine");
    // A file that was put into a set of ours is nobody's to throw away either.
    fs::write(place.path("set/notes.txt"), "mine").unwrap();
    assert_eq!(refused(job()).await.0, ExportErrorKind::InTheWay);
    fs::remove_file(place.path("set/notes.txt")).unwrap();
    run(job()).await.unwrap();
}

#[test]
fn addresses_are_parsed_without_printing_secrets() {
    for text in ["s3://", "s3://key:very-secret@bucket/x", "ftp://host/x", "s3:///x", ""] {
        let error = ExportTarget::parse(text).unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::Usage);
        assert!(!error.to_string().contains("secret"), "{error}");
    }
    assert_eq!(
        ExportTarget::parse("file:///tmp/a%20b.jsonl").unwrap().to_string(),
        "/tmp/a b.jsonl"
    );
    assert_eq!(ExportTarget::parse("calls.jsonl").unwrap().to_string(), "calls.jsonl");
}
