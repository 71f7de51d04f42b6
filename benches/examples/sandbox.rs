//! The sandbox as a process of its own, so that its share of the machine can be told apart.
//!
//! `sandbox RECORDS LATENCY_MS [light]` serves that many calls of each vendor, prints its URL and
//! ends when its standard input does. A page is rendered when it is first asked for and kept. Lists
//! hold the calls in full, or with `light` as the vendors document them.

use callfold_benches::dataset;
use callfold_sandbox::{DatasetOptions, Sandbox, SandboxOptions};
use std::{env, error::Error, time::Duration};
use tokio::io::AsyncReadExt;

/// More than 200,000 calls take, asked for by two clients in their own ways.
const PAGE_CACHE: usize = 4 << 30;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let mut number = || arguments.next().ok_or("usage: sandbox RECORDS LATENCY_MS [light]");
    let (records, latency) = (number()?.parse()?, number()?.parse()?);
    let light = arguments.next().as_deref() == Some("light");
    let sandbox = Sandbox::start(SandboxOptions {
        dataset: DatasetOptions { full_lists: !light, ..dataset(records) },
        latency: Duration::from_millis(latency),
        page_cache: PAGE_CACHE,
        ..SandboxOptions::default()
    })
    .await?;
    #[expect(clippy::print_stdout, reason = "whoever started it reads the address here")]
    {
        println!("{}", sandbox.url());
    }
    // Nothing is ever written there: the end comes with whoever started this.
    tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    Ok(())
}
