//! The client that a good engineer would write by hand in an afternoon or two: what callfold is
//! measured against.
//!
//! `baseline URL FILE` reads all calls of five vendors and writes them as JSON lines. It is meant to
//! be fast: typed structs of the fields it maps, one mapping for each vendor, the five read at the
//! same time, eight requests under way at each, guessed ahead where there is no total, lines written
//! a page at a time. What takes records apart is one task, as it is where futures are joined; with
//! `spawned` as a third word each vendor has a task of its own, and both cores take records apart. (A
//! task for each page is no faster.) With `vaani` it reads that vendor only.
//!
//! It leaves out what takes longer than an afternoon: it neither retries nor limits its pace, fails
//! with its first odd record, drops no duplicates, notes nothing it had to assume, keeps money as
//! floats, makes nothing durable, and makes no statement on whether it has read everything.

mod agentvoice;
mod call;
mod ravan;
mod vaani;
mod vendor;
mod vozagent;
mod zudu;

use futures_util::future::try_join_all;
use std::env;
use std::fs::File;
use std::sync::{Arc, Mutex};
use tokio::{spawn, try_join};
use vendor::{Failure, export};

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = env::args().skip(1);
    let (Some(base), Some(file)) = (arguments.next(), arguments.next()) else {
        return Err("usage: baseline URL FILE [spawned|vaani]".into());
    };
    // Reqwest wants one, although nothing is encrypted here. Only a second one would be refused.
    drop(rustls::crypto::ring::default_provider().install_default());
    let http = reqwest::Client::builder().build()?;
    let out = Arc::new(Mutex::new(File::create(file)?));
    let vaani = export::<vaani::Vaani>(http.clone(), base.clone(), out.clone());
    let ravan = export::<ravan::Ravan>(http.clone(), base.clone(), out.clone());
    let vozagent = export::<vozagent::VozAgent>(http.clone(), base.clone(), out.clone());
    let agentvoice = export::<agentvoice::AgentVoice>(http.clone(), base.clone(), out.clone());
    let zudu = export::<zudu::Zudu>(http, base, out);
    let calls = match arguments.next().as_deref() {
        Some("spawned") => {
            let tasks =
                [spawn(vaani), spawn(ravan), spawn(vozagent), spawn(agentvoice), spawn(zudu)];
            let ended = try_join_all(tasks).await?.into_iter();
            ended.collect::<Result<Vec<_>, _>>()?
        }
        Some(_) => vec![vaani.await?],
        None => <[usize; 5]>::from(try_join!(vaani, ravan, vozagent, agentvoice, zudu)?).into(),
    };
    let total: usize = calls.iter().sum();
    #[expect(clippy::print_stderr, reason = "a program's last word")]
    {
        eprintln!("{total} calls");
    }
    Ok(())
}
