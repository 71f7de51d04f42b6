//! What a run must give, and what it may say when it does not.

use crate::{
    Error,
    given::{Given, Statement},
    program::{Ran, Reader},
    scene::Scene,
};
use std::collections::BTreeSet;

/// Which calls a run must give, and which it may.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expected {
    /// Calls that were there all the time.
    pub(crate) must: BTreeSet<String>,
    /// Those and all others that were ever there.
    pub(crate) may: BTreeSet<String>,
}

impl Expected {
    /// What a run must give that began when `before` was there and has just ended.
    pub(crate) fn after(before: &BTreeSet<String>, scene: &Scene) -> Self {
        let must = before.intersection(&scene.truth()).cloned().collect();
        Self { must, may: scene.ever() }
    }

    /// The share of one vendor.
    fn of(&self, vendor: &str) -> Self {
        let of = |ids: &BTreeSet<String>| {
            ids.iter().filter(|id| is_of(id, vendor)).cloned().collect::<BTreeSet<_>>()
        };
        Self { must: of(&self.must), may: of(&self.may) }
    }

    fn lost<'a>(&'a self, given: &Given) -> Vec<&'a String> {
        self.must.iter().filter(|id| !given.has(id)).collect()
    }
}

fn is_of(id: &str, vendor: &str) -> bool {
    id.split(':').next() == Some(vendor)
}

/// What was there before a run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Before<'a> {
    /// Nothing.
    Nothing,
    /// A database with these calls.
    Database(&'a Given),
    /// What an export that was not finished had kept.
    Partial,
}

/// What a run did that it must not do, whatever went wrong around it: a call that came twice or
/// never existed, a key that reached another host, or calls that are lost without a word.
pub(crate) fn wrong(
    scene: &Scene,
    reader: Reader,
    ran: &Ran,
    given: &Given,
    expected: &Expected,
    before: Before<'_>,
) -> Result<Option<String>, Error> {
    let leaked = scene.leaked();
    if leaked > 0 {
        return Ok(Some(format!("{leaked} requests carried the key to another host")));
    }
    if let Some(id) = given.twice() {
        return Ok(Some(format!("{id} came twice")));
    }
    if let Some(id) = given.ids().find(|id| !expected.may.contains(*id)) {
        return Ok(Some(format!("{id} does not exist")));
    }
    if ran.code == 0 {
        return Ok(lost(&expected.lost(given), expected.must.len()));
    }
    // Nothing more was had, and why is told.
    let had = given.len() == 0 || !matches!(before, Before::Nothing);
    if ran.code == 1 && ran.stderr.contains("error: ") && had {
        return Ok(None);
    }
    if ran.code != 3 {
        return Ok(Some(format!("exit code {}: {}", ran.code, ran.stderr.trim())));
    }
    for vendor in scene.vendors() {
        let expected = expected.of(vendor);
        let lost = expected.lost(given).len() as u64;
        let summary = match Statement::read(reader, scene.dir(), vendor) {
            Ok(summary) => summary,
            Err(error) => {
                return Ok(Some(format!("{vendor}: exit code 3 without a summary: {error}")));
            }
        };
        let count = |given: &Given| given.ids().filter(|id| is_of(id, vendor)).count() as u64;
        let kept = match before {
            Before::Nothing => Some(count(given)),
            Before::Database(had) => Some(count(given) - count(had)),
            Before::Partial => None,
        };
        // A record that is no call can come again in a list that moves.
        let is_still = expected.must.len() == expected.may.len();
        if let Some(problem) = unsaid(&summary, kept, lost, is_still) {
            return Ok(Some(format!("{vendor}: {problem}")));
        }
    }
    Ok(None)
}

fn lost(lost: &[&String], of: usize) -> Option<String> {
    let first = lost.first()?;
    Some(format!("{} of {of} calls are lost without a word, {first} among them", lost.len()))
}

/// What the summary on a source does not say, or says wrongly.
fn unsaid(summary: &Statement, given: Option<u64>, lost: u64, is_still: bool) -> Option<String> {
    let kept = summary.count("matched");
    if let Some(given) = given.filter(|given| kept != *given) {
        return Some(format!("it says that {kept} calls were kept, and {given} were"));
    }
    match summary.verdict() {
        "partial" if summary.error().is_none() => Some("it failed and does not say why".into()),
        // What the vendor announced, less what came, is what is missing.
        "partial" => None,
        // A record that is set aside was listed, and is counted on its own.
        "short_by" if summary.short_by().unwrap_or(0) + summary.count("set_aside") < lost => {
            Some(format!("{lost} are lost, and it says {:?}", summary.short_by()))
        }
        "short_by" | "unverified" => None,
        _ if lost == 0 => None,
        // Every record that is no call was counted, and nothing else is gone.
        _ if summary.count("set_aside") == lost => None,
        _ if summary.count("set_aside") > lost && !is_still => None,
        verdict => Some(format!("{lost} of {:?} are lost, and it says {verdict}", summary.total())),
    }
}

/// Why a run in a world that behaves and does not move was not what it has to be.
pub(crate) fn incomplete(given: &Given, ran: &Ran, expected: &Expected) -> Option<String> {
    if ran.code != 0 {
        return Some(format!("exit code {}: {}", ran.code, ran.stderr.trim()));
    }
    if let Some(id) = given.twice() {
        return Some(format!("{id} came twice"));
    }
    if let Some(id) = given.ids().find(|id| !expected.may.contains(*id)) {
        return Some(format!("{id} does not exist"));
    }
    lost(&expected.lost(given), expected.must.len())
}
