use crate::{Target, postgres::Postgres, row::*, sqlite::Sqlite, store::*};
use callfold_reader::*;
use callfold_sandbox::{Sandbox, SandboxOptions};
use callfold_unify::model::Call;
use futures_util::StreamExt;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn measure() {
    let n: usize = std::env::var("N").ok().and_then(|n| n.parse().ok()).unwrap_or(8000);
    let sandbox = Sandbox::start(SandboxOptions::default().records(n)).await.unwrap();
    let mut all: Vec<(String, Vec<Box<Call>>)> = Vec::new();
    for entry in vendors() {
        let mut config = SourceConfig::new("main")
            .with("base_url", sandbox.base_url(entry.name).as_str())
            .with("rate", SettingValue::Number(1e6));
        for (k, v) in sandbox.credentials(entry.name) {
            config = config.with(*k, *v);
        }
        let source = (entry.open)(&config).unwrap();
        let query = Query { raw: true, order: Order::AsRead, ..Query::default() };
        let t = Instant::now();
        let mut calls = Vec::new();
        let mut batches = read_batches(source.as_ref(), &query, None);
        while let Some(b) = batches.next().await {
            calls.extend(b.calls.into_iter().map(|c| c.call));
        }
        drop(batches);
        eprintln!("{} read {} in {:?}", entry.name, calls.len(), t.elapsed());
        all.push((entry.name.to_owned(), calls));
    }
    let dir = tempfile::tempdir_in("/work").unwrap();
    let mut stores: Vec<(&str, Box<dyn Backend>)> = vec![(
        "sqlite",
        Box::new(Sqlite::open(&dir.path().join("m.sqlite"), Duration::ZERO).await.unwrap()),
    )];
    if let Ok(url) = std::env::var("CALLFOLD_TEST_POSTGRES") {
        let Target::Postgres(s) = Target::parse(&url, None).unwrap() else { panic!() };
        stores.push(("postgres", Box::new(Postgres::open(&s, Duration::ZERO).await.unwrap())));
    }
    for (name, store) in stores {
        for (vendor, calls) in &all {
            let t = Instant::now();
            let pages: Vec<Vec<Prepared>> = calls
                .chunks(100)
                .map(|c| {
                    c.iter()
                        .map(|c| Prepared::new(c.clone(), Shape::List, Parts::default()))
                        .collect()
                })
                .collect();
            let prep = t.elapsed();
            let t = Instant::now();
            for calls in pages {
                store
                    .write(Page { run: 1, at: chrono::Utc::now(), calls, ..Page::default() })
                    .await
                    .unwrap();
            }
            let fresh = t.elapsed();
            let pages: Vec<Vec<Prepared>> = calls
                .chunks(100)
                .map(|c| {
                    c.iter()
                        .map(|c| Prepared::new(c.clone(), Shape::List, Parts::default()))
                        .collect()
                })
                .collect();
            let t = Instant::now();
            for calls in pages {
                store
                    .write(Page { run: 2, at: chrono::Utc::now(), calls, ..Page::default() })
                    .await
                    .unwrap();
            }
            let again = t.elapsed();
            let rate = |d: Duration| (calls.len() as f64 / d.as_secs_f64()) as u64;
            eprintln!(
                "{name} {vendor}: prepare {}/s, fresh {}/s, unchanged {}/s",
                rate(prep),
                rate(fresh),
                rate(again)
            );
        }
        store.close().await.unwrap();
    }
    for f in std::fs::read_dir(dir.path()).unwrap() {
        let f = f.unwrap();
        eprintln!("{:?} {}", f.file_name(), f.metadata().unwrap().len());
    }
}
