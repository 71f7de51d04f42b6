//! `callfold merge-reports`: whether all parts of a plan were read completely.

use super::{engine::read_json, part::PartName};
use crate::args::{MergeReportsArgs, ReportFormat};
use crate::failure::{ExitOutcome, Failure};
use crate::output::{Stderr, json_text, print, text::sanitise};
use callfold_reader::text::{counted, grouped};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What this command reads of the report of a part.
#[derive(Deserialize)]
struct PartReport {
    complete: bool,
    part: PartName,
    #[serde(default)]
    sources: Vec<Value>,
    export: Option<Value>,
}

/// What all parts together are.
#[derive(Serialize)]
struct MergedReport {
    complete: bool,
    plan: String,
    of: u32,
    calls: u64,
    /// Parts without a report.
    missing: Vec<u32>,
    incomplete: Vec<IncompletePart>,
}

#[derive(Serialize)]
struct IncompletePart {
    part: u32,
    vendor: String,
    account: String,
    why: String,
}

/// Prints whether all parts are complete.
pub(crate) fn merge_reports(
    args: &MergeReportsArgs,
    stderr: &Stderr,
) -> Result<ExitOutcome, Failure> {
    let mut parts: BTreeMap<u32, PartReport> = BTreeMap::new();
    let mut plan: Option<(String, u32)> = None;
    for path in &args.reports {
        let wrong = |problem: &str| {
            let problem = format!("{} {problem}", path.display());
            Failure::usage(problem, "pass the reports of `callfold export --part` of one plan")
        };
        let report = read_json("the report", path)?;
        if let (Value::Null, Some(error)) = (&report["part"], report["error"].as_str()) {
            let error = error.replace('\n', " ");
            stderr.warning(format!("{}: failed before it began to read: {error}", path.display()));
            continue;
        }
        let report =
            PartReport::deserialize(report).map_err(|_| wrong("is not the report of a part"))?;
        let PartName { plan: name, part, of, .. } = report.part.clone();
        if !(1..=of).contains(&part) {
            return Err(wrong("is not the report of a part"));
        }
        let plan = plan.get_or_insert_with(|| (name.clone(), of));
        if *plan != (name, of) {
            return Err(wrong("is of another plan"));
        }
        // A part can be read several times.
        if parts.get(&part).is_none_or(|known| !known.complete) {
            parts.insert(part, report);
        }
    }
    let Some((plan, of)) = plan else {
        return Err(Failure::failed("no report is that of a part that was read", "read the parts"));
    };
    let missing: Vec<_> = (1..=of).filter(|part| !parts.contains_key(part)).collect();
    let incomplete: Vec<_> =
        parts.values().filter(|part| !part.complete).map(IncompletePart::of).collect();
    let calls = parts.values().filter_map(|part| part.export.as_ref()?["calls"].as_u64()).sum();
    let complete = missing.is_empty() && incomplete.is_empty();
    let merged = MergedReport { complete, plan, of, calls, missing, incomplete };
    print(&match args.output {
        ReportFormat::Json => json_text(&merged, true),
        ReportFormat::Table => table(&merged),
    })?;
    Ok(if complete { ExitOutcome::Complete } else { ExitOutcome::Partial })
}

impl IncompletePart {
    fn of(report: &PartReport) -> Self {
        let PartName { part, vendor, account, .. } = report.part.clone();
        let errors = report.sources.iter().filter_map(|source| source["error"].as_str());
        let verdicts = report.sources.iter().filter_map(|source| source["verdict"]["is"].as_str());
        let interrupted = report.export.as_ref().is_some_and(|it| it["interrupted"] == true);
        let why = match interrupted {
            true => "interrupted".to_owned(),
            false => errors.chain(verdicts).next().unwrap_or("failed").replace('_', " "),
        };
        Self { part, vendor, account, why }
    }
}

fn table(merged: &MergedReport) -> String {
    let done = merged.of as usize - merged.missing.len() - merged.incomplete.len();
    let mut text = format!(
        "{}: {} of {} complete, {}\n",
        if merged.complete { "complete" } else { "incomplete" },
        grouped(done as u64),
        counted(u64::from(merged.of), "part"),
        counted(merged.calls, "call")
    );
    for part in &merged.missing {
        text.push_str(&format!("  part {part}: no report\n"));
    }
    for IncompletePart { part, vendor, account, why } in &merged.incomplete {
        let line = format!("  part {part}, {account} ({vendor}): {why}");
        text.push_str(&format!("{}\n", sanitise(&line)));
    }
    text
}
