//! The example of each vendor crate's README: the text there is the file here,
//! and the file here is run against the sandbox.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the examples print calls")]

mod agentvoice;
mod ravan;
mod vaani;
mod vozagent;
mod zudu;

use crate::{architecture::vendors, fixtures::root};
use std::fs;

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
        assert_eq!(example(&readme), file, "crates/{vendor}/README.md");
    }
}

#[tokio::test]
async fn example_in_each_readme_lists_the_sandboxs_calls() {
    let sandbox = callfold_sandbox::start().await.expect("a sandbox");
    let key = "sandbox-key";

    /// Points the README's client at the sandbox, and runs its example.
    macro_rules! run {
        ($vendor:ident, $krate:ident, $credentials:expr, $client:expr) => {{
            $client.expect("the README's client is built");
            let client = $krate::Client::builder()
                .credentials($credentials)
                .base_url(sandbox.base_url(stringify!($vendor)))
                .build()
                .expect("a client for the sandbox");
            $vendor::print_calls(&client).await.expect("the README's example runs")
        }};
    }
    let all = |vendor: &str| sandbox.world().truths(vendor).len();

    use callfold_agentvoice::Credentials as AgentVoice;
    let credentials = AgentVoice::new(key, "sandbox-org");
    let count = run!(agentvoice, callfold_agentvoice, credentials, agentvoice::client(key, "o"));
    assert_eq!(count, all("agentvoice"));

    use callfold_ravan::Credentials as Ravan;
    let credentials = Ravan::api_key(key);
    let count = run!(ravan, callfold_ravan, credentials, ravan::client(key));
    assert!(count <= all("ravan"), "the calls of one number");

    use callfold_vaani::Credentials as Vaani;
    let credentials = Vaani::api_key(key);
    assert_eq!(run!(vaani, callfold_vaani, credentials, vaani::client(key)), all("vaani"));

    use callfold_vozagent::Credentials as VozAgent;
    let credentials = VozAgent::bearer(key);
    let count = run!(vozagent, callfold_vozagent, credentials, vozagent::client(key));
    assert_eq!(count, all("vozagent"));

    use callfold_zudu::Credentials as Zudu;
    let credentials = Zudu::new(key, "sandbox-secret");
    let count = run!(zudu, callfold_zudu, credentials, zudu::client(key, "s"));
    assert_eq!(count, all("zudu"));
}
