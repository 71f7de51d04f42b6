//! The example of each vendor crate's README: the text there is the end of the
//! file of the vendor's name here, which is run against the sandbox.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the examples print calls")]

use crate::architecture::vendors;
use callfold_sandbox::{Sandbox, SandboxOptions};
use callfold_test_support::fixtures::root;
use futures_util::future::BoxFuture;
use std::fs;

/// Builds the README's client, then runs the README's example with one for the sandbox.
macro_rules! run {
    ($client:expr, $credentials:expr) => {
        pub(super) async fn run(base_url: &str, id: &str) -> usize {
            $client.expect("the README's client is built");
            let client = Client::builder()
                .credentials($credentials)
                .base_url(base_url)
                .build()
                .expect("a client for the sandbox");
            print_call(&client, id).await.expect("the README's example of one call runs");
            print_calls(&client).await.expect("the README's example of a list runs")
        }
    };
}
use run;

macro_rules! vendors {
    ($($vendor:ident $name:tt)*) => {
        $(mod $vendor;)*
        const VENDORS: &[(&str, for<'a> fn(&'a str, &'a str) -> BoxFuture<'a, usize>)] =
            &[$(($name, |base_url, id| Box::pin($vendor::run(base_url, id)))),*];
    };
}
callfold_unify::each_vendor!(vendors);

/// The first Rust block of a README.
fn example(readme: &str) -> &str {
    let start = readme.find("```rust\n").expect("a README has a Rust example") + "```rust\n".len();
    let length = readme[start..].find("```").expect("the example ends");
    &readme[start..start + length]
}

#[test]
fn example_in_each_readme_is_the_one_that_is_run() {
    for vendor in vendors() {
        let readme = root().join("crates/clients").join(&vendor).join("README.md");
        let readme = fs::read_to_string(&readme).expect("a vendor crate has a README");
        let file = root().join("tests/readme").join(format!("{vendor}.rs"));
        let file = fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let (_, text) = file.split_once("in the README.\n").expect("where the example begins");
        assert_eq!(example(&readme), text, "crates/clients/{vendor}/README.md");
    }
}

#[tokio::test]
async fn example_in_each_readme_lists_the_sandboxs_calls() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await.expect("a sandbox");
    assert!(VENDORS.iter().map(|(name, _)| *name).eq(vendors()), "each is run");
    for (name, run) in VENDORS {
        let dataset = sandbox.dataset();
        let mut truths = dataset.truths(name);
        let expected = truths.len();
        let first = truths.next().expect("the sandbox has calls");
        let id = &first.id;
        let count = run(&sandbox.base_url(name), id).await;
        assert_eq!(count, expected, "{name}");
    }
}
