//! A source that the command line describes, without a configuration.

use super::account;
use crate::completion;
use clap::Args;
use clap_complete::ArgValueCandidates;

const HEADING: &str = "Source without a configuration";

/// A source without a configuration.
#[derive(Args, Debug, Default)]
pub(crate) struct OneOffArgs {
    /// Use one account of this vendor instead of configured sources
    #[arg(help_heading = HEADING, long, value_name = "VENDOR", add = ArgValueCandidates::new(completion::vendor_names), conflicts_with_all = ["config", "sandbox", "source"])]
    pub(crate) vendor: Option<String>,
    /// Environment variable that holds the api_key of --vendor
    #[arg(help_heading = HEADING, long, value_name = "NAME", requires = "vendor")]
    pub(crate) api_key_env: Option<String>,
    /// Any other setting of --vendor, e.g. base_url=https://…; a secret is KEY=env:NAME or
    /// KEY=file:PATH. `callfold vendors VENDOR` lists them
    #[arg(help_heading = HEADING, long = "set", value_name = "KEY=VALUE", value_parser = key_and_value, requires = "vendor")]
    pub(crate) settings: Vec<(String, String)>,
    /// Account name for the ids of its calls [default: the vendor's name]
    #[arg(help_heading = HEADING, long, value_name = "NAME", value_parser = account, requires = "vendor")]
    pub(crate) account: Option<String>,
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it as in base_url=https://…")?;
    Ok((key.trim().replace('-', "_"), value.to_owned()))
}
