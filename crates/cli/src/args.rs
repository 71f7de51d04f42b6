//! The command line, and the texts of `--help`.

mod engines;
mod export;
mod figures;
mod filters;
mod map;
mod one_off;
mod parts;
mod sandbox;
mod show;
mod sync;

pub(crate) use engines::{AirbyteCommand, SingerArgs};
pub(crate) use export::{Compress, ExportArgs};
pub(crate) use figures::{CompareWith, InputArgs, ReportArgs, StatsArgs, StatsFormat};
pub(crate) use filters::{FilterArgs, TimeArg};
pub(crate) use map::MapArgs;
pub(crate) use one_off::OneOffArgs;
pub(crate) use parts::{MergeReportsArgs, PlanArgs};
pub(crate) use sandbox::SandboxArgs;
pub(crate) use show::{RecordingArgs, ShowArgs, ShowFormat};
pub(crate) use sync::SyncArgs;

use crate::completion;
use crate::config::closest;
use crate::failure::Failure;
use crate::output::{
    OutputFormat, Stderr,
    call_table::CallColumn,
    text::{fit, sanitise, sanitise_lines},
};
use crate::time_arg::parse_zone;
use callfold_reader::Detail;
use callfold_unify::model::{Direction, PhoneNumber, Status};
use chrono_tz::Tz;
use clap::{
    ArgAction, Args, ColorChoice, Parser, Subcommand, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};
use clap_complete::ArgValueCandidates;
use std::{ffi::OsStr, path::PathBuf, time::Duration};

const AFTER_HELP: &str = "\
Configuration:
  The file named by --config, else by CALLFOLD_CONFIG, else callfold.toml in the working directory
  or a directory above it, else callfold/callfold.toml in the user's configuration directory
  (e.g. ~/.config). `callfold init` writes one, and `callfold config path` prints the file in use.
  Without a configuration, `list` and `show` show made-up calls from the built-in sandbox; other
  commands need --sandbox for that. A file that others can change is refused unless --trust-config
  is given.

Exit codes, the same for every command:
  0    success
  1    failure: nothing could be read or written, or no call has the id
  2    invalid command line or configuration: no request was sent
  3    partial result: a source failed or could not be opened, listed fewer calls than it announces
       or had records skipped, or details or recordings could not be fetched
  130  interrupted by Ctrl-C or SIGTERM

Errors are lines on stderr; with --output json or jsonl each is an object {\"error\", \"help\"}.

Privacy:
  On a terminal, tables and texts mask phone numbers, people's names, e-mail addresses and what was
  said, unless --unmask is given. json, jsonl and csv, and output to a file or a pipe, have them in
  full; `export --pii` masks, hashes or drops them in files.

Environment:
  CALLFOLD_CONFIG                     path of the configuration file, unless --config is given
  NO_COLOR, CLICOLOR, CLICOLOR_FORCE  whether to use colour, unless --color is given
  COLUMNS                             width of the terminal, instead of the detected one";

/// Read call history from several voice-agent vendors as one
#[derive(Debug, Parser)]
#[command(name = "callfold", version, after_help = AFTER_HELP, max_term_width = 100)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Parses the command line, or prints what is wrong with it and exits.
pub(crate) fn parse() -> Cli {
    Cli::try_parse().unwrap_or_else(|error| {
        if error.use_stderr() && is_json_wanted() {
            let text = sanitise_lines(&error.render().to_string());
            let text = text.strip_prefix("error: ").unwrap_or(&text);
            let problem = text.split("\n\nUsage:").next().unwrap_or(text);
            let problem = problem.replace("\n\nFor more information, try '--help'.", "");
            let failure = format!("{}\n  help: see --help", fit(problem.trim_end(), 1000));
            Stderr::new(ColorChoice::Never, false).json(true).error(failure);
            std::process::exit(error.exit_code())
        }
        // The error repeats the arguments, which may come from anywhere. Parse again with
        // control characters removed and long arguments cut, and report that error.
        let safe =
            std::env::args_os().map(|arg| fit(&sanitise(&arg.to_string_lossy()), 200).into_owned());
        match Cli::try_parse_from(safe) {
            Err(error) => {
                let text = error.render().to_string();
                let Some(text) = text.strip_prefix("error: ") else { error.exit() };
                Stderr::new(ColorChoice::Auto, false).error(text.trim_end());
                std::process::exit(error.exit_code())
            }
            Ok(_) => {
                let text = error.render().to_string();
                let text = text.strip_prefix("error: ").unwrap_or(&text);
                Stderr::new(ColorChoice::Never, false).error(text.trim_end());
                std::process::exit(error.exit_code())
            }
        }
    })
}

/// Whether the arguments, which can be invalid, ask for JSON.
fn is_json_wanted() -> bool {
    let args: Vec<_> = std::env::args_os().collect();
    let is_json = |word: &str| matches!(word, "json" | "jsonl");
    args.windows(2).any(|pair| {
        let is_option = |name: &&str| *name == "-o" || *name == "--output";
        let [option, value] = [&pair[0], &pair[1]].map(|arg| arg.to_str().unwrap_or_default());
        is_option(&option) && is_json(value)
    }) || args.iter().any(|arg| {
        let value = arg.to_str().and_then(|arg| arg.strip_prefix("--output="));
        value.is_some_and(is_json)
    })
}

/// Options of every command.
#[derive(Args, Debug)]
pub(crate) struct Global {
    /// Read this configuration file instead of searching for callfold.toml
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        conflicts_with = "sandbox",
        help_heading = "Global options"
    )]
    pub(crate) config: Option<PathBuf>,
    /// Use the configuration file even if others can change it
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) trust_config: bool,
    /// Read made-up calls from the built-in sandbox instead of your sources
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) sandbox: bool,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN", help_heading = "Global options")]
    pub(crate) color: ColorChoice,
    /// Log to stderr; -vv logs every request
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = "Global options")]
    pub(crate) verbose: u8,
    /// Print only warnings and errors on stderr
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Global options")]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List calls of all sources, newest first
    List(Box<ListArgs>),
    /// Export all calls to a file, a partitioned set or an object store
    Export(Box<ExportArgs>),
    /// Sync all calls to a database
    Sync(Box<SyncArgs>),
    /// Divide a read into independent parts for several processes or machines
    #[command(after_help = parts::PLAN_HELP)]
    Plan(Box<PlanArgs>),
    /// Say whether all parts of a divided read are complete
    MergeReports(MergeReportsArgs),
    /// Be a source of the Airbyte protocol
    #[command(subcommand, after_help = engines::AIRBYTE_HELP)]
    Airbyte(AirbyteCommand),
    /// Be a Singer tap
    #[command(after_help = engines::SINGER_HELP)]
    Singer(SingerArgs),
    /// Write a configuration: asks for your accounts and tries them
    #[command(after_help = "\
Examples:
  callfold init                     ask, and write callfold.toml in the working directory
  callfold init --config team.toml  ask, and write that file
  callfold init < /dev/null         print a template of all vendors

No key is typed: each comes from an environment variable, a file or a command that you name.")]
    Init,
    /// Show one call as a person reads it
    #[command(visible_alias = "get")]
    Show(ShowArgs),
    /// Fetch one recording of a call
    Recording(RecordingArgs),
    /// Show figures of calls: how many, how long, how many were answered, what they cost
    Stats(Box<StatsArgs>),
    /// Write a page with charts of all figures
    Report(Box<ReportArgs>),
    /// Show what each vendor's API supports, or how to configure one
    Vendors(VendorsArgs),
    /// Test the credentials of each source with one small request
    Check(CheckArgs),
    /// Show which configuration file is in use, or validate it without network access
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Report oddities in calls: warnings, unknown fields and values, fields that are never filled
    Lint(LintArgs),
    /// Map a vendor's records from a file or standard input, without network access
    Map(MapArgs),
    /// Serve all vendors' APIs on this machine, with made-up calls
    Sandbox(SandboxArgs),
    /// Print the JSON Schema of a call
    Schema,
    /// Print the completion script of a shell
    #[command(after_help = "\
Examples:
  callfold completions bash > ~/.local/share/bash-completion/completions/callfold
  callfold completions zsh > ~/.zfunc/_callfold
  callfold completions fish > ~/.config/fish/completions/callfold.fish

The script asks callfold at each completion: it knows your sources, the vendors, columns and statuses
without a request to a vendor. Agents and call ids come from the newest calls of your sources, read
in at most two seconds; sources whose key is read by a command are left out.")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the man page of callfold, or write those of all commands
    #[command(after_help = "\
Examples:
  callfold man | man -l -
  callfold man ~/.local/share/man/man1")]
    Man {
        /// Write the pages of all commands to this directory
        #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
        directory: Option<PathBuf>,
    },
    /// Print the help of a command, or a page: fields, formats, sync, verdicts
    #[command(after_help = "\
Pages:
  fields    which field of each vendor's record fills each field of a call
  formats   what `export` writes: columns, types and units of each format
  sync      the database of `sync`: its tables, and questions it answers
  verdicts  what is known of how complete a result is

`callfold sync --help` has the options of `sync`.")]
    Help {
        /// A page, or a command
        #[arg(value_name = "PAGE|COMMAND", add = ArgValueCandidates::new(completion::pages))]
        words: Vec<String>,
    },
}

impl Command {
    /// Whether the command writes JSON to standard output.
    pub(crate) fn is_json(&self) -> bool {
        let is_json = |format| matches!(format, OutputFormat::Json | OutputFormat::Jsonl);
        match self {
            Self::List(args) => is_json(args.output.output),
            Self::Show(args) => matches!(args.output, ShowFormat::Json | ShowFormat::Jsonl),
            Self::Stats(args) => args.output == StatsFormat::Json,
            // Its default is JSON lines.
            Self::Map(_) => is_json_wanted(),
            Self::Vendors(args) => args.output == ReportFormat::Json,
            Self::Lint(args) => args.output == ReportFormat::Json,
            Self::Sync(args) => args.output == ReportFormat::Json,
            Self::MergeReports(args) => args.output == ReportFormat::Json,
            _ => false,
        }
    }
}

/// The format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// Text
    Table,
    /// JSON
    Json,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  callfold list --since 7d
  callfold list --source clinic --since 2026-04-01 --until 2026-05-01 --output csv > april.csv
  callfold list --phone +19195550100 --direction inbound
  callfold list --columns time,id,agent,duration
  callfold list --status in_progress,ringing --output jsonl | jq -r .id
  callfold list --follow --columns time,agent,from,status,duration
  callfold list --search 'late invoice' --detail transcript
  callfold list --db calls.sqlite --search invoice
  callfold list --vendor VENDOR --api-key-env NAME

Filters take several values, separated by commas: a call has to match one of each filter. A call
without the field you filter on does not match; a source whose records lack it is reported.

Times in tables and dates are UTC, or those of --tz; json, jsonl and csv always have RFC 3339 in UTC.

On a terminal, the tables and texts of `list`, `show` and `map` mask phone numbers, people's names,
e-mail addresses and what was said, unless --unmask is given. The formats json, jsonl and csv, and
all output to a file or a pipe, contain them in full.")]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) filters: FilterArgs,
    #[command(flatten)]
    pub(crate) zone: ZoneArgs,
    /// Only calls whose summary or transcript has all of these words; \"in quotes\", as a phrase
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["follow", "explain"])]
    pub(crate) search: Option<String>,
    /// Read a database that `sync` wrote: the path of an SQLite file, or postgres://USER@HOST/DATABASE
    #[arg(long, value_name = "DB", conflicts_with_all = ["vendor", "detail", "follow", "explain", "report", "sort_limit"])]
    pub(crate) db: Option<String>,
    /// At most N calls, first in --order
    #[arg(short = 'n', long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: Option<u32>,
    /// Sort order; `read` streams unsorted in constant memory
    #[arg(long, value_enum, default_value_t = Sort::Newest)]
    pub(crate) order: Sort,
    /// Most calls per source to sort in memory when the vendor guarantees no order
    #[arg(long, value_name = "N", default_value_t = callfold_reader::MAX_SORTED)]
    pub(crate) sort_limit: usize,
    /// Show the newest calls, then each call as it arrives and ends, until Ctrl-C
    #[arg(short, long, conflicts_with_all = ["explain", "report", "order", "sort_limit", "until"])]
    pub(crate) follow: bool,
    /// How long to wait between two reads of --follow
    #[arg(long, value_name = "SPAN", default_value = "10s", value_parser = sync::pause, requires = "follow")]
    pub(crate) every: Duration,
    /// Columns of the table, in this order
    #[arg(
        long,
        value_enum,
        value_name = "NAMES",
        value_delimiter = ',',
        conflicts_with = "explain"
    )]
    pub(crate) columns: Vec<CallColumn>,
    /// Print the query plan and its cost without sending a request
    #[arg(long)]
    pub(crate) explain: bool,
    /// Write a per-source result report to FILE, as JSON
    #[arg(long, value_name = "FILE", conflicts_with = "explain")]
    pub(crate) report: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// The order of listed calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sort {
    /// By start, newest first
    Newest,
    /// By start, oldest first
    Oldest,
    /// As read, unsorted
    Read,
}

/// The values of `--detail`.
pub(crate) const DETAIL: [&str; 8] =
    ["light", "full", "transcript", "recording", "analysis", "metrics", "diagnostics", "actions"];

/// The details that values of `--detail` select.
pub(crate) fn detail(words: &[String]) -> Detail {
    let wants = |part: &str| words.iter().any(|word| word == part || word == "full");
    Detail {
        transcript: wants("transcript"),
        recording: wants("recording"),
        analysis: wants("analysis"),
        metrics: wants("metrics"),
        diagnostics: wants("diagnostics"),
        actions: wants("actions"),
    }
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  callfold lint                       read every source and check its calls
  callfold lint april.jsonl           check calls written with --output jsonl
  callfold list -o jsonl --raw | callfold lint -")]
pub(crate) struct LintArgs {
    /// Calls as written by `list --output jsonl`; - for standard input [default: read all sources]
    #[arg(conflicts_with = "vendor")]
    pub(crate) file: Option<PathBuf>,
    /// Only these sources, by account or vendor name
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', add = ArgValueCandidates::new(completion::sources), conflicts_with = "file")]
    pub(crate) source: Vec<String>,
    #[command(flatten)]
    pub(crate) one_off: OneOffArgs,
    /// Only calls that started at or after WHEN, as in `list`
    #[arg(long, value_name = "WHEN", value_parser = TimeArg::parse, allow_hyphen_values = true, conflicts_with = "file")]
    pub(crate) since: Option<TimeArg>,
    #[command(flatten)]
    pub(crate) zone: ZoneArgs,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = ReportFormat::Table, value_name = "FORMAT")]
    pub(crate) output: ReportFormat,
}

impl OutputArgs {
    /// Refuses options without an effect.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        match self.output {
            OutputFormat::Table | OutputFormat::Wide | OutputFormat::Csv if self.raw => {
                let help = "use it with --output json or jsonl";
                Err(Failure::usage("--raw has no place in a table or in csv", help))
            }
            _ => Ok(()),
        }
    }
}

/// The time zone of tables and dates.
#[derive(Args, Debug)]
pub(crate) struct ZoneArgs {
    /// Time zone of tables and of dates without an offset: an IANA name, or local [default: UTC]
    #[arg(long, value_name = "ZONE", value_parser = parse_zone)]
    pub(crate) tz: Option<Tz>,
}

/// How to print calls.
#[derive(Args, Debug)]
pub(crate) struct OutputArgs {
    /// Output format
    #[arg(short, long, value_enum, default_value_t = OutputFormat::Table, value_name = "FORMAT")]
    pub(crate) output: OutputFormat,
    /// Include the vendor's record in `raw` (json and jsonl), which is null otherwise
    #[arg(long)]
    pub(crate) raw: bool,
    /// Show phone numbers, names, e-mail addresses and what was said in full on a terminal
    #[arg(long = "unmask", alias = "show-numbers")]
    pub(crate) show_numbers: bool,
}

#[derive(Args, Debug)]
pub(crate) struct VendorsArgs {
    /// Show this vendor in full, with its settings
    #[arg(add = ArgValueCandidates::new(completion::vendor_names))]
    pub(crate) vendor: Option<String>,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = ReportFormat::Table, value_name = "FORMAT")]
    pub(crate) output: ReportFormat,
}

#[derive(Args, Debug)]
pub(crate) struct CheckArgs {
    /// Only these sources, by account or vendor name
    #[arg(value_name = "NAME,…", value_delimiter = ',', add = ArgValueCandidates::new(completion::sources))]
    names: Vec<String>,
    /// The same as NAME
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', add = ArgValueCandidates::new(completion::sources))]
    source: Vec<String>,
    #[command(flatten)]
    pub(crate) one_off: OneOffArgs,
}

impl CheckArgs {
    /// The names of the sources to test.
    pub(crate) fn sources(&self) -> Vec<String> {
        [self.names.as_slice(), &self.source].concat()
    }
}

/// The commands of `callfold config`.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print the path of the configuration file in use
    Path,
    /// Validate the configuration file and every value it refers to, without network access
    Check,
}

fn direction_parser() -> impl TypedValueParser<Value = Direction> {
    PossibleValuesParser::new(Direction::WORDS).map(|word| Direction::from(word.as_str()))
}

/// Reads a status in any spelling. A word that no status has is the vendor's own, unless it looks
/// like a mistyped one.
#[derive(Clone)]
struct StatusParser;

impl TypedValueParser for StatusParser {
    type Value = Status;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Status, clap::Error> {
        let text = value.to_string_lossy();
        let word = text.trim().to_lowercase().replace('-', "_");
        let status = Status::from(word.as_str());
        if status.is_other()
            && (word.is_empty() || closest(&word, Status::WORDS.iter().copied()).is_some())
        {
            // It fails, and suggests the similar word.
            PossibleValuesParser::new(Status::WORDS).parse_ref(command, arg, value)?;
        }
        Ok(status)
    }
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
