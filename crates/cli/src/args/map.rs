//! `callfold map`.

use super::account;
use crate::completion;
use crate::failure::Failure;
use crate::output::{OutputFormat, text::shown_value};
use callfold_reader::{
    MAPPING_SETTINGS, Setting, SettingKind, SourceConfig, common_settings, mapping_context,
};
use callfold_unify::Context;
use clap_complete::ArgValueCandidates;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  curl … | callfold map --vendor VENDOR
  callfold map page.json --vendor VENDOR --account clinic --output table
  callfold map --vendor VENDOR --assume-offset +05:30 --cost-unit USD dump.jsonl

With the settings of a source, its records become the calls that `list` shows. A record that cannot
be mapped is reported, the others are mapped, and the exit code is 3.")]
pub(crate) struct MapArgs {
    /// Records, pages or JSON lines; - for standard input
    #[arg(default_value = "-", hide_default_value = true)]
    pub(crate) file: PathBuf,
    /// Vendor of the records
    #[arg(long, value_name = "VENDOR", add = ArgValueCandidates::new(completion::vendor_names))]
    pub(crate) vendor: String,
    /// Account name for the ids of the calls
    #[arg(long, value_name = "NAME", default_value = "default", value_parser = account)]
    pub(crate) account: String,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = OutputFormat::Jsonl, value_name = "FORMAT")]
    pub(crate) output: OutputFormat,
    /// Include the vendor's record in `raw` (json and jsonl), which is null otherwise
    #[arg(long)]
    pub(crate) raw: bool,
    /// Show phone numbers in full on a terminal
    #[arg(long = "unmask", alias = "show-numbers")]
    pub(crate) show_numbers: bool,
    #[command(flatten)]
    pub(crate) settings: MappingArgs,
}

/// One option for each of [`settings`], and what is given for it.
#[derive(Clone, Debug)]
pub(crate) struct MappingArgs(Vec<(&'static Setting, Vec<String>)>);

impl MappingArgs {
    /// What records are mapped with.
    pub(crate) fn context(&self, account: &str) -> Result<Context, Failure> {
        let mut config = SourceConfig::new(account);
        for (setting, values) in &self.0 {
            let values: Vec<_> = values.iter().map(String::as_str).collect();
            config = match setting.kind {
                SettingKind::List => config.with_list(setting.key, &values),
                _ => values.into_iter().fold(config, |config, text| config.with(setting.key, text)),
            };
        }
        mapping_context(&config).map_err(|error| {
            let given = self.0.iter().find(|(setting, _)| Some(setting.key) == error.key());
            let shown = match given {
                Some((Setting { kind: SettingKind::Text, .. }, values)) => {
                    values.first().map(|text| shown_value(text)).unwrap_or_default()
                }
                _ => String::new(),
            };
            let option = error.key().map(option_name).unwrap_or_default();
            Failure::usage(format!("--{option} {}{shown}", error.problem()), error.help())
        })
    }
}

/// [`MAPPING_SETTINGS`], and where the API is: its recordings need a key.
fn settings() -> impl Iterator<Item = &'static Setting> {
    common_settings()
        .filter(|setting| setting.key == "base_url" || MAPPING_SETTINGS.contains(setting))
}

fn option_name(key: &str) -> String {
    key.replace('_', "-")
}

fn option(setting: &Setting) -> Arg {
    let mut help = setting.help.to_owned();
    if let Some(first) = help.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let option = Arg::new(setting.key)
        .long(option_name(setting.key))
        .help(help)
        .help_heading("Settings of the source")
        .allow_hyphen_values(true);
    match setting.kind {
        SettingKind::List => {
            option.value_name("TEXT,…").value_delimiter(',').num_args(1).action(ArgAction::Append)
        }
        _ => option.value_name("TEXT"),
    }
}

impl Args for MappingArgs {
    fn augment_args(command: Command) -> Command {
        command.args(settings().map(option))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for MappingArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = settings().filter_map(|setting| {
            let values = matches.get_many::<String>(setting.key)?;
            Some((setting, values.cloned().collect()))
        });
        Ok(Self(given.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
