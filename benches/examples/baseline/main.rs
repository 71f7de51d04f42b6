//! The client that a good engineer would write by hand in an afternoon or two: what callfold is
//! measured against.
//!
//! `baseline URL FILE` reads all calls of five vendors and writes them as JSON lines. It is meant to
//! be fast: typed structs of the fields it maps, one mapping for each vendor, a task for each of the
//! five, eight requests under way at each, lines written a page at a time. (A task for each page is
//! no faster.) It leaves out what takes longer than an afternoon: it neither retries nor limits its
//! pace, fails with its first odd record, drops no duplicates, notes nothing it had to assume, keeps
//! money as floats, and makes no statement on whether it has read everything.

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
    let calls = [
        tokio::spawn(export::<vaani::Vaani>(http.clone(), base.clone(), out.clone())),
        tokio::spawn(export::<ravan::Ravan>(http.clone(), base.clone(), out.clone())),
        tokio::spawn(export::<vozagent::VozAgent>(http.clone(), base.clone(), out.clone())),
        tokio::spawn(export::<agentvoice::AgentVoice>(http.clone(), base.clone(), out.clone())),
        tokio::spawn(export::<zudu::Zudu>(http, base, out)),
    ];
    let mut total = 0;
    for calls in calls {
        total += calls.await??;
    }
    #[expect(clippy::print_stderr, reason = "a program's last word")]
    {
        eprintln!("{total} calls");
    }
    Ok(())
}
