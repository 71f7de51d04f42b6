//! The client that a good engineer would write by hand in an afternoon or two: what callfold is
//! measured against.
//!
//! `baseline URL FILE` reads all calls of five vendors and writes them as JSON lines. It is meant to
//! be fast: typed structs of the fields it maps, one mapping for each vendor, five vendors side by
//! side, eight requests under way at each, pages decoded on all cores, lines written a page at a
//! time. It leaves out what takes longer than an afternoon: it neither retries nor limits its pace,
//! fails with its first odd record, drops no duplicates, notes nothing it had to assume, keeps money
//! as floats, and makes no statement on whether it has read everything.

mod agentvoice;
mod call;
mod ravan;
mod vaani;
mod vendor;
mod vozagent;
mod zudu;

use std::env;
use std::fs::File;
use std::sync::{Arc, Mutex};
use vendor::{Failure, export};

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = env::args().skip(1);
    let (Some(base), Some(file)) = (arguments.next(), arguments.next()) else {
        return Err("usage: baseline URL FILE".into());
    };
    // Reqwest wants one, although nothing is encrypted here. Only a second one would be refused.
    drop(rustls::crypto::ring::default_provider().install_default());
    let http = reqwest::Client::builder().build()?;
    let out = Arc::new(Mutex::new(File::create(file)?));
    let calls = tokio::try_join!(
        export::<vaani::Vaani>(http.clone(), base.clone(), out.clone()),
        export::<ravan::Ravan>(http.clone(), base.clone(), out.clone()),
        export::<vozagent::VozAgent>(http.clone(), base.clone(), out.clone()),
        export::<agentvoice::AgentVoice>(http.clone(), base.clone(), out.clone()),
        export::<zudu::Zudu>(http.clone(), base, out),
    )?;
    let (vaani, ravan, vozagent, agentvoice, zudu) = calls;
    #[expect(clippy::print_stderr, reason = "a program's last word")]
    {
        eprintln!("{} calls", vaani + ravan + vozagent + agentvoice + zudu);
    }
    Ok(())
}
