//! What a run must read, and what it must report when it does not.

use crate::{
    Error,
    program::{ProgramExit, Reader},
    read_calls::{ReadCalls, SourceSummary},
    test_bed::TestBed,
};
use std::collections::BTreeSet;

/// Which calls a run must read, and which it may.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expected {
    /// Calls that existed throughout.
    pub(crate) must: BTreeSet<String>,
    /// All calls that ever existed.
    pub(crate) may: BTreeSet<String>,
}

impl Expected {
    /// What a run must read that started when the calls `before` existed and has just ended.
    pub(crate) fn after(before: &BTreeSet<String>, test_bed: &TestBed) -> Self {
        let must = before.intersection(&test_bed.truth()).cloned().collect();
        Self { must, may: test_bed.all_ids() }
    }

    /// The part of one vendor.
    fn of(&self, vendor: &str) -> Self {
        let of = |ids: &BTreeSet<String>| {
            ids.iter().filter(|id| is_of(id, vendor)).cloned().collect::<BTreeSet<_>>()
        };
        Self { must: of(&self.must), may: of(&self.may) }
    }

    fn lost<'a>(&'a self, read: &ReadCalls) -> Vec<&'a String> {
        self.must.iter().filter(|id| !read.has(id)).collect()
    }
}

fn is_of(id: &str, vendor: &str) -> bool {
    id.split(':').next() == Some(vendor)
}

/// What existed before a run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PriorState<'a> {
    /// Nothing.
    Nothing,
    /// A database with these calls.
    Database(&'a ReadCalls),
    /// An unfinished export.
    Partial,
}

/// What a run must never do, whatever fault it meets: read a call twice or one that never existed,
/// send a key to another host, or lose calls without reporting it.
pub(crate) fn violation(
    test_bed: &TestBed,
    reader: Reader,
    exit: &ProgramExit,
    read: &ReadCalls,
    expected: &Expected,
    before: PriorState<'_>,
) -> Result<Option<String>, Error> {
    let leaked = test_bed.leaked();
    if leaked > 0 {
        return Ok(Some(format!("{leaked} requests carried the key to another host")));
    }
    if let Some(id) = read.duplicate() {
        return Ok(Some(format!("{id} was read twice")));
    }
    if let Some(id) = read.ids().find(|id| !expected.may.contains(*id)) {
        return Ok(Some(format!("{id} does not exist")));
    }
    if exit.code == 0 {
        return Ok(lost(&expected.lost(read), expected.must.len()));
    }
    // Nothing more was read, and the error says why.
    let read_nothing = read.len() == 0 || !matches!(before, PriorState::Nothing);
    if exit.code == 1 && exit.stderr.contains("error: ") && read_nothing {
        return Ok(None);
    }
    if exit.code != 3 {
        return Ok(Some(format!("exit code {}: {}", exit.code, exit.stderr.trim())));
    }
    for vendor in test_bed.vendors() {
        let expected = expected.of(vendor);
        let lost = expected.lost(read).len() as u64;
        let summary = match SourceSummary::read(reader, test_bed.dir(), vendor) {
            Ok(summary) => summary,
            Err(error) => {
                return Ok(Some(format!("{vendor}: exit code 3 without a summary: {error}")));
            }
        };
        let count = |read: &ReadCalls| read.ids().filter(|id| is_of(id, vendor)).count() as u64;
        let kept = match before {
            PriorState::Nothing => Some(count(read)),
            PriorState::Database(previous) => Some(count(read) - count(previous)),
            PriorState::Partial => None,
        };
        // An unusable record can be listed again in a list that changes.
        let is_still = expected.must.len() == expected.may.len();
        if let Some(problem) = unreported(&summary, kept, lost, is_still) {
            return Ok(Some(format!("{vendor}: {problem}")));
        }
    }
    Ok(None)
}

fn lost(lost: &[&String], of: usize) -> Option<String> {
    let first = lost.first()?;
    Some(format!("{} of {of} calls are missing without a report, {first} among them", lost.len()))
}

/// What the summary of a source does not report, or reports wrongly.
fn unreported(
    summary: &SourceSummary,
    read: Option<u64>,
    lost: u64,
    is_still: bool,
) -> Option<String> {
    let kept = summary.count("matched");
    if let Some(read) = read.filter(|read| kept != *read) {
        return Some(format!("it reports {kept} matched calls, and {read} were read"));
    }
    match summary.verdict() {
        "partial" if summary.error().is_none() => Some("it failed and reports no error".into()),
        // The announced number less the listed one is what is missing.
        "partial" => None,
        // Unusable records were listed, and are counted separately.
        "short_by" if summary.short_by().unwrap_or(0) + summary.count("set_aside") < lost => {
            Some(format!("{lost} are missing, and it reports {:?}", summary.short_by()))
        }
        "short_by" | "unverified" => None,
        _ if lost == 0 => None,
        // Every unusable record was counted, and nothing else is missing.
        _ if summary.count("set_aside") == lost => None,
        _ if summary.count("set_aside") > lost && !is_still => None,
        verdict => {
            Some(format!("{lost} of {:?} are missing, and it reports {verdict}", summary.total()))
        }
    }
}

/// Why a run without faults and changes was not complete.
pub(crate) fn shortfall(
    read: &ReadCalls,
    exit: &ProgramExit,
    expected: &Expected,
) -> Option<String> {
    if exit.code != 0 {
        return Some(format!("exit code {}: {}", exit.code, exit.stderr.trim()));
    }
    if let Some(id) = read.duplicate() {
        return Some(format!("{id} was read twice"));
    }
    if let Some(id) = read.ids().find(|id| !expected.may.contains(*id)) {
        return Some(format!("{id} does not exist"));
    }
    lost(&expected.lost(read), expected.must.len())
}
