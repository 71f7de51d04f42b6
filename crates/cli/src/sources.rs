//! The sources of a run: those of the configuration, or the sandbox's.

use crate::args::Global;
use crate::config::{self, Config, ConfigError, SourceEntry, did_you_mean};
use crate::failure::Failure;
use crate::output::Stderr;
use callfold_reader::{SettingValue, Source, SourceConfig, VendorEntry, vendors};
use callfold_sandbox::{DatasetOptions, Sandbox, SandboxOptions};
use callfold_unify::model::Timestamp;
use chrono::{Datelike, NaiveTime, Utc};

/// Calls of each vendor in the sandbox that runs inside a command.
const EMBEDDED_RECORDS: usize = 12;

/// Requests a second that the sandbox is asked at most.
const SANDBOX_RATE: f64 = 1e6;

/// What the sandbox's sources are called.
const SANDBOX_ACCOUNT: &str = "sandbox";

/// Sources that are open.
pub(crate) struct Opened {
    pub(crate) sources: Vec<Box<dyn Source>>,
    /// Where they come from, for advice; `None` for the sandbox.
    pub(crate) config: Option<Config>,
    /// Runs as long as it is held.
    _sandbox: Option<Sandbox>,
}

impl Opened {
    /// Nothing but where sources come from.
    pub(crate) fn origin(config: Option<Config>, sandbox: Option<Sandbox>) -> Self {
        Self { sources: Vec::new(), config, _sandbox: sandbox }
    }
}

/// A source, or why it cannot be opened.
pub(crate) struct Attempt {
    pub(crate) vendor: &'static str,
    pub(crate) account: String,
    pub(crate) opened: Result<Box<dyn Source>, ConfigError>,
}

/// What a command does where there is no configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WithoutConfig {
    /// It shows the sandbox, with a warning.
    ShowSandbox,
    /// It ends: made-up calls are not to be stored or taken for real ones.
    Refuse,
}

/// The error of a command that needs a configuration and finds none.
pub(crate) fn no_configuration() -> Failure {
    let problem = format!("no configuration found; searched\n  {}", config::searched());
    let cure = "write one (`callfold vendors VENDOR` shows a section to start from), name it with \
                --config or CALLFOLD_CONFIG, or read made-up calls with --sandbox";
    Failure::Usage(problem, cure.to_owned())
}

/// Opens the sources that `wanted` names, or all. One that cannot be opened
/// ends the run.
pub(crate) async fn open(
    global: &Global,
    wanted: &[String],
    without: WithoutConfig,
    stderr: &Stderr,
) -> Result<Opened, Failure> {
    let (attempts, config, sandbox) = attempt(global, wanted, without, stderr).await?;
    let sources = attempts.into_iter().map(|attempt| attempt.opened).collect::<Result<_, _>>()?;
    Ok(Opened { sources, config, _sandbox: sandbox })
}

/// Tries to open the sources that `wanted` names, or all.
pub(crate) async fn attempt(
    global: &Global,
    wanted: &[String],
    without: WithoutConfig,
    stderr: &Stderr,
) -> Result<(Vec<Attempt>, Option<Config>, Option<Sandbox>), Failure> {
    let config = match global.sandbox {
        true => None,
        false => config::load(global.config.as_deref(), global.trust_config)?,
    };
    let Some(config) = config else {
        // A service without a home has not been looked at by a person.
        let shows = without == WithoutConfig::ShowSandbox && config::is_user_known();
        if !global.sandbox && !shows {
            return Err(no_configuration());
        }
        let (sources, sandbox) = open_sandbox(wanted, !global.sandbox, stderr).await?;
        return Ok((sources, None, Some(sandbox)));
    };
    let named = |entry: &&SourceEntry| (entry.account.clone(), entry.vendor.name);
    let entries = select(config.sources.iter().collect(), wanted, named, "the configuration")?;
    let attempts = entries.into_iter().map(|entry| Attempt {
        vendor: entry.vendor.name,
        account: entry.account.clone(),
        opened: config.open(entry),
    });
    let attempts = attempts.collect();
    Ok((attempts, Some(config), None))
}

async fn open_sandbox(
    wanted: &[String],
    unasked: bool,
    stderr: &Stderr,
) -> Result<(Vec<Attempt>, Sandbox), Failure> {
    let named = |vendor: &&VendorEntry| (SANDBOX_ACCOUNT.to_owned(), vendor.name);
    let chosen = select(vendors().to_vec(), wanted, named, "the sandbox")?;
    let sandbox = start_sandbox(sandbox_options().records(EMBEDDED_RECORDS)).await?;
    if unasked {
        stderr.warning(
            "no configuration found: showing made-up calls from the built-in sandbox; to read \
             your own, see `callfold vendors VENDOR`",
        );
    } else {
        stderr.note("showing made-up calls from the built-in sandbox");
    }
    let attempts = chosen.into_iter().map(|vendor| Attempt {
        vendor: vendor.name,
        account: SANDBOX_ACCOUNT.to_owned(),
        opened: (vendor.open)(&sandbox_config(&sandbox, vendor.name)).map_err(ConfigError::sandbox),
    });
    let attempts = attempts.collect();
    Ok((attempts, sandbox))
}

fn sandbox_config(sandbox: &Sandbox, vendor: &str) -> SourceConfig {
    let config = SourceConfig::new(SANDBOX_ACCOUNT)
        .with("base_url", sandbox.base_url(vendor).as_str())
        // It stands on this machine, and nobody else asks it.
        .with("rate", SettingValue::Number(SANDBOX_RATE));
    sandbox
        .credentials(vendor)
        .iter()
        .fold(config, |config, (key, value)| config.with(*key, *value))
}

/// A sandbox whose newest calls began before last midnight, UTC: spans such as
/// `7d` find calls, and an id stays good for the day.
pub(crate) fn sandbox_options() -> SandboxOptions {
    let dataset = DatasetOptions::default();
    let dataset = DatasetOptions { anchor: anchor(Utc::now(), dataset.anchor), ..dataset };
    SandboxOptions { dataset, ..SandboxOptions::default() }
}

/// The midnight before `now`, or `otherwise` where the clock cannot be right:
/// vendors' times go from 1970 on, and the calls would have none.
fn anchor(now: Timestamp, otherwise: Timestamp) -> Timestamp {
    match (2025..2200).contains(&now.year()) {
        true => now.date_naive().and_time(NaiveTime::MIN).and_utc(),
        false => otherwise,
    }
}

pub(crate) async fn start_sandbox(options: SandboxOptions) -> Result<Sandbox, Failure> {
    Sandbox::start(options).await.map_err(|error| {
        let reason = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        let reason = reason.split(" (os error").next().unwrap_or_default().to_lowercase();
        let problem = format!("the sandbox cannot be started: {error}: {reason}");
        Failure::Failed(problem, "choose another --port, or none for a free one".to_owned())
    })
}

/// The items whose account or vendor is wanted; all where nothing is.
fn select<T>(
    all: Vec<T>,
    wanted: &[String],
    named: impl Fn(&T) -> (String, &'static str),
    place: &str,
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
        let cure = match did_you_mean(name, known) {
            Some(meant) => format!("did you mean {meant}? {place} has {}", listed.join(", ")),
            None => format!("{place} has {}", listed.join(", ")),
        };
        return Err(Failure::Usage(format!("there is no source {name}"), cure));
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
    fn sandbox_has_calls_of_our_time_whatever_the_clock_says() {
        let otherwise = DatasetOptions::default().anchor;
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        for (now, expect) in [
            ("2026-05-01T13:30:00Z", at("2026-05-01T00:00:00Z")),
            ("2099-12-31T23:59:59Z", at("2099-12-31T00:00:00Z")),
            ("1970-01-01T00:00:05Z", otherwise),
            ("-0001-01-01T00:00:00Z", otherwise),
            ("9999-12-31T00:00:00Z", otherwise),
        ] {
            assert_eq!(anchor(at(now), otherwise), expect, "{now}");
        }
        assert!((2025..2200).contains(&otherwise.year()));
    }
}
