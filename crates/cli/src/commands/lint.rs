//! `callfold lint`: oddities in calls, by vendor.

use super::find_call::{reading, with_help};
use crate::args::{Global, LintArgs, ReportFormat};
use crate::failure::{ExitOutcome, Failure};
use crate::output::{Stderr, json_text, print, spinner::Spinner, text::sanitise};
use crate::sources::{self, WithoutConfig};
use callfold_reader::{
    ListedRecord, Order, Query, SourceSummary, read,
    text::{counted, io_reason},
};
use callfold_unify::{
    model::{Call, Cost, WarningCode},
    schema::call_schema,
};
use serde::Serialize;
use serde_json::Value;
use std::{
    borrow::Cow,
    collections::BTreeMap,
    fmt::Write as _,
    fs::File,
    io::{self, BufRead, BufReader},
    path::Path,
};

/// Checks the calls of a file, or of all sources.
pub(crate) async fn lint(
    mut args: LintArgs,
    global: &Global,
    stderr: &Stderr,
) -> Result<ExitOutcome, Failure> {
    if let Some(since) = &mut args.since {
        since.resolve("--since", args.zone.tz)?;
    }
    let mut findings = Findings::default();
    let outcome = match &args.file {
        Some(path) => read_file(path, &mut findings)?,
        None => {
            let opened =
                sources::open(global, &args.source, &args.one_off, WithoutConfig::Refuse, stderr)
                    .await?;
            let query = Query {
                since: args.since.as_ref().map(|since| since.at),
                order: Order::AsRead,
                raw: true,
                ..Query::default()
            };
            let spinner = Spinner::start(reading(&opened), stderr.is_quiet());
            let mut reading = read(&opened.sources, &query);
            while let Some(entry) = reading.next().await {
                if let ListedRecord::Call(call) = entry {
                    findings.add(&call);
                }
            }
            drop(spinner);
            let summaries = reading.summaries();
            for source in &summaries {
                if let Some(error) = &source.error {
                    stderr.error(with_help(error.to_string(), error, &opened));
                }
                stderr.note(source);
            }
            let failed = summaries.iter().filter(|source| source.is_failed()).count();
            let outcome = match ExitOutcome::of(summaries.len(), failed) {
                ExitOutcome::Complete if summaries.iter().any(SourceSummary::is_incomplete) => {
                    ExitOutcome::Partial
                }
                outcome => outcome,
            };
            opened.outcome(outcome)
        }
    };
    match args.output {
        ReportFormat::Json => print(&json_text(&findings.0, true))?,
        ReportFormat::Table => print(&findings.to_text())?,
    }
    Ok(outcome)
}

/// The name of a file, or of standard input.
pub(super) fn input_name(path: &Path) -> Cow<'_, str> {
    if path == Path::new("-") { "standard input".into() } else { path.to_string_lossy() }
}

/// Opens a file, or standard input for `-`.
pub(super) fn open_input(path: &Path) -> io::Result<Box<dyn BufRead>> {
    Ok(match path.to_str() {
        Some("-") => Box::new(io::stdin().lock()),
        _ => Box::new(BufReader::new(File::open(path)?)),
    })
}

fn read_file(path: &Path, findings: &mut Findings) -> Result<ExitOutcome, Failure> {
    let name = input_name(path);
    let failed = |problem: String| {
        let help = "pass calls as written by `callfold list --output jsonl`, one per line";
        Failure::failed(format!("{name}{problem}"), help)
    };
    let unreadable = |error: io::Error| failed(format!(" cannot be read: {}", io_reason(&error)));
    for (index, line) in open_input(path).map_err(unreadable)?.lines().enumerate() {
        let line = line.map_err(unreadable)?;
        if line.trim().is_empty() {
            continue;
        }
        let call: Call = serde_json::from_str(&line)
            .map_err(|error| failed(format!(":{}:{}: not a call", index + 1, error.column())))?;
        findings.add(&call);
    }
    Ok(ExitOutcome::Complete)
}

/// The findings, by vendor.
#[derive(Default)]
struct Findings(BTreeMap<String, LintedVendor>);

#[derive(Default, Serialize)]
struct LintedVendor {
    calls: u64,
    /// By code.
    warnings: BTreeMap<String, Finding>,
    /// Fields that are not in the spec, by their pointer.
    unknown_fields: BTreeMap<String, Finding>,
    /// Values that are not documented, by their pointer and text.
    unknown_values: BTreeMap<String, Finding>,
    /// Calls that are over, and of which nothing proves whether they connected, by what they say.
    empty_dispositions: BTreeMap<String, Finding>,
    /// Reported lengths that fit none of the computed ones, by those there are.
    unexplained_lengths: BTreeMap<String, Finding>,
    /// Costs whose parts do not add up to the total, by unit.
    cost_sums: BTreeMap<String, Finding>,
    /// The number of calls with a value, for each field of the model.
    filled: BTreeMap<String, u64>,
}

#[derive(Default, Serialize)]
struct Finding {
    count: u64,
    /// The id of one such call.
    example: String,
}

impl Finding {
    fn count(findings: &mut BTreeMap<String, Self>, key: String, call: &Call) {
        let finding = findings.entry(key).or_default();
        if finding.count == 0 {
            finding.example = call.id.to_string();
        }
        finding.count += 1;
    }
}

impl Findings {
    fn add(&mut self, call: &Call) {
        let vendor = self.0.entry(call.id.vendor.clone()).or_insert_with(|| LintedVendor {
            filled: fields().into_iter().map(|name| (name, 0)).collect(),
            ..LintedVendor::default()
        });
        vendor.calls += 1;
        let mut codes: Vec<_> = call.warnings.iter().map(|w| w.code.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        for code in codes {
            Finding::count(&mut vendor.warnings, code.to_owned(), call);
        }
        let has_unknown_value = call.warnings.iter().any(|w| w.code == WarningCode::UnknownValue);
        let raw: Option<Value> =
            has_unknown_value.then(|| serde_json::from_str(call.raw.get()).ok()).flatten();
        for warning in &call.warnings {
            let place = without_positions(&warning.pointer);
            match warning.code {
                WarningCode::UnknownField => {
                    Finding::count(&mut vendor.unknown_fields, place, call);
                }
                WarningCode::UnknownValue => {
                    let word = raw.as_ref().and_then(|raw| raw.pointer(&warning.pointer));
                    let key = match word.and_then(Value::as_str).filter(|word| is_word(word)) {
                        Some(word) => format!("{place}: {word}"),
                        None => place,
                    };
                    Finding::count(&mut vendor.unknown_values, key, call);
                }
                _ => {}
            }
        }
        if call.disposition.is_none() && call.is_over() {
            Finding::count(&mut vendor.empty_dispositions, evidence(call), call);
        }
        let has = |code| call.warnings.iter().any(|warning| warning.code == code);
        if has(WarningCode::DurationMismatch) {
            Finding::count(&mut vendor.unexplained_lengths, lengths(call), call);
        }
        if let Some(cost) = call.cost.as_ref().filter(|_| has(WarningCode::CostSumMismatch)) {
            Finding::count(&mut vendor.cost_sums, sums(cost), call);
        }
        let value = serde_json::to_value(call).unwrap_or_default();
        for (name, count) in &mut vendor.filled {
            *count += u64::from(value.get(name).is_some_and(is_filled));
        }
    }

    fn to_text(&self) -> String {
        let mut text = String::new();
        for (name, vendor) in &self.0 {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{name}: {}", counted(vendor.calls, "call"));
            vendor.findings(&mut text, "warnings", &vendor.warnings);
            vendor.findings(&mut text, "unknown fields", &vendor.unknown_fields);
            vendor.findings(&mut text, "undocumented values", &vendor.unknown_values);
            vendor.findings(&mut text, "empty dispositions", &vendor.empty_dispositions);
            vendor.findings(&mut text, "unexplained lengths", &vendor.unexplained_lengths);
            vendor.findings(&mut text, "cost sums", &vendor.cost_sums);
            let _ = writeln!(text, "  filled");
            for (field, count) in &vendor.filled {
                let share = count * 100 / vendor.calls.max(1);
                let _ = writeln!(text, "    {field:<22}{count:>8}  {share:>3} %");
            }
        }
        if text.is_empty() { "no calls\n".to_owned() } else { text }
    }
}

impl LintedVendor {
    fn findings(&self, text: &mut String, title: &str, findings: &BTreeMap<String, Finding>) {
        if findings.is_empty() {
            let _ = writeln!(text, "  {title}: none");
            return;
        }
        let _ = writeln!(text, "  {title}");
        for (key, finding) in findings {
            let (key, example) = (sanitise(key), sanitise(&finding.example));
            let _ = writeln!(text, "    {key:<30}{:>8}  e.g. {example}", finding.count);
        }
    }
}

/// What a call without a disposition says instead, in words of the model.
fn evidence(call: &Call) -> String {
    let status = match call.status.as_str() {
        "unknown" => "unknown",
        _ if call.status.is_other() => "undocumented",
        listed => listed,
    };
    let end = match &call.end {
        None => "no end reason".to_owned(),
        Some(end) if end.kind.is_other() => "undocumented end reason".to_owned(),
        Some(end) => format!("end {}", end.kind),
    };
    let length = match call.reported_duration.or(call.duration) {
        None => "no length",
        Some(length) if length.is_zero() => "length 0",
        Some(_) => "some length",
    };
    format!("status {status}, {end}, {length}")
}

/// The computed lengths of a call, none of which its reported one fits.
fn lengths(call: &Call) -> String {
    let basis = call.duration_basis.as_ref().filter(|basis| !basis.is_other());
    let from_start = basis.map_or("start", |basis| basis.as_str());
    let computed = [
        (call.duration.is_some(), from_start),
        (call.ringing_at.is_some() && call.ended_at.is_some(), "ringing"),
        (call.talk_time.is_some(), "answer"),
    ];
    let known: Vec<_> = computed.iter().filter(|(is_known, _)| *is_known).collect();
    match known.is_empty() {
        true => "no computed length".to_owned(),
        false => {
            let names: Vec<_> = known.iter().map(|(_, name)| *name).collect();
            format!("not since {}", names.join(" or "))
        }
    }
}

/// How the parts of a cost differ from its total.
fn sums(cost: &Cost) -> String {
    let unit = &cost.unit;
    match (cost.parts_total(unit), cost.total) {
        (Some(parts), Some(total)) if parts > total => format!("{unit}: parts exceed the total"),
        (Some(_), Some(_)) => format!("{unit}: parts are less than the total"),
        _ => format!("{unit}: parts in another unit"),
    }
}

/// The fields of the model, without ids, the raw record and warnings.
fn fields() -> Vec<String> {
    let schema = call_schema();
    let names = schema["properties"].as_object().map(|map| map.keys().cloned().collect::<Vec<_>>());
    let excluded = ["id", "vendor", "account", "call_id", "raw", "warnings"];
    names
        .unwrap_or_default()
        .into_iter()
        .filter(|name| !excluded.contains(&name.as_str()))
        .collect()
}

/// Whether a field has a value. A state without content does not count.
fn is_filled(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty() && text != "unknown",
        Value::Array(items) => items.iter().any(is_filled),
        Value::Object(members) => match members.get("state").and_then(Value::as_str) {
            Some(state) => matches!(state, "inline" | "remote"),
            None => members.values().any(is_filled),
        },
        _ => true,
    }
}

/// The pointer with `*` for each list index.
fn without_positions(pointer: &str) -> String {
    let part = |part: &str| match !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()) {
        true => "*".to_owned(),
        false => part.to_owned(),
    };
    pointer.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// Whether a text is an enumerated value rather than personal data, such as a telephone number.
fn is_word(text: &str) -> bool {
    text.len() <= 40
        && text.bytes().filter(u8::is_ascii_digit).count() < 6
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' ' | '.'))
        && text.chars().any(|c| c.is_ascii_alphabetic())
}
