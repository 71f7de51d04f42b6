//! The parts of a divided read: `callfold plan`, and what `callfold export --part` reads of one.

use super::engine::read_json;
use crate::args::{Global, PlanArgs};
use crate::failure::{ExitOutcome, Failure};
use crate::output::{Stderr, Stdout};
use crate::sources::{self, WithoutConfig};
use callfold_reader::{Detail, FilterField, Query, Source};
use callfold_sync::text_hash;
use callfold_unify::model::{PhoneNumber, Timestamp};
use chrono::{TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The format that this version writes and reads.
const FORMAT: u32 = 1;

/// A part of a plan: one source, a slice of time, and filters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Part {
    format: u32,
    #[serde(flatten)]
    pub(super) name: PartName,
    /// The call started at this time or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
    /// The same, or it has no start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since_or_no_start: Option<Timestamp>,
    /// The call started before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    direction: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    status: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    phone: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    agent: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    contact: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    campaign: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    detail: Vec<String>,
}

/// Which part it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct PartName {
    /// Names the plan.
    pub(super) plan: String,
    /// The number of the part, from 1.
    pub(super) part: u32,
    /// How many parts the plan has.
    pub(super) of: u32,
    pub(super) vendor: String,
    pub(super) account: String,
}

/// The words of [`Detail`], in the order of its parts.
const DETAIL: [&str; 6] =
    ["transcript", "recording", "analysis", "metrics", "diagnostics", "actions"];

impl Part {
    /// Reads the part that a file holds.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let value = read_json("--part", path)?;
        let wrong = |problem: &str| {
            let problem = format!("--part {} {problem}", path.display());
            Failure::usage(problem, "pass one line of what `callfold plan` prints")
        };
        if value["format"] != FORMAT {
            return Err(wrong("is not a part of this version"));
        }
        Self::deserialize(&value).map_err(|_| wrong("is not a part of a plan"))
    }

    /// What to read.
    pub(super) fn query(&self) -> Query {
        let words = |texts: &[String]| texts.to_vec();
        let wants = |part: &str| self.detail.iter().any(|word| word == part);
        Query {
            since: self.since,
            until: self.until,
            lookback_floor: self.since_or_no_start,
            direction: self.direction.iter().map(|word| word.as_str().into()).collect(),
            status: self.status.iter().map(|word| word.as_str().into()).collect(),
            phone: self.phone.iter().map(PhoneNumber::new).collect(),
            agent: words(&self.agent),
            contact: words(&self.contact),
            campaign: words(&self.campaign),
            detail: Detail {
                transcript: wants(DETAIL[0]),
                recording: wants(DETAIL[1]),
                analysis: wants(DETAIL[2]),
                metrics: wants(DETAIL[3]),
                diagnostics: wants(DETAIL[4]),
                actions: wants(DETAIL[5]),
            },
            ..Query::default()
        }
    }

    /// Whether it is a part of this source.
    pub(super) fn is_of(&self, source: &dyn Source) -> bool {
        self.name.vendor == source.vendor() && self.name.account == source.account()
    }

    fn of(source: &dyn Source, query: &Query) -> Self {
        let parts = query.detail.parts().into_iter().zip(DETAIL);
        Self {
            format: FORMAT,
            name: PartName {
                plan: String::new(),
                part: 0,
                of: 0,
                vendor: source.vendor().to_owned(),
                account: source.account().to_owned(),
            },
            since: query.since,
            since_or_no_start: query.lookback_floor,
            until: query.until,
            direction: query.direction.iter().map(|word| word.as_str().to_owned()).collect(),
            status: query.status.iter().map(|word| word.as_str().to_owned()).collect(),
            phone: query.phone.iter().map(|phone| phone.raw.clone()).collect(),
            agent: query.agent.clone(),
            contact: query.contact.clone(),
            campaign: query.campaign.clone(),
            detail: parts.filter(|(is, _)| *is).map(|(_, word)| word.to_owned()).collect(),
        }
    }
}

/// Prints the parts of a read, one per line, without a request.
pub(crate) async fn plan(
    mut args: PlanArgs,
    global: &Global,
    stderr: &Stderr,
) -> Result<ExitOutcome, Failure> {
    args.filters.resolve(args.zone.tz)?;
    let filters = &args.filters;
    let opened =
        sources::open(global, &filters.source, &filters.one_off, WithoutConfig::Refuse, stderr)
            .await?;
    let history = TimeDelta::from_std(args.history).unwrap_or(TimeDelta::MAX);
    let (query, now) = (filters.query(), Utc::now());
    let parts = opened.sources.iter().flat_map(|source| {
        let slices = divide(source.as_ref(), &query, args.split, now, history);
        slices.into_iter().map(|slice| Part::of(source.as_ref(), &slice)).collect::<Vec<_>>()
    });
    let mut parts: Vec<_> = parts.collect();
    let text = serde_json::to_string(&parts).unwrap_or_default();
    let plan: String = text_hash(&text).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let of = u32::try_from(parts.len()).unwrap_or(u32::MAX);
    let mut stdout = Stdout::open();
    for (number, part) in (1..).zip(&mut parts) {
        (part.name.plan, part.name.part, part.name.of) = (plan.clone(), number, of);
        stdout.json(part, false)?;
    }
    stdout.finish()?;
    Ok(opened.outcome(ExitOutcome::Complete))
}

/// The queries that together return what `query` returns.
fn divide(
    source: &dyn Source,
    query: &Query,
    count: u32,
    now: Timestamp,
    history: TimeDelta,
) -> Vec<Query> {
    if can_select_time(source, query, now) {
        return slices(query, count, now, history);
    }
    if query.phone.len() > 1 && count > 1 {
        let size = query.phone.len().div_ceil(count as usize);
        let chunks = query.phone.chunks(size);
        return chunks.map(|phone| Query { phone: phone.to_vec(), ..query.clone() }).collect();
    }
    vec![query.clone()]
}

/// Whether the vendor's server selects calls from a time on and up to one.
fn can_select_time(source: &dyn Source, query: &Query, now: Timestamp) -> bool {
    let bounded = Query { since: Some(now), until: Some(now), ..query.clone() };
    let plan = source.plan(&bounded);
    let is_time = |field: FilterField| field == FilterField::StartedAt;
    plan.pushed.iter().filter(|filter| is_time(filter.field)).count() >= 2
}

/// Slices of time of the same length. Where the query has no bound, the first and the last slice
/// have none; a call without a start is then in the last one.
fn slices(query: &Query, count: u32, now: Timestamp, history: TimeDelta) -> Vec<Query> {
    let end = query.until.unwrap_or(now);
    let begin = query.since.or_else(|| end.checked_sub_signed(history));
    let begin = begin.unwrap_or(Timestamp::MIN_UTC).min(end);
    let step = (end - begin) / i32::try_from(count).unwrap_or(i32::MAX);
    let whole = |at: Timestamp| Timestamp::from_timestamp(at.timestamp(), 0).unwrap_or(at);
    let bounds = (1..count).map(|number| whole(begin + step * i32::try_from(number).unwrap_or(0)));
    let mut bounds: Vec<_> = bounds.filter(|at| begin < *at && *at < end).collect();
    bounds.dedup();
    let starts = std::iter::once(None).chain(bounds.iter().copied().map(Some));
    let ends = bounds.iter().copied().map(Some).chain(std::iter::once(None));
    let is_open = query.since.is_none() && query.until.is_none();
    let slice = |(start, end): (Option<Timestamp>, Option<Timestamp>)| {
        let (since, until) = (start.or(query.since), end.or(query.until));
        match is_open && end.is_none() {
            true => Query { since: None, lookback_floor: since, ..query.clone() },
            false => Query { since, until, ..query.clone() },
        }
    };
    starts.zip(ends).map(slice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn shown(query: &Query, count: u32) -> Vec<String> {
        let now = at("2026-05-01T00:00:00Z");
        let day =
            |at: Option<Timestamp>| at.map_or(String::new(), |at| at.format("%m-%d").to_string());
        let slices = slices(query, count, now, TimeDelta::days(30));
        let text = |slice: &Query| {
            let floor = slice.lookback_floor.map_or("", |_| " or without a start");
            format!("{}..{}{floor}", day(slice.since.or(slice.lookback_floor)), day(slice.until))
        };
        slices.iter().map(text).collect()
    }

    #[test]
    fn slices_follow_one_another_and_leave_nothing_out() {
        let all = Query::default();
        assert_eq!(shown(&all, 3), ["..04-11", "04-11..04-21", "04-21.. or without a start"]);
        assert_eq!(shown(&all, 1), [".."]);
        let since = Query { since: Some(at("2026-04-29T00:00:00Z")), ..Query::default() };
        assert_eq!(shown(&since, 2), ["04-29..04-30", "04-30.."]);
        let until = Query { until: Some(at("2026-04-03T00:00:00Z")), ..since.clone() };
        let until = Query { since: Some(at("2026-04-01T00:00:00Z")), ..until };
        assert_eq!(shown(&until, 2), ["04-01..04-02", "04-02..04-03"]);
        let future = Query { since: Some(at("2026-06-01T00:00:00Z")), ..Query::default() };
        assert_eq!(shown(&future, 4), ["06-01.."]);
    }
}
