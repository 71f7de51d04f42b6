//! The example of the README, as a test.

use std::collections::HashSet;

// begin
use callfold_sandbox::{Sandbox, SandboxOptions};

#[tokio::test]
async fn my_client_reads_every_call() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox =
        Sandbox::start(SandboxOptions::default().records(500).fault("cut-body=5%")?).await?;
    let read = my_client(&sandbox.base_url("vozagent"), "sandbox-key").await?;
    for call in sandbox.dataset().truths("vozagent") {
        assert!(read.contains(&call.id), "{} is lost", call.id);
    }
    Ok(())
}
// end

/// A client that retries when a body is cut off.
async fn my_client(base_url: &str, key: &str) -> Result<HashSet<String>, reqwest::Error> {
    let client = super::server::client();
    let mut ids = HashSet::new();
    loop {
        let url = format!("{base_url}/v1/calls?limit=20&offset={}", ids.len());
        let answer = client.get(url).bearer_auth(key).send().await?;
        let Ok(page) = answer.json::<Vec<serde_json::Value>>().await else { continue };
        if page.is_empty() {
            return Ok(ids);
        }
        ids.extend(page.iter().filter_map(|call| call["id"].as_str()).map(str::to_owned));
    }
}

#[test]
fn readme_has_the_tested_example() {
    let here = include_str!("readme.rs");
    let (from, to) = (here.find("// begin\n").unwrap(), here.find("// end\n").unwrap());
    let example = format!("```rust\n{}```\n", &here[from + "// begin\n".len()..to]);
    assert!(include_str!("../../README.md").contains(&example), "README.md lacks\n{example}");
}
