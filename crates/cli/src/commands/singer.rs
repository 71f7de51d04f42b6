//! `callfold singer`: a Singer tap.

use super::engine::{self, Problem, bad_state, read_json};
use crate::args::{Global, SingerArgs};
use crate::failure::{ExitOutcome, Failure};
use crate::output::{Stderr, Stdout, json_text};
use crate::streams::{MessageSink, READ_AT, Selected, Stream, StreamState, read_streams};
use callfold_unify::model::Timestamp;
use chrono::SecondsFormat;
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
};

/// Prints the catalog, or reads the selected streams.
pub(crate) async fn singer(
    args: SingerArgs,
    global: &Global,
    stderr: &Stderr,
) -> Result<ExitOutcome, Failure> {
    let catalog = match &args.catalog {
        Some(path) => Some(read_json("--catalog", path)?),
        None => None,
    };
    let given = match &args.state {
        Some(path) => states(&read_json("--state", path)?)?,
        None => BTreeMap::new(),
    };
    let engine = engine::open(global, stderr).await?;
    let raw = engine.options.query.raw;
    let mut out = Stdout::open();
    if args.discover {
        let streams: Vec<_> =
            Stream::ALL.into_iter().map(|stream| catalog_entry(stream, raw)).collect();
        out.json(&json!({ "streams": streams }), true)?;
        out.finish()?;
        return Ok(ExitOutcome::Complete);
    }
    let selected = match &catalog {
        Some(catalog) => selected(catalog, raw)?,
        None => Stream::ALL.into_iter().map(Selected::all).collect(),
    };
    for selected in &selected {
        out.json(&schema(selected, raw), false)?;
    }
    let read_at = time_extracted(engine.options.read_at);
    let bookmarks = given.iter().map(|(name, state)| (*name, state_text(state))).collect();
    let mut sink = SingerSink { out, bookmarks, read_at };
    let sources = &engine.opened.sources;
    let outcomes = read_streams(sources, &engine.options, &selected, &given, &mut sink).await?;
    sink.out.finish()?;
    let problems: Vec<Problem> = engine::problems(&engine, &outcomes, stderr);
    let problems = problems.len() + engine.unopened.len();
    Ok(engine::outcome(&engine, &outcomes, problems))
}

fn catalog_entry(stream: Stream, raw: bool) -> Value {
    let key = stream.primary_key();
    let is_automatic = |name: &str| name == READ_AT || key.contains(&name);
    let field = |name: &str| {
        let inclusion = if is_automatic(name) { "automatic" } else { "available" };
        let metadata = json!({ "inclusion": inclusion, "selected-by-default": true });
        json!({ "breadcrumb": ["properties", name], "metadata": metadata })
    };
    let of_stream = json!({
        "inclusion": "available",
        "selected-by-default": true,
        "table-key-properties": key,
        "valid-replication-keys": [READ_AT],
    });
    let mut metadata = vec![json!({ "breadcrumb": [], "metadata": of_stream })];
    metadata.extend(stream.fields(raw).iter().map(|it| field(it.name)));
    json!({
        "tap_stream_id": stream.name(),
        "stream": stream.name(),
        "schema": stream.json_schema(raw),
        "key_properties": key,
        "replication_method": "INCREMENTAL",
        "replication_key": READ_AT,
        "metadata": metadata,
    })
}

/// The selected streams and fields of a catalog.
fn selected(catalog: &Value, raw: bool) -> Result<Vec<Selected>, Failure> {
    let wrong = |problem: String| {
        let help = "pass a catalog as `callfold singer --discover` prints it";
        Failure::usage(problem, help)
    };
    let Some(streams) = catalog["streams"].as_array() else {
        return Err(wrong("the catalog has no streams".to_owned()));
    };
    let mut all = Vec::new();
    for entry in streams {
        let name = entry["tap_stream_id"].as_str().or(entry["stream"].as_str());
        let name = name.unwrap_or_default();
        let stream =
            Stream::of(name).ok_or_else(|| wrong(format!("there is no stream \"{name}\"")))?;
        let of_stream = metadata(entry, &json!([]));
        if !is_selected(of_stream) || entry["selected"] == false {
            continue;
        }
        let fields = stream.fields(raw).into_iter().map(|field| field.name.to_owned());
        let fields: BTreeSet<_> = fields
            .filter(|name| is_selected(metadata(entry, &json!(["properties", name]))))
            .collect();
        let method = of_stream["replication-method"].as_str();
        let method = method.or(entry["replication_method"].as_str());
        let full_refresh = method == Some("FULL_TABLE");
        all.push(Selected { stream, full_refresh, fields: Some(fields) });
    }
    Ok(all)
}

/// The metadata at a place of a stream, `null` without.
fn metadata<'a>(entry: &'a Value, breadcrumb: &Value) -> &'a Value {
    let items = entry["metadata"].as_array().into_iter().flatten();
    let mut items = items.filter(|item| item["breadcrumb"] == *breadcrumb);
    items.next().map_or(&Value::Null, |item| &item["metadata"])
}

fn is_selected(metadata: &Value) -> bool {
    let selected = metadata["selected"].as_bool();
    selected.or(metadata["selected-by-default"].as_bool()).unwrap_or(true)
}

fn schema(selected: &Selected, raw: bool) -> Value {
    let stream = selected.stream;
    let mut schema = stream.json_schema(raw);
    if let Some(properties) = schema["properties"].as_object_mut() {
        properties.retain(|name, _| selected.has(name));
    }
    json!({
        "type": "SCHEMA",
        "stream": stream.name(),
        "schema": schema,
        "key_properties": stream.primary_key(),
        "bookmark_properties": [READ_AT],
    })
}

/// The states that an earlier read sent, by stream.
fn states(state: &Value) -> Result<BTreeMap<&'static str, StreamState>, Failure> {
    let none = Map::new();
    // Some programs store the message's value, others what is in it.
    let bookmarks = match state {
        Value::Object(members) if members.is_empty() => &none,
        Value::Null => &none,
        state => match state["bookmarks"].as_object() {
            Some(bookmarks) => bookmarks,
            None => return Err(bad_state("calls", "it has no bookmarks")),
        },
    };
    let mut states = BTreeMap::new();
    for (name, value) in bookmarks {
        let Some(stream) = Stream::of(name) else { continue };
        if value.as_object().is_some_and(|members| !members.is_empty()) {
            let state = StreamState::parse(value).map_err(|problem| bad_state(name, &problem))?;
            states.insert(stream.name(), state);
        }
    }
    Ok(states)
}

fn time_extracted(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn state_text(state: &StreamState) -> String {
    json_text(state, false).trim_end().to_owned()
}

/// Writes Singer messages.
struct SingerSink {
    out: Stdout,
    /// The last state of each stream, as JSON.
    bookmarks: BTreeMap<&'static str, String>,
    read_at: String,
}

impl MessageSink for SingerSink {
    fn record(&mut self, stream: Stream, data: &[u8]) -> io::Result<()> {
        let head = format!(r#"{{"type":"RECORD","stream":"{}","record":"#, stream.name());
        let tail = format!(r#","time_extracted":"{}"}}"#, self.read_at);
        self.out.line(&[head.as_bytes(), data, tail.as_bytes()])
    }

    fn state(&mut self, streams: &[Selected], state: &StreamState) -> io::Result<()> {
        let text = state_text(state);
        for selected in streams {
            self.bookmarks.insert(selected.stream.name(), text.clone());
        }
        let bookmarks: Vec<_> =
            self.bookmarks.iter().map(|(name, state)| format!(r#""{name}":{state}"#)).collect();
        let head = r#"{"type":"STATE","value":{"bookmarks":{"#;
        self.out.line(&[head.as_bytes(), bookmarks.join(",").as_bytes(), b"}}}"])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
