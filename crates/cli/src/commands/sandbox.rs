//! `callfold sandbox`.

use crate::args::SandboxArgs;
use crate::config::FILE_NAME;
use crate::failure::{Failure, Outcome};
use crate::output::{Stderr, Stdout};
use crate::sources::start_sandbox;
use callfold_reader::vendors;
use callfold_sandbox::Sandbox;

/// Serves until Ctrl-C, having printed a configuration that reads it.
pub(crate) async fn sandbox(args: SandboxArgs, stderr: &Stderr) -> Result<Outcome, Failure> {
    let records = args.records.map(|records| usize::try_from(records).unwrap_or(usize::MAX));
    let sandbox = start_sandbox(args.port, records, args.seed).await?;
    let mut stdout = Stdout::open();
    stdout.text(&configuration(&sandbox))?;
    stdout.finish()?;
    stderr.note(format!(
        "serving {} vendors at {} until Ctrl-C; save the lines above as {FILE_NAME} to read it",
        vendors().len(),
        sandbox.url()
    ));
    std::future::pending().await
}

fn configuration(sandbox: &Sandbox) -> String {
    let mut text = String::new();
    for vendor in vendors().iter().map(|vendor| vendor.name) {
        if !text.is_empty() {
            text.push('\n');
        }
        let base_url = sandbox.base_url(vendor);
        text.push_str(&format!("[sources.sandbox-{vendor}]\nvendor = \"{vendor}\"\n"));
        for (key, value) in sandbox.credentials(vendor) {
            text.push_str(&format!("{key} = \"{value}\"\n"));
        }
        text.push_str(&format!("base_url = \"{base_url}\"\n"));
    }
    text
}
