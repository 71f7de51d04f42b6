//! Object stores, by one that lives in memory.

use crate::support::{ExportFixture, JSONL, calls_of, lines, run};
use callfold_export::{
    Compression, ExportEnd, ExportErrorKind, ExportTarget, Format, Job, OnPartial, PartitionBy,
    Shape,
};
use callfold_reader::Query;
use futures_util::TryStreamExt;
use object_store::{ObjectStore, ObjectStoreExt, memory::InMemory, path::Path};
use std::{fs, sync::Arc};

struct Bucket {
    place: ExportFixture,
    store: Arc<InMemory>,
}

impl Bucket {
    async fn new(records: usize) -> Self {
        Self { place: ExportFixture::new(records).await, store: Arc::new(InMemory::new()) }
    }

    fn job(&self, path: &str, shape: Shape) -> Job {
        let shown = format!("s3://bucket/{path}");
        let target = ExportTarget::store(self.store.clone(), path, shown).unwrap();
        Job::new(self.place.sources(), Query::default(), target, shape)
            .staging(self.place.path("staging"))
    }

    async fn keys(&self) -> Vec<String> {
        let listed = self.store.list(None).map_ok(|object| object.location.to_string());
        let mut keys: Vec<_> = listed.try_collect().await.unwrap();
        keys.sort_unstable();
        keys
    }

    async fn get(&self, key: &str) -> Vec<u8> {
        self.store.get(&Path::parse(key).unwrap()).await.unwrap().bytes().await.unwrap().to_vec()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn file_is_carried_there_when_it_is_whole() {
    // More than one part.
    let bucket = Bucket::new(1000).await;
    let outcome = run(bucket.job("a/calls.jsonl", JSONL)).await.unwrap();
    assert_eq!(
        (outcome.end, outcome.calls),
        (ExportEnd::Published { aside: None }, calls_of(1000) as u64)
    );
    assert!(outcome.bytes > 9 << 20, "{}", outcome.bytes);
    assert_eq!(bucket.keys().await, ["a/calls.jsonl"]);
    run(bucket.place.job("calls.jsonl", JSONL)).await.unwrap();
    assert!(bucket.get("a/calls.jsonl").await == bucket.place.read("calls.jsonl"));
    assert_eq!(fs::read_dir(bucket.place.path("staging")).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn object_that_callfold_did_not_write_is_not_overwritten() {
    let bucket = Bucket::new(5).await;
    let parquet = Shape { format: Format::Parquet, compression: Compression::None };
    for (key, shape) in [("calls.jsonl", JSONL), ("calls.parquet", parquet)] {
        bucket.store.put(&Path::from(key), "mine".into()).await.unwrap();
        let error = run(bucket.job(key, shape)).await.unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::InTheWay, "{error}");
        assert_eq!(error.to_string(), format!("s3://bucket/{key} was not written by callfold"));
        assert_eq!(bucket.get(key).await, b"mine");
        run(bucket.job(key, shape).overwrite(true)).await.unwrap();
        // One of ours needs no flag, and neither does an empty one.
        run(bucket.job(key, shape)).await.unwrap();
        bucket.store.put(&Path::from(key), "".into()).await.unwrap();
        run(bucket.job(key, shape)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn set_replaces_the_one_of_the_run_before() {
    let bucket = Bucket::new(30).await;
    bucket.store.put(&Path::from("other/x"), "mine".into()).await.unwrap();
    let job = || bucket.job("sets/calls/", JSONL).partition(vec![PartitionBy::Vendor]);
    run(job()).await.unwrap();
    let before = bucket.keys().await;
    let objects = callfold_sandbox::vendors().len() + 2;
    assert_eq!(before.len(), objects, "{before:?}");
    run(job()).await.unwrap();
    let after = bucket.keys().await;
    assert_eq!(after.len(), objects, "{after:?}");
    assert_eq!(after.iter().filter(|key| before.contains(key)).count(), 2);
    let mut calls = 0;
    for key in after.iter().filter(|key| key.ends_with(".jsonl")) {
        calls += lines(&bucket.get(key).await).count();
    }
    assert_eq!(calls, calls_of(30));
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_prefix_is_refused() {
    let bucket = Bucket::new(5).await;
    bucket.store.put(&Path::from("set/thesis.txt"), "mine".into()).await.unwrap();
    let job = || bucket.job("set/", JSONL).partition(vec![PartitionBy::Vendor]);
    let error = run(job()).await.unwrap_err();
    assert_eq!(error.kind(), ExportErrorKind::InTheWay);
    run(job().overwrite(true)).await.unwrap();
    assert_eq!(bucket.get("set/thesis.txt").await, b"mine");
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_upload_is_resumed() {
    let bucket = Bucket::new(300).await;
    // Everything is read; the upload is what is interrupted.
    let enough = Arc::new(tokio::sync::Notify::new());
    let notify = enough.clone();
    let progress = callfold_export::ExportProgress::new(move |event| {
        if let callfold_export::ExportEvent::Uploaded(_) = event {
            notify.notify_one();
        }
    });
    let by = vec![PartitionBy::Vendor, PartitionBy::Date];
    let job = || bucket.job("set/", JSONL).partition(by.clone());
    let cut = job().progress(progress).run(async move { enough.notified().await }).await;
    assert_eq!(cut.unwrap_err().kind(), ExportErrorKind::Interrupted);
    assert!(!bucket.keys().await.contains(&"set/_callfold.json".to_owned()));
    let outcome = run(job().on_partial(OnPartial::Resume).overwrite(true)).await.unwrap();
    assert_eq!((outcome.calls, outcome.resumed), (calls_of(300) as u64, true));
    let keys = bucket.keys().await;
    assert_eq!(keys.len() as u64, outcome.files + 1);
}
