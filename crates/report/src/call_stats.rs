//! Figures of calls, in groups.

use crate::{
    figures::{Figures, Group},
    measure::{
        DIRECTIONS, Measure, NOT_STATED, OTHERS, agent_label, campaign_label, direction_place,
        label,
    },
    period::{PeriodUnit, local_time},
};
use callfold_tables::TurnFigures;
use callfold_unify::model::Call;
use chrono_tz::Tz;
use serde::Serialize;
use std::collections::HashMap;

/// Most groups that are counted separately; further ones are counted together as others.
const MAX_GROUPS: usize = 10_000;

/// What calls are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GroupBy {
    /// The vendor.
    Vendor,
    /// The name that the user gave the source.
    Account,
    /// The voice agent: its name, or its id if there is none.
    Agent,
    /// The campaign: its name, or its id if there is none.
    Campaign,
    /// The direction.
    Direction,
    /// The day of the start.
    Day,
    /// The week of the start, by its Monday.
    Week,
    /// The month of the start.
    Month,
    /// The weekday of the start.
    Weekday,
    /// The hour of the start.
    Hour,
    /// The end reason.
    End,
    /// The disposition.
    Disposition,
    /// Whether the vendor counts it as a success.
    Outcome,
}

/// The days of the week, Monday first.
pub(crate) const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

impl GroupBy {
    /// All, in the order of their documentation.
    pub const ALL: &'static [Self] = &[
        Self::Vendor,
        Self::Account,
        Self::Agent,
        Self::Campaign,
        Self::Direction,
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Weekday,
        Self::Hour,
        Self::End,
        Self::Disposition,
        Self::Outcome,
    ];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vendor => "vendor",
            Self::Account => "account",
            Self::Agent => "agent",
            Self::Campaign => "campaign",
            Self::Direction => "direction",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Weekday => "weekday",
            Self::Hour => "hour",
            Self::End => "end",
            Self::Disposition => "disposition",
            Self::Outcome => "outcome",
        }
    }

    /// Whether its groups follow each other in time.
    pub fn is_time(self) -> bool {
        matches!(self, Self::Day | Self::Week | Self::Month | Self::Weekday | Self::Hour)
    }

    /// The group of a call and a number to sort it by; the last one if the call has no value.
    fn key(self, call: &Call, zone: Tz) -> (u32, String) {
        let stated = |text: Option<String>| match text {
            Some(text) => (0, text),
            None => (u32::MAX, NOT_STATED.to_owned()),
        };
        let unit = match self {
            Self::Vendor => return stated(Some(label(&call.id.vendor))),
            Self::Account => return stated(Some(label(&call.id.account))),
            Self::Agent => {
                let agent = agent_label(call);
                return stated((agent != NOT_STATED).then_some(agent));
            }
            Self::Campaign => return stated(campaign_label(call)),
            Self::Direction => {
                let place = direction_place(call.direction.as_ref());
                return (place.into(), DIRECTIONS[usize::from(place)].to_owned());
            }
            Self::End => {
                let kind = call.end.as_ref().map(|end| &end.kind);
                return stated(kind.map(|kind| closed(kind.as_str(), kind.is_other())));
            }
            Self::Disposition => {
                let word = call.disposition.as_ref();
                return stated(word.map(|word| closed(word.as_str(), word.is_other())));
            }
            Self::Outcome => {
                let word = |success| if success { "success" } else { "no_success" }.to_owned();
                return stated(call.outcome.success.map(word));
            }
            Self::Day => PeriodUnit::Day,
            Self::Week => PeriodUnit::Week,
            Self::Month => PeriodUnit::Month,
            Self::Weekday | Self::Hour => {
                let Some(at) = call.started_at else { return stated(None) };
                let (_, weekday, hour) = local_time(at, zone);
                return match self {
                    Self::Hour => (hour.into(), format!("{hour:02}")),
                    _ => (weekday.into(), WEEKDAYS[usize::from(weekday)].to_owned()),
                };
            }
        };
        let day = call.started_at.map(|at| local_time(at, zone).0);
        stated(day.map(|day| unit.label(unit.first_day(day))))
    }
}

fn closed(word: &str, is_other: bool) -> String {
    if is_other { "other" } else { word }.to_owned()
}

/// The figures of one group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StatsRow {
    /// The name of the group, one for each [`GroupBy`].
    pub group: Vec<String>,
    /// Its figures.
    #[serde(flatten)]
    pub figures: Figures,
}

/// Figures of calls in groups, in memory that does not grow with the number of calls.
#[derive(Clone, Debug)]
pub struct CallStats {
    by: Vec<GroupBy>,
    measure: Measure,
    all: Group,
    groups: HashMap<Vec<(u32, String)>, Group>,
}

impl CallStats {
    /// Groups by these, with days and hours in this zone.
    pub fn new(by: Vec<GroupBy>, zone: Tz) -> Self {
        let (all, groups) = (Group::default(), HashMap::new());
        Self { by, measure: Measure::new(zone), all, groups }
    }

    /// Adds a call.
    pub fn add(&mut self, call: &Call, turns: &TurnFigures) {
        let mut tally = crate::tally::Tally::default();
        let lengths = self.measure.add(call, turns, &mut tally);
        self.all.tally.add(&tally);
        self.all.add_lengths(lengths);
        if self.by.is_empty() {
            return;
        }
        let zone = self.measure.zone();
        let mut key: Vec<_> = self.by.iter().map(|by| by.key(call, zone)).collect();
        if self.groups.len() >= MAX_GROUPS && !self.groups.contains_key(&key) {
            key = vec![(u32::MAX, OTHERS.to_owned()); self.by.len()];
        }
        let group = self.groups.entry(key).or_default();
        group.tally.add(&tally);
        group.add_lengths(lengths);
    }

    /// What the calls are grouped by.
    pub fn by(&self) -> &[GroupBy] {
        &self.by
    }

    /// The figures of all calls.
    pub fn total(&self) -> Figures {
        Figures::of(&self.all, &self.measure)
    }

    /// The figures of each group: in the order of time where the first is a time, otherwise the one
    /// with most calls first.
    pub fn rows(&self) -> Vec<StatsRow> {
        let by_time = self.by.first().is_some_and(|by| by.is_time());
        let mut groups: Vec<_> = self.groups.iter().collect();
        groups.sort_by(|(a, one), (b, other)| {
            let calls = |group: &Group| group.tally.get(crate::measure::Metric::Calls);
            match by_time {
                true => a.cmp(b),
                false => calls(other).cmp(&calls(one)).then_with(|| a.cmp(b)),
            }
        });
        let row = |(key, group): (&Vec<(u32, String)>, &Group)| StatsRow {
            group: key.iter().map(|(_, name)| name.clone()).collect(),
            figures: Figures::of(group, &self.measure),
        };
        groups.into_iter().map(row).collect()
    }
}
