//! `callfold airbyte`: a source of the Airbyte protocol.

use super::engine::{self, Engine, Problem, bad_state, read_json};
use crate::args::{AirbyteCommand, Global};
use crate::config::STREAM_SETTINGS;
use crate::failure::{ExitOutcome, Failure};
use crate::output::{Stderr, Stdout, json_text};
use crate::streams::{MessageSink, READ_AT, Selected, Stream, StreamState, read_streams};
use callfold_reader::{Need, Setting, SettingKind, VendorEntry, common_settings, vendors};
use chrono::Utc;
use futures_util::future::join_all;
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, io, path::Path};

/// The version of the protocol that the messages follow.
const PROTOCOL: &str = "0.2.0";

/// Runs a command. A failure is a message for the engine too.
pub(crate) async fn airbyte(
    command: AirbyteCommand,
    global: &Global,
    stderr: &Stderr,
) -> Result<ExitOutcome, Failure> {
    let result = match &command {
        AirbyteCommand::Spec => send(&json!({ "type": "SPEC", "spec": spec() })),
        AirbyteCommand::Check => check(global, stderr).await,
        AirbyteCommand::Discover => discover(global, stderr).await,
        AirbyteCommand::Read { catalog, state } => {
            read(catalog, state.as_deref(), global, stderr).await
        }
    };
    if let Err(failure) = &result
        && !matches!(failure, Failure::Stdout(_))
    {
        send(&error(&Problem::of_failure(failure)))?;
    }
    result
}

/// Sends one message.
fn send(message: &Value) -> Result<ExitOutcome, Failure> {
    let mut stdout = Stdout::open();
    stdout.json(message, false)?;
    stdout.finish()?;
    Ok(ExitOutcome::Complete)
}

/// What a configuration can hold, from the settings of the vendors.
fn spec() -> Value {
    let sources: Vec<_> = vendors().iter().map(|vendor| source_schema(vendor)).collect();
    let streams: Map<_, _> = STREAM_SETTINGS.iter().map(property).collect();
    json!({
        "documentationUrl": concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/engines.md"),
        "protocol_version": PROTOCOL,
        "supportsIncremental": true,
        "supported_destination_sync_modes": [],
        "connectionSpecification": {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "title": "callfold",
            "type": "object",
            "required": ["sources"],
            "properties": {
                "sources": {
                    "title": "Sources",
                    "description": "the accounts to read, each under a name of its own",
                    "type": "array",
                    "minItems": 1,
                    "order": 0,
                    "items": { "type": "object", "oneOf": sources },
                },
                "streams": {
                    "title": "Streams",
                    "description": "what to read",
                    "type": "object",
                    "order": 1,
                    "properties": streams,
                },
            },
        },
    })
}

fn source_schema(vendor: &VendorEntry) -> Value {
    let mut properties = Map::new();
    properties.insert("vendor".to_owned(), json!({ "type": "string", "const": vendor.name }));
    let name = json!({ "type": "string", "description": "the account's name, any label" });
    properties.insert("name".to_owned(), name);
    properties.extend(vendor.settings.iter().chain(common_settings()).map(property));
    for (at, property) in ["vendor", "name"]
        .into_iter()
        .chain(vendor.settings.iter().chain(common_settings()).map(|setting| setting.key))
        .enumerate()
    {
        properties[property]["order"] = at.into();
    }
    let needed = vendor.settings.iter().filter(|setting| setting.need == Need::Always);
    let required: Vec<_> =
        ["vendor", "name"].into_iter().chain(needed.map(|setting| setting.key)).collect();
    json!({
        "title": vendor.title,
        "type": "object",
        "required": required,
        "properties": properties,
    })
}

fn property(setting: &'static Setting) -> (String, Value) {
    let kind = match setting.kind {
        SettingKind::List => json!("array"),
        SettingKind::Flag => json!("boolean"),
        SettingKind::Number => json!("number"),
        SettingKind::Rate => json!(["number", "string"]),
        _ => json!("string"),
    };
    let help = match setting.need {
        Need::OneOf(_) => format!("{}; one of several ways to authenticate", setting.help),
        _ => setting.help.to_owned(),
    };
    let mut property = json!({ "type": kind, "description": help });
    match setting.kind {
        SettingKind::Secret => property["airbyte_secret"] = true.into(),
        SettingKind::List => property["items"] = json!({ "type": "string" }),
        _ => {}
    }
    (setting.key.to_owned(), property)
}

/// Tests each source. That it fails is the answer, not a failure of the command.
async fn check(global: &Global, stderr: &Stderr) -> Result<ExitOutcome, Failure> {
    let status = match engine::open(global, stderr).await {
        Err(failure @ (Failure::Usage(..) | Failure::Config(_))) => {
            vec![Problem::of_failure(&failure).message]
        }
        Err(failure) => return Err(failure),
        Ok(engine) => failed_checks(engine).await,
    };
    let status = match status.as_slice() {
        [] => json!({ "status": "SUCCEEDED" }),
        problems => json!({ "status": "FAILED", "message": problems.join(" | ") }),
    };
    send(&json!({ "type": "CONNECTION_STATUS", "connectionStatus": status }))
}

async fn failed_checks(engine: Engine) -> Vec<String> {
    let opened = &engine.opened;
    let checks = opened.sources.iter().map(async |source| source.check().await.err());
    let errors = join_all(checks).await.into_iter().flatten();
    let errors = errors.map(|error| engine::read_problem(&error, opened));
    engine.unopened.into_iter().chain(errors).map(|problem| problem.message).collect()
}

async fn discover(global: &Global, stderr: &Stderr) -> Result<ExitOutcome, Failure> {
    let raw = engine::open(global, stderr).await?.options.query.raw;
    let streams: Vec<_> =
        Stream::ALL.into_iter().map(|stream| catalog_entry(stream, raw)).collect();
    send(&json!({ "type": "CATALOG", "catalog": { "streams": streams } }))
}

fn catalog_entry(stream: Stream, raw: bool) -> Value {
    let mut schema = stream.json_schema(raw);
    let properties = schema["properties"].as_object_mut().into_iter().flatten();
    for (_, property) in properties.filter(|(_, property)| property["format"] == "date-time") {
        property["airbyte_type"] = "timestamp_with_timezone".into();
    }
    let key: Vec<_> = stream.primary_key().iter().map(|name| [name]).collect();
    json!({
        "name": stream.name(),
        "json_schema": schema,
        "supported_sync_modes": ["full_refresh", "incremental"],
        "source_defined_cursor": true,
        "default_cursor_field": [READ_AT],
        "source_defined_primary_key": key,
        "is_resumable": true,
    })
}

async fn read(
    catalog: &Path,
    state: Option<&Path>,
    global: &Global,
    stderr: &Stderr,
) -> Result<ExitOutcome, Failure> {
    let selected = selected(&read_json("--catalog", catalog)?)?;
    let given = match state {
        Some(path) => states(&read_json("--state", path)?)?,
        None => BTreeMap::new(),
    };
    let engine = engine::open(global, stderr).await?;
    let mut sink = AirbyteSink::new(&selected);
    sink.statuses("STARTED")?;
    sink.flush()?;
    let sources = &engine.opened.sources;
    let outcomes = read_streams(sources, &engine.options, &selected, &given, &mut sink).await?;
    let mut problems = engine.unopened.clone();
    problems.extend(engine::problems(&engine, &outcomes, stderr));
    sink.run()?;
    sink.statuses(if problems.is_empty() { "COMPLETE" } else { "INCOMPLETE" })?;
    for problem in &problems {
        sink.out.json(&error(problem), false)?;
    }
    sink.out.finish()?;
    Ok(engine::outcome(&engine, &outcomes, problems.len()))
}

/// The streams of a configured catalog.
fn selected(catalog: &Value) -> Result<Vec<Selected>, Failure> {
    let wrong = |problem: String| {
        let help =
            "pass a configured catalog of the streams that `callfold airbyte discover` lists";
        Failure::usage(problem, help)
    };
    let Some(streams) = catalog["streams"].as_array() else {
        return Err(wrong("the catalog has no streams".to_owned()));
    };
    let of = |configured: &Value| {
        let name = configured["stream"]["name"].as_str().unwrap_or_default();
        let stream = Stream::of(name);
        let stream = stream.ok_or_else(|| wrong(format!("there is no stream \"{name}\"")))?;
        let full_refresh = configured["sync_mode"] != "incremental";
        Ok(Selected { full_refresh, ..Selected::all(stream) })
    };
    streams.iter().map(of).collect()
}

/// The states that an earlier read sent, by stream.
fn states(state: &Value) -> Result<BTreeMap<&'static str, StreamState>, Failure> {
    let messages = match state {
        Value::Array(messages) => messages.as_slice(),
        Value::Null => &[],
        Value::Object(members) if members.is_empty() => &[],
        _ => return Err(bad_state("calls", "it is not an array of stream states")),
    };
    let mut states = BTreeMap::new();
    for message in messages {
        let stream = &message["stream"];
        let name = stream["stream_descriptor"]["name"].as_str();
        let (Some(name), "STREAM") = (name, message["type"].as_str().unwrap_or("STREAM")) else {
            return Err(bad_state("calls", "it is not the state of a stream"));
        };
        // Ignore streams of another source or version.
        let Some(stream_name) = Stream::of(name).map(Stream::name) else { continue };
        match &stream["stream_state"] {
            Value::Null => {}
            Value::Object(members) if members.is_empty() => {}
            value => {
                let state =
                    StreamState::parse(value).map_err(|problem| bad_state(name, &problem))?;
                states.insert(stream_name, state);
            }
        }
    }
    Ok(states)
}

/// The message about a problem.
fn error(problem: &Problem) -> Value {
    let error = json!({ "message": problem.message, "failure_type": problem.failure });
    json!({ "type": "TRACE", "trace": { "type": "ERROR", "emitted_at": now(), "error": error } })
}

/// The time in milliseconds, which the protocol has with a decimal point.
fn now() -> f64 {
    Utc::now().timestamp_millis() as f64
}

/// Writes Airbyte messages.
struct AirbyteSink<'a> {
    out: Stdout,
    selected: &'a [Selected],
    /// Records since the last state of each stream.
    sent: BTreeMap<&'static str, u64>,
    is_running: bool,
}

impl<'a> AirbyteSink<'a> {
    fn new(selected: &'a [Selected]) -> Self {
        Self { out: Stdout::open(), selected, sent: BTreeMap::new(), is_running: false }
    }

    /// Sends the status of all streams.
    fn statuses(&mut self, status: &str) -> io::Result<()> {
        for selected in self.selected {
            let name = selected.stream.name();
            let status = json!({ "stream_descriptor": { "name": name }, "status": status });
            let trace =
                json!({ "type": "STREAM_STATUS", "emitted_at": now(), "stream_status": status });
            self.out.json(&json!({ "type": "TRACE", "trace": trace }), false)?;
        }
        Ok(())
    }

    fn run(&mut self) -> io::Result<()> {
        if !std::mem::replace(&mut self.is_running, true) {
            self.statuses("RUNNING")?;
        }
        Ok(())
    }
}

impl MessageSink for AirbyteSink<'_> {
    fn record(&mut self, stream: Stream, data: &[u8]) -> io::Result<()> {
        self.run()?;
        let name = stream.name();
        *self.sent.entry(name).or_default() += 1;
        let head = format!(r#"{{"type":"RECORD","record":{{"stream":"{name}","data":"#);
        let tail = format!(r#","emitted_at":{}}}}}"#, Utc::now().timestamp_millis());
        self.out.line(&[head.as_bytes(), data, tail.as_bytes()])
    }

    fn state(&mut self, streams: &[Selected], state: &StreamState) -> io::Result<()> {
        let state = json_text(state, false);
        for selected in streams {
            let name = selected.stream.name();
            let count = self.sent.insert(name, 0).unwrap_or_default();
            let head = format!(
                r#"{{"type":"STATE","state":{{"type":"STREAM","stream":{{"stream_descriptor":{{"name":"{name}"}},"stream_state":"#
            );
            let tail = format!(r#"}},"sourceStats":{{"recordCount":{count}.0}}}}}}"#);
            self.out.line(&[head.as_bytes(), state.trim_end().as_bytes(), tail.as_bytes()])?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
