//! The options of `callfold sandbox`.

use callfold_sandbox::{Fault, Faults, Frequency, Rate};
use clap::Args;
use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

#[derive(Args, Debug)]
#[command(after_help = after_help())]
pub(crate) struct SandboxArgs {
    /// Port to listen on; 0 picks a free one
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// Address to listen on, e.g. 0.0.0.0 or `[::1]:8080` [default: 127.0.0.1]
    #[arg(long, value_name = "ADDR", value_parser = address)]
    pub(crate) listen: Option<Address>,
    /// Calls per vendor [default: 200]
    #[arg(long, value_name = "N")]
    pub(crate) records: Option<u32>,
    /// Seed of the made-up calls [default: 1]
    #[arg(long, value_name = "S")]
    pub(crate) seed: Option<u64>,
    /// Delay of each response, e.g. 25ms or 1s [default: 0ms]
    #[arg(long, value_name = "TIME", value_parser = latency, help_heading = "Misbehaviour, all off by default")]
    pub(crate) latency: Option<Duration>,
    /// Rate of new calls per vendor while you read, e.g. 10/s or 30/m
    #[arg(long, value_name = "FREQ", help_heading = "Misbehaviour, all off by default")]
    pub(crate) grow: Option<Frequency>,
    /// Rate of deleted calls per vendor while you read, e.g. 1/s or 30/m
    #[arg(long, value_name = "FREQ", help_heading = "Misbehaviour, all off by default")]
    pub(crate) delete: Option<Frequency>,
    /// Share of records that are not as documented, e.g. 2%; short for --fault drift=2%
    #[arg(long, value_name = "RATE", help_heading = "Misbehaviour, all off by default")]
    pub(crate) drift: Option<Rate>,
    /// Inject faults of this kind, at this rate, at this vendor; repeatable
    #[arg(
        long,
        value_name = "KIND[=RATE][@VENDOR]",
        help_heading = "Misbehaviour, all off by default"
    )]
    pub(crate) fault: Vec<Faults>,
    /// Seed of the choice of requests that faults hit [default: 1]
    #[arg(long, value_name = "S", help_heading = "Misbehaviour, all off by default")]
    pub(crate) fault_seed: Option<u64>,
}

/// An address, and a port if it names one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) ip: IpAddr,
    pub(crate) port: Option<u16>,
}

fn address(text: &str) -> Result<Address, String> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Ok(Address { ip: address.ip(), port: Some(address.port()) });
    }
    let ip = text.trim_start_matches('[').trim_end_matches(']').parse();
    let ip =
        ip.map_err(|_| "write an IP address, with or without a port, e.g. 0.0.0.0 or [::1]:8080");
    Ok(Address { ip: ip?, port: None })
}

fn latency(text: &str) -> Result<Duration, String> {
    let time = humantime::parse_duration(text);
    time.map_err(|_| "write a number with a unit, e.g. 25ms or 1s".to_owned())
}

fn after_help() -> String {
    let width = Fault::all().map(|fault| fault.name().len()).max().unwrap_or(0);
    let kinds = |recoverable: bool| -> String {
        let kinds = Fault::all().filter(|fault| fault.is_recoverable() == recoverable);
        let default = |fault: Fault| {
            fault.default_setting().map_or_else(String::new, |text| format!(" [default: {text}]"))
        };
        kinds
            .map(|fault| format!("  {fault:width$}  {}{}\n", fault.description(), default(fault)))
            .collect()
    };
    format!(
        "\
Examples:
  callfold sandbox                    serve until Ctrl-C, and print a configuration for it
  callfold sandbox --port 8080 --records 5000 --seed 7
  callfold sandbox --latency 25ms --grow 10/s --delete 1/s --drift 2%
  callfold sandbox --fault cut-body=5% --fault reset=every:7 --fault stall=first:1@VENDOR
  callfold sandbox --fault recoverable=1%
  callfold sandbox --fault old-row-first=51 --fault page-cap

Faults that a correct client recovers from, without missing a call:
{}
Faults that a client can only detect and report:
{}
A RATE is a share (2%), every:7 for each seventh request, or first:3 for the first three. Kinds
whose default is a number or a share of rows take a number or a share instead. `recoverable`
and `all` select all kinds that take a rate. Faults hit requests; drift, bad-id, bad-time and
odd-byte hit records, the same ones in every response. /_stats counts requests and faults;
/_truth lists the calls as they are, with ?deleted=true the deleted ones too. Faults affect
neither.",
        kinds(true),
        kinds(false)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_with_and_without_a_port() {
        for (text, ip, port) in [
            ("127.0.0.1", "127.0.0.1", None),
            ("0.0.0.0:80", "0.0.0.0", Some(80)),
            ("::1", "::1", None),
            ("[::1]", "::1", None),
            ("[::1]:0", "::1", Some(0)),
        ] {
            assert_eq!(address(text), Ok(Address { ip: ip.parse().unwrap(), port }));
        }
        assert!(address("localhost").is_err() && address("").is_err());
    }
}
