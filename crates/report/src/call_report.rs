//! Figures of calls for one page.

use crate::{
    cube::{Cube, CubeKey, TimeSpan},
    figures::Group,
    measure::{Measure, Names, OTHERS, agent_label, direction_place, label},
    period::local_time,
    tally::Tally,
};
use callfold_tables::TurnFigures;
use callfold_unify::model::{Call, Timestamp};
use chrono_tz::Tz;
use std::collections::BTreeMap;

/// Most sources and agents that are counted separately while calls are read.
const MAX_SOURCES: usize = 1_000;
const MAX_AGENTS: usize = 5_000;

/// The content of a page's head.
#[derive(Clone, Debug, Default)]
pub struct ReportHead {
    /// When the page was made.
    pub made_at: Timestamp,
    /// The version of the program.
    pub version: String,
    /// What was read: a line for each source, database or file.
    pub sources: Vec<SourceNote>,
    /// The filters, each as a name and a value.
    pub filters: Vec<(String, String)>,
    /// Whether the calls are made up.
    pub is_made_up: bool,
}

/// What was read of one source.
#[derive(Clone, Debug, Default)]
pub struct SourceNote {
    /// Its name.
    pub name: String,
    /// How many calls were read, and how complete that is.
    pub note: String,
    /// Whether something is missing or may be.
    pub is_incomplete: bool,
}

/// Gathers figures of calls for one page, in memory that does not grow with the number of calls.
#[derive(Clone, Debug)]
pub struct CallReport {
    pub(crate) measure: Measure,
    pub(crate) sources: Names<String>,
    pub(crate) agents: Names<(u16, String)>,
    pub(crate) cube: Cube,
    /// The distributions of the period, without the one before.
    pub(crate) all: Group,
    /// Calls by warning code.
    pub(crate) warnings: BTreeMap<String, u64>,
    /// The period of the report where it is compared with the one before: calls that start earlier
    /// are of that one.
    pub(crate) compared_since: Option<Timestamp>,
    pub(crate) first: Option<Timestamp>,
    pub(crate) last: Option<Timestamp>,
}

impl CallReport {
    /// A report with days and hours in this zone.
    pub fn new(zone: Tz) -> Self {
        Self {
            measure: Measure::new(zone),
            sources: Names::new(MAX_SOURCES),
            agents: Names::new(MAX_AGENTS),
            cube: Cube::default(),
            all: Group::default(),
            warnings: BTreeMap::new(),
            compared_since: None,
            first: None,
            last: None,
        }
    }

    /// Compares the calls since `start` with those that started before, which have to be those of a
    /// period of the same length.
    pub fn compared_since(mut self, start: Timestamp) -> Self {
        self.compared_since = Some(start);
        self
    }

    /// Adds a call.
    pub fn add(&mut self, call: &Call, turns: &TurnFigures) {
        let mut tally = Tally::default();
        let lengths = self.measure.add(call, turns, &mut tally);
        let source = label(&format!("{} ({})", call.id.account, call.id.vendor));
        let source = self.sources.place(source.as_str(), || OTHERS.to_owned());
        let agent = (source, agent_label(call));
        let agent = self.agents.place(&agent, || (source, OTHERS.to_owned()));
        let direction = direction_place(call.direction.as_ref());
        let span = self.span(call);
        self.cube.add(CubeKey { source, agent, direction, span }, &tally);
        if span == TimeSpan::Before {
            return;
        }
        self.all.tally.add(&tally);
        self.all.add_lengths(lengths);
        if let Some(at) = call.started_at {
            self.first = Some(self.first.map_or(at, |first| first.min(at)));
            self.last = Some(self.last.map_or(at, |last| last.max(at)));
        }
        let mut codes: Vec<_> = call.warnings.iter().map(|warning| warning.code.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        for code in codes {
            // Codes come from files too.
            let is_told_apart = self.warnings.len() < 100 || self.warnings.contains_key(code);
            let name = if is_told_apart { label(code) } else { OTHERS.to_owned() };
            *self.warnings.entry(name).or_default() += 1;
        }
    }

    fn span(&self, call: &Call) -> TimeSpan {
        let Some(at) = call.started_at else { return TimeSpan::Unknown };
        match self.compared_since {
            Some(start) if at < start => TimeSpan::Before,
            _ => TimeSpan::From(local_time(at, self.measure.zone()).0),
        }
    }

    /// The number of calls, without those of the period before.
    pub fn calls(&self) -> u64 {
        self.all.tally.get(crate::measure::Metric::Calls)
    }
}
