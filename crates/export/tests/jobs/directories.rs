//! Partitioned sets and folders.

use crate::support::{ExportFixture, JSONL, calls_of, lines, run, shape, source, tree};
use callfold_export::{
    Compression, EncodeOptions, ExportEnd, ExportTarget, Format, Job, PartitionBy, PrivacyMode,
    PrivacyPolicy,
};
use callfold_reader::Query;
use serde_json::Value;
use std::{collections::BTreeMap, fs};

#[tokio::test(flavor = "multi_thread")]
async fn set_holds_each_call_where_its_values_say() {
    let place = ExportFixture::new(100).await;
    let by = vec![PartitionBy::Vendor, PartitionBy::Date];
    let outcome = run(place.job("set/", JSONL).partition(by)).await.unwrap();
    assert_eq!(
        (outcome.end, outcome.calls),
        (ExportEnd::Published { aside: None }, calls_of(100) as u64)
    );
    let manifest: Value = serde_json::from_slice(&place.read("set/_callfold.json")).unwrap();
    let mut listed = BTreeMap::new();
    for file in manifest["files"].as_array().unwrap() {
        listed.insert(file["path"].as_str().unwrap(), file["calls"].as_u64().unwrap());
    }
    let mut calls = 0;
    for path in tree(&place.path("set")) {
        if path == "_callfold.json" {
            continue;
        }
        let text = place.read(&format!("set/{path}"));
        let mut here = 0;
        for call in lines(&text) {
            let day = call["started_at"].as_str().map(|at| &at[..10]);
            let day = day.unwrap_or("__HIVE_DEFAULT_PARTITION__");
            let vendor = call["vendor"].as_str().unwrap();
            assert!(path.starts_with(&format!("vendor={vendor}/date={day}/part-")), "{path}");
            here += 1;
        }
        assert_eq!(listed.remove(path.as_str()), Some(here), "{path}");
        calls += here;
    }
    assert_eq!((calls, listed.len()), (calls_of(100) as u64, 0));
    assert_eq!(manifest["calls"], calls_of(100));
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_values_stay_below_the_set() {
    let place = ExportFixture::new(5).await;
    let accounts = ["../../up", "a/b=c", "line\nbreak", "..", "ünï 東", "%2e%2e", "con\u{202e}"];
    let sources = accounts.iter().map(|account| source(&place.sandbox, "zudu", account)).collect();
    let target = ExportTarget::path(place.path("set"));
    let job = Job::new(sources, Query::default(), target, shape(Format::Csv, Compression::Gzip))
        .partition(vec![PartitionBy::Account, PartitionBy::Year]);
    let outcome = run(job).await.unwrap();
    assert_eq!(outcome.calls, 5 * accounts.len() as u64);
    assert_eq!(place.names(), ["set"]);
    let mut names: Vec<_> = fs::read_dir(place.path("set"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    insta::assert_snapshot!(names.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn directories_tell_no_more_of_people_than_the_files() {
    let place = ExportFixture::new(20).await;
    // The account is called as a customer is.
    let plain = place.job("plain", JSONL).partition(vec![PartitionBy::Vendor]);
    run(plain).await.unwrap();
    let names = tree(&place.path("plain")).into_iter().filter(|path| !path.ends_with(".json"));
    let calls: Vec<Value> = names
        .flat_map(|path| lines(&place.read(&format!("plain/{path}"))).collect::<Vec<_>>())
        .collect();
    let number = calls.iter().find_map(|call| call["to"]["number"]["e164"].as_str()).unwrap();
    let sources = vec![source(&place.sandbox, "agentvoice", &format!("line {number}"))];
    let mut options = EncodeOptions::default();
    options.privacy = PrivacyPolicy::new(PrivacyMode::Mask, &[], None).unwrap();
    let target = ExportTarget::path(place.path("masked"));
    let job = Job::new(sources, Query::default(), target, JSONL);
    run(job.options(options).partition(vec![PartitionBy::Account])).await.unwrap();
    let digits = &number[1..];
    let paths = tree(&place.path("masked"));
    assert!(paths.iter().all(|path| !path.contains(digits)), "{paths:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_partitions_than_open_files_lose_nothing() {
    let place = ExportFixture::new(100).await;
    let by = vec![PartitionBy::Vendor, PartitionBy::Date];
    for (name, format) in [("parquet", Format::Parquet), ("csv", Format::Csv)] {
        let job = place.job(name, shape(format, Compression::None)).partition(by.clone());
        let outcome = run(job).await.unwrap();
        let files = tree(&place.path(name));
        assert!(files.len() > 64, "{}", files.len());
        let counted = |file: &String| {
            let path = place.path(name).join(file);
            crate::support::counted(&path, format, Compression::None)
        };
        let data = files.iter().filter(|file| !file.ends_with(".json"));
        assert_eq!(
            (outcome.calls, data.map(counted).sum::<usize>()),
            (calls_of(100) as u64, calls_of(100))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn set_of_ours_is_replaced_as_a_whole() {
    let place = ExportFixture::new(30).await;
    let by = vec![PartitionBy::Vendor];
    run(place.job("set", JSONL).partition(by.clone())).await.unwrap();
    let before = tree(&place.path("set"));
    let sources = vec![place.source("zudu")];
    let target = ExportTarget::path(place.path("set"));
    run(Job::new(sources, Query::default(), target, JSONL).partition(by)).await.unwrap();
    let after = tree(&place.path("set"));
    assert_eq!((before.len(), after.len()), (callfold_sandbox::vendors().len() + 1, 2));
    assert!(after.iter().all(|file| file == "_callfold.json" || !before.contains(file)));
    assert_eq!(place.names(), ["set"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn folder_holds_one_vcon_for_each_call() {
    let place = ExportFixture::new(30).await;
    let vcon = shape(Format::Vcon, Compression::None);
    for _ in 0..2 {
        let outcome = run(place.job("folder/", vcon)).await.unwrap();
        assert_eq!((outcome.calls, outcome.files), (calls_of(30) as u64, calls_of(30) as u64));
        let files = tree(&place.path("folder"));
        assert_eq!(files.len(), calls_of(30) + 1);
        for file in files.iter().filter(|file| *file != "_callfold.json") {
            let text = place.read(&format!("folder/{file}"));
            let vcon: Value = serde_json::from_slice(&text).unwrap();
            assert_eq!(file, &format!("{}.vcon.json", vcon["uuid"].as_str().unwrap()));
        }
        assert_eq!(place.names(), ["folder"]);
    }
    fs::write(place.path("folder/mine.txt"), "mine").unwrap();
    assert!(run(place.job("folder/", vcon)).await.is_err());
}
