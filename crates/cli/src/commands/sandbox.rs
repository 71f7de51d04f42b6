//! `callfold sandbox`.

use crate::args::SandboxArgs;
use crate::config::FILE_NAME;
use crate::failure::{ExitOutcome, Failure};
use crate::output::{Stderr, print};
use crate::sources::{sandbox_options, start_sandbox};
use callfold_reader::vendors;
use callfold_sandbox::{Sandbox, SandboxOptions};

/// Prints a configuration for the sandbox, and serves until Ctrl-C.
pub(crate) async fn sandbox(args: SandboxArgs, stderr: &Stderr) -> Result<ExitOutcome, Failure> {
    let options = options(&args)?;
    let behaviour = behaviour(&options);
    let sandbox = start_sandbox(options).await?;
    print(&configuration(&sandbox))?;
    let address = sandbox.address();
    if !address.ip().is_loopback() {
        stderr.warning(format!(
            "{address} is reachable from other machines; its keys are not secret, and its calls are \
             made up"
        ));
    }
    stderr.note(format!(
        "serving {} vendors at {} until Ctrl-C; save the lines above as {FILE_NAME} to read them",
        vendors().len(),
        sandbox.url()
    ));
    if !behaviour.is_empty() {
        stderr.note(format!("misbehaviour: {behaviour}; {}/_stats counts it", sandbox.url()));
    }
    std::future::pending().await
}

fn options(args: &SandboxArgs) -> Result<SandboxOptions, Failure> {
    let mut options = sandbox_options();
    if let Some(records) = args.records {
        options.dataset.records = usize::try_from(records).unwrap_or(usize::MAX);
    }
    options.dataset.seed = args.seed.unwrap_or(options.dataset.seed);
    options.listen.set_port(args.port);
    if let Some(address) = args.listen {
        options.listen.set_ip(address.ip);
        if let Some(port) = address.port {
            if args.port != 0 && args.port != port {
                let problem = format!("--listen names port {port}, and --port {}", args.port);
                return Err(Failure::usage(problem, "remove one of them"));
            }
            options.listen.set_port(port);
        }
    }
    options.latency = args.latency.unwrap_or_default();
    (options.grow, options.delete) = (args.grow, args.delete);
    for faults in &args.fault {
        options = options.faults(faults);
    }
    if let Some(rate) = args.drift {
        options = options.drift(rate);
    }
    Ok(match args.fault_seed {
        Some(seed) => options.fault_seed(seed),
        None => options,
    })
}

/// The options that make the sandbox misbehave, as text; empty without any.
fn behaviour(options: &SandboxOptions) -> String {
    let latency = Some(options.latency).filter(|latency| !latency.is_zero());
    let parts = [
        latency.map(|latency| format!("latency {}", humantime::format_duration(latency))),
        options.grow.map(|often| format!("grow {often}")),
        options.delete.map(|often| format!("delete {often}")),
        (!options.faults.is_none()).then(|| options.faults.to_string()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
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
