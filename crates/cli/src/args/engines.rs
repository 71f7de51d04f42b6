//! `callfold airbyte` and `callfold singer`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

pub(crate) const AIRBYTE_HELP: &str = "\
Examples:
  callfold airbyte spec
  callfold airbyte check --config config.json
  callfold airbyte discover --config config.json > catalog.json
  callfold airbyte read --config config.json --catalog configured.json --state state.json

Standard output has the messages of the Airbyte protocol, one per line, and nothing else; problems
are lines on stderr as well. The configuration is that of every command, as TOML or JSON; the
settings of [streams] choose what is read. Its values must be in the file itself: references to the
environment, files and commands need --trust-config. docs/engines.md has recipes and limits.";

pub(crate) const SINGER_HELP: &str = "\
Examples:
  callfold singer --config config.json --discover > catalog.json
  callfold singer --config config.json --catalog catalog.json --state state.json | target-csv

Standard output has Singer messages, one per line, and nothing else; problems are lines on stderr.
The configuration is that of every command, as TOML or JSON; the settings of [streams] choose what
is read. Its values must be in the file itself: references to the environment, files and commands
need --trust-config. docs/engines.md has recipes and limits.";

/// The commands of `callfold airbyte`.
#[derive(Debug, Subcommand)]
pub(crate) enum AirbyteCommand {
    /// Print what a configuration can hold; needs none itself
    Spec,
    /// Test the credentials of each source with one small request
    Check,
    /// Print the streams and their schemas
    Discover,
    /// Read the configured streams
    Read {
        /// Configured catalog: the streams to read, and how
        #[arg(long, value_name = "FILE")]
        catalog: PathBuf,
        /// States that an earlier read sent, as an array; without it everything is read
        #[arg(long, value_name = "FILE")]
        state: Option<PathBuf>,
    },
}

#[derive(Args, Debug)]
pub(crate) struct SingerArgs {
    /// Print the catalog of streams instead of reading
    #[arg(long, conflicts_with_all = ["catalog", "state"])]
    pub(crate) discover: bool,
    /// Catalog with the selected streams and fields [default: all]
    #[arg(long, value_name = "FILE")]
    pub(crate) catalog: Option<PathBuf>,
    /// State that an earlier read sent; without it everything is read
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
}
