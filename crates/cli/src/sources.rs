//! The sources of a run, from the configuration or the built-in sandbox.

use crate::args::{Global, OneOffArgs};
use crate::config::{self, Config, ConfigError, SourceEntry, suggest};
use crate::failure::{ExitOutcome, Failure};
use crate::one_off;
use crate::output::Stderr;
use callfold_reader::{SettingValue, Source, SourceConfig, VendorEntry, text::io_reason, vendors};
use callfold_sandbox::{DatasetOptions, Sandbox, SandboxOptions};
use callfold_unify::model::Timestamp;
use chrono::{Datelike, NaiveTime, Utc};

/// Calls per vendor in the built-in sandbox.
const SANDBOX_RECORDS: usize = 12;

/// Most requests per second to the built-in sandbox.
const SANDBOX_RATE: f64 = 1e6;

/// The account name of the sandbox's sources.
const SANDBOX_ACCOUNT: &str = "sandbox";

/// Open sources.
pub(crate) struct OpenSources {
    pub(crate) sources: Vec<Box<dyn Source>>,
    /// The configuration they come from; `None` for the sandbox and the command line.
    pub(crate) config: Option<Config>,
    /// The names of sources that could not be opened.
    pub(crate) unopened: Vec<String>,
    /// Serves as long as it is held.
    sandbox: Option<Sandbox>,
}

impl OpenSources {
    /// No source yet, of a configuration.
    pub(crate) fn of(config: Config) -> Self {
        Self { sources: Vec::new(), config: Some(config), unopened: Vec::new(), sandbox: None }
    }

    /// Whether the calls are made up.
    pub(crate) fn is_sandbox(&self) -> bool {
        self.sandbox.is_some()
    }

    /// Where the settings of an account are, for people.
    pub(crate) fn place(&self, account: &str) -> String {
        match (&self.config, &self.sandbox) {
            (Some(config), _) => format!("[sources.{account}] in {}", config.path().display()),
            (None, Some(_)) => "the sandbox".to_owned(),
            (None, None) => "the command line".to_owned(),
        }
    }

    /// The outcome of a run with this outcome, if sources could not be opened.
    pub(crate) fn outcome(&self, outcome: ExitOutcome) -> ExitOutcome {
        match outcome {
            ExitOutcome::Complete if !self.unopened.is_empty() => ExitOutcome::Partial,
            outcome => outcome,
        }
    }

    /// The names of the sources, for people.
    pub(crate) fn names(&self) -> Vec<String> {
        self.sources.iter().map(|source| title(source.account(), source.vendor())).collect()
    }
}

/// A source as messages name it.
pub(crate) fn title(account: &str, vendor: &str) -> String {
    format!("{account} ({vendor})")
}

/// A source, or why it cannot be opened.
pub(crate) struct OpenResult {
    pub(crate) name: String,
    pub(crate) result: Result<Box<dyn Source>, ConfigError>,
}

/// What a command does without a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WithoutConfig {
    /// Show the sandbox, with a warning.
    ShowSandbox,
    /// Fail, so that made-up calls are neither stored nor taken for real ones.
    Refuse,
}

/// The error of a command that needs a configuration.
pub(crate) fn no_configuration() -> Failure {
    let problem = format!("no configuration found; searched\n  {}", config::searched());
    let help = "write one with `callfold init`, name it with --config or CALLFOLD_CONFIG, use one \
                account with --vendor, or use --sandbox for made-up calls";
    Failure::usage(problem, help)
}

/// Opens the sources that `wanted` names, or all. One that cannot be opened is reported; if none
/// can, it is a failure.
pub(crate) async fn open(
    global: &Global,
    wanted: &[String],
    one_off: &OneOffArgs,
    without: WithoutConfig,
    stderr: &Stderr,
) -> Result<OpenSources, Failure> {
    let (results, mut opened) = open_each(global, wanted, one_off, without, stderr).await?;
    let mut errors = Vec::new();
    for open in results {
        match open.result {
            Ok(source) => opened.sources.push(source),
            Err(error) => {
                opened.unopened.push(open.name);
                errors.push(error);
            }
        }
    }
    let last = if opened.sources.is_empty() { errors.pop() } else { None };
    for error in errors {
        stderr.error(error);
    }
    last.map_or(Ok(opened), |error| Err(error.into()))
}

/// Opens each source that `wanted` names, or all, and returns the results beside an empty
/// [`OpenSources`].
pub(crate) async fn open_each(
    global: &Global,
    wanted: &[String],
    one_off: &OneOffArgs,
    without: WithoutConfig,
    stderr: &Stderr,
) -> Result<(Vec<OpenResult>, OpenSources), Failure> {
    if let Some(source) = one_off::open(one_off)? {
        let name = title(source.account(), source.vendor());
        let opened =
            OpenSources { sources: Vec::new(), config: None, unopened: Vec::new(), sandbox: None };
        return Ok((vec![OpenResult { name, result: Ok(source) }], opened));
    }
    let config = match global.sandbox {
        true => None,
        false => config::load(global.config.as_deref(), global.trust_config)?,
    };
    let Some(config) = config else {
        // A service without a home directory shows its output to nobody.
        let shows = without == WithoutConfig::ShowSandbox && config::has_user_directory();
        if !global.sandbox && !shows {
            return Err(no_configuration());
        }
        return open_sandbox(wanted, stderr, !global.sandbox).await;
    };
    let named = |entry: &&SourceEntry| (entry.account.clone(), entry.vendor.name);
    let entries = select(config.sources.iter().collect(), wanted, named, "the configuration")?;
    let results = entries.into_iter().map(|entry| open_entry(&config, entry)).collect();
    Ok((results, OpenSources::of(config)))
}

/// Opens every source of a configuration, as [`open_each`] does.
pub(crate) fn open_config(config: Config) -> (Vec<OpenResult>, OpenSources) {
    let results = config.sources.iter().map(|entry| open_entry(&config, entry)).collect();
    (results, OpenSources::of(config))
}

fn open_entry(config: &Config, entry: &SourceEntry) -> OpenResult {
    OpenResult { name: title(&entry.account, entry.vendor.name), result: config.open(entry) }
}

/// Opens the sources of the built-in sandbox; `is_fallback` if there is no configuration.
async fn open_sandbox(
    wanted: &[String],
    stderr: &Stderr,
    is_fallback: bool,
) -> Result<(Vec<OpenResult>, OpenSources), Failure> {
    let named = |vendor: &&VendorEntry| (SANDBOX_ACCOUNT.to_owned(), vendor.name);
    let chosen = select(vendors().to_vec(), wanted, named, "the sandbox")?;
    let sandbox = start_sandbox(sandbox_options().records(SANDBOX_RECORDS)).await?;
    if is_fallback {
        stderr.warning(
            "no configuration found: showing made-up calls from the built-in sandbox; to read \
             your own, run `callfold init`",
        );
    } else {
        stderr.note("showing made-up calls from the built-in sandbox");
    }
    let results = chosen.into_iter().map(|vendor| OpenResult {
        name: title(SANDBOX_ACCOUNT, vendor.name),
        result: (vendor.open)(&sandbox_config(&sandbox, vendor.name)).map_err(ConfigError::sandbox),
    });
    let results = results.collect();
    let opened = OpenSources {
        sources: Vec::new(),
        config: None,
        unopened: Vec::new(),
        sandbox: Some(sandbox),
    };
    Ok((results, opened))
}

fn sandbox_config(sandbox: &Sandbox, vendor: &str) -> SourceConfig {
    let config = SourceConfig::new(SANDBOX_ACCOUNT)
        .with("base_url", sandbox.base_url(vendor).as_str())
        // It runs on this machine for this command only.
        .with("rate", SettingValue::FixedRate(SANDBOX_RATE));
    sandbox
        .credentials(vendor)
        .iter()
        .fold(config, |config, (key, value)| config.with(*key, *value))
}

/// A sandbox whose newest calls started before last midnight, UTC: spans such as `7d` find calls,
/// and ids stay the same for the day.
pub(crate) fn sandbox_options() -> SandboxOptions {
    let dataset = DatasetOptions::default();
    let dataset = DatasetOptions { anchor: anchor(Utc::now(), dataset.anchor), ..dataset };
    SandboxOptions { dataset, ..SandboxOptions::default() }
}

/// The midnight before `now`, or `default` if the clock is wrong: vendors cannot write times before
/// 1970.
fn anchor(now: Timestamp, default: Timestamp) -> Timestamp {
    match (2025..2200).contains(&now.year()) {
        true => now.date_naive().and_time(NaiveTime::MIN).and_utc(),
        false => default,
    }
}

pub(crate) async fn start_sandbox(options: SandboxOptions) -> Result<Sandbox, Failure> {
    Sandbox::start(options).await.map_err(|error| {
        let cause = std::error::Error::source(&error).and_then(|cause| cause.downcast_ref());
        let cause = cause.map(|cause| format!(": {}", io_reason(cause))).unwrap_or_default();
        let problem = format!("cannot start the sandbox: {error}{cause}");
        Failure::failed(problem, "choose another --port, or leave it out to use a free one")
    })
}

/// The items whose account or vendor is wanted, or all.
fn select<T>(
    all: Vec<T>,
    wanted: &[String],
    named: impl Fn(&T) -> (String, &'static str),
    origin: &str,
) -> Result<Vec<T>, Failure> {
    let names: Vec<_> = all.iter().map(&named).collect();
    let is =
        |wanted: &str, (account, vendor): &(String, &str)| account == wanted || *vendor == wanted;
    for name in wanted {
        if names.iter().any(|known| is(name, known)) {
            continue;
        }
        let accounts: Vec<_> = names.iter().map(|(account, _)| account.as_str()).collect();
        let known = accounts.iter().copied().chain(names.iter().map(|(_, vendor)| *vendor));
        let mut listed: Vec<_> = names.iter().map(|(a, v)| format!("{a} ({v})")).collect();
        listed.dedup();
        let help = suggest(name, known, &format!("available in {origin}: {}", listed.join(", ")));
        return Err(Failure::usage(format!("unknown source \"{name}\""), help));
    }
    let picked =
        |known: &(String, &str)| wanted.is_empty() || wanted.iter().any(|name| is(name, known));
    Ok(all
        .into_iter()
        .zip(&names)
        .filter(|(_, known)| picked(known))
        .map(|(item, _)| item)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sandbox_has_recent_calls_whatever_the_clock_says() {
        let default = DatasetOptions::default().anchor;
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        for (now, expect) in [
            ("2026-05-01T13:30:00Z", at("2026-05-01T00:00:00Z")),
            ("2099-12-31T23:59:59Z", at("2099-12-31T00:00:00Z")),
            ("1970-01-01T00:00:05Z", default),
            ("-0001-01-01T00:00:00Z", default),
            ("9999-12-31T00:00:00Z", default),
        ] {
            assert_eq!(anchor(at(now), default), expect, "{now}");
        }
        assert!((2025..2200).contains(&default.year()));
    }
}
