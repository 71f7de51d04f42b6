//! The Rust code of the READMEs is compiled and run: that of a crate stands in its
//! `examples/recipes/readme.rs`, which is included here and run against the sandbox.

use crate::architecture::vendors;
use callfold_sandbox::{Sandbox, SandboxOptions};
use callfold_test_support::fixtures::root;
use chrono::{DateTime, NaiveTime, Utc};
use futures_util::future::BoxFuture;
use std::{fs, path::Path};

mod guide;
#[allow(dead_code, reason = "its `main` needs keys")]
mod reader;
mod unify;

/// What a vendor's recipes are run with.
struct Case<'a> {
    base_url: &'a str,
    /// A call with a recording.
    id: &'a str,
    since: DateTime<Utc>,
    /// Where the recording is put.
    recording: &'a Path,
}

/// Builds the README's client, then runs the recipes with one for the sandbox; `save_recording`
/// where the API has recordings. Returns how many calls there are, and how many since the time.
macro_rules! run {
    ($client:expr, $credentials:expr $(, $save_recording:ident)?) => {
        pub(super) async fn run(case: super::Case<'_>) -> (usize, usize) {
            $client.expect("the README's client is built");
            let client = Client::builder()
                .credentials($credentials)
                .base_url(case.base_url)
                .rate(1e6)
                .build()
                .expect("a client for the sandbox");
            print_call(&client, case.id).await.expect("one call");
            $(
                $save_recording(&client, case.id, case.recording).await.expect("a recording");
                let file = case.recording.metadata().expect("a file");
                assert!(file.len() > 100, "{}", case.recording.display());
            )?
            let all = print_calls(&client, DateTime::UNIX_EPOCH).await.expect("all calls");
            (all, print_calls(&client, case.since).await.expect("the calls since a time"))
        }
    };
}
use run;

macro_rules! vendors {
    ($($vendor:ident $name:tt)*) => {
        $(
            #[allow(dead_code, reason = "its `main` needs a key")]
            mod $vendor;
        )*
        const VENDORS: &[(&str, for<'a> fn(Case<'a>) -> BoxFuture<'a, (usize, usize)>)] =
            &[$(($name, |case| Box::pin($vendor::run(case)))),*];
    };
}
callfold_unify::each_vendor!(vendors);

/// The Rust blocks of a README.
fn rust_blocks(text: &str) -> Vec<&str> {
    let blocks = text.split("```rust\n").skip(1);
    blocks.map(|block| block.split_once("```").expect("a block ends").0).collect()
}

/// The code of a file, without the attributes that a README leaves out.
fn code(path: &str) -> String {
    let text = fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"));
    let left_out = |line: &&str| !line.starts_with("#[expect(") && !line.starts_with("#[allow(");
    text.split_inclusive('\n').filter(left_out).collect()
}

#[test]
fn code_of_each_readme_is_that_which_is_run() {
    let mut pages =
        vec![("crates/transport/README.md".to_owned(), "tests/readme/guide.rs".to_owned())];
    let crates = vendors().into_iter().map(|vendor| format!("crates/clients/{vendor}"));
    for directory in crates.chain(["crates/reader".into(), "crates/unify".into()]) {
        pages.push((
            format!("{directory}/README.md"),
            format!("{directory}/examples/recipes/readme.rs"),
        ));
    }
    for (page, file) in pages {
        let text = fs::read_to_string(root().join(&page)).unwrap_or_else(|e| panic!("{page}: {e}"));
        let code = code(&file);
        let blocks = rust_blocks(&text);
        assert!(blocks.len() >= 3, "{page} lacks a recipe");
        for block in blocks {
            assert!(code.contains(block), "{file} does not have this block of {page}:\n{block}");
        }
    }
}

async fn sandbox() -> Sandbox {
    Sandbox::start(SandboxOptions::default()).await.expect("a sandbox")
}

#[tokio::test]
async fn recipes_of_each_vendor_run_against_the_sandbox() {
    let sandbox = sandbox().await;
    let dataset = sandbox.dataset();
    let directory = tempfile::tempdir().expect("a directory");
    assert!(VENDORS.iter().map(|(name, _)| *name).eq(vendors()), "each is run");
    for (name, run) in VENDORS {
        let truths: Vec<_> = dataset.truths(name).collect();
        let recorded = truths.iter().find(|call| call.recorded).expect("a recorded call");
        let recording = directory.path().join(name);
        // A midnight, because one vendor filters by days.
        let middle = truths[truths.len() / 2].started_at;
        let since = middle.date_naive().and_time(NaiveTime::MIN).and_utc();
        let base_url = sandbox.base_url(name);
        let case = Case { base_url: &base_url, id: &recorded.id, since, recording: &recording };
        let expected = truths.iter().filter(|call| call.started_at >= since).count();
        assert_eq!(run(case).await, (truths.len(), expected), "{name}");
    }
}
