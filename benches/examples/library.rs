//! What a user of the crates writes to read one vendor's calls: what `baseline URL FILE vaani` does
//! by hand.
//!
//! `library URL FILE` reads all calls of Vaani with the client crate, maps them with
//! `callfold-unify` and writes them as JSON lines. `library URL FILE records` reads the records only.

use callfold_unify::{Context, json, vaani::map_record};
use callfold_vaani::{Client, Credentials, List as _};
use std::{
    env,
    error::Error,
    fs::File,
    io::{BufWriter, Write as _},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(base), Some(file)) = (arguments.next(), arguments.next()) else {
        return Err("usage: library URL FILE [records]".into());
    };
    let is_mapped = arguments.next().is_none();
    let client = Client::builder()
        .base_url(format!("{base}/vaani"))
        .credentials(Credentials::api_key("sandbox-key"))
        .fixed_rate(100_000.0)
        .build()?;
    let mut context = Context::new("vaani");
    context.keep_raw = false;
    let mut out = BufWriter::new(File::create(file)?);
    let (mut calls, mut line) = (0, Vec::new());
    let mut records = client.list_calls().page_size(200).records();
    while let Some(record) = records.next().await {
        calls += 1;
        let record = record?;
        if is_mapped && let Ok(call) = map_record(record, &context) {
            line.clear();
            json::write(&mut line, &call)?;
            line.push(b'\n');
            out.write_all(&line)?;
        }
    }
    out.flush()?;
    #[expect(clippy::print_stderr, reason = "what the program is run for")]
    {
        eprintln!("{calls} calls");
    }
    Ok(())
}
