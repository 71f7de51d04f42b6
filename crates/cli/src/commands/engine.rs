//! What the Airbyte source and the Singer tap share: configuration, input files, and what went wrong.

use super::{
    find_call::with_help,
    report::{Purpose, print_sources},
};
use crate::args::{DETAIL, Global, OneOffArgs, detail};
use crate::config::{self, Config};
use crate::failure::{ExitOutcome, Failure};
use crate::output::Stderr;
use crate::sources::{self, OpenSources, WithoutConfig};
use crate::streams::{SourceOutcome, StreamOptions};
use crate::time_arg::parse_time;
use callfold_reader::{
    Order, Query, ReadError, SettingValue, SourceSummary,
    text::{counted, io_reason},
};
use callfold_sync::text_hash;
use callfold_transport::ErrorKind;
use chrono::{TimeDelta, Utc};
use secrecy::ExposeSecret;
use serde::Serialize;
use std::{fs, path::Path};

/// The look-back without a setting.
const LOOKBACK: TimeDelta = TimeDelta::days(3);

/// The sources of an engine's configuration, and what to read.
pub(super) struct Engine {
    pub(super) opened: OpenSources,
    pub(super) options: StreamOptions,
    /// Why sources could not be opened.
    pub(super) unopened: Vec<Problem>,
}

/// Something that keeps a read from being complete.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) failure: FailureType,
    /// One line.
    pub(super) message: String,
}

/// Who can do something about a problem, in Airbyte's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) enum FailureType {
    /// The user: the configuration is wrong.
    #[serde(rename = "config_error")]
    Config,
    /// Nobody: trying again helps.
    #[serde(rename = "transient_error")]
    Transient,
    /// Whoever maintains callfold, or the vendor.
    #[serde(rename = "system_error")]
    System,
}

impl Problem {
    pub(super) fn new(failure: FailureType, message: &str) -> Self {
        let message = message.replace("\n  help: ", "; ").replace('\n', " ");
        Self { failure, message }
    }

    /// The problem that ended a command.
    pub(super) fn of_failure(failure: &Failure) -> Self {
        let kind = match failure {
            Failure::Usage(..) | Failure::Config(_) => FailureType::Config,
            _ => FailureType::System,
        };
        Self::new(kind, &failure.to_string())
    }
}

/// Opens the sources of the configuration that the engine passes.
pub(super) async fn open(global: &Global, stderr: &Stderr) -> Result<Engine, Failure> {
    let (results, mut opened) = match &global.config {
        Some(path) => sources::open_config(config::load_from_engine(path, global.trust_config)?),
        None if global.sandbox => {
            let none = OneOffArgs::default();
            sources::open_each(global, &[], &none, WithoutConfig::Refuse, stderr).await?
        }
        None => {
            let help = "name the configuration, a file of TOML or JSON, or use --sandbox";
            return Err(Failure::usage("--config is missing", help));
        }
    };
    let options = options(opened.config.as_ref())?;
    let mut unopened = Vec::new();
    for open in results {
        match open.result {
            Ok(source) => opened.sources.push(source),
            Err(error) => {
                stderr.error(&error);
                opened.unopened.push(open.name);
                unopened.push(Problem::new(FailureType::Config, &error.to_string()));
            }
        }
    }
    Ok(Engine { opened, options, unopened })
}

/// What the settings of `[streams]` ask for.
fn options(config: Option<&Config>) -> Result<StreamOptions, Failure> {
    let now = Utc::now();
    let mut query = Query { order: Order::AsRead, ..Query::default() };
    let (mut lookback, mut name) = (LOOKBACK, String::new());
    if let Some(config) = config {
        let wrong = |problem: &str, help: &str| (problem.to_owned(), help.to_owned());
        let since = config.stream_setting("since", |value| {
            let SettingValue::Text(text) = value else { return Err(wrong("must be a string", "")) };
            let text = text.expose_secret();
            let at = parse_time(text, now, None);
            let at = at.map_err(|problem| ("is not a time".to_owned(), problem))?;
            Ok((at, text.to_owned()))
        })?;
        let words = config.stream_setting("detail", |value| {
            let SettingValue::List(words) = value else { return Err(wrong("must be a list", "")) };
            let words: Vec<_> = words.iter().map(|word| word.expose_secret().to_owned()).collect();
            match words.iter().all(|word| DETAIL.contains(&word.as_str())) {
                true => Ok(words),
                false => {
                    let help = format!("use any of {}", DETAIL.join(", "));
                    Err(("has an unknown word".to_owned(), help))
                }
            }
        })?;
        let raw =
            config.stream_setting("raw", |value| Ok(matches!(value, SettingValue::Flag(true))))?;
        let span = config.stream_setting("lookback", |value| match value {
            SettingValue::Span(span) => TimeDelta::from_std(*span)
                .map_err(|_| wrong("is too long", "write \"3d\" or \"12h\"")),
            _ => Err(wrong("is not a duration", "write \"3d\" or \"12h\"")),
        })?;
        lookback = span.unwrap_or(LOOKBACK);
        query.since = since.as_ref().map(|(at, _)| *at);
        query.detail = detail(&words.unwrap_or_default());
        query.raw = raw.unwrap_or_default();
        name = since.map(|(_, text)| text).unwrap_or_default();
    }
    let settings = format!("{name}/{:?}/{}", query.detail.parts(), query.raw);
    let name = text_hash(&settings).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    Ok(StreamOptions { query, lookback, read_at: now, name })
}

/// Reads a file that the engine passes, as JSON.
pub(super) fn read_json(option: &str, path: &Path) -> Result<serde_json::Value, Failure> {
    let text = fs::read_to_string(path).map_err(|error| {
        let problem = format!("{option} {} cannot be read: {}", path.display(), io_reason(&error));
        Failure::usage(problem, "check the path")
    })?;
    serde_json::from_str(&text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let problem = format!(
            "{option} {} is not valid JSON at line {line}, column {column}",
            path.display()
        );
        Failure::usage(problem, "correct the file, or create it again")
    })
}

/// A state of the engine that cannot be used.
pub(super) fn bad_state(stream: &str, problem: &str) -> Failure {
    Failure::usage(
        format!("the state of the stream {stream} cannot be used: {problem}"),
        "reset the stream to read everything again",
    )
}

/// Prints the result of each source, and returns why the read is incomplete.
pub(super) fn problems(
    engine: &Engine,
    outcomes: &[SourceOutcome],
    stderr: &Stderr,
) -> Vec<Problem> {
    let opened = &engine.opened;
    let summaries: Vec<_> = outcomes.iter().map(|outcome| outcome.summary.clone()).collect();
    print_sources(&summaries, opened, stderr, Purpose::Export);
    let mut problems = Vec::new();
    for SourceOutcome { summary, doubt } in outcomes {
        let name = sources::title(&summary.account, summary.vendor);
        if let Some(error) = &summary.error {
            problems.push(read_problem(error, opened));
        } else if let Some(doubt) = doubt {
            stderr.error(format!("{name}: {doubt}"));
            let message = format!("{name}: {doubt}");
            problems.push(Problem::new(FailureType::Config, &message));
        } else if summary.is_incomplete() {
            problems.push(Problem::new(incomplete_type(summary), &incomplete(&name, summary)));
        }
    }
    problems
}

/// A source that could not be read.
pub(super) fn read_problem(error: &ReadError, opened: &OpenSources) -> Problem {
    Problem::new(failure_type(error), &with_help(error.to_string(), error, opened))
}

fn incomplete(name: &str, summary: &SourceSummary) -> String {
    let mut message = format!("{name}: {}", summary.counts_and_verdict());
    if summary.set_aside > 0 {
        let records = counted(summary.set_aside, "record");
        message.push_str(&format!("; {records} without a usable id, in the stream set_aside"));
    }
    if summary.without_detail > 0 {
        let reason = summary.detail_reason.as_deref().unwrap_or("the vendor failed");
        message.push_str(&format!("; details could not be fetched: {reason}"));
    }
    message
}

fn incomplete_type(summary: &SourceSummary) -> FailureType {
    match summary.set_aside {
        0 => FailureType::Transient,
        _ => FailureType::System,
    }
}

fn failure_type(error: &ReadError) -> FailureType {
    let Some(request) = error.request() else { return FailureType::Config };
    match request.kind() {
        ErrorKind::Configuration
        | ErrorKind::Unauthorized
        | ErrorKind::Forbidden
        | ErrorKind::NotFound
        | ErrorKind::Redirected => FailureType::Config,
        ErrorKind::RateLimited
        | ErrorKind::Unavailable
        | ErrorKind::Timeout
        | ErrorKind::Transport => FailureType::Transient,
        _ => FailureType::System,
    }
}

/// How a read ended.
pub(super) fn outcome(engine: &Engine, outcomes: &[SourceOutcome], problems: usize) -> ExitOutcome {
    let has_failed = |outcome: &&SourceOutcome| outcome.summary.is_failed();
    let failed = outcomes.iter().filter(has_failed).count();
    let read: u64 = outcomes.iter().map(|outcome| outcome.summary.records).sum();
    match ExitOutcome::of(outcomes.len().max(1), failed) {
        _ if engine.opened.sources.is_empty() => ExitOutcome::Failed,
        ExitOutcome::Failed if read > 0 => ExitOutcome::Partial,
        ExitOutcome::Complete if problems > 0 => ExitOutcome::Partial,
        outcome => outcome,
    }
}
