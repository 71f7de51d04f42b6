//! The command line: what can be asked, and the texts of `--help`.

mod export;
mod filters;
mod sandbox;
mod sync;

pub(crate) use export::{Compress, ExportArgs, FileFormat, ProgressMode};
pub(crate) use filters::{FilterArgs, When};
pub(crate) use sandbox::SandboxArgs;
pub(crate) use sync::SyncArgs;

use crate::output::{
    Stderr,
    text::{fit, sanitise},
};
use crate::when::parse_when;
use callfold_unify::model::{Direction, PhoneNumber, Status, Timestamp};
use chrono::Utc;
use clap::{
    ArgAction, Args, ColorChoice, Parser, Subcommand, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};
use std::path::PathBuf;

const AFTER_HELP: &str = "\
Configuration:
  --config FILE, else the file that CALLFOLD_CONFIG names, else callfold.toml in the working
  directory or a directory above it, else callfold/callfold.toml in the user's configuration
  directory (such as ~/.config). `callfold config path` prints the file in use, `callfold vendors
  VENDOR` a section to start from. Without a configuration `list` and `get` show made-up calls from
  the built-in sandbox; other commands read it only with --sandbox. A file that others can change
  is refused unless --trust-config is given.

Exit codes:
  0    everything asked for was done
  1    it failed
  2    the command line or the configuration is wrong
  3    partial: a source failed, listed fewer calls than it announces, had a record set aside, or
       details or recordings could not be fetched
  130  interrupted by Ctrl-C

Environment:
  CALLFOLD_CONFIG                     the configuration file, unless --config names one
  NO_COLOR, CLICOLOR, CLICOLOR_FORCE  whether to use colour, unless --color says
  COLUMNS                             how wide the terminal is, unless it says";

/// Reads the calls of several voice-agent vendors as if they were one.
#[derive(Debug, Parser)]
#[command(name = "callfold", version, after_help = AFTER_HELP, max_term_width = 100)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The command line, or the end of the program with what is wrong with it.
pub(crate) fn parse() -> Cli {
    Cli::try_parse().unwrap_or_else(|error| {
        // The error repeats what was typed, which a script may have had from
        // anywhere: it is told about a harmless command line in its place.
        let shown =
            std::env::args_os().map(|arg| fit(&sanitise(&arg.to_string_lossy()), 200).into_owned());
        match Cli::try_parse_from(shown) {
            Err(harmless) => harmless.exit(),
            Ok(_) => {
                let text = error.render().to_string();
                let text = text.strip_prefix("error: ").unwrap_or(&text);
                Stderr::new(ColorChoice::Never, false).error(text.trim_end());
                std::process::exit(error.exit_code())
            }
        }
    })
}

/// What every command understands.
#[derive(Args, Debug)]
pub(crate) struct Global {
    /// Read this configuration instead of searching for callfold.toml
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        conflicts_with = "sandbox",
        help_heading = "Global options"
    )]
    pub(crate) config: Option<PathBuf>,
    /// Use a configuration file although others can change it
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) trust_config: bool,
    /// Read the built-in sandbox, whatever the configuration says
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) sandbox: bool,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN", help_heading = "Global options")]
    pub(crate) color: ColorChoice,
    /// Tell on standard error what is done; twice for every request
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = "Global options")]
    pub(crate) verbose: u8,
    /// Write nothing to standard error but warnings and errors
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Global options")]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List calls of all sources, newest first
    List(Box<ListArgs>),
    /// Write all calls to a file, a partitioned set or an object store
    Export(Box<ExportArgs>),
    /// Bring a database up to date with all calls
    Sync(Box<SyncArgs>),
    /// Show one call in full
    Get(GetArgs),
    /// Show what each vendor's API can do, or how to configure one
    Vendors(VendorsArgs),
    /// Try the credentials of each source with one small request
    Check(CheckArgs),
    /// Show which configuration file is in use, or check it without a network
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Tell what is odd about calls: warnings, unknown fields and words, fields never filled
    Lint(LintArgs),
    /// Map a vendor's records from standard input, without a network
    Map(MapArgs),
    /// Serve all vendors' APIs on this machine, with invented calls
    Sandbox(SandboxArgs),
    /// Fingerprint the JSON Schema of a call
    Schema,
    /// Fingerprint a completion script for a shell
    #[command(after_help = "\
Examples:
  callfold completions bash > ~/.local/share/bash-completion/completions/callfold
  callfold completions zsh > ~/.zfunc/_callfold
  callfold completions fish > ~/.config/fish/completions/callfold.fish")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// How calls are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people; fits the terminal
    Table,
    /// One indented document, as `callfold schema` describes
    Json,
    /// One call a line
    Jsonl,
    /// Flat columns with a header
    Csv,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people
    Table,
    /// For programs
    Json,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  callfold list --since 7d
  callfold list --source clinic --since 2026-04-01 --until 2026-05-01 --output csv > april.csv
  callfold list --phone +19195550100 --direction inbound
  callfold list --status in_progress --output jsonl | jq -r .id

Times are UTC. On a terminal the middle of telephone numbers is hidden unless --show-numbers;
json, jsonl and csv, and whatever goes to a file or a pipe, hold them in full. A call whose
vendor does not tell what a filter asks for is left out; a source that never tells is named.")]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) filters: FilterArgs,
    /// At most N calls, the newest
    #[arg(short = 'n', long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: Option<u32>,
    /// In which order: `read` is as they come, in little memory however many they are
    #[arg(long, value_enum, default_value_t = Sort::Newest)]
    pub(crate) order: Sort,
    /// How many calls of a source may be sorted, where its vendor states no order
    #[arg(long, value_name = "N", default_value_t = callfold_reader::MAX_SORTED)]
    pub(crate) sort_limit: usize,
    /// Say what would be asked of each source and what it takes, and ask nothing
    #[arg(long)]
    pub(crate) explain: bool,
    /// Write what became of each source to FILE, as JSON
    #[arg(long, value_name = "FILE", conflicts_with = "explain")]
    pub(crate) report: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// In which order calls are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sort {
    /// By start, newest first
    Newest,
    /// By start, oldest first
    Oldest,
    /// As they are read
    Read,
}

/// What `--detail` understands.
const DETAIL: [&str; 6] = ["light", "full", "transcript", "recording", "analysis", "metrics"];

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  callfold lint                       read every source and look at its calls
  callfold lint april.jsonl           look at calls that were written with --output jsonl
  callfold list -o jsonl --raw | callfold lint -")]
pub(crate) struct LintArgs {
    /// Calls as `list --output jsonl` writes them, - for standard input; without it all sources
    /// are read
    pub(crate) file: Option<PathBuf>,
    /// Only these sources, by account or by vendor; may be repeated
    #[arg(long, value_name = "NAME", value_delimiter = ',', conflicts_with = "file")]
    pub(crate) source: Vec<String>,
    /// Only calls that began at or after WHEN
    #[arg(long, value_name = "WHEN", value_parser = when, conflicts_with = "file")]
    pub(crate) since: Option<Timestamp>,
    /// How to write it
    #[arg(short, long, value_enum, default_value_t = ReportFormat::Table, value_name = "FORMAT")]
    pub(crate) output: ReportFormat,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  curl … | callfold map --vendor VENDOR
  callfold map --vendor VENDOR --account clinic --output table < page.json")]
pub(crate) struct MapArgs {
    /// Whose records they are
    #[arg(long, value_name = "VENDOR")]
    pub(crate) vendor: String,
    /// The account to write into the ids
    #[arg(long, value_name = "NAME", default_value = "default", value_parser = account)]
    pub(crate) account: String,
    /// How to write the calls
    #[arg(short, long, value_enum, default_value_t = Format::Jsonl, value_name = "FORMAT")]
    pub(crate) output: Format,
    /// Keep the vendor's record in `raw` (json and jsonl)
    #[arg(long)]
    pub(crate) raw: bool,
    /// Write telephone numbers in full on a terminal
    #[arg(long)]
    pub(crate) show_numbers: bool,
}

/// How calls are written.
#[derive(Args, Debug)]
pub(crate) struct OutputArgs {
    /// How to write the calls
    #[arg(short, long, value_enum, default_value_t = Format::Table, value_name = "FORMAT")]
    pub(crate) output: Format,
    /// Keep the vendor's record in `raw` (json and jsonl)
    #[arg(long)]
    pub(crate) raw: bool,
    /// Write telephone numbers in full on a terminal
    #[arg(long)]
    pub(crate) show_numbers: bool,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  callfold get call-a1b2c3d4                  look in every source
  callfold get vendor:account:call-a1b2c3d4   look in that one; `list --output json` prints these ids")]
pub(crate) struct GetArgs {
    /// vendor:account:call_id, or the vendor's own id
    pub(crate) id: String,
    /// Only these sources, by account or by vendor; may be repeated
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) source: Vec<String>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Args, Debug)]
pub(crate) struct VendorsArgs {
    /// Show this vendor in full, with its settings
    pub(crate) vendor: Option<String>,
    /// How to write it
    #[arg(short, long, value_enum, default_value_t = ReportFormat::Table, value_name = "FORMAT")]
    pub(crate) output: ReportFormat,
}

#[derive(Args, Debug)]
pub(crate) struct CheckArgs {
    /// Only these sources, by account or by vendor; may be repeated
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) source: Vec<String>,
}

/// What `callfold config` does.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Fingerprint the path of the configuration file in use
    Path,
    /// Check the configuration file, with every value it takes from elsewhere; no request is made
    Check,
}

fn when(text: &str) -> Result<Timestamp, String> {
    parse_when(text, Utc::now())
}

fn direction_parser() -> impl TypedValueParser<Value = Direction> {
    PossibleValuesParser::new(Direction::WORDS).map(|word| Direction::from(word.as_str()))
}

fn status_parser() -> impl TypedValueParser<Value = Status> {
    PossibleValuesParser::new(Status::WORDS).map(|word| Status::from(word.as_str()))
}

fn account(text: &str) -> Result<String, String> {
    match crate::config::is_account(text) {
        true => Ok(text.to_owned()),
        false => Err(crate::config::ACCOUNT_RULE.to_owned()),
    }
}

fn phone(text: &str) -> Result<PhoneNumber, String> {
    let number = PhoneNumber::new(text.trim());
    let plain = |c: char| c.is_ascii_alphanumeric() || " +-./();=*#,".contains(c);
    let good = number.raw.strip_prefix('+').is_some_and(|rest| {
        rest.len() <= 60 && rest.contains(|c: char| c.is_ascii_digit()) && rest.chars().all(plain)
    });
    if good {
        Ok(number)
    } else {
        Err("write it with + and the country code, as in +19195550100".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
